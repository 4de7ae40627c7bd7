/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is odd about a head, by the names and in the sense of Suricata 7
 * (measured: tests/corpus/http_events): an ambiguity that two readers may
 * settle each in its own way. Linear in the head.
 */
#include "app/http.h"

#include <string.h>

#include "parse/http_uri.h"
#include "rule/events.h"

#define LABEL_MAX 63 /* RFC 1035 2.3.4 */
#define HOST_MAX 255
#define PORT_DIGITS 5

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_digits(struct app_buf b)
{
	for (uint32_t i = 0; i < b.len; i++)
		if (!is_digit(b.p[i]))
			return false;
	return b.len > 0;
}

static bool is_port(const uint8_t *p, uint32_t n)
{
	uint32_t port = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (!is_digit(p[i]) || i == PORT_DIGITS)
			return false;
		port = port * 10 + (uint32_t)(p[i] - '0');
	}
	return port > 0 && port < 65536;
}

/* letters, digits, dashes and underscores between single dots */
static bool is_name(const uint8_t *p, uint32_t n)
{
	uint32_t label = 0;

	if (!n || n > HOST_MAX)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint8_t c = http_lower(p[i]);

		if (c == '.' ? !label : !(is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_') || label == LABEL_MAX)
			return false;
		label = c == '.' ? 0 : label + 1;
	}
	return true;
}

/* name or address, perhaps with a port */
static bool is_host(struct http_span h)
{
	const uint8_t *colon, *end;

	if (h.len && h.p[0] == '[') {
		end = memchr(h.p, ']', h.len);
		return end && (end + 1 == h.p + h.len || (end[1] == ':' && is_port(end + 2, (uint32_t)(h.p + h.len - end - 2))));
	}
	colon = h.len ? memchr(h.p, ':', h.len) : NULL;
	if (!colon)
		return is_name(h.p, h.len);
	return is_name(h.p, (uint32_t)(colon - h.p)) && is_port(colon + 1, (uint32_t)(h.p + h.len - colon - 1));
}

/* both named, and not the same */
static bool is_ambiguous(const struct http_text *t)
{
	struct http_span target = http_authority(t->line.method, t->line.target, &(uint32_t){ 0 }), host = t->line.host;
	const uint8_t *colon = host.len && host.p[0] != '[' ? memchr(host.p, ':', host.len) : NULL;
	uint32_t n = colon ? (uint32_t)(colon - host.p) : host.len;

	if (!target.len || !host.p)
		return false;
	if (target.len != n)
		return true;
	for (uint32_t i = 0; i < n; i++)
		if (http_lower(target.p[i]) != http_lower(host.p[i]))
			return true;
	return false;
}

/* "a, b": calls for each word; the number of them */
static unsigned int each_word(struct app_buf list, bool (*fits)(struct http_span), bool *ret_all)
{
	unsigned int n = 0;

	*ret_all = true;
	for (uint32_t i = 0, from = 0; i <= list.len; i++) {
		struct http_span w;

		if (i < list.len && list.p[i] != ',')
			continue;
		w = http_trim(list.p + from, list.p + i);
		from = i + 1;
		if (!w.len)
			continue;
		n++;
		*ret_all &= fits(w);
	}
	return n;
}

static bool is_encoding(struct http_span w)
{
	static const char *const known[] = { "gzip", "x-gzip", "deflate", "x-deflate", "inflate", "lzma", "identity", "br", "zstd" };

	for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (http_is(w.p, w.len, known[i]))
			return true;
	return false;
}

static bool is_not_chunked(struct http_span w)
{
	return !http_is(w.p, w.len, "chunked");
}

static uint64_t encodings(const struct http_text *t)
{
	bool all_known;
	unsigned int n = t->encoding.p ? each_word(t->encoding, is_encoding, &all_known) : 0;

	return n ? (all_known ? 0 : RULE_EVENT_BIT(HTTP_ENCODING)) | (n > 2 ? RULE_EVENT_BIT(HTTP_LAYERS) : 0) : 0;
}

/* RFC 7617, RFC 7616, RFC 6750 */
static bool is_auth(struct app_buf v)
{
	return (v.len >= 5 && http_is(v.p, 5, "basic")) || (v.len >= 6 && (http_is(v.p, 6, "digest") || http_is(v.p, 6, "bearer")));
}

static uint64_t of_request(const struct http_text *t)
{
	struct http_span target = http_authority(t->line.method, t->line.target, &(uint32_t){ 0 });
	uint64_t ev = target.len && !is_host(target) ? RULE_EVENT_BIT(HTTP_URI_HOST_INVALID) : 0;

	return ev | (t->auth.p && !is_auth(t->auth) ? RULE_EVENT_BIT(HTTP_AUTH_UNKNOWN) : 0);
}

static bool is_old(struct http_span version)
{
	return http_is(version.p, version.len, "http/1.0") || http_is(version.p, version.len, "http/0.9");
}

static uint64_t of_response(const struct http_text *t, bool is_chunked)
{
	return encodings(t) | (is_chunked && is_old(t->line.version) ? RULE_EVENT_BIT(HTTP_OLD_CHUNKS) : 0) |
	       (t->has_no_colon ? RULE_EVENT_BIT(HTTP_RESPONSE_NO_COLON) : 0);
}

uint64_t http_events(const struct http_text *t, bool is_request)
{
	bool none_chunked = true;
	uint64_t ev = 0;

	if (t->coding.p)
		each_word(t->coding, is_not_chunked, &none_chunked);
	if (t->length.p && !is_digits(t->length))
		ev |= is_request ? RULE_EVENT_BIT(HTTP_REQUEST_LENGTH) : RULE_EVENT_BIT(HTTP_RESPONSE_LENGTH);
	if (t->lengths_differ)
		ev |= is_request ? RULE_EVENT_BIT(HTTP_REQUEST_LENGTHS) : RULE_EVENT_BIT(HTTP_RESPONSE_LENGTHS);
	if (t->length.p && !none_chunked)
		ev |= RULE_EVENT_BIT(HTTP_LENGTH_AND_CHUNKS);
	if (!is_request)
		return ev | of_response(t, !none_chunked);
	ev |= of_request(t);
	ev |= t->has_no_colon ? RULE_EVENT_BIT(HTTP_REQUEST_NO_COLON) : 0;
	if (t->coding.p && none_chunked)
		ev |= RULE_EVENT_BIT(HTTP_REQUEST_CODING);
	if (!t->line.host.p && http_is(t->line.version.p, t->line.version.len, "http/1.1"))
		ev |= RULE_EVENT_BIT(HTTP_NO_HOST);
	if (t->line.host.p && !is_host(t->line.host))
		ev |= RULE_EVENT_BIT(HTTP_HOST_INVALID);
	return ev | (is_ambiguous(t) ? RULE_EVENT_BIT(HTTP_HOST_AMBIGUOUS) : 0);
}
