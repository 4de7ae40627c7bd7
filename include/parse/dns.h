/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * DNS messages (RFC 1035 section 4): header, questions, records; names as text.
 * Compression pointers (4.1.4) may only go backward, each further back than
 * the one before, so a loop cannot be built (the traps of RFC 9267 section 2).
 */
#ifndef PARSE_DNS_H
#define PARSE_DNS_H

#include "cordon_limits.h"
#include "parse/cursor.h"

#define DNS_HEADER 12
#define DNS_TYPE_A 1
#define DNS_TYPE_NS 2
#define DNS_TYPE_CNAME 5
#define DNS_TYPE_PTR 12
#define DNS_TYPE_MX 15
#define DNS_TYPE_AAAA 28
#define DNS_TYPE_SRV 33
#define DNS_TYPE_DNAME 39
#define DNS_TYPE_SVCB 64
#define DNS_TYPE_HTTPS 65
/* a message with more questions is no DNS that any server answers */
#define DNS_MAX_QUESTIONS 16

struct dns_header {
	__u16 id, flags;
	__u16 questions, answers, authorities, additionals;
};

static inline int dns_is_response(const struct dns_header *h)
{
	return h->flags >> 15;
}

static inline int dns_opcode(const struct dns_header *h)
{
	return h->flags >> 11 & 15;
}

static inline int dns_header_parse(struct cur *c, struct dns_header *ret)
{
	const __u8 *p = cur_take(c, DNS_HEADER);

	if (!p)
		return PARSE_SHORT;
	ret->id = (__u16)(p[0] << 8 | p[1]);
	ret->flags = (__u16)(p[2] << 8 | p[3]);
	ret->questions = (__u16)(p[4] << 8 | p[5]);
	ret->answers = (__u16)(p[6] << 8 | p[7]);
	ret->authorities = (__u16)(p[8] << 8 | p[9]);
	ret->additionals = (__u16)(p[10] << 8 | p[11]);
	return PARSE_OK;
}

/**
 * dns_name() - a name as text
 * @msg: first byte of the message, for compression pointers
 * @c:   cursor at the name; after it on success
 * @dst: room for CORDON_NAME_MAX bytes: labels with dots between, case kept, not terminated
 * @ret_len: bytes of text; 0: the root
 *
 * Source: RFC 1035 3.1 (labels), 2.3.4 (limits), 4.1.4 (compression).
 * Return: PARSE_OK; PARSE_SHORT when the message ends in the name; PARSE_BAD: a
 * label type that is none, a pointer that does not go back, text over 253 bytes.
 */
static inline int dns_name(const __u8 *msg, struct cur *c, __u8 *dst, __u8 *ret_len)
{
	const __u8 *at = c->pos, *limit = c->pos, *after = (void *)0;
	__u32 n = 0, i, len;

	for (;;) {
		if (at >= c->end)
			return PARSE_SHORT;
		len = *at++;
		if (!len)
			break;
		if (len >= 0xc0) {
			if (at >= c->end)
				return PARSE_SHORT;
			if (!after)
				after = at + 1;
			len = (len & 0x3f) << 8 | *at;
			if (len >= (__u64)(limit - msg))
				return PARSE_BAD;
			at = limit = msg + len;
			continue;
		}
		if (len > 63 || n + len + 1 > 253)
			return PARSE_BAD;
		if (at + len > c->end)
			return PARSE_SHORT;
		if (n)
			dst[n++] = '.';
		for (i = 0; i < len; i++)
			dst[n++] = *at++;
	}
	c->pos = after ? after : at;
	*ret_len = (__u8)n;
	return PARSE_OK;
}

struct dns_question {
	__u8 name[CORDON_NAME_MAX + 1]; /* not terminated */
	__u8 name_len;
	__u8 is_compressed;
	__u16 type, class;
};

/* RFC 1035 4.1.2 */
static inline int dns_question(const __u8 *msg, struct cur *c, struct dns_question *ret)
{
	const __u8 *from = c->pos;
	int r = dns_name(msg, c, ret->name, &ret->name_len);

	if (r)
		return r;
	/* written out, a name is its text, a length before it and a zero behind */
	ret->is_compressed = c->pos - from != (ret->name_len ? ret->name_len + 2 : 1);
	return cur_be16(c, &ret->type) || cur_be16(c, &ret->class) ? PARSE_SHORT : PARSE_OK;
}

/* A resource record (RFC 1035 4.1.3). */
struct dns_record {
	__u8 name[CORDON_NAME_MAX + 1]; /* not terminated */
	__u8 target[CORDON_NAME_MAX + 1]; /* the name its data holds, if its type has one */
	__u8 name_len, target_len;
	__u16 type, class;
	__u32 ttl; /* seconds */
	const __u8 *data; /* as on the wire */
	__u16 data_len;
};

/* bytes of the data before the name in it; -1: there is no name */
static inline int dns_target_at(__u16 type)
{
	switch (type) {
	case DNS_TYPE_NS:
	case DNS_TYPE_CNAME:
	case DNS_TYPE_PTR:
	case DNS_TYPE_DNAME:
		return 0;
	case DNS_TYPE_MX: /* preference */
	case DNS_TYPE_SVCB: /* RFC 9460 2.2: priority */
	case DNS_TYPE_HTTPS:
		return 2;
	case DNS_TYPE_SRV: /* RFC 2782: priority, weight, port */
		return 6;
	default:
		return -1;
	}
}

/* a name that does not fit in the data it stands in is none (RFC 9267 section 5) */
static inline int dns_target(const __u8 *msg, struct dns_record *r)
{
	int at = dns_target_at(r->type);
	struct cur c;

	r->target_len = 0;
	if (at < 0)
		return PARSE_OK;
	if (r->data_len <= at)
		return PARSE_BAD;
	c = cur_of(r->data + at, r->data_len - (__u32)at);
	return dns_name(msg, &c, r->target, &r->target_len);
}

/**
 * dns_record() - the next record of the answer, authority or additional section
 * @msg: first byte of the message
 * @c:   cursor at the record, its end is the message's; behind the record on success
 *
 * Return: PARSE_OK; PARSE_SHORT when the message ends in it; PARSE_BAD.
 */
static inline int dns_record(const __u8 *msg, struct cur *c, struct dns_record *ret)
{
	int r = dns_name(msg, c, ret->name, &ret->name_len);

	if (r)
		return r;
	if (cur_be16(c, &ret->type) || cur_be16(c, &ret->class) || cur_be32(c, &ret->ttl) || cur_be16(c, &ret->data_len))
		return PARSE_SHORT;
	ret->data = cur_take(c, ret->data_len);
	return ret->data ? dns_target(msg, ret) : PARSE_SHORT;
}

#endif
