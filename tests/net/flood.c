/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams that are counted, for tests that must lose none and pass none:
 *
 *   flood count ADDR PORT                 takes what comes; says how many at SIGTERM
 *   flood send ADDR PORT PPS MS           sends for MS milliseconds, PPS a second; says how many the kernel took
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BURST 64
#define BUFFER (256 << 20) /* bytes that may wait for a counter that does not run */

static volatile sig_atomic_t stopped;

static void on_term(int sig)
{
	(void)sig;
	stopped = 1;
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static int open_socket(const char *addr, const char *port, struct sockaddr_in *ret)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = BUFFER;

	*ret = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	if (fd < 0 || inet_pton(AF_INET, addr, &ret->sin_addr) != 1) {
		perror("flood");
		exit(2);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return fd;
}

/* until told to stop, and then what still waits */
static int count(const char *addr, const char *port)
{
	struct sockaddr_in sa;
	int fd = open_socket(addr, port, &sa);
	unsigned long long n = 0;
	char buf[2048];

	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa))) {
		perror("flood: bind");
		return 2;
	}
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, stopped ? 0 : 100) > 0 && recv(fd, buf, sizeof(buf), MSG_DONTWAIT) >= 0)
			n++;
		else if (stopped)
			break;
	}
	printf("%llu\n", n);
	return 0;
}

static int send_all(const char *addr, const char *port, uint64_t pps, uint64_t ms)
{
	struct sockaddr_in sa;
	int fd = open_socket(addr, port, &sa);
	uint64_t start = now_us(), t, n = 0;
	char data[200];

	memset(data, 'd', sizeof(data));
	while (!stopped && (t = now_us() - start) < ms * 1000) {
		struct timespec pause = { 0, 200000 };

		for (int i = 0; i < BURST && n < t * pps / 1000000; i++)
			n += sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&sa, sizeof(sa)) == sizeof(data);
		if (n >= t * pps / 1000000)
			nanosleep(&pause, NULL);
	}
	printf("%llu\n", (unsigned long long)n);
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction term = { .sa_handler = on_term };

	sigaction(SIGTERM, &term, NULL);
	if (argc == 4 && !strcmp(argv[1], "count"))
		return count(argv[2], argv[3]);
	if (argc == 6 && !strcmp(argv[1], "send"))
		return send_all(argv[2], argv[3], strtoull(argv[4], NULL, 10), strtoull(argv[5], NULL, 10));
	fprintf(stderr, "usage: flood count ADDR PORT | flood send ADDR PORT PPS MS\n");
	return 2;
}
