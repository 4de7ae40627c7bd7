// SPDX-License-Identifier: BSD-2-Clause
/*
 * Blocking HTTP calls by libcurl. Only http and https, no redirects elsewhere, no
 * proxy from the environment (a gateway's shell must not decide where alarms
 * go), certificates are checked, no signals (threads call this).
 */
#include "base/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(CURL, curl_easy_cleanup)
DEFINE_CLEANUP(struct curl_slist, curl_slist_free_all)

struct sink {
	int fd; /* -1: thrown away */
	size_t left;
	int error; /* negative errno */
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void curl_start(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* libcurl's write callback: anything but the full count ends the transfer */
static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct sink *s = ctx;
	size_t len = size * n, done = 0;

	if (len > s->left) {
		s->error = -EFBIG;
		return 0;
	}
	s->left -= len;
	while (s->fd >= 0 && done < len) {
		ssize_t w = write(s->fd, p + done, len - done);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0) {
			s->error = -errno;
			return 0;
		}
		done += (size_t)w;
	}
	return len;
}

static int errno_of(CURLcode code)
{
	switch (code) {
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return -EINVAL;
	case CURLE_COULDNT_RESOLVE_HOST:
		return -EHOSTUNREACH;
	case CURLE_COULDNT_CONNECT:
		return -ECONNREFUSED;
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
		return -EPROTO;
	case CURLE_FILESIZE_EXCEEDED:
		return -EFBIG;
	case CURLE_OUT_OF_MEMORY:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

static CURL *new_handle(const char *url, struct sink *sink, unsigned int timeout_ms)
{
	CURL *c;

	pthread_once(&curl_once, curl_start);
	c = curl_easy_init();
	if (!c)
		return NULL;
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "cordon");
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, sink);
	return c;
}

static int perform(CURL *c, const struct sink *sink, const char **reterr)
{
	CURLcode code = curl_easy_perform(c);
	long status = 0;

	if (sink->error) {
		*reterr = sink->error == -EFBIG ? "answer too long" : "cannot write the answer";
		return sink->error;
	}
	if (code != CURLE_OK) {
		*reterr = curl_easy_strerror(code);
		return errno_of(code);
	}
	*reterr = "";
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

/* what a receiver may answer to a POST before we hang up; nobody reads it */
#define POST_ANSWER_MAX 65536

int http_post(const char *url, const char *const *headers, const void *body, size_t len,
	      unsigned int timeout_ms, const char **reterr)
{
	_cleanup_(curl_slist_free_all) struct curl_slist *list = NULL;
	_cleanup_(curl_easy_cleanup) CURL *c = NULL;
	struct sink sink = { .fd = -1, .left = POST_ANSWER_MAX };

	*reterr = "out of memory";
	for (; headers && *headers; headers++) {
		struct curl_slist *more = curl_slist_append(list, *headers);

		if (!more)
			return -ENOMEM;
		list = more;
	}
	c = new_handle(url, &sink, timeout_ms);
	if (!c)
		return -ENOMEM;
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, list);
	return perform(c, &sink, reterr);
}

int http_get(const char *url, int fd, size_t max, unsigned int timeout_ms, const char **reterr)
{
	_cleanup_(curl_easy_cleanup) CURL *c = NULL;
	struct sink sink = { .fd = fd, .left = max };

	*reterr = "out of memory";
	c = new_handle(url, &sink, timeout_ms);
	if (!c)
		return -ENOMEM;
	return perform(c, &sink, reterr);
}

/* --- files that are fetched again and again --- */

#define REDIRECTS_MAX 5
#define FETCH_TIMEOUT_MS 600000
#define SLOW_BYTES_S 100L
#define SLOW_FOR_S 30L

bool http_is_url(const char *s)
{
	return !strncasecmp(s, "https://", 8) || !strncasecmp(s, "http://", 7);
}

