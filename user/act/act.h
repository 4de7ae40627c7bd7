/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding + policy + device -> one decision, and its enforcement through the
 * deny map. Shared by the daemon and by replay.
 */
#ifndef ACT_ACT_H
#define ACT_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "act/learned.h"
#include "conf/conf.h"
#include "dev/inventory.h"
#include "feed/feed.h"
#include "kern/kern.h"
#include "pipeline.h"

enum { DECISION_NOTHING, DECISION_ALERT, DECISION_DROP_FLOW, DECISION_QUARANTINE };

struct decision {
	uint8_t kind;
	uint8_t level;	  /* CORDON_LEVEL_* */
	uint8_t response; /* CONF_RESPONSE_* */
	uint8_t action;	  /* THREAT: CORDON_ACTION_*, for this device */
	bool waits;	  /* held back until a person confirms or refuses */
	bool guarded;	  /* would have been a quarantine, but the device is guarded */
	bool held_back;	  /* by observe mode, the breaker, a hold-off or a full map: see why */
	uint32_t id;	  /* counts decisions */
	uint64_t lease_ns; /* length */
	char why[160];	  /* "rule 9000001 (…)" in words for the operator */
};

struct quarantine {
	char device[DEVICE_ID_MAX];
	char reason[160];
	uint64_t since_ns, until_ns; /* boot clock; until ~0: no end */
	uint8_t level, origin;
	uint32_t decision, offence; /* offence: 1, 2, ... lengthens the lease */
	uint64_t packets, bytes;    /* dropped, read from the kernel */
	uint64_t passed;	    /* packets a level below cut let through */
	const char *enforced_by;    /* where, for events: "kernel", an output; NULL: not said */
};

/* deserved, and waiting for a person: see act_confirm() */
struct pending {
	char device[DEVICE_ID_MAX];
	char reason[160];
	uint64_t since_ns;
	uint32_t decision;
	uint8_t level;
};

/* is it being done, and not only said? */
static inline bool decision_in_force(const struct decision *d)
{
	return d->kind > DECISION_ALERT && !d->guarded && !d->held_back;
}

