/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conditions of a rule on one buffer, in Suricata's meaning: each content
 * moves a cursor to its end, the next one may be relative to it; when that
 * fails, later occurrences of the earlier ones are tried. The search is
 * bounded: a rule that reaches the bound counts as matched, and is counted.
 */
#include <ctype.h>
#include <string.h>

#include "base/base64.h"
#include "match/byte.h"
#include "match/engine.h"

struct search {
	struct match_engine *eng;
	const uint8_t *buf;
	uint32_t len;
	uint32_t steps;
	bool hopeless; /* a condition that depends on no other failed: no retry helps */
	bool limit;
	uint32_t end; /* of the furthest byte matched on the path that succeeded */
};

static int64_t number_of(const struct search *s, struct rule_number n)
{
	return n.var ? (int64_t)s->eng->var[n.var - 1] : n.n;
}

/* @n unless a variable stands for it; far-off values are brought down to where they still are beyond any buffer */
static int64_t value_of(const struct search *s, uint8_t var, int64_t n)
{
	if (!var)
		return n;
	return s->eng->var[var - 1] > UINT32_MAX ? UINT32_MAX : (int64_t)s->eng->var[var - 1];
}

static uint32_t find_nocase(const uint8_t *n, uint32_t n_len, const uint8_t *buf, uint32_t from, uint32_t len)
{
	uint8_t low = n[0], high = (uint8_t)toupper(n[0]);

	for (uint32_t i = from; i + n_len <= len; i++) {
		uint32_t k = 1;

		if (buf[i] != low && buf[i] != high)
			continue;
		while (k < n_len && tolower(buf[i + k]) == n[k])
			k++;
		if (k == n_len)
			return i;
	}
	return UINT32_MAX;
}

uint32_t content_find(const struct rule_match *m, const uint8_t *buf, uint32_t from, uint32_t len)
{
	const uint8_t *p;

	if (from > len || m->len > len - from)
		return UINT32_MAX;
	if (m->nocase)
		return find_nocase(m->bytes, m->len, buf, from, len);
	p = memmem(buf + from, len - from, m->bytes, m->len);
	return p ? (uint32_t)(p - buf) : UINT32_MAX;
}

static uint32_t clamp(int64_t v, uint32_t max)
{
	return v < 0 ? 0 : v > max ? max : (uint32_t)v;
}

/* the range [from, to) a content may lie in, with the cursor at @cursor */
static bool content_range(const struct search *s, const struct rule_match *m, uint32_t cursor, uint32_t *from,
			  uint32_t *to)
{
	int64_t lo = value_of(s, m->offset_var, m->offset), hi = s->len;

	if (m->relative) {
		lo = (int64_t)cursor + value_of(s, m->distance_var, m->distance);
		if (m->has_within)
			hi = lo + value_of(s, m->within_var, m->within);
	} else if (m->has_depth) {
		hi = value_of(s, m->depth_var, m->depth);
	}
	if (lo > s->len || hi < lo)
		return false;
	*from = clamp(lo, s->len);
	*to = clamp(hi, s->len);
	return true;
}

static bool run(struct search *s, const struct rule_match *m, uint16_t n, uint32_t cursor);

/* one condition counts as a step; past the bound everything holds */
static bool step(struct search *s)
{
	if (++s->steps <= CORDON_MATCH_STEPS)
		return false;
	s->limit = true;
	return true;
}

/* the rest of the list after a match that ends at @end */
static bool go_on(struct search *s, const struct rule_match *m, uint16_t n, uint32_t end)
{
	if (!run(s, m + 1, n - 1, end))
		return false;
	if (end > s->end)
		s->end = end;
	return true;
}

