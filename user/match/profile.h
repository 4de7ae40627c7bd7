/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each rule costs and gives. Counting is always on (an increment); of
 * every CORDON_PROFILE_EVERY checks one is timed, or each under
 * match_profile_all().
 */
#ifndef MATCH_PROFILE_H
#define MATCH_PROFILE_H

#include <time.h>

#include "cordon_limits.h"
#include "match/engine.h"

static inline uint64_t profile_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

/* a rule is about to be judged; 0: this one is not timed */
static inline uint64_t profile_begin(struct match_engine *eng)
{
	if (++eng->profile_turn < eng->profile_every)
		return 0;
	eng->profile_turn = 0;
	return profile_now();
}

/* one whose header fits: a rule without literal is a candidate there, not wherever it is asked */
static inline bool profile_applies(struct entry *e)
{
	e->cost.candidates += !e->lit;
	return true;
}

void profile_free(struct match_engine *eng);

static inline bool profile_end(struct entry *e, uint64_t began, bool fits)
{
	e->cost.checks++;
	e->cost.matches += fits;
	if (began) {
		e->cost.timed++;
		e->cost.ns += profile_now() - began;
	}
	return fits;
}

#endif
