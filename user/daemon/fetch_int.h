/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of fetching share: fetch.c, fetch_misp.c. All of it runs in the fetch's thread. */
#ifndef DAEMON_FETCH_INT_H
#define DAEMON_FETCH_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/fetch.h"

struct fetch {
	char *dir, *url, *ca_file, *proxy, *auth_file, *have;
	char etag[128], modified[64];
	bool is_taxii, is_misp, is_signed;
	int done_fd;
	pthread_t thread;
	atomic_bool is_done;
	struct fetched got;
};

/* one exchange, appended to @fd; the status, or -errno with f->got.err */
int fetch_once(struct fetch *f, const char *url, const char *const *headers, bool is_conditional, int fd);
/* a MISP feed: its manifest, then the events that are not there yet as they are */
int fetch_misp(struct fetch *f, const char *const *headers, int fd);
/* is the address that of a MISP feed, not of one event? */
bool fetch_is_misp(const char *format, const char *url);

#endif
