/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names begin with the time, so the oldest file is the first by name. A file is
 * written under its name at once: it is small, and one that breaks off is read
 * up to there by whoever reads captures. The daemon lets a thread write them:
 * a decision never waits for the disk.
 */
#include "out/evidence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/thread.h"
#include "base/vec.h"

struct file {
	char name[EVIDENCE_NAME_MAX];
	uint64_t bytes;
};

#define WAITING_FILES 4096
#define WAITING_BYTES (16u << 20)

struct waiting {
	struct waiting *next;
	size_t len;
	char name[EVIDENCE_NAME_MAX];
	uint8_t pcap[];
};

struct evidence_dir {
	int fd;
	uint32_t max_files;
	uint64_t max_bytes;
	VEC(struct file) files; /* oldest first, from @first on */
	size_t first;
	struct evidence_stats stats;
	bool started; /* then all above is the thread's */
	pthread_t thread;
	pthread_mutex_t lock; /* everything below */
	pthread_cond_t wake;
	struct waiting *head, **tail;
	size_t waiting_bytes;
	bool stop;
	uint64_t waiting, dropped;
	struct evidence_stats published; /* @stats as of the last file written */
};

char *evidence_name(const struct finding *f, char ret[EVIDENCE_NAME_MAX])
{
	uint64_t wall_ns = clock_to_wall_ns(f->ts_ns);
	time_t s = (time_t)(wall_ns / 1000000000ULL);
	struct tm tm;
	size_t n;

	gmtime_r(&s, &tm);
	n = strftime(ret, EVIDENCE_NAME_MAX, "%Y%m%dT%H%M%S", &tm);
	n += (size_t)snprintf(ret + n, EVIDENCE_NAME_MAX - n, ".%06llu-", (unsigned long long)(wall_ns / 1000 % 1000000));
	if (f->kind == FINDING_ALERT)
		n += (size_t)snprintf(ret + n, EVIDENCE_NAME_MAX - n, "%u", f->sid);
	else
		n += (size_t)snprintf(ret + n, EVIDENCE_NAME_MAX - n, "threat%u", f->indicator);
	/* as eve.json has it */
	snprintf(ret + n, EVIDENCE_NAME_MAX - n, "-%llu.pcap", (unsigned long long)(f->facts.flow_id & INT64_MAX));
	return ret;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

/* is it one of ours? */
static bool is_evidence(const char *name)
{
	size_t n = strlen(name);

	return n < EVIDENCE_NAME_MAX && n > 27 && name[8] == 'T' && name[15] == '.' && name[22] == '-' &&
	       strspn(name, "0123456789") == 8 && !strcmp(name + n - 5, ".pcap");
}

static int take_old(struct evidence_dir *e)
{
	int fd = openat(e->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *x;
	struct stat st;

	if (!d)
		return -errno;
	while (!r && (x = readdir(d))) {
		struct file f = { 0 };

		if (!is_evidence(x->d_name) || fstatat(e->fd, x->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
			continue;
		str_copy(f.name, sizeof(f.name), x->d_name);
		f.bytes = (uint64_t)st.st_size;
		r = vec_push(&e->files, f);
		e->stats.bytes += f.bytes;
		e->stats.files++;
	}
	closedir(d);
	if (e->files.len)
		qsort(e->files.data, e->files.len, sizeof(*e->files.data), by_name);
	return r;
}

static void remove_oldest(struct evidence_dir *e)
{
	struct file *f = &e->files.data[e->first++];

	unlinkat(e->fd, f->name, 0);
	e->stats.bytes -= f->bytes;
	e->stats.files--;
	e->stats.removed++;
	if (e->first < 1024)
		return;
	memmove(e->files.data, e->files.data + e->first, (e->files.len - e->first) * sizeof(*e->files.data));
	e->files.len -= e->first;
	e->first = 0;
}

static void make_room(struct evidence_dir *e, uint64_t bytes)
{
	while (e->stats.files && (e->stats.files >= e->max_files || e->stats.bytes + bytes > e->max_bytes))
		remove_oldest(e);
}

static int open_fd(int fd, uint32_t max_files, uint64_t max_bytes, struct evidence_dir **ret)
{
	struct evidence_dir *e = calloc(1, sizeof(*e));
	int r;

	if (!e) {
		close(fd);
		return -ENOMEM;
	}
	e->fd = fd;
	e->max_files = max_files;
	e->max_bytes = max_bytes;
	r = take_old(e);
	if (r) {
		evidence_free(e);
		return r;
	}
	make_room(e, 0);
	*ret = e;
	return 0;
}

int evidence_open(const char *dir, uint32_t max_files, uint64_t max_bytes, struct evidence_dir **ret, struct strbuf *err)
{
	int fd, r;

	if (mkdir(dir, 0777) && errno != EEXIST) {
		r = -errno;
	} else {
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = fd < 0 ? -errno : open_fd(fd, max_files, max_bytes, ret);
	}
	if (r)
		strbuf_addf(err, "%s: %s", dir, strerror(-r));
	return r;
}

static int write_file(struct evidence_dir *e, const char *name, const void *p, size_t len)
{
	_cleanup_close_ int fd = openat(e->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);

	if (fd < 0)
		return -errno;
	if (write(fd, p, len) == (ssize_t)len)
		return 0;
	unlinkat(e->fd, name, 0);
	return -ENOSPC;
}

static int put(struct evidence_dir *e, const char *name, const void *pcap, size_t len)
{
	struct file x = { .bytes = len };
	int r;

	str_copy(x.name, sizeof(x.name), name);
	make_room(e, len);
	r = vec_reserve(&e->files, e->files.len + 1);
	r = r ? r : write_file(e, x.name, pcap, len);
	if (r) {
		e->stats.failed++;
		return r;
	}
	/* the same rule twice on one packet is one file */
	if (e->files.len > e->first && !strcmp(e->files.data[e->files.len - 1].name, x.name))
		return 0;
	vec_push(&e->files, x);
	e->stats.files++;
	e->stats.bytes += len;
	return 0;
}

int evidence_put(struct evidence_dir *e, const struct finding *f, const void *pcap, size_t len)
{
	char name[EVIDENCE_NAME_MAX];

	return put(e, evidence_name(f, name), pcap, len);
}

/* --- by a thread --- */

static void *run(void *ctx)
{
	struct evidence_dir *e = ctx;
	struct waiting *w;

	pthread_mutex_lock(&e->lock);
	for (;;) {
		while (!e->head && !e->stop)
			pthread_cond_wait(&e->wake, &e->lock);
		w = e->head;
		if (!w)
			break;
		e->head = w->next;
		if (!e->head)
			e->tail = &e->head;
		pthread_mutex_unlock(&e->lock);
		(void)put(e, w->name, w->pcap, w->len); /* counted */
		pthread_mutex_lock(&e->lock);
		e->published = e->stats;
		e->waiting--;
		e->waiting_bytes -= w->len;
		free(w);
	}
	pthread_mutex_unlock(&e->lock);
	return NULL;
}

int evidence_start(struct evidence_dir *e)
{
	int r;

	e->tail = &e->head;
	e->published = e->stats;
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->wake, NULL);
	r = thread_start(&e->thread, run, e);
	e->started = !r;
	return r;
}

int evidence_later(struct evidence_dir *e, const struct finding *f, const void *pcap, size_t len)
{
	struct waiting *w = malloc(sizeof(*w) + len);
	bool has_room;

	if (w) {
		w->next = NULL;
		w->len = len;
		evidence_name(f, w->name);
		memcpy(w->pcap, pcap, len);
	}
	pthread_mutex_lock(&e->lock);
	has_room = w && e->waiting < WAITING_FILES && e->waiting_bytes + len <= WAITING_BYTES;
	if (has_room) {
		*e->tail = w;
		e->tail = &w->next;
		e->waiting++;
		e->waiting_bytes += len;
		pthread_cond_signal(&e->wake);
	} else {
		e->dropped++;
	}
	pthread_mutex_unlock(&e->lock);
	if (!has_room)
		free(w);
	return has_room ? 0 : -ENOBUFS;
}

static void stop(struct evidence_dir *e)
{
	pthread_mutex_lock(&e->lock);
	e->stop = true;
	pthread_cond_signal(&e->wake);
	pthread_mutex_unlock(&e->lock);
	pthread_join(e->thread, NULL);
	pthread_cond_destroy(&e->wake);
	pthread_mutex_destroy(&e->lock);
}

void evidence_stats(struct evidence_dir *e, struct evidence_stats *ret)
{
	if (!e->started) {
		*ret = e->stats;
		return;
	}
	pthread_mutex_lock(&e->lock);
	*ret = e->published;
	ret->dropped = e->dropped;
	ret->waiting = e->waiting;
	pthread_mutex_unlock(&e->lock);
}

int evidence_fd(const struct evidence_dir *e)
{
	return e->fd;
}

void evidence_free(struct evidence_dir *e)
{
	if (!e)
		return;
	if (e->started)
		stop(e);
	vec_done(&e->files);
	closep_(&e->fd);
	free(e);
}
