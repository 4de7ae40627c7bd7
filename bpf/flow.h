/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The flow table: buckets of four records, found by a keyed hash. Not an LRU
 * hash: an insert there costs ten times a look-up, and it forgets in silence.
 * Here whoever is evicted while inspected is remembered in lost_ns, so that
 * the rest of that flow is suspect.
 */
#ifndef BPF_FLOW_H
#define BPF_FLOW_H

#include <linux/in.h>

#include "device.h"
#include "pkt.h"

#define TCP_FAR (1 << 30) /* TCP's window is below 2^30 (RFC 7323 section 2.3) */
#define FLOW_BUSY 1ULL /* a record being rewritten; no key is odd */

static __always_inline struct cordon_flow *flow_at(__u32 slot)
{
	__u32 bucket = slot / CORDON_FLOW_WAYS & cordon_config.flow_buckets_mask;
	struct cordon_flow_bucket *b;

	if (slot == NO_SLOT)
		return NULL;
	b = bpf_map_lookup_elem(&flows, &bucket);
	if (!b)
		return NULL;
	hide(b);
	return &b->way[slot & (CORDON_FLOW_WAYS - 1)];
}

static __always_inline __u32 flow_bucket(__u64 key)
{
	return (__u32)(key >> 32) & cordon_config.flow_buckets_mask;
}

/* of about a second, for last_ns of a flow that nothing else happens to; costs no call */
static __always_inline __u32 flow_tick(void)
{
	struct cordon_state *st;

	if (!cordon_config.replay)
		return (__u32)(bpf_jiffies64() >> 8);
	st = state_get();
	return st ? (__u32)(st->now_ns >> 30) : 0;
}

/* a frame in the units of struct cordon_dir.sent, to the next: of many the sum is right */
static __always_inline __u32 flow_sent_units(__u32 bytes)
{
	return (bytes + (1 << (CORDON_SENT_SHIFT - 1))) >> CORDON_SENT_SHIFT;
}

/* a packet that the walk sees of this flow; the first one in a second is told */
static __always_inline void flow_touch(struct pkt *p, struct cordon_flow *f)
{
	__u32 tick = flow_tick();

	p->is_tick = f->tick != tick;
	f->last_ns = p->now_ns;
	f->tick = tick;
}

static __always_inline void flow_set(struct cordon_flow *f, __u32 bits)
{
	if ((f->flags & bits) != bits)
		__sync_fetch_and_or(&f->flags, bits);
}

static __always_inline void flow_strange(struct pkt *p, struct cordon_flow *f, __u32 reason)
{
	suspect(p, reason);
	p->is_strange = 1;
	flow_set(f, CORDON_FLOW_STRANGE);
}

static __always_inline __u64 flow_be64(const __u8 *b)
{
	return __builtin_bswap64(cordon_load64(b));
}

/* is the sender the higher end, by (address, port)? Without branches on data the verifier would
 * follow. */
static __always_inline __u8 flow_src_is_high(const struct pkt *p)
{
	__u64 s0 = flow_be64(p->facts.saddr), d0 = flow_be64(p->facts.daddr);
	__u64 s1 = flow_be64(p->facts.saddr + 8), d1 = flow_be64(p->facts.daddr + 8);

	if (s0 != d0)
		return s0 > d0;
	if (s1 != d1)
		return s1 > d1;
	return p->sport > p->dport;
}

static __always_inline void flow_key(struct pkt *p)
{
	__u64 link = p->facts.proto | (__u64)p->facts.vlan << 8 | (__u64)p->facts.zone << 24;
	__u32 high = flow_src_is_high(p) & 1, ports;

	p->src_is_high = (__u8)high;
	hide(high); /* else a branch, and the hash twice */
	high &= 1;
	ports = ((__u32)p->sport << 16 | p->dport) >> 16 * high | (__u32)p->dport << 16 * high;
	p->key = cordon_flow_hash(p->seed, p->facts.saddr + 16 * high, p->facts.daddr - 16 * high, ports, link);
}

/* slot of the record with this packet's key, or NO_SLOT */
static __always_inline __u32 flow_find(const struct pkt *p)
{
	__u32 bucket = flow_bucket(p->key), slot = NO_SLOT;
	struct cordon_flow_bucket *b = bpf_map_lookup_elem(&flows, &bucket);

	if (!b)
		return NO_SLOT;
	for (__u32 i = 0; i < CORDON_FLOW_WAYS; i++)
		if (b->way[i].key == p->key)
			slot = bucket * CORDON_FLOW_WAYS + i;
	return slot;
}

static __always_inline __u64 flow_idle_ns(__u8 proto)
{
	return proto == IPPROTO_TCP ? CORDON_TCP_IDLE_NS : CORDON_UDP_IDLE_NS;
}

static __always_inline int flow_is_dead(const struct cordon_flow *f)
{
	__u32 fins = CORDON_FLOW_FIN0 | CORDON_FLOW_FIN1;

	return (f->flags & fins) == fins || f->flags & CORDON_FLOW_RST;
}

/* would losing this record lose sight of bytes a rule may need? */
static __always_inline int flow_is_inspected(const struct cordon_flow *f, __u64 now)
{
	__u32 depths = CORDON_FLOW_DEPTH0 | CORDON_FLOW_DEPTH1;

	if (f->proto != IPPROTO_TCP || f->flags & (CORDON_FLOW_CLEARED | CORDON_FLOW_NO_STREAM))
		return 0;
	return (f->flags & depths) != depths && !flow_is_dead(f) &&
	       f->last_ns + CORDON_TCP_IDLE_NS > now;
}

