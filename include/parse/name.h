/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names in plain sight: the DNS question, the TLS server name, the HTTP Host,
 * each from one packet's payload, as lower-case text; and the hashes of a
 * name's suffixes for the threat image. Eight bytes at a time: a DNS name is
 * copied, folded and hashed in one pass. Pure; the same code in BPF and in user
 * space. All read a struct name_buf (whose content behind the payload does not
 * matter) at masked offsets, so that no bound depends on foreign lengths.
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
/* labels of a DNS name, a power of two; of these the last CORDON_NAME_SUFFIXES are looked up */
#define NAME_LABELS (2 * CORDON_NAME_SUFFIXES)
/* labels of a text: it may be dots alone */
#define NAME_TEXT_LABELS (NAME_TEXT_MAX + 1)

struct name_buf {
	__u8 b[NAME_BUF + 8]; /* a word that begins at the last byte */
};

struct name_info {
	__u8 text[CORDON_NAME_MAX + 1 + 8]; /* lower case, dots between labels, not terminated: junk behind len */
	__u16 len;
	__u16 qtype, txid; /* DNS, host order */
	__u16 labels;	   /* at most NAME_TEXT_LABELS */
	__u64 seed;	   /* of label[]; 0: none is hashed yet */
	__u64 label[NAME_LABELS]; /* cordon_label_done() of label i at i % NAME_LABELS */
	__u64 hash[CORDON_NAME_SUFFIXES]; /* name_chain(): of the last label, the last two, ... */
};

/* 0x80 in each byte of @v that equals @c; exact */
static __always_inline __u64 name_eq(__u64 v, __u8 c)
{
	const __u64 low = 0x7f7f7f7f7f7f7f7fULL;
	__u64 x = v ^ (0x0101010101010101ULL * c);

	return ~(((x & low) + low) | x | low);
}

/* 'A' ... 'Z' in each byte to lower case; bytes above ASCII stay */
static __always_inline __u64 name_lower(__u64 v)
{
	__u64 x = v & 0x7f7f7f7f7f7f7f7fULL;
	__u64 from_a = x + 0x3f3f3f3f3f3f3f3fULL, behind_z = x + 0x2525252525252525ULL;

	return v | (from_a & ~behind_z & ~v & 0x8080808080808080ULL) >> 2;
}

