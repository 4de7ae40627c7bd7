/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fetching a feed in a thread: HTTPS with conditions, TAXII page by page, a MISP
 * feed event by event. The thread touches nothing but its own copy of the request; what was
 * fetched comes back as an unlinked file.
 */
#ifndef DAEMON_FETCH_H
#define DAEMON_FETCH_H

#include <stdbool.h>
#include <stdint.h>

struct fetch_request {
	const char *dir; /* where the file is made */
	const char *url, *format;
	const char *etag, *modified; /* "" : all of it */
	const char *ca_file, *proxy; /* "": the system's, none */
	const char *have;	     /* content in force, whose events a MISP feed need not fetch again; "": none */
	bool is_signed;		     /* its signature is fetched too: both come as feed/parts.h says */
	const char *auth_file;	     /* "": none; one line: "Name: value", or a token for "Authorization: Bearer" */
};

struct fetched {
	int status;   /* of HTTP; 200 with a file, 304; or a negative errno */
	int file;     /* -1: none; the caller's */
	uint32_t retry_s;
	uint32_t events, reused; /* of a MISP feed: all, and those that were here already */
	char etag[128], modified[64];
	char err[256]; /* why there is no file */
};

struct fetch;
/* @done_fd gets a 1 when it is over; 0, -ENOMEM, -errno */
int fetch_start(const struct fetch_request *q, int done_fd, struct fetch **ret);
bool fetch_is_done(const struct fetch *f);
/* waits for the thread when it is not done, and frees @f */
void fetch_take(struct fetch *f, struct fetched *ret);

#endif
