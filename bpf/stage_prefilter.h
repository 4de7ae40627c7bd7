/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Could any rule fire on this packet, or on the stream it belongs to? Literals,
 * rules without one, signs of an encoding. A hit in a stream makes the flow
 * followed until user space relaxes it; elsewhere this packet goes up.
 */
#ifndef BPF_STAGE_PREFILTER_H
#define BPF_STAGE_PREFILTER_H

#include "flow.h"
#include "heads.h"
#include "image.h"
#include "scan.h"
#include "scan_direct.h"

#define PF_PKT (1 << 2)    /* a packet rule without literal applies */
#define PF_STREAM (1 << 3) /* a stream rule without literal applies */
#define PF_OTHER (1 << 4)  /* the same, to what the other end sent before */

static __always_inline int pf_groups_of(void *part0, __u16 sport, __u16 dport, const __u64 *groups)
{
	const __u64 *sg = (*PF_PART0(part0, sport_groups))[sport], *dg = (*PF_PART0(part0, dport_groups))[dport];

	return ((sg[0] & dg[0] & groups[0]) | (sg[1] & dg[1] & groups[1])) != 0;
}

static __always_inline int pf_groups(void *part0, const struct pkt *p, const __u64 *groups)
{
	return pf_groups_of(part0, p->sport, p->dport, groups);
}

/* 1: @addr is in none of the image's networks. Branches on its bytes would multiply. */
static __always_inline __u64 pf_is_outside(const __u8 *addr, const struct cordon_pf_net *n)
{
	__u64 x = ((cordon_load64(addr) ^ n->addr[0]) & n->mask[0]) | ((cordon_load64(addr + 8) ^ n->addr[1]) & n->mask[1]),
	      minus = 0 - x;

	hide(minus);
	return (x | minus) >> 63;
}

/* CORDON_END_* of this packet's addresses, by the networks of @part0 */
static __always_inline __u32 pf_ends_look(void *part0, const struct pkt *p)
{
	__u64 src = 1, dst = 1;
	__u32 n = *PF_PART0(part0, n_nets);

	for (__u32 i = 0; i < CORDON_PF_NETS; i++) {
		const struct cordon_pf_net *net = &(*PF_PART0(part0, nets))[i];

		if (i >= n)
			break;
		src &= pf_is_outside(p->facts.saddr, net);
		dst &= pf_is_outside(p->facts.daddr, net);
		hide(src);
		hide(dst);
	}
	return (src & 1 ? 0 : CORDON_END_SRC) | (dst & 1 ? 0 : CORDON_END_DST);
}

/* the same, seen from the other end */
static __always_inline __u32 pf_ends_turned(__u32 ends)
{
	return (ends & CORDON_END_SRC) * CORDON_END_DST | (ends & CORDON_END_DST) / CORDON_END_DST;
}

/* p->ends, which the flow's record keeps: addresses are compared once a flow and image. On its own, as pf_which(). */
__weak __noinline int pf_ends(void)
{
	struct scratch *s = scratch_get();
	void *inner = image_inner(&prefilter), *part0 = inner ? image_part(inner, 0) : NULL;
	struct cordon_flow *f;
	__u32 tag, ends;

	if (!s || !part0)
		return 0;
	f = flow_at(s->p.facts.flow_slot);
	tag = *PF_PART0(part0, net_tag);
	ends = f ? f->ends : 0;
	if (!f || !tag || ends / CORDON_PF_ENDS != tag) {
		ends = pf_ends_look(part0, &s->p);
		s->p.ends = (__u8)ends;
		if (f)
			f->ends = (__u8)(tag * CORDON_PF_ENDS + (s->p.facts.dir ? pf_ends_turned(ends) : ends));
		return 0;
	}
	ends &= CORDON_PF_ENDS - 1;
	s->p.ends = (__u8)(s->p.facts.dir ? pf_ends_turned(ends) : ends);
	return 0;
}

/* @is_stream: what is looked for in streams is looked for in this packet */
/* @is_alone: a segment of a flow that has no stream: raw stream rules look at it by itself */
static __always_inline int pf_always(void *part0, const struct pkt *p, int is_alone)
{
	__u32 cls = p->cls & (CORDON_CLASSES - 1), dir = p->facts.dir & 1,
	      app = p->app & (CORDON_PF_APPS - 1), ends = p->ends & (CORDON_PF_ENDS - 1);
	int r = 0;

	if ((*PF_PART0(part0, any))[cls][dir] &&
	    pf_groups(part0, p, (*PF_PART0(part0, always_pkt))[cls][dir][ends][app]))
		r |= PF_PKT;
	if (!(p->is_stream || is_alone) || !(*PF_PART0(part0, any_stream))[dir])
		return r;
	if (pf_groups(part0, p, is_alone ? (*PF_PART0(part0, always_alone))[dir][ends][app] :
					   (*PF_PART0(part0, always_stream))[dir][ends][app]))
		r |= PF_STREAM;
	return r;
}

