/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leases in the books of their devices. What a lease drops the kernel counts in the entry of the lease alone, since that is
 * what a flood meets first; when the entry goes, its count goes to the record of the device, and so to the database.
 */
#include <string.h>

#include "act/act_int.h"
#include "base/clock.h"

static uint64_t reason_of(uint8_t level)
{
	switch (level) {
	case CORDON_LEVEL_CUT:
		return CORDON_BIT(CORDON_REASON_QUARANTINE);
	case CORDON_LEVEL_LIMIT:
		return CORDON_BIT(CORDON_REASON_LIMITED);
	case CORDON_LEVEL_LOCAL:
	case CORDON_LEVEL_UPDATE:
		return CORDON_BIT(CORDON_REASON_RESTRICTED);
	default:
		return 0;
	}
}

/* one that has dropped something is known from now on, should it not have been: it has sent, or was sent, packets */
static void book(struct act *a, const struct cordon_device_key *key, uint8_t level, uint64_t packets)
{
	struct device *d = packets ? inventory_by_key(a->inventory, key) : NULL;

	if (packets && !d)
		d = inventory_add(a->inventory, key, clock_now_ns());
	if (!d)
		return;
	d->lease_dropped += packets;
	d->lease_levels |= (uint8_t)(1U << (level & 7));
}

void act_book_lease(const struct q_record *r, void *ctx)
{
	book(ctx, &r->key, r->q.level, r->q.packets);
}

void act_book_entry(struct act *a, const struct cordon_deny_key *key, const struct q_record *owner)
{
	struct cordon_device_key dev = { .zone = key->zone, .vlan = key->vlan };
	struct cordon_deny v;

	if (key->kind == CORDON_DENY_FLOW || kern_deny_get(a->kern, key, &v))
		return;
	if (key->kind == CORDON_DENY_ADDR)
		memcpy(dev.addr, key->value, sizeof(dev.addr));
	else
		memcpy(dev.mac, key->value, sizeof(dev.mac));
	book(a, owner ? &owner->key : &dev, v.level, v.packets);
}

void act_books(struct act *a, const struct device *d, struct act_books *ret)
{
	struct quarantine q;

	*ret = (struct act_books){ .dropped = d->lease_dropped };
	for (unsigned int level = 0; level < CORDON_LEVELS; level++)
		if (d->lease_levels >> level & 1)
			ret->why |= reason_of((uint8_t)level);
	if (!act_quarantine_get(a, d->id, &q) || !q.packets)
		return;
	ret->dropped += q.packets;
	ret->why |= reason_of(q.level);
}
