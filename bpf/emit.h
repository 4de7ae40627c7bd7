/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Records into the ring. Ring memory is reserved in a few constant sizes; the
 * record says its true length. A full ring loses the newest record, counted,
 * and never changes a verdict.
 */
#ifndef BPF_EMIT_H
#define BPF_EMIT_H

#include "flow.h"
#include "pkt.h"

static __always_inline void emit_lost(struct pkt *p)
{
	count(CORDON_COUNTER_LOST, 1);
	because(p, CORDON_REASON_RING_FULL);
}

/* a replay reads the ring after each packet: nobody is to be woken, which would cost more than all
 * the rest of the packet */
static __always_inline void emit_submit(void *e)
{
	bpf_ringbuf_submit(e, cordon_config.replay ? BPF_RB_NO_WAKEUP : 0);
}

/* this packet's device's; never NULL in practice */
static __always_inline struct cordon_budget *emit_budget(const struct pkt *p)
{
	struct cordon_device_key key = {};
	__u32 at;

	device_key(p, &key);
	at = cordon_budget_of(p->seed, &key);
	return bpf_map_lookup_elem(&budgets, &at);
}

/* emit_may() of a ring that is half full, or more: of @used bytes */
__weak __noinline int emit_share(__u32 room, __u64 used)
{
	__u64 size = cordon_config.ring_bytes, window, share;
	struct scratch *s = scratch_get();
	struct cordon_budget *b;

	if (!s || size < 8)
		return 1;
	b = emit_budget(&s->p);
	if (!b)
		return 1;
	window = bpf_ringbuf_query(&events, BPF_RB_PROD_POS) / (size / 8);
	if (b->window != window) {
		b->window = window;
		b->bytes = 0;
	}
	share = used < size - size / 4 ? size / 16 : size / 256;
	if (b->bytes && b->bytes + room > share) {
		__sync_fetch_and_add(&b->shed, 1);
		count(CORDON_COUNTER_SHED, 1);
		because(&s->p, CORDON_REASON_SHED);
		return 0;
	}
	b->bytes += room;
	return 1;
}

/*
 * emit_may() - is there room in the ring for @room bytes of this device?
 * While the ring is less than half full: yes. Then each device may take its
 * share of every eighth of the ring that is written, a small one when little
 * is left: who is loud waits, who is quiet is heard. Counted where refused.
 */
static __always_inline int emit_may(__u32 room)
{
	__u64 used = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);

	return used < cordon_config.ring_bytes / 2 || emit_share(room, used);
}

static __always_inline void emit_hdr(struct cordon_event_hdr *h, struct pkt *p, __u16 kind,
				     __u32 size)
{
	h->ts_ns = pkt_now(p);
	h->size = size;
	h->kind = kind;
	h->abi = CORDON_ABI_VERSION;
}

/* what the prefilter and this record took so far; never 0 of a packet that is timed */
static __always_inline __u32 emit_spent(const struct pkt *p)
{
	return p->timed_ns ? (__u32)(bpf_ktime_get_ns() - p->timed_ns) | 1 : 0;
}

static __always_inline void emit_head(struct cordon_event_pkt *e, struct pkt *p, __u32 kind,
				      __u32 cap)
{
	emit_hdr(&e->hdr, p, (__u16)kind, sizeof(*e) + cap);
	e->facts = p->facts;
	e->reasons = p->reasons;
	e->literal = p->literal;
	e->indicator = p->indicator;
	e->generation = p->generation;
	e->action = p->action;
	/* other names have a record of their own */
	if (kind == CORDON_EVENT_FIRST && p->name_indicator && p->name_source == CORDON_NAME_HOST) {
		e->indicator = p->name_indicator;
		e->generation = p->name_generation;
		e->action = p->name_action;
	}
	e->wire_len = p->wire_len;
	e->cap_len = cap;
	e->seq = p->seq;
	e->ack = p->ack;
	e->payload_len = p->payload_len;
	e->l3_off = p->l3_off;
	e->l4_off = p->is_fragment == 2 ? 0 : p->l4_off;
	e->payload_off = p->payload_off;
	e->window = p->window;
	e->tcp_flags = p->tcp_flags;
	e->ip_version = p->ip_version;
	e->flags = (p->is_drop ? 0 : CORDON_PKT_INSPECT) | (p->is_probe ? CORDON_PKT_PROBE : 0);
	e->verdict = p->is_drop ? 1 : p->is_held ? 2 : 0;
	e->held = p->held;
	e->led = p->is_led;
	e->pad[0] = 0;
	e->ticket = p->ticket;
	e->spent_ns = emit_spent(p);
	e->pad2 = 0;
}

