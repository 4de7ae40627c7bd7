/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792) and ICMPv6 (RFC 4443) headers.
 * Pure, see cursor.h.
 */
#ifndef PARSE_L4_H
#define PARSE_L4_H

#include "parse/cursor.h"

#define L4_FIN 0x01
#define L4_SYN 0x02
#define L4_RST 0x04
#define L4_ACK 0x10
#define L4_URG 0x20

struct l4_info {
	__u32 seq, ack;       /* TCP, host order */
	__u16 sport, dport;   /* host order; ICMP: type << 8 | code, 0 */
	__u16 window, urgent; /* TCP */
	__u16 head;           /* bytes of the header */
	__u16 len;            /* UDP: length field */
	__u8 flags;           /* TCP */
};

/* @c: at the header, advanced past the fixed part; options are not read. PARSE_BAD: data offset
 * below 5. */
static __always_inline int tcp_parse(struct cur *c, struct l4_info *ret)
{
	const __u8 *p = cur_take(c, 20);

	if (!p)
		return PARSE_SHORT;
	if (p[12] >> 4 < 5)
		return PARSE_BAD;
	ret->sport = (__u16)(p[0] << 8 | p[1]);
	ret->dport = (__u16)(p[2] << 8 | p[3]);
	ret->seq = (__u32)p[4] << 24 | (__u32)p[5] << 16 | (__u32)p[6] << 8 | p[7];
	ret->ack = (__u32)p[8] << 24 | (__u32)p[9] << 16 | (__u32)p[10] << 8 | p[11];
	ret->head = (__u16)((p[12] >> 4) * 4);
	ret->flags = p[13];
	ret->window = (__u16)(p[14] << 8 | p[15]);
	ret->urgent = (__u16)(p[18] << 8 | p[19]);
	return PARSE_OK;
}

/* PARSE_BAD: a length below the header's */
static __always_inline int udp_parse(struct cur *c, struct l4_info *ret)
{
	const __u8 *p = cur_take(c, 8);

	if (!p)
		return PARSE_SHORT;
	ret->len = (__u16)(p[4] << 8 | p[5]);
	if (ret->len < 8)
		return PARSE_BAD;
	ret->sport = (__u16)(p[0] << 8 | p[1]);
	ret->dport = (__u16)(p[2] << 8 | p[3]);
	ret->head = 8;
	return PARSE_OK;
}

/* both versions; the four bytes behind the checksum count as header (as Suricata does) */
static __always_inline int icmp_parse(struct cur *c, struct l4_info *ret)
{
	const __u8 *p = cur_take(c, 8);

	if (!p)
		return PARSE_SHORT;
	ret->sport = (__u16)(p[0] << 8 | p[1]);
	ret->dport = 0;
	ret->head = 8;
	return PARSE_OK;
}

#endif
