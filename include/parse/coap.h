/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* CoAP: header, token and options of a datagram (RFC 7252 section 3). */
#ifndef PARSE_COAP_H
#define PARSE_COAP_H

#include "parse/cursor.h"

#define COAP_VERSION 1
#define COAP_TOKEN_MAX 8
#define COAP_PAYLOAD 0xff /* the marker before a payload */

/* message types, RFC 7252 3 */
enum { COAP_CON, COAP_NON, COAP_ACK, COAP_RST };

/* option numbers, RFC 7252 12.2 */
enum { COAP_URI_HOST = 3, COAP_URI_PATH = 11, COAP_URI_QUERY = 15, COAP_PROXY_URI = 35 };

struct coap_header {
	__u8 type;	  /* COAP_CON ... COAP_RST */
	__u8 class, code; /* the code is written class.code, as 2.05; class 0: a request by its method */
	__u16 id;
	struct cur token;
};

/* PARSE_OK with @c at the options; PARSE_SHORT; PARSE_BAD: another version, a token longer than eight, an empty message with more */
static inline int coap_header_parse(struct cur *c, struct coap_header *ret)
{
	const __u8 *p = cur_take(c, 4), *token;
	__u32 token_len;

	if (!p)
		return PARSE_SHORT;
	token_len = p[0] & 15;
	if (p[0] >> 6 != COAP_VERSION || token_len > COAP_TOKEN_MAX)
		return PARSE_BAD;
	token = cur_take(c, token_len);
	if (!token)
		return PARSE_SHORT;
	if (!p[1] && (token_len || cur_left(c))) /* 4.1 */
		return PARSE_BAD;
	ret->type = p[0] >> 4 & 3;
	ret->class = p[1] >> 5;
	ret->code = p[1] & 31;
	ret->id = (__u16)(p[2] << 8 | p[3]);
	ret->token = cur_of(token, token_len);
	return PARSE_OK;
}

struct coap_option {
	__u32 number; /* COAP_URI_* and others; 0 before the first one */
	struct cur value;
};

/* the value of a delta or length of which four bits are known; PARSE_BAD: reserved for the payload marker */
static inline int coap_extend(struct cur *c, __u32 nibble, __u32 *ret)
{
	__u16 two;
	__u8 one;

	*ret = nibble;
	if (nibble < 13)
		return PARSE_OK;
	if (nibble == 15)
		return PARSE_BAD;
	if (nibble == 13) {
		if (cur_u8(c, &one))
			return PARSE_SHORT;
		*ret = one + 13u;
		return PARSE_OK;
	}
	if (cur_be16(c, &two))
		return PARSE_SHORT;
	*ret = two + 269u;
	return PARSE_OK;
}

/*
 * coap_option_next() - the option behind *o, into *o (RFC 7252 3.1)
 * @o: number 0 before the first
 * Return: 1 there is one; 0 the end, or the payload (@c behind its marker); -1 it does not parse.
 */
static inline int coap_option_next(struct cur *c, struct coap_option *o)
{
	__u32 delta, len;
	const __u8 *p;
	__u8 head;

	if (cur_u8(c, &head) || head == COAP_PAYLOAD)
		return 0;
	if (coap_extend(c, head >> 4, &delta) || coap_extend(c, head & 15, &len) || o->number + delta > 0xffff)
		return -1;
	p = cur_take(c, len);
	if (!p)
		return -1;
	o->number += delta;
	o->value = cur_of(p, len);
	return 1;
}

#endif
