/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The packet as the stages know it. It lives in per-CPU memory and not on the
 * stack, for two reasons: the global functions that keep the verifier's work
 * small take a context and scalars only, and what is read back from a map has
 * no history that the verifier would follow. Both hooks run with bottom halves
 * off on one CPU, so nobody else is in it.
 */
#ifndef BPF_PKT_H
#define BPF_PKT_H

#include "cordon_hash.h"
#include "count.h"
#include "hook.h"
#include "maps.h"
#include "parse/app.h"
#include "parse/name.h"

#define NO_SLOT (~0U)

struct pkt {
	struct cordon_facts
		facts; /* as they go into a record; the flow's part is filled in by facts_fill() */
	__u64 now_ns;
	__u64 reasons;
	__u64 key; /* of the flow */
	__u64 seed;
	__u64 literal; /* of the prefilter, the one that was seen first */
	__u64 timed_ns; /* bpf_ktime_get_ns() when the prefilter began; 0: this packet is not timed */
	__u32 wire_len;    /* bytes of the frame on the wire */
	__u32 frame_len;   /* bytes of it that are here */
	__u32 payload_len; /* of the transport payload, padding excluded */
	__u32 seq, ack;
	__u32 indicator, generation;
	__u32 name_indicator, name_generation;
	__u32 ticket;      /* of a held packet */
	__u32 advance; /* stream bytes this packet adds to its direction */
	__u16 ethertype, l3_off, l4_off, payload_off;
	__u16 window, urgent;
	__u16 sport, dport;                            /* host order; ICMP: 0 */
	__u8 ip_version, tcp_flags, tags, cls;         /* cls: CORDON_CLASS_* */
	__u8 is_drop, is_suspect, is_stream, is_first; /* goes nowhere; goes up; payload is of a
							  stream; first payload of its direction */
	__u8 has_flow, is_fragment, is_watched,
		src_is_high; /* has the parts of a flow key; sender is the higher end of it */
	__u8 both_home, action, name_action, name_source;
	__u8 has_name, app, is_in_order, is_strange;
	__u8 enforce_only, handover, deny_drop, is_held;
	__u8 level, level_kind; /* CORDON_LEVEL_LOCAL or _UPDATE: judged once the peer is known; the
				   kind of deny key it was found under */
	__u8 held; /* of a held packet: the number it has in its flow */
	__u8 is_torn;	  /* images were swapped while it was looked up */
	__u8 is_led;	  /* first seen to go where a listed name's answer led */
	__u8 names_other; /* it named the application of bytes that the other end sent before */
	__u8 look;	  /* an end or the name has listed URLs */
	__u8 is_identity; /* ARP, DHCP, neighbour discovery, ...: says who its sender is */
	__u8 is_marked;	  /* a question of the keeper, see struct cordon_mark */
	__u8 is_tick;	  /* the first of its flow in this second, about, that the walk sees */
	__u8 denied_at;	  /* CORDON_LEVEL_* of the deny entry found */
	__u8 is_sent;	  /* it is in its device's count of what it sent */
	__u8 ends;	  /* CORDON_END_*, see pf_ends() */
	__u8 is_probe;	  /* TCP data that is nobody's: a keep-alive */
	__u32 sent_bytes, sent_pkts; /* what is to go there: this packet and what its flow has kept */
};

struct scratch {
	struct pkt p;
	__u32 packets; /* that have begun here: a test run may be interrupted by one on old kernels */
	__u32 untimed; /* packets the prefilter judged here since it timed one */
	struct name_info name;
	__u8 prefix[4 * APP_PREFIX]; /* one for the prefix, the rest for the verifier */
	__u8 head[4 * CORDON_LINE] __attribute__((aligned(8))); /* of the threat image */
	struct cordon_threat_entry entry;                       /* found there */
	__u64 hi, lo; /* the address asked about, as numbers */
	__u64 clock_ns, clock_jiffies; /* the clock as it was read when this jiffy began, see deny_index_now() */
	__u64 flood; /* the last frame here was a cut device's: the next may well be too, see fast_device() */
	__u8 pf_hits;
	__u8 carry_len; /* bytes of buf before CORDON_CARRY that are of this stream or datagram */
	__u8 is_high;	/* fast_net() ... */
	__u8 is_share;	/* this packet without data stands for CORDON_BARE_SHARE of them */
	__u32 way;	   /* ... and fast_find(): in the line of flood */
	__u32 bare;	   /* packets without data that devices sent, here: every so many-th is counted */
	__u8 block[CORDON_SCAN_BYTES / 32 + 8]; /* 32 bytes each: grams seen there */
	__u8 buf[CORDON_CARRY + CORDON_SCAN_BYTES + 64];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch_map SEC(".maps") __weak;

static __always_inline struct scratch *scratch_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch_map, &zero);
}

static __always_inline struct cordon_state *state_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&state, &zero);
}

