// SPDX-License-Identifier: BSD-2-Clause
/*
 * Checksums of IPv4, TCP, UDP, ICMP and ICMPv6, verified as Suricata's
 * ipv4-csum ... icmpv6-csum do: the bytes as they were captured, so what an
 * interface was to fill in is wrong here, as there.
 */
#include "match/checksum.h"

#include <netinet/in.h>

#include "rule/model.h"

/* 16-bit words, the last padded with 0, added to @sum; @n of at most 64 KiB cannot overflow it */
static uint32_t add_words(uint32_t sum, const uint8_t *p, uint32_t n)
{
	uint32_t i = 0;

	for (; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return i < n ? sum + ((uint32_t)p[i] << 8) : sum;
}

static bool is_right(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static int of_ip4(const struct view *v)
{
	uint32_t len = v->l3 && v->l3_len >= 20 && v->pkt->ip_version == 4 ? (v->l3[0] & 15) * 4u : 0;

	if (len < 20 || len > v->l3_len)
		return -1;
	return is_right(add_words(0, v->l3, len));
}

/* bytes from the transport header on; 0: not all are here */
static uint32_t l4_bytes(const struct view *v)
{
	uint32_t head = 8;

	if (!v->l4 || v->l4_len < (v->facts->proto == IPPROTO_TCP ? 20 : 8))
		return 0;
	if (v->facts->proto == IPPROTO_TCP)
		head = (v->l4[12] >> 4) * 4u;
	head += v->pkt->payload_len;
	return head <= v->l4_len ? head : 0;
}

/* RFC 793 3.1, RFC 768, RFC 8200 8.1 */
static uint32_t pseudo_header(const struct view *v, uint32_t len)
{
	bool is_v4 = v->pkt->ip_version == 4;

	return add_words(len + v->facts->proto, v->l3 + (is_v4 ? 12 : 8), is_v4 ? 8 : 32);
}

int checksum_of(const struct view *v, uint8_t which)
{
	static const struct {
		uint8_t version, proto;
	} of[] = {
		[RULE_CSUM_TCPV4] = { 4, IPPROTO_TCP },	 [RULE_CSUM_UDPV4] = { 4, IPPROTO_UDP },
		[RULE_CSUM_ICMPV4] = { 4, IPPROTO_ICMP }, [RULE_CSUM_TCPV6] = { 6, IPPROTO_TCP },
		[RULE_CSUM_UDPV6] = { 6, IPPROTO_UDP },	 [RULE_CSUM_ICMPV6] = { 6, IPPROTO_ICMPV6 },
	};
	uint32_t len;

	if (!v->pkt || !v->l3)
		return -1;
	if (which == RULE_CSUM_IPV4)
		return of_ip4(v);
	if (v->pkt->ip_version != of[which].version || v->facts->proto != of[which].proto ||
	    v->l3_len < (of[which].version == 4 ? 20 : 40))
		return -1;
	len = l4_bytes(v);
	/* UDP over IPv4 may go without (RFC 768) */
	if (!len || (which == RULE_CSUM_UDPV4 && !(v->l4[6] | v->l4[7])))
		return -1;
	return is_right(add_words(which == RULE_CSUM_ICMPV4 ? 0 : pseudo_header(v, len), v->l4, len));
}
