// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pins: <bpffs>/cordon/v<ABI>/<name>. The directory carries the layout's
 * version, so that an old map is never opened with a new struct. A pin is
 * replaced by rename: whoever looks finds the old object or the new one.
 */
#include "kern/internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

static bool is_bpffs(const char *path)
{
	struct statfs s;

	return !statfs(path, &s) && s.f_type == BPF_FS_MAGIC;
}

/* mount a bpffs at @root, where the kernel or the system's owner left a place for it */
static int mount_bpffs(const char *root, struct strbuf *err)
{
	int e;

	if (is_bpffs(root))
		return 0;
	if (mkdir(root, 0700) && errno != EEXIST) {
		e = errno;
		strbuf_addf(err, "%s: cannot create it: %s; mount a bpffs and name it in `bpffs`", root, strerror(e));
		return -e;
	}
	if (mount("bpf", root, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, "mode=0700")) {
		e = errno;
		strbuf_addf(err, "%s: no bpffs there, and mounting one failed: %s; %s", root, strerror(e),
			    e == EPERM ? "run as root (CAP_SYS_ADMIN is needed)" : "try `mount -t bpf bpf` by hand");
		return -e;
	}
	return 0;
}

/* create what is missing of @path behind its first @root bytes */
static int make_dirs(char *path, size_t root, struct strbuf *err)
{
	char *p = path + root;

	do {
		int e;

		p = strchr(p + 1, '/');
		if (p)
			*p = 0;
		e = mkdir(path, 0700) && errno != EEXIST ? errno : 0;
		if (e) {
			strbuf_addf(err, "%s: cannot create it: %s", path, strerror(e));
			return -e;
		}
		if (p)
			*p = '/';
	} while (p);
	return 0;
}

/* one process at a time works on what all versions pin below @path */
static int lock_pins(struct kern *k, const char *path, struct strbuf *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB)) {
		int e = errno;

		strbuf_addf(err, "%s: %s", path, e == EWOULDBLOCK ? "another Cordon is at work there; give this one its own `bpffs`" : strerror(e));
		closep_(&fd);
		return e == EWOULDBLOCK ? -EBUSY : -e;
	}
	k->pin_lock = fd;
	return 0;
}

int kern_pin_prepare(struct kern *k, struct strbuf *err)
{
	char path[KERN_PATH_MAX];
	const char *tail = strstr(k->own_pin_dir, "/cordon/");
	size_t root;
	int r;

	if (!tail || tail == k->own_pin_dir || str_copy(path, sizeof(path), k->own_pin_dir) >= sizeof(path) - 64) {
		strbuf_addf(err, "%s: pins live in <bpffs>/cordon/v<N>", k->own_pin_dir);
		return -EINVAL;
	}
	root = (size_t)(tail - k->own_pin_dir);
	path[root] = 0;
	r = mount_bpffs(path, err);
	path[root] = '/';
	if (!r)
		r = make_dirs(path, root, err);
	if (r)
		return r;
	path[strrchr(path, '/') - path] = 0;
	return lock_pins(k, path, err);
}

char *kern_pin_path(const struct kern *k, const char *name, char ret[KERN_PATH_MAX])
{
	snprintf(ret, KERN_PATH_MAX, "%s/%s", k->own_pin_dir, name);
	return ret;
}

int kern_pin_open(const struct kern *k, const char *name)
{
	char path[KERN_PATH_MAX];
	int fd = bpf_obj_get(kern_pin_path(k, name, path));

	return fd < 0 ? -errno : fd;
}

int kern_pin_replace(const struct kern *k, const char *name, int fd)
{
	char path[KERN_PATH_MAX], aside[KERN_PATH_MAX];

	kern_pin_path(k, name, path);
	if (snprintf(aside, sizeof(aside), "%s_new", path) >= (int)sizeof(aside))
		return -ENAMETOOLONG;
	unlink(aside);
	if (bpf_obj_pin(fd, aside))
		return -errno;
	return rename(aside, path) ? -errno : 0;
}

void kern_pin_remove(const struct kern *k, const char *name)
{
	char path[KERN_PATH_MAX];

	unlink(kern_pin_path(k, name, path));
}