/* the value of "Name: value", without the line's end */
static void take_header(const char *line, size_t len, const char *name, char *dst, size_t size)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) || line[n] != ':')
		return;
	for (n++; n < len && (line[n] == ' ' || line[n] == '\t'); n++)
		;
	while (len > n && strchr("\r\n ", line[len - 1]))
		len--;
	if (len - n >= size)
		return; /* a validator cut short would never match */
	memcpy(dst, line + n, len - n);
	dst[len - n] = '\0';
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
	struct http_fetch *f = ctx;

	take_header(p, size * n, "ETag", f->ret_etag, sizeof(f->ret_etag));
	take_header(p, size * n, "Last-Modified", f->ret_modified, sizeof(f->ret_modified));
	return size * n;
}

static int add_line(struct curl_slist **list, const char *name, const char *value)
{
	char line[300];
	struct curl_slist *more;

	if (!value || !value[0])
		return 0;
	snprintf(line, sizeof(line), "%s%s%s", name, name[0] ? ": " : "", value);
	more = curl_slist_append(*list, line);
	if (!more)
		return -ENOMEM;
	*list = more;
	return 0;
}

static int fetch_headers(const struct http_fetch *f, struct curl_slist **ret)
{
	int r = add_line(ret, "If-None-Match", f->etag);

	if (!r)
		r = add_line(ret, "If-Modified-Since", f->modified);
	for (const char *const *h = f->headers; h && *h && !r; h++)
		r = add_line(ret, "", *h);
	return r;
}

/* scheme, host and port of a URL into @ret, freed by curl_free(); NULL: no URL */
static char *origin_of(const char *url)
{
	CURLU *u = curl_url();
	char *out = NULL;

	if (u && !curl_url_set(u, CURLUPART_URL, url, 0) && !curl_url_set(u, CURLUPART_PATH, "/", 0) &&
	    !curl_url_set(u, CURLUPART_QUERY, NULL, 0) && !curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0))
		curl_url_get(u, CURLUPART_URL, &out, CURLU_DEFAULT_PORT);
	curl_url_cleanup(u);
	return out;
}

static bool same_origin(const char *a, const char *b)
{
	char *x = origin_of(a), *y = origin_of(b);
	bool same = x && y && !strcmp(x, y);

	curl_free(x);
	curl_free(y);
	return same;
}

/* http in the clear is for a relay on this host; what comes over the net could be anybody's */
static bool is_secure(const char *url)
{
	char *origin = origin_of(url);
	bool ok = origin && (!strncmp(origin, "https://", 8) || !strncmp(origin, "http://127.0.0.1:", 17) ||
			     !strncmp(origin, "http://localhost:", 17) || !strncmp(origin, "http://[::1]:", 13));

	curl_free(origin);
	return ok;
}

static void fetch_options(CURL *c, struct http_fetch *f, struct curl_slist *list)
{
	if (f->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, f->ca_file);
	if (f->proxy)
		curl_easy_setopt(c, CURLOPT_PROXY, f->proxy);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES_S);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, SLOW_FOR_S);
	curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)f->max);
}

static bool is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* one exchange; *ret_next: where a redirect leads, to be freed; NULL: nowhere */
static int fetch_once(struct http_fetch *f, const char *url, char **ret_next)
{
	_cleanup_(curl_slist_free_all) struct curl_slist *list = NULL;
	_cleanup_(curl_easy_cleanup) CURL *c = NULL;
	struct sink sink = { .fd = f->fd, .left = f->max };
	const char *err = "out of memory";
	curl_off_t retry = 0;
	char *next = NULL;
	int r = fetch_headers(f, &list);

	if (!r) {
		c = new_handle(url, &sink, FETCH_TIMEOUT_MS);
		r = c ? 0 : -ENOMEM;
	}
	if (!r) {
		fetch_options(c, f, list);
		r = perform(c, &sink, &err);
	}
	if (r < 0)
		snprintf(f->err, sizeof(f->err), "%s", err);
	if (r <= 0)
		return r;
	curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &retry);
	f->ret_retry_s = retry > 0 && retry < UINT32_MAX ? (uint32_t)retry : 0;
	if (is_redirect(r))
		curl_easy_getinfo(c, CURLINFO_REDIRECT_URL, &next);
	*ret_next = next ? strdup(next) : NULL;
	return r;
}

