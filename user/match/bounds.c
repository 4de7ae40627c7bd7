/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long a packet's payload must be for a rule to fit it: what dsize says, and the places that contents and isdataat
 * ask for. The kernel lets the literal of such a rule count only in payloads of that length, and so does packet.c: a
 * limit of the search may not find in a shorter one what is not there.
 */
#include "match/engine.h"

#define NO_BOUND UINT16_MAX

static void note_least(struct entry *e, int64_t n)
{
	if (n > e->min)
		e->min = n < NO_BOUND ? (uint16_t)n : NO_BOUND;
}

static void dsize(struct entry *e)
{
	for (uint16_t i = 0; i < e->rule->n_tests; i++) {
		const struct rule_test *t = &e->rule->test[i];

		if (t->field != RULE_FIELD_DSIZE || t->negated)
			continue;
		note_least(e, t->lo);
		if (t->hi < e->max)
			e->max = (uint16_t)t->hi;
	}
}

/*
 * where @m ends at least, when what it is relative to ends at @after or behind it: it is searched for from there, or, with
 * a distance below zero or one that only the packet tells, from anywhere
 */
static int64_t least_end(const struct rule_match *m, int64_t after)
{
	int64_t from = m->relative ? after + m->distance : m->offset;

	if (from < 0 || (m->relative ? m->distance_var || m->distance < 0 : m->offset_var))
		from = 0;
	return from + m->len;
}

static void contents(struct entry *e, const struct rule_list *l)
{
	int64_t after = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		const struct rule_match *m = &l->m[i];

		if (m->negated)
			continue;
		if (m->kind == RULE_MATCH_CONTENT) {
			after = least_end(m, after);
			note_least(e, after);
		} else if (m->kind == RULE_MATCH_ISDATAAT) {
			note_least(e, m->lo_var ? 0 : m->relative ? after + m->lo : m->lo);
		} else if (m->kind != RULE_MATCH_BYTE_TEST) {
			after = 0; /* it may go back */
		}
	}
}

void bounds_of(struct entry *e)
{
	e->min = 0;
	e->max = NO_BOUND;
	if (e->rule->on != RULE_ON_PACKET)
		return;
	dsize(e);
	if (e->rule->payload.n && !e->rule->payload.n_transforms)
		contents(e, &e->rule->payload);
}
