// SPDX-License-Identifier: BSD-2-Clause
/*
 * The EVE file: a line an event, appended whole or not at all. A full disk
 * costs the events it has no room for, never time; log rotation, the keeper's
 * or another, moves the file away and has it reopened. Should nobody do so, it
 * does not grow beyond twice the size it may have.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "conf/conf.h"
#include "out/outputs.h"

struct eve_file {
	char *path;
	int fd;
	uint64_t size, max; /* bytes in it, as far as they are ours to count; 0: no bound */
	bool torn; /* half a line is in it and could not be taken back */
};

/* the directory of @path, one level: /var/log/cordon on a new machine */
static void make_dir_of(const char *path)
{
	_cleanup_free_ char *dir = strdup(path);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (!slash || slash == dir)
		return;
	*slash = '\0';
	(void)!mkdir(dir, 0750); /* the open that follows says what is wrong */
}

/* O_NONBLOCK: a named pipe nobody reads is an error, not a wait */
static int open_append(const char *path)
{
	int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int fd = open(path, flags, 0640);

	if (fd < 0 && errno == ENOENT) {
		make_dir_of(path);
		fd = open(path, flags, 0640);
	}
	return fd < 0 ? -errno : fd;
}

/* a pipe has no size */
static uint64_t size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) || !S_ISREG(st.st_mode) ? 0 : (uint64_t)st.st_size;
}

int out_file_open(const struct conf *c, void **ret, struct strbuf *err)
{
	_cleanup_free_ struct eve_file *f = NULL;
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;

	if (!c->eve_file)
		return 0;
	f = calloc(1, sizeof(*f));
	path = strdup(c->eve_file);
	if (!f || !path)
		return -ENOMEM;
	fd = open_append(path);
	if (fd < 0) {
		strbuf_addf(err, "eve_file %s: %s", path, strerror(-fd));
		return fd;
	}
	f->path = TAKE_PTR(path);
	f->fd = TAKE_FD(fd);
	f->size = size_of(f->fd);
	f->max = 2ULL * c->eve_bytes;
	*ret = TAKE_PTR(f);
	return 0;
}

/* what a full disk took of a line is cut off again; where that is not possible the next line begins a new one */
static int take_back(struct eve_file *f, size_t done)
{
	off_t end = lseek(f->fd, 0, SEEK_END);

	f->torn = end < (off_t)done || ftruncate(f->fd, end - (off_t)done);
	return -ENOSPC;
}

int out_file_write(void *state, const struct out_line *l)
{
	struct eve_file *f = state;
	struct iovec v[3] = { { "\n", f->torn ? 1 : 0 }, { (void *)l->text, l->len }, { "\n", 1 } };
	size_t all = v[0].iov_len + l->len + 1;
	ssize_t n;

	if (f->max && f->size + all > f->max)
		return -EFBIG;
	do
		n = writev(f->fd, v, 3);
	while (n < 0 && errno == EINTR);
	if (n < 0) /* -EAGAIN of a full pipe is a loss here */
		return errno == EAGAIN ? -EPIPE : -errno;
	if ((size_t)n < all)
		return take_back(f, (size_t)n);
	f->torn = false;
	f->size += all;
	return 0;
}

int out_file_reopen(void *state)
{
	struct eve_file *f = state;
	int fd = open_append(f->path);

	if (fd < 0)
		return fd;
	close(f->fd);
	f->fd = fd;
	f->size = size_of(fd);
	f->torn = false;
	return 0;
}

void out_file_close(void *state)
{
	struct eve_file *f = state;

	close(f->fd);
	free(f->path);
	free(f);
}
