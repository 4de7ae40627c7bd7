/* SPDX-License-Identifier: BSD-2-Clause */
/* The two children of the keeper, and what is given to them. */
#ifndef PROC_CHILD_H
#define PROC_CHILD_H

#include <stdatomic.h>
#include <sys/types.h>

#include "conf/conf.h"
#include "kern/kern.h"

/* what a child begins with; its own copy, since it is forked. Descriptors not named here are closed. */
struct child_start {
	const struct conf *conf;
	struct kern *kern;
	pid_t keeper;
	uid_t uid;
	gid_t gid;
	atomic_uint *beat; /* shared with the keeper: moved at each turn of the loop, at least once a second */
	/* daemon */
	int rpc, notify, verdicts, listen;
	/* inspector */
	int findings, control;
};

static inline void child_beat(const struct child_start *s)
{
	atomic_fetch_add_explicit(s->beat, 1, memory_order_relaxed);
}

/* run in the child after fork; they do not return */
void daemon_main(const struct child_start *s) __attribute__((noreturn));
void inspector_main(const struct child_start *s) __attribute__((noreturn));

#endif
