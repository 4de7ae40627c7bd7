// SPDX-License-Identifier: BSD-2-Clause
/* The JSON writer: commas, nesting, foreign bytes, numbers JSON has none of. */
#include "unit/unit.h"

#include <math.h>

#include "base/json.h"

static void commas_and_nesting_are_its_own_affair(void **state)
{
	struct json j = { 0 };

	(void)state;
	json_begin(&j, NULL, '{');
	json_u64(&j, "a", UINT64_MAX);
	json_begin(&j, "b", '[');
	json_begin(&j, NULL, '{');
	json_end(&j, '}');
	json_i64(&j, NULL, -1);
	json_bool(&j, NULL, true);
	json_end(&j, ']');
	json_raw(&j, "c", "{\"x\":null}");
	json_end(&j, '}');
	assert_string_equal(j.b.s, "{\"a\":18446744073709551615,\"b\":[{},-1,true],\"c\":{\"x\":null}}");
	json_clear(&j);
	json_begin(&j, NULL, '[');
	json_end(&j, ']');
	assert_string_equal(j.b.s, "[]");
	json_done(&j);
}

static void two_values_at_the_top_have_no_comma(void **state)
{
	struct json j = { 0 };

	(void)state;
	json_begin(&j, NULL, '{');
	json_end(&j, '}');
	strbuf_adds(&j.b, "\n");
	json_begin(&j, NULL, '{');
	json_end(&j, '}');
	assert_string_equal(j.b.s, "{}\n{}");
	json_done(&j);
}

static void pretty_indents(void **state)
{
	struct json j = { .pretty = true };

	(void)state;
	json_begin(&j, NULL, '{');
	json_u64(&j, "a", 1);
	json_begin(&j, "b", '[');
	json_end(&j, ']');
	json_end(&j, '}');
	assert_string_equal(j.b.s, "{\n  \"a\": 1,\n  \"b\": []\n}");
	json_done(&j);
}

static void string_is(const void *in, size_t n, const char *want)
{
	struct json j = { 0 };

	json_strn(&j, NULL, in, n);
	assert_string_equal(j.b.s, want);
	json_done(&j);
}

static void foreign_bytes_always_make_valid_json(void **state)
{
	(void)state;
	string_is("a\"b\\c\n\t\x01\x7f", 9, "\"a\\\"b\\\\c\\n\\t\\u0001\\u007f\"");
	string_is("a\0b", 3, "\"a\\u0000b\"");
	string_is("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
	string_is("\xff", 1, "\"\\\\xff\"");
	string_is("\xc3", 1, "\"\\\\xc3\"");			 /* cut */
	string_is("\xc0\xaf", 2, "\"\\\\xc0\\\\xaf\"");		 /* overlong */
	string_is("\xe0\x80\x80", 3, "\"\\\\xe0\\\\x80\\\\x80\""); /* overlong */
	string_is("\xed\xa0\x80", 3, "\"\\\\xed\\\\xa0\\\\x80\""); /* surrogate */
	string_is("\xf4\x90\x80\x80", 4, "\"\\\\xf4\\\\x90\\\\x80\\\\x80\"");
}

static void numbers_survive_and_infinity_is_null(void **state)
{
	struct json j = { 0 };

	(void)state;
	json_begin(&j, NULL, '[');
	json_f64(&j, NULL, 0.1);
	json_f64(&j, NULL, 1.0 / 3);
	json_f64(&j, NULL, INFINITY);
	json_f64(&j, NULL, NAN);
	json_end(&j, ']');
	assert_string_equal(j.b.s, "[0.1,0.33333333333333331,null,null]");
	json_done(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_and_nesting_are_its_own_affair),
		cmocka_unit_test(two_values_at_the_top_have_no_comma),
		cmocka_unit_test(pretty_indents),
		cmocka_unit_test(foreign_bytes_always_make_valid_json),
		cmocka_unit_test(numbers_survive_and_infinity_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
