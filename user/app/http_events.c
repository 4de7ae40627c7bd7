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
	static const char *const known[] = { "gzip", "x-gzip", "deflate", "x-deflate", "inflate", "lzma", "none" };

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

/* isspace() of the C locale, without the line's end */
static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* is there a name, of a token, and nothing between it and the colon? */
static bool is_sound(const struct http_field *f)
{
	if (!f->name.len || f->name.p[f->name.len] != ':')
		return false;
	for (uint32_t i = 0; i < f->name.len; i++)
		if (!http_is_token(f->name.p[i]))
			return false;
	return true;
}

/* does a line that goes on with a field have a colon? */
static bool folds_a_field(const struct http_field *f)
{
	const uint8_t *p = f->value.p, *end = p + f->value.len;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))))
		for (p++; p < end && *p != '\n'; p++)
			if (*p == ':')
				return true;
	return false;
}

/* RFC 9112 5.2: a line that goes on with none before it; or in a response of HTTP/1.1 is a field by itself */
static bool is_badly_folded(const struct http_text *t, bool is_request)
{
	if (t->first && (*t->first == ' ' || *t->first == '\t'))
		return true;
	for (size_t i = 0; !is_request && http_is(t->line.version.p, t->line.version.len, "http/1.1") && i < t->fields.len; i++)
		if (!http_is_bare(&t->fields.data[i].f) && folds_a_field(&t->fields.data[i].f))
			return true;
	return false;
}

/* the first thing odd about a response's fields counts: a line without a colon, or another one */
static uint64_t of_fields(const struct http_text *t, bool is_request)
{
	uint64_t no_colon = is_request ? RULE_EVENT_BIT(HTTP_REQUEST_NO_COLON) : RULE_EVENT_BIT(HTTP_RESPONSE_NO_COLON);
	uint64_t bad = is_request ? RULE_EVENT_BIT(HTTP_REQUEST_FIELD) : RULE_EVENT_BIT(HTTP_RESPONSE_FIELD), ev = 0;

	for (size_t i = 0; i < t->fields.len; i++) {
		const struct http_field *f = &t->fields.data[i].f;

		if (http_is_bare(f))
			ev |= no_colon;
		else if (!is_sound(f) && (is_request || !(ev & no_colon)))
			ev |= bad;
	}
	if (is_badly_folded(t, is_request))
		ev |= is_request ? RULE_EVENT_BIT(HTTP_REQUEST_FOLDING) : RULE_EVENT_BIT(HTTP_RESPONSE_FOLDING);
	return ev;
}

/* blanks of a request line that are no single kind */
static uint64_t of_blanks(struct http_span line)
{
	const uint8_t *p = line.p, *end = p + line.len;
	uint64_t ev = p < end && is_space(*p) ? RULE_EVENT_BIT(HTTP_LEADING_BLANK) : 0;

	while (p < end && is_space(*p))
		p++;
	while (p < end && !is_space(*p))
		p++;
	for (; p < end && is_space(*p); p++)
		ev |= *p != ' ' ? RULE_EVENT_BIT(HTTP_METHOD_BLANK) : 0;
	for (; p < end && *p != ' '; p++)
		ev |= is_space(*p) ? RULE_EVENT_BIT(HTTP_URI_BLANK) : 0;
	return ev;
}

/* is what stands behind a target's host a port, or none? */
static bool is_port_of(struct http_span target, struct http_span host)
{
	const uint8_t *p = host.p + host.len, *end = target.p + target.len, *from = p + 1;

	if (p >= end || *p != ':')
		return true;
	for (p++; p < end && *p != '/' && *p != '?' && *p != '#'; p++)
		;
	return is_port(from, (uint32_t)(p - from));
}

static uint64_t of_request(const struct http_text *t)
{
	struct http_span target = http_authority(t->line.method, t->line.target, &(uint32_t){ 0 });
	bool is_bad = target.len && (!is_host(target) || !is_port_of(t->line.target, target));
	uint64_t ev = is_bad ? RULE_EVENT_BIT(HTTP_URI_HOST_INVALID) : 0;

	ev |= of_blanks(t->start);
	return ev | (t->auth.p && !is_auth(t->auth) ? RULE_EVENT_BIT(HTTP_AUTH_UNKNOWN) : 0);
}

static bool is_old(struct http_span version)
{
	return http_is(version.p, version.len, "http/1.0") || http_is(version.p, version.len, "http/0.9");
}

/* "HTTP/0.9", "HTTP/1.0" or "HTTP/1.1" */
static bool is_version(struct http_span v)
{
	return v.len == 8 && !memcmp(v.p, "HTTP/", 5) && (!memcmp(v.p + 5, "1.1", 3) || !memcmp(v.p + 5, "1.0", 3) || !memcmp(v.p + 5, "0.9", 3));
}

static uint64_t of_status_line(const struct http_text *t)
{
	return (is_version(t->line.version) ? 0 : RULE_EVENT_BIT(HTTP_RESPONSE_VERSION)) |
	       (http_status_number(t->line.status) ? 0 : RULE_EVENT_BIT(HTTP_RESPONSE_STATUS));
}

static uint64_t of_response(const struct http_text *t, bool is_chunked)
{
	struct http_span coding = { t->coding.p, t->coding.len };
	bool is_mixed = coding.p && http_has(coding, "chunked", 7) && !http_is(coding.p, coding.len, "chunked");

	return encodings(t) | of_status_line(t) | (is_chunked && is_old(t->line.version) ? RULE_EVENT_BIT(HTTP_OLD_CHUNKS) : 0) |
	       (is_mixed ? RULE_EVENT_BIT(HTTP_RESPONSE_CODING) : 0);
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
	ev |= of_fields(t, is_request);
	if (!is_request)
		return ev | of_response(t, !none_chunked);
	ev |= of_request(t);
	if (t->coding.p && none_chunked)
		ev |= RULE_EVENT_BIT(HTTP_REQUEST_CODING);
	if (!t->line.host.p && http_is(t->line.version.p, t->line.version.len, "http/1.1"))
		ev |= RULE_EVENT_BIT(HTTP_NO_HOST);
	if (t->line.host.p && !is_host(t->line.host))
		ev |= RULE_EVENT_BIT(HTTP_HOST_INVALID);
	return ev | (is_ambiguous(t) ? RULE_EVENT_BIT(HTTP_HOST_AMBIGUOUS) : 0);
}
