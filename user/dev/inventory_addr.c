// SPDX-License-Identifier: BSD-2-Clause
/* Addresses, each of one device; the port a MAC lives on; who is a router. */
#include "dev/inventory_int.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static struct owner_key owner_key(uint16_t zone, uint16_t vlan, const struct addr *a)
{
	return (struct owner_key){ .zone = zone, .vlan = vlan, .addr = *a };
}

static struct owner *owner_find(struct inventory *inv, const struct owner_key *key)
{
	struct owner *o;

	HASH_FIND(hh, inv->owners, key, sizeof(*key), o);
	return o;
}

static struct entry *entry_of(struct device *d)
{
	return (struct entry *)((char *)d - offsetof(struct entry, d));
}

static void owner_drop(struct inventory *inv, struct owner *o)
{
	struct device *d = &o->e->d;

	for (unsigned int i = 0; i < d->n_addrs; i++)
		if (!memcmp(&d->addrs[i], &o->key.addr, sizeof(struct addr))) {
			d->addrs[i] = d->addrs[--d->n_addrs];
			break;
		}
	HASH_DEL(inv->owners, o);
	free(o);
}

/* makes room: the address it has not used for longest goes */
static void addr_rotate(struct inventory *inv, struct device *d)
{
	struct owner *oldest = NULL;

	for (unsigned int i = 0; i < d->n_addrs; i++) {
		struct owner_key key = owner_key(d->key.zone, d->key.vlan, &d->addrs[i]);
		struct owner *o = owner_find(inv, &key);

		if (o && o->e == entry_of(d) && (!oldest || o->last_ns < oldest->last_ns))
			oldest = o;
	}
	if (oldest)
		owner_drop(inv, oldest);
}

/* IPv6: one host may have any number of addresses in its /64 */
static bool is_new_net(const struct device *d, const struct addr *a)
{
	for (unsigned int i = 0; i < d->n_addrs; i++)
		if (!addr_is_v4(a) && !addr_is_v4(&d->addrs[i]) && !memcmp(d->addrs[i].b, a->b, 8))
			return false;
	return true;
}

static void addr_add(struct inventory *inv, struct device *d, const struct owner_key *key, uint64_t now_ns)
{
	struct owner *o = calloc(1, sizeof(*o));

	if (!o)
		return;
	if (d->n_addrs == DEVICE_ADDRS)
		addr_rotate(inv, d);
	o->key = *key;
	o->e = entry_of(d);
	o->last_ns = now_ns;
	HASH_ADD(hh, inv->owners, key, sizeof(o->key), o);
	if (!o->hh.tbl || d->n_addrs == DEVICE_ADDRS) { /* uthash had no memory */
		free(o);
		return;
	}
	d->addrs[d->n_addrs++] = key->addr;
}

/* the device uses, or says that it has, an address. NULL; or the device whose it is. */
struct device *inv_take_addr(struct inventory *inv, struct device *d, const struct addr *a, uint64_t now_ns)
{
	struct owner_key key = owner_key(d->key.zone, d->key.vlan, a);
	struct owner *o = inv_is_host_addr(a) ? owner_find(inv, &key) : NULL;

	if (!inv_is_host_addr(a))
		return NULL;
	if (o && &o->e->d == d) {
		o->last_ns = now_ns;
		return NULL;
	}
	if (o && now_ns < o->last_ns + OWNED_NS)
		return &o->e->d;
	if (o)
		owner_drop(inv, o);
	addr_add(inv, d, &key, now_ns);
	return NULL;
}

struct device *inventory_owner(struct inventory *inv, uint16_t zone, uint16_t vlan, const struct addr *a)
{
	struct owner_key key = owner_key(zone, vlan, a);
	struct owner *o = owner_find(inv, &key);

	return o ? &o->e->d : NULL;
}

/* the first look at a count, and a count that began anew, only note it */
static uint64_t count_on(uint64_t *last, uint64_t count)
{
	uint64_t n = *last && count + 1 >= *last ? count + 1 - *last : 0;

	*last = count + 1; /* 0: not looked at */
	return n;
}