struct act;
struct disk;
struct act_opts {
	const struct conf *conf;
	struct kern *kern;
	struct inventory *inventory;
	const char *state_file; /* NULL: nothing is kept over restarts (replay) */
	struct disk *disk;	/* writes it, so that no decision waits for it; borrowed; NULL: written at once */
	void (*progress)(void *); /* called now and then while much is restored; NULL: nobody asks */
	void *progress_ctx;
};
/* Restores leases from the state file and takes over what the kernel has in force. 0 with text in @err: the state file was damaged and set aside. */
int act_new(const struct act_opts *o, struct act **ret, struct strbuf *err);
/* decides, writes the deny map, fills *ret; the caller publishes */
void act_finding(struct act *a, const struct finding *f, struct decision *ret);
int act_quarantine_add(struct act *a, const char *device, uint8_t level, uint64_t lease_ns, const char *reason, struct strbuf *err);
int act_quarantine_release(struct act *a, const char *device, uint64_t hold_off_ns, struct strbuf *err); /* -ENOENT */
int act_quarantine_each(struct act *a, int (*cb)(const struct quarantine *, void *), void *ctx);
/* the same a few at a time, for long lists. The walk ends before act_free(). -ENOMEM */
struct act_walk;
int act_walk_open(struct act *a, struct act_walk **ret);
bool act_walk_next(struct act_walk *w, struct quarantine *ret); /* false: no more. Counts are those of its begin, until: */
/* whose the one just shown is; valid until the next */
const struct cordon_device_key *act_walk_key(const struct act_walk *w);
/* what the kernel counted, for the one just shown; of many all is read at once */
void act_walk_count(struct act_walk *w, struct quarantine *q);
void act_walk_close(struct act_walk *w);
/* the running quarantine of a device by its id, with what the kernel counted; false: there is none */
bool act_quarantine_get(struct act *a, const char *device, struct quarantine *ret);
/* packets of a device that leases have dropped, those that run and those that were, and the reasons: 1 << CORDON_REASON_* */
struct act_books {
	uint64_t dropped, why;
};
void act_books(struct act *a, const struct device *d, struct act_books *ret);
uint32_t act_quarantine_count(struct act *a);
bool act_is_quarantined(const struct act *a, const char *device); /* at any level */
/* until then nothing automatic happens to it; 0: no hold-off */
uint64_t act_hold_off(const struct act *a, const char *device);
uint32_t act_offences(const struct act *a, const char *device);
/* called with each lease that act_tick() finds ended */
void act_on_end(struct act *a, void (*cb)(const struct quarantine *, void *), void *ctx);
/* what waits for a person: begin it, or forget it and hold off. -ENOENT; -EPERM guarded; as act_quarantine_add() */
int act_confirm(struct act *a, const char *device, struct strbuf *err);
int act_refuse(struct act *a, const char *device, uint64_t hold_off_ns, struct strbuf *err);
int act_pending_each(const struct act *a, int (*cb)(const struct pending *, void *), void *ctx);
const struct pending *act_pending_get(const struct act *a, const char *device); /* NULL: none */
/* the guard entry that speaks of this device; false: none. For `why`. */
bool act_guard_of(const struct act *a, const struct device *d, char *what, size_t size);
bool act_guard_of_addr(const struct act *a, const char *address, char *what, size_t size); /* the same of an address */
/* the drop verdict of a flow by its id as events show it (the lowest 63 bits); false: there is none */
bool act_flow_get(struct act *a, uint64_t flow_id, struct cordon_deny *ret);
int act_guard_add(struct act *a, const char *what, const char *reason, uint64_t for_ns, struct strbuf *err);
int act_guard_remove(struct act *a, const char *what, struct strbuf *err);
int act_guard_each(struct act *a, int (*cb)(const char *what, const char *reason, uint64_t until_ns, void *), void *ctx);
uint64_t act_guard_digest(const struct act *a); /* another number: other addresses are guarded than before */
/* own addresses, default routes, resolvers; again on a netlink change */
int act_guard_discover(struct act *a);
/* the breaker of automatic quarantines: tripped until it is reset, also over a restart */
struct act_breaker {
	bool tripped;
	uint32_t count, limit;	/* automatic quarantines in this minute, and how many may be */
	uint32_t waiting;	/* held back since it tripped */
	uint32_t pending;	/* what waits for a person, for whatever cause */
};
bool act_breaker(const struct act *a, uint32_t *ret_waiting); /* tripped? */
void act_breaker_get(const struct act *a, struct act_breaker *ret);
void act_breaker_reset(struct act *a);
void act_tick(struct act *a, uint64_t now_ns); /* ended leases leave the map and the list */
/*
 * The sets that names read from streams are looked up in; borrowed, NULL: none. See act_threat_of(). @in stays as long
 * as it is the set in force or the one before: findings that the kernel made of that one are judged by it.
 */
void act_set_threats(struct act *a, const struct indicators *in, const struct threat_index *index, uint32_t generation);
/*
 * Does a finding name what is listed? A DNS, TLS or HTTP finding whose name the kernel could not look up, since it
 * did not lie in one packet (CORDON_FLOW_SPLIT_NAME), another host of a request, or the URL it asks for: true; *ret
 * is then the FINDING_THREAT. The same entry once a packet. A DNS answer is learned from (CHAIN, ANSWER); a name it
 * leads on to is a threat when it is listed, and so is a packet to what was learned for its device (LEARNED).
 */
bool act_threat_of(struct act *a, const struct finding *f, struct finding *ret);
/* what is learned of an address, for each device, see learned.h */
void act_learned_each(const struct act *a, const struct addr *addr, void (*fn)(const struct learned *, void *), void *ctx);
void act_learned_stats(const struct act *a, struct learned_stats *ret);
void act_free(struct act *a);

#endif
