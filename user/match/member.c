// SPDX-License-Identifier: BSD-2-Clause
/* See member.h. One table: the set's number and the value are the key. */
#include "match/member.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cordon_limits.h"
#include "rule/dataset.h"

struct member {
	UT_hash_handle hh;
	bool is_in; /* put in; else taken out */
	uint32_t len;
	uint8_t key[]; /* number of the set, then the value */
};

struct deed {
	size_t at; /* of its key, in members.waiting */
	uint32_t len;
	bool is_in;
	const struct rule_dataset *set;
};

struct members {
	struct member *all;
	uint64_t dropped, bytes;
	VEC(uint8_t) waiting;
	VEC(struct deed) deeds;
	VEC(uint8_t) key;
};

int members_new(struct members **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void members_free(struct members *t)
{
	struct member *m, *next;

	if (!t)
		return;
	HASH_ITER(hh, t->all, m, next)
	{
		HASH_DEL(t->all, m);
		free(m);
	}
	vec_done(&t->waiting);
	vec_done(&t->deeds);
	vec_done(&t->key);
	free(t);
}

uint64_t members_dropped(const struct members *t)
{
	return t->dropped;
}

void member_begin(struct members *t)
{
	t->deeds.len = t->waiting.len = 0;
}

static struct member *find(const struct members *t, const uint8_t *key, uint32_t len)
{
	struct member *m;

	HASH_FIND(hh, t->all, key, len, m);
	return m;
}

/* false: out of memory */
static bool make_key(struct members *t, const struct rule_dataset *s, const uint8_t *p, uint32_t len)
{
	if (vec_reserve(&t->key, sizeof(s->index) + len))
		return false;
	memcpy(t->key.data, &s->index, sizeof(s->index));
	memcpy(t->key.data + sizeof(s->index), p, len);
	t->key.len = sizeof(s->index) + len;
	return true;
}

static bool is_in(const struct members *t, const struct rule_dataset *s, const uint8_t *p, uint32_t len)
{
	const struct member *m = t->all ? find(t, t->key.data, (uint32_t)t->key.len) : NULL;

	return m ? m->is_in : dataset_find(s, p, len) != NULL;
}

static void wait(struct members *t, const struct rule_dataset *s, bool puts_in)
{
	struct deed d = { .at = t->waiting.len, .len = (uint32_t)t->key.len, .is_in = puts_in, .set = s };

	if (vec_reserve(&t->waiting, t->waiting.len + d.len) || vec_push(&t->deeds, d)) {
		t->dropped++;
		return;
	}
	memcpy(t->waiting.data + d.at, t->key.data, d.len);
	t->waiting.len += d.len;
}

static bool rep_holds(const struct rule_match *m, const uint8_t *p, uint32_t len)
{
	const struct dataset_value *v = dataset_find(m->set, p, len);

	if (!v)
		return false;
	return m->member == RULE_MEMBER_REP_LT ? v->rep < m->lo : m->member == RULE_MEMBER_REP_GT ? v->rep > m->lo : v->rep == m->lo;
}

bool member_asked(struct members *t, const struct rule_match *m, const uint8_t *p, uint32_t len)
{
	uint8_t room[16];
	bool found;

	if (!dataset_key(m->set, &p, &len, room))
		return false;
	if (m->member >= RULE_MEMBER_REP_LT)
		return rep_holds(m, p, len);
	if (!make_key(t, m->set, p, len))
		return true; /* out of memory is never "no match" */
	found = is_in(t, m->set, p, len);
	if (m->member == RULE_MEMBER_IS || m->member == RULE_MEMBER_IS_NOT)
		return found == (m->member == RULE_MEMBER_IS);
	if (found == (m->member == RULE_MEMBER_ADD))
		return false;
	wait(t, m->set, m->member == RULE_MEMBER_ADD);
	return true;
}

static void act(struct members *t, const struct deed *d)
{
	const uint8_t *key = t->waiting.data + d->at;
	struct member *m = find(t, key, d->len);

	if (m) {
		m->is_in = d->is_in;
		return;
	}
	if (HASH_COUNT(t->all) >= CORDON_MEMBERS_MAX || t->bytes + d->len > CORDON_MEMBERS_BYTES || d->len > d->set->memcap) {
		t->dropped++;
		return;
	}
	m = malloc(sizeof(*m) + d->len);
	if (!m) {
		t->dropped++;
		return;
	}
	m->is_in = d->is_in;
	m->len = d->len;
	memcpy(m->key, key, d->len);
	HASH_ADD_KEYPTR(hh, t->all, m->key, d->len, m);
	if (!m->hh.tbl) { /* uthash had no memory */
		free(m);
		t->dropped++;
		return;
	}
	t->bytes += d->len;
}

void member_act(struct members *t)
{
	for (size_t i = 0; i < t->deeds.len; i++)
		act(t, &t->deeds.data[i]);
	member_begin(t);
}
