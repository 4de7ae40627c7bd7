// SPDX-License-Identifier: BSD-2-Clause
/*
 * See jsonscan.h. A tree of the whole text, as libraries build it, takes forty
 * times its size; a feed of 100 MB must fit into the worker. Strict as RFC 8259:
 * no comments, no trailing commas, no control bytes in strings.
 */
#include "feed/jsonscan.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct frame {
	struct json_object o;
	struct json_member m[JSON_MEMBERS];
};

struct scan {
	struct feed_parser *p;
	const struct json_handler *h;
	const char *at, *end;
	uint32_t line;
	size_t depth, n_frames;
	struct frame frames[JSON_DEPTH + 1];
};

/* where a value stands */
struct place {
	struct json_object *around; /* NULL: none */
	struct feed_text key;
	bool in_array;
};

static int broken(struct scan *s, unsigned int why)
{
	size_t left = (size_t)(s->end - s->at);

	s->p->line = s->line;
	return feed_fail(s->p, (struct feed_text){s->at, left < 16 ? left : 16}, why);
}

static void skip_blanks(struct scan *s)
{
	for (; s->at < s->end; s->at++) {
		if (*s->at == '\n')
			s->line++;
		else if (*s->at != ' ' && *s->at != '\t' && *s->at != '\r')
			return;
	}
}

