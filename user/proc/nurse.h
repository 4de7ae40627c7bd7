/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts the keeper's children and starts them again when they end: at once
 * the first time, then with growing pauses. An inspector is always made for
 * one daemon: when the daemon ends, both are new.
 */
#ifndef PROC_NURSE_H
#define PROC_NURSE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "kern/kern.h"
#include "proc/msg.h"

struct patient {
	pid_t pid;	     /* 0: not there */
	uint64_t started_ns;
	uint64_t due_ns;     /* start again then; 0: not planned */
	unsigned int fails;  /* ends in a row, soon after the start */
	uint32_t restarts;
};

struct nurse {
	const struct conf *conf; /* borrowed, always the current one */
	struct kern *kern;
	int epfd, timer, listen;
	int rpc, notify; /* ends to the daemon; -1 */
	uid_t uid;
	gid_t gid;
	struct patient daemon, inspector;
};

/* @listen: taken over */
int nurse_init(struct nurse *n, const struct conf *c, struct kern *k, int epfd, int listen_fd, uid_t uid, gid_t gid);
void nurse_start(struct nurse *n);
void nurse_reap(struct nurse *n);	 /* SIGCHLD */
void nurse_timer(struct nurse *n);	 /* a planned start is due */
void nurse_daemon_gone(struct nurse *n); /* its socket closed or speaks nonsense: end it, start a new one */
int nurse_configure(struct nurse *n, bool is_reload);
void nurse_net_changed(struct nurse *n);
void nurse_status(const struct nurse *n, struct rpc_reply *ret);
void nurse_stop(struct nurse *n); /* ends both, waits for a few seconds */

#endif
