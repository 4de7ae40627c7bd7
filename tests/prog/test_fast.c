// SPDX-License-Identifier: BSD-2-Clause
/* fast(): the shortest way through the walk may hide nothing that the stages would say of the same packet. */
#include "harness/walk.h"

#define RULE "alert tcp any any -> any any (msg:\"r\"; content:\"EvilMarker\"; sid:1;)\n"
#define ACK_RULE RULE "alert tcp any any -> any any (msg:\"a\"; flags:A; sid:2;)\n"
#define DEPTH 4096

static int setup(void **state)
{
	struct kern_opts o = walk_opts();
	struct walk *w;

	o.config.depth = DEPTH;
	w = walk_new(&o);
	walk_rules(w, RULE);
	walk_handshake(w, 1000, 5000);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	walk_free(*state);
	return 0;
}

static void up(struct walk *w, uint32_t seq, size_t n)
{
	static const uint8_t bytes[2048];
	struct pkt_spec s = walk_tcp(seq, bytes, n);

	walk_up(w, &s);
}

static void begin(struct walk *w)
{
	struct pkt_spec s = walk_tcp(1000, "hello there", 11);

	walk_up(w, &s);
}

/* in both directions past the depth */
static uint32_t run_past_depth(struct walk *w)
{
	uint32_t seq = 1011;

	begin(w);
	while (seq < 1000 + DEPTH + 2000) {
		up(w, seq, 1000);
		assert_int_equal(w->dropped, 0);
		seq += 1000;
	}
	return seq;
}

static void pure_ack_passes_and_is_counted(void **state)
{
	struct walk *w = *state;

	begin(w);
	up(w, 1011, 0);
	assert_false(w->dropped);
	assert_int_equal(w->records, 0);
	assert_int_equal(walk_count(w, CORDON_COUNTER_PACKETS), 1);
	assert_int_equal(walk_count(w, CORDON_COUNTER_PASSED), 1);
	assert_true(walk_count(w, CORDON_COUNTER_BYTES) >= 54);
}

static void pure_ack_of_a_device_denied_since_is_dropped(void **state)
{
	static const uint8_t camera[6] = { 2, 0, 0, 0, 0, 2 };
	struct cordon_deny_key k = { .kind = CORDON_DENY_MAC, .zone = WALK_ZONE };
	struct cordon_deny d = { .until_ns = ~0ULL, .level = CORDON_LEVEL_CUT };
	struct walk *w = *state;

	begin(w);
	memcpy(k.value, camera, 6);
	assert_int_equal(kern_deny_put(w->k, &k, &d), 0);
	up(w, 1011, 0);
	assert_true(w->dropped);
	assert_int_equal(kern_deny_del(w->k, &k), 0);
	up(w, 1011, 0);
	assert_false(w->dropped);
}

static void pure_ack_of_a_flow_denied_since_is_dropped(void **state)
{
	struct cordon_deny_key k = { .kind = CORDON_DENY_FLOW, .zone = WALK_ZONE };
	struct cordon_deny d = { .until_ns = ~0ULL, .level = CORDON_LEVEL_CUT };
	struct walk *w = *state;
	uint64_t id;

	begin(w);
	id = walk_first(w)->facts.flow_id;
	memcpy(k.value, &id, 8);
	assert_int_equal(kern_deny_put(w->k, &k, &d), 0);
	up(w, 1011, 0);
	assert_true(w->dropped);
}

static void pure_ack_goes_up_for_a_rule_on_it_from_its_load_to_its_end(void **state)
{
	struct walk *w = *state;

	begin(w);
	walk_rules(w, ACK_RULE);
	up(w, 1011, 0);
	assert_because(w, CORDON_REASON_ALWAYS);
	assert_non_null(walk_pkt(w));
	walk_rules(w, RULE);
	up(w, 1011, 0);
	assert_not_because(w, CORDON_REASON_ALWAYS);
}

static void pure_ack_tells_that_an_end_was_listed_since(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_tcp(1, "hello there", 11);

	s.dst = "198.18.7.1";
	walk_up(w, &s);
	s.seq += 11;
	s.len = 0;
	walk_up(w, &s);
	assert_not_because(w, CORDON_REASON_THREAT_ADDR);
	walk_feed(w, "plain", "198.18.7.1\n", CORDON_ACTION_DROP, false);
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_THREAT_ADDR);
	assert_true(w->dropped);
	walk_up(w, &s);
	assert_true(w->dropped);
}

static void past_the_depth_old_bytes_still_go_up(void **state)
{
	struct walk *w = *state;
	uint32_t seq = run_past_depth(w);

	up(w, seq, 1000);
	assert_int_equal(w->records, 0);
	assert_int_equal(walk_count(w, CORDON_COUNTER_PASSED), 1);
	up(w, 1500, 100);
	assert_because(w, CORDON_REASON_OLD);
	assert_non_null(walk_pkt(w));
}

/* the record's positions, with and without the shortest way, must be the same: a gap shows them */
static void cleared_flow_keeps_its_place(void **state)
{
	struct walk *w = *state;

	begin(w);
	kern_flow_clear(w->k, walk_first(w)->facts.flow_id, walk_first(w)->facts.flow_slot);
	up(w, 1011, 100);
	up(w, 1111, 100);
	assert_int_equal(w->records, 0);
	up(w, 1211 + 1, 100);
	assert_because(w, CORDON_REASON_GAP);
	up(w, 1211, 1);
	assert_because(w, CORDON_REASON_OLD);
}

static void cleared_flow_reaches_its_depth(void **state)
{
	struct walk *w = *state;
	unsigned int depth = 0;

	begin(w);
	kern_flow_clear(w->k, walk_first(w)->facts.flow_id, walk_first(w)->facts.flow_slot);
	for (uint32_t seq = 1011; seq < 1011 + DEPTH; seq += 512) {
		up(w, seq, 512);
		depth += walk_because(w, CORDON_REASON_DEPTH);
	}
	assert_int_equal(depth, 1);
}

static void flow_kept_busy_this_way_does_not_grow_old(void **state)
{
	struct walk *w = *state;
	const struct cordon_flow *f;
	uint64_t t = 2000000000ULL * 1000000;

	walk_time(w, t);
	begin(w);
	f = kern_flow(w->k, walk_first(w)->facts.flow_slot);
	kern_flow_clear(w->k, walk_first(w)->facts.flow_id, walk_first(w)->facts.flow_slot);
	for (uint32_t i = 0; i < 30; i++) {
		walk_time(w, t += 400000000);
		up(w, 1011 + i * 64, 64);
	}
	assert_true(f->last_ns + 2000000000ULL > t);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(pure_ack_passes_and_is_counted),
		T(pure_ack_of_a_device_denied_since_is_dropped),
		T(pure_ack_of_a_flow_denied_since_is_dropped),
		T(pure_ack_goes_up_for_a_rule_on_it_from_its_load_to_its_end),
		T(pure_ack_tells_that_an_end_was_listed_since),
		T(past_the_depth_old_bytes_still_go_up),
		T(cleared_flow_keeps_its_place),
		T(cleared_flow_reaches_its_depth),
		T(flow_kept_busy_this_way_does_not_grow_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
