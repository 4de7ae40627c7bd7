/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* SIP: the start line of a message (RFC 3261 section 7.1, 7.2) and how long its body is (20.14). */
#ifndef PARSE_SIP_H
#define PARSE_SIP_H

#include "parse/http.h"

struct sip_line {
	struct http_span line;		 /* all of it, without its end */
	struct http_span version;	 /* "SIP/2.0" */
	struct http_span method, uri;	 /* of a request; else p is NULL */
	struct http_span status, reason; /* of a response; else p is NULL */
};

static inline int sip_is_version(struct http_span s)
{
	return s.len > 4 && http_is(s.p, 4, "sip/");
}

/* what stands before the next space, and steps over both; all when there is none */
static inline struct http_span sip_word(const __u8 **p, const __u8 *end)
{
	const __u8 *from = *p, *e = from;

	while (e < end && *e != ' ')
		e++;
	*p = e < end ? e + 1 : e;
	return (struct http_span){ from, (__u32)(e - from) };
}

/* PARSE_OK, or PARSE_BAD: neither "METHOD URI SIP/x" nor "SIP/x NNN reason" with one space between them */
static inline int sip_line_parse(struct http_span line, struct sip_line *ret)
{
	const __u8 *p = line.p, *end = p + line.len;
	struct http_span a = sip_word(&p, end), b = sip_word(&p, end), rest = { p, (__u32)(end - p) };
	__u32 i;

	for (i = 0; i < a.len && (http_is_token(a.p[i]) || a.p[i] == '/'); i++)
		;
	if (!a.len || i < a.len || !b.len)
		return PARSE_BAD;
	if (sip_is_version(a)) {
		if (b.len != 3 || !http_status_number(b))
			return PARSE_BAD;
		*ret = (struct sip_line){ .line = line, .version = a, .status = b, .reason = rest };
		return PARSE_OK;
	}
	if (!sip_is_version(rest))
		return PARSE_BAD;
	*ret = (struct sip_line){ .line = line, .version = rest, .method = a, .uri = b };
	return PARSE_OK;
}

/* 1 when the field says how long the body is, in full or by its letter (7.3.3) */
static inline int sip_length(const struct http_field *f, __u64 *ret)
{
	if (!http_is(f->name.p, f->name.len, "content-length") && !http_is(f->name.p, f->name.len, "l"))
		return 0;
	return http_length(f->value, ret);
}

#endif
