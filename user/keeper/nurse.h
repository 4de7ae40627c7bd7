/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts the keeper's children and starts them again when they end: at once
 * the first time, then with growing pauses. An inspector is always made for
 * one daemon: when the daemon ends, both are new. A child that lives but makes
 * no progress (a loop in a parser, a stopped process) is ended as well.
 */
#ifndef KEEPER_NURSE_H
#define KEEPER_NURSE_H

#include <stdatomic.h>
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
	atomic_uint *beat;   /* shared with the child */
	unsigned int heard;  /* where it stood at the last look */
	unsigned int quiet;  /* looks in a row at which it had not moved */
};

struct nurse {
	const struct conf *conf; /* borrowed, always the current one */
	struct kern *kern;
	int epfd, timer, listen;
	int rpc, notify, verdicts; /* ends to the daemon; -1 */
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
/* are both there, so that what is held will be judged? */
bool nurse_is_whole(const struct nurse *n);
void nurse_net_changed(struct nurse *n);
/* once a second: who has made no progress for `watchdog` is ended. true: all that is there moves */
bool nurse_pulse(struct nurse *n);
/* enforcement on an interface was lost or is back: told to the daemon, who tells the world. False: it is not there */
bool nurse_tell_enforcing(struct nurse *n, bool is_lost, const char *text);
void nurse_tell_eve(struct nurse *n, int fd); /* the event file is another one now */
void nurse_status(const struct nurse *n, struct rpc_reply *ret);
void nurse_stop(struct nurse *n); /* ends both, waits for a few seconds */

#endif
