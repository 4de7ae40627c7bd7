/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The flight recorder: the last CORDON_WINDOW bytes of each direction of a TCP
 * stream that user space has not been given, so that it learns what came
 * before a suspicion. A ticket is slot number and generation in one; the
 * oldest slot is taken over, and what it held of a live flow goes up first.
 */
#ifndef BPF_RECORDER_H
#define BPF_RECORDER_H

#include "emit.h"
#include "flow.h"

static __always_inline struct cordon_slot *recorder_slot(const struct cordon_flow *f)
{
	__u32 at = (__u32)(f->slot - 1) & cordon_config.rec_slots_mask;

	return f->slot ? bpf_map_lookup_elem(&recorder, &at) : NULL;
}

static __always_inline int recorder_has_unsynced(const struct cordon_flow *f)
{
	return f->d[0].off != f->d[0].synced || f->d[1].off != f->d[1].synced;
}

static __always_inline void recorder_synced(struct cordon_flow *f)
{
	for (int i = 0; i < 2; i++) {
		f->d[i].synced = f->d[i].off;
		f->d[i].pkts = 0;
	}
}

/* what of a direction the ring still holds */
static __always_inline void hist_part(struct cordon_event_hist *e, const struct cordon_flow *f,
				      int dir)
{
	const struct cordon_dir *d = &f->d[dir];
	__u32 start = d->synced;

	if (d->off - start > CORDON_WINDOW)
		start = d->off - CORDON_WINDOW;
	e->start[dir] = start;
	e->len[dir] = d->off - start;
	e->pkts[dir] = d->pkts;
}

static __always_inline void hist_copy(struct cordon_event_hist *e, const struct cordon_slot *slot)
{
	const __u64 *from = (const __u64 *)slot->ring;
	__u64 *to = (__u64 *)e->data;

	for (__u32 i = 0; i < 2 * CORDON_WINDOW / 8; i += 8)
		for (__u32 j = 0; j < 8; j++)
			to[i + j] = from[i + j];
}

/* a slot that is no longer this flow's: what it held is lost */
static __always_inline void recorder_stolen(struct pkt *p, struct cordon_flow *f)
{
	count(CORDON_COUNTER_SLOTS_STOLEN, 1);
	f->slot = 0;
	if (!recorder_has_unsynced(f))
		return;
	flow_strange(p, f, CORDON_REASON_RECORDER);
}

static __always_inline int hist_fill(struct cordon_event_hist *e, const struct cordon_slot *slot,
				     const struct cordon_flow *f)
{
	__u64 owner = f->slot;

	if (slot->owner != owner)
		return 0;
	hist_part(e, f, 0);
	hist_part(e, f, 1);
	hist_copy(e, slot);
	/* taken over while it was copied? then it is another flow's */
	return slot->owner == owner;
}

static __always_inline void hist_submit(struct cordon_event_hist *e, const struct cordon_flow *f)
{
	count(CORDON_COUNTER_SUSPECT_PACKETS, f->d[0].pkts + f->d[1].pkts);
	count(CORDON_COUNTER_SUSPECT_BYTES, e->len[0] + e->len[1]);
	emit_submit(e);
}

/*
 * emit_hist() - the bytes recorded so far, once; after it user space has all of the stream up to
 * this packet. Under `full` it had them before: only the record's state moves on, so that a flow
 * lives the same life with and without.
 */
__weak __noinline int emit_hist(void)
{
	struct scratch *s = scratch_get();
	struct cordon_event_hist *e;
	int may;
	struct cordon_slot *slot;
	struct cordon_flow *f;
	struct pkt *p;

	if (!s)
		return 0;
	p = &s->p;
	f = flow_at(p->facts.flow_slot);
	if (!f || !recorder_has_unsynced(f) || !f->slot)
		return 0;
	slot = recorder_slot(f);
	if (!slot)
		return 0;
	facts_fill(p);
	if (cordon_config.full) {
		if (slot->owner != f->slot)
			recorder_stolen(p, f);
		recorder_synced(f);
		return 0;
	}
	may = emit_may(sizeof(*e));
	e = may ? bpf_ringbuf_reserve(&events, sizeof(*e), 0) : NULL;
	if (!e) {
		if (may)
			emit_lost(p);
	} else if (!hist_fill(e, slot, f)) {
		bpf_ringbuf_discard(e, 0);
		recorder_stolen(p, f);
	} else {
		emit_hdr(&e->hdr, p, CORDON_EVENT_HIST, sizeof(*e));
		e->facts = p->facts;
		e->reasons = p->reasons;
		hist_submit(e, f);
	}
	recorder_synced(f);
	return 0;
}

