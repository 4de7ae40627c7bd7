/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers in network order at any address, and the Internet checksum (RFC 1071), for frames that are made here. */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t wire_get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static inline void wire_put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void wire_put32(uint8_t *p, uint32_t v)
{
	wire_put16(p, v >> 16);
	wire_put16(p + 2, v);
}

/* @n bytes added to the sum @s; an odd last byte counts as if a 0 followed, so only the last part may be odd */
static inline uint32_t wire_sum(uint32_t s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		s += wire_get16(p + i);
	return n & 1 ? s + ((uint32_t)p[n - 1] << 8) : s;
}

/* the sum in 16 bits; its complement is the checksum */
static inline uint32_t wire_fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

#endif
