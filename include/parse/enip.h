/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * EtherNet/IP: the encapsulation header (CIP volume 2, 2-3.1), the common packet format in it (2-6), and the requests of
 * CIP it carries (volume 1, 2-4): service, path (appendix C-1.4), the list of attributes, several in one (appendix ).
 * All little endian.
 */
#ifndef PARSE_ENIP_H
#define PARSE_ENIP_H

#include "parse/cursor.h"

#define ENIP_HEADER 24
#define ENIP_SEND_RR_DATA 0x6f
#define ENIP_SEND_UNIT_DATA 0x70

#define ENIP_ITEM_CONNECTED 0xb1   /* data behind a sequence count */
#define ENIP_ITEM_UNCONNECTED 0xb2

#define CIP_GET_LIST 0x03
#define CIP_SET_LIST 0x04
#define CIP_MULTIPLE 0x0a
#define CIP_GET_SINGLE 0x0e
#define CIP_SET_SINGLE 0x10
#define CIP_ANSWER 0x80

#define CIP_SERVICES_MAX 32 /* of one message, as in Suricata */
#define CIP_FACTS_MAX 128

struct enip_header {
	__u16 command, length; /* length: bytes behind the header */
};

/*
 * What a request asks for, as rules compare it: service; service and class (big endian); the same with an attribute; or
 * with a zero: some attribute is named in the path.
 */
struct cip_fact {
	__u8 len; /* 1, 3, 5, 4 */
	__u8 b[5];
};

struct cip_facts {
	struct cip_fact f[CIP_FACTS_MAX];
	__u32 n, services;
};

static inline int enip_le16(struct cur *c, __u16 *ret)
{
	const __u8 *p = cur_take(c, 2);

	if (!p)
		return PARSE_SHORT;
	*ret = (__u16)(p[1] << 8 | p[0]);
	return PARSE_OK;
}

/* PARSE_OK with @c behind the header; PARSE_SHORT; PARSE_BAD: its options are not 0 */
static inline int enip_header_parse(struct cur *c, struct enip_header *ret)
{
	const __u8 *p = cur_take(c, ENIP_HEADER);

	if (!p)
		return PARSE_SHORT;
	if (p[20] | p[21] | p[22] | p[23])
		return PARSE_BAD;
	ret->command = (__u16)(p[1] << 8 | p[0]);
	ret->length = (__u16)(p[3] << 8 | p[2]);
	return PARSE_OK;
}

static inline void cip_add(struct cip_facts *r, __u8 len, __u8 service, __u16 class_, __u16 attribute)
{
	if (r->n == CIP_FACTS_MAX)
		return;
	r->f[r->n++] = (struct cip_fact){ len, { service, (__u8)(class_ >> 8), (__u8)class_, (__u8)(attribute >> 8), (__u8)attribute } };
}

/* a number of a segment: one byte, or a pad and two */
static inline int cip_segment(struct cur *c, int is_long, __u16 *ret)
{
	__u8 one = 0;

	if (is_long)
		return cur_skip(c, 1) || enip_le16(c, ret) ? PARSE_SHORT : PARSE_OK;
	if (cur_u8(c, &one))
		return PARSE_SHORT;
	*ret = one;
	return PARSE_OK;
}

static inline int cip_has_attributes(__u8 service)
{
	return service == CIP_GET_LIST || service == CIP_SET_LIST || service == CIP_GET_SINGLE || service == CIP_SET_SINGLE;
}

/* class, instance and attribute segments up to the first other; 1: a class was there, *ret_class the last one */
static inline int cip_path(struct cur *c, __u8 service, struct cip_facts *r, __u16 *ret_class)
{
	__u16 v = 0;
	__u8 type;
	int has_class = 0;

	while (!cur_u8(c, &type)) {
		if (type != 0x20 && type != 0x21 && type != 0x24 && type != 0x25 && type != 0x30)
			break;
		if (cip_segment(c, type & 1, &v))
			break;
		if (type == 0x20 || type == 0x21) {
			has_class = 1;
			*ret_class = v;
			cip_add(r, 3, service, v, 0);
		} else if (type == 0x30 && has_class) {
			cip_add(r, 5, service, *ret_class, v);
			cip_add(r, 4, service, *ret_class, 0);
		}
	}
	return has_class;
}

static inline void cip_attributes(struct cur *c, __u8 service, __u16 class_, struct cip_facts *r)
{
	__u16 count, v;

	if (enip_le16(c, &count))
		return;
	while (count-- && r->n < CIP_FACTS_MAX && !enip_le16(c, &v))
		cip_add(r, 5, service, class_, v);
}

/* one request; @inner: the body of a CIP_MULTIPLE, else empty. 0: none that can be read. */
static inline int cip_request_one(struct cur *c, struct cip_facts *r, struct cur *inner)
{
	__u16 class_ = 0;
	struct cur path;
	__u8 service, words;

	if (r->services == CIP_SERVICES_MAX || cur_u8(c, &service) || cur_u8(c, &words) || service & CIP_ANSWER)
		return 0;
	r->services++;
	cip_add(r, 1, service, 0, 0);
	path = *c;
	if (cur_skip(c, words * 2u))
		c->pos = c->end;
	path.end = c->pos;
	if (cip_has_attributes(service) && cip_path(&path, service, r, &class_) && (service == CIP_GET_LIST || service == CIP_SET_LIST))
		cip_attributes(c, service, class_, r);
	*inner = service == CIP_MULTIPLE ? *c : cur_of(c->end, 0);
	return 1;
}

/* a request and those within it: a count, and an offset from the count on for each */
static inline void cip_request(const struct cur *request, struct cip_facts *r)
{
	struct cur todo[CIP_SERVICES_MAX + 1], c, inner;
	__u32 n = 0;
	__u16 count, off;

	todo[n++] = *request;
	while (n) {
		c = todo[--n];
		if (!cip_request_one(&c, r, &inner) || !cur_left(&inner))
			continue;
		c = inner;
		if (enip_le16(&c, &count))
			continue;
		while (count-- && n < CIP_SERVICES_MAX && !enip_le16(&c, &off))
			if (off && off < cur_left(&inner)) {
				todo[n] = inner;
				todo[n++].pos += off;
			}
	}
}

/* what the data of SendRRData and SendUnitData ask for; @c: behind the header. An answer, and what is cut, add nothing. */
static inline void enip_requests(struct cur *c, struct cip_facts *ret)
{
	__u16 items, type, len, i;
	struct cur item;

	if (cur_skip(c, 6) || enip_le16(c, &items)) /* interface handle, timeout */
		return;
	for (i = 0; i < items && i < 8; i++) {
		if (enip_le16(c, &type) || enip_le16(c, &len))
			return;
		item = *c;
		if (cur_skip(c, len))
			c->pos = c->end;
		item.end = c->pos;
		if (type == ENIP_ITEM_CONNECTED && cur_skip(&item, 2))
			return;
		if (type == ENIP_ITEM_CONNECTED || type == ENIP_ITEM_UNCONNECTED)
			cip_request(&item, ret);
	}
}

#endif
