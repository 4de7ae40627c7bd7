// SPDX-License-Identifier: BSD-2-Clause
/*
 * Wrappings taken apart as Suricata's decoders do: PPPoE (RFC 2516), MPLS (RFC
 * 3032, RFC 4448), IPv6 in IPv4 and in IPv6, IPv4 in IPv6 (RFC 4213, RFC 2473), GRE (RFC 2784, RFC 2890),
 * VXLAN (RFC 7348), Geneve (RFC 8926), Teredo (RFC 4380). Every length is of
 * the capture: a wrapping that does not add up stays on.
 */
#include "replay/encap.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#define ETHER_HEADER 14
#define MAX_TAGS 3 /* Suricata takes as many */
#define MAX_LABELS 16
#define GRE_ETHERNET 0x6558 /* transparent Ethernet bridging */

enum { PORT_TEREDO = 3544, PORT_VXLAN = 4789, PORT_GENEVE = 6081 };

/* bytes that are left */
struct part {
	const uint8_t *p;
	uint32_t len;
};

static uint16_t be16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static bool skip(struct part *b, uint32_t n)
{
	if (b->len < n)
		return false;
	b->p += n;
	b->len -= n;
	return true;
}

static uint16_t of_version(const struct part *b)
{
	if (!b->len)
		return 0;
	return b->p[0] >> 4 == 4 ? ETH_P_IP : b->p[0] >> 4 == 6 ? ETH_P_IPV6 : 0;
}

/* --- link headers --- */

/* RFC 2516 4, RFC 1661 2: behind version, code, session and length a protocol, of one byte where it is odd */
static uint16_t of_pppoe(struct part *b)
{
	uint16_t proto;
	bool is_short;

	if (b->len < 8 || b->p[0] != 0x11 || b->p[1])
		return 0;
	is_short = b->p[6] & 1;
	proto = is_short ? b->p[6] : be16(b->p + 6);
	if (proto != 0x0021 && proto != 0x0057)
		return 0;
	skip(b, is_short ? 7 : 8);
	return proto == 0x0021 ? ETH_P_IP : ETH_P_IPV6;
}

/* to behind the last label; what follows says by its first bits what it is. @ret_is_frame: an Ethernet frame (pseudowire) */
static uint16_t of_mpls(struct part *b, bool *ret_is_frame)
{
	bool is_last = false;

	for (int i = 0; !is_last; i++) {
		if (i == MAX_LABELS || b->len < 4)
			return 0;
		is_last = b->p[2] & 1;
		skip(b, 4);
	}
	if (b->len && !(b->p[0] >> 4) && b->len >= 4 + ETHER_HEADER) { /* a control word (RFC 4385) */
		skip(b, 4);
		*ret_is_frame = true;
		return 1;
	}
	return of_version(b);
}

static bool is_tag(uint16_t type)
{
	return type == ETH_P_8021Q || type == ETH_P_8021AD || type == ETH_P_QINQ1;
}

/* @head: bytes of @frame up to its own EtherType; then @type and what is left */
static const uint8_t *put(const uint8_t *frame, uint32_t head, uint16_t type, const struct part *b, uint8_t *buf, uint32_t *ret_len)
{
	memmove(buf + head + 2, b->p, b->len);
	if (buf != frame)
		memcpy(buf, frame, head);
	buf[head] = (uint8_t)(type >> 8);
	buf[head + 1] = (uint8_t)type;
	*ret_len = head + 2 + b->len;
	return buf;
}

const uint8_t *encap_strip(const uint8_t *frame, uint32_t len, uint8_t *buf, uint32_t *ret_len)
{
	struct part b = { frame, len };
	uint32_t tags = 0, head = 12;
	bool is_frame = false;
	uint16_t type, inner;

	*ret_len = len;
	if (!skip(&b, ETHER_HEADER))
		return frame;
	for (type = be16(frame + 12); is_tag(type) && tags < MAX_TAGS; tags++) {
		if (b.len < 4)
			return frame;
		type = be16(b.p + 2);
		head += tags < 2 ? 4 : 0;
		skip(&b, 4);
	}
	inner = type == ETH_P_PPP_SES ? of_pppoe(&b) :
		type == ETH_P_MPLS_UC || type == ETH_P_MPLS_MC ? of_mpls(&b, &is_frame) :
		tags == MAX_TAGS ? type : 0;
	if (!inner)
		return frame;
	if (!is_frame)
		return put(frame, head, inner, &b, buf, ret_len);
	memmove(buf, b.p, b.len);
	*ret_len = b.len;
	return buf;
}

/* --- tunnels --- */

