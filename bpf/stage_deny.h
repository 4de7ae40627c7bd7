/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Is this device, or this flow, denied, and does the lease still run? Three
 * calls: by MAC before the network header is read, by address behind it, by
 * flow behind the flow table; the last two only while such entries exist. The
 * clean path costs one hash and one bit. Levels: stage_level.h.
 */
#ifndef BPF_STAGE_DENY_H
#define BPF_STAGE_DENY_H

#include "deny_index.h"
#include "device.h"
#include "pkt.h"
#include "stage_guard.h"
#include "stage_level.h"

static __always_inline void deny_key(const struct pkt *p, __u8 kind, struct cordon_deny_key *key)
{
	key->kind = kind;
	key->zone = p->facts.zone;
	if (kind == CORDON_DENY_FLOW) {
		__builtin_memcpy(key->value, &p->facts.flow_id, 8);
		return;
	}
	if (kind == CORDON_DENY_MAC || kind == CORDON_DENY_ADDR)
		key->vlan = p->facts.vlan;
	if (kind != CORDON_DENY_ADDR)
		*(__u64 *)key->value = *(const __u64 *)p->facts.mac << 16 >> 16;
	else
		__builtin_memcpy(key->value, p->facts.from_device ? p->facts.saddr : p->facts.daddr,
				 16);
}

/* the entry says that this packet may not pass; 1: it is dropped indeed */
static __always_inline int deny_drop(struct pkt *p, struct cordon_deny *d, __u32 kind, __u32 reason)
{
	if (stage_guard(p, (__u8)kind) || !drop_for(p, reason))
		return 0;
	if (p->is_marked)
		return 1;
	__sync_fetch_and_add(&d->packets, 1);
	__sync_fetch_and_add(&d->bytes, p->wire_len);
	return 1;
}

static __always_inline int deny_pass(const struct pkt *p, struct cordon_deny *d)
{
	if (!p->is_marked)
		__sync_fetch_and_add(&d->passed, 1);
	return 0;
}

/* before the entry counts for the first time: from now on whoever lists quarantines reads it */
static __always_inline void deny_note(const struct pkt *p, const struct cordon_deny_key *key)
{
	__u32 zero = 0, bit = (__u32)cordon_deny_hash(p->seed, key) & (CORDON_DENY_FILTER_BITS - 1);
	struct cordon_deny_filter *f = bpf_map_lookup_elem(&deny_filter, &zero);

	/* an entry under a guard is asked for each time and never counts: its bit is written once */
	if (f && !p->is_marked && !(f->counted[bit >> 6] >> (bit & 63) & 1))
		__sync_fetch_and_or(&f->counted[bit >> 6], 1ULL << (bit & 63));
}

/* the bit is set: is there a live entry, and what does it say? Return: 1 drop */
__weak __noinline int deny_judge(__u32 kind)
{
	struct cordon_state *st = state_get();
	struct scratch *s = scratch_get();
	struct cordon_deny_key key = {};
	struct cordon_deny *d;
	struct pkt *p;

	if (!s)
		return 0;
	p = &s->p;
	deny_key(p, (__u8)kind, &key);
	d = bpf_map_lookup_elem(&deny, &key);
	if (!d || d->until_ns <= pkt_now(p))
		return 0;
	p->denied_at = d->level;
	if (!(d->packets | d->passed))
		deny_note(p, &key);
	switch (d->level) {
	case CORDON_LEVEL_CUT:
		if (kind == CORDON_DENY_MAC && st && !p->is_marked)
			deny_index_drain(st, cordon_deny_hash(p->seed, &key), d);
		return deny_drop(p, d, kind,
				 kind == CORDON_DENY_FLOW ? CORDON_REASON_FLOW_DENIED
							  : CORDON_REASON_QUARANTINE);
	case CORDON_LEVEL_LIMIT:
		return p->is_marked || level_pay(p, d) ? deny_pass(p, d) : deny_drop(p, d, kind, CORDON_REASON_LIMITED);
	case CORDON_LEVEL_LOCAL:
	case CORDON_LEVEL_UPDATE:
		p->level = d->level;
		p->level_kind = (__u8)kind;
		return 0;
	case CORDON_LEVEL_WATCH:
		p->is_watched = 1;
		return deny_pass(p, d);
	default:
		return 0;
	}
}

/* local and update: the network header has told the other end. Return: 1 drop */
__weak __noinline int deny_judge_level(void)
{
	struct scratch *s = scratch_get();
	struct cordon_deny_key key = {};
	struct cordon_deny *d;
	struct pkt *p;

	if (!s)
		return 0;
	p = &s->p;
	deny_key(p, p->level_kind, &key);
	d = bpf_map_lookup_elem(&deny, &key);
	if (!d)
		return 0;
	return level_may_pass(p) ? deny_pass(p, d)
				 : deny_drop(p, d, p->level_kind, CORDON_REASON_RESTRICTED);
}

static __always_inline int deny_look(struct pkt *p, __u8 kind)
{
	struct cordon_deny_key key = {};
	struct cordon_deny_filter *f;
	__u32 zero = 0, bit;

	f = bpf_map_lookup_elem(&deny_filter, &zero);
	if (!f)
		return 0;
	deny_key(p, kind, &key);
	bit = (__u32)cordon_deny_hash(p->seed, &key) & (CORDON_DENY_FILTER_BITS - 1);
	if (!(f->bits[bit >> 3] >> (bit & 7) & 1))
		return 0;
	return deny_judge(kind);
}

/* does it try to escape by a tag, or by none? Asked only while such entries exist. */
static __always_inline int stage_deny_tags(struct pkt *p)
{
	struct cordon_state *st = state_get();

	if (!st)
		return 0;
	if (st->deny_tagged && p->tags && deny_look(p, CORDON_DENY_TAGGED))
		return 1;
	return st->deny_every && deny_look(p, CORDON_DENY_EVERY);
}

/* a MAC of all zeros is none; a group address is no device */
static __always_inline int stage_deny(struct pkt *p)
{
	__u64 mac;

	if (p->facts.role != CORDON_ROLE_DEVICE || !p->l3_off)
		return 0;
	/* the MAC, without the zone behind it */
	mac = *(const __u64 *)p->facts.mac << 16 >> 16;
	if (!mac || (!p->facts.from_device && mac & 1))
		return 0;
	if (p->is_marked) /* asked of every one, denied or not */
		(void)guard_check(p, CORDON_DENY_MAC, p->facts.mac);
	return deny_look(p, CORDON_DENY_MAC) || stage_deny_tags(p);
}

static __always_inline int stage_deny_addr(struct pkt *p)
{
	struct cordon_state *st = state_get();

	if (p->is_marked && p->ip_version)
		(void)stage_guard(p, CORDON_DENY_ADDR);
	if (st && st->deny_addrs && p->ip_version && deny_look(p, CORDON_DENY_ADDR))
		return 1;
	return p->level ? deny_judge_level() : 0;
}

static __always_inline int stage_deny_flow(struct pkt *p)
{
	struct cordon_state *st = state_get();

	if (!st || !st->deny_flows || !p->facts.flow_id)
		return 0;
	return deny_look(p, CORDON_DENY_FLOW);
}

#endif
