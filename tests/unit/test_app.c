// SPDX-License-Identifier: BSD-2-Clause
/* The table of application rows; each row has a test file of its own. */
#include "unit/unit.h"

#include "app/app.h"

static void rows_without_parser_are_none(void **state)
{
	(void)state;
	assert_null(app_row(CORDON_APP_UNDECIDED));
	assert_null(app_row(CORDON_APP_NONE));
	assert_null(app_row(255));
	assert_null(app_buffer_name(APP_BUFFERS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_without_parser_are_none),
	};

	return cmocka_run_group_tests_name("app", tests, NULL, NULL);
}
