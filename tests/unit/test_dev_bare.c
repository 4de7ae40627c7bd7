/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets without data: who acknowledges what he is sent is told from who floods. */
#include "unit/unit.h"

#include "dev/bare.h"

#define SECOND 1000000000ULL
#define WINDOW (10 * SECOND)

/* @seconds of @acks and @bytes each second, looked at every two; the most that was ever unasked */
static uint64_t run(struct bare *b, uint64_t *count, uint64_t *now, unsigned int seconds, uint32_t acks, uint64_t bytes, int bytes_first)
{
	uint64_t most = 0, n;

	for (unsigned int s = 0; s < seconds; s += 2) {
		*now += 2 * SECOND;
		*count += 2 * acks;
		if (bytes_first)
			bare_received(b, 2 * bytes);
		n = bare_look(b, *count, WINDOW, *now);
		if (!bytes_first)
			bare_received(b, 2 * bytes);
		most = n > most ? n : most;
	}
	return most;
}

static void receiver_that_acknowledges_every_packet_is_no_flood(void **state)
{
	(void)state;
	for (int first = 0; first < 2; first++) {
		struct bare b = { 0 };
		uint64_t now = 5 * SECOND;
		uint64_t count = 1000;

		/* a gigabit; then the smallest segments there are, each acknowledged */
		assert_int_equal(run(&b, &count, &now, 120, 82000, 125000000, first), 0);
		assert_int_equal(run(&b, &count, &now, 120, 100000, 100000 * 67, first), 0);
		/* and the end of the download leaves nothing */
		assert_in_range(run(&b, &count, &now, 60, 1, 0, first), 0, 20);
	}
}

static void flood_is_seen_within_a_window_and_is_over_after_one(void **state)
{
	struct bare b = { 0 };
	uint64_t now = 5 * SECOND;
	uint64_t count = 77;

	(void)state;
	assert_int_equal(run(&b, &count, &now, 20, 10, 2000, 0), 0);
	assert_in_range(run(&b, &count, &now, 12, 10000, 100, 0), 50000, 100000);
	run(&b, &count, &now, 12, 0, 100, 0);
	assert_in_range(run(&b, &count, &now, 2, 0, 100, 0), 0, 20000);
	run(&b, &count, &now, 40, 0, 100, 0);
	assert_in_range(run(&b, &count, &now, 2, 0, 100, 0), 0, 1000);
}

static void what_was_counted_before_the_first_look_or_a_new_count_is_nobodys(void **state)
{
	struct bare b = { 0 };

	(void)state;
	assert_int_equal(bare_look(&b, 4000000000, WINDOW, SECOND), 0);
	assert_int_equal(bare_look(&b, 4000000000, WINDOW, 3 * SECOND), 0);
	assert_int_equal(bare_look(&b, 64, WINDOW, 5 * SECOND), 0); /* the kernel forgot the device, and counts anew */
	assert_int_equal(bare_look(&b, 64, WINDOW, 7 * SECOND), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(receiver_that_acknowledges_every_packet_is_no_flood),
		cmocka_unit_test(flood_is_seen_within_a_window_and_is_over_after_one),
		cmocka_unit_test(what_was_counted_before_the_first_look_or_a_new_count_is_nobodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
