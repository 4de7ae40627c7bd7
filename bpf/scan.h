/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Two stages of looking for literals. First: is the bit of any gram set?
 * Probes at a fixed stride, independent of each other, no branch on data. The
 * lattice goes one step back into the carry, which makes a seam between two
 * segments, or two rounds, no special case: a window of 7 bytes whose last
 * byte is here starts at -6 or later, so it holds a whole 4-gram at a multiple
 * of 4 from -4 on. Second, only in blocks of 32 bytes where a bit was set: is
 * it the gram of a window, are the window's bytes there, is its gate open?
 * Most payloads never come here: scan_direct.h has said that no bit is set.
 */
#ifndef BPF_SCAN_H
#define BPF_SCAN_H

#include "image.h"

/* what is looked for */
#define SCAN_LONG (1 << 0)
#define SCAN_SHORT (1 << 1)
#define SCAN_URI (1 << 2)
#define SCAN_NARROW (1 << 3) /* with SCAN_LONG: not only wide windows */

#define SCAN_HIT (1 << 0)
#define SCAN_ENCODING (1 << 1)
#define SCAN_FOLD 0x2020202020202020ULL

static __always_inline __u64 scan_load(const __u8 *q)
{
	return *(const __u64 *)q;
}

static __always_inline __u32 scan_gram(const __u8 *q)
{
	return *(const __u32 *)q | 0x20202020; /* a copy from bytes becomes four loads */
}

static __always_inline __u32 scan_bit_long(const __u8 *bits, const __u8 *q)
{
	__u32 h = cordon_pf_long_bit(scan_gram(q));

	return bits[h >> 3] >> (h & 7) & 1;
}

static __always_inline __u32 scan_bit_short(const __u8 *bits, const __u8 *q)
{
	__u32 h = cordon_pf_short_bit(scan_gram(q) | 0xff000000);

	return bits[h >> 3] >> (h & 7) & 1;
}

static __always_inline void *scan_part0(void)
{
	void *inner = image_inner(&prefilter);

	return inner ? image_part(inner, 0) : NULL;
}

static __always_inline void *scan_part1(void)
{
	void *inner = image_inner(&prefilter);

	return inner ? image_part(inner, 1) : NULL;
}

/* s->block[i]: 4-grams of long windows that begin at 32 * i ... + 31 of buf; the sum over all */
__weak __noinline int scan_long(__u32 n)
{
	struct scratch *s = scratch_get();
	void *part = scan_part1();
	const __u8 *bits;
	__u32 sum = 0;

	if (!s || !part)
		return 0;
	bits = *PF_PART1(part, long_bits);
	for (__u32 i = 0; i < CORDON_SCAN_BYTES / 32 + 1; i++) {
		const __u8 *q = s->buf + i * 32;
		__u32 c = 0;

		if (i * 32 >= n + CORDON_CARRY)
			break;
#pragma clang loop unroll(full)
		for (__u32 j = 0; j < 32; j += 4)
			c += scan_bit_long(bits, q + j);
		s->block[i] = (__u8)c;
		sum += c;
	}
	return (int)sum;
}

/* the same of short windows, added to what scan_long() (or nobody) found: 3-grams at twice the
 * density */
__weak __noinline int scan_short(__u32 n)
{
	struct scratch *s = scratch_get();
	void *part = scan_part1();
	const __u8 *bits;
	__u32 sum = 0;

	if (!s || !part)
		return 0;
	bits = *PF_PART1(part, short_bits);
	for (__u32 i = 0; i < CORDON_SCAN_BYTES / 32 + 1; i++) {
		const __u8 *q = s->buf + i * 32;
		__u32 c = 0;

		if (i * 32 >= n + CORDON_CARRY)
			break;
#pragma clang loop unroll(full)
		for (__u32 j = 0; j < 32; j += 2)
			c += scan_bit_short(bits, q + j);
		s->block[i] += (__u8)c;
		sum += c;
	}
	return (int)sum;
}

