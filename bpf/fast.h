/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The shortest way through the walk, for the packets there are most of: what a
 * cut device sends, a pure ACK of a known flow, data of a flow that is
 * cleared or past its depth, and (fast_dns.h) a DNS question. All in registers; three cache lines are read:
 * interface, deny filter, flow record (or line of the deny index). It decides nothing that the stages would decide otherwise: whatever
 * is not plainly clean, or would change more than a position, walks on as if
 * nothing had been looked at.
 */
#ifndef BPF_FAST_H
#define BPF_FAST_H

#include "deny_index.h"
#ifdef HOOK_XDP
#include "fast_dns.h"
#endif
#include "tcp.h"
#include "parse/eth.h"
#include "parse/l4.h"
#include "pkt.h"

/* as far as a step has come: on; as the stages would, wholly; or not this way */
enum { FAST_WALK, FAST_ON, FAST_PASS, FAST_DROP };

#define FAST_HEADERS 40 /* IPv4 without options and TCP's fixed header */

/* what is read of the headers; one VLAN tag at most */
struct fast {
	struct cordon_state *st;
	struct scratch *s;
	const struct cordon_iface *i;
	__u64 mac;	/* the device's, in the lower six bytes */
	__u64 key;	/* of the flow */
	__u32 frame_len, l3_off, payload_len, seq;
	__u16 vlan, ethertype; /* network order */
	__u8 from_device, src_is_high, tcp_flags;
	__u32 sent; /* units of struct cordon_dir.sent that are to be added there */
};

static __always_inline int fast_deny_bit(__u64 hash)
{
	struct cordon_deny_filter *f;
	__u32 zero = 0, bit = (__u32)hash & (CORDON_DENY_FILTER_BITS - 1);

	f = bpf_map_lookup_elem(&deny_filter, &zero);
	return !f || f->bits[bit >> 3] >> (bit & 7) & 1;
}

/* the index has it, and here is where it is enforced: 1, counted */
static __always_inline int fast_deny(hook_ctx *ctx, const struct fast *x, __u64 fp)
{
	if (x->i->mode == CORDON_MODE_OBSERVE || !deny_index_cuts(fp, x->frame_len))
		return 0;
	count_done(ctx, x->frame_len, CORDON_COUNTER_DROPPED);
	return 1;
}

/* by MAC; addresses are looked at behind stage_net only */
static __always_inline int fast_device(hook_ctx *ctx, const struct fast *x)
{
	struct cordon_deny_key key = {.kind = CORDON_DENY_MAC, .zone = x->i->zone};
	__u64 fp;

	if (x->i->role != CORDON_ROLE_DEVICE)
		return FAST_ON;
	if (!x->mac || (!x->from_device && x->mac & 1))
		return FAST_WALK; /* none, or a group: no device */
	if (x->st->deny_every || (x->vlan && x->st->deny_tagged))
		return FAST_WALK;
	key.vlan = x->vlan;
	*(__u64 *)key.value = x->mac;
	fp = cordon_deny_hash(x->st->seed, &key);
	/* in a flood the index, which is certain, is asked before the filter: one cold line less for each frame */
	if (!x->s->flood && !fast_deny_bit(fp))
		return FAST_ON;
	if (fast_deny(ctx, x, fp)) {
		x->s->flood = 1;
		return FAST_DROP;
	}
	x->s->flood = 0;
	return fast_deny_bit(fp) ? FAST_WALK : FAST_ON;
}

static __always_inline int fast_flow_maybe_denied(const struct fast *x, const struct cordon_flow *f)
{
	struct cordon_deny_key key = {.kind = CORDON_DENY_FLOW};

	if (!x->st->deny_flows)
		return 0;
	key.zone = x->i->zone;
	*(__u64 *)key.value = cordon_flow_id(x->key, f->first_ns);
	return fast_deny_bit(cordon_deny_hash(x->st->seed, &key));
}

/* interface, MAC, tag; 1: go on */
static __always_inline int fast_link(hook_ctx *ctx, struct fast *x)
{
	const __u8 *eth = (const __u8 *)(long)ctx->data, *end = (const __u8 *)(long)ctx->data_end;
	__u32 ifindex, at;
	const __u8 *mac;
	__u16 type;

	x->st = state_get();
	x->s = scratch_get();
	if (!x->st || !x->s || cordon_config.full)
		return 0;
	ifindex = cordon_config.replay ? x->st->ifindex : hook_ifindex(ctx);
	at = ifindex & (CORDON_IFACE_MAX - 1);
	x->i = bpf_map_lookup_elem(&ifaces, &at);
	if (!x->i || !x->i->ifindex || x->i->ifindex != ifindex)
		return 0;
	x->from_device = hook_from_device(x->st, x->i);
	if (eth + 18 > end)
		return 0;
	mac = eth + (x->from_device ? 6 : 0);
	x->mac = *(const __u32 *)mac | (__u64) * (const __u16 *)(mac + 4) << 32;
	type = *(const __u16 *)(eth + 12);
	x->vlan = 0;
	x->l3_off = 14;
	if (type == __builtin_bswap16(0x8100)) {
		x->vlan = __builtin_bswap16(*(const __u16 *)(eth + 14)) & 0x0fff;
		type = *(const __u16 *)(eth + 16);
		x->l3_off = 18;
	}
	/* an outer tag of another kind, or one in skb metadata, is the walk's */
	if (type == __builtin_bswap16(0x88a8) || type == __builtin_bswap16(0x9100))
		return 0;
#ifdef HOOK_TC
	if (ctx->vlan_present)
		return 0;
#endif
	x->ethertype = type;
	x->frame_len = hook_len(ctx);
	return 1;
}

