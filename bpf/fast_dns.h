/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The shortest way of a DNS question: in a flow that is known and clean, a
 * name of which no suffix is listed, and nothing in it that a rule looks for.
 * What the walk would do for it is done: its flow lives on and the name is
 * told. All else walks on as if nothing had been looked at. Where it comes in
 * only: at the other hook a name must not be told again.
 */
#ifndef BPF_FAST_DNS_H
#define BPF_FAST_DNS_H

#include "emit.h"
#include "finish.h"
#include "name_filter.h"
#include "stage_name.h"
#include "stage_prefilter.h"
#include "stage_sent.h"

#define DNS_HEADERS 28 /* IPv4 without options, UDP */
#define DNS_LEAST 12   /* of the message (RFC 1035 4.1.1) */

/* a whole datagram to port 53; 1: go on. Its link layer is in p->facts. */
static __always_inline int dns_net(hook_ctx *ctx, struct pkt *p)
{
	const __u8 *h = (const __u8 *)(long)ctx->data + (p->l3_off & 31), *u = h + 20;
	__u32 total, len;

	if (h + DNS_HEADERS > (const __u8 *)(long)ctx->data_end)
		return 0;
	total = __builtin_bswap16(*(const __u16 *)(h + 2));
	len = __builtin_bswap16(*(const __u16 *)(u + 4));
	if (h[0] != 0x45 || *(const __u16 *)(h + 6) & __builtin_bswap16(0x3fff) || h[9] != IPPROTO_UDP ||
	    len < 8 + DNS_LEAST || total < 20 + len || p->l3_off + total > p->frame_len)
		return 0;
	*(__u64 *)p->facts.saddr = *(__u64 *)p->facts.daddr = 0;
	*(__u64 *)(p->facts.saddr + 8) = 0xffff0000ULL | (__u64) * (const __u32 *)(h + 12) << 32;
	*(__u64 *)(p->facts.daddr + 8) = 0xffff0000ULL | (__u64) * (const __u32 *)(h + 16) << 32;
	p->facts.sport = *(const __u16 *)u;
	p->facts.dport = *(const __u16 *)(u + 2);
	p->sport = __builtin_bswap16(p->facts.sport);
	p->dport = __builtin_bswap16(p->facts.dport);
	p->payload_off = (__u16)(p->l3_off + DNS_HEADERS);
	p->payload_len = len - 8;
	p->facts.proto = IPPROTO_UDP;
	return p->dport == 53;
}

/* not idle too long. Live the walk sees the flow once a second, and keeps its time. */
static __always_inline int dns_flow_lives(struct pkt *p, struct cordon_flow *f)
{
	__u64 idle = f->flags & CORDON_FLOW_ESTABLISHED ? CORDON_UDP_IDLE_NS : CORDON_UDP_NEW_NS;

	if (!cordon_config.replay)
		return f->tick == flow_tick();
	if (f->last_ns + idle < pkt_now(p))
		return 0;
	f->last_ns = p->now_ns;
	return 1;
}

/* to the server, nothing remarkable so far; 1: go on */
static __always_inline int dns_flow(struct pkt *p, struct cordon_flow *f, const struct cordon_state *st)
{
	__u32 flags = f->flags;

	if (f->app != CORDON_APP_DNS || !(flags & CORDON_FLOW_FIRST0) ||
	    flags & (CORDON_FLOW_WATCH | CORDON_FLOW_HIT | CORDON_FLOW_LED | CORDON_FLOW_STRANGE) ||
	    (st->threat_swaps && f->threat_gen != st->threat_swaps) || st->deny_flows || f->held != f->let_go ||
	    flow_dir(p, f) != CORDON_TO_SERVER)
		return 0;
	p->facts.dir = CORDON_TO_SERVER;
	p->app = f->app;
	p->cls = CORDON_CLASS_UDP;
	return dns_flow_lives(p, f);
}

/* is the name in s->buf clean? Asked of the image that has said so of the flow's address: a packet sees one. */
static __always_inline int dns_name(struct scratch *s, __u32 n, const struct cordon_state *st,
				    const struct cordon_flow *f)
{
	void *inner = image_inner(&threat);
	const struct cordon_threat_head *h = image_head(inner);

	s->name.seed = h ? h->seed : 0;
	if (s->buf[2] & 0x80 || name_question(n) != PARSE_OK || s->name.labels > CORDON_NAME_SUFFIXES)
		return 0;
	s->p.name_generation = 0;
	if (!st->threat_swaps)
		return 1;
	if (!inner || !h || h->generation != f->indicator)
		return 0;
	s->p.name_generation = h->generation;
	name_chain(&s->name);
	return !h->has_names || !name_filter_maybe(inner, h, &s->name);
}

/* what emit_name() reads of a packet, beside its facts */
static __always_inline void dns_tell(struct pkt *p)
{
	p->name_indicator = 0;
	p->name_action = 0;
	p->name_source = CORDON_NAME_DNS;
	p->ip_version = 4;
	p->reasons = 0;
	emit_name();
	if (p->reasons)
		finish_reasons();
}

/* 1: it passes, told and counted; 0: it walks on. The frame's link layer is in s->p. */
__noinline int HOOK(fast_dns)(hook_ctx *ctx)
{
	struct cordon_state *st = state_get();
	struct scratch *s = scratch_get();
	struct cordon_flow *f;
	__u32 n;

	if (!s || !st || !dns_net(ctx, &s->p))
		return 0;
	flow_key(&s->p);
	s->p.facts.flow_slot = flow_find(&s->p);
	f = flow_at(s->p.facts.flow_slot);
	if (!f || !dns_flow(&s->p, f, st))
		return 0;
	n = name_load(ctx, s, NAME_DNS_BYTES);
	if (n < DNS_LEAST || !dns_name(s, n, st, f))
		return 0;
	if (st->pf_any >> CORDON_PF_ANY_DNS & 1) {
		s->p.is_stream = 0;
		if (HOOK(pf_judge)(ctx))
			return 0;
	}
	if (!sent_keep())
		return 0;
	dns_tell(&s->p);
	count_done(ctx, s->p.frame_len, CORDON_COUNTER_PASSED);
	return 1;
}

#endif
