/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names in plain sight: the DNS question, the TLS server name, the HTTP Host,
 * each from one packet's payload, as lower-case text; and the hashes of a
 * name's suffixes for the threat image. Pure; the same code in BPF and in user
 * space. All read a buffer of NAME_BUF bytes (whose content behind the payload
 * does not matter) at masked offsets, so that no bound depends on foreign
 * lengths.
 */
#ifndef PARSE_NAME_H
#define PARSE_NAME_H

#include "cordon_hash.h"
#include "parse/app.h"
#include "parse/cursor.h"

#define NAME_BUF 2048
#define NAME_MASK (NAME_BUF - 1)
/* header, longest name on the wire, type and class */
#define NAME_DNS_BYTES (12 + 255 + 4)
#define NAME_TEXT_MAX 253
/* labels counted; of these the last CORDON_NAME_SUFFIXES are looked up */
#define NAME_LABELS (2 * CORDON_NAME_SUFFIXES)

struct name_buf {
	__u8 b[NAME_BUF];
};

struct name_info {
	__u8 text[CORDON_NAME_MAX + 1]; /* lower case, dots between labels, not terminated */
	__u16 len;
	__u16 qtype, txid; /* DNS, host order */
	__u16 labels;      /* at most NAME_LABELS are counted */
	__u32 pad;
	__u64 hash[NAME_LABELS]; /* of the last label, the last two, ...; for cordon_name_done() */
};

/* without a branch, as all that is done for each byte here: the verifier would follow both sides at
 * every byte */
static __always_inline __u8 name_lower(__u8 c)
{
	__u32 upper = ((__u32)(__u8)(c - 'A') - 26) >> 31;

	return (__u8)(c | upper << 5);
}

/* 1 when @x (below 2^31) is 0 */
static __always_inline __u32 name_is_zero(__u32 x)
{
	x--;
	__asm__ volatile("" : "+r"(x)); /* see app_differs() */
	return x >> 31;
}

static __always_inline __u32 name_u8(const __u8 *p, __u32 off)
{
	return p[off & NAME_MASK];
}

static __always_inline __u32 name_u16(const __u8 *p, __u32 off)
{
	return name_u8(p, off) << 8 | name_u8(p, off + 1);
}

/* one label of a QNAME, @len bytes at @off, to its place in the text; 1: there is a dot in it.
 * APP_FN: see app.h */
APP_FN int name_dns_label(const struct name_buf *x, __u32 off, __u32 len, struct name_info *ret)
{
	__u32 dots = 0;

	if (!x || !ret)
		return 1;
	for (__u32 j = 0; j < 63; j++) {
		__u8 c = x->b[(off + j) & NAME_MASK];

		if (j >= len)
			break;
		dots |= name_is_zero(c ^ '.');
		ret->text[(off - 13 + j) & 255] = name_lower(c);
	}
	return dots != 0;
}

/**
 * name_dns() - QNAME of a query with one question
 * @p: NAME_BUF bytes, the first @n are the datagram
 * @ret: text, len, qtype, txid; garbage on error
 *
 * Source: RFC 1035 sections 3.1, 4.1; a pointer has no place in the first name
 * of a message (4.1.4). A dot inside a label could pass for another name: bad,
 * as are more than NAME_LABELS labels.
 * Return: PARSE_OK, PARSE_SHORT, PARSE_BAD.
 */
static __always_inline int name_dns(const __u8 *p, __u32 n, struct name_info *ret)
{
	const struct name_buf *x = (const struct name_buf *)p;
	__u32 off = 12, len = 1;

	if (n < 12)
		return PARSE_SHORT;
	if (app_be16(p + 4) != 1)
		return PARSE_BAD;
	for (int i = 0; i <= NAME_LABELS; i++) {
		len = name_u8(p, off);
		if (off >= n)
			return PARSE_SHORT;
		if (!len)
			break;
		if (len > 63 || off + 1 + len > 12 + 254)
			return PARSE_BAD;
		if (off + 1 + len > n)
			return PARSE_SHORT;
		if (name_dns_label(x, off + 1, len, ret))
			return PARSE_BAD;
		if (off > 12)
			ret->text[(off - 13) & 255] = '.';
		off += 1 + len;
	}
	if (len)
		return PARSE_BAD;
	if (off + 5 > n)
		return PARSE_SHORT;
	ret->len = (__u16)(off > 12 ? off - 13 : 0);
	ret->txid = (__u16)app_be16(p);
	ret->qtype = (__u16)name_u16(p, off + 1);
	return PARSE_OK;
}