/* a whole TCP segment without SYN, FIN, RST and URG; 1: go on, with the flow's key */
static __always_inline int fast_net(hook_ctx *ctx, struct fast *x)
{
	const __u8 *h = (const __u8 *)(long)ctx->data + x->l3_off, *t = h + 20;
	__u64 link = IPPROTO_TCP | (__u64)x->vlan << 8 | (__u64)x->i->zone << 24;
	__u32 src, dst, hs, hd, total, head, sport, dport, mask, swap, ports;

	if (x->ethertype != __builtin_bswap16(PARSE_ETH_IPV4) ||
	    h + FAST_HEADERS > (const __u8 *)(long)ctx->data_end)
		return 0;
	src = *(const __u32 *)(h + 12);
	dst = *(const __u32 *)(h + 16);
	hs = __builtin_bswap32(src);
	hd = __builtin_bswap32(dst);
	total = __builtin_bswap16(*(const __u16 *)(h + 2));
	head = 20 + (t[12] >> 4) * 4;
	sport = __builtin_bswap16(*(const __u16 *)t);
	dport = __builtin_bswap16(*(const __u16 *)(t + 2));
	x->tcp_flags = t[13];
	if (h[0] != 0x45 || *(const __u16 *)(h + 6) & __builtin_bswap16(0x3fff) ||
	    h[9] != IPPROTO_TCP || head < 40 || total < head ||
	    x->l3_off + total > x->frame_len ||
	    x->tcp_flags & (L4_SYN | L4_FIN | L4_RST | L4_URG))
		return 0;
	x->payload_len = total - head;
	x->seq = __builtin_bswap32(*(const __u32 *)(t + 4));
	x->src_is_high = hs != hd ? hs > hd : sport > dport;
	x->s->is_high = x->src_is_high;
	mask = 0 - (__u32)x->src_is_high;
	hide(mask); /* else a branch, and the hash twice */
	swap = (src ^ dst) & mask;
	ports = (sport ^ dport) & mask;
	x->key = cordon_flow_hash4(x->st->seed, src ^ swap, dst ^ swap, (sport ^ ports) << 16 | (dport ^ ports), link);
	x->src_is_high = *(volatile __u8 *)&x->s->is_high; /* as in fast_find() */
	return 1;
}

static __always_inline struct cordon_flow *fast_find(const struct fast *x)
{
	__u32 bucket = flow_bucket(x->key), way;
	struct cordon_flow_bucket *b = bpf_map_lookup_elem(&flows, &bucket);

	if (!b)
		return NULL;
	x->s->way = CORDON_FLOW_WAYS;
	for (__u32 i = 0; i < CORDON_FLOW_WAYS; i++)
		if (b->way[i].key == x->key)
			x->s->way = i;
	way = *(volatile __u32 *)&x->s->way; /* read back: else the verifier follows each way to the end */
	return way < CORDON_FLOW_WAYS ? &b->way[way & (CORDON_FLOW_WAYS - 1)] : NULL;
}

/* data in order of a cleared flow: its position moves on. 1: done */
static __always_inline int fast_advance(const struct fast *x, struct cordon_flow *f, struct cordon_dir *d, __u8 dir)
{
	__u32 n = x->payload_len, seq = x->seq;

	if (seq != d->next_seq || !tcp_has_base(f, dir) || !d->off || n < CORDON_TINY_BYTES ||
	    d->off + n >= cordon_config.depth)
		return 0;
	if (__sync_val_compare_and_swap(&d->next_seq, seq, seq + n) != seq)
		return 0;
	d->off += n;
	d->pkts++;
	if (f->tiny[dir & 1])
		f->tiny[dir & 1] = 0;
	return 1;
}

/* 0: it is counted elsewhere */
static __always_inline __u32 fast_sent_units(const hook_ctx *ctx, const struct fast *x)
{
	__u32 mask = 0U - (__u32)!hook_is_second(ctx);

	hide(mask); /* else a branch, and all that follows it twice for the verifier */
	return flow_sent_units(x->frame_len) & mask;
}

