// SPDX-License-Identifier: BSD-2-Clause
/*
 * `flow` events, when they are asked for: each flow that was said to begin is
 * remembered, and told once more when the kernel's record of it is over: closed,
 * idle, or another flow's. The kernel itself says nothing of an end. What is not
 * counted there (packets, bytes) is not told. Bounded: beyond, the flow that
 * began first is told as it stands.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "pipeline_int.h"

#define SWEEP_NS 1000000000ULL

struct flow_end {
	uint64_t flow_id;
	struct cordon_facts facts; /* of the initiator's side */
	uint64_t first_ns, last_ns;
	bool is_alerted;
	UT_hash_handle hh; /* walks in the order of arrival */
};

static struct flow_end *end_of(struct pipeline *p, uint64_t flow_id)
{
	struct flow_end *e;

	HASH_FIND(hh, p->ends, &flow_id, sizeof(flow_id), e);
	return e;
}

static const struct cordon_flow *record_of(const struct pipeline *p, const struct flow_end *e)
{
	const struct cordon_flow *k = p->o.kern ? kern_flow(p->o.kern, e->facts.flow_slot) : NULL;

	return k && cordon_flow_id(k->key, k->first_ns) == e->flow_id ? k : NULL;
}

/* --- the event --- */

static const char *state_of(uint32_t flags, uint8_t proto)
{
	const uint32_t fins = CORDON_FLOW_FIN0 | CORDON_FLOW_FIN1;

	if (proto == 6 && (flags & CORDON_FLOW_RST || (flags & fins) == fins))
		return "closed";
	return flags & CORDON_FLOW_ESTABLISHED ? "established" : "new";
}

/* one pair behind the others; all of them are short */
static void put(struct finding *f, size_t *at, const char *key, const char *value)
{
	*at += (size_t)snprintf(f->pairs + *at, sizeof(f->pairs) - *at, "%s", key) + 1;
	*at += (size_t)snprintf(f->pairs + *at, sizeof(f->pairs) - *at, "%s", value) + 1;
}

static void tell(struct pipeline *p, struct flow_end *e, const char *reason, uint64_t now_ns)
{
	struct finding f = { .kind = FINDING_FLOW, .ts_ns = now_ns, .facts = e->facts };
	char text[40];
	size_t at = 0;

	put(&f, &at, "start", clock_iso8601(text, sizeof(text), clock_to_wall_ns(e->first_ns)));
	put(&f, &at, "end", clock_iso8601(text, sizeof(text), clock_to_wall_ns(e->last_ns)));
	snprintf(text, sizeof(text), "%llu", (unsigned long long)(e->last_ns - e->first_ns) / 1000000000ULL);
	put(&f, &at, "#age", text);
	put(&f, &at, "state", state_of(e->facts.flow_flags, e->facts.proto));
	put(&f, &at, "reason", reason);
	put(&f, &at, "?alerted", e->is_alerted ? "1" : "0");
	if (p->o.on_finding)
		p->o.on_finding(&f, p->o.ctx);
	HASH_DEL(p->ends, e);
	free(e);
}

/* what the kernel's record says now; false: it is another flow's, and what was known last holds */
static bool refresh(const struct pipeline *p, struct flow_end *e)
{
	const struct cordon_flow *k = record_of(p, e);

	if (!k)
		return false;
	e->facts.flow_flags = k->flags;
	if (k->app < CORDON_APPS && k->app > e->facts.app)
		e->facts.app = k->app;
	if (k->last_ns > e->last_ns)
		e->last_ns = k->last_ns;
	return true;
}

/* --- what the pipeline tells --- */

void facts_turn(struct cordon_facts *f)
{
	const struct cordon_facts was = *f;

	memcpy(f->saddr, was.daddr, sizeof(f->saddr));
	memcpy(f->daddr, was.saddr, sizeof(f->daddr));
	f->sport = was.dport;
	f->dport = was.sport;
	f->dir = !was.dir;
	f->from_device = !was.from_device;
}

void ends_begun(struct pipeline *p, const struct view *v)
{
	struct flow_end *e;
	const struct cordon_flow *k;

	if (!p->o.max_flow_events || !v->facts->flow_id || end_of(p, v->facts->flow_id))
		return;
	while (HASH_COUNT(p->ends) >= p->o.max_flow_events) {
		refresh(p, p->ends);
		tell(p, p->ends, "forced", v->ts_ns);
	}
	e = calloc(1, sizeof(*e));
	if (!e)
		return;
	e->flow_id = v->facts->flow_id;
	e->facts = *v->facts;
	if (e->facts.dir == CORDON_TO_CLIENT)
		facts_turn(&e->facts);
	k = record_of(p, e);
	e->first_ns = k ? k->first_ns : v->ts_ns;
	e->last_ns = v->ts_ns > e->first_ns ? v->ts_ns : e->first_ns;
	HASH_ADD(hh, p->ends, flow_id, sizeof(e->flow_id), e);
	if (!e->hh.tbl) /* uthash had no memory */
		free(e);
}

void ends_alerted(struct pipeline *p, uint64_t flow_id)
{
	struct flow_end *e = p->ends ? end_of(p, flow_id) : NULL;

	if (e)
		e->is_alerted = true;
}

static bool is_over(const struct flow_end *e, uint64_t now_ns)
{
	uint64_t idle = e->facts.proto == 6 ? CORDON_TCP_IDLE_NS : CORDON_UDP_IDLE_NS;

	return !strcmp(state_of(e->facts.flow_flags, e->facts.proto), "closed") || e->last_ns + idle < now_ns;
}

void ends_sweep(struct pipeline *p, uint64_t now_ns)
{
	struct flow_end *e, *next;

	if (!p->ends || now_ns < p->ends_swept_ns + SWEEP_NS)
		return;
	p->ends_swept_ns = now_ns;
	HASH_ITER(hh, p->ends, e, next) {
		if (!refresh(p, e))
			tell(p, e, "forced", now_ns);
		else if (is_over(e, now_ns))
			tell(p, e, "timeout", now_ns);
	}
}

void ends_flush(struct pipeline *p, uint64_t now_ns)
{
	while (p->ends) {
		refresh(p, p->ends);
		tell(p, p->ends, "shutdown", now_ns > p->ends->last_ns ? now_ns : p->ends->last_ns);
	}
}

void ends_drop(struct pipeline *p)
{
	struct flow_end *e, *next;

	HASH_ITER(hh, p->ends, e, next) {
		HASH_DEL(p->ends, e);
		free(e);
	}
}
