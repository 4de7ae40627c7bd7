/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP/1. Requests: the head is collected, parsed once, and told with its
 * buffers; the body (dechunked) is told again under the same id as it grows,
 * always at the same body offsets (multiples of BODY_STEP) however the bytes
 * were cut, so that the result does not depend on segmentation. Responses: the
 * status line; their bodies are stepped over.
 */
#include <errno.h>
#include <stdlib.h>

#include "app/bytes.h"
#include "app/rows.h"
#include "cordon_event.h"
#include "parse/http.h"

/* the body is shown to the rules each time it has grown over a multiple of this */
#define BODY_STEP 64
#define HEAD_STEP 1024

enum { AT_HEAD, AT_LENGTH, AT_CHUNKED, AT_CLOSE, AT_END };

struct http_stream {
	struct bytes head;     /* as received */
	struct bytes body;     /* dechunked, at most CORDON_HTTP_BODY_MAX */
	struct http_head info; /* spans into head */
	struct app_buf uri, host; /* normal forms; in `text` */
	uint8_t *text;
	uint32_t head_at;  /* http_head_end() goes on here */
	uint32_t told;	   /* body bytes told */
	uint64_t left;	   /* of a body with Content-Length */
	struct http_chunks chunks;
	uint64_t id;
	uint8_t dir, at;
};

static void *http_open(uint8_t dir)
{
	struct http_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->dir = dir;
	return s;
}

static struct app_buf buf_of(struct http_span s)
{
	return (struct app_buf){ s.p, s.len };
}

static int tell(struct http_stream *s, bool complete, app_msg_fn cb, void *ctx)
{
	struct app_msg m;

	app_msg_init(&m, CORDON_APP_HTTP, s->dir);
	m.complete = complete;
	m.is_chunked = s->info.is_chunked;
	m.id = m.tx = s->id;
	m.http_protocol = buf_of(s->info.version);
	if (s->dir == CORDON_TO_CLIENT) {
		m.is_response = true;
		m.http_status = s->info.status;
		return cb(&m, ctx);
	}
	app_set(&m, APP_BUFFER_HTTP_METHOD, s->info.method.p, s->info.method.len);
	app_set(&m, APP_BUFFER_HTTP_USER_AGENT, s->info.user_agent.p, s->info.user_agent.len);
	app_set(&m, APP_BUFFER_HTTP_URI, s->uri.p, s->uri.len);
	app_set(&m, APP_BUFFER_HTTP_HOST, s->host.p, s->host.len);
	if (s->body.v.len)
		app_set(&m, APP_BUFFER_HTTP_REQUEST_BODY, s->body.v.data, (uint32_t)s->body.v.len);
	s->told = (uint32_t)s->body.v.len;
	return cb(&m, ctx);
}

static int normal_forms(struct http_stream *s)
{
	const struct http_head *h = &s->info;
	uint8_t *text = realloc(s->text, h->target.len + h->host.len + 1);

	if (!text)
		return -ENOMEM;
	s->text = text;
	s->uri = (struct app_buf){ text, http_uri_normal(h->target.p, h->target.len, text) };
	text += h->target.len;
	s->host = (struct app_buf){ NULL, 0 };
	if (h->host.p)
		s->host = (struct app_buf){ text, http_host_normal(h->host.p, h->host.len, text) };
	return 0;
}

static void next_message(struct http_stream *s)
{
	s->head.v.len = s->body.v.len = 0;
	s->head_at = s->told = 0;
	s->id++;
	s->at = AT_HEAD;
}

/* RFC 9112 6.3: what tells the end of the body */
static int body_kind(const struct http_stream *s)
{
	const struct http_head *h = &s->info;
	bool is_response = s->dir == CORDON_TO_CLIENT;

	if (is_response && (h->status < 200 || h->status == 204 || h->status == 304))
		return h->status == 101 ? AT_CLOSE : AT_END;
	if (h->is_chunked)
		return AT_CHUNKED;
	if (h->has_length)
		return h->length ? AT_LENGTH : AT_END;
	if (is_response)
		return AT_CLOSE;
	/* after CONNECT the bytes are a tunnel's; without a version it is HTTP/0.9, one request only */
	return http_is(h->method.p, h->method.len, "connect") || !h->version.p ? AT_CLOSE : AT_END;
}

/* the head is there: parse, tell, find out about the body */
static int head_done(struct http_stream *s, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct cur c = cur_of(s->head.v.data, len);
	int r;

	r = s->dir == CORDON_TO_SERVER ? http_request_parse(&c, &s->info) : http_response_parse(&c, &s->info);
	if (r)
		return -EBADMSG;
	if (s->dir == CORDON_TO_SERVER && normal_forms(s))
		return -ENOMEM;
	s->at = (uint8_t)body_kind(s);
	s->left = s->info.length;
	s->chunks = (struct http_chunks){ .left = 0 };
	r = tell(s, s->at == AT_END || s->at == AT_CLOSE || s->dir == CORDON_TO_CLIENT, cb, ctx);
	if (r)
		return r;
	if (s->info.bad_length && !s->info.is_chunked)
		return -EBADMSG;
	if (s->at == AT_END)
		next_message(s);
	return 0;
}