int http_fetch(struct http_fetch *f)
{
	_cleanup_free_ char *url = strdup(f->url);
	off_t start = lseek(f->fd, 0, SEEK_CUR);
	int r = !url ? -ENOMEM : start < 0 ? -errno : 0;

	if (!r && !is_secure(url)) {
		snprintf(f->err, sizeof(f->err), "only https is fetched, or http from this host itself");
		return -EINVAL;
	}
	for (int i = 0; i <= REDIRECTS_MAX && !r; i++) {
		char *next = NULL;

		r = fetch_once(f, url, &next);
		if (!next)
			return r;
		if (!same_origin(f->url, next)) {
			snprintf(f->err, sizeof(f->err), "redirected to another host: %.120s", next);
			r = -EXDEV;
		} else {
			/* what the redirect itself said is not the file */
			r = ftruncate(f->fd, start) || lseek(f->fd, start, SEEK_SET) < 0 ? -errno : 0;
			f->ret_etag[0] = f->ret_modified[0] = '\0';
		}
		free(url);
		url = next;
	}
	if (r)
		return r;
	snprintf(f->err, sizeof(f->err), "more than %d redirects", REDIRECTS_MAX);
	return -ELOOP;
}

/* --- APIs --- */

struct answer {
	struct http_call *q;
	bool is_long;
};

static size_t on_answer(char *p, size_t size, size_t n, void *ctx)
{
	struct answer *a = ctx;

	if (size * n > a->q->max - a->q->answer.len) {
		a->is_long = true;
		return 0;
	}
	strbuf_add(&a->q->answer, p, size * n);
	return a->q->answer.failed ? 0 : size * n;
}

static size_t on_call_header(char *p, size_t size, size_t n, void *ctx)
{
	struct http_call *q = ctx;

	if (q->want)
		take_header(p, size * n, q->want, q->ret_want, sizeof(q->ret_want));
	return size * n;
}

static int call_headers(const struct http_call *q, struct curl_slist **ret)
{
	for (const char *const *h = q->headers; h && *h; h++) {
		struct curl_slist *more = curl_slist_append(*ret, *h);

		if (!more)
			return -ENOMEM;
		*ret = more;
	}
	return 0;
}

static void call_options(CURL *c, struct http_call *q, struct answer *a, struct curl_slist *list)
{
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_call_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, q);
	if (q->body)
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->body);
	if (q->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, q->ca_file);
}

int http_call(struct http_call *q)
{
	_cleanup_(curl_slist_free_all) struct curl_slist *list = NULL;
	_cleanup_(curl_easy_cleanup) CURL *c = NULL;
	struct answer a = { .q = q };
	struct sink none = { .fd = -1 };
	const char *err = "out of memory";
	curl_off_t retry = 0;
	int r = call_headers(q, &list);

	if (!r && !is_secure(q->url)) {
		err = "only https, or http to this host itself";
		r = -EINVAL;
	}
	if (!r) {
		c = new_handle(q->url, &none, q->timeout_ms);
		r = c ? 0 : -ENOMEM;
	}
	if (!r) {
		call_options(c, q, &a, list);
		r = perform(c, &none, &err);
	}
	if (a.is_long) {
		err = "the answer is too long";
		r = -EFBIG;
	}
	if (r < 0) {
		snprintf(q->err, sizeof(q->err), "%s", err);
		return r;
	}
	curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &retry);
	q->ret_retry_s = retry > 0 && retry < UINT32_MAX ? (uint32_t)retry : 0;
	return r;
}

bool http_escape(char *dst, size_t size, const char *src)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	size_t n = 0;

	for (; *src && n + 4 <= size; src++)
		if (strchr(plain, *src))
			dst[n++] = *src;
		else
			n += (size_t)snprintf(dst + n, size - n, "%%%02X", (unsigned char)*src);
	dst[n < size ? n : size - 1] = '\0';
	return !*src;
}
