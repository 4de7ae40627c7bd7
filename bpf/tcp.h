/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * TCP as the flow table follows it: handshakes noted without a record, the
 * record begun by the first payload, and the order of each direction. What is
 * out of order makes the flow suspect for good. Nothing here trusts a segment
 * that the receiver may drop: a RST counts only at the expected number, and a
 * SYN that does not fit what follows makes that suspect (RFC 5961).
 */
#ifndef BPF_TCP_H
#define BPF_TCP_H

#include "flow.h"
#include "parse/l4.h"

#define TCP_DEAD_NS                                                                                \
	(60ULL * 1000000000ULL) /* a SYN on a record idle for longer begins a new life */

static __always_inline struct cordon_shake *tcp_shake(const struct pkt *p)
{
	__u32 at = (__u32)(p->key >> 8) & (CORDON_SHAKES - 1);

	return bpf_map_lookup_elem(&shakes, &at);
}

static __always_inline int tcp_shake_is(const struct cordon_shake *h, const struct pkt *p)
{
	return (h->key & ~1ULL) == p->key;
}

static __always_inline void tcp_note_syn(struct pkt *p)
{
	struct cordon_shake *h = tcp_shake(p);

	device_touch(p->facts.from_device ? DEVICE_SYN : 0);
	if (!h)
		return;
	/* once more, the same: what was answered stays answered */
	if (h->key == (p->key | p->src_is_high) && h->flags & CORDON_FLOW_SYNACK && h->isn == p->seq + 1)
		return;
	h->key = p->key | p->src_is_high;
	h->isn = p->seq + 1;
	h->isn_r = 0;
	h->flags = CORDON_FLOW_SYN;
	h->owner = p->facts.ifindex;
}

static __always_inline void tcp_note_synack(struct pkt *p)
{
	struct cordon_shake *h = tcp_shake(p);

	if (!h || h->key != (p->key | !p->src_is_high) || !(h->flags & CORDON_FLOW_SYN) || h->isn != p->ack)
		return;
	if (!(h->flags & CORDON_FLOW_SYNACK) && !p->facts.from_device)
		device_touch(DEVICE_ANSWERED);
	h->isn_r = p->seq + 1;
	h->flags |= CORDON_FLOW_SYNACK;
}

/* the handshake is complete once its ACK is past: what comes without data has no record to say so */
static __always_inline void tcp_note_ack(const struct pkt *p, struct cordon_shake *h)
{
	if (h->flags & CORDON_FLOW_SYNACK && p->facts.dir == CORDON_TO_SERVER &&
	    (p->tcp_flags & (L4_SYN | L4_ACK | L4_RST)) == L4_ACK)
		h->flags |= CORDON_FLOW_ESTABLISHED;
}

static __always_inline int tcp_has_base(const struct cordon_flow *f, __u8 dir)
{
	return !!(f->flags & (dir ? CORDON_FLOW_BASE1 : CORDON_FLOW_BASE0));
}

static __always_inline void tcp_base(struct cordon_flow *f, __u8 dir, __u32 seq)
{
	struct cordon_dir *d = &f->d[dir & 1];

	d->base_seq = seq;
	d->next_seq = seq;
	flow_set(f, dir ? CORDON_FLOW_BASE1 : CORDON_FLOW_BASE0);
}

/*
 * Initiator of a flow whose handshake was not seen: the first sender, unless
 * its port says server. Where such flows are not taken up (midstream off) it
 * is the first sender always, as in Suricata: its rules are then judged alike.
 * Return: 1: the higher end
 */
static __always_inline __u32 tcp_guess_swap(const struct pkt *p)
{
	int server = cordon_config.midstream && p->sport < 1024 && p->dport >= 1024;

	return server ? !p->src_is_high : p->src_is_high;
}

/* a packet without data or SYN begins no record: who sent it first is noted, where no handshake is */
static __always_inline void tcp_note_first(const struct pkt *p)
{
	struct cordon_shake *h = tcp_shake(p);

	if (!h || h->key || cordon_config.midstream)
		return;
	h->isn = h->isn_r = h->flags = 0;
	h->owner = p->facts.ifindex;
	h->key = p->key | p->src_is_high;
}

