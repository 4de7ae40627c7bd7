// SPDX-License-Identifier: BSD-2-Clause
/* See mark.h. One table for all kinds: a key says what the mark is of. */
#include "match/mark.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cordon_limits.h"
#include "match/byte.h"

/* the name of "a rule has decided on the flow": names of rules count from 0 */
#define NAME_DECIDED UINT32_MAX

/*
 * ENDS: of a flow that has no record yet (its handshake). Its marks are those of its ends for a while, and
 * become the flow's when the first of them is changed under its record.
 */
enum { OF_FLOW, OF_HOST, OF_PAIR, OF_ENDS };
#define ENDS_NS (60 * 1000000000ULL) /* Suricata's time for a flow that is new */

struct mark_key {
	uint32_t name;
	uint16_t of; /* OF_* */
	uint16_t proto, port[2]; /* ENDS */
	union {
		uint64_t flow;
		uint8_t addr[2][16];
	};
};

/* in the order of insertion, as uthash keeps it: the head is the oldest */
struct mark {
	struct mark_key key;
	uint64_t value;
	uint64_t until_ns; /* 0: for ever */
	UT_hash_handle hh;
};

struct marks {
	struct mark *all;
	uint64_t dropped;
	bool decided; /* some flow was */
	bool has_ends; /* some mark was of ENDS */
};

