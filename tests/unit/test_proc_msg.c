/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages between the processes: descriptors, lengths, the handover of a configuration. */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cordon_lists.h"
#include "proc/handover.h"
#include "proc/msg.h"

static void descriptors_arrive_with_their_message(void **state)
{
	int pair[2], files[MSG_FILES_MAX], pipe_fds[2];
	char text[8], byte = 0;
	size_t n = 0;

	(void)state;
	assert_int_equal(msg_pair(pair), 0);
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(msg_send(pair[0], "abc", 3, &pipe_fds[0], 1), 0);
	assert_int_equal(write(pipe_fds[1], "x", 1), 1);
	assert_int_equal(msg_recv(pair[1], text, sizeof(text), files, &n), 3);
	assert_int_equal(n, 1);
	assert_int_equal(read(files[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	assert_true(fcntl(files[0], F_GETFD) & FD_CLOEXEC);
	msg_close_files(files, n);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	close(pair[0]);
	assert_int_equal(msg_recv(pair[1], text, sizeof(text), files, &n), 0);
	close(pair[1]);
}

static int open_count(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void message_longer_than_wanted_leaves_no_descriptor(void **state)
{
	int pair[2], files[MSG_FILES_MAX], before;
	char small[2];
	size_t n = 7;

	(void)state;
	assert_int_equal(msg_pair(pair), 0);
	before = open_count();
	assert_int_equal(msg_send(pair[0], "abcdef", 6, &pair[0], 1), 0);
	assert_int_equal(msg_recv(pair[1], small, sizeof(small), files, &n), -EMSGSIZE);
	assert_int_equal(n, 0);
	assert_int_equal(msg_send(pair[0], "ab", 2, &pair[0], 1), 0);
	assert_int_equal(msg_recv(pair[1], small, sizeof(small), NULL, NULL), 2);
	assert_int_equal(open_count(), before);
	close(pair[0]);
	close(pair[1]);
}

static void full_socket_does_not_block(void **state)
{
	static char big[65536];
	int pair[2], r = 0;

	(void)state;
	assert_int_equal(msg_pair(pair), 0);
	assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	for (int i = 0; i < 1000 && !r; i++)
		r = msg_send(pair[0], big, sizeof(big), NULL, 0);
	assert_int_equal(r, -EAGAIN);
	close(pair[0]);
	close(pair[1]);
}

static void conf_with_files(struct conf *c)
{
	struct strbuf err = { 0 };

	assert_int_equal(conf_init(c), 0);
	assert_int_equal(conf_set(c, "eve_file", "", &err), 0);
	assert_int_equal(conf_set(c, "mode", "observe", &err), 0);
	assert_int_equal(conf_add_iface(c, "eth7", 0, -1, false, &err), 0);
	assert_int_equal(vec_push(&c->rules, strdup("/proc/self/comm")), 0);
	assert_int_equal(vec_push(&c->rules, strdup("/nonexistent.rules")), 0);
}

static ssize_t handed_over(const struct conf *c, struct notify *m, int *files, size_t *n)
{
	int pair[2];
	ssize_t len;

	assert_int_equal(msg_pair(pair), 0);
	assert_int_equal(handover_send(pair[0], c, true), 0);
	len = msg_recv(pair[1], m, sizeof(*m), files, n);
	close(pair[0]);
	close(pair[1]);
	return len;
}

static void configuration_is_handed_over_with_its_files(void **state)
{
	struct handover h;
	struct notify m;
	struct conf c;
	int files[MSG_FILES_MAX];
	size_t n;
	ssize_t len;

	(void)state;
	conf_with_files(&c);
	len = handed_over(&c, &m, files, &n);
	assert_int_equal(handover_take(&m, (size_t)len, files, n, &h), 0);
	assert_true(h.is_reload);
	assert_int_equal(h.conf.mode, CORDON_MODE_OBSERVE);
	assert_string_equal(h.conf.ifaces.data[0].name, "eth7");
	assert_int_equal(h.n_rules, 2);
	assert_true(h.rules[0] >= 0);
	assert_int_equal(h.rules[1], -1);
	assert_int_equal(h.rule_err[1], ENOENT);
	assert_int_equal(h.eve, -1);
	for (unsigned int i = 0; i < SECRETS; i++)
		assert_int_equal(h.secret[i], -1);
	handover_done(&h);
	conf_done(&c);
}

static void handover_that_does_not_add_up_is_refused(void **state)
{
	struct handover h;
	struct notify m;
	struct conf c;
	int files[MSG_FILES_MAX], before = open_count();
	size_t n;
	ssize_t len;

	(void)state;
	conf_with_files(&c);
	len = handed_over(&c, &m, files, &n);
	m.n_rules = 3;
	assert_int_equal(handover_take(&m, (size_t)len, files, n, &h), -EBADMSG);
	len = handed_over(&c, &m, files, &n);
	m.n_feeds = MSG_FILES_MAX + 1;
	assert_int_equal(handover_take(&m, (size_t)len, files, n, &h), -EBADMSG);
	len = handed_over(&c, &m, files, &n);
	assert_int_equal(handover_take(&m, (size_t)len - 1, files, n, &h), -EBADMSG);
	assert_int_equal(open_count(), before);
	conf_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_arrive_with_their_message),
		cmocka_unit_test(message_longer_than_wanted_leaves_no_descriptor),
		cmocka_unit_test(full_socket_does_not_block),
		cmocka_unit_test(configuration_is_handed_over_with_its_files),
		cmocka_unit_test(handover_that_does_not_add_up_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
