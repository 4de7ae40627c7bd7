// SPDX-License-Identifier: BSD-2-Clause
/*
 * Typed access to the maps. By descriptor only, so that the daemon needs no
 * capability (Linux 5.19 and later); what is hot is mmap-ed. deny has a file of
 * its own, because its filter must be kept in step.
 */
#include "kern/internal.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "base/hash.h"

static int put(const struct kern *k, unsigned int map, const void *key, const void *val)
{
	return bpf_map_update_elem(k->fds[map], key, val, BPF_ANY) ? -errno : 0;
}

static int del(const struct kern *k, unsigned int map, const void *key)
{
	return bpf_map_delete_elem(k->fds[map], key) ? -errno : 0;
}

int kern_guard_put(struct kern *k, const struct cordon_guard_key *key, const struct cordon_guard *val)
{
	struct cordon_guard was;
	bool is_new = bpf_map_lookup_elem(k->fds[KERN_MAP_guard], key, &was) != 0;
	int r = put(k, KERN_MAP_guard, key, val);

	if (!r && is_new)
		kern_deny_guard_changed(k, key);
	return r == -ENOSPC ? -E2BIG : r;
}

int kern_guard_del(struct kern *k, const struct cordon_guard_key *key)
{
	int r = del(k, KERN_MAP_guard, key);

	if (!r)
		kern_deny_guard_changed(k, key);
	return r;
}

int kern_home_put(struct kern *k, const struct prefix *p)
{
	struct cordon_home_key key = { .prefixlen = p->len };
	uint8_t one = 1;
	int r;

	memcpy(key.addr, p->addr.b, sizeof(key.addr));
	r = put(k, KERN_MAP_home, &key, &one);
	return r == -ENOSPC ? -E2BIG : r;
}

int kern_allow_put(struct kern *k, const struct prefix *p, uint32_t services)
{
	struct cordon_home_key key = { .prefixlen = p->len };
	struct cordon_allow val = { .services = services };
	int r;

	memcpy(key.addr, p->addr.b, sizeof(key.addr));
	r = services ? put(k, KERN_MAP_allow, &key, &val) : del(k, KERN_MAP_allow, &key);
	return r == -ENOSPC ? -E2BIG : r;
}

int kern_allow_each(struct kern *k, int (*cb)(const struct prefix *, uint32_t, void *), void *ctx)
{
	struct cordon_home_key key, next;
	struct cordon_allow val;
	int fd = k->fds[KERN_MAP_allow], r = 0;
	bool more = !bpf_map_get_next_key(fd, NULL, &next);

	for (unsigned int i = 0; !r && more && i < CORDON_ALLOW_MAX; i++) {
		struct prefix p;

		key = next;
		more = !bpf_map_get_next_key(fd, &key, &next);
		p.len = (uint8_t)key.prefixlen;
		memcpy(p.addr.b, key.addr, sizeof(p.addr.b));
		if (!bpf_map_lookup_elem(fd, &key, &val))
			r = cb(&p, val.services, ctx);
	}
	return r;
}

static int iface_get(const struct kern *k, uint32_t ifindex, uint32_t *ret_slot, struct cordon_iface *ret)
{
	*ret_slot = ifindex & (CORDON_IFACE_MAX - 1);
	return bpf_map_lookup_elem(k->fds[KERN_MAP_ifaces], ret_slot, ret) ? -errno : 0;
}

int kern_iface_put(struct kern *k, const struct cordon_iface *val)
{
	struct cordon_iface old;
	uint32_t slot;
	int r = val->ifindex ? iface_get(k, val->ifindex, &slot, &old) : -EINVAL;

	if (r)
		return r;
	if (old.ifindex && old.ifindex != val->ifindex)
		return -EEXIST;
	return put(k, KERN_MAP_ifaces, &slot, val);
}

bool kern_iface_is(struct kern *k, const struct cordon_iface *val)
{
	struct cordon_iface there;
	uint32_t slot;

	return !iface_get(k, val->ifindex, &slot, &there) && !memcmp(&there, val, sizeof(there));
}

int kern_iface_get(struct kern *k, uint32_t ifindex, struct cordon_iface *ret)
{
	struct cordon_iface i;
	uint32_t slot;
	int r = iface_get(k, ifindex, &slot, &i);

	if (r || !ifindex || i.ifindex != ifindex)
		return r ? r : -ENOENT;
	*ret = i;
	return 0;
}

int kern_iface_at(struct kern *k, uint32_t slot, struct cordon_iface *ret)
{
	struct cordon_iface i;

	if (bpf_map_lookup_elem(k->fds[KERN_MAP_ifaces], &slot, &i))
		return -errno;
	if (!i.ifindex)
		return -ENOENT;
	*ret = i;
	return 0;
}

int kern_iface_del(struct kern *k, uint32_t ifindex)
{
	struct cordon_iface old;
	const struct cordon_iface none = {};
	uint32_t slot;
	int r = iface_get(k, ifindex, &slot, &old);

	if (r)
		return r;
	if (!ifindex || old.ifindex != ifindex)
		return -ENOENT;
	return put(k, KERN_MAP_ifaces, &slot, &none);
}

uint64_t kern_budget_shed(struct kern *k, const struct cordon_device_key *key)
{
	uint32_t at = cordon_budget_of(k->state->seed, key);
	struct cordon_budget b;

	return bpf_map_lookup_elem(k->fds[KERN_MAP_budgets], &at, &b) ? 0 : b.shed;
}