int marks_new(struct marks **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void marks_free(struct marks *t)
{
	struct mark *m, *next;

	if (!t)
		return;
	HASH_ITER(hh, t->all, m, next)
	{
		HASH_DEL(t->all, m);
		free(m);
	}
	free(t);
}

uint64_t marks_dropped(const struct marks *t)
{
	return t->dropped;
}

/* false: it has no flow to belong to */
static bool key_of(uint32_t name, uint8_t of, const struct cordon_facts *f, struct mark_key *k)
{
	bool swap = memcmp(f->saddr, f->daddr, 16) > 0;

	memset(k, 0, sizeof(*k));
	k->name = name;
	switch (of) {
	case RULE_STATE_OF_FLOW:
		k->flow = f->flow_id;
		return f->flow_id;
	case RULE_STATE_OF_SRC:
	case RULE_STATE_OF_DST:
		k->of = OF_HOST;
		memcpy(k->addr[0], of == RULE_STATE_OF_SRC ? f->saddr : f->daddr, 16);
		return true;
	default:
		k->of = OF_PAIR;
		memcpy(k->addr[swap], f->saddr, 16);
		memcpy(k->addr[!swap], f->daddr, 16);
		return true;
	}
}

/* false: no ports, a fragment or the like */
static bool key_of_ends(uint32_t name, const struct cordon_facts *f, struct mark_key *k)
{
	int order = memcmp(f->saddr, f->daddr, 16);
	bool swap = order > 0 || (!order && f->sport > f->dport);

	memset(k, 0, sizeof(*k));
	k->name = name;
	k->of = OF_ENDS;
	k->proto = f->proto;
	k->port[swap] = f->sport;
	k->port[!swap] = f->dport;
	memcpy(k->addr[swap], f->saddr, 16);
	memcpy(k->addr[!swap], f->daddr, 16);
	return f->sport || f->dport;
}

static struct mark *find(const struct marks *t, const struct mark_key *k, uint64_t now_ns)
{
	struct mark *m;

	HASH_FIND(hh, t->all, k, sizeof(*k), m);
	return m && m->until_ns && m->until_ns <= now_ns ? NULL : m;
}

static struct mark *get(struct marks *t, const struct mark_key *k)
{
	struct mark *m;

	HASH_FIND(hh, t->all, k, sizeof(*k), m);
	if (m)
		return m;
	if (HASH_COUNT(t->all) >= CORDON_MARKS_MAX) {
		m = t->all;
		HASH_DEL(t->all, m);
		t->dropped++;
	} else {
		m = malloc(sizeof(*m));
	}
	if (!m)
		return NULL;
	memset(m, 0, sizeof(*m));
	m->key = *k;
	HASH_ADD(hh, t->all, key, sizeof(m->key), m);
	if (!m->hh.tbl) { /* uthash had no memory */
		free(m);
		t->dropped++;
		return NULL;
	}
	return m;
}

static void drop(struct marks *t, struct mark *m)
{
	if (!m)
		return;
	HASH_DEL(t->all, m);
	free(m);
}

/* wherever it is kept; NULL: nowhere */
static struct mark *find_of(const struct marks *t, uint32_t name, uint8_t of, const struct cordon_facts *f, uint64_t now_ns)
{
	struct mark_key k;
	struct mark *m = key_of(name, of, f, &k) ? find(t, &k, now_ns) : NULL;

	if (m || of != RULE_STATE_OF_FLOW || !t->has_ends || !key_of_ends(name, f, &k))
		return m;
	return find(t, &k, now_ns);
}

/* what its ends have becomes the flow's */
static void adopt(struct marks *t, const struct mark_key *k, const struct cordon_facts *f, uint64_t now_ns)
{
	struct mark *ends, *own;
	struct mark_key from;

	if (!t->has_ends || find(t, k, now_ns) || !key_of_ends(k->name, f, &from))
		return;
	ends = find(t, &from, now_ns);
	own = ends ? get(t, k) : NULL;
	if (!own)
		return;
	/* room for it may have been made of the other */
	ends = find(t, &from, now_ns);
	own->value = ends ? ends->value : 0;
	own->until_ns = 0;
	drop(t, ends);
}

/* where a deed's mark is kept from now on; false: it has no flow to belong to */
static bool key_of_deed(struct marks *t, const struct rule_state *s, const struct cordon_facts *f, uint64_t now_ns,
			struct mark_key *k)
{
	bool of_flow = s->of == RULE_STATE_OF_FLOW;

	if (key_of(s->name[0], s->of, f, k)) {
		if (of_flow)
			adopt(t, k, f, now_ns);
		return true;
	}
	t->has_ends |= of_flow;
	return of_flow && key_of_ends(s->name[0], f, k);
}

/* the number on the right side; a name nobody has set has none */
static bool right_side(const struct marks *t, const struct rule_state *s, const struct cordon_facts *f, uint64_t now_ns,
		       uint64_t *ret)
{
	const struct mark *m;

	*ret = s->value;
	if (!s->value_name)
		return true;
	m = find_of(t, s->value_name - 1, s->of, f, now_ns);
	if (m)
		*ret = m->value;
	return m;
}

/* of a fragment, or of a protocol that Suricata keeps no flows of: nothing can be asked of its flow */
static bool has_no_flow(const struct cordon_facts *f)
{
	return !f->flow_id && !f->sport && !f->dport && f->proto != IPPROTO_ICMP && f->proto != IPPROTO_ICMPV6 &&
	       f->proto != IPPROTO_SCTP && f->proto != IPPROTO_ESP;
}

bool mark_asked(const struct marks *t, const struct rule_state *s, const struct cordon_facts *f, uint64_t now_ns)
{
	const struct mark *m;
	uint64_t with;

	if (s->of == RULE_STATE_OF_FLOW && has_no_flow(f))
		return false;
	/* a|b: any of them is set, or any of them is not, as in Suricata */
	for (uint8_t i = 0; s->what == RULE_STATE_IS_SET && i < s->n_names; i++)
		if (!find_of(t, s->name[i], s->of, f, now_ns) == s->negated)
			return true;
	if (s->what == RULE_STATE_IS_SET)
		return false;
	m = find_of(t, s->name[0], s->of, f, now_ns);
	return m && right_side(t, s, f, now_ns, &with) && byte_compare(s->compare, m->value, with) != s->negated;
}

/* flowint: as Suricata, a sum of what is not set begins at 0, and a difference stops there */
static void count(struct marks *t, const struct rule_state *s, const struct mark_key *k, uint64_t with, uint64_t now_ns)
{
	struct mark *m = get(t, k);

	if (!m)
		return;
	if (m->until_ns && m->until_ns <= now_ns)
		m->value = 0; /* another connection's */
	if (s->what == RULE_STATE_ADD)
		m->value += with;
	else if (s->what == RULE_STATE_SUB)
		m->value -= with < m->value ? with : m->value;
	else
		m->value = with;
	m->until_ns = k->of == OF_ENDS ? now_ns + ENDS_NS : 0;
}

void mark_act(struct marks *t, const struct rule_state *s, const struct cordon_facts *f, uint64_t now_ns)
{
	struct mark_key k;
	struct mark *m;
	uint64_t with;

	if (!key_of_deed(t, s, f, now_ns, &k))
		return;
	if (s->is_number) {
		if (right_side(t, s, f, now_ns, &with))
			count(t, s, &k, with, now_ns);
		return;
	}
	m = find(t, &k, now_ns);
	if (s->what == RULE_STATE_UNSET || (s->what == RULE_STATE_TOGGLE && m)) {
		drop(t, m);
		return;
	}
	m = get(t, &k);
	if (m)
		m->until_ns = k.of == OF_ENDS ? now_ns + ENDS_NS : s->expire_ns ? now_ns + s->expire_ns : 0;
}

void mark_flow_decided(struct marks *t, const struct cordon_facts *f)
{
	struct mark_key k;

	if (key_of(NAME_DECIDED, RULE_STATE_OF_FLOW, f, &k) && get(t, &k))
		t->decided = true;
}

bool mark_flow_is_decided(const struct marks *t, const struct cordon_facts *f)
{
	struct mark_key k;

	return t->decided && key_of(NAME_DECIDED, RULE_STATE_OF_FLOW, f, &k) && find(t, &k, 0);
}
