/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The walk, for both hooks: a list of stages. A stage returns 0 to go on, 1 to
 * stop. Only what is denied stops early; everything else goes on to where it
 * is counted and, if need be, sent up.
 */
#ifndef BPF_WALK_H
#define BPF_WALK_H

#include "canary.h"
#include "fast.h"
#include "finish.h"
#include "stage_deny.h"
#include "stage_emit.h"
#include "stage_flow.h"
#include "stage_link.h"
#include "stage_name.h"
#include "stage_net.h"
#include "stage_prefilter.h"
#include "stage_sent.h"
#include "stage_threat.h"

/* 1: this packet was inspected at the hook it came in by; here only decisions are enforced */
static __always_inline int walk_enforces_only(hook_ctx *ctx, struct pkt *p)
{
	if (!hook_is_second(ctx))
		return 0;
	count(CORDON_COUNTER_ENFORCE_ONLY, 1);
	p->enforce_only = 1;
	return 1;
}

/* a flow's drop verdict, at a hook that does not inspect it */
static __always_inline int walk_enforce(struct pkt *p)
{
	struct cordon_flow *f;

	if (!p->has_flow || p->is_fragment)
		return 0;
	flow_key(p);
	p->facts.flow_slot = flow_find(p);
	f = flow_at(p->facts.flow_slot);
	if (!f)
		return 0;
	p->facts.flow_id = cordon_flow_id(p->key, f->first_ns);
	return stage_deny_flow(p);
}

static __always_inline int walk_inspect(hook_ctx *ctx, struct pkt *p)
{
	return stage_flow(ctx, p) || stage_sent(p) || stage_deny_flow(p) || stage_name(ctx, p) || stage_threat(p) ||
	       stage_prefilter(ctx, p) || stage_emit(ctx, p);
}

/*
 * A marked frame: the same decisions but those that need a flow, and nothing behind them. On its own, so that the
 * paths of packets are not walked twice by the verifier. @number: the record may be another packet's by now.
 */
__noinline int HOOK(walk_marked)(hook_ctx *ctx, __u32 number)
{
	struct scratch *s = scratch_get();
	struct pkt *p;

	if (!s)
		return 0;
	p = &s->p;
	(void)(stage_link(ctx, p) || stage_deny(p) || stage_net(ctx, p) || stage_deny_addr(p) ||
	       stage_name(ctx, p) || stage_threat(p));
	return finish_marked(p, number);
}

/* 1: drop; or what a marked frame asks for */
static __always_inline int walk(hook_ctx *ctx)
{
	struct pkt *p;
	int done = HOOK(fast)(ctx);

	if (done)
		return done == FAST_DROP;
	if (HOOK(canary)(ctx))
		return 1;
	p = pkt_begin(ctx);
	if (!p) {
		count_packet(ctx, hook_len(ctx));
		count(CORDON_COUNTER_PASSED, 1);
		return 0;
	}
	if (p->is_marked)
		return HOOK(walk_marked)(ctx, pkt_number());
	count_packet(ctx, p->frame_len);
	(void)(stage_link(ctx, p) || stage_deny(p) || stage_net(ctx, p) || stage_deny_addr(p) ||
	       (walk_enforces_only(ctx, p) ? walk_enforce(p) : walk_inspect(ctx, p)));
	return finish(p);
}

#endif