static bool take(struct scan *s, char c)
{
	skip_blanks(s);
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static bool escape_ok(const char *at, const char *end)
{
	if (at + 1 >= end || !at[1] || !strchr("\"\\/bfnrtu", at[1]))
		return false;
	if (at[1] != 'u')
		return true;
	for (int i = 2; i < 6; i++)
		if (at + i >= end || !at[i] || !strchr("0123456789abcdefABCDEF", at[i]))
			return false;
	return true;
}

/* s->at is behind the opening quote */
static int read_string(struct scan *s, struct feed_text *ret, bool *ret_escaped)
{
	const char *start = s->at;

	*ret_escaped = false;
	for (; s->at < s->end && *s->at != '"'; s->at++) {
		if ((unsigned char)*s->at < 0x20)
			return broken(s, FEED_JSON_SYNTAX);
		if (*s->at != '\\')
			continue;
		if (!escape_ok(s->at, s->end))
			return broken(s, FEED_JSON_SYNTAX);
		*ret_escaped = true;
		s->at++;
	}
	if (s->at == s->end)
		return broken(s, FEED_JSON_SYNTAX);
	*ret = (struct feed_text){start, (size_t)(s->at++ - start)};
	return 0;
}

/* digits, signs, points and exponents are taken as they come; what they mean is the format's affair
 */
static int read_bare(struct scan *s, struct json_member *ret)
{
	static const struct {
		const char *word;
		uint8_t kind;
	} words[] = {{"true", JSON_TRUE}, {"false", JSON_FALSE}, {"null", JSON_NULL}};
	const char *start = s->at;

	while (s->at < s->end &&
	       (strchr("+-.", *s->at) ? *s->at != 0
				      : (*s->at >= '0' && *s->at <= '9') ||
						(*s->at >= 'a' && *s->at <= 'z') || *s->at == 'E'))
		s->at++;
	ret->value = (struct feed_text){start, (size_t)(s->at - start)};
	ret->kind = JSON_NUMBER;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (ret->value.len == strlen(words[i].word) &&
		    !memcmp(start, words[i].word, ret->value.len)) {
			ret->kind = words[i].kind;
			return 0;
		}
	if (!ret->value.len || (*start != '-' && (*start < '0' || *start > '9'))) {
		s->at = start;
		return broken(s, FEED_JSON_SYNTAX);
	}
	return 0;
}

static void remember(struct json_object *o, struct json_member *held, const struct json_member *m)
{
	if (o->n < JSON_MEMBERS)
		held[o->n++] = *m;
	else
		o->is_full = true;
}

static struct json_member *members_of(struct json_object *o)
{
	return ((struct frame *)o)->m; /* the object is the frame's first field */
}

/* the array's first value is remembered, not all of them */
static bool is_last(const struct json_object *o, struct feed_text key)
{
	return o->n && o->m[o->n - 1].key.s == key.s;
}

static int read_value(struct scan *s, struct place at);

static int read_plain(struct scan *s, const struct place *at)
{
	struct json_member m = {.key = at->key};
	int r = 0;

	if (*s->at == '"') {
		s->at++;
		r = read_string(s, &m.value, &m.is_escaped);
	} else {
		r = read_bare(s, &m);
	}
	if (r)
		return r;
	if (at->around && !(at->in_array && is_last(at->around, at->key)))
		remember(at->around, members_of(at->around), &m);
	if (!at->in_array || !s->h->on_element)
		return 0;
	s->p->line = s->line;
	return s->h->on_element(s->p, &m, at->around, s->h->ctx);
}

static int read_array(struct scan *s, const struct place *at)
{
	struct place inside = {at->around, at->key, true};
	int r = 0;

	if (take(s, ']'))
		return 0;
	do {
		r = read_value(s, inside);
	} while (!r && take(s, ','));
	if (!r && !take(s, ']'))
		r = broken(s, FEED_JSON_SYNTAX);
	return r;
}

static int read_member(struct scan *s, struct json_object *o)
{
	struct place inside = {.around = o};
	bool escaped;
	int r;

	if (!take(s, '"'))
		return broken(s, FEED_JSON_SYNTAX);
	r = read_string(s, &inside.key, &escaped);
	if (!r && !take(s, ':'))
		r = broken(s, FEED_JSON_SYNTAX);
	return r ? r : read_value(s, inside);
}

static int read_object(struct scan *s, const struct place *at)
{
	struct frame *f = &s->frames[s->n_frames++];
	int r = 0;

	f->o = (struct json_object){
		.parent = at->around,
		.key = at->key,
		.m = f->m,
		.is_element = at->in_array || !at->around,
		.line = s->line,
	};
	if (at->around)
		at->around->has_objects = true;
	if (!take(s, '}')) {
		do {
			r = read_member(s, &f->o);
		} while (!r && take(s, ','));
		if (!r && !take(s, '}'))
			r = broken(s, FEED_JSON_SYNTAX);
	}
	s->p->line = f->o.line;
	if (!r)
		r = s->h->on_object(s->p, &f->o, s->h->ctx);
	s->n_frames--;
	return r;
}

static int read_value(struct scan *s, struct place at)
{
	int r;

	skip_blanks(s);
	if (s->at == s->end)
		return broken(s, FEED_JSON_SYNTAX);
	if (*s->at != '{' && *s->at != '[')
		return read_plain(s, &at);
	if (s->depth == JSON_DEPTH)
		return broken(s, FEED_JSON_DEPTH);
	s->depth++;
	r = *s->at++ == '{' ? read_object(s, &at) : read_array(s, &at);
	s->depth--;
	return r;
}

int json_scan(struct feed_parser *p, const char *data, size_t len, const struct json_handler *h)
{
	_cleanup_free_ struct scan *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return -ENOMEM;
	s->p = p;
	s->h = h;
	s->at = data;
	s->end = data + len;
	s->line = 1;
	if (len >= 3 && !memcmp(data, "\xef\xbb\xbf", 3))
		s->at += 3;
	for (skip_blanks(s); s->at < s->end && !r; skip_blanks(s)) {
		bool is_container = *s->at == '{' || *s->at == '[';

		r = is_container ? read_value(s, (struct place){0}) : broken(s, FEED_JSON_SYNTAX);
		take(s, ','); /* records joined by commas, as some exports have them */
	}
	p->report->lines = s->line - (len && data[len - 1] == '\n');
	return r;
}

/* --- what handlers ask --- */

const struct json_member *json_get(const struct json_object *o, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < o->n; i++)
		if (o->m[i].key.len == len && !memcmp(o->m[i].key.s, key, len))
			return &o->m[i];
	return NULL;
}

static unsigned int hex4(const char *s)
{
	unsigned int v = 0;

	for (int i = 0; i < 4; i++)
		v = v << 4 | (unsigned int)(s[i] <= '9' ? s[i] - '0' : (s[i] | 0x20) - 'a' + 10);
	return v;
}