/* a first line without its end must at least look like one, or this is not HTTP (any more) */
static bool can_be_head(const struct http_stream *s)
{
	const uint8_t *p = s->head.v.data, *end = p + s->head.v.len;

	while (p < end && (*p == '\r' || *p == '\n'))
		p++;
	if (p == end)
		return true;
	if (s->dir == CORDON_TO_CLIENT)
		return http_is_token(*p);
	while (p < end && http_is_token(*p))
		p++;
	return p == end || *p == ' ' || *p == '\t';
}

/* takes bytes of the head; returns how many of @len belong to it, or negative */
static int feed_head(struct http_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	uint32_t before = (uint32_t)s->head.v.len, end;
	/* little at a time: many small requests in one segment must not each copy the rest of it */
	int n = bytes_add(&s->head, p, len < HEAD_STEP ? len : HEAD_STEP, CORDON_HTTP_HEAD_MAX), r;

	if (n < 0)
		return n;
	end = http_head_end(s->head.v.data, (uint32_t)s->head.v.len, &s->head_at);
	if (!end && s->head.v.len == CORDON_HTTP_HEAD_MAX) {
		r = head_done(s, CORDON_HTTP_HEAD_MAX, cb, ctx);
		return r ? r : -EBADMSG;
	}
	if (!end)
		return can_be_head(s) ? n : -EBADMSG;
	r = head_done(s, end, cb, ctx);
	return r ? r : (int)(end - before);
}

/* decoded body bytes of a request; past the limit they are only stepped over */
static int body_bytes(struct http_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	uint32_t step;
	int n, r;

	while (len && s->dir == CORDON_TO_SERVER && s->body.v.len < CORDON_HTTP_BODY_MAX) {
		step = BODY_STEP - (uint32_t)s->body.v.len % BODY_STEP;
		/* whole steps at once: one telling for all that is here */
		if (len > step)
			step += (len - step) / BODY_STEP * BODY_STEP;
		n = bytes_add(&s->body, p, len < step ? len : step, CORDON_HTTP_BODY_MAX);
		if (n < 0)
			return n;
		p += n;
		len -= (uint32_t)n;
		if (s->body.v.len % BODY_STEP == 0) {
			r = tell(s, s->body.v.len == CORDON_HTTP_BODY_MAX, cb, ctx);
			if (r)
				return r;
		}
	}
	return 0;
}

static int body_done(struct http_stream *s, app_msg_fn cb, void *ctx)
{
	int r = 0;

	if (s->dir == CORDON_TO_SERVER && (s->body.v.len < CORDON_HTTP_BODY_MAX))
		r = tell(s, true, cb, ctx);
	next_message(s);
	return r;
}

static int feed_length(struct http_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	uint32_t n = len < s->left ? len : (uint32_t)s->left;
	int r = body_bytes(s, p, n, cb, ctx);

	s->left -= n;
	if (!r && !s->left)
		r = body_done(s, cb, ctx);
	return r ? r : (int)n;
}

static int feed_chunked(struct http_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct cur c = cur_of(p, len);
	struct http_span run;
	int r;

	while ((r = http_chunk_next(&c, &s->chunks, &run)) == PARSE_OK) {
		r = body_bytes(s, run.p, run.len, cb, ctx);
		if (r)
			return r;
	}
	if (r == PARSE_BAD)
		return -EBADMSG;
	if (s->chunks.state == HTTP_CHUNK_DONE) {
		r = body_done(s, cb, ctx);
		if (r)
			return r;
	}
	return (int)(c.pos - p);
}

static int http_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct http_stream *s = state;
	int n;

	while (len) {
		if (s->at == AT_CLOSE)
			return 0;
		if (s->at == AT_HEAD)
			n = feed_head(s, p, len, cb, ctx);
		else if (s->at == AT_LENGTH)
			n = feed_length(s, p, len, cb, ctx);
		else
			n = feed_chunked(s, p, len, cb, ctx);
		if (n < 0)
			return n;
		p += n;
		len -= (uint32_t)n;
	}
	return 0;
}

/* a head begun, or body bytes no message has shown yet */
static bool http_pending(const void *state)
{
	const struct http_stream *s = state;

	return s->dir == CORDON_TO_SERVER &&
	       (s->at == AT_HEAD ? s->head.v.len > 0 : s->at != AT_CLOSE && s->body.v.len > s->told);
}

static void http_close(void *state)
{
	struct http_stream *s = state;

	if (!s)
		return;
	vec_done(&s->head.v);
	vec_done(&s->body.v);
	free(s->text);
	free(s);
}

const struct app_row app_http = {
	.app = CORDON_APP_HTTP,
	.name = "http",
	.open = http_open,
	.feed = http_feed,
	.pending = http_pending,
	.close = http_close,
};
