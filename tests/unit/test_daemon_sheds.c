/* SPDX-License-Identifier: BSD-2-Clause */
/* Who was shed most since it was said last. */
#include "unit/unit.h"

#include "daemon/sheds.h"

static void the_loudest_is_who_has_most_more_than_before(void **state)
{
	const uint64_t before[] = { 0, 900, 5, 7 }, now[] = { 3, 901, 25, 7 };
	uint64_t more;

	(void)state;
	assert_int_equal(sheds_loudest(now, before, 4, &more), 2);
	assert_int_equal(more, 20);
}

static void without_a_before_all_of_it_is_more(void **state)
{
	const uint64_t now[] = { 3, 901, 25, 7 };
	uint64_t more;

	(void)state;
	assert_int_equal(sheds_loudest(now, NULL, 4, &more), 1);
	assert_int_equal(more, 901);
}

static void a_count_that_began_anew_is_not_more(void **state)
{
	const uint64_t before[] = { 500, 900 }, now[] = { 3, 0 };
	uint64_t more;

	(void)state;
	sheds_loudest(now, before, 2, &more);
	assert_int_equal(more, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_loudest_is_who_has_most_more_than_before),
		cmocka_unit_test(without_a_before_all_of_it_is_more),
		cmocka_unit_test(a_count_that_began_anew_is_not_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
