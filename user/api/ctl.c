/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Server side of the control socket; see ctl.h. One epoll set inside another:
 * the daemon waits on ctl_fd() and calls ctl_run(). Nothing here blocks; what
 * a slow client leaves unread is bounded, and a bound reached costs only it.
 */
#include "api/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"

#define STREAM_PARTS 4 /* of a long reply, before others get their turn */

struct client {
	int fd;		 /* -1: free */
	uint64_t id;	 /* 0: free */
	bool may_act, waiting, following, closing;
	char type[32];	 /* of followed events; "": all */
	struct strbuf in, out;
	size_t sent;	 /* of out */
	struct ctl_stream stream; /* more NULL: none */
	int files[CTL_FILES_MAX];
	size_t n_files;
	uint64_t dropped; /* events since the last one that fitted */
};

struct ctl {
	int listen_fd, epfd;
	uid_t uid;
	gid_t gid;
	ctl_fn fn;
	void *ctx;
	uint64_t next_id;
	bool in_request; /* its answer may come before it returns */
	struct client clients[CTL_CLIENTS_MAX];
	struct ctl_stats stats;
};

static void close_files(struct client *c)
{
	for (size_t i = 0; i < c->n_files; i++)
		close(c->files[i]);
	c->n_files = 0;
}

static void end_stream(struct client *c)
{
	const struct ctl_stream s = c->stream;

	c->stream = (struct ctl_stream){ 0 };
	if (s.more)
		s.done(s.ctx);
}

static void drop_client(struct ctl *ctl, struct client *c)
{
	end_stream(c);
	close_files(c);
	close(c->fd);
	strbuf_done(&c->in);
	strbuf_done(&c->out);
	memset(c, 0, sizeof(*c));
	c->fd = -1;
	ctl->stats.clients--;
}

/* Requests are read only while none is open: pushes back on a client that floods. */
static void watch(struct ctl *ctl, struct client *c)
{
	struct epoll_event ev = { .data.ptr = c };

	ev.events = (c->waiting || c->closing ? 0 : EPOLLIN) | (c->out.len > c->sent || c->stream.more ? EPOLLOUT : 0) | EPOLLRDHUP;
	epoll_ctl(ctl->epfd, EPOLL_CTL_MOD, c->fd, &ev);
}

/* 1: all of c->out is sent; 0: the client must read first; negative: it is gone */
static int send_out(struct client *c)
{
	while (c->sent < c->out.len) {
		ssize_t n = send(c->fd, c->out.s + c->sent, c->out.len - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		c->sent += (size_t)n;
	}
	strbuf_clear(&c->out);
	c->sent = 0;
	return 1;
}

/* the next part of a long reply; false: there is no memory for it */
static bool make_part(struct client *c)
{
	bool more = c->stream.more(c->stream.ctx, &c->out);

	if (!more) {
		end_stream(c);
		strbuf_add(&c->out, "\n", 1);
		c->waiting = false;
	}
	return !c->out.failed;
}

static void flush(struct ctl *ctl, struct client *c)
{
	int r = send_out(c);

	for (unsigned int i = 0; r > 0 && c->stream.more && i < STREAM_PARTS; i++)
		r = make_part(c) ? send_out(c) : -ENOMEM;
	if (r < 0 || (r > 0 && c->closing))
		drop_client(ctl, c);
	else
		watch(ctl, c);
}

static void put_line(struct client *c, const char *line, size_t len)
{
	strbuf_add(&c->out, line, len);
	strbuf_add(&c->out, "\n", 1);
}

static void refuse(struct ctl *ctl, struct client *c, const char *why)
{
	struct json j = { 0 };

	ctl->stats.bad_requests++;
	json_begin(&j, NULL, '{');
	json_bool(&j, "ok", false);
	json_u64(&j, "code", 1);
	json_str(&j, "error", why);
	json_end(&j, '}');
	put_line(c, j.b.s, j.b.len);
	json_done(&j);
}

static bool peer_may_act(const struct ctl *ctl, int fd)
{
	struct ucred cred = { .uid = (uid_t)-1, .gid = (gid_t)-1 };
	gid_t groups[256];
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return false;
	if (cred.uid == 0 || cred.uid == ctl->uid || cred.gid == ctl->gid)
		return true;
	len = sizeof(groups);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len))
		return false;
	for (size_t i = 0; i < len / sizeof(gid_t); i++)
		if (groups[i] == ctl->gid)
			return true;
	return false;
}

static struct client *free_client(struct ctl *ctl)
{
	for (size_t i = 0; i < CTL_CLIENTS_MAX; i++)
		if (!ctl->clients[i].id)
			return &ctl->clients[i];
	return NULL;
}

