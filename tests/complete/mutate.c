// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a network, a capture and an attacker do to frames: segments cut to any
 * size, swapped, repeated with the same or other bytes, overlapping, lost,
 * urgent; fragments; tags. It works on frames as they are, so that real
 * captures go through it as made-up ones do. Checksums are left wrong: a
 * replay does not look at them.
 */
#include <err.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "complete/complete.h"

#define URG 0x20
#define ROOM 128 /* headers that are put in */

/* one frame taken apart; offsets into it */
struct parts {
	const uint8_t *b;
	uint32_t len, l3, l4, payload, end; /* end: of the IP packet */
	uint32_t next;			    /* of the byte that names the transport */
	uint8_t proto;
	bool v6;
};

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
	return be16(p) << 16 | be16(p + 2);
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static bool take_v4(struct parts *p)
{
	const uint8_t *h = p->b + p->l3;

	if (p->len < p->l3 + 20 || be16(h + 6) & 0x3fff)
		return false;
	p->l4 = p->l3 + (h[0] & 15) * 4U;
	p->end = p->l3 + be16(h + 2);
	p->proto = h[9];
	return true;
}

static bool take_v6(struct parts *p)
{
	if (p->len < p->l3 + 40)
		return false;
	p->v6 = true;
	p->next = p->l3 + 6;
	p->l4 = p->l3 + 40;
	p->end = p->l4 + be16(p->b + p->l3 + 4);
	while (p->b[p->next] == 60 && p->l4 + 8 <= p->len) { /* destination options */
		p->next = p->l4;
		p->l4 += 8 + p->b[p->l4 + 1] * 8U;
	}
	p->proto = p->b[p->next];
	return true;
}

/* false: not one to work on */
static bool take_apart(const uint8_t *b, uint32_t len, struct parts *p)
{
	uint32_t at = 12;

	*p = (struct parts){ .b = b, .len = len };
	while (at + 4 < len && (be16(b + at) == 0x8100 || be16(b + at) == 0x88a8))
		at += 4;
	p->l3 = at + 2;
	if (!(be16(b + at) == 0x0800 ? take_v4(p) : be16(b + at) == 0x86dd && take_v6(p)))
		return false;
	if (p->end > len || p->l4 + 20 > p->end)
		return false;
	p->payload = p->proto == IPPROTO_TCP ? p->l4 + (b[p->l4 + 12] >> 4) * 4U : p->l4 + 8;
	return p->payload >= p->l4 + 8 && p->payload <= p->end;
}

/* the IP header's length after @n bytes stand behind it in all */
static void set_length(uint8_t *f, const struct parts *p, uint32_t end)
{
	if (p->v6)
		put16(f + p->l3 + 4, end - p->l3 - 40);
	else
		put16(f + p->l3 + 2, end - p->l3);
}

/* --- frames of one flow on their way to the capture --- */

struct piece {
	uint64_t ts_ns;
	uint32_t len, flow, order;
	uint8_t *b;
};
typedef VEC(struct piece) pieces_t;

static struct piece *piece_add(pieces_t *v, uint32_t len, uint32_t flow, uint64_t ts_ns)
{
	struct piece x = { .ts_ns = ts_ns, .len = len, .flow = flow, .b = malloc(len + ROOM) };

	if (!x.b || vec_push(v, x))
		errx(1, "out of memory");
	return &v->data[v->len - 1];
}

static void piece_copy(pieces_t *v, const struct capture *in, const struct frame *f)
{
	memcpy(piece_add(v, f->len, f->flow, f->ts_ns)->b, in->bytes.data + f->at, f->len);
}

/* payload bytes [from, to) as a segment of its own; only the last carries FIN */
static struct piece *piece_segment(pieces_t *v, const struct frame *f, const struct parts *p, uint32_t from, uint32_t to)
{
	uint32_t end = p->payload + to - from;
	struct piece *x = piece_add(v, end, f->flow, f->ts_ns);

