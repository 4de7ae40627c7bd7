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

void hit_add(struct match_engine *eng, const struct rule *r)
{
	vec_push(&eng->hits, r);
}

static int rank(const struct rule *r)
{
	static const int of[] = { [RULE_ACTION_PASS] = 0, [RULE_ACTION_DROP] = 1, [RULE_ACTION_REJECT] = 2,
				  [RULE_ACTION_ALERT] = 3 };

	return of[r->info.action];
}

static int by_rank(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a, *y = *(const struct rule *const *)b;

	if (rank(x) != rank(y))
		return rank(x) - rank(y);
	if (x->info.severity != y->info.severity)
		return x->info.severity - y->info.severity;
	return (x->index > y->index) - (x->index < y->index);
}

void hit_emit(struct match_engine *eng, const struct view *v, match_hit_fn hit, void *ctx)
{
	if (eng->hits.len > 1)
		qsort(eng->hits.data, eng->hits.len, sizeof(eng->hits.data[0]), by_rank);
	for (size_t i = 0; i < eng->hits.len; i++) {
		const struct rule *r = eng->hits.data[i];

		if (!rate_allows(eng->rates, r, true, v->facts, v->ts_ns))
			continue;
		if (r->info.action == RULE_ACTION_PASS)
			break;
		if (rate_allows(eng->rates, r, false, v->facts, v->ts_ns) && !r->noalert)
			hit(r, ctx);
	}
	eng->hits.len = 0;
}

bool hit_was_packet(const struct match_engine *eng, const struct view *v, const struct rule *r)
{
	if (eng->hit_record != v->hdr || eng->hit_ts != v->ts_ns)
		return false;
	for (size_t i = 0; i < eng->hit_rules.len; i++)
		if (eng->hit_rules.data[i] == r)
			return true;
	return false;
}
