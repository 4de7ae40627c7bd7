/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The flow of this packet: its record, its direction, the order of its bytes,
 * its application. A pure ACK of a known flow changes nothing.
 */
#ifndef BPF_STAGE_FLOW_H
#define BPF_STAGE_FLOW_H

#include "flow.h"
#include "tcp.h"
#include "tls.h"

/*
 * How this direction begins, into s->prefix: the recorder's first bytes, then
 * this payload. Return: bytes known. On its own, as are the two below: each
 * would multiply the other's paths.
 */
__noinline int HOOK(app_prefix)(hook_ctx *ctx, __u32 off)
{
	struct scratch *s = scratch_get();
	struct cordon_slot *slot;
	struct cordon_flow *f;
	__u32 at, base, n;

	if (!s || off >= APP_PREFIX)
		return 0;
	f = flow_at(s->p.facts.flow_slot);
	if (!f)
		return 0;
	__builtin_memset(s->prefix, 0, sizeof(s->prefix));
	if (off) {
		at = (__u32)(f->slot - 1) & cordon_config.rec_slots_mask;
		slot = f->slot ? bpf_map_lookup_elem(&recorder, &at) : NULL;
		if (!slot || slot->owner != f->slot)
			return 0;
		base = s->p.facts.dir ? CORDON_WINDOW : 0;
		__builtin_memcpy(s->prefix, slot->ring + base, APP_PREFIX);
	}
	hide(off); /* an argument's upper half is unknown: the mask must stay */
	off &= APP_PREFIX - 1;
	n = s->p.payload_len < APP_PREFIX ? s->p.payload_len : APP_PREFIX;
	if (!n)
		return 0;
	n = some(n, APP_PREFIX - 1);
	if (hook_load(ctx, s->p.payload_off, s->prefix + off, n))
		return 0;
	n += off;
	/* the ring holds older bytes behind the stream's end */
	for (__u32 i = 0; i < APP_PREFIX; i += 8) {
		__u64 zero = 0;

		__builtin_memcpy(s->prefix + (n & 127) + i, &zero, 8);
	}
	return n < APP_PREFIX ? (int)n : APP_PREFIX;
}

__weak __noinline int app_of_prefix(__u32 n)
{
	struct scratch *s = scratch_get();

	if (!s)
		return 0;
	return app_detect(s->prefix, n, s->p.facts.dir, s->p.facts.proto, s->p.sport, s->p.dport);
}

static __always_inline void app_decided(struct pkt *p, struct cordon_flow *f, int app)
{
	__u32 failed = p->facts.dir ? CORDON_FLOW_FAILED1 : CORDON_FLOW_FAILED0;

	if (app == CORDON_APP_NONE) {
		flow_set(f, failed);
	} else if (!f->app) {
		f->app = (__u8)app;
		p->names_other = f->d[1 ^ (p->facts.dir & 1)].off != 0;
	} else if (f->app == app)
		flow_set(f, CORDON_FLOW_APP_BOTH);
	else
		flow_set(f, failed);
}

/* called while the first APP_PREFIX bytes of a direction come in, until it is decided */
static __always_inline void app_look(hook_ctx *ctx, struct pkt *p, __u32 off)
{
	struct cordon_flow *f = flow_at(p->facts.flow_slot);
	int n = HOOK(app_prefix)(ctx, off),
	    app = n > 0 ? app_of_prefix((__u32)n) : CORDON_APP_UNDECIDED;

	if (f && app != CORDON_APP_UNDECIDED)
		app_decided(p, f, app);
}

static __always_inline void flow_app_step(hook_ctx *ctx, struct pkt *p, struct cordon_flow *f)
{
	__u32 off = f->d[p->facts.dir & 1].off;
	__u32 done = p->facts.dir ? CORDON_FLOW_FAILED1 : CORDON_FLOW_FAILED0;

	if (!p->is_in_order || off >= APP_PREFIX || f->flags & (done | CORDON_FLOW_APP_BOTH))
		return;
	/* this direction's own positive answer is its first byte's business: asked again only while
	 * nothing is known */
	if (off && f->app)
		return;
	app_look(ctx, p, off);
	if (p->facts.dir == CORDON_TO_SERVER && off &&
	    (f->app == CORDON_APP_TLS || f->app == CORDON_APP_HTTP)) {
		/* what it begins with did not fit in one packet, so neither did a name in it */
		because(p, CORDON_REASON_SPLIT_NAME);
		flow_set(f, CORDON_FLOW_SPLIT_NAME);
		f->triggers++;
	}
}

/* encrypted from here on: nothing more to inspect */
static __always_inline void flow_clear_encrypted(hook_ctx *ctx, struct pkt *p,
						 struct cordon_flow *f)
{
	if (f->flags & CORDON_FLOW_STRANGE || !p->is_in_order)
		return;
	if (f->app == CORDON_APP_TLS && f->d[p->facts.dir & 1].record < CORDON_RECORD_SEALED)
		HOOK(tls_records)(ctx);
	if (!(f->flags & CORDON_FLOW_APP_BOTH))
		return;
	if (f->app == CORDON_APP_TLS)
		tls_note_seal(f);
	if (f->app == CORDON_APP_TLS ? !tls_is_sealed(f) :
				       f->app != CORDON_APP_SSH || f->d[0].off < 4096 || f->d[1].off < 4096)
		return;
	flow_set(f, CORDON_FLOW_CLEARED);
	because(p, CORDON_REASON_CLEARED);
}