/* a frame with an IP packet, tagged or not: of others (ARP) nothing is to be said */
static bool has_ip(const struct part *frame)
{
	uint16_t type = 0;

	for (uint32_t at = 12; at + 2 <= frame->len; at += 4) {
		type = be16(frame->p + at);
		if (!is_tag(type))
			break;
	}
	return frame->len >= ETHER_HEADER && (type == ETH_P_IP || type == ETH_P_IPV6);
}

/* *b is what an EtherType names; a frame stays as it is */
static bool give(const uint8_t *macs, uint16_t type, const struct part *b, uint8_t *buf, uint32_t *ret_len)
{
	if (type == GRE_ETHERNET) {
		if (!has_ip(b))
			return false;
		memcpy(buf, b->p, b->len);
		*ret_len = b->len;
		return true;
	}
	if ((type != ETH_P_IP && type != ETH_P_IPV6) || of_version(b) != type)
		return false;
	put(macs, 12, type, b, buf, ret_len);
	return true;
}

/* behind flags and protocol, where their bits are set: checksum, key and sequence number, each of four bytes */
static uint16_t of_gre(struct part *b)
{
	uint16_t flags, type;
	uint32_t n;

	if (b->len < 4)
		return 0;
	flags = be16(b->p);
	type = be16(b->p + 2);
	n = 4 + (flags & 0x8000 ? 4 : 0) + (flags & 0x2000 ? 4 : 0) + (flags & 0x1000 ? 4 : 0);
	if (flags & 0x4007 || !skip(b, n)) /* routing, or version 1 */
		return 0;
	return type;
}

/* RFC 4380 5.1.1: authentication and origin may stand before the packet */
static uint16_t of_teredo(struct part *b)
{
	if (b->len >= 4 && !b->p[0] && b->p[1] == 1 && !skip(b, 13u + b->p[2] + b->p[3]))
		return 0;
	if (b->len >= 8 && !b->p[0] && !b->p[1])
		skip(b, 8);
	/* it is told by its form alone: the length must be the packet's */
	return of_version(b) == ETH_P_IPV6 && b->len >= 40 && be16(b->p + 4) + 40u <= b->len ? ETH_P_IPV6 : 0;
}

static uint16_t of_udp(struct part *b)
{
	uint16_t sport, dport;

	if (b->len < 8)
		return 0;
	sport = be16(b->p);
	dport = be16(b->p + 2);
	skip(b, 8);
	if (dport == PORT_VXLAN)
		return b->len > 8 && b->p[0] & 8 && skip(b, 8) ? GRE_ETHERNET : 0;
	if (dport == PORT_GENEVE || sport == PORT_GENEVE) {
		uint16_t type = b->len >= 8 && !(b->p[0] >> 6) ? be16(b->p + 2) : 0;

		return type && skip(b, 8 + (b->p[0] & 63) * 4u) ? type : 0;
	}
	return sport == PORT_TEREDO || dport == PORT_TEREDO ? of_teredo(b) : 0;
}

/* @around: the EtherType of the packet around; IPv4 in IPv4 is left alone, as by Suricata 7 */
static uint16_t of_ip_proto(uint8_t proto, uint16_t around, struct part *b)
{
	switch (proto) {
	case IPPROTO_IPIP:
		return around == ETH_P_IPV6 ? ETH_P_IP : 0;
	case IPPROTO_IPV6:
		return ETH_P_IPV6;
	case IPPROTO_GRE:
		return of_gre(b);
	case IPPROTO_UDP:
		return of_udp(b);
	default:
		return 0;
	}
}

/* to behind the IP header, cut to its length; 0: no whole datagram */
static bool ip_header(uint16_t type, struct part *b, uint8_t *ret_proto)
{
	uint32_t head = 40, total;

	if (of_version(b) != type || b->len < (type == ETH_P_IP ? 20 : 40))
		return false;
	if (type == ETH_P_IP) {
		head = (b->p[0] & 15) * 4u;
		total = be16(b->p + 2);
		*ret_proto = be16(b->p + 6) & 0x3fff ? 0 : b->p[9];
	} else {
		total = 40 + be16(b->p + 4);
		*ret_proto = b->p[6];
	}
	if (head < 20 || total < head || total > b->len)
		return false;
	b->len = total;
	return skip(b, head);
}

bool encap_inner(const uint8_t *frame, uint32_t len, uint8_t *buf, uint32_t *ret_len)
{
	struct part b = { frame, len };
	uint16_t type = 0;
	uint8_t proto;

	if (!skip(&b, ETHER_HEADER))
		return false;
	type = be16(frame + 12);
	while (is_tag(type)) {
		if (b.len < 4)
			return false;
		type = be16(b.p + 2);
		skip(&b, 4);
	}
	if ((type != ETH_P_IP && type != ETH_P_IPV6) || !ip_header(type, &b, &proto))
		return false;
	type = of_ip_proto(proto, type, &b);
	return type && give(frame, type, &b, buf, ret_len);
}
