/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules are built beside the ring, in a thread of the inspector that begins
 * before the sandbox and waits for work: the ring is read on while libhs
 * compiles. A set and its engine are immutable; the loop swaps pointers.
 */
#ifndef INSPECTOR_BUILDER_H
#define INSPECTOR_BUILDER_H

#include "base/json.h"
#include "match/match.h"
#include "proc/msg.h"

struct builder;

struct built {
	struct ruleset *rules;
	struct match_engine *engine; /* NULL: it failed, see reply */
	struct control_reply reply;
};

/* starts the thread; before sandbox_enter(), which may not start one */
int builder_new(struct builder **ret);
/* to be kept open in the sandbox */
size_t builder_fds(const struct builder *b, int ret[2]);
/* readable: a build is done */
int builder_fd(const struct builder *b);
/* @files are taken over; 0, or -EBUSY, -EINVAL (then they are still the caller's) */
int builder_start(struct builder *b, const struct control_request *q, size_t len, const int *files, size_t n_files);
/* what was built, the caller's from here on */
void builder_take(struct builder *b, struct built *ret);
/* text of an answer into its file, the length into @a; frees @j; 0 or -errno */
int builder_answer(int fd, struct json *j, struct control_reply *a);

#endif
