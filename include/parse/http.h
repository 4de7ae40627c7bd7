/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * HTTP/1 (RFC 9110, RFC 9112): the head of a request or a response, the
 * chunked coding, and the normal form of target and host that rules look at.
 * As tolerant as the servers of cheap devices: bare LF, any token as method,
 * runs of blanks in the request line, folded headers.
 *
 * Pure: spans point into the caller's bytes, which must hold the whole head;
 * http_head_end() tells when they do, at a cost linear in the bytes.
 */
#ifndef PARSE_HTTP_H
#define PARSE_HTTP_H

#include "parse/cursor.h"

struct http_span {
	const __u8 *p; /* NULL: absent */
	__u32 len;
};

struct http_head {
	struct http_span method, target, version; /* version: "HTTP/1.1"; absent in HTTP/0.9 */
	struct http_span host;		 /* of an absolute target, else of the first Host header; with port */
	struct http_span user_agent;	 /* first one */
	struct http_span content_length; /* first one, as text */
	__u64 length;	 /* Content-Length; 0 when absent */
	__u16 status;	 /* responses */
	__u8 has_length; /* there is a Content-Length and it is a number */
	__u8 bad_length; /* there is one and it is not */
	__u8 is_chunked;
};

static inline __u8 http_lower(__u8 c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static inline int http_is_blank(__u8 c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

/* RFC 9110 5.6.2: tchar */
static inline int http_is_token(__u8 c)
{
	if (c <= ' ' || c >= 0x7f)
		return 0;
	switch (c) {
	case '"': case '(': case ')': case ',': case '/': case ':': case ';': case '<': case '=':
	case '>': case '?': case '@': case '[': case '\\': case ']': case '{': case '}':
		return 0;
	}
	return 1;
}

/* is the span @word (lower case), whatever its case? */
static inline int http_is(const __u8 *p, __u32 len, const char *word)
{
	__u32 i;

	for (i = 0; i < len; i++)
		if (!word[i] || http_lower(p[i]) != (__u8)word[i])
			return 0;
	return !word[i];
}

static inline struct http_span http_trim(const __u8 *p, const __u8 *end)
{
	while (p < end && http_is_blank(*p))
		p++;
	while (p < end && http_is_blank(end[-1]))
		end--;
	return (struct http_span){ p, (__u32)(end - p) };
}

/**
 * http_head_end() - where the head ends
 * @p, @n:  bytes from the start of the message
 * @ret_at: in: where to go on, 0 at first; out: where to go on when more bytes are there
 *
 * Blank lines before the start line are part of the head (RFC 9112 2.2).
 * Return: length of the head with its blank line; 0: not complete yet.
 */
static inline __u32 http_head_end(const __u8 *p, __u32 n, __u32 *ret_at)
{
	__u32 at = *ret_at, start = 0;

	while (start < n && (p[start] == '\r' || p[start] == '\n'))
		start++;
	if (at < start)
		at = start;
	for (; at < n; at++) {
		if (p[at] != '\n')
			continue;
		if (at + 1 >= n || (p[at + 1] == '\r' && at + 2 >= n))
			break;
		if (p[at + 1] == '\n')
			return at + 2;
		if (p[at + 1] == '\r' && p[at + 2] == '\n')
			return at + 3;
	}
	*ret_at = at;
	return 0;
}

/* the next line without its end; 0: none left */
static inline int http_line(struct cur *c, struct http_span *ret)
{
	const __u8 *p = c->pos, *e = p;

	if (p >= c->end)
		return 0;
	while (e < c->end && *e != '\n')
		e++;
	c->pos = e < c->end ? e + 1 : e;
	if (e > p && e[-1] == '\r')
		e--;
	*ret = (struct http_span){ p, (__u32)(e - p) };
	return 1;
}

/* a header line with the lines folded into it (RFC 9112 5.2) */
static inline int http_header_line(struct cur *c, struct http_span *ret)
{
	struct http_span more;

	if (!http_line(c, ret))
		return 0;
	while (ret->len && c->pos < c->end && (*c->pos == ' ' || *c->pos == '\t') && http_line(c, &more))
		ret->len = (__u32)(more.p + more.len - ret->p);
	return 1;
}

/* RFC 9110 8.6; a list of equal numbers is read as its first one */
static inline void http_length(struct http_head *h, struct http_span v)
{
	__u64 n = 0;
	__u32 i;

	for (i = 0; i < v.len && v.p[i] >= '0' && v.p[i] <= '9'; i++) {
		if (n > (~0ULL - 9) / 10)
			break;
		n = n * 10 + (__u64)(v.p[i] - '0');
	}
	h->content_length = v;
	h->has_length = i > 0 && (i == v.len || v.p[i] == ',' || v.p[i] == ' ');
	h->bad_length = !h->has_length;
	h->length = h->has_length ? n : 0;
}

/* RFC 9112 6.1: is "chunked" among the codings? */
static inline int http_has_chunked(struct http_span v)
{
	__u32 i;

	for (i = 0; i + 7 <= v.len; i++)
		if (http_is(v.p + i, 7, "chunked"))
			return 1;
	return 0;
}

static inline void http_header(struct http_head *h, struct http_span line)
{
	struct http_span name, value;
	__u32 i = 0;

	while (i < line.len && line.p[i] != ':')
		i++;
	if (i == line.len)
		return;
	name = http_trim(line.p, line.p + i);
	value = http_trim(line.p + i + 1, line.p + line.len);
	if (http_is(name.p, name.len, "host") && !h->host.p)
		h->host = value;
	else if (http_is(name.p, name.len, "user-agent") && !h->user_agent.p)
		h->user_agent = value;
	else if (http_is(name.p, name.len, "content-length") && !h->content_length.p)
		http_length(h, value);
	else if (http_is(name.p, name.len, "transfer-encoding"))
		h->is_chunked |= (__u8)http_has_chunked(value);
}

static inline void http_headers(struct cur *c, struct http_head *h)
{
	struct http_span line;

	while (http_header_line(c, &line) && line.len)
		http_header(h, line);
}

/* RFC 9112 3.2.2: the authority of an absolute target wins over Host; its user part is left out */
static inline void http_authority(struct http_head *h)
{
	const __u8 *p = h->target.p, *end = p + h->target.len, *from, *q;

	if (h->target.len < 8 || !(http_is(p, 7, "http://") || http_is(p, 8, "https://")))
		return;
	from = p + (p[4] == ':' ? 7 : 8);
	for (q = from; q < end && *q != '/' && *q != '?' && *q != '#'; q++)
		if (*q == '@')
			from = q + 1;
	if (q > from)
		h->host = (struct http_span){ from, (__u32)(q - from) };
}

/* method, target, version between runs of blanks; what is between the first and a last "HTTP/..." is target */
static inline int http_request_line(struct http_span line, struct http_head *h)
{
	const __u8 *p = line.p, *end = p + line.len, *v;

	while (p < end && http_is_token(*p))
		p++;
	if (p == line.p || p == end || (*p != ' ' && *p != '\t'))
		return PARSE_BAD;
	h->method = (struct http_span){ line.p, (__u32)(p - line.p) };
	h->target = http_trim(p, end);
	if (!h->target.len)
		return PARSE_BAD;
	end = h->target.p + h->target.len;
	for (v = end; v > h->target.p && !http_is_blank(v[-1]); v--)
		;
	if (v > h->target.p && end - v >= 5 && http_is(v, 5, "http/")) {
		h->version = (struct http_span){ v, (__u32)(end - v) };
		h->target = http_trim(h->target.p, v);
	}
	return PARSE_OK;
}

/**
 * http_request_parse() - read a request's head
 * @c:   cursor over the head, blank line included; at its end on success
 * @ret: spans into the head
 *
 * Source: RFC 9112 sections 2.2, 3, 5.
 * Return: PARSE_OK; PARSE_SHORT without a complete request line; PARSE_BAD when
 * the first line is no request line.
 */
static inline int http_request_parse(struct cur *c, struct http_head *ret)
{
	struct http_head h = { .status = 0 };
	struct http_span line = { 0, 0 };

	do {
		if (!http_line(c, &line))
			return PARSE_SHORT;
	} while (!line.len);
	if (http_request_line(line, &h))
		return c->pos[-1] == '\n' ? PARSE_BAD : PARSE_SHORT;
	if (c->pos[-1] != '\n')
		return PARSE_SHORT;
	http_headers(c, &h);
	http_authority(&h);
	*ret = h;
	return PARSE_OK;
}

/**
 * http_response_parse() - read a response's head
 * @c:   cursor over the head, blank line included; at its end on success
 * @ret: version, status (100 ... 999) and what tells the body's length
 *
 * Source: RFC 9112 section 4. Return: as http_request_parse().
 */
static inline int http_response_parse(struct cur *c, struct http_head *ret)
{
	struct http_head h = { .status = 0 };
	struct http_span line = { 0, 0 };
	__u32 i;

	do {
		if (!http_line(c, &line))
			return PARSE_SHORT;
	} while (!line.len);
	if (c->pos[-1] != '\n')
		return PARSE_SHORT;
	for (i = 0; i < line.len && line.p[i] != ' '; i++)
		;
	if (i < 5 || !http_is(line.p, 5, "http/") || i + 4 > line.len)
		return PARSE_BAD;
	h.version = (struct http_span){ line.p, i };
	for (i++; i < line.len && line.p[i] >= '0' && line.p[i] <= '9' && h.status < 100; i++)
		h.status = (__u16)(h.status * 10 + (line.p[i] - '0'));
	if (h.status < 100)
		return PARSE_BAD;
	http_headers(c, &h);
	*ret = h;
	return PARSE_OK;
}

/**
 * struct http_chunks - where in a chunked body we are (RFC 9112 7.1)
 * @left:  bytes of the current chunk still to come
 * @line:  bytes of the current size or trailer line so far
 * @state: HTTP_CHUNK_*
 */
struct http_chunks {
	__u64 left;
	__u32 line;
	__u8 state, digits;
};
enum { HTTP_CHUNK_SIZE, HTTP_CHUNK_EXT, HTTP_CHUNK_DATA, HTTP_CHUNK_END, HTTP_CHUNK_TRAILER, HTTP_CHUNK_DONE };

/* a size line or a trailer line longer than this is no HTTP */
#define HTTP_CHUNK_LINE_MAX 8192

static inline int http_hex(__u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = http_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* one byte of a size line, its extension, the line end after data or a trailer; PARSE_OK or PARSE_BAD */
static inline int http_chunk_byte(struct http_chunks *s, __u8 b)
{
	int v = http_hex(b);

	if (++s->line > HTTP_CHUNK_LINE_MAX)
		return PARSE_BAD;
	if (s->state == HTTP_CHUNK_SIZE && v >= 0) {
		if (s->left >> 56)
			return PARSE_BAD;
		s->left = s->left << 4 | (__u64)v;
		s->digits = 1;
	} else if (b == '\n' && s->state <= HTTP_CHUNK_EXT) {
		if (!s->digits)
			return PARSE_BAD;
		s->state = s->left ? HTTP_CHUNK_DATA : HTTP_CHUNK_TRAILER;
		s->line = 0;
		s->digits = 0;
	} else if (s->state == HTTP_CHUNK_SIZE) {
		if (!s->digits && b != ' ' && b != '\t')
			return PARSE_BAD;
		if (s->digits)
			s->state = HTTP_CHUNK_EXT;
	} else if (s->state == HTTP_CHUNK_END) {
		if (b != '\r' && b != '\n')
			return PARSE_BAD;
		if (b == '\n') {
			s->state = HTTP_CHUNK_SIZE;
			s->line = 0;
		}
	} else if (s->state == HTTP_CHUNK_TRAILER && b == '\n') {
		/* digits: the line has something besides its end */
		s->state = s->digits ? HTTP_CHUNK_TRAILER : HTTP_CHUNK_DONE;
		s->digits = 0;
		s->line = 0;
	} else if (s->state == HTTP_CHUNK_TRAILER && b != '\r') {
		s->digits = 1;
	}
	return PARSE_OK;
}

/**
 * http_chunk_next() - the next run of body bytes
 * @c:   cursor over coded bytes; advanced
 * @s:   all zero at the start of the body
 * @ret: a run of decoded bytes inside the input, len may be 0
 *
 * Return: PARSE_OK: a run, call again; PARSE_SHORT: input used up; PARSE_BAD:
 * not a chunked body. The body is over when s->state is HTTP_CHUNK_DONE.
 */
static inline int http_chunk_next(struct cur *c, struct http_chunks *s, struct http_span *ret)
{
	while (c->pos < c->end && s->state != HTTP_CHUNK_DONE) {
		if (s->state == HTTP_CHUNK_DATA) {
			__u32 n = cur_left(c);

			if (n > s->left)
				n = (__u32)s->left;
			*ret = (struct http_span){ c->pos, n };
			c->pos += n;
			s->left -= n;
			if (!s->left)
				s->state = HTTP_CHUNK_END;
			return PARSE_OK;
		}
		if (http_chunk_byte(s, *c->pos))
			return PARSE_BAD;
		c->pos++;
	}
	return PARSE_SHORT;
}

/* --- the normal form of a target (RFC 3986 section 6.2.2, and what servers do besides) --- */

/* one character of the path or the query: %XX decoded, a wrong one left as it is */
static inline __u32 http_uri_char(const __u8 *p, __u32 n, __u8 *ret)
{
	if (p[0] == '%' && n >= 3 && http_hex(p[1]) >= 0 && http_hex(p[2]) >= 0) {
		*ret = (__u8)(http_hex(p[1]) << 4 | http_hex(p[2]));
		return 3;
	}
	*ret = p[0];
	return 1;
}

/* a segment of the path has ended at dst[n]: "." and ".." go (RFC 3986 5.2.4). Returns the new length. */
static inline __u32 http_uri_segment(const __u8 *dst, __u32 n)
{
	__u32 from = n;

	while (from && dst[from - 1] != '/')
		from--;
	if (n - from == 1 && dst[from] == '.')
		return from;
	if (n - from != 2 || dst[from] != '.' || dst[from + 1] != '.')
		return n;
	if (from)
		from--;
	while (from && dst[from - 1] != '/')
		from--;
	return from;
}

/**
 * http_uri_normal() - the form of the target that http.uri rules look at
 * @dst: room for @n bytes; may not overlap @src
 *
 * Scheme and authority go; in the path %XX is decoded once, backslash becomes
 * slash, runs of slashes become one, "." and ".." segments are resolved; in the
 * query %XX is decoded. Linear in @n but for "..", each of which walks back over
 * one segment that it removes.
 * Return: bytes written, at most @n.
 */
static inline __u32 http_uri_normal(const __u8 *src, __u32 n, __u8 *dst)
{
	__u32 i = 0, o = 0;
	__u8 b;

	if (n >= 8 && (http_is(src, 7, "http://") || http_is(src, 8, "https://")))
		for (i = src[4] == ':' ? 7 : 8; i < n && src[i] != '/' && src[i] != '?';)
			i++;
	while (i < n && src[i] != '?') {
		i += http_uri_char(src + i, n - i, &b);
		if (b == '\\')
			b = '/';
		if (b == '/') {
			if (o && dst[o - 1] == '/')
				continue;
			o = http_uri_segment(dst, o);
			if (o && dst[o - 1] == '/')
				continue;
		}
		dst[o++] = b;
	}
	o = http_uri_segment(dst, o);
	while (i < n) {
		i += http_uri_char(src + i, n - i, &b);
		dst[o++] = b;
	}
	return o;
}

/**
 * http_host_normal() - host as http.host rules look at it: lower case, no port, no final dot
 * @dst: room for @n bytes
 * Return: bytes written.
 */
static inline __u32 http_host_normal(const __u8 *src, __u32 n, __u8 *dst)
{
	__u32 i, o = 0;

	if (n && src[0] == '[') { /* RFC 3986 3.2.2: IP literal */
		while (o < n && src[o] != ']')
			o++;
		n = o < n ? o + 1 : n;
	} else {
		while (o < n && src[o] != ':')
			o++;
		n = o;
	}
	while (n > 1 && src[n - 1] == '.')
		n--;
	for (i = 0; i < n; i++)
		dst[i] = http_lower(src[i]);
	return n;
}

#endif
