/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Mode hold: what is suspect is not passed. The packet lies whole in a ring of
 * its own, which the keeper reads; it sends it on, unchanged and behind these
 * hooks, when user space has cleared it. No queue in the kernel. While a packet
 * of a flow is on that way, what follows in the flow is held too, so that its
 * order stays. Who judges says so all the time: when it stops, nothing is held.
 */
#ifndef BPF_HOLD_H
#define BPF_HOLD_H

#include "emit.h"
#include "flow.h"

static __always_inline int hold_applies(const struct pkt *p)
{
	return p->facts.mode == CORDON_MODE_HOLD && p->facts.role != CORDON_ROLE_MIRROR;
}

/* is one of this flow still on its way? */
static __always_inline int hold_is_waited_for(const struct pkt *p, const struct cordon_flow *f)
{
	return f->held != f->let_go && hold_applies(p);
}

static __always_inline int hold_is_served(struct pkt *p, const struct cordon_state *st)
{
	return cordon_config.replay || pkt_now(p) < st->hold_until_ns;
}

/* nobody would judge it: as react, or under strict not at all */
static __always_inline void hold_unserved(struct pkt *p)
{
	if (cordon_config.strict)
		drop_for(p, CORDON_REASON_UNHELD);
	else
		because(p, CORDON_REASON_UNHELD);
}

/* @f: NULL: none. What cannot be taken whole is dropped; a stream then waits for it to come again. */
static __always_inline void hold_take(hook_ctx *ctx, struct pkt *p, struct cordon_flow *f)
{
	struct cordon_state *st = state_get();

	if (!st)
		return;
	if (!hold_is_served(p, st)) {
		hold_unserved(p);
		return;
	}
	p->is_held = 1;
	because(p, CORDON_REASON_HELD);
	if (cordon_config.replay)
		return;
	p->ticket = __sync_fetch_and_add(&st->hold_ticket, 1);
	p->held = f ? (__u8)(f->held + 1) : 0;
	facts_fill(p);
	if (emit_held(ctx, p->frame_len)) {
		if (f)
			f->held = p->held;
		return;
	}
	p->is_held = 0;
	if (f && p->is_stream)
		flow_strange(p, f, CORDON_REASON_HOLD_FULL);
	drop_for(p, CORDON_REASON_HOLD_FULL);
}

#endif
