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

#include <arpa/inet.h>
#include <netinet/in.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "base/str.h"
#include "dev/store_row.h"

/*
 * Every step along a chain of uthash is a line of memory far away, and lists ask a hundred thousand times: the longest
 * chain is 6, not 10. Shorter ones cost more buckets than they save: for 3, thousands of times as many as entries.
 */
#undef HASH_BKT_CAPACITY_THRESH
#define HASH_BKT_CAPACITY_THRESH 6U

struct entry {
	struct device d; /* key of the hash: d.key */
	UT_hash_handle hh;
};

/* who has an address */
struct owner_key {
	uint16_t zone, vlan;
	uint32_t pad;
	struct addr addr;
};

struct owner {
	struct owner_key key;
	struct entry *e;
	uint64_t last_ns; /* last used by it */
	UT_hash_handle hh;
};

/* what a device used so recently nobody else may claim */
#define OWNED_NS (60 * 1000000000ULL)

struct inventory {
	struct entry *table;
	struct owner *owners; /* at most DEVICE_ADDRS for each entry */
	uint32_t router_addrs;
	uint32_t max;
	uint64_t refused;
	struct inventory_cursor *cursors;
	uint8_t routers[INVENTORY_ROUTERS][6];
	size_t n_routers;
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

/* behind a router the address is the key, and the MAC says nothing */
static bool key_behind_router(const struct cordon_facts *f, struct cordon_device_key *ret)
{
	struct cordon_facts g = *f;

	memset(g.mac, 0, sizeof(g.mac));
	return key_of_facts(&g, ret);
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

static bool is_next_hop(const struct inventory *inv, const struct device *d)
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
		if (is_next_hop(inv, &e->d))
			e->d.flags |= DEVICE_ROUTER;
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
	e->d.flags = is_next_hop(inv, &e->d) ? DEVICE_ROUTER : 0;
	device_key_str(e->d.id, sizeof(e->d.id), key);
	HASH_ADD(hh, inv->table, d.key, sizeof(e->d.key), e);
	if (!e->hh.tbl) { /* uthash had no memory */
		free(e);
		inv->refused++;
		return NULL;
	}
	return &e->d;
}

/* --- addresses: each is of one device --- */

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
static struct device *take_addr(struct inventory *inv, struct device *d, const struct addr *a, uint64_t now_ns)
{
	struct owner_key key = owner_key(d->key.zone, d->key.vlan, a);
	struct owner *o = is_host_addr(a) ? owner_find(inv, &key) : NULL;

	if (!is_host_addr(a))
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

void inventory_add_addr(struct inventory *inv, struct device *d, const struct addr *a, uint64_t now_ns)
{
	(void)take_addr(inv, d, a, now_ns);
}

struct device *inventory_restore(struct inventory *inv, const struct device *d)
{
	struct device *dev = inventory_add(inv, &d->key, d->last_ns);

