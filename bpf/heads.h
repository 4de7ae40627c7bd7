/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Heads: bytes at a known place near the payload's begin, for rules too short
 * for a window. The first byte says which can be there; most packets end here.
 */
#ifndef BPF_HEADS_H
#define BPF_HEADS_H

#include "flow.h"
#include "hook.h"
#include "image.h"

#define HEAD_BYTES 64 /* of the payload, as in CORDON_PF_HEAD_OFF_MAX */

/* does the gate of @h let this packet through? */
static __always_inline int head_gate(void *part0, const struct pkt *p, const struct cordon_pf_head *h)
{
	const __u64 *sg = (*PF_PART0(part0, sport_groups))[p->sport],
		    *dg = (*PF_PART0(part0, dport_groups))[p->dport];

	return h->apps >> (p->app & 63) & 1 && h->classes >> ((p->cls * 2 + (p->facts.dir & 1)) & 15) & 1 &&
	       h->ends >> (p->ends & (CORDON_PF_ENDS - 1)) & 1 &&
	       ((sg[0] & dg[0] & h->groups[0]) | (sg[1] & dg[1] & h->groups[1])) != 0;
}

#define HEADS_ALONE (~1U) /* in place of a stream offset: a segment of a flow that has no stream, looked at alone */

/*
 * @at: stream offset of this payload, HEADS_ALONE, or ~0: of no stream. A stream that has begun, or begins, with fewer bytes than the
 * head is taken for a hit: user space sees the rest.
 */
static __always_inline int head_fits(const struct scratch *s, const struct cordon_pf_head *h, __u32 at)
{
	__u32 end = h->off + h->len;
	__u64 v;

	if (h->is_stream && at < end && (at || s->p.payload_len < end))
		return 1;
	if (s->p.payload_len < end || !(h->is_packet || (h->is_stream && (!at || at == HEADS_ALONE))))
		return 0;
	__builtin_memcpy(&v, s->prefix + (h->off & (HEAD_BYTES - 1)), sizeof(v));
	return !((v ^ h->val) & h->mask);
}

/* one head; on its own, so that the verifier sees it once */
__weak __noinline int head_judge(__u32 number, __u32 at)
{
	struct scratch *s = scratch_get();
	void *inner = image_inner(&prefilter), *part0 = inner ? image_part(inner, 0) : NULL;
	const struct cordon_pf_head *h;

	if (!s || !part0)
		return 0;
	h = &(*PF_PART0(part0, heads))[number & (CORDON_PF_HEADS - 1)];
	return head_gate(part0, &s->p, h) && head_fits(s, h, at);
}

/*
 * The heads of @mask, one by one; the payload's begin is in s->prefix. All bits are counted through: to find the lowest
 * one takes branches on it, which cost the verifier 1,000 instructions each time.
 */
__weak __noinline int heads_judge(__u64 mask, __u32 at)
{
	for (__u32 i = 0; i < CORDON_PF_HEADS; i++) {
		if (!(mask >> i))
			return 0;
		if (mask >> i & 1 && head_judge(i, at))
			return 1;
	}
	return 0;
}

/* could a head be in this payload? @at: as head_fits() */
__noinline int HOOK(pf_heads)(hook_ctx *ctx, __u32 at)
{
	struct scratch *s = scratch_get();
	void *inner = image_inner(&prefilter), *part0 = inner ? image_part(inner, 0) : NULL;
	const __u64 *sg, *dg, *deep;
	__u64 mask;
	__u32 n;

	if (!s || !part0 || !s->p.payload_len)
		return 0;
	n = s->p.payload_len < HEAD_BYTES ? s->p.payload_len : HEAD_BYTES;
	__builtin_memset(s->prefix, 0, HEAD_BYTES + 8);
	n = some(n, HEAD_BYTES - 1);
	if (hook_load(ctx, s->p.payload_off, s->prefix, n))
		return 1;
	/* a stream that goes on within a head's reach: whatever its bytes here */
	mask = at && at < HEAD_BYTES + 8 ? *PF_PART0(part0, heads_used) : (*PF_PART0(part0, head_first))[s->prefix[0]];
	sg = (*PF_PART0(part0, sport_groups))[s->p.sport];
	dg = (*PF_PART0(part0, dport_groups))[s->p.dport];
	deep = *PF_PART0(part0, heads_deep_groups);
	if ((sg[0] & dg[0] & deep[0]) | (sg[1] & dg[1] & deep[1]))
		mask |= *PF_PART0(part0, heads_deep);
	return mask ? heads_judge(mask, at) : 0;
}

#endif
