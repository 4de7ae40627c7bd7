/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * X.509 certificates (RFC 5280 section 4.1), as far as rules look at them: the
 * serial number, both names, and when it is valid. Nothing is verified: the
 * certificate is what somebody sent.
 */
#ifndef PARSE_X509_H
#define PARSE_X509_H

#include "parse/der.h"

struct x509 {
	struct cur serial;	     /* contents of the INTEGER, a leading zero byte included */
	struct cur issuer, subject;  /* contents of the Name: a list of RDN sets */
	struct der not_before, not_after; /* UTCTime or GeneralizedTime */
};

/* one attribute of a name */
struct x509_attr {
	struct cur oid; /* contents of the OBJECT IDENTIFIER */
	struct der value;
	int is_first;	/* of its RDN: others are joined to it */
};

/* a walk over the attributes of a name */
struct x509_name {
	struct cur rdns, set;
};

static inline int x509_is_time(__u8 tag)
{
	return tag == DER_UTC_TIME || tag == DER_GENERAL_TIME;
}

static inline int x509_validity(struct cur *tbs, struct x509 *x)
{
	struct der d;

	if (der_expect(tbs, DER_SEQUENCE, &d) || der_take(&d.body, &x->not_before) ||
	    der_take(&d.body, &x->not_after))
		return PARSE_BAD;
	return x509_is_time(x->not_before.tag) && x509_is_time(x->not_after.tag) ? PARSE_OK : PARSE_BAD;
}

/**
 * x509_parse() - read one certificate
 * @c:   at its first byte; behind it on success
 * @ret: points into the certificate; untouched on error
 *
 * Source: RFC 5280 section 4.1 (Certificate, TBSCertificate).
 * Return: PARSE_OK; PARSE_SHORT when the certificate does not end in @c; PARSE_BAD.
 */
static inline int x509_parse(struct cur *c, struct x509 *ret)
{
	struct der cert, tbs, d;
	struct x509 x;
	int r = der_expect(c, DER_SEQUENCE, &cert);

	if (r)
		return r;
	if (der_expect(&cert.body, DER_SEQUENCE, &tbs) || der_optional(&tbs.body, DER_CONTEXT) ||
	    der_expect(&tbs.body, DER_INTEGER, &d))
		return PARSE_BAD;
	x.serial = d.body;
	if (der_expect(&tbs.body, DER_SEQUENCE, &d) /* signature algorithm */ ||
	    der_expect(&tbs.body, DER_SEQUENCE, &d))
		return PARSE_BAD;
	x.issuer = d.body;
	if (x509_validity(&tbs.body, &x) || der_expect(&tbs.body, DER_SEQUENCE, &d))
		return PARSE_BAD;
	x.subject = d.body;
	if (der_expect(&tbs.body, DER_SEQUENCE, &d)) /* the public key: without it this is none */
		return PARSE_BAD;
	*ret = x;
	return PARSE_OK;
}

/* the next attribute; PARSE_SHORT at the end of the name, PARSE_BAD when it does not add up */
static inline int x509_name_next(struct x509_name *n, struct x509_attr *ret)
{
	struct der d, oid;

	ret->is_first = n->set.pos == n->set.end;
	if (ret->is_first) {
		if (n->rdns.pos == n->rdns.end)
			return PARSE_SHORT;
		if (der_expect(&n->rdns, DER_SET, &d) || d.body.pos == d.body.end)
			return PARSE_BAD;
		n->set = d.body;
	}
	if (der_expect(&n->set, DER_SEQUENCE, &d) || der_expect(&d.body, DER_OID, &oid) ||
	    der_take(&d.body, &ret->value))
		return PARSE_BAD;
	ret->oid = oid.body;
	return PARSE_OK;
}

static inline struct x509_name x509_name_of(struct cur name)
{
	return (struct x509_name){ .rdns = name, .set = { name.end, name.end } };
}

/* two digits; -1: none */
static inline int x509_two(const __u8 *p)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	return (p[0] - '0') * 10 + p[1] - '0';
}

/* days from 1970-01-01 to the first of @month (1 ... 12) of @year, in the Gregorian calendar */
static inline __s64 x509_days(int year, int month)
{
	int y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;

	/* years from March on: a leap day is the last of its year */
	return 365LL * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 - 719468;
}

/**
 * x509_time() - a point in time, seconds since 1970 UTC
 *
 * Source: RFC 5280 section 4.1.2.5: YYMMDDHHMMSSZ with years 1950 to 2049, or YYYYMMDDHHMMSSZ.
 * Return: PARSE_OK; PARSE_BAD for any other form
 */
static inline int x509_time(const struct der *t, __s64 *ret)
{
	__u32 n = cur_left(&t->body), wide = t->tag == DER_GENERAL_TIME;
	const __u8 *p = t->body.pos;
	int v[7], year;

	if (n != (wide ? 15 : 13) || p[n - 1] != 'Z')
		return PARSE_BAD;
	v[6] = wide ? x509_two(p) : 0;
	p += wide ? 2 : 0;
	for (int i = 0; i < 6; i++)
		v[i] = x509_two(p + 2 * i);
	if (v[6] < 0 || v[0] < 0 || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > 31 || v[3] < 0 || v[3] > 23 || v[4] < 0 ||
	    v[4] > 59 || v[5] < 0 || v[5] > 60)
		return PARSE_BAD;
	year = wide ? v[6] * 100 + v[0] : v[0] + (v[0] < 50 ? 2000 : 1900);
	*ret = (x509_days(year, v[1]) + v[2] - 1) * 86400 + v[3] * 3600 + v[4] * 60 + v[5];
	return PARSE_OK;
}

#endif
