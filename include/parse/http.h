/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * HTTP/1 (RFC 9110, RFC 9112): start lines, fields, and the chunked coding.
 * As tolerant as the servers of cheap devices and as Suricata: bare LF, any
 * token as method, runs of blanks in the request line, folded lines, lines
 * without a colon.
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

/* a request's or a response's start line, and what of its fields a single packet is read for */
struct http_head {
	struct http_span method, target, version; /* version: "HTTP/1.1"; absent in HTTP/0.9 */
	struct http_span status, message;	  /* of a response, as text */
	struct http_span host, user_agent;	  /* values of the first of each; host with port */
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

static inline int http_hex(__u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = http_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
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

/* does the span have @word (lower case) in it? */
static inline int http_has(struct http_span s, const char *word, __u32 len)
{
	__u32 i, k;

	for (i = 0; i + len <= s.len; i++) {
		for (k = 0; k < len && http_lower(s.p[i + k]) == (__u8)word[k]; k++)
			;
		if (k == len)
			return 1;
	}
	return 0;
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

/* the first line that is not empty; PARSE_SHORT when its end is not there */
static inline int http_start_line(struct cur *c, struct http_span *ret)
{
	do {
		if (!http_line(c, ret))
			return PARSE_SHORT;
	} while (!ret->len);
	return c->pos[-1] == '\n' ? PARSE_OK : PARSE_SHORT;
}

/*
 * Method, target, version. The target ends at the first space, where there is
 * none at any blank; what follows it is the version, whatever it is.
 */
static inline int http_request_line(struct http_span line, struct http_head *h)
{
	const __u8 *p = line.p, *end = p + line.len, *from;

	while (p < end && http_is_blank(*p))
		p++;
	for (from = p; p < end && *p > ' ' && *p < 0x7f; p++)
		;
	if (p == from || (p < end && !http_is_blank(*p)))
		return PARSE_BAD;
	h->method = (struct http_span){ from, (__u32)(p - from) };
	while (p < end && http_is_blank(*p))
		p++;
	if (p == end)
		return PARSE_OK;
	for (from = p; p < end && *p != ' '; p++)
		;
	if (p == end)
		for (p = from; p < end && !http_is_blank(*p); p++)
			;
	h->target = (struct http_span){ from, (__u32)(p - from) };
	while (p < end && http_is_blank(*p))
		p++;
	if (p < end)
		h->version = (struct http_span){ p, (__u32)(end - p) };
	return PARSE_OK;
}

/* RFC 9112 4: version, status, message */
static inline int http_status_line(struct http_span line, struct http_head *h)
{
	const __u8 *p = line.p, *end = p + line.len, *from;

	while (p < end && http_is_blank(*p))
		p++;
	for (from = p; p < end && !http_is_blank(*p); p++)
		;
	if (p - from < 4 || !http_is(from, 4, "http"))
		return PARSE_BAD;
	h->version = (struct http_span){ from, (__u32)(p - from) };
	while (p < end && http_is_blank(*p))
		p++;
	for (from = p; p < end && !http_is_blank(*p); p++)
		;
	if (p > from)
		h->status = (struct http_span){ from, (__u32)(p - from) };
	while (p < end && http_is_blank(*p))
		p++;
	if (p < end)
		h->message = (struct http_span){ p, (__u32)(end - p) };
	return PARSE_OK;
}

/* a status of three digits, 100 ... 999; 0: none */
static inline __u16 http_status_number(struct http_span s)
{
	__u16 n = 0;
	__u32 i;

	for (i = 0; i < s.len && s.p[i] >= '0' && s.p[i] <= '9' && n < 1000; i++)
		n = (__u16)(n * 10 + (s.p[i] - '0'));
	return i == s.len && n >= 100 && n < 1000 ? n : 0;
}

/* One field with the lines folded into it (RFC 9112 5.2): value still has their line ends, for http_unfold(). */
struct http_field {
	struct http_span name, value; /* name: empty when the line has no colon */
};

/* @is_request: a NUL before the colon spoils the name, as Suricata has it for requests only */
static inline struct http_field http_field_of(const __u8 *p, const __u8 *end, int is_request)
{
	struct http_span all = http_trim(p, end);
	__u32 colon, name;

	for (colon = 0; colon < all.len && all.p[colon] != ':' && (all.p[colon] || !is_request); colon++)
		;
	if (colon == all.len || !all.p[colon])
		return (struct http_field){ { all.p, 0 }, all };
	for (name = colon; name && (all.p[name - 1] == ' ' || all.p[name - 1] == '\t'); name--)
		;
	return (struct http_field){ { all.p, name }, http_trim(all.p + colon + 1, all.p + all.len) };
}

/* the next field; 0: a blank line or the end */
static inline int http_field_next(struct cur *c, int is_request, struct http_field *ret)
{
	struct http_span line, more;
	const __u8 *end;

	if (!http_line(c, &line) || !line.len)
		return 0;
	end = line.p + line.len;
	while (c->pos < c->end && (*c->pos == ' ' || *c->pos == '\t') && http_line(c, &more))
		end = more.p + more.len;
	*ret = http_field_of(line.p, end, is_request);
	return 1;
}

/* a value without the line ends of its folds; @dst has room for all of it. Returns its length. */
static inline __u32 http_unfold(struct http_span v, __u8 *dst)
{
	__u32 i, n = 0;

	for (i = 0; i < v.len; i++) {
		if (v.p[i] == '\n' || (v.p[i] == '\r' && i + 1 < v.len && v.p[i + 1] == '\n'))
			continue;
		dst[n++] = v.p[i];
	}
	return n;
}

/* RFC 9110 8.6: the digits it begins with; 1: there are some and they fit */
static inline int http_length(struct http_span v, __u64 *ret)
{
	__u64 n = 0;
	__u32 i;

	for (i = 0; i < v.len && v.p[i] >= '0' && v.p[i] <= '9'; i++) {
		if (n > (~0ULL - 9) / 10)
			return 0;
		n = n * 10 + (__u64)(v.p[i] - '0');
	}
	*ret = n;
	return i > 0;
}

/**
 * http_authority() - host of an absolute target
 * @method, @target: of the request; after CONNECT the target is an authority (RFC 9112 3.2.3)
 * @ret_path: bytes of the target before the path
 * Return: the host without user and port; p is NULL when there is none.
 */
static inline struct http_span http_authority(struct http_span method, struct http_span target, __u32 *ret_path)
{
	struct http_span none = { (void *)0, 0 };
	__u32 i = 0, from, end;
	int user = 0;

	*ret_path = 0;
	if (!target.len)
		return none;
	if (!http_is(method.p, method.len, "connect")) {
		if (target.p[0] == '/')
			return none;
		while (i < target.len && target.p[i] != ':')
			i++;
		if (i == target.len)
			return none;
		*ret_path = ++i;
		if (target.len - i < 2 || target.p[i] != '/' || target.p[i + 1] != '/')
			return none;
		i += 2;
	}
	for (from = i; i < target.len && target.p[i] != '/' && target.p[i] != '?' && target.p[i] != '#'; i++)
		if (target.p[i] == '@' && !user) {
			user = 1;
			from = i + 1;
		}
	*ret_path = i;
	end = from;
	if (end < i && target.p[end] == '[')
		while (end < i && target.p[end] != ']')
			end++;
	while (end < i && target.p[end] != ':')
		end++;
	return (struct http_span){ target.p + from, end - from };
}

/* host and user agent of a head whose start line is read */
static inline void http_first_fields(struct cur *c, struct http_head *h)
{
	struct http_field f;

	while (http_field_next(c, 1, &f)) {
		if (!h->host.p && http_is(f.name.p, f.name.len, "host"))
			h->host = f.value;
		else if (!h->user_agent.p && http_is(f.name.p, f.name.len, "user-agent"))
			h->user_agent = f.value;
	}
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
	struct http_head h = { .method = { 0, 0 } };
	struct http_span line, host;
	__u32 path;
	int r = http_start_line(c, &line);

	if (r)
		return r;
	if (http_request_line(line, &h))
		return PARSE_BAD;
	http_first_fields(c, &h);
	if (h.target.p) {
		host = http_authority(h.method, h.target, &path);
		if (host.len)
			h.host = host;
	}
	*ret = h;
	return PARSE_OK;
}

/* RFC 9112 section 4: the status line; the fields are left where they are. Return: as http_request_parse(). */
static inline int http_response_parse(struct cur *c, struct http_head *ret)
{
	struct http_head h = { .method = { 0, 0 } };
	struct http_span line;
	int r = http_start_line(c, &line);

	if (r)
		return r;
	if (http_status_line(line, &h))
		return PARSE_BAD;
	*ret = h;
	return PARSE_OK;
}

/*
 * After a request line without a version: do fields follow, or was it HTTP/0.9?
 * PARSE_OK: fields or a blank line; PARSE_BAD: something else; PARSE_SHORT: not yet to say.
 */
static inline int http_fields_follow(const __u8 *p, __u32 n)
{
	__u32 i = 0;

	if (!n || (n == 1 && p[0] == '\r'))
		return PARSE_SHORT;
	if (p[0] == '\n' || (p[0] == '\r' && p[1] == '\n'))
		return PARSE_OK;
	while (i < n && http_is_token(p[i]))
		i++;
	if (i == n)
		return PARSE_SHORT;
	return i && p[i] == ':' ? PARSE_OK : PARSE_BAD;
}

/**
 * struct http_chunks - where in a chunked body we are (RFC 9112 7.1)
 * @left:  bytes of the current chunk still to come
 * @line:  bytes of the current size line so far
 * @state: HTTP_CHUNK_*
 */
struct http_chunks {
	__u64 left;
	__u32 line;
	__u8 state, digits;
};
enum { HTTP_CHUNK_SIZE, HTTP_CHUNK_EXT, HTTP_CHUNK_DATA, HTTP_CHUNK_END, HTTP_CHUNK_DONE };

/* a size line longer than this is no HTTP */
#define HTTP_CHUNK_LINE_MAX 8192

/* one byte of a size line or its extension; PARSE_OK or PARSE_BAD */
static inline int http_chunk_size_byte(struct http_chunks *s, __u8 b)
{
	int v = http_hex(b);

	if (b == '\n') {
		if (s->digits)
			s->state = s->left ? HTTP_CHUNK_DATA : HTTP_CHUNK_DONE;
		s->line = 0;
		s->digits = 0; /* a line without a size is passed over */
	} else if (s->state == HTTP_CHUNK_SIZE && v >= 0) {
		if (s->left >> 56)
			return PARSE_BAD;
		s->left = s->left << 4 | (__u64)v;
		s->digits = 1;
	} else if (s->state == HTTP_CHUNK_SIZE && s->digits) {
		s->state = HTTP_CHUNK_EXT;
	} else if (s->state == HTTP_CHUNK_SIZE && b != ' ' && b != '\t' && b != '\r') {
		return PARSE_BAD;
	}
	return ++s->line > HTTP_CHUNK_LINE_MAX ? PARSE_BAD : PARSE_OK;
}

/**
 * http_chunk_next() - the next run of body bytes
 * @c:   cursor over coded bytes; advanced; at the byte that is wrong on PARSE_BAD
 * @s:   all zero at the start of the body
 * @ret: a run of decoded bytes inside the input
 *
 * Return: PARSE_OK: a run, call again; PARSE_SHORT: input used up or, when
 * s->state is HTTP_CHUNK_DONE, the line of the last chunk is behind us and the
 * trailer comes; PARSE_BAD: not a chunked body.
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
		if (s->state == HTTP_CHUNK_END) {
			/* whatever stands between the data and the line's end */
			if (*c->pos == '\n')
				s->state = HTTP_CHUNK_SIZE;
		} else if (http_chunk_size_byte(s, *c->pos)) {
			return PARSE_BAD;
		}
		c->pos++;
	}
	return PARSE_SHORT;
}

#endif
