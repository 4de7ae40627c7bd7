/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers in a buffer, for byte_test and its family: read, compare, compute. Pure; bounds are the caller's. */
#ifndef MATCH_BYTE_H
#define MATCH_BYTE_H

#include <stdbool.h>
#include <stdint.h>

#include "rule/model.h"

#define BYTE_TEXT_MAX 23 /* digits of a 64-bit number in octal */

/* @n: at most 8 */
static inline uint64_t byte_binary(const uint8_t *p, uint32_t n, bool is_little)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < n; i++)
		v = v << 8 | p[is_little ? n - 1 - i : i];
	return v;
}

static inline int byte_digit(uint8_t c, unsigned int base)
{
	int v = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : 99;

	return v < (int)base ? v : -1;
}

/* as strtoull(): blanks, a sign, digits up to the first other byte; *ret_len: bytes up to there. False: no digit, too large. */
static inline bool byte_text(const uint8_t *p, uint32_t n, unsigned int base, uint64_t *ret, uint32_t *ret_len)
{
	bool is_negative = false, has_digit = false;
	uint32_t i = 0;
	uint64_t v = 0;
	int d;

	while (i < n && (p[i] == ' ' || (p[i] >= '\t' && p[i] <= '\r')))
		i++;
	if (i < n && (p[i] == '-' || p[i] == '+'))
		is_negative = p[i++] == '-';
	if (base == 16 && i + 2 < n && p[i] == '0' && (p[i + 1] | 0x20) == 'x' && byte_digit(p[i + 2], 16) >= 0)
		i += 2;
	for (; i < n && (d = byte_digit(p[i], base)) >= 0; i++) {
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) || __builtin_add_overflow(v, (uint64_t)d, &v))
			return false;
		has_digit = true;
	}
	*ret = is_negative ? 0 - v : v;
	*ret_len = i;
	return has_digit;
}

/* @op: RULE_BYTE_LT ... RULE_BYTE_XOR */
static inline bool byte_compare(uint8_t op, uint64_t v, uint64_t with)
{
	switch (op) {
	case RULE_BYTE_LT:
		return v < with;
	case RULE_BYTE_GT:
		return v > with;
	case RULE_BYTE_EQ:
		return v == with;
	case RULE_BYTE_LE:
		return v <= with;
	case RULE_BYTE_GE:
		return v >= with;
	case RULE_BYTE_AND:
		return v & with;
	default:
		return v ^ with;
	}
}

/* @op: RULE_BYTE_ADD ... RULE_BYTE_SHR; false: a division by 0 */
static inline bool byte_calculate(uint8_t op, uint64_t *v, uint64_t with)
{
	switch (op) {
	case RULE_BYTE_ADD:
		*v += with;
		return true;
	case RULE_BYTE_SUB:
		*v -= with;
		return true;
	case RULE_BYTE_MUL:
		*v *= with;
		return true;
	case RULE_BYTE_DIV:
		if (with)
			*v /= with;
		return with != 0;
	case RULE_BYTE_SHL:
		*v = with < 64 ? *v << with : 0;
		return true;
	default:
		*v = with < 64 ? *v >> with : 0;
		return true;
	}
}

#endif
