/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring record -> struct view. The kernel wrote the record, but the offsets in
 * it come from foreign packets: each is tested here, once, against the bytes
 * that are really there.
 */
#include "view/view.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* bytes of @n from @off on; false: not inside, or absent (0) */
static bool part(const struct view *v, uint32_t off, uint32_t n, const uint8_t **ret, uint32_t *ret_len)
{
	if (!off || off > v->frame_len)
		return false;
	*ret = v->frame + off;
	*ret_len = n < v->frame_len - off ? n : v->frame_len - off;
	return true;
}

static int view_pkt(const struct cordon_event_hdr *ev, struct view *v)
{
	const struct cordon_event_pkt *p = (const void *)ev;

	if (ev->size < sizeof(*p) || p->cap_len > ev->size - sizeof(*p))
		return -EINVAL;
	v->pkt = p;
	v->facts = &p->facts;
	v->reasons = p->reasons;
	v->frame = p->data;
	v->frame_len = p->cap_len;
	v->tcp_flags = p->tcp_flags;
	v->seq = p->seq;
	v->ack = p->ack;
	if (p->l3_off && !part(v, p->l3_off, UINT32_MAX, &v->l3, &v->l3_len))
		return -EINVAL;
	if (p->l4_off && (p->l4_off < p->l3_off || !part(v, p->l4_off, UINT32_MAX, &v->l4, &v->l4_len)))
		return -EINVAL;
	if (p->payload_off &&
	    (p->payload_off < p->l4_off || !part(v, p->payload_off, p->payload_len, &v->payload, &v->payload_len)))
		return -EINVAL;
	return 0;
}

static int view_hist(const struct cordon_event_hdr *ev, struct view *v)
{
	const struct cordon_event_hist *h = (const void *)ev;

	if (ev->size < sizeof(*h) || h->len[0] > CORDON_WINDOW || h->len[1] > CORDON_WINDOW)
		return -EINVAL;
	v->hist = h;
	v->facts = &h->facts;
	v->reasons = h->reasons;
	return 0;
}

static int view_name(const struct cordon_event_hdr *ev, struct view *v)
{
	const struct cordon_event_name *n = (const void *)ev;

	if (ev->size < CORDON_EVENT_NAME_BYTES(0) || ev->size < CORDON_EVENT_NAME_BYTES(n->len))
		return -EINVAL;
	v->name = n;
	v->facts = &n->facts;
	return 0;
}

int view_from_event(const struct cordon_event_hdr *ev, struct view *ret)
{
	struct view v = { .hdr = ev, .ts_ns = ev->ts_ns };
	int r;

	switch (ev->kind) {
	case CORDON_EVENT_PKT:
	case CORDON_EVENT_FIRST:
	case CORDON_EVENT_IDENTITY:
		r = view_pkt(ev, &v);
		break;
	case CORDON_EVENT_HIST:
		r = view_hist(ev, &v);
		break;
	case CORDON_EVENT_NAME:
		r = view_name(ev, &v);
		break;
	default:
		r = -EINVAL;
	}
	if (r)
		return r;
	/* used as array indices further on */
	if (v.facts->dir > CORDON_TO_CLIENT || v.facts->app >= CORDON_APPS)
		return -EINVAL;
	*ret = v;
	return 0;
}
