/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What goes up: the name, the history of a flow that became suspect, the
 * packet, or a first payload for the recogniser; and what stays: the payload
 * in the recorder. In this order, so that user space sees the stream in order.
 */
#ifndef BPF_STAGE_EMIT_H
#define BPF_STAGE_EMIT_H

#include "emit.h"
#include "flow.h"
#include "hold.h"
#include "image.h"
#include "parse/l4.h"
#include "recorder.h"

/* must user space have every byte of this direction, should it ask? */
static __always_inline int emit_is_complete(const struct cordon_flow *f, __u8 dir)
{
	void *inner = image_inner(&prefilter), *part = inner ? image_part(inner, 0) : NULL;
	__u8 app = flow_app(f, dir);
	__u64 apps;

	if (!part)
		return 0;
	apps = (*PF_PART0(part, apps_complete))[dir & 1];
	return apps && (app == CORDON_APP_UNDECIDED || apps >> (app & 63) & 1);
}

/* would this payload overwrite recorded bytes that are still needed? */
static __always_inline int emit_would_lose(const struct pkt *p, const struct cordon_flow *f)
{
	const struct cordon_dir *d = &f->d[p->facts.dir & 1];

	return d->off + p->payload_len - d->synced > CORDON_WINDOW &&
	       emit_is_complete(f, p->facts.dir);
}

static __always_inline int emit_is_active(const struct pkt *p, const struct cordon_flow *f)
{
	__u32 depth = p->facts.dir ? CORDON_FLOW_DEPTH1 : CORDON_FLOW_DEPTH0;

	return !(f->flags & (CORDON_FLOW_CLEARED | depth)) || p->is_strange;
}

/*
 * The packet's bytes are the stream's now: given, or kept by the recorder, or, when the flow is
 * cleared, of no interest to anybody (and so is what the recorder kept before).
 */
static __always_inline void emit_advance(struct pkt *p, struct cordon_flow *f, int given)
{
	struct cordon_dir *d = &f->d[p->facts.dir & 1];

	if (!p->is_stream)
		return;
	d->off += p->advance;
	if (given || !emit_is_active(p, f)) {
		d->synced = d->off;
		d->pkts = 0;
	} else {
		d->pkts++;
	}
	if (d->off >= cordon_config.depth &&
	    !(f->flags & (p->facts.dir ? CORDON_FLOW_DEPTH1 : CORDON_FLOW_DEPTH0))) {
		flow_set(f, p->facts.dir ? CORDON_FLOW_DEPTH1 : CORDON_FLOW_DEPTH0);
		because(p, CORDON_REASON_DEPTH);
	}
}

/* a TCP packet with a record; 1: the packet goes up with its stream */
static __always_inline int emit_stream(hook_ctx *ctx, struct pkt *p, struct cordon_flow *f)
{
	/* that a flow ends is of interest while somebody waits for more of it */
	int is_end = !!(p->tcp_flags & (L4_FIN | L4_RST)), matters = p->is_stream || (is_end && flow_is_suspect(f));

	if (!cordon_config.inspect || f->flags & CORDON_FLOW_NO_STREAM)
		return 0;
	/* what waits in the other direction for a gap to be filled is judged when the flow ends */
	if (!emit_is_active(p, f) && !is_end)
		return 0;
	if ((flow_is_followed(f, p->facts.dir) || hold_is_waited_for(p, f)) && (matters || p->is_suspect)) {
		if (matters)
			because(p, f->flags & CORDON_FLOW_WATCH ? CORDON_REASON_WATCH
								: CORDON_REASON_FOLLOW);
		emit_hist();
		return matters;
	}
	if (!p->is_stream || !emit_is_active(p, f))
		return 0;
	if (emit_would_lose(p, f)) {
		because(p, CORDON_REASON_HANDOVER);
		emit_hist();
		if (p->payload_len > CORDON_WINDOW)
			return 1;
	}
	HOOK(recorder_write)(ctx);
	if (f->flags & CORDON_FLOW_STRANGE && p->is_strange) /* its slot was taken over */
		return 1;
	return 0;
}

/* a listed Host has no record of its own: it is told with the start of its request, also when that
 * is dropped */
static __always_inline int emit_is_listed_host(const struct pkt *p)
{
	return p->name_indicator && p->name_source == CORDON_NAME_HOST;
}

/* the recogniser wants the first payload of each direction, unless the whole packet goes up or it
 * is DNS */
static __always_inline void emit_recogniser(hook_ctx *ctx, struct pkt *p, struct cordon_flow *f,
					    int goes_up)
{
	__u32 first = p->facts.dir ? CORDON_FLOW_FIRST1 : CORDON_FLOW_FIRST0;
	int listed_host = emit_is_listed_host(p);

	if (p->is_first && p->cls != CORDON_CLASS_ICMP)
		flow_set(f, first);
	if (listed_host ||
	    (p->is_first && !goes_up && p->cls != CORDON_CLASS_ICMP && f->app != CORDON_APP_DNS))
		emit_first(ctx, p);
}

static __always_inline int stage_emit(hook_ctx *ctx, struct pkt *p)
{
	struct cordon_flow *f = flow_at(p->facts.flow_slot);
	int stream = 0, goes_up = 0;

	if (p->enforce_only)
		return 0;
	if (p->is_identity && p->facts.from_device && p->facts.role == CORDON_ROLE_DEVICE)
		emit_identity(ctx, p);
	if (p->is_watched && !p->is_stream)
		suspect(p, CORDON_REASON_WATCH);
	if (p->name_source != CORDON_NAME_HOST && p->has_name)
		emit_name();
	if (p->is_drop) {
		if (p->is_suspect || cordon_config.full)
			emit_pkt(ctx, p, 0);
		if (emit_is_listed_host(p))
			emit_first(ctx, p);
		return 0;
	}
	if (p->is_fragment && f && cordon_config.inspect)
		emit_hist();
	if (f && p->cls != CORDON_CLASS_UDP && p->cls != CORDON_CLASS_ICMP && !p->is_fragment)
		stream = emit_stream(ctx, p, f);
	if (cordon_config.full)
		because(p, CORDON_REASON_FULL);
	if (f && p->payload_len && hold_is_waited_for(p, f))
		suspect(p, CORDON_REASON_FOLLOW);
	if (hold_applies(p) && (stream || p->is_suspect))
		hold_take(ctx, p, f);
	goes_up = (cordon_config.full || stream || p->is_suspect) && !p->is_drop;
	if (goes_up)
		emit_pkt(ctx, p, stream || cordon_config.full || p->is_fragment);
	if (f && cordon_config.inspect)
		emit_recogniser(ctx, p, f, goes_up);
	/* app_prefix() reads how a direction begins from the recorder, whoever else has those bytes
	 */
	if (f && p->is_stream && stream && f->d[p->facts.dir & 1].off < APP_PREFIX)
		HOOK(recorder_write)(ctx);
	if (f && p->cls == CORDON_CLASS_TCP)
		emit_advance(p, f, stream);
	return 0;
}

#endif
