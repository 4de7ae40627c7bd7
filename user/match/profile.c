// SPDX-License-Identifier: BSD-2-Clause
/* What each rule costs, told. See profile.h. */
#include "match/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct sent_literal {
	uint64_t literal;
	struct sent sent;
	UT_hash_handle hh;
};

static void sent_add(struct sent *s, uint32_t bytes)
{
	s->packets++;
	s->bytes += bytes;
}

void match_profile_sent(struct match_engine *eng, unsigned int how, uint64_t literal, uint32_t bytes)
{
	struct sent_literal *l;

	if (how != SENT_LITERAL) {
		sent_add(&eng->sent_by[how], bytes);
		return;
	}
	HASH_FIND(hh, eng->sent, &literal, sizeof(literal), l);
	/* no more than there are windows: of an image that has just been replaced, some may be told of */
	if (!l && HASH_COUNT(eng->sent) < CORDON_PF_ENTRIES) {
		l = calloc(1, sizeof(*l));
		if (!l)
			return;
		l->literal = literal;
		HASH_ADD(hh, eng->sent, literal, sizeof(l->literal), l);
		if (!l->hh.tbl) { /* uthash had no memory */
			free(l);
			return;
		}
	}
	if (l)
		sent_add(&l->sent, bytes);
}

void profile_free(struct match_engine *eng)
{
	struct sent_literal *l, *tmp;

	HASH_ITER(hh, eng->sent, l, tmp) {
		HASH_DEL(eng->sent, l);
		free(l);
	}
}

static struct sent sent_for(const struct match_engine *eng, const struct entry *e)
{
	uint64_t literal = window_value(&e->window);
	struct sent_literal *l;

	if (!e->window.len)
		return eng->sent_by[e->head.len ? SENT_PLACE : SENT_ALWAYS];
	HASH_FIND(hh, eng->sent, &literal, sizeof(literal), l);
	return l ? l->sent : (struct sent){ 0 };
}

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

static void row(struct json *j, const struct match_engine *eng, const struct entry *e)
{
	struct sent sent = sent_for(eng, e);
	uint64_t ns = total_ns(e);

	json_begin(j, NULL, '{');
	json_u64(j, "sid", e->rule->info.sid);
	json_u64(j, "gid", e->rule->info.gid);
	json_u64(j, "rev", e->rule->info.rev);
	json_str(j, "msg", e->rule->info.msg);
	json_str(j, "kernel", kernel_part(e));
	json_u64(j, "sent", sent.packets);
	json_u64(j, "sent_bytes", sent.bytes);
	json_u64(j, "candidates", e->cost.candidates);
	json_u64(j, "checks", e->cost.checks);
	json_u64(j, "matches", e->cost.matches);
	json_u64(j, "alerts", e->cost.alerts);
	json_u64(j, "ns", ns);
	json_u64(j, "ns_per_check", e->cost.checks ? ns / e->cost.checks : 0);
	json_end(j, '}');
}

/* what all rules without a literal share is no cost of one that nobody looked at */
static bool has_cost(const struct match_engine *eng, const struct entry *e)
{
	return e->cost.candidates || e->cost.checks || (e->window.len && sent_for(eng, e).packets);
}

int match_profile(const struct match_engine *eng, struct json *j)
{
	const struct entry **v = calloc(eng->n + 1, sizeof(*v));
	size_t n = 0;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < eng->n; i++)
		if (has_cost(eng, &eng->entries[i]))
			v[n++] = &eng->entries[i];
	qsort(v, n, sizeof(*v), by_cost);
	json_begin(j, "profile", '[');
	for (size_t i = 0; i < n; i++)
		row(j, eng, v[i]);
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

	struct sent sent = sent_for(eng, e);

	*ret = e->cost;
	ret->sent = sent.packets;
	ret->sent_bytes = sent.bytes;
	ret->ns = total_ns(e);
}
