/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration and the files it names, opened by the keeper, taken by the daemon. */
#ifndef PROC_HANDOVER_H
#define PROC_HANDOVER_H

#include "conf/conf.h"
#include "proc/msg.h"

/* keeper: send it. A file that cannot be opened is said in the message; the daemon decides. 0 or -errno */
int handover_send(int notify_fd, const struct conf *c, bool is_reload);

/* daemon: what came; descriptors are owned, -1 where there is none */
struct handover {
	struct conf conf;
	int eve, classification;
	int secret[SECRETS]; /* memory files */
	size_t n_rules, n_feeds;
	int rules[MSG_FILES_MAX], feeds[MSG_FILES_MAX]; /* -1: could not be opened, see *_err */
	int rule_err[MSG_FILES_MAX], feed_err[MSG_FILES_MAX];
	bool is_reload;
};
/* @files: those of the message, taken over. 0; -EBADMSG: the message does not add up; -errno of the configuration text */
int handover_take(const struct notify *m, size_t len, int *files, size_t n_files, struct handover *ret);
void handover_done(struct handover *h);
/* where the path of a secret stands in the configuration */
char **handover_secret(struct conf *c, unsigned int secret);

#endif
