/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Counters, each counted where it happens; per CPU, so plain additions. */
#ifndef BPF_COUNT_H
#define BPF_COUNT_H

#include "maps.h"

static __always_inline void count(__u32 counter, __u64 n)
{
	__u32 zero = 0;
	struct cordon_counters *c = bpf_map_lookup_elem(&counters, &zero);

	if (c && counter < CORDON_COUNTERS)
		c->n[counter] += n;
}

static __always_inline void count_packet(__u32 len)
{
	__u32 zero = 0;
	struct cordon_counters *c = bpf_map_lookup_elem(&counters, &zero);

	if (!c)
		return;
	c->n[CORDON_COUNTER_PACKETS]++;
	c->n[CORDON_COUNTER_BYTES] += len;
}

/* a packet that fast() is through with; @what: PASSED or DROPPED */
static __always_inline void count_done(__u32 len, __u32 what)
{
	__u32 zero = 0;
	struct cordon_counters *c = bpf_map_lookup_elem(&counters, &zero);

	if (!c)
		return;
	c->n[CORDON_COUNTER_PACKETS]++;
	c->n[CORDON_COUNTER_BYTES] += len;
	c->n[what]++;
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