int kern_budget_sheds(struct kern *k, uint64_t **ret)
{
	_cleanup_free_ struct cordon_budget *vals = calloc(CORDON_BUDGETS, sizeof(*vals));
	_cleanup_free_ uint32_t *keys = calloc(CORDON_BUDGETS, sizeof(*keys));
	_cleanup_free_ uint64_t *sheds = calloc(CORDON_BUDGETS, sizeof(*sheds));
	uint32_t batch = 0, n = CORDON_BUDGETS;

	if (!vals || !keys || !sheds)
		return -ENOMEM;
	if (bpf_map_lookup_batch(k->fds[KERN_MAP_budgets], NULL, &batch, keys, vals, &n, NULL) && errno != ENOENT)
		return -errno;
	for (uint32_t i = 0; i < n; i++)
		sheds[keys[i] & (CORDON_BUDGETS - 1)] = vals[i].shed;
	*ret = TAKE_PTR(sheds);
	return 0;
}

int kern_device_get(struct kern *k, const struct cordon_device_key *key, struct cordon_device *ret)
{
	return bpf_map_lookup_elem(k->fds[KERN_MAP_devices], key, ret) ? -errno : 0;
}

#define DEVICES_AT_ONCE 1024

int kern_device_each(struct kern *k, int (*cb)(const struct cordon_device_key *, const struct cordon_device *, void *), void *ctx)
{
	_cleanup_free_ struct cordon_device_key *keys = calloc(DEVICES_AT_ONCE, sizeof(*keys));
	_cleanup_free_ struct cordon_device *vals = calloc(DEVICES_AT_ONCE, sizeof(*vals));
	uint32_t batch = 0, n;
	bool is_first = true, more = true;
	int r = 0;

	if (!keys || !vals)
		return -ENOMEM;
	/* bounded, should the map change under us for ever */
	for (unsigned int rounds = 0; !r && more && rounds < 2 * CORDON_DEVICE_MAX / DEVICES_AT_ONCE + 64; rounds++) {
		n = DEVICES_AT_ONCE;
		if (bpf_map_lookup_batch(k->fds[KERN_MAP_devices], is_first ? NULL : &batch, &batch, keys, vals, &n, NULL)) {
			if (errno != ENOENT)
				return -errno;
			more = false; /* the last part comes with it */
		}
		is_first = false;
		for (uint32_t i = 0; !r && i < n; i++)
			r = cb(&keys[i], &vals[i], ctx);
	}
	return r;
}

int kern_device_set_router(struct kern *k, const struct cordon_device_key *key)
{
	const uint32_t one = 1;
	int r = put(k, KERN_MAP_routers, key, &one);

	if (!r)
		__atomic_store_n(&k->state->routers, 1, __ATOMIC_RELEASE);
	return r;
}

/* add up one per-CPU value of @n 64-bit numbers */
static int sum_cpus(int fd, uint64_t *ret, size_t n)
{
	int cpus = libbpf_num_possible_cpus();
	_cleanup_free_ uint64_t *v = NULL;
	uint32_t zero = 0;

	if (cpus < 0)
		return cpus;
	v = calloc((size_t)cpus * n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &zero, v))
		return -errno;
	memset(ret, 0, n * sizeof(*ret));
	for (size_t i = 0; i < (size_t)cpus * n; i++)
		ret[i % n] += v[i];
	return 0;
}

int kern_counters(struct kern *k, struct cordon_counters *ret, struct cordon_reasons *ret_reasons)
{
	int r = ret ? sum_cpus(k->fds[KERN_MAP_counters], (uint64_t *)ret, sizeof(*ret) / 8) : 0;

	if (r || !ret_reasons)
		return r;
	return sum_cpus(k->fds[KERN_MAP_reasons], (uint64_t *)ret_reasons, sizeof(*ret_reasons) / 8);
}

struct cordon_state *kern_state(struct kern *k)
{
	return k->state;
}

struct cordon_flow *kern_flow(struct kern *k, uint32_t flow_slot)
{
	if (flow_slot >= k->flow_slots)
		return NULL;
	return &k->flows[flow_slot / CORDON_FLOW_WAYS].way[flow_slot % CORDON_FLOW_WAYS];
}

/* the record of this life of the flow, or NULL */
static struct cordon_flow *flow_of(struct kern *k, uint64_t flow_id, uint32_t flow_slot)
{
	struct cordon_flow *f = kern_flow(k, flow_slot);
	uint64_t key, first;

	if (!f || !flow_id)
		return NULL;
	key = __atomic_load_n(&f->key, __ATOMIC_RELAXED);
	first = __atomic_load_n(&f->first_ns, __ATOMIC_RELAXED);
	return cordon_flow_id(key, first) == flow_id ? f : NULL;
}

void kern_flow_relax(struct kern *k, uint64_t flow_id, uint32_t flow_slot, uint16_t triggers)
{
	struct cordon_flow *f = flow_of(k, flow_id, flow_slot);

	if (f)
		__atomic_store_n(&f->relaxed, triggers, __ATOMIC_RELEASE);
}

void kern_flow_clear(struct kern *k, uint64_t flow_id, uint32_t flow_slot)
{
	struct cordon_flow *f = flow_of(k, flow_id, flow_slot);

	if (f)
		__atomic_fetch_or(&f->flags, CORDON_FLOW_CLEARED, __ATOMIC_RELEASE);
}
