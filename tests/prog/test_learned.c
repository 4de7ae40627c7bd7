// SPDX-License-Identifier: BSD-2-Clause
/*
 * Addresses that listed names led a device to, as the kernel judges them: at
 * the first packet, for that device, until the deadline; and which DNS answers
 * are sent up so that user space may learn.
 */
#include "harness/walk.h"

#include <errno.h>
#include <stdio.h>

#define S 1000000000ULL
#define FAR "198.18.5.5"

static int setup(void **state)
{
	struct walk *w = walk_new(NULL);

	*state = w;
	walk_feed(w, "plain", "evil.example\n", CORDON_ACTION_DROP, false);
	walk_time(w, 1000 * S);
	return 0;
}

static int teardown(void **state)
{
	walk_free(*state);
	return 0;
}

/* the device of walk_tcp(), and FAR */
static struct cordon_learned_key key_of_camera(void)
{
	return (struct cordon_learned_key){ .device = { .zone = WALK_ZONE, .mac = { 2, 0, 0, 0, 0, 2 } },
					    .addr = { [10] = 0xff, 0xff, 198, 18, 5, 5 } };
}

static void learn(struct walk *w, const struct cordon_learned_key *key, uint8_t action, uint64_t until_ns)
{
	struct cordon_learned v = { .until_ns = until_ns, .action = action };

	snprintf((char *)v.name, sizeof(v.name), "evil.example");
	assert_int_equal(kern_learned_put(w->k, key, &v), 0);
}

static void camera_learns(struct walk *w, uint8_t action, uint64_t until_ns)
{
	struct cordon_learned_key key = key_of_camera();

	learn(w, &key, action, until_ns);
}

static void syn(struct walk *w, const char *dst, uint8_t device)
{
	struct pkt_spec s = walk_tcp(1, NULL, 0);

	s.dst = dst;
	s.flags = 0x02;
	s.smac[5] = device;
	walk_up(w, &s);
}

static void udp(struct walk *w)
{
	struct pkt_spec s = walk_udp(9999, "x", 1);

	s.dst = FAR;
	walk_up(w, &s);
}

static void first_packet_is_dropped_of_that_device_alone(void **state)
{
	struct walk *w = *state;

	syn(w, FAR, 2);
	assert_false(w->dropped);
	camera_learns(w, CORDON_ACTION_DROP, 1100 * S);
	syn(w, FAR, 2);
	assert_true(w->dropped);
	assert_because(w, CORDON_REASON_THREAT_LEARNED);
	assert_non_null(walk_pkt(w));
	assert_int_equal(walk_pkt(w)->led, 1);
	assert_int_equal(walk_pkt(w)->verdict, 1);
	syn(w, FAR, 3);
	assert_false(w->dropped);
	assert_not_because(w, CORDON_REASON_THREAT_LEARNED);
	syn(w, "198.18.5.6", 2);
	assert_false(w->dropped);
}

/* what the device had open before the name led there ends within a second or so, in both directions */
static void a_flow_that_was_there_before_is_met_too(void **state)
{
	struct cordon_learned_key key = key_of_camera();
	struct walk *w = *state;
	struct pkt_spec up = walk_tcp(1000, "x", 1), down = walk_reply(5000, "y", 1);

	memcpy(key.addr + 12, (uint8_t[]){ 192, 0, 2, 1 }, 4);
	walk_handshake(w, 1000, 5000);
	walk_up(w, &up);
	assert_false(w->dropped);
	learn(w, &key, CORDON_ACTION_DROP, 1100 * S);
	walk_time(w, 1003 * S);
	up.seq++;
	walk_up(w, &up);
	assert_true(w->dropped);
	assert_because(w, CORDON_REASON_THREAT_LEARNED);
	assert_int_equal(walk_pkt(w)->led, 1);
	walk_down(w, &down);
	assert_true(w->dropped);
}

