/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Is this end one that must never be denied? Asked only when something is
 * about to be denied, so the clean path does not pay for it. A guarded end
 * seen at an interface where it does not live is a spoof, and not guarded.
 */
#ifndef BPF_STAGE_GUARD_H
#define BPF_STAGE_GUARD_H

#include "pkt.h"

static __always_inline int guard_check(struct pkt *p, __u8 kind, const __u8 *value)
{
	struct cordon_guard_key key = {.kind = kind};
	struct cordon_guard *g;

	if (kind == CORDON_DENY_MAC) {
		key.prefixlen = 16 + 48;
		__builtin_memcpy(key.value, value, 6);
	} else {
		key.prefixlen = 16 + 128;
		__builtin_memcpy(key.value, value, 16);
	}
	g = bpf_map_lookup_elem(&guard, &key);
	if (!g || g->until_ns <= pkt_now(p))
		return 0;
	if (g->ifindex && g->ifindex != p->facts.ifindex) {
		because(p, CORDON_REASON_SPOOF);
		return 0;
	}
	because(p, CORDON_REASON_GUARD);
	return 1;
}

/* the device of this packet, by the key it is denied under */
static __always_inline int stage_guard(struct pkt *p, __u8 kind)
{
	int by_mac = kind == CORDON_DENY_FLOW ? p->facts.role == CORDON_ROLE_DEVICE
					      : kind != CORDON_DENY_ADDR;

	if (by_mac)
		return guard_check(p, CORDON_DENY_MAC, p->facts.mac);
	return guard_check(p, CORDON_DENY_ADDR,
			   p->facts.from_device ? p->facts.saddr : p->facts.daddr);
}

#endif
