// SPDX-License-Identifier: BSD-2-Clause
/*
 * The destinations of level update. The list in the kernel is changed entry by
 * entry: new ones first, then what is gone, so that a device in the middle of
 * its update notices nothing of a reload.
 */
#include "act/update.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

#define KEY_HEAD_BITS 16 /* of a guard key: kind and pad */

struct target {
	struct prefix p;
	uint32_t services; /* CORDON_ALLOW_* */
};

struct update_list {
	struct kern *kern;
	bool is_known; /* v is what the kernel has: a daemon before this one may have left entries */
	VEC(struct target) v;
};

int update_new(struct kern *kern, struct update_list **ret)
{
	struct update_list *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	u->kern = kern;
	*ret = u;
	return 0;
}

void update_free(struct update_list *u)
{
	if (!u)
		return;
	vec_done(&u->v);
	free(u);
}

static struct target *find(const struct update_list *u, const struct prefix *p)
{
	for (size_t i = 0; i < u->v.len; i++)
		if (u->v.data[i].p.len == p->len && !memcmp(&u->v.data[i].p.addr, &p->addr, sizeof(p->addr)))
			return &u->v.data[i];
	return NULL;
}

static int want(struct update_list *u, const struct prefix *p, uint32_t services)
{
	struct target t = { .p = *p, .services = services }, *old = find(u, p);

	if (old) {
		old->services |= services;
		return 0;
	}
	return u->v.len < CORDON_ALLOW_MAX ? vec_push(&u->v, t) : -E2BIG;
}

static int collect(struct update_list *u, const struct conf *c, const struct guard_list *g)
{
	const struct guard_entry *e;
	int r = 0;

	for (size_t i = 0; !r && i < c->update.len; i++)
		r = want(u, &c->update.data[i], CORDON_ALLOW_ALL);
	for (size_t i = 0; !r && (e = guard_get(g, i)); i++) {
		struct prefix p = { .len = (uint8_t)(e->key.prefixlen - KEY_HEAD_BITS) };

		if (e->origin != GUARD_DISCOVERED || e->key.kind != CORDON_DENY_ADDR)
			continue;
		memcpy(p.addr.b, e->key.value, sizeof(p.addr.b));
		r = want(u, &p, CORDON_ALLOW_INFRA);
	}
	return r;
}

static int take_over(const struct prefix *p, uint32_t services, void *ctx)
{
	struct target t = { .p = *p, .services = services };
	struct update_list *u = ctx;

	return vec_push(&u->v, t);
}

int update_sync(struct update_list *u, const struct conf *c, const struct guard_list *g)
{
	struct update_list next = { .kern = u->kern };
	int r = collect(&next, c, g);

	if (!r && u->kern && !u->is_known)
		r = kern_allow_each(u->kern, take_over, u);
	u->is_known = true;
	for (size_t i = 0; !r && u->kern && i < next.v.len; i++)
		r = kern_allow_put(u->kern, &next.v.data[i].p, next.v.data[i].services);
	for (size_t i = 0; !r && u->kern && i < u->v.len; i++)
		if (!find(&next, &u->v.data[i].p))
			r = kern_allow_put(u->kern, &u->v.data[i].p, 0);
	if (r) {
		vec_done(&next.v);
		return r;
	}
	vec_done(&u->v);
	u->v.data = next.v.data;
	u->v.len = next.v.len;
	u->v.cap = next.v.cap;
	return 0;
}