/* @len bytes (at most NAME_TEXT_MAX) at @off as text, one trailing dot left out */
APP_FN int name_copy(const struct name_buf *x, __u32 off, __u32 len, struct name_info *ret)
{
	__u32 i;

	if (!x || !ret)
		return PARSE_BAD;
	for (i = 0; i < NAME_TEXT_MAX; i++) {
		if (i >= len)
			break;
		ret->text[i] = name_lower(x->b[(off + i) & NAME_MASK]);
	}
	if (i && ret->text[(i - 1) & 255] == '.')
		i--;
	ret->len = (__u16)i;
	ret->qtype = 0;
	ret->txid = 0;
	return PARSE_OK;
}

/* extensions a ClientHello may have before its server name */
#define NAME_TLS_EXTENSIONS 48

/* the server_name extension at @off, @len bytes long (RFC 6066 section 3): one host name */
static __always_inline int name_tls_sni(const __u8 *p, __u32 off, __u32 len, __u32 n,
					__u32 *ret_off, __u32 *ret_len)
{
	__u32 name = name_u16(p, off + 7);

	if (off + 9 > n)
		return PARSE_SHORT;
	if (name_u8(p, off + 6) || !name || name > NAME_TEXT_MAX || len < name + 5)
		return PARSE_BAD;
	if (off + 9 + name > n)
		return PARSE_SHORT;
	*ret_off = off + 9;
	*ret_len = name;
	return PARSE_OK;
}

/**
 * name_tls() - where the server name of a ClientHello is
 * @p: NAME_BUF bytes, the first @n (at most NAME_BUF) are the stream's first
 * @ret_off, @ret_len: in bytes; length 0 when the whole hello has none
 *
 * Source: RFC 8446 sections 4.1.2 and 5.1, RFC 6066 section 3.
 * Return: PARSE_OK; PARSE_SHORT: the hello goes on behind @n or in another
 * record, and no name was found before; PARSE_BAD: lengths do not add up.
 */
static __always_inline int name_tls(const __u8 *p, __u32 n, __u32 *ret_off, __u32 *ret_len)
{
	__u32 off, end, body = name_u8(p, 6) << 16 | name_u16(p, 7);

	*ret_len = 0;
	if (n < 44)
		return PARSE_SHORT;
	if (p[5] != 1 || body < 38 || body > 0xffff)
		return PARSE_BAD;
	off = 44 + p[43];            /* session id */
	off += 2 + name_u16(p, off); /* cipher suites */
	off += 1 + name_u8(p, off);  /* compression methods */
	if (off > n)
		return PARSE_SHORT;
	if (off >= body + 9)
		return off == body + 9 ? PARSE_OK : PARSE_BAD;
	end = off + 2 + name_u16(p, off);
	off += 2;
	if (off > n)
		return PARSE_SHORT;
	if (end > body + 9)
		return PARSE_BAD;
	for (int i = 0; i < NAME_TLS_EXTENSIONS; i++) {
		__u32 len;

		if (off >= end)
			return off == end ? PARSE_OK : PARSE_BAD;
		if (off + 4 > n)
			return PARSE_SHORT;
		len = name_u16(p, off + 2);
		if (!name_u16(p, off))
			return name_tls_sni(p, off, len, n, ret_off, ret_len);
		off += 4 + len;
	}
	return PARSE_SHORT;
}

enum { NAME_LINE_NONE, NAME_LINE_HOST, NAME_LINE_END };

/* does a Host field, or the end of the head, begin behind the line feed at @lf? */
static __always_inline int name_line(const __u8 *p, __u32 lf, __u32 n)
{
	__u32 w = name_u16(p, lf + 1) << 16 | name_u16(p, lf + 3);

	if (lf + 6 <= n && (w | 0x20202020) == APP_4('h', 'o', 's', 't') &&
	    name_u8(p, lf + 5) == ':')
		return NAME_LINE_HOST;
	if ((lf + 2 <= n && w >> 24 == '\n') || (lf + 3 <= n && w >> 16 == ('\r' << 8 | '\n')))
		return NAME_LINE_END;
	return NAME_LINE_NONE;
}

/* longest line of a head */
#define NAME_LINE_MAX 768

/* offset of the first line feed from @from on, -1: none in NAME_LINE_MAX bytes or before @n.
 * APP_FN: see app.h */
