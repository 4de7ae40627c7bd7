// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of devices: one record for each (zone, VLAN, MAC), or address
 * where no MAC is in view. What is not one host (group MACs, multicast,
 * broadcast, unspecified addresses) never becomes a device. Bounded: when the
 * table is full a new device is not recorded, and counted; nothing known is
 * forgotten for it, since an outsider could push names and leases out.
 */
#include "dev/inventory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "base/str.h"

struct entry {
	struct device d; /* key of the hash: d.key */
	UT_hash_handle hh;
};

struct inventory {
	struct entry *table;
	uint32_t max;
	uint64_t refused;
};

int inventory_new(uint32_t max_devices, struct inventory **ret)
{
	struct inventory *inv = calloc(1, sizeof(*inv));

	if (!inv)
		return -ENOMEM;
	inv->max = max_devices;
	*ret = inv;
	return 0;
}

static bool is_host_addr(const struct addr *a)
{
	static const struct addr zero;
	static const uint8_t mapped_any[16] = { [10] = 0xff, [11] = 0xff };

	if (!memcmp(a, &zero, sizeof(zero)) || !memcmp(a->b, mapped_any, sizeof(mapped_any)))
		return false;
	if (addr_is_v4(a))
		return a->b[12] < 224; /* RFC 1112 multicast, RFC 919 broadcast and what lies between */
	return a->b[0] != 0xff;	       /* RFC 4291 2.7 */
}

/* false: the facts name no device */
static bool key_of_facts(const struct cordon_facts *f, struct cordon_device_key *ret)
{
	struct addr addr;

	*ret = (struct cordon_device_key){ .zone = f->zone, .vlan = f->vlan };
	if (!mac_is_zero(f->mac)) {
		memcpy(ret->mac, f->mac, sizeof(ret->mac));
		return !(f->mac[0] & 1); /* IEEE 802: a group address is not a device */
	}
	memcpy(addr.b, f->from_device ? f->saddr : f->daddr, sizeof(addr.b));
	memcpy(ret->addr, addr.b, sizeof(ret->addr));
	return is_host_addr(&addr);
}

char *device_key_str(char *dst, size_t size, const struct cordon_device_key *key)
{
	char value[ADDR_STR_MAX];
	struct addr a;

	if (!mac_is_zero(key->mac)) {
		snprintf(dst, size, "z%u-v%u-%s", key->zone, key->vlan, mac_str(value, sizeof(value), key->mac));
		return dst;
	}
	memcpy(a.b, key->addr, sizeof(a.b));
	addr_str(value, sizeof(value), &a);
	if (key->vlan)
		snprintf(dst, size, "z%u-v%u-%s", key->zone, key->vlan, value);
	else
		snprintf(dst, size, "z%u-%s", key->zone, value);
	return dst;
}

/* "z1-" or "v5-" at *s: its number; *s goes behind it. Anything else: 0, untouched. -EINVAL when out of range. */
static int take_part(const char **s, char letter, unsigned int max)
{
	char *end;
	unsigned long n;

	if ((*s)[0] != letter || (*s)[1] < '0' || (*s)[1] > '9')
		return 0;
	n = strtoul(*s + 1, &end, 10);
	if (*end != '-' || n > max)
		return -EINVAL;
	*s = end + 1;
	return (int)n;
}

int device_key_parse(const char *what, struct cordon_device_key *ret)
{
	struct cordon_device_key key = { 0 };
	int zone = take_part(&what, 'z', UINT16_MAX), vlan = take_part(&what, 'v', 4095);
	struct addr a;

	if (zone < 0 || vlan < 0)
		return -EINVAL;
	key.zone = (uint16_t)zone;
	key.vlan = (uint16_t)vlan;
	if (!mac_parse(what, key.mac)) {
		if (mac_is_zero(key.mac) || key.mac[0] & 1)
			return -EINVAL;
	} else if (!addr_parse(what, &a) && is_host_addr(&a)) {
		memset(key.mac, 0, sizeof(key.mac));
		memcpy(key.addr, a.b, sizeof(key.addr));
	} else {
		return -EINVAL;
	}
	*ret = key;
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
	device_key_str(e->d.id, sizeof(e->d.id), key);
	HASH_ADD(hh, inv->table, d.key, sizeof(e->d.key), e);
	if (!e->hh.tbl) { /* uthash had no memory */
		free(e);
		inv->refused++;
		return NULL;
	}
	return &e->d;
}

static void note_addr(struct device *d, const struct addr *a)
{
	for (unsigned int i = 0; i < d->n_addrs; i++)
		if (!memcmp(&d->addrs[i], a, sizeof(*a)))
			return;
	if (d->n_addrs < DEVICE_ADDRS && is_host_addr(a))
		d->addrs[d->n_addrs++] = *a;
}

/*
 * A MAC lives on the port it was seen on first. Elsewhere it counts as borrowed
 * while its own port is in use; when that has been quiet for a while it has moved.
 */
#define PORT_QUIET_NS (60 * 1000000000ULL)

static void note_port(struct device *d, const struct cordon_facts *f, uint64_t now_ns)
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

struct device *inventory_touch(struct inventory *inv, const struct cordon_facts *f, uint64_t now_ns)
{
	struct cordon_device_key key;
	struct device *d;
	struct addr a;

	d = key_of_facts(f, &key) ? inventory_add(inv, &key, now_ns) : NULL;
	if (!d)
		return NULL;
	if (now_ns > d->last_ns)
		d->last_ns = now_ns;
	memcpy(a.b, f->from_device ? f->saddr : f->daddr, sizeof(a.b));
	note_addr(d, &a);
	note_port(d, f, now_ns);
	if (f->app != CORDON_APP_UNDECIDED && f->app != CORDON_APP_NONE)
		d->apps |= CORDON_BIT(f->app);
	return d;
}

static bool has_addr(const struct device *d, const struct addr *a)
{
	for (unsigned int i = 0; i < d->n_addrs; i++)
		if (!memcmp(&d->addrs[i], a, sizeof(*a)))
			return true;
	return !memcmp(d->key.addr, a->b, sizeof(d->key.addr));
}

struct device *inventory_by_id(struct inventory *inv, const char *id)
{
	struct cordon_device_key key;
	struct entry *e = NULL;

	if (!device_key_parse(id, &key))
		HASH_FIND(hh, inv->table, &key, sizeof(key), e);
	return e ? &e->d : NULL;
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

uint32_t inventory_count(const struct inventory *inv)
{
	return HASH_COUNT(inv->table);
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
	HASH_ITER(hh, inv->table, e, tmp) {
		HASH_DEL(inv->table, e);
		free(e);
	}
	free(inv);
}

unsigned int device_deny_keys(const struct device *d, struct cordon_deny_key *ret, unsigned int max)
{
	struct cordon_deny_key k = { .zone = d->key.zone, .vlan = d->key.vlan };

	if (!max)
		return 0;
	if (!mac_is_zero(d->key.mac)) {
		k.kind = CORDON_DENY_MAC;
		memcpy(k.value, d->key.mac, sizeof(d->key.mac));
	} else {
		k.kind = CORDON_DENY_ADDR;
		memcpy(k.value, d->key.addr, sizeof(d->key.addr));
	}
	ret[0] = k;
	return 1;
}
