/* SPDX-License-Identifier: BSD-2-Clause */
/* The user's program on an event, with real programs: what it is given, what its end means, what is left of it. */
#include "unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "conf/conf.h"
#include "out/helper.h"
#include "out/outputs.h"

static char dir[64], script[96], result[96], run[256];

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/cordon-command-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0777), 0); /* it runs as somebody else */
	snprintf(script, sizeof(script), "%s/script", dir);
	snprintf(result, sizeof(result), "%s/result", dir);
	snprintf(run, sizeof(run), "%s  one two", script);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	helper_stop();
	unlink(script);
	unlink(result);
	return rmdir(dir);
}

static void *open_command(const char *text)
{
	char user[] = "nobody";
	struct conf c = { .command_run = run, .command_user = user, .command_timeout_ns = 1000000000ULL };
	struct strbuf err = { 0 };
	FILE *f = fopen(script, "w");
	void *s = NULL;

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\nR=%s\n%s\n", result, text);
	fclose(f);
	assert_int_equal(chmod(script, 0755), 0);
	assert_int_equal(helper_start(&c, &err), 0);
	assert_int_equal(out_command_open(&c, &s, &err), 0);
	assert_non_null(s);
	return s;
}

static int tell(void *s, const char *text, size_t len)
{
	struct out_line l = { .text = text, .len = len, .summary = "", .weight = OUT_URGENT };

	return out_command_write(s, &l);
}

static char *read_result(void)
{
	char *text = NULL;
	size_t len;

	assert_int_equal(file_read(result, 1 << 20, &text, &len), 0);
	return text;
}

static void program_is_given_the_event_and_its_words_and_nothing_else(void **state)
{
	static char event[60001];
	_cleanup_free_ char *got = NULL;
	void *s = open_command("{ echo \"$# $1 $2\"; env | grep -v -e ^PATH= -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=; ls /proc/self/fd | wc -l; "
			       "[ \"$(id -u)\" != 0 ] && echo other; wc -c; } >$R");

	(void)state;
	memset(event, 'x', sizeof(event) - 1);
	assert_int_equal(tell(s, event, sizeof(event) - 1), 0);
	got = read_result();
	/* ls has its three and the directory */
	assert_string_equal(got, "2 one two\n4\nother\n60000\n");
	out_command_close(s);
}

static void exit_status_says_what_comes_next(void **state)
{
	void *s = open_command("read -r n; case $n in 0) ;; 9) kill -9 $$ ;; *) exit $n ;; esac");

	(void)state;
	assert_int_equal(tell(s, "0\n", 2), 0);
	assert_int_equal(tell(s, "75\n", 3), -EAGAIN);
	assert_int_equal(tell(s, "1\n", 2), -EPROTO);
	assert_int_equal(tell(s, "9\n", 2), -EPROTO);
	assert_int_equal(tell(s, "0\n", 2), 0);
	out_command_close(s);
}

static bool is_gone(const char *pid)
{
	char path[64], text[256] = "", *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", atoi(pid));
	f = fopen(path, "r");
	if (!f)
		return true;
	at = fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;
	fclose(f);
	return !at || at[2] == 'Z';
}

static void what_takes_too_long_is_killed_with_what_it_started(void **state)
{
	void *s = open_command("sleep 300 & echo $! >$R; sleep 300");
	_cleanup_free_ char *pid = NULL;

	(void)state;
	assert_int_equal(tell(s, "{}", 2), -EAGAIN);
	pid = read_result();
	for (int i = 0; i < 500 && !is_gone(pid); i++)
		usleep(10000);
	assert_true(is_gone(pid));
	out_command_close(s);
}

static void what_a_program_leaves_behind_is_killed_too(void **state)
{
	void *s = open_command("sleep 300 & echo $! >$R");
	_cleanup_free_ char *pid = NULL;

	(void)state;
	assert_int_equal(tell(s, "{}", 2), 0);
	pid = read_result();
	for (int i = 0; i < 500 && !is_gone(pid); i++)
		usleep(10000);
	assert_true(is_gone(pid));
	out_command_close(s);
}

static void program_that_does_not_read_or_is_not_there_holds_nobody_up(void **state)
{
	static char event[60000];
	void *s = open_command("exit 0");

	(void)state;
	assert_int_equal(tell(s, event, sizeof(event)), 0);
	assert_int_equal(tell(s, event, HELPER_EVENT_MAX + 1UL), -EMSGSIZE);
	unlink(script);
	assert_int_equal(tell(s, event, sizeof(event)), -EPROTO);
	out_command_close(s);
}

static void root_is_nobody_to_run_as(void **state)
{
	char root[] = "root";
	struct conf c = { .command_run = run, .command_user = root, .command_timeout_ns = 1000000000ULL };
	struct strbuf err = { 0 };
	void *s = NULL;

	(void)state;
	if (geteuid())
		skip();
	assert_true(helper_start(&c, &err) < 0);
	assert_non_null(err.s);
	assert_int_equal(out_command_open(&c, &s, &err), 0);
	assert_null(s);
	strbuf_done(&err);
}

static void words_are_split_at_spaces(void **state)
{
	char line[] = "/bin/x \t a  b", many[] = "a b c d";
	char *w[4];

	(void)state;
	assert_int_equal(helper_words(line, w, 4), 3);
	assert_string_equal(w[0], "/bin/x");
	assert_string_equal(w[2], "b");
	assert_null(w[3]);
	assert_int_equal(helper_words(many, w, 4), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(program_is_given_the_event_and_its_words_and_nothing_else),
		T(exit_status_says_what_comes_next),
		T(what_takes_too_long_is_killed_with_what_it_started),
		T(what_a_program_leaves_behind_is_killed_too),
		T(program_that_does_not_read_or_is_not_there_holds_nobody_up),
		T(root_is_nobody_to_run_as),
		cmocka_unit_test(words_are_split_at_spaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
