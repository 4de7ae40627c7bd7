// SPDX-License-Identifier: BSD-2-Clause
/*
 * EtherNet/IP: an encapsulated packet is a message, with what CIP asks for in
 * it. Of one longer than PACKET_MAX the begin is looked at.
 */
#include <errno.h>
#include <stdlib.h>

#include "app/bytes.h"
#include "app/rows.h"
#include "cordon_event.h"
#include "parse/enip.h"

#define PACKET_MAX 4096

struct enip_stream {
	uint8_t dir;
	struct bytes packet;
	uint32_t left; /* of the packet, behind what is held; once its header is here */
	bool has_header;
	uint64_t id;
};

static void *enip_open(uint8_t dir)
{
	struct enip_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->dir = dir;
	return s;
}

/* @c: a packet, at its header */
static int tell(struct cur c, uint8_t dir, uint64_t id, app_msg_fn cb, void *ctx)
{
	struct app_more more[CIP_FACTS_MAX];
	struct cip_facts facts;
	struct enip_header h;
	struct app_msg m;

	if (enip_header_parse(&c, &h))
		return -EBADMSG;
	facts.n = facts.services = 0;
	if (h.command == ENIP_SEND_RR_DATA || h.command == ENIP_SEND_UNIT_DATA)
		enip_requests(&c, &facts);
	app_msg_init(&m, CORDON_APP_ENIP, dir);
	m.is_response = dir == CORDON_TO_CLIENT;
	m.complete = true;
	m.id = m.tx = id;
	app_set_number(&m, APP_NUMBER_ENIP_COMMAND, h.command);
	for (uint32_t i = 0; i < facts.n; i++)
		more[i] = (struct app_more){ APP_BUFFER_CIP_REQUEST, { facts.f[i].b, facts.f[i].len } };
	if (facts.n) {
		app_set(&m, APP_BUFFER_CIP_REQUEST, more[0].buf.p, more[0].buf.len);
		m.more = more + 1;
		m.n_more = (uint16_t)(facts.n - 1);
	}
	return cb(&m, ctx);
}

/* takes what belongs to the header or to the packet; bytes taken, or -ENOMEM */
static int take(struct enip_stream *s, const uint8_t *p, uint32_t len)
{
	uint32_t n = s->has_header ? s->left : ENIP_HEADER - (uint32_t)s->packet.v.len;
	int r;

	n = n < len ? n : len;
	r = bytes_add(&s->packet, p, n, PACKET_MAX);
	if (s->has_header)
		s->left -= n;
	return r < 0 ? r : (int)n;
}

static int enip_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct enip_stream *s = state;

	while (len) {
		int n = take(s, p, len), r;

		if (n < 0)
			return n;
		p += n;
		len -= (uint32_t)n;
		if (!s->has_header && s->packet.v.len == ENIP_HEADER) {
			s->has_header = true;
			s->left = (uint32_t)s->packet.v.data[3] << 8 | s->packet.v.data[2];
		}
		if (!s->has_header || s->left)
			continue;
		r = tell(cur_of(s->packet.v.data, (uint32_t)s->packet.v.len), s->dir, s->id++, cb, ctx);
		s->packet.v.len = 0;
		s->has_header = false;
		if (r)
			return r;
	}
	return 0;
}

static int enip_datagram(const uint8_t *p, uint32_t len, uint8_t dir, app_msg_fn cb, void *ctx)
{
	return tell(cur_of(p, len), dir, 0, cb, ctx);
}

static bool enip_pending(const void *state)
{
	return ((const struct enip_stream *)state)->packet.v.len != 0;
}

static void enip_close(void *state)
{
	struct enip_stream *s = state;

	if (!s)
		return;
	vec_done(&s->packet.v);
	free(s);
}

const struct app_row app_enip = {
	.app = CORDON_APP_ENIP,
	.name = "enip",
	.open = enip_open,
	.feed = enip_feed,
	.pending = enip_pending,
	.close = enip_close,
	.datagram = enip_datagram,
};
