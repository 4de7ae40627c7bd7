/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The end of the walk: reasons and verdict counted, the hook's return code. */
#ifndef BPF_FINISH_H
#define BPF_FINISH_H

#include "device.h"
#include "pkt.h"

#define FINISH_BY_DEVICE                                                                           \
	(CORDON_BIT(CORDON_REASON_QUARANTINE) | CORDON_BIT(CORDON_REASON_LIMITED) |                \
	 CORDON_BIT(CORDON_REASON_RESTRICTED))

__weak __noinline int finish_reasons(void)
{
	struct scratch *s = scratch_get();
	struct cordon_reasons *r;
	__u32 zero = 0;

	r = bpf_map_lookup_elem(&reasons, &zero);
	if (!s || !r)
		return 0;
	for (__u32 i = 0; i < CORDON_REASONS; i++) {
		if (!(s->p.reasons >> i & 1))
			continue;
		r->r[i].packets++;
		r->r[i].bytes += s->p.wire_len;
	}
	return 0;
}

static __always_inline int finish_bit(const struct pkt *p, __u32 reason, __u32 bit)
{
	return p->reasons & CORDON_BIT(reason) ? (int)bit : 0;
}

/*
 * What was decided about a marked frame. Nothing is counted. Before Linux 6.10 a test run leaves bottom halves on: a
 * packet may come in between and leave its own record here. It is walked to its end, so nothing of it is lost; but the
 * answer is not one.
 */
static __always_inline int finish_marked(struct pkt *p, __u32 number)
{
	if (pkt_number() != number || !p->is_marked)
		return CORDON_MARK_ANSWER | CORDON_MARK_TORN;
	return (int)CORDON_MARK_ANSWER | (p->is_drop ? (int)CORDON_MARK_DROP : 0) |
	       finish_bit(p, CORDON_REASON_QUARANTINE, CORDON_MARK_DENIED) |
	       finish_bit(p, CORDON_REASON_GUARD, CORDON_MARK_GUARD) |
	       finish_bit(p, CORDON_REASON_SPOOF, CORDON_MARK_SPOOF) |
	       finish_bit(p, CORDON_REASON_THREAT_ADDR, CORDON_MARK_ADDRESS) |
	       finish_bit(p, CORDON_REASON_THREAT_NAME, CORDON_MARK_NAME) |
	       (p->denied_at & 0xf) << CORDON_MARK_LEVEL_SHIFT;
}

/* 1: the packet is dropped */
static __always_inline int finish(struct pkt *p)
{
	if (p->reasons == CORDON_BIT(CORDON_REASON_QUARANTINE))
		count_denied(p->wire_len);
	else if (p->reasons)
		finish_reasons();
	if (p->is_drop) {
		if (!(p->reasons & FINISH_BY_DEVICE)) /* its deny entry has counted it */
			device_touch(DEVICE_STOPPED);
		count(CORDON_COUNTER_DROPPED, 1);
		return 1;
	}
	if (p->is_held) {
		device_touch(DEVICE_STOPPED);
		count(CORDON_COUNTER_HELD, 1);
		return 1;
	}
	if (cordon_config.exact_books)
		device_touch(DEVICE_PASSED);
	count(CORDON_COUNTER_PASSED, 1);
	return 0;
}

#endif
