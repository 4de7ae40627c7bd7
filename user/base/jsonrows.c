/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of a reply, see jsonrows.h. RFC 8259. A value that has not ended by @end is asked for again with more text. */
#include "base/jsonrows.h"

#include <errno.h>
#include <string.h>

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* behind a text that begins at @p; NULL: it goes on beyond @end */
static const char *skip_text(const char *p, const char *end)
{
	const char *quote = memchr(p + 1, '"', (size_t)(end - p) - 1);

	if (!quote || !memchr(p + 1, '\\', (size_t)(quote - p) - 1))
		return quote ? quote + 1 : NULL; /* nearly always */
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p < end ? p + 1 : NULL;
}

/* behind an object or array */
static const char *skip_nested(const char *p, const char *end)
{
	size_t depth = 0;

	while (p && p < end) {
		if (*p == '"') {
			p = skip_text(p, end);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if ((*p == '}' || *p == ']') && !--depth)
			return p + 1;
		p++;
	}
	return NULL;
}

/* behind any value; NULL: its end is not there yet */
static const char *skip_value(const char *p, const char *end)
{
	if (p >= end)
		return NULL;
	if (*p == '"')
		return skip_text(p, end);
	if (*p == '{' || *p == '[')
		return skip_nested(p, end);
	while (p < end && *p != ',' && *p != '}' && *p != ']')
		p++;
	return p < end ? p : NULL;
}

/* "key": in front of a value. 1, 0 or -EINVAL as jsonrows_next() */
static int take_key(const char **p, const char *end, const char **ret_key, size_t *ret_len)
{
	const char *key = skip_space(*p, end), *after;

	if (key >= end)
		return 0;
	if (*key != '"')
		return -EINVAL;
	after = skip_text(key, end);
	if (!after || skip_space(after, end) >= end)
		return 0;
	*ret_key = key + 1;
	*ret_len = (size_t)(after - key) - 2;
	after = skip_space(after, end);
	if (*after != ':')
		return -EINVAL;
	*p = skip_space(after + 1, end);
	return *p < end;
}

static void add_field(struct jsonrow *row, const char *key, size_t key_len, const char *value, const char *value_end)
{
	if (row->n == JSONROW_FIELDS)
		return;
	row->fields[row->n].key = key;
	row->fields[row->n].key_len = key_len;
	row->fields[row->n].value = value;
	row->fields[row->n++].value_len = (size_t)(value_end - value);
}

/* the array at @p; what has no name is not seen */
static int take_array(const struct jsonrows *r, const char **p, const char *end, struct jsonrow *row)
{
	const char *at = skip_space(*p + 1, end), *value;

	row->n = 0;
	while (at < end && *at != ']') {
		value = *at == ',' ? skip_space(at + 1, end) : at;
		at = skip_value(value, end);
		if (!at)
			return 0;
		if (row->n < r->n_columns)
			add_field(row, r->columns[row->n].name, r->columns[row->n].len, value, at);
		at = skip_space(at, end);
	}
	if (at >= end)
		return 0;
	*p = at + 1;
	return 1;
}

/* the object at @p */
static int take_row(const char **p, const char *end, struct jsonrow *row)
{
	const char *at = skip_space(*p + 1, end);
	int r = 1;

	row->n = 0;
	while (r == 1 && at < end && *at != '}') {
		const char *key, *value;
		size_t len;

		if (*at == ',')
			at++;
		r = take_key(&at, end, &key, &len);
		if (r <= 0)
			return r;
		value = at;
		at = skip_value(at, end);
		if (!at)
			return 0;
		add_field(row, key, len, value, at);
		at = skip_space(at, end);
	}
	if (at >= end)
		return 0;
	*p = at + 1;
	return 1;
}

/* inside a list; 2: it is over */
static int next_in_list(const struct jsonrows *r, const char **p, const char *end, struct jsonrow *row)
{
	for (;;) {
		const char *at = skip_space(*p, end);

		while (at < end && *at == ',')
			at = skip_space(at + 1, end);
		*p = at;
		if (at >= end)
			return 0;
		if (*at == ']') {
			++*p;
			return 2;
		}
		if (*at == '{')
			return take_row(p, end, row);
		if (*at == '[' && r->n_columns)
			return take_array(r, p, end, row);
		at = skip_value(at, end);
		if (!at)
			return 0;
		*p = at;
	}
}

static unsigned int hex4(const char *p)
{
	unsigned int v = 0;

	for (unsigned int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)p[i];

		v = v << 4 | (c >= '0' && c <= '9' ? c - '0' : ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') ? (c | 0x20) - 'a' + 10 : 0);
	}
	return v;
}

/* one escape at @p, which is behind the backslash; how many bytes of it were read. What our own writer makes: below U+0100. */
static size_t unescape(const char *p, const char *end, char *ret)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *at;

	if (*p == 'u' && end - p >= 5) {
		unsigned int v = hex4(p + 1);

		*ret = v && v < 0x80 ? (char)v : '?';
		return 5;
	}
	at = memchr(from, *p, sizeof(from) - 1);
	*ret = at ? to[at - from] : *p;
	return 1;
}

