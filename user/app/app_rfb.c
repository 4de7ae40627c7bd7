// SPDX-License-Identifier: BSD-2-Clause
/*
 * RFB (RFC 6143 7.1 to 7.3), VNC's protocol: the handshake up to the server's name. Both sides speak in turn, so where they
 * are is the connection's, and bytes of the side whose turn it is not are odd. As in Suricata 7 (rust/src/rfb/rfb.rs) a
 * handshake is told at its end, and the type of security is of the client, whoever chose it.
 */
#include <errno.h>
#include <stdlib.h>

#include "app/bytes.h"
#include "app/rows.h"
#include "cordon_event.h"
#include "parse/cursor.h"
#include "rule/events.h"

#define TEXT_MAX 65536 /* of a name or a reason: with a longer one nothing more is looked at */

enum { SERVER_VERSION, CLIENT_VERSION, SERVER_TYPES, SERVER_TYPE, CLIENT_TYPE, CHALLENGE, RESPONSE, RESULT, CLIENT_INIT,
       SERVER_INIT, REASON, OVER };

/* types of security (7.1.2) */
enum { TYPE_INVALID, TYPE_NONE, TYPE_VNC };

/* whose turn it is, and how many bytes it takes at least */
static const struct {
	uint8_t dir, least;
} turn[] = {
	[SERVER_VERSION] = { CORDON_TO_CLIENT, 12 }, [CLIENT_VERSION] = { CORDON_TO_SERVER, 12 },
	[SERVER_TYPES] = { CORDON_TO_CLIENT, 1 },    [SERVER_TYPE] = { CORDON_TO_CLIENT, 4 },
	[CLIENT_TYPE] = { CORDON_TO_SERVER, 1 },     [CHALLENGE] = { CORDON_TO_CLIENT, 16 },
	[RESPONSE] = { CORDON_TO_SERVER, 16 },	     [RESULT] = { CORDON_TO_CLIENT, 4 },
	[CLIENT_INIT] = { CORDON_TO_SERVER, 1 },     [SERVER_INIT] = { CORDON_TO_CLIENT, 24 },
	[REASON] = { CORDON_TO_CLIENT, 4 },
};

struct rfb_flow {
	uint8_t at;
	bool has_type, has_result;
	uint32_t type, result;
	uint64_t events; /* found and not told yet */
};

struct rfb_stream {
	uint8_t dir;
	struct bytes held;
	struct rfb_flow *flow, alone; /* alone: until it is linked */
};

static void *rfb_open(uint8_t dir)
{
	struct rfb_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->dir = dir;
	s->flow = &s->alone;
	return s;
}

static void *rfb_flow_open(void)
{
	return calloc(1, sizeof(struct rfb_flow));
}

static void rfb_link(void *state, void *flow)
{
	((struct rfb_stream *)state)->flow = flow;
}

/* --- telling --- */

static int tell(const struct rfb_flow *f, uint8_t dir, const struct cur *name, app_msg_fn cb, void *ctx)
{
	struct app_msg m;

	app_msg_init(&m, CORDON_APP_RFB, dir);
	m.is_response = dir == CORDON_TO_CLIENT;
	m.complete = true;
	if (!m.is_response && f->has_type)
		app_set_number(&m, APP_NUMBER_RFB_SECTYPE, f->type);
	if (m.is_response && f->has_result)
		app_set_number(&m, APP_NUMBER_RFB_SECRESULT, f->result);
	if (m.is_response && name && cur_left(name))
		app_set(&m, APP_BUFFER_RFB_NAME, name->pos, cur_left(name));
	return cb(&m, ctx);
}

static int tell_odd(struct rfb_stream *s, app_msg_fn cb, void *ctx)
{
	struct app_msg m;

	if (!s->flow->events)
		return 0;
	app_msg_init(&m, CORDON_APP_RFB, s->dir);
	m.is_response = s->dir == CORDON_TO_CLIENT;
	m.complete = true;
	m.id = 1; /* it comes once, and ends the reading */
	m.events = s->flow->events;
	s->flow->events = 0;
	return cb(&m, ctx);
}

/* the handshake is over: @name is the server's, or NULL */
static int over(struct rfb_flow *f, const struct cur *name, app_msg_fn cb, void *ctx)
{
	f->at = OVER;
	return tell(f, CORDON_TO_SERVER, NULL, cb, ctx) ?: tell(f, CORDON_TO_CLIENT, name, cb, ctx);
}

/* --- steps of the handshake: 1, the step was taken; 0, it needs more bytes; negative --- */

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int version(struct rfb_flow *f, struct cur *c)
{
	const uint8_t *p = cur_take(c, 12);

	if (!p || memcmp(p, "RFB ", 4) || p[7] != '.' || p[11] != '\n')
		return -EBADMSG;
	if (f->at == SERVER_VERSION)
		f->at = CLIENT_VERSION;
	else /* in version 3.3 the server chooses */
		f->at = !memcmp(p + 4, "003.003", 7) ? SERVER_TYPE : SERVER_TYPES;
	return 1;
}

