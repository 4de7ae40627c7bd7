/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * TLS, as far as it is in the clear: records (RFC 8446 5.1, RFC 5246 6.2.1),
 * both hellos (RFC 8446 4.1.2, 4.1.3), the server name (RFC 6066 section 3)
 * and the Certificate message of TLS 1.2 and before (RFC 5246 7.4.2). A
 * handshake message may be cut over records and over segments; the caller
 * joins the records' contents, the functions here read the joined message.
 */
#ifndef PARSE_TLS_H
#define PARSE_TLS_H

#include "parse/cursor.h"

#define TLS_RECORD_HEADER 5
#define TLS_HANDSHAKE_HEADER 4
#define TLS_TYPE_CHANGE_CIPHER 20
#define TLS_TYPE_ALERT 21
#define TLS_TYPE_HANDSHAKE 22
#define TLS_CLIENT_HELLO 1
#define TLS_SERVER_HELLO 2
#define TLS_CERTIFICATE 11
#define TLS_SERVER_KEY_EXCHANGE 12
#define TLS_SERVER_HELLO_DONE 14
#define TLS_CLIENT_KEY_EXCHANGE 16
/* extensions (IANA TLS ExtensionType values) */
#define TLS_EXT_SERVER_NAME 0
#define TLS_EXT_GROUPS 10
#define TLS_EXT_POINT_FORMATS 11
#define TLS_EXT_SIGNATURES 13
#define TLS_EXT_ALPN 16
#define TLS_EXT_VERSIONS 43
/* RFC 5246 6.2.3: 2^14 and what compression and encryption may add */
#define TLS_RECORD_MAX (16384 + 2048)

/* versions as bits, so that a rule may ask for any of several */
#define TLS_IS_SSL2 (1 << 0)
#define TLS_IS_SSL3 (1 << 1)
#define TLS_IS_1_0 (1 << 2)
#define TLS_IS_1_1 (1 << 3)
#define TLS_IS_1_2 (1 << 4)
#define TLS_IS_1_3 (1 << 5) /* its drafts too */

/* the bit of a version as it stands on the wire; 0: none that is known */
static inline __u8 tls_version_bit(__u16 v)
{
	if (v == 2)
		return TLS_IS_SSL2;
	if (v >> 8 == 3 && (v & 255) <= 4)
		return (__u8)(TLS_IS_SSL3 << (v & 255));
	return v >> 8 == 0x7f ? TLS_IS_1_3 : 0;
}

/* Cursors span the contents of a vector, without its length; empty where it is absent. */
struct tls_hello {
	const __u8 *sni; /* first host_name; NULL: none */
	__u16 sni_len;
	__u16 version; /* legacy_version */
	struct cur ciphers;    /* two bytes each */
	struct cur exts;       /* type, length, contents */
	struct cur groups;     /* two bytes each */
	struct cur formats;    /* one byte each */
	struct cur alpn;       /* names, each with its length before it */
	struct cur signatures; /* two bytes each */
	struct cur versions;   /* two bytes each */
};

struct tls_server_hello {
	__u16 legacy_version;
	__u16 version; /* the one chosen: supported_versions, else the legacy one */
	__u16 cipher;
	struct cur exts;
	struct cur alpn;
};

/* RFC 8701: 0x?A?A, both bytes the same */
static inline int tls_is_grease(__u16 v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 255);
}

/* record header: type and length of the content; PARSE_SHORT before 5 bytes, PARSE_BAD when it is none */
static inline int tls_record(struct cur *c, __u8 *ret_type, __u16 *ret_len)
{
	const __u8 *p = cur_take(c, TLS_RECORD_HEADER);
	__u16 len;

	if (!p)
		return PARSE_SHORT;
	len = (__u16)(p[3] << 8 | p[4]);
	if (p[0] < 20 || p[0] > 24 || p[1] != 3 || len > TLS_RECORD_MAX)
		return PARSE_BAD;
	*ret_type = p[0];
	*ret_len = len;
	return PARSE_OK;
}

/* handshake header: type and length of the body (24 bits) */
static inline int tls_handshake(struct cur *c, __u8 *ret_type, __u32 *ret_len)
{
	const __u8 *p = cur_take(c, TLS_HANDSHAKE_HEADER);

	if (!p)
		return PARSE_SHORT;
	*ret_type = p[0];
	*ret_len = (__u32)p[1] << 16 | (__u32)p[2] << 8 | p[3];
	return PARSE_OK;
}

/* steps over a vector whose length is in its first 1 or 2 bytes; *ret: its contents */
static inline int tls_vector(struct cur *c, int is_wide, struct cur *ret)
{
	const __u8 *p;
	__u16 len;
	__u8 n;

	if (is_wide ? cur_be16(c, &len) : cur_u8(c, &n))
		return PARSE_SHORT;
	if (!is_wide)
		len = n;
	p = cur_take(c, len);
	if (!p)
		return PARSE_SHORT;
	*ret = cur_of(p, len);
	return PARSE_OK;
}