#define EMIT_LEAST 14 /* bytes of an Ethernet header */

/*
 * One size class: @room bytes of record, of which the frame takes what it needs.
 * No frame is shorter than its Ethernet header; a test against 14 also gives 6.1 a lower bound, one
 * against 0 does not.
 */
#define EMIT_CLASS(name, ring, room)                                                                   \
	__noinline int HOOK(name)(hook_ctx * ctx, __u32 kind, __u32 flags, __u32 cap)              \
	{                                                                                          \
		struct scratch *s = scratch_get();                                                 \
		struct cordon_event_pkt *e;                                                        \
                                                                                                   \
		if (!s)                                                                            \
			return 0;                                                                  \
		e = bpf_ringbuf_reserve(&ring, room, 0);                                           \
		if (!e)                                                                            \
			return 0;                                                                  \
		if (cap > (room) - sizeof(*e))                                                     \
			cap = (room) - sizeof(*e);                                                 \
		if (cap < EMIT_LEAST || hook_load(ctx, 0, e->data, cap)) {                         \
			because(&s->p, CORDON_REASON_COPY_FAILED);                                 \
			cap = 0;                                                                   \
		}                                                                                  \
		emit_head(e, &s->p, kind, cap);                                                    \
		if (s->p.wire_len > cap)                                                           \
			e->flags |= CORDON_PKT_SHORT;                                              \
		e->flags |= flags;                                                                 \
		emit_submit(e);                                                                    \
		return s->p.wire_len == cap ? 2 : 1;                                               \
	}

EMIT_CLASS(emit_512, events, 512)
EMIT_CLASS(emit_2048, events, 2048)
EMIT_CLASS(emit_16k, events, 16384)
EMIT_CLASS(emit_66k, events, sizeof(struct cordon_event_pkt) + CORDON_FRAME_MAX)
EMIT_CLASS(hold_2048, held, 2048)
EMIT_CLASS(hold_66k, held, sizeof(struct cordon_event_pkt) + CORDON_FRAME_MAX)

/* the load helpers refuse more: the record is marked short */
static __always_inline __u32 emit_cap(__u32 cap)
{
	return cap > 0xffff ? 0xffff : cap;
}

static __always_inline int emit_frame(hook_ctx *ctx, __u32 kind, __u32 flags, __u32 cap)
{
	__u32 need;
	int r;

	cap = emit_cap(cap);
	need = cap + sizeof(struct cordon_event_pkt);
	if (!emit_may(need))
		return 0;
	if (need <= 512)
		r = HOOK(emit_512)(ctx, kind, flags, cap);
	else if (need <= 2048)
		r = HOOK(emit_2048)(ctx, kind, flags, cap);
	else if (need <= 16384)
		r = HOOK(emit_16k)(ctx, kind, flags, cap);
	else
		r = HOOK(emit_66k)(ctx, kind, flags, cap);
	if (!r) {
		struct scratch *s = scratch_get();

		if (s)
			emit_lost(&s->p);
	}
	return r;
}

/* 1: the packet is in the ring of held ones, all of it */
static __always_inline int emit_held(hook_ctx *ctx, __u32 len)
{
	__u32 cap = emit_cap(len);

	if (cap + sizeof(struct cordon_event_pkt) <= 2048)
		return HOOK(hold_2048)(ctx, CORDON_EVENT_PKT, 0, cap) == 2;
	return HOOK(hold_66k)(ctx, CORDON_EVENT_PKT, 0, cap) == 2;
}

