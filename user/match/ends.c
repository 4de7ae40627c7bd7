/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Most rules are from $EXTERNAL_NET to $HOME_NET or the other way round, and concern no packet between two hosts of
 * $HOME_NET, nor half of what one of them and the outside say. The address set that rules name most often cuts the
 * address space in two, if it is a few prefixes; of each rule is told on which side its ends can be. What its addresses
 * are exactly is for confirm.c.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "match/engine.h"

struct side {
	const struct rset *set;
	uint32_t rules;
	bool in, out; /* some of the set is inside, some outside */
};

typedef VEC(struct side) sides;

static int by_id(const void *a, const void *b)
{
	const struct side *x = a, *y = b;

	return (x->set->id > y->set->id) - (x->set->id < y->set->id);
}

/* each set once, with how many rules name it */
static int collect(const struct match_engine *eng, sides *v)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; !r && i < eng->n; i++) {
		r = vec_push(v, ((struct side){ .set = eng->entries[i].rule->src, .rules = 1 }));
		r = r ?: vec_push(v, ((struct side){ .set = eng->entries[i].rule->dst, .rules = 1 }));
	}
	if (r || !v->len)
		return r;
	qsort(v->data, v->len, sizeof(v->data[0]), by_id);
	for (size_t i = 1; i < v->len; i++)
		if (by_id(&v->data[n], &v->data[i]))
			v->data[++n] = v->data[i];
		else
			v->data[n].rules++;
	v->len = n + 1;
	return 0;
}

/* --- a set as prefixes --- */

static void put_be(__u64 to[2], rset_key v)
{
	to[0] = __builtin_bswap64((uint64_t)(v >> 64));
	to[1] = __builtin_bswap64((uint64_t)v);
}

/* the prefixes of @r behind the @n there are; more than there is room for: CORDON_PF_NETS + 1 */
static uint32_t range_nets(struct rset_range r, struct cordon_pf_net *nets, uint32_t n)
{
	for (;;) {
		rset_key low = r.lo ? (r.lo & -r.lo) - 1 : RSET_ADDR_MAX; /* host bits of the largest block that begins here */

		while (low > r.hi - r.lo)
			low >>= 1;
		if (n >= CORDON_PF_NETS)
			return CORDON_PF_NETS + 1;
		put_be(nets[n].addr, r.lo);
		put_be(nets[n++].mask, ~low);
		if (low == r.hi - r.lo)
			return n;
		r.lo += low + 1;
	}
}

/* how many prefixes; CORDON_PF_NETS + 1: too many */
static uint32_t set_nets(const struct rset *s, struct cordon_pf_net *nets)
{
	uint32_t n = 0;

	for (size_t i = 0; i < s->n && n <= CORDON_PF_NETS; i++)
		n = range_nets(s->r[i], nets, n);
	return n;
}

static const struct rset *choose(const sides *v)
{
	struct cordon_pf_net nets[CORDON_PF_NETS];
	const struct side *best = NULL;

	for (size_t i = 0; i < v->len; i++) {
		const struct side *x = &v->data[i];

		if (!x->set->is_any && x->set->n && (!best || x->rules > best->rules) &&
		    set_nets(x->set, nets) <= CORDON_PF_NETS)
			best = x;
	}
	return best ? best->set : NULL;
}

/* --- on which side --- */

static bool touch(const struct rset *a, const struct rset *b)
{
	size_t i = 0, k = 0;

	while (i < a->n && k < b->n) {
		if (a->r[i].hi < b->r[k].lo)
			i++;
		else if (b->r[k].hi < a->r[i].lo)
			k++;
		else
			return true;
	}
	return false;
}

static int side_of(struct side *x, const struct rset *inside)
{
	rset_vec from = { .data = x->set->r, .len = x->set->n }, what = { .data = inside->r, .len = inside->n }, rest = { 0 };
	int r = 0;

	if (x->set->is_any) {
		x->in = x->out = true;
		return 0;
	}
	x->in = touch(x->set, inside);
	r = rset_subtract(&from, &what, &rest);
	x->out = rest.len > 0;
	vec_done(&rest);
	return r;
}

static uint8_t pairs(const struct side *src, const struct side *dst)
{
	uint8_t ends = 0;

	for (unsigned int i = 0; i < CORDON_PF_ENDS; i++)
		if ((i & CORDON_END_SRC ? src->in : src->out) && (i & CORDON_END_DST ? dst->in : dst->out))
			ends |= (uint8_t)(1u << i);
	return ends;
}

static uint8_t entry_ends(const sides *v, const struct entry *e)
{
	struct side src = { .set = e->rule->src }, dst = { .set = e->rule->dst };
	const struct side *s = bsearch(&src, v->data, v->len, sizeof(src), by_id),
			  *d = bsearch(&dst, v->data, v->len, sizeof(dst), by_id);

	if (!s || !d)
		return CORDON_PF_ALL_ENDS;
	return pairs(s, d) | (gate_needs_turned(e->rule) || gate_is_answered(e->rule) ? pairs(d, s) : 0);
}

int ends_of(struct match_engine *eng)
{
	const struct rset *inside;
	sides v = { 0 };
	int r = collect(eng, &v);

	inside = r ? NULL : choose(&v);
	if (inside)
		eng->image->n_nets = set_nets(inside, eng->image->nets);
	for (size_t i = 0; inside && !r && i < v.len; i++)
		r = side_of(&v.data[i], inside);
	for (size_t i = 0; !r && i < eng->n; i++)
		eng->entries[i].ends = inside ? entry_ends(&v, &eng->entries[i]) : CORDON_PF_ALL_ENDS;
	vec_done(&v);
	return r;
}
