// SPDX-License-Identifier: BSD-2-Clause
/*
 * The skeleton: open, size, freeze the settings, load. The object's descriptors
 * are duplicated into struct kern and the skeleton is let go, so that maps that
 * were loaded, adopted or received are held in one way.
 */
#include "kern/internal.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cordon.skel.h"

static const char *const map_names[KERN_MAPS] = {
#define X(n) #n,
	KERN_MAP_LIST(X)
#undef X
};

const char *kern_map_name(unsigned int map)
{
	return map < KERN_MAPS ? map_names[map] : NULL;
}

/* sizes that options change; 0: as declared */
static uint32_t map_entries(const struct kern *k, unsigned int map)
{
	switch (map) {
	case KERN_MAP_flows:
	case KERN_MAP_lost_ns:
		return k->opts.flow_buckets;
	case KERN_MAP_recorder:
		return k->opts.rec_slots;
	case KERN_MAP_events:
		return k->opts.ring_bytes;
	default:
		return 0;
	}
}

static int map_prepare(const struct kern *k, struct cordon_bpf *s, unsigned int map)
{
	struct bpf_map *m = bpf_object__find_map_by_name(s->obj, map_names[map]);
	uint32_t n = map_entries(k, map);

	if (!m)
		return -ENOENT;
	if (k->fds[map] >= 0)
		return bpf_map__reuse_fd(m, k->fds[map]);
	return n ? bpf_map__set_max_entries(m, n) : 0;
}

int kern_skel_open(const struct kern *k, struct cordon_bpf **ret, struct strbuf *err)
{
	_cleanup_(kern_skel_free) struct cordon_bpf *s = NULL;

	kern_capture_begin();
	s = cordon_bpf__open();
	if (!s) {
		int e = errno;

		kern_explain(err, "open the programs", e);
		return -e;
	}
	s->rodata->cordon_config = k->opts.config;
	s->rodata->cordon_config.ring_bytes = k->opts.ring_bytes;
	for (unsigned int i = 0; i < KERN_MAPS; i++) {
		int r = map_prepare(k, s, i);

		if (r) {
			strbuf_addf(err, "map %s: ", map_names[i]);
			kern_explain(err, "prepare it", -r);
			return r;
		}
	}
	kern_capture_end();
	*ret = TAKE_PTR(s);
	return 0;
}

struct bpf_object *kern_skel_object(struct cordon_bpf *s)
{
	return s->obj;
}

void kern_skel_xdp_only(struct cordon_bpf *s)
{
	bpf_program__set_autoload(s->progs.tc_egress, false);
}

void kern_skel_free(struct cordon_bpf *s)
{
	cordon_bpf__destroy(s);
}

static int dup_fd(int fd, int *ret)
{
	int d = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (d < 0)
		return -errno;
	*ret = d;
	return 0;
}

static int take_fds(struct kern *k, struct cordon_bpf *s)
{
	int r = dup_fd(bpf_program__fd(s->progs.xdp_ingress), &k->xdp_fd);

	if (!r)
		r = dup_fd(bpf_program__fd(s->progs.tc_egress), &k->tc_fd);
	for (unsigned int i = 0; !r && i < KERN_MAPS; i++) {
		if (k->fds[i] < 0)
			r = dup_fd(bpf_map__fd(bpf_object__find_map_by_name(s->obj, map_names[i])), &k->fds[i]);
	}
	return r;
}

int kern_load(struct kern *k, struct strbuf *err)
{
	_cleanup_(kern_skel_free) struct cordon_bpf *s = NULL;
	int r = kern_skel_open(k, &s, err);

	if (r)
		return r;
	kern_capture_begin();
	r = cordon_bpf__load(s);
	if (!r)
		r = take_fds(k, s);
	if (r)
		kern_explain(err, "load the programs", -r);
	kern_capture_end();
	return r;
}

bool kern_map_fits(const struct kern *k, const struct cordon_bpf *s, unsigned int map, int fd)
{
	const struct bpf_map *m = bpf_object__find_map_by_name(s->obj, map_names[map]);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	uint32_t n = map_entries(k, map);

	if (!m || bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	return info.type == bpf_map__type(m) && info.key_size == bpf_map__key_size(m) &&
	       info.value_size == bpf_map__value_size(m) && info.map_flags == bpf_map__map_flags(m) &&
	       info.max_entries == (n ? n : bpf_map__max_entries(m));
}

/* unkeyed and the same in every process: tells builds apart, defends against nobody */
static uint64_t mix_bytes(uint64_t h, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3ULL;
	return cordon_mix(h);
}

uint64_t kern_build(const struct kern *k)
{
	size_t n;
	const void *elf = cordon_bpf__elf_bytes(&n);
	uint64_t h = mix_bytes(0xcbf29ce484222325ULL, elf, n);

	h = mix_bytes(h, &k->opts.config, sizeof(k->opts.config));
	h = mix_bytes(h, &k->opts.flow_buckets, sizeof(k->opts.flow_buckets));
	h = mix_bytes(h, &k->opts.rec_slots, sizeof(k->opts.rec_slots));
	h = mix_bytes(h, &k->opts.ring_bytes, sizeof(k->opts.ring_bytes));
	return h ? h : 1;
}
