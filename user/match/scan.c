/* SPDX-License-Identifier: BSD-2-Clause */
/* libhs behind scan.h: one block-mode database of literals a set. */
#include "match/scan.h"

#include <errno.h>
#include <hs.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/vec.h"

struct literal {
	uint8_t key[256]; /* nocase, then the bytes */
	uint16_t len;	  /* of the key */
	uint32_t index;
	VEC(uint32_t) rules;
	UT_hash_handle hh;
};

struct scan_set {
	struct literal *by_key;
	VEC(struct literal *) literals;
	hs_database_t *db;
	uint32_t longest;
};

struct scan_room {
	hs_scratch_t *scratch;
};

int scan_set_new(struct scan_set **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static int literal_new(struct scan_set *s, const uint8_t *key, uint16_t len, struct literal **ret)
{
	struct literal *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	memcpy(l->key, key, len);
	l->len = len;
	l->index = (uint32_t)s->literals.len;
	if (vec_push(&s->literals, l)) {
		free(l);
		return -ENOMEM;
	}
	HASH_ADD_KEYPTR(hh, s->by_key, l->key, l->len, l);
	if (len - 1u > s->longest)
		s->longest = len - 1u;
	*ret = l;
	return 0;
}

int scan_set_add(struct scan_set *s, const uint8_t *p, uint16_t len, bool nocase, uint32_t rule)
{
	uint8_t key[256] = { nocase };
	struct literal *l;
	int r;

	if (len > sizeof(key) - 1)
		return -EINVAL;
	memcpy(key + 1, p, len);
	HASH_FIND(hh, s->by_key, key, len + 1u, l);
	r = l ? 0 : literal_new(s, key, (uint16_t)(len + 1), &l);
	return r ? r : vec_push(&l->rules, rule);
}

static int compile(struct scan_set *s, const char **text, size_t *len, unsigned int *flags, unsigned int *ids,
		   struct strbuf *err)
{
	hs_compile_error_t *why = NULL;

	for (size_t i = 0; i < s->literals.len; i++) {
		const struct literal *l = s->literals.data[i];

		text[i] = (const char *)l->key + 1;
		len[i] = l->len - 1u;
		flags[i] = l->key[0] ? HS_FLAG_CASELESS : 0;
		ids[i] = l->index;
	}
	if (hs_compile_lit_multi(text, flags, ids, len, (unsigned int)s->literals.len, HS_MODE_BLOCK, NULL, &s->db,
				 &why) == HS_SUCCESS)
		return 0;
	strbuf_addf(err, "libhs: %s", why ? why->message : "out of memory");
	hs_free_compile_error(why);
	return -EINVAL;
}

int scan_set_build(struct scan_set *s, struct scan_room **room, struct strbuf *err)
{
	size_t n = s->literals.len;
	_cleanup_free_ const char **text = calloc(n + 1, sizeof(*text));
	_cleanup_free_ size_t *len = calloc(n + 1, sizeof(*len));
	_cleanup_free_ unsigned int *flags = calloc(n + 1, sizeof(*flags));
	_cleanup_free_ unsigned int *ids = calloc(n + 1, sizeof(*ids));
	int r;

	if (!*room)
		*room = calloc(1, sizeof(**room));
	if (!*room || !text || !len || !flags || !ids)
		return -ENOMEM;
	if (!n)
		return 0;
	r = compile(s, text, len, flags, ids, err);
	if (!r && hs_alloc_scratch(s->db, &(*room)->scratch) != HS_SUCCESS)
		r = -ENOMEM;
	return r;
}

void scan_set_free(struct scan_set *s)
{
	if (!s)
		return;
	HASH_CLEAR(hh, s->by_key);
	for (size_t i = 0; i < s->literals.len; i++) {
		vec_done(&s->literals.data[i]->rules);
		free(s->literals.data[i]);
	}
	vec_done(&s->literals);
	hs_free_database(s->db);
	free(s);
}

void scan_room_free(struct scan_room *room)
{
	if (room)
		hs_free_scratch(room->scratch);
	free(room);
}

uint32_t scan_set_longest(const struct scan_set *s)
{
	return s->longest;
}

struct run {
	const struct scan_set *s;
	scan_fn fn;
	void *ctx;
};

static int on_match(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *ctx)
{
	const struct run *run = ctx;
	const struct literal *l = run->s->literals.data[id];

	(void)from;
	(void)flags;
	for (size_t i = 0; i < l->rules.len; i++)
		run->fn(l->rules.data[i], (uint32_t)to, run->ctx);
	return 0;
}

int scan_set_run(const struct scan_set *s, struct scan_room *room, const uint8_t *p, uint32_t len, scan_fn fn, void *ctx)
{
	struct run run = { .s = s, .fn = fn, .ctx = ctx };

	if (!s->db || !len)
		return 0;
	return hs_scan(s->db, (const char *)p, len, 0, room->scratch, on_match, &run) == HS_SUCCESS ? 0 : -EIO;
}
