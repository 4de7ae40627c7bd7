/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP/1, both sides. A head is collected, parsed once, and told with its
 * buffers; the body (dechunked, decoded) is told again under the same id as it
 * grows, once for each delivery. What is told complete does not depend on how
 * the bytes were cut. Of the other side a response needs to know whether it has
 * a body (HEAD, CONNECT) and what its file is called.
 */
#include <errno.h>
#include <stdlib.h>

#include "app/http.h"
#include "app/rows.h"
#include "base/cleanup.h"
#include "cordon_event.h"
#include "rule/events.h"

#define HEAD_STEP 1024
/*
 * Whoever is told of a growing body looks at all of it. In full segments it may be told of each; a sender of tiny pieces
 * gets as many looks as cost LOOKS_MAX times the body, and then each time it has grown by 1 / LOOKS_MAX.
 */
#define LOOKS_MAX 64
#define LOOKS_FREE (256u << 10)

/*
 * END: no body; EXTRA: no body by its fields, but one may come all the same;
 * TUNNEL: behind CONNECT, not known yet what; REST: the rest of the stream is not looked at
 */
enum { AT_HEAD, AT_LENGTH, AT_CHUNKED, AT_TRAILER, AT_CLOSE, AT_END, AT_EXTRA, AT_TUNNEL, AT_REST };

/* what a response must know of its request */
enum { ASKED_OTHER, ASKED_HEAD, ASKED_CONNECT };

/* requests not answered yet, oldest first: kind, length of the name, name */
struct http_flow {
	VEC(uint8_t) asked;
	uint32_t from, n; /* where the oldest begins; how many */
	uint32_t ahead;	  /* responses that came before their requests */
	bool is_shifted;  /* some did: which request others answer is not certain any more */
};

struct http_stream {
	struct http_flow *flow; /* NULL: the other side is not known */
	struct bytes head;	/* as received; the trailer behind it */
	struct http_text text;
	struct http_body body;
	struct http_files files;
	VEC(struct app_more) more; /* of the message that is told */
	uint8_t name[UINT8_MAX];
	uint8_t name_len, asked; /* of the request that is answered */
	struct http_first first;
	uint32_t line_at;	 /* where the trailer's line begins */
	uint32_t head_len;	 /* without the trailer */
	uint32_t told;		 /* body bytes told */
	uint64_t looked;	 /* sum of the body's lengths when it was told while it grew */
	__u64 left;		 /* of a body with Content-Length */
	struct http_chunks chunks;
	uint64_t begin, end, pos; /* offsets in the stream: of this message, behind it, and of what comes next */
	uint64_t id;
	uint8_t dir, at;
	bool has_head, is_file; /* is_file: the body of this request is one, or has some */
	bool is_extra;		/* it may be told complete, and go on all the same */
	bool has_continued;	/* a 100 came for this response */
	bool is_torn;		/* its head ended in a line behind the first */
	uint64_t odd;		/* bits RULE_EVENT_* of this message that its head alone does not show */
};

/* --- the other side --- */

static void *http_flow_open(void)
{
	return calloc(1, sizeof(struct http_flow));
}

static void http_flow_close(void *flow)
{
	struct http_flow *f = flow;

	if (f)
		vec_done(&f->asked);
	free(f);
}

static void http_link(void *state, void *flow)
{
	((struct http_stream *)state)->flow = flow;
}

static uint8_t asked_kind(struct http_span method)
{
	if (http_is(method.p, method.len, "head"))
		return ASKED_HEAD;
	return http_is(method.p, method.len, "connect") ? ASKED_CONNECT : ASKED_OTHER;
}

static void ask(struct http_stream *s)
{
	struct http_flow *f = s->flow;
	struct app_buf name = s->text.path;
	uint32_t n = name.len < UINT8_MAX ? name.len : UINT8_MAX, at;

	if (!f || f->n == CORDON_HTTP_PIPELINE)
		return;
	if (f->ahead) {
		f->ahead--;
		f->is_shifted = true;
		return;
	}
	if (!f->n)
		f->asked.len = f->from = 0;
	at = (uint32_t)f->asked.len;
	if (vec_reserve(&f->asked, at + 2 + n))
		return;
	f->asked.data[at] = asked_kind(s->text.line.method);
	f->asked.data[at + 1] = (uint8_t)n;
	if (n)
		memcpy(f->asked.data + at + 2, name.p + name.len - n, n);
	f->asked.len += 2 + n;
	f->n++;
}

