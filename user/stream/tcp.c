/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reassembly of one direction. `held` is a flat buffer, so that the window
 * given out needs no joining: new bytes are appended, and when it is full the
 * last CORDON_WINDOW bytes move to its front, once in every CORDON_WINDOW
 * bytes or so.
 */
#include "stream/tcp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HELD_FIRST 1024

struct tcp_early {
	struct tcp_early *next;
	uint64_t off;
	uint32_t len;
	int64_t from, to; /* of the segment it came in */
	uint8_t data[];
};

int64_t tcp_offset(const struct tcp_dir *d, uint32_t base_seq, uint32_t seq)
{
	return (int64_t)d->next + (int32_t)(seq - (base_seq + (uint32_t)d->next));
}

static uint32_t window_len(const struct tcp_dir *d)
{
	return d->held_len < CORDON_WINDOW ? d->held_len : CORDON_WINDOW;
}

/* room for @n more bytes behind the window */
static int hold(struct tcp_dir *d, struct tcp_pool *pool, uint32_t n)
{
	uint32_t keep = window_len(d), cap = d->held_cap ? d->held_cap : HELD_FIRST;
	uint8_t *p;

	if (d->held_len + n <= d->held_cap)
		return 0;
	while (cap < keep + n || (cap < 2 * CORDON_WINDOW && cap < d->held_len + n))
		cap *= 2;
	if (cap > d->held_cap) {
		p = realloc(d->held, cap);
		if (!p)
			return -ENOMEM;
		pool->bytes += cap - d->held_cap;
		d->held = p;
		d->held_cap = cap;
	}
	if (d->held_len + n > d->held_cap) {
		memmove(d->held, d->held + d->held_len - keep, keep);
		d->held_len = keep;
	}
	return 0;
}

/* bytes at d->next go out */
static void deliver(struct tcp_dir *d, const struct tcp_sink *s, const uint8_t *p, uint32_t len)
{
	uint32_t keep = window_len(d);
	uint64_t fresh = d->next;

	if (!len)
		return;
	if (hold(d, s->pool, len)) {
		s->pool->segments_dropped++;
		d->next += len;
		d->held_len = 0;
		s->gap(s->ctx, s->dir, len);
		return;
	}
	memcpy(d->held + d->held_len, p, len);
	d->held_len += len;
	d->next += len;
	s->bytes(s->ctx, s->dir, d->held + d->held_len - len - keep, keep + len, fresh - keep, fresh);
}

static struct tcp_early *early_pop(struct tcp_dir *d, struct tcp_pool *pool)
{
	struct tcp_early *e = d->early;

	d->early = e->next;
	d->early_bytes -= e->len;
	d->early_segments--;
	pool->bytes -= sizeof(*e) + e->len;
	return e;
}

/* what waits and has become next, or old, goes */
static void drain(struct tcp_dir *d, const struct tcp_sink *s)
{
	while (d->early && d->early->off <= d->next) {
		struct tcp_early *e = early_pop(d, s->pool);
		uint64_t old = d->next - e->off;

		if (old < e->len)
			deliver(d, s, e->data + old, (uint32_t)(e->len - old));
		free(e);
	}
}

/* a segment as it came: where it began and ended in the stream */
struct extent {
	int64_t from, to;
};

static int early_put(struct tcp_dir *d, struct tcp_pool *pool, struct tcp_early **at, struct extent seg, uint64_t off,
		     const uint8_t *p, uint32_t len)
{
	struct tcp_early *e = malloc(sizeof(*e) + len);

	if (!e)
		return -ENOMEM;
	*e = (struct tcp_early){ .next = *at, .off = off, .len = len, .from = seg.from, .to = seg.to };
	memcpy(e->data, p, len);
	*at = e;
	d->early_bytes += len;
	d->early_segments++;
	pool->bytes += sizeof(*e) + len;
	return 0;
}

/* the parts of [off, off + len) that nothing waits for yet are put between what waits */
static void keep_early(struct tcp_dir *d, const struct tcp_sink *s, struct extent seg, uint64_t off, const uint8_t *p,
		       uint32_t len)
{
	struct tcp_early **at = &d->early;
	uint64_t end = off + len, stop;

	while (off < end) {
		while (*at && (*at)->off + (*at)->len <= off)
			at = &(*at)->next;
		if (*at && (*at)->off <= off) { /* seen before, and settled */
			stop = (*at)->off + (*at)->len;
		} else {
			stop = *at && (*at)->off < end ? (*at)->off : end;
			if (early_put(d, s->pool, at, seg, off, p, (uint32_t)(stop - off))) {
				s->pool->segments_dropped++;
				return;
			}
		}
		if (stop > end)
			stop = end;
		p += stop - off;
		off = stop;
	}
}

