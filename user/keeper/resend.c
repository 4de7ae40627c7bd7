// SPDX-License-Identifier: BSD-2-Clause
/* See resend.h. Offsets of the record are the kernel's, yet tested before use. */
#include "keeper/resend.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/wire.h"

#define TAG 4
#define TCP_FIN_PSH 0x09
#define TCP_CWR 0x80

/* the frame at hand, after a tag was put in */
struct work {
	uint8_t *b;
	uint32_t len, l3, l4, payload, end; /* end: of the transport's payload */
	uint8_t proto;
	bool v6, has_l4; /* a whole transport header, no fragment */
};

/* RFC 9293 3.1, RFC 8200 8.1 */
static uint32_t pseudo_sum(const struct work *w)
{
	const uint8_t *addrs = w->b + w->l3 + (w->v6 ? 8 : 12);

	return wire_sum(w->proto + w->end - w->l4, addrs, w->v6 ? 32 : 8);
}

static uint8_t *l4_checksum(const struct work *w)
{
	return w->b + w->l4 + (w->proto == IPPROTO_TCP ? 16 : 6);
}

static void write_checksum(const struct work *w)
{
	uint8_t *at = l4_checksum(w);
	uint32_t s;

	wire_put16(at, 0);
	s = ~wire_fold(wire_sum(pseudo_sum(w), w->b + w->l4, w->end - w->l4)) & 0xffff;
	wire_put16(at, w->proto == IPPROTO_UDP && !s ? 0xffff : s); /* RFC 768: 0 says there is none */
}

/* a checksum that the interface was to finish holds the folded sum of the pseudo-header */
static bool is_unfinished(const struct work *w)
{
	return wire_get16(l4_checksum(w)) == wire_fold(pseudo_sum(w));
}

static int take(struct work *w, const struct cordon_event_pkt *e)
{
	bool is_tc = e->facts.from_device == (e->facts.role == CORDON_ROLE_UPLINK);
	uint32_t tag = 0;

	*w = (struct work){ .b = malloc(e->cap_len + TAG) };
	if (!w->b)
		return -ENOMEM;
	memcpy(w->b, e->data, e->cap_len);
	w->len = e->cap_len;
	/* at egress the outermost tag may lie beside the frame */
	if (is_tc && e->facts.vlan && wire_get16(w->b + 12) != 0x8100 && wire_get16(w->b + 12) != 0x88a8) {
		tag = TAG;
		memmove(w->b + 16, w->b + 12, w->len - 12);
		wire_put16(w->b + 12, 0x8100);
		wire_put16(w->b + 14, e->facts.vlan);
		w->len += TAG;
	}
	w->l3 = e->l3_off + tag;
	w->l4 = e->l4_off + tag;
	w->payload = e->payload_off + tag;
	w->end = w->payload + e->payload_len;
	w->proto = e->facts.proto;
	w->v6 = e->ip_version == 6;
	w->has_l4 = e->l3_off && e->payload_off && e->ip_version && w->l4 >= w->l3 + (w->v6 ? 40 : 20) &&
		    w->payload >= w->l4 + 8 && w->end <= w->len && w->end >= w->payload &&
		    !(e->reasons & CORDON_BIT(CORDON_REASON_FRAGMENT)) &&
		    (w->proto == IPPROTO_TCP || w->proto == IPPROTO_UDP);
	return 0;
}

static void set_length(struct work *w)
{
	if (w->v6) {
		wire_put16(w->b + w->l3 + 4, w->end - w->l3 - 40);
		return;
	}
	wire_put16(w->b + w->l3 + 2, w->end - w->l3);
	wire_put16(w->b + w->l3 + 10, 0);
	wire_put16(w->b + w->l3 + 10, ~wire_fold(wire_sum(0, w->b + w->l3, (w->b[w->l3] & 15) * 4U)));
}

/* payload bytes [from, from + n) as a segment of its own, @i of them before it */
static void make_segment(struct work *s, const struct work *w, uint32_t from, uint32_t n, uint32_t i)
{
	const uint8_t *seq = w->b + w->l4 + 4;
	bool is_last = w->payload + from + n == w->end;

	memcpy(s->b, w->b, w->payload);
	memcpy(s->b + w->payload, w->b + w->payload + from, n);
	s->len = s->end = w->payload + n;
	wire_put32(s->b + w->l4 + 4, (wire_get16(seq) << 16 | wire_get16(seq + 2)) + from);
	if (!is_last)
		s->b[w->l4 + 13] &= (uint8_t)~TCP_FIN_PSH;
	if (i)
		s->b[w->l4 + 13] &= (uint8_t)~TCP_CWR;
	if (!w->v6)
		wire_put16(s->b + w->l3 + 4, wire_get16(w->b + w->l3 + 4) + i);
	set_length(s);
	write_checksum(s);
}

static int send_segments(const struct work *w, uint32_t mtu, resend_fn fn, void *ctx)
{
	uint32_t room = mtu > w->payload - w->l3 ? mtu - (w->payload - w->l3) : 0, n = w->end - w->payload;
	_cleanup_free_ uint8_t *b = malloc(w->len);
	struct work s = *w;
	int r = !b ? -ENOMEM : room ? 0 : -EMSGSIZE;

	s.b = b;
	for (uint32_t at = 0, i = 0; at < n && !r; at += room, i++) {
		make_segment(&s, w, at, n - at < room ? n - at : room, i);
		r = fn(ctx, s.b, s.len);
	}
	return r;
}

int resend_frames(const struct cordon_event_pkt *e, uint32_t mtu, resend_fn fn, void *ctx)
{
	struct work w;
	int r = e->cap_len < 14 ? -EINVAL : take(&w, e);

	if (r)
		return r;
	if (w.len - 14 <= mtu + 2 * TAG && (!w.l3 || w.len - w.l3 <= mtu)) {
		if (w.has_l4 && is_unfinished(&w))
			write_checksum(&w);
		r = fn(ctx, w.b, w.len);
	} else {
		r = w.has_l4 && w.proto == IPPROTO_TCP ? send_segments(&w, mtu, fn, ctx) : -EMSGSIZE;
	}
	free(w.b);
	return r;
}
