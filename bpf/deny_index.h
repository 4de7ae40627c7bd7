/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The index of cut MACs: what drops a denied device's flood for one cache
 * line. User space keeps it in step with the deny map (user/kern/denyidx.c).
 */
#ifndef BPF_DENY_INDEX_H
#define BPF_DENY_INDEX_H

#include "pkt.h"

/* for the end of a lease: read in this jiffy, so some milliseconds old at most. Reading it costs as much as all else. */
static __always_inline __u64 deny_index_now(const struct cordon_state *st, struct scratch *s)
{
	__u64 jiffies;

	if (cordon_config.replay)
		return st->now_ns;
	jiffies = bpf_jiffies64();
	if (s->clock_jiffies != jiffies) {
		s->clock_ns = bpf_ktime_get_boot_ns();
		s->clock_jiffies = jiffies;
	}
	return s->clock_ns;
}

/* without branches: which of the four it is differs from frame to frame, and a guess that fails costs as much as all else */
static __always_inline struct cordon_deny_slot *deny_index_slot(__u32 line, __u64 fp)
{
	struct cordon_deny_line *l = bpf_map_lookup_elem(&deny_index, &line);
	__u64 differs, which = 0;

	if (!l)
		return NULL;
	for (__u32 i = 0; i < 4; i++) {
		differs = (l->s[i].tag ^ fp) >> CORDON_DENY_TICK_BITS;
		differs |= -differs;
		hide(differs);
		which |= (i + 1) * (1 - (differs >> 63));
	}
	hide(which);
	return which ? &l->s[(which - 1) & 3] : NULL;
}

static __always_inline struct cordon_deny_slot *deny_index_find(const struct cordon_state *st, __u64 fp)
{
	struct cordon_deny_slot *slot = deny_index_slot(cordon_deny_line1(fp, st->deny_lines_mask), fp);

	return slot ? slot : deny_index_slot(cordon_deny_line2(fp, st->deny_lines_mask), fp);
}

/* a frame of @len bytes of the key with this hash: 1, it is cut and that is counted */
__weak __noinline int deny_index_cuts(__u64 fp, __u32 len)
{
	struct cordon_state *st = state_get();
	struct scratch *s = scratch_get();
	struct cordon_deny_slot *slot;

	if (!st || !s)
		return 0;
	slot = deny_index_find(st, fp);
	if (!slot || !cordon_deny_runs(slot->tag, deny_index_now(st, s)) || slot->dropped & CORDON_DENY_FULL)
		return 0;
	__sync_fetch_and_add(&slot->dropped, 1ULL << CORDON_DENY_BYTE_BITS | len);
	count_denied(len);
	return 1;
}

/* a slot whose counts are full: they become those of its entry */
static __always_inline void deny_index_drain(const struct cordon_state *st, __u64 fp, struct cordon_deny *d)
{
	struct cordon_deny_slot *slot = deny_index_find(st, fp);
	__u64 n;

	if (!slot || !(slot->dropped & CORDON_DENY_FULL))
		return;
	n = __sync_lock_test_and_set(&slot->dropped, 0);
	__sync_fetch_and_add(&d->packets, n >> CORDON_DENY_BYTE_BITS);
	__sync_fetch_and_add(&d->bytes, n & ((1ULL << CORDON_DENY_BYTE_BITS) - 1));
}

#endif
