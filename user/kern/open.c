// SPDX-License-Identifier: BSD-2-Clause
/*
 * Load, or adopt what an earlier process pinned.
 *
 * Pinned maps of the same layout are always taken over: quarantines, guards and
 * the seed of all hashes must survive a restart. The programs are taken over
 * too when state->build says that they are of this object and these settings;
 * else new ones are loaded around the old maps, and attaching replaces the old
 * ones. Maps of observation whose size an option has changed begin anew.
 */
#include "kern/inherit.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/hash.h"

DEFINE_CLEANUP(struct kern, kern_free)

/* Enforcement depends on these: they are never begun anew under running programs. */
#define DECISION_MAPS                                                                             \
	(CORDON_BIT(KERN_MAP_deny) | CORDON_BIT(KERN_MAP_deny_filter) | CORDON_BIT(KERN_MAP_deny_index) | \
	 CORDON_BIT(KERN_MAP_guard) | CORDON_BIT(KERN_MAP_learned) | \
	 CORDON_BIT(KERN_MAP_ifaces) | CORDON_BIT(KERN_MAP_home) | CORDON_BIT(KERN_MAP_allow) | \
	 CORDON_BIT(KERN_MAP_state))

/* nobody can choose packets against a hash that he meets after they were captured */
#define REPLAY_SEED 0x436f72646f6e0001ULL

static struct kern *kern_alloc(void)
{
	struct kern *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	memset(k->fds, 0xff, sizeof(k->fds));
	k->xdp_fd = k->tc_fd = k->attached_fd = k->pin_lock = -1;
	return k;
}

static bool is_power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

/* sizes not given are the defaults; masks follow from sizes */
static int take_opts(struct kern *k, const struct kern_opts *o, struct strbuf *err)
{
	k->opts = *o;
	k->opts.flow_buckets = o->flow_buckets ? o->flow_buckets : CORDON_FLOW_BUCKETS;
	k->opts.rec_slots = o->rec_slots ? o->rec_slots : CORDON_REC_SLOTS;
	k->opts.ring_bytes = o->ring_bytes ? o->ring_bytes : CORDON_RING_BYTES;
	if (!is_power_of_two(k->opts.flow_buckets) || !is_power_of_two(k->opts.rec_slots) ||
	    !is_power_of_two(k->opts.ring_bytes)) {
		strbuf_adds(err, "flow.buckets, recorder.slots and ring.bytes must be powers of two");
		return -EINVAL;
	}
	k->opts.config.flow_buckets_mask = k->opts.flow_buckets - 1;
	k->opts.config.rec_slots_mask = k->opts.rec_slots - 1;
	k->opts.pin_dir = NULL;
	if (o->pin_dir) {
		k->own_pin_dir = strdup(o->pin_dir);
		if (!k->own_pin_dir)
			return -ENOMEM;
		k->opts.pin_dir = k->own_pin_dir;
	}
	return 0;
}

static void *map_mmap(int fd, size_t bytes, int prot)
{
	void *p = mmap(NULL, bytes, prot, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int map_memory(struct kern *k)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(k->fds[KERN_MAP_flows], &info, &len))
		return -errno;
	k->state = map_mmap(k->fds[KERN_MAP_state], sizeof(*k->state), PROT_READ | PROT_WRITE);
	k->filter = map_mmap(k->fds[KERN_MAP_deny_filter], sizeof(*k->filter), PROT_READ | PROT_WRITE);
	k->flows = map_mmap(k->fds[KERN_MAP_flows], (size_t)info.max_entries * sizeof(*k->flows),
			    PROT_READ | PROT_WRITE);
	k->index = map_mmap(k->fds[KERN_MAP_deny_index], CORDON_DENY_LINES * sizeof(*k->index), PROT_READ | PROT_WRITE);
	if (!k->state || !k->filter || !k->flows || !k->index)
		return -errno;
	k->flow_slots = info.max_entries * CORDON_FLOW_WAYS;
	return 0;
}

