/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From matches to alerts: Suricata's order of actions (pass, drop, reject,
 * alert), a pass rule that silences the rest, rates, and the callback.
 */
#include <stdlib.h>

#include "match/engine.h"

void found_begin(struct match_engine *eng)
{
	eng->found.len = 0;
	if (!++eng->stamp) {
		for (size_t i = 0; i < eng->n; i++)
			eng->entries[i].stamp = 0;
		eng->stamp = 1;
	}
}

void found_add(uint32_t index, uint32_t end, void *engine)
{
	struct match_engine *eng = engine;

	(void)end;
	if (eng->entries[index].stamp == eng->stamp)
		return;
	eng->entries[index].stamp = eng->stamp;
	eng->entries[index].cost.candidates += eng->entries[index].lit != NULL; /* else see profile_applies() */
	vec_push(&eng->found, index);
}

static int by_index(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void found_sort(struct match_engine *eng)
{
	if (eng->found.len > 1)
		qsort(eng->found.data, eng->found.len, sizeof(eng->found.data[0]), by_index);
}

bool hit_asked(struct match_engine *eng, const struct rule *r, const struct view *v)
{
	for (uint8_t i = 0; i < r->n_ask; i++)
		if (!mark_asked(eng->marks, &r->ask[i], v->facts, v->ts_ns))
			return false;
	return true;
}

void hit_add(struct match_engine *eng, const struct rule *r, const struct view *v)
{
	for (uint8_t i = 0; i < r->n_act; i++)
		mark_act(eng->marks, &r->act[i], v->facts, v->ts_ns);
	member_act(eng->members);
	vec_push(&eng->hits, r);
	if (confirm_both_ways(r, v->facts))
		vec_push(&eng->hits, r);
}

/* the ruleset is in the order of actions, then priorities (rule/load.c) */
static int by_order(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a, *y = *(const struct rule *const *)b;

	return (x->index > y->index) - (x->index < y->index);
}

/* what a packet with a match of bypass leads to counts from the next one on */
static void bypass_now(struct match_engine *eng, const struct view *v)
{
	struct bypass *b = &eng->bypass;

	if (!b->facts.flow_id || (b->facts.flow_id == v->facts->flow_id && b->ts_ns == v->ts_ns))
		return;
	mark_flow_decided(eng->marks, &b->facts);
	b->facts.flow_id = 0;
}

static void bypass_next(struct match_engine *eng, const struct view *v)
{
	for (size_t i = 0; i < eng->hits.len; i++)
		if (eng->hits.data[i]->bypass)
			eng->bypass = (struct bypass){ .facts = *v->facts, .ts_ns = v->ts_ns };
}

bool hit_is_decided(struct match_engine *eng, const struct view *v)
{
	bypass_now(eng, v);
	return mark_flow_is_decided(eng->marks, v->facts);
}

static bool is_suppressed(const struct rule *r, const struct cordon_facts *f)
{
	for (uint16_t i = 0; i < r->n_suppress; i++) {
		const struct rule_suppress *s = &r->suppress[i];

		if (!s->addr || (s->track != RULE_TRACK_DST && rset_has(s->addr, rset_addr(f->saddr))) ||
		    (s->track != RULE_TRACK_SRC && rset_has(s->addr, rset_addr(f->daddr))))
			return true;
	}
	return false;
}

/* one hit; false: a pass, what comes after it is not said */
static bool say(struct match_engine *eng, const struct rule *r, const struct view *v, bool of_flow, match_hit_fn hit,
		void *ctx)
{
	uint8_t action = r->info.action;

	if (!rate_allows(eng->rates, r, true, v->facts, v->ts_ns))
		return true;
	if (rate_filtered(eng->rates, r, v->facts, v->ts_ns))
		action = r->rate_filter.action;
	if (action == RULE_ACTION_PASS && (of_flow || r->once))
		mark_flow_decided(eng->marks, v->facts);
	if (action == RULE_ACTION_PASS)
		return false;
	if (!is_suppressed(r, v->facts) && rate_allows(eng->rates, r, false, v->facts, v->ts_ns) && !r->noalert) {
		eng->entries[r->index].cost.alerts++;
		hit(r, action, ctx);
	}
	return true;
}

void hit_emit(struct match_engine *eng, const struct view *v, bool of_flow, match_hit_fn hit, void *ctx)
{
	if (eng->hits.len > 1)
		qsort(eng->hits.data, eng->hits.len, sizeof(eng->hits.data[0]), by_order);
	bypass_next(eng, v);
	for (size_t i = 0; i < eng->hits.len; i++)
		if (!say(eng, eng->hits.data[i], v, of_flow, hit, ctx))
			break;
	eng->hits.len = 0;
}
