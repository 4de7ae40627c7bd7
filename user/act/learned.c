// SPDX-License-Identifier: BSD-2-Clause
/* Addresses that listed names led a device to, see learned.h. */
#include "act/learned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cordon_limits.h"

#define SECOND_NS 1000000000ULL

struct key {
	struct cordon_device_key device;
	struct addr addr;
};

struct entry {
	struct key key;
	struct learned l;
	UT_hash_handle hh;
};

struct learned_list {
	struct entry *v;
	struct learned_stats stats;
};

int learned_new(struct learned_list **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static struct entry *find(const struct learned_list *l, const struct cordon_device_key *device, const struct addr *a)
{
	struct key k = { .device = *device, .addr = *a };
	struct entry *e;

	HASH_FIND(hh, l->v, &k, sizeof(k), e);
	return e;
}

static bool has_room(const struct learned_list *l, const struct learned *new)
{
	unsigned int n = 0;

	if (HASH_COUNT(l->v) >= CORDON_LEARNED_MAX)
		return false;
	for (const struct entry *e = l->v; e; e = e->hh.next)
		n += !memcmp(&e->key.device, &new->device, sizeof(new->device)) && !strcmp(e->l.name, new->name);
	return n < CORDON_LEARNED_OF_NAME;
}

int learned_put(struct learned_list *l, const struct learned *new, uint32_t ttl_s, uint64_t now_ns)
{
	struct entry *e = find(l, &new->device, &new->addr);
	uint64_t ns = ttl_s * SECOND_NS;

	if (!e) {
		if (!has_room(l, new)) {
			l->stats.no_room++;
			return -ENOSPC;
		}
		e = calloc(1, sizeof(*e));
		if (!e)
			return -ENOMEM;
		e->key.device = new->device;
		e->key.addr = new->addr;
		HASH_ADD(hh, l->v, key, sizeof(e->key), e);
		if (!e->hh.tbl) {
			free(e);
			return -ENOMEM;
		}
	}
	ns = ns < CORDON_LEARNED_MIN_NS ? CORDON_LEARNED_MIN_NS : ns > CORDON_LEARNED_MAX_NS ? CORDON_LEARNED_MAX_NS : ns;
	e->l = *new;
	e->l.until_ns = now_ns + ns;
	return 0;
}

void learned_refuse(struct learned_list *l)
{
	l->stats.refused++;
}

const struct learned *learned_get(const struct learned_list *l, const struct cordon_device_key *device, const struct addr *a,
				  uint64_t now_ns)
{
	const struct entry *e = l->v ? find(l, device, a) : NULL;

	return e && e->l.until_ns > now_ns ? &e->l : NULL;
}

void learned_expire(struct learned_list *l, uint64_t now_ns)
{
	struct entry *e, *tmp;

	HASH_ITER(hh, l->v, e, tmp) {
		if (e->l.until_ns > now_ns)
			continue;
		HASH_DEL(l->v, e);
		free(e);
	}
}

void learned_each(const struct learned_list *l, const struct addr *a, uint64_t now_ns,
		  void (*fn)(const struct learned *, void *), void *ctx)
{
	for (const struct entry *e = l->v; e; e = e->hh.next)
		if (!memcmp(&e->l.addr, a, sizeof(*a)) && e->l.until_ns > now_ns)
			fn(&e->l, ctx);
}

void learned_stats(const struct learned_list *l, struct learned_stats *ret)
{
	*ret = l->stats;
	ret->learned = HASH_COUNT(l->v);
}

void learned_free(struct learned_list *l)
{
	if (!l)
		return;
	learned_expire(l, UINT64_MAX);
	free(l);
}
