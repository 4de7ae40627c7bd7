/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The states of TCP connections, for rules that wait for what does not fit
 * them (stream/state.c). By their ends, not by the kernel's flows, whose
 * records begin with data. Kept only while such a rule is loaded: then every
 * TCP packet comes up. Bounded: beyond, the one that came first goes, counted.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "pipeline_int.h"
#include "stream/heard.h"

struct ends_key {
	uint8_t addr[2][16];
	uint16_t port[2]; /* network order */
	uint16_t vlan, zone;
};

struct conn_state {
	struct ends_key key;
	struct state state;
	struct heard heard;
	uint64_t last_ns;
	bool client_is_first; /* in the key */
	uint8_t dir;	      /* of its last packet */
	UT_hash_handle hh;    /* walks in the order of arrival, or of the last look at its age */
};

/* Return: is the source the key's first end? */
static bool key_of(const struct cordon_facts *f, struct ends_key *ret)
{
	int c = memcmp(f->saddr, f->daddr, sizeof(f->saddr));
	bool is_first = c > 0 || (!c && be16toh(f->sport) > be16toh(f->dport));

	*ret = (struct ends_key){ .vlan = f->vlan, .zone = f->zone };
	memcpy(ret->addr[!is_first], f->saddr, 16);
	memcpy(ret->addr[is_first], f->daddr, 16);
	ret->port[!is_first] = f->sport;
	ret->port[is_first] = f->dport;
	return is_first;
}

/* false: the table had no memory, and @c is gone */
static bool keep(struct pipeline *p, struct conn_state *c)
{
	HASH_ADD(hh, p->states, key, sizeof(c->key), c);
	if (c->hh.tbl)
		return true;
	free(c);
	p->stats.tracks_dropped++;
	return false;
}

static void forget(struct pipeline *p, struct conn_state *c)
{
	HASH_DEL(p->states, c);
	free(c);
}

static bool is_over(const struct conn_state *c, uint64_t now_ns)
{
	return c->last_ns + state_idle_s(&c->state) * 1000000000ULL < now_ns;
}

/* one of the oldest at each packet: it goes when it is idle, else its turn comes again */
static void look_at_age(struct pipeline *p, uint64_t now_ns)
{
	struct conn_state *c = p->states;

	if (!c)
		return;
	HASH_DEL(p->states, c);
	if (is_over(c, now_ns))
		free(c);
	else
		keep(p, c);
}

/* NULL: none, or it was over */
static struct conn_state *state_of(struct pipeline *p, const struct ends_key *key, uint64_t now_ns)
{
	struct conn_state *c;

	HASH_FIND(hh, p->states, key, sizeof(*key), c);
	if (!c || !is_over(c, now_ns))
		return c;
	forget(p, c);
	return NULL;
}

static struct conn_state *state_new(struct pipeline *p, const struct ends_key *key, bool is_first)
{
	struct conn_state *c;

	while (HASH_COUNT(p->states) >= PIPELINE_STATES) {
		p->stats.tracks_dropped++;
		forget(p, p->states);
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->key = *key;
	c->client_is_first = is_first;
	return keep(p, c) ? c : NULL;
}

static struct state_seg seg_of(const struct view *v)
{
	uint32_t failed = CORDON_FLOW_FAILED0 | CORDON_FLOW_FAILED1;
	struct state_seg k = { .ts_ns = v->ts_ns, .len = v->pkt->payload_len };

	k.is_nobodys = v->facts->app <= CORDON_APP_NONE && (v->facts->flow_flags & failed) == failed;

	state_parse(v->l4, v->l4_len, &k);
	return k;
}

/* the packet's part in its connection, which may be a new one of the same ends; p->odds. NULL: there is none */
static struct conn_state *step(struct pipeline *p, const struct view *v)
{
	const struct state_opts o = { .policy = p->o.policy, .midstream = p->o.midstream, .async_oneside = p->o.async_oneside };
	struct state_seg k = seg_of(v);
	struct heard_seg g = { v->payload, v->payload_len, be16toh(v->facts->sport), be16toh(v->facts->dport) };
	struct state none = { 0 };
	struct ends_key key;
	bool is_first = key_of(v->facts, &key);
	struct conn_state *c = state_of(p, &key, v->ts_ns);

	if (c && state_begins(&c->state, &k, &o, is_first != c->client_is_first)) {
		forget(p, c);
		c = NULL;
	}
	if (!c) {
		state_step(&none, &o, &k, 0, &p->odds);
		c = none.at ? state_new(p, &key, is_first) : NULL;
		if (!c)
			return NULL;
		c->state = none;
	} else {
		state_step(&c->state, &o, &k, is_first != c->client_is_first, &p->odds);
	}
	c->dir = is_first != c->client_is_first;
	heard_step(&c->heard, &c->state, &k, &g, c->dir, &p->odds);
	c->last_ns = v->ts_ns;
	return c;
}

const struct view *state_packet(struct pipeline *p, const struct view *v)
{
	struct conn_state *c;

	if (!match_asks_state(p->o.engine) || v->facts->proto != 6 || !v->l4 || v->l4_len < 20)
		return v;
	look_at_age(p, v->ts_ns);
	c = step(p, v);
	match_odds(p->o.engine, p->odds.event, p->odds.n);
	if (!c || !p->odds.n || c->dir == v->facts->dir)
		return v;
	/* who began is known here, where the kernel has to guess */
	p->state_view = *v;
	p->state_facts = *v->facts;
	p->state_facts.dir = c->dir;
	p->state_view.facts = &p->state_facts;
	return &p->state_view;
}

void state_drop(struct pipeline *p)
{
	while (p->states)
		forget(p, p->states);
}
