// SPDX-License-Identifier: BSD-2-Clause
/* IP reputation: lines to ranges, nested prefixes to disjoint ones. See iprep.h. */
#include "rule/iprep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "cordon_limits.h"
#include "rule/draft.h"

#define SCORE_MAX 127

int iprep_category_line(struct iprep *i, char *line, const char **why)
{
	char *part[3];
	uint64_t id;

	*why = "not of the form number,name,description";
	/* as Suricata: a description holds no comma that matters */
	part[2] = strchr(line, ',') ? strchr(strchr(line, ',') + 1, ',') : NULL;
	if (!part[2])
		return -EINVAL;
	*part[2] = 0;
	if (text_split(line, ',', part, 2) != 2)
		return -EINVAL;
	*why = "the number is not 1 to 59, or the name is not 1 to 63 characters";
	if (str_to_u64(part[0], 1, IPREP_CATEGORIES - 1, &id) || !*part[1] || strlen(part[1]) >= sizeof(i->category[id].name))
		return -EINVAL;
	str_copy(i->category[id].name, sizeof(i->category[id].name), part[1]);
	return 0;
}

static rset_key last_of(const struct prefix *p)
{
	rset_key first = rset_addr(p->addr.b);

	return p->len ? first | (p->len < 128 ? RSET_ADDR_MAX >> p->len : 0) : RSET_ADDR_MAX;
}

int iprep_line(struct iprep *i, char *line, const char **why)
{
	struct iprep_range x;
	uint64_t id, score;
	struct prefix p;
	char *part[3];

	*why = "not of the form address or prefix,category,score";
	if (text_split(line, ',', part, 3) != 3 || prefix_parse(part[0], &p) < 0)
		return -EINVAL;
	*why = "a category of 1 to 59 and a score of 0 to 127 are known";
	if (str_to_u64(part[1], 1, IPREP_CATEGORIES - 1, &id) || str_to_u64(part[2], 0, SCORE_MAX, &score))
		return -EINVAL;
	*why = "too many entries";
	if (i->lines++ >= CORDON_IPREP_ENTRIES)
		return -EINVAL;
	x = (struct iprep_range){ .lo = rset_addr(p.addr.b), .hi = last_of(&p), .score = (uint8_t)score };
	if (strchr(part[0], '/'))
		return vec_push(&i->category[id].nets, x);
	return vec_push(&i->category[id].hosts, x) ?: vec_push(&i->hosts, x);
}

/* the wider before those inside it; of two alike the later one counts, so it comes last: the sort is stable */
static int by_place(const struct iprep_range *x, const struct iprep_range *y)
{
	if (x->lo != y->lo)
		return x->lo < y->lo ? -1 : 1;
	return x->hi == y->hi ? 0 : x->hi > y->hi ? -1 : 1;
}

static void merge_sort(struct iprep_range *v, struct iprep_range *room, size_t n)
{
	size_t half = n / 2, a = 0, b = half, w = 0;

	if (n < 2)
		return;
	merge_sort(v, room, half);
	merge_sort(v + half, room, n - half);
	while (a < half || b < n)
		room[w++] = b == n || (a < half && by_place(&v[a], &v[b]) <= 0) ? v[a++] : v[b++];
	memcpy(v, room, n * sizeof(*v));
}

struct flat {
	VEC(struct iprep_range) out;
	rset_key next; /* first address nothing was said of yet */
	bool is_full;  /* none is left */
};

/* @r up to @hi, from where the last one ended */
static int flat_put(struct flat *f, const struct iprep_range *r, rset_key hi)
{
	rset_key lo = r->lo > f->next ? r->lo : f->next;
	struct iprep_range x = { .lo = lo, .hi = hi, .score = r->score };

	if (f->is_full || lo > hi)
		return 0;
	f->is_full = hi == RSET_ADDR_MAX;
	f->next = hi + 1;
	return vec_push(&f->out, x);
}

/* prefixes nest or are apart: a stack of those that are open */
static int flatten(iprep_ranges *c)
{
	struct iprep_range *v = c->data, *open[130];
	struct flat f = { .next = 0 };
	size_t depth = 0, n = c->len;
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		if (i + 1 < n && !by_place(&v[i], &v[i + 1]))
			continue;
		for (; !r && depth && open[depth - 1]->hi < v[i].lo; depth--)
			r = flat_put(&f, open[depth - 1], open[depth - 1]->hi);
		if (!r && depth && v[i].lo)
			r = flat_put(&f, open[depth - 1], v[i].lo - 1);
		open[depth++] = &v[i]; /* 129 lengths of a prefix at most */
	}
	for (; !r && depth; depth--)
		r = flat_put(&f, open[depth - 1], open[depth - 1]->hi);
	if (r) {
		vec_done(&f.out);
		return r;
	}
	vec_done(c);
	c->data = f.out.data;
	c->len = f.out.len;
	c->cap = f.out.cap;
	return 0;
}

static int finish(iprep_ranges *c)
{
	_cleanup_free_ struct iprep_range *room = calloc(c->len + 1, sizeof(*room));

	if (!room)
		return -ENOMEM;
	merge_sort(c->data, room, c->len);
	return flatten(c);
}

int iprep_finish(struct iprep *i)
{
	int r = finish(&i->hosts);

	for (size_t k = 0; !r && k < IPREP_CATEGORIES; k++) {
		i->category[k].of = i;
		r = finish(&i->category[k].hosts) ?: finish(&i->category[k].nets);
	}
	return r;
}

const struct iprep_category *iprep_find(const struct iprep *i, const char *name)
{
	for (size_t k = 1; i && k < IPREP_CATEGORIES; k++)
		if (!strcmp(i->category[k].name, name))
			return &i->category[k];
	return NULL;
}

/* the range an address is in, or NULL */
static const struct iprep_range *range_of(const iprep_ranges *c, rset_key addr)
{
	size_t lo = 0, hi = c->len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->data[mid].hi < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->len && c->data[lo].lo <= addr ? &c->data[lo] : NULL;
}

int iprep_score(const struct iprep_category *c, rset_key addr)
{
	bool is_listed = range_of(&c->of->hosts, addr);
	const struct iprep_range *x = range_of(is_listed ? &c->hosts : &c->nets, addr);

	return x ? x->score : is_listed ? 0 : -1;
}

void iprep_free(struct iprep *i)
{
	if (!i)
		return;
	for (size_t k = 0; k < IPREP_CATEGORIES; k++) {
		vec_done(&i->category[k].hosts);
		vec_done(&i->category[k].nets);
	}
	vec_done(&i->hosts);
	free(i);
}
