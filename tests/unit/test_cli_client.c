// SPDX-License-Identifier: BSD-2-Clause
/* The client of the control socket against daemons that do and do not keep to the protocol. */
#include "unit/unit.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/cli.h"

static char dir[] = "/tmp/cordon-ctl-XXXXXX", path[64];
static struct args args;

/* one connection: says @hello, reads a request, says @reply in pieces, closes */
struct daemon {
	const char *hello, *reply;
	char request[256];
	int fd;
	pthread_t thread;
};

static void say(int fd, const char *s)
{
	size_t n = strlen(s), half = n / 2;

	if (send(fd, s, half, MSG_NOSIGNAL) < 0)
		return;
	usleep(2000); /* so that the other side sees two pieces */
	if (send(fd, s + half, n - half, MSG_NOSIGNAL) < 0)
		return;
}

static void *serve(void *ctx)
{
	struct daemon *d = ctx;
	int fd = accept(d->fd, NULL, NULL);
	ssize_t n = 0;

	if (d->hello)
		say(fd, d->hello);
	if (d->reply) {
		n = recv(fd, d->request, sizeof(d->request) - 1, 0);
		d->request[n > 0 ? n : 0] = '\0';
		say(fd, d->reply);
	}
	close(fd);
	return NULL;
}

static void daemon_start(struct daemon *d, const char *hello, const char *reply)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	*d = (struct daemon){ .hello = hello, .reply = reply };
	strcpy(sa.sun_path, path);
	unlink(path);
	d->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(d->fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(d->fd, 1), 0);
	assert_int_equal(pthread_create(&d->thread, NULL, serve, d), 0);
}

static void daemon_stop(struct daemon *d)
{
	pthread_join(d->thread, NULL);
	close(d->fd);
	unlink(path);
}

/* what cli_call() returns against such a daemon */
static int call(const char *hello, const char *reply, char **ret)
{
	struct daemon d;
	int r;

	daemon_start(&d, hello, reply);
	r = cli_call(&args, "{\"cmd\":\"status\"}", ret);
	daemon_stop(&d);
	if (!r)
		assert_string_equal(d.request, "{\"cmd\":\"status\"}\n");
	return r;
}

static void reply_is_handed_back_whole(void **state)
{
	char *ret = NULL;

	(void)state;
	assert_int_equal(call("{\"cordon\":1}\n", "{\"ok\":true}\n", &ret), EXIT_DONE);
	assert_string_equal(ret, "{\"ok\":true}");
	free(ret);
}

static void no_daemon_is_exit_three(void **state)
{
	char *ret = NULL;

	(void)state;
	unlink(path);
	assert_int_equal(cli_call(&args, "{}", &ret), EXIT_NO_DAEMON);
	assert_int_equal(call(NULL, NULL, &ret), EXIT_NO_DAEMON); /* closes at once */
	assert_null(ret);
}

static void other_protocols_are_refused(void **state)
{
	char *ret = NULL;

	(void)state;
	assert_int_equal(call("{\"cordon\":2}\n", NULL, &ret), EXIT_NO_DAEMON);
	assert_int_equal(call("220 mail.example ESMTP\n", NULL, &ret), EXIT_NO_DAEMON);
	assert_null(ret);
}

static void daemon_that_dies_before_its_reply_is_a_failure(void **state)
{
	char *ret = NULL;

	(void)state;
	assert_int_equal(call("{\"cordon\":1}\n", "{\"ok\":", &ret), EXIT_FAILED);
	assert_null(ret);
}

static int collect(const char *text, void *ctx)
{
	struct strbuf *b = ctx;

	strbuf_addf(b, "[%s]", text);
	return strcmp(text, "stop") ? 0 : EXIT_NOTHING;
}

static void followed_lines_come_one_by_one_until_the_caller_ends_it(void **state)
{
	struct strbuf b = { 0 };
	struct daemon d;

	(void)state;
	daemon_start(&d, "{\"cordon\":1}\n", "one\ntwo\nthree\n");
	assert_int_equal(cli_follow(&args, "{}", collect, &b), EXIT_DONE);
	daemon_stop(&d);
	assert_string_equal(b.s, "[one][two][three]");
	strbuf_clear(&b);
	daemon_start(&d, "{\"cordon\":1}\n", "one\nstop\nthree\n");
	assert_int_equal(cli_follow(&args, "{}", collect, &b), EXIT_NOTHING);
	daemon_stop(&d);
	assert_string_equal(b.s, "[one][stop]");
	strbuf_done(&b);
}

static void socket_path_too_long_is_a_usage_error(void **state)
{
	struct args a = { .socket = "/0123456789012345678901234567890123456789012345678901234567890123456789"
				    "01234567890123456789012345678901234567890123456789" };
	char *ret = NULL;

	(void)state;
	assert_int_equal(cli_call(&a, "{}", &ret), EXIT_USAGE);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/ctl.sock", dir);
	args.socket = path;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reply_is_handed_back_whole),
		cmocka_unit_test(no_daemon_is_exit_three),
		cmocka_unit_test(other_protocols_are_refused),
		cmocka_unit_test(daemon_that_dies_before_its_reply_is_a_failure),
		cmocka_unit_test(followed_lines_come_one_by_one_until_the_caller_ends_it),
		cmocka_unit_test(socket_path_too_long_is_a_usage_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
