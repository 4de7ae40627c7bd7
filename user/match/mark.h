/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rules tell each other: flowbits and flowints of a flow, xbits and
 * hostbits of an address or a pair. Bounded; the one set longest ago goes,
 * counted. Time is the packets' own.
 */
#ifndef MATCH_MARK_H
#define MATCH_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon_event.h"
#include "rule/model.h"

struct marks;
int marks_new(struct marks **ret);
void marks_free(struct marks *t);
/* does the condition hold? */
bool mark_asked(const struct marks *t, const struct rule_state *s, const struct cordon_facts *f, uint64_t now_ns);
/* does the deed; without room the oldest mark goes */
void mark_act(struct marks *t, const struct rule_state *s, const struct cordon_facts *f, uint64_t now_ns);
/* a rule has decided on the flow as a whole: nothing more is looked at in it */
void mark_flow_decided(struct marks *t, const struct cordon_facts *f);
bool mark_flow_is_decided(const struct marks *t, const struct cordon_facts *f);
uint64_t marks_dropped(const struct marks *t);

#endif
