/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Devices seen: when a flow begins, a SYN is seen or a packet is dropped.
 * Observation only: least recently used goes, and nothing depends on it.
 */
#ifndef BPF_DEVICE_H
#define BPF_DEVICE_H

#include "pkt.h"

__weak __noinline int device_touch(__u32 begins_flow)
{
	struct scratch *s = scratch_get();
	struct cordon_device_key key = {};
	struct cordon_device *d, fresh = {};
	__u64 mac = 0;
	struct pkt *p;

	if (!s)
		return 0;
	p = &s->p;
	key.zone = p->facts.zone;
	key.vlan = p->facts.vlan;
	__builtin_memcpy(&mac, p->facts.mac, 6);
	if (mac)
		__builtin_memcpy(key.mac, p->facts.mac, 6);
	else if (p->ip_version)
		__builtin_memcpy(key.addr, p->facts.from_device ? p->facts.saddr : p->facts.daddr,
				 16);
	else
		return 0;
	d = bpf_map_lookup_elem(&devices, &key);
	if (!d) {
		fresh.first_ns = pkt_now(p);
		bpf_map_update_elem(&devices, &key, &fresh, BPF_NOEXIST);
		d = bpf_map_lookup_elem(&devices, &key);
		if (!d)
			return 0;
	}
	d->last_ns = pkt_now(p);
	if (begins_flow)
		__sync_fetch_and_add(&d->flows, 1);
	if (p->is_drop)
		__sync_fetch_and_add(&d->dropped, 1);
	return 0;
}

#endif
