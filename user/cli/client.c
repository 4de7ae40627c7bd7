// SPDX-License-Identifier: BSD-2-Clause
/*
 * The client of the control socket. The daemon greets with its protocol
 * version; a request is one line, a reply is one line (or many, with
 * cli_follow()). Replies are bounded: a daemon gone wrong must not fill the
 * memory of a shell.
 */
#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "conf/conf.h"

#define LINE_MAX_BYTES (64u << 20)
#define HELLO_MS 5000
#define REPLY_MS 300000 /* a large feed or rule set is built before the reply */
#define NO_LIMIT (-1)

struct client {
	const struct args *args;
	const char *path;
	int fd;
	struct strbuf in; /* received, from the last line on */
	size_t used;	  /* bytes of in already handed on */
};

static const char *socket_path(const struct args *a)
{
	const char *env = getenv("CORDON_SOCKET");

	if (a->socket)
		return a->socket;
	return env && *env ? env : CONF_RUN_DIR "/ctl.sock";
}

static int no_daemon(const struct client *c, int error)
{
	if (error == EACCES || error == EPERM)
		return cli_fail(c->args, EXIT_NO_DAEMON,
				"no permission for the control socket %s: run as root or join its group", c->path);
	return cli_fail(c->args, EXIT_NO_DAEMON, "daemon not reachable at %s: %s; start it with 'cordon run'",
			c->path, strerror(error));
}

static int client_connect(struct client *c)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	if (strlen(c->path) >= sizeof(sa.sun_path))
		return cli_fail(c->args, EXIT_USAGE, "socket path too long: %s", c->path);
	str_copy(sa.sun_path, sizeof(sa.sun_path), c->path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)))
		return no_daemon(c, errno);
	return EXIT_DONE;
}

/* 1: more bytes in c->in; 0: the daemon closed; negative errno */
static int client_fill(struct client *c, int timeout_ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	char buf[65536];
	ssize_t n;
	int r;

	do
		r = poll(&p, 1, timeout_ms);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r ? -errno : -ETIMEDOUT;
	n = recv(c->fd, buf, sizeof(buf), 0);
	if (n <= 0)
		return n ? -errno : 0;
	strbuf_add(&c->in, buf, (size_t)n);
	if (c->in.failed)
		return -ENOMEM;
	return c->in.len <= LINE_MAX_BYTES ? 1 : -EMSGSIZE;
}

/* drops what was handed on */
static void client_compact(struct client *c)
{
	if (!c->used)
		return;
	memmove(c->in.s, c->in.s + c->used, c->in.len - c->used + 1);
	c->in.len -= c->used;
	c->used = 0;
}

/* 1 and the next line, terminated, valid until the next call; 0: closed; negative errno */
static int client_line(struct client *c, int timeout_ms, char **ret)
{
	size_t searched = 0;
	char *nl = NULL;
	int r;

	if (c->used < c->in.len)
		nl = memchr(c->in.s + c->used, '\n', c->in.len - c->used);
	if (!nl)
		client_compact(c);
	while (!nl) {
		searched = c->in.len;
		r = client_fill(c, timeout_ms);
		if (r <= 0)
			return r;
		nl = memchr(c->in.s + searched, '\n', c->in.len - searched);
	}
	*nl = '\0';
	*ret = c->in.s + c->used;
	c->used = (size_t)(nl - c->in.s) + 1;
	return 1;
}

static int client_hello(struct client *c)
{
	char *line;
	unsigned int version;
	int r = client_line(c, HELLO_MS, &line);

	if (r <= 0)
		return no_daemon(c, r ? -r : ECONNRESET);
	if (sscanf(line, "{\"cordon\":%u", &version) != 1)
		return cli_fail(c->args, EXIT_NO_DAEMON, "%s is not a cordon daemon's socket", c->path);
	if (version != CLI_PROTOCOL)
		return cli_fail(c->args, EXIT_NO_DAEMON,
				"the daemon at %s speaks protocol %u, this command %u: restart the daemon",
				c->path, version, CLI_PROTOCOL);
	return EXIT_DONE;
}

