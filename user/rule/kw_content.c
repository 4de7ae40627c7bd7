/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * content and its modifiers. Numbers are kept as Suricata means them: depth
 * counts from offset (stored from the buffer's start, see place.c), distance
 * and within from the end of the match before.
 */
#include <ctype.h>
#include <string.h>

#include "rule/keywords.h"

#define CONTENT_MAX 255 /* bytes, as in Suricata */

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

/* after a '|': hex pairs up to the next one; returns what follows it, or NULL with the reason */
static const char *hex_run(struct draft *d, const char *s, uint8_t *out, size_t *n)
{
	int high = -1;

	for (; *s && *s != '|'; s++) {
		int v = hex_digit(*s);

		if (isspace((unsigned char)*s))
			continue;
		if (v < 0 || *n >= CONTENT_MAX) {
			draft_fail(d, v < 0 ? "'%c' between bars is not a hex digit" : "%c: longer than 255 bytes", *s);
			return NULL;
		}
		if (high < 0) {
			high = v;
		} else {
			out[(*n)++] = (uint8_t)(high << 4 | v);
			high = -1;
		}
	}
	if (!*s || high >= 0) {
		draft_fail(d, *s ? "an odd number of hex digits" : "a bar is not closed");
		return NULL;
	}
	return s + 1;
}

static int unescape(struct draft *d, const char *s, uint8_t *out, size_t *n)
{
	*n = 0;
	while (*s) {
		if (*s == '|') {
			s = hex_run(d, s + 1, out, n);
			if (!s)
				return -EINVAL;
			continue;
		}
		if (*s == '\\' && (!s[1] || !strchr("\";\\:", *++s)))
			return draft_fail(d, "a backslash before none of \" ; \\ :");
		if (*n >= CONTENT_MAX)
			return draft_fail(d, "longer than %d bytes", CONTENT_MAX);
		out[(*n)++] = (uint8_t)*s++;
	}
	return *n ? 0 : draft_fail(d, "is empty");
}

int kw_content(struct draft *d, char *v)
{
	struct rule_match m = { .kind = RULE_MATCH_CONTENT };
	uint8_t bytes[CONTENT_MAX];
	size_t n, len;
	int r;

	m.negated = *v == '!';
	if (m.negated)
		v = text_trim(v + 1);
	len = strlen(v);
	if (len < 2 || v[0] != '"' || v[len - 1] != '"')
		return draft_fail(d, "the value is not in double quotes");
	v[len - 1] = 0;
	r = unescape(d, v + 1, bytes, &n);
	if (r)
		return r;
	m.len = (uint16_t)n;
	m.bytes = arena_copy(&d->ld->arena, bytes, n);
	return m.bytes ? draft_add(d, &m) : -ENOMEM;
}

int kw_nocase(struct draft *d, char *v)
{
	struct rule_match *m = draft_last(d);
	uint8_t *lower;

	(void)v;
	if (!m)
		return -EINVAL;
	if (m->nocase)
		return draft_fail(d, "given twice");
	lower = arena_copy(&d->ld->arena, m->bytes, m->len);
	if (!lower)
		return -ENOMEM;
	for (uint16_t i = 0; i < m->len; i++)
		lower[i] = (uint8_t)tolower(lower[i]);
	m->bytes = lower;
	m->nocase = true;
	return 0;
}

/* @var: 1 + the variable that stands for the number, or 0 */
static int unsigned_value(struct draft *d, const char *v, uint32_t *ret, uint8_t *var)
{
	uint64_t n;

	*var = draft_var(d, v);
	if (*var)
		return 0;
	if (str_to_u64(v, 0, 65535, &n))
		return draft_fail(d, "'%.32s' is not a number from 0 to 65535", v);
	*ret = (uint32_t)n;
	return 0;
}

static int signed_value(struct draft *d, const char *v, int32_t *ret, uint8_t *var)
{
	uint32_t n = 0;
	int r = unsigned_value(d, v + (*v == '-'), &n, var);

	if (!r)
		*ret = *v == '-' ? -(int32_t)n : (int32_t)n;
	return r;
}

/* modifiers that exclude each other, as in Suricata */
static int clash(struct draft *d, const struct rule_match *m, bool relative)
{
	if (relative && (m->startswith || m->has_depth || m->has_offset))
		return draft_fail(d, "cannot stand beside depth, offset or startswith");
	if (!relative && (m->has_distance || m->has_within))
		return draft_fail(d, "cannot stand beside distance or within");
	return 0;
}

int kw_depth(struct draft *d, char *v)
{
	struct rule_match *m = draft_last(d);
	int r;

	if (!m)
		return -EINVAL;
	if (m->has_depth || m->startswith)
		return draft_fail(d, "given twice, or beside startswith");
	r = clash(d, m, false) ?: unsigned_value(d, v, &m->depth, &m->depth_var);
	if (!r && !m->depth_var && m->depth < m->len)
		r = draft_fail(d, "%u is less than the content's %u bytes", m->depth, m->len);
	m->has_depth = true;
	return r;
}

int kw_offset(struct draft *d, char *v)
{
	struct rule_match *m = draft_last(d);

	if (!m)
		return -EINVAL;
	if (m->has_offset || m->startswith)
		return draft_fail(d, "given twice, or beside startswith");
	m->has_offset = true;
	return clash(d, m, false) ?: unsigned_value(d, v, &m->offset, &m->offset_var);
}

int kw_distance(struct draft *d, char *v)
{
	struct rule_match *m = draft_last(d);

	if (!m)
		return -EINVAL;
	if (m->has_distance)
		return draft_fail(d, "given twice");
	m->has_distance = true;
	return clash(d, m, true) ?: signed_value(d, v, &m->distance, &m->distance_var);
}

int kw_within(struct draft *d, char *v)
{
	struct rule_match *m = draft_last(d);
	int r;

	if (!m)
		return -EINVAL;
	if (m->has_within)
		return draft_fail(d, "given twice");
	m->has_within = true;
	r = clash(d, m, true) ?: signed_value(d, v, &m->within, &m->within_var);
	if (!r && !m->within_var && m->within < m->len)
		r = draft_fail(d, "%d is less than the content's %u bytes", m->within, m->len);
	return r;
}

int kw_startswith(struct draft *d, char *v)
{
	struct rule_match *m = draft_last(d);

	(void)v;
	if (!m)
		return -EINVAL;
	if (m->startswith || m->has_depth || m->has_offset)
		return draft_fail(d, "given twice, or beside depth or offset");
	m->startswith = true;
	return clash(d, m, false);
}

int kw_endswith(struct draft *d, char *v)
{
	struct rule_match *m = draft_last(d);

	(void)v;
	if (!m)
		return -EINVAL;
	m->endswith = true;
	return 0;
}

int kw_fast_pattern(struct draft *d, char *v)
{
	struct rule_match *m = draft_last(d);
	uint64_t off, len;
	char *part[2];

	if (!m)
		return -EINVAL;
	m->fast = true;
	if (!*v || !strcmp(v, "only"))
		return 0;
	if (text_split(v, ',', part, 2) != 2 || str_to_u64(part[0], 0, m->len, &off) ||
	    str_to_u64(part[1], 1, m->len - off, &len))
		return draft_fail(d, "'%.32s' is neither only nor offset,length inside the content", v);
	m->fast_off = (uint16_t)off;
	m->fast_len = (uint16_t)len;
	return 0;
}

int kw_rawbytes(struct draft *d, char *v)
{
	(void)v;
	return draft_last(d) ? 0 : -EINVAL;
}
