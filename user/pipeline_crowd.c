/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many alerts one packet may give. A rule set that fires two hundred times
 * on a packet says no more than its first few rules do, and costs as many
 * events: as Suricata (packet-alert-max) the first in the order of rules are
 * kept, the rest is counted. What drops or rejects takes a place and is never
 * left out.
 */
#include <stdlib.h>
#include <string.h>

#include "pipeline_int.h"

int crowd_new(struct crowd *c, uint32_t max)
{
	c->max = max ? max : PIPELINE_PACKET_ALERTS;
	c->room = calloc(c->max, sizeof(*c->room));
	c->order = calloc(c->max, sizeof(*c->order));
	c->n = c->acted = 0;
	return c->room && c->order ? 0 : -1;
}

void crowd_done(struct crowd *c)
{
	free(c->room);
	free(c->order);
	c->room = NULL;
	c->order = NULL;
}

void crowd_act(struct pipeline *p)
{
	struct crowd *c = &p->crowd;

	c->acted++;
	if (c->n && c->n + c->acted > c->max) {
		c->n--;
		p->stats.alerts_over_limit++;
	}
}

/* a place of room that nobody has */
static uint32_t free_slot(const struct crowd *c)
{
	bool is_taken;
	uint32_t slot = 0;

	do {
		is_taken = false;
		for (uint32_t i = 0; i < c->n && !is_taken; i++)
			is_taken = c->order[i].slot == slot;
		slot += is_taken;
	} while (is_taken);
	return slot;
}

struct finding *crowd_place(struct pipeline *p, uint32_t rule)
{
	struct crowd *c = &p->crowd;
	uint32_t at = c->n, slot;

	while (at && c->order[at - 1].rule > rule)
		at--;
	if (c->n + c->acted >= c->max) {
		p->stats.alerts_over_limit++;
		if (at == c->n)
			return NULL;
		c->n--; /* the last in order makes room */
	}
	slot = free_slot(c);
	memmove(&c->order[at + 1], &c->order[at], (c->n - at) * sizeof(*c->order));
	c->order[at] = (struct crowd_entry){ .rule = rule, .slot = slot };
	c->n++;
	return &c->room[slot];
}

void crowd_flush(struct pipeline *p)
{
	struct crowd *c = &p->crowd;
	uint32_t n = c->n;

	c->n = c->acted = 0;
	for (uint32_t i = 0; i < n; i++)
		if (p->o.on_finding)
			p->o.on_finding(&c->room[c->order[i].slot], p->o.ctx);
}
