/* SPDX-License-Identifier: BSD-2-Clause */
/* The control socket with real clients: framing, limits, files, followers, who may act. */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/ctl.h"

struct server {
	struct ctl *ctl;
	char dir[64], path[96];
	uint64_t last; /* client of the last request */
	unsigned int requests;
	bool may_act, answer;
	size_t n_files;
	char first_byte;
};

static void on_request(const struct ctl_request *r, void *ctx)
{
	struct server *s = ctx;

	s->requests++;
	s->last = r->client;
	s->may_act = r->may_act;
	s->n_files = r->n_files;
	if (r->n_files && read(r->files[0], &s->first_byte, 1) != 1)
		s->first_byte = 0;
	if (!strcmp(r->cmd, "follow"))
		ctl_follow(s->ctl, r->client, jsonin_str(r->body, "type"));
	if (s->answer)
		ctl_reply(s->ctl, r->client, "{\"ok\":true}", 11);
}

static int start(void **state)
{
	struct server *s = calloc(1, sizeof(*s));
	struct strbuf err = { 0 };
	int fd;

	str_copy(s->dir, sizeof(s->dir), "/tmp/cordon-ctl.XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->path, sizeof(s->path), "%s/ctl.sock", s->dir);
	s->answer = true;
	fd = ctl_listen(s->path, getegid(), &err);
	assert_true(fd >= 0);
	assert_int_equal(ctl_new(fd, geteuid(), getegid(), on_request, s, &s->ctl), 0);
	*state = s;
	return 0;
}

static int stop(void **state)
{
	struct server *s = *state;

	ctl_free(s->ctl);
	unlink(s->path);
	rmdir(s->dir);
	free(s);
	return 0;
}

static void turn(struct server *s)
{
	for (int i = 0; i < 8; i++)
		ctl_run(s->ctl);
}

static int dial(struct server *s)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", s->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	turn(s);
	return fd;
}

/* all that is there to read, terminated; "" when nothing; NULL when closed */
static const char *hear(struct server *s, int fd)
{
	static char buf[1 << 16];
	ssize_t n;

	turn(s);
	n = recv(fd, buf, sizeof(buf) - 1, 0);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		return NULL;
	buf[n > 0 ? n : 0] = 0;
	return buf;
}

static void say(struct server *s, int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	turn(s);
}

static void hello_comes_first(void **state)
{
	int fd = dial(*state);

	assert_string_equal(hear(*state, fd), CTL_HELLO "\n");
	close(fd);
}

static void request_in_pieces_is_one_request(void **state)
{
	struct server *s = *state;
	int fd = dial(s);

	hear(s, fd);
	say(s, fd, "{\"cmd\":");
	assert_int_equal(s->requests, 0);
	say(s, fd, "\"x\"}\n");
	assert_int_equal(s->requests, 1);
	assert_true(s->may_act);
	assert_string_equal(hear(s, fd), "{\"ok\":true}\n");
	close(fd);
}

static void next_request_waits_for_the_answer(void **state)
{
	struct server *s = *state;
	int fd = dial(s);

	s->answer = false;
	say(s, fd, "{\"cmd\":\"a\"}\n{\"cmd\":\"b\"}\n");
	assert_int_equal(s->requests, 1);
	s->answer = true;
	ctl_reply(s->ctl, s->last, "{\"ok\":1}", 8);
	assert_int_equal(s->requests, 2);
	assert_string_equal(hear(s, fd), CTL_HELLO "\n{\"ok\":1}\n{\"ok\":true}\n");
	close(fd);
}

static void bad_requests_are_answered_and_counted(void **state)
{
	struct server *s = *state;
	struct ctl_stats st;
	int fd = dial(s);

	hear(s, fd);
	say(s, fd, "nonsense\n");
	assert_non_null(strstr(hear(s, fd), "not JSON"));
	say(s, fd, "{\"x\":1}\n");
	assert_non_null(strstr(hear(s, fd), "no \\\"cmd\\\""));
	ctl_stats(s->ctl, &st);
	assert_int_equal(st.bad_requests, 2);
	assert_int_equal(s->requests, 0);
	close(fd);
}

static void endless_request_is_cut_off(void **state)
{
	struct server *s = *state;
	static char junk[65536];
	int fd = dial(s);
	size_t sent = 0;
	const char *text;

	memset(junk, 'x', sizeof(junk));
	while (sent < CTL_REQUEST_MAX + sizeof(junk)) {
		ssize_t n = send(fd, junk, sizeof(junk), MSG_NOSIGNAL);

		turn(s);
		if (n < 0 && errno != EAGAIN)
			break;
		sent += n > 0 ? (size_t)n : 0;
	}
	text = hear(s, fd);
	assert_true(!text || strstr(text, "longer than 1 MiB"));
	close(fd);
}

static void one_client_too_many_is_refused(void **state)
{
	struct server *s = *state;
	int fds[CTL_CLIENTS_MAX + 1];
	struct ctl_stats st;

	for (size_t i = 0; i <= CTL_CLIENTS_MAX; i++)
		fds[i] = dial(s);
	ctl_stats(s->ctl, &st);
	assert_int_equal(st.clients, CTL_CLIENTS_MAX);
	assert_int_equal(st.refused, 1);
	for (size_t i = 0; i <= CTL_CLIENTS_MAX; i++)
		close(fds[i]);
	turn(s);
	turn(s);
	turn(s);
	turn(s);
	ctl_stats(s->ctl, &st);
	assert_true(st.clients < CTL_CLIENTS_MAX);
}

