/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ethernet II with up to CORDON_MAX_VLAN tags (IEEE 802.1Q, 802.1ad). Pure, see
 * cursor.h. A third tag is not an error here: the EtherType then is a tag's,
 * and the caller counts it.
 */
#ifndef PARSE_ETH_H
#define PARSE_ETH_H

#include "cordon_limits.h"
#include "parse/cursor.h"

#define PARSE_ETH_IPV4 0x0800
#define PARSE_ETH_ARP 0x0806
#define PARSE_ETH_IPV6 0x86dd

struct eth_info {
	__u16 ethertype; /* host order, behind the tags */
	__u16 vlan;      /* VID of the outermost tag; 0: untagged or priority tag */
	__u16 tags;
};

static __always_inline int eth_is_tag(__u16 type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/**
 * eth_parse() - link header up to the network header
 * @c:   cursor at the destination MAC; advanced to the network header on success
 * @ret: host order; untouched on error
 *
 * Return: PARSE_OK, or PARSE_SHORT when the frame ends inside the header or a tag.
 */
static __always_inline int eth_parse(struct cur *c, struct eth_info *ret)
{
	struct eth_info e = {};
	const __u8 *p = cur_take(c, 14);

	if (!p)
		return PARSE_SHORT;
	e.ethertype = (__u16)(p[12] << 8 | p[13]);
	for (int i = 0; i < CORDON_MAX_VLAN && eth_is_tag(e.ethertype); i++) {
		p = cur_take(c, 4);
		if (!p)
			return PARSE_SHORT;
		if (!i)
			e.vlan = (__u16)((p[0] << 8 | p[1]) & 0x0fff);
		e.ethertype = (__u16)(p[2] << 8 | p[3]);
		e.tags++;
	}
	*ret = e;
	return PARSE_OK;
}

#endif
