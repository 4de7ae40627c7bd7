/* SPDX-License-Identifier: BSD-2-Clause */
/* Files written by a thread: who hands them over never waits, the newest content wins, nothing is lost at the end. */
#include "unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "out/evidence.h"

static char dir[64];

static int start(void **state)
{
	(void)state;
	str_copy(dir, sizeof(dir), "/tmp/cordon-disk.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static void remove_all(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *x;

	while (d && (x = readdir(d)))
		if (x->d_name[0] != '.')
			unlinkat(dirfd(d), x->d_name, 0);
	if (d)
		closedir(d);
	rmdir(path);
}

static int stop(void **state)
{
	(void)state;
	remove_all(dir);
	return 0;
}

static const char *path_of(const char *name, char ret[128])
{
	snprintf(ret, 128, "%s/%s", dir, name);
	return ret;
}

static int put(struct disk *d, const char *name, const char *content)
{
	struct strbuf text = { 0 };
	char path[128];

	strbuf_adds(&text, content);
	return disk_replace(d, path_of(name, path), &text, 0600);
}

static void assert_file(const char *name, const char *content)
{
	char path[128], *text;
	size_t len;

	assert_int_equal(file_read(path_of(name, path), 1 << 20, &text, &len), 0);
	assert_string_equal(text, content);
	free(text);
}

/* until everything handed over was tried; its result */
static int settled(struct disk *d)
{
	struct pollfd p = { .fd = disk_fd(d), .events = POLLIN };
	int r;

	while ((r = disk_result(d, 1, disk_ticket(d), NULL)) == -EINPROGRESS) {
		assert_int_equal(poll(&p, 1, 10000), 1);
		disk_heard(d);
	}
	return r;
}

static void newest_content_of_each_file_is_on_disk_at_the_end(void **state)
{
	struct disk *d;
	char text[16];

	(void)state;
	assert_int_equal(disk_new(&d), 0);
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(put(d, i % 2 ? "odd" : "even", text), 0);
	}
	assert_int_equal(disk_ticket(d), 500);
	disk_free(d);
	assert_file("odd", "499");
	assert_file("even", "498");
}

static void result_tells_who_waits_and_later_success_heals(void **state)
{
	struct disk *d;
	char path[128];
	const char *bad = NULL;

	(void)state;
	assert_int_equal(disk_new(&d), 0);
	assert_int_equal(disk_result(d, 1, 1, NULL), 0);
	assert_int_equal(put(d, "fine", "x"), 0);
	assert_int_equal(put(d, "none/file", "x"), 0);
	assert_int_equal(settled(d), -ENOENT);
	assert_int_equal(disk_result(d, 1, 2, &bad), -ENOENT);
	assert_string_equal(bad, path_of("none/file", path));
	assert_int_equal(disk_result(d, 3, 3, NULL), 0); /* what came later has nothing to do with it */
	assert_int_equal(disk_state(d, path_of("fine", path)), 0);
	assert_int_equal(disk_state(d, path_of("none/file", path)), -ENOENT);
	assert_int_equal(mkdir(path_of("none", path), 0700), 0);
	assert_int_equal(put(d, "none/file", "y"), 0);
	assert_int_equal(settled(d), 0);
	assert_file("none/file", "y");
	disk_free(d);
	remove_all(path_of("none", path));
}

static void too_many_files_are_refused(void **state)
{
	struct disk *d;
	char name[16];

	(void)state;
	assert_int_equal(disk_new(&d), 0);
	for (int i = 0; i < DISK_FILES; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		assert_int_equal(put(d, name, name), 0);
	}
	assert_int_equal(put(d, "more", "x"), -ENOSPC);
	assert_int_equal(put(d, "f3", "again"), 0);
	disk_free(d);
	assert_file("f3", "again");
}

static void evidence_that_waits_is_written_before_the_end(void **state)
{
	struct finding f = { .kind = FINDING_ALERT };
	struct evidence_stats s;
	struct evidence_dir *e;
	uint8_t pcap[5000] = { 0 };
	struct strbuf err = { 0 };
	char path[128], name[EVIDENCE_NAME_MAX];
	uint64_t kept = 0;

	(void)state;
	path_of("evidence", path);
	assert_int_equal(evidence_open(path, 100000, UINT32_MAX, &e, &err), 0);
	assert_int_equal(evidence_start(e), 0);
	for (f.sid = 1; f.sid <= 6000; f.sid++)
		kept += !evidence_later(e, &f, pcap, sizeof(pcap));
	evidence_stats(e, &s);
	assert_int_equal(kept + s.dropped, 6000);
	assert_true(s.waiting <= 16 * 1024 * 1024 / sizeof(pcap)); /* a disk that is too slow costs this much memory */
	evidence_free(e);
	f.sid = 1;
	assert_int_equal(evidence_open(path, 100000, UINT32_MAX, &e, &err), 0);
	evidence_stats(e, &s);
	assert_int_equal(s.files, kept);
	assert_int_equal(s.bytes, kept * sizeof(pcap));
	assert_int_equal(faccessat(evidence_fd(e), evidence_name(&f, name), R_OK, 0), 0);
	evidence_free(e);
	remove_all(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newest_content_of_each_file_is_on_disk_at_the_end),
		cmocka_unit_test(result_tells_who_waits_and_later_success_heals),
		cmocka_unit_test(too_many_files_are_refused),
		cmocka_unit_test(evidence_that_waits_is_written_before_the_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/disk", tests, start, stop);
}
