// SPDX-License-Identifier: BSD-2-Clause
/*
 * The index of cut MACs: what lets the kernel drop a denied device's flood for
 * one cache line. Only a help: a key that finds no room in its two lines, that
 * is guarded, or that is of another kind or level, is asked of the deny map. A
 * slot is closed (its tag 0) before it changes, so that a packet in between
 * asks the map too. It has as few lines as its entries need, twice as many when
 * they are full, and never fewer again. One process writes.
 */
#include "kern/internal.h"

#include <bpf/bpf.h>
#include <string.h>

#include "cordon_hash.h"

#define LEAST_LINES 64
#define WAYS ARRAY_SIZE(((struct cordon_deny_line *)0)->s)

static uint64_t fp_of(const struct kern *k, const struct cordon_deny_key *key)
{
	return cordon_deny_hash(k->state->seed, key);
}

static uint64_t tag_of(uint64_t fp, uint64_t until_ns)
{
	const uint64_t most = (1U << CORDON_DENY_TICK_BITS) - 1;
	uint64_t tick = until_ns >> CORDON_DENY_TICK_SHIFT;

	return (fp & ~most) | (tick < most ? tick : most);
}

static struct cordon_deny_slot *slot_in(struct cordon_deny_line *l, uint64_t fp)
{
	for (unsigned int i = 0; i < WAYS; i++) {
		uint64_t tag = __atomic_load_n(&l->s[i].tag, __ATOMIC_RELAXED);

		if (tag && cordon_deny_is(tag, fp))
			return &l->s[i];
	}
	return NULL;
}

static struct cordon_deny_slot *free_in(struct cordon_deny_line *l)
{
	for (unsigned int i = 0; i < WAYS; i++)
		if (!__atomic_load_n(&l->s[i].tag, __ATOMIC_RELAXED))
			return &l->s[i];
	return NULL;
}

/* @in: the lines, @mask + 1 of them */
static struct cordon_deny_slot *slot_of(struct cordon_deny_line *in, uint32_t mask, uint64_t fp)
{
	struct cordon_deny_slot *s = slot_in(&in[cordon_deny_line1(fp, mask)], fp);

	return s ? s : slot_in(&in[cordon_deny_line2(fp, mask)], fp);
}

static struct cordon_deny_slot *slot_of_key(const struct kern *k, const struct cordon_deny_key *key)
{
	if (!k->index || key->kind != CORDON_DENY_MAC)
		return NULL;
	return slot_of(k->index, k->state->deny_lines_mask, fp_of(k, key));
}

/* unless it is guarded */
static bool belongs(const struct cordon_deny_key *key, const struct cordon_deny *val)
{
	return key->kind == CORDON_DENY_MAC && val->level == CORDON_LEVEL_CUT;
}

static bool is_guarded(const struct kern *k, const struct cordon_deny_key *key)
{
	struct cordon_guard_key g = { .prefixlen = 16 + 48, .kind = CORDON_DENY_MAC };
	struct cordon_guard v;

	memcpy(g.value, key->value, 6);
	return !bpf_map_lookup_elem(k->fds[KERN_MAP_guard], &g, &v);
}

static void add_counts(uint64_t dropped, struct cordon_deny *val)
{
	val->packets += dropped >> CORDON_DENY_BYTE_BITS;
	val->bytes += dropped & ((1ULL << CORDON_DENY_BYTE_BITS) - 1);
}

void deny_index_counts(const struct kern *k, const struct cordon_deny_key *key, struct cordon_deny *val)
{
	const struct cordon_deny_slot *s = slot_of_key(k, key);

	if (s)
		add_counts(__atomic_load_n(&s->dropped, __ATOMIC_RELAXED), val);
}

/* --- as many lines as the entries need --- */

/* of what the index had before it grew, one entry to its new place */
struct growth {
	struct kern *k;
	struct cordon_deny_line *old;
	uint32_t mask;
};

/* false: both lines are full */
static bool place(struct kern *k, uint64_t fp, uint64_t tag, uint64_t dropped)
{
	uint32_t mask = k->state->deny_lines_mask;
	struct cordon_deny_slot *s = free_in(&k->index[cordon_deny_line1(fp, mask)]);

	if (!s)
		s = free_in(&k->index[cordon_deny_line2(fp, mask)]);
	if (!s)
		return false;
	__atomic_store_n(&s->dropped, dropped, __ATOMIC_SEQ_CST);
	__atomic_store_n(&s->tag, tag, __ATOMIC_SEQ_CST);
	k->index_used++;
	return true;
}

/* what was counted goes back to the entry: the map has it alone from here on */
static void give_back(struct kern *k, const struct cordon_deny_key *key, uint64_t dropped)
{
	struct cordon_deny v;

	if (!dropped || bpf_map_lookup_elem(k->fds[KERN_MAP_deny], key, &v))
		return;
	add_counts(dropped, &v);
	(void)bpf_map_update_elem(k->fds[KERN_MAP_deny], key, &v, BPF_EXIST);
}

