// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of devices: one record for each (zone, VLAN, MAC), or address
 * where no MAC is in view. What is not one host (group MACs, multicast,
 * broadcast, unspecified addresses) never becomes a device. Bounded: when the
 * table is full a new device is not recorded, and counted; nothing known is
 * forgotten for it, since an outsider could push names and leases out; only age
 * makes room.
 */
#include "dev/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "dev/inventory_int.h"
#include "dev/store_row.h"

int inventory_new(uint32_t max_devices, struct inventory **ret)
{
	struct inventory *inv = calloc(1, sizeof(*inv));

	if (!inv)
		return -ENOMEM;
	inv->max = max_devices;
	*ret = inv;
	return 0;
}

struct device *inventory_add(struct inventory *inv, const struct cordon_device_key *key, uint64_t now_ns)
{
	struct entry *e;

	HASH_FIND(hh, inv->table, key, sizeof(*key), e);
	if (e)
		return &e->d;
	e = inventory_count(inv) < inv->max ? calloc(1, sizeof(*e)) : NULL;
	if (!e) {
		inv->refused++;
		return NULL;
	}
	e->d.key = *key;
	e->d.first_ns = e->d.last_ns = now_ns;
	e->d.flags = inv_is_next_hop(inv, &e->d) ? DEVICE_ROUTER : 0;
	device_key_str(e->d.id, sizeof(e->d.id), key);
	HASH_ADD(hh, inv->table, d.key, sizeof(e->d.key), e);
	if (!e->hh.tbl || !inv_use_mac(inv, key)) { /* no memory */
		if (e->hh.tbl)
			HASH_DEL(inv->table, e);
		free(e);
		inv->refused++;
		return NULL;
	}
	return &e->d;
}

static bool is_answered(const struct device *d)
{
	return d->flags & DEVICE_ANSWERED;
}

struct device *inventory_restore(struct inventory *inv, const struct device *d)
{
	struct device *dev = inventory_add(inv, &d->key, d->last_ns);

	if (!dev)
		return NULL;
	inv->answered -= is_answered(dev);
	store_copy(dev, d);
	inv->answered += is_answered(dev);
	for (unsigned int i = 0; i < d->n_addrs && i < DEVICE_ADDRS; i++)
		inventory_add_addr(inv, dev, &d->addrs[i], dev->last_ns);
	return dev;
}

struct device *inventory_touch(struct inventory *inv, const struct cordon_facts *f, uint64_t now_ns)
{
	struct cordon_device_key key;
	struct device *d;
	struct addr a;

	d = inv_key_of_facts(f, &key) ? inventory_add(inv, &key, now_ns) : NULL;
	if (d && d->flags & DEVICE_ROUTER)
		d = inv_key_behind_router(f, &key) ? inventory_add(inv, &key, now_ns) : NULL;
	if (!d)
		return NULL;
	if (now_ns > d->last_ns)
		d->last_ns = now_ns;
	memcpy(a.b, f->from_device ? f->saddr : f->daddr, sizeof(a.b));
	inv_note_router(inv, d, f, &a);
	if (f->flow_flags & CORDON_FLOW_ESTABLISHED && !(f->flow_flags & CORDON_FLOW_MIDSTREAM) && !is_answered(d)) {
		d->flags |= DEVICE_ANSWERED;
		inv->answered++;
	}
	/* a source that is another's is forged or a mistake: it moves nothing */
	if (f->from_device || f->flow_flags & CORDON_FLOW_SYNACK)
		(void)inv_take_addr(inv, d, &a, now_ns);
	inv_note_port(d, f, now_ns);
	if (f->app != CORDON_APP_UNDECIDED && f->app != CORDON_APP_NONE)
		d->apps |= CORDON_BIT(f->app);
	return d;
}

static void entry_free(struct inventory *inv, struct entry *e)
{
	for (struct inventory_cursor *c = inv->cursors; c; c = c->link)
		if (c->next == e)
			c->next = e->hh.next;
	inv_drop_addrs(inv, e);
	inv_drop_mac(inv, &e->d.key);
	inv->answered -= is_answered(&e->d);
	HASH_DEL(inv->table, e);
	free(e);
}

