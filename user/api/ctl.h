/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket: a Unix stream socket, one JSON object per line each way.
 * Here are connections, framing, limits and who may do what; what a request
 * means is the daemon's affair (daemon/verbs.h).
 *
 * On connect the daemon says {"cordon":1}. A request is answered by one line;
 * until then no further request of that client is read. After `events` with
 * "follow" lines come until either side closes. A request may carry open files
 * (SCM_RIGHTS): the caller opens what it may read, the daemon needs no rights.
 */
#ifndef API_CTL_H
#define API_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/jsonin.h"

#define CTL_VERSION 1
#define CTL_HELLO "{\"cordon\":1}"
#define CTL_REQUEST_MAX (1 << 20) /* bytes of a line */
#define CTL_CLIENTS_MAX 64
#define CTL_FILES_MAX 64	  /* descriptors with one request */
#define CTL_QUEUE_MAX (64 << 20)  /* bytes a client may leave unread of a reply */
#define CTL_FOLLOW_MAX (1 << 20)  /* and of followed events; more are dropped and counted */

struct ctl;

struct ctl_request {
	uint64_t client; /* for ctl_reply(), at once or later; never reused */
	const char *cmd;
	const struct jsonin *body;
	const int *files; /* closed after the call: dup() to keep */
	size_t n_files;
	bool may_act; /* root, the daemon's own user, or of its group */
};
typedef void (*ctl_fn)(const struct ctl_request *r, void *ctx);

/* @listen_fd: bound and listening, taken over. @uid, @gid: who may act besides root */
int ctl_new(int listen_fd, uid_t uid, gid_t gid, ctl_fn fn, void *ctx, struct ctl **ret);
int ctl_fd(const struct ctl *c); /* for epoll */
void ctl_run(struct ctl *c);	 /* all that is ready */
/* one line without its newline; nothing when the client has gone */
void ctl_reply(struct ctl *c, uint64_t client, const char *line, size_t len);

/*
 * A reply too long to be made at once, still one line: @more is called whenever the client has taken what was there, and
 * appends the next part to @out, which is empty; false: that was the last. @done: the end, also when the client has gone.
 */
struct ctl_stream {
	bool (*more)(void *ctx, struct strbuf *out);
	void (*done)(void *ctx);
	void *ctx;
};
void ctl_reply_stream(struct ctl *c, uint64_t client, const struct ctl_stream *s);

/* from here on the client gets lines of ctl_publish() whose type fits; @type NULL: all */
void ctl_follow(struct ctl *c, uint64_t client, const char *type);
void ctl_publish(struct ctl *c, const char *type, const char *line, size_t len);
struct ctl_stats {
	uint64_t clients, refused, requests, bad_requests, followers, dropped;
};
void ctl_stats(const struct ctl *c, struct ctl_stats *ret);
void ctl_free(struct ctl *c);

/* bind and listen at @path, replacing a stale socket; mode 0660, owner root, group @gid. The descriptor or -errno */
int ctl_listen(const char *path, gid_t gid, struct strbuf *err);

#endif
