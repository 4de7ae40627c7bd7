/* SPDX-License-Identifier: BSD-2-Clause */
/* The only file that knows libcurl. Blocking: for a thread or a process of its own. */
#ifndef BASE_HTTP_H
#define BASE_HTTP_H

#include <stddef.h>

/*
 * http_post() - POST @body to @url (http or https only, no redirects)
 * @headers: NULL-terminated list of "Name: value"
 * @timeout_ms: of the whole exchange
 * Return: the HTTP status (100 ... 599), or a negative errno with a reason in @reterr (static storage or "")
 */
int http_post(const char *url, const char *const *headers, const void *body, size_t len, unsigned int timeout_ms, const char **reterr);

/* GET into a file descriptor, at most @max bytes; the HTTP status, or negative errno (-EFBIG when longer) */
int http_get(const char *url, int fd, size_t max, unsigned int timeout_ms, const char **reterr);

#endif
