/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SMTP, what clients send (RFC 5321, RFC 3030): commands are read for where a
 * mail or, behind STARTTLS (RFC 3207), TLS begins; a mail is held to its end, and told with the files in it
 * decoded (RFC 2045, RFC 2046). A file is a part that has a name, as Suricata
 * sees it.
 *
 * Whether the server wanted the mail is not asked: bytes behind DATA are one,
 * up to the dot. Dots are left doubled, as Suricata leaves them.
 */
#include <errno.h>
#include <stdlib.h>

#include "app/http.h"
#include "app/rows.h"
#include "app/smtp_events.h"
#include "app/upgrade.h"
#include "base/cleanup.h"
#include "cordon_event.h"
#include "cordon_limits.h"
#include "parse/mime.h"

#define LINE_MAX_HELD 128 /* of a command; what is behind is passed over */
#define ODD_ID (1ULL << 62) /* numbers of messages that tell what is odd, apart from those of mails */
#define DEPTH_MAX 8	  /* multiparts inside each other */

/* OFFER: behind STARTTLS, not known yet whether it was taken; ANSWER, ANSWERS: a server's line begins, or goes on */
enum { AT_LINE, AT_MAIL, AT_CHUNK, AT_OFFER, AT_TLS, AT_ANSWER, AT_ANSWERS };

struct smtp_stream {
	struct bytes line, mail;
	struct upgrade upgrade;
	uint8_t *decoded; /* files of the mail that is told */
	uint32_t n_decoded;
	uint64_t left; /* of a chunk */
	uint64_t id;
	uint32_t at_line; /* bytes of the mail's line so far, for the dot */
	uint8_t at, dir;
	bool is_dot, is_last; /* the line is "." so far; no chunk follows this one */
	bool is_told;	      /* the flow ended in this mail: if it goes on, it is told again */
	struct app_more more[2 * CORDON_FILES_MAX];
	uint16_t n_more;
	struct smtp_odd odd;
	uint64_t n_odd; /* times something odd was told */
	struct smtp_odd_flow *flow; /* NULL: until it is linked nothing odd is looked for */
};

/* --- MIME --- */

enum { AS_IT_IS, BASE64, QUOTED };

struct part {
	struct app_buf type, name;
	uint8_t encoding;
};

static void part_field(struct part *p, const struct http_field *f)
{
	struct app_buf v = { f->value.p, f->value.len };

	if (http_is(f->name.p, f->name.len, "content-type")) {
		p->type = v;
		if (!p->name.p)
			p->name = http_parameter(v, "name");
	} else if (http_is(f->name.p, f->name.len, "content-disposition")) {
		struct app_buf name = http_parameter(v, "filename");

		p->name = name.p ? name : p->name;
	} else if (http_is(f->name.p, f->name.len, "content-transfer-encoding")) {
		p->encoding = http_is(v.p, v.len, "base64") ? BASE64 :
			      http_is(v.p, v.len, "quoted-printable") ? QUOTED : AS_IT_IS;
	}
}

static void add(struct smtp_stream *s, uint8_t buffer, struct app_buf b)
{
	s->more[s->n_more].buffer = buffer;
	s->more[s->n_more++].buf = b;
}

/* room for all decoded bytes is that of the mail: no encoding grows */
static void add_file(struct smtp_stream *s, const struct part *p, const uint8_t *body, uint32_t len)
{
	uint8_t *dst = s->decoded + s->n_decoded;

	if (s->n_more + 2u > ARRAY_SIZE(s->more))
		return;
	add(s, APP_BUFFER_FILE_NAME, p->name);
	if (p->encoding == AS_IT_IS) {
		add(s, APP_BUFFER_FILE_DATA, (struct app_buf){ body, len });
		return;
	}
	len = p->encoding == BASE64 ? mime_base64(body, len, dst) : mime_quoted(body, len, dst);
	add(s, APP_BUFFER_FILE_DATA, (struct app_buf){ dst, len });
	s->n_decoded += len;
}

/* @line_end: bytes behind the body that are the delimiter's, or the last line's */
static void entity(struct smtp_stream *s, const uint8_t *p, uint32_t len, uint32_t line_end, unsigned int depth);

static void multipart(struct smtp_stream *s, const uint8_t *p, uint32_t len, struct http_span boundary, unsigned int depth)
{
	uint32_t at = mime_delimiter(p, len, 0, boundary), from, to, end;

	while (at < len && !mime_is_last(p, len, at, boundary)) {
		for (from = at; from < len && p[from] != '\n'; from++)
			;
		from += from < len;
		to = mime_delimiter(p, len, from, boundary);
		end = mime_part_end(p, from, to, len);
		entity(s, p + from, end - from, to - end, depth);
		at = to;
	}
}