/* the client goes on although nobody was seen to answer: the server's packets go another way */
static __always_inline void tcp_one_sided(struct pkt *p, struct cordon_flow *f)
{
	because(p, CORDON_REASON_ONE_SIDED);
	if (cordon_config.async_oneside && p->tcp_flags & L4_ACK && flow_dir(p, f) == CORDON_TO_SERVER &&
	    p->seq == f->d[0].base_seq)
		f->flags |= CORDON_FLOW_ESTABLISHED;
}

/* a record from the handshake noted for this key */
static __always_inline struct cordon_flow *tcp_begin_shaken(struct pkt *p,
							    const struct cordon_shake *h)
{
	__u32 flags = h->flags, isn = h->isn, isn_r = h->isn_r;
	struct cordon_flow *f;

	p->facts.flow_slot = flow_insert(h->key & 1);
	f = flow_at(p->facts.flow_slot);
	if (!f)
		return NULL;
	f->flags |= CORDON_FLOW_SYN;
	tcp_base(f, 0, isn);
	if (flags & CORDON_FLOW_SYNACK) {
		f->flags |= CORDON_FLOW_SYNACK | CORDON_FLOW_ESTABLISHED;
		tcp_base(f, 1, isn_r);
	} else if (p->payload_len && !(p->tcp_flags & L4_SYN)) {
		tcp_one_sided(p, f);
	}
	return f;
}

/* a record for data whose handshake was not seen */
static __always_inline struct cordon_flow *tcp_begin_midstream(struct pkt *p, __u32 swap)
{
	__u32 bucket = flow_bucket(p->key);
	__u64 *lost = bpf_map_lookup_elem(&lost_ns, &bucket);
	int evicted = lost && *lost && *lost + CORDON_TCP_IDLE_NS > p->now_ns;
	struct cordon_flow *f;

	p->facts.flow_slot = flow_insert(swap);
	f = flow_at(p->facts.flow_slot);
	if (!f)
		return NULL;
	because(p, CORDON_REASON_MIDSTREAM);
	f->flags |= CORDON_FLOW_MIDSTREAM;
	if (evicted)
		flow_strange(p, f, CORDON_REASON_EVICTED);
	if (evicted || cordon_config.midstream)
		f->flags |= CORDON_FLOW_ESTABLISHED;
	else
		f->flags |= CORDON_FLOW_NO_STREAM;
	return f;
}

static __always_inline struct cordon_flow *tcp_begin(struct pkt *p)
{
	struct cordon_shake *h = tcp_shake(p);

	if (!h || !tcp_shake_is(h, p))
		return tcp_begin_midstream(p, tcp_guess_swap(p));
	if (!(h->flags & CORDON_FLOW_SYN))
		return tcp_begin_midstream(p, h->key & 1);
	return tcp_begin_shaken(p, h);
}

/* data in fragments begins a flow as any does: what is put together must find its stream */
__weak __noinline int tcp_fragment(void)
{
	struct scratch *s = scratch_get();

	if (s)
		tcp_begin(&s->p);
	return 0;
}

/*
 * A SYN. On a record of a dead flow: that record is freed. On a live one: a
 * new life as well, but suspect from its start. Return: the record, if one is to be used.
 */
static __always_inline struct cordon_flow *tcp_syn(struct pkt *p, struct cordon_flow *f)
{
	int dead = f && (flow_is_dead(f) || f->last_ns + TCP_DEAD_NS < p->now_ns);
	int live = f && !dead;

	if (live && tcp_has_base(f, 0) && f->d[0].base_seq == p->seq + 1 &&
	    flow_dir(p, f) == CORDON_TO_SERVER && !p->payload_len) {
		flow_strange(p, f, CORDON_REASON_OLD);
		return f;
	}
	if (dead)
		f->key = 0;
	p->facts.flow_slot = NO_SLOT;
	tcp_note_syn(p);
	if (!live && !p->payload_len)
		return NULL;
	f = tcp_begin(p);
	if (!f)
		return NULL;
	flow_strange(p, f, live ? CORDON_REASON_REUSE : CORDON_REASON_SYN_DATA);
	if (p->payload_len)
		because(p, CORDON_REASON_SYN_DATA);
	return f;
}

