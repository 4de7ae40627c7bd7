/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Network and transport header: addresses, ports, lengths, class. What does
 * not parse is suspect, with a reason, and goes on without a flow: its
 * addresses may still be listed. Only ARP and unknown EtherTypes stop here.
 */
#ifndef BPF_STAGE_NET_H
#define BPF_STAGE_NET_H

#include <linux/in.h>
#include <linux/in6.h>

#include "parse/eth.h"
#include "parse/ip.h"
#include "parse/l4.h"
#include "pkt.h"

static __always_inline struct cur net_cursor(hook_ctx *ctx, __u32 off)
{
	struct cur c = {
		.pos = (const __u8 *)(long)ctx->data + off,
		.end = (const __u8 *)(long)ctx->data_end,
	};

	return c;
}

static __always_inline void net_v4_addr(__u8 *dst, const __u8 *src)
{
	/* words: copies of bytes become loads and stores of bytes */
	*(__u64 *)dst = 0;
	*(__u32 *)(dst + 8) = __builtin_bswap32(0xffff);
	*(__u32 *)(dst + 12) = *(const __u32 *)src;
}

/* the chain behind the fixed header; on its own, since its loop would multiply all that follows */
__noinline int HOOK(net_extensions)(hook_ctx *ctx)
{
	struct scratch *s = scratch_get();
	struct ip_info ip = {};
	struct cur c;
	int r;

	if (!s || s->p.l3_off > 64)
		return PARSE_BAD;
	c = net_cursor(ctx, s->p.l3_off);
	r = ip6_parse(&c, &ip);
	if (r == PARSE_OK)
		r = ip6_extensions(&c, &ip);
	if (r == PARSE_SHORT && ip.total && s->p.l3_off + ip.total <= s->p.frame_len)
		r = PARSE_BAD;
	s->p.l4_off = s->p.l3_off + ip.head;
	s->p.facts.proto = ip.proto;
	s->p.is_fragment = ip.frag;
	return r;
}

/* it has IP options or extension headers, which say something to rules only when one waits for it */
static __always_inline void net_options(struct pkt *p)
{
	struct cordon_state *st = state_get();

	if (st && st->pf_any >> CORDON_PF_ANY_OPTIONS & 1)
		suspect(p, CORDON_REASON_IP_OPTIONS);
}

/* addresses, head, total; 0 or the reason to stop looking further */
static __always_inline int net_v4(hook_ctx *ctx, struct pkt *p, struct ip_info *ip)
{
	struct cur c = net_cursor(ctx, p->l3_off & 63);
	const __u8 *h = c.pos;

	if (ip4_parse(&c, ip) != PARSE_OK || h + 20 > c.end)
		return CORDON_REASON_BAD_IP;
	net_v4_addr(p->facts.saddr, h + 12);
	net_v4_addr(p->facts.daddr, h + 16);
	p->ip_version = 4;
	p->facts.proto = ip->proto;
	p->l4_off = p->l3_off + ip->head;
	p->is_fragment = ip->frag;
	if (ip->head > 20)
		net_options(p);
	return 0;
}

static __always_inline int net_v6(hook_ctx *ctx, struct pkt *p, struct ip_info *ip)
{
	struct cur c = net_cursor(ctx, p->l3_off & 63);
	const __u8 *h = c.pos;

	if (ip6_parse(&c, ip) != PARSE_OK || h + 40 > c.end)
		return CORDON_REASON_BAD_IP;
	for (int i = 0; i < 16; i += 8) {
		*(__u64 *)(p->facts.saddr + i) = *(const __u64 *)(h + 8 + i);
		*(__u64 *)(p->facts.daddr + i) = *(const __u64 *)(h + 24 + i);
	}
	p->ip_version = 6;
	p->facts.proto = ip->proto;
	p->l4_off = p->l3_off + 40;
	if (ip6_is_extension(ip->proto)) {
		int r = HOOK(net_extensions)(ctx);

		net_options(p);
		if (r != PARSE_OK)
			return CORDON_REASON_BAD_EXT;
	}
	return 0;
}

static __always_inline void net_ports(struct pkt *p, const struct l4_info *l4)
{
	p->facts.sport = __builtin_bswap16(l4->sport);
	p->facts.dport = __builtin_bswap16(l4->dport);
	p->sport = l4->sport;
	p->dport = l4->dport;
	p->payload_off = p->l4_off + l4->head;
}

static __always_inline int net_tcp(struct cur *c, struct pkt *p, struct l4_info *l4)
{
	int r = tcp_parse(c, l4);

	if (r != PARSE_OK)
		return r;
	p->seq = l4->seq;
	p->ack = l4->ack;
	p->tcp_flags = l4->flags;
	p->window = l4->window;
	p->urgent = l4->urgent;
	p->cls = CORDON_CLASS_TCP;
	return PARSE_OK;
}

/* neighbour discovery (RFC 4861), DHCP, DHCPv6, mDNS, SSDP: by type or port, user space reads them */
static __always_inline __u8 net_is_identity(const struct pkt *p, __u8 icmp_type)
{
	if (p->cls == CORDON_CLASS_ICMP)
		return p->ip_version == 6 && icmp_type >= 133 && icmp_type <= 137;
	if (p->cls != CORDON_CLASS_UDP)
		return 0;
	return (p->dport >= 67 && p->dport <= 68) || p->dport == 5353 || p->dport == 1900 ||
	       (p->dport >= 546 && p->dport <= 547);
}

