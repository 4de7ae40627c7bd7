/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the inventory share. */
#ifndef DEV_INVENTORY_INT_H
#define DEV_INVENTORY_INT_H

#include "dev/inventory.h"

#include "base/hash.h"

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
	uint64_t received_count; /* as of a device, of packets that show the address only */
	UT_hash_handle hh;
};

/* on how many VLANs of a zone a MAC is known */
struct mac_key {
	uint16_t zone;
	uint8_t mac[6];
};

struct mac_use {
	struct mac_key key;
	uint32_t n;
	UT_hash_handle hh;
};

/* what a device used so recently nobody else may claim */
#define OWNED_NS (60 * 1000000000ULL)

struct inventory {
	struct entry *table;
	struct owner *owners; /* at most DEVICE_ADDRS for each entry */
	struct mac_use *macs; /* at most one for each entry */
	uint32_t answered;    /* devices with DEVICE_ANSWERED */
	uint32_t router_addrs;
	uint32_t max;
	uint64_t refused;
	struct inventory_cursor *cursors;
	uint8_t routers[INVENTORY_ROUTERS][6];
	size_t n_routers;
};

/* one host's: no group, no broadcast, not unspecified */
bool inv_is_host_addr(const struct addr *a);
/* false: the facts name no device */
bool inv_key_of_facts(const struct cordon_facts *f, struct cordon_device_key *ret);
/* behind a router the address is the key, and the MAC says nothing */
bool inv_key_behind_router(const struct cordon_facts *f, struct cordon_device_key *ret);

/* the device uses, or says that it has, an address. NULL; or the device whose it is. */
struct device *inv_take_addr(struct inventory *inv, struct device *d, const struct addr *a, uint64_t now_ns);
void inv_drop_addrs(struct inventory *inv, struct entry *e); /* all that it has */
/* a record of its MAC comes, goes; false: no memory. What has no MAC is in no use. */
bool inv_use_mac(struct inventory *inv, const struct cordon_device_key *key);
void inv_drop_mac(struct inventory *inv, const struct cordon_device_key *key);
bool inv_is_next_hop(const struct inventory *inv, const struct device *d);
void inv_note_router(struct inventory *inv, struct device *d, const struct cordon_facts *f, const struct addr *a);
void inv_note_port(struct device *d, const struct cordon_facts *f, uint64_t now_ns);

#endif
