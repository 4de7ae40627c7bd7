// SPDX-License-Identifier: BSD-2-Clause
/* Modbus/TCP: each ADU is a message. It is 260 bytes at most, so what is not whole yet is held in the state itself. */
#include <errno.h>
#include <stdlib.h>

#include "app/rows.h"
#include "cordon_event.h"
#include "parse/modbus.h"
#include "rule/events.h"

#define PREFIX 6 /* of the header: up to the length */

struct modbus_stream {
	uint8_t dir;
	uint16_t len; /* bytes of the ADU that are here */
	uint64_t id;
	uint8_t adu[PREFIX + MODBUS_LENGTH_MAX];
};

static void *modbus_open(uint8_t dir)
{
	struct modbus_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->dir = dir;
	return s;
}

/* bytes of the ADU, as far as its header is here; 0: a length that cannot be */
static uint32_t whole(const struct modbus_stream *s)
{
	uint32_t n = (uint32_t)s->adu[4] << 8 | s->adu[5];

	if (s->len < PREFIX)
		return PREFIX;
	return n < 2 || n > MODBUS_LENGTH_MAX ? 0 : PREFIX + n;
}

static void set_request(struct app_msg *m, struct cur *c, uint8_t function)
{
	struct modbus_request r;

	modbus_request(c, function, &r);
	m->events |= (function ? 0 : RULE_EVENT_BIT(MODBUS_FUNCTION)) | (r.bad_length ? RULE_EVENT_BIT(MODBUS_LENGTH) : 0) |
		     (r.bad_value ? RULE_EVENT_BIT(MODBUS_VALUE) : 0);
	app_set_number(m, APP_NUMBER_MODBUS_ACCESS, r.access);
	app_set_number(m, APP_NUMBER_MODBUS_CATEGORY, r.category);
	if (r.has_sub)
		app_set_number(m, APP_NUMBER_MODBUS_SUBFUNCTION, r.sub);
	if (r.has_address) {
		/* rules count from 1, as the data model does (4.4) and Suricata */
		app_set_number(m, APP_NUMBER_MODBUS_ADDRESS, r.first + 1u);
		app_set_number(m, APP_NUMBER_MODBUS_LAST, (uint32_t)r.first + r.quantity);
	}
	if (r.written.pos)
		app_set(m, APP_BUFFER_MODBUS_WRITTEN, r.written.pos, cur_left(&r.written));
}

static void begin(struct modbus_stream *s, struct app_msg *m)
{
	app_msg_init(m, CORDON_APP_MODBUS, s->dir);
	m->is_response = s->dir == CORDON_TO_CLIENT;
	m->complete = true;
	m->id = m->tx = s->id++;
}

static int tell(struct modbus_stream *s, app_msg_fn cb, void *ctx)
{
	struct cur c = cur_of(s->adu + MODBUS_HEADER, s->len - (uint32_t)MODBUS_HEADER);
	uint8_t function = s->adu[MODBUS_HEADER - 1], code;
	struct app_msg m;

	begin(s, &m);
	/* 3.1.3: 0 is Modbus; what comes under another is read all the same */
	if (s->adu[2] || s->adu[3])
		m.events |= RULE_EVENT_BIT(MODBUS_PROTOCOL);
	app_set_number(&m, APP_NUMBER_MODBUS_TRANSACTION, (uint64_t)s->adu[0] << 8 | s->adu[1]);
	app_set_number(&m, APP_NUMBER_MODBUS_PROTOCOL, (uint64_t)s->adu[2] << 8 | s->adu[3]);
	app_set_number(&m, APP_NUMBER_MODBUS_UNIT, s->adu[6]);
	app_set_number(&m, APP_NUMBER_MODBUS_FUNCTION, function);
	if (!m.is_response)
		set_request(&m, &c, function);
	else if (function & MODBUS_EXCEPTION && (cur_u8(&c, &code) || !modbus_exception_is_known(function, code)))
		m.events |= RULE_EVENT_BIT(MODBUS_EXCEPTION);
	return cb(&m, ctx);
}

/* nothing is known behind a length that cannot be: it is told, and the parsing ends */
static int tell_length(struct modbus_stream *s, app_msg_fn cb, void *ctx)
{
	struct app_msg m;
	int r;

	begin(s, &m);
	m.events = RULE_EVENT_BIT(MODBUS_LENGTH);
	r = cb(&m, ctx);
	return r ? r : -EBADMSG;
}

static int modbus_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct modbus_stream *s = state;

	while (len) {
		uint32_t want = whole(s), part;
		int r;

		part = want - s->len < len ? want - s->len : len;
		memcpy(s->adu + s->len, p, part);
		s->len += (uint16_t)part;
		p += part;
		len -= part;
		if (s->len == PREFIX && !whole(s))
			return tell_length(s, cb, ctx);
		if (s->len < PREFIX || s->len != whole(s))
			continue;
		r = tell(s, cb, ctx);
		s->len = 0;
		if (r)
			return r;
	}
	return 0;
}

static bool modbus_pending(const void *state)
{
	return ((const struct modbus_stream *)state)->len != 0;
}

const struct app_row app_modbus = {
	.app = CORDON_APP_MODBUS,
	.name = "modbus",
	.open = modbus_open,
	.feed = modbus_feed,
	.pending = modbus_pending,
	.close = free,
};
