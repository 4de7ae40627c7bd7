/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 4648 section 4. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* up to the first byte that is none of the alphabet; @dst: 3/4 of @n; returns how many bytes */
uint32_t base64_decode(const uint8_t *p, uint32_t n, uint8_t *dst);
/* all of @p must be base64, padded or not; *ret_len bytes in @dst (3/4 of @n). 0 or -EINVAL */
int base64_decode_all(const char *p, size_t n, uint8_t *dst, uint32_t *ret_len);

#endif
