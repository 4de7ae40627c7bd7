/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packet evidence: a capture of what led to a finding. Bytes that came before
 * are what the reassembly still holds of both directions (the recorder's
 * history, packets of a followed flow), at most CORDON_WINDOW each, made into
 * segments with right numbers and sums; the packet at hand is as it was. When
 * all of the stream is here a handshake goes before it, so that a replay of the
 * evidence gives the same alert.
 */
#include <netinet/in.h>
#include <string.h>

#include "base/wire.h"
#include "pipeline_int.h"

#define PCAP_NS 0xa1b23c4d /* nanoseconds, the writer's byte order */
#define SNAPLEN 65535
#define LINKTYPE_ETHERNET 1
#define SEGMENT 1400 /* bytes of payload */
#define SYN 0x02
#define ACK 0x10

struct evidence {
	uint8_t *b;
	size_t n, size;
	uint64_t wall_ns; /* of the finding */
	const struct cordon_facts *f;
	const struct view *v;
};

/* head of a record of @len bytes; where they go, or NULL without room */
static uint8_t *record(struct evidence *e, uint32_t len, uint32_t wire_len)
{
	uint32_t head[4] = { (uint32_t)(e->wall_ns / 1000000000ULL), (uint32_t)(e->wall_ns % 1000000000ULL), len, wire_len };
	uint8_t *p = e->b + e->n;

	if (e->size - e->n < sizeof(head) + len)
		return NULL;
	memcpy(p, head, sizeof(head));
	e->n += sizeof(head) + len;
	return p + sizeof(head);
}

static bool is_v4(const struct cordon_facts *f)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(f->saddr, mapped, sizeof(mapped));
}

/* IP header of a segment; its length; @addrs: where the addresses stand in it */
static uint32_t put_ip(uint8_t *p, const uint8_t *src, const uint8_t *dst, bool v4, uint32_t l4_len, uint32_t *addrs)
{
	memset(p, 0, 40);
	if (v4) {
		p[0] = 0x45;
		wire_put16(p + 2, 20 + l4_len);
		p[8] = 64;
		p[9] = IPPROTO_TCP;
		memcpy(p + 12, src + 12, 4);
		memcpy(p + 16, dst + 12, 4);
		wire_put16(p + 10, ~wire_fold(wire_sum(0, p, 20)));
		*addrs = 12;
		return 20;
	}
	p[0] = 0x60;
	wire_put16(p + 4, l4_len);
	p[6] = IPPROTO_TCP;
	p[7] = 64;
	memcpy(p + 8, src, 16);
	memcpy(p + 24, dst, 16);
	*addrs = 8;
	return 40;
}

static void put_tcp(uint8_t *p, const struct cordon_facts *f, bool forth, uint32_t seq, uint32_t ack, uint8_t flags)
{
	memset(p, 0, 20);
	memcpy(p, forth ? &f->sport : &f->dport, 2);
	memcpy(p + 2, forth ? &f->dport : &f->sport, 2);
	wire_put32(p + 4, seq);
	wire_put32(p + 8, flags & ACK ? ack : 0);
	p[12] = 5 << 4;
	p[13] = flags;
	wire_put16(p + 14, 65535);
}

static void segment(struct evidence *e, unsigned int dir, uint32_t seq, uint32_t ack, uint8_t flags, const uint8_t *data,
		    uint32_t n)
{
	const struct cordon_facts *f = e->f;
	bool forth = dir == f->dir, v4 = is_v4(f), device_sends = forth == !!f->from_device;
	uint32_t head = 14 + (v4 ? 20 : 40) + 20, addrs, ip, sum;
	uint8_t *p = record(e, head + n, head + n);

	if (!p)
		return;
	memset(p, 0, 12);
	memcpy(p + (device_sends ? 6 : 0), f->mac, 6);
	wire_put16(p + 12, v4 ? 0x0800 : 0x86dd);
	ip = put_ip(p + 14, forth ? f->saddr : f->daddr, forth ? f->daddr : f->saddr, v4, 20 + n, &addrs);
	put_tcp(p + 14 + ip, f, forth, seq, ack, flags);
	if (n)
		memcpy(p + head, data, n);
	sum = wire_sum(IPPROTO_TCP + 20 + n, p + 14 + addrs, v4 ? 8 : 32);
	wire_put16(p + 14 + ip + 16, ~wire_fold(wire_sum(sum, p + 14 + ip, 20 + n)));
}

/* stream bytes [from, to) of a direction, as far as they are held */
static void segments(struct evidence *e, const struct tcp_dir *d, unsigned int dir, uint64_t from, uint64_t to)
{
	uint64_t first = d->next - d->held_len, last = d->next - (d->held_len < CORDON_WINDOW ? d->held_len : CORDON_WINDOW);

	from = from > last ? from : last;
	to = to < d->next ? to : d->next;
	for (uint32_t n; from < to; from += n) {
		n = to - from < SEGMENT ? (uint32_t)(to - from) : SEGMENT;
		segment(e, dir, e->f->base_seq[dir] + (uint32_t)from, e->f->base_seq[!dir], ACK, d->held + (from - first), n);
	}
}

static void handshake(struct evidence *e, const struct stream_flow *s)
{
	const uint32_t *base = e->f->base_seq;
	bool is_whole = s->tcp[0].next <= CORDON_WINDOW && s->tcp[1].next <= CORDON_WINDOW;

	if (!is_whole || !(e->f->flow_flags & CORDON_FLOW_SYNACK))
		return;
	segment(e, 0, base[0] - 1, 0, SYN, NULL, 0);
	segment(e, 1, base[1] - 1, base[0], SYN | ACK, NULL, 0);
	segment(e, 0, base[0], base[1], ACK, NULL, 0);
}

static void packet(struct evidence *e)
{
	size_t room = e->size - e->n;
	uint32_t len = e->v->frame_len < room - 16 ? e->v->frame_len : (uint32_t)room - 16;
	uint8_t *p = room > 16 && len ? record(e, len, e->v->pkt->wire_len) : NULL;

	if (p)
		memcpy(p, e->v->frame, len);
}

static void stream(struct evidence *e, const struct stream_flow *s)
{
	unsigned int dir = e->f->dir;
	const struct tcp_dir *d = &s->tcp[dir];
	uint64_t at = d->next, end = d->next;

	handshake(e, s);
	segments(e, &s->tcp[!dir], !dir, 0, UINT64_MAX);
	if (e->v->pkt && e->v->payload_len) {
		int64_t off = tcp_offset(d, e->f->base_seq[dir], e->v->seq);

		at = off < 0 ? 0 : (uint64_t)off;
		end = at + e->v->payload_len;
	}
	segments(e, d, dir, 0, at);
	if (e->v->pkt)
		packet(e);
	segments(e, d, dir, end, UINT64_MAX);
}

size_t pipeline_evidence(const struct pipeline *p, uint64_t wall_ns, void *buf, size_t size)
{
	const uint32_t head[6] = { PCAP_NS, 4 << 16 | 2, 0, 0, SNAPLEN, LINKTYPE_ETHERNET };
	struct evidence e = { .b = buf, .n = sizeof(head), .size = size, .wall_ns = wall_ns, .v = p->view };

	if (!p->view || size < sizeof(head))
		return 0;
	e.f = p->view->facts;
	memcpy(buf, head, sizeof(head));
	if (p->flow)
		stream(&e, &p->flow->f);
	else if (e.v->pkt)
		packet(&e);
	return e.n > sizeof(head) ? e.n : 0;
}