static uint64_t silent_ns(const struct device *d, uint64_t now_ns)
{
	uint64_t now = now_ns, last = d->last_ns;

	if (last == DEVICE_BEFORE_BOOT && d->last_wall_ns) {
		now = clock_to_wall_ns(now_ns);
		last = d->last_wall_ns;
	}
	return now > last ? now - last : 0;
}

uint32_t inventory_age(struct inventory *inv, uint64_t idle_ns, uint64_t now_ns, bool (*keep)(const struct device *, void *),
		       void *ctx)
{
	struct entry *e, *tmp;
	uint32_t n = 0;

	HASH_ITER(hh, inv->table, e, tmp) {
		if (e->d.name[0] || e->d.group[0] || silent_ns(&e->d, now_ns) <= idle_ns || keep(&e->d, ctx))
			continue;
		entry_free(inv, e);
		n++;
	}
	return n;
}

static bool has_addr(const struct device *d, const struct addr *a)
{
	for (unsigned int i = 0; i < d->n_addrs; i++)
		if (!memcmp(&d->addrs[i], a, sizeof(*a)))
			return true;
	return !memcmp(d->key.addr, a->b, sizeof(d->key.addr));
}

struct device *inventory_by_key(struct inventory *inv, const struct cordon_device_key *key)
{
	struct entry *e;

	HASH_FIND(hh, inv->table, key, sizeof(*key), e);
	return e ? &e->d : NULL;
}

struct device *inventory_by_id(struct inventory *inv, const char *id)
{
	struct cordon_device_key key;

	return device_key_parse(id, &key) ? NULL : inventory_by_key(inv, &key);
}

struct device *inventory_find(struct inventory *inv, const char *what)
{
	struct entry *e, *tmp;
	uint8_t mac[6] = { 0 };
	struct addr a;
	bool is_mac = !mac_parse(what, mac) && !mac_is_zero(mac), is_addr = !addr_parse(what, &a);
	struct device *d = inventory_by_id(inv, what);

	if (d)
		return d;
	HASH_ITER(hh, inv->table, e, tmp) {
		if (!strcmp(e->d.id, what) || (e->d.name[0] && !strcasecmp(e->d.name, what)))
			return &e->d;
		if (is_mac && !memcmp(e->d.key.mac, mac, sizeof(mac)))
			return &e->d;
		if (is_addr && has_addr(&e->d, &a))
			return &e->d;
	}
	return NULL;
}

int inventory_each(struct inventory *inv, int (*cb)(struct device *, void *), void *ctx)
{
	struct entry *e, *tmp;
	int r;

	HASH_ITER(hh, inv->table, e, tmp) {
		r = cb(&e->d, ctx);
		if (r)
			return r;
	}
	return 0;
}

void inventory_cursor_open(struct inventory *inv, struct inventory_cursor *c)
{
	c->next = inv->table; /* uthash keeps the order of insertion */
	c->link = inv->cursors;
	inv->cursors = c;
}

struct device *inventory_cursor_next(struct inventory_cursor *c)
{
	struct entry *e = c->next;

	if (!e)
		return NULL;
	c->next = e->hh.next;
	return &e->d;
}

void inventory_cursor_close(struct inventory *inv, struct inventory_cursor *c)
{
	struct inventory_cursor **at = &inv->cursors;

	while (*at && *at != c)
		at = &(*at)->link;
	if (*at)
		*at = c->link;
}

uint32_t inventory_count(const struct inventory *inv)
{
	return HASH_COUNT(inv->table);
}

uint32_t inventory_answered(const struct inventory *inv)
{
	return inv->answered;
}

uint64_t inventory_refused(const struct inventory *inv)
{
	return inv->refused;
}

void inventory_free(struct inventory *inv)
{
	struct entry *e, *tmp;

	if (!inv)
		return;
	HASH_ITER(hh, inv->table, e, tmp)
		entry_free(inv, e);
	free(inv);
}