APP_FN int name_line_feed(const struct name_buf *x, __u32 from, __u32 n)
{
	if (!x)
		return -1;
	for (__u32 i = 0; i < NAME_LINE_MAX; i++) {
		if (from + i >= n)
			break;
		if (name_u8(x->b, from + i) == '\n')
			return (int)(from + i);
	}
	return -1;
}

/* field lines looked at before Host */
#define NAME_HEAD_LINES 12

/* The lines behind the one at @at, up to @n: offset behind "Host:", 0: the head has none, -1: the
 * head goes on. */
APP_FN int name_head(const struct name_buf *x, __u32 at, __u32 n)
{
	if (!x)
		return -1;
	for (int i = 0; i < NAME_HEAD_LINES; i++) {
		int lf = name_line_feed(x, at, n), what;

		if (lf < 0)
			return -1;
		at = (__u32)lf + 1;
		what = name_line(x->b, (__u32)lf, n);
		if (what)
			return what == NAME_LINE_HOST ? (int)at + 5 : 0;
	}
	return -1;
}

/* the host in a Host field: behind spaces, up to the port, a space or the line's end. Return: its
 * length, -1: cut. */
APP_FN int name_host_len(const struct name_buf *x, __u32 off, __u32 n)
{
	__u32 j;

	if (!x)
		return -1;
	for (j = 0; j <= NAME_TEXT_MAX; j++) {
		__u32 c = name_u8(x->b, off + j);

		if (name_is_zero(c ^ ':') | name_is_zero(c ^ '\r') | name_is_zero(c ^ '\n') |
		    name_is_zero(c ^ ' ') | name_is_zero(c ^ '\t'))
			break;
	}
	if (off + j >= n)
		return -1;
	return j > NAME_TEXT_MAX ? 0 : (int)j;
}

/**
 * name_host() - where the host of an HTTP request head is
 * @p: NAME_BUF bytes, the first @n (at most CORDON_NAME_SCAN) begin with the request line
 * @ret_off, @ret_len: in bytes; length 0 when the head has none
 *
 * Source: RFC 9112 sections 3.2 and 5. A request in absolute form names its host
 * in the first line, and one with two Host fields twice (which of them counts is the
 * server's choice): both are left to user space, as a head that is cut.
 * Return: PARSE_OK; PARSE_SHORT: cut; PARSE_BAD: another host may be meant.
 */
static __always_inline int name_host(const __u8 *p, __u32 n, __u32 *ret_off, __u32 *ret_len)
{
	const struct name_buf *x = (const struct name_buf *)p;
	__u32 uri = app_token_end(p) + 1, spaces = 0;
	int off, len;

	if ((app_be32(p + uri) | 0x20202020) == APP_4('h', 't', 't', 'p'))
		return PARSE_BAD;
	off = name_head(x, 0, n);
	if (off <= 0) {
		*ret_len = 0;
		return off ? PARSE_SHORT : PARSE_OK;
	}
	for (int i = 0; i < 8; i++)
		spaces += name_u8(p, (__u32)off + spaces) == ' ' ||
			  name_u8(p, (__u32)off + spaces) == '\t';
	len = name_host_len(x, (__u32)off + spaces, n);
	if (len < 0)
		return PARSE_SHORT;
	*ret_off = (__u32)off + spaces;
	*ret_len = (__u32)len;
	return name_head(x, (__u32)off, n) > 0 ? PARSE_BAD : PARSE_OK;
}

/**
 * name_suffixes() - hashes of the last label, the last two, ... of a name
 * @seed: of the threat image
 * @ni:	  text and len in; labels and hash out
 */
static __always_inline void name_suffixes(__u64 seed, struct name_info *ni)
{
	__u64 h = cordon_name_init(seed);
	__u32 len = ni->len;
	/* in memory: the verifier must not know how many there were, or it looks at each count at
	 * each byte */
	volatile __u16 *label = &ni->labels;

	*label = 0;
	ni->hash[0] = h;
	for (__u32 i = 0; i < NAME_TEXT_MAX; i++) {
		__u32 c, k = *label;

		if (i >= len)
			break;
		c = ni->text[(len - 1 - i) & 255];
		/* the hash of all behind a dot stays; the next one goes on from there */
		if (c == '.' && k < NAME_LABELS - 1)
			*label = (__u16)(k + 1);
		h = cordon_name_step(h, (__u8)c);
		ni->hash[*label & (NAME_LABELS - 1)] = h;
	}
	ni->labels = (__u16)(len ? ni->labels + 1 : 0);
}

#endif