#define POLICY_BIT(id) (1u << TCP_POLICY_##id)
#define SOLARIS_LIKE (POLICY_BIT(SOLARIS) | POLICY_BIT(HPUX11))
#define BSD_LIKE                                                                                  \
	(POLICY_BIT(BSD) | POLICY_BIT(HPUX10) | POLICY_BIT(IRIX) | POLICY_BIT(WINDOWS) | POLICY_BIT(WINDOWS2K3) | \
	 POLICY_BIT(MACOS) | POLICY_BIT(LINUX) | POLICY_BIT(OLD_LINUX))

/*
 * Does @seg replace what waits of an earlier segment @old? Novak and Sturges, "Target-Based TCP Stream Reassembly"
 * (2007), as Suricata 7 has it: what counts is which begins first and which ends last.
 */
static bool replaces(uint8_t policy, struct extent seg, struct extent old)
{
	uint32_t who = POLICY_BIT(LAST);

	if (seg.to > old.to || (seg.to == old.to && seg.from <= old.from))
		who |= SOLARIS_LIKE;
	if (seg.from < old.from)
		who |= BSD_LIKE;
	if (seg.from == old.from && seg.to > old.to)
		who |= POLICY_BIT(LINUX);
	if (seg.from == old.from && seg.to >= old.to)
		who |= POLICY_BIT(OLD_LINUX);
	return who >> policy & 1;
}

/* bytes [off, off + len) of @seg take the place of those that wait, where the policy says so */
static void settle(struct tcp_dir *d, struct extent seg, uint64_t off, const uint8_t *p, uint32_t len)
{
	for (struct tcp_early *e = d->early; e && e->off < off + len; e = e->next) {
		uint64_t from = e->off > off ? e->off : off, end = e->off + e->len < off + len ? e->off + e->len : off + len;

		if (from < end && replaces(d->policy, seg, (struct extent){ e->from, e->to }))
			memcpy(e->data + (from - e->off), p + (from - off), end - from);
	}
}

void tcp_segment(struct tcp_dir *d, const struct tcp_sink *s, int64_t at, const uint8_t *p, uint32_t len)
{
	struct extent seg = { at, at + (int64_t)len };
	uint64_t off, n;

	if (at + (int64_t)len <= (int64_t)d->next)
		return;
	if (at > (int64_t)d->next + CORDON_STREAM_AHEAD) {
		s->pool->segments_dropped++;
		return;
	}
	if (at < (int64_t)d->next) {
		p += (int64_t)d->next - at;
		len -= (uint32_t)((int64_t)d->next - at);
		at = (int64_t)d->next;
	}
	if (d->policy != TCP_POLICY_FIRST)
		settle(d, seg, (uint64_t)at, p, len);
	for (off = (uint64_t)at; len && off == d->next;) {
		n = d->early && d->early->off < off + len ? d->early->off - off : len;
		deliver(d, s, p, (uint32_t)n);
		drain(d, s);
		n = d->next - off < len ? d->next - off : len;
		p += n;
		len -= (uint32_t)n;
		off += n;
	}
	if (!len)
		return;
	keep_early(d, s, seg, off, p, len);
	while (d->early_bytes > CORDON_STREAM_OOO_BYTES || d->early_segments > CORDON_STREAM_OOO_SEGMENTS)
		tcp_skip(d, s, d->early->off);
}

/* do @len bytes at @off and @n others at @at differ where both have some? */
static bool differ(uint64_t off, const uint8_t *p, uint32_t len, uint64_t at, const uint8_t *q, uint32_t n)
{
	uint64_t from = at > off ? at : off, end = at + n < off + len ? at + n : off + len;

	return from < end && memcmp(q + (from - at), p + (from - off), end - from);
}

bool tcp_contradicts(const struct tcp_dir *d, uint64_t off, const uint8_t *p, uint32_t len)
{
	/* what came up and what a history brings know this much alike */
	uint32_t n = d->held_len < CORDON_WINDOW ? d->held_len : CORDON_WINDOW;

	if (n && differ(off, p, len, d->next - n, d->held + d->held_len - n, n))
		return true;
	for (const struct tcp_early *e = d->early; e && e->off < off + len; e = e->next)
		if (differ(off, p, len, e->off, e->data, e->len))
			return true;
	return false;
}

void tcp_skip(struct tcp_dir *d, const struct tcp_sink *s, uint64_t off)
{
	uint64_t missing = off - d->next;

	if (off <= d->next)
		return;
	d->next = off;
	d->held_len = 0;
	s->gap(s->ctx, s->dir, missing);
	drain(d, s);
}

void tcp_flush(struct tcp_dir *d, const struct tcp_sink *s)
{
	while (d->early)
		tcp_skip(d, s, d->early->off);
}

void tcp_done(struct tcp_dir *d, struct tcp_pool *pool)
{
	while (d->early)
		free(early_pop(d, pool));
	pool->bytes -= d->held_cap;
	free(d->held);
	*d = (struct tcp_dir){ .next = d->next, .policy = d->policy };
}
