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

/* 1: the packet is dropped */
static __always_inline int finish(struct pkt *p)
{
	if (p->reasons == CORDON_BIT(CORDON_REASON_QUARANTINE))
		count_denied(p->wire_len);
	else if (p->reasons)
		finish_reasons();
	if (p->is_drop) {
		if (!(p->reasons & FINISH_BY_DEVICE)) /* its deny entry has counted it */
			device_touch(0);
		count(CORDON_COUNTER_DROPPED, 1);
		return 1;
	}
	if (p->is_held) {
		count(CORDON_COUNTER_HELD, 1);
		return 1;
	}
	count(CORDON_COUNTER_PASSED, 1);
	return 0;
}

#endif
