/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A test in namespaces of its own: no interface but lo, no bpffs, nothing left
 * behind. The body runs in a child and reports with CHECK().
 */
#ifndef HARNESS_OWN_NS_H
#define HARNESS_OWN_NS_H

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static inline void own_ns_check(bool ok, const char *file, int line, const char *what, const char *why)
{
	if (ok)
		return;
	fprintf(stderr, "# %s:%d: %s: %s\n", file, line, what, why ? why : "");
	_exit(1);
}
/* @why is looked at after @x: an error text that @x fills */
#define CHECK_SAYING(x, why)                                                                      \
	do {                                                                                      \
		bool ok_ = (x);                                                                   \
		own_ns_check(ok_, __FILE__, __LINE__, #x, (why));                                 \
	} while (0)
#define CHECK(x) CHECK_SAYING(x, NULL)

/* mounts seen by nobody else, and no bpffs among them */
static inline void own_mounts(void)
{
	CHECK(!unshare(CLONE_NEWNS));
	/* in a chroot / is no mount point: then what is mounted below /sys is kept to ourselves */
	CHECK(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	      (errno == EINVAL && !mount(NULL, "/sys", NULL, MS_REC | MS_PRIVATE, NULL)));
	CHECK(!mount("none", "/sys/fs/bpf", "tmpfs", 0, NULL));
}

/* 0 when @body came to its end with every CHECK() true */
static inline int in_own_ns(void (*body)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid) {
		CHECK(!unshare(CLONE_NEWNET));
		own_mounts();
		body();
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

/* a shell command; true when it exits with 0 */
static inline bool sh(const char *command)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

#endif
