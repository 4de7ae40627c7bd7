/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking over from another layout version: for this folder, but for kern_inherit_done() (kern.h). See inherit.c. */
#ifndef KERN_INHERIT_H
#define KERN_INHERIT_H

#include "kern/internal.h"

void kern_inherit_look(struct kern *k); /* which other versions have pins beside ours: k->elders */
void kern_inherit_free(struct kern *k);
/* leases and guards into our maps, which are there; -EPROTO and the like with @err: nothing has changed for the elder */
int kern_inherit_decisions(struct kern *k, struct strbuf *err);
/* does this map of counters belong to another version's programs? then they are to be replaced */
bool kern_inherit_is_elder(const struct kern *k, uint32_t counters_id);
/* what another version must restore on an interface; -ENOENT */
int kern_inherit_record(const struct kern *k, int ifindex, struct attached *ret);
/* a pinned link of another version by its name; descriptor or -ENOENT */
int kern_inherit_link(const struct kern *k, const char *name);
/* the interface runs our programs now */
void kern_inherit_taken(struct kern *k, int ifindex);

#endif