/*
 * emit_pkt() - this packet, whole
 * @stream: its payload belongs to the stream and is given now
 */
static __always_inline void emit_pkt(hook_ctx *ctx, struct pkt *p, int stream)
{
	if (!cordon_config.full) {
		count(CORDON_COUNTER_SUSPECT_PACKETS, 1);
		count(CORDON_COUNTER_SUSPECT_BYTES, p->wire_len);
	}
	facts_fill(p);
	emit_frame(ctx, CORDON_EVENT_PKT, stream && !p->is_drop ? CORDON_PKT_STREAM : 0,
		   p->frame_len);
}

/* first payload of a direction, or the start of an HTTP request, for the recogniser */
static __always_inline void emit_first(hook_ctx *ctx, struct pkt *p)
{
	__u32 cap = p->payload_off + CORDON_FIRST_BYTES;

	count(CORDON_COUNTER_RECOGNISED, 1);
	facts_fill(p);
	emit_frame(ctx, CORDON_EVENT_FIRST, 0, cap < p->frame_len ? cap : p->frame_len);
}

/* may this device say who it is once more? (GCRA, as level limit) */
__weak __noinline int emit_identity_may(void)
{
	struct scratch *s = scratch_get();
	struct cordon_budget *b;
	__u64 now, from;

	if (!s)
		return 0;
	b = emit_budget(&s->p);
	if (!b)
		return 0;
	now = pkt_now(&s->p);
	from = b->identity_due_ns > now ? b->identity_due_ns : now;
	if (from - now > CORDON_IDENTITY_BURST * CORDON_IDENTITY_NS)
		return 0;
	b->identity_due_ns = from + CORDON_IDENTITY_NS;
	return 1;
}

/* who the device says it is, as far as user space reads it */
static __always_inline void emit_identity(hook_ctx *ctx, struct pkt *p)
{
	__u32 cap = 128 + CORDON_FIRST_BYTES;

	if (!emit_identity_may())
		return;
	count(CORDON_COUNTER_IDENTITIES, 1);
	emit_frame(ctx, CORDON_EVENT_IDENTITY, 0, cap < p->frame_len ? cap : p->frame_len);
}

static __always_inline void emit_name_fill(struct cordon_event_name *e, struct scratch *s, __u32 room)
{
	struct pkt *p = &s->p;

	emit_hdr(&e->hdr, p, CORDON_EVENT_NAME, CORDON_EVENT_NAME_BYTES((__u8)s->name.len));
	e->facts = p->facts;
	e->indicator = p->name_indicator;
	e->generation = p->name_generation;
	e->qtype = s->name.qtype;
	e->txid = s->name.txid;
	e->source = p->name_source;
	e->len = (__u8)s->name.len;
	e->action = p->name_action;
	e->pad[0] = 0;
	for (__u32 i = 0; i < room; i += 8) /* words: a copy of bytes becomes 256 loads */
		*(__u64 *)(e->name + i) = *(const __u64 *)(s->name.text + i);
}

/* nearly all names are shorter; a longer one takes the whole record */
#define EMIT_NAME_SHORT 64

/* the name in s->name; 0: not told, and that is counted */
__weak __noinline int emit_name(void)
{
	struct scratch *s = scratch_get();
	struct cordon_event_name *e;
	__u32 room;

	if (!s)
		return 0;
	count(CORDON_COUNTER_NAMES, 1);
	facts_fill(&s->p);
	room = s->name.len <= EMIT_NAME_SHORT ? EMIT_NAME_SHORT : sizeof(e->name);
	if (!emit_may(CORDON_EVENT_NAME_BYTES(room)))
		return 0;
	if (room == EMIT_NAME_SHORT) {
		e = bpf_ringbuf_reserve(&events, CORDON_EVENT_NAME_BYTES(EMIT_NAME_SHORT), 0);
		if (e)
			emit_name_fill(e, s, EMIT_NAME_SHORT);
	} else {
		e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
		if (e)
			emit_name_fill(e, s, sizeof(e->name));
	}
	if (!e) {
		emit_lost(&s->p);
		return 0;
	}
	emit_submit(e);
	return 1;
}

#endif
