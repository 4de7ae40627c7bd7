/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process that runs one program for the output `command`. The daemon may not
 * execute anything once it is in its sandbox, so this one is forked before: it
 * becomes command.user, knows one command line, that of the configuration at the
 * start, and is told nothing but events. It ends with the daemon.
 */
#ifndef OUT_HELPER_H
#define OUT_HELPER_H

#include <sys/types.h>

#include "base/str.h"
#include "conf/conf.h"

#define HELPER_WORDS 32		      /* of the command line */
#define HELPER_EVENT_MAX (128 << 10) /* bytes */

struct helper_result {
	int32_t status; /* of wait(2); meaningless when error or is_late */
	int32_t error;	/* negative errno: it could not be run */
	uint8_t is_late; /* ended after command.timeout */
	uint8_t pad[7];
};

/* starts it where command.run is set; once, before the sandbox. 0; -errno with @err */
int helper_start(const struct conf *c, struct strbuf *err);
int helper_fd(void); /* to talk to it, for the sandbox to keep; -1: there is none */
/* one event, one result; blocks for the time limit at most. 0; -EMSGSIZE; -EPIPE the helper is gone; -EAGAIN no answer in time */
int helper_run(const void *event, size_t len, unsigned int timeout_ms, struct helper_result *ret);
/* ends it; a daemon that just exits does the same */
void helper_stop(void);

/* the words of a command line, separated by spaces, in place; how many, 0 when more than @max - 1. NULL behind the last */
size_t helper_words(char *line, char **ret, size_t max);

#endif
