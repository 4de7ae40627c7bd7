// SPDX-License-Identifier: BSD-2-Clause
/*
 * What only a replay needs: maps as new between two captures without loading
 * the programs again, and an empty program, whose run time is that of the
 * test run itself.
 */
#include "kern/internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdlib.h>
#include <string.h>

/* every element of an array map to zero, in batches of as many bytes at most */
#define BATCH_BYTES (1u << 20)

static int zero_array(const struct kern *k, unsigned int map)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info), at, i, count, batch;
	_cleanup_free_ uint32_t *keys = NULL;
	_cleanup_free_ void *values = NULL;
	int r;

	r = bpf_obj_get_info_by_fd(k->fds[map], &info, &len);
	if (r)
		return -errno;
	batch = BATCH_BYTES / info.value_size < info.max_entries ? BATCH_BYTES / info.value_size : info.max_entries;
	keys = calloc(batch, sizeof(*keys));
	values = calloc(batch, info.value_size);
	if (!keys || !values)
		return -ENOMEM;
	for (at = 0; at < info.max_entries; at += count) {
		count = info.max_entries - at < batch ? info.max_entries - at : batch;
		for (i = 0; i < count; i++)
			keys[i] = at + i;
		r = (int)count;
		if (bpf_map_update_batch(k->fds[map], keys, values, (uint32_t *)&r, NULL))
			return -errno;
	}
	return 0;
}

static int delete_all(const struct kern *k, unsigned int map, size_t key_size)
{
	uint8_t key[64];

	if (key_size > sizeof(key))
		return -EINVAL;
	while (!bpf_map_get_next_key(k->fds[map], NULL, key))
		if (bpf_map_delete_elem(k->fds[map], key) && errno != ENOENT)
			return -errno;
	return 0;
}

static int learned_one(const struct cordon_learned_key *key, const struct cordon_learned *val, void *ctx)
{
	(void)val;
	return kern_learned_del(ctx, key);
}

static int deny_one(const struct cordon_deny_key *key, const struct cordon_deny *val, void *ctx)
{
	(void)val;
	return kern_deny_del(ctx, key);
}

int kern_reset(struct kern *k)
{
	int r;

	if (!k->flows || !k->state)
		return -EOPNOTSUPP;
	memset(k->flows, 0, (size_t)k->flow_slots / CORDON_FLOW_WAYS * sizeof(*k->flows));
	k->state->now_ns = 0;
	r = kern_deny_each(k, deny_one, k);
	r = r ? r : kern_learned_each(k, learned_one, k);
	r = r ? r : zero_array(k, KERN_MAP_shakes);
	r = r ? r : zero_array(k, KERN_MAP_lost_ns);
	r = r ? r : delete_all(k, KERN_MAP_devices, sizeof(struct cordon_device_key));
	r = r ? r : delete_all(k, KERN_MAP_routers, sizeof(struct cordon_device_key));
	k->state->routers = 0;
	r = r ? r : zero_array(k, KERN_MAP_budgets);
	r = r ? r : delete_all(k, KERN_MAP_allow, sizeof(struct cordon_home_key));
	return r ? r : delete_all(k, KERN_MAP_guard, sizeof(struct cordon_guard_key));
}

/* r0 = code; exit */
static int load_empty(enum bpf_prog_type type, int32_t code)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = code },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .prog_flags = type == BPF_PROG_TYPE_XDP ? BPF_F_XDP_HAS_FRAGS : 0);
	int fd = bpf_prog_load(type, "empty", "GPL", insns, ARRAY_SIZE(insns), &o);

	return fd < 0 ? -errno : fd;
}

int kern_empty_new(struct kern **ret)
{
	struct kern *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return -ENOMEM;
	for (unsigned int i = 0; i < KERN_MAPS; i++)
		k->fds[i] = -1;
	k->attached_fd = -1;
	k->xdp_fd = load_empty(BPF_PROG_TYPE_XDP, XDP_PASS);
	k->tc_fd = load_empty(BPF_PROG_TYPE_SCHED_CLS, TC_ACT_UNSPEC);
	r = k->xdp_fd < 0 ? k->xdp_fd : k->tc_fd < 0 ? k->tc_fd : 0;
	if (r) {
		kern_free(k);
		return r;
	}
	*ret = k;
	return 0;
}
