// SPDX-License-Identifier: BSD-2-Clause
/* See peer_http.h. */
#include "harness/peer_http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_whole(const char *request)
{
	const char *end = strstr(request, "\r\n\r\n"), *length = strcasestr(request, "content-length:");

	return end && (!length || strlen(end + 4) >= (size_t)atol(length + 15));
}

static void *run(void *ctx)
{
	struct peer_http *s = ctx;

	while (!s->stop) {
		int fd = accept(s->fd, NULL, NULL);
		char request[4096] = "";
		size_t n = 0;
		ssize_t r;

		while (fd >= 0 && !is_whole(request) && n < 4095 && (r = recv(fd, request + n, 4095 - n, 0)) > 0)
			request[n += (size_t)r] = '\0';
		if (fd >= 0 && n)
			s->serve(fd, request);
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

void peer_http_start(struct peer_http *s, void (*serve)(int fd, const char *request))
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);

	s->serve = serve;
	s->stop = false;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&sa, &len), 0);
	s->port = ntohs(sa.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, run, s), 0);
}

void peer_http_stop(struct peer_http *s)
{
	s->stop = true;
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
}

void peer_http_answer(int fd, int status, const char *headers, const char *body)
{
	char head[512];
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n",
			 status, headers, strlen(body));

	if (send(fd, head, (size_t)n, MSG_NOSIGNAL) < 0 || (body[0] && send(fd, body, strlen(body), MSG_NOSIGNAL) < 0))
		perror("send");
}
