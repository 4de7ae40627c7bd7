/* SPDX-License-Identifier: BSD-2-Clause */
/* What act.c (findings) and manual.c (what a person says) share; nobody else includes it. */
#ifndef ACT_ACT_INT_H
#define ACT_ACT_INT_H

#include "act/act.h"
#include "act/attest.h"
#include "act/guard.h"
#include "act/learned.h"
#include "act/pending.h"
#include "act/quarantine.h"
#include "act/state.h"
#include "act/update.h"

struct suspect; /* act.c */

/* the entry that user space found last */
struct told {
	uint64_t flow_id, ts_ns;
	uint32_t indicator;
};

/* what attestation has asked, and where it goes on */
struct attest_books {
	struct attest_stats stats; /* but proven[] */
	uint32_t proven[ATTEST_ROUNDS][ATTEST_KINDS], at;
	char lease[DEVICE_ID_MAX];
	uint32_t guard, threat, generation;
	struct cordon_deny_key key;
};

/* the DNS answer at hand: the first of its names that is listed */
struct answer_names {
	uint64_t flow_id, ts_ns;
	char listed[256]; /* canonical; "": none so far */
	bool led;	  /* it is not the one that was asked for */
};

struct act {
	const struct conf *conf;
	struct kern *kern;
	struct inventory *inventory;
	char *state_file;
	struct disk *disk;
	bool dirty; /* what was handed over to the state file is older than the tables */
	struct q_table *quarantines;
	struct guard_list *guards;
	struct update_list *update;
	struct pending_list *pending;
	struct learned_list *learned;
	struct suspect *suspects;
	const struct indicators *threats;
	const struct threat_index *index;
	uint32_t generation; /* of both */
	const struct indicators *threats_before; /* for findings that were on their way when feeds were swapped */
	uint32_t generation_before;
	struct told told;
	struct attest_books attest;
	struct answer_names answer;
	uint32_t decisions;
	uint64_t saved_ns; /* when the state file was written last */
	void (*on_end)(const struct quarantine *, void *);
	void *on_end_ctx;
	struct {
		uint64_t since_ns; /* of the minute being counted */
		uint32_t count, waiting;
		bool tripped;
	} breaker;
};

/* --- manual.c --- */

/* writes the state file, or hands it over to be written; -errno with @err (may be NULL): in force, but not kept */
int act_save(struct act *a, struct strbuf *err);

/* --- books.c --- */

/* a lease has ended: what it dropped is the device's, @ctx a struct act */
void act_book_lease(const struct q_record *r, void *ctx);
/* an entry of the deny map that no running lease has is about to be taken out; @owner: a record of it that has ended, or NULL */
void act_book_entry(struct act *a, const struct cordon_deny_key *key, const struct q_record *owner);

/* --- act.c --- */

/* how many automatic quarantines a minute may have */
uint32_t act_breaker_limit(const struct act *a);

#endif
