/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * QUIC, as far as it is in the clear (RFC 8999, RFC 9000 section 17.2, RFC 9369
 * section 3): long headers, several of which may lie in one datagram; and the
 * frames of an Initial packet once its protection is taken off.
 */
#ifndef PARSE_QUIC_H
#define PARSE_QUIC_H

#include "parse/cursor.h"

#define QUIC_V1 0x00000001u
#define QUIC_V2 0x6b3343cfu
#define QUIC_CID_MAX 20 /* bytes of a connection id, versions 1 and 2 */

/* types of long headers; what the two bits mean depends on the version */
enum { QUIC_INITIAL, QUIC_0RTT, QUIC_HANDSHAKE, QUIC_RETRY };

#define QUIC_FRAME_PADDING 0x00
#define QUIC_FRAME_PING 0x01
#define QUIC_FRAME_ACK 0x02
#define QUIC_FRAME_ACK_ECN 0x03
#define QUIC_FRAME_CRYPTO 0x06
#define QUIC_FRAME_CLOSE 0x1c

struct quic_long {
	__u32 version;
	__u8 type; /* QUIC_INITIAL ... */
	struct cur dcid, scid;
	struct cur packet; /* from its first byte to its end in the datagram */
	__u32 pn_off;	   /* of the packet number in it */
};

struct quic_crypto {
	__u64 offset; /* in the handshake's bytes of this direction */
	struct cur data;
};

/* RFC 9000 section 16: the two high bits tell the length */
static inline int quic_varint(struct cur *c, __u64 *ret)
{
	const __u8 *p;
	__u32 n;
	__u64 v;

	if (c->pos == c->end)
		return PARSE_SHORT;
	n = 1u << (*c->pos >> 6);
	if (n > cur_left(c))
		return PARSE_SHORT;
	p = cur_take(c, n);
	v = p[0] & 0x3f;
	for (__u32 i = 1; i < n; i++)
		v = v << 8 | p[i];
	*ret = v;
	return PARSE_OK;
}

/* draft-29 to draft-32 differ from version 1 in their salt alone */
static inline int quic_is_draft(__u32 version)
{
	return version >= 0xff00001d && version <= 0xff000020;
}

static inline int quic_is_known(__u32 version)
{
	return version == QUIC_V1 || version == QUIC_V2 || quic_is_draft(version);
}

/* a length in one byte and a connection id */
static inline int quic_cid(struct cur *c, struct cur *ret)
{
	const __u8 *p;
	__u8 n;

	if (cur_u8(c, &n))
		return PARSE_SHORT;
	if (n > QUIC_CID_MAX)
		return PARSE_BAD;
	p = cur_take(c, n);
	if (!p)
		return PARSE_SHORT;
	*ret = cur_of(p, n);
	return PARSE_OK;
}

/* token, length and packet number of all but Retry; @c behind the packet */
static inline int quic_body(struct cur *c, const __u8 *begin, struct quic_long *h)
{
	__u64 n;

	if (h->type == QUIC_INITIAL) {
		if (quic_varint(c, &n) || n > cur_left(c))
			return PARSE_SHORT;
		c->pos += n;
	}
	if (quic_varint(c, &n) || n > cur_left(c))
		return PARSE_SHORT;
	h->pn_off = (__u32)(c->pos - begin);
	c->pos += n;
	h->packet = (struct cur){ begin, c->pos };
	return PARSE_OK;
}

/**
 * quic_long_header() - the next packet of a datagram that has a long header
 * @c:   at the packet; behind it on success
 * @ret: points into the datagram; untouched on error
 *
 * Return: PARSE_OK; PARSE_SHORT when it does not end in the datagram; PARSE_BAD:
 * a short header, an unknown version or version negotiation, or padding.
 */
static inline int quic_long_header(struct cur *c, struct quic_long *ret)
{
	const __u8 *begin = c->pos;
	struct quic_long h;
	__u8 first;
	int r;

	if (cur_u8(c, &first) || cur_be32(c, &h.version))
		return PARSE_SHORT;
	if ((first & 0xc0) != 0xc0 || !quic_is_known(h.version))
		return PARSE_BAD;
	h.type = (first >> 4) & 3;
	if (h.version == QUIC_V2) /* RFC 9369 section 3.2 */
		h.type = (h.type + 3) & 3;
	r = quic_cid(c, &h.dcid);
	if (!r)
		r = quic_cid(c, &h.scid);
	if (r)
		return r;
	if (h.type == QUIC_RETRY) {
		h.pn_off = 0;
		h.packet = (struct cur){ begin, c->end };
		c->pos = c->end;
	} else if (quic_body(c, begin, &h)) {
		return PARSE_SHORT;
	}
	*ret = h;
	return PARSE_OK;
}

/* RFC 9000 section 19.3: what was received; nothing of it matters here */
static inline int quic_ack(struct cur *c, int has_ecn)
{
	__u64 v, ranges;

	if (quic_varint(c, &v) || quic_varint(c, &v) || quic_varint(c, &ranges) || quic_varint(c, &v))
		return PARSE_SHORT;
	for (; ranges; ranges--)
		if (quic_varint(c, &v) || quic_varint(c, &v))
			return PARSE_SHORT;
	for (int i = 0; has_ecn && i < 3; i++)
		if (quic_varint(c, &v))
			return PARSE_SHORT;
	return PARSE_OK;
}

/**
 * quic_next_crypto() - the next CRYPTO frame of an Initial packet, others are passed over
 * @c:   in the packet's payload; behind the frame on success
 * @ret: untouched on error
 *
 * Source: RFC 9000 section 12.4 (frames an Initial may have), 19.6.
 * Return: PARSE_OK; PARSE_SHORT at the end or when a frame is cut; PARSE_BAD: a frame that has no place here.
 */
static inline int quic_next_crypto(struct cur *c, struct quic_crypto *ret)
{
	__u64 type, offset, n;

	while (!quic_varint(c, &type)) {
		if (type == QUIC_FRAME_PADDING || type == QUIC_FRAME_PING)
			continue;
		if (type == QUIC_FRAME_ACK || type == QUIC_FRAME_ACK_ECN) {
			if (quic_ack(c, type == QUIC_FRAME_ACK_ECN))
				return PARSE_SHORT;
			continue;
		}
		if (type != QUIC_FRAME_CRYPTO)
			return PARSE_BAD;
		if (quic_varint(c, &offset) || quic_varint(c, &n) || n > cur_left(c))
			return PARSE_SHORT;
		ret->offset = offset;
		ret->data = cur_of(c->pos, (__u32)n);
		c->pos += n;
		return PARSE_OK;
	}
	return PARSE_SHORT;
}

#endif
