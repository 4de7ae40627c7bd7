/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The shortest way through the walk, for the packets there are most of: a pure
 * ACK of a known flow, and data of a flow that is cleared or past its depth.
 * All in registers; three cache lines are read: interface, deny filter, flow
 * record. It decides nothing that the stages would decide otherwise: whatever
 * is not plainly clean, or would change more than a position, walks on as if
 * nothing had been looked at.
 */
#ifndef BPF_FAST_H
#define BPF_FAST_H

#include "flow.h"
#include "parse/eth.h"
#include "parse/l4.h"
#include "pkt.h"

#define FAST_HEADERS 40 /* IPv4 without options and TCP's fixed header */

/* what is read of the headers; one VLAN tag at most */
struct fast {
	struct cordon_state *st;
	const struct cordon_iface *i;
	const __u8 *ip; /* FAST_HEADERS bytes are there */
	__u64 mac;	/* the device's, in the lower six bytes */
	__u64 key;	/* of the flow */
	__u32 frame_len, l3_off, payload_len, seq;
	__u16 vlan;
	__u8 from_device, src_is_high, tcp_flags;
};

static __always_inline int fast_deny_bit(__u64 seed, const struct cordon_deny_key *key)
{
	struct cordon_deny_filter *f;
	__u32 zero = 0, bit = (__u32)cordon_deny_hash(seed, key) & (CORDON_DENY_FILTER_BITS - 1);

	f = bpf_map_lookup_elem(&deny_filter, &zero);
	return !f || f->bits[bit >> 3] >> (bit & 7) & 1;
}

/* may the device be denied? its addresses are looked at behind stage_net only */
static __always_inline int fast_maybe_denied(const struct fast *x)
{
	struct cordon_deny_key key = {.kind = CORDON_DENY_MAC};

	if (x->st->deny_addrs)
		return 1;
	if (x->i->role != CORDON_ROLE_DEVICE)
		return 0;
	key.zone = x->i->zone;
	key.vlan = x->vlan;
	*(__u64 *)key.value = x->mac;
	return fast_deny_bit(x->st->seed, &key);
}

static __always_inline int fast_flow_maybe_denied(const struct fast *x, const struct cordon_flow *f)
{
	struct cordon_deny_key key = {.kind = CORDON_DENY_FLOW};

	if (!x->st->deny_flows)
		return 0;
	key.zone = x->i->zone;
	*(__u64 *)key.value = cordon_flow_id(x->key, f->first_ns);
	return fast_deny_bit(x->st->seed, &key);
}

/* interface, MAC, tag; 1: go on */
static __always_inline int fast_link(hook_ctx *ctx, struct fast *x)
{
	const __u8 *eth = (const __u8 *)(long)ctx->data, *end = (const __u8 *)(long)ctx->data_end;
	__u32 ifindex, at;
	const __u8 *mac;
	__u16 type;

	x->st = state_get();
	if (!x->st || cordon_config.full)
		return 0;
	ifindex = cordon_config.replay ? x->st->ifindex : hook_ifindex(ctx);
	at = ifindex & (CORDON_IFACE_MAX - 1);
	x->i = bpf_map_lookup_elem(&ifaces, &at);
	if (!x->i || !x->i->ifindex || x->i->ifindex != ifindex)
		return 0;
	x->from_device = hook_from_device(x->st, x->i);
	if (eth + 18 + FAST_HEADERS > end)
		return 0;
	mac = eth + (x->from_device ? 6 : 0);
	x->mac = *(const __u32 *)mac | (__u64) * (const __u16 *)(mac + 4) << 32;
	type = *(const __u16 *)(eth + 12);
	x->vlan = 0;
	x->ip = eth + 14;
	x->l3_off = 14;
	if (type == __builtin_bswap16(0x8100)) {
		x->vlan = __builtin_bswap16(*(const __u16 *)(eth + 14)) & 0x0fff;
		type = *(const __u16 *)(eth + 16);
		x->ip = eth + 18;
		x->l3_off = 18;
	}
#ifdef HOOK_TC
	if (ctx->vlan_present)
		return 0;
#endif
	return type == __builtin_bswap16(PARSE_ETH_IPV4);
}

