/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Devices seen: when a flow begins, a SYN is seen or a packet is dropped or held; with exact_books at each packet.
 * Observation only: least recently used goes, and nothing depends on it.
 */
#ifndef BPF_DEVICE_H
#define BPF_DEVICE_H

#include "pkt.h"

#define DEVICE_FLOW (1 << 0)	 /* it begins a flow */
#define DEVICE_SYN (1 << 1)	 /* it tries to connect */
#define DEVICE_ANSWERED (1 << 2) /* and was answered */
#define DEVICE_SENT (1 << 3)	 /* it has sent, or was sent, p->sent_bytes */
#define DEVICE_STOPPED (1 << 4)	 /* this packet is dropped, or held */
#define DEVICE_BARE (1 << 5)	 /* it sent CORDON_BARE_SHARE packets without data */
#define DEVICE_PASSED (1 << 6)	 /* this packet passes */

static __always_inline void device_key_addr(const struct pkt *p, struct cordon_device_key *key)
{
	__builtin_memcpy(key->addr, p->facts.from_device ? p->facts.saddr : p->facts.daddr, 16);
}

static __always_inline int device_key(const struct pkt *p, struct cordon_device_key *key)
{
	__u64 mac = 0;

	key->zone = p->facts.zone;
	key->vlan = p->facts.vlan;
	__builtin_memcpy(&mac, p->facts.mac, 6);
	if (mac & 1)
		return 0; /* a group's is no device's */
	if (mac)
		__builtin_memcpy(key->mac, p->facts.mac, 6);
	else if (p->ip_version)
		device_key_addr(p, key);
	else
		return 0;
	return 1;
}

/* one bit of 256 for the endpoint tried: user space counts the endpoints by the bits that are set */
static __always_inline void device_fan(struct cordon_device *d, const struct pkt *p)
{
	__u64 h = cordon_mix(cordon_mix(p->seed ^ p->dport ^ cordon_load64(p->facts.daddr)) ^
			     cordon_load64(p->facts.daddr + 8));

	d->fan[h >> 6 & (CORDON_FAN_WORDS - 1)] |= 1ULL << (h & 63);
	d->syns++;
}

/* more than half of what it sends goes to one of them, or none is found */
static __always_inline void device_vote(struct cordon_device *d, const struct pkt *p)
{
	__u64 a = cordon_load64(p->facts.daddr), b = cordon_load64(p->facts.daddr + 8);

	if (cordon_load64(d->to) == a && cordon_load64(d->to + 8) == b) {
		d->to_packets += p->sent_pkts;
	} else if (d->to_packets > p->sent_pkts) {
		d->to_packets -= p->sent_pkts;
	} else {
		__builtin_memcpy(d->to, p->facts.daddr, sizeof(d->to));
		d->to_packets = p->sent_pkts - d->to_packets;
	}
}

/* what it sent or was sent: this packet, unless it is in already, and what its flow has kept */
static __always_inline void device_sent(struct cordon_device *d, struct pkt *p)
{
	if (p->is_sent)
		return;
	p->is_sent = 1;
	if (!p->sent_pkts) {
		p->sent_pkts = 1;
		p->sent_bytes = p->wire_len;
	}
	if (!p->facts.from_device) {
		__sync_fetch_and_add(&d->received_bytes, p->sent_bytes);
		return;
	}
	__sync_fetch_and_add(&d->sent_bytes, p->sent_bytes);
	device_vote(d, p);
}

/* these are books: exact */
static __always_inline void device_stopped(struct cordon_device *d, const struct pkt *p)
{
	__sync_fetch_and_add(p->is_drop ? &d->dropped : &d->held, 1);
	if (p->reasons & ~d->why)
		__sync_fetch_and_or(&d->why, p->reasons);
}

/* counts race on several processors: thresholds, no books */
static __always_inline void device_count(struct cordon_device *d, struct pkt *p, __u32 what)
{
	__u64 now = pkt_now(p);

	if (now - d->fan_ns >= CORDON_FAN_NS) {
		__builtin_memset(d->fan, 0, sizeof(d->fan));
		d->syns = d->answered = d->begun = d->to_packets = 0;
		d->fan_ns = now;
	}
	if (what & DEVICE_SYN)
		device_fan(d, p);
	if (what & DEVICE_ANSWERED)
		d->answered++;
	if (what & DEVICE_FLOW && p->facts.from_device)
		d->begun++;
	if (what & DEVICE_BARE)
		__sync_fetch_and_add(&d->bare, CORDON_BARE_SHARE);
	if (what & (DEVICE_SENT | DEVICE_FLOW | DEVICE_SYN))
		device_sent(d, p);
}

/* the record, made when there is none */
static __always_inline struct cordon_device *device_record(const struct cordon_device_key *key, __u64 now)
{
	struct cordon_device *d = bpf_map_lookup_elem(&devices, key), fresh = {};

	if (d)
		return d;
	fresh.first_ns = now;
	bpf_map_update_elem(&devices, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&devices, key);
}

static __always_inline int device_is_router(const struct cordon_device_key *key)
{
	struct cordon_state *st = state_get();

	return st && st->routers && bpf_map_lookup_elem(&routers, key);
}

__weak __noinline int device_touch(__u32 what)
{
	struct scratch *s = scratch_get();
	struct cordon_device_key key = {};
	struct cordon_device *d;
	struct pkt *p;

	if (!s)
		return 0;
	p = &s->p;
	if (!device_key(p, &key))
		return 0;
	d = device_record(&key, pkt_now(p));
	if (d && p->ip_version && device_is_router(&key)) {
		__builtin_memset(key.mac, 0, sizeof(key.mac));
		device_key_addr(p, &key);
		d = device_record(&key, pkt_now(p));
	}
	if (!d)
		return 0;
	d->last_ns = pkt_now(p);
	/* who borrows a MAC on another port does not add to what its owner is counted for */
	if (p->facts.from_device && d->ifindex != p->facts.ifindex) {
		d->ifindex = p->facts.ifindex;
		d->fan_ns = 0;
		d->sent_bytes = d->bare = 0;
	}
	device_count(d, p, what);
	if (what & DEVICE_FLOW)
		__sync_fetch_and_add(&d->flows, 1);
	if (what & DEVICE_STOPPED)
		device_stopped(d, p);
	if (what & DEVICE_PASSED)
		__sync_fetch_and_add(&d->passed, 1);
	return 0;
}

#endif