static void accept_one(struct ctl *ctl, int fd)
{
	struct client *c = free_client(ctl);
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP, .data.ptr = c };

	if (!c || epoll_ctl(ctl->epfd, EPOLL_CTL_ADD, fd, &ev)) {
		ctl->stats.refused++;
		close(fd);
		return;
	}
	c->fd = fd;
	c->id = ++ctl->next_id;
	c->may_act = peer_may_act(ctl, fd);
	ctl->stats.clients++;
	put_line(c, CTL_HELLO, strlen(CTL_HELLO));
	flush(ctl, c);
}

static void accept_all(struct ctl *ctl)
{
	int fd;

	while ((fd = accept4(ctl->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		accept_one(ctl, fd);
}

/* descriptors that came with the bytes; more than fit are closed */
static void take_files(struct client *c, struct msghdr *msg)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h; h = CMSG_NXTHDR(msg, h)) {
		size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
			if (c->n_files < CTL_FILES_MAX)
				c->files[c->n_files++] = fd;
			else
				close(fd);
		}
	}
}

/* one request line, terminated */
static void request(struct ctl *ctl, struct client *c, const char *line, size_t len)
{
	_cleanup_(jsonin_free) struct jsonin *body = NULL;
	struct strbuf err = { 0 };
	struct ctl_request r = { .client = c->id, .files = c->files, .n_files = c->n_files, .may_act = c->may_act };

	ctl->stats.requests++;
	if (jsonin_parse(line, len, &body, &err)) {
		refuse(ctl, c, err.s ? err.s : "out of memory");
	} else if (!jsonin_str(body, "cmd")) {
		refuse(ctl, c, "no \"cmd\" in the request");
	} else {
		r.body = body;
		r.cmd = jsonin_str(body, "cmd");
		c->waiting = true;
		ctl->in_request = true;
		ctl->fn(&r, ctl->ctx);
		ctl->in_request = false;
	}
	strbuf_done(&err);
}

/* whole lines in the buffer, one at a time while none is open */
static void requests(struct ctl *ctl, struct client *c)
{
	uint64_t id = c->id;

	while (c->id == id && !c->waiting && !c->closing) {
		char *nl = c->in.len ? memchr(c->in.s, '\n', c->in.len) : NULL;
		size_t n;

		if (!nl)
			break;
		n = (size_t)(nl - c->in.s);
		request(ctl, c, c->in.s, n);
		if (c->id != id)
			return;
		close_files(c);
		memmove(c->in.s, nl + 1, c->in.len - n - 1);
		c->in.len -= n + 1;
	}
	if (c->id == id && c->in.len >= CTL_REQUEST_MAX) {
		refuse(ctl, c, "request longer than 1 MiB");
		c->closing = true;
	}
}

/* what was asked, and what came meanwhile */
static void serve(struct ctl *ctl, struct client *c)
{
	uint64_t id = c->id;
	bool was_waiting;

	do {
		requests(ctl, c);
		was_waiting = c->id == id && c->waiting;
		if (c->id == id)
			flush(ctl, c);
	} while (c->id == id && was_waiting && !c->waiting); /* a long reply is out already */
}

static void receive(struct ctl *ctl, struct client *c)
{
	char buf[65536], control[CMSG_SPACE(sizeof(int) * CTL_FILES_MAX)];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(c->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop_client(ctl, c);
		return;
	}
	take_files(c, &msg);
	if (c->following)
		return; /* nothing is asked on a stream of events */
	strbuf_add(&c->in, buf, (size_t)n);
	serve(ctl, c);
}

/* the client has read */
static void go_on(struct ctl *ctl, struct client *c)
{
	bool was_waiting = c->waiting;
	uint64_t id = c->id;

	flush(ctl, c);
	if (c->id == id && was_waiting && !c->waiting)
		serve(ctl, c);
}

void ctl_run(struct ctl *ctl)
{
	struct epoll_event ev[16];
	int n = epoll_wait(ctl->epfd, ev, ARRAY_SIZE(ev), 0);

	for (int i = 0; i < n; i++) {
		struct client *c = ev[i].data.ptr;

		if (!c) {
			accept_all(ctl);
			continue;
		}
		if (!c->id)
			continue; /* dropped in this round */
		if (ev[i].events & EPOLLIN)
			receive(ctl, c);
		if (c->id && (ev[i].events & EPOLLOUT))
			go_on(ctl, c);
		if (c->id && (ev[i].events & (EPOLLHUP | EPOLLERR)))
			drop_client(ctl, c);
		else if (c->id && (ev[i].events & EPOLLRDHUP) && (c->waiting || c->following))
			drop_client(ctl, c); /* nobody waits for the answer any more */
	}
}

