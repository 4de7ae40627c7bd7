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

static __always_inline void emit_hdr(struct cordon_event_hdr *h, struct pkt *p, __u16 kind,
				     __u32 size)
{
	h->ts_ns = pkt_now(p);
	h->size = size;
	h->kind = kind;
	h->abi = CORDON_ABI_VERSION;
}

static __always_inline void emit_head(struct cordon_event_pkt *e, struct pkt *p, __u32 kind,
				      __u32 cap)
{
	emit_hdr(&e->hdr, p, (__u16)kind, sizeof(*e) + cap);
	e->facts = p->facts;
	e->reasons = p->reasons;
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
	e->flags = p->is_drop ? 0 : CORDON_PKT_INSPECT;
	e->verdict = p->is_drop;
	__builtin_memset(e->pad, 0, sizeof(e->pad));
}

#define EMIT_LEAST 14 /* bytes of an Ethernet header */

/*
 * One size class: @room bytes of record, of which the frame takes what it needs.
 * No frame is shorter than its Ethernet header; a test against 14 also gives 6.1 a lower bound, one
 * against 0 does not.
 */
#define EMIT_CLASS(name, room)                                                                     \
	__noinline int HOOK(name)(hook_ctx * ctx, __u32 kind, __u32 flags, __u32 cap)              \
	{                                                                                          \
		struct scratch *s = scratch_get();                                                 \
		struct cordon_event_pkt *e;                                                        \
                                                                                                   \
		if (!s)                                                                            \
			return 0;                                                                  \
		e = bpf_ringbuf_reserve(&events, room, 0);                                         \
		if (!e) {                                                                          \
			emit_lost(&s->p);                                                          \
			return 0;                                                                  \
		}                                                                                  \
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
		return 1;                                                                          \
	}

EMIT_CLASS(emit_512, 512)
EMIT_CLASS(emit_2048, 2048)
EMIT_CLASS(emit_16k, 16384)
EMIT_CLASS(emit_66k, sizeof(struct cordon_event_pkt) + CORDON_FRAME_MAX)

static __always_inline int emit_frame(hook_ctx *ctx, __u32 kind, __u32 flags, __u32 cap)
{
	__u32 need;

	if (cap > 0xffff) /* the load helpers refuse more: the record is marked short */
		cap = 0xffff;
	need = cap + sizeof(struct cordon_event_pkt);

	if (need <= 512)
		return HOOK(emit_512)(ctx, kind, flags, cap);
	if (need <= 2048)
		return HOOK(emit_2048)(ctx, kind, flags, cap);
	if (need <= 16384)
		return HOOK(emit_16k)(ctx, kind, flags, cap);
	return HOOK(emit_66k)(ctx, kind, flags, cap);
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

/* the name in s->name */
__weak __noinline int emit_name(void)
{
	struct scratch *s = scratch_get();
	struct cordon_event_name *e;
	struct pkt *p;

	if (!s)
		return 0;
	p = &s->p;
	count(CORDON_COUNTER_NAMES, 1);
	facts_fill(p);
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		emit_lost(p);
		return 0;
	}
	emit_hdr(&e->hdr, p, CORDON_EVENT_NAME, sizeof(*e));
	e->facts = p->facts;
	e->indicator = p->name_indicator;
	e->generation = p->name_generation;
	e->qtype = s->name.qtype;
	e->txid = s->name.txid;
	e->source = p->name_source;
	e->len = (__u8)s->name.len;
	e->action = p->name_action;
	e->pad[0] = 0;
	for (__u32 i = 0; i < sizeof(e->name);
	     i += 8) /* words: a copy of bytes becomes 256 loads */
		*(__u64 *)(e->name + i) = *(const __u64 *)(s->name.text + i);
	emit_submit(e);
	return 1;
}

#endif