static void answer(struct http_stream *s)
{
	struct http_flow *f = s->flow;
	const uint8_t *p;

	s->asked = ASKED_OTHER;
	s->name_len = 0;
	if (!f)
		return;
	if (!f->n) {
		f->ahead++;
		s->odd |= f->is_shifted ? 0 : RULE_EVENT_BIT(HTTP_UNASKED);
		return;
	}
	p = f->asked.data + f->from;
	s->asked = p[0];
	if (s->asked == ASKED_HEAD) /* how a body would be coded is not looked at */
		s->text.events &= ~(RULE_EVENT_BIT(HTTP_RESPONSE_CODING) | RULE_EVENT_BIT(HTTP_OLD_CHUNKS));
	s->name_len = p[1];
	memcpy(s->name, p + 2, p[1]);
	f->from += 2u + p[1];
	f->n--;
}

/* --- telling --- */

static bool is_request(const struct http_stream *s)
{
	return s->dir == CORDON_TO_SERVER;
}

static bool is_post(struct http_span method)
{
	return http_is(method.p, method.len, "post");
}

static void set_files(struct http_stream *s, struct app_msg *m, struct app_buf body)
{
	struct app_buf name = http_parameter(s->text.disposition, "filename");

	if (is_request(s) && !s->is_file)
		return;
	if (is_request(s) && is_post(s->text.line.method) && http_files_find(s->text.type, body, &s->files)) {
		for (uint16_t i = 0; i < 2 && i < s->files.n; i++)
			app_set(m, s->files.more[i].buffer, s->files.more[i].buf.p, s->files.more[i].buf.len);
		m->more = s->files.more + 2;
		m->n_more = s->files.n > 2 ? (uint16_t)(s->files.n - 2) : 0;
		return;
	}
	if (!body.len)
		return;
	app_set(m, APP_BUFFER_FILE_DATA, body.p, body.len);
	if (!name.p && is_request(s))
		name = s->text.path;
	else if (!name.p)
		name = (struct app_buf){ s->name, s->name_len };
	if (name.len)
		app_set(m, APP_BUFFER_FILE_NAME, name.p, name.len);
}

/* header lines beyond the first, and what there is already, in one list */
static int add_header_lines(struct http_stream *s, struct app_msg *m)
{
	uint8_t buffer = is_request(s) ? APP_BUFFER_HTTP_REQUEST_HEADER : APP_BUFFER_HTTP_RESPONSE_HEADER;
	size_t n = s->text.header.len;

	if (!n)
		return 0;
	app_set(m, buffer, s->text.header.data[0].p, s->text.header.data[0].len);
	s->more.len = 0;
	if (vec_reserve(&s->more, n - 1 + m->n_more))
		return -ENOMEM;
	for (size_t i = 1; i < n; i++)
		s->more.data[s->more.len++] = (struct app_more){ buffer, s->text.header.data[i] };
	for (uint16_t i = 0; i < m->n_more; i++)
		s->more.data[s->more.len++] = m->more[i];
	m->more = s->more.data;
	m->n_more = (uint16_t)s->more.len;
	return 0;
}

/* what the fields of a head give together */
static bool is_of_fields(uint8_t buffer)
{
	return buffer == APP_BUFFER_HTTP_HEADER || buffer == APP_BUFFER_HTTP_HEADER_NAMES ||
	       buffer == APP_BUFFER_HTTP_HEADER_RAW || buffer == APP_BUFFER_HTTP_START;
}

/*
 * Of a head that never ended Suricata knows the fields whose lines did, but no host; of a response not what they give
 * together, when a line had begun
 */
static bool is_left_out(const struct http_stream *s, uint8_t i)
{
	uint8_t buffer = s->text.set[i].buffer;

	if (is_request(s) && i >= s->text.n_lines && (buffer == APP_BUFFER_HTTP_HOST || buffer == APP_BUFFER_HTTP_HOST_RAW))
		return true;
	if (buffer == APP_BUFFER_HTTP_HEADER_RAW && !s->text.fields.len)
		return true;
	return !is_request(s) && s->is_torn && is_of_fields(buffer);
}

