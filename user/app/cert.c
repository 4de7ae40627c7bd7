// SPDX-License-Identifier: BSD-2-Clause
/*
 * Certificates as text. Names are printed as Suricata 7 prints them, since that
 * is what rules are written against: attributes in the order they are sent,
 * ", " between, " + " within one RDN, nothing escaped, short names from the
 * table below and OID(1.2.3) for others (its output on a certificate with all
 * of them is the oracle: tests/unit/test_app_tls.c).
 */
#include "app/cert.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/crypto.h"

/* a certificate that claims more is printed as far as this; X.520 allows 64 characters an attribute */
#define NAME_MAX_BYTES 4096

/* tags of string types (X.680 section 8) */
#define TAG_UTF8 0x0c
#define TAG_NUMERIC 0x12
#define TAG_PRINTABLE 0x13
#define TAG_T61 0x14
#define TAG_VIDEOTEX 0x15
#define TAG_IA5 0x16
#define TAG_GRAPHIC 0x19
#define TAG_VISIBLE 0x1a
#define TAG_GENERAL 0x1b
#define TAG_UNIVERSAL 0x1c
#define TAG_BMP 0x1e
#define TAG_DESCRIPTOR 0x07

/* OIDs as their contents stand in DER */
static const struct {
	const char *oid;
	uint8_t len;
	const char *name;
} attributes[] = {
	{ "\x55\x04\x03", 3, "CN" },
	{ "\x55\x04\x04", 3, "surname" },
	{ "\x55\x04\x05", 3, "serialNumber" },
	{ "\x55\x04\x06", 3, "C" },
	{ "\x55\x04\x07", 3, "L" },
	{ "\x55\x04\x08", 3, "ST" },
	{ "\x55\x04\x09", 3, "streetAddress" },
	{ "\x55\x04\x0a", 3, "O" },
	{ "\x55\x04\x0b", 3, "OU" },
	{ "\x55\x04\x0c", 3, "title" },
	{ "\x55\x04\x0d", 3, "description" },
	{ "\x55\x04\x0f", 3, "businessCategory" },
	{ "\x55\x04\x11", 3, "postalCode" },
	{ "\x55\x04\x29", 3, "name" },
	{ "\x55\x04\x2a", 3, "givenName" },
	{ "\x55\x04\x2b", 3, "initials" },
	{ "\x55\x04\x2c", 3, "generationQualifier" },
	{ "\x55\x04\x2e", 3, "dnQualifier" },
	{ "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", 10, "uid" },
	{ "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 10, "DC" },
	{ "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, "Email" },
	{ "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x02", 9, "unstructuredName" },
	{ "\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x01", 11, "msJurisdictionLocality" },
	{ "\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x02", 11, "msJurisdictionStateOrProvince" },
	{ "\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x03", 11, "msJurisdictionCountry" },
};

/* 1.2.840: base 128, the first number holds two arcs (X.690 section 8.19) */
static void put_dotted(struct strbuf *b, const struct cur *oid)
{
	uint64_t v = 0;
	bool is_first = true;

	strbuf_adds(b, "OID(");
	for (const uint8_t *p = oid->pos; p < oid->end; p++) {
		v = v << 7 | (*p & 0x7f);
		if (*p & 0x80)
			continue;
		if (is_first)
			strbuf_addf(b, "%u.%llu", v < 80 ? (unsigned int)(v / 40) : 2,
				    (unsigned long long)(v < 80 ? v % 40 : v - 80));
		else
			strbuf_addf(b, ".%llu", (unsigned long long)v);
		is_first = false;
		v = 0;
	}
	strbuf_adds(b, ")");
}

static void put_type(struct strbuf *b, const struct cur *oid)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (cur_left(oid) == attributes[i].len && !memcmp(oid->pos, attributes[i].oid, attributes[i].len)) {
			strbuf_adds(b, attributes[i].name);
			return;
		}
	put_dotted(b, oid);
}

/* bytes of the UTF-8 sequence at @p (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF); 0: none */
static uint32_t utf8_len(const uint8_t *p, uint32_t left)
{
	uint32_t n = *p < 0x80 ? 1 : *p >= 0xc2 && *p < 0xe0 ? 2 : *p >= 0xe0 && *p < 0xf0 ? 3 : *p >= 0xf0 && *p < 0xf5 ? 4 : 0;

	if (!n || n > left)
		return 0;
	for (uint32_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
	    (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

static int put_utf8(struct strbuf *b, const struct cur *s)
{
	for (const uint8_t *p = s->pos; p < s->end;) {
		uint32_t n = utf8_len(p, (uint32_t)(s->end - p));

		if (!n)
			return -EBADMSG;
		p += n;
	}
	strbuf_add(b, s->pos, cur_left(s));
	return 0;
}

static void put_code_point(struct strbuf *b, uint32_t v)
{
	uint8_t u[4];
	uint32_t n = v < 0x80 ? 1 : v < 0x800 ? 2 : v < 0x10000 ? 3 : 4;

	for (uint32_t i = n - 1; i; i--, v >>= 6)
		u[i] = (uint8_t)(0x80 | (v & 0x3f));
	u[0] = (uint8_t)(n == 1 ? v : (0xf00u >> n & 0xf0u) | v);
	strbuf_add(b, u, n);
}

/* UTF-16 without surrogates (2 bytes each), or UTF-32 (4) */
static int put_wide(struct strbuf *b, struct cur s, uint32_t each)
{
	uint32_t v;

	if (cur_left(&s) % each)
		return -EBADMSG;
	for (; s.pos < s.end; s.pos += each) {
		v = (uint32_t)s.pos[each - 2] << 8 | s.pos[each - 1];
		if (each == 4)
			v |= (uint32_t)s.pos[0] << 24 | (uint32_t)s.pos[1] << 16;
		if ((v >= 0xd800 && v < 0xe000) || v > 0x10ffff)
			return -EBADMSG;
		put_code_point(b, v);
	}
	return 0;
}

static void put_hex(struct strbuf *b, const struct cur *s, const char *between)
{
	for (const uint8_t *p = s->pos; p < s->end && p - s->pos < NAME_MAX_BYTES; p++)
		strbuf_addf(b, "%s%02X", p > s->pos ? between : "", *p);
}

static int put_value(struct strbuf *b, const struct der *value)
{
	switch (value->tag) {
	case TAG_UTF8:
	case TAG_NUMERIC:
	case TAG_PRINTABLE:
	case TAG_T61:
	case TAG_VIDEOTEX:
	case TAG_IA5:
	case TAG_GRAPHIC:
	case TAG_VISIBLE:
	case TAG_GENERAL:
	case TAG_DESCRIPTOR:
		return put_utf8(b, &value->body);
	case TAG_BMP:
		return put_wide(b, value->body, 2);
	case TAG_UNIVERSAL:
		return put_wide(b, value->body, 4);
	default:
		put_hex(b, &value->body, "");
		return 0;
	}
}

static int put_name(struct strbuf *b, struct cur name)
{
	struct x509_name walk = x509_name_of(name);
	struct x509_attr a;
	int r;

	while (!(r = x509_name_next(&walk, &a)) && b->len < NAME_MAX_BYTES) {
		if (b->len)
			strbuf_adds(b, a.is_first ? ", " : " + ");
		put_type(b, &a.oid);
		strbuf_adds(b, "=");
		if (put_value(b, &a.value)) {
			strbuf_clear(b);
			strbuf_adds(b, "<X509Error: Invalid X.509 name>");
			break;
		}
	}
	return r == PARSE_BAD ? -EBADMSG : b->failed ? -ENOMEM : 0;
}

static void put_fingerprint(char *dst, const uint8_t *der, uint32_t len)
{
	uint8_t sha1[SHA1_BYTES];
	char hex[2 * SHA1_BYTES + 1];

	*dst = 0;
	if (digest_sha1(der, len, sha1))
		return;
	hex_lower(hex, sha1, sizeof(sha1));
	for (size_t i = 0; i < SHA1_BYTES; i++, dst += 3) {
		memcpy(dst, hex + 2 * i, 2);
		dst[2] = ':';
	}
	dst[-1] = 0;
}

int cert_read(struct cert *ret, const uint8_t *der, uint32_t len)
{
	struct cur c = cur_of(der, len);
	struct x509 x;
	int r;

	if (x509_parse(&c, &x))
		return -EBADMSG;
	r = put_name(&ret->subject, x.subject);
	if (!r)
		r = put_name(&ret->issuer, x.issuer);
	if (r)
		return r;
	put_hex(&ret->serial, &x.serial, ":");
	put_fingerprint(ret->fingerprint, der, len);
	ret->has_times = !x509_time(&x.not_before, &ret->not_before) && !x509_time(&x.not_after, &ret->not_after);
	return ret->serial.failed ? -ENOMEM : 0;
}

void cert_done(struct cert *c)
{
	strbuf_done(&c->subject);
	strbuf_done(&c->issuer);
	strbuf_done(&c->serial);
	memset(c, 0, sizeof(*c));
}
