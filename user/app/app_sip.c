// SPDX-License-Identifier: BSD-2-Clause
/*
 * SIP: a message is told when its start line is there; of what follows only
 * where it ends is looked for (over TCP: RFC 3261 18.3). A datagram is one
 * message.
 */
#include <errno.h>
#include <stdlib.h>

#include "app/bytes.h"
#include "app/rows.h"
#include "cordon_event.h"
#include "parse/sip.h"

#define LINE_MAX_HELD 8192 /* a start line must fit; of a field the rest is passed over */

enum { AT_START, AT_FIELDS, AT_BODY };

struct sip_stream {
	uint8_t dir, at;
	struct bytes line;
	uint64_t length; /* of the body, as far as the fields have said */
	uint64_t left;	 /* of the body */
	uint64_t id;
};

static void *sip_open(uint8_t dir)
{
	struct sip_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->dir = dir;
	return s;
}

static void set_span(struct app_msg *m, unsigned int buffer, struct http_span s)
{
	app_set(m, buffer, s.p, s.len);
}

static int tell(const struct sip_line *l, uint8_t dir, uint64_t id, app_msg_fn cb, void *ctx)
{
	bool is_response = l->status.p != NULL;
	struct app_msg m;

	app_msg_init(&m, CORDON_APP_SIP, dir);
	m.is_response = dir == CORDON_TO_CLIENT;
	m.complete = true;
	m.id = m.tx = id;
	set_span(&m, APP_BUFFER_SIP_PROTOCOL, l->version);
	set_span(&m, APP_BUFFER_SIP_METHOD, l->method);
	set_span(&m, APP_BUFFER_SIP_URI, l->uri);
	set_span(&m, APP_BUFFER_SIP_STAT_CODE, l->status);
	set_span(&m, APP_BUFFER_SIP_STAT_MSG, l->reason);
	set_span(&m, is_response ? APP_BUFFER_SIP_RESPONSE_LINE : APP_BUFFER_SIP_REQUEST_LINE, l->line);
	return cb(&m, ctx);
}

static int start_line(struct sip_stream *s, struct http_span line, app_msg_fn cb, void *ctx)
{
	struct sip_line l;

	if (!line.len) /* kept alive (7.5, RFC 5626 4.4.1) */
		return 0;
	if (sip_line_parse(line, &l))
		return -EBADMSG;
	s->at = AT_FIELDS;
	s->length = 0;
	return tell(&l, s->dir, s->id++, cb, ctx);
}

static int line_done(struct sip_stream *s, app_msg_fn cb, void *ctx)
{
	struct cur c = cur_of(s->line.v.data, (uint32_t)s->line.v.len);
	struct http_span line = { c.pos, 0 };
	struct http_field f;
	__u64 n;

	(void)http_line(&c, &line);
	if (s->at == AT_START)
		return start_line(s, line, cb, ctx);
	if (!line.len) {
		s->at = s->length ? AT_BODY : AT_START;
		s->left = s->length;
		return 0;
	}
	f = http_field_of(line.p, line.p + line.len, 1);
	if (sip_length(&f, &n))
		s->length = n;
	return 0;
}

/* bytes taken, or negative; of a line beyond the limit the rest is passed over, but a start line must fit */
static int feed_line(struct sip_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	const uint8_t *lf = memchr(p, '\n', len);
	uint32_t n = lf ? (uint32_t)(lf + 1 - p) : len;
	int r = bytes_add(&s->line, p, n, LINE_MAX_HELD);

	if (r >= 0 && s->at == AT_START && (uint32_t)r < n)
		r = -EBADMSG;
	if (r >= 0 && lf) {
		r = line_done(s, cb, ctx);
		s->line.v.len = 0;
	}
	return r < 0 ? r : (int)n;
}

static int sip_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct sip_stream *s = state;

	while (len) {
		int n;

		if (s->at == AT_BODY) {
			n = (int)(len < s->left ? len : s->left);
			s->left -= (uint32_t)n;
			s->at = s->left ? AT_BODY : AT_START;
		} else {
			n = feed_line(s, p, len, cb, ctx);
		}
		if (n < 0)
			return n;
		p += n;
		len -= (uint32_t)n;
	}
	return 0;
}

static int sip_datagram(const uint8_t *p, uint32_t len, uint8_t dir, app_msg_fn cb, void *ctx)
{
	struct cur c = cur_of(p, len);
	struct http_span line;
	struct sip_line l;

	if (http_start_line(&c, &line) || sip_line_parse(line, &l))
		return -EBADMSG;
	return tell(&l, dir, 0, cb, ctx);
}

static bool sip_pending(const void *state)
{
	const struct sip_stream *s = state;

	return s->at == AT_START && s->line.v.len;
}

static void sip_close(void *state)
{
	struct sip_stream *s = state;

	if (!s)
		return;
	vec_done(&s->line.v);
	free(s);
}

const struct app_row app_sip = {
	.app = CORDON_APP_SIP,
	.name = "sip",
	.open = sip_open,
	.feed = sip_feed,
	.pending = sip_pending,
	.close = sip_close,
	.datagram = sip_datagram,
};
