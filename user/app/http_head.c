/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A head and the buffers rules look at, in the form Suricata 7 gives them:
 * lines unfolded, blanks around values gone, fields of one name joined with
 * ", " where the first of them stands. http.start is written first; most other
 * buffers are parts of it.
 */
#include "app/http.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "cordon_event.h"
#include "parse/http_uri.h"

#define SLOTS (2 * CORDON_HTTP_FIELDS)
#define NAME_HASHED 64

enum { TS = APP_SIDE_TS, TC = APP_SIDE_TC };

/* fields that are buffers of their own */
static const struct {
	const char *name;
	uint8_t buffer, sides;
} named[] = {
	{ "user-agent", APP_BUFFER_HTTP_USER_AGENT, TS },
	{ "cookie", APP_BUFFER_HTTP_COOKIE, TS },
	{ "set-cookie", APP_BUFFER_HTTP_COOKIE, TC },
	{ "accept", APP_BUFFER_HTTP_ACCEPT, TS },
	{ "accept-encoding", APP_BUFFER_HTTP_ACCEPT_ENC, TS },
	{ "accept-language", APP_BUFFER_HTTP_ACCEPT_LANG, TS },
	{ "referer", APP_BUFFER_HTTP_REFERER, TS },
	{ "connection", APP_BUFFER_HTTP_CONNECTION, TS | TC },
	{ "content-type", APP_BUFFER_HTTP_CONTENT_TYPE, TS | TC },
	{ "content-length", APP_BUFFER_HTTP_CONTENT_LEN, TS | TC },
	{ "server", APP_BUFFER_HTTP_SERVER, TC },
	{ "location", APP_BUFFER_HTTP_LOCATION, TC },
};

static struct app_buf buf_of(struct http_span s)
{
	return (struct app_buf){ s.p, s.len };
}

static void set(struct http_text *t, uint8_t buffer, struct app_buf b)
{
	if (b.p && t->n_set < HTTP_HEAD_BUFFERS) {
		t->set[t->n_set].buffer = buffer;
		t->set[t->n_set++].b = b;
	}
}

/* --- which fields are of one name --- */

static uint32_t name_slot(struct http_span name)
{
	uint8_t low[NAME_HASHED];
	uint32_t n = name.len < sizeof(low) ? name.len : (uint32_t)sizeof(low);

	for (uint32_t i = 0; i < n; i++)
		low[i] = http_lower(name.p[i]);
	return (uint32_t)hash_seeded(low, n) % SLOTS;
}

static bool same_name(struct http_span a, struct http_span b)
{
	if (a.len != b.len)
		return false;
	for (uint32_t i = 0; i < a.len; i++)
		if (http_lower(a.p[i]) != http_lower(b.p[i]))
			return false;
	return true;
}

/* of several lengths the first counts, in Suricata's text too; "3, 3" in one line stays */
static bool is_joined(const struct http_entry *first)
{
	return !http_is(first->f.name.p, first->f.name.len, "content-length");
}

static void link_name(struct http_text *t, uint16_t *slots, uint16_t i)
{
	struct http_entry *e = &t->fields.data[i], *first;
	uint32_t at = name_slot(e->f.name);

	while (slots[at] && !same_name(t->fields.data[slots[at] - 1].f.name, e->f.name))
		at = (at + 1) % SLOTS;
	if (!slots[at]) {
		slots[at] = (uint16_t)(i + 1);
		return;
	}
	e->is_more = true;
	first = &t->fields.data[slots[at] - 1];
	if (!is_joined(first)) {
		t->lengths_differ |= first->f.value.len != e->f.value.len || memcmp(first->f.value.p, e->f.value.p, e->f.value.len);
		return;
	}
	t->fields.data[first->last ? first->last - 1 : slots[at] - 1].next = (uint16_t)(i + 1);
	first->last = (uint16_t)(i + 1);
}

/* fields up to the blank line, and the trailer's behind it */
static int read_fields(struct http_text *t, struct cur *c, bool is_request)
{
	uint16_t slots[SLOTS] = { 0 };
	struct http_entry e = { .next = 0 };
	int r = 0;

	t->fields.len = t->header.len = 0;
	t->has_no_colon = t->lengths_differ = false;
	for (int block = 0; block < 2; block++)
		while (!r && t->fields.len < CORDON_HTTP_FIELDS && http_field_next(c, is_request, &e.f))
			r = vec_push(&t->fields, e);
	for (size_t i = 0; !r && i < t->fields.len; i++) {
		t->has_no_colon |= http_is_bare(&t->fields.data[i].f);
		link_name(t, slots, (uint16_t)i);
	}
	return r;
}

/* --- the text --- */

static uint8_t *put(uint8_t *o, const void *p, size_t n)
{
	memcpy(o, p, n);
	return o + n;
}

