// SPDX-License-Identifier: BSD-2-Clause
/* What each rule costs, told. See profile.h. */
#include "match/profile.h"

#include <stdlib.h>

static uint64_t total_ns(const struct entry *e)
{
	return e->cost.timed ? (uint64_t)((double)e->cost.ns / (double)e->cost.timed * (double)e->cost.checks) : 0;
}

static int by_cost(const void *a, const void *b)
{
	const struct entry *x = *(const struct entry *const *)a, *y = *(const struct entry *const *)b;
	uint64_t p = total_ns(x), q = total_ns(y);

	if (p == q) {
		p = x->cost.checks;
		q = y->cost.checks;
	}
	return (q > p) - (q < p);
}

/* how the kernel finds packets for it: the same words as in README.md */
static const char *kernel_part(const struct entry *e)
{
	return e->window.len ? "literal" : e->head.len ? "place" : "always";
}

static void row(struct json *j, const struct entry *e)
{
	uint64_t ns = total_ns(e);

	json_begin(j, NULL, '{');
	json_u64(j, "sid", e->rule->info.sid);
	json_u64(j, "gid", e->rule->info.gid);
	json_u64(j, "rev", e->rule->info.rev);
	json_str(j, "msg", e->rule->info.msg);
	json_str(j, "kernel", kernel_part(e));
	json_u64(j, "candidates", e->cost.candidates);
	json_u64(j, "checks", e->cost.checks);
	json_u64(j, "matches", e->cost.matches);
	json_u64(j, "alerts", e->cost.alerts);
	json_u64(j, "ns", ns);
	json_u64(j, "ns_per_check", e->cost.checks ? ns / e->cost.checks : 0);
	json_end(j, '}');
}

int match_profile(const struct match_engine *eng, struct json *j)
{
	const struct entry **v = calloc(eng->n + 1, sizeof(*v));
	size_t n = 0;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < eng->n; i++)
		if (eng->entries[i].cost.candidates || eng->entries[i].cost.checks)
			v[n++] = &eng->entries[i];
	qsort(v, n, sizeof(*v), by_cost);
	json_begin(j, "profile", '[');
	for (size_t i = 0; i < n; i++)
		row(j, v[i]);
	json_end(j, ']');
	free(v);
	return 0;
}

void match_profile_all(struct match_engine *eng)
{
	eng->profile_every = 1;
}

void match_profile_get(const struct match_engine *eng, uint32_t index, struct match_profile *ret)
{
	const struct entry *e = &eng->entries[index];

	*ret = e->cost;
	ret->ns = total_ns(e);
}
