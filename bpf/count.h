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

/* a packet that fast() is through with */
static __always_inline void count_passed(__u32 len)
{
	__u32 zero = 0;
	struct cordon_counters *c = bpf_map_lookup_elem(&counters, &zero);

	if (!c)
		return;
	c->n[CORDON_COUNTER_PACKETS]++;
	c->n[CORDON_COUNTER_BYTES] += len;
	c->n[CORDON_COUNTER_PASSED]++;
}

#endif