/* bytes of the start line with its end and what came before it */
static uint32_t line_end(const struct http_stream *s)
{
	const uint8_t *end = s->text.start.p + s->text.start.len;

	return (uint32_t)(end + (*end == '\r') + 1 - s->head.v.data);
}

/* @begun: its head never ended */
static int tell_some(struct http_stream *s, bool complete, bool begun, app_msg_fn cb, void *ctx)
{
	uint32_t n = (uint32_t)s->body.data.v.len;
	struct app_buf body;
	struct app_msg m;

	s->told = n;
	body = (struct app_buf){ s->body.data.v.data, n };
	app_msg_init(&m, CORDON_APP_HTTP, s->dir);
	m.complete = complete;
	m.is_chunked = s->text.coding.p || s->body.layers;
	m.again = s->is_extra;
	m.is_response = !is_request(s);
	m.id = m.tx = s->id;
	if (s->has_head) {
		m.at_line = s->begin + line_end(s);
		m.at_head = s->begin + s->head_len;
		m.at_end = s->end;

		m.http_protocol = (struct app_buf){ s->text.line.version.p, s->text.line.version.len };
		m.http_status = http_status_number(s->text.line.status);
		for (uint8_t i = 0; i < s->text.n_set; i++)
			if (!begun || !is_left_out(s, i))
				app_set(&m, s->text.set[i].buffer, s->text.set[i].b.p, s->text.set[i].b.len);
	}
	if (s->has_head && !begun)
		m.events = s->text.events | s->odd | (s->body.is_bomb ? RULE_EVENT_BIT(HTTP_BOMB) : 0) |
			   (s->body.has_failed ? RULE_EVENT_BIT(HTTP_INFLATE) : 0);
	if (n)
		app_set(&m, is_request(s) ? APP_BUFFER_HTTP_REQUEST_BODY : APP_BUFFER_HTTP_RESPONSE_BODY, body.p, n);
	set_files(s, &m, body);
	if (complete && !s->body.is_full && app_has(&m, APP_BUFFER_FILE_DATA) && m.buf[APP_BUFFER_FILE_DATA].p == body.p)
		app_set_number(&m, APP_NUMBER_FILE_SIZE, n);
	if (s->has_head && add_header_lines(s, &m))
		return -ENOMEM;
	return cb(&m, ctx);
}

static int tell(struct http_stream *s, bool complete, app_msg_fn cb, void *ctx)
{
	return tell_some(s, complete, false, cb, ctx);
}

/* --- heads --- */

static void next_message(struct http_stream *s)
{
	http_body_done(&s->body);
	s->begin = s->end;
	s->head.v.len = s->body.data.v.len = 0;
	s->first = (struct http_first){ 0 };
	s->told = 0;
	s->looked = 0;
	s->is_extra = s->has_continued = false;
	s->odd = 0;
	s->id++;
	s->at = AT_HEAD;
}

/* a message that has no body, whatever its fields say (RFC 9112 6.3): what follows it; else -1 */
static int bodiless(const struct http_stream *s)
{
	uint16_t status = http_status_number(s->text.line.status);

	if (is_request(s))
		return asked_kind(s->text.line.method) == ASKED_CONNECT ? AT_TUNNEL : -1;
	if (status == 101)
		return AT_REST;
	if (s->asked == ASKED_CONNECT && status / 100 == 2)
		return AT_TUNNEL;
	return s->asked == ASKED_HEAD || status / 100 == 1 || status == 204 || status == 304 ? AT_END : -1;
}

/* without a length: a response goes on until the end; a request of HTTP/0.9 is the only one */
static int unbounded(const struct http_stream *s)
{
	if (!is_request(s))
		return AT_CLOSE;
	if (!s->text.line.version.p && !s->text.fields.len)
		return AT_REST;
	return s->is_file ? AT_EXTRA : AT_END;
}

/* AT_* behind the head, or -EBADMSG */
static int body_kind(struct http_stream *s)
{
	struct app_buf v = s->text.length;
	int at = bodiless(s);

	s->left = 0;
	s->chunks = (struct http_chunks){ .left = 0 };
	if (at >= 0)
		return at;
	if (http_has((struct http_span){ s->text.coding.p, s->text.coding.len }, "chunked", 7))
		return AT_CHUNKED;
	if (!v.p)
		return unbounded(s);
	if (!http_length((struct http_span){ v.p, v.len }, &s->left))
		return is_request(s) ? -EBADMSG : AT_CLOSE;
	return s->left ? AT_LENGTH : AT_END;
}

