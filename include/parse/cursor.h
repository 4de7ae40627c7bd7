/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A cursor over foreign bytes: every parser of include/parse/ reads through it
 * and so cannot leave its input. Pure: no helper, no map, no libc; compiled for
 * BPF, user space, tests and fuzzers alike. The comparison is always
 * `pos + n > end`: other forms lose the verifier's track of the bound.
 */
#ifndef PARSE_CURSOR_H
#define PARSE_CURSOR_H

#include "cordon_types.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif

/* What a parser returns: a message cut short is not a malformed one. */
enum { PARSE_OK = 0, PARSE_SHORT = 1, PARSE_BAD = 2 };

struct cur {
	const __u8 *pos, *end;
};

static __always_inline struct cur cur_of(const void *p, __u32 n)
{
	return (struct cur){ .pos = p, .end = (const __u8 *)p + n };
}

static __always_inline __u32 cur_left(const struct cur *c)
{
	return (__u32)(c->end - c->pos);
}

/* the next @n bytes, and steps over them; NULL when there are fewer. @n is bounded by the caller when it is foreign. */
static __always_inline const __u8 *cur_take(struct cur *c, __u32 n)
{
	const __u8 *p = c->pos;

	if (p + n > c->end)
		return (void *)0;
	c->pos = p + n;
	return p;
}

static __always_inline int cur_skip(struct cur *c, __u32 n)
{
	return cur_take(c, n) ? PARSE_OK : PARSE_SHORT;
}

static __always_inline int cur_u8(struct cur *c, __u8 *ret)
{
	const __u8 *p = cur_take(c, 1);

	if (!p)
		return PARSE_SHORT;
	*ret = p[0];
	return PARSE_OK;
}

/* network order in, host order out */
static __always_inline int cur_be16(struct cur *c, __u16 *ret)
{
	const __u8 *p = cur_take(c, 2);

	if (!p)
		return PARSE_SHORT;
	*ret = (__u16)(p[0] << 8 | p[1]);
	return PARSE_OK;
}

static __always_inline int cur_be32(struct cur *c, __u32 *ret)
{
	const __u8 *p = cur_take(c, 4);

	if (!p)
		return PARSE_SHORT;
	*ret = (__u32)p[0] << 24 | (__u32)p[1] << 16 | (__u32)p[2] << 8 | p[3];
	return PARSE_OK;
}

#endif