static __always_inline struct cordon_flow *tcp_synack(struct pkt *p, struct cordon_flow *f)
{
	__u8 dir;

	tcp_note_synack(p);
	if (!f && p->payload_len) {
		f = tcp_begin(p);
		if (f)
			flow_strange(p, f, CORDON_REASON_SYN_DATA);
		return f;
	}
	if (!f)
		return NULL;
	dir = flow_dir(p, f) & 1;
	if (!tcp_has_base(f, dir)) {
		tcp_base(f, dir, p->seq + 1);
		flow_set(f, CORDON_FLOW_SYNACK | CORDON_FLOW_ESTABLISHED);
	} else if (f->d[dir].base_seq != p->seq + 1) {
		flow_strange(p, f, CORDON_REASON_REUSE);
	}
	if (p->payload_len)
		flow_strange(p, f, CORDON_REASON_SYN_DATA);
	return f;
}

/*
 * Past the depth only one thing is asked: are these bytes from before its end?
 * Else junk that the receiver drops uses the depth up, and the true bytes
 * follow at the same numbers, unseen. The mark follows in steps, far behind.
 */
static __always_inline void tcp_past_depth(struct pkt *p, struct cordon_flow *f,
					   struct cordon_dir *d, __u32 seq)
{
	__s32 diff = (__s32)(seq - d->next_seq);

	if (!p->payload_len)
		return;
	if (diff < 0) {
		flow_strange(p, f, CORDON_REASON_OLD);
		p->is_stream = 1;
	} else if (diff > TCP_FAR) {
		d->next_seq += TCP_FAR / 2;
	}
}

/* a probe repeats nothing, or the last byte (RFC 9293 3.8.4); the byte must be the one seen, as far
 * as the carry tells */
static __always_inline int tcp_is_probe(hook_ctx *ctx, const struct pkt *p,
					const struct cordon_dir *d, __s32 diff)
{
	__u8 byte = 0;

	if (diff != -1 || p->payload_len > 1 || !d->off)
		return diff == -1 && !p->payload_len;
	if (!p->payload_len)
		return 1;
	if (hook_load(ctx, p->payload_off, &byte, 1))
		return 0;
	return (byte | 0x20) == (__u8)(d->carry >> 56);
}

static __always_inline void tcp_fin(struct pkt *p, struct cordon_flow *f, struct cordon_dir *d,
				    __s32 diff)
{
	__u32 fin = p->facts.dir ? CORDON_FLOW_FIN1 : CORDON_FLOW_FIN0;

	if (diff == -1 && f->flags & fin)
		return; /* sent again */
	if (diff)
		flow_strange(p, f, diff > 0 ? CORDON_REASON_GAP : CORDON_REASON_OLD);
	else
		d->next_seq++;
	flow_set(f, fin);
}

/* reasons that a payload in order may still be strange for */
static __always_inline void tcp_look(struct pkt *p, struct cordon_flow *f, __s32 diff)
{
	__u8 *tiny = &f->tiny[p->facts.dir & 1];

	if (diff)
		flow_strange(p, f, diff > 0 ? CORDON_REASON_GAP : CORDON_REASON_OLD);
	else if (f->flags & (p->facts.dir ? CORDON_FLOW_FIN1 : CORDON_FLOW_FIN0))
		flow_strange(p, f, CORDON_REASON_GAP);
	if (p->tcp_flags & L4_URG)
		flow_strange(p, f, CORDON_REASON_URGENT);
	if (p->payload_len >= CORDON_TINY_BYTES)
		*tiny = 0;
	else if (*tiny < CORDON_TINY_RUN && ++*tiny == CORDON_TINY_RUN)
		flow_strange(p, f, CORDON_REASON_TINY);
}