/* first stage; without long windows s->block is cleared for scan_short() */
static __always_inline int scan_first(struct scratch *s, __u32 n, __u32 which)
{
	int sum = 0;

	if (which & SCAN_LONG)
		sum = scan_long(n);
	else
		__builtin_memset(s->block, 0, sizeof(s->block));
	return which & SCAN_SHORT ? sum + scan_short(n) : sum;
}

static __always_inline int scan_gate(void *part0, const struct pkt *p, __u32 gate)
{
	const struct cordon_pf_gate *g;
	const __u64 *sg, *dg;

	if (gate >= CORDON_PF_GATES)
		return 0;
	g = &(*PF_PART0(part0, gates))[gate];
	sg = (*PF_PART0(part0, sport_groups))[p->sport];
	dg = (*PF_PART0(part0, dport_groups))[p->dport];
	if (!(g->classes >> (p->cls * 2 + (p->facts.dir & 1)) & 1) || !(g->apps >> (p->app & 63) & 1) ||
	    !(g->ends >> (p->ends & (CORDON_PF_ENDS - 1)) & 1))
		return 0;
	if ((g->sport && g->sport != p->sport) || (g->dport && g->dport != p->dport))
		return 0;
	if (p->payload_len < g->min || (p->payload_len > g->max && g->max != 0xffff))
		return 0;
	return ((sg[0] & dg[0] & g->groups[0]) | (sg[1] & dg[1] & g->groups[1])) != 0;
}

/* are the window's bytes there, wholly in what is known, and not wholly seen before? @at: of the
 * gram, in buf */
static __always_inline int scan_window(const struct scratch *s, const struct cordon_pf_entry *e,
				       __u32 at, __u32 n)
{
	__u32 start = at - e->off, len = e->len;
	__u64 v;

	if (at < e->off || start < (__u32)(CORDON_CARRY - s->carry_len) ||
	    start + len > n + CORDON_CARRY || start + len <= CORDON_CARRY || len < 1 || len > 8 ||
	    start >= sizeof(s->buf) - 8)
		return 0;
	v = (scan_load(s->buf + start) | SCAN_FOLD) & (~0ULL >> ((64 - 8 * len) & 63));
	return v == e->val;
}

/* the entries of the gram at @at of buf; 1: a literal with its gate open */
__weak __noinline int scan_gram_at(__u32 at, __u32 gram, __u32 n)
{
	struct scratch *s = scratch_get();
	void *inner = image_inner(&prefilter), *part0, *part2;
	__u32 h = cordon_pf_hash(gram);

	if (!s || !inner || at >= CORDON_CARRY + CORDON_SCAN_BYTES + 32)
		return 0;
	part0 = image_part(inner, 0);
	part2 = image_part(inner, 2);
	if (!part0 || !part2)
		return 0;
	for (__u32 i = 0; i < CORDON_PF_PROBES; i++) {
		const struct cordon_pf_entry *e =
			&(*PF_PART2(part2, entries))[(h + i) & (CORDON_PF_ENTRIES - 1)];

		if (!e->gram)
			break;
		if (e->gram != gram || !scan_window(s, e, at, n))
			continue;
		if (scan_gate(part0, &s->p, e->gate)) {
			s->p.literal = e->val;
			return 1;
		}
	}
	return 0;
}

/* second stage of one block */
__weak __noinline int scan_block(__u32 block, __u32 n, __u32 which)
{
	struct scratch *s = scratch_get();
	void *inner = image_inner(&prefilter), *part;
	const __u8 *lbits, *sbits;
	__u32 at = block * 32;

	if (!s || !inner || block > CORDON_SCAN_BYTES / 32)
		return 0;
	part = image_part(inner, 1);
	if (!part)
		return 0;
	lbits = *PF_PART1(part, long_bits);
	sbits = *PF_PART1(part, short_bits);
	for (__u32 j = 0; j < 32; j += 2) {
		const __u8 *q = s->buf + at + j;

		if (which & SCAN_LONG && !(j & 3) && scan_bit_long(lbits, q) &&
		    scan_gram_at(at + j, scan_gram(q), n))
			return 1;
		if (which & SCAN_SHORT && scan_bit_short(sbits, q) &&
		    scan_gram_at(at + j, scan_gram(q) | 0xff000000, n))
			return 1;
	}
	return 0;
}

