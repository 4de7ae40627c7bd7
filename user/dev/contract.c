// SPDX-License-Identifier: BSD-2-Clause
#include "dev/contract.h"

#include <errno.h>

#include "cordon_types.h"

#define ALWAYS CORDON_BIT(CORDON_APP_DHCP)

static bool began(const struct cordon_facts *f)
{
	return f->flow_flags & CORDON_FLOW_FROM_DEVICE;
}

void contract_learn(struct contract *c, const struct cordon_facts *f)
{
	if (f->app <= CORDON_APP_NONE || f->app >= CORDON_APPS)
		return;
	if (began(f))
		c->uses |= CORDON_BIT(f->app);
	else if (f->flow_flags & CORDON_FLOW_ESTABLISHED) /* else anybody could teach it by asking */
		c->serves |= CORDON_BIT(f->app);
}

bool contract_forbids(const struct contract *c, const struct cordon_facts *f)
{
	uint64_t may = began(f) ? c->may_use : c->may_serve;

	return c->in_force && f->app > CORDON_APP_NONE && f->app < CORDON_APPS && !(may & CORDON_BIT(f->app));
}

int contract_begin(struct contract *c)
{
	if (c->in_force)
		return -EEXIST;
	if (!c->uses && !c->serves)
		return -ENODATA;
	c->may_use = c->uses | ALWAYS;
	c->may_serve = c->serves | ALWAYS;
	c->in_force = true;
	c->denied = 0;
	return 0;
}

static void change(uint64_t *set, unsigned int app, bool allow)
{
	*set = allow ? *set | CORDON_BIT(app) : *set & ~CORDON_BIT(app);
}

int contract_change(struct contract *c, unsigned int app, bool allow)
{
	if (!c->in_force)
		return -ENOENT;
	change(&c->may_use, app, allow);
	change(&c->may_serve, app, allow);
	return 0;
}

int contract_end(struct contract *c)
{
	if (!c->in_force)
		return -ENOENT;
	c->uses &= c->may_use;
	c->serves &= c->may_serve;
	c->in_force = false;
	return 0;
}

uint64_t contract_outside(const struct contract *c)
{
	return c->in_force ? (c->uses & ~c->may_use) | (c->serves & ~c->may_serve) : 0;
}
