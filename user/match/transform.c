// SPDX-License-Identifier: BSD-2-Clause
/* Each transform reads one buffer and writes another, never longer than one byte more or a digest. */
#include "match/transform.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/crypto.h"
#include "rule/regex.h"

static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* @all: every blank goes; else one of each run stays */
static uint32_t strip(const uint8_t *p, uint32_t n, uint8_t *dst, bool all)
{
	uint32_t w = 0;

	for (uint32_t i = 0; i < n; i++)
		if (!is_blank(p[i]) || (!all && (!i || !is_blank(p[i - 1]))))
			dst[w++] = p[i];
	return w;
}

static int hex_digit(uint8_t c)
{
	return isdigit(c) ? c - '0' : isxdigit(c) ? (c | 0x20) - 'a' + 10 : -1;
}

static uint32_t url_decode(const uint8_t *p, uint32_t n, uint8_t *dst)
{
	uint32_t w = 0;

	for (uint32_t i = 0; i < n; i++) {
		int high = p[i] == '%' && n - i > 2 ? hex_digit(p[i + 1]) : -1, low = high < 0 ? -1 : hex_digit(p[i + 2]);

		if (low >= 0) {
			dst[w++] = (uint8_t)(high << 4 | low);
			i += 2;
		} else {
			dst[w++] = p[i] == '+' ? ' ' : p[i];
		}
	}
	return w;
}

/* "Name: value" lines: the names */
static void header_lower(const uint8_t *p, uint32_t n, uint8_t *dst)
{
	bool in_name = true;

	for (uint32_t i = 0; i < n; i++) {
		dst[i] = in_name ? (uint8_t)tolower(p[i]) : p[i];
		in_name = p[i] == '\n' || (in_name && p[i] != ':');
	}
}

/* without the lines that begin with a colon (RFC 9113 8.3) */
static uint32_t strip_pseudo(const uint8_t *p, uint32_t n, uint8_t *dst)
{
	bool at_begin = true, is_pseudo = false;
	uint32_t w = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (at_begin)
			is_pseudo = p[i] == ':';
		if (!is_pseudo)
			dst[w++] = p[i];
		at_begin = p[i] == '\n';
	}
	return w;
}

static uint32_t one(const struct rule_transform *t, const uint8_t *p, uint32_t n, uint8_t *dst)
{
	switch (t->kind) {
	case RULE_TRANSFORM_DOTPREFIX:
		dst[0] = '.';
		memcpy(dst + 1, p, n);
		return n + 1;
	case RULE_TRANSFORM_STRIP_BLANKS:
	case RULE_TRANSFORM_COMPRESS_BLANKS:
		return strip(p, n, dst, t->kind == RULE_TRANSFORM_STRIP_BLANKS);
	case RULE_TRANSFORM_URL_DECODE:
		return url_decode(p, n, dst);
	case RULE_TRANSFORM_MD5:
		return digest_md5(p, n, dst) ? 0 : MD5_BYTES;
	case RULE_TRANSFORM_SHA1:
		return digest_sha1(p, n, dst) ? 0 : SHA1_BYTES;
	case RULE_TRANSFORM_SHA256:
		return digest_sha256(p, n, dst) ? 0 : SHA256_BYTES;
	case RULE_TRANSFORM_HEADER_LOWER:
		header_lower(p, n, dst);
		return n;
	case RULE_TRANSFORM_STRIP_PSEUDO:
		return strip_pseudo(p, n, dst);
	default:
		for (uint32_t i = 0; i < n; i++)
			dst[i] = t->kind == RULE_TRANSFORM_XOR	 ? p[i] ^ t->key[i % t->key_len] :
				 t->kind == RULE_TRANSFORM_LOWER ? (uint8_t)tolower(p[i]) :
								   (uint8_t)toupper(p[i]);
		return n;
	}
}

/* what the expression's group holds; the buffer stays as it is where it does not match, as in Suricata */
static int group(const struct rule_transform *t, struct regex_run *run, const uint8_t **buf, uint32_t *len)
{
	uint32_t from, to;
	int r = regex_group(t->regex, run, *buf, *len, &from, &to);

	if (r != REGEX_YES)
		return r == REGEX_LIMIT ? -E2BIG : 0;
	*buf += from;
	*len = to - from;
	return 0;
}

int transform_apply(struct transform_room *room, struct regex_run *run, const struct rule_list *l, const uint8_t **buf, uint32_t *len)
{
	unsigned int turn = 0; /* whose room is written next */

	for (uint8_t i = 0; i < l->n_transforms; i++) {
		if (l->transform[i].kind == RULE_TRANSFORM_PCRE) {
			int r = group(&l->transform[i], run, buf, len);

			if (r)
				return r;
			continue;
		}
		if (vec_reserve(&room->v[turn], *len + 1u + SHA256_BYTES))
			return -ENOMEM;
		*len = one(&l->transform[i], *buf, *len, room->v[turn].data);
		*buf = room->v[turn].data;
		turn ^= 1;
	}
	return 0;
}

void transform_room_done(struct transform_room *room)
{
	vec_done(&room->v[0]);
	vec_done(&room->v[1]);
}
