// SPDX-License-Identifier: BSD-2-Clause
/*
 * The deny map and the negative filter before it. A bit is set before its key
 * goes into the map and cleared after the last key behind it has left, so that
 * a packet never misses an entry. How many keys stand behind each bit is known
 * to user space only; it is read back from the map at the first change, which
 * also mends what a killed process left behind. One process writes.
 */
#include "kern/internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "cordon_hash.h"

static uint32_t bit_of(const struct kern *k, const struct cordon_deny_key *key)
{
	return (uint32_t)cordon_deny_hash(k->state->seed, key) & (CORDON_DENY_FILTER_BITS - 1);
}

static void count_kind(struct kern *k, const struct cordon_deny_key *key, uint32_t by)
{
	if (key->kind == CORDON_DENY_ADDR)
		__atomic_fetch_add(&k->state->deny_addrs, by, __ATOMIC_RELEASE);
	else if (key->kind == CORDON_DENY_FLOW)
		__atomic_fetch_add(&k->state->deny_flows, by, __ATOMIC_RELEASE);
	else if (key->kind == CORDON_DENY_TAGGED)
		__atomic_fetch_add(&k->state->deny_tagged, by, __ATOMIC_RELEASE);
	else if (key->kind == CORDON_DENY_EVERY)
		__atomic_fetch_add(&k->state->deny_every, by, __ATOMIC_RELEASE);
}

static void note_key(struct kern *k, const struct cordon_deny_key *key)
{
	uint32_t bit = bit_of(k, key);

	if (!k->deny_keys[bit]++)
		__atomic_fetch_or(&k->filter->bits[bit / 8], (uint8_t)(1 << bit % 8), __ATOMIC_RELEASE);
	count_kind(k, key, 1);
	k->deny_count++;
}

static void forget_key(struct kern *k, const struct cordon_deny_key *key)
{
	uint32_t bit = bit_of(k, key);

	if (k->deny_keys[bit] && !--k->deny_keys[bit]) {
		__atomic_fetch_and(&k->filter->bits[bit / 8], (uint8_t)~(1 << bit % 8), __ATOMIC_RELEASE);
		__atomic_fetch_and(&k->filter->counted[bit / 64], ~(1ULL << bit % 64), __ATOMIC_RELEASE);
	}
	count_kind(k, key, (uint32_t)-1);
	k->deny_count--;
}

/* as the kernel does before an entry counts; here of one that begins with counts */
static void note_counts(struct kern *k, const struct cordon_deny_key *key, const struct cordon_deny *val)
{
	uint32_t bit = bit_of(k, key);

	if (val->packets || val->passed)
		__atomic_fetch_or(&k->filter->counted[bit / 64], 1ULL << bit % 64, __ATOMIC_RELEASE);
}

void kern_deny_forget(struct kern *k)
{
	free(k->deny_keys);
	k->deny_keys = NULL;
	k->deny_count = 0;
}

#define DENY_AT_ONCE 4096

static int each(struct kern *k, bool with_index, int (*cb)(const struct cordon_deny_key *, const struct cordon_deny *, void *), void *ctx)
{
	_cleanup_free_ struct cordon_deny_key *keys = calloc(DENY_AT_ONCE, sizeof(*keys));
	_cleanup_free_ struct cordon_deny *vals = calloc(DENY_AT_ONCE, sizeof(*vals));
	bool is_first = true, more = true;
	uint32_t batch = 0, n;
	int r = 0;

	if (!keys || !vals)
		return -ENOMEM;
	/* what is shown is a copy: the callback may change the map. A walk by buckets ends even so. */
	while (!r && more) {
		n = DENY_AT_ONCE;
		if (bpf_map_lookup_batch(k->fds[KERN_MAP_deny], is_first ? NULL : &batch, &batch, keys, vals, &n, NULL)) {
			if (errno != ENOENT)
				return -errno;
			more = false; /* the last part comes with it */
		}
		is_first = false;
		for (uint32_t i = 0; !r && i < n; i++) {
			if (with_index)
				deny_index_counts(k, &keys[i], &vals[i]);
			r = cb(&keys[i], &vals[i], ctx);
		}
	}
	return r;
}

