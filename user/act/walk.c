/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running quarantines with what the kernel counted for each, for lists. A hundred
 * thousand single lookups in the deny map take a tenth of a second; the whole
 * map in large parts a fourth of that. So when the first few have been asked for,
 * the counts of all are read and kept by the ids of their key: those of the index,
 * which is in our memory, and those of the map when many entries of it have counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "act/act_int.h"
#include "base/cleanup.h"
#include "cordon_hash.h"

#define ONE_BY_ONE 1024 /* single lookups, about what reading all of a full index costs */
#define FEW 4096	/* entries, about what a fourth of a full map costs */

struct counts {
	uint64_t id; /* 0: free */
	uint64_t packets, bytes, passed;
};

struct act_walk {
	struct act *a;
	struct q_cursor cursor;
	const struct q_record *at; /* shown last */
	unsigned int asked;	   /* how often, stops at ONE_BY_ONE */
	uint64_t seed;		   /* of the ids, and the mask of the index then */
	uint32_t mask;
	struct counts *table; /* open addressing, at most half full; NULL: not read */
	size_t slots;	      /* a power of two: as many as what counted needs, so that it stays near when little has */
	size_t used;
	bool is_index_only; /* what few entries of the map have counted is asked one by one */
};

static struct counts *slot_in(struct counts *table, size_t slots, uint64_t id)
{
	size_t i = cordon_mix(id) & (slots - 1);

	while (table[i].id && table[i].id != id)
		i = (i + 1) & (slots - 1);
	return &table[i];
}

static int grow(struct act_walk *w)
{
	size_t slots = w->slots ? 4 * w->slots : 1024;
	struct counts *table;

	/* each record has two keys at most, and what else the kernel has ends soon */
	if (slots > 16 * (size_t)CORDON_DENY_MAX)
		return -E2BIG;
	table = calloc(slots, sizeof(*table));
	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < w->slots; i++)
		if (w->table[i].id)
			*slot_in(table, slots, w->table[i].id) = w->table[i];
	free(w->table);
	w->table = table;
	w->slots = slots;
	return 0;
}

static int take_count(const struct kern_deny_count *n, void *ctx)
{
	struct act_walk *w = ctx;
	struct counts *c;
	int r;

	if (w->used >= w->slots / 2) {
		r = grow(w);
		if (r)
			return r;
	}
	c = slot_in(w->table, w->slots, n->id);
	w->used += !c->id;
	c->id = n->id;
	c->packets += n->packets;
	c->bytes += n->bytes;
	c->passed += n->passed;
	return 0;
}

static int read_counts(struct act_walk *w)
{
	int r = grow(w);

	w->seed = kern_state(w->a->kern)->seed;
	w->mask = kern_state(w->a->kern)->deny_lines_mask;
	if (!r)
		r = kern_deny_counts(w->a->kern, FEW, take_count, w);
	w->is_index_only = r == 1;
	return r < 0 ? r : 0;
}

int act_walk_open(struct act *a, struct act_walk **ret)
{
	struct act_walk *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->a = a;
	q_cursor_open(a->quarantines, &w->cursor);
	*ret = w;
	return 0;
}

static void add_slots(const struct act_walk *w, const struct cordon_deny_key *key, struct counts *sum)
{
	uint64_t ids[2];

	kern_deny_ids(w->seed, w->mask, key, ids);
	for (unsigned int i = 0; i < 1u + (ids[0] != ids[1]); i++) {
		const struct counts *c = slot_in(w->table, w->slots, ids[i]);

		sum->id |= c->id;
		sum->packets += c->packets;
		sum->bytes += c->bytes;
		sum->passed += c->passed;
	}
}

static void add_entry(const struct act_walk *w, const struct cordon_deny_key *key, struct counts *sum)
{
	struct cordon_deny v;

	if (!kern_deny_counted(w->a->kern, key) || kern_deny_entry(w->a->kern, key, &v))
		return;
	sum->id |= 1;
	sum->packets += v.packets;
	sum->bytes += v.bytes;
	sum->passed += v.passed;
}

static void take_from_table(const struct act_walk *w, struct quarantine *q)
{
	struct cordon_deny_key keys[2];
	unsigned int n = w->used || w->is_index_only ? q_deny_keys(w->at, keys) : 0;
	struct counts sum = { 0 };

	for (unsigned int i = 0; i < n; i++) {
		if (w->used)
			add_slots(w, &keys[i], &sum);
		if (w->is_index_only)
			add_entry(w, &keys[i], &sum);
	}
	if (!sum.id)
		return; /* as it was when its entry was written */
	q->packets = sum.packets;
	q->bytes = sum.bytes;
	q->passed = sum.passed;
}

void act_walk_count(struct act_walk *w, struct quarantine *q)
{
	if (!w->a->kern || !w->at)
		return;
	if (w->asked < ONE_BY_ONE && ++w->asked == ONE_BY_ONE && read_counts(w)) {
		free(w->table); /* one at a time then: slow, but right */
		w->table = NULL;
	}
	if (w->table)
		take_from_table(w, q);
	else
		q_read_record(w->a->quarantines, w->at, q);
}

bool act_walk_next(struct act_walk *w, struct quarantine *ret)
{
	while ((w->at = q_cursor_next(&w->cursor)) && !w->at->active)
		;
	if (!w->at)
		return false;
	*ret = w->at->q;
	return true;
}

const struct cordon_device_key *act_walk_key(const struct act_walk *w)
{
	return &w->at->key;
}

void act_walk_close(struct act_walk *w)
{
	if (!w)
		return;
	q_cursor_close(w->a->quarantines, &w->cursor);
	free(w->table);
	free(w);
}
