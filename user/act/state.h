/* SPDX-License-Identifier: BSD-2-Clause */
/* Leases and guard entries over a restart or a reboot: one text file, wall-clock times, a checksum. */
#ifndef ACT_STATE_H
#define ACT_STATE_H

#include "act/guard.h"
#include "act/pending.h"
#include "act/quarantine.h"

/* what is kept, borrowed */
struct state {
	struct q_table *quarantines;
	struct guard_list *guards;
	struct pending_list *pending;
	bool breaker_tripped;
	void (*progress)(void *); /* of loading; NULL: nobody asks */
	void *progress_ctx;
};

void state_text(const struct state *st, struct strbuf *ret); /* what the file says; ret->failed: no memory */
int state_save(const char *path, const struct state *st);    /* -errno */
/*
 * Missing file: 0. A file that does not add up is renamed to PATH.bad, nothing
 * of it is used, and @err says so: -EBADMSG. -errno when it cannot be read.
 */
int state_load(const char *path, struct state *st, struct strbuf *err);

#endif