static void unmap_memory(struct kern *k)
{
	if (k->state)
		munmap(k->state, sizeof(*k->state));
	if (k->filter)
		munmap(k->filter, sizeof(*k->filter));
	if (k->index)
		munmap(k->index, CORDON_DENY_LINES * sizeof(*k->index));
	if (k->flows)
		munmap(k->flows, (size_t)k->flow_slots / CORDON_FLOW_WAYS * sizeof(*k->flows));
}

int kern_give_up_decisions(struct kern *k)
{
	if (k->filter)
		munmap(k->filter, sizeof(*k->filter));
	k->filter = NULL;
	if (k->index)
		munmap(k->index, CORDON_DENY_LINES * sizeof(*k->index));
	k->index = NULL;
	if (k->state)
		munmap(k->state, sizeof(*k->state));
	/* mapped for reading only, it cannot be made writable later (bpf_map_mmap() clears VM_MAYWRITE) */
	k->state = map_mmap(k->fds[KERN_MAP_state], sizeof(*k->state), PROT_READ);
	return k->state ? 0 : -errno;
}

/* take the pinned maps that fit; a decision map that does not is an error */
static int open_pinned_maps(struct kern *k, struct strbuf *err)
{
	_cleanup_(kern_skel_free) struct cordon_bpf *s = NULL;
	int r = kern_skel_open(k, &s, err);

	if (r)
		return r;
	for (unsigned int i = 0; i < KERN_MAPS; i++) {
		int fd = kern_pin_open(k, kern_map_name(i));

		if (fd < 0 && fd != -ENOENT) {
			strbuf_addf(err, "%s/%s: cannot open the pinned map: %s%s", k->own_pin_dir, kern_map_name(i),
				    strerror(-fd), fd == -EPERM ? "; run as root" : "");
			return fd;
		}
		if (fd < 0)
			continue;
		if (kern_map_fits(k, s, i, fd)) {
			k->fds[i] = fd;
			continue;
		}
		close(fd);
		if (DECISION_MAPS & CORDON_BIT(i)) {
			strbuf_addf(err, "%s/%s: the pinned map is of another build; detach with that build, then remove %s",
				    k->own_pin_dir, kern_map_name(i), k->own_pin_dir);
			return -EEXIST;
		}
	}
	return 0;
}

/* 1: the pinned programs are those that would be loaded, and were taken; 0: they are not */
static int open_pinned_programs(struct kern *k, uint64_t build)
{
	for (unsigned int i = 0; i < KERN_MAPS; i++) {
		if (k->fds[i] < 0)
			return 0;
	}
	if (map_memory(k) || k->state->build != build)
		return 0;
	k->xdp_fd = kern_pin_open(k, "xdp_ingress");
	k->tc_fd = kern_pin_open(k, "tc_egress");
	return k->xdp_fd >= 0 && k->tc_fd >= 0;
}

static int pin_all(struct kern *k, uint64_t had, struct strbuf *err)
{
	int r = 0;

	for (unsigned int i = 0; !r && i < KERN_MAPS; i++) {
		if (!(had & CORDON_BIT(i)))
			r = kern_pin_replace(k, kern_map_name(i), k->fds[i]);
	}
	if (!r)
		r = kern_pin_replace(k, "xdp_ingress", k->xdp_fd);
	if (!r)
		r = kern_pin_replace(k, "tc_egress", k->tc_fd);
	if (r)
		strbuf_addf(err, "%s: cannot pin there: %s", k->own_pin_dir, strerror(-r));
	return r;
}

static uint64_t maps_there(const struct kern *k)
{
	uint64_t there = 0;

	for (unsigned int i = 0; i < KERN_MAPS; i++)
		there |= k->fds[i] >= 0 ? CORDON_BIT(i) : 0;
	return there;
}