/* fields and a body, which may be made of entities again */
static void entity(struct smtp_stream *s, const uint8_t *p, uint32_t len, uint32_t line_end, unsigned int depth)
{
	struct part part = { .encoding = AS_IT_IS };
	struct app_buf boundary;
	struct http_field f;
	struct cur c = cur_of(p, len);
	struct http_span type;

	while (http_field_next(&c, 1, &f))
		part_field(&part, &f);
	len -= (uint32_t)(c.pos - p);
	boundary = http_parameter(part.type, "boundary");
	type = (struct http_span){ part.type.p, part.type.len };
	if (depth < DEPTH_MAX && boundary.len && boundary.len <= MIME_BOUNDARY_MAX && http_has(type, "multipart/", 10))
		multipart(s, c.pos, len, (struct http_span){ boundary.p, boundary.len }, depth + 1);
	else if (depth < DEPTH_MAX && http_has(type, "message/rfc822", 14))
		entity(s, c.pos, len, line_end, depth + 1);
	else if (part.name.len) /* quoted-printable is made of lines, the last one too */
		add_file(s, &part, c.pos, part.encoding == QUOTED ? len + line_end : len);
}

static int tell(struct smtp_stream *s, app_msg_fn cb, void *ctx)
{
	uint32_t len = (uint32_t)s->mail.v.len;
	struct app_msg m;
	int r;

	s->decoded = malloc(len + 1);
	if (!s->decoded)
		return -ENOMEM;
	s->n_decoded = s->n_more = 0;
	if (len)
		entity(s, s->mail.v.data, len, 0, 0);
	app_msg_init(&m, CORDON_APP_SMTP, CORDON_TO_SERVER);
	m.complete = true;
	m.again = s->is_told;
	m.id = m.tx = s->id;
	for (uint16_t i = 0; i < 2 && i < s->n_more; i++)
		app_set(&m, s->more[i].buffer, s->more[i].buf.p, s->more[i].buf.len);
	m.more = s->more + 2;
	m.n_more = s->n_more > 2 ? (uint16_t)(s->n_more - 2) : 0;
	r = cb(&m, ctx);
	free(s->decoded);
	s->decoded = NULL;
	return r;
}

/* --- commands --- */

/* "BDAT 1000 LAST" */
static void chunk_begins(struct smtp_stream *s, struct http_span line)
{
	struct http_span size = http_trim(line.p + 4, line.p + line.len);
	__u64 n;

	if (!http_length(size, &n))
		return;
	s->left = n;
	s->is_last = http_has(size, "last", 4);
	s->at = AT_CHUNK;
}

static void command(struct smtp_stream *s)
{
	struct http_span line = http_trim(s->line.v.data, s->line.v.data + s->line.v.len);

	s->line.v.len = 0;
	if (http_is(line.p, line.len, "data")) {
		s->at = AT_MAIL;
		s->at_line = 0;
		s->is_dot = false;
	} else if (line.len > 4 && http_is(line.p, 4, "bdat")) {
		chunk_begins(s, line);
	} else if (http_is(line.p, line.len, "starttls")) {
		s->at = AT_OFFER;
	}
}

static int feed_line(struct smtp_stream *s, const uint8_t *p, uint32_t len)
{
	const uint8_t *lf = memchr(p, '\n', len);
	uint32_t n = lf ? (uint32_t)(lf + 1 - p) : len;
	int r = bytes_add(&s->line, p, n, LINE_MAX_HELD);

	if (r < 0)
		return r;
	if (lf)
		command(s);
	return (int)n;
}

/* past the limit a mail is only followed to its end */
static int hold(struct smtp_stream *s, const uint8_t *p, uint32_t len)
{
	int r = bytes_add(&s->mail, p, len, CORDON_MAIL_MAX);

	return r < 0 ? r : 0;
}

/* how much of the bytes is the mail's; *ret_end: they end it */
static uint32_t mail_bytes(struct smtp_stream *s, const uint8_t *p, uint32_t len, bool *ret_end)
{
	uint32_t i;

	*ret_end = false;
	for (i = 0; i < len && !*ret_end; i++) {
		if (p[i] == '\n') {
			*ret_end = s->is_dot;
			s->at_line = 0;
			s->is_dot = false;
			continue;
		}
		s->is_dot = s->at_line == 0 ? p[i] == '.' : s->is_dot && s->at_line == 1 && p[i] == '\r';
		s->at_line++;
	}
	return i;
}

static int mail_done(struct smtp_stream *s, app_msg_fn cb, void *ctx)
{
	int r = tell(s, cb, ctx);

	s->at = AT_LINE;
	s->mail.v.len = 0;
	s->is_told = false;
	s->id++;
	return r;
}