/* ... as is one of datagrams of which only answers come */
static void datagrams_that_were_there_before_are_met_too(void **state)
{
	struct pkt_spec up = walk_udp(9999, "x", 1), down = walk_reply(1, "y", 1);
	struct walk *w = *state;

	up.dst = down.src = FAR;
	down.proto = IPPROTO_UDP;
	down.sport = 9999;
	walk_up(w, &up);
	assert_false(w->dropped);
	camera_learns(w, CORDON_ACTION_DROP, 1100 * S);
	walk_time(w, 1003 * S);
	walk_down(w, &down);
	assert_true(w->dropped);
	assert_because(w, CORDON_REASON_THREAT_LEARNED);
}

static void nothing_is_dropped_behind_the_deadline(void **state)
{
	struct walk *w = *state;

	camera_learns(w, CORDON_ACTION_DROP, 1100 * S);
	udp(w);
	assert_true(w->dropped);
	walk_time(w, 1100 * S - 1);
	udp(w);
	assert_true(w->dropped);
	walk_time(w, 1100 * S);
	udp(w); /* the same flow, and nobody has told the kernel anything */
	assert_false(w->dropped);
	assert_not_because(w, CORDON_REASON_THREAT_LEARNED);
}

static void it_is_told_once_a_flow_and_passed_when_it_only_alerts(void **state)
{
	struct walk *w = *state;

	camera_learns(w, CORDON_ACTION_ALERT, 1100 * S);
	udp(w);
	assert_false(w->dropped);
	assert_int_equal(walk_pkt(w)->led, 1);
	assert_true(walk_pkt(w)->facts.flow_flags & CORDON_FLOW_LED);
	udp(w);
	assert_false(w->dropped);
	assert_null(walk_pkt(w));
	assert_not_because(w, CORDON_REASON_THREAT_LEARNED);
}

