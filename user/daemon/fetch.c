// SPDX-License-Identifier: BSD-2-Clause
/* Fetching a feed; see fetch.h. */
#include "daemon/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/http.h"
#include "base/log.h"
#include "base/str.h"
#include "cordon_limits.h"
#include "daemon/fetch_int.h"
#include "feed/feed.h"
#include "feed/parts.h"

#define PAGES_MAX 10000
#define AUTH_MAX 4096 /* bytes */
#define TAXII_ACCEPT "Accept: application/taxii+json;version=2.1"

static void free_request(struct fetch *f)
{
	free(f->dir);
	free(f->url);
	free(f->ca_file);
	free(f->proxy);
	free(f->auth_file);
	free(f->have);
}

/* the header of the key's file; "" without one */
static int read_auth(struct fetch *f, char *ret, size_t size)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	ret[0] = '\0';
	if (!f->auth_file[0])
		return 0;
	r = file_read(f->auth_file, AUTH_MAX, &text, &len);
	if (r) {
		snprintf(f->got.err, sizeof(f->got.err), "key file %.120s: %s", f->auth_file, strerror(-r));
		return r;
	}
	text[strcspn(text, "\r\n")] = '\0';
	snprintf(ret, size, strchr(text, ':') ? "%s" : "Authorization: Bearer %s", text);
	return 0;
}

int fetch_once(struct fetch *f, const char *url, const char *const *headers, bool is_conditional, int fd)
{
	off_t used = lseek(fd, 0, SEEK_CUR);
	struct http_fetch h = {
		.url = url,
		.headers = headers,
		.etag = is_conditional ? f->etag : "",
		.modified = is_conditional ? f->modified : "",
		.ca_file = f->ca_file[0] ? f->ca_file : NULL,
		.proxy = f->proxy[0] ? f->proxy : NULL,
		.fd = fd,
		.max = used > 0 && used < CORDON_FEED_BYTES ? CORDON_FEED_BYTES - (size_t)used : used ? 0 : CORDON_FEED_BYTES,
	};
	int r = http_fetch(&h);

	f->got.retry_s = h.ret_retry_s;
	str_copy(f->got.etag, sizeof(f->got.etag), h.ret_etag);
	str_copy(f->got.modified, sizeof(f->got.modified), h.ret_modified);
	if (r < 0)
		str_copy(f->got.err, sizeof(f->got.err), h.err[0] ? h.err : strerror(-r));
	return r;
}

/* the last page of the file: what is there from @from on */
static int read_page(int fd, off_t from, char *next, size_t size, bool *ret_more)
{
	struct stat st;
	char *data;
	int r;

	if (fstat(fd, &st))
		return -errno;
	if (!st.st_size || st.st_size <= from)
		return -EPROTO;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	r = taxii_page(data + from, (size_t)(st.st_size - from), next, size, ret_more);
	munmap(data, (size_t)st.st_size);
	return r;
}

/* pages one after the other into one file: each is a JSON text of its own */
static int taxii(struct fetch *f, const char *const *headers, int fd)
{
	char next[512] = "", url[2048];
	bool more = true;
	int r = 0;

	for (int page = 0; more && page < PAGES_MAX; page++) {
		off_t from = lseek(fd, 0, SEEK_END);

		if (from > (off_t)CORDON_FEED_BYTES)
			return -EFBIG;
		snprintf(url, sizeof(url), "%s%s%s%s", f->url, page ? (strchr(f->url, '?') ? "&" : "?") : "", page ? "next=" : "",
			 next);
		r = fetch_once(f, url, headers, false, fd);
		if (r != 200)
			return r;
		r = read_page(fd, from, next, sizeof(next), &more);
		if (r) {
			snprintf(f->got.err, sizeof(f->got.err), "page %d is no TAXII envelope", page + 1);
			return r;
		}
		r = 200;
	}
	if (more)
		snprintf(f->got.err, sizeof(f->got.err), "more than %d pages", PAGES_MAX);
	return more ? -EFBIG : r;
}

/* the address of the signature: ".sig" behind the path */
static void signature_url(const char *url, char *ret, size_t size)
{
	size_t path = strcspn(url, "?#");

	snprintf(ret, size, "%.*s.sig%s", (int)path, url, url + path);
}