/* not 0: what the device sends or is sent does not fit into the flow's count of this second. Without branches, as above. */
static __always_inline __u32 fast_sent_over(const struct fast *x, const struct cordon_flow *f, __u8 dir)
{
	__u32 tick = (f->tick ^ f->sent_tick[dir & 1]) & 0xff, n = f->d[dir & 1].sent + x->sent;

	hide(tick);
	return (n >> 16) | (tick * x->sent);
}

/* without data: 1 for all but one of CORDON_BARE_SHARE that devices send; stage_sent.h counts that one */
static __always_inline int fast_bare(const struct fast *x)
{
	if (!x->sent || !x->from_device)
		return 1;
	x->s->is_share = !(++x->s->bare & (CORDON_BARE_SHARE - 1));
	return !x->s->is_share;
}

/* 1: nothing else is to be done for this packet of @f */
static __always_inline int fast_flow(const struct fast *x, struct cordon_flow *f)
{
	__u8 dir = x->src_is_high == !!(f->flags & CORDON_FLOW_SWAP) ? CORDON_TO_SERVER
								     : CORDON_TO_CLIENT;
	__u32 flags = f->flags, depth = dir ? CORDON_FLOW_DEPTH1 : CORDON_FLOW_DEPTH0;
	struct cordon_dir *d = &f->d[dir & 1];

	if (flags & (CORDON_FLOW_WATCH | CORDON_FLOW_HIT | CORDON_FLOW_LED) ||
	    (x->st->threat_swaps && f->threat_gen != x->st->threat_swaps) ||
	    fast_flow_maybe_denied(x, f))
		return 0;
	if (!x->payload_len)
		return !(x->st->pf_any >> (2 * CORDON_CLASS_TCP_CTL + dir) & 1) && fast_bare(x);
	/* once a second the walk sees the flow, and keeps its time */
	if (f->tick != flow_tick() || flags & (CORDON_FLOW_STRANGE | CORDON_FLOW_NO_STREAM |
					       CORDON_FLOW_FIN0 | CORDON_FLOW_FIN1))
		return 0;
	if (x->st->pf_any >> (CORDON_PF_ANY_HEADER + dir) & 1)
		return 0;
	if (fast_sent_over(x, f, dir))
		return 0;
	if (flags & depth ? x->seq - d->next_seq > TCP_FAR :
			    !(flags & CORDON_FLOW_CLEARED) || !fast_advance(x, f, d, dir))
		return 0;
	if (x->sent)
		d->sent += (__u16)x->sent;
	return 1;
}

#ifdef HOOK_XDP
/* a datagram to port 53, by its looks: what is known of it so far goes where fast_dns() reads it. 1: it is through. */
static __always_inline int fast_question(hook_ctx *ctx, const struct fast *x)
{
	const __u8 *h = (const __u8 *)(long)ctx->data + x->l3_off;
	struct pkt *p = &x->s->p;

	if (!cordon_config.inspect || x->i->role == CORDON_ROLE_MIRROR ||
	    x->ethertype != __builtin_bswap16(PARSE_ETH_IPV4) ||
	    h + DNS_HEADERS > (const __u8 *)(long)ctx->data_end || h[9] != IPPROTO_UDP ||
	    *(const __u16 *)(h + 22) != __builtin_bswap16(53))
		return 0;
	p->now_ns = 0;
	p->seed = x->st->seed;
	p->wire_len = p->frame_len = x->frame_len;
	p->l3_off = (__u16)x->l3_off;
	p->both_home = 0;
	*(__u32 *)p->facts.mac = x->i->role == CORDON_ROLE_DEVICE ? (__u32)x->mac : 0;
	*(__u16 *)(p->facts.mac + 4) = x->i->role == CORDON_ROLE_DEVICE ? (__u16)(x->mac >> 32) : 0;
	p->facts.zone = x->i->zone;
	p->facts.vlan = x->vlan;
	p->facts.role = x->i->role;
	p->facts.mode = x->i->mode;
	p->facts.ifindex = x->i->ifindex;
	p->facts.from_device = x->from_device;
	return HOOK(fast_dns)(ctx);
}
#endif

/* FAST_PASS, FAST_DROP: the packet is counted, and that was all; FAST_WALK: nothing was done */
static __always_inline int HOOK(fast)(hook_ctx *ctx)
{
	struct fast x = {};
	struct cordon_flow *f;
	int device;

	if (!fast_link(ctx, &x))
		return FAST_WALK;
	device = fast_device(ctx, &x);
	if (device != FAST_ON)
		return device;
	if (x.st->deny_addrs || cordon_config.exact_books)
		return FAST_WALK;
#ifdef HOOK_XDP
	if (fast_question(ctx, &x))
		return FAST_PASS;
#endif
	if (!fast_net(ctx, &x))
		return FAST_WALK;
	f = fast_find(&x);
	x.sent = fast_sent_units(ctx, &x);
	if (!f || !fast_flow(&x, f))
		return FAST_WALK;
	count_done(ctx, x.frame_len, CORDON_COUNTER_PASSED);
	return FAST_PASS;
}

#endif
