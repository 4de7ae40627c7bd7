/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of rule files as descriptors, and those of `rules load` kept in <state_dir>/rules as NNN-name; see rules_int.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/rules_int.h"
#include "rule/rule.h"

/* --- sets of files --- */

void rule_files_done(struct rule_files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->names[i]);
		if (f->fds[i] >= 0)
			close(f->fds[i]);
	}
	*f = (struct rule_files){ 0 };
}

int rule_files_add(struct rule_files *f, const char *name, int fd)
{
	char *copy = strdup(name);

	if (!copy || f->n >= MSG_FILES_MAX - 4) {
		free(copy);
		close(fd);
		return copy ? -E2BIG : -ENOMEM;
	}
	f->names[f->n] = copy;
	f->fds[f->n++] = fd;
	return 0;
}

int rule_files_copy(struct rule_files *to, const struct rule_files *from)
{
	int r = 0;

	rule_files_done(to);
	for (size_t i = 0; i < from->n && !r; i++)
		r = rule_files_add(to, from->names[i], fcntl(from->fds[i], F_DUPFD_CLOEXEC, 3));
	to->by_hand = from->by_hand;
	return r;
}

/* --- on disk --- */

static char *kept_dir(const struct daemon *d, char *dst, size_t size)
{
	snprintf(dst, size, "%s/rules", d->conf.state_dir);
	return dst;
}

void rules_kept_forget(const struct daemon *d)
{
	char dir[4096];
	DIR *p = opendir(kept_dir(d, dir, sizeof(dir)));
	const struct dirent *e;

	while (p && (e = readdir(p)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(p), e->d_name, 0);
	if (p)
		closedir(p);
}

static int is_kept(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

int rules_kept_open(const struct daemon *d, struct rule_files *ret)
{
	struct dirent **list = NULL;
	char dir[4096], path[4400];
	int n = scandir(kept_dir(d, dir, sizeof(dir)), &list, is_kept, alphasort);

	for (int i = 0; i < n; i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd >= 0 && strlen(list[i]->d_name) > 4)
			rule_files_add(ret, list[i]->d_name + 4, fd);
		else if (fd >= 0)
			close(fd);
		free(list[i]);
	}
	free(list);
	ret->by_hand = true;
	return ret->n > 0;
}

static int copy_file(int from, int to)
{
	char buf[65536];
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(from, buf, sizeof(buf), at), written;

		if (n <= 0)
			return n ? -errno : 0;
		written = write(to, buf, (size_t)n);
		if (written != n)
			return written < 0 ? -errno : -ENOSPC;
		at += n;
		if (at > CORDON_RULES_FILE_MAX)
			return -EFBIG;
	}
}

/* the copy that the set then consists of; opened for reading */
static int keep_file(const struct daemon *d, size_t i, const char *name, int from)
{
	char dir[4096], path[4400];
	const char *base = strrchr(name, '/');
	uint8_t kind;
	int prefix = (int)(rule_file_path(name, &kind) - name), to, r;

	kept_dir(d, dir, sizeof(dir));
	if (mkdir(dir, 0700) && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/%03zu-%.*s%.200s", dir, i, base ? prefix : 0, name, base ? base + 1 : name);
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (to < 0)
		return -errno;
	r = copy_file(from, to);
	close(to);
	to = r ? r : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return to < 0 && !r ? -errno : to;
}

void rules_kept_live(struct daemon *d)
{
	struct rule_files *f = &d->rules.live;

	rules_kept_forget(d);
	for (size_t i = 0; i < f->n; i++) {
		int fd = keep_file(d, i, f->names[i], f->fds[i]);

		if (fd < 0) {
			log_error("%s: cannot keep it in %s: %s; it is in force until the next start", f->names[i], d->conf.state_dir,
				  strerror(-fd));
			continue;
		}
		close(f->fds[i]);
		f->fds[i] = fd;
	}
}
