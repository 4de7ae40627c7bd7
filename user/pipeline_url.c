/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which URLs a request may ask for: its first line may name a host, so may each
 * Host field, and the packet goes to an address. Servers differ in which counts,
 * so all are told; whoever knows the listed ones compares. Only where the kernel
 * follows the flow for it (CORDON_FLOW_REQUESTS) or a head was cut, which is so
 * with and without --full.
 */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "feed/feed.h"
#include "parse/http_uri.h"
#include "pipeline_int.h"

_Static_assert(FEED_URL_BYTES < FINDING_PAIRS, "a listed URL fits into a finding");

/* Host fields looked at; who sends more is heard of by its reason (two_hosts) */
#define HOSTS_MAX 8

struct request {
	struct pipeline *p;
	struct http_span path; /* of the target, with its query; begins with '/' */
	struct finding f;
};

static void give(struct request *r, uint32_t kind)
{
	struct pipeline *p = r->p;

	r->f.kind = kind;
	if (p->o.on_finding)
		p->o.on_finding(&r->f, p->o.ctx);
}

/* @port 0: the host says it, or means 80 */
static void give_url(struct request *r, struct http_span host, uint32_t port)
{
	char text[8 + 256 + 8 + FEED_URL_BYTES + 1], url[FEED_URL_BYTES + 1];
	char at[8] = "";
	int n;

	if (!r->path.p || !host.len || host.len > 255 || r->path.len > FEED_URL_BYTES)
		return;
	if (port)
		snprintf(at, sizeof(at), ":%u", port);
	n = snprintf(text, sizeof(text), "http://%.*s%s%s%.*s", (int)host.len, (const char *)host.p, at,
		     r->path.len && *r->path.p == '/' ? "" : "/", (int)r->path.len, (const char *)r->path.p);
	if (n <= 0 || (size_t)n >= sizeof(text) || url_canonical(text, (size_t)n, url))
		return;
	memset(r->f.pairs, 0, sizeof(r->f.pairs));
	str_copy(r->f.pairs, sizeof(r->f.pairs), url);
	give(r, FINDING_REQUEST);
}

/* the target as it stands, which may name a port */
static void give_target(struct request *r, struct http_span target)
{
	char url[FEED_URL_BYTES + 1];

	if (url_canonical((const char *)target.p, target.len, url))
		return;
	str_copy(r->f.pairs, sizeof(r->f.pairs), url);
	give(r, FINDING_REQUEST);
}

static bool has_port(struct http_span host)
{
	const uint8_t *close = memchr(host.p, ']', host.len), *from = close ? close : host.p;

	return memchr(from, ':', (size_t)(host.p + host.len - from)) != NULL;
}

/* a host as the request names it, with or without a port */
static void give_host(struct request *r, struct http_span host)
{
	uint32_t dport = be16toh(r->p->view->facts->dport), n;
	uint8_t normal[256];

	if (!host.p || !host.len || host.len > 255)
		return;
	n = http_host_normal(host.p, host.len, normal);
	memcpy(r->f.name, normal, n);
	r->f.name[n] = '\0';
	memset(r->f.pairs, 0, sizeof(r->f.pairs));
	if (n && !memchr(r->f.name, 0, n))
		give(r, FINDING_HOST);
	give_url(r, host, 0);
	if (dport != 80 && !has_port(host))
		give_url(r, host, dport);
}

/* each Host field of the head */
static void give_fields(struct request *r, struct app_buf head)
{
	struct cur c = cur_of(head.p, head.len);
	struct http_span line;

	for (int n = 0; head.p && n < HOSTS_MAX && http_line(&c, &line);) {
		const uint8_t *colon = memchr(line.p, ':', line.len);
		struct http_span name = colon ? http_trim(line.p, colon) : line;

		if (!colon || !http_is(name.p, name.len, "host"))
			continue;
		give_host(r, http_trim(colon + 1, line.p + line.len));
		n++;
	}
}

static void give_address(struct request *r)
{
	const struct cordon_facts *f = r->p->view->facts;
	uint32_t dport = be16toh(f->dport);
	char text[ADDR_STR_MAX], host[ADDR_STR_MAX + 2];
	struct addr a;
	int n;

	memcpy(a.b, f->daddr, sizeof(a.b));
	addr_str(text, sizeof(text), &a);
	n = snprintf(host, sizeof(host), strchr(text, ':') ? "[%s]" : "%s", text);
	give_url(r, (struct http_span){ (const uint8_t *)host, (uint32_t)n }, dport == 80 ? 0 : dport);
}

/* is this message read whole with and without --full? */
static bool is_followed(const struct pipeline *p, const struct pipe_dir *d)
{
	uint32_t flags = p->view->facts->flow_flags;

	return !p->is_history && (flags & CORDON_FLOW_REQUESTS || (flags & CORDON_FLOW_SPLIT_NAME && d->was_begun));
}

void say_request(struct pipeline *p, const struct app_msg *msg)
{
	const struct pipe_dir *d = p->flow ? &p->flow->d[p->view->facts->dir] : NULL;
	struct app_buf target = app_get(msg, APP_BUFFER_HTTP_URI_RAW), method = app_get(msg, APP_BUFFER_HTTP_METHOD);
	struct http_span t = { target.p, target.len }, authority;
	struct request r = { .p = p };
	uint32_t path = 0;

	if (!d || msg->app != CORDON_APP_HTTP || msg->is_response || !t.p || !t.len || d->open_msg || !is_followed(p, d))
		return;
	authority = http_authority((struct http_span){ method.p, method.len }, t, &path);
	if (!http_is(method.p, method.len, "connect"))
		r.path = (struct http_span){ t.p + path, t.len - path };
	finding_begin(&r.f, FINDING_REQUEST, p->view);
	if (p->fields)
		finding_fields(&r.f, p->fields);
	give_target(&r, t);
	give_host(&r, authority);
	give_fields(&r, app_get(msg, APP_BUFFER_HTTP_HEADER_RAW));
	give_address(&r);
}
