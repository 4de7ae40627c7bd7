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

static void sent_add(struct sent *s, uint32_t bytes, uint32_t ns)
{
	s->packets++;
	s->bytes += bytes;
	s->timed += ns != 0;
	s->ns += ns;
}

void match_profile_sent(struct match_engine *eng, unsigned int how, uint64_t literal, uint32_t bytes, uint32_t ns)
{
	struct sent_literal *l;

	if (how != SENT_LITERAL) {
		sent_add(&eng->sent_by[how], bytes, ns);
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
		sent_add(&l->sent, bytes, ns);
}

void profile_free(struct match_engine *eng)
{
	struct sent_literal *l, *tmp;

	HASH_ITER(hh, eng->sent, l, tmp) {
		HASH_DEL(eng->sent, l);
		free(l);
	}
}

/* what was sent up for @e and those it shares it with; NULL: nothing */
static struct sent *sent_for(struct match_engine *eng, const struct entry *e)
{
	uint64_t literal = window_value(&e->window);
	struct sent_literal *l;

	if (!e->window.len)
		return &eng->sent_by[e->head.len ? SENT_PLACE : SENT_ALWAYS];
	HASH_FIND(hh, eng->sent, &literal, sizeof(literal), l);
	return l ? &l->sent : NULL;
}

/* who shares what was sent: counted anew for each question, since rules are looked at all the time */
static void profile_share(struct match_engine *eng)
{
	struct sent_literal *l, *tmp;

	for (unsigned int i = 0; i < SENT_WAYS; i++)
		eng->sent_by[i].candidates = eng->sent_by[i].rules = 0;
	HASH_ITER(hh, eng->sent, l, tmp)
		l->sent.candidates = l->sent.rules = 0;
	for (size_t i = 0; i < eng->n; i++) {
		struct sent *s = sent_for(eng, &eng->entries[i]);

		if (!s)
			continue;
		s->candidates += eng->entries[i].cost.candidates;
		s->rules++;
	}
}

/* @ns of @timed, as all @n would have taken */
static uint64_t estimate(uint64_t ns, uint64_t timed, uint64_t n)
{
	return timed ? (uint64_t)((double)ns / (double)timed * (double)n) : 0;
}

static uint64_t kernel_ns(const struct sent *s, const struct entry *e)
{
	double all = (double)estimate(s->ns, s->timed, s->packets);

	return (uint64_t)(s->candidates ? all / (double)s->candidates * (double)e->cost.candidates : all / s->rules);
}

/* after profile_share() */
static struct match_profile cost_of(struct match_engine *eng, const struct entry *e)
{
	const struct sent *s = sent_for(eng, e);
	struct match_profile c = e->cost;

	c.ns = estimate(e->cost.ns, e->cost.timed, e->cost.checks);
	if (!s)
		return c;
	c.sent = s->packets;
	c.sent_bytes = s->bytes;
	c.shared_by = s->rules;
	c.kernel_ns = kernel_ns(s, e);
	return c;
}

struct row {
	const struct entry *e;
	struct match_profile cost;
};

static int by_cost(const void *a, const void *b)
{
	const struct match_profile *x = &((const struct row *)a)->cost, *y = &((const struct row *)b)->cost;
	uint64_t p = x->ns + x->kernel_ns, q = y->ns + y->kernel_ns;

	if (p == q) {
		p = x->checks;
		q = y->checks;
	}
	return (q > p) - (q < p);
}

/* how the kernel finds packets for it: the same words as in README.md */
static const char *kernel_part(const struct entry *e)
{
	return e->window.len ? "literal" : e->head.len ? "place" : "always";
}

static void row(struct json *j, const struct row *r)
{
	const struct rule_info *info = &r->e->rule->info;

	json_begin(j, NULL, '{');
	json_u64(j, "sid", info->sid);
	json_u64(j, "gid", info->gid);
	json_u64(j, "rev", info->rev);
	json_str(j, "msg", info->msg);
	json_str(j, "kernel", kernel_part(r->e));
	match_profile_json(j, &r->cost);
	json_end(j, '}');
}

void match_profile_json(struct json *j, const struct match_profile *c)
{
	json_u64(j, "sent", c->sent);
	json_u64(j, "sent_bytes", c->sent_bytes);
	json_u64(j, "shared_by", c->shared_by);
	json_u64(j, "kernel_ns", c->kernel_ns);
	json_u64(j, "candidates", c->candidates);
	json_u64(j, "checks", c->checks);
	json_u64(j, "matches", c->matches);
	json_u64(j, "alerts", c->alerts);
	json_u64(j, "ns", c->ns);
	json_u64(j, "ns_per_check", c->checks ? c->ns / c->checks : 0);
}

/* what all rules without a literal share is no cost of one that nobody looked at */
static bool has_cost(const struct row *r)
{
	return r->cost.candidates || r->cost.checks || (r->e->window.len && r->cost.sent);
}

int match_profile(struct match_engine *eng, struct json *j)
{
	struct row *v = calloc(eng->n + 1, sizeof(*v));
	size_t n = 0;

	if (!v)
		return -ENOMEM;
	profile_share(eng);
	for (size_t i = 0; i < eng->n; i++) {
		v[n] = (struct row){ &eng->entries[i], cost_of(eng, &eng->entries[i]) };
		n += has_cost(&v[n]);
	}
	qsort(v, n, sizeof(*v), by_cost);
	json_begin(j, "profile", '[');
	for (size_t i = 0; i < n; i++)
		row(j, &v[i]);
	json_end(j, ']');
	free(v);
	return 0;
}

void match_profile_all(struct match_engine *eng)
{
	eng->profile_every = 1;
}

void match_profile_get(struct match_engine *eng, uint32_t index, struct match_profile *ret)
{
	profile_share(eng);
	*ret = cost_of(eng, &eng->entries[index]);
}
