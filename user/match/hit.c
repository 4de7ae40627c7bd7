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
	vec_push(&eng->hits, r);
}

/* the ruleset is in the order of actions, then priorities (rule/load.c) */
static int by_order(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a, *y = *(const struct rule *const *)b;

	return (x->index > y->index) - (x->index < y->index);
}

bool hit_is_decided(const struct match_engine *eng, const struct view *v)
{
	return mark_flow_is_decided(eng->marks, v->facts);
}

void hit_emit(struct match_engine *eng, const struct view *v, bool of_flow, match_hit_fn hit, void *ctx)
{
	if (eng->hits.len > 1)
		qsort(eng->hits.data, eng->hits.len, sizeof(eng->hits.data[0]), by_order);
	for (size_t i = 0; i < eng->hits.len; i++) {
		const struct rule *r = eng->hits.data[i];

		if (!rate_allows(eng->rates, r, true, v->facts, v->ts_ns))
			continue;
		if (r->info.action == RULE_ACTION_PASS && (of_flow || r->once))
			mark_flow_decided(eng->marks, v->facts);
		if (r->info.action == RULE_ACTION_PASS)
			break;
		if (rate_allows(eng->rates, r, false, v->facts, v->ts_ns) && !r->noalert)
			hit(r, ctx);
	}
	eng->hits.len = 0;
}
