// SPDX-License-Identifier: BSD-2-Clause
/*
 * Entries of an indicator set by value: open addressing over 64-bit slots,
 * upper half a tag of the hash, lower half index + 1, so that a look-up touches
 * an entry only when it is very likely the right one. The hash is a seeded
 * SipHash: feeds are written by outsiders. Adding a million entries is a million
 * cache misses, so the hashes of a batch are made, and their slots prefetched, first.
 */
#include "feed/parse.h"

#include <string.h>

#include "base/hash.h"

struct value_set {
	const struct indicators *in;
	uint64_t *slot;
	size_t mask;
};

static uint64_t hash_prefix(const struct prefix *p)
{
	_Static_assert(sizeof(*p) == 17, "no padding is hashed");

	return hash_seeded(p, sizeof(*p));
}

uint64_t value_set_hash(const struct value_set *s, const struct indicators *in,
			const struct indicator *e)
{
	const char *name = indicator_value(in, e);
	uint64_t h = *name ? hash_seeded(name, strlen(name)) : hash_prefix(&e->prefix);

	__builtin_prefetch(&s->slot[h & s->mask], 1);
	return h;
}

int value_set_new(const struct indicators *in, size_t expected, struct value_set **ret)
{
	struct value_set *s = calloc(1, sizeof(*s));
	size_t n = 64;

	while (n < expected + expected / 2)
		n *= 2;
	if (s)
		s->slot = calloc(n, sizeof(*s->slot));
	if (!s || !s->slot) {
		free(s);
		return -ENOMEM;
	}
	s->in = in;
	s->mask = n - 1;
	*ret = s;
	return 0;
}

void value_set_free(struct value_set *s)
{
	if (!s)
		return;
	free(s->slot);
	free(s);
}

static bool same_prefix(const struct indicator *e, const struct prefix *p)
{
	return e->kind <= CORDON_INDICATOR_IPV6 && !memcmp(&e->prefix, p, sizeof(*p));
}

static bool same_name(const struct value_set *s, const struct indicator *e, const char *name,
		      size_t len)
{
	const char *mine = indicator_value(s->in, e);

	return e->kind >= CORDON_INDICATOR_DOMAIN && !strncmp(mine, name, len) && !mine[len];
}

/* the slot that holds this value, or the free one where it belongs; @p or @name */
static uint64_t *find(const struct value_set *s, uint64_t h, const struct prefix *p,
		      const char *name, size_t len)
{
	uint64_t tag = h & ~0xffffffffULL;

	for (size_t i = h & s->mask;; i = (i + 1) & s->mask) {
		uint64_t slot = s->slot[i];
		const struct indicator *e;

		if (!slot)
			return &s->slot[i];
		if ((slot & ~0xffffffffULL) != tag)
			continue;
		e = &s->in->v.data[(uint32_t)slot - 1];
		if (p ? same_prefix(e, p) : same_name(s, e, name, len))
			return &s->slot[i];
	}
}

uint32_t value_set_prefix(const struct value_set *s, const struct prefix *p)
{
	return (uint32_t)*find(s, hash_prefix(p), p, NULL, 0);
}

uint32_t value_set_name(const struct value_set *s, const char *name, size_t len)
{
	return (uint32_t)*find(s, hash_seeded(name, len), NULL, name, len);
}

uint32_t value_set_add(struct value_set *s, uint32_t entry, uint64_t h)
{
	const struct indicator *e = &s->in->v.data[entry];
	const char *name = indicator_value(s->in, e);
	uint64_t *slot = e->kind >= CORDON_INDICATOR_DOMAIN ? find(s, h, NULL, name, strlen(name))
							    : find(s, h, &e->prefix, NULL, 0);

	if (*slot)
		return (uint32_t)*slot;
	*slot = (h & ~0xffffffffULL) | (entry + 1);
	return 0;
}
