/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices seen: one record joins zone, VLAN and MAC with every address and name seen for it. */
#ifndef DEV_INVENTORY_H
#define DEV_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "cordon_event.h"
#include "cordon_maps.h"
#include "dev/bare.h"
#include "dev/contract.h"
#include "dev/habit.h"
#include "parse/identity.h"

#define DEVICE_ADDRS 16
#define DEVICE_PEERS 6
#define DEVICE_ID_MAX 56 /* "z65535-v4095-" and the longest IPv6 address */
#define DEVICE_NAME_MAX 64

/* whom it talks to: the last ones, by flows it began */
struct device_peer {
	struct addr addr;
	uint64_t last_ns;
	uint64_t last_wall_ns; /* as that of struct device */
	uint32_t flows; /* 0: free */
	uint16_t port;	/* host order */
	uint8_t proto, app;
};

#define DEVICE_ROUTER (1 << 0)	    /* more addresses than one host has: its addresses are the devices */
#define DEVICE_DHCP_SERVER (1 << 1) /* it answered as one */
#define DEVICE_RA (1 << 2)	    /* it sent router advertisements */
#define DEVICE_ANSWERED (1 << 3)    /* it had a conversation: it is there, and not only made up */

#define DEVICE_BEFORE_BOOT 1 /* ns */

struct device {
	char id[DEVICE_ID_MAX]; /* "z0-v0-02:00:00:00:00:01" or "z0-192.0.2.1": what the CLI and events call it */
	struct cordon_device_key key;
	struct addr addrs[DEVICE_ADDRS]; /* the latest; an address is of one device */
	uint8_t n_addrs;
	uint8_t flags;	     /* DEVICE_* */
	uint32_t ifindex;    /* where its MAC lives; 0: not known */
	uint32_t ifindex_elsewhere; /* another port its MAC was seen on meanwhile: somebody borrows it; 0: none */
	uint64_t ifindex_ns; /* last sent from there */
	uint64_t first_ns, last_ns;
	uint64_t first_wall_ns, last_wall_ns; /* when the one above is DEVICE_BEFORE_BOOT, for which the boot clock has no number */
	uint64_t apps; /* bits CORDON_APP_* seen */
	uint64_t flows, alerts;
	uint32_t nets;	   /* of a MAC: addresses of IPv4 and /64 of IPv6 it held two-way conversations from */
	uint32_t conflicts; /* times it claimed what is another's */
	uint32_t rogue;	   /* times it spoke as a router or DHCP server */
	uint64_t said_ns[8]; /* when a behaviour of it was told last, by number */
	struct habit habit; /* how much it sends */
	uint64_t received;  /* bytes ever sent to it, but for what neighbours sent */
	uint64_t received_count; /* the kernel's count of its own record, when it was looked at last, and 1 */
	uint64_t lease_dropped; /* packets that leases which have ended dropped */
	uint8_t lease_levels;	/* of those: 1 << CORDON_LEVEL_* */
	struct bare bare;
	struct contract contract; /* what it talks, and may */
	struct device_peer peers[DEVICE_PEERS];
	char name[DEVICE_NAME_MAX], group[DEVICE_NAME_MAX]; /* set by the user; "" */
	/* what it says of itself; nobody vouches for it */
	char host[DEVICE_NAME_MAX], model[DEVICE_NAME_MAX], fingerprint[DEVICE_NAME_MAX];
	uint64_t stored; /* store_hash() of what was given to the database last; 0: nothing yet */
};

