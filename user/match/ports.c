/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Port groups: the pairs (source ports, destination ports) of all rules, numbered. Pairs that find no number of their own
 * share three: from any port to one of theirs, from one of theirs to any, from one to one. A gate of such a group names
 * its port as well, if it is one; what has no gate is looked for at the ports of all of them.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "match/engine.h"

#define SHARED 3
#define WIDE 1024 /* ports: such a set would leave little of what it shares a number with */

/* the pairs of all rules, to be counted */
struct pairs {
	struct pair_entry {
		uint64_t key; /* ids of both sets */
		struct port_pair pair;
		bool is_wide;
		UT_hash_handle hh;
	} *all;
};

static uint64_t pair_key(const struct rset *sport, const struct rset *dport)
{
	return (uint64_t)sport->id << 32 | dport->id;
}

static uint32_t count_ports(const struct rset *s)
{
	uint32_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += (uint32_t)(s->r[i].hi - s->r[i].lo) + 1;
	return n;
}

static bool is_wide(const struct rset *sport, const struct rset *dport)
{
	return (sport->is_any || count_ports(sport) > WIDE) && (dport->is_any || count_ports(dport) > WIDE);
}

static int pair_count(struct pairs *p, const struct rset *sport, const struct rset *dport, bool is_always)
{
	uint64_t key = pair_key(sport, dport);
	struct pair_entry *x;

	if (sport->is_any && dport->is_any)
		return 0;
	HASH_FIND(hh, p->all, &key, sizeof(key), x);
	if (!x) {
		x = calloc(1, sizeof(*x));
		if (!x)
			return -ENOMEM;
		x->key = key;
		x->pair.sport = sport;
		x->pair.dport = dport;
		x->is_wide = is_wide(sport, dport);
		HASH_ADD(hh, p->all, key, sizeof(key), x);
	}
	x->pair.rules++;
	x->pair.has_always |= is_always;
	return 0;
}

static void pairs_free(struct pairs *p)
{
	struct pair_entry *x, *next;

	HASH_ITER(hh, p->all, x, next)
	{
		HASH_DEL(p->all, x);
		free(x);
	}
}

static int by_need(const struct pair_entry *a, const struct pair_entry *b)
{
	const struct port_pair *x = &a->pair, *y = &b->pair;

	if (x->has_always != y->has_always)
		return y->has_always - x->has_always;
	if (a->is_wide != b->is_wide)
		return b->is_wide - a->is_wide;
	if (x->rules != y->rules)
		return (y->rules > x->rules) - (y->rules < x->rules);
	/* any order will do, if it is the same every time */
	return (a->key > b->key) - (a->key < b->key);
}

static uint8_t shared_group(const struct port_pair *p)
{
	return (uint8_t)(CORDON_PF_GROUPS - (p->sport->is_any ? 1 : p->dport->is_any ? 2 : 3));
}

/* the first group that is shared, if any is */
static size_t own_groups(const struct pairs *p)
{
	return HASH_COUNT(p->all) < CORDON_PF_GROUPS ? CORDON_PF_GROUPS : CORDON_PF_GROUPS - SHARED;
}

/* numbers from 1 on, in the order of need; group 0 is any, any */
static int number_groups(struct match_engine *eng, struct pairs *p)
{
	size_t own = own_groups(p), n = 1;
	struct pair_entry *x;
	int r = 0;

	HASH_SORT(p->all, by_need);
	for (x = p->all; x && !r; x = x->hh.next) {
		x->pair.group = n < own ? (uint8_t)n++ : shared_group(&x->pair);
		r = vec_push(&eng->pairs, x->pair);
	}
	return r;
}

static void set_group(struct entry *e, struct pairs *p, const struct rset *sport, const struct rset *dport)
{
	uint64_t key = pair_key(sport, dport);
	struct pair_entry *x;
	uint8_t g;

	HASH_FIND(hh, p->all, &key, sizeof(key), x);
	g = x ? x->pair.group : 0;
	e->groups[g / 64] |= CORDON_BIT(g % 64);
}

/* the one port of a set; 0: there are more, or it is port 0, which no gate can name */
static uint16_t only_port(const struct rset *s)
{
	return s->n == 1 && s->r[0].lo == s->r[0].hi ? (uint16_t)s->r[0].lo : 0;
}

static void set_ports(struct entry *e)
{
	e->sport = only_port(e->rule->sport);
	e->dport = only_port(e->rule->dport);
}

static bool is_shared(const struct entry *e, size_t own)
{
	return own < CORDON_PF_GROUPS && e->groups[1] >> (own - 64);
}

int ports_group(struct match_engine *eng)
{
	struct pairs p = { 0 };
	int r = 0;

	for (size_t i = 0; !r && i < eng->n; i++) {
		const struct entry *e = &eng->entries[i];

		r = pair_count(&p, e->rule->sport, e->rule->dport, !e->window.len);
		if (!r && gate_needs_turned(e->rule))
			r = pair_count(&p, e->rule->dport, e->rule->sport, !e->window.len);
	}
	r = r ?: number_groups(eng, &p);
	for (size_t i = 0; !r && i < eng->n; i++) {
		struct entry *e = &eng->entries[i];

		set_group(e, &p, e->rule->sport, e->rule->dport);
		if (gate_needs_turned(e->rule))
			set_group(e, &p, e->rule->dport, e->rule->sport);
		else if (is_shared(e, own_groups(&p)))
			set_ports(e);
	}
	pairs_free(&p);
	return r;
}

/* --- into the kernel's image --- */

static void put_set(__u64 table[65536][2], const struct rset *s, uint8_t group)
{
	for (size_t i = 0; i < s->n; i++)
		for (uint32_t p = (uint32_t)s->r[i].lo; p <= (uint32_t)s->r[i].hi; p++)
			table[p][group / 64] |= CORDON_BIT(group % 64);
}

void ports_put(const struct match_engine *eng)
{
	struct cordon_prefilter *pf = eng->image;
	bool any[2][CORDON_PF_GROUPS] = { 0 }; /* a group that has all ports already, source and destination */

	for (uint32_t p = 0; p < 65536; p++)
		pf->sport_groups[p][0] = pf->dport_groups[p][0] = 1;
	for (size_t i = 0; i < eng->pairs.len; i++) {
		const struct port_pair *x = &eng->pairs.data[i];

		if (!any[0][x->group])
			put_set(pf->sport_groups, x->sport, x->group);
		if (!any[1][x->group])
			put_set(pf->dport_groups, x->dport, x->group);
		any[0][x->group] |= x->sport->is_any;
		any[1][x->group] |= x->dport->is_any;
	}
}