	memcpy(x->b, p->b, p->payload);
	memcpy(x->b + p->payload, p->b + p->payload + from, to - from);
	put32(x->b + p->l4 + 4, be32(p->b + p->l4 + 4) + from);
	if (to < p->end - p->payload)
		x->b[p->l4 + 13] &= (uint8_t)~1;
	set_length(x->b, p, end);
	return x;
}

/* --- what is done to a flow --- */

struct habit {
	uint32_t min, max;     /* bytes of a segment; 0: as they are */
	uint32_t cut;	       /* percent of the segments that are cut */
	uint32_t swap, repeat, overlap, lose, urgent, fragment; /* percent of the pieces */
	uint16_t vlan;
};

static void choose_habit(struct habit *h, struct rng *r)
{
	static const uint16_t sizes[][2] = { { 1, 1 }, { 1, 7 }, { 2, 12 }, { 8, 40 }, { 1, 400 }, { 50, 1200 },
					     { 8, 300 }, { 100, 1200 } };
	uint32_t i = rng_pick(r, 8);

	*h = (struct habit){ 0 };
	if (rng_chance(r, 50)) {
		h->min = sizes[i][0];
		h->max = sizes[i][1];
		h->cut = i ? rng_between(r, 20, 100) : 30;
	}
	h->swap = rng_chance(r, 12) ? rng_pick(r, 30) : 0;
	h->repeat = rng_chance(r, 10) ? rng_pick(r, 25) : 0;
	h->overlap = rng_chance(r, 8) ? rng_pick(r, 25) : 0;
	h->lose = rng_chance(r, 6) ? rng_pick(r, 10) : 0;
	h->urgent = rng_chance(r, 3) ? rng_pick(r, 20) : 0;
	h->fragment = rng_chance(r, 8) ? rng_pick(r, 60) : 0;
	h->vlan = rng_chance(r, 5) ? (uint16_t)rng_between(r, 1, 4094) : 0;
}

/* a segment that begins before this one or ends in it, with the same or other bytes */
static void overlap(pieces_t *v, const struct frame *f, const struct parts *p, struct rng *r)
{
	uint32_t n = p->end - p->payload, from = rng_pick(r, n), to = from + rng_between(r, 1, n - from);
	struct piece *x = piece_segment(v, f, p, from, to);

	if (rng_chance(r, 50))
		memset(x->b + p->payload, 'X', x->len - p->payload);
}

static void segments(pieces_t *v, const struct frame *f, const struct parts *p, const struct habit *h, struct rng *r)
{
	uint32_t n = p->end - p->payload, at = 0, k;
	bool is_cut = h->min && rng_chance(r, h->cut);

	/* a long message in single bytes is one flow's whole capture: the rest of it in one piece */
	for (uint32_t count = 0; at < n; at += k, count++) {
		k = is_cut && count < 40 ? rng_between(r, h->min, h->max) : n;
		k = k < n - at ? k : n - at;
		if (at && rng_chance(r, h->overlap))
			overlap(v, f, p, r);
		piece_segment(v, f, p, at, at + k);
		if (rng_chance(r, h->repeat) && n)
			overlap(v, f, p, r);
	}
	if (rng_chance(r, h->urgent)) {
		struct piece *x = &v->data[v->len - 1];

		x->b[p->l4 + 13] |= URG;
		put16(x->b + p->l4 + 18, rng_pick(r, n + 1));
	}
}