/* the text in quotes at @p, without its end at @end; returns bytes written */
static size_t decode(const char *p, const char *end, char *dst, size_t size)
{
	size_t n = 0, len = (size_t)(end - p);

	if (!memchr(p, '\\', len)) { /* nearly always */
		n = len < size ? len : size - 1;
		memcpy(dst, p, n);
		dst[n] = 0;
		return n;
	}
	while (p < end && n + 1 < size) {
		if (*p != '\\' || p + 1 >= end) {
			dst[n++] = *p++;
			continue;
		}
		p++;
		p += unescape(p, end, &dst[n++]);
	}
	dst[n] = 0;
	return n;
}

/* the array of names at @p; names that are too long are cut. Behind it, or NULL: its end is not there yet */
static const char *take_columns(struct jsonrows *r, const char *p, const char *end)
{
	const char *after = skip_value(p, end), *name_end;

	r->n_columns = 0;
	for (p++; after && p < after; p++) {
		if (*p != '"' || r->n_columns == JSONROW_FIELDS)
			continue;
		name_end = skip_text(p, after);
		if (!name_end)
			break;
		r->columns[r->n_columns].len = decode(p + 1, name_end - 1, r->columns[r->n_columns].name, JSONROW_NAME);
		r->n_columns++;
		p = name_end - 1;
	}
	return after;
}

/* from one member of the top to the next list. 1: in it; 0; -EINVAL */
static int next_list(struct jsonrows *r, const char **p, const char *end)
{
	const char *at = skip_space(*p, end), *key;
	size_t len;
	int rc;

	if (at < end && *at == ',')
		at++;
	at = skip_space(at, end);
	if (at < end && *at == '}') {
		*p = at + 1;
		r->is_over = true;
		return 0;
	}
	rc = take_key(&at, end, &key, &len);
	if (rc <= 0)
		return rc;
	if (*at == '[' && len == strlen("columns") && !memcmp(key, "columns", len)) {
		at = take_columns(r, at, end);
		if (!at)
			return 0;
		*p = at;
		return 1;
	}
	if (*at == '[') {
		len = len < sizeof(r->list) ? len : sizeof(r->list) - 1;
		memcpy(r->list, key, len);
		r->list[len] = 0;
		r->in_list = true;
		*p = at + 1;
		return 1;
	}
	at = skip_value(at, end);
	if (!at)
		return 0;
	*p = at;
	return 1;
}

int jsonrows_next(struct jsonrows *r, const char **p, const char *end, struct jsonrow *row)
{
	int rc = 1;

	if (!r->is_open && *p < end) {
		if (**p != '{')
			return -EINVAL;
		++*p;
		r->is_open = true;
	}
	while (rc == 1 && r->is_open && !r->is_over) {
		if (!r->in_list) {
			rc = next_list(r, p, end);
			continue;
		}
		rc = next_in_list(r, p, end, row);
		if (rc == 2) {
			r->in_list = false;
			rc = 1;
			continue;
		}
		return rc;
	}
	return rc < 0 ? rc : 0;
}

/* --- values --- */

static const char *value_of(const struct jsonrow *row, const char *key, size_t *ret_len)
{
	size_t len = strlen(key);

	for (unsigned int i = 0; i < row->n; i++) {
		if (row->fields[i].key_len != len || memcmp(row->fields[i].key, key, len))
			continue;
		*ret_len = row->fields[i].value_len;
		return row->fields[i].value;
	}
	*ret_len = 0;
	return NULL;
}

bool jsonrow_has(const struct jsonrow *row, const char *key)
{
	size_t len;

	return value_of(row, key, &len) != NULL;
}

char *jsonrow_str(const struct jsonrow *row, const char *key, char *dst, size_t size)
{
	size_t len;
	const char *v = value_of(row, key, &len);

	dst[0] = 0;
	if (len >= 2 && v[0] == '"')
		decode(v + 1, v + len - 1, dst, size);
	else if (len && v[0] >= '0' && v[0] <= '9')
		decode(v, v + len, dst, size);
	return dst;
}

uint64_t jsonrow_u64(const struct jsonrow *row, const char *key)
{
	uint64_t n = 0;
	size_t len;
	const char *v = value_of(row, key, &len);

	for (size_t i = 0; i < len && v[i] >= '0' && v[i] <= '9'; i++)
		n = n * 10 + (uint64_t)(v[i] - '0');
	return n;
}

bool jsonrow_bool(const struct jsonrow *row, const char *key)
{
	size_t len;
	const char *v = value_of(row, key, &len);

	return len == 4 && !memcmp(v, "true", 4);
}

char *jsonrow_joined(const struct jsonrow *row, const char *key, char *dst, size_t size)
{
	size_t len, n = 0;
	const char *p = value_of(row, key, &len), *end = p + len, *after;

	dst[0] = 0;
	if (len < 2 || *p != '[')
		return dst;
	for (p++; p < end && n + 3 < size; p++) {
		if (*p != '"')
			continue;
		after = skip_text(p, end);
		if (!after)
			break;
		if (n) {
			memcpy(dst + n, ", ", 2);
			n += 2;
		}
		n += decode(p + 1, after - 1, dst + n, size - n);
		p = after - 1;
	}
	return dst;
}