static __always_inline void name_store(__u8 *p, __u64 v)
{
#ifdef __bpf__
	*(__u64 *)p = v; /* a copy to bytes becomes eight stores there */
#else
	__builtin_memcpy(p, &v, sizeof(v));
#endif
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

/* a label of a QNAME, @len (at most 63) bytes at @off, to its place in the text, and its hash; 1: there is a dot in it.
 * Behind the text of each label some junk. APP_FN: see app.h */
APP_FN int name_dns_label(const struct name_buf *x, __u32 off, __u32 len, struct name_info *ret)
{
	__u64 v, h, dots = 0, known = (1ULL << 8 * (len & 7)) - 1;
	__u32 j;

	if (!x || !ret)
		return 1;
	h = ret->seed;
	for (j = 0; j < 56; j += 8) {
		if (j + 8 > len)
			break;
		v = cordon_load64(x->b + ((off + j) & NAME_MASK));
		dots |= name_eq(v, '.');
		v = name_lower(v);
		name_store(ret->text + ((off - 13 + j) & 255), v);
		h = cordon_mix(h ^ v);
	}
	v = cordon_load64(x->b + ((off + j) & NAME_MASK)) & known;
	dots |= name_eq(v, '.');
	v = name_lower(v);
	name_store(ret->text + ((off - 13 + j) & 255), v);
	ret->label[ret->labels++ & (NAME_LABELS - 1)] = cordon_label_done(cordon_mix(h ^ v), len);
	return dots != 0;
}

/**
 * name_dns() - QNAME of a query with one question
 * @p: a struct name_buf, the first @n bytes are the datagram
 * @ret: seed in; text, len, qtype, txid, labels, label out; garbage on error
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
	ret->labels = 0;
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

/* answers whose types are looked at; a datagram without EDNS has room for some 30 */
#define NAME_ANSWERS 32

/* behind the name at @off, 0: it goes on behind @n, or has too many labels */
APP_FN int name_dns_skip(const struct name_buf *x, __u32 off, __u32 n)
{
	if (!x)
		return 0;
	for (__u32 i = 0; i < NAME_LABELS; i++) {
		__u32 len = name_u8(x->b, off);

		if (off >= n)
			return 0;
		if (len >= 0xc0)
			return (int)off + 2;
		if (!len)
			return (int)off + 1;
		if (len > 63)
			return 0;
		off += 1 + len;
	}
	return 0;
}

/* CNAME, DNAME (RFC 6672), SVCB, HTTPS (RFC 9460): whose data is another name to ask for */
static __always_inline __u32 name_dns_is_alias(__u32 type)
{
	return name_is_zero(type ^ 5) | name_is_zero(type ^ 39) | name_is_zero((type ^ 64) & ~1U);
}

/**
 * name_dns_leads_on() - does an answer name something else than what was asked for?
 * @x: the first @n bytes are the datagram's
 *
 * Source: RFC 1035 section 4.1. Only the types of the answers are read; whatever does not read
 * plainly (cut, more than NAME_ANSWERS, more than one question) counts as leading on.
 * Return: 1, or 0: no answer, or every record of it is about what was asked for.
 */
APP_FN int name_dns_leads_on(const struct name_buf *x, __u32 n)
{
	__u32 answers, at;
	int off;

	if (!x || n < 12)
		return 1;
	answers = name_u16(x->b, 6);
	if (!(x->b[2] & 0x80) || !answers)
		return 0;
	off = name_dns_skip(x, 12, n);
	if (!off || name_u16(x->b, 4) != 1 || answers > NAME_ANSWERS)
		return 1;
	at = (__u32)off + 4;
	for (__u32 i = 0; i < NAME_ANSWERS; i++) {
		if (i >= answers)
			return 0;
		off = name_dns_skip(x, at, n);
		at = (__u32)off;
		if (!off || at + 10 > n || name_dns_is_alias(name_u16(x->b, at)))
			return 1;
		at += 10 + name_u16(x->b, at + 8);
	}
	return 0;
}

/* @len bytes (at most NAME_TEXT_MAX) at @off as text, one trailing dot left out; nothing is hashed */
APP_FN int name_copy(const struct name_buf *x, __u32 off, __u32 len, struct name_info *ret)
{
	__u32 n = len < NAME_TEXT_MAX ? len : NAME_TEXT_MAX;

	if (!x || !ret)
		return PARSE_BAD;
	for (__u32 i = 0; i < CORDON_NAME_MAX + 1; i += 8) {
		if (i >= n)
			break;
		name_store(ret->text + i, name_lower(cordon_load64(x->b + ((off + i) & NAME_MASK))));
	}
	if (n && ret->text[(n - 1) & 255] == '.')
		n--;
	ret->len = (__u16)n;
	ret->qtype = 0;
	ret->txid = 0;
	ret->seed = 0;
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

/* hashes the label at @at of the text, which a dot ends; its length. APP_FN: see app.h */
APP_FN int name_text_label(struct name_info *ni, __u32 at)
{
	__u64 h;

	if (!ni)
		return 0;
	h = ni->seed;
	for (__u32 j = 0; j < CORDON_NAME_MAX + 1; j += 8) {
		__u64 v = cordon_load64(ni->text + ((at + j) & 255)), dots = name_eq(v, '.'), before;
		__u32 len;

		if (!dots) {
			h = cordon_mix(h ^ v);
			continue;
		}
		before = ((dots & -dots) >> 7) - 1; /* the bytes below the first dot */
		len = j + (__u32)((before & 0x0101010101010101ULL) * 0x0101010101010101ULL >> 56);
		ni->label[ni->labels++ & (NAME_LABELS - 1)] = cordon_label_done(cordon_mix(h ^ (v & before)), len);
		return (int)len;
	}
	return CORDON_NAME_MAX; /* no dot: not a name_info of name_hash() */
}

/**
 * name_hash() - hashes of the labels of a text
 * @seed: of the threat image
 * @ni:	  text and len in; labels, label and seed out; a dot is written behind the text
 */
static __always_inline void name_hash(__u64 seed, struct name_info *ni)
{
	__u32 at = 0, len = ni->len;

	ni->seed = seed;
	ni->labels = 0;
	ni->text[len & 255] = '.';
	for (int i = 0; i < NAME_TEXT_LABELS; i++) {
		if (at > len || !len)
			break;
		at += (__u32)name_text_label(ni, at) + 1;
	}
}

/* hashes of the suffixes, from those of the labels */
static __always_inline void name_chain(struct name_info *ni)
{
	__u64 h = ni->seed;
	__u32 n = ni->labels;

	for (__u32 k = 0; k < CORDON_NAME_SUFFIXES; k++) {
		if (k >= n)
			break;
		h = cordon_mix(h ^ ni->label[(n - 1 - k) & (NAME_LABELS - 1)]);
		ni->hash[k] = h;
	}
}

#endif
