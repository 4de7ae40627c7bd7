/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One HTTP event a transaction: a request waits here for the packet that begins
 * its answer, or until the next request of its flow, for some seconds, or until
 * there is no room. What no flow of the kernel's has does not wait. Only
 * findings pass: nothing that decides hangs on an answer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "parse/http.h"
#include "pipeline_int.h"

#define WAIT_NS (5 * 1000000000ULL)

struct http_wait {
	uint64_t flow_id;
	struct finding f;
	UT_hash_handle hh; /* walks in the order of arrival: the first is the oldest */
};

static void give(struct pipeline *p, struct http_wait *w)
{
	HASH_DEL(p->http, w);
	if (p->o.on_finding)
		p->o.on_finding(&w->f, p->o.ctx);
	free(w);
}

static struct http_wait *wait_of(struct pipeline *p, uint64_t flow_id)
{
	struct http_wait *w;

	HASH_FIND(hh, p->http, &flow_id, sizeof(flow_id), w);
	return w;
}

void http_said(struct pipeline *p, const struct finding *f)
{
	struct http_wait *w = wait_of(p, f->facts.flow_id);

	if (w)
		give(p, w);
	if (HASH_COUNT(p->http) >= PIPELINE_HTTP_WAITING)
		give(p, p->http);
	w = f->facts.flow_id ? calloc(1, sizeof(*w)) : NULL;
	if (w) {
		w->flow_id = f->facts.flow_id;
		w->f = *f;
		HASH_ADD(hh, p->http, flow_id, sizeof(w->flow_id), w);
	}
	if (w && w->hh.tbl)
		return;
	free(w); /* no memory, or no flow: nothing is waited for */
	if (p->o.on_finding)
		p->o.on_finding(f, p->o.ctx);
}

/* one more pair behind those that are there; what finds no room is left out */
static void put(struct finding *f, size_t *at, const char *key, const void *value, size_t n)
{
	size_t k = strlen(key) + 1;

	if (*at + k + n + 2 > sizeof(f->pairs))
		return;
	memcpy(f->pairs + *at, key, k);
	for (size_t i = 0; i < n; i++)
		f->pairs[*at + k + i] = ((const char *)value)[i] ? ((const char *)value)[i] : '?';
	*at += k + n + 1;
	f->pairs[*at - 1] = f->pairs[*at] = 0;
}

/* a type without its parameters (RFC 9110 8.3.1) */
static size_t media_type(struct http_span v)
{
	const void *end = memchr(v.p, ';', v.len);

	return end ? (size_t)((const uint8_t *)end - v.p) : v.len;
}

/* as far as the lines are whole in this packet */
static void put_answer(struct finding *f, struct cur *c)
{
	struct http_field x;
	char text[24];
	size_t at = 0;
	uint64_t n;

	while (c->end > c->pos && c->end[-1] != '\n')
		c->end--;
	while (http_field_next(c, 0, &x)) {
		if (http_is(x.name.p, x.name.len, "content-type")) {
			put(f, &at, "http_content_type", x.value.p, media_type(x.value));
		} else if (http_is(x.name.p, x.name.len, "location")) {
			put(f, &at, "redirect", x.value.p, x.value.len);
		} else if (http_is(x.name.p, x.name.len, "content-length") && http_length(x.value, (__u64 *)&n)) {
			snprintf(text, sizeof(text), "%" PRIu64, n);
			put(f, &at, "#length", text, strlen(text));
		}
	}
}

void http_answered(struct pipeline *p, const struct view *v)
{
	struct http_wait *w;
	struct http_head h;
	struct cur c;

	if (v->facts->app != CORDON_APP_HTTP || v->facts->dir != CORDON_TO_CLIENT || !v->payload_len)
		return;
	w = wait_of(p, v->facts->flow_id);
	c = cur_of(v->payload, v->payload_len);
	if (!w || http_response_parse(&c, &h))
		return;
	w->f.http_status = http_status_number(h.status);
	/* interim, another follows (RFC 9110 15.2); 101 is the last one in HTTP */
	if (!w->f.http_status || (w->f.http_status < 200 && w->f.http_status != 101)) {
		w->f.http_status = 0;
		return;
	}
	put_answer(&w->f, &c);
	give(p, w);
}

void http_aged(struct pipeline *p, uint64_t now_ns)
{
	while (p->http && now_ns > p->http->f.ts_ns && now_ns - p->http->f.ts_ns > WAIT_NS)
		give(p, p->http);
}

void http_flush(struct pipeline *p)
{
	while (p->http)
		give(p, p->http);
}

void http_drop(struct pipeline *p)
{
	struct http_wait *w, *next;

	HASH_ITER(hh, p->http, w, next) {
		HASH_DEL(p->http, w);
		free(w);
	}
}