static bool run_content(struct search *s, const struct rule_match *m, uint16_t n, uint32_t cursor)
{
	uint32_t from, to, at;
	bool has_range = content_range(s, m, cursor, &from, &to);

	if (has_range && m->endswith) {
		/* only the last bytes of the buffer will do */
		has_range = to == s->len && m->len <= s->len && s->len - m->len >= from;
		from = s->len - m->len;
	}
	if (m->negated) {
		bool found = has_range && content_find(m, s->buf, from, to) != UINT32_MAX;

		if (found && !m->relative)
			s->hopeless = true;
		return !found && run(s, m + 1, n - 1, cursor);
	}
	for (; has_range && (at = content_find(m, s->buf, from, to)) != UINT32_MAX; from = at + 1) {
		if (go_on(s, m, n, at + m->len))
			return true;
		if (s->hopeless || !m->relative_next)
			return false;
		if (step(s))
			return true;
	}
	if (!m->relative)
		s->hopeless = true;
	return false;
}

static bool run_pcre(struct search *s, const struct rule_match *m, uint16_t n, uint32_t cursor)
{
	uint32_t from = m->relative ? cursor : 0, start, end;

	for (;;) {
		int r = regex_exec(m->regex, s->eng->regex, s->buf, s->len, from, &start, &end);

		if (r == REGEX_LIMIT) {
			/* suspect: the other conditions decide */
			s->eng->stats.regex_limits++;
			return run(s, m + 1, n - 1, cursor);
		}
		if (m->negated)
			return r == REGEX_NO && run(s, m + 1, n - 1, cursor);
		if (r == REGEX_NO)
			return false;
		if (go_on(s, m, n, end))
			return true;
		if (s->hopeless || !m->relative_next || start >= s->len)
			return false;
		from = start + 1;
		if (step(s))
			return true;
	}
}

static bool run_size(struct search *s, const struct rule_match *m, uint16_t n, uint32_t cursor)
{
	int64_t lo = value_of(s, m->lo_var, m->lo);
	bool holds;

	if (m->kind == RULE_MATCH_BSIZE)
		holds = s->len >= m->lo && s->len <= m->hi;
	else
		holds = m->relative ? cursor + lo <= s->len : lo < s->len;
	if (holds == m->negated) {
		if (!m->relative)
			s->hopeless = true;
		return false;
	}
	return run(s, m + 1, n - 1, cursor);
}

/* the number @m speaks of; *ret_at: where it begins, *ret_len: bytes it took */
static bool byte_read(struct search *s, const struct rule_match *m, uint32_t cursor, uint64_t *ret, uint32_t *ret_at,
		      uint32_t *ret_len)
{
	const struct rule_byte *b = m->byte;
	int64_t at = (m->relative ? cursor : 0) + number_of(s, b->offset), n = number_of(s, b->bytes);

	if (at < 0 || n < 0 || n > s->len || at > s->len - n || (!b->base && n > 8))
		return false;
	if (b->base && !n)
		n = s->len - at < BYTE_TEXT_MAX ? s->len - at : BYTE_TEXT_MAX;
	*ret_at = (uint32_t)at;
	*ret_len = (uint32_t)n;
	if (b->base)
		return byte_text(s->buf + at, (uint32_t)n, b->base, ret, ret_len);
	*ret = byte_binary(s->buf + at, (uint32_t)n, b->is_little);
	return true;
}

static uint64_t byte_masked(const struct rule_byte *b, uint64_t v)
{
	return b->bitmask ? (v & b->bitmask) >> __builtin_ctzll(b->bitmask) : v;
}

static bool run_byte_test(struct search *s, const struct rule_match *m, uint16_t n, uint32_t cursor)
{
	uint32_t at, len;
	uint64_t v;

	if (!byte_read(s, m, cursor, &v, &at, &len) ||
	    byte_compare(m->byte->op, byte_masked(m->byte, v), (uint64_t)number_of(s, m->byte->value)) == m->negated)
		return false;
	return run(s, m + 1, n - 1, cursor);
}

