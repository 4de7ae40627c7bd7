// SPDX-License-Identifier: BSD-2-Clause
/*
 * What waits for a person, by device. Bounded: an attacker who makes many
 * devices look guilty fills this list and nothing else; what it has no room
 * for is still an alert that says so.
 */
#include "act/pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define PENDING_MAX 4096
#define PENDING_NS (24 * 3600 * 1000000000ULL)

struct waiting {
	struct pending p;
	UT_hash_handle hh; /* in order of insertion */
};

struct pending_list {
	struct waiting *v; /* by p.device */
};

int pending_new(struct pending_list **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static struct waiting *find(const struct pending_list *p, const char *device)
{
	struct waiting *w;

	HASH_FIND_STR(p->v, device, w);
	return w;
}

static void drop(struct pending_list *p, struct waiting *w)
{
	HASH_DEL(p->v, w);
	free(w);
}

void pending_free(struct pending_list *p)
{
	struct waiting *w, *tmp;

	if (!p)
		return;
	HASH_ITER(hh, p->v, w, tmp)
		drop(p, w);
	free(p);
}

int pending_put(struct pending_list *p, const struct pending *e)
{
	struct waiting *w = find(p, e->device);

	if (w) {
		w->p = *e;
		return 0;
	}
	if (HASH_COUNT(p->v) >= PENDING_MAX)
		return -E2BIG;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->p = *e;
	HASH_ADD_STR(p->v, p.device, w);
	if (!w->hh.tbl) { /* uthash had no memory */
		free(w);
		return -ENOMEM;
	}
	return 0;
}

const struct pending *pending_get(const struct pending_list *p, const char *device)
{
	const struct waiting *w = find(p, device);

	return w ? &w->p : NULL;
}

bool pending_del(struct pending_list *p, const char *device)
{
	struct waiting *w = find(p, device);

	if (w)
		drop(p, w);
	return w != NULL;
}

int pending_each(const struct pending_list *p, int (*cb)(const struct pending *, void *), void *ctx)
{
	struct waiting *w, *tmp;
	int r;

	HASH_ITER(hh, p->v, w, tmp) {
		r = cb(&w->p, ctx);
		if (r)
			return r;
	}
	return 0;
}

uint32_t pending_count(const struct pending_list *p)
{
	return HASH_COUNT(p->v);
}

bool pending_expire(struct pending_list *p, uint64_t now_ns)
{
	struct waiting *w, *tmp;
	bool any = false;

	HASH_ITER(hh, p->v, w, tmp)
		if (now_ns > w->p.since_ns && now_ns - w->p.since_ns > PENDING_NS) {
			drop(p, w);
			any = true;
		}
	return any;
}
