// SPDX-License-Identifier: BSD-2-Clause
/* JA3, JA3S and JA4 of hellos: lists of numbers, joined and hashed. */
#include "app/ja.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/vec.h"

typedef VEC(uint16_t) numbers;

/* --- JA3 --- */

static void put_number(struct strbuf *b, size_t begin, uint16_t v)
{
	if (!tls_is_grease(v))
		strbuf_addf(b, "%s%u", b->len > begin ? "-" : "", v);
}

static void put_list(struct strbuf *b, struct cur list)
{
	size_t begin = b->len;
	uint16_t v;

	while (!cur_be16(&list, &v))
		put_number(b, begin, v);
}

static void put_extensions(struct strbuf *b, struct cur exts)
{
	size_t begin = b->len;
	struct cur ext;
	uint16_t type;

	while (!tls_extension(&exts, &type, &ext))
		put_number(b, begin, type);
}

void ja3_string(struct strbuf *b, const struct tls_hello *h)
{
	struct cur formats = h->formats;
	uint8_t v;

	strbuf_addf(b, "%u,", h->version);
	put_list(b, h->ciphers);
	strbuf_adds(b, ",");
	put_extensions(b, h->exts);
	strbuf_adds(b, ",");
	put_list(b, h->groups);
	strbuf_adds(b, ",");
	for (size_t begin = b->len; !cur_u8(&formats, &v);)
		strbuf_addf(b, "%s%u", b->len > begin ? "-" : "", v);
}

void ja3s_string(struct strbuf *b, const struct tls_server_hello *h)
{
	strbuf_addf(b, "%u,%u,", h->legacy_version, h->cipher);
	put_extensions(b, h->exts);
}

int ja3_hash(char ret[JA_HASH_LEN + 1], const struct strbuf *text)
{
	uint8_t md5[MD5_BYTES];
	int r = text->failed ? -ENOMEM : digest_md5(text->s, text->len, md5);

	if (!r)
		hex_lower(ret, md5, sizeof(md5));
	return r;
}

/* --- JA4 --- */

static const char *version_text(uint16_t v)
{
	static const struct {
		uint16_t version;
		const char *text;
	} rows[] = { { 0x0304, "13" }, { 0x0303, "12" }, { 0x0302, "11" }, { 0x0301, "10" }, { 0x0300, "s3" },
		     { 0x0002, "s2" }, { 0xfeff, "d1" }, { 0xfefd, "d2" }, { 0xfefc, "d3" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].version == v)
			return rows[i].text;
	return "00";
}

/* the highest version offered, else the legacy one */
static uint16_t best_version(const struct tls_hello *h)
{
	struct cur list = h->versions;
	uint16_t v, best = 0;

	while (!cur_be16(&list, &v))
		if (!tls_is_grease(v) && v > best)
			best = v;
	return best ? best : h->version;
}

/* first and last character of the first protocol name; as hex digits when one is no letter or digit */
static void alpn_text(char dst[3], const struct tls_hello *h)
{
	struct cur list = h->alpn, name;
	uint8_t a, z;

	memcpy(dst, "00", 3);
	if (tls_vector(&list, 0, &name) || !cur_left(&name))
		return;
	a = name.pos[0];
	z = name.end[-1];
	if (a < 0x80 && z < 0x80 && isalnum(a) && isalnum(z)) {
		dst[0] = (char)a;
		dst[1] = (char)z;
	} else {
		dst[0] = "0123456789abcdef"[a >> 4];
		dst[1] = "0123456789abcdef"[z & 15];
	}
}

static int by_value(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* in hex, four digits each */
static void put_hex_list(struct strbuf *b, const numbers *n)
{
	for (size_t i = 0; i < n->len; i++)
		strbuf_addf(b, "%s%04x", i ? "," : "", n->data[i]);
}

static int add_list(numbers *n, struct cur list)
{
	uint16_t v;
	int r = 0;

	while (!r && !cur_be16(&list, &v))
		if (!tls_is_grease(v))
			r = vec_push(n, v);
	return r;
}

/* the extensions to be hashed: all but the server name and ALPN; *ret_all counts those too */
static int add_extensions(numbers *n, struct cur exts, size_t *ret_all, bool *ret_has_sni)
{
	struct cur ext;
	uint16_t type;
	int r = 0;

	while (!r && !tls_extension(&exts, &type, &ext)) {
		if (tls_is_grease(type))
			continue;
		(*ret_all)++;
		*ret_has_sni |= type == TLS_EXT_SERVER_NAME;
		if (type != TLS_EXT_SERVER_NAME && type != TLS_EXT_ALPN)
			r = vec_push(n, type);
	}
	return r;
}

/* the first six bytes of SHA-256, as hex; zeros of nothing */
static int put_short_hash(char dst[13], const struct strbuf *text)
{
	uint8_t sha[SHA256_BYTES];
	int r;

	memcpy(dst, "000000000000", 13);
	if (!text->len)
		return text->failed ? -ENOMEM : 0;
	r = text->failed ? -ENOMEM : digest_sha256(text->s, text->len, sha);
	if (!r)
		hex_lower(dst, sha, 6);
	return r;
}

static int hash_ciphers(char dst[13], numbers *ciphers)
{
	struct strbuf b = { 0 };
	int r;

	if (ciphers->len)
		qsort(ciphers->data, ciphers->len, sizeof(ciphers->data[0]), by_value);
	put_hex_list(&b, ciphers);
	r = put_short_hash(dst, &b);
	strbuf_done(&b);
	return r;
}

/* sorted extensions, then the signature algorithms in the order they came */
static int hash_extensions(char dst[13], numbers *exts, const numbers *signatures)
{
	struct strbuf b = { 0 };
	int r;

	if (exts->len)
		qsort(exts->data, exts->len, sizeof(exts->data[0]), by_value);
	put_hex_list(&b, exts);
	if (signatures->len)
		strbuf_adds(&b, "_");
	put_hex_list(&b, signatures);
	r = put_short_hash(dst, &b);
	strbuf_done(&b);
	return r;
}

static unsigned int two_digits(size_t n)
{
	return n < 99 ? (unsigned int)n : 99;
}

int ja4_hash(char ret[JA4_LEN + 1], const struct tls_hello *h, char transport)
{
	numbers ciphers = { 0 }, exts = { 0 }, signatures = { 0 };
	char alpn[3], c[13], e[13];
	bool has_sni = false;
	size_t n_exts = 0;
	int r = add_list(&ciphers, h->ciphers);

	if (!r)
		r = add_extensions(&exts, h->exts, &n_exts, &has_sni);
	if (!r)
		r = add_list(&signatures, h->signatures);
	if (!r)
		r = hash_ciphers(c, &ciphers);
	if (!r)
		r = hash_extensions(e, &exts, &signatures);
	alpn_text(alpn, h);
	if (!r)
		snprintf(ret, JA4_LEN + 1, "%c%s%c%02u%02u%s_%s_%s", transport, version_text(best_version(h)),
			 has_sni ? 'd' : 'i', two_digits(ciphers.len), two_digits(n_exts), alpn, c, e);
	vec_done(&ciphers);
	vec_done(&exts);
	vec_done(&signatures);
	return r;
}
