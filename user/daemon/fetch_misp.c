// SPDX-License-Identifier: BSD-2-Clause
/*
 * A MISP feed by its address: manifest.json says which events there are and when each changed last. The
 * content that comes of it has a part for each, called UUID@TIME.json (feed/parts.h); an event that the
 * content in force has under that name is copied from there, the others are fetched. One that cannot be
 * fetched fails all: half a list is no list.
 */
#include "daemon/fetch_int.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/vec.h"
#include "cordon_limits.h"
#include "feed/feed.h"
#include "feed/parts.h"

#define MANIFEST "manifest.json"
#define MISP_NS 3600000000000ULL /* for all events of a feed */

struct event {
	char name[64]; /* of its part: UUID@TIME.json */
	const char *data; /* in what is here already; NULL: not there */
	size_t len;
};
struct events {
	VEC(struct event) v;
};
struct mapped {
	char *data; /* NULL: nothing */
	size_t len;
};

bool fetch_is_misp(const char *format, const char *url)
{
	size_t n = strcspn(url, "?#"), m = strlen(MANIFEST);

	return !strcmp(format, "misp") && n && (url[n - 1] == '/' || (n > m && !strncmp(url + n - m, MANIFEST, m)));
}

/* the address of a file beside the manifest, its query kept */
static void url_of(const char *url, const char *file, size_t file_len, char *ret, size_t size)
{
	size_t n = strcspn(url, "?#"), dir = n;

	while (dir && url[dir - 1] != '/')
		dir--;
	snprintf(ret, size, "%.*s%.*s%s", (int)dir, url, (int)file_len, file, url + n);
}

static int add_event(const char *uuid, uint64_t timestamp, void *ctx)
{
	struct events *all = ctx;
	struct event e = { .data = NULL };

	if (all->v.len >= FEED_PARTS_MAX)
		return -EFBIG;
	snprintf(e.name, sizeof(e.name), "%s@%" PRIu64 ".json", uuid, timestamp);
	return vec_push(&all->v, e);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct event *)a)->name, ((const struct event *)b)->name);
}

static int map(int fd, struct mapped *ret)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	ret->len = (size_t)st.st_size;
	if (!st.st_size)
		return 0;
	ret->data = mmap(NULL, ret->len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (ret->data != MAP_FAILED)
		return 0;
	ret->data = NULL;
	return -errno;
}

static void unmap(struct mapped *m)
{
	if (m->data)
		munmap(m->data, m->len);
}

static int get_manifest(struct fetch *f, const char *const *headers, struct events *ret)
{
	_cleanup_close_ int fd = open(f->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct mapped m = { 0 };
	char url[2100];
	int r;

	if (fd < 0)
		return -errno;
	url_of(f->url, MANIFEST, strlen(MANIFEST), url, sizeof(url));
	r = fetch_once(f, url, headers, true, fd);
	if (r != 200)
		return r;
	r = map(fd, &m);
	if (!r)
		r = misp_manifest(m.data ? m.data : "", m.len, add_event, ret);
	unmap(&m);
	if (!r && ret->v.len) {
		qsort(ret->v.data, ret->v.len, sizeof(*ret->v.data), by_name); /* the same order each time */
		return 200;
	}
	snprintf(f->got.err, sizeof(f->got.err), r == -EFBIG ? "its manifest names more than %d events" : "its manifest names no event",
		 FEED_PARTS_MAX);
	return r ? r : -ENODATA;
}

/* events that are here as they are there */
static void find_known(struct events *all, const struct mapped *have)
{
	struct feed_part p;
	size_t at = 0;

	if (!have->data || !feed_parts_is(have->data, have->len))
		return;
	while (feed_parts_next(have->data, have->len, &at, &p) > 0) {
		struct event key = { .data = NULL }, *e;

		if (strlen(p.name) >= sizeof(key.name))
			continue;
		memcpy(key.name, p.name, strlen(p.name) + 1);
		e = bsearch(&key, all->v.data, all->v.len, sizeof(key), by_name);
		if (e) {
			e->data = p.data;
			e->len = p.len;
		}
	}
}

static int copy(int fd, const char *s, size_t n)
{
	while (n) {
		ssize_t w = write(fd, s, n);

		if (w < 0)
			return -errno;
		s += w;
		n -= (size_t)w;
	}
	return 0;
}

static int get_event(struct fetch *f, const char *const *headers, const struct event *e, int fd)
{
	size_t uuid = strcspn(e->name, "@");
	char url[2100], file[48];
	int r;

	snprintf(file, sizeof(file), "%.*s.json", (int)uuid, e->name);
	url_of(f->url, file, strlen(file), url, sizeof(url));
	r = fetch_once(f, url, headers, false, fd);
	if (r == 200)
		return 0;
	if (r > 0)
		snprintf(f->got.err, sizeof(f->got.err), "event %.*s: the server answers %d", (int)uuid, e->name, r);
	else
		snprintf(f->got.err, sizeof(f->got.err), "event %.*s: %s", (int)uuid, e->name, strerror(-r));
	return r < 0 ? r : -EPROTO;
}

static int get_events(struct fetch *f, const char *const *headers, const struct events *all, int fd)
{
	uint64_t end = clock_now_ns() + MISP_NS;
	int r = feed_parts_begin(fd);

	for (size_t i = 0; i < all->v.len && !r; i++) {
		const struct event *e = &all->v.data[i];
		int64_t at;

		if (clock_now_ns() > end) {
			snprintf(f->got.err, sizeof(f->got.err), "%zu of %zu events took an hour", i, all->v.len);
			return -ETIMEDOUT;
		}
		r = feed_part_begin(fd, e->name, &at);
		if (!r)
			r = e->data ? copy(fd, e->data, e->len) : get_event(f, headers, e, fd);
		if (!r)
			r = feed_part_end(fd, at);
		f->got.reused += e->data != NULL;
	}
	f->got.events = (uint32_t)all->v.len;
	return r;
}

int fetch_misp(struct fetch *f, const char *const *headers, int fd)
{
	_cleanup_close_ int old = f->have[0] ? open(f->have, O_RDONLY | O_CLOEXEC) : -1;
	char etag[sizeof(f->got.etag)], modified[sizeof(f->got.modified)];
	struct mapped have = { 0 };
	struct events all = { 0 };
	int r = get_manifest(f, headers, &all);

	if (r == 200) {
		memcpy(etag, f->got.etag, sizeof(etag));
		memcpy(modified, f->got.modified, sizeof(modified));
		if (old >= 0 && !map(old, &have))
			find_known(&all, &have);
		r = get_events(f, headers, &all, fd);
		memcpy(f->got.etag, etag, sizeof(etag));
		memcpy(f->got.modified, modified, sizeof(modified));
		r = r ? r : 200;
	}
	unmap(&have);
	vec_done(&all.v);
	return r;
}