/* server_name extension: a list of (type, name); type 0 is host_name */
static inline int tls_server_name(struct cur ext, struct tls_hello *h)
{
	struct cur list, name;
	__u8 type;

	if (tls_vector(&ext, 1, &list))
		return PARSE_BAD;
	while (list.pos < list.end) {
		if (cur_u8(&list, &type) || tls_vector(&list, 1, &name))
			return PARSE_BAD;
		if (type == 0 && !h->sni && cur_left(&name)) {
			h->sni = name.pos;
			h->sni_len = (__u16)cur_left(&name);
		}
	}
	return PARSE_OK;
}

/* what is looked at of one extension of a ClientHello; PARSE_BAD when it does not add up */
static inline int tls_client_extension(__u16 type, struct cur ext, struct tls_hello *h)
{
	switch (type) {
	case TLS_EXT_SERVER_NAME:
		return tls_server_name(ext, h);
	case TLS_EXT_GROUPS:
		return tls_vector(&ext, 1, &h->groups) ? PARSE_BAD : PARSE_OK;
	case TLS_EXT_POINT_FORMATS:
		return tls_vector(&ext, 0, &h->formats) ? PARSE_BAD : PARSE_OK;
	case TLS_EXT_SIGNATURES:
		return tls_vector(&ext, 1, &h->signatures) ? PARSE_BAD : PARSE_OK;
	case TLS_EXT_ALPN:
		return tls_vector(&ext, 1, &h->alpn) ? PARSE_BAD : PARSE_OK;
	case TLS_EXT_VERSIONS:
		return tls_vector(&ext, 0, &h->versions) ? PARSE_BAD : PARSE_OK;
	default:
		return PARSE_OK;
	}
}

/* the next extension of a list; PARSE_SHORT at its end, PARSE_BAD when it does not end in the list */
static inline int tls_extension(struct cur *exts, __u16 *ret_type, struct cur *ret)
{
	if (exts->pos == exts->end)
		return PARSE_SHORT;
	return cur_be16(exts, ret_type) || tls_vector(exts, 1, ret) ? PARSE_BAD : PARSE_OK;
}

/**
 * tls_client_hello() - read the body of a ClientHello
 * @c:   cursor over the whole body, after the handshake header
 * @ret: untouched on error; points into the body
 *
 * No extensions at all is valid (RFC 5246 7.4.1.2).
 * Source: RFC 8446 section 4.1.2; RFC 6066 section 3.
 * Return: PARSE_OK; PARSE_SHORT when a field does not end in the body; PARSE_BAD.
 */
static inline int tls_client_hello(struct cur *c, struct tls_hello *ret)
{
	const struct cur none = { c->end, c->end };
	struct tls_hello h = { .exts = none, .groups = none, .formats = none, .alpn = none, .signatures = none, .versions = none };
	struct cur skip, exts, ext;
	__u16 type;
	int r;

	if (cur_be16(c, &h.version) || cur_skip(c, 32))
		return PARSE_SHORT;
	if (tls_vector(c, 0, &skip) || tls_vector(c, 1, &h.ciphers) || tls_vector(c, 0, &skip))
		return PARSE_SHORT;
	if (c->pos < c->end) {
		if (tls_vector(c, 1, &exts))
			return PARSE_SHORT;
		h.exts = exts;
		while (!(r = tls_extension(&exts, &type, &ext)))
			if (tls_client_extension(type, ext, &h))
				return PARSE_BAD;
		if (r == PARSE_BAD)
			return PARSE_BAD;
	}
	*ret = h;
	return PARSE_OK;
}

/* the same of a ServerHello (RFC 8446 4.1.3; RFC 5246 7.4.1.3, where extensions may be absent) */
static inline int tls_server_hello(struct cur *c, struct tls_server_hello *ret)
{
	struct tls_server_hello h = { .exts = { c->end, c->end }, .alpn = { c->end, c->end } };
	struct cur skip, exts, ext;
	__u16 type;
	int r;

	if (cur_be16(c, &h.legacy_version) || cur_skip(c, 32) || tls_vector(c, 0, &skip) || cur_be16(c, &h.cipher) ||
	    cur_skip(c, 1))
		return PARSE_SHORT;
	h.version = h.legacy_version;
	if (c->pos < c->end) {
		if (tls_vector(c, 1, &exts))
			return PARSE_SHORT;
		h.exts = exts;
		while (!(r = tls_extension(&exts, &type, &ext)))
			if ((type == TLS_EXT_VERSIONS && cur_be16(&ext, &h.version)) ||
			    (type == TLS_EXT_ALPN && tls_vector(&ext, 1, &h.alpn)))
				return PARSE_BAD;
		if (r == PARSE_BAD)
			return PARSE_BAD;
	}
	*ret = h;
	return PARSE_OK;
}

/* RFC 5246 7.4.2: a length of three bytes and what it counts */
static inline int tls_vector24(struct cur *c, struct cur *ret)
{
	const __u8 *p = cur_take(c, 3), *body;
	__u32 len;

	if (!p)
		return PARSE_SHORT;
	len = (__u32)p[0] << 16 | (__u32)p[1] << 8 | p[2];
	if (len > cur_left(c))
		return PARSE_SHORT;
	body = cur_take(c, len);
	*ret = cur_of(body, len);
	return PARSE_OK;
}

#endif