static int part(struct fetch *f, const char *name, const char *url, const char *const *headers, bool is_conditional, int fd)
{
	int64_t at;
	int r = feed_part_begin(fd, name, &at);

	if (r)
		return r;
	r = fetch_once(f, url, headers, is_conditional, fd);
	if (r != 200)
		return r;
	r = feed_part_end(fd, at);
	return r ? r : 200;
}

/* a file and its signature; what the server says of the first one counts */
static int signed_file(struct fetch *f, const char *const *headers, int fd)
{
	char url[2100], etag[sizeof(f->got.etag)], modified[sizeof(f->got.modified)];
	int r = feed_parts_begin(fd);

	if (!r)
		r = part(f, "feed", f->url, headers, true, fd);
	if (r != 200)
		return r;
	memcpy(etag, f->got.etag, sizeof(etag));
	memcpy(modified, f->got.modified, sizeof(modified));
	signature_url(f->url, url, sizeof(url));
	r = part(f, "signature.sig", url, headers, false, fd);
	if (r > 0 && r != 200) {
		snprintf(f->got.err, sizeof(f->got.err), "signature_missing: %.150s: the server answers %d", url, r);
		return -ENOKEY;
	}
	memcpy(f->got.etag, etag, sizeof(etag));
	memcpy(f->got.modified, modified, sizeof(modified));
	return r;
}

static int fetch_all(struct fetch *f, int fd)
{
	char auth[AUTH_MAX + 32];
	const char *headers[3] = { NULL };
	size_t n = 0;
	int r = read_auth(f, auth, sizeof(auth));

	if (r)
		return r;
	if (auth[0])
		headers[n++] = auth;
	if (f->is_taxii)
		headers[n++] = TAXII_ACCEPT;
	if (f->is_taxii)
		return taxii(f, headers, fd);
	if (f->is_misp)
		return fetch_misp(f, headers, fd);
	return f->is_signed ? signed_file(f, headers, fd) : fetch_once(f, f->url, headers, true, fd);
}

static void *run(void *arg)
{
	struct fetch *f = arg;
	_cleanup_close_ int fd = open(f->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	uint64_t one = 1;

	if (fd < 0) {
		f->got.status = -errno;
		snprintf(f->got.err, sizeof(f->got.err), "cannot make a file in %.120s: %s", f->dir, strerror(errno));
	} else {
		f->got.status = fetch_all(f, fd);
	}
	if (f->got.status == 200)
		f->got.file = TAKE_FD(fd);
	else if (f->got.status > 0 && f->got.status != 304)
		snprintf(f->got.err, sizeof(f->got.err), "the server answers %d", f->got.status);
	atomic_store(&f->is_done, true);
	if (write(f->done_fd, &one, sizeof(one)) < 0)
		log_error("fetch: cannot say that it is done: %s", strerror(errno));
	return NULL;
}

int fetch_start(const struct fetch_request *q, int done_fd, struct fetch **ret)
{
	struct fetch *f = calloc(1, sizeof(*f));
	int r = -ENOMEM;

	if (!f)
		return r;
	f->dir = strdup(q->dir);
	f->url = strdup(q->url);
	f->ca_file = strdup(q->ca_file ? q->ca_file : "");
	f->proxy = strdup(q->proxy ? q->proxy : "");
	f->auth_file = strdup(q->auth_file ? q->auth_file : "");
	str_copy(f->etag, sizeof(f->etag), q->etag);
	str_copy(f->modified, sizeof(f->modified), q->modified);
	f->is_taxii = !strcmp(q->format, "taxii");
	f->is_signed = q->is_signed;
	f->is_misp = fetch_is_misp(q->format, q->url);
	f->have = strdup(q->have ? q->have : "");
	f->done_fd = done_fd;
	f->got.file = -1;
	if (f->dir && f->url && f->ca_file && f->proxy && f->auth_file && f->have)
		r = -pthread_create(&f->thread, NULL, run, f);
	if (r) {
		free_request(f);
		free(f);
		return r;
	}
	*ret = f;
	return 0;
}

bool fetch_is_done(const struct fetch *f)
{
	return atomic_load(&f->is_done);
}

void fetch_take(struct fetch *f, struct fetched *ret)
{
	pthread_join(f->thread, NULL);
	*ret = f->got;
	free_request(f);
	free(f);
}