/*
 * pkt_now() - the one clock, read at the packet's first question after it: a
 * pure ACK of a known flow has none, and reading costs as much as its look-up.
 * Whoever uses p->now_ns has called this, or its caller has.
 */
static __always_inline __u64 pkt_now(struct pkt *p)
{
	struct cordon_state *st;

	if (p->now_ns)
		return p->now_ns;
	if (!cordon_config.replay) {
		p->now_ns = bpf_ktime_get_boot_ns();
	} else {
		st = state_get();
		p->now_ns = st ? st->now_ns : 0;
	}
	return p->now_ns;
}

/* of packets begun on this processor */
static __always_inline __u32 pkt_number(void)
{
	struct scratch *s = scratch_get();

	return s ? *(volatile __u32 *)&s->packets : 0;
}

static __always_inline void because(struct pkt *p, __u32 reason)
{
	p->reasons |= CORDON_BIT(reason);
}

/* the packet goes to user space because of @reason */
static __always_inline void suspect(struct pkt *p, __u32 reason)
{
	because(p, reason);
	p->is_suspect = 1;
}

/*
 * Should be dropped because of @reason. In observe mode and on a mirror it is
 * only said. Return: 1 when it is to be dropped indeed.
 */
static __always_inline int drop_for(struct pkt *p, __u32 reason)
{
	because(p, reason);
	if (p->facts.mode == CORDON_MODE_OBSERVE || p->facts.role == CORDON_ROLE_MIRROR) {
		if (!p->is_marked)
			count(CORDON_COUNTER_WOULD_DROP, 1);
		return 0;
	}
	p->is_drop = 1;
	return 1;
}

/* device interface: in from the device, out to it; uplink: the mirror image */
static __always_inline __u8 hook_from_device(const struct cordon_state *st,
					     const struct cordon_iface *i)
{
	return (HOOK_IS_TC || st->to_device) == (i->role == CORDON_ROLE_UPLINK);
}

/* it came in by an interface of ours, and was inspected there: here only decisions are enforced */
static __always_inline int hook_is_second(const hook_ctx *ctx)
{
#ifdef HOOK_TC
	__u32 from = ctx->ingress_ifindex, at = from & (CORDON_IFACE_MAX - 1);
	struct cordon_iface *i;

	if (cordon_config.replay || !from)
		return 0;
	i = bpf_map_lookup_elem(&ifaces, &at);
	return i && i->ifindex == from;
#else
	(void)ctx;
	return 0;
#endif
}

/* the interface that a marked frame speaks of; 0: it is none */
__noinline int HOOK(mark_ifindex)(hook_ctx *ctx)
{
	struct cordon_state *st = state_get();
	struct cordon_mark m = {};
	__u32 len = hook_len(ctx);

	if (!st || len < 14 + sizeof(m) || hook_load(ctx, len - (__u32)sizeof(m), &m, sizeof(m)) ||
	    m.token != cordon_mix(st->seed ^ CORDON_MARK_KEY))
		return 0;
	return (int)m.ifindex;
}

/* where this packet is, or is said to be */
static __always_inline __u32 pkt_ifindex(hook_ctx *ctx, const struct cordon_state *st, __u32 *ret_mark)
{
	__u32 ifindex = cordon_config.replay ? st->ifindex : hook_ifindex(ctx);

	if (cordon_config.replay || ifindex != CORDON_MARK_IFINDEX)
		return ifindex;
	*ret_mark = (__u32)HOOK(mark_ifindex)(ctx);
	return *ret_mark ? *ret_mark : ifindex;
}

/*
 * pkt_begin() - a clean record of this packet: time, interface, length
 * Return: NULL when the interface is none of ours (or a map is missing): pass, uninspected.
 */
static __always_inline struct pkt *pkt_begin(hook_ctx *ctx)
{
	struct scratch *s = scratch_get();
	struct cordon_state *st = state_get();
	struct cordon_iface *i;
	__u32 ifindex, at, mark = 0;
	struct pkt *p;

	if (!s || !st)
		return NULL;
	ifindex = pkt_ifindex(ctx, st, &mark);
	at = ifindex & (CORDON_IFACE_MAX - 1);
	i = bpf_map_lookup_elem(&ifaces, &at);
	if (!i || !i->ifindex || i->ifindex != ifindex)
		return NULL;
	p = &s->p;
	__builtin_memset(p, 0, sizeof(*p));
	s->packets++;
	p->is_marked = mark != 0;
	p->seed = st->seed;
	p->wire_len = p->frame_len = hook_len(ctx);
	p->facts.ifindex = ifindex;
	p->facts.zone = i->zone;
	p->facts.role = i->role;
	p->facts.mode = i->mode;
	p->facts.flow_slot = NO_SLOT;
	p->facts.from_device = hook_from_device(st, i);
	return p;
}

#endif