static int types(struct rfb_flow *f, struct cur *c)
{
	uint8_t n = *c->pos;

	if (cur_left(c) < 1u + n)
		return 0;
	c->pos += 1 + n;
	f->at = n ? CLIENT_TYPE : REASON;
	return 1;
}

/* @type: chosen by the client, or by the server of version 3.3 */
static int type(struct rfb_flow *f, uint32_t type, bool is_server, app_msg_fn cb, void *ctx)
{
	bool is_known = type == TYPE_NONE || type == TYPE_VNC || (is_server && type == TYPE_INVALID);

	if (is_known || !is_server) {
		f->has_type = true;
		f->type = type;
	}
	if (is_known) {
		f->at = type == TYPE_NONE ? CLIENT_INIT : type == TYPE_VNC ? CHALLENGE : REASON;
		return 1;
	}
	f->events |= RULE_EVENT_BIT(RFB_TYPE);
	if (is_server)
		return over(f, NULL, cb, ctx) ?: 1;
	f->at = OVER;
	return 1;
}

static int result(struct rfb_flow *f, uint32_t status, app_msg_fn cb, void *ctx)
{
	f->at = status ? REASON : CLIENT_INIT;
	if (status > 1) {
		f->events |= RULE_EVENT_BIT(RFB_RESULT);
		return over(f, NULL, cb, ctx) ?: 1;
	}
	f->has_result = !status; /* a failure is not kept, as in Suricata */
	f->result = status;
	return 1;
}

/* @at: bytes before the length of a text that ends the step */
static int text(struct rfb_flow *f, struct cur *c, uint32_t at, struct cur *ret)
{
	uint32_t len = be32(c->pos + at);

	if (len > TEXT_MAX) {
		f->at = OVER;
		return 1;
	}
	if (cur_left(c) < at + 4 + len)
		return 0;
	*ret = cur_of(c->pos + at + 4, len);
	c->pos += at + 4 + len;
	return 1;
}

static int step(struct rfb_flow *f, struct cur *c, app_msg_fn cb, void *ctx)
{
	struct cur name = { NULL, NULL };
	const uint8_t *p = c->pos;
	int r;

	switch (f->at) {
	case SERVER_VERSION:
	case CLIENT_VERSION:
		return version(f, c);
	case SERVER_TYPES:
		return types(f, c);
	case SERVER_TYPE:
		c->pos += 4;
		return type(f, be32(p), true, cb, ctx);
	case CLIENT_TYPE:
		c->pos++;
		return type(f, *p, false, cb, ctx);
	case CHALLENGE:
	case RESPONSE:
		c->pos += 16;
		f->at = f->at == CHALLENGE ? RESPONSE : RESULT;
		return 1;
	case RESULT:
		c->pos += 4;
		return result(f, be32(p), cb, ctx);
	case CLIENT_INIT:
		c->pos++;
		f->at = SERVER_INIT;
		return 1;
	case SERVER_INIT:
		r = text(f, c, 20, &name);
		return r == 1 && f->at == SERVER_INIT ? over(f, &name, cb, ctx) ?: 1 : r;
	default: /* REASON */
		return text(f, c, 0, &name);
	}
}

static int rfb_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct rfb_stream *s = state;
	struct rfb_flow *f = s->flow;
	struct cur c;
	int r = 1, n;

	if (f->at == OVER || !len)
		return 0;
	n = bytes_add(&s->held, p, len, TEXT_MAX + 32);
	if (n < 0)
		return n;
	c = cur_of(s->held.v.data, (uint32_t)s->held.v.len);
	while (r > 0 && f->at != OVER && c.pos < c.end) {
		if (turn[f->at].dir != s->dir) {
			f->events |= f->at == SERVER_VERSION ? 0 : RULE_EVENT_BIT(RFB_TURN);
			r = f->at == SERVER_VERSION ? 0 : over(f, NULL, cb, ctx);
			f->at = OVER;
		} else {
			r = cur_left(&c) < turn[f->at].least ? 0 : step(f, &c, cb, ctx);
		}
	}
	s->held.v.len = f->at == OVER ? 0 : cur_left(&c);
	memmove(s->held.v.data, c.pos, s->held.v.len);
	return r < 0 ? r : tell_odd(s, cb, ctx);
}

static bool rfb_pending(const void *state)
{
	const struct rfb_stream *s = state;

	return s->flow->at != OVER && s->held.v.len;
}

static void rfb_close(void *state)
{
	struct rfb_stream *s = state;

	if (!s)
		return;
	vec_done(&s->held.v);
	free(s);
}

const struct app_row app_rfb = {
	.app = CORDON_APP_RFB,
	.name = "rfb",
	.open = rfb_open,
	.feed = rfb_feed,
	.pending = rfb_pending,
	.close = rfb_close,
	.flow_open = rfb_flow_open,
	.flow_close = free,
	.link = rfb_link,
	.takes_any = true,
};