static void files_come_with_the_request(void **state)
{
	struct server *s = *state;
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	char text[] = "{\"cmd\":\"f\"}\n";
	struct iovec iov = { text, strlen(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&msg);
	int fd = dial(s), zero = open("/proc/self/comm", O_RDONLY);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &zero, sizeof(int));
	assert_true(sendmsg(fd, &msg, 0) > 0);
	turn(s);
	assert_int_equal(s->n_files, 1);
	assert_int_equal(s->first_byte, 't');
	say(s, fd, "{\"cmd\":\"g\"}\n");
	assert_int_equal(s->n_files, 0);
	close(zero);
	close(fd);
}

static void followers_get_what_fits_their_type(void **state)
{
	struct server *s = *state;
	int fd = dial(s);
	const char *text;

	hear(s, fd);
	say(s, fd, "{\"cmd\":\"follow\",\"type\":\"alert\"}\n");
	hear(s, fd);
	ctl_publish(s->ctl, "dns", "{\"d\":1}", 7);
	ctl_publish(s->ctl, "alert", "{\"a\":1}", 7);
	text = hear(s, fd);
	assert_string_equal(text, "{\"a\":1}\n");
	close(fd);
}

static void slow_follower_loses_events_and_is_told(void **state)
{
	struct server *s = *state;
	static char line[32768];
	struct ctl_stats st;
	bool told = false;
	int fd = dial(s);
	const char *text;

	memset(line, 'y', sizeof(line));
	hear(s, fd);
	say(s, fd, "{\"cmd\":\"follow\"}\n");
	hear(s, fd);
	for (int i = 0; i < 200; i++)
		ctl_publish(s->ctl, "alert", line, sizeof(line));
	ctl_stats(s->ctl, &st);
	assert_true(st.dropped > 0);
	while ((text = hear(s, fd)) && text[0])
		;
	ctl_publish(s->ctl, "alert", "{\"z\":1}", 7);
	while ((text = hear(s, fd)) && text[0])
		told = told || strstr(text, "\"what\":\"dropped\"");
	assert_true(told);
	close(fd);
}

static void answer_to_a_client_that_left_is_nothing(void **state)
{
	struct server *s = *state;
	int fd = dial(s);

	s->answer = false;
	say(s, fd, "{\"cmd\":\"a\"}\n");
	close(fd);
	turn(s);
	ctl_reply(s->ctl, s->last, "{}", 2);
	ctl_reply(s->ctl, 999, "{}", 2);
}

/* --- answers in parts --- */

#define PARTS 40
#define PART (100 << 10)

struct parts {
	unsigned int made;
	bool ended;
};

static bool next_part(void *ctx, struct strbuf *out)
{
	struct parts *p = ctx;
	static char text[PART];

	assert_int_equal(out->len, 0);
	memset(text, 'a' + (int)(p->made % 26), sizeof(text));
	strbuf_add(out, text, sizeof(text));
	return ++p->made < PARTS;
}

static void parts_end(void *ctx)
{
	((struct parts *)ctx)->ended = true;
}

static void long_answer_is_made_as_it_is_read(void **state)
{
	struct server *s = *state;
	struct parts p = { 0 };
	const struct ctl_stream stream = { next_part, parts_end, &p };
	int fd = dial(s);
	size_t got = 0;
	const char *text;
	bool whole = false;

	hear(s, fd);
	s->answer = false;
	say(s, fd, "{\"cmd\":\"long\"}\n");
	ctl_reply_stream(s->ctl, s->last, &stream);
	turn(s);
	/* nobody reads: what is made is what a socket holds, and a part */
	assert_true(p.made < PARTS / 2 && !p.ended);
	s->answer = true;
	say(s, fd, "{\"cmd\":\"next\"}\n"); /* waits */
	assert_int_equal(s->requests, 1);
	while (!whole && (text = hear(s, fd))) {
		const char *nl = strchr(text, '\n');

		for (const char *c = text; *c && c != nl; c++, got++)
			assert_int_equal(*c, 'a' + (int)(got / PART % 26));
		whole = nl != NULL;
		if (whole && !nl[1])
			nl = hear(s, fd) - 1; /* the next answer, if not read with it */
		if (whole)
			assert_string_equal(nl + 1, "{\"ok\":true}\n");
	}
	assert_int_equal(got, (size_t)PARTS * PART);
	assert_true(p.ended);
	assert_int_equal(s->requests, 2);
	close(fd);
}

static void long_answer_ends_when_the_client_leaves(void **state)
{
	struct server *s = *state;
	struct parts p = { 0 }, q = { 0 };
	struct ctl_stream stream = { next_part, parts_end, &p };
	int fd = dial(s);

	hear(s, fd);
	s->answer = false;
	say(s, fd, "{\"cmd\":\"long\"}\n");
	ctl_reply_stream(s->ctl, s->last, &stream);
	assert_false(p.ended);
	close(fd);
	turn(s);
	assert_true(p.ended);
	stream.ctx = &q;
	ctl_reply_stream(s->ctl, s->last, &stream);
	assert_true(q.ended && !q.made);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = {
		T(hello_comes_first),
		T(request_in_pieces_is_one_request),
		T(next_request_waits_for_the_answer),
		T(bad_requests_are_answered_and_counted),
		T(endless_request_is_cut_off),
		T(one_client_too_many_is_refused),
		T(files_come_with_the_request),
		T(followers_get_what_fits_their_type),
		T(slow_follower_loses_events_and_is_told),
		T(answer_to_a_client_that_left_is_nothing),
		T(long_answer_is_made_as_it_is_read),
		T(long_answer_ends_when_the_client_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
