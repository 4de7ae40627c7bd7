/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Link header: MACs, up to two tags, EtherType. After this the device key is
 * known. Stops only on a frame shorter than its header; too many tags are for
 * stage_net(), behind deny: a quarantined device must not escape by them.
 */
#ifndef BPF_STAGE_LINK_H
#define BPF_STAGE_LINK_H

#include "pkt.h"
#include "parse/eth.h"

/* a tag in skb metadata is outermost (XDP cannot see one: attach turns the offload off) */
static __always_inline void link_metadata_tag(hook_ctx *ctx, struct pkt *p)
{
#ifdef HOOK_TC
	if (ctx->vlan_present) {
		p->facts.vlan = ctx->vlan_tci & 0x0fff;
		p->tags++;
	}
#else
	(void)ctx;
	(void)p;
#endif
}

/* a copy of six bytes becomes six loads and stores */
static __always_inline void link_copy_mac(__u8 *dst, const __u8 *src)
{
	*(__u32 *)dst = *(const __u32 *)src;
	*(__u16 *)(dst + 4) = *(const __u16 *)(src + 4);
}

/* the device's MAC is in view at a device interface only */
static __always_inline void link_mac(struct pkt *p, const __u8 *eth)
{
	if (p->facts.role == CORDON_ROLE_DEVICE)
		link_copy_mac(p->facts.mac, p->facts.from_device ? eth + 6 : eth);
}

static __always_inline int stage_link(hook_ctx *ctx, struct pkt *p)
{
	struct eth_info e = {};
	struct cur c;

	hook_pull(ctx, p->frame_len);
	c.pos = (const __u8 *)(long)ctx->data;
	c.end = (const __u8 *)(long)ctx->data_end;
	if (c.pos + 14 > c.end) {
		suspect(p, CORDON_REASON_SHORT_L2);
		return 0;
	}
	link_mac(p, c.pos);
	if (eth_parse(&c, &e) != PARSE_OK) {
		suspect(p, CORDON_REASON_SHORT_L2);
		return 0;
	}
	p->ethertype = e.ethertype;
	p->l3_off = (__u16)(14 + 4 * e.tags);
	p->facts.vlan = e.vlan;
	p->tags = (__u8)e.tags;
	link_metadata_tag(ctx, p);
	return 0;
}

#endif