static bool run_byte_jump(struct search *s, const struct rule_match *m, uint16_t n, uint32_t cursor)
{
	const struct rule_byte *b = m->byte;
	uint32_t at, len;
	uint64_t v;
	int64_t to;

	if (!byte_read(s, m, cursor, &v, &at, &len))
		return false;
	v = byte_masked(b, v);
	/* farther than any buffer is out of it, and nothing may overflow */
	if (v > UINT32_MAX)
		return false;
	to = (int64_t)v * b->multiplier;
	if (b->align && to % b->align)
		to += b->align - to % b->align;
	to += b->post_offset;
	to += b->from_begin ? 0 : b->from_end ? s->len : at + len;
	/* as Suricata: before the first byte is at it, and the end is in reach */
	if (to < 0)
		to = 0;
	return to <= s->len && go_on(s, m, n, (uint32_t)to);
}

/* byte_extract, byte_math */
static bool run_byte_name(struct search *s, const struct rule_match *m, uint16_t n, uint32_t cursor)
{
	const struct rule_byte *b = m->byte;
	uint32_t at, len;
	uint64_t v;

	if (!byte_read(s, m, cursor, &v, &at, &len))
		return false;
	if (m->kind == RULE_MATCH_BYTE_MATH) {
		if (!byte_calculate(b->op, &v, (uint64_t)number_of(s, b->value)))
			return false;
		v = byte_masked(b, v);
	} else {
		v = byte_masked(b, v) * b->multiplier;
		if (b->align && v % b->align)
			v += b->align - v % b->align;
	}
	s->eng->var[b->result - 1] = v;
	return go_on(s, m, n, at + len);
}

/* the bytes decoded, and what base64_data asks of them */
static bool run_base64(struct search *s, const struct rule_match *m, uint16_t n, uint32_t cursor)
{
	struct search decoded = { .eng = s->eng };
	uint64_t at = (m->relative ? cursor : 0) + (uint64_t)m->offset;
	uint32_t len;

	if (at >= s->len)
		return false;
	len = s->len - (uint32_t)at;
	if (m->lo && m->lo < len)
		len = m->lo;
	if (vec_reserve(&s->eng->decoded, len))
		return run(s, m + 1, n - 1, cursor);
	decoded.len = base64_decode(s->buf + at, len, s->eng->decoded.data);
	decoded.buf = s->eng->decoded.data;
	if (!decoded.len || (m->decoded && !run(&decoded, m->decoded->m, m->decoded->n, 0)))
		return false;
	s->limit |= decoded.limit;
	return run(s, m + 1, n - 1, cursor);
}

static bool run_member(struct search *s, const struct rule_match *m, uint16_t n, uint32_t cursor)
{
	if (member_asked(s->eng->members, m, s->buf, s->len))
		return run(s, m + 1, n - 1, cursor);
	s->hopeless = true;
	return false;
}

static bool run(struct search *s, const struct rule_match *m, uint16_t n, uint32_t cursor)
{
	if (!n || step(s))
		return true;
	switch (m->kind) {
	case RULE_MATCH_BYTE_TEST:
		return run_byte_test(s, m, n, cursor);
	case RULE_MATCH_BASE64:
		return run_base64(s, m, n, cursor);
	case RULE_MATCH_BYTE_JUMP:
		return run_byte_jump(s, m, n, cursor);
	case RULE_MATCH_BYTE_EXTRACT:
	case RULE_MATCH_BYTE_MATH:
		return run_byte_name(s, m, n, cursor);
	case RULE_MATCH_CONTENT:
		return run_content(s, m, n, cursor);
	case RULE_MATCH_PCRE:
		return run_pcre(s, m, n, cursor);
	case RULE_MATCH_MEMBER:
		return run_member(s, m, n, cursor);
	default:
		return run_size(s, m, n, cursor);
	}
}

bool content_list(struct match_engine *eng, const struct rule_list *l, const uint8_t *buf, uint32_t len,
		  uint32_t *ret_end)
{
	struct search s = { .eng = eng, .buf = buf, .len = len };
	int r = l->n_transforms ? transform_apply(&eng->transformed, eng->regex, l, &s.buf, &s.len) : 0;
	bool holds;

	eng->stats.regex_limits += r == -E2BIG;
	if (r)
		return true; /* neither out of memory nor at the limits is "no match" */
	holds = run(&s, l->m, l->n, 0);
	if (s.limit)
		eng->stats.step_limits++;
	*ret_end = s.end;
	return holds;
}