static uint8_t *put_value(const struct http_text *t, const struct http_entry *e, uint8_t *o)
{
	for (;;) {
		o += http_unfold(e->f.value, o);
		if (!e->next)
			return o;
		e = &t->fields.data[e->next - 1];
		o = put(o, ", ", 2);
	}
}

static void name_field(struct http_text *t, const struct http_entry *e, struct app_buf value, bool is_request)
{
	uint8_t side = is_request ? TS : TC;
	const uint8_t *p = e->f.name.p;
	uint32_t n = e->f.name.len;

	for (size_t i = 0; i < ARRAY_SIZE(named); i++)
		if (named[i].sides & side && http_is(p, n, named[i].name))
			set(t, named[i].buffer, value);
	if (http_is(p, n, "transfer-encoding"))
		t->coding = value;
	else if (http_is(p, n, "content-encoding"))
		t->encoding = value;
	else if (http_is(p, n, "content-length"))
		t->length = value;
	else if (http_is(p, n, "content-type"))
		t->type = value;
	else if (http_is(p, n, "content-disposition"))
		t->disposition = value;
	else if (http_is(p, n, "authorization"))
		t->auth = value;
	else if (is_request && http_is(p, n, "host"))
		t->line.host = (struct http_span){ value.p, value.len };
}

static bool is_cookie(const struct http_entry *e, bool is_request)
{
	return http_is(e->f.name.p, e->f.name.len, is_request ? "cookie" : "set-cookie");
}

/* http.start, and what is part of it; false in *ret_plain: there are cookies, which http.header goes without */
static uint8_t *put_start(struct http_text *t, struct http_span line, uint8_t *o, bool is_request, bool *ret_plain)
{
	uint8_t *start = o, *fields, *value, *line_at;

	o = put(put(o, line.p, line.len), "\r\n", 2);
	fields = o;
	*ret_plain = true;
	for (size_t i = 0; i < t->fields.len; i++) {
		const struct http_entry *e = &t->fields.data[i];

		if (e->is_more)
			continue;
		line_at = o;
		value = put(put(o, e->f.name.p, e->f.name.len), ": ", 2);
		o = put_value(t, e, value);
		t->header.data[t->header.len++] = (struct app_buf){ line_at, (uint32_t)(o - line_at) };
		name_field(t, e, (struct app_buf){ value, (uint32_t)(o - value) }, is_request);
		o = put(o, "\r\n", 2);
		*ret_plain &= !is_cookie(e, is_request);
	}
	if (*ret_plain && o > fields)
		set(t, APP_BUFFER_HTTP_HEADER, (struct app_buf){ fields, (uint32_t)(o - fields) });
	if (o > fields)
		o = put(o, "\r\n", 2);
	set(t, APP_BUFFER_HTTP_START, (struct app_buf){ start, (uint32_t)(o - start) });
	return o;
}

static uint8_t *put_header(struct http_text *t, uint8_t *o, bool is_request)
{
	uint8_t *start = o;

	for (size_t i = 0; i < t->fields.len; i++) {
		const struct http_entry *e = &t->fields.data[i];

		if (e->is_more || is_cookie(e, is_request))
			continue;
		o = put(put(o, e->f.name.p, e->f.name.len), ": ", 2);
		o = put(put_value(t, e, o), "\r\n", 2);
	}
	if (o > start)
		set(t, APP_BUFFER_HTTP_HEADER, (struct app_buf){ start, (uint32_t)(o - start) });
	return o;
}

static uint8_t *put_names(struct http_text *t, uint8_t *o)
{
	uint8_t *start = o;

	if (!t->fields.len)
		return o;
	o = put(o, "\r\n", 2);
	for (size_t i = 0; i < t->fields.len; i++)
		if (!t->fields.data[i].is_more)
			o = put(put(o, t->fields.data[i].f.name.p, t->fields.data[i].f.name.len), "\r\n", 2);
	o = put(o, "\r\n", 2);
	set(t, APP_BUFFER_HTTP_HEADER_NAMES, (struct app_buf){ start, (uint32_t)(o - start) });
	return o;
}

/* --- start lines --- */

static uint8_t *put_request_line(struct http_text *t, uint8_t *o)
{
	const struct http_head *h = &t->line;
	struct http_span authority = http_authority(h->method, h->target, &(uint32_t){ 0 });
	uint32_t path, n;

	http_authority(h->method, h->target, &path);
	n = http_uri_normal(h->target.p, h->target.len, path, o);
	set(t, APP_BUFFER_HTTP_METHOD, buf_of(h->method));
	set(t, APP_BUFFER_HTTP_URI, (struct app_buf){ o, n });
	set(t, APP_BUFFER_HTTP_URI_RAW, buf_of(h->target));
	t->path = (struct app_buf){ o, 0 };
	while (t->path.len < n && o[t->path.len] != '?' && o[t->path.len] != '#')
		t->path.len++;
	o += n;
	if (authority.p) {
		n = http_target_host_normal(authority.p, authority.len, o);
		set(t, APP_BUFFER_HTTP_HOST, (struct app_buf){ o, n });
		set(t, APP_BUFFER_HTTP_HOST_RAW, (struct app_buf){ o, n });
		o += n;
	}
	return o;
}