/* the first byte, and with it the files */
static ssize_t send_files(int fd, const char *p, const int *files, size_t n)
{
	char control[CMSG_SPACE(sizeof(int) * CLI_FILES_MAX)] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)p, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };
	struct cmsghdr *h;

	if (!n)
		return 0;
	if (n > CLI_FILES_MAX) {
		errno = E2BIG;
		return -1;
	}
	msg.msg_controllen = CMSG_SPACE(sizeof(int) * n);
	h = CMSG_FIRSTHDR(&msg);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int) * n);
	memcpy(CMSG_DATA(h), files, sizeof(int) * n);
	return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

static int client_send(struct client *c, const char *request, const int *files, size_t n_files)
{
	struct strbuf b = { 0 };
	ssize_t n = send_files(c->fd, request, files, n_files);
	size_t done = n < 0 ? 0 : (size_t)n;

	strbuf_addf(&b, "%s\n", request);
	while (n >= 0 && !b.failed && done < b.len) {
		n = send(c->fd, b.s + done, b.len - done, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		done += (size_t)n;
	}
	n = b.failed ? -1 : n;
	strbuf_done(&b);
	return n < 0 ? cli_fail(c->args, EXIT_FAILED, "cannot send the request to %s: %s", c->path, strerror(errno)) :
		       EXIT_DONE;
}

static int client_start(struct client *c, const char *request, const int *files, size_t n_files)
{
	int r = client_connect(c);

	if (!r)
		r = client_hello(c);
	return r ? r : client_send(c, request, files, n_files);
}

static void client_done(struct client *c)
{
	closep_(&c->fd);
	strbuf_done(&c->in);
}

static int lost(const struct client *c, int r)
{
	return cli_fail(c->args, EXIT_FAILED, "no reply from the daemon at %s: %s", c->path,
			r ? strerror(-r) : "it closed the connection");
}

int cli_call(const struct args *a, const char *request, char **ret)
{
	return cli_call_files(a, request, NULL, 0, ret);
}

int cli_call_files(const struct args *a, const char *request, const int *files, size_t n_files, char **ret)
{
	struct client c = { .args = a, .path = socket_path(a), .fd = -1 };
	char *line = NULL;
	int r = client_start(&c, request, files, n_files), n;

	if (!r) {
		n = client_line(&c, REPLY_MS, &line);
		if (n <= 0)
			r = lost(&c, n);
		else
			*ret = strdup(line);
		if (!r && !*ret)
			r = cli_fail(a, EXIT_FAILED, "out of memory");
	}
	client_done(&c);
	return r;
}

int cli_stream(const struct args *a, const char *request, ssize_t (*take)(const char *p, size_t n, bool whole, void *ctx),
	       void *ctx)
{
	struct client c = { .args = a, .path = socket_path(a), .fd = -1 };
	int r = client_start(&c, request, NULL, 0);
	bool whole = false;

	while (!r && !whole) {
		const char *nl;
		size_t had;
		ssize_t n;

		client_compact(&c);
		had = c.in.len;
		n = client_fill(&c, REPLY_MS);
		if (n <= 0) {
			r = lost(&c, (int)n);
			break;
		}
		nl = memchr(c.in.s + had, '\n', c.in.len - had);
		whole = nl != NULL;
		n = take(c.in.s, whole ? (size_t)(nl - c.in.s) : c.in.len, whole, ctx);
		r = n < 0 ? (int)-n : 0;
		c.used = n < 0 ? 0 : (size_t)n;
	}
	client_done(&c);
	return r;
}

int cli_follow(const struct args *a, const char *request, int (*line)(const char *text, void *ctx), void *ctx)
{
	struct client c = { .args = a, .path = socket_path(a), .fd = -1 };
	int r = client_start(&c, request, NULL, 0), n = 1;
	char *text;

	while (!r) {
		n = client_line(&c, NO_LIMIT, &text);
		if (n <= 0)
			break;
		r = line(text, ctx);
	}
	if (n < 0)
		r = lost(&c, n);
	client_done(&c);
	return r;
}