struct device *inventory_received(struct inventory *inv, const struct cordon_device_key *key, uint64_t count)
{
	struct device *d = inventory_by_key(inv, key);
	uint64_t n;

	if (d) {
		n = count_on(&d->received_count, count);
	} else {
		struct owner_key ok = owner_key(key->zone, key->vlan, (const struct addr *)key->addr);
		struct owner *o = mac_is_zero(key->mac) ? owner_find(inv, &ok) : NULL;

		if (!o)
			return NULL;
		d = &o->e->d;
		n = count_on(&o->received_count, count);
	}
	d->received += n;
	bare_received(&d->bare, n);
	return d;
}

void inventory_add_addr(struct inventory *inv, struct device *d, const struct addr *a, uint64_t now_ns)
{
	(void)inv_take_addr(inv, d, a, now_ns);
}

bool inv_is_next_hop(const struct inventory *inv, const struct device *d)
{
	for (size_t i = 0; i < inv->n_routers; i++)
		if (!memcmp(inv->routers[i], d->key.mac, sizeof(d->key.mac)))
			return true;
	return false;
}

void inventory_set_routers(struct inventory *inv, const uint8_t (*macs)[6], size_t n)
{
	struct entry *e, *tmp;

	inv->n_routers = n < INVENTORY_ROUTERS ? n : INVENTORY_ROUTERS;
	memcpy(inv->routers, macs, inv->n_routers * sizeof(inv->routers[0]));
	HASH_ITER(hh, inv->table, e, tmp)
		if (inv_is_next_hop(inv, &e->d))
			e->d.flags |= DEVICE_ROUTER;
}

/*
 * A MAC that holds conversations from more addresses than a host has is a
 * router: those behind it are the devices. Only what was answered counts, or
 * anybody could make himself one by forging sources.
 */
void inv_note_router(struct inventory *inv, struct device *d, const struct cordon_facts *f, const struct addr *a)
{
	struct owner_key key = owner_key(d->key.zone, d->key.vlan, a);

	if (!inv->router_addrs || mac_is_zero(d->key.mac) || !f->from_device || f->role != CORDON_ROLE_DEVICE ||
	    f->proto != IPPROTO_TCP || !(f->flow_flags & CORDON_FLOW_SYNACK) || !inv_is_host_addr(a) ||
	    owner_find(inv, &key) || !is_new_net(d, a))
		return;
	if (++d->nets > inv->router_addrs)
		d->flags |= DEVICE_ROUTER;
}

void inventory_set_router(struct inventory *inv, uint32_t addresses)
{
	inv->router_addrs = addresses;
}

/*
 * A MAC lives on the port it was seen on first. Elsewhere it counts as borrowed
 * while its own port is in use; when that has been quiet for a while it has moved.
 */
#define PORT_QUIET_NS (60 * 1000000000ULL)

void inv_note_port(struct device *d, const struct cordon_facts *f, uint64_t now_ns)
{
	if (mac_is_zero(f->mac) || f->role != CORDON_ROLE_DEVICE || !f->from_device || !f->ifindex)
		return;
	if (d->ifindex && d->ifindex != f->ifindex && now_ns < d->ifindex_ns + PORT_QUIET_NS) {
		d->ifindex_elsewhere = f->ifindex;
		return;
	}
	if (d->ifindex != f->ifindex)
		d->ifindex_elsewhere = 0;
	d->ifindex = f->ifindex;
	d->ifindex_ns = now_ns;
}

void inv_drop_addrs(struct inventory *inv, struct entry *e)
{
	while (e->d.n_addrs) {
		unsigned int n = e->d.n_addrs;
		struct owner_key key = owner_key(e->d.key.zone, e->d.key.vlan, &e->d.addrs[n - 1]);
		struct owner *o = owner_find(inv, &key);

		if (o && o->e == e)
			owner_drop(inv, o);
		else
			e->d.n_addrs--;
	}
}
