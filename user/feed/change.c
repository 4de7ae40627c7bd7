// SPDX-License-Identifier: BSD-2-Clause
/* One generation of a feed beside the one before it, by value; see feed_compare(). */
#include "feed/parse.h"

#include <string.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(struct value_set, value_set_free)

static int index_old(const struct indicators *old, struct value_set **ret)
{
	int r = value_set_new(old, old->v.len, ret);

	for (uint32_t i = 0; i < old->v.len && !r; i += VALUE_SET_BATCH) {
		uint32_t left = (uint32_t)old->v.len - i, n = left < VALUE_SET_BATCH ? left : VALUE_SET_BATCH;
		uint64_t hash[VALUE_SET_BATCH];

		for (uint32_t k = 0; k < n; k++)
			hash[k] = value_set_hash(*ret, old, &old->v.data[i + k]);
		for (uint32_t k = 0; k < n; k++)
			value_set_add(*ret, i + k, hash[k]);
	}
	return r;
}

static uint32_t find(const struct value_set *s, const struct indicators *in, const struct indicator *e)
{
	const char *name = indicator_value(in, e);

	return e->kind >= CORDON_INDICATOR_DOMAIN ? value_set_name(s, name, strlen(name)) : value_set_prefix(s, &e->prefix);
}

int feed_compare(struct indicators *now, const struct indicators *old, uint64_t now_ns, struct feed_change *ret)
{
	_cleanup_(value_set_free) struct value_set *s = NULL;
	uint64_t before = old ? old->v.len : 0;
	int r = old ? index_old(old, &s) : 0;

	if (r)
		return r;
	*ret = (struct feed_change){0};
	for (size_t i = 0; i < now->v.len; i++) {
		struct indicator *e = &now->v.data[i];
		uint32_t same = s ? find(s, now, e) : 0;

		ret->kept += same != 0;
		if (!e->first_seen_s)
			e->first_seen_s = same ? old->v.data[same - 1].first_seen_s : (uint32_t)(now_ns / 1000000000ULL);
	}
	ret->added = now->v.len - ret->kept;
	ret->removed = before > ret->kept ? before - ret->kept : 0; /* values twice in a list count once each */
	return 0;
}
