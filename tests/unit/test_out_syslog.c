// SPDX-License-Identifier: BSD-2-Clause
/* The syslog output against a real socket: what arrives, a daemon that is not there, one that does not read. */
#include "unit/unit.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/conf.h"
#include "out/out.h"
#include "out/outputs.h"

static char path[64];

static int listen_at(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(path, sizeof(path), "/tmp/cordon-syslog-%d", (int)getpid());
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static void *open_syslog(void)
{
	struct conf c = { .syslog_socket = path };
	struct strbuf err = { 0 };
	void *s = NULL;

	assert_int_equal(out_syslog_open(&c, &s, &err), 0);
	return s;
}

static void alert_arrives_as_a_warning_and_alarm_as_an_error(void **state)
{
	struct out_line l = { .text = "{\"a\":1}", .len = 7, .summary = "alert: x", .weight = OUT_ALERT };
	char got[512] = "";
	int fd = listen_at();
	void *s = open_syslog();

	(void)state;
	assert_int_equal(out_syslog_write(s, &l), 0);
	assert_true(recv(fd, got, sizeof(got) - 1, 0) > 0);
	assert_int_equal(strncmp(got, "<28>", 4), 0); /* daemon.warning */
	assert_non_null(strstr(got, " cordon["));
	assert_non_null(strstr(got, "]: alert: x {\"a\":1}"));
	l.weight = OUT_URGENT;
	assert_int_equal(out_syslog_write(s, &l), 0);
	assert_true(recv(fd, got, sizeof(got) - 1, 0) > 0);
	assert_int_equal(strncmp(got, "<27>", 4), 0); /* daemon.err */
	out_syslog_close(s);
	close(fd);
	unlink(path);
}

static void long_event_arrives_as_its_summary(void **state)
{
	static char text[20000];
	struct out_line l = { .text = text, .len = sizeof(text) - 1, .summary = "alert: long", .weight = OUT_ALERT };
	char got[512] = "";
	int fd = listen_at();
	void *s = open_syslog();

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(out_syslog_write(s, &l), 0);
	assert_true(recv(fd, got, sizeof(got) - 1, 0) > 0);
	assert_string_equal(strstr(got, "]: "), "]: alert: long");
	out_syslog_close(s);
	close(fd);
	unlink(path);
}

static void daemon_that_is_gone_or_does_not_read_is_a_loss_and_no_wait(void **state)
{
	struct out_line l = { .text = "{}", .len = 2, .summary = "alert: x", .weight = OUT_ALERT };
	int fd = listen_at(), r = 0;
	void *s = open_syslog();

	(void)state;
	for (unsigned int i = 0; i < 100000 && !r; i++)
		r = out_syslog_write(s, &l);
	assert_int_equal(r, -ENOBUFS);
	close(fd);
	unlink(path);
	assert_int_equal(out_syslog_write(s, &l), -ENOENT);
	fd = listen_at(); /* and it is found when it is back */
	assert_int_equal(out_syslog_write(s, &l), 0);
	out_syslog_close(s);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alert_arrives_as_a_warning_and_alarm_as_an_error),
		cmocka_unit_test(long_event_arrives_as_its_summary),
		cmocka_unit_test(daemon_that_is_gone_or_does_not_read_is_a_loss_and_no_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
