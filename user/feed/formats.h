/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The feed formats. Detection takes the one that most lines fit, of equals the
 * first. A format is its file fmt_<name>.c and its row here.
 * X(name, file suffix, help); functions are fmt_<name>_detect, fmt_<name>_parse.
 */
#ifndef FEED_FORMATS_H
#define FEED_FORMATS_H

#include "feed/parse.h"

#define FEED_FORMAT_LIST(X)                                                                        \
	X(hosts, ".hosts",                                                                         \
	  "hosts file: a sink address and names; the names only, not what is below")               \
	X(plain, ".txt", "one address, prefix, range or name a line; names with all below them")   \
	X(csv, ".csv", "columns, with a header or one of them full of values (abuse.ch)")

#define FEED_X_DECLARE(n, ...)                                                                     \
	size_t fmt_##n##_detect(const struct feed_sample *s);                                      \
	int fmt_##n##_parse(struct feed_parser *p, const char *data, size_t len);
FEED_FORMAT_LIST(FEED_X_DECLARE)

#endif