/* a code point as UTF-8, at most 4 bytes; surrogates without their other half become U+FFFD */
static size_t put_utf8(char *dst, unsigned int c)
{
	if (c >= 0xd800 && c < 0xe000)
		c = 0xfffd;
	if (c < 0x80) {
		dst[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		dst[0] = (char)(0xc0 | c >> 6);
		dst[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		dst[0] = (char)(0xe0 | c >> 12);
		dst[1] = (char)(0x80 | (c >> 6 & 63));
		dst[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	dst[0] = (char)(0xf0 | c >> 18);
	dst[1] = (char)(0x80 | (c >> 12 & 63));
	dst[2] = (char)(0x80 | (c >> 6 & 63));
	dst[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* the escape at @s (checked when it was read) into @dst; *ret_used: bytes of it */
static size_t put_escape(char *dst, const char *s, size_t left, size_t *ret_used)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *plain = strchr(from, s[1]);
	unsigned int c;

	*ret_used = 2;
	if (s[1] != 'u') {
		dst[0] = plain ? to[plain - from] : s[1];
		return 1;
	}
	c = hex4(s + 2);
	*ret_used = 6;
	if (c >= 0xd800 && c < 0xdc00 && left >= 12 && s[6] == '\\' && s[7] == 'u') {
		unsigned int low = hex4(s + 8);

		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			*ret_used = 12;
		}
	}
	return put_utf8(dst, c);
}

bool json_text(const struct json_member *m, char buf[JSON_TEXT], struct feed_text *ret)
{
	size_t n = 0, used = 1;

	*ret = m->value;
	if (!m->is_escaped)
		return m->value.len <= JSON_TEXT;
	for (size_t i = 0; i < m->value.len; i += used) {
		if (n + 4 > JSON_TEXT)
			return false;
		used = 1;
		if (m->value.s[i] == '\\')
			n += put_escape(buf + n, m->value.s + i, m->value.len - i, &used);
		else
			buf[n++] = m->value.s[i];
	}
	*ret = (struct feed_text){buf, n};
	return true;
}

struct feed_text json_str_of(const struct json_object *o, const char *key, char buf[JSON_TEXT])
{
	const struct json_member *m = json_get(o, key);
	struct feed_text t = {"", 0};

	if (!m || m->kind == JSON_NULL || !json_text(m, buf, &t))
		return (struct feed_text){"", 0};
	return t;
}

bool json_is(const struct json_object *o, const char *key, const char *value)
{
	const struct json_member *m = json_get(o, key);

	return m && m->kind == JSON_STRING && feed_text_is(m->value, value);
}

bool json_is_true(const struct json_object *o, const char *key)
{
	const struct json_member *m = json_get(o, key);

	return m && (m->kind == JSON_TRUE ||
		     (m->kind == JSON_STRING && feed_text_is(m->value, "true")) ||
		     (m->value.len == 1 && *m->value.s == '1'));
}

/* --- detection --- */

static int note_object(struct feed_parser *p, const struct json_object *o, void *ctx)
{
	uint32_t *traits = ctx;
	const struct json_member *id = json_get(o, "id"), *type = json_get(o, "type");

	(void)p;
	*traits |= JSON_ANY;
	if (id && type && id->value.len > type->value.len + 2 &&
	    !memcmp(id->value.s, type->value.s, type->value.len) &&
	    !memcmp(id->value.s + type->value.len, "--", 2))
		*traits |= JSON_STIX;
	if (json_get(o, "threat_level_id") || feed_text_is(o->key, "Attribute") ||
	    feed_text_is(o->key, "Event"))
		*traits |= JSON_MISP;
	if (json_get(o, "list") &&
	    (json_get(o, "matching_attributes") || json_get(o, "description")))
		*traits |= JSON_WARNINGS;
	if (json_get(o, "scope") && json_get(o, "value"))
		*traits |= JSON_CROWDSEC;
	if (json_get(o, "cordon_bundle"))
		*traits |= JSON_BUNDLE;
	return 0;
}

static int note_element(struct feed_parser *p, const struct json_member *v,
			const struct json_object *around, void *ctx)
{
	(void)p;
	(void)around;
	if (v->kind == JSON_STRING)
		*(uint32_t *)ctx |= JSON_ANY;
	return 0;
}

#define TRAIT_BYTES (1 << 20) /* of the text that are looked at */

uint32_t json_traits(const char *data, size_t len)
{
	struct feed_report rep = {0};
	struct feed_parser p = {.report = &rep};
	uint32_t traits = 0;
	struct json_handler h = {note_object, note_element, &traits};
	size_t blank = 0;

	while (blank < len && (feed_is_blank(data[blank]) || data[blank] == '\n'))
		blank++;
	if (blank == len || (data[blank] != '{' && data[blank] != '['))
		return 0;
	/* a failure is a cut text, or a broken one: reading all of it will say so */
	(void)json_scan(&p, data, len < TRAIT_BYTES ? len : TRAIT_BYTES, &h);
	feed_report_done(&rep);
	return traits;
}
