/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * DER, the encoding of certificates and of SNMP (X.690 sections 8 and 10): one
 * element at a time, its contents as a cursor that cannot leave it. Nothing
 * recurses: who walks a structure knows its shape.
 */
#ifndef PARSE_DER_H
#define PARSE_DER_H

#include "parse/cursor.h"

/* identifier octets as they stand on the wire */
#define DER_INTEGER 0x02
#define DER_BIT_STRING 0x03
#define DER_OCTETS 0x04
#define DER_OID 0x06
#define DER_UTC_TIME 0x17
#define DER_GENERAL_TIME 0x18
#define DER_SEQUENCE 0x30
#define DER_SET 0x31
#define DER_CONTEXT 0xa0 /* constructed, | number */

struct der {
	__u8 tag;	 /* identifier octet */
	struct cur body; /* its contents */
	const __u8 *at;	 /* of the identifier */
};

/* length octets (8.1.3): short form, or up to four bytes; *ret in bytes */
static inline int der_length(struct cur *c, __u32 *ret)
{
	__u32 v = 0;
	__u8 b, n;

	if (cur_u8(c, &b))
		return PARSE_SHORT;
	if (!(b & 0x80)) {
		*ret = b;
		return PARSE_OK;
	}
	n = b & 0x7f;
	if (!n || n > 4) /* indefinite, or no message is that long */
		return PARSE_BAD;
	while (n--) {
		if (cur_u8(c, &b))
			return PARSE_SHORT;
		v = v << 8 | b;
	}
	*ret = v;
	return PARSE_OK;
}

/**
 * der_take() - the next element, and step over it
 * @c:   at its identifier; behind the element on success
 * @ret: untouched on error
 * Return: PARSE_OK; PARSE_SHORT when it does not end in @c; PARSE_BAD: a tag of
 * more than one byte, or an indefinite length.
 */
static inline int der_take(struct cur *c, struct der *ret)
{
	struct cur in = *c;
	__u32 len;
	__u8 tag;
	int r;

	if (cur_u8(&in, &tag))
		return PARSE_SHORT;
	if ((tag & 0x1f) == 0x1f)
		return PARSE_BAD;
	r = der_length(&in, &len);
	if (r)
		return r;
	if (len > cur_left(&in))
		return PARSE_SHORT;
	*ret = (struct der){ .tag = tag, .body = cur_of(in.pos, len), .at = c->pos };
	c->pos = in.pos + len;
	return PARSE_OK;
}

/* the next element, which must be a @tag; another is PARSE_BAD and @c stays */
static inline int der_expect(struct cur *c, __u8 tag, struct der *ret)
{
	struct cur in = *c;
	struct der d;
	int r = der_take(&in, &d);

	if (r)
		return r;
	if (d.tag != tag)
		return PARSE_BAD;
	*c = in;
	*ret = d;
	return PARSE_OK;
}

/* steps over a @tag if one comes next; PARSE_OK also when not */
static inline int der_optional(struct cur *c, __u8 tag)
{
	struct der d;

	return c->pos < c->end && *c->pos == tag ? der_take(c, &d) : PARSE_OK;
}

/* an INTEGER that fits 32 bits and is not negative */
static inline int der_u32(struct cur *c, __u32 *ret)
{
	struct der d;
	__u32 v = 0;
	int r = der_expect(c, DER_INTEGER, &d);

	if (r)
		return r;
	if (d.body.pos == d.body.end || *d.body.pos & 0x80 || cur_left(&d.body) > 5 ||
	    (cur_left(&d.body) == 5 && *d.body.pos))
		return PARSE_BAD;
	for (; d.body.pos < d.body.end; d.body.pos++)
		v = v << 8 | *d.body.pos;
	*ret = v;
	return PARSE_OK;
}

#endif
