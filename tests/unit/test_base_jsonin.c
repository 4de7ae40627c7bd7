/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON read from others: what is refused, what is missing, what comes back. */
#include "unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonin.h"

static int parse(const char *text)
{
	struct jsonin *o = NULL;
	struct strbuf err = { 0 };
	int r = jsonin_parse(text, strlen(text), &o, &err);

	assert_true(!r == !err.len);
	strbuf_done(&err);
	jsonin_free(o);
	return r;
}

static void hostile_text_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parse("{}"), 0);
	assert_int_equal(parse(""), -EINVAL);
	assert_int_equal(parse("[1]"), -EINVAL);
	assert_int_equal(parse("{\"a\":1,\"a\":2}"), -EINVAL);
	assert_int_equal(parse("{\"a\":1"), -EINVAL);
	assert_int_equal(parse("{\"a\":1}x"), -EINVAL);
	assert_int_equal(parse("{\"a\":\"\\u0000\"}"), -EINVAL);
	assert_int_equal(parse("{\"a\":\"\xff\"}"), -EINVAL);
}

static void nesting_is_bounded(void **state)
{
	char text[256] = "{\"a\":";
	size_t at = strlen(text);

	(void)state;
	memset(text + at, '[', JSONIN_DEPTH);
	memset(text + at + JSONIN_DEPTH, ']', JSONIN_DEPTH);
	text[strlen(text)] = '}';
	assert_int_equal(parse(text), -EINVAL);
	assert_int_equal(parse("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}"), 0);
	assert_int_equal(parse("{\"a\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}"), 0);
}

static void values_are_found_by_kind(void **state)
{
	static const char text[] = "{\"s\":\"x\",\"n\":42,\"neg\":-1,\"t\":true,\"l\":[\"a\",\"b\"],\"o\":{\"k\":7}}";
	struct jsonin *o = NULL;
	struct strbuf err = { 0 };
	const struct jsonin *v;
	char *dump;

	(void)state;
	assert_int_equal(jsonin_parse(text, strlen(text), &o, &err), 0);
	assert_string_equal(jsonin_str(o, "s"), "x");
	assert_null(jsonin_str(o, "n"));
	assert_null(jsonin_str(o, "absent"));
	assert_int_equal(jsonin_u64(o, "n"), 42);
	assert_int_equal(jsonin_u64(o, "neg"), 0);
	assert_int_equal(jsonin_u64(o, "s"), 0);
	assert_true(jsonin_bool(o, "t"));
	assert_false(jsonin_bool(o, "n"));
	assert_int_equal(jsonin_len(jsonin_get(o, "l")), 2);
	assert_string_equal(jsonin_text(jsonin_at(jsonin_get(o, "l"), 1)), "b");
	assert_null(jsonin_at(jsonin_get(o, "l"), 2));
	assert_int_equal(jsonin_len(jsonin_get(o, "s")), 0);
	assert_string_equal(jsonin_member(jsonin_get(o, "o"), 0, &v), "k");
	assert_int_equal(jsonin_number(v), 7);
	assert_null(jsonin_member(jsonin_get(o, "o"), 1, &v));
	dump = jsonin_dump(o, false);
	assert_string_equal(dump, text);
	free(dump);
	jsonin_free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_text_is_refused),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(values_are_found_by_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
