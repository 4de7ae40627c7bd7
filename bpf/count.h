/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Counters, each counted where it happens; per CPU, so plain additions. */
#ifndef BPF_COUNT_H
#define BPF_COUNT_H

#include "hook.h"
#include "maps.h"

static __always_inline void count(__u32 counter, __u64 n)
{
	__u32 zero = 0;
	struct cordon_counters *c = bpf_map_lookup_elem(&counters, &zero);

	if (c && counter < CORDON_COUNTERS)
		c->n[counter] += n;
}

/* what comes in is held against what the driver says has come in (user/keeper/wire.c) */
static __always_inline void count_arrived(struct cordon_counters *c, hook_ctx *ctx)
{
#ifdef HOOK_XDP
	c->arrived[hook_ifindex(ctx) & (CORDON_IFACE_MAX - 1)]++;
#else
	(void)c;
	(void)ctx;
#endif
}

static __always_inline void count_packet(hook_ctx *ctx, __u32 len)
{
	__u32 zero = 0;
	struct cordon_counters *c = bpf_map_lookup_elem(&counters, &zero);

	if (!c)
		return;
	c->n[CORDON_COUNTER_PACKETS]++;
	c->n[CORDON_COUNTER_BYTES] += len;
	count_arrived(c, ctx);
}

/* a packet that fast() is through with; @what: PASSED or DROPPED */
static __always_inline void count_done(hook_ctx *ctx, __u32 len, __u32 what)
{
	__u32 zero = 0;
	struct cordon_counters *c = bpf_map_lookup_elem(&counters, &zero);

	if (!c)
		return;
	c->n[CORDON_COUNTER_PACKETS]++;
	c->n[CORDON_COUNTER_BYTES] += len;
	c->n[what]++;
	count_arrived(c, ctx);
}

/* a denied device is the flood to be cheap for: one reason, and its deny entry has counted it */
static __always_inline void count_denied(__u32 len)
{
	__u32 zero = 0;
	struct cordon_reasons *r = bpf_map_lookup_elem(&reasons, &zero);

	if (!r)
		return;
	r->r[CORDON_REASON_QUARANTINE].packets++;
	r->r[CORDON_REASON_QUARANTINE].bytes += len;
}

#endif