/* the dot and its line ends are not the mail's, but may have come in pieces */
static void drop_dot(struct smtp_stream *s)
{
	const uint8_t *p = s->mail.v.data;
	size_t n = s->mail.v.len;

	if (n == CORDON_MAIL_MAX)
		return;
	while (n && (p[n - 1] == '\n' || p[n - 1] == '\r'))
		n--;
	s->mail.v.len = n ? n - 1 : 0;
}

static int feed_mail(struct smtp_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	bool is_end;
	uint32_t n = mail_bytes(s, p, len, &is_end);
	int r = hold(s, p, n);

	if (!r && is_end) {
		drop_dot(s);
		r = mail_done(s, cb, ctx);
	}
	return r ? r : (int)n;
}

static int feed_chunk(struct smtp_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	uint32_t n = len < s->left ? len : (uint32_t)s->left;
	int r = hold(s, p, n);

	s->left -= n;
	if (!r && !s->left && s->is_last)
		r = mail_done(s, cb, ctx);
	else if (!s->left)
		s->at = AT_LINE;
	return r ? r : (int)n;
}

/* of what servers say only where TLS begins is looked for: no reply line begins so (RFC 5321 4.2) */
static int feed_answers(struct smtp_stream *s, const uint8_t *p, uint32_t len)
{
	const uint8_t *lf = memchr(p, '\n', len);

	s->at = lf ? AT_ANSWER : AT_ANSWERS;
	return (int)(lf ? (uint32_t)(lf + 1 - p) : len);
}

static int feed_some(struct smtp_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	if (s->at == AT_OFFER || s->at == AT_ANSWER)
		s->at = *p == UPGRADE_BEGIN ? AT_TLS : s->at == AT_OFFER ? AT_LINE : AT_ANSWERS;
	switch (s->at) {
	case AT_MAIL:
		return feed_mail(s, p, len, cb, ctx);
	case AT_CHUNK:
		return feed_chunk(s, p, len, cb, ctx);
	case AT_TLS:
		return upgrade_feed(&s->upgrade, s->dir, p, len, cb, ctx) ?: (int)len;
	case AT_ANSWERS:
		return feed_answers(s, p, len);
	default:
		return feed_line(s, p, len);
	}
}

/* what is odd about the lines among these bytes; each transaction says it once */
static int feed_odd(struct smtp_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct app_msg m;
	int r = 0;

	while (len && s->flow && !r) {
		uint32_t n = smtp_odd_feed(s->flow, &s->odd, s->dir == CORDON_TO_CLIENT, p, len);
		uint64_t fresh = smtp_odd_take(s->flow);

		p += n;
		len -= n;
		if (!fresh)
			continue;
		app_msg_init(&m, CORDON_APP_SMTP, s->dir);
		m.is_response = s->dir == CORDON_TO_CLIENT;
		m.complete = true;
		m.id = ODD_ID | s->n_odd++;
		m.events = fresh;
		r = cb(&m, ctx);
	}
	return r;
}

static int smtp_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct smtp_stream *s = state;
	int n = feed_odd(s, p, len, cb, ctx);

	if (n)
		return n;
	while (len) {
		n = feed_some(s, p, len, cb, ctx);
		if (n < 0)
			return n;
		p += n;
		len -= (uint32_t)n;
	}
	return 0;
}

static int smtp_end(void *state, app_msg_fn cb, void *ctx)
{
	struct smtp_stream *s = state;

	if (!s->mail.v.len)
		return 0;
	s->is_told = true;
	return tell(s, cb, ctx);
}

static bool smtp_pending(const void *state)
{
	const struct smtp_stream *s = state;

	return s->mail.v.len || s->line.v.len || s->at == AT_MAIL || s->at == AT_CHUNK || upgrade_pending(&s->upgrade);
}

static void *smtp_open(uint8_t dir)
{
	struct smtp_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->dir = dir;
	s->at = dir == CORDON_TO_CLIENT ? AT_ANSWER : AT_LINE;
	return s;
}

static void *smtp_flow_open(void)
{
	return calloc(1, sizeof(struct smtp_odd_flow));
}

static void smtp_link(void *state, void *flow)
{
	((struct smtp_stream *)state)->flow = flow;
}

static void smtp_close(void *state)
{
	struct smtp_stream *s = state;

	if (!s)
		return;
	vec_done(&s->line.v);
	vec_done(&s->mail.v);
	upgrade_close(&s->upgrade);
	free(s);
}

const struct app_row app_smtp = {
	.app = CORDON_APP_SMTP,
	.name = "smtp",
	.open = smtp_open,
	.feed = smtp_feed,
	.end = smtp_end,
	.pending = smtp_pending,
	.close = smtp_close,
	.flow_open = smtp_flow_open,
	.flow_close = free,
	.link = smtp_link,
};