/* the expected number moves on; the loser of two processors in one direction is strange */
static __always_inline void tcp_advance(struct pkt *p, struct cordon_flow *f, struct cordon_dir *d,
					__u32 seq, __s32 diff)
{
	__u32 fin = p->tcp_flags & L4_FIN ? 1 : 0, n = p->payload_len, next = d->next_seq;
	__s32 ahead = diff + (__s32)n;

	if (ahead <= 0)
		return;
	if (__sync_val_compare_and_swap(&d->next_seq, next, seq + n + fin) != next) {
		flow_strange(p, f, CORDON_REASON_RACE);
		return;
	}
	p->advance = (__u32)ahead < n ? (__u32)ahead : n;
	p->is_in_order = !diff;
	if (fin)
		flow_set(f, p->facts.dir ? CORDON_FLOW_FIN1 : CORDON_FLOW_FIN0);
}

static __always_inline void tcp_first_of_dir(struct pkt *p, struct cordon_flow *f, __u32 seq)
{
	if (!(f->flags & CORDON_FLOW_MIDSTREAM))
		flow_strange(p, f, CORDON_REASON_MIDSTREAM);
	tcp_base(f, p->facts.dir, seq);
}

static __always_inline void tcp_order(hook_ctx *ctx, struct pkt *p, struct cordon_flow *f)
{
	struct cordon_dir *d = &f->d[p->facts.dir & 1];
	__u32 seq = p->seq + (p->tcp_flags & L4_SYN ? 1 : 0);
	__s32 diff;

	if (f->flags & CORDON_FLOW_NO_STREAM)
		return;
	if (!tcp_has_base(f, p->facts.dir) && (p->payload_len || p->tcp_flags & L4_FIN))
		tcp_first_of_dir(p, f, seq);
	diff = (__s32)(seq - d->next_seq);
	if (p->tcp_flags & L4_RST) {
		if (!diff || !tcp_has_base(f, p->facts.dir))
			flow_set(f, CORDON_FLOW_RST);
		else if (!(f->flags & (p->facts.dir ? CORDON_FLOW_DEPTH1 : CORDON_FLOW_DEPTH0)))
			flow_strange(p, f, diff > 0 ? CORDON_REASON_GAP : CORDON_REASON_OLD);
	}
	if (f->flags & (p->facts.dir ? CORDON_FLOW_DEPTH1 : CORDON_FLOW_DEPTH0)) {
		tcp_past_depth(p, f, d, seq);
		if (p->tcp_flags & L4_FIN)
			flow_set(f, p->facts.dir ? CORDON_FLOW_FIN1 : CORDON_FLOW_FIN0);
		return;
	}
	if (!p->payload_len) {
		if (p->tcp_flags & L4_FIN)
			tcp_fin(p, f, d, diff);
		return;
	}
	if (tcp_is_probe(ctx, p, d, diff))
		return;
	p->is_stream = 1;
	p->is_first = !d->off && !diff;
	tcp_look(p, f, diff);
	tcp_advance(p, f, d, seq, diff);
}

/*
 * tcp_judge() - everything but the pure ACK of a known flow
 * In: the packet's record, flow_slot of its flow or NO_SLOT. Out: flow_slot,
 * dir, is_stream, advance, reasons.
 */
__noinline int HOOK(tcp_judge)(hook_ctx *ctx)
{
	struct scratch *s = scratch_get();
	struct cordon_flow *f;
	struct pkt *p;

	if (!s)
		return 0;
	p = &s->p;
	f = flow_at(p->facts.flow_slot);
	if (f && f->last_ns + CORDON_TCP_IDLE_NS < p->now_ns) {
		f->key = 0;
		f = NULL;
		p->facts.flow_slot = NO_SLOT;
	}
	if (p->tcp_flags & L4_SYN)
		f = p->tcp_flags & L4_ACK ? tcp_synack(p, f) : tcp_syn(p, f);
	else if (!f && p->payload_len)
		f = tcp_begin(p);
	if (!f)
		return 0;
	flow_touch(p, f);
	flow_orient(p, f);
	tcp_order(ctx, p, f);
	return 0;
}

#endif