/* would nobody ask for what came before? Ended so long ago that user space has let go of it as well, or encrypted */
static __always_inline int recorder_is_past(const struct cordon_flow *f, __u64 now)
{
	__u64 keep_ns = flow_is_dead(f) ? CORDON_CLOSED_NS : CORDON_TCP_IDLE_NS;

	return f->flags & CORDON_FLOW_CLEARED || f->last_ns + keep_ns < now;
}

/*
 * recorder_hand_over() - the slot at @at is about to be taken: what it holds of another flow goes
 * up first, so that a small recorder costs records and not sight. Without room in the ring that
 * flow is suspect without its history.
 */
__weak __noinline int recorder_hand_over(__u32 at)
{
	struct scratch *s = scratch_get();
	struct cordon_event_hist *e;
	struct cordon_slot *slot;
	struct cordon_flow *f;

	slot = bpf_map_lookup_elem(&recorder, &at);
	if (!s || !slot || !slot->owner)
		return 0;
	f = flow_at(slot->facts.flow_slot);
	if (!f || f->slot != slot->owner)
		return 0;
	if (recorder_has_unsynced(f) && !recorder_is_past(f, s->p.now_ns)) {
		count(CORDON_COUNTER_SLOTS_STOLEN, 1);
		e = cordon_config.full ? NULL : bpf_ringbuf_reserve(&events, sizeof(*e), 0);
		if (e && hist_fill(e, slot, f)) {
			emit_hdr(&e->hdr, &s->p, CORDON_EVENT_HIST, sizeof(*e));
			e->facts = slot->facts;
			facts_of_flow(&e->facts, f, f->key);
			e->reasons = CORDON_BIT(CORDON_REASON_RECORDER);
			hist_submit(e, f);
		} else if (e) {
			bpf_ringbuf_discard(e, 0);
		} else if (!cordon_config.full) {
			emit_lost(&s->p);
			flow_set(f, CORDON_FLOW_STRANGE);
		}
	}
	recorder_synced(f);
	f->slot = 0;
	return 0;
}

static __always_inline struct cordon_slot *recorder_take(struct pkt *p, struct cordon_flow *f)
{
	struct cordon_state *st = state_get();
	struct cordon_slot *slot;
	__u64 ticket;

	if (!st)
		return NULL;
	ticket = __sync_fetch_and_add(&st->ticket, 1);
	recorder_hand_over((__u32)ticket & cordon_config.rec_slots_mask);
	f->slot = ticket + 1;
	slot = recorder_slot(f);
	if (!slot)
		return NULL;
	slot->owner = f->slot;
	slot->facts = p->facts;
	return slot;
}

/*
 * recorder_write() - this packet's payload into the ring of its direction
 * Three pieces at most for a window: the copy helper takes CORDON_SCAN_BYTES,
 * and the ring wraps once. Of a longer payload only the end is kept.
 */
__noinline int HOOK(recorder_write)(hook_ctx *ctx)
{
	struct scratch *s = scratch_get();
	struct cordon_slot *slot;
	struct cordon_flow *f;
	__u32 n, x, from, base;
	struct pkt *p;

	if (!s)
		return 0;
	p = &s->p;
	f = flow_at(p->facts.flow_slot);
	if (!f)
		return 0;
	slot = f->slot ? recorder_slot(f) : recorder_take(p, f);
	if (slot && slot->owner != f->slot) {
		recorder_stolen(p, f);
		if (f->flags & CORDON_FLOW_STRANGE)
			return 0;
		slot = recorder_take(p, f);
	}
	if (!slot)
		return 0;
	n = p->payload_len;
	x = f->d[p->facts.dir & 1].off;
	from = p->payload_off;
	base = p->facts.dir ? CORDON_WINDOW : 0;
	if (n > CORDON_WINDOW) {
		x += n - CORDON_WINDOW;
		from += n - CORDON_WINDOW;
		n = CORDON_WINDOW;
	}
	for (int i = 0; i < 4; i++) {
		__u32 at = x & (CORDON_WINDOW - 1), m = CORDON_WINDOW - at;

		m = m < n ? m : n;
		m = m < CORDON_SCAN_BYTES ? m : CORDON_SCAN_BYTES;
		if (!m)
			break;
		m = some(m, CORDON_SCAN_BYTES - 1);
		if (hook_load(ctx, from, slot->ring + base + at, m)) {
			because(p, CORDON_REASON_COPY_FAILED);
			break;
		}
		x += m;
		from += m;
		n -= m;
	}
	if (slot->owner != f->slot)
		recorder_stolen(p, f);
	return 0;
}

#endif
