/* SPDX-License-Identifier: BSD-2-Clause */
/* The only file that knows libcurl. Blocking: for a thread or a process of its own. */
#ifndef BASE_HTTP_H
#define BASE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * http_post() - POST @body to @url (http or https only, no redirects)
 * @headers: NULL-terminated list of "Name: value"
 * @timeout_ms: of the whole exchange
 * Return: the HTTP status (100 ... 599), or a negative errno with a reason in @reterr (static storage or "")
 */
int http_post(const char *url, const char *const *headers, const void *body, size_t len, unsigned int timeout_ms, const char **reterr);

/* GET into a file descriptor, at most @max bytes; the HTTP status, or negative errno (-EFBIG when longer) */
int http_get(const char *url, int fd, size_t max, unsigned int timeout_ms, const char **reterr);

/* a file that is fetched again and again */
struct http_fetch {
	const char *url;		/* https, or http to this host itself */
	const char *const *headers;	/* NULL-terminated "Name: value", or NULL */
	const char *etag, *modified;	/* of what is here already, "" when nothing is */
	const char *ca_file, *proxy;	/* NULL: the system's, none */
	int fd;				/* the answer goes here, at its offset, decompressed */
	size_t max;			/* bytes of it */
	/* result */
	char ret_etag[128], ret_modified[64];
	uint32_t ret_retry_s; /* Retry-After; 0: not said */
	char err[200];	      /* of a negative return */
};

/*
 * http_fetch() - GET with conditions; follows redirects on the same host only, gives up on a server that
 * sends less than 100 bytes a second for 30 s
 * Return: the HTTP status (304: nothing new), or a negative errno with f->err: -EFBIG longer than f->max,
 * -EXDEV a redirect to another host, -EPROTO cut short, -ETIMEDOUT too slow
 */
int http_fetch(struct http_fetch *f);
bool http_is_url(const char *s);

/* one request to an API that answers in text */
struct http_call {
	const char *method, *url;	/* https, or http to this host itself */
	const char *const *headers;	/* NULL-terminated "Name: value", or NULL */
	const char *body;		/* NULL: none */
	const char *ca_file;		/* NULL: the system's */
	const char *want;		/* name of a header of the answer to keep in ret_want; NULL: none */
	unsigned int timeout_ms;	/* of the whole exchange */
	size_t max;			/* bytes of the answer */
	/* result */
	struct strbuf answer; /* the caller's to strbuf_done(), also on failure */
	char ret_want[512];   /* "" when there is none, or one too long */
	uint32_t ret_retry_s; /* Retry-After; 0: not said */
	char err[160];	      /* of a negative return */
};

/* the HTTP status, or a negative errno with q->err; no redirects */
int http_call(struct http_call *q);
/* @src as one part of a URL: all but letters, digits and -._~ as %XX; false: does not fit */
bool http_escape(char *dst, size_t size, const char *src);

#endif
