/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * MIME: delimiters of a multipart body (RFC 2046 5.1), base64 and
 * quoted-printable (RFC 2045 6.7, 6.8). As lenient as mail readers: what has no
 * place in an encoding is passed over.
 *
 * Pure; linear.
 */
#ifndef PARSE_MIME_H
#define PARSE_MIME_H

#include "parse/http.h"

#define MIME_BOUNDARY_MAX 200 /* RFC 2046: 70 */

static inline int mime_is_delimiter(const __u8 *p, __u32 n, struct http_span boundary)
{
	__u32 i;

	if (n < boundary.len + 2 || p[0] != '-' || p[1] != '-')
		return 0;
	for (i = 0; i < boundary.len && p[2 + i] == boundary.p[i]; i++)
		;
	return i == boundary.len;
}

/* where the first line from @at on begins that is a delimiter; @n: there is none. @at: at the begin of a line. */
static inline __u32 mime_delimiter(const __u8 *p, __u32 n, __u32 at, struct http_span boundary)
{
	while (at < n && !mime_is_delimiter(p + at, n - at, boundary)) {
		while (at < n && p[at] != '\n')
			at++;
		if (at < n)
			at++;
	}
	return at;
}

/* is the delimiter at @at the last one, "--boundary--"? */
static inline int mime_is_last(const __u8 *p, __u32 n, __u32 at, struct http_span boundary)
{
	at += boundary.len + 2;
	return n - at >= 2 && p[at] == '-' && p[at + 1] == '-';
}

/* the line end before a delimiter is the delimiter's; @to: the delimiter, or @n */
static inline __u32 mime_part_end(const __u8 *p, __u32 from, __u32 to, __u32 n)
{
	if (to < n && to > from && p[to - 1] == '\n')
		to--;
	if (to < n && to > from && p[to - 1] == '\r')
		to--;
	return to;
}

static inline int mime_base64_value(__u8 c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* @dst: room for @n bytes. Ends at the first '='. Returns bytes written. */
static inline __u32 mime_base64(const __u8 *p, __u32 n, __u8 *dst)
{
	__u32 bits = 0, have = 0, o = 0, i;

	for (i = 0; i < n && p[i] != '='; i++) {
		int v = mime_base64_value(p[i]);

		if (v < 0)
			continue;
		bits = bits << 6 | (__u32)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			dst[o++] = (__u8)(bits >> have);
		}
	}
	return o;
}

/* a soft line break at "=": bytes to its end; 0: it is none */
static inline __u32 mime_soft_break(const __u8 *p, __u32 n)
{
	__u32 i = 1;

	while (i < n && (p[i] == ' ' || p[i] == '\t'))
		i++;
	if (i < n && p[i] == '\r')
		i++;
	return i < n && p[i] == '\n' ? i + 1 : 0;
}

/* @dst: room for @n bytes. Returns bytes written. */
static inline __u32 mime_quoted(const __u8 *p, __u32 n, __u8 *dst)
{
	__u32 i = 0, o = 0, soft;

	while (i < n) {
		int hi = p[i] == '=' && n - i >= 3 ? http_hex(p[i + 1]) : -1, lo = hi < 0 ? -1 : http_hex(p[i + 2]);

		soft = p[i] == '=' ? mime_soft_break(p + i, n - i) : 0;
		if (soft) {
			i += soft;
		} else if (lo >= 0) {
			dst[o++] = (__u8)(hi << 4 | lo);
			i += 3;
		} else {
			dst[o++] = p[i++];
		}
	}
	return o;
}

#endif
