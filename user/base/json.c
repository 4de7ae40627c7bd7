// SPDX-License-Identifier: BSD-2-Clause
/*
 * The JSON writer (RFC 8259). Strings are foreign bytes: valid UTF-8 (RFC
 * 3629) is copied, control characters are escaped, a byte that is not UTF-8
 * becomes the four characters \xNN, as Suricata's EVE log does.
 */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* strbuf_add() where there is room, which there nearly always is */
static inline void put(struct strbuf *b, const void *p, size_t n)
{
	if (b->failed || n >= b->cap - b->len) {
		strbuf_add(b, p, n);
		return;
	}
	memcpy(b->s + b->len, p, n);
	b->len += n;
	b->s[b->len] = '\0';
}

static void newline(struct json *j)
{
	unsigned int i;

	strbuf_add(&j->b, "\n", 1);
	for (i = 0; i < j->depth; i++)
		strbuf_add(&j->b, "  ", 2);
}

/* length of the UTF-8 sequence at @p (1 ... 4), or 0 when it is none: overlong, surrogate, beyond U+10FFFF, cut */
static size_t utf8_len(const unsigned char *p, size_t n)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	size_t i;

	if (!len || len > n)
		return 0;
	for (i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

static void put_ascii(struct strbuf *b, unsigned char c)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
	const char *p = c ? strchr(plain, c) : NULL;

	if (p)
		strbuf_add(b, (char[]){ '\\', letter[p - plain] }, 2);
	else if (c < 0x20 || c == 0x7f)
		strbuf_addf(b, "\\u%04x", c);
	else
		strbuf_add(b, &c, 1);
}

/* bytes from @p on that stand in a string as they are: nearly all of nearly every string */
#define BYTES(c) (0x0101010101010101ULL * (c))

/* is one of these eight bytes no such one? Below: a borrow comes out at the top bit of the first that is smaller. */
static bool is_any_special(uint64_t w)
{
	uint64_t quote = w ^ BYTES('"'), backslash = w ^ BYTES('\\'), del = w ^ BYTES(0x7f);

	return (w | ((w - BYTES(0x20)) & ~w) | ((quote - BYTES(1)) & ~quote) | ((backslash - BYTES(1)) & ~backslash) |
		((del - BYTES(1)) & ~del)) & BYTES(0x80);
}

static size_t plain_run(const unsigned char *p, size_t n)
{
	size_t i = 0;
	uint64_t w;

	for (; n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, p + i, sizeof(w));
		if (is_any_special(w))
			break;
	}
	while (i < n && p[i] >= 0x20 && p[i] < 0x7f && p[i] != '"' && p[i] != '\\')
		i++;
	return i;
}

static void put_string(struct strbuf *b, const void *s, size_t n)
{
	const unsigned char *p = s;
	size_t len = plain_run(p, n);

	if (len == n && !b->failed && n + 2 < b->cap - b->len) {
		char *at = b->s + b->len;

		*at = '"';
		memcpy(at + 1, p, n);
		memcpy(at + n + 1, "\"", 2);
		b->len += n + 2;
		return;
	}
	put(b, "\"", 1);
	for (; n; p += len, n -= len) {
		len = plain_run(p, n);
		if (len) {
			put(b, p, len);
			continue;
		}
		len = utf8_len(p, n);
		if (!len) {
			strbuf_addf(b, "\\\\x%02x", *p);
			len = 1;
		} else if (len == 1) {
			put_ascii(b, *p);
		} else {
			put(b, p, len);
		}
	}
	put(b, "\"", 1);
}

#define KEY_ROOM 80

/* "key": in one pass, as nearly every key can be */
static void put_key(struct strbuf *b, const char *key)
{
	char *start = b->s + b->len, *at = start;
	unsigned int n = 0;

	if (b->failed || b->cap - b->len < KEY_ROOM) {
		put_string(b, key, strlen(key));
		put(b, ":", 1);
		return;
	}
	*at++ = '"';
	for (; n < KEY_ROOM - 4 && key[n] >= 0x20 && key[n] < 0x7f && key[n] != '"' && key[n] != '\\'; n++)
		*at++ = key[n];
	if (key[n]) {
		*start = 0;
		put_string(b, key, strlen(key));
		put(b, ":", 1);
		return;
	}
	memcpy(at, "\":", 3);
	b->len += (size_t)(at - start) + 2;
}

/* what stands before every value: comma, line break, key */
static void before(struct json *j, const char *key)
{
	if (j->comma)
		put(&j->b, ",", 1);
	if (j->pretty && j->depth)
		newline(j);
	j->comma = true;
	if (!key)
		return;
	put_key(&j->b, key);
	if (j->pretty)
		put(&j->b, " ", 1);
}

void json_begin(struct json *j, const char *key, char bracket)
{
	before(j, key);
	put(&j->b, &bracket, 1);
	j->depth++;
	j->comma = false;
}

void json_end(struct json *j, char bracket)
{
	j->depth--;
	if (j->pretty && j->comma)
		newline(j);
	put(&j->b, &bracket, 1);
	j->comma = j->depth != 0;
}

void json_str(struct json *j, const char *key, const char *s)
{
	json_strn(j, key, s, strlen(s));
}

void json_strn(struct json *j, const char *key, const void *s, size_t n)
{
	before(j, key);
	put_string(&j->b, s, n);
}

void json_u64(struct json *j, const char *key, uint64_t v)
{
	char text[20], *p = text + sizeof(text); /* 2^64 has 20 digits */

	before(j, key);
	if (v < 10) {
		put(&j->b, (char[]){ (char)('0' + v) }, 1);
		return;
	}
	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	put(&j->b, p, (size_t)(text + sizeof(text) - p));
}

void json_i64(struct json *j, const char *key, int64_t v)
{
	before(j, key);
	strbuf_addf(&j->b, "%lld", (long long)v);
}

void json_f64(struct json *j, const char *key, double v)
{
	char text[32];

	before(j, key);
	if (!isfinite(v)) { /* RFC 8259 section 6 has no such number */
		strbuf_adds(&j->b, "null");
		return;
	}
	snprintf(text, sizeof(text), "%.15g", v);
	if (strtod(text, NULL) != v)
		snprintf(text, sizeof(text), "%.17g", v);
	strbuf_adds(&j->b, text);
}

void json_bool(struct json *j, const char *key, bool v)
{
	before(j, key);
	strbuf_adds(&j->b, v ? "true" : "false");
}

void json_raw(struct json *j, const char *key, const char *json_text)
{
	before(j, key);
	strbuf_adds(&j->b, json_text);
}

void json_clear(struct json *j)
{
	strbuf_clear(&j->b);
	j->depth = 0;
	j->comma = false;
}

void json_done(struct json *j)
{
	strbuf_done(&j->b);
	j->depth = 0;
	j->comma = false;
}
