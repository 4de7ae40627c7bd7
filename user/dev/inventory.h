/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices seen: one record joins zone, VLAN and MAC with every address seen for it. */
#ifndef DEV_INVENTORY_H
#define DEV_INVENTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "cordon_event.h"
#include "cordon_maps.h"

#define DEVICE_ADDRS 16
#define DEVICE_ID_MAX 56 /* "z65535-v4095-" and the longest IPv6 address */
#define DEVICE_NAME_MAX 64

struct device {
	char id[DEVICE_ID_MAX]; /* "z0-v0-02:00:00:00:00:01" or "z0-192.0.2.1": what the CLI and events call it */
	struct cordon_device_key key;
	struct addr addrs[DEVICE_ADDRS];
	uint8_t n_addrs;
	uint32_t ifindex;    /* where its MAC lives; 0: not known */
	uint32_t ifindex_elsewhere; /* another port its MAC was seen on meanwhile: somebody borrows it; 0: none */
	uint64_t ifindex_ns; /* last sent from there */
	uint64_t first_ns, last_ns;
	uint64_t apps; /* bits CORDON_APP_* seen */
	uint64_t flows, alerts;
	char name[DEVICE_NAME_MAX], group[DEVICE_NAME_MAX]; /* set by the user; "" */
};

struct inventory;
int inventory_new(uint32_t max_devices, struct inventory **ret);
/* the device of a flow, made when new; NULL when full (counted) or when the facts name none */
struct device *inventory_touch(struct inventory *inv, const struct cordon_facts *f, uint64_t now_ns);
/* the device of a key, made when new: what an operator names before it was seen, what a state file brings back */
struct device *inventory_add(struct inventory *inv, const struct cordon_device_key *key, uint64_t now_ns);
struct device *inventory_by_id(struct inventory *inv, const char *id); /* no search; NULL */
/* by id, MAC, address or name; NULL */
struct device *inventory_find(struct inventory *inv, const char *what);
int inventory_each(struct inventory *inv, int (*cb)(struct device *, void *), void *ctx);
uint32_t inventory_count(const struct inventory *inv);
uint64_t inventory_refused(const struct inventory *inv); /* devices not recorded since the table was full */
void inventory_free(struct inventory *inv);

/* "02:00:00:00:00:01" or "192.0.2.1" as a key of zone and VLAN 0; "z1-v5-..." as it says; -EINVAL */
int device_key_parse(const char *what, struct cordon_device_key *ret);
char *device_key_str(char *dst, size_t size, const struct cordon_device_key *key);

/* the keys a quarantine of this device needs: its MAC, or its addresses where it has none in view; how many were written */
unsigned int device_deny_keys(const struct device *d, struct cordon_deny_key *ret, unsigned int max);

#endif
