/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Raw stream rules. A literal seen makes its rule a candidate of this
 * direction of the flow; all candidates are judged after each delivery, on the
 * window they are given, until they fire or can no longer: CORDON_WINDOW bytes
 * behind the literal, or what the rule can span at most. Nothing here depends
 * on how many bytes came before the literal in earlier deliveries, so that
 * a flow followed from its literal on gives what the whole flow gives.
 */
#include <stdlib.h>

#include "match/engine.h"
#include "match/profile.h"

struct candidate {
	uint32_t index;	 /* of the entry */
	uint64_t end;	 /* stream offset behind its latest literal; 0: none pending */
	uint64_t fired;	 /* behind the last match in this stream; bytes before it are used up */
	uint64_t said;	 /* behind the last match that was an alert; 0: none was */
	uint32_t ack;	 /* of that segment */
	uint32_t chunk;	 /* the first that it may still be said of, where chunks are known */
	uint32_t was[2]; /* the last ones it was said of, number + 1 */
};

struct match_stream {
	struct match_engine *eng;
	VEC(struct candidate) all; /* kept when fired > 0, else removed when decided */
	size_t pending;
	bool has_chunks; /* they were known */
};

/* the delivery under way */
struct feed {
	struct match_engine *eng;
	struct match_stream *s;
	const struct view *v;
	const uint8_t *window;
	uint32_t len;
	uint64_t start, fresh;
	uint64_t scan; /* stream offset of the scan's first byte */
};

/* entries know their place in the list while a delivery is under way: no search for each literal */
static void candidates_index(struct match_stream *s)
{
	found_begin(s->eng);
	for (size_t i = 0; i < s->all.len; i++) {
		struct entry *e = &s->eng->entries[s->all.data[i].index];

		e->stamp = s->eng->stamp;
		e->slot = (uint32_t)i;
	}
}

/* NULL: not in the list */
static struct candidate *candidate_find(struct match_stream *s, uint32_t index)
{
	const struct entry *e = &s->eng->entries[index];

	return e->stamp == s->eng->stamp ? &s->all.data[e->slot] : NULL;
}

static struct candidate *candidate_get(struct match_stream *s, uint32_t index)
{
	struct candidate *c = candidate_find(s, index);
	struct entry *e = &s->eng->entries[index];

	if (c)
		return c;
	if (vec_push(&s->all, ((struct candidate){ .index = index })))
		return NULL;
	e->stamp = s->eng->stamp;
	e->slot = (uint32_t)s->all.len - 1;
	return &s->all.data[e->slot];
}

static void on_literal(uint32_t rule, uint32_t end, void *ctx)
{
	struct feed *f = ctx;
	const struct entry *e = &f->eng->entries[rule];
	uint64_t at = f->scan + end;
	struct candidate *c;

	if (at <= f->fresh || confirm_header(e->rule, f->v->facts) == NEVER)
		return;
	c = candidate_get(f->s, rule);
	f->eng->entries[rule].cost.candidates++;
	if (c && at > c->end && at - e->lit_len >= c->fired)
		c->end = at;
}

static int literals(struct feed *f)
{
	uint32_t longest = scan_set_longest(f->eng->stream), skip = (uint32_t)(f->fresh - f->start);

	/* a literal may have begun before the fresh bytes */
	skip = skip < longest ? 0 : skip - (longest - 1);
	f->scan = f->start + skip;
	return scan_set_run(f->eng->stream, f->eng->room, f->window + skip, f->len - skip, on_literal, f);
}

/* an anchored content that the window's begin already belies: later bytes do not help */
static bool is_anchor_lost(const struct feed *f, const struct rule *r)
{
	const struct rule_list *l = &r->payload;

	if (!r->anchored)
		return false;
	if (f->start)
		return true;
	for (uint16_t i = 0; i < l->n; i++) {
		const struct rule_match *m = &l->m[i];

		if (m->kind == RULE_MATCH_CONTENT && !m->negated && m->has_depth && !m->depth_var &&
		    !m->offset_var && f->len >= m->depth &&
		    content_find(m, f->window, m->offset, m->depth) == UINT32_MAX)
			return true;
	}
	return false;
}

/* Suricata looks at what was acknowledged when one of their messages is complete: then the other side has its turn */
static bool has_turns(const struct cordon_facts *f)
{
	return f->app == CORDON_APP_HTTP || f->app == CORDON_APP_TLS || f->app == CORDON_APP_DNS || f->app == CORDON_APP_MQTT;
}

