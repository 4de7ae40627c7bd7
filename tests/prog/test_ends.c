// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rules between $HOME_NET and the outside concern no packet between two hosts
 * of one side; what needs a long payload is not looked for in a short one. The
 * programs with images of the real builder, flows known and new.
 */
#include <stdio.h>

#include "harness/walk.h"

#define IN "10.0.0.2"
#define IN_TOO "192.168.7.1"
#define OUT "192.0.2.1"
#define OUT_TOO "198.51.100.9"
#define IN6 "fd00::2"
#define OUT6 "2001:db8::1"

static int setup(void **state)
{
	*state = walk_new(NULL);
	return 0;
}

static int teardown(void **state)
{
	walk_free(*state);
	return 0;
}

/* does a datagram of a new flow, or of one that is known, go up? */
static bool goes_up(struct walk *w, const char *src, const char *dst, uint16_t sport)
{
	struct pkt_spec s = walk_udp(9999, "--Qx9KZvB--", 11);

	s.src = src;
	s.dst = dst;
	s.sport = sport;
	walk_up(w, &s);
	return walk_because(w, CORDON_REASON_LITERAL);
}

static bool answer_goes_up(struct walk *w, const char *src, const char *dst, uint16_t sport)
{
	struct pkt_spec s = walk_udp(9999, "--Qx9KZvB--", 11), back = s;

	back.src = dst;
	back.dst = src;
	back.sport = 9999;
	back.dport = sport;
	memcpy(back.dmac, s.smac, 6);
	memcpy(back.smac, s.dmac, 6);
	walk_down(w, &back);
	return walk_because(w, CORDON_REASON_LITERAL);
}

static void a_rule_from_inside_to_outside_concerns_those_packets_alone(void **state)
{
	struct walk *w = *state;

	walk_rules(w, "alert udp $HOME_NET any -> $EXTERNAL_NET any (content:\"Qx9KZvB\"; sid:1;)\n");
	for (int again = 0; again < 2; again++) {
		assert_true(goes_up(w, IN, OUT, 1001));
		assert_false(answer_goes_up(w, IN, OUT, 1001));
		assert_false(goes_up(w, IN, IN_TOO, 1002));
		assert_false(answer_goes_up(w, IN, IN_TOO, 1002));
		assert_false(goes_up(w, OUT, OUT_TOO, 1003));
		assert_false(goes_up(w, OUT, IN, 1004));
		assert_true(answer_goes_up(w, OUT, IN, 1004));
	}
}

static void addresses_of_both_families_are_told_apart(void **state)
{
	struct walk *w = *state;

	walk_rules(w, "alert udp fd00::/8 any -> !fd00::/8 any (content:\"Qx9KZvB\"; sid:1;)\n");
	assert_true(goes_up(w, IN6, OUT6, 1001));
	assert_false(goes_up(w, OUT6, IN6, 1002));
	assert_false(goes_up(w, IN, OUT, 1003));
}

static void without_a_record_each_packet_is_judged_by_its_addresses(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_tcp(999, NULL, 0);

	walk_rules(w, "alert tcp $HOME_NET any -> $EXTERNAL_NET any (flags:S; sid:1;)\n");
	s.flags = 0x02;
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_ALWAYS);
	s.dst = IN_TOO;
	walk_up(w, &s);
	assert_not_because(w, CORDON_REASON_ALWAYS);
	s.src = OUT;
	walk_up(w, &s);
	assert_not_because(w, CORDON_REASON_ALWAYS);
}

/* what a flow's record says of its ends is of one image, and holds no longer than that */
static void other_networks_are_true_of_flows_that_are_known(void **state)
{
	struct walk *w = *state;

	walk_rules(w, "alert udp 10.0.0.0/8 any -> !10.0.0.0/8 any (content:\"Qx9KZvB\"; sid:1;)\n");
	assert_true(goes_up(w, IN, OUT, 1001));
	assert_true(goes_up(w, IN, IN_TOO, 1002));
	walk_rules(w, "alert udp [10.0.0.0/8,192.168.0.0/16] any -> ![10.0.0.0/8,192.168.0.0/16] any (content:\"Qx9KZvB\"; sid:1;)\n");
	assert_true(goes_up(w, IN, OUT, 1001));
	assert_false(goes_up(w, IN, IN_TOO, 1002));
	walk_rules(w, "alert udp 192.0.2.0/24 any -> any any (content:\"Qx9KZvB\"; sid:1;)\n");
	assert_false(goes_up(w, IN, OUT, 1001));
	assert_true(answer_goes_up(w, IN, OUT, 1001));
}