/* a whole TCP segment without SYN, FIN, RST and URG; 1: go on, with the flow's key */
static __always_inline int fast_net(hook_ctx *ctx, struct fast *x)
{
	const __u8 *h = x->ip, *t = h + 20;
	__u32 src = *(const __u32 *)(h + 12), dst = *(const __u32 *)(h + 16);
	__u32 hs = __builtin_bswap32(src), hd = __builtin_bswap32(dst);
	__u32 total = __builtin_bswap16(*(const __u16 *)(h + 2)), head = 20 + (t[12] >> 4) * 4;
	__u32 sport = __builtin_bswap16(*(const __u16 *)t);
	__u32 dport = __builtin_bswap16(*(const __u16 *)(t + 2));
	__u64 link = IPPROTO_TCP | (__u64)x->vlan << 8 | (__u64)x->i->zone << 24;

	x->tcp_flags = t[13];
	x->frame_len = hook_len(ctx);
	if (h[0] != 0x45 || *(const __u16 *)(h + 6) & __builtin_bswap16(0x3fff) ||
	    h[9] != IPPROTO_TCP || head < 40 || total < head ||
	    x->l3_off + total > x->frame_len ||
	    x->tcp_flags & (L4_SYN | L4_FIN | L4_RST | L4_URG))
		return 0;
	x->payload_len = total - head;
	x->seq = __builtin_bswap32(*(const __u32 *)(t + 4));
	x->src_is_high = hs != hd ? hs > hd : sport > dport;
	if (x->src_is_high)
		x->key = cordon_flow_hash4(x->st->seed, dst, src, dport << 16 | sport, link);
	else
		x->key = cordon_flow_hash4(x->st->seed, src, dst, sport << 16 | dport, link);
	return 1;
}

static __always_inline struct cordon_flow *fast_find(const struct fast *x)
{
	__u32 bucket = flow_bucket(x->key);
	struct cordon_flow_bucket *b = bpf_map_lookup_elem(&flows, &bucket);

	if (!b)
		return NULL;
	for (__u32 i = 0; i < CORDON_FLOW_WAYS; i++)
		if (b->way[i].key == x->key)
			return &b->way[i];
	return NULL;
}

/* data in order of a cleared flow: its position moves on. 1: done */
static __always_inline int fast_advance(const struct fast *x, struct cordon_dir *d)
{
	__u32 n = x->payload_len, seq = x->seq;

	if (seq != d->next_seq || !d->has_base || !d->off || n < CORDON_TINY_BYTES ||
	    d->off + n >= cordon_config.depth)
		return 0;
	if (__sync_val_compare_and_swap(&d->next_seq, seq, seq + n) != seq)
		return 0;
	d->off += n;
	d->pkts++;
	d->tiny = 0;
	return 1;
}

/* 1: nothing else is to be done for this packet of @f */
static __always_inline int fast_flow(const struct fast *x, struct cordon_flow *f)
{
	__u8 dir = x->src_is_high == !!(f->flags & CORDON_FLOW_SWAP) ? CORDON_TO_SERVER
								     : CORDON_TO_CLIENT;
	__u32 flags = f->flags, depth = dir ? CORDON_FLOW_DEPTH1 : CORDON_FLOW_DEPTH0;
	struct cordon_dir *d = &f->d[dir & 1];

	if (flags & (CORDON_FLOW_WATCH | CORDON_FLOW_HIT) ||
	    (x->st->threat_swaps && f->threat_gen != x->st->threat_swaps) ||
	    fast_flow_maybe_denied(x, f))
		return 0;
	if (!x->payload_len)
		return !(x->st->pf_any >> (2 * CORDON_CLASS_TCP_CTL + dir) & 1);
	/* once a second the walk sees the flow, and keeps its time */
	if (f->tick != flow_tick() || flags & (CORDON_FLOW_STRANGE | CORDON_FLOW_NO_STREAM |
					       CORDON_FLOW_FIN0 | CORDON_FLOW_FIN1))
		return 0;
	if (flags & depth)
		return x->seq - d->next_seq <= TCP_FAR;
	return flags & CORDON_FLOW_CLEARED ? fast_advance(x, d) : 0;
}

/* 1: passed and counted */
static __always_inline int fast(hook_ctx *ctx)
{
	struct fast x = {};
	struct cordon_flow *f;

	if (!fast_link(ctx, &x) || fast_maybe_denied(&x) || !fast_net(ctx, &x))
		return 0;
	f = fast_find(&x);
	if (!f || !fast_flow(&x, f))
		return 0;
	count_passed(x.frame_len);
	return 1;
}

#endif