/* load programs around what maps there are; state->build is set last, so that a crash on the way means: load again */
static int load_and_pin(struct kern *k, uint64_t build, struct strbuf *err)
{
	uint64_t had = maps_there(k);
	int r;

	unmap_memory(k);
	k->state = NULL;
	k->filter = NULL;
	k->index = NULL;
	k->flows = NULL;
	closep_(&k->xdp_fd);
	closep_(&k->tc_fd);
	k->xdp_fd = k->tc_fd = -1;
	r = kern_load(k, err);
	if (r)
		return r;
	r = map_memory(k);
	if (r) {
		strbuf_addf(err, "cannot map the maps into memory: %s", strerror(-r));
		return r;
	}
	if (!k->state->seed) /* a replay gives the same results every time, also when records are evicted */
		k->state->seed = k->opts.config.replay ? REPLAY_SEED : random_u64();
	k->state->build = 0;
	r = k->own_pin_dir ? pin_all(k, had, err) : 0;
	if (!r)
		k->state->build = build;
	return r;
}

static int open_attached(struct kern *k)
{
	LIBBPF_OPTS(bpf_map_create_opts, o);
	int fd = k->own_pin_dir ? kern_pin_open(k, "attached") : -ENOENT;

	if (fd == -ENOENT) {
		fd = bpf_map_create(BPF_MAP_TYPE_HASH, "attached", sizeof(uint32_t), sizeof(struct attached), CORDON_IFACE_MAX, &o);
		if (fd < 0)
			return -errno;
		if (k->own_pin_dir && kern_pin_replace(k, "attached", fd)) {
			close(fd);
			return -EIO;
		}
	}
	k->attached_fd = fd < 0 ? -1 : fd;
	return fd < 0 ? fd : 0;
}

int kern_open(const struct kern_opts *opts, struct kern **ret, bool *ret_adopted, struct strbuf *err)
{
	_cleanup_(kern_free) struct kern *k = kern_alloc();
	bool adopted = false;
	uint64_t build;
	int r;

	if (!k)
		return -ENOMEM;
	kern_print_to_log();
	r = take_opts(k, opts, err);
	if (!r && k->own_pin_dir)
		r = kern_pin_prepare(k, err);
	if (!r && k->own_pin_dir)
		r = open_pinned_maps(k, err);
	if (!r && k->own_pin_dir)
		kern_inherit_look(k);
	if (r)
		return r;
	build = kern_build(k);
	adopted = (maps_there(k) & DECISION_MAPS) == DECISION_MAPS || k->n_elders;
	if (!k->own_pin_dir || !open_pinned_programs(k, build))
		r = load_and_pin(k, build, err);
	if (!r)
		r = kern_inherit_decisions(k, err);
	if (!r)
		r = open_attached(k);
	if (r) {
		if (!err->len)
			strbuf_addf(err, "cannot open the kernel half: %s", strerror(-r));
		return r;
	}
	if (ret_adopted)
		*ret_adopted = adopted;
	*ret = TAKE_PTR(k);
	return 0;
}

int kern_from_fds(const int fds[KERN_MAPS], struct kern **ret)
{
	struct kern *k = kern_alloc();
	int r;

	if (!k)
		return -ENOMEM;
	memcpy(k->fds, fds, sizeof(k->fds));
	r = map_memory(k);
	if (r) {
		memset(k->fds, 0xff, sizeof(k->fds)); /* still the caller's */
		kern_free(k);
		return r;
	}
	*ret = k;
	return 0;
}

int kern_map_fd(const struct kern *k, unsigned int map)
{
	return map < KERN_MAPS ? k->fds[map] : -EINVAL;
}

const char *kern_note(const struct kern *k)
{
	return k->note;
}

void kern_free(struct kern *k)
{
	if (!k)
		return;
	unmap_memory(k);
	for (unsigned int i = 0; i < KERN_MAPS; i++)
		closep_(&k->fds[i]);
	closep_(&k->xdp_fd);
	closep_(&k->tc_fd);
	closep_(&k->attached_fd);
	kern_deny_forget(k);
	kern_inherit_free(k);
	closep_(&k->pin_lock);
	free(k->own_pin_dir);
	free(k);
}
