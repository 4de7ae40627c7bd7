/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness/record.h"

#include <arpa/inet.h>
#include <string.h>

#define L3 14
#define L4 34

struct cordon_facts record_facts(uint64_t flow_id, uint8_t proto, uint8_t dir, uint8_t app, uint32_t flags)
{
	static const uint8_t client[16] = { [10] = 0xff, 0xff, 10, 0, 0, 2 }, server[16] = { [10] = 0xff, 0xff, 192, 0, 2, 1 };
	struct cordon_facts f = {
		.flow_id = flow_id,
		.flow_slot = ~0U,
		.flow_flags = flags,
		.base_seq = { 0xfffffff0U, 1000 },
		.sport = htons(dir ? 80 : 40000),
		.dport = htons(dir ? 40000 : 80),
		.proto = proto,
		.dir = dir,
		.app = app,
		.from_device = !dir,
		.mac = { 2, 0, 0, 0, 0, 2 },
	};

	memcpy(f.saddr, dir ? server : client, 16);
	memcpy(f.daddr, dir ? client : server, 16);
	return f;
}

static uint8_t *frame(union record *r, const struct cordon_facts *f, uint32_t l4_len, const void *p, size_t n)
{
	struct cordon_event_pkt *e = &r->pkt;
	uint32_t total = 20 + l4_len + (uint32_t)n;

	memset(e, 0, sizeof(*e) + L4 + l4_len);
	e->facts = *f;
	e->hdr.kind = CORDON_EVENT_PKT;
	e->hdr.abi = CORDON_ABI_VERSION;
	e->hdr.ts_ns = 1000000000;
	e->cap_len = e->wire_len = L3 + total;
	e->hdr.size = (uint32_t)sizeof(*e) + e->cap_len;
	e->payload_len = (uint32_t)n;
	e->l3_off = L3;
	e->l4_off = L4;
	e->payload_off = (uint16_t)(L4 + l4_len);
	e->ip_version = 4;
	e->flags = CORDON_PKT_INSPECT | CORDON_PKT_STREAM;
	e->data[12] = 8;
	e->data[L3] = 0x45;
	e->data[L3 + 2] = (uint8_t)(total >> 8);
	e->data[L3 + 3] = (uint8_t)total;
	e->data[L3 + 8] = 64;
	e->data[L3 + 9] = f->proto;
	memcpy(e->data + L3 + 12, f->saddr + 12, 4);
	memcpy(e->data + L3 + 16, f->daddr + 12, 4);
	memcpy(e->data + L4, &f->sport, 2);
	memcpy(e->data + L4 + 2, &f->dport, 2);
	if (n)
		memcpy(e->data + L4 + l4_len, p, n);
	return e->data + L4;
}

void record_tcp(union record *r, const struct cordon_facts *f, uint32_t off, uint8_t tcp_flags, const void *p, size_t n)
{
	uint8_t *l4 = frame(r, f, 20, p, n);
	uint32_t seq;

	r->pkt.seq = f->base_seq[f->dir] + off;
	r->pkt.tcp_flags = tcp_flags;
	seq = htonl(r->pkt.seq);
	memcpy(l4 + 4, &seq, 4);
	l4[12] = 0x50;
	l4[13] = tcp_flags;
}

void record_udp(union record *r, const struct cordon_facts *f, const void *p, size_t n)
{
	uint8_t *l4 = frame(r, f, 8, p, n);

	l4[4] = (uint8_t)((n + 8) >> 8);
	l4[5] = (uint8_t)(n + 8);
}

void record_hist(union record *r, const struct cordon_facts *f, const uint8_t *const stream[2], const uint32_t start[2],
		 const uint32_t len[2])
{
	struct cordon_event_hist *h = &r->hist;

	memset(h, 0, sizeof(*h));
	h->hdr = (struct cordon_event_hdr){ 1000000000, sizeof(*h), CORDON_EVENT_HIST, CORDON_ABI_VERSION };
	h->facts = *f;
	for (int d = 0; d < 2; d++) {
		h->start[d] = start[d];
		h->len[d] = len[d];
		for (uint32_t i = 0; i < len[d]; i++)
			h->data[d][(start[d] + i) % CORDON_WINDOW] = stream[d][start[d] + i];
	}
}

void record_name(union record *r, const struct cordon_facts *f, uint8_t source, const char *name)
{
	struct cordon_event_name *n = &r->name;

	memset(n, 0, sizeof(*n));
	n->hdr = (struct cordon_event_hdr){ 1000000000, CORDON_EVENT_NAME_BYTES((uint32_t)strlen(name)), CORDON_EVENT_NAME, CORDON_ABI_VERSION };
	n->facts = *f;
	n->source = source;
	n->len = (uint8_t)strlen(name);
	memcpy(n->name, name, n->len);
}
