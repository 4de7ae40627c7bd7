/* SPDX-License-Identifier: BSD-2-Clause */
/* Rates and once-only memory: see rate.h. Time is the packets' own, so a replay counts as the wire did. */
#include "match/rate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cordon_limits.h"

enum { RATE_OF_THRESHOLD, RATE_OF_DETECTION_FILTER, RATE_OF_RATE_FILTER };

struct rate_key {
	uint64_t rule; /* index * 4 + RATE_OF_* */
	uint8_t addr[2][16];
};

/* in the order of insertion, as uthash keeps it: the head is the oldest */
struct rate_entry {
	struct rate_key key;
	uint64_t start_ns;
	uint64_t until_ns; /* RATE_FILTER: in force */
	uint32_t count;
	UT_hash_handle hh;
};

struct rates {
	struct rate_entry *all;
	uint64_t dropped;
};

int rates_new(struct rates **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void rates_free(struct rates *t)
{
	struct rate_entry *e, *next;

	if (!t)
		return;
	HASH_ITER(hh, t->all, e, next)
	{
		HASH_DEL(t->all, e);
		free(e);
	}
	free(t);
}

uint64_t rates_dropped(const struct rates *t)
{
	return t->dropped;
}

static struct rate_key rate_key(const struct rule *r, const struct rule_rate *rate, unsigned int what,
				const struct cordon_facts *f)
{
	struct rate_key k;
	bool swap;

	memset(&k, 0, sizeof(k));
	k.rule = (uint64_t)r->index * 4 + what;
	/* by_both: the pair, whichever end speaks */
	swap = rate->track == RULE_TRACK_BOTH && memcmp(f->saddr, f->daddr, 16) > 0;
	if (rate->track == RULE_TRACK_SRC || rate->track == RULE_TRACK_BOTH)
		memcpy(k.addr[swap], f->saddr, 16);
	if (rate->track == RULE_TRACK_DST || rate->track == RULE_TRACK_BOTH)
		memcpy(k.addr[!swap], f->daddr, 16);
	return k;
}

static struct rate_entry *rate_new(struct rates *t, const struct rate_key *k, uint64_t now_ns)
{
	struct rate_entry *e;

	if (HASH_COUNT(t->all) >= CORDON_RATE_TRACKS) {
		e = t->all;
		HASH_DEL(t->all, e);
		t->dropped++;
	} else {
		e = malloc(sizeof(*e));
	}
	if (!e)
		return NULL;
	memset(e, 0, sizeof(*e));
	e->key = *k;
	e->start_ns = now_ns;
	HASH_ADD(hh, t->all, key, sizeof(e->key), e);
	if (!e->hh.tbl) { /* uthash had no memory */
		free(e);
		t->dropped++;
		return NULL;
	}
	return e;
}

/* the @n-th hit inside a window: Suricata's four types */
static bool decide(const struct rule_rate *rate, struct rate_entry *e)
{
	switch (rate->type) {
	case RULE_RATE_LIMIT:
		return e->count <= rate->count;
	case RULE_RATE_THRESHOLD:
		if (e->count < rate->count)
			return false;
		e->count = 0;
		return true;
	case RULE_RATE_BOTH:
		return e->count == rate->count;
	default:
		return e->count > rate->count;
	}
}

/* the entry of a hit, counted; NULL: out of memory */
static struct rate_entry *rate_count(struct rates *t, const struct rule *r, const struct rule_rate *rate,
				     unsigned int what, const struct cordon_facts *f, uint64_t now_ns)
{
	struct rate_key k = rate_key(r, rate, what, f);
	struct rate_entry *e;

	HASH_FIND(hh, t->all, &k, sizeof(k), e);
	if (!e)
		e = rate_new(t, &k, now_ns);
	if (!e)
		return NULL;
	if (now_ns - e->start_ns > rate->window_ns) { /* as Suricata: its last instant is within */
		e->start_ns = now_ns;
		e->count = 0;
	}
	if (e->count < UINT32_MAX)
		e->count++;
	return e;
}

bool rate_allows(struct rates *t, const struct rule *r, bool is_filter, const struct cordon_facts *f, uint64_t now_ns)
{
	const struct rule_rate *rate = is_filter ? &r->filter : &r->rate;
	struct rate_entry *e;

	if (!rate->type)
		return true;
	e = rate_count(t, r, rate, is_filter ? RATE_OF_DETECTION_FILTER : RATE_OF_THRESHOLD, f, now_ns);
	return !e || decide(rate, e); /* out of memory: rather too many alerts than none */
}

bool rate_filtered(struct rates *t, const struct rule *r, const struct cordon_facts *f, uint64_t now_ns)
{
	const struct rule_rate_filter *x = &r->rate_filter;
	struct rate_entry *e = x->rate.type ? rate_count(t, r, &x->rate, RATE_OF_RATE_FILTER, f, now_ns) : NULL;

	if (!e)
		return false;
	if (e->until_ns && now_ns > e->until_ns) {
		e->until_ns = 0;
		e->start_ns = now_ns;
		e->count = 1;
	}
	if (!e->until_ns && e->count > x->rate.count)
		e->until_ns = now_ns + x->timeout_ns;
	return e->until_ns;
}

struct fired_key {
	uint64_t flow, message;
	uint32_t rule, dir;
};

struct fired_entry {
	struct fired_key key;
	UT_hash_handle hh;
};

struct once_key {
	uint8_t addr[2][16];
	uint16_t port[2]; /* as in the facts */
	uint32_t rule, vlan_proto;
};

struct once_entry {
	struct once_key key;
	uint64_t flow; /* it fired in; 0: before it had a record */
	UT_hash_handle hh;
};

struct fired {
	struct fired_entry *all;
	struct once_entry *once;
	uint64_t dropped;
};

int fired_new(struct fired **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void fired_free(struct fired *t)
{
	struct fired_entry *e, *next;
	struct once_entry *o, *next_o;

	if (!t)
		return;
	HASH_ITER(hh, t->all, e, next)
	{
		HASH_DEL(t->all, e);
		free(e);
	}
	HASH_ITER(hh, t->once, o, next_o)
	{
		HASH_DEL(t->once, o);
		free(o);
	}
	free(t);
}

uint64_t fired_dropped(const struct fired *t)
{
	return t->dropped;
}

static struct fired_key fired_key(const struct cordon_facts *f, const struct rule *r, uint64_t message)
{
	return (struct fired_key){ .flow = f->flow_id, .message = message, .rule = r->index, .dir = f->dir };
}

bool fired_has(const struct fired *t, const struct cordon_facts *f, const struct rule *r, uint64_t message)
{
	struct fired_key k = fired_key(f, r, message);
	struct fired_entry *e;

	HASH_FIND(hh, t->all, &k, sizeof(k), e);
	return e != NULL;
}

bool fired_before(struct fired *t, const struct cordon_facts *f, const struct rule *r, uint64_t message)
{
	struct fired_entry *e;

	if (fired_has(t, f, r, message))
		return true;
	if (HASH_COUNT(t->all) >= CORDON_FIRED_MAX) {
		e = t->all;
		HASH_DEL(t->all, e);
		t->dropped++;
	} else {
		e = malloc(sizeof(*e));
	}
	if (!e)
		return false;
	memset(e, 0, sizeof(*e));
	e->key = fired_key(f, r, message);
	HASH_ADD(hh, t->all, key, sizeof(e->key), e);
	if (!e->hh.tbl) { /* uthash had no memory */
		free(e);
		t->dropped++;
	}
	return false;
}

/* --- once for a tuple --- */

static struct once_entry *once_new(struct fired *t, const struct once_key *k)
{
	struct once_entry *e;

	if (HASH_COUNT(t->once) >= CORDON_FIRED_MAX) {
		e = t->once;
		HASH_DEL(t->once, e);
		t->dropped++;
	} else {
		e = malloc(sizeof(*e));
	}
	if (!e)
		return NULL;
	memset(e, 0, sizeof(*e));
	e->key = *k;
	HASH_ADD(hh, t->once, key, sizeof(e->key), e);
	if (!e->hh.tbl) { /* uthash had no memory */
		free(e);
		t->dropped++;
		return NULL;
	}
	return e;
}

bool once_before(struct fired *t, const struct cordon_facts *f, const struct rule *r, bool is_syn)
{
	struct once_entry *e;
	struct once_key k;
	bool is_same;

	memset(&k, 0, sizeof(k));
	memcpy(k.addr[0], f->saddr, 16);
	memcpy(k.addr[1], f->daddr, 16);
	k.rule = r->index;
	k.vlan_proto = (uint32_t)f->vlan << 8 | f->proto;
	if (f->proto == 6 || f->proto == 17) {
		k.port[0] = f->sport;
		k.port[1] = f->dport;
	}
	HASH_FIND(hh, t->once, &k, sizeof(k), e);
	if (!e) {
		e = once_new(t, &k);
		if (e)
			e->flow = f->flow_id;
		return false;
	}
	/* a handshake and its flow, a flow and what comes after its record is gone */
	is_same = e->flow == f->flow_id || (f->flow_id ? !e->flow : !is_syn);
	if (f->flow_id || !is_same)
		e->flow = f->flow_id;
	return is_same;
}
