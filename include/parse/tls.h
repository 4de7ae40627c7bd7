/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * TLS, as far as it is in the clear: records (RFC 8446 5.1, RFC 5246 6.2.1),
 * the ClientHello (RFC 8446 4.1.2) and its server name (RFC 6066 section 3).
 * A ClientHello may be cut over records and over segments; the caller joins
 * the records' contents, tls_client_hello() reads the joined message.
 */
#ifndef PARSE_TLS_H
#define PARSE_TLS_H

#include "parse/cursor.h"

#define TLS_RECORD_HEADER 5
#define TLS_HANDSHAKE_HEADER 4
#define TLS_TYPE_HANDSHAKE 22
#define TLS_CLIENT_HELLO 1
#define TLS_EXT_SERVER_NAME 0
/* RFC 5246 6.2.3: 2^14 and what compression and encryption may add */
#define TLS_RECORD_MAX (16384 + 2048)

struct tls_hello {
	const __u8 *sni; /* first host_name; NULL: none */
	__u16 sni_len;
	__u16 version; /* legacy_version */
};

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

/**
 * tls_client_hello() - read the body of a ClientHello
 * @c:   cursor over the whole body, after the handshake header
 * @ret: untouched on error; sni points into the body
 *
 * No extensions at all is valid (RFC 5246 7.4.1.2).
 * Source: RFC 8446 section 4.1.2; RFC 6066 section 3.
 * Return: PARSE_OK; PARSE_SHORT when a field does not end in the body; PARSE_BAD.
 */
static inline int tls_client_hello(struct cur *c, struct tls_hello *ret)
{
	struct tls_hello h = { .sni = (void *)0 };
	struct cur skip, exts, ext;
	__u16 type;

	if (cur_be16(c, &h.version) || cur_skip(c, 32))
		return PARSE_SHORT;
	if (tls_vector(c, 0, &skip) || tls_vector(c, 1, &skip) || tls_vector(c, 0, &skip))
		return PARSE_SHORT;
	if (c->pos < c->end) {
		if (tls_vector(c, 1, &exts))
			return PARSE_SHORT;
		while (exts.pos < exts.end) {
			if (cur_be16(&exts, &type) || tls_vector(&exts, 1, &ext))
				return PARSE_BAD;
			if (type == TLS_EXT_SERVER_NAME && tls_server_name(ext, &h))
				return PARSE_BAD;
		}
	}
	*ret = h;
	return PARSE_OK;
}

#endif