static int count_entry(const struct cordon_deny_key *key, const struct cordon_deny *val, void *ctx)
{
	struct kern *k = ctx;

	note_counts(k, key, val);
	k->deny_keys[bit_of(k, key)]++;
	k->deny_count++;
	return 0;
}

static int count_kinds(const struct cordon_deny_key *key, const struct cordon_deny *val, void *ctx)
{
	uint32_t *n = ctx;

	(void)val;
	n[key->kind & 7]++;
	return 0;
}

/* first change of this process: count the keys, then make filter and state agree with them, byte by byte */
static int learn(struct kern *k)
{
	uint32_t kinds[8] = { 0 };

	if (k->deny_keys)
		return 0;
	k->deny_keys = calloc(CORDON_DENY_FILTER_BITS, sizeof(*k->deny_keys));
	if (!k->deny_keys)
		return -ENOMEM;
	each(k, false, count_entry, k);
	kern_deny_each(k, count_kinds, kinds);
	deny_index_learn(k);
	for (uint32_t i = 0; i < CORDON_DENY_FILTER_BITS / 8; i++) {
		uint8_t want = 0;

		for (uint32_t b = 0; b < 8; b++)
			want |= (uint8_t)(!!k->deny_keys[i * 8 + b] << b);
		if (k->filter->bits[i] != want)
			__atomic_store_n(&k->filter->bits[i], want, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&k->state->deny_addrs, kinds[CORDON_DENY_ADDR], __ATOMIC_RELEASE);
	__atomic_store_n(&k->state->deny_flows, kinds[CORDON_DENY_FLOW], __ATOMIC_RELEASE);
	__atomic_store_n(&k->state->deny_tagged, kinds[CORDON_DENY_TAGGED], __ATOMIC_RELEASE);
	__atomic_store_n(&k->state->deny_every, kinds[CORDON_DENY_EVERY], __ATOMIC_RELEASE);
	return 0;
}

/* a new entry; the bit stands before the key can be found */
static int insert(struct kern *k, const struct cordon_deny_key *key, const struct cordon_deny *val)
{
	uint32_t room = CORDON_DENY_MAX - (val->origin == CORDON_ORIGIN_MANUAL ? 0 : CORDON_DENY_RESERVED);
	int r;

	if (k->deny_count >= room)
		return -E2BIG;
	note_key(k, key);
	note_counts(k, key, val);
	r = bpf_map_update_elem(k->fds[KERN_MAP_deny], key, val, BPF_NOEXIST) ? -errno : 0;
	if (r)
		forget_key(k, key);
	else
		deny_index_set(k, key, val);
	return r;
}

int kern_deny_entry(const struct kern *k, const struct cordon_deny_key *key, struct cordon_deny *ret)
{
	return bpf_map_lookup_elem(k->fds[KERN_MAP_deny], key, ret) ? -errno : 0;
}

/* an entry that is there: out of the index while map and index differ. First, since the kernel hands full counts over. */
static int replace(struct kern *k, const struct cordon_deny_key *key, const struct cordon_deny *val)
{
	struct cordon_deny v = *val, old = {}, index = {};

	deny_index_del(k, key, &index);
	if (kern_deny_entry(k, key, &old))
		return -ENOENT;
	v.packets = old.packets + index.packets;
	v.bytes = old.bytes + index.bytes;
	v.passed = old.passed;
	memcpy(v.due_ns, old.due_ns, sizeof(v.due_ns));
	note_counts(k, key, &v);
	if (bpf_map_update_elem(k->fds[KERN_MAP_deny], key, &v, BPF_EXIST))
		return -errno;
	deny_index_set(k, key, &v);
	return 0;
}

int kern_deny_put(struct kern *k, const struct cordon_deny_key *key, const struct cordon_deny *val)
{
	struct cordon_deny old = {};
	int r = learn(k);

	if (r)
		return r;
	return kern_deny_entry(k, key, &old) ? insert(k, key, val) : replace(k, key, val);
}

int kern_deny_del(struct kern *k, const struct cordon_deny_key *key)
{
	int r = learn(k);

	if (r)
		return r;
	deny_index_del(k, key, NULL);
	if (bpf_map_delete_elem(k->fds[KERN_MAP_deny], key))
		return -errno;
	forget_key(k, key);
	return 0;
}

int kern_deny_get(struct kern *k, const struct cordon_deny_key *key, struct cordon_deny *ret)
{
	struct cordon_deny v;
	int r = kern_deny_entry(k, key, &v);

	if (r)
		return r;
	deny_index_counts(k, key, &v);
	*ret = v;
	return 0;
}

int kern_deny_each(struct kern *k, int (*cb)(const struct cordon_deny_key *, const struct cordon_deny *, void *), void *ctx)
{
	return each(k, true, cb, ctx);
}

struct counting {
	const struct cordon_state *state;
	int (*cb)(const struct kern_deny_count *, void *);
	void *ctx;
};

static int count_entry_of(const struct cordon_deny_key *key, const struct cordon_deny *v, void *ctx)
{
	const struct counting *c = ctx;
	struct kern_deny_count n = { .packets = v->packets, .bytes = v->bytes, .passed = v->passed };
	uint64_t ids[2];

	if (key->kind == CORDON_DENY_FLOW || (!v->packets && !v->passed))
		return 0;
	kern_deny_ids(c->state->seed, c->state->deny_lines_mask, key, ids);
	n.id = ids[0];
	return c->cb(&n, c->ctx);
}

bool kern_deny_counted(const struct kern *k, const struct cordon_deny_key *key)
{
	uint32_t bit = bit_of(k, key);

	return __atomic_load_n(&k->filter->counted[bit / 64], __ATOMIC_ACQUIRE) >> bit % 64 & 1;
}

static uint32_t counted(const struct kern *k)
{
	uint32_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(k->filter->counted); i++)
		n += (uint32_t)__builtin_popcountll(__atomic_load_n(&k->filter->counted[i], __ATOMIC_ACQUIRE));
	return n;
}

