/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/disk.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/thread.h"

/* the place of one file; tickets: 0 none */
struct place {
	char *path;
	struct strbuf text; /* waits */
	unsigned int mode;
	disk_write write; /* NULL: the file is replaced */
	void *ctx;
	uint64_t first, last; /* tickets of what waits, the older ones replaced by the newer */
	uint64_t at_first, at_last; /* of what is being written */
	uint64_t done;	      /* the last one whose attempt is over */
	int error;	      /* of that attempt */
};

struct disk {
	pthread_t thread;
	int fd;
	pthread_mutex_t lock; /* everything below */
	pthread_cond_t wake;
	struct place place[DISK_FILES];
	uint64_t ticket;
	bool stop;
};

/* the place that has waited longest; NULL: none waits */
static struct place *oldest(struct disk *d)
{
	struct place *p = NULL;

	for (int i = 0; i < DISK_FILES; i++)
		if (d->place[i].first && (!p || d->place[i].first < p->first))
			p = &d->place[i];
	return p;
}

/* one file, with the lock held but while it is written */
static void write_one(struct disk *d, struct place *p)
{
	struct strbuf text = p->text;
	const char *data = text.s ? text.s : "";
	unsigned int mode = p->mode;
	disk_write write_more = p->write;
	uint64_t one = 1;
	int r;

	p->text = (struct strbuf){ 0 };
	p->at_first = p->first;
	p->at_last = p->last;
	p->first = p->last = 0;
	pthread_mutex_unlock(&d->lock);
	if (write_more)
		r = write_more(p->ctx, p->path, data, text.len);
	else
		r = file_replace(p->path, data, text.len, mode);
	strbuf_done(&text);
	pthread_mutex_lock(&d->lock);
	p->done = p->at_last;
	p->at_first = p->at_last = 0;
	p->error = r;
	/* full: it is readable already */
	if (write(d->fd, &one, sizeof(one)) < 0)
		return;
}

static void *run(void *ctx)
{
	struct disk *d = ctx;
	struct place *p;

	pthread_mutex_lock(&d->lock);
	for (;;) {
		p = oldest(d);
		if (p)
			write_one(d, p);
		else if (d->stop)
			break;
		else
			pthread_cond_wait(&d->wake, &d->lock);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

int disk_new(struct disk **ret)
{
	_cleanup_free_ struct disk *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	d->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (d->fd < 0)
		return -errno;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->wake, NULL);
	r = thread_start(&d->thread, run, d);
	if (r) {
		close(d->fd);
		return r;
	}
	*ret = TAKE_PTR(d);
	return 0;
}

int disk_fd(const struct disk *d)
{
	return d->fd;
}

void disk_heard(struct disk *d)
{
	uint64_t n;

	if (read(d->fd, &n, sizeof(n)) < 0)
		return;
}

/* with the lock held; NULL: no room */
static struct place *place_of(struct disk *d, const char *path, bool make)
{
	for (int i = 0; i < DISK_FILES; i++) {
		struct place *p = &d->place[i];

		if (!p->path && make)
			p->path = strdup(path);
		if (!p->path)
			return NULL;
		if (!strcmp(p->path, path))
			return p;
	}
	return NULL;
}

/* with the lock held: what waits in @p has changed */
static void handed(struct disk *d, struct place *p)
{
	p->last = ++d->ticket;
	p->first = p->first ? p->first : p->last;
	pthread_cond_signal(&d->wake);
}

int disk_replace(struct disk *d, const char *path, struct strbuf *text, unsigned int mode)
{
	struct place *p;
	int r = -ENOMEM;

	pthread_mutex_lock(&d->lock);
	p = text->failed ? NULL : place_of(d, path, true);
	if (p) {
		strbuf_done(&p->text);
		p->text = *text;
		*text = (struct strbuf){ 0 };
		p->mode = mode;
		handed(d, p);
		r = 0;
	} else if (!text->failed && d->place[DISK_FILES - 1].path) {
		r = -ENOSPC;
	}
	pthread_mutex_unlock(&d->lock);
	strbuf_done(text);
	return r;
}

int disk_append(struct disk *d, const char *path, const void *data, size_t len, disk_write write_more, void *ctx)
{
	struct place *p;
	size_t before;
	int r = -ENOSPC;

	pthread_mutex_lock(&d->lock);
	p = place_of(d, path, true);
	before = p ? p->text.len : 0;
	if (p && before + len > DISK_WAIT_MAX) {
		r = -ENOBUFS;
	} else if (p) {
		strbuf_add(&p->text, data, len);
		r = p->text.failed ? -ENOMEM : 0;
		p->write = write_more;
		p->ctx = ctx;
	}
	if (!r) {
		handed(d, p);
	} else if (r == -ENOMEM) {
		p->text.len = before; /* half of it may be there */
		p->text.failed = false;
	}
	pthread_mutex_unlock(&d->lock);
	return r;
}

uint64_t disk_ticket(struct disk *d)
{
	uint64_t ticket;

	pthread_mutex_lock(&d->lock);
	ticket = d->ticket;
	pthread_mutex_unlock(&d->lock);
	return ticket;
}

static int result(const struct place *p, uint64_t from, uint64_t to)
{
	if ((p->first && p->first <= to && p->last >= from) || (p->at_first && p->at_first <= to && p->at_last >= from))
		return -EINPROGRESS;
	return p->done >= from ? p->error : 0;
}

int disk_result(struct disk *d, uint64_t from, uint64_t to, const char **ret_path)
{
	int r = 0, e;

	pthread_mutex_lock(&d->lock);
	for (int i = 0; i < DISK_FILES && d->place[i].path; i++) {
		e = result(&d->place[i], from, to);
		if (!e || r == -EINPROGRESS)
			continue;
		r = e;
		if (ret_path)
			*ret_path = d->place[i].path;
	}
	pthread_mutex_unlock(&d->lock);
	return r;
}

int disk_state(struct disk *d, const char *path)
{
	const struct place *p;
	int r;

	pthread_mutex_lock(&d->lock);
	p = place_of(d, path, false);
	r = p ? result(p, 1, UINT64_MAX) : 0;
	pthread_mutex_unlock(&d->lock);
	return r;
}

void disk_free(struct disk *d)
{
	if (!d)
		return;
	pthread_mutex_lock(&d->lock);
	d->stop = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	for (int i = 0; i < DISK_FILES; i++) {
		strbuf_done(&d->place[i].text);
		free(d->place[i].path);
	}
	close(d->fd);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->lock);
	free(d);
}
