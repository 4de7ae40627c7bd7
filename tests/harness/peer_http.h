/* SPDX-License-Identifier: BSD-2-Clause */
/* A server of HTTP/1.1 on loopback, one request a connection, for tests of what calls other people's APIs. */
#ifndef HARNESS_PEER_HTTP_H
#define HARNESS_PEER_HTTP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct peer_http {
	int fd;
	uint16_t port; /* host order */
	pthread_t thread;
	atomic_bool stop;
	void (*serve)(int fd, const char *request); /* called in its thread; @request: head and body, terminated */
};

/* listens, and serves in a thread; a failure fails the test */
void peer_http_start(struct peer_http *s, void (*serve)(int fd, const char *request));
void peer_http_stop(struct peer_http *s);
/* @headers: lines of their own, each with CR LF; "" for none */
void peer_http_answer(int fd, int status, const char *headers, const char *body);

#endif
