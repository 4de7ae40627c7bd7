/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mode hold, the keeper's part: packets that wait for their verdict, and the
 * way on for those that are cleared: to a device or the uplink through a raw
 * socket past our own egress hook, up the stack as if just received. The
 * keeper does not look into them; the inspector does, and holds nothing.
 */
#ifndef KEEPER_HOLD_H
#define KEEPER_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "kern/kern.h"
#include "proc/msg.h"

struct hold;

/* @wait_ns: longest for one packet; then it passes, under @strict it is dropped */
int hold_new(struct kern *k, uint64_t wait_ns, bool strict, struct hold **ret, struct strbuf *err);
int hold_ring_fd(const struct hold *h);	 /* readable: hold_take() */
int hold_timer_fd(const struct hold *h); /* readable: hold_tick() */
void hold_take(struct hold *h);
void hold_verdict(struct hold *h, const struct verdict *v);
/* @is_judged: the processes that judge are there; else the kernel is soon told to hold nothing */
void hold_tick(struct hold *h, bool is_judged);
void hold_status(const struct hold *h, struct rpc_reply *ret); /* NULL: all zero */
void hold_free(struct hold *h); /* what waits goes by the policy */

#endif
