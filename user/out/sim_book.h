/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was done to which SIM, and what it was before: <state_dir>/sims.json,
 * written before a SIM is touched, so that whatever ends in between, the way
 * back is known. Bounded; one thread.
 */
#ifndef OUT_SIM_BOOK_H
#define OUT_SIM_BOOK_H

#include <stdint.h>

#include "base/vec.h"
#include "dev/inventory.h"
#include "out/sim.h"

#define SIM_BOOK_MAX 4096 /* SIMs out of their place at a time */

struct sim_entry {
	char device[DEVICE_ID_MAX];
	char sim[SIM_ID_MAX];
	char group[SIM_ID_MAX], to[SIM_ID_MAX]; /* the former one, "" none; where it was put */
	uint8_t action;				 /* CONF_SIM_* */
	bool is_done;				 /* false: begun, not known to have arrived */
	uint64_t seen;				 /* number of the last sync that named the device; not kept */
};

struct sim_book {
	char *path; /* NULL: nothing is kept */
	VEC(struct sim_entry) v;
};

/* a file that does not add up is set aside as PATH.bad, and said in @err: -EBADMSG, and the book is empty */
int sim_book_open(struct sim_book *b, const char *state_dir, struct strbuf *err);
void sim_book_done(struct sim_book *b);
int sim_book_save(const struct sim_book *b); /* -errno */
struct sim_entry *sim_book_get(struct sim_book *b, const char *device);
/* another device's entry of the same SIM, or NULL */
struct sim_entry *sim_book_other(struct sim_book *b, const struct sim_entry *e);
int sim_book_add(struct sim_book *b, const struct sim_entry *e); /* -E2BIG, -ENOMEM */
void sim_book_remove(struct sim_book *b, struct sim_entry *e);

#endif
