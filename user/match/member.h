/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What matches added to datasets or took from them, beside the values a file
 * gave (rule/dataset.h). A deed waits until all of its rule has matched, as
 * flowbits do. Bounded; what finds no room is not taken, counted.
 */
#ifndef MATCH_MEMBER_H
#define MATCH_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "rule/model.h"

struct members;
int members_new(struct members **ret);
void members_free(struct members *t);
/* the rule is judged anew: deeds that waited are forgotten */
void member_begin(struct members *t);
/* does the condition hold for the bytes of a buffer? Of set and unset: would it change anything? then that waits */
bool member_asked(struct members *t, const struct rule_match *m, const uint8_t *p, uint32_t len);
/* all of the rule has matched: does what waits */
void member_act(struct members *t);
uint64_t members_dropped(const struct members *t);

#endif
