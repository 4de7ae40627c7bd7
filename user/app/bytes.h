/* SPDX-License-Identifier: BSD-2-Clause */
/* A bounded, growing buffer for the part of a stream that a message is parsed from. */
#ifndef APP_BYTES_H
#define APP_BYTES_H

#include <stdint.h>
#include <string.h>

#include "base/vec.h"

struct bytes {
	VEC(uint8_t) v;
};

/* adds at most @max - held bytes; returns how many were taken, or -ENOMEM */
static inline int bytes_add(struct bytes *b, const uint8_t *p, uint32_t n, uint32_t max)
{
	if (n > max - b->v.len)
		n = (uint32_t)(max - b->v.len);
	if (!n)
		return 0;
	if (vec_reserve(&b->v, b->v.len + n))
		return -ENOMEM;
	memcpy(b->v.data + b->v.len, p, n);
	b->v.len += n;
	return (int)n;
}

#endif
