// SPDX-License-Identifier: BSD-2-Clause
/* Addresses that listed names led a device to, see learned.h. */
#include "act/learned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "cordon_limits.h"
#include "kern/kern.h"

#define SECOND_NS 1000000000ULL

struct entry {
	struct cordon_learned_key key;
	struct learned l;
	UT_hash_handle hh;
};

/* how many entries a device has, and of those how many from one name */
struct tally_key {
	struct cordon_device_key device;
	uint64_t name; /* its hash; 0: all of them */
};

struct tally {
	struct tally_key key;
	uint32_t n;
	UT_hash_handle hh;
};

struct learned_list {
	struct kern *kern;
	struct entry *v;
	struct tally *tallies;
	struct learned_stats stats;
};

/* --- tallies --- */

static struct tally_key tally_key(const struct learned *e, bool of_name)
{
	return (struct tally_key){ .device = e->device, .name = of_name ? hash_seeded(e->name, strlen(e->name)) | 1 : 0 };
}

static uint32_t tally_get(const struct learned_list *l, const struct learned *e, bool of_name)
{
	struct tally_key k = tally_key(e, of_name);
	struct tally *t;

	HASH_FIND(hh, l->tallies, &k, sizeof(k), t);
	return t ? t->n : 0;
}

static int tally_up(struct learned_list *l, const struct learned *e, bool of_name)
{
	struct tally_key k = tally_key(e, of_name);
	struct tally *t;

	HASH_FIND(hh, l->tallies, &k, sizeof(k), t);
	if (!t) {
		t = calloc(1, sizeof(*t));
		if (!t)
			return -ENOMEM;
		t->key = k;
		HASH_ADD(hh, l->tallies, key, sizeof(t->key), t);
		if (!t->hh.tbl) {
			free(t);
			return -ENOMEM;
		}
	}
	t->n++;
	return 0;
}

static void tally_down(struct learned_list *l, const struct learned *e, bool of_name)
{
	struct tally_key k = tally_key(e, of_name);
	struct tally *t;

	HASH_FIND(hh, l->tallies, &k, sizeof(k), t);
	if (!t || --t->n)
		return;
	HASH_DEL(l->tallies, t);
	free(t);
}

/* --- entries --- */

static struct entry *find(const struct learned_list *l, const struct cordon_device_key *device, const struct addr *a)
{
	struct cordon_learned_key k = { .device = *device };
	struct entry *e;

	memcpy(k.addr, a->b, sizeof(k.addr));
	HASH_FIND(hh, l->v, &k, sizeof(k), e);
	return e;
}

static int tell_kernel(const struct learned_list *l, const struct entry *e)
{
	struct cordon_learned v = { .until_ns = e->l.until_ns, .action = e->l.action, .led = e->l.led };

	str_copy((char *)v.name, sizeof(v.name), e->l.name);
	return l->kern ? kern_learned_put(l->kern, &e->key, &v) : 0;
}

static void forget(struct learned_list *l, struct entry *e)
{
	tally_down(l, &e->l, false);
	tally_down(l, &e->l, true);
	HASH_DEL(l->v, e);
	free(e);
}

static void drop(struct learned_list *l, struct entry *e)
{
	if (l->kern)
		(void)kern_learned_del(l->kern, &e->key);
	forget(l, e);
}

/* a new one; the kernel is not told yet */
static struct entry *add(struct learned_list *l, const struct learned *new)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->key.device = new->device;
	memcpy(e->key.addr, new->addr.b, sizeof(e->key.addr));
	e->l = *new;
	HASH_ADD(hh, l->v, key, sizeof(e->key), e);
	if (!e->hh.tbl) {
		free(e);
		return NULL;
	}
	if (tally_up(l, new, false) || tally_up(l, new, true)) {
		forget(l, e);
		return NULL;
	}
	return e;
}

static int adopt(const struct cordon_learned_key *key, const struct cordon_learned *val, void *ctx)
{
	struct learned e = { .device = key->device, .until_ns = val->until_ns, .action = val->action, .led = val->led };

	memcpy(e.addr.b, key->addr, sizeof(e.addr.b));
	memcpy(e.name, val->name, sizeof(e.name) - 1);
	return add(ctx, &e) ? 0 : -ENOMEM;
}

int learned_new(struct kern *kern, struct learned_list **ret)
{
	struct learned_list *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->kern = kern;
	r = kern ? kern_learned_each(kern, adopt, l) : 0;
	if (r) {
		learned_free(l);
		return r;
	}
	*ret = l;
	return 0;
}

static bool has_room(const struct learned_list *l, const struct learned *new)
{
	return HASH_COUNT(l->v) < CORDON_LEARNED_MAX && tally_get(l, new, false) < CORDON_LEARNED_OF_DEVICE &&
	       tally_get(l, new, true) < CORDON_LEARNED_OF_NAME;
}

/* the name of an entry that is there may be another now */
static int rename_entry(struct learned_list *l, struct entry *e, const struct learned *new)
{
	if (!strcmp(e->l.name, new->name))
		return 0;
	if (tally_up(l, new, true))
		return -ENOMEM;
	tally_down(l, &e->l, true);
	return 0;
}

int learned_put(struct learned_list *l, const struct learned *new, uint32_t ttl_s, uint64_t now_ns)
{
	struct entry *e = find(l, &new->device, &new->addr);
	uint64_t ns = ttl_s * SECOND_NS;
	int r;

	if (!e && !has_room(l, new)) {
		l->stats.no_room++;
		return -ENOSPC;
	}
	if (e ? rename_entry(l, e, new) : !(e = add(l, new)))
		return -ENOMEM;
	ns = ns < CORDON_LEARNED_MIN_NS ? CORDON_LEARNED_MIN_NS : ns > CORDON_LEARNED_MAX_NS ? CORDON_LEARNED_MAX_NS : ns;
	e->l = *new;
	e->l.until_ns = now_ns + ns;
	r = tell_kernel(l, e);
	if (!r)
		return 0;
	l->stats.no_room++;
	drop(l, e);
	return r == -E2BIG ? -ENOSPC : r;
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

	HASH_ITER(hh, l->v, e, tmp)
		if (e->l.until_ns <= now_ns)
			drop(l, e);
}

void learned_judge(struct learned_list *l, bool (*judge)(struct learned *e, void *ctx), void *ctx)
{
	struct entry *e, *tmp;

	HASH_ITER(hh, l->v, e, tmp) {
		uint8_t was = e->l.action;

		if (!judge(&e->l, ctx) || (e->l.action != was && tell_kernel(l, e)))
			drop(l, e);
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
	struct entry *e, *tmp;

	if (!l)
		return;
	HASH_ITER(hh, l->v, e, tmp)
		forget(l, e);
	free(l);
}
