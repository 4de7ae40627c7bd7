/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is remembered from one hit to the next: rates of threshold and
 * detection_filter, and what has fired and fires once only. Both tables are
 * bounded; the oldest goes.
 */
#ifndef MATCH_RATE_H
#define MATCH_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon_event.h"
#include "rule/model.h"

struct rates;
int rates_new(struct rates **ret);
void rates_free(struct rates *t);
/* counts a hit; does it alert? @is_filter: detection_filter, else threshold */
bool rate_allows(struct rates *t, const struct rule *r, bool is_filter, const struct cordon_facts *f, uint64_t now_ns);
/* counts a hit; is the rule's rate_filter in force? */
bool rate_filtered(struct rates *t, const struct rule *r, const struct cordon_facts *f, uint64_t now_ns);
uint64_t rates_dropped(const struct rates *t);

struct fired;
int fired_new(struct fired **ret);
void fired_free(struct fired *t);
/* remembers (flow, direction, rule, message); true: it was there before */
bool fired_before(struct fired *t, const struct cordon_facts *f, const struct rule *r, uint64_t message);
/*
 * the same of a direction of a five-tuple, whose first packets have no flow
 * record yet: true until another flow of that tuple begins (@is_syn, or another flow_id)
 */
bool once_before(struct fired *t, const struct cordon_facts *f, const struct rule *r, bool is_syn);
/* only asks */
bool fired_has(const struct fired *t, const struct cordon_facts *f, const struct rule *r, uint64_t message);
uint64_t fired_dropped(const struct fired *t);

#endif
