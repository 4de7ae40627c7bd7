/* SPDX-License-Identifier: BSD-2-Clause */
/* Feeds and manual entries of the daemon: names, refusals, what its files bring back. */
#include "unit/unit.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "cordon_lists.h"
#include "daemon/feeds.h"

static int start(void **state)
{
	struct feeds *f = calloc(1, sizeof(*f));

	str_copy(f->dir, sizeof(f->dir), "/tmp/cordon-feeds.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(disk_new(&f->disk), 0);
	*state = f;
	return 0;
}

static int stop(void **state)
{
	struct feeds *f = *state;
	char path[4200];

	disk_free(f->disk);
	snprintf(path, sizeof(path), "%s/feeds.json", f->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/threats.json", f->dir);
	unlink(path);
	rmdir(f->dir);
	feeds_done(f);
	free(f);
	return 0;
}

static int add(struct feeds *f, const char *kind, const char *value, uint64_t until)
{
	struct manual_spec s = { .kind = kind, .value = value, .category = "c2", .action = CORDON_ACTION_QUARANTINE,
				 .confidence = 90, .until_wall_ns = until };
	struct strbuf err = { 0 };
	int r = manual_add(f, &s, &err);

	assert_true(!r == !err.len);
	strbuf_done(&err);
	return r;
}

static void names_that_could_be_paths_are_refused(void **state)
{
	(void)state;
	assert_true(feed_name_ok("urlhaus-1.2_x"));
	assert_false(feed_name_ok(""));
	assert_false(feed_name_ok("."));
	assert_false(feed_name_ok(".hidden"));
	assert_false(feed_name_ok("../x"));
	assert_false(feed_name_ok("a/b"));
	assert_false(feed_name_ok("a b"));
	assert_false(feed_name_ok("0123456789012345678901234567890123456789012345678901234567890123x"));
}

static void manual_values_are_checked_by_kind(void **state)
{
	struct feeds *f = *state;

	assert_int_equal(add(f, "ip", "198.18.0.1", 0), 0);
	assert_int_equal(add(f, "ip", "2a00:1450::1", 0), 0);
	assert_int_equal(add(f, "net", "198.18.4.0/24", 0), 0);
	assert_int_equal(add(f, "domain", "Evil.Example", 0), 0);
	assert_int_equal(add(f, "ip", "198.18.4.0/24", 0), -EINVAL);
	assert_int_equal(add(f, "domain", "198.18.0.1", 0), -EINVAL);
	assert_int_equal(add(f, "ip", "evil.example", 0), -EINVAL);
	assert_int_equal(add(f, "ip", "10.0.0.1", 0), -EINVAL);
	assert_int_equal(add(f, "ip", "198.18.0.1\n198.18.0.2", 0), -EINVAL);
	assert_int_equal(add(f, "url", "http://evil.example/x", 0), 0);
	assert_int_equal(add(f, "url", "http://evil.example/X", 0), 0); /* the case of a path counts */
	assert_int_equal(add(f, "url", "http://evil.example", 0), -EINVAL);
	assert_int_equal(add(f, "url", "https://evil.example/x", 0), -EINVAL); /* nobody sees it */
	assert_int_equal(add(f, "domain", "http://evil.example/x", 0), -EINVAL);
	assert_int_equal(add(f, "thing", "198.18.0.1", 0), -EINVAL);
	assert_int_equal(f->manual.len, 6);
}

static void same_value_twice_is_one_entry(void **state)
{
	struct feeds *f = *state;

	assert_int_equal(add(f, "domain", "evil.example", 0), 0);
	assert_int_equal(add(f, "domain", "EVIL.example", 5), 0);
	assert_int_equal(f->manual.len, 1);
	assert_int_equal(f->manual.data[0].until_wall_ns, 5);
	assert_int_equal(manual_remove(f, "evil.EXAMPLE"), 0);
	assert_int_equal(manual_remove(f, "evil.example"), -ENOENT);
}

static void entries_that_ended_leave(void **state)
{
	struct feeds *f = *state;

	assert_int_equal(add(f, "ip", "198.18.0.1", clock_wall_ns() + 3600000000000ULL), 0);
	assert_int_equal(add(f, "ip", "198.18.0.2", 1), 0);
	assert_true(manual_expire(f));
	assert_false(manual_expire(f));
	assert_int_equal(f->manual.len, 1);
	assert_string_equal(f->manual.data[0].value, "198.18.0.1");
}

static void files_bring_everything_back(void **state)
{
	struct feeds *f = *state, again = { 0 };
	struct feed_spec s = { .name = "mine", .format = "plain", .source = "/x y", .category = "c2",
			       .action = CORDON_ACTION_ALERT, .confidence = 7, .observe = true };
	struct strbuf err = { 0 };
	struct indicators *set;

	assert_int_equal(feeds_add(f, &s, FEED_ADDED, &err), 0);
	s.name = "configured";
	assert_int_equal(feeds_add(f, &s, FEED_CONFIGURED, &err), 0);
	assert_int_equal(add(f, "domain", "evil.example", 0), 0);
	assert_int_equal(feeds_save(f), 0);
	assert_int_equal(manual_save(f), 0);
	disk_free(f->disk);
	f->disk = NULL;
	str_copy(again.dir, sizeof(again.dir), f->dir);
	feeds_load(&again);
	assert_int_equal(again.v.len, 1);
	assert_string_equal(again.v.data[0].source, "/x y");
	assert_int_equal(again.v.data[0].action, CORDON_ACTION_ALERT);
	assert_true(again.v.data[0].observe);
	assert_int_equal(again.manual.len, 1);
	set = manual_set(&again);
	assert_int_equal(set->v.len, 1);
	assert_int_equal(set->v.data[0].action, CORDON_ACTION_QUARANTINE);
	indicators_free(set);
	feeds_done(&again);
}

static void damaged_lines_are_left_out(void **state)
{
	struct feeds *f = *state;
	char path[4200];
	static const char text[] = "{\"kind\":\"ip\",\"value\":\"198.18.0.1\"}\n{broken\n{}\n"
				   "{\"kind\":\"ip\",\"value\":\"198.18.0.2\",\"action\":\"nonsense\"}\n";

	snprintf(path, sizeof(path), "%s/threats.json", f->dir);
	assert_int_equal(file_replace(path, text, sizeof(text) - 1, 0600), 0);
	feeds_load(f);
	assert_int_equal(f->manual.len, 2);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, start, stop)
	const struct CMUnitTest tests[] = {
		T(names_that_could_be_paths_are_refused), T(manual_values_are_checked_by_kind), T(same_value_twice_is_one_entry),
		T(entries_that_ended_leave),		  T(files_bring_everything_back),	T(damaged_lines_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
