// SPDX-License-Identifier: BSD-2-Clause
/* Packet builder, see pkt.h. */
#include "harness/pkt.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#define PSH_ACK 0x18

static uint32_t sum16(uint32_t sum, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? b[i] : (uint32_t)b[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static size_t put_eth(const struct pkt_spec *s, uint8_t *f, uint16_t type)
{
	size_t n = 12;

	memcpy(f, s->dmac, 6);
	memcpy(f + 6, s->smac, 6);
	for (int i = 0; i < 3 && s->vlan[i]; i++) {
		put16(f + n, 0x8100);
		put16(f + n + 2, s->vlan[i]);
		n += 4;
	}
	put16(f + n, type);
	return n + 2;
}

static size_t l4_head(const struct pkt_spec *s, uint8_t *p)
{
	memset(p, 0, 20);
	switch (s->proto) {
	case IPPROTO_TCP:
		put16(p, s->sport);
		put16(p + 2, s->dport);
		put32(p + 4, s->seq);
		put32(p + 8, s->ack);
		p[12] = 5 << 4;
		p[13] = s->flags ? s->flags : PSH_ACK;
		put16(p + 14, 65535);
		put16(p + 18, s->urgent);
		return 20;
	case IPPROTO_UDP:
		put16(p, s->sport);
		put16(p + 2, s->dport);
		put16(p + 4, (uint32_t)(8 + s->len));
		return 8;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		p[0] = (uint8_t)s->sport;
		p[1] = (uint8_t)s->dport;
		return 8;
	default:
		return 0;
	}
}

/* transport checksum; @pseudo: addresses */
static void l4_sum(const struct pkt_spec *s, const uint8_t *addrs, size_t addrs_len, uint8_t *l4,
		   size_t n)
{
	static const size_t at[256] = {
		[IPPROTO_TCP] = 16, [IPPROTO_UDP] = 6, [IPPROTO_ICMP] = 2, [IPPROTO_ICMPV6] = 2};
	uint32_t sum = 0;

	if (!at[s->proto])
		return;
	if (s->proto != IPPROTO_ICMP)
		sum = sum16((uint32_t)n + s->proto, addrs, addrs_len);
	put16(l4 + at[s->proto], fold(sum16(sum, l4, n)));
}

/* transport header and payload; a later fragment has the payload only */
static size_t put_l4(const struct pkt_spec *s, const uint8_t *addrs, size_t addrs_len, uint8_t *p)
{
	size_t head = s->frag_off ? 0 : l4_head(s, p);

	if (s->len)
		memcpy(p + head, s->payload, s->len);
	if (head && !s->frag_more)
		l4_sum(s, addrs, addrs_len, p, head + s->len);
	return head + s->len;
}

static size_t put_v4(const struct pkt_spec *s, uint8_t *p)
{
	size_t head = 20 + s->ip_options, n;

	memset(p, 0, head);
	p[0] = (uint8_t)(0x40 | head / 4);
	memset(p + 20, 1, s->ip_options); /* no operation */
	put16(p + 4, s->id);
	put16(p + 6, s->frag_off / 8 | (s->frag_more ? 0x2000 : 0));
	p[8] = 64;
	p[9] = s->proto;
	inet_pton(AF_INET, s->src, p + 12);
	inet_pton(AF_INET, s->dst, p + 16);
	n = head + put_l4(s, p + 12, 8, p + head);
	put16(p + 2, (uint32_t)((int)n + s->total_bias));
	put16(p + 10, fold(sum16(0, p, head)));
	return n;
}

static size_t put_v6(const struct pkt_spec *s, uint8_t *p)
{
	bool frag = s->frag_off || s->frag_more || s->frag_atomic;
	uint8_t *next = p + 6;
	size_t n = 40;

	memset(p, 0, 40);
	p[0] = 0x60;
	p[7] = 64;
	inet_pton(AF_INET6, s->src, p + 8);
	inet_pton(AF_INET6, s->dst, p + 24);
	for (int i = 0; i < s->ext_headers; i++, n += 8) {
		*next = 60;
		next = p + n;
		memset(p + n, 0, 8);
		p[n + 2] = 1; /* PadN */
		p[n + 3] = 4;
	}
	if (frag) {
		*next = 44;
		next = p + n;
		memset(p + n, 0, 8);
		put16(p + n + 2, s->frag_off | (s->frag_more ? 1U : 0));
		put32(p + n + 4, s->id);
		n += 8;
	}
	*next = s->proto;
	n += put_l4(s, p + 8, 32, p + n);
	put16(p + 4, (uint32_t)((int)(n - 40) + s->total_bias));
	return n;
}

size_t pkt_build(const struct pkt_spec *s, uint8_t *frame)
{
	bool v6 = s->src && strchr(s->src, ':');
	uint16_t type = s->ethertype ? s->ethertype : v6 ? 0x86dd : 0x0800;
	size_t n = put_eth(s, frame, type);

	if (s->ethertype) {
		if (s->len)
			memcpy(frame + n, s->payload, s->len);
		n += s->len;
	} else {
		n += v6 ? put_v6(s, frame + n) : put_v4(s, frame + n);
	}
	memset(frame + n, 0xee, s->padding);
	return n + s->padding;
}
