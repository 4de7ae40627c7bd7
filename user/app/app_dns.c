/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS: a datagram is one message; over TCP each has its length in two bytes
 * before it (RFC 1035 4.2.2). Whether it asks or answers is in its header (QR).
 * dns.query is a name in text form, of queries only (as Suricata has it).
 */
#include <errno.h>
#include <stdlib.h>

#include "app/bytes.h"
#include "app/rows.h"
#include "cordon_limits.h"
#include "parse/dns.h"
#include "rule/events.h"

struct dns_stream {
	struct bytes held; /* of the message begun, its length field included */
	uint64_t id;
	uint8_t dir;
};

/* a message while it is told; large, and only as far filled as it has names */
struct dns_told {
	struct app_msg m;
	struct dns_question q[DNS_MAX_QUESTIONS];
	struct dns_record r[CORDON_DNS_ANSWERS];
	struct app_dns_answer answers[CORDON_DNS_ANSWERS];
	struct app_more more[2 * DNS_MAX_QUESTIONS + 2 * CORDON_DNS_ANSWERS];
};

static void add_name(struct dns_told *t, uint8_t buffer, const uint8_t *p, uint8_t len)
{
	if (!len)
		return; /* the root has no text */
	if (!app_has(&t->m, buffer)) {
		app_set(&t->m, buffer, p, len);
		return;
	}
	t->more[t->m.n_more].buffer = buffer;
	t->more[t->m.n_more++].buf = (struct app_buf){ p, len };
}

static void add_question(struct dns_told *t, const struct dns_header *h, const struct dns_question *q)
{
	/*
	 * Among several, a name that is put together from pieces has no form the
	 * kernel could look for; nobody asks that way (RFC 9619).
	 */
	if (q->is_compressed && h->questions > 1)
		return;
	if (!t->m.is_response)
		add_name(t, APP_BUFFER_DNS_QUERY, q->name, q->name_len);
	add_name(t, APP_BUFFER_DNS_QUERY_NAME, q->name, q->name_len);
}

static void add_answer(struct dns_told *t, const struct dns_record *r)
{
	struct app_dns_answer *a = &t->answers[t->m.n_answers++];

	*a = (struct app_dns_answer){ .name = { r->name, r->name_len }, .data = { r->data, r->data_len }, .type = r->type,
				      .ttl_s = r->ttl };
	if (r->target_len)
		a->target = (struct app_buf){ r->target, r->target_len };
	add_name(t, APP_BUFFER_DNS_ANSWER_NAME, r->name, r->name_len);
}

static void tell_head(struct dns_told *t, const struct dns_header *h, uint8_t dir, uint64_t id)
{
	app_msg_init(&t->m, CORDON_APP_DNS, dir);
	t->m.complete = true;
	t->m.id = t->m.tx = id;
	t->m.is_response = dns_is_response(h);
	t->m.dns_id = h->id;
	t->m.more = t->more;
	t->m.answers = t->answers;
	if (h->flags & 0x40) /* RFC 1035 4.1.1: must be zero */
		t->m.events = RULE_EVENT_BIT(DNS_Z_FLAG);
	if (dns_opcode(h) > 6) /* RFC 8490: DSO is the last that is assigned */
		t->m.events |= RULE_EVENT_BIT(DNS_OPCODE);
	app_set_number(&t->m, APP_NUMBER_DNS_OPCODE, (uint64_t)dns_opcode(h));
	if (t->m.is_response)
		app_set_number(&t->m, APP_NUMBER_DNS_RCODE, h->flags & 15);
}

/* answers that do not parse end the list: what stands before them is told */
static void read_answers(struct dns_told *t, const uint8_t *p, struct cur *c, uint32_t n)
{
	for (uint32_t i = 0; i < n && i < CORDON_DNS_ANSWERS && !dns_record(p, c, &t->r[i]); i++)
		add_answer(t, &t->r[i]);
}

/* one message to the rules, whatever it asks */
static int message(const uint8_t *p, uint32_t len, uint8_t dir, uint64_t *id, app_msg_fn cb, void *ctx)
{
	struct cur c = cur_of(p, len);
	struct dns_header h;
	struct dns_told t;

	if (dns_header_parse(&c, &h) || h.questions > DNS_MAX_QUESTIONS)
		return -EBADMSG;
	tell_head(&t, &h, dir, (*id)++);
	for (unsigned int i = 0; i < h.questions; i++) {
		if (dns_question(p, &c, &t.q[i]))
			return -EBADMSG;
		add_question(&t, &h, &t.q[i]);
	}
	if (h.questions) {
		t.m.dns_type = t.q[0].type;
		app_set_number(&t.m, APP_NUMBER_DNS_RRTYPE, t.q[0].type);
	}
	if (t.m.is_response)
		read_answers(&t, p, &c, h.answers);
	return cb(&t.m, ctx);
}

static int dns_datagram(const uint8_t *p, uint32_t len, uint8_t dir, app_msg_fn cb, void *ctx)
{
	uint64_t id = 0;

	return message(p, len, dir, &id, cb, ctx);
}

static void *dns_open(uint8_t dir)
{
	struct dns_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->dir = dir;
	return s;
}

/* length field and message; the field is held */
static uint32_t message_end(const struct dns_stream *s)
{
	return 2 + (uint32_t)(s->held.v.data[0] << 8 | s->held.v.data[1]);
}

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
		r = message(s->held.v.data + 2, want - 2, s->dir, &s->id, cb, ctx);
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
