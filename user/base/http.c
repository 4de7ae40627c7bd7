// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two blocking HTTP calls by libcurl. Only http and https, no redirects, no
 * proxy from the environment (a gateway's shell must not decide where alarms
 * go), certificates are checked, no signals (threads call this).
 */
#include "base/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
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
