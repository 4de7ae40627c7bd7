/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel writes no more of a device that is loud into the ring when that fills, so that others are heard (struct
 * cordon_budget): packets are judged all the same, but nobody inspects them. That is said, with the loudest device.
 */
#ifndef DAEMON_SHEDS_H
#define DAEMON_SHEDS_H

#include <stddef.h>
#include <stdint.h>

#define SHEDS_SAY_S 60 /* at most one event in so many seconds */

struct daemon;
struct sheds {
	struct daemon *d; /* borrowed */
	uint64_t total;	  /* said, or there before the daemon was */
	uint64_t *of;	  /* then, by cordon_budget_of(); NULL: none */
	unsigned int quiet; /* looks until the next may be said */
};

void sheds_init(struct sheds *s, struct daemon *d);
void sheds_done(struct sheds *s);
void sheds_tick(struct sheds *s); /* once a second */
/* the place with most in @now beyond @before (NULL: nothing); *ret_more: by how much, 0: nowhere more */
uint32_t sheds_loudest(const uint64_t *now, const uint64_t *before, size_t n, uint64_t *ret_more);

#endif
