// SPDX-License-Identifier: BSD-2-Clause
/* Generations of a feed on disk; see feedstore.h. */
#include "daemon/feedstore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/jsonin.h"

#define RECORD_MAX 4096 /* bytes */

int feedstore_open(struct feedstore *s, const char *state_dir, const char *feed)
{
	int n = snprintf(s->path, sizeof(s->path), "%s/feeds/%s", state_dir, feed);

	if (n < 0 || (size_t)n >= sizeof(s->path) - 32)
		return -ENAMETOOLONG;
	return mkdir(s->path, 0700) && errno != EEXIST ? -errno : 0;
}

static void path_of(const struct feedstore *s, uint32_t id, const char *suffix, char *ret, size_t size)
{
	snprintf(ret, size, "%s/%u.%s", s->path, id, suffix);
}

void feedstore_raw_path(const struct feedstore *s, uint32_t id, char *ret, size_t size)
{
	path_of(s, id, "raw", ret, size);
}

void feedstore_staged_path(const struct feedstore *s, char *ret, size_t size)
{
	snprintf(ret, size, "%s/new", s->path);
}

void feedstore_unstage(const struct feedstore *s)
{
	char path[4300];

	feedstore_staged_path(s, path, sizeof(path));
	unlink(path);
}

static int copy_all(int from, int to, uint64_t max, uint64_t *ret_bytes)
{
	char buf[65536];
	ssize_t n;

	*ret_bytes = 0;
	while ((n = pread(from, buf, sizeof(buf), (off_t)*ret_bytes)) > 0) {
		*ret_bytes += (uint64_t)n;
		if (*ret_bytes > max)
			return -EFBIG;
		for (ssize_t done = 0; done < n;) {
			ssize_t w = write(to, buf + done, (size_t)(n - done));

			if (w < 0)
				return -errno;
			done += w;
		}
	}
	return n < 0 ? -errno : 0;
}

int feedstore_stage(const struct feedstore *s, int from, uint64_t max, struct generation *ret)
{
	_cleanup_close_ int to = -1;
	char path[4300];
	int r;

	feedstore_staged_path(s, path, sizeof(path));
	to = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	r = to < 0 ? -errno : copy_all(from, to, max, &ret->bytes);
	if (!r)
		r = fsync(to) ? -errno : hash_file_hex(to, ret->digest);
	if (r)
		unlink(path);
	return r;
}

/* --- records --- */

static int write_record(const struct feedstore *s, const struct generation *g)
{
	struct json j = { 0 };
	char path[4300];
	int r;

	json_begin(&j, NULL, '{');
	json_u64(&j, "generation", g->id);
	json_u64(&j, "bytes", g->bytes);
	json_u64(&j, "wall_ns", g->wall_ns);
	json_u64(&j, "accepted", g->accepted);
	json_u64(&j, "refused", g->refused);
	json_u64(&j, "added", g->added);
	json_u64(&j, "removed", g->removed);
	json_u64(&j, "version", g->version);
	json_str(&j, "digest", g->digest);
	json_str(&j, "format", g->format);
	json_str(&j, "etag", g->etag);
	json_str(&j, "modified", g->modified);
	json_end(&j, '}');
	path_of(s, g->id, "json", path, sizeof(path));
	r = j.b.failed ? -ENOMEM : file_replace(path, j.b.s, j.b.len, 0600);
	json_done(&j);
	return r;
}

static void take_text(char *dst, size_t size, const struct jsonin *o, const char *key)
{
	const char *s = jsonin_str(o, key);

	str_copy(dst, size, s ? s : "");
}

int feedstore_get(const struct feedstore *s, uint32_t id, struct generation *ret)
{
	_cleanup_(jsonin_free) struct jsonin *o = NULL;
	_cleanup_free_ char *text = NULL;
	struct strbuf err = { 0 };
	char path[4300];
	size_t len;
	int r;

	path_of(s, id, "json", path, sizeof(path));
	r = file_read(path, RECORD_MAX, &text, &len);
	if (!r)
		r = jsonin_parse(text, len, &o, &err);
	strbuf_done(&err);
	if (r)
		return r;
	*ret = (struct generation){
		.id = id,
		.bytes = jsonin_u64(o, "bytes"),
		.wall_ns = jsonin_u64(o, "wall_ns"),
		.accepted = jsonin_u64(o, "accepted"),
		.refused = jsonin_u64(o, "refused"),
		.added = jsonin_u64(o, "added"),
		.removed = jsonin_u64(o, "removed"),
		.version = jsonin_u64(o, "version"),
	};
	take_text(ret->digest, sizeof(ret->digest), o, "digest");
	take_text(ret->format, sizeof(ret->format), o, "format");
	take_text(ret->etag, sizeof(ret->etag), o, "etag");
	take_text(ret->modified, sizeof(ret->modified), o, "modified");
	return 0;
}

