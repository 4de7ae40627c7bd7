/* SPDX-License-Identifier: BSD-2-Clause */
/* The books of native XDP: what the driver counted against what the program saw. */
#include "unit/unit.h"

#include "keeper/wire.h"

static struct wire w;
static uint64_t rx, seen;

static int look(uint64_t came, uint64_t saw)
{
	rx += came;
	seen += saw;
	return wire_count(&w, rx, seen);
}

/* an interface that has seen much already */
static int setup(void **state)
{
	(void)state;
	w = (struct wire){ 0 };
	rx = 1000000;
	seen = 900000;
	assert_int_equal(look(0, 0), 0);
	return 0;
}

static void what_came_before_the_first_look_is_not_held_against_it(void **state)
{
	(void)state;
	assert_int_equal(look(10, 10), 1);
	assert_int_equal(w.unseen_total, 0);
}

static void silence_proves_nothing(void **state)
{
	(void)state;
	assert_int_equal(look(0, 0), 0);
	assert_int_equal(look(3, 0), 0); /* may be on their way */
}

static void packets_that_nobody_sees_are_noticed_at_once(void **state)
{
	(void)state;
	assert_int_equal(look(100, 100), 1);
	assert_int_equal(look(8, 0), -1);
	assert_int_equal(w.unseen_total, 8);
	assert_int_equal(look(5, 5), 1);
}

static void a_trickle_that_nobody_sees_adds_up(void **state)
{
	(void)state;
	for (int i = 0; i < 7; i++)
		assert_int_equal(look(1, 0), 0);
	assert_int_equal(look(1, 0), -1);
}

static void more_unseen_than_seen_is_noticed(void **state)
{
	int r = 0;

	(void)state;
	for (int i = 0; i < 4 && r >= 0; i++)
		r = look(2000, 500);
	assert_int_equal(r, -1);
}

static void a_driver_whose_counter_comes_late_is_believed(void **state)
{
	(void)state;
	assert_int_equal(look(0, 5000), 1);
	assert_int_equal(look(5000, 6000), 1);
	assert_int_equal(look(6000, 0), 0); /* the traffic has stopped; its count arrives now */
	assert_int_equal(look(0, 0), 0);
}

static void what_was_owed_long_ago_is_not_set_off(void **state)
{
	(void)state;
	assert_int_equal(look(0, 5000), 1); /* a driver that does not count what is dropped */
	for (int i = 0; i < WIRE_LAG; i++)
		assert_int_equal(look(0, 0), 0);
	assert_int_equal(look(8, 0), -1);
}

static void a_frame_here_and_there_is_no_alarm(void **state)
{
	(void)state;
	for (int i = 0; i < 5000; i++)
		assert_int_equal(look(101, 100), 1);
	assert_int_equal(w.unseen_total, 5000);
}

static void counters_that_begin_anew_are_a_new_base(void **state)
{
	(void)state;
	rx = 3;
	assert_int_equal(look(0, 0), 0);
	assert_int_equal(look(4, 4), 1);
	wire_rebase(&w);
	rx += 5000;
	assert_int_equal(look(0, 0), 0);
}

static void a_minute_has_sixty_seconds(void **state)
{
	(void)state;
	assert_int_equal(wire_seconds(UINT64_MAX), 60);
	assert_int_equal(wire_seconds(5), 2);
	assert_int_equal(wire_seconds(1ULL << 60), 0);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup(t, setup)
	const struct CMUnitTest tests[] = {
		T(what_came_before_the_first_look_is_not_held_against_it),
		T(silence_proves_nothing),
		T(packets_that_nobody_sees_are_noticed_at_once),
		T(a_trickle_that_nobody_sees_adds_up),
		T(more_unseen_than_seen_is_noticed),
		T(a_driver_whose_counter_comes_late_is_believed),
		T(what_was_owed_long_ago_is_not_set_off),
		T(a_frame_here_and_there_is_no_alarm),
		T(counters_that_begin_anew_are_a_new_base),
		T(a_minute_has_sixty_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
