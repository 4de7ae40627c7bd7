/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The first stage over the packet itself, where only wide windows are looked
 * for: 6-grams at stride 6, each probe independent of the others and without a
 * branch, in blocks with one bounds check; the last block is moved back so that
 * it ends with the payload. Most payloads have no gram that is there by both of
 * its bits, and are through without being copied. "Maybe" is the answer to all
 * that does not lie here in one piece.
 */
#ifndef BPF_SCAN_DIRECT_H
#define BPF_SCAN_DIRECT_H

#include "scan.h"

#define DIRECT_LEAST 64 /* bytes; a shorter payload is copied */
#define DIRECT_OFF 512  /* headers are shorter */
#define DIRECT_STRIDE 6
#define DIRECT_BLOCK (8 * DIRECT_STRIDE)

/* the word that begins at a gram: the hashes do not count the two bytes behind it */
static __always_inline __u64 direct_gram(const __u8 *q)
{
	return scan_load(q) | SCAN_FOLD;
}

/* the same of the gram behind two bytes, which may be the last there are */
static __always_inline __u64 direct_behind(const __u8 *q)
{
	return (scan_load(q) | SCAN_FOLD) >> 16;
}

/* words[cordon_pf_wide_word()], its place in bytes taken from the hash at once: one shift less */
static __always_inline __u64 direct_word(const __u64 *words, __u64 hash)
{
	__u64 at = hash >> (CORDON_PF_WIDE_WORD_SHIFT - 3) & (CORDON_PF_WIDE_WORDS * 8 - 8);

	return *(const __u64 *)((const __u8 *)words + at);
}

/* @w >> cordon_pf_wide_bit(): a shift takes no more than six bits of its count, which clang would mask once more */
static __always_inline __u64 direct_shift(__u64 w, __u64 hash, __u32 i)
{
	__u64 count = hash >> CORDON_PF_WIDE_BIT_SHIFT(i);

	asm volatile("%0 >>= %1" : "+r"(w) : "r"(count));
	return w;
}

/* bit 0: set; the rest is junk */
static __always_inline __u64 direct_bit(const __u64 *wide, __u64 gram)
{
	__u64 h = cordon_pf_wide_hash(gram);

	return direct_shift(direct_word(wide, h), h, 0);
}

static __always_inline __u64 direct_check(const __u64 *check, __u64 gram)
{
	__u64 h = cordon_pf_check_hash(gram), w = direct_word(check, h);

	return direct_shift(w, h, 0) & direct_shift(w, h, 1);
}

/* is a gram there by all of its bits? @gram: direct_gram, or direct_behind where nothing may follow */
static __always_inline __u64 direct_block(const __u64 *wide, const __u64 *check, const __u8 *q, __u64 (*gram)(const __u8 *))
{
	__u64 sum = 0;

#pragma clang loop unroll(full)
	for (__u32 j = 0; j < DIRECT_BLOCK; j += DIRECT_STRIDE)
		sum |= direct_bit(wide, gram(q + j));
	if (!(sum & 1))
		return 0;
	sum = 0;
#pragma clang loop unroll(full)
	for (__u32 j = 0; j < DIRECT_BLOCK; j += DIRECT_STRIDE) {
		sum |= direct_bit(wide, gram(q + j)) & direct_check(check, gram(q + j));
		hide(sum); /* else all are found first, and kept on the stack, of which there is little */
	}
	return sum;
}

/* are a block and two bytes more in the packet? Hidden, or clang compares with the end
 * plus something */
static __always_inline int direct_is_in(const __u8 *q, const __u8 *end)
{
	const __u8 *behind = q + DIRECT_BLOCK + 2;

	hide(behind);
	return behind <= end;
}

/* two bytes before the payload; NULL: it is not all in the linear part */
static __always_inline const __u8 *direct_payload(hook_ctx *ctx, const struct pkt *p)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	__u32 off = p->payload_off, n = p->payload_len;

	hide(off);
	hide(n);
	off -= 2;
	if (off >= DIRECT_OFF || n < DIRECT_LEAST || n > CORDON_SCAN_BYTES ||
	    data + off + 2 + n > (const __u8 *)(long)ctx->data_end)
		return NULL;
	return data + off;
}

/*
 * A wide window that ends in this payload begins at -10 or later, so one of its
 * six grams begins at a multiple of six from -6 on; the one at -6 is in the carry.
 */
__noinline int HOOK(direct_wide)(hook_ctx *ctx)
{
	const __u8 *q, *payload, *end = (const __u8 *)(long)ctx->data_end;
	struct scratch *s = scratch_get();
	void *part0 = scan_part0(), *part1 = scan_part1();
	const __u64 *wide, *check;
	__u32 left, n;
	__u64 sum;

	if (!s || !part0 || !part1)
		return 1;
	wide = *PF_PART1(part1, wide);
	check = *PF_PART0(part0, wide_check);
	payload = direct_payload(ctx, &s->p);
	if (!payload)
		return 1;
	n = left = s->p.payload_len;
	sum = direct_bit(wide, direct_behind(s->buf)) & direct_check(check, direct_behind(s->buf));
	q = payload + 2;
	for (__u32 i = 0; i < CORDON_SCAN_BYTES / DIRECT_BLOCK; i++) {
		if (left < DIRECT_BLOCK + 2)
			break;
		if (!direct_is_in(q, end))
			return 1;
		sum |= direct_block(wide, check, q, direct_gram);
		hide(sum); /* the verifier forgets which way it went */
		q += DIRECT_BLOCK;
		left -= DIRECT_BLOCK;
	}
	/* the last gram begins at the last multiple of six up to n - 6; 10923 / 65536: by six, below 2^13 */
	n = (((n - DIRECT_STRIDE) * 10923) >> 16) * DIRECT_STRIDE - (DIRECT_BLOCK - DIRECT_STRIDE);
	hide(n);
	q = payload + (n & (CORDON_SCAN_BYTES - 1));
	if (!direct_is_in(q, end))
		return 1;
	sum |= direct_block(wide, check, q, direct_behind);
	return (int)(sum & 1);
}

/* the payload's last bytes become the carry */
static __always_inline int direct_carry(hook_ctx *ctx, struct scratch *s)
{
	const __u8 *q = direct_payload(ctx, &s->p);
	__u32 n = s->p.payload_len;

	if (!q || n < DIRECT_LEAST)
		return 1;
	n -= CORDON_CARRY;
	hide(n);
	q += (n & (CORDON_SCAN_BYTES - 1)) + 2;
	if (q + CORDON_CARRY > (const __u8 *)(long)ctx->data_end)
		return 1;
	*(__u64 *)s->buf = scan_load(q);
	return 0;
}

/* 0: nothing that is looked for is in this payload, and the carry is that of the next; 1: maybe */
__noinline int HOOK(scan_direct)(hook_ctx *ctx, __u32 which)
{
	struct scratch *s = scratch_get();

	if (!s || which != SCAN_LONG || HOOK(direct_wide)(ctx))
		return 1;
	return direct_carry(ctx, s);
}

#endif
