// SPDX-License-Identifier: BSD-2-Clause
/* Strings, numbers, durations, sizes, nearest names and whole files. */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/vec.h"

static void strbuf_grows_and_stays_terminated(void **state)
{
	struct strbuf b = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		strbuf_addf(&b, "%u,", i % 10);
	assert_int_equal(b.len, 2000);
	assert_int_equal(strlen(b.s), 2000);
	assert_false(b.failed);
	strbuf_clear(&b);
	strbuf_adds(&b, "x");
	assert_string_equal(b.s, "x");
	strbuf_done(&b);
	assert_null(b.s);
}

static void copy_truncates(void **state)
{
	char d[4];

	(void)state;
	assert_int_equal(str_copy(d, sizeof(d), "abcdef"), 3);
	assert_string_equal(d, "abc");
}

static void escape_makes_foreign_bytes_printable_and_never_cuts_an_escape(void **state)
{
	char d[16];

	(void)state;
	assert_string_equal(str_escape(d, sizeof(d), "a\n\\\xff", 4), "a\\x0a\\x5c\\xff");
	assert_string_equal(str_escape(d, 5, "\n\n", 2), "\\x0a");
	assert_string_equal(str_escape(d, 4, "\n", 1), "");
}

static void number_is_the_whole_string_in_range_or_nothing(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "-1", "+1", "0x", "1x", "0b1", "abc" };
	uint64_t v = 7;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(str_to_u64(bad[i], 0, UINT64_MAX, &v), -EINVAL);
	assert_int_equal(str_to_u64("18446744073709551616", 0, UINT64_MAX, &v), -ERANGE);
	assert_int_equal(str_to_u64("11", 0, 10, &v), -ERANGE);
	assert_int_equal(str_to_u64("0", 1, 10, &v), -ERANGE);
	assert_int_equal(v, 7);
	assert_int_equal(str_to_u64("18446744073709551615", 0, UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(str_to_u64("0x1F", 0, 31, &v), 0);
	assert_int_equal(v, 31);
}

static void duration_takes_units_in_falling_order(void **state)
{
	static const struct {
		const char *s;
		uint64_t ns;
	} good[] = { { "90", 90000000000 },	  { "10m", 600000000000 },
		     { "1h30m", 5400000000000 },  { "500ms", 500000000 },
		     { "7d", 604800000000000 },	  { "0s", 0 },
		     { "1w", 604800000000000 },	  { "1s500us", 1000500000 } };
	static const char *const bad[] = { "", "m", "1x", "1m1h", "1m1m", "1h 30m", "-1s", "1.5h", "1h30" };
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(str_to_duration_ns(good[i].s, &v), 0);
		assert_true(v == good[i].ns);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(str_to_duration_ns(bad[i], &v), -EINVAL);
	assert_int_equal(str_to_duration_ns("99999999999w", &v), -ERANGE);
	assert_int_equal(str_to_duration_ns("99999999999999999999999s", &v), -ERANGE);
}

static void size_takes_binary_and_decimal_units(void **state)
{
	uint64_t v;

	(void)state;
	assert_int_equal(str_to_size("64KiB", &v), 0);
	assert_int_equal(v, 65536);
	assert_int_equal(str_to_size("16 MiB", &v), 0);
	assert_int_equal(v, 16 << 20);
	assert_int_equal(str_to_size("1GB", &v), 0);
	assert_int_equal(v, 1000000000);
	assert_int_equal(str_to_size("4096", &v), 0);
	assert_int_equal(v, 4096);
	assert_int_equal(str_to_size("4096q", &v), -EINVAL);
	assert_int_equal(str_to_size("MiB", &v), -EINVAL);
	assert_int_equal(str_to_size("1  MiB", &v), -EINVAL);
	assert_int_equal(str_to_size("99999999999TiB", &v), -ERANGE);
}

static void duration_prints_two_units_at_most(void **state)
{
	char d[32];

	(void)state;
	assert_string_equal(str_duration(d, sizeof(d), 0), "0s");
	assert_string_equal(str_duration(d, sizeof(d), 3785000000000), "1h 3m");
	assert_string_equal(str_duration(d, sizeof(d), 604800000000000), "7d");
	assert_string_equal(str_duration(d, sizeof(d), 86403000000000), "1d");
	assert_string_equal(str_duration(d, sizeof(d), 1500000000), "1s 500ms");
}

static void nearest_name_is_found_only_when_near(void **state)
{
	static const char *const names[] = { "mode", "rules", "state_dir", "a", NULL };

	(void)state;
	assert_string_equal(str_nearest("moed", names), "mode");
	assert_string_equal(str_nearest("statedir", names), "state_dir");
	assert_string_equal(str_nearest("rules", names), "rules");
	assert_null(str_nearest("zebra", names));
	assert_null(str_nearest("", names));
}

static void file_is_replaced_whole_or_not_at_all(void **state)
{
	char dir[] = "/tmp/cordon-test-XXXXXX", path[64];
	_cleanup_free_ char *data = NULL;
	struct stat st;
	size_t len;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/f", dir);
	assert_int_equal(file_replace(path, "one", 3, 0600), 0);
	assert_int_equal(file_replace(path, "second", 6, 0640), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(file_read(path, 5, &data, &len), -EFBIG);
	assert_null(data);
	assert_int_equal(file_read(path, 6, &data, &len), 0);
	assert_int_equal(len, 6);
	assert_string_equal(data, "second");
	unlink(path);
	assert_int_equal(file_read(path, 6, &data, &len), -ENOENT);
	assert_int_equal(file_replace("/nowhere/at/all", "x", 1, 0600), -ENOENT);
	assert_int_equal(rmdir(dir), 0); /* nothing was left beside it */
}

static void vector_grows_and_keeps_its_values(void **state)
{
	VEC(int) v = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		assert_int_equal(vec_push(&v, i), 0);
	assert_int_equal(v.len, 1000);
	assert_int_equal(v.data[999], 999);
	vec_done(&v);
	assert_null(v.data);
}

static void text_is_found_in_whatever_case(void **state)
{
	char text[] = "CAM-\xc3\x89-Z@[";

	(void)state;
	assert_true(str_has_folded("front CaMera", "camera"));
	assert_true(str_has_folded("ccam", "cam"));
	assert_true(str_has_folded("x", ""));
	assert_true(str_has_folded("", ""));
	assert_false(str_has_folded("", "c"));
	assert_false(str_has_folded("camer", "camera"));
	assert_false(str_has_folded("@[`{", "`{["));
	str_fold(text);
	assert_string_equal(text, "cam-\xc3\x89-z@[");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strbuf_grows_and_stays_terminated),
		cmocka_unit_test(copy_truncates),
		cmocka_unit_test(escape_makes_foreign_bytes_printable_and_never_cuts_an_escape),
		cmocka_unit_test(number_is_the_whole_string_in_range_or_nothing),
		cmocka_unit_test(duration_takes_units_in_falling_order),
		cmocka_unit_test(size_takes_binary_and_decimal_units),
		cmocka_unit_test(duration_prints_two_units_at_most),
		cmocka_unit_test(nearest_name_is_found_only_when_near),
		cmocka_unit_test(text_is_found_in_whatever_case),
		cmocka_unit_test(file_is_replaced_whole_or_not_at_all),
		cmocka_unit_test(vector_grows_and_keeps_its_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