	if (!dev)
		return NULL;
	store_copy(dev, d);
	for (unsigned int i = 0; i < d->n_addrs && i < DEVICE_ADDRS; i++)
		inventory_add_addr(inv, dev, &d->addrs[i], dev->last_ns);
	return dev;
}

/*
 * A MAC that holds conversations from more addresses than a host has is a
 * router: those behind it are the devices. Only what was answered counts, or
 * anybody could make himself one by forging sources.
 */
static void note_router(struct inventory *inv, struct device *d, const struct cordon_facts *f, const struct addr *a)
{
	struct owner_key key = owner_key(d->key.zone, d->key.vlan, a);

	if (!inv->router_addrs || mac_is_zero(d->key.mac) || !f->from_device || f->role != CORDON_ROLE_DEVICE ||
	    f->proto != IPPROTO_TCP || !(f->flow_flags & CORDON_FLOW_SYNACK) || !is_host_addr(a) ||
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
	if (d && d->flags & DEVICE_ROUTER)
		d = key_behind_router(f, &key) ? inventory_add(inv, &key, now_ns) : NULL;
	if (!d)
		return NULL;
	if (now_ns > d->last_ns)
		d->last_ns = now_ns;
	memcpy(a.b, f->from_device ? f->saddr : f->daddr, sizeof(a.b));
	note_router(inv, d, f, &a);
	if (f->flow_flags & CORDON_FLOW_ESTABLISHED && !(f->flow_flags & CORDON_FLOW_MIDSTREAM))
		d->flags |= DEVICE_ANSWERED;
	/* a source that is another's is forged or a mistake: it moves nothing */
	if (f->from_device || f->flow_flags & CORDON_FLOW_SYNACK)
		(void)take_addr(inv, d, &a, now_ns);
	note_port(d, f, now_ns);
	if (f->app != CORDON_APP_UNDECIDED && f->app != CORDON_APP_NONE)
		d->apps |= CORDON_BIT(f->app);
	return d;
}

/* --- what it says of itself, and whom it talks to --- */

static void copy_claim(char *dst, const char *src)
{
	if (src[0])
		str_copy(dst, DEVICE_NAME_MAX, src);
}

struct device *inventory_claim(struct inventory *inv, const struct cordon_facts *f, const struct identity *i, uint64_t now_ns,
			       struct device **ret_other)
{
	struct cordon_facts link = *f;
	struct device *d;
	struct addr a;

	*ret_other = NULL;
	/* the sender of the frame claims, whatever source the packet in it has */
	if (mac_is_zero(f->mac))
		return NULL;
	memset(link.saddr, 0, sizeof(link.saddr));
	d = inventory_touch(inv, &link, now_ns);
	if (!d || (d->ifindex && d->ifindex != f->ifindex))
		return NULL; /* somebody else under its MAC */
	for (unsigned int k = 0; k < i->n_addrs && k < IDENTITY_ADDRS; k++) {
		struct device *other;

		memcpy(a.b, i->addrs[k], sizeof(a.b));
		other = take_addr(inv, d, &a, now_ns);
		if (other)
			*ret_other = other;
	}
	d->conflicts += *ret_other != NULL;
	copy_claim(d->host, i->host);
	copy_claim(d->model, i->vendor);
	copy_claim(d->fingerprint, i->fingerprint);
	d->flags |= (i->roles & IDENTITY_DHCP_SERVER ? DEVICE_DHCP_SERVER : 0) | (i->roles & IDENTITY_ROUTER ? DEVICE_RA : 0);
	return d;
}

void inventory_note_peer(struct device *d, const struct cordon_facts *f, uint64_t now_ns)
{
	struct device_peer *p = &d->peers[0];
	struct addr a;
	uint16_t port = (uint16_t)(f->dport << 8 | f->dport >> 8); /* network order */

	if (!f->from_device || f->dir != CORDON_TO_SERVER)
		return;
	memcpy(a.b, f->daddr, sizeof(a.b));
	for (unsigned int i = 0; i < DEVICE_PEERS; i++) {
		struct device_peer *q = &d->peers[i];

		if (q->flows && !memcmp(&q->addr, &a, sizeof(a)) && q->port == port && q->proto == f->proto) {
			p = q;
			break;
		}
		if (q->last_ns < p->last_ns)
			p = q;
	}
	if (!p->flows || memcmp(&p->addr, &a, sizeof(a)) || p->port != port || p->proto != f->proto)
		*p = (struct device_peer){ .addr = a, .port = port, .proto = f->proto };
	p->flows++;
	p->last_ns = now_ns;
	if (f->app > CORDON_APP_NONE)
		p->app = f->app;
}

bool inventory_is_alone(struct inventory *inv, const struct cordon_device_key *key)
{
	struct entry *e, *tmp;

	HASH_ITER(hh, inv->table, e, tmp)
		if (e->d.key.zone == key->zone && e->d.key.vlan != key->vlan && !memcmp(e->d.key.mac, key->mac, sizeof(key->mac)))
			return false;
	return true;
}

struct device *inventory_lookalike(struct inventory *inv, const struct device *d, uint64_t now_ns)
{
	struct entry *e, *tmp;

	if (!device_mac_is_random(d) || !d->host[0] || !d->fingerprint[0])
		return NULL;
	HASH_ITER(hh, inv->table, e, tmp)
		if (&e->d != d && e->d.key.zone == d->key.zone && !strcmp(e->d.host, d->host) &&
		    !strcmp(e->d.fingerprint, d->fingerprint) && now_ns > e->d.last_ns + OWNED_NS && e->d.last_ns <= d->first_ns)
			return &e->d;
	return NULL;
}

static void entry_free(struct inventory *inv, struct entry *e)
{
	for (struct inventory_cursor *c = inv->cursors; c; c = c->link)
		if (c->next == e)
			c->next = e->hh.next;
	while (e->d.n_addrs) {
		unsigned int n = e->d.n_addrs;
		struct owner_key key = owner_key(e->d.key.zone, e->d.key.vlan, &e->d.addrs[n - 1]);
		struct owner *o = owner_find(inv, &key);

		if (o && o->e == e)
			owner_drop(inv, o);
		else
			e->d.n_addrs--;
	}
	HASH_DEL(inv->table, e);
	free(e);
}

uint32_t inventory_age(struct inventory *inv, uint64_t idle_ns, uint64_t now_ns, bool (*keep)(const struct device *, void *),
		       void *ctx)
{
	struct entry *e, *tmp;
	uint32_t n = 0;

	HASH_ITER(hh, inv->table, e, tmp) {
		if (e->d.name[0] || e->d.group[0] || now_ns < e->d.last_ns || now_ns - e->d.last_ns <= idle_ns || keep(&e->d, ctx))
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
	struct entry *e, *tmp;
	uint32_t n = 0;

	HASH_ITER(hh, inv->table, e, tmp)
		n += !!(e->d.flags & DEVICE_ANSWERED);
	return n;
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