/*
 * Signs that the URI a rule looks at is not the bytes on the wire: '%', '\',
 * "//", "/.", and bytes above ASCII, since UTF-8 has more than one way to write
 * a slash. Starts one byte back, in the carry: a pair may lie over a seam.
 * What is behind the payload in buf is zero.
 */
__weak __noinline int scan_encoding(__u32 n)
{
	struct scratch *s = scratch_get();
	__u64 seen = 0;

	if (!s)
		return 0;
	for (__u32 i = 0; i < CORDON_SCAN_BYTES / 8 + 1; i++) {
		const __u8 *q = s->buf + CORDON_CARRY - 1 + i * 8;
		__u64 v = scan_load(q), w = scan_load(q + 1);

		if (i * 8 > n)
			break;
		seen |= name_eq(v, '/') & (name_eq(w, '/') | name_eq(w, '.'));
		seen |= name_eq(w, '%') | name_eq(w, '\\') | (w & 0x8080808080808080ULL);
	}
	return seen != 0;
}

/* nothing to look for: only the payload's last bytes become the carry, behind what is left of the
 * one before */
__noinline int HOOK(scan_carry)(hook_ctx *ctx)
{
	struct scratch *s = scratch_get();
	__u32 n;

	if (!s || !s->p.payload_len)
		return 0;
	n = some(s->p.payload_len < CORDON_CARRY ? s->p.payload_len : CORDON_CARRY,
		 CORDON_CARRY - 1);
	if (hook_load(ctx, s->p.payload_off + s->p.payload_len - n, s->buf + CORDON_CARRY, n)) {
		because(&s->p, CORDON_REASON_COPY_FAILED);
		return SCAN_HIT;
	}
	*(__u64 *)s->buf = scan_load(s->buf + n);
	return 0;
}

/*
 * scan_round() - the @round-th CORDON_SCAN_BYTES of the payload
 * @which: SCAN_LONG, _SHORT, _URI
 * The carry of the next round, or the next segment, is left before CORDON_CARRY.
 * Return: SCAN_*
 */
__noinline int HOOK(scan_round)(hook_ctx *ctx, __u32 round, __u32 which)
{
	struct scratch *s = scratch_get();
	__u32 at = round * CORDON_SCAN_BYTES, n;
	int r = 0;

	if (!s || s->p.payload_len <= at)
		return 0;
	n = s->p.payload_len - at;
	n = some(n < CORDON_SCAN_BYTES ? n : CORDON_SCAN_BYTES, CORDON_SCAN_BYTES - 1);
	if (hook_load(ctx, s->p.payload_off + at, s->buf + CORDON_CARRY, n)) {
		because(&s->p, CORDON_REASON_COPY_FAILED);
		return SCAN_HIT;
	}
	for (__u32 i = 0; i < 40; i += 8)
		*(__u64 *)(s->buf + CORDON_CARRY + n + i) = 0;
	if (which & (SCAN_LONG | SCAN_SHORT) && scan_first(s, n, which))
		for (__u32 i = 0; i < CORDON_SCAN_BYTES / 32 + 1; i++) {
			if (i * 32 >= n + CORDON_CARRY)
				break;
			if (s->block[i] && scan_block(i, n, which)) {
				r |= SCAN_HIT;
				break;
			}
		}
	if (which & SCAN_URI && scan_encoding(n))
		r |= SCAN_ENCODING;
	*(__u64 *)s->buf = scan_load(s->buf + n);
	s->carry_len = s->carry_len + n < CORDON_CARRY ? s->carry_len + n : CORDON_CARRY;
	return r;
}

#endif
