// SPDX-License-Identifier: BSD-2-Clause
/*
 * The index of cut MACs: what lets the kernel drop a denied device's flood for
 * one cache line. Only a help: a key that finds no room in its two lines, that
 * is guarded, or that is of another kind or level, is asked of the deny map. A
 * slot is closed (until_ns 0) before it changes, so that a packet in between
 * asks the map too.
 */
#include "kern/internal.h"

#include <bpf/bpf.h>
#include <string.h>

#include "cordon_hash.h"

static uint64_t fp_of(const struct kern *k, const struct cordon_deny_key *key)
{
	return cordon_deny_hash(k->state->seed, key);
}

static struct cordon_deny_slot *slot_in(const struct kern *k, uint32_t line, uint64_t fp)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(k->index[line].s); i++)
		if (__atomic_load_n(&k->index[line].s[i].fp, __ATOMIC_RELAXED) == fp)
			return &k->index[line].s[i];
	return NULL;
}

/* @fp 0 never: that is a free slot */
static struct cordon_deny_slot *slot_of(const struct kern *k, const struct cordon_deny_key *key)
{
	uint64_t fp = k->index && key->kind == CORDON_DENY_MAC ? fp_of(k, key) : 0;
	struct cordon_deny_slot *s = fp ? slot_in(k, cordon_deny_line1(fp), fp) : NULL;

	return s || !fp ? s : slot_in(k, cordon_deny_line2(fp), fp);
}

static bool is_guarded(const struct kern *k, const struct cordon_deny_key *key)
{
	struct cordon_guard_key g = { .prefixlen = 16 + 48, .kind = CORDON_DENY_MAC };
	struct cordon_guard v;

	memcpy(g.value, key->value, 6);
	return !bpf_map_lookup_elem(k->fds[KERN_MAP_guard], &g, &v);
}

void deny_index_counts(const struct kern *k, const struct cordon_deny_key *key, struct cordon_deny *val)
{
	const struct cordon_deny_slot *s = slot_of(k, key);

	if (!s)
		return;
	val->packets += __atomic_load_n(&s->packets, __ATOMIC_RELAXED);
	val->bytes += __atomic_load_n(&s->bytes, __ATOMIC_RELAXED);
}

/* line after line: to look each key up takes ten times as long */
int deny_index_each(const struct kern *k, int (*cb)(const struct kern_deny_count *, void *), void *ctx)
{
	int r = 0;

	for (uint32_t i = 0; !r && k->index && i < CORDON_DENY_LINES * ARRAY_SIZE(k->index->s); i++) {
		const struct cordon_deny_slot *s = &k->index[i / ARRAY_SIZE(k->index->s)].s[i % ARRAY_SIZE(k->index->s)];
		struct kern_deny_count n = { .hash = __atomic_load_n(&s->fp, __ATOMIC_RELAXED) };

		n.packets = __atomic_load_n(&s->packets, __ATOMIC_RELAXED);
		n.bytes = __atomic_load_n(&s->bytes, __ATOMIC_RELAXED);
		r = n.hash && n.packets ? cb(&n, ctx) : 0;
	}
	return r;
}

void deny_index_del(struct kern *k, const struct cordon_deny_key *key, struct cordon_deny *val)
{
	struct cordon_deny_slot *s = slot_of(k, key);

	if (!s)
		return;
	__atomic_store_n(&s->until_ns, 0, __ATOMIC_SEQ_CST);
	if (val)
		deny_index_counts(k, key, val);
	__atomic_store_n(&s->fp, 0, __ATOMIC_SEQ_CST);
}

void deny_index_set(struct kern *k, const struct cordon_deny_key *key, const struct cordon_deny *val)
{
	struct cordon_deny_slot *s;
	uint64_t fp;

	if (!k->index || key->kind != CORDON_DENY_MAC || val->level != CORDON_LEVEL_CUT || is_guarded(k, key))
		return;
	fp = fp_of(k, key);
	s = slot_of(k, key);
	if (!s)
		s = slot_in(k, cordon_deny_line1(fp), 0);
	if (!s)
		s = slot_in(k, cordon_deny_line2(fp), 0);
	if (!s || !fp)
		return;
	__atomic_store_n(&s->until_ns, 0, __ATOMIC_SEQ_CST);
	if (s->fp != fp)
		s->packets = s->bytes = 0;
	__atomic_store_n(&s->fp, fp, __ATOMIC_SEQ_CST);
	__atomic_store_n(&s->until_ns, val->until_ns, __ATOMIC_SEQ_CST);
}