/* a response without a head: bytes that begin with no status line, as HTTP/0.9 answered */
static int headless(struct http_stream *s)
{
	s->has_head = false;
	s->text.coding = s->text.disposition = s->text.type = (struct app_buf){ NULL, 0 };
	http_body_begin(&s->body, (struct app_buf){ NULL, 0 });
	answer(s);
	s->at = AT_CLOSE;
	return 0;
}

/* 100 Continue comes before the response, and is told as its first version */
static bool is_interim(const struct http_stream *s)
{
	return !is_request(s) && http_status_number(s->text.line.status) == 100;
}

/* @at: AT_* that follows; a message without a body is complete with its head */
static int tell_head(struct http_stream *s, int at, app_msg_fn cb, void *ctx)
{
	bool is_done = at == AT_END || at == AT_TUNNEL || at == AT_REST;
	int r;

	s->is_extra |= at == AT_EXTRA;
	s->end = s->begin + s->head_len;
	r = tell(s, at < 0 || (is_done && !is_interim(s)) || s->is_extra, cb, ctx);
	if (r || at < 0)
		return r ? r : at;
	s->at = (uint8_t)at;
	if (is_interim(s)) {
		next_message(s);
		s->id--;
		s->has_continued = true;
	} else if (is_done) {
		next_message(s);
		s->at = at == AT_END ? AT_HEAD : (uint8_t)at;
	}
	return 0;
}

/* a second 100 for one response: the last that is read, as in Suricata */
static int said_twice(struct http_stream *s, app_msg_fn cb, void *ctx)
{
	s->odd |= RULE_EVENT_BIT(HTTP_CONTINUE_TWICE);
	return tell(s, true, cb, ctx) ?: -EBADMSG;
}

/* the head is there: parse, tell, find out about the body */
static int head_done(struct http_stream *s, uint32_t len, app_msg_fn cb, void *ctx)
{
	int r;

	s->head.v.len = s->head_len = len;
	r = http_text_make(&s->text, s->head.v.data, len, is_request(s));
	if (r)
		return r;
	s->has_head = true;
	/* as Suricata sees it */
	s->is_file = is_request(s) && (is_post(s->text.line.method) ||
				       http_is(s->text.line.method.p, s->text.line.method.len, "put"));
	if (is_request(s))
		ask(s);
	else if (!is_interim(s))
		answer(s);
	else if (s->has_continued)
		return said_twice(s, cb, ctx);
	http_body_begin(&s->body, s->text.encoding);
	return tell_head(s, body_kind(s), cb, ctx);
}

static int not_a_head(struct http_stream *s, uint32_t before)
{
	uint32_t held = (uint32_t)s->head.v.len;
	int r;

	if (is_request(s))
		return -EBADMSG;
	r = headless(s);
	if (!r)
		r = http_body_add(&s->body, s->head.v.data, held);
	return r ? r : (int)(held - before);
}

/* takes bytes of the head; returns how many of @len belong to it, or negative */
static int feed_head(struct http_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	uint32_t before = (uint32_t)s->head.v.len, held, end;
	/* little at a time: many small requests in one segment must not each copy the rest of it */
	int n = bytes_add(&s->head, p, len < HEAD_STEP ? len : HEAD_STEP, CORDON_HTTP_HEAD_MAX), r;

	if (n < 0)
		return n;
	held = (uint32_t)s->head.v.len;
	if (!http_first_can_be(&s->first, s->head.v.data, held, is_request(s)))
		return not_a_head(s, before);
	end = is_request(s) ? http_first_bare_line(&s->first, s->head.v.data, held) : 0;
	if (end) {
		/* HTTP/0.9: nothing behind the line is looked at, and some of it may have been taken */
		r = head_done(s, end, cb, ctx);
		s->at = AT_REST;
		return r ? r : n;
	}
	end = http_first_head_end(&s->first, s->head.v.data, held);
	if (!end && held == CORDON_HTTP_HEAD_MAX) {
		r = head_done(s, CORDON_HTTP_HEAD_MAX, cb, ctx);
		return r ? r : -EBADMSG;
	}
	if (!end)
		return n;
	r = head_done(s, end, cb, ctx);
	return r ? r : (int)(end - before);
}