/* @left: bytes of the packet from the transport header on. 0, or a reason. */
static __always_inline int net_l4(hook_ctx *ctx, struct pkt *p, __u32 left)
{
	struct cur c = net_cursor(ctx, p->l4_off & 0x1fff);
	struct l4_info l4 = {};
	__u8 proto = p->facts.proto;
	int r = PARSE_OK;

	p->cls = CORDON_CLASS_OTHER;
	if (proto == IPPROTO_TCP) {
		r = net_tcp(&c, p, &l4);
	} else if (proto == IPPROTO_UDP) {
		r = udp_parse(&c, &l4);
		p->cls = CORDON_CLASS_UDP;
		if (r == PARSE_OK && l4.len > left)
			r = PARSE_BAD;
		left = r == PARSE_OK ? l4.len : left;
	} else if (proto == (p->ip_version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
		r = icmp_parse(&c, &l4);
		p->cls = CORDON_CLASS_ICMP;
	} else {
		p->payload_off = p->l4_off;
		p->payload_len = left;
		return 0;
	}
	if (r != PARSE_OK || l4.head > left)
		return CORDON_REASON_BAD_L4;
	net_ports(p, &l4);
	p->is_identity = net_is_identity(p, l4.sport >> 8);
	p->payload_len = left - l4.head;
	p->has_flow = 1;
	if (p->cls == CORDON_CLASS_ICMP)
		p->sport = 0;
	return 0;
}

/* a fragment: sent up as it is; the first one's ports are in view and tell its flow */
static __always_inline void net_fragment(hook_ctx *ctx, struct pkt *p)
{
	struct cur c = net_cursor(ctx, p->l4_off & 0x1fff);

	suspect(p, CORDON_REASON_FRAGMENT);
	p->cls = CORDON_CLASS_OTHER;
	if (p->is_fragment != IP_FIRST_FRAGMENT ||
	    (p->facts.proto != IPPROTO_TCP && p->facts.proto != IPPROTO_UDP))
		return;
	if (c.pos + 4 > c.end)
		return;
	p->sport = (__u16)(c.pos[0] << 8 | c.pos[1]);
	p->dport = (__u16)(c.pos[2] << 8 | c.pos[3]);
	p->facts.sport = __builtin_bswap16(p->sport);
	p->facts.dport = __builtin_bswap16(p->dport);
	p->has_flow = 1;
}

/* a GSO packet above 64 KiB does not say its length */
static __always_inline __u32 net_total(const struct pkt *p, const struct ip_info *ip)
{
	return ip->total ? ip->total : p->frame_len - p->l3_off;
}

static __always_inline void net_ip(hook_ctx *ctx, struct pkt *p)
{
	struct ip_info ip = {};
	int why = p->ethertype == PARSE_ETH_IPV4 ? net_v4(ctx, p, &ip) : net_v6(ctx, p, &ip);
	__u32 total;

	if (why) {
		suspect(p, why);
		/* what lies behind the headers is not seen, but its receiver may see it */
		if (why == CORDON_REASON_BAD_EXT)
			drop_for(p, why);
		return;
	}
	total = net_total(p, &ip);
	if (p->l3_off + total > p->frame_len) {
		p->wire_len = p->l3_off + total;
		suspect(p, CORDON_REASON_TRUNCATED);
		return;
	}
	if (p->is_fragment) {
		net_fragment(ctx, p);
		return;
	}
	if (p->l3_off + total < p->l4_off) {
		suspect(p, CORDON_REASON_BAD_IP);
		return;
	}
	why = net_l4(ctx, p, p->l3_off + total - p->l4_off);
	if (why)
		suspect(p, why);
}

static __always_inline int net_is_home(const __u8 *addr)
{
	struct cordon_home_key key = {.prefixlen = 128};

	__builtin_memcpy(key.addr, addr, 16);
	return bpf_map_lookup_elem(&home, &key) != NULL;
}

/* on a mirror the home networks tell the device; with both ends or neither at home the initiator is
 * it */
static __always_inline void net_mirror(struct pkt *p)
{
	int src = net_is_home(p->facts.saddr), dst = net_is_home(p->facts.daddr);

	p->facts.from_device = src || !dst;
	p->both_home = src == dst;
}

/* neither IPv4, IPv6 nor ARP; 1: dropped */
static __always_inline int net_unknown(struct pkt *p)
{
	if (p->tags > CORDON_MAX_VLAN || eth_is_tag(p->ethertype))
		suspect(p, CORDON_REASON_VLAN_DEPTH);
	else
		because(p, CORDON_REASON_UNKNOWN_L3);
	return cordon_config.strict ? drop_for(p, CORDON_REASON_UNKNOWN_L3) : 0;
}

static __always_inline int net_arp(struct pkt *p)
{
	p->is_identity = 1;
	return 0;
}

static __always_inline int stage_net(hook_ctx *ctx, struct pkt *p)
{
	if (!p->l3_off)
		return 0;
	p->cls = CORDON_CLASS_OTHER;
	if (p->ethertype != PARSE_ETH_IPV4 && p->ethertype != PARSE_ETH_IPV6)
		return p->ethertype == PARSE_ETH_ARP ? net_arp(p) : net_unknown(p);
	net_ip(ctx, p);
	if (p->facts.role == CORDON_ROLE_MIRROR && p->ip_version)
		net_mirror(p);
	if (p->tags > CORDON_MAX_VLAN)
		suspect(p, CORDON_REASON_VLAN_DEPTH);
	return 0;
}

#endif