/*
 * A rule without literal waits until the application is known, and this packet
 * has named it for bytes of the other end as well: those were no request that
 * anybody knows, and nothing more may come from there. On its own, as pf_which().
 */
__weak __noinline int pf_other(void)
{
	struct scratch *s = scratch_get();
	void *inner = image_inner(&prefilter), *part0 = inner ? image_part(inner, 0) : NULL;
	__u32 dir, app, ends;

	if (!s || !part0)
		return 0;
	dir = 1 ^ (s->p.facts.dir & 1);
	app = s->p.app & (CORDON_PF_APPS - 1);
	ends = pf_ends_turned(s->p.ends) & (CORDON_PF_ENDS - 1);
	if (!(*PF_PART0(part0, any_stream))[dir])
		return 0;
	return pf_groups_of(part0, s->p.dport, s->p.sport, (*PF_PART0(part0, always_stream))[dir][ends][app]) ? PF_OTHER : 0;
}

static __always_inline int pf_needs(void *part0, const struct pkt *p, __u32 kind)
{
	const struct cordon_pf_need *n;
	__u32 at = p->cls * 2 + (p->facts.dir & 1);

	hide(at); /* Linux 6.1 knows no bound of the or that clang makes of the sum: the mask must come last */
	n = &(*PF_PART0(part0, need))[at & 15][kind];
	return n->apps >> (p->app & 63) & 1 && pf_groups(part0, p, n->groups);
}

/* what scan_round() is to look for; on its own, so that the rounds see one number and not eight */
__weak __noinline int pf_which(void)
{
	struct scratch *s = scratch_get();
	void *inner = image_inner(&prefilter), *part0 = inner ? image_part(inner, 0) : NULL;
	int which;

	if (!s || !part0)
		return 0;
	which = pf_needs(part0, &s->p, CORDON_PF_WIDE_KIND) ? SCAN_LONG : 0;
	which |= pf_needs(part0, &s->p, CORDON_PF_NARROW_KIND) ? SCAN_LONG | SCAN_NARROW : 0;
	which |= pf_needs(part0, &s->p, CORDON_PF_SHORT_KIND) ? SCAN_SHORT : 0;
	if (s->p.is_stream && !s->p.facts.dir &&
	    *PF_PART0(part0, apps_encoding) >> (s->p.app & 63) & 1)
		which |= SCAN_URI;
	return which;
}

static __always_inline void pf_carry_in(struct scratch *s, const struct cordon_dir *d)
{
	s->carry_len = 0;
	__builtin_memset(s->buf, 0, CORDON_CARRY);
	if (!d)
		return;
	s->carry_len = d->off < CORDON_CARRY ? (__u8)d->off : CORDON_CARRY;
	__builtin_memcpy(s->buf, &d->carry, CORDON_CARRY);
}

/* the payload in rounds; one is enough for all but GSO and multi-buffer frames. On its own, as
 * pf_which(). */
__noinline int HOOK(pf_scan)(hook_ctx *ctx, __u32 which)
{
	struct scratch *s = scratch_get();
	int r = 0;

	if (!s)
		return 0;
	if (!which)
		return HOOK(scan_carry)(ctx);
	for (__u32 i = 0; i < CORDON_SCAN_ROUNDS; i++) {
		if (i * CORDON_SCAN_BYTES >= s->p.payload_len)
			return r;
		r |= HOOK(scan_round)(ctx, i, which);
	}
	if (s->p.payload_len <= CORDON_SCAN_ROUNDS * CORDON_SCAN_BYTES)
		return r;
	because(&s->p, CORDON_REASON_COPY_FAILED);
	return r | SCAN_HIT;
}

/* the last bytes of the stream, kept also when there is nothing to look for: a rule set may come */
static __always_inline void pf_carry_out(const struct scratch *s, struct cordon_dir *d)
{
	__u64 v;

	__builtin_memcpy(&v, s->buf, CORDON_CARRY);
	d->carry = v | SCAN_FOLD;
}

/* is the flow cleared, or past its depth? Then nobody looks at its payload, only at its headers */
static __always_inline int pf_is_done(const struct pkt *p, const struct cordon_flow *f)
{
	__u32 depth = p->facts.dir ? CORDON_FLOW_DEPTH1 : CORDON_FLOW_DEPTH0;

	if (!f || p->cls != CORDON_CLASS_TCP)
		return 0;
	return f->flags & (CORDON_FLOW_CLEARED | depth) && !p->is_strange;
}

/* rules that ask nothing of the payload */
static __always_inline int pf_header(void *part0, const struct pkt *p)
{
	__u32 dir = p->facts.dir & 1, app = p->app & (CORDON_PF_APPS - 1), ends = p->ends & (CORDON_PF_ENDS - 1);

	if (!(*PF_PART0(part0, any_header))[dir])
		return 0;
	return pf_groups(part0, p, (*PF_PART0(part0, always_header))[dir][ends][app]) ? PF_PKT : 0;
}

