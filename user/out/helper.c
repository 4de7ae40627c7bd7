/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper process, see helper.h. One message of the daemon is one event and
 * one run: the event is the program's standard input, the answer how it ended.
 * What it leaves running in its process group is killed with it.
 */
#include "out/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sandbox.h"

static int to_helper = -1;

size_t helper_words(char *line, char **ret, size_t max)
{
	char *save = NULL, *word = strtok_r(line, " \t", &save);
	size_t n = 0;

	for (; word; word = strtok_r(NULL, " \t", &save)) {
		if (n + 1 >= max)
			return 0;
		ret[n++] = word;
	}
	ret[n] = NULL;
	return n;
}

/* --- in the helper --- */

/* the event as a file: a program that does not read it holds nobody up */
static int event_file(const void *event, size_t len)
{
	_cleanup_close_ int fd = memfd_create("event", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, event, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) < 0)
		return errno ? -errno : -EIO;
	return TAKE_FD(fd);
}

static void run_program(char *const *argv, int event)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *const env[] = { path, NULL };

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(event, STDIN_FILENO) == STDIN_FILENO)
		execve(argv[0], argv, env);
	_exit(127);
}

/* until it ends or its time is over; the daemon's end is the helper's, see PR_SET_PDEATHSIG */
static void wait_for(pid_t pid, unsigned int timeout_ms, struct helper_result *ret)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int status = 0, r;

	do
		r = poll(&p, 1, (int)timeout_ms);
	while (r < 0 && errno == EINTR);
	ret->is_late = r <= 0;
	kill(-pid, SIGKILL); /* its children too */
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	ret->status = status;
}

static void run_one(char *const *argv, unsigned int timeout_ms, const void *event, size_t len, struct helper_result *ret)
{
	_cleanup_close_ int fd = event_file(event, len);
	pid_t pid = fd < 0 ? -1 : fork();

	*ret = (struct helper_result){ .error = fd < 0 ? fd : pid < 0 ? -errno : 0 };
	if (pid == 0)
		run_program(argv, fd);
	if (pid <= 0)
		return;
	setpgid(pid, pid); /* whoever comes first */
	wait_for(pid, timeout_ms, ret);
}

/* what the daemon had is not the program's: standard files are /dev/null, all else is closed at the latest by exec */
static int let_go(int keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -errno;
	for (int i = 0; i < 3; i++)
		if (dup2(null, i) < 0)
			return -errno;
	if (dup2(keep, 3) < 0)
		return -errno;
	return close_range(4, ~0U, 0) ? -errno : 0;
}

static int become(const char *user)
{
	struct strbuf err = { 0 };
	uid_t uid;
	gid_t gid;
	int r;

	if (geteuid())
		return 0;
	r = sandbox_user(user, &uid, &gid, &err);
	strbuf_done(&err);
	if (!r && (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid)))
		r = -errno;
	return r;
}

static void serve(int fd, char *const *argv, const struct conf *c)
{
	static char event[HELPER_EVENT_MAX];
	unsigned int timeout_ms = (unsigned int)(c->command_timeout_ns / 1000000);
	struct helper_result result;
	ssize_t n;

	while ((n = recv(fd, event, sizeof(event), 0)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		run_one(argv, timeout_ms, event, (size_t)n, &result);
		if (send(fd, &result, sizeof(result), MSG_NOSIGNAL) < 0)
			break;
	}
}

static void helper_main(int fd, const struct conf *c, pid_t daemon)
{
	char *argv[HELPER_WORDS + 1], *line = strdup(c->command_run);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (!line || !helper_words(line, argv, HELPER_WORDS + 1) || let_go(fd) || become(c->command_user) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != daemon)
		_exit(1);
	fcntl(3, F_SETFD, FD_CLOEXEC);
	serve(3, argv, c);
	_exit(0);
}

/* --- in the daemon --- */

int helper_start(const struct conf *c, struct strbuf *err)
{
	pid_t daemon = getpid(), pid;
	uid_t uid;
	gid_t gid;
	int fds[2], r;

	if (!c->command_run || to_helper >= 0)
		return 0;
	r = geteuid() ? 0 : sandbox_user(c->command_user, &uid, &gid, err); /* never root */
	if (r)
		return r;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)) {
		strbuf_addf(err, "command: %s", strerror(errno));
		return -errno;
	}
	pid = fork();
	if (pid == 0)
		helper_main(fds[1], c, daemon);
	close(fds[1]);
	if (pid < 0) {
		strbuf_addf(err, "command: cannot start its helper: %s", strerror(errno));
		close(fds[0]);
		return -errno;
	}
	to_helper = fds[0];
	return 0;
}

int helper_fd(void)
{
	return to_helper;
}

/* an answer that came too late for the one before is not this one's */
static void drain(void)
{
	struct helper_result old;

	while (recv(to_helper, &old, sizeof(old), MSG_DONTWAIT) > 0)
		;
}

int helper_run(const void *event, size_t len, unsigned int timeout_ms, struct helper_result *ret)
{
	struct pollfd p = { .fd = to_helper, .events = POLLIN };
	ssize_t n;
	int r;

	if (len > HELPER_EVENT_MAX)
		return -EMSGSIZE;
	drain();
	n = send(to_helper, event, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return errno == EMSGSIZE ? -EMSGSIZE : errno == EAGAIN ? -EAGAIN : -EPIPE;
	do
		r = poll(&p, 1, (int)timeout_ms);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return -EAGAIN;
	n = recv(to_helper, ret, sizeof(*ret), 0);
	return n == sizeof(*ret) ? 0 : -EPIPE;
}

void helper_stop(void)
{
	closep_(&to_helper);
	to_helper = -1;
}
