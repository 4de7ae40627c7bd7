// SPDX-License-Identifier: BSD-2-Clause
/*
 * TLS keywords that are no plain buffer or number: versions, dates of the
 * certificate, and the old keywords that carry their text with them.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cordon_lists.h"
#include "parse/tls.h"
#include "parse/x509.h"
#include "rule/keywords.h"

static const struct {
	const char *old, *dotted; /* as ssl_version and tls.version spell it */
	uint8_t bits;		  /* TLS_IS_* */
} versions[] = {
	{ "sslv2", "", TLS_IS_SSL2 },	    { "sslv3", "", TLS_IS_SSL3 },      { "tls1.0", "1.0", TLS_IS_1_0 },
	{ "tls1.1", "1.1", TLS_IS_1_1 }, { "tls1.2", "1.2", TLS_IS_1_2 }, { "tls1.3", "1.3", TLS_IS_1_3 },
};

static int test_version(struct draft *d, uint8_t bits)
{
	return number_use(d, &(struct rule_test){ .field = APP_NUMBER_TLS_VERSION, .how = RULE_NUMBER_ANY_BIT, .lo = bits });
}

/* tls.version:1.2 */
int kw_tls_version(struct draft *d, char *v)
{
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		if (*versions[i].dotted && !strcmp(v, versions[i].dotted))
			return test_version(d, versions[i].bits);
	return draft_fail(d, "'%.32s' is none of 1.0, 1.1, 1.2 and 1.3", v);
}

/* ssl_version:tls1.0,tls1.1; any of them */
int kw_ssl_version(struct draft *d, char *v)
{
	char *part[ARRAY_SIZE(versions)];
	int n = text_split(v, ',', part, ARRAY_SIZE(part));
	uint8_t bits = 0;

	for (int k = 0; k < n; k++) {
		size_t i = 0;

		if (*part[k] == '!')
			return draft_fail(d, "a negated version matches nothing, in Suricata 7 as well");
		while (i < ARRAY_SIZE(versions) && strcasecmp(part[k], versions[i].old))
			i++;
		if (i == ARRAY_SIZE(versions))
			return draft_fail(d, "'%.32s' is none of sslv2, sslv3, tls1.0 ... tls1.3", part[k]);
		bits |= versions[i].bits;
	}
	return n > 0 ? test_version(d, bits) : draft_fail(d, "more versions than there are");
}

/* --- dates --- */

/*
 * "2027-03", "2027-03-01", "2027-03-01 12:00:00" (or T): seconds since 1970 UTC of its begin.
 * Digits alone are such seconds, as Suricata reads them: a year by itself is none.
 */
static int date(struct draft *d, const char *s, uint32_t *ret)
{
	uint64_t seconds;
	unsigned int t[6] = { 0, 1, 1, 0, 0, 0 };
	__s64 sec;
	int n = 0, k;

	if (!str_to_u64(s, 0, UINT32_MAX, &seconds)) {
		*ret = (uint32_t)seconds;
		return 0;
	}
	k = sscanf(s, "%4u-%2u-%2u%*1[ T]%2u:%2u:%2u%n", &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &n);
	if (k < 2 || (k == 6 && s[n]) || t[0] < 1970 || t[0] > 2105 || t[1] < 1 || t[1] > 12 || t[2] < 1 || t[2] > 31 ||
	    t[3] > 23 || t[4] > 59 || t[5] > 59 || strspn(s, "0123456789-: T") != strlen(s))
		return draft_fail(d, "'%.32s' is not a date such as 2027-03-01 or 2027-03-01 12:00:00", s);
	sec = (x509_days((int)t[0], (int)t[1]) + t[2] - 1) * 86400 + t[3] * 3600 + t[4] * 60 + t[5];
	*ret = (uint32_t)sec;
	return 0;
}

/* ">2027", "<2026-01-01", "2026<>2027" (without the ends), "2026-01-01" */
int kw_tls_date(struct draft *d, char *v)
{
	struct rule_test t = { .hi = UINT32_MAX };
	char *mid = strstr(v, "<>");
	int r;

	t.field = strcmp(d->keyword, "tls_cert_notbefore") ? APP_NUMBER_TLS_NOTAFTER : APP_NUMBER_TLS_NOTBEFORE;
	if (mid) {
		*mid = 0;
		r = date(d, text_trim(v), &t.lo) ?: date(d, text_trim(mid + 2), &t.hi);
		if (!r && t.hi < t.lo + 2)
			return draft_fail(d, "nothing lies between the two dates");
		t.lo++;
		t.hi--;
	} else if (*v == '>') {
		r = date(d, text_trim(v + 1), &t.lo);
		t.lo++;
	} else if (*v == '<') {
		r = date(d, text_trim(v + 1), &t.hi);
		t.hi--;
	} else {
		r = date(d, v, &t.lo);
		t.hi = t.lo;
	}
	return r ?: number_use(d, &t);
}

int kw_tls_validity(struct draft *d, char *v)
{
	struct rule_test from = { .field = APP_NUMBER_TLS_NOTBEFORE, .how = RULE_NUMBER_NOT_BEFORE };
	struct rule_test to = { .field = APP_NUMBER_TLS_NOTAFTER, .how = RULE_NUMBER_NOT_AFTER };

	(void)v;
	to.negated = !strcmp(d->keyword, "tls_cert_expired");
	return (to.negated ? 0 : number_use(d, &from)) ?: number_use(d, &to);
}

/* as the header's tls: nothing is stored */
int kw_tls_store(struct draft *d, char *v)
{
	uint64_t tls = 1ULL << CORDON_APP_TLS;

	(void)v;
	if (d->r->apps && !(d->r->apps & tls))
		return draft_fail(d, "the header is of another application");
	d->r->apps = tls;
	return 0;
}

/* --- text given with the keyword: tls.subject, tls.issuerdn, tls.fingerprint --- */

int kw_tls_text(struct draft *d, char *v)
{
	static const struct {
		const char *name;
		uint8_t buffer;
	} rows[] = { { "tls.subject", APP_BUFFER_TLS_CERT_SUBJECT },
		     { "tls.issuerdn", APP_BUFFER_TLS_CERT_ISSUER },
		     { "tls.fingerprint", APP_BUFFER_TLS_CERT_FINGERPRINT } };
	struct rule_match m = { .kind = RULE_MATCH_CONTENT, .negated = *v == '!' };
	size_t len, i = 0;
	int r;

	v = text_trim(v + m.negated);
	len = strlen(v);
	if (len >= 2 && v[0] == '"' && v[len - 1] == '"') {
		v++;
		len -= 2;
	}
	if (!len || len > 255)
		return draft_fail(d, "needs 1 to 255 characters");
	while (strcmp(rows[i].name, d->keyword))
		i++;
	m.len = (uint16_t)len;
	m.bytes = arena_copy(&d->ld->arena, v, len);
	r = m.bytes ? buffer_use(d, rows[i].buffer) : -ENOMEM;
	return r ?: draft_add_to(d, rows[i].buffer, &m);
}

int kw_ssl_state(struct draft *d, char *v)
{
	(void)v;
	return draft_fail(d, "asks for the handshake's state at the moment a packet is looked at: not kept");
}
