// SPDX-License-Identifier: BSD-2-Clause
/* See mark.h. One table for all kinds: a key says what the mark is of. */
#include "match/mark.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cordon_limits.h"
#include "match/byte.h"

/* the name of "a rule has decided on the flow": names of rules count from 0 */
#define NAME_DECIDED UINT32_MAX

enum { OF_FLOW, OF_HOST, OF_PAIR };

struct mark_key {
	uint32_t name;
	uint32_t of; /* OF_* */
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
	return m;
}

static void drop(struct marks *t, struct mark *m)
{
	if (!m)
		return;
	HASH_DEL(t->all, m);
	free(m);
}

/* the number on the right side; a name nobody has set has none */
static bool right_side(const struct marks *t, const struct rule_state *s, const struct cordon_facts *f, uint64_t now_ns,
		       uint64_t *ret)
{
	struct mark_key k;
	const struct mark *m;

	*ret = s->value;
	if (!s->value_name)
		return true;
	m = key_of(s->value_name - 1, s->of, f, &k) ? find(t, &k, now_ns) : NULL;
	if (m)
		*ret = m->value;
	return m;
}

bool mark_asked(const struct marks *t, const struct rule_state *s, const struct cordon_facts *f, uint64_t now_ns)
{
	const struct mark *m = NULL;
	struct mark_key k;
	uint64_t with;

	for (uint8_t i = 0; !m && i < s->n_names; i++)
		m = key_of(s->name[i], s->of, f, &k) ? find(t, &k, now_ns) : NULL;
	if (s->what == RULE_STATE_IS_SET)
		return !m == s->negated;
	return m && right_side(t, s, f, now_ns, &with) && byte_compare(s->compare, m->value, with) != s->negated;
}

/* flowint: as Suricata, a sum of what is not set begins at 0, and a difference stops there */
static void count(struct marks *t, const struct rule_state *s, const struct mark_key *k, uint64_t with)
{
	struct mark *m = get(t, k);

	if (!m)
		return;
	if (s->what == RULE_STATE_ADD)
		m->value += with;
	else if (s->what == RULE_STATE_SUB)
		m->value -= with < m->value ? with : m->value;
	else
		m->value = with;
}

void mark_act(struct marks *t, const struct rule_state *s, const struct cordon_facts *f, uint64_t now_ns)
{
	struct mark_key k;
	struct mark *m;
	uint64_t with;

	if (!key_of(s->name[0], s->of, f, &k))
		return;
	if (s->is_number) {
		if (right_side(t, s, f, now_ns, &with))
			count(t, s, &k, with);
		return;
	}
	m = find(t, &k, now_ns);
	if (s->what == RULE_STATE_UNSET || (s->what == RULE_STATE_TOGGLE && m)) {
		drop(t, m);
		return;
	}
	m = get(t, &k);
	if (m)
		m->until_ns = s->expire_ns ? now_ns + s->expire_ns : 0;
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