/* --- bodies --- */

/* with @n more bytes */
static int body_done(struct http_stream *s, uint32_t n, app_msg_fn cb, void *ctx)
{
	int r = http_body_end(&s->body);

	s->end = s->pos + n;
	if (!r)
		r = tell(s, true, cb, ctx);
	next_message(s);
	return r;
}

static int feed_length(struct http_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	uint32_t n = len < s->left ? len : (uint32_t)s->left;
	int r = http_body_add(&s->body, p, n);

	s->left -= n;
	if (!r && !s->left)
		r = body_done(s, n, cb, ctx);
	return r ? r : (int)n;
}

static int feed_chunked(struct http_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct cur c = cur_of(p, len);
	struct http_span run;
	int r;

	while ((r = http_chunk_next(&c, &s->chunks, &run)) == PARSE_OK) {
		r = http_body_add(&s->body, run.p, run.len);
		if (r)
			return r;
	}
	if (r == PARSE_BAD)
		s->odd |= is_request(s) ? RULE_EVENT_BIT(HTTP_REQUEST_CHUNK) : RULE_EVENT_BIT(HTTP_RESPONSE_CHUNK);
	if (r == PARSE_BAD && is_request(s))
		return tell(s, false, cb, ctx) ?: -EBADMSG;
	if (r == PARSE_BAD && (r = tell(s, false, cb, ctx)))
		return r;
	if (s->odd & RULE_EVENT_BIT(HTTP_RESPONSE_CHUNK))
		s->at = AT_CLOSE; /* what is no chunk is shown as it is */
	else if (s->chunks.state == HTTP_CHUNK_DONE) {
		s->line_at = (uint32_t)s->head.v.len;
		s->at = AT_TRAILER;
	}
	return (int)(c.pos - p);
}

/* does the line that begins at line_at end the trailer? */
static bool is_last_line(const struct http_stream *s)
{
	const uint8_t *p = s->head.v.data + s->line_at;
	size_t n = s->head.v.len - s->line_at;

	return n == 1 || (n == 2 && p[0] == '\r');
}

/* the head's text points into the bytes that grow here, and may be told before the trailer is there */
static int add_trailer(struct http_stream *s, const uint8_t *p, uint32_t n)
{
	const uint8_t *before = s->head.v.data;
	int r = bytes_add(&s->head, p, n, CORDON_HTTP_HEAD_MAX);

	if (r < 0)
		return r;
	if ((uint32_t)r < n)
		return -EBADMSG;
	return s->head.v.data == before ? 0 : http_text_make(&s->text, s->head.v.data, s->head_len, is_request(s));
}

/* fields behind the last chunk: they join the head's (RFC 9112 7.1.2) */
static int feed_trailer(struct http_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	const uint8_t *lf = memchr(p, '\n', len);
	uint32_t n = lf ? (uint32_t)(lf + 1 - p) : len;
	int r = add_trailer(s, p, n);

	if (r)
		return r;
	if (!lf)
		return (int)n;
	if (!is_last_line(s)) {
		s->line_at = (uint32_t)s->head.v.len;
		return (int)n;
	}
	r = http_text_make(&s->text, s->head.v.data, (uint32_t)s->head.v.len, is_request(s));
	if (!r)
		r = body_done(s, n, cb, ctx);
	return r ? r : (int)n;
}

/* behind CONNECT HTTP may go on; anything else is not looked at */
static int feed_tunnel(struct http_stream *s, uint8_t first)
{
	s->at = first >= 'A' && first <= 'Z' ? AT_HEAD : AT_REST;
	return 0;
}

/* behind a POST without a length: the next request, or its body after all */
static int feed_extra(struct http_stream *s, uint8_t first)
{
	if (first >= 'A' && first <= 'Z')
		next_message(s);
	else
		s->at = AT_CLOSE;
	return 0;
}

static int feed_some(struct http_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	int r;

	switch (s->at) {
	case AT_HEAD:
		return feed_head(s, p, len, cb, ctx);
	case AT_LENGTH:
		return feed_length(s, p, len, cb, ctx);
	case AT_CHUNKED:
		return feed_chunked(s, p, len, cb, ctx);
	case AT_TRAILER:
		return feed_trailer(s, p, len, cb, ctx);
	case AT_TUNNEL:
		return feed_tunnel(s, *p);
	case AT_EXTRA:
		return feed_extra(s, *p);
	default:
		r = http_body_add(&s->body, p, len);
		return r ? r : (int)len;
	}
}

