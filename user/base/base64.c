// SPDX-License-Identifier: BSD-2-Clause
/* base64 to bytes; see base64.h. */
#include "base/base64.h"

#include <ctype.h>
#include <errno.h>

static int value_of(uint8_t c)
{
	if (isupper(c))
		return c - 'A';
	if (islower(c))
		return c - 'a' + 26;
	return isdigit(c) ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
}

uint32_t base64_decode(const uint8_t *p, uint32_t n, uint8_t *dst)
{
	uint32_t bits = 0, have = 0, w = 0;

	for (uint32_t i = 0; i < n; i++) {
		int v = value_of(p[i]);

		if (v < 0)
			break;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			dst[w++] = (uint8_t)(bits >> have);
		}
	}
	return w;
}

int base64_decode_all(const char *p, size_t n, uint8_t *dst, uint32_t *ret_len)
{
	size_t padding = 0;

	while (n && p[n - 1] == '=' && padding < 2) {
		n--;
		padding++;
	}
	if (n > UINT32_MAX || n % 4 == 1 || (padding && (n + padding) % 4))
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (value_of((uint8_t)p[i]) < 0)
			return -EINVAL;
	*ret_len = base64_decode((const uint8_t *)p, (uint32_t)n, dst);
	return 0;
}