static void streams_are_followed_where_the_rule_can_fire(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s;

	walk_rules(w, "alert tcp $EXTERNAL_NET any -> $HOME_NET any (content:\"Qx\"; sid:1;)\n"
		      "alert tcp $EXTERNAL_NET any -> $HOME_NET any (content:\"Qx9KZvBw\"; sid:2;)\n");
	walk_handshake(w, 1000, 5000);
	s = walk_tcp(1000, "Qx9KZvBw", 8);
	walk_up(w, &s);
	assert_null(walk_pkt(w));
	s = walk_reply(5000, "Qx9KZvBw", 8);
	walk_down(w, &s);
	assert_because(w, CORDON_REASON_LITERAL);
	assert_because(w, CORDON_REASON_ALWAYS);
}

static void payloads_shorter_or_longer_than_a_rule_can_fit_stay(void **state)
{
	static uint8_t p[300];
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(53, p, sizeof(p));

	memset(p, '.', sizeof(p));
	memcpy(p, "Qx9KZvB", 7);
	walk_rules(w, "alert udp any any -> any 53 (content:\"Qx9KZvB\"; isdataat:200; sid:1;)\n"
		      "alert udp any any -> any 54 (content:\"Qx9KZvB\"; dsize:<200; sid:2;)\n");
	for (s.len = 199; s.len <= 201; s.len++) {
		s.dport = 53;
		walk_up(w, &s);
		assert_int_equal(walk_because(w, CORDON_REASON_LITERAL), s.len >= 200);
		s.dport = 54;
		walk_up(w, &s);
		assert_int_equal(walk_because(w, CORDON_REASON_LITERAL), s.len < 200);
	}
}

/* a stream rule without literal: its direction goes up; that the flow ends does while user space has not said that it waits for nothing */
static void the_end_of_a_followed_flow_goes_up_while_somebody_waits(void **state)
{
	struct walk *w = *state;

	walk_rules(w, "alert tcp any any -> any 80 (flow:to_server; content:\"Qx\"; sid:1;)\n");
	for (int relax = 0; relax < 2; relax++) {
		struct pkt_spec syn = walk_tcp(999, NULL, 0), s = walk_tcp(1000, "anything", 8), fin = walk_tcp(1008, NULL, 0);

		syn.flags = 0x02;
		fin.flags = 0x11;
		syn.sport = s.sport = fin.sport = (uint16_t)(30001 + relax);
		walk_up(w, &syn);
		walk_up(w, &s);
		assert_because(w, CORDON_REASON_ALWAYS);
		assert_non_null(walk_pkt(w));
		if (relax)
			kern_flow_relax(w->k, walk_pkt(w)->facts.flow_id, walk_pkt(w)->facts.flow_slot,
					walk_pkt(w)->facts.triggers);
		walk_up(w, &fin);
		assert_int_equal(walk_pkt(w) != NULL, !relax);
	}
}

/* more pairs of ports than there are groups: a rule of one that shares its group is looked for at its own port */
static void a_port_that_shares_its_group_is_told_from_the_others(void **state)
{
	static char text[64 * 1024];
	struct walk *w = *state;
	size_t n = 0;

	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "alert udp any any -> any %d (content:\"%08x\"; sid:%d;)\n", 1000 + i,
				      (unsigned int)(i + 1) * 2654435761u, i + 1);
	walk_rules(w, text);
	for (int i = 0; i < 300; i += 23) {
		char p[9];
		struct pkt_spec s = walk_udp((uint16_t)(1000 + i), p, 8);

		snprintf(p, sizeof(p), "%08x", (unsigned int)(i + 1) * 2654435761u);
		walk_up(w, &s);
		assert_because(w, CORDON_REASON_LITERAL);
		s.dport = (uint16_t)(1000 + (i + 1) % 300);
		walk_up(w, &s);
		assert_not_because(w, CORDON_REASON_LITERAL);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_rule_from_inside_to_outside_concerns_those_packets_alone),
		T(addresses_of_both_families_are_told_apart),
		T(without_a_record_each_packet_is_judged_by_its_addresses),
		T(other_networks_are_true_of_flows_that_are_known),
		T(streams_are_followed_where_the_rule_can_fire),
		T(payloads_shorter_or_longer_than_a_rule_can_fit_stay),
		T(the_end_of_a_followed_flow_goes_up_while_somebody_waits),
		T(a_port_that_shares_its_group_is_told_from_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