/* pf_judge() - SCAN_* and PF_* bits of this packet */
__noinline int HOOK(pf_judge)(hook_ctx *ctx)
{
	struct scratch *s = scratch_get();
	void *inner = image_inner(&prefilter), *part0;
	struct cordon_flow *f;
	struct cordon_dir *d = NULL;
	struct pkt *p;
	__u32 which;
	int r, is_alone;

	if (!s || !inner)
		return 0;
	part0 = image_part(inner, 0);
	if (!part0)
		return 0;
	p = &s->p;
	f = flow_at(p->facts.flow_slot);
	p->app = f ? flow_app(f, p->facts.dir) : CORDON_APP_UNDECIDED;
	pf_ends();
	if (pf_is_done(p, f))
		return pf_header(part0, p);
	if (f && p->is_stream)
		d = &f->d[p->facts.dir & 1];
	is_alone = !p->is_stream && f && f->flags & CORDON_FLOW_NO_STREAM;
	r = pf_always(part0, p, is_alone);
	if (p->names_other)
		r |= pf_other();
	/* segments of a flow without a stream are looked at alone, each from its begin */
	if (*PF_PART0(part0, heads_used) && p->payload_len &&
	    HOOK(pf_heads)(ctx, d ? d->off : is_alone ? HEADS_ALONE : ~0U))
		r |= SCAN_HIT;
	which = (__u32)pf_which();
	if (!p->payload_len || (!which && !d))
		return r;
	pf_carry_in(s, d);
	if (!which || HOOK(scan_direct)(ctx, which))
		r |= HOOK(pf_scan)(ctx, which);
	if (d)
		pf_carry_out(s, d);
	return r;
}

/* in a stream: the flow is followed */
static __always_inline void pf_stream(struct pkt *p, struct cordon_flow *f, int r)
{
	__u32 always = p->facts.dir ? CORDON_FLOW_ALWAYS1 : CORDON_FLOW_ALWAYS0;

	if (r & SCAN_HIT)
		because(p, CORDON_REASON_LITERAL);
	if (r & SCAN_ENCODING)
		because(p, CORDON_REASON_ENCODING);
	/* user space looks, and says when it waits for nothing more: until then the end of the flow is of interest too */
	if (r & (SCAN_HIT | SCAN_ENCODING | PF_STREAM | PF_OTHER))
		f->triggers++;
	if (r & (PF_STREAM | PF_OTHER))
		because(p, CORDON_REASON_ALWAYS);
	if (r & PF_STREAM) {
		flow_set(f, always);
	} else if (f->flags & always) {
		__sync_fetch_and_and(&f->flags, ~always);
	}
}

/* one packet of so many: what rules cost, see user/match/profile.h */
static __always_inline void pf_time(struct pkt *p)
{
	struct scratch *s = cordon_config.profile_every ? scratch_get() : NULL;

	if (!s || ++s->untimed < cordon_config.profile_every)
		return;
	s->untimed = 0;
	p->timed_ns = bpf_ktime_get_ns();
}

static __always_inline void pf_timed(const struct pkt *p)
{
	if (!p->timed_ns)
		return;
	count(CORDON_COUNTER_PREFILTER_TIMED, 1);
	count(CORDON_COUNTER_PREFILTER_NS, bpf_ktime_get_ns() - p->timed_ns);
}

/* whether a TCP packet fits its connection's state only who sees them all can say */
static __always_inline void pf_state(struct pkt *p)
{
	struct cordon_state *st = state_get();

	if (p->facts.proto == IPPROTO_TCP && st && st->pf_any >> CORDON_PF_ANY_STATE & 1)
		suspect(p, CORDON_REASON_ALWAYS);
}

static __always_inline int stage_prefilter(hook_ctx *ctx, struct pkt *p)
{
	struct cordon_flow *f = flow_at(p->facts.flow_slot);
	int r, is_done = pf_is_done(p, f);

	if (!cordon_config.inspect || p->is_drop || p->is_fragment || !p->l4_off)
		return 0;
	pf_state(p);
	p->is_probe = p->cls == CORDON_CLASS_TCP && f && !p->is_stream && !is_done && !(f->flags & CORDON_FLOW_NO_STREAM);
	if (p->is_probe)
		return 0;
	pf_time(p);
	r = HOOK(pf_judge)(ctx);
	pf_timed(p);
	if (p->is_stream && f && !is_done) {
		pf_stream(p, f, r);
	} else if (r & SCAN_HIT) {
		suspect(p, CORDON_REASON_LITERAL);
	}
	if (r & PF_PKT || (r & PF_STREAM && !p->is_stream))
		suspect(p, CORDON_REASON_ALWAYS);
	return 0;
}

#endif