static struct client *find(struct ctl *ctl, uint64_t id)
{
	for (size_t i = 0; id && i < CTL_CLIENTS_MAX; i++)
		if (ctl->clients[i].id == id)
			return &ctl->clients[i];
	return NULL;
}

void ctl_reply(struct ctl *ctl, uint64_t client, const char *line, size_t len)
{
	struct client *c = find(ctl, client);

	if (!c || !c->waiting)
		return;
	c->waiting = false;
	if (len > CTL_QUEUE_MAX)
		refuse(ctl, c, "the answer is too long: narrow the question");
	else
		put_line(c, line, len);
	flush(ctl, c);
	if (c->id == client && !ctl->in_request)
		requests(ctl, c); /* what came meanwhile */
	if (c->id == client)
		flush(ctl, c);
}

void ctl_reply_stream(struct ctl *ctl, uint64_t client, const struct ctl_stream *s)
{
	struct client *c = find(ctl, client);

	if (!c || !c->waiting) {
		s->done(s->ctx);
		return;
	}
	c->stream = *s;
	if (!ctl->in_request)
		go_on(ctl, c);
}

void ctl_follow(struct ctl *ctl, uint64_t client, const char *type)
{
	struct client *c = find(ctl, client);

	if (!c)
		return;
	c->following = true;
	str_copy(c->type, sizeof(c->type), type ? type : "");
	ctl->stats.followers++;
}

/* says how many were dropped before the next event that fits */
static void put_dropped(struct client *c)
{
	char line[128];
	int n;

	if (!c->dropped)
		return;
	n = snprintf(line, sizeof(line), "{\"event_type\":\"cordon\",\"cordon\":{\"what\":\"dropped\",\"events\":%llu}}",
		     (unsigned long long)c->dropped);
	put_line(c, line, (size_t)n);
	c->dropped = 0;
}

void ctl_publish(struct ctl *ctl, const char *type, const char *line, size_t len)
{
	for (size_t i = 0; i < CTL_CLIENTS_MAX; i++) {
		struct client *c = &ctl->clients[i];

		if (!c->id || !c->following || (c->type[0] && strcmp(c->type, type)))
			continue;
		if (c->out.len - c->sent + len > CTL_FOLLOW_MAX) {
			c->dropped++;
			ctl->stats.dropped++;
			continue;
		}
		put_dropped(c);
		put_line(c, line, len);
		flush(ctl, c);
	}
}

void ctl_stats(const struct ctl *c, struct ctl_stats *ret)
{
	*ret = c->stats;
	ret->followers = 0;
	for (size_t i = 0; i < CTL_CLIENTS_MAX; i++)
		ret->followers += c->clients[i].following;
}

int ctl_fd(const struct ctl *c)
{
	return c->epfd;
}

int ctl_new(int listen_fd, uid_t uid, gid_t gid, ctl_fn fn, void *ctx, struct ctl **ret)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct ctl *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	*c = (struct ctl){ .listen_fd = listen_fd, .uid = uid, .gid = gid, .fn = fn, .ctx = ctx };
	for (size_t i = 0; i < CTL_CLIENTS_MAX; i++)
		c->clients[i].fd = -1;
	c->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (c->epfd < 0 || fcntl(listen_fd, F_SETFL, O_NONBLOCK) ||
	    epoll_ctl(c->epfd, EPOLL_CTL_ADD, listen_fd, &ev)) {
		int r = -errno;

		ctl_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

void ctl_free(struct ctl *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CTL_CLIENTS_MAX; i++)
		if (c->clients[i].id)
			drop_client(c, &c->clients[i]);
	if (c->epfd >= 0)
		close(c->epfd);
	close(c->listen_fd);
	free(c);
}

int ctl_listen(const char *path, gid_t gid, struct strbuf *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(sa.sun_path)) {
		strbuf_addf(err, "%s: longer than a socket path may be (%zu bytes); choose a shorter run_dir", path,
			    sizeof(sa.sun_path) - 1);
		return -ENAMETOOLONG;
	}
	str_copy(sa.sun_path, sizeof(sa.sun_path), path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(path); /* the lock says that no other daemon serves it */
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || chmod(path, 0660) ||
	    (geteuid() == 0 && chown(path, 0, gid)) || listen(fd, 16)) {
		int r = -errno;

		strbuf_addf(err, "%s: cannot serve the control socket: %s", path, strerror(-r));
		return r;
	}
	return TAKE_FD(fd);
}
