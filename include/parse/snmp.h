/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* SNMP: version, who asks, and for what. 1 (RFC 1157 section 4), 2c (RFC 1901 section 3), 3 (RFC 3412 section 6). */
#ifndef PARSE_SNMP_H
#define PARSE_SNMP_H

#include "parse/der.h"

/* versions as they stand in a message */
#define SNMP_V1 0
#define SNMP_V2C 1
#define SNMP_V3 3
/* largest PDU tag: Report (RFC 3416 section 3) */
#define SNMP_PDU_MAX 8

struct snmp_info {
	__u8 version; /* SNMP_V* */
	__u8 has_pdu;
	__u8 pdu_type;	      /* 0 GetRequest ... SNMP_PDU_MAX; with has_pdu: an encrypted one is not known */
	struct cur community; /* pos NULL in version 3 */
	struct cur user;      /* of the user-based security model (RFC 3414 section 2.4); pos NULL before version 3 */
};

static inline int snmp_pdu(struct cur *c, struct snmp_info *ret)
{
	struct der d;
	int r = der_take(c, &d);

	if (r)
		return r;
	if ((d.tag & 0xe0) != DER_CONTEXT || (d.tag & 0x1f) > SNMP_PDU_MAX)
		return PARSE_BAD;
	ret->pdu_type = d.tag & 0x1f;
	ret->has_pdu = 1;
	return PARSE_OK;
}

/* RFC 3414 2.4: engine, boots, time, user name, ... in an OCTET STRING */
static inline int snmp_user(const struct cur *octets, struct cur *ret)
{
	struct cur c = *octets;
	struct der seq, engine, name;
	__u32 n;
	int r = der_expect(&c, DER_SEQUENCE, &seq);

	if (r)
		return r;
	c = seq.body;
	r = der_expect(&c, DER_OCTETS, &engine);
	if (!r)
		r = der_u32(&c, &n);
	if (!r)
		r = der_u32(&c, &n);
	if (!r)
		r = der_expect(&c, DER_OCTETS, &name);
	if (!r)
		*ret = name.body;
	return r;
}

/* version 3 behind the version: global data, security parameters, scoped PDU (plain: engine, context name, PDU) */
static inline int snmp_v3(struct cur *c, struct snmp_info *ret)
{
	struct der global, security, scoped, part;
	struct cur body;
	int r = der_expect(c, DER_SEQUENCE, &global);

	if (!r)
		r = der_expect(c, DER_OCTETS, &security);
	if (r)
		return r;
	/* another security model has other parameters: no user, and no fault */
	(void)snmp_user(&security.body, &ret->user);
	r = der_take(c, &scoped);
	if (r || scoped.tag != DER_SEQUENCE)
		return r; /* encrypted */
	body = scoped.body;
	r = der_expect(&body, DER_OCTETS, &part);
	if (!r)
		r = der_expect(&body, DER_OCTETS, &part);
	return r ? r : snmp_pdu(&body, ret);
}

/**
 * snmp_parse() - read one message
 * @c:   at its begin; behind it on success
 * @ret: untouched on error; spans point into the message
 * Return: PARSE_OK; PARSE_SHORT when it is cut; PARSE_BAD when it is none
 */
static inline int snmp_parse(struct cur *c, struct snmp_info *ret)
{
	struct snmp_info m = { .version = 0 };
	struct der message, community;
	struct cur in = *c, body;
	__u32 version;
	int r = der_expect(&in, DER_SEQUENCE, &message);

	if (r)
		return r;
	body = message.body;
	r = der_u32(&body, &version);
	if (r || version == 2 || version > SNMP_V3)
		return r ? r : PARSE_BAD;
	m.version = (__u8)version;
	if (version == SNMP_V3) {
		r = snmp_v3(&body, &m);
	} else {
		r = der_expect(&body, DER_OCTETS, &community);
		if (!r) {
			m.community = community.body;
			r = snmp_pdu(&body, &m);
		}
	}
	if (r)
		return r;
	*ret = m;
	c->pos = in.pos;
	return PARSE_OK;
}

#endif