int kern_deny_counts(struct kern *k, uint32_t few, int (*cb)(const struct kern_deny_count *, void *), void *ctx)
{
	struct counting c = { .state = k->state, .cb = cb, .ctx = ctx };
	int r = deny_index_each(k, cb, ctx);
	uint32_t n = counted(k);

	if (r || !n)
		return r;
	if (n <= few)
		return 1;
	return each(k, false, count_entry_of, &c);
}

void kern_deny_relearn(struct kern *k)
{
	kern_deny_forget(k);
}

int kern_deny_from(struct kern *k, struct cordon_deny_key *key, unsigned int most,
		   int (*cb)(const struct cordon_deny_key *, const struct cordon_deny *, void *), void *ctx)
{
	static const struct cordon_deny_key none;
	struct cordon_deny_key next;
	struct cordon_deny val;
	int fd = k->fds[KERN_MAP_deny], r = 0;

	/* a key that has gone begins anew, which is all that is asked of it */
	for (unsigned int i = 0; !r && i < most; i++) {
		if (bpf_map_get_next_key(fd, memcmp(key, &none, sizeof(none)) ? key : NULL, &next)) {
			memset(key, 0, sizeof(*key));
			return errno == ENOENT ? 0 : -errno;
		}
		if (!kern_deny_entry(k, &next, &val))
			r = cb(&next, &val, ctx);
		*key = next;
	}
	return r;
}

struct guard_change {
	struct kern *k;
	const struct cordon_guard_key *guard;
};

static int judge_again(const struct cordon_deny_key *key, const struct cordon_deny *val, void *ctx)
{
	const struct guard_change *c = ctx;

	if (key->kind == CORDON_DENY_MAC && !memcmp(key->value, c->guard->value, 6))
		(void)replace(c->k, key, val);
	return 0;
}

void kern_deny_guard_changed(struct kern *k, const struct cordon_guard_key *guard)
{
	struct guard_change c = { k, guard };

	if (k->index && guard->kind == CORDON_DENY_MAC)
		(void)each(k, false, judge_again, &c);
}
