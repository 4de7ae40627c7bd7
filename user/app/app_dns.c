/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS: a datagram is one message; over TCP each has its length in two bytes
 * before it (RFC 1035 4.2.2). Every question is a message to the rules;
 * dns.query is the name in text form, of queries only (as Suricata has it).
 */
#include <errno.h>
#include <stdlib.h>

#include "app/bytes.h"
#include "app/rows.h"
#include "cordon_event.h"
#include "parse/dns.h"

struct dns_stream {
	struct bytes held; /* of the message begun, its length field included */
	uint64_t id;
};

static int tell(const struct dns_header *h, const struct dns_question *q, uint8_t dir, uint64_t *id,
		app_msg_fn cb, void *ctx)
{
	struct app_msg m;

	app_msg_init(&m, CORDON_APP_DNS, dir);
	m.complete = true;
	m.id = m.tx = (*id)++;
	m.dns_id = h->id;
	m.dns_type = q->type;
	m.is_response = dns_is_response(h);
	if (!m.is_response)
		app_set(&m, APP_BUFFER_DNS_QUERY, q->name, q->name_len);
	return cb(&m, ctx);
}

static int message(const uint8_t *p, uint32_t len, uint8_t dir, uint64_t *id, app_msg_fn cb, void *ctx)
{
	struct cur c = cur_of(p, len);
	struct dns_header h;
	struct dns_question q;
	int r;

	if (dns_header_parse(&c, &h) || h.questions > DNS_MAX_QUESTIONS)
		return -EBADMSG;
	for (unsigned int i = 0; i < h.questions; i++) {
		if (dns_question(p, &c, &q))
			return -EBADMSG;
		r = tell(&h, &q, dir, id, cb, ctx);
		if (r)
			return r;
	}
	return 0;
}

static int dns_datagram(const uint8_t *p, uint32_t len, uint8_t dir, app_msg_fn cb, void *ctx)
{
	uint64_t id = 0;

	return message(p, len, dir, &id, cb, ctx);
}

static void *dns_open(uint8_t dir)
{
	(void)dir;
	return calloc(1, sizeof(struct dns_stream));
}

/* length field and message; the field is held */
static uint32_t message_end(const struct dns_stream *s)
{
	return 2 + (uint32_t)(s->held.v.data[0] << 8 | s->held.v.data[1]);
}

/* the direction is in the header of each message (QR), which is what counts */
static int dns_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct dns_stream *s = state;
	uint32_t want;
	int n, r;

	while (len) {
		want = s->held.v.len < 2 ? 2 : message_end(s);
		n = bytes_add(&s->held, p, len, want);
		if (n < 0)
			return n;
		p += n;
		len -= (uint32_t)n;
		if (s->held.v.len < 2 || s->held.v.len < message_end(s))
			continue;
		want = message_end(s);
		r = message(s->held.v.data + 2, want - 2, CORDON_TO_SERVER, &s->id, cb, ctx);
		s->held.v.len = 0;
		if (r)
			return r;
	}
	return 0;
}

static bool dns_pending(const void *state)
{
	return ((const struct dns_stream *)state)->held.v.len;
}

static void dns_close(void *state)
{
	struct dns_stream *s = state;

	if (!s)
		return;
	vec_done(&s->held.v);
	free(s);
}

const struct app_row app_dns = {
	.app = CORDON_APP_DNS,
	.name = "dns",
	.open = dns_open,
	.feed = dns_feed,
	.pending = dns_pending,
	.close = dns_close,
	.datagram = dns_datagram,
};