/* a clean question takes the short way, but not in a flow that must be asked about */
static void question_to_a_learned_address_is_judged_each_time(void **state)
{
	static const char question[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\5clean\7example\0\0\1\0\1";
	struct pkt_spec s = walk_udp(53, question, sizeof(question) - 1);
	struct walk *w = *state;

	camera_learns(w, CORDON_ACTION_ALERT, 1100 * S);
	s.dst = FAR;
	for (int i = 0; i < 3; i++) {
		walk_up(w, &s);
		assert_false(w->dropped);
	}
	camera_learns(w, CORDON_ACTION_DROP, 1100 * S); /* its feed was promoted */
	walk_up(w, &s);
	assert_true(w->dropped);
}

static void observe_drops_nothing(void **state)
{
	struct walk *w = *state;

	camera_learns(w, CORDON_ACTION_QUARANTINE, 1100 * S);
	walk_mode(w, CORDON_ROLE_DEVICE, CORDON_MODE_OBSERVE);
	udp(w);
	assert_false(w->dropped);
	assert_int_equal(walk_count(w, CORDON_COUNTER_WOULD_DROP), 1);
	camera_learns(w, CORDON_ACTION_OBSERVE, 1100 * S); /* the feed is in observe */
	walk_mode(w, CORDON_ROLE_DEVICE, CORDON_MODE_REACT);
	syn(w, FAR, 2);
	assert_false(w->dropped);
	assert_because(w, CORDON_REASON_THREAT_LEARNED);
}

static void what_comes_from_there_is_dropped_on_the_way_to_the_device(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_reply(1, "x", 1);

	camera_learns(w, CORDON_ACTION_DROP, 1100 * S);
	s.proto = IPPROTO_UDP;
	s.src = FAR;
	walk_down(w, &s);
	assert_true(w->dropped);
	assert_because(w, CORDON_REASON_THREAT_LEARNED);
}

/* RFC 6052 2.1 */
static void it_is_found_behind_nat64(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(9999, "x", 1);

	camera_learns(w, CORDON_ACTION_DROP, 1100 * S);
	s.src = "fd00::2";
	s.dst = "64:ff9b::198.18.5.5";
	walk_up(w, &s);
	assert_true(w->dropped);
}

/* user space knows who is behind a router by its address; the MAC is the router's */
static void device_behind_a_router_is_known_by_its_address(void **state)
{
	struct cordon_learned_key key = key_of_camera();
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(9998, "x", 1);

	memset(key.device.mac, 0, sizeof(key.device.mac));
	memcpy(key.device.addr, (uint8_t[16]){ [10] = 0xff, 0xff, 10, 0, 0, 2 }, 16);
	learn(w, &key, CORDON_ACTION_DROP, 1100 * S);
	udp(w);
	assert_true(w->dropped);
	s.src = "10.0.0.3"; /* of the same MAC */
	s.dst = FAR;
	walk_up(w, &s);
	assert_false(w->dropped);
}

static void guarded_end_is_not_dropped(void **state)
{
	struct cordon_guard_key k = { .prefixlen = 144, .kind = CORDON_DENY_ADDR, .value = { [10] = 0xff, 0xff, 198, 18, 5, 5 } };
	struct cordon_guard g = { .until_ns = ~0ULL };
	struct walk *w = *state;

	camera_learns(w, CORDON_ACTION_DROP, 1100 * S);
	assert_int_equal(kern_guard_put(w->k, &k, &g), 0);
	udp(w);
	assert_false(w->dropped);
	assert_because(w, CORDON_REASON_GUARD);
}

static int count_one(const struct cordon_learned_key *key, const struct cordon_learned *val, void *ctx)
{
	assert_string_equal((const char *)val->name, "evil.example");
	++*(uint32_t *)ctx;
	return key->addr[10] != 0xff;
}

static void count_of_entries_is_what_the_map_holds(void **state)
{
	struct cordon_learned_key key = key_of_camera();
	struct walk *w = *state;
	uint32_t n = 0;

	camera_learns(w, CORDON_ACTION_DROP, 1100 * S);
	camera_learns(w, CORDON_ACTION_ALERT, 1200 * S);
	assert_int_equal(kern_state(w->k)->learned, 1);
	assert_int_equal(kern_learned_each(w->k, count_one, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(kern_learned_del(w->k, &key), 0);
	assert_int_equal(kern_learned_del(w->k, &key), -ENOENT);
	assert_int_equal(kern_state(w->k)->learned, 0);
	udp(w);
	assert_false(w->dropped);
}

static void full_map_refuses_and_keeps_what_it_has(void **state)
{
	struct cordon_learned_key key = key_of_camera();
	struct cordon_learned v = { .until_ns = 1100 * S, .action = CORDON_ACTION_DROP };
	struct walk *w = *state;
	uint32_t n = 0;
	int r = 0;

	camera_learns(w, CORDON_ACTION_DROP, 1100 * S);
	key.device.zone++;
	for (uint32_t i = 0; !r && i < 2 * CORDON_LEARNED_MAX; i++) {
		memcpy(key.addr + 12, &i, sizeof(i));
		snprintf((char *)v.name, sizeof(v.name), "evil.example");
		r = kern_learned_put(w->k, &key, &v);
	}
	assert_int_equal(r, -E2BIG);
	assert_int_equal(kern_learned_each(w->k, count_one, &n), 0);
	assert_int_equal(n, CORDON_LEARNED_MAX);
	assert_int_equal(kern_state(w->k)->learned, n);
	udp(w);
	assert_true(w->dropped);
	assert_int_equal(kern_reset(w->k), 0);
	assert_int_equal(kern_state(w->k)->learned, 0);
}

/* --- answers --- */

#define NAME "\4shop\7example"
#define ASKED "\0\0\1\0\1"
#define RR(owner, type, len) owner "\0" type "\0\1\0\0\0\74\0" len
#define A(owner) RR(owner, "\1", "\4") "\306\22\5\5"

/* a question to the resolver, and this answer to it; was the answer sent up? */
static bool goes_up(struct walk *w, const char *answers, size_t len, uint8_t count)
{
	static const char question[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0" NAME ASKED;
	static uint16_t port = 20000;
	struct pkt_spec q = walk_udp(53, question, sizeof(question) - 1), r = walk_reply(1, NULL, 0);
	uint8_t p[1500];
	size_t n = sizeof(question) - 1;

	memcpy(p, question, n);
	p[2] |= 0x80;
	p[7] = count;
	memcpy(p + n, answers, len);
	q.sport = r.dport = ++port;
	walk_up(w, &q);
	r.proto = IPPROTO_UDP;
	r.sport = 53;
	r.payload = p;
	r.len = n + len;
	walk_down(w, &r);
	assert_false(w->dropped);
	assert_int_equal(!!walk_pkt(w), walk_because(w, CORDON_REASON_ANSWER_CHAIN));
	return walk_pkt(w);
}
#define UP(w, answers, count) goes_up(w, answers, sizeof(answers) - 1, count)

static void answer_that_leads_to_another_name_goes_up(void **state)
{
	struct walk *w = *state;

	assert_false(UP(w, "", 0)); /* no such name */
	assert_false(UP(w, A("\xc0\x0c"), 1));
	assert_false(UP(w, A("\xc0\x0c") A("\xc0\x0c") A(NAME "\0"), 3));
	assert_true(UP(w, RR("\xc0\x0c", "\5", "\6") "\3cdn\xc0\x11" A("\xc0\x2a"), 2));
	assert_true(UP(w, A("\xc0\x2a") RR("\xc0\x0c", "\5", "\6") "\3cdn\xc0\x11", 2)); /* in any order */
	assert_true(UP(w, RR("\xc0\x0c", "\101", "\7") "\0\1\1x\1y\0", 1)); /* HTTPS */
	assert_true(UP(w, RR("\xc0\x0c", "\100", "\7") "\0\1\1x\1y\0", 1)); /* SVCB */
	assert_true(UP(w, RR("\xc0\x0c", "\47", "\4") "\1x\0", 1)); /* DNAME */
}

static void answer_that_does_not_read_goes_up(void **state)
{
	struct walk *w = *state;
	char many[33 * 16];

	assert_true(UP(w, A("\xc0\x0c"), 2)); /* one is missing */
	assert_true(UP(w, "\x50" A(""), 1)); /* no label is that long */
	for (size_t i = 0; i < 33; i++)
		memcpy(many + i * 16, A("\xc0\x0c"), 16);
	assert_false(goes_up(w, many, 32 * 16, 32));
	assert_true(goes_up(w, many, sizeof(many), 33));
}

static void answer_is_not_looked_at_while_no_name_is_listed(void **state)
{
	struct walk *w = *state;

	walk_feed(w, "plain", "198.18.7.1\n", CORDON_ACTION_DROP, false);
	assert_false(UP(w, RR("\xc0\x0c", "\5", "\6") "\3cdn\xc0\x11", 1));
}

/* nobody asked: the sender began it, so it is no answer, whatever it says */
static void answer_that_nobody_asked_for_stays_below(void **state)
{
	static const char p[] = "\x12\x34\x81\x80\0\1\0\1\0\0\0\0" NAME ASKED RR("\xc0\x0c", "\5", "\6") "\3cdn\xc0\x11";
	struct pkt_spec r = walk_reply(1, p, sizeof(p) - 1);
	struct walk *w = *state;

	r.proto = IPPROTO_UDP;
	r.sport = 53;
	r.dport = 19999;
	walk_down(w, &r);
	assert_not_because(w, CORDON_REASON_ANSWER_CHAIN);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(first_packet_is_dropped_of_that_device_alone),
		T(a_flow_that_was_there_before_is_met_too),
		T(datagrams_that_were_there_before_are_met_too),
		T(nothing_is_dropped_behind_the_deadline),
		T(it_is_told_once_a_flow_and_passed_when_it_only_alerts),
		T(question_to_a_learned_address_is_judged_each_time),
		T(observe_drops_nothing),
		T(what_comes_from_there_is_dropped_on_the_way_to_the_device),
		T(it_is_found_behind_nat64),
		T(device_behind_a_router_is_known_by_its_address),
		T(guarded_end_is_not_dropped),
		T(count_of_entries_is_what_the_map_holds),
		T(full_map_refuses_and_keeps_what_it_has),
		T(answer_that_leads_to_another_name_goes_up),
		T(answer_that_does_not_read_goes_up),
		T(answer_is_not_looked_at_while_no_name_is_listed),
		T(answer_that_nobody_asked_for_stays_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
