/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of quarantines, and the flow verdicts: what stands in the deny map, and for how long. */
#ifndef ACT_QUARANTINE_H
#define ACT_QUARANTINE_H

#include "act/act.h"

/* a record outlives its lease: the next offence is punished harder, a release holds off the next */
struct q_record {
	struct quarantine q;
	struct cordon_device_key key;
	uint64_t hold_off_ns; /* until then nothing automatic; 0: none */
	bool active;
	bool covers_tags; /* known on one VLAN only: a frame of its MAC with another tag is an escape */
};

struct q_table;

/* @kern may be NULL: nothing is enforced; @conf is borrowed: the rate of level limit */
int q_new(struct kern *kern, const struct conf *conf, struct q_table **ret);
void q_free(struct q_table *t);

/* @cb is told of each lease that has ended, with what the kernel counted for it, before its entry is forgotten */
void q_on_close(struct q_table *t, void (*cb)(const struct q_record *, void *), void *ctx);

uint32_t q_count(const struct q_table *t); /* records, ended ones too */
uint32_t q_active(const struct q_table *t); /* those that run */
/* the record of a device, or NULL */
const struct q_record *q_get(const struct q_table *t, const char *device);
/* length of the lease of the next offence: 10 min (@base_ns), 1 h, 24 h, 7 d */
uint64_t q_lease(const struct q_table *t, const char *device, uint64_t base_ns);

struct q_start {
	const char *device;
	const struct cordon_device_key *key;
	uint8_t level, origin;
	uint32_t decision;
	uint64_t lease_ns, now_ns; /* lease UINT64_MAX: no end */
	const char *reason;
	bool covers_tags;
};
/* begins or replaces one. 0; -E2BIG the table or the deny map is full; -errno of the map */
int q_start(struct q_table *t, const struct q_start *s);
int q_release(struct q_table *t, const char *device, uint64_t hold_off_ns, uint64_t now_ns); /* -ENOENT */
/* nothing automatic for this device until then; -E2BIG */
int q_hold_off(struct q_table *t, const char *device, const struct cordon_device_key *key, uint64_t until_ns);
/* a record of a state file; an active one is written to the deny map, unless the kernel has a lease of it in force: that holds */
int q_restore(struct q_table *t, const struct q_record *rec);
/* takes over live entries that the kernel has and this table does not; their number */
uint32_t q_adopt(struct q_table *t, uint64_t now_ns);
/* true: something ended; @on_end (may be NULL) is told of each lease */
bool q_tick(struct q_table *t, uint64_t now_ns, void (*on_end)(const struct quarantine *, void *), void *ctx);

/* the record behind that of @device, in no order but always the same; "" or one that has gone: the first; NULL: no more */
const struct q_record *q_next(const struct q_table *t, const char *device);
/* somebody else has changed the deny map: every lease that runs is written again. 0, or the first error */
int q_rewrite(struct q_table *t, uint64_t now_ns);
int q_each(struct q_table *t, int (*cb)(const struct q_record *, void *), void *ctx); /* ended ones too */

/* a walk that may be left off and gone on with, whatever comes and goes meanwhile; what it has passed is not shown again */
struct q_cursor {
	const void *next;
	struct q_cursor *link;
};
void q_cursor_open(struct q_table *t, struct q_cursor *c);
const struct q_record *q_cursor_next(struct q_cursor *c); /* ended ones too; NULL: no more */
void q_cursor_close(struct q_table *t, struct q_cursor *c);
/* the deny keys of a record, at most 2; how many */
unsigned int q_deny_keys(const struct q_record *r, struct cordon_deny_key ret[2]);

/* adds what the kernel dropped for it to packets and bytes */
void q_read_counts(struct q_table *t, struct quarantine *q);
void q_read_record(struct q_table *t, const struct q_record *r, struct quarantine *q); /* @r is that of @q */

/* the flow is dropped from its next packet on. 0; 1 it is already; -E2BIG; -errno */
bool q_flow_get(const struct q_table *t, uint64_t flow_id_63, struct cordon_deny *ret);
int q_deny_flow(struct q_table *t, uint16_t zone, uint64_t flow_id, uint32_t decision, uint64_t now_ns);

#endif
