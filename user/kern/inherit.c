// SPDX-License-Identifier: BSD-2-Clause
/*
 * From one layout version to another without a gap. What another version of
 * Cordon left in force is pinned in a directory beside ours (its "elder", also
 * when it is the newer one): its leases and guards are copied before any
 * program changes, then each interface's programs are replaced in one step per
 * hook, and when no interface runs the elder's any more, its pins go. Keys and
 * values are read by the sizes their maps have: a decision's fields are only
 * ever added at the end (cordon_maps.h).
 *
 * Not carried over: flows and what was seen of them, so also a drop verdict on
 * one flow, and the addresses learned from DNS answers, which are short-lived; a
 * device's lease depends on none of them.
 */
#include "kern/inherit.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define VALUE_MAX 256 /* bytes of a decision, in any version */

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

static int elder_open(const struct elder *e, const char *name)
{
	char path[KERN_PATH_MAX + 64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", e->dir, name);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

static void add_elder(struct kern *k, const char *parent, const char *name)
{
	struct elder *e = &k->elders[k->n_elders];
	_cleanup_close_ int counters = -1;

	snprintf(e->dir, sizeof(e->dir), "%.400s/%.32s", parent, name);
	counters = elder_open(e, "counters");
	e->counters_id = counters < 0 ? 0 : map_id(counters);
	e->attached_fd = elder_open(e, "attached");
	k->n_elders++;
}

void kern_inherit_look(struct kern *k)
{
	char parent[KERN_PATH_MAX];
	const char *own = strrchr(k->own_pin_dir, '/');
	const struct dirent *d;
	DIR *dir;

	k->n_elders = 0;
	if (!own || snprintf(parent, sizeof(parent), "%.*s", (int)(own - k->own_pin_dir), k->own_pin_dir) <= 0)
		return;
	dir = opendir(parent);
	while (dir && (d = readdir(dir)) && k->n_elders < KERN_ELDERS_MAX)
		if (d->d_name[0] == 'v' && strcmp(d->d_name, own + 1))
			add_elder(k, parent, d->d_name);
	if (dir)
		closedir(dir);
}

void kern_inherit_free(struct kern *k)
{
	for (size_t i = 0; i < k->n_elders; i++)
		closep_(&k->elders[i].attached_fd);
	k->n_elders = 0;
}

/* --- decisions --- */

static int refuse(const struct elder *e, const char *name, struct strbuf *err)
{
	strbuf_addf(err, "%s/%s: this version cannot read it; nothing was changed. Take that version off with its own "
		    "`cordon detach --all`, or go on with it", e->dir, name);
	return -EPROTO;
}

/* one entry, as far as this version knows its fields; -EEXIST: it is there already */
typedef int (*take_fn)(struct kern *k, const void *key, const void *value);

static int take_deny(struct kern *k, const void *key, const void *value)
{
	struct cordon_deny there;

	return kern_deny_get(k, key, &there) ? kern_deny_put(k, key, value) : -EEXIST;
}

static int take_guard(struct kern *k, const void *key, const void *value)
{
	return kern_guard_put(k, key, value);
}

static int copy_map(struct kern *k, const struct elder *e, const char *name, uint32_t key_size, take_fn take, struct strbuf *err)
{
	_cleanup_close_ int fd = elder_open(e, name);
	uint8_t key[64], next[64], value[VALUE_MAX];
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	bool more;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || info.key_size != key_size || info.value_size > VALUE_MAX)
		return refuse(e, name, err);
	more = !bpf_map_get_next_key(fd, NULL, next);
	for (uint32_t i = 0; more && i < info.max_entries; i++) {
		int r;

		memcpy(key, next, key_size);
		more = !bpf_map_get_next_key(fd, key, next);
		memset(value, 0, sizeof(value));
		r = bpf_map_lookup_elem(fd, key, value) ? 0 : take(k, key, value);
		if (r && r != -EEXIST) {
			strbuf_addf(err, "%s/%s: an entry cannot be taken over: %s; nothing was changed", e->dir, name, strerror(-r));
			return r;
		}
	}
	return 0;
}

int kern_inherit_decisions(struct kern *k, struct strbuf *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < k->n_elders; i++) {
		r = copy_map(k, &k->elders[i], "guard", sizeof(struct cordon_guard_key), take_guard, err);
		if (!r)
			r = copy_map(k, &k->elders[i], "deny", sizeof(struct cordon_deny_key), take_deny, err);
	}
	return r;
}

/* --- interfaces --- */

bool kern_inherit_is_elder(const struct kern *k, uint32_t counters_id)
{
	for (size_t i = 0; i < k->n_elders; i++)
		if (counters_id && k->elders[i].counters_id == counters_id)
			return true;
	return false;
}

int kern_inherit_record(const struct kern *k, int ifindex, struct attached *ret)
{
	uint32_t key = (uint32_t)ifindex;

	for (size_t i = 0; i < k->n_elders; i++)
		if (k->elders[i].attached_fd >= 0 && !bpf_map_lookup_elem(k->elders[i].attached_fd, &key, ret)) {
			ret->build = 0; /* whatever program is there is to be replaced */
			return 0;
		}
	return -ENOENT;
}

int kern_inherit_link(const struct kern *k, const char *name)
{
	int fd = -ENOENT;

	for (size_t i = 0; fd < 0 && i < k->n_elders; i++)
		fd = elder_open(&k->elders[i], name);
	return fd;
}

void kern_inherit_taken(struct kern *k, int ifindex)
{
	uint32_t key = (uint32_t)ifindex;

	for (size_t i = 0; i < k->n_elders; i++)
		bpf_map_delete_elem(k->elders[i].attached_fd, &key);
}

/* the maps go with their last reference: the programs that used them are attached nowhere */
static void remove_pins(const struct elder *e)
{
	const struct dirent *d;
	DIR *dir = opendir(e->dir);

	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.')
			unlinkat(dirfd(dir), d->d_name, 0);
	if (dir)
		closedir(dir);
	if (rmdir(e->dir))
		log_warn("%s: cannot be removed: %s", e->dir, strerror(errno));
}

void kern_inherit_done(struct kern *k)
{
	uint32_t key;

	for (size_t i = 0; i < k->n_elders; i++) {
		const struct elder *e = &k->elders[i];

		if (e->attached_fd >= 0 && !bpf_map_get_next_key(e->attached_fd, NULL, &key)) {
			log_warn("%s: that version still serves an interface that this one does not (index %u): it stays in force "
				 "there; name the interface to take it over", e->dir, key);
			continue;
		}
		remove_pins(e);
		log_info("%s: taken over, nothing of that version is left", e->dir);
	}
}
