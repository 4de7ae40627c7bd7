/* SPDX-License-Identifier: BSD-2-Clause */
/* The well-known public feeds of feeds/sources.conf, built in: nothing of them is used before somebody accepts one. */
#ifndef FEED_KNOWN_H
#define FEED_KNOWN_H

#include <stdint.h>

#include "base/str.h"

struct feed_known {
	char name[65], address[512], format[32], licence[200], category[65];
	uint64_t refresh_ns;
	uint8_t action, confidence;
	bool needs_key; /* its publisher wants one in the request */
};

/*
 * the stanza at *@at, 0 at first; *at moves on. 1 and *ret; 0 after the last; -EINVAL with @err, of our own
 * file: a test reads all of it
 */
int feed_known_next(size_t *at, struct feed_known *ret, struct strbuf *err);

#endif
