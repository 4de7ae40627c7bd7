/* SPDX-License-Identifier: BSD-2-Clause */
/* Range sets: see set.h. */
#include "rule/set.h"

#include <stdlib.h>

bool rset_has(const struct rset *s, rset_key v)
{
	size_t lo = 0, hi = s->n;

	if (s->is_any)
		return true;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (v > s->r[mid].hi)
			lo = mid + 1;
		else if (v < s->r[mid].lo)
			hi = mid;
		else
			return true;
	}
	return false;
}

rset_key rset_addr(const uint8_t addr[16])
{
	uint64_t hi, lo;

	__builtin_memcpy(&hi, addr, 8);
	__builtin_memcpy(&lo, addr + 8, 8);
	return (rset_key)__builtin_bswap64(hi) << 64 | __builtin_bswap64(lo);
}

static int by_start(const void *a, const void *b)
{
	const struct rset_range *x = a, *y = b;

	return (x->lo > y->lo) - (x->lo < y->lo);
}

void rset_normalise(rset_vec *v)
{
	size_t n = 0;

	if (!v->len)
		return;
	qsort(v->data, v->len, sizeof(v->data[0]), by_start);
	for (size_t i = 1; i < v->len; i++) {
		struct rset_range *last = &v->data[n];

		/* the second test keeps hi + 1 from wrapping */
		if (v->data[i].lo <= last->hi || v->data[i].lo - 1 == last->hi) {
			if (v->data[i].hi > last->hi)
				last->hi = v->data[i].hi;
		} else {
			v->data[++n] = v->data[i];
		}
	}
	v->len = n + 1;
}

/* what is left of @r after the ranges of @what from *i on */
static int subtract_one(struct rset_range r, const rset_vec *what, size_t *i, rset_vec *ret)
{
	while (*i < what->len && what->data[*i].hi < r.lo)
		(*i)++;
	for (size_t k = *i; k < what->len && what->data[k].lo <= r.hi; k++) {
		struct rset_range w = what->data[k];

		if (w.lo > r.lo && vec_push(ret, ((struct rset_range){ r.lo, w.lo - 1 })))
			return -ENOMEM;
		if (w.hi >= r.hi)
			return 0;
		r.lo = w.hi + 1;
	}
	return vec_push(ret, r);
}

int rset_subtract(const rset_vec *from, const rset_vec *what, rset_vec *ret)
{
	size_t i = 0;

	for (size_t k = 0; k < from->len; k++) {
		int r = subtract_one(from->data[k], what, &i, ret);

		if (r)
			return r;
	}
	return 0;
}