/* UDP and ICMP: the first packet begins the flow, an answer establishes it */
static __always_inline struct cordon_flow *flow_datagram(hook_ctx *ctx, struct pkt *p,
							 struct cordon_flow *f)
{
	__u64 idle = f && f->flags & CORDON_FLOW_ESTABLISHED ? CORDON_UDP_IDLE_NS : CORDON_UDP_NEW_NS;
	__u32 seen;

	pkt_now(p);
	if (f && f->last_ns + idle < p->now_ns)
		f = NULL;
	if (!f) {
		p->facts.flow_slot = flow_insert(p->src_is_high);
		f = flow_at(p->facts.flow_slot);
		if (!f)
			return NULL;
	}
	flow_touch(p, f);
	flow_orient(p, f);
	if (p->facts.dir == CORDON_TO_CLIENT)
		flow_set(f, CORDON_FLOW_ESTABLISHED);
	seen = p->facts.dir ? CORDON_FLOW_FIRST1 : CORDON_FLOW_FIRST0;
	p->is_first = p->payload_len && !(f->flags & seen);
	if (p->is_first && p->cls == CORDON_CLASS_UDP)
		app_look(ctx, p, 0);
	return f;
}

/* direction of a TCP packet that has no record: by its flags, the handshake noted, or its ports */
static __always_inline void flow_guess(struct pkt *p)
{
	struct cordon_shake *h = tcp_shake(p);

	if (h && tcp_shake_is(h, p)) {
		p->facts.dir = (h->key & 1) != p->src_is_high;
		p->facts.flow_flags = h->flags;
		tcp_note_ack(p, h);
	} else {
		p->facts.dir = (cordon_config.midstream && (p->tcp_flags & (L4_SYN | L4_ACK)) == (L4_SYN | L4_ACK)) ||
			       tcp_guess_swap(p) != p->src_is_high;
		tcp_note_first(p);
	}
	if (p->both_home)
		p->facts.from_device = p->facts.dir == CORDON_TO_SERVER;
}

/* a first fragment shows its ports: its flow, if there is one, cannot be followed in order any more
 */
static __always_inline void flow_fragment(struct pkt *p, struct cordon_flow *f)
{
	pkt_now(p);
	if (f && f->proto == IPPROTO_TCP && f->last_ns + CORDON_TCP_IDLE_NS < p->now_ns) {
		f->key = 0;
		f = NULL;
		p->facts.flow_slot = NO_SLOT;
	}
	if (!f && p->facts.proto == IPPROTO_TCP && p->is_fragment == 1 &&
	    !(p->tcp_flags & L4_SYN)) {
		tcp_fragment();
		f = flow_at(p->facts.flow_slot);
	}
	if (!f || f->proto != IPPROTO_TCP)
		return;
	f->last_ns = p->now_ns;
	flow_orient(p, f);
	flow_set(f, CORDON_FLOW_STRANGE);
	p->is_strange = 1;
}

static __always_inline void flow_tcp(hook_ctx *ctx, struct pkt *p, struct cordon_flow *f)
{
	if (f && !p->payload_len && !(p->tcp_flags & (L4_SYN | L4_FIN | L4_RST))) {
		flow_orient(p, f);
		return;
	}
	pkt_now(p);
	HOOK(tcp_judge)(ctx);
	f = flow_at(p->facts.flow_slot);
	if (!f) {
		flow_guess(p);
		return;
	}
	if (!p->is_stream || f->flags & CORDON_FLOW_CLEARED)
		return;
	flow_app_step(ctx, p, f);
	flow_clear_encrypted(ctx, p, f);
}

static __always_inline int stage_flow(hook_ctx *ctx, struct pkt *p)
{
	struct cordon_flow *f;

	if (!p->has_flow)
		return 0;
	flow_key(p);
	p->facts.flow_slot = flow_find(p);
	f = flow_at(p->facts.flow_slot);
	if (p->is_fragment)
		flow_fragment(p, f);
	else if (p->cls == CORDON_CLASS_TCP)
		flow_tcp(ctx, p, f);
	else
		flow_datagram(ctx, p, f);
	f = flow_at(p->facts.flow_slot);
	if (f) {
		if (p->is_watched)
			flow_set(f, CORDON_FLOW_WATCH);
		else if (f->flags & CORDON_FLOW_WATCH)
			__sync_fetch_and_and(&f->flags, ~CORDON_FLOW_WATCH);
		p->facts.flow_id = cordon_flow_id(p->key, f->first_ns);
	}
	if (p->cls == CORDON_CLASS_TCP && !p->payload_len)
		p->cls = p->tcp_flags & L4_SYN ? CORDON_CLASS_TCP_SYN : CORDON_CLASS_TCP_CTL;
	return 0;
}

#endif