static int tell_growth(struct http_stream *s, app_msg_fn cb, void *ctx)
{
	uint64_t n = s->body.data.v.len;

	if (n <= s->told || s->looked + n > LOOKS_MAX * n + LOOKS_FREE)
		return 0;
	s->looked += n;
	return tell(s, false, cb, ctx);
}

static int http_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct http_stream *s = state;
	int n;

	while (len && s->at != AT_REST) {
		n = feed_some(s, p, len, cb, ctx);
		if (n < 0)
			return n;
		p += n;
		s->pos += (uint32_t)n;
		len -= (uint32_t)n;
	}
	return tell_growth(s, cb, ctx);
}

/*
 * As libhtp: of a body whose length is known so much is missing, and the next message is where it would be. Anywhere else
 * what comes joins what was there, so a request behind a lost piece of a head is still read.
 */
static int http_gap(void *state, uint64_t len, app_msg_fn cb, void *ctx)
{
	struct http_stream *s = state;

	s->pos += len;
	if (s->at == AT_HEAD)
		s->begin += len;
	if (s->at != AT_LENGTH)
		return 0;
	s->left -= len < s->left ? len : s->left;
	return s->left ? 0 : body_done(s, 0, cb, ctx);
}

/* bytes of the lines that have ended; 0: not even the first */
static uint32_t whole_lines(const struct http_stream *s)
{
	const uint8_t *lf = memrchr(s->head.v.data, '\n', s->head.v.len);

	return lf ? (uint32_t)(lf + 1 - s->head.v.data) : 0;
}

/* a head is told as far as its lines have ended, its first one even if that has not. More may come behind it all the same. */
static int end_head(struct http_stream *s, app_msg_fn cb, void *ctx)
{
	uint32_t held = (uint32_t)s->head.v.len, n = whole_lines(s);
	int r = n ? 0 : bytes_add(&s->head, (const uint8_t *)"\n", 1, CORDON_HTTP_HEAD_MAX);

	if (r < 0)
		return r;
	s->head.v.len = held;
	r = http_text_make(&s->text, s->head.v.data, n ? n : held + (uint32_t)r, is_request(s));
	if (r)
		return r == -EBADMSG ? 0 : r;
	s->has_head = true;
	s->is_file = false;
	s->is_torn = n && n < held;
	s->head_len = (uint32_t)(s->pos + 1 - s->begin);
	return tell_some(s, true, !is_request(s) || !n || s->text.line.version.p, cb, ctx);
}

static int http_end(void *state, app_msg_fn cb, void *ctx)
{
	struct http_stream *s = state;

	if (s->at == AT_TUNNEL || s->at == AT_REST || s->at == AT_EXTRA)
		return 0;
	if (s->at == AT_HEAD && !s->head.v.len)
		return 0;
	s->is_extra = true;
	s->end = s->pos + 1; /* it was not over with the last byte */
	return s->at == AT_HEAD ? end_head(s, cb, ctx) : tell(s, true, cb, ctx);
}

/* a head or trailer begun; of a body all that is here was told */
static bool http_pending(const void *state)
{
	const struct http_stream *s = state;

	if (s->at == AT_HEAD)
		return s->head.v.len > 0;
	return s->at == AT_TRAILER;
}

static void *http_open(uint8_t dir)
{
	struct http_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->dir = dir;
	return s;
}

static void http_close(void *state)
{
	struct http_stream *s = state;

	if (!s)
		return;
	vec_done(&s->head.v);
	http_body_done(&s->body);
	vec_done(&s->body.data.v);
	vec_done(&s->more);
	http_text_done(&s->text);
	free(s);
}

const struct app_row app_http = {
	.app = CORDON_APP_HTTP,
	.name = "http",
	.open = http_open,
	.feed = http_feed,
	.gap = http_gap,
	.end = http_end,
	.pending = http_pending,
	.close = http_close,
	.flow_open = http_flow_open,
	.flow_close = http_flow_close,
	.link = http_link,
	.takes_any = true, /* HTTP/0.9 answers, and methods that are nobody's */
};
