// SPDX-License-Identifier: BSD-2-Clause
/*
 * Alerts and alarms to the local syslog daemon, as one datagram each in the
 * form /dev/log is read in (RFC 3164 without the host). The event follows the
 * words as JSON, so that a collector need not parse prose.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "out/outputs.h"

#define FACILITY_DAEMON (3 << 3) /* RFC 3164 4.1.1 */
#define SEVERITY_ERROR 3
#define SEVERITY_WARNING 4
#define DATAGRAM_MAX 8192 /* what rsyslog and journald take whole */

struct syslog_out {
	struct sockaddr_un to;
	int fd;
};

int out_syslog_open(const struct conf *c, void **ret, struct strbuf *err)
{
	struct syslog_out *s;

	if (!c->syslog_socket)
		return 0;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->to.sun_family = AF_UNIX;
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0 || strlen(c->syslog_socket) >= sizeof(s->to.sun_path)) {
		int r = s->fd < 0 ? -errno : -ENAMETOOLONG;

		strbuf_addf(err, "syslog.socket %s: %s", c->syslog_socket, strerror(-r));
		out_syslog_close(s);
		return r;
	}
	str_copy(s->to.sun_path, sizeof(s->to.sun_path), c->syslog_socket);
	*ret = s;
	return 0;
}

/* connected anew for each line: the daemon behind the path may have been started again. A full queue there is a loss. */
int out_syslog_write(void *state, const struct out_line *l)
{
	const struct syslog_out *s = state;
	time_t now = (time_t)(clock_wall_ns() / 1000000000ULL);
	struct strbuf b = { 0 };
	char when[24];
	struct tm tm;
	int r = 0;

	strftime(when, sizeof(when), "%b %e %H:%M:%S", localtime_r(&now, &tm));
	strbuf_addf(&b, "<%d>%s cordon[%d]: %s", FACILITY_DAEMON | (l->weight == OUT_URGENT ? SEVERITY_ERROR : SEVERITY_WARNING),
		    when, (int)getpid(), l->summary);
	if (b.len + 1 + l->len <= DATAGRAM_MAX)
		strbuf_addf(&b, " %s", l->text);
	if (b.failed)
		r = -ENOMEM;
	else if (sendto(s->fd, b.s, b.len, MSG_NOSIGNAL, (const struct sockaddr *)&s->to, sizeof(s->to)) < 0)
		r = errno == EAGAIN ? -ENOBUFS : -errno;
	strbuf_done(&b);
	return r;
}

int out_syslog_reopen(void *state)
{
	(void)state;
	return 0;
}

void out_syslog_close(void *state)
{
	struct syslog_out *s = state;

	if (s->fd >= 0)
		close(s->fd);
	free(s);
}
