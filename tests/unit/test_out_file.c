// SPDX-License-Identifier: BSD-2-Clause
/* The EVE file through the fan-out: whole lines, rotation, a full disk. */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "conf/conf.h"
#include "out/out.h"

static char dir[] = "/tmp/cordon-out-XXXXXX", path[64], rotated[64];

static struct out *open_out(const char *eve_file)
{
	struct conf c = { .eve_file = (char *)eve_file };
	struct strbuf err = { 0 };
	struct out *o = NULL;

	if (out_new(&c, &o, &err))
		fail_msg("%s", err.s);
	strbuf_done(&err);
	return o;
}

static void file_is(const char *file, const char *want)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	assert_int_equal(file_read(file, 1 << 20, &text, &len), 0);
	assert_string_equal(text, want);
}

/* until @count events were written or lost, or two seconds are over */
static struct out_stat wait_for(struct out *o, unsigned long long count)
{
	struct out_stat s = { 0 };
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		assert_int_equal(out_stats(o, &s, 1), 1);
		if (s.written + s.failed >= count)
			break;
		usleep(1000);
	}
	return s;
}

static void lines_are_appended_and_counted(void **state)
{
	struct out *o;
	struct out_stat s;

	(void)state;
	o = open_out(path);
	out_publish(o, "{\"a\":1}", 7, OUT_EVENT, "");
	out_publish(o, "{\"a\":2}", 7, OUT_URGENT, "something happened");
	s = wait_for(o, 2);
	assert_int_equal(s.written, 2);
	assert_int_equal(s.dropped + s.failed + s.queued, 0);
	out_free(o);
	o = open_out(path);
	out_publish(o, "{\"a\":3}", 7, OUT_EVENT, "");
	out_free(o); /* drains */
	file_is(path, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
}

static void rotated_file_is_left_alone_after_reopen(void **state)
{
	struct out *o = open_out(path);

	(void)state;
	out_publish(o, "one", 3, OUT_EVENT, "");
	wait_for(o, 1);
	assert_int_equal(rename(path, rotated), 0);
	assert_int_equal(out_reopen(o), 0);
	out_publish(o, "two", 3, OUT_EVENT, "");
	out_free(o);
	file_is(path, "two\n");
}

static void full_disk_costs_events_and_no_time(void **state)
{
	struct out *o = open_out("/dev/full");
	struct out_stat s;

	(void)state;
	out_publish(o, "one", 3, OUT_EVENT, "");
	out_publish(o, "two", 3, OUT_EVENT, "");
	s = wait_for(o, 2);
	assert_int_equal(s.failed, 2);
	assert_int_equal(s.written, 0);
	out_free(o);
}

static void half_written_line_is_taken_back(void **state)
{
	struct rlimit old, small = { .rlim_cur = 10 };
	struct out_stat s;
	struct out *o;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	o = open_out(path);
	setrlimit(RLIMIT_FSIZE, &small); /* a file of ten bytes: the second line fits by half */
	out_publish(o, "12345", 5, OUT_EVENT, "");
	out_publish(o, "abcdefgh", 8, OUT_EVENT, "");
	s = wait_for(o, 2);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(s.written, 1);
	assert_int_equal(s.failed, 1);
	out_publish(o, "z", 1, OUT_EVENT, "");
	out_free(o);
	file_is(path, "12345\nz\n");
}

static void a_file_that_nobody_rotates_ends_at_twice_its_size(void **state)
{
	struct conf c = { .eve_file = path, .eve_bytes = 8 };
	struct strbuf err = { 0 };
	struct out *o = NULL;
	struct out_stat s;

	(void)state;
	assert_int_equal(out_new(&c, &o, &err), 0);
	for (int i = 0; i < 5; i++)
		out_publish(o, "12345", 5, OUT_EVENT, "");
	s = wait_for(o, 5);
	assert_int_equal(s.written, 2);
	assert_int_equal(s.failed, 3);
	assert_int_equal(rename(path, rotated), 0);
	assert_int_equal(out_reopen(o), 0);
	out_publish(o, "after", 5, OUT_EVENT, "");
	s = wait_for(o, 6);
	out_free(o);
	file_is(rotated, "12345\n12345\n");
	file_is(path, "after\n");
}

static void directory_is_made_and_a_bad_path_is_named(void **state)
{
	struct conf c = { .eve_file = "/nowhere/at/all/eve.json" };
	struct strbuf err = { 0 };
	struct out *o = NULL;
	char deep[80];

	(void)state;
	assert_int_equal(out_new(&c, &o, &err), -ENOENT);
	assert_non_null(strstr(err.s, "/nowhere/at/all/eve.json: No such file"));
	strbuf_done(&err);
	snprintf(deep, sizeof(deep), "%s/new/eve.json", dir);
	o = open_out(deep);
	out_publish(o, "x", 1, OUT_EVENT, "");
	out_free(o);
	file_is(deep, "x\n");
	unlink(deep);
	snprintf(deep, sizeof(deep), "%s/new", dir);
	rmdir(deep);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/eve.json", dir);
	snprintf(rotated, sizeof(rotated), "%s/eve.json.1", dir);
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	unlink(path);
	unlink(rotated);
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
		cmocka_unit_test_teardown(lines_are_appended_and_counted, remove_files),
		cmocka_unit_test_teardown(rotated_file_is_left_alone_after_reopen, remove_files),
		cmocka_unit_test_teardown(full_disk_costs_events_and_no_time, remove_files),
		cmocka_unit_test_teardown(half_written_line_is_taken_back, remove_files),
		cmocka_unit_test_teardown(a_file_that_nobody_rotates_ends_at_twice_its_size, remove_files),
		cmocka_unit_test_teardown(directory_is_made_and_a_bad_path_is_named, remove_files),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
