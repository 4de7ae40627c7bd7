/* SPDX-License-Identifier: BSD-2-Clause */
/* What the commands about feeds share. */
#ifndef CLI_FEED_H
#define CLI_FEED_H

#include "cli/ask.h"

/* sends the request with the source, opened here unless it is fetched, and prints what came of it; frees @q */
int feed_send(const struct args *a, struct json *q, const char *path, bool is_signed);
/* the reply to "feed list" */
int feed_get_all(const struct args *a, struct jsonin **ret);

#endif