/* the way to use for a new record: the same key's, a free one, an idle one, the oldest */
static __always_inline __u32 flow_victim(const struct cordon_flow_bucket *b, const struct pkt *p)
{
	__u64 best = ~0ULL;
	__u32 way = 0;

	for (__u32 i = 0; i < CORDON_FLOW_WAYS; i++) {
		const struct cordon_flow *f = &b->way[i];
		__u64 age = f->last_ns + 3;

		if (f->key == p->key)
			age = 0;
		else if (!f->key)
			age = 1;
		else if (f->last_ns + flow_idle_ns(f->proto) < p->now_ns)
			age = 2;
		if (age < best) {
			best = age;
			way = i;
		}
	}
	return way;
}

static __always_inline void flow_clear(struct cordon_flow *f, const struct pkt *p)
{
	f->last_ns = p->now_ns;
	f->first_ns = p->now_ns;
	f->tick = flow_tick();
	f->slot = 0;
	f->flags = 0;
	f->threat_gen = 0;
	f->app = CORDON_APP_UNDECIDED;
	f->proto = p->facts.proto;
	f->triggers = f->relaxed = 0;
	f->indicator = 0;
	f->tiny[0] = f->tiny[1] = 0;
	f->sent_pkts = 0;
	f->sent_tick[0] = f->sent_tick[1] = (__u8)f->tick;
	f->action = 0;
	f->held = f->let_go = f->ends = 0;
	__builtin_memset(f->d, 0, sizeof(f->d));
}

/*
 * flow_insert() - a record for this packet's key
 * @swap: the initiator is the higher end
 * Return: its slot; NO_SLOT when another processor took the place (reason RACE).
 */
__weak __noinline __u32 flow_insert(__u32 swap)
{
	struct scratch *s = scratch_get();
	struct cordon_flow_bucket *b;
	struct cordon_flow *f;
	__u32 bucket, way;
	__u64 old, *lost;
	struct pkt *p;

	if (!s)
		return NO_SLOT;
	p = &s->p;
	bucket = flow_bucket(p->key);
	b = bpf_map_lookup_elem(&flows, &bucket);
	if (!b)
		return NO_SLOT;
	way = flow_victim(b, p) & (CORDON_FLOW_WAYS - 1);
	f = &b->way[way];
	old = f->key;
	if (old && old != p->key && flow_is_inspected(f, p->now_ns)) {
		lost = bpf_map_lookup_elem(&lost_ns, &bucket);
		if (lost)
			*lost = p->now_ns;
		count(CORDON_COUNTER_FLOWS_EVICTED, 1);
	}
	if (__sync_val_compare_and_swap(&f->key, old, FLOW_BUSY) != old) {
		suspect(p, CORDON_REASON_RACE);
		return NO_SLOT;
	}
	flow_clear(f, p);
	/* the initiator is the device: the sender is the one as much as it is the other */
	if ((p->src_is_high == (swap & 1)) == p->facts.from_device || (p->both_home))
		f->flags = CORDON_FLOW_FROM_DEVICE;
	f->flags |= swap & 1 ? CORDON_FLOW_SWAP : 0;
	f->key = p->key;
	count(CORDON_COUNTER_FLOWS_NEW, 1);
	device_touch(DEVICE_FLOW);
	return bucket * CORDON_FLOW_WAYS + way;
}

static __always_inline __u8 flow_dir(const struct pkt *p, const struct cordon_flow *f)
{
	return p->src_is_high == !!(f->flags & CORDON_FLOW_SWAP) ? CORDON_TO_SERVER
								 : CORDON_TO_CLIENT;
}

/* the direction of a packet of this flow, and what follows from it */
static __always_inline void flow_orient(struct pkt *p, const struct cordon_flow *f)
{
	p->facts.dir = flow_dir(p, f);
	if (p->both_home)
		p->facts.from_device = p->facts.dir == CORDON_TO_SERVER;
}

/* application of a direction, as gates see it */
static __always_inline __u8 flow_app(const struct cordon_flow *f, __u8 dir)
{
	const __u32 both = CORDON_FLOW_FAILED0 | CORDON_FLOW_FAILED1;

	if (f->app)
		return f->app;
	if ((f->flags & both) == both)
		return CORDON_APP_NEVER;
	return f->flags & (dir ? CORDON_FLOW_FAILED1 : CORDON_FLOW_FAILED0) ? CORDON_APP_NONE
									    : CORDON_APP_UNDECIDED;
}

/* with both its directions, whatever comes */
static __always_inline int flow_is_suspect(const struct cordon_flow *f)
{
	return f->flags & (CORDON_FLOW_STRANGE | CORDON_FLOW_WATCH) || f->triggers != f->relaxed;
}

static __always_inline int flow_is_followed(const struct cordon_flow *f, __u8 dir)
{
	return f->flags & (dir ? CORDON_FLOW_ALWAYS1 : CORDON_FLOW_ALWAYS0) || flow_is_suspect(f);
}

/* the flow's part of @facts, as it is now */
static __always_inline void facts_of_flow(struct cordon_facts *facts, const struct cordon_flow *f,
					  __u64 key)
{
	facts->flow_id = cordon_flow_id(key, f->first_ns);
	facts->flow_flags = f->flags;
	facts->app = f->app;
	facts->triggers = f->triggers;
	for (int i = 0; i < 2; i++) {
		facts->base_seq[i] = f->d[i].base_seq;
		facts->synced[i] = f->d[i].synced;
	}
}

static __always_inline void facts_fill(struct pkt *p)
{
	struct cordon_flow *f = flow_at(p->facts.flow_slot);

	if (f)
		facts_of_flow(&p->facts, f, p->key);
}

#endif
