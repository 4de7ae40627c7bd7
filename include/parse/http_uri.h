/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The normal form of a request target, as http.uri rules look at it: what a
 * server makes of percent-encodings (also %uXXXX), of UTF-8 however long it is
 * written, of backslashes, runs of slashes and dot segments. The meaning is
 * Suricata 7's with its shipped configuration (personality IDS), so that its
 * rules see here what they were written for.
 *
 * Pure. Each step works in place and never makes the text longer.
 */
#ifndef PARSE_HTTP_URI_H
#define PARSE_HTTP_URI_H

#include "parse/http.h"
#include "parse/http_bestfit.h"

/* value of @n hexadecimal digits at @p; -1: one of them is none */
static inline int http_hex_n(const __u8 *p, __u32 n)
{
	int v = 0;

	for (__u32 i = 0; i < n; i++) {
		int d = http_hex(p[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

/* one character of the path: %XX and %uXXXX decoded, wrong ones left as they are. Returns bytes read. */
static inline __u32 http_path_char(const __u8 *p, __u32 n, __u8 *ret)
{
	int v;

	*ret = p[0];
	if (p[0] != '%' || n < 3)
		return 1;
	if (http_lower(p[1]) == 'u') {
		v = n >= 6 ? http_hex_n(p + 2, 4) : -1;
		if (v < 0)
			return 1;
		*ret = http_bestfit((__u32)v);
		return 6;
	}
	v = http_hex_n(p + 1, 2);
	if (v < 0)
		return 1;
	*ret = (__u8)v;
	return 3;
}

/* decoded, backslashes made slashes, runs of slashes made one */
static inline __u32 http_path_decode(const __u8 *src, __u32 n, __u8 *dst)
{
	__u32 i = 0, o = 0;
	int was_slash = 0;
	__u8 b;

	while (i < n) {
		i += http_path_char(src + i, n - i, &b);
		if (b == '\\')
			b = '/';
		if (b == '/' && was_slash)
			continue;
		was_slash = b == '/';
		dst[o++] = b;
	}
	return o;
}

/* bytes of the UTF-8 sequence that @lead begins, overlong ones too; 0: it begins none */
static inline __u32 http_utf8_length(__u8 lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc0 || lead > 0xf4)
		return 0;
	return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* may @b be the @at-th byte (from 1) of the sequence of @lead? No surrogates, nothing above U+10FFFF (RFC 3629 3). */
static inline int http_utf8_goes_on(__u8 lead, __u32 at, __u8 b)
{
	if ((b & 0xc0) != 0x80)
		return 0;
	if (at == 1 && lead == 0xed)
		return b < 0xa0;
	return at != 1 || lead != 0xf4 || b < 0x90;
}

/*
 * UTF-8 to one byte a character, in place. Of a broken sequence one '?' is
 * left, and the byte that broke it begins the next; an unfinished one at the
 * end vanishes.
 */
static inline __u32 http_path_utf8(__u8 *p, __u32 n)
{
	__u32 i = 0, o = 0;

	while (i < n) {
		__u8 lead = p[i];
		__u32 len = http_utf8_length(lead), k = 1, code = lead;

		if (len > 1)
			code = lead & (0x7fu >> len);
		for (; k < len && i + k < n && http_utf8_goes_on(lead, k, p[i + k]); k++)
			code = code << 6 | (p[i + k] & 0x3f);
		if (len && k < len && i + k == n)
			break;
		p[o++] = !len || k < len ? HTTP_BESTFIT_NONE : http_bestfit(code);
		i += k;
	}
	return o;
}

/* a dot segment is left out; ".." takes the segment before it along. 0: it was none. */
static inline int http_path_dot(const __u8 *seg, __u32 len, __u32 slash, const __u8 *p, __u32 *out)
{
	__u32 o = *out;

	if (!len || len > 2 || seg[0] != '.' || seg[len - 1] != '.')
		return 0;
	if (len == 2 && slash) {
		while (o && p[o - 1] != '/')
			o--;
		*out = o ? o - 1 : 0;
	}
	return 1;
}

/* RFC 3986 5.2.4, in place; a dot segment at the end goes with the slashes on both its sides */
static inline __u32 http_path_dots(__u8 *p, __u32 n)
{
	__u32 i = 0, o = 0;
	int was_dot = 0;

	while (i < n) {
		__u32 slash = p[i] == '/', seg = i + slash, end = seg;

		while (end < n && p[end] != '/')
			end++;
		if (was_dot && seg == n)
			break;
		was_dot = http_path_dot(p + seg, end - seg, slash, p, &o);
		if (was_dot)
			/* without a slash before it, it goes with the one behind it */
			i = slash || end == n ? end : end + 1;
		while (i < end)
			p[o++] = p[i++];
	}
	return o;
}

/* the query and the fragment: %XX decoded once, the rest as it is */
static inline __u32 http_query_decode(const __u8 *src, __u32 n, __u8 *dst)
{
	__u32 i = 0, o = 0;

	while (i < n) {
		int v = src[i] == '%' && n - i >= 3 ? http_hex_n(src + i + 1, 2) : -1;

		dst[o++] = v < 0 ? src[i] : (__u8)v;
		i += v < 0 ? 1 : 3;
	}
	return o;
}

/**
 * http_uri_normal() - the form of a target that http.uri rules look at
 * @path: where in @src the path begins, see http_authority()
 * @dst:  room for @n bytes; may not overlap @src
 * Return: bytes written, at most @n - @path.
 */
static inline __u32 http_uri_normal(const __u8 *src, __u32 n, __u32 path, __u8 *dst)
{
	__u32 end = path, o;

	if (!n)
		return 0;
	while (end < n && src[end] != '?' && src[end] != '#')
		end++;
	o = http_path_decode(src + path, end - path, dst);
	o = http_path_utf8(dst, o);
	o = http_path_dots(dst, o);
	return o + http_query_decode(src + end, n - end, dst + o);
}

/**
 * http_host_normal() - a Host field as http.host rules look at it
 * @dst: room for @n bytes
 *
 * Without a port: lower case. With one: as written, without the port.
 * Return: bytes written.
 */
static inline __u32 http_host_normal(const __u8 *src, __u32 n, __u8 *dst)
{
	__u32 i, end = 0;

	if (n && src[0] == '[') /* RFC 3986 3.2.2: IP literal */
		while (end < n && src[end] != ']')
			end++;
	while (end < n && src[end] != ':')
		end++;
	for (i = 0; i < end; i++)
		dst[i] = end < n || src[0] == '[' ? src[i] : http_lower(src[i]);
	return end;
}

/* the same of the host in an absolute target: lower case, no dot at its end */
static inline __u32 http_target_host_normal(const __u8 *src, __u32 n, __u8 *dst)
{
	while (n && src[n - 1] == '.')
		n--;
	for (__u32 i = 0; i < n; i++)
		dst[i] = http_lower(src[i]);
	return n;
}

#endif
