/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages with descriptors over SOCK_SEQPACKET; see msg.h. */
#include "proc/msg.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int msg_pair(int ret[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) ? -errno : 0;
}

void msg_buffer(int fd, int bytes)
{
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
}

int msg_send(int fd, const void *data, size_t len, const int *files, size_t n_files)
{
	char control[CMSG_SPACE(sizeof(int) * MSG_FILES_MAX)] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n_files > MSG_FILES_MAX)
		return -E2BIG;
	if (n_files) {
		struct cmsghdr *h;

		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_files);
		h = CMSG_FIRSTHDR(&msg);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(int) * n_files);
		memcpy(CMSG_DATA(h), files, sizeof(int) * n_files);
	}
	while (sendmsg(fd, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* takes what came; without a place for them they are closed */
static void take_files(struct msghdr *msg, int *files, size_t *n_files)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h; h = CMSG_NXTHDR(msg, h)) {
		size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
			if (files && *n_files < MSG_FILES_MAX)
				files[(*n_files)++] = fd;
			else
				close(fd);
		}
	}
}

ssize_t msg_recv(int fd, void *data, size_t size, int *files, size_t *ret_n_files)
{
	char control[CMSG_SPACE(sizeof(int) * MSG_FILES_MAX)];
	struct iovec iov = { data, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	size_t n_files = 0;
	ssize_t n;

	do
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	take_files(&msg, files, &n_files);
	if (ret_n_files)
		*ret_n_files = n_files;
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		msg_close_files(files, files ? n_files : 0);
		if (ret_n_files)
			*ret_n_files = 0;
		return -EMSGSIZE;
	}
	return n;
}

void msg_close_files(int *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(files[i]);
}