struct inventory;
int inventory_new(uint32_t max_devices, struct inventory **ret);
/* more two-way addresses than this make a MAC a router; 0: never */
void inventory_set_router(struct inventory *inv, uint32_t addresses);
/* whose MACs are routers', known otherwise: next hops of this host. Those of before stay what they are. */
#define INVENTORY_ROUTERS 64
void inventory_set_routers(struct inventory *inv, const uint8_t (*macs)[6], size_t n);
/* the device of a flow, made when new; NULL when full (counted) or when the facts name none */
struct device *inventory_touch(struct inventory *inv, const struct cordon_facts *f, uint64_t now_ns);
/* the device of a key, made when new: what an operator names before it was seen, what a state file brings back */
struct device *inventory_add(struct inventory *inv, const struct cordon_device_key *key, uint64_t now_ns);
struct device *inventory_by_id(struct inventory *inv, const char *id); /* no search; NULL */
struct device *inventory_by_key(struct inventory *inv, const struct cordon_device_key *key);
/* by id, MAC, address or name; NULL */
struct device *inventory_find(struct inventory *inv, const char *what);
int inventory_each(struct inventory *inv, int (*cb)(struct device *, void *), void *ctx);
/* a walk that may be left off and gone on with, whatever comes and goes meanwhile */
struct inventory_cursor {
	void *next;
	struct inventory_cursor *link;
};
void inventory_cursor_open(struct inventory *inv, struct inventory_cursor *c);
struct device *inventory_cursor_next(struct inventory_cursor *c); /* NULL: no more */
void inventory_cursor_close(struct inventory *inv, struct inventory_cursor *c);
uint32_t inventory_count(const struct inventory *inv);
uint32_t inventory_answered(const struct inventory *inv); /* devices that had a conversation */
uint64_t inventory_refused(const struct inventory *inv); /* devices not recorded since the table was full */
void inventory_free(struct inventory *inv);

/* a flow of the device began: whom it talks to */
void inventory_note_peer(struct device *d, const struct cordon_facts *f, uint64_t now_ns);
/* an address a state file says the device has; nothing when another has it */
void inventory_add_addr(struct inventory *inv, struct device *d, const struct addr *a, uint64_t now_ns);

/*
 * inventory_received() - the kernel's count of bytes sent to a device, known by its own key or by one of its addresses: where
 * packets come in by an uplink no MAC is in view
 * Return: the device, which has the difference to the count before; NULL: nobody's
 */
struct device *inventory_received(struct inventory *inv, const struct cordon_device_key *key, uint64_t count);
/* a record as a state file has it (store_row.h): taken over whole, but for addresses that another has; NULL when full (counted) */
struct device *inventory_restore(struct inventory *inv, const struct device *d);

/*
 * inventory_claim() - what the sender of an identity message says of itself
 * Nothing is taken from another device's record: what that one used within the
 * last minute stays its own, and the claim is a conflict.
 * @ret_other: whose address was claimed; NULL: nobody's
 * Return: the device that claims, NULL when there is none
 */
struct device *inventory_claim(struct inventory *inv, const struct cordon_facts *f, const struct identity *i, uint64_t now_ns,
			       struct device **ret_other);
/* nobody else has this address now? -> its owner, NULL: nobody */
struct device *inventory_owner(struct inventory *inv, uint16_t zone, uint16_t vlan, const struct addr *a);
/* is its MAC known on this VLAN only? also true of a device never seen, and of one without a MAC */
bool inventory_is_alone(const struct inventory *inv, const struct cordon_device_key *key);
/* a silent device that this one with its random MAC may be: same host name and fingerprint; NULL. Only suggested. */
struct device *inventory_lookalike(struct inventory *inv, const struct device *d, uint64_t now_ns);
/* forgets what was not seen for @idle_ns, but for what has a name, a group or @keep says so; how many */
uint32_t inventory_age(struct inventory *inv, uint64_t idle_ns, uint64_t now_ns, bool (*keep)(const struct device *, void *),
		       void *ctx);

/* IEEE 802c: a MAC the device made up; it may have another tomorrow */
static inline bool device_mac_is_random(const struct device *d)
{
	return d->key.mac[0] & 2;
}

/* "02:00:00:00:00:01" or "192.0.2.1" as a key of zone and VLAN 0; "z1-v5-..." as it says; -EINVAL */
int device_key_parse(const char *what, struct cordon_device_key *ret);
char *device_key_str(char *dst, size_t size, const struct cordon_device_key *key);

/* what was seen at @wall_ns, as first_ns and first_wall_ns keep it; nothing was seen in the future, 0 is now */
void device_seen(uint64_t wall_ns, uint64_t *ret_ns, uint64_t *ret_wall_ns);
/* and back */
uint64_t device_seen_wall_ns(uint64_t ns, uint64_t wall_ns);

/* the keys a quarantine of this device needs: its MAC, or its addresses where it has none in view; how many were written */
unsigned int device_deny_keys(const struct device *d, struct cordon_deny_key *ret, unsigned int max);

#endif