/* the IP packet in pieces of a multiple of 8 bytes */
static void fragments(pieces_t *v, const struct frame *f, const struct parts *p, struct rng *r)
{
	uint32_t n = p->end - p->l4, size = 8 * rng_between(r, 1, 1 + n / 16), put_in = p->v6 ? 8 : 0;
	uint32_t id = (uint32_t)rng_u64(r);

	for (uint32_t off = 0, k; off < n; off += k) {
		struct piece *x;

		k = size < n - off ? size : n - off;
		x = piece_add(v, p->l4 + put_in + k, f->flow, f->ts_ns);
		memcpy(x->b, p->b, p->l4);
		memcpy(x->b + p->l4 + put_in, p->b + p->l4 + off, k);
		set_length(x->b, p, x->len);
		if (p->v6) {
			x->b[p->next] = 44;
			memset(x->b + p->l4, 0, 8);
			x->b[p->l4] = p->proto;
			put16(x->b + p->l4 + 2, off | (off + k < n));
			put32(x->b + p->l4 + 4, id);
		} else {
			put16(x->b + p->l3 + 4, id);
			put16(x->b + p->l3 + 6, off / 8 | (off + k < n ? 0x2000U : 0));
		}
	}
}

static void tag(struct piece *x, uint16_t vlan)
{
	memmove(x->b + 16, x->b + 12, x->len - 12);
	put16(x->b + 12, 0x8100);
	put16(x->b + 14, vlan);
	x->len += 4;
}

static void mutate_frame(pieces_t *v, const struct capture *in, const struct frame *f, const struct habit *h, struct rng *r)
{
	struct parts p;
	bool known = take_apart(in->bytes.data + f->at, f->len, &p);

	if (rng_chance(r, h->lose))
		return;
	if (known && rng_chance(r, h->fragment) && p.end - p.l4 > 16)
		fragments(v, f, &p, r);
	else if (known && p.proto == IPPROTO_TCP && p.end > p.payload)
		segments(v, f, &p, h, r);
	else
		piece_copy(v, in, f);
}

/* frames [from, to) are one flow's */
static void mutate_flow(pieces_t *v, const struct capture *in, size_t from, size_t to, struct rng *r)
{
	size_t first = v->len;
	struct habit h;

	choose_habit(&h, r);
	for (size_t i = from; i < to; i++) {
		size_t begin = v->len;

		mutate_frame(v, in, &in->frames.data[i], &h, r);
		for (size_t k = begin; k < v->len; k++)
			v->data[k].ts_ns += (k - begin) * 1000;
	}
	for (size_t i = first; i < v->len; i++) {
		size_t k = i + rng_between(r, 1, 3);

		if (h.vlan)
			tag(&v->data[i], h.vlan);
		if (k < v->len && rng_chance(r, h.swap)) {
			uint64_t ts_ns = v->data[i].ts_ns;

			v->data[i].ts_ns = v->data[k].ts_ns;
			v->data[k].ts_ns = ts_ns;
		}
	}
}

static int by_time(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void flush(struct capture *ret, pieces_t *v)
{
	for (size_t i = 0; i < v->len; i++)
		v->data[i].order = (uint32_t)i;
	if (v->len)
		qsort(v->data, v->len, sizeof(*v->data), by_time);
	for (size_t i = 0; i < v->len; i++) {
		capture_add(ret, v->data[i].b, v->data[i].len, v->data[i].flow, v->data[i].ts_ns);
		free(v->data[i].b);
	}
	vec_done(v);
}

void traffic_mutate(struct capture *ret, const struct capture *in, struct rng *r)
{
	pieces_t v = { 0 };

	for (size_t i = 0, k; i < in->frames.len; i = k) {
		for (k = i + 1; k < in->frames.len && in->frames.data[k].flow == in->frames.data[i].flow; k++)
			;
		mutate_flow(&v, in, i, k, r);
	}
	flush(ret, &v);
}

void traffic_cut(struct capture *ret, const struct capture *in, size_t frame, const uint32_t *sizes, size_t n)
{
	const struct frame *f = &in->frames.data[frame];
	pieces_t v = { 0 };
	struct parts p;
	uint32_t at = 0;

	if (!take_apart(in->bytes.data + f->at, f->len, &p))
		errx(1, "not a frame to cut");
	for (size_t i = 0; i <= n; i++) {
		uint32_t to = i < n ? at + sizes[i] : p.end - p.payload;

		piece_segment(&v, f, &p, at, to);
		at = to;
	}
	flush(ret, &v);
}
