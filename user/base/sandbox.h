/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process gives up what it does not need, for good. Three profiles, each a
 * superset of the one before:
 *   PARSER     computes: read, write, memory, clock, exit. Nothing is opened.
 *   INSPECTOR  + waits and talks on descriptors it already has; executable
 *              memory (PCRE2's JIT, libhs). Nothing is opened.
 *   DAEMON     + files, sockets (unix, inet, netlink), threads, child
 *              processes, bpf() on maps it already has. Nothing is executed,
 *              no user is changed, no program is loaded, no map is created.
 * A call outside the list kills the process with SIGSYS; the parent's
 * sandbox_explain() says so. What a process will need later (kern_from_fds(),
 * epoll descriptors, time zone, public suffix list) it opens before.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"

enum { SANDBOX_PARSER, SANDBOX_INSPECTOR, SANDBOX_DAEMON, SANDBOX_PROFILES };

struct sandbox {
	unsigned int profile; /* SANDBOX_* */
	const char *user;     /* name or number to become when root; NULL: "nobody" */
	const int *keep;      /* descriptors kept; all others are closed. 0 ... 2 not listed become
				 /dev/null */
	size_t n_keep;
	uint64_t memory_bytes; /* address space beyond what is mapped at entry; 0: no limit */
	uint64_t file_bytes;   /* longest file it may write; 0: no limit */
	uint32_t cpu_s;        /* CPU seconds from its start; 0: no limit */
	bool no_new_fds;       /* not one more descriptor */
	pid_t parent;          /* killed when this process, its parent, ends; 0: lives on */
};

/**
 * sandbox_enter() - give everything up
 * @err: one line on failure: what could not be given up, and the cure
 *
 * On failure the process may already have lost a part: end it. Threads of the
 * process get the same system call filter; capabilities are dropped in the
 * calling thread, so enter before starting threads.
 * Return: 0; -ENOENT no such user; -ESRCH the parent is gone; -EINVAL unknown
 * profile; -errno of the step.
 */
int sandbox_enter(const struct sandbox *s, struct strbuf *err);

/*
 * whom sandbox_enter() makes of @user when root, for who must own files beforehand; 0 or -ENOENT
 * with the cure
 */
int sandbox_user(const char *user, uid_t *ret_uid, gid_t *ret_gid, struct strbuf *err);

/* how a child ended, from its wait status, in words: "killed: a system call outside its sandbox" */
void sandbox_explain(int wait_status, struct strbuf *out);

#endif
