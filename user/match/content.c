/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conditions of a rule on one buffer, in Suricata's meaning: each content
 * moves a cursor to its end, the next one may be relative to it; when that
 * fails, later occurrences of the earlier ones are tried. The search is
 * bounded: a rule that reaches the bound counts as matched, and is counted.
 */
#include <ctype.h>
#include <string.h>

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
	int64_t lo = m->offset, hi = s->len;

	if (m->relative) {
		lo = (int64_t)cursor + m->distance;
		if (m->has_within)
			hi = lo + m->within;
	} else if (m->has_depth) {
		hi = m->depth;
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
	bool holds;

	if (m->kind == RULE_MATCH_BSIZE)
		holds = s->len >= m->lo && s->len <= m->hi;
	else
		holds = m->relative ? (uint64_t)cursor + m->lo <= s->len : m->lo < s->len;
	if (holds == m->negated) {
		if (!m->relative)
			s->hopeless = true;
		return false;
	}
	return run(s, m + 1, n - 1, cursor);
}

static bool run(struct search *s, const struct rule_match *m, uint16_t n, uint32_t cursor)
{
	if (!n || step(s))
		return true;
	switch (m->kind) {
	case RULE_MATCH_CONTENT:
		return run_content(s, m, n, cursor);
	case RULE_MATCH_PCRE:
		return run_pcre(s, m, n, cursor);
	default:
		return run_size(s, m, n, cursor);
	}
}

bool content_list(struct match_engine *eng, const struct rule_list *l, const uint8_t *buf, uint32_t len,
		  uint32_t *ret_end)
{
	struct search s = { .eng = eng, .buf = buf, .len = len };
	bool holds;

	if (rule_list_is_dotted(l)) {
		if (vec_reserve(&eng->dotted, len + 1u))
			return true; /* out of memory is never "no match" */
		eng->dotted.data[0] = '.';
		memcpy(eng->dotted.data + 1, buf, len);
		s.buf = eng->dotted.data;
		s.len = len + 1;
	}
	holds = run(&s, l->m, l->n, 0);
	if (s.limit)
		eng->stats.step_limits++;
	*ret_end = s.end;
	return holds;
}
