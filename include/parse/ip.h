/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * IPv4 (RFC 791) and IPv6 (RFC 8200) headers with a bounded chain of extension
 * headers. Pure, see cursor.h. Addresses stay where they are; lengths are host
 * order. What is behind a later fragment is data, never a header: the caller
 * looks at frag before it reads ports.
 */
#ifndef PARSE_IP_H
#define PARSE_IP_H

#include "cordon_limits.h"
#include "parse/cursor.h"

enum { IP_WHOLE, IP_FIRST_FRAGMENT, IP_LATER_FRAGMENT };

struct ip_info {
	__u32 total; /* bytes of the packet from the start of its IP header; 0: a jumbo or GSO
			packet does not say */
	__u16 head;  /* bytes of headers before the transport header */
	__u8 proto;  /* IPPROTO_* of the transport header */
	__u8 frag;   /* IP_* */
};

/**
 * ip4_parse() - IPv4 header
 * @c:   cursor at the header; advanced past the options on success
 * @ret: untouched on error
 *
 * Return: PARSE_OK; PARSE_SHORT when cut; PARSE_BAD: version, header length or total length do not
 * add up.
 */
static __always_inline int ip4_parse(struct cur *c, struct ip_info *ret)
{
	const __u8 *p = cur_take(c, 20);
	__u32 ihl, total, frag;

	if (!p)
		return PARSE_SHORT;
	ihl = (p[0] & 15) * 4;
	total = (__u32)p[2] << 8 | p[3];
	if (p[0] >> 4 != 4 || ihl < 20 || (total && total < ihl))
		return PARSE_BAD;
	if (!cur_take(c, ihl - 20))
		return PARSE_SHORT;
	frag = ((__u32)p[6] << 8 | p[7]) & 0x3fff;
	ret->total = total;
	ret->head = (__u16)ihl;
	ret->proto = p[9];
	ret->frag = !frag ? IP_WHOLE : frag & 0x1fff ? IP_LATER_FRAGMENT : IP_FIRST_FRAGMENT;
	return PARSE_OK;
}

/* fixed IPv6 header only: proto is its next header, see ip6_extensions() */
static __always_inline int ip6_parse(struct cur *c, struct ip_info *ret)
{
	const __u8 *p = cur_take(c, 40);
	__u32 len;

	if (!p)
		return PARSE_SHORT;
	if (p[0] >> 4 != 6)
		return PARSE_BAD;
	len = (__u32)p[4] << 8 | p[5];
	ret->total = len ? len + 40 : 0;
	ret->head = 40;
	ret->proto = p[6];
	ret->frag = IP_WHOLE;
	return PARSE_OK;
}

static __always_inline int ip6_is_extension(__u8 proto)
{
	/* hop-by-hop, routing, fragment, authentication, destination options */
	return proto == 0 || proto == 43 || proto == 44 || proto == 51 || proto == 60;
}

/* bytes of one extension header (RFC 8200 section 4, RFC 4302 section 2.2) */
static __always_inline __u32 ip6_extension_len(__u8 proto, __u8 len)
{
	if (proto == 44)
		return 8;
	return proto == 51 ? ((__u32)len + 2) * 4 : ((__u32)len + 1) * 8;
}

/**
 * ip6_extensions() - walk the chain behind the fixed header
 * @c:   cursor at the first extension header; advanced past the last on success
 * @ret: as ip6_parse() filled it; head, proto and frag are updated
 *
 * An atomic fragment (RFC 6946) is a whole packet. The walk ends at a later fragment.
 * Return: PARSE_OK; PARSE_SHORT when cut; PARSE_BAD when the chain is longer than
 * CORDON_MAX_EXT_HDRS.
 */
static __always_inline int ip6_extensions(struct cur *c, struct ip_info *ret)
{
	for (int i = 0; i < CORDON_MAX_EXT_HDRS; i++) {
		const __u8 *p = c->pos;
		__u32 n, frag;

		if (!ip6_is_extension(ret->proto))
			return PARSE_OK;
		if (p + 8 > c->end)
			return PARSE_SHORT;
		n = ip6_extension_len(ret->proto, p[1]);
		if (!cur_take(c, n))
			return PARSE_SHORT;
		frag = ((__u32)p[2] << 8 | p[3]) & 0xfff9;
		ret->head = (__u16)(ret->head + n);
		if (ret->proto == 44 && frag) {
			ret->frag = frag >> 3 ? IP_LATER_FRAGMENT : IP_FIRST_FRAGMENT;
			if (ret->frag == IP_LATER_FRAGMENT) {
				ret->proto = p[0];
				return PARSE_OK;
			}
		}
		ret->proto = p[0];
	}
	return ip6_is_extension(ret->proto) ? PARSE_BAD : PARSE_OK;
}

#endif