/* the number of the chunk that a byte is in */
static uint32_t chunk_of(const struct match_chunks *c, bool turns, uint64_t off)
{
	uint32_t low = 0, high = c->n[turns];

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (c->end[turns][mid] <= off)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* the chunk in which @c's match that ends at @end would be said */
static uint32_t chunk_for(const struct feed *f, const struct candidate *c, uint64_t end)
{
	uint32_t n = chunk_of(f->eng->chunks, has_turns(f->v->facts), end - 1);

	return n < c->chunk ? c->chunk : n;
}

/* does the match end where Suricata never looks? */
static bool is_beyond(const struct feed *f, uint64_t end)
{
	const struct match_chunks *c = f->eng->chunks;
	bool turns = has_turns(f->v->facts);

	return c && c->is_cut && (!c->n[turns] || end > c->end[turns][c->n[turns] - 1]);
}

/*
 * A rule that counts from where Suricata begins to look (a chunk's begin, or behind missing bytes), or that says what must
 * not be there, is judged on one chunk. Return: how much of chunk @k is in the window, from *ret_skip on; 0: not its begin,
 * or of one that must be whole not its end
 */
static uint32_t chunk_part(const struct feed *f, const struct entry *e, uint32_t k, uint32_t *ret_skip)
{
	const struct match_chunks *known = f->eng->chunks;
	bool turns = has_turns(f->v->facts);
	uint64_t from = k ? known->next[turns][k - 1] : 0, end = f->start + f->len;

	if (k < known->n[turns] && known->end[turns][k] < end)
		end = known->end[turns][k];
	else if (k < known->n[turns] && known->end[turns][k] > end && e->asks_absent)
		return 0;
	if (known->gap_end > from && known->gap_end < end)
		from = known->gap_end;
	if (from < f->start && !e->rule->anchored)
		from = f->start;
	if (from < f->start || from >= end)
		return 0;
	*ret_skip = (uint32_t)(from - f->start);
	return (uint32_t)(end - from);
}

/* the last chunk that the latest literal is in: what is behind missing bytes is in two */
static uint32_t last_chunk(const struct feed *f, const struct candidate *c)
{
	const struct match_chunks *known = f->eng->chunks;
	bool turns = has_turns(f->v->facts);
	uint32_t n = chunk_of(known, turns, c->end - 1);

	while (n < known->n[turns] && known->next[turns][n] < c->end)
		n++;
	return n;
}

/* may the latest literal's chunk still become whole? */
static bool waits_for_chunk(const struct feed *f, const struct entry *e, const struct candidate *c)
{
	const struct match_chunks *known = f->eng->chunks;
	bool turns = has_turns(f->v->facts);
	uint32_t n;

	if (!known || !e->asks_absent)
		return false;
	n = last_chunk(f, c);
	return n < known->n[turns] && known->end[turns][n] > f->start + f->len;
}

static enum verdict judge_chunks(struct feed *f, const struct entry *e, struct candidate *c, uint64_t *ret_end)
{
	uint32_t last = last_chunk(f, c), skip, end;

	for (uint32_t k = chunk_for(f, c, f->start + 1); k <= last; k++) {
		uint32_t len = chunk_part(f, e, k, &skip);

		content_begin(f->eng, e->rule);
		if (!len || !content_list(f->eng, &e->rule->payload, f->window + skip, len, &end))
			continue;
		c->chunk = k;
		*ret_end = f->start + skip + (end ? end : len);
		return is_beyond(f, *ret_end) ? NEVER : FITS;
	}
	return NOT_YET;
}

/*
 * judge_now() - one rule on the window, without the bytes its last match used up
 * @c: NULL: it has not matched yet
 * @ret_end: stream offset behind the match
 */
static enum verdict judge_now(struct feed *f, const struct entry *e, struct candidate *c, uint64_t *ret_end)
{
	const struct rule *r = e->rule;
	enum verdict h = confirm_stream(r, f->v->facts);
	bool is_counted = (r->anchored || e->asks_absent) && f->eng->chunks && c && c->end;
	uint64_t used = c ? c->fired : 0;
	uint32_t skip = 0, end;

	if (h == NEVER || (!is_counted && (is_anchor_lost(f, r) || (r->anchored && used))))
		return NEVER;
	if (h == NOT_YET || used >= f->start + f->len)
		return NOT_YET;
	if (is_counted)
		return judge_chunks(f, e, c, ret_end);
	if (used > f->start)
		skip = (uint32_t)(used - f->start);
	content_begin(f->eng, r);
	if (!content_list(f->eng, &r->payload, f->window + skip, f->len - skip, &end))
		return NOT_YET;
	/* a rule of negated conditions alone uses up all it was shown */
	*ret_end = end ? f->start + skip + end : f->start + f->len;
	return is_beyond(f, *ret_end) ? NEVER : FITS;
}

static enum verdict judge(struct feed *f, const struct entry *e, struct candidate *c, uint64_t *ret_end)
{
	uint64_t began = profile_begin(f->eng);
	enum verdict h = judge_now(f, e, c, ret_end);

	profile_end(&f->eng->entries[e->rule->index], began, h == FITS);
	if (h != NEVER)
		profile_applies(&f->eng->entries[e->rule->index]);
	return h;
}

void match_chunks(struct match_engine *eng, const struct match_chunks *c)
{
	if (eng)
		eng->chunks = c;
}

/*
 * Suricata looks at a stream chunk by chunk and says a rule once of each: a chunk is some 2560 acknowledged bytes, or
 * what a message ends. Where nobody knows what will be acknowledged, it is so many bytes, and which of HTTP's messages it
 * is, is told by how much of the other side's bytes the sender had seen.
 */
static bool is_said(const struct feed *f, const struct candidate *c, uint64_t end)
{
	/* a match has used up its chunk where that is known */
	if (!c->said || f->eng->chunks)
		return false;
	return (c->said - 1) / CORDON_STREAM_CHUNK == (end - 1) / CORDON_STREAM_CHUNK &&
	       !(f->v->facts->app == CORDON_APP_HTTP && f->v->ack != c->ack);
}

/*
 * Behind the bytes that a match ending at @end uses up: all of its chunk, where that is known, but for what is looked at
 * with the next one again
 */
static uint64_t used_up(const struct feed *f, struct candidate *c, uint64_t end)
{
	const struct match_chunks *known = f->eng->chunks;
	bool turns = has_turns(f->v->facts);
	uint32_t n;

	if (!known)
		return end;
	n = chunk_for(f, c, end);
	c->chunk = n + 1;
	return n < known->n[turns] ? known->next[turns][n] : UINT64_MAX;
}

/* the bytes fit; what the rule asks of other rules is asked now, and not again for these bytes (as in Suricata) */
static void fire(struct feed *f, struct candidate *c, uint64_t end)
{
	const struct rule *r = f->eng->entries[c->index].rule;

	c->fired = used_up(f, c, end);
	if (is_said(f, c, end) || !confirm_tests(r, f->v) || !hit_asked(f->eng, r, f->v))
		return;
	c->said = end;
	c->was[1] = c->was[0];
	c->was[0] = c->chunk;
	c->ack = f->v->ack;
	hit_add(f->eng, r, f->v);
}

/* Return: it fired, and a literal behind what that used up waits in the same bytes */
static bool judge_once(struct feed *f, struct candidate *c)
{
	const struct entry *e = &f->eng->entries[c->index];
	uint64_t now = f->start + f->len, end;

	switch (judge(f, e, c, &end)) {
	case FITS:
		fire(f, c, end);
		if (c->end < c->fired + e->lit_len || c->fired == UINT64_MAX)
			c->end = 0;
		return c->end && f->eng->chunks;
	case NEVER:
		c->end = 0;
		break;
	case NOT_YET:
		if (waits_for_chunk(f, e, c))
			break;
		if (confirm_stream(e->rule, f->v->facts) == FITS ? now - c->end >= e->span : now - c->end >= CORDON_WINDOW)
			c->end = 0;
		break;
	}
	return false;
}

/* without known chunks a literal behind the match waits for the next delivery */
static void judge_candidate(struct feed *f, struct candidate *c)
{
	while (judge_once(f, c))
		;
}

static int by_rule(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

/* a rule without literal: judged at each delivery. @at: its place in the list, or past the end */
static void judge_bare(struct feed *f, uint32_t index, size_t at)
{
	struct match_stream *s = f->s;
	bool is_listed = at < s->all.len && s->all.data[at].index == index;
	const struct entry *e = &f->eng->entries[index];
	uint64_t end;

	if (judge(f, e, is_listed ? &s->all.data[at] : NULL, &end) != FITS)
		return;
	if (!is_listed && vec_push(&s->all, ((struct candidate){ .index = index })))
		return;
	fire(f, &s->all.data[is_listed ? at : s->all.len - 1], end);
}

/*
 * Candidates and rules without literal, in the order of the ruleset: what a
 * rule sets, a later one may ask for, however the bytes came.
 */
static void judge_all(struct feed *f)
{
	struct match_stream *s = f->s;
	size_t n = s->all.len, i = 0;

	if (n > 1)
		qsort(s->all.data, n, sizeof(s->all.data[0]), by_rule);
	for (size_t k = 0; k < f->eng->bare_stream.len; k++) {
		uint32_t index = f->eng->bare_stream.data[k];

		for (; i < n && s->all.data[i].index < index; i++)
			if (s->all.data[i].end)
				judge_candidate(f, &s->all.data[i]);
		judge_bare(f, index, i < n ? i : SIZE_MAX);
	}
	for (; i < n; i++)
		if (s->all.data[i].end)
			judge_candidate(f, &s->all.data[i]);
}

/* what is decided and has not fired is forgotten */
static void compact(struct match_stream *s)
{
	size_t n = 0;

	s->pending = 0;
	for (size_t i = 0; i < s->all.len; i++) {
		const struct candidate *c = &s->all.data[i];

		if (!c->end && !c->fired)
			continue;
		s->pending += c->end > 0;
		s->all.data[n++] = *c;
	}
	s->all.len = n;
}

/* libhs failed: every rule of streams is a candidate, as if its literal ended here */
static void suspect_all(struct feed *f)
{
	f->eng->stats.scan_errors++;
	for (size_t i = 0; i < f->eng->n; i++) {
		const struct entry *e = &f->eng->entries[i];
		struct candidate *c;

		if (!e->lit || !(e->rule->on & RULE_ON_STREAM) || confirm_header(e->rule, f->v->facts) == NEVER)
			continue;
		c = candidate_get(f->s, (uint32_t)i);
		if (c)
			c->end = f->start + f->len;
	}
}

void match_stream_feed(struct match_engine *eng, struct match_stream **state, const struct view *v,
		       const uint8_t *window, uint32_t len, uint64_t start, uint64_t fresh, match_hit_fn hit, void *ctx)
{
	struct feed f = { .eng = eng, .v = v, .window = window, .len = len, .start = start, .fresh = fresh };

	if (!*state)
		*state = calloc(1, sizeof(**state));
	f.s = *state;
	if (!f.s || !len || fresh < start || fresh >= start + len)
		return;
	/* as Suricata: ciphertext, and what came with its begin */
	if (v->facts->flow_flags & CORDON_FLOW_SEALED)
		return;
	if (hit_is_decided(eng, v)) {
		match_stream_free(*state);
		*state = NULL;
		return;
	}
	f.s->eng = eng;
	f.s->has_chunks = eng->chunks != NULL;
	candidates_index(f.s);
	if (literals(&f))
		suspect_all(&f);
	judge_all(&f);
	compact(f.s);
	hit_emit(eng, v, true, hit, ctx);
}

bool match_stream_pending(const struct match_stream *state, uint64_t end)
{
	(void)end;
	return state && state->pending;
}

void match_stream_gap(struct match_stream **state)
{
	struct match_stream *s = *state;

	if (s && s->has_chunks) {
		for (size_t i = 0; i < s->all.len; i++)
			s->all.data[i].end = 0;
		compact(s);
		return;
	}
	match_stream_free(s);
	*state = NULL;
}

void match_looked(struct match_engine *eng, const struct match_stream *state, const struct match_chunks *c, int64_t off)
{
	if (!eng)
		return;
	eng->looked.state = c ? state : NULL;
	eng->looked.chunks = c;
	eng->looked.off = off;
}

bool stream_said(const struct match_engine *eng, uint32_t index, const struct cordon_facts *f)
{
	const struct match_stream *s = eng->looked.state;
	const struct match_chunks *known = eng->looked.chunks;
	bool turns = has_turns(f);

	for (size_t i = 0; s && i < s->all.len; i++) {
		const struct candidate *c = &s->all.data[i];

		for (int k = 0; c->index == index && k < 2; k++)
			if (c->was[k] && c->was[k] <= known->n[turns] && known->by[turns][c->was[k] - 1] == eng->looked.off)
				return true;
	}
	return false;
}

void match_stream_free(struct match_stream *state)
{
	if (!state)
		return;
	vec_done(&state->all);
	free(state);
}
