/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the device sends and is sent. A look-up of its record for each packet
 * would cost as much as the flow's: so it is added up in the flow, in a line
 * that is read anyway, and goes to the device once a second, when the flow
 * ends, or when no more fits. Counted where it comes in, dropped further on or
 * not. Packets without data of a flow that has a record are not: fast.h has
 * them pass unseen, but for one of CORDON_BARE_SHARE that the device sends, which
 * stands for all of them.
 */
#ifndef BPF_STAGE_SENT_H
#define BPF_STAGE_SENT_H

#include "device.h"
#include "flow.h"
#include "parse/l4.h"

/* kept in the flow: 0 when a second has begun, or no more fits */
static __always_inline int sent_add(const struct pkt *p, struct cordon_flow *f, __u32 units)
{
	__u8 dir = p->facts.dir & 1;

	if (f->sent_tick[dir] != (__u8)flow_tick() || f->d[dir].sent + units > 0xffff || f->sent_pkts == 0xffff)
		return 0;
	f->d[dir].sent += (__u16)units;
	f->sent_pkts += !(f->flags & CORDON_FLOW_ESTABLISHED);
	return 1;
}

/* for a packet that does not come by here: 1 when nothing more is to be done. On its own, as sent_count(). */
__weak __noinline int sent_keep(void)
{
	struct scratch *s = scratch_get();
	struct cordon_flow *f = s ? flow_at(s->p.facts.flow_slot) : NULL;

	if (!f)
		return 0;
	return sent_add(&s->p, f, flow_sent_units(s->p.wire_len));
}

/* what the flow has kept, and this packet */
static __always_inline void sent_take(struct pkt *p, struct cordon_flow *f, __u32 units)
{
	__u8 dir = p->facts.dir & 1;

	p->sent_bytes = (f->d[dir].sent + units) << CORDON_SENT_SHIFT;
	p->sent_pkts = f->sent_pkts + 1;
	if (f->flags & CORDON_FLOW_ESTABLISHED)
		p->sent_pkts += p->sent_bytes / CORDON_SENT_PACKET;
	f->d[dir].sent = 0;
	f->sent_pkts = 0;
	f->sent_tick[dir] = (__u8)flow_tick();
}

/* without data, of a flow that has a record */
static __always_inline int sent_is_bare(const struct pkt *p)
{
	return p->facts.from_device && p->facts.proto == IPPROTO_TCP && !p->payload_len && !p->is_fragment &&
	       !(p->tcp_flags & (L4_SYN | L4_FIN | L4_RST));
}

/* 1: it is the one that is counted, for all */
static __always_inline int sent_is_share(struct scratch *s)
{
	int is_share = s->is_share || !(++s->bare & (CORDON_BARE_SHARE - 1));

	s->is_share = 0;
	return is_share;
}

/* on its own: it would multiply the paths of what follows */
__weak __noinline int sent_count(void)
{
	struct scratch *s = scratch_get();
	struct cordon_flow *f;
	__u32 units;
	int is_end;

	if (!s || s->p.is_sent)
		return 0;
	units = flow_sent_units(s->p.wire_len);
	f = flow_at(s->p.facts.flow_slot);
	if (f && sent_is_bare(&s->p)) {
		if (sent_is_share(s))
			device_touch(DEVICE_BARE);
		return 0;
	}
	is_end = s->p.facts.proto == IPPROTO_TCP && s->p.tcp_flags & (L4_FIN | L4_RST);
	if (f && !is_end && sent_add(&s->p, f, units))
		return 0;
	if (f)
		sent_take(&s->p, f, units);
	device_touch(DEVICE_SENT);
	return 0;
}

static __always_inline int stage_sent(const struct pkt *p)
{
	(void)p;
	sent_count();
	return 0;
}

#endif