/* the Host field, unless the target has one */
static uint8_t *put_host(struct http_text *t, uint8_t *o)
{
	struct http_span host = t->line.host;
	uint32_t n;

	for (uint8_t i = 0; i < t->n_lines; i++)
		if (t->set[i].buffer == APP_BUFFER_HTTP_HOST)
			return o;
	if (!host.p)
		return o;
	set(t, APP_BUFFER_HTTP_HOST_RAW, buf_of(host));
	n = http_host_normal(host.p, host.len, o);
	if (n)
		set(t, APP_BUFFER_HTTP_HOST, (struct app_buf){ o, n });
	return o + n;
}

static int start_line(struct http_text *t, struct cur *c, bool is_request, struct http_span *ret_line)
{
	if (http_start_line(c, ret_line))
		return -EBADMSG;
	t->line = (struct http_head){ .method = { NULL, 0 } };
	if (is_request ? http_request_line(*ret_line, &t->line) : http_status_line(*ret_line, &t->line))
		return -EBADMSG;
	return 0;
}

static void set_line(struct http_text *t, struct http_span line, bool is_request)
{
	set(t, is_request ? APP_BUFFER_HTTP_REQUEST_LINE : APP_BUFFER_HTTP_RESPONSE_LINE, buf_of(line));
	set(t, APP_BUFFER_HTTP_PROTOCOL, buf_of(t->line.version));
	if (is_request)
		return;
	set(t, APP_BUFFER_HTTP_STAT_CODE, buf_of(t->line.status));
	set(t, APP_BUFFER_HTTP_STAT_MSG, buf_of(t->line.message));
}

/* room for: start and header, names, target, and the host twice */
static int text_room(struct http_text *t, uint32_t len)
{
	uint32_t need = 5 * len + 16 * (uint32_t)t->fields.len + 64;
	uint8_t *p;

	if (need <= t->text_len)
		return 0;
	p = realloc(t->text, need);
	if (!p)
		return -ENOMEM;
	t->text = p;
	t->text_len = need;
	return 0;
}

int http_text_make(struct http_text *t, const uint8_t *p, uint32_t len, bool is_request)
{
	struct cur c = cur_of(p, len);
	struct http_span line;
	const uint8_t *fields;
	bool is_plain;
	uint8_t *o;
	int r = start_line(t, &c, is_request, &line);

	fields = c.pos;
	t->start = line;
	t->first = c.pos < c.end ? c.pos : NULL;
	if (!r)
		r = read_fields(t, &c, is_request);
	if (!r)
		r = text_room(t, len) ?: vec_reserve(&t->header, t->fields.len);
	if (r)
		return r;
	t->n_set = 0;
	t->coding = t->encoding = t->length = t->type = t->disposition = t->auth = t->path = (struct app_buf){ NULL, 0 };
	o = t->text;
	set_line(t, line, is_request);
	if (is_request)
		o = put_request_line(t, o);
	t->n_lines = t->n_set;
	o = put_start(t, line, o, is_request, &is_plain);
	if (!is_plain)
		o = put_header(t, o, is_request);
	o = put_names(t, o);
	set(t, APP_BUFFER_HTTP_HEADER_RAW, (struct app_buf){ fields, (uint32_t)(p + len - fields) });
	if (is_request)
		put_host(t, o);
	t->events = http_events(t, is_request);
	return 0;
}

/* does @name with an '=' behind it stand at @i, at the begin of a parameter? */
static bool is_parameter(struct app_buf v, uint32_t i, const char *name, uint32_t n)
{
	if (v.len - i <= n || v.p[i + n] != '=' || !http_is(v.p + i, n, name))
		return false;
	return !i || v.p[i - 1] == ';' || http_is_blank(v.p[i - 1]);
}

struct app_buf http_parameter(struct app_buf v, const char *name)
{
	uint32_t n = (uint32_t)strlen(name), i, end;
	uint8_t quote;

	for (i = 0; i < v.len && !is_parameter(v, i, name, n); i++)
		;
	if (i == v.len)
		return (struct app_buf){ NULL, 0 };
	i += n + 1;
	quote = i < v.len && v.p[i] == '"';
	i += quote;
	for (end = i; end < v.len && (quote ? v.p[end] != '"' : v.p[end] != ';' && !http_is_blank(v.p[end])); end++)
		;
	return (struct app_buf){ v.p + i, end - i };
}

void http_text_done(struct http_text *t)
{
	vec_done(&t->fields);
	vec_done(&t->header);
	free(t->text);
}
