// SPDX-License-Identifier: BSD-2-Clause
/*
 * The map of learned addresses, and how many there are, which is all that a
 * packet reads while there is none. The count is raised before an entry can be
 * found and lowered after it has gone; an update of one that is there leaves it.
 * One process writes; at its first change it counts what an earlier one left.
 */
#include "kern/internal.h"

#include <bpf/bpf.h>
#include <errno.h>

static int count_one(const struct cordon_learned_key *key, const struct cordon_learned *val, void *ctx)
{
	(void)key;
	(void)val;
	++*(uint32_t *)ctx;
	return 0;
}

static void count_there(struct kern *k)
{
	uint32_t n = 0;

	if (k->learned_counted)
		return;
	kern_learned_each(k, count_one, &n);
	__atomic_store_n(&k->state->learned, n, __ATOMIC_RELEASE);
	k->learned_counted = true;
}

int kern_learned_put(struct kern *k, const struct cordon_learned_key *key, const struct cordon_learned *val)
{
	int fd = k->fds[KERN_MAP_learned], e;

	count_there(k);
	if (!bpf_map_update_elem(fd, key, val, BPF_EXIST))
		return 0;
	__atomic_fetch_add(&k->state->learned, 1, __ATOMIC_RELEASE);
	if (!bpf_map_update_elem(fd, key, val, BPF_NOEXIST))
		return 0;
	e = errno;
	__atomic_fetch_sub(&k->state->learned, 1, __ATOMIC_RELEASE);
	return e == E2BIG || e == ENOSPC ? -E2BIG : -e;
}

int kern_learned_del(struct kern *k, const struct cordon_learned_key *key)
{
	count_there(k);
	if (bpf_map_delete_elem(k->fds[KERN_MAP_learned], key))
		return -errno;
	__atomic_fetch_sub(&k->state->learned, 1, __ATOMIC_RELEASE);
	return 0;
}

int kern_learned_each(struct kern *k, int (*cb)(const struct cordon_learned_key *, const struct cordon_learned *, void *), void *ctx)
{
	struct cordon_learned_key key, next;
	struct cordon_learned val;
	int fd = k->fds[KERN_MAP_learned], r = 0;
	bool more = !bpf_map_get_next_key(fd, NULL, &next);

	while (!r && more) {
		key = next;
		more = !bpf_map_get_next_key(fd, &key, &next);
		if (!bpf_map_lookup_elem(fd, &key, &val))
			r = cb(&key, &val, ctx);
	}
	return r;
}
