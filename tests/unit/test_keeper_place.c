// SPDX-License-Identifier: BSD-2-Clause
/* The event file is moved away at its size, and nothing but a file is. */
#include "unit/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "conf/conf.h"
#include "keeper/place.h"

static char dir[] = "/tmp/cordon-place-XXXXXX", path[64], old[64], target[64];

static int rotate(uint32_t max, int *ret_fd)
{
	struct conf c = { .eve_file = path, .eve_bytes = max };
	struct strbuf err = { 0 };
	int r = place_rotate(&c, geteuid(), getegid(), ret_fd, &err);

	strbuf_done(&err);
	return r;
}

static void write_text(const char *file, const char *text)
{
	_cleanup_close_ int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void text_is(const char *file, const char *want)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	assert_int_equal(file_read(file, 1 << 20, &text, &len), 0);
	assert_string_equal(text, want);
}

static void a_full_file_becomes_the_old_one(void **state)
{
	_cleanup_close_ int fd = -1;

	(void)state;
	write_text(path, "12345\n");
	write_text(old, "older");
	assert_int_equal(rotate(7, &fd), 0);
	assert_int_equal(rotate(0, &fd), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(rotate(6, &fd), 1);
	assert_int_equal(write(fd, "new", 3), 3);
	text_is(old, "12345\n");
	text_is(path, "new");
}

static void what_is_no_file_stays(void **state)
{
	_cleanup_close_ int fd = -1;

	(void)state;
	write_text(target, "a file of somebody else");
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(rotate(1, &fd), 0);
	unlink(path);
	assert_int_equal(rotate(1, &fd), 0); /* none is there */
	text_is(target, "a file of somebody else");
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/eve.json", dir);
	snprintf(old, sizeof(old), "%s/eve.json.1", dir);
	snprintf(target, sizeof(target), "%s/target", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	unlink(old);
	unlink(target);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_file_becomes_the_old_one),
		cmocka_unit_test(what_is_no_file_stays),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
