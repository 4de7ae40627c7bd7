/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories, lock and rights of the keeper; see place.h. */
#include "keeper/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

static int failed(struct strbuf *err, const char *path, const char *what, int e)
{
	strbuf_addf(err, "%s: cannot %s: %s", path, what, strerror(e));
	return -e;
}

/* mkdir -p */
static int make_dirs(const char *path, mode_t mode, struct strbuf *err)
{
	char part[4096];

	if (str_copy(part, sizeof(part), path) < strlen(path))
		return failed(err, path, "create it", ENAMETOOLONG);
	for (char *p = part + 1;; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = 0;
		if (mkdir(part, c ? 0755 : mode) && errno != EEXIST)
			return failed(err, part, "create it", errno);
		*p = c;
		if (!c)
			return 0;
	}
}

static int own(const char *path, uid_t uid, gid_t gid, mode_t mode, struct strbuf *err)
{
	int r = make_dirs(path, mode, err);

	/* a disk that is read only has what was there: to protect with it is better than not to start */
	if (!r && geteuid() == 0 && (chown(path, uid, gid) || chmod(path, mode)) && errno != EROFS)
		r = failed(err, path, "give it to the daemon's user", errno);
	return r;
}

int place_eve_file(const struct conf *c, uid_t uid, gid_t gid, struct strbuf *err)
{
	_cleanup_close_ int fd = -1;
	char dir[4096];
	char *slash;
	struct stat st;
	int r;

	if (!c->eve_file || !c->eve_file[0])
		return 0;
	str_copy(dir, sizeof(dir), c->eve_file);
	slash = strrchr(dir, '/');
	if (slash && slash != dir) {
		*slash = 0;
		/* only a directory made here is the daemon's: one that was there belongs to somebody */
		r = stat(dir, &st) ? own(dir, uid, gid, 0750, err) : 0;
		if (r)
			return r;
	}
	fd = open(c->eve_file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return failed(err, c->eve_file, "open the event file", errno);
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && geteuid() == 0 && fchown(fd, uid, gid))
		return failed(err, c->eve_file, "give it to the daemon's user", errno);
	return 0;
}

int place_rotate(const struct conf *c, uid_t uid, gid_t gid, int *ret_fd, struct strbuf *err)
{
	char old[4096];
	struct stat st;
	int fd, r;

	if (!c->eve_bytes || !c->eve_file || lstat(c->eve_file, &st) || !S_ISREG(st.st_mode) || st.st_size < c->eve_bytes)
		return 0;
	if ((size_t)snprintf(old, sizeof(old), "%s.1", c->eve_file) >= sizeof(old))
		return -ENAMETOOLONG;
	if (rename(c->eve_file, old))
		return failed(err, c->eve_file, "move the full event file away", errno);
	r = place_eve_file(c, uid, gid, err);
	if (r)
		return r;
	fd = open(c->eve_file, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		return failed(err, c->eve_file, "open the event file", errno);
	*ret_fd = fd;
	return 1;
}

int place_prepare(const struct conf *c, uid_t uid, gid_t gid, struct strbuf *err)
{
	int r = own(c->run_dir, 0, gid, 0750, err);
	struct stat st;

	if (!r)
		r = own(c->state_dir, uid, gid, 0700, err);
	/* as for the event file: a directory that was there belongs to somebody */
	if (!r && c->evidence_dir && c->evidence_dir[0] && stat(c->evidence_dir, &st))
		r = own(c->evidence_dir, uid, gid, 0750, err);
	return r ? r : place_eve_file(c, uid, gid, err);
}

int place_lock(const struct conf *c, struct strbuf *err)
{
	_cleanup_close_ int fd = -1;
	char path[4096], pid[32] = "";
	ssize_t n;

	snprintf(path, sizeof(path), "%s/lock", c->run_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return failed(err, path, "open the lock file", errno);
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		n = read(fd, pid, sizeof(pid) - 1);
		pid[n > 0 ? strcspn(pid, "\n") : 0] = 0;
		strbuf_addf(err, "already running as pid %s (lock %s); stop that one first, or give this one its own run_dir and bpffs",
			    pid[0] ? pid : "?", path);
		return -EBUSY;
	}
	n = snprintf(pid, sizeof(pid), "%d\n", getpid());
	if (ftruncate(fd, 0) || pwrite(fd, pid, (size_t)n, 0) != n)
		return failed(err, path, "write the lock file", errno);
	return TAKE_FD(fd);
}

int place_rights(struct strbuf *err)
{
	static const struct {
		unsigned int cap;
		const char *name;
	} needed[] = { { CAP_BPF, "CAP_BPF" }, { CAP_NET_ADMIN, "CAP_NET_ADMIN" },
		       { CAP_PERFMON, "CAP_PERFMON" }, { CAP_SYS_ADMIN, "CAP_SYS_ADMIN" } };
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { 0 };
	const char *sep = "";
	struct strbuf missing = { 0 };
	int r = 0;

	if (syscall(SYS_capget, &h, d))
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (d[needed[i].cap / 32].effective >> needed[i].cap % 32 & 1)
			continue;
		strbuf_addf(&missing, "%s%s", sep, needed[i].name);
		sep = ", ";
	}
	if (missing.len) {
		strbuf_addf(err, "no rights to load and attach programs: run as root, or with %s", missing.s);
		r = -EPERM;
	}
	strbuf_done(&missing);
	return r;
}

void place_remove_pins(const char *pin_dir)
{
	DIR *d = opendir(pin_dir);
	const struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(pin_dir);
}
