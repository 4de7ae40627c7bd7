// SPDX-License-Identifier: BSD-2-Clause
/* What packets that went up cost is shared out over the rules they went up for. */
#include "unit/unit.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "harness/rules.h"

static struct cordon_facts outwards(void)
{
	struct cordon_facts f = { .flow_id = 1, .proto = 17, .sport = htons(4000), .dport = htons(9), .flow_flags = CORDON_FLOW_ESTABLISHED };

	f.saddr[15] = 1;
	f.daddr[15] = 2;
	return f;
}

/* the window that the kernel looks for on behalf of the only rule */
static uint64_t window_of(const struct rule_bench *b)
{
	struct cordon_prefilter *pf = malloc(sizeof(*pf));
	uint64_t v = 0;

	assert_non_null(pf);
	assert_int_equal(match_prefilter(b->eng, 1, pf), 0);
	for (size_t i = 0; i < CORDON_PF_ENTRIES && !v; i++)
		v = pf->entries[i].val;
	free(pf);
	assert_true(v != 0);
	return v;
}

static struct match_profile cost(const struct rule_bench *b, uint32_t index)
{
	struct match_profile c;

	match_profile_get(b->eng, index, &c);
	return c;
}

static void look(struct rule_bench *b, const char *payload, int times)
{
	struct cordon_facts f = outwards();

	for (int i = 0; i < times; i++)
		bench_packet(b, &f, 0, payload, strlen(payload));
}

static void a_rule_alone_is_charged_all(void **state)
{
	struct rule_bench *b = bench_new("alert udp any any -> any any (content:\"needle-1\"; sid:1;)");
	uint64_t window = window_of(b);

	(void)state;
	match_profile_sent(b->eng, SENT_LITERAL, window, 100, 700);
	match_profile_sent(b->eng, SENT_LITERAL, window, 50, 300);
	assert_int_equal(cost(b, 0).sent, 2);
	assert_int_equal(cost(b, 0).sent_bytes, 150);
	assert_int_equal(cost(b, 0).shared_by, 1);
	assert_int_equal(cost(b, 0).kernel_ns, 1000);
	bench_done(b);
}

static void what_was_not_timed_is_estimated(void **state)
{
	struct rule_bench *b = bench_new("alert udp any any -> any any (content:\"needle-1\"; sid:1;)");
	uint64_t window = window_of(b);

	(void)state;
	match_profile_sent(b->eng, SENT_LITERAL, window, 100, 500);
	for (int i = 0; i < 63; i++)
		match_profile_sent(b->eng, SENT_LITERAL, window, 100, 0);
	assert_int_equal(cost(b, 0).kernel_ns, 64 * 500);
	bench_done(b);
}

static void rules_that_the_kernel_cannot_tell_apart_share_by_how_often_they_were_looked_at(void **state)
{
	struct rule_bench *b = bench_new("alert udp any any -> any any (dsize:>3; content:!\"b\"; sid:1;)\n"
					 "alert udp any any -> any 9 (dsize:<3; content:!\"b\"; sid:2;)\n"
					 "alert udp any any -> any 10 (dsize:<3; content:!\"b\"; sid:3;)");
	uint64_t all = 0, candidates = 0;

	(void)state;
	look(b, "aaaa", 6);
	for (int i = 0; i < 6; i++)
		match_profile_sent(b->eng, SENT_ALWAYS, 0, 60, 1000);
	for (uint32_t i = 0; i < 3; i++)
		candidates += cost(b, i).candidates;
	assert_true(candidates > 0);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(cost(b, i).shared_by, 3);
		assert_int_equal(cost(b, i).sent, 6);
		assert_int_equal(cost(b, i).kernel_ns, 6000 * cost(b, i).candidates / candidates);
		all += cost(b, i).kernel_ns;
	}
	assert_in_range(all, 5998, 6000);
	bench_done(b);
}

static void before_any_is_looked_at_they_share_alike(void **state)
{
	struct rule_bench *b = bench_new("alert udp any any -> any any (content:!\"b\"; sid:1;)\n"
					 "alert udp any any -> any any (content:!\"c\"; sid:2;)");

	(void)state;
	match_profile_sent(b->eng, SENT_ALWAYS, 0, 60, 1000);
	assert_int_equal(cost(b, 0).kernel_ns, 500);
	assert_int_equal(cost(b, 1).kernel_ns, 500);
	bench_done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_alone_is_charged_all),
		cmocka_unit_test(what_was_not_timed_is_estimated),
		cmocka_unit_test(rules_that_the_kernel_cannot_tell_apart_share_by_how_often_they_were_looked_at),
		cmocka_unit_test(before_any_is_looked_at_they_share_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