/* also what has found no room so far */
static int move_one(const struct cordon_deny_key *key, const struct cordon_deny *val, void *ctx)
{
	struct growth *g = ctx;
	uint64_t fp = fp_of(g->k, key);
	struct cordon_deny_slot *was;

	if (!belongs(key, val))
		return 0;
	was = slot_of(g->old, g->mask, fp);
	if (was) {
		if (!place(g->k, fp, was->tag, was->dropped))
			give_back(g->k, key, was->dropped);
	} else if (!is_guarded(g->k, key)) {
		(void)place(g->k, fp, tag_of(fp, val->until_ns), 0);
	}
	return 0;
}

/* in between packets find what is denied in the map */
static void grow(struct kern *k)
{
	uint32_t mask = k->state->deny_lines_mask, lines = 2 * (mask + 1);
	struct growth g = { .k = k, .mask = mask, .old = calloc(mask + 1, sizeof(*g.old)) };

	if (!g.old)
		return; /* as it is: what finds no room is asked of the map */
	for (uint32_t i = 0; i <= mask; i++)
		for (unsigned int j = 0; j < WAYS; j++)
			g.old[i].s[j].tag = __atomic_exchange_n(&k->index[i].s[j].tag, 0, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i <= mask; i++)
		for (unsigned int j = 0; j < WAYS; j++)
			g.old[i].s[j].dropped = __atomic_exchange_n(&k->index[i].s[j].dropped, 0, __ATOMIC_SEQ_CST);
	k->index_used = 0;
	__atomic_store_n(&k->state->deny_lines_mask, (lines < LEAST_LINES ? LEAST_LINES : lines) - 1, __ATOMIC_SEQ_CST);
	(void)kern_deny_each(k, move_one, &g);
	free(g.old);
}

/* --- all of them --- */

static uint64_t id_of(uint64_t fp_or_tag, uint32_t line)
{
	return fp_or_tag >> CORDON_DENY_TICK_BITS << CORDON_DENY_TICK_BITS | (uint64_t)line << 1 | 1;
}
cordon_static_assert(CORDON_DENY_LINES < 1U << (CORDON_DENY_TICK_BITS - 1), "a line's number and the bit beside it");

void kern_deny_ids(uint64_t seed, uint32_t mask, const struct cordon_deny_key *key, uint64_t ret[2])
{
	uint64_t fp = cordon_deny_hash(seed, key);

	ret[0] = id_of(fp, cordon_deny_line1(fp, mask));
	ret[1] = id_of(fp, cordon_deny_line2(fp, mask));
}

/* line after line: to look each key up takes ten times as long */
int deny_index_each(const struct kern *k, int (*cb)(const struct kern_deny_count *, void *), void *ctx)
{
	int r = 0;

	for (uint32_t i = 0; !r && k->index && i < (k->state->deny_lines_mask + 1) * WAYS; i++) {
		const struct cordon_deny_slot *s = &k->index[i / WAYS].s[i % WAYS];
		uint64_t tag = __atomic_load_n(&s->tag, __ATOMIC_RELAXED);
		struct kern_deny_count n = { .id = id_of(tag, i / (uint32_t)WAYS) };
		struct cordon_deny v = { 0 };

		add_counts(__atomic_load_n(&s->dropped, __ATOMIC_RELAXED), &v);
		n.packets = v.packets;
		n.bytes = v.bytes;
		r = tag && n.packets ? cb(&n, ctx) : 0;
	}
	return r;
}

/* --- one key --- */

void deny_index_del(struct kern *k, const struct cordon_deny_key *key, struct cordon_deny *val)
{
	struct cordon_deny_slot *s = slot_of_key(k, key);

	if (!s)
		return;
	__atomic_store_n(&s->tag, 0, __ATOMIC_SEQ_CST);
	if (val)
		add_counts(__atomic_load_n(&s->dropped, __ATOMIC_SEQ_CST), val);
	k->index_used--;
}

void deny_index_set(struct kern *k, const struct cordon_deny_key *key, const struct cordon_deny *val)
{
	uint32_t lines;

	if (!k->index || !belongs(key, val) || is_guarded(k, key))
		return;
	lines = k->state->deny_lines_mask + 1;
	/* five eighths: then nearly every key is in its first line */
	if (k->index_used >= lines * WAYS * 5 / 8 && lines < CORDON_DENY_LINES)
		grow(k);
	/* it may have been placed by that */
	if (!slot_of_key(k, key))
		(void)place(k, fp_of(k, key), tag_of(fp_of(k, key), val->until_ns), 0);
}

/* a process that was killed while the index grew has left it without some */
static int mend_one(const struct cordon_deny_key *key, const struct cordon_deny *val, void *ctx)
{
	if (!slot_of_key(ctx, key))
		deny_index_set(ctx, key, val);
	return 0;
}

void deny_index_learn(struct kern *k)
{
	if (!k->index)
		return;
	k->index_used = 0;
	for (uint32_t i = 0; i <= k->state->deny_lines_mask; i++)
		for (unsigned int j = 0; j < WAYS; j++)
			k->index_used += !!k->index[i].s[j].tag;
	(void)kern_deny_each(k, mend_one, k);
}
