// SPDX-License-Identifier: BSD-2-Clause
/* How much a device sends, and when that is far more than usual: made-up days, looked at every two seconds. */
#include "unit/unit.h"

#include "dev/habit.h"

#define S 1000000000ULL
#define LOOK_S 2
#define DAY_S 86400ULL
#define MIB (1ULL << 20)

static const struct habit_rule rule = { .factor = 8, .floor = 32 * MIB, .learn_ns = DAY_S * S };

/* a device, its clock and the kernel's count */
struct series {
	struct habit h;
	uint64_t s, count; /* s: seconds of wall clock and boot clock alike */
	unsigned int alarms;
};

static struct series series(void)
{
	return (struct series){ .s = 20000 * DAY_S };
}

/* @seconds at @rate bytes a second; how many looks were alarms */
static unsigned int run(struct series *x, uint64_t seconds, uint64_t rate)
{
	unsigned int n = 0;

	for (uint64_t i = 0; i < seconds; i += LOOK_S) {
		x->s += LOOK_S;
		x->count += rate * LOOK_S;
		n += habit_look(&x->h, &rule, x->count, x->s * S, x->s * S);
	}
	x->alarms += n;
	return n;
}

static void camera_that_always_uploads_is_no_news(void **state)
{
	struct series x = series();

	(void)state;
	for (unsigned int day = 0; day < 9; day++)
		for (unsigned int hour = 0; hour < 24; hour++)
			run(&x, 3600, hour % 2 ? MIB : MIB / 2); /* 8 Mbit/s */
	assert_int_equal(x.alarms, 0);
	assert_in_range(habit_usual(&x.h), 58 * MIB, 63 * MIB);
}

static void sudden_upload_of_a_quiet_device_is_named_within_the_minute(void **state)
{
	struct series x = series();

	(void)state;
	run(&x, 2 * DAY_S, 100);
	assert_int_equal(x.alarms, 0);
	assert_int_equal(run(&x, 30, MIB), 0); /* 30 MiB: below the floor */
	run(&x, 90, 100);
	run(&x, 40, MIB);
	assert_true(x.alarms > 0);
}

static void sudden_upload_of_a_camera_is_named_too(void **state)
{
	struct series x = series();

	(void)state;
	run(&x, 2 * DAY_S, MIB / 4); /* 15 MiB a minute */
	assert_int_equal(run(&x, 120, 3 * MIB / 2), 0); /* six times as much */
	assert_true(run(&x, 120, 12 * MIB) > 0);
}

static void nothing_is_named_while_it_is_learned(void **state)
{
	struct series x = series();

	(void)state;
	run(&x, DAY_S - 60, 100);
	assert_int_equal(habit_limit(&x.h, &rule), UINT64_MAX);
	assert_int_equal(run(&x, 50, 10 * MIB), 0);
	run(&x, 3600, 100);
	assert_int_equal(x.alarms, 0);
	assert_true(habit_is_learned(&x.h, &rule));
	assert_in_range(habit_limit(&x.h, &rule), 8 * 400 * MIB, 8 * 600 * MIB); /* and was learned */
}

static void backup_each_night_is_usual(void **state)
{
	struct series x = series();

	(void)state;
	for (unsigned int night = 0; night < 20; night++) {
		run(&x, DAY_S - 600, 100);
		run(&x, 600, 10 * MIB);
	}
	assert_int_equal(x.alarms, 0);
	/* a week later it is forgotten */
	run(&x, 8 * DAY_S, 100);
	assert_true(run(&x, 60, 10 * MIB) > 0);
}

static void upload_that_was_named_is_named_all_day_and_becomes_usual_in_some_days(void **state)
{
	struct series x = series();
	unsigned int days = 0;

	(void)state;
	run(&x, 2 * DAY_S, 100);
	for (unsigned int hour = 0; hour < 23; hour++)
		assert_true(run(&x, 3600, 20 * MIB) > 1000); /* it does not draw its own limit up */
	while (run(&x, DAY_S, 20 * MIB) && days < 10)
		days++;
	assert_in_range(days, 1, 4); /* 32 MiB, 256 MiB, 2 GiB */
}

static void new_count_of_the_kernel_is_no_upload(void **state)
{
	struct series x = series();

	(void)state;
	run(&x, 2 * DAY_S, 100);
	x.count = 0; /* the entry went and came again, or another port */
	assert_int_equal(run(&x, 60, 100), 0);
	x.h.looked_ns = 0; /* a restart: the kernel has counted on meanwhile */
	x.count += 1ULL << 40;
	assert_int_equal(run(&x, 60, 100), 0);
	x.s += 3600; /* the machine slept */
	x.count += 1ULL << 40;
	assert_int_equal(run(&x, 60, 100), 0);
	habit_skip(&x.h);
	x.count += 1ULL << 40;
	assert_int_equal(run(&x, 60, 100), 0);
	assert_true(habit_limit(&x.h, &rule) == rule.floor);
}

static void wall_clock_that_steps_changes_no_habit(void **state)
{
	struct habit h = { 0 };
	uint64_t count = 0, now = 1000 * S, wall = 20000 * DAY_S * S;

	(void)state;
	for (unsigned int i = 0; i < 60; i++)
		(void)habit_look(&h, &rule, count += MIB / 4, now += 2 * S, wall += 2 * S);
	assert_false(habit_look(&h, &rule, count, now += 2 * S, wall - 300 * DAY_S * S));
	assert_true(habit_usual(&h) > 0);
	h.learned_ns = rule.learn_ns;
	assert_false(habit_look(&h, &rule, count, now += 2 * S, wall + 300 * DAY_S * S));
	assert_int_equal(habit_usual(&h), 0); /* that long ago: forgotten */
	assert_true(habit_limit(&h, &rule) == rule.floor);
}

static void rule_that_is_off_names_nothing_and_learns(void **state)
{
	struct habit_rule off = { .factor = 0, .floor = 1, .learn_ns = 0 };
	struct habit h = { 0 };

	(void)state;
	for (uint64_t i = 1; i < 100; i++)
		assert_false(habit_look(&h, &off, i * MIB, i * S, 20000 * DAY_S * S));
	assert_true(h.today > 30 * MIB);
	assert_int_equal(h.total, 98 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(camera_that_always_uploads_is_no_news),
		cmocka_unit_test(sudden_upload_of_a_quiet_device_is_named_within_the_minute),
		cmocka_unit_test(sudden_upload_of_a_camera_is_named_too),
		cmocka_unit_test(nothing_is_named_while_it_is_learned),
		cmocka_unit_test(backup_each_night_is_usual),
		cmocka_unit_test(upload_that_was_named_is_named_all_day_and_becomes_usual_in_some_days),
		cmocka_unit_test(new_count_of_the_kernel_is_no_upload),
		cmocka_unit_test(wall_clock_that_steps_changes_no_habit),
		cmocka_unit_test(rule_that_is_off_names_nothing_and_learns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