int feedstore_verify(const struct feedstore *s, const struct generation *g)
{
	_cleanup_close_ int fd = -1;
	char path[4300], digest[65];
	int r;

	feedstore_raw_path(s, g->id, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	r = hash_file_hex(fd, digest);
	return r ? r : strcmp(digest, g->digest) ? -EBADMSG : 0;
}

int feedstore_make_current(const struct feedstore *s, uint32_t id)
{
	char path[4300], text[16];

	snprintf(path, sizeof(path), "%s/current", s->path);
	snprintf(text, sizeof(text), "%u\n", id);
	return file_replace(path, text, strlen(text), 0600);
}

int feedstore_current(const struct feedstore *s, struct generation *ret)
{
	_cleanup_free_ char *text = NULL;
	char path[4300];
	uint64_t id;
	size_t len;
	int r;

	snprintf(path, sizeof(path), "%s/current", s->path);
	r = file_read(path, 32, &text, &len);
	if (r)
		return r;
	text[strcspn(text, "\n")] = 0;
	r = str_to_u64(text, 1, UINT32_MAX, &id);
	return r ? r : feedstore_get(s, (uint32_t)id, ret);
}

/* --- when to fetch --- */

int feedstore_plan_write(const struct feedstore *s, const char *source, const struct fetch_plan *p)
{
	struct json j = { 0 };
	char path[4300];
	int r;

	json_begin(&j, NULL, '{');
	json_str(&j, "source", source);
	json_u64(&j, "not_before_wall_ns", p->not_before_wall_ns);
	json_u64(&j, "failures", p->failures);
	json_u64(&j, "confirmed_wall_ns", p->confirmed_wall_ns);
	json_end(&j, '}');
	snprintf(path, sizeof(path), "%s/next", s->path);
	r = j.b.failed ? -ENOMEM : file_replace(path, j.b.s, j.b.len, 0600);
	json_done(&j);
	return r;
}

int feedstore_plan_read(const struct feedstore *s, const char *source, struct fetch_plan *ret)
{
	_cleanup_(jsonin_free) struct jsonin *o = NULL;
	_cleanup_free_ char *text = NULL;
	struct strbuf err = { 0 };
	char path[4300];
	size_t len;
	int r;

	snprintf(path, sizeof(path), "%s/next", s->path);
	r = file_read(path, 2 * RECORD_MAX, &text, &len);
	if (!r)
		r = jsonin_parse(text, len, &o, &err);
	strbuf_done(&err);
	if (!r && (!jsonin_str(o, "source") || strcmp(jsonin_str(o, "source"), source)))
		r = -ENOENT;
	if (!r)
		*ret = (struct fetch_plan){ jsonin_u64(o, "not_before_wall_ns"), (uint32_t)jsonin_u64(o, "failures"),
					    jsonin_u64(o, "confirmed_wall_ns") };
	return r;
}

/* --- all of them --- */

/* the number in front of ".json"; 0: another file */
static uint32_t id_of(const char *name)
{
	char *end;
	unsigned long id = strtoul(name, &end, 10);

	return end != name && !strcmp(end, ".json") && id <= UINT32_MAX ? (uint32_t)id : 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct generation *x = a, *y = b;

	return (x->id < y->id) - (x->id > y->id);
}

int feedstore_list(const struct feedstore *s, generations *ret)
{
	DIR *d = opendir(s->path);
	struct dirent *e;
	int r = 0;

	if (!d)
		return -errno;
	while ((e = readdir(d)) && !r) {
		uint32_t id = id_of(e->d_name);
		struct generation g;

		if (id && !feedstore_get(s, id, &g))
			r = vec_push(ret, g);
	}
	closedir(d);
	if (ret->len)
		qsort(ret->data, ret->len, sizeof(*ret->data), newest_first);
	return r;
}

static void drop(const struct feedstore *s, uint32_t id)
{
	char path[4300];

	/* the record first: without it the content is no generation */
	path_of(s, id, "json", path, sizeof(path));
	unlink(path);
	feedstore_raw_path(s, id, path, sizeof(path));
	unlink(path);
}

static void prune(const struct feedstore *s, const generations *all, uint32_t current)
{
	for (size_t i = FEEDSTORE_KEPT; i < all->len; i++)
		if (all->data[i].id != current)
			drop(s, all->data[i].id);
}

/* what a killed process left: files that are neither "current" nor "next" nor of a generation that has its record */
static void sweep(const struct feedstore *s)
{
	DIR *d = opendir(s->path);
	struct dirent *e;
	char path[4600];

	while (d && (e = readdir(d))) {
		char *end;
		unsigned long id = strtoul(e->d_name, &end, 10);
		bool is_part = end != e->d_name && (!strcmp(end, ".json") || !strcmp(end, ".raw"));

		snprintf(path, sizeof(path), "%s/%lu.json", s->path, id);
		if (*e->d_name == '.' || !strcmp(e->d_name, "current") || !strcmp(e->d_name, "next") || (is_part && !access(path, F_OK)))
			continue;
		snprintf(path, sizeof(path), "%s/%s", s->path, e->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
}

int feedstore_commit(const struct feedstore *s, struct generation *g)
{
	char from[4300], to[4300];
	generations all = { 0 };
	int r = feedstore_list(s, &all);

	g->id = all.len ? all.data[0].id + 1 : 1;
	feedstore_staged_path(s, from, sizeof(from));
	feedstore_raw_path(s, g->id, to, sizeof(to));
	if (!r)
		r = rename(from, to) ? -errno : write_record(s, g);
	if (!r)
		r = feedstore_make_current(s, g->id);
	if (!r && !vec_push(&all, *g)) {
		qsort(all.data, all.len, sizeof(*all.data), newest_first);
		prune(s, &all, g->id);
		sweep(s);
	}
	vec_done(&all);
	return r;
}

void feedstore_remove(const struct feedstore *s)
{
	DIR *d = opendir(s->path);
	struct dirent *e;
	char path[4600];

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", s->path, e->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(s->path);
}
