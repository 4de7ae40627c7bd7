// SPDX-License-Identifier: BSD-2-Clause
/* What a device sends, counted whichever way its packets take; the oracle is the length of the frames given. */
#include "harness/walk.h"

#include <stdio.h>

#define NOW (1000000000ULL * 1000000)
#define SECOND 1000000000ULL
#define DEPTH 4096

static int setup(void **state)
{
	struct kern_opts o = walk_opts();

	o.config.depth = DEPTH;
	*state = walk_new(&o);
	return 0;
}

static int teardown(void **state)
{
	walk_free(*state);
	return 0;
}

struct wanted {
	uint8_t last; /* byte of the MAC */
	struct cordon_device d;
};

static int take(const struct cordon_device_key *k, const struct cordon_device *v, void *ctx)
{
	struct wanted *w = ctx;

	if (k->mac[0] == 2 && k->mac[5] == w->last)
		w->d = *v;
	return 0;
}

static struct cordon_device device(struct walk *w, uint8_t last)
{
	struct wanted d = {.last = last};

	assert_int_equal(kern_device_each(w->k, take, &d), 0);
	return d.d;
}

static uint64_t sent(struct walk *w)
{
	return device(w, 2).sent_bytes;
}

/* gives the frame; its length, as it is on the wire */
static uint64_t up(struct walk *w, const struct pkt_spec *s)
{
	static uint8_t frame[PKT_FRAME_MAX];
	size_t n = pkt_build(s, frame);

	walk_frame(w, KERN_XDP, frame, n);
	assert_false(w->dropped);
	return n;
}

static uint64_t down(struct walk *w, const struct pkt_spec *s)
{
	static uint8_t frame[PKT_FRAME_MAX];
	size_t n = pkt_build(s, frame);

	walk_frame(w, KERN_TC, frame, n);
	assert_false(w->dropped);
	return n;
}

static uint64_t data(struct walk *w, uint32_t *seq, size_t n)
{
	static char bytes[1400];
	struct pkt_spec s = walk_tcp(*seq, bytes, n);

	*seq += (uint32_t)n;
	return up(w, &s);
}

/* the next second: what flows have kept goes to the device with their next packet */
static void next_second(struct walk *w, uint64_t *now)
{
	walk_time(w, *now += 2 * SECOND);
}

/* a frame is counted to 8 bytes; of these the sum is right to 5 % */
static void assert_about(uint64_t got, uint64_t want)
{
	assert_in_range(got, want - want / 20 - 16, want + want / 20 + 16);
}

static void flow_is_counted_on_its_long_and_on_its_short_way(void **state)
{
	struct walk *w = *state;
	uint64_t now = NOW, want = 0;
	uint32_t seq = 1000;

	walk_handshake(w, 1000, 5000);
	want = sent(w); /* of the handshake: the SYN, and an ACK before there is a record */
	assert_in_range(want, 100, 160);
	while (seq < 1000 + DEPTH) /* inspected */
		want += data(w, &seq, 700);
	for (unsigned int i = 0; i < 300; i++) /* past the depth */
		want += data(w, &seq, 100 + i);
	assert_int_equal(walk_count(w, CORDON_COUNTER_PASSED), 1);
	next_second(w, &now);
	want += data(w, &seq, 64);
	assert_about(sent(w), want);
	next_second(w, &now); /* and nothing twice */
	want += data(w, &seq, 64);
	assert_about(sent(w), want);
}

static void cleared_flow_is_counted(void **state)
{
	struct walk *w = *state;
	uint64_t now = NOW, want;
	uint32_t seq = 1000;

	walk_handshake(w, 1000, 5000);
	want = sent(w);
	want += data(w, &seq, 20);
	kern_flow_clear(w->k, walk_first(w)->facts.flow_id, walk_first(w)->facts.flow_slot);
	for (unsigned int i = 0; i < 30; i++)
		want += data(w, &seq, 100);
	next_second(w, &now);
	want += data(w, &seq, 100);
	assert_about(sent(w), want);
}

static void what_does_not_fit_into_a_second_is_not_lost(void **state)
{
	struct walk *w = *state;
	uint64_t now = NOW, want;
	uint32_t seq = 1000;

	walk_handshake(w, 1000, 5000);
	want = sent(w);
	for (unsigned int i = 0; i < 9000; i++) /* 13 MB; 1 MiB fits */
		want += data(w, &seq, 1400);
	assert_in_range(sent(w), want - (1 << 20) - want / 30, want);
	next_second(w, &now);
	want += data(w, &seq, 1400);
	assert_about(sent(w), want);
}

static void end_of_a_connection_does_not_wait_for_the_second(void **state)
{
	struct walk *w = *state;
	struct pkt_spec fin = walk_tcp(1000, "goodbye", 7);
	uint64_t want;
	uint32_t seq = 1000;

	walk_handshake(w, 1000, 5000);
	want = sent(w);
	want += data(w, &seq, 1000);
	want += data(w, &seq, 1000);
	fin.seq = seq;
	fin.flags = 0x19;
	want += up(w, &fin);
	assert_about(sent(w), want);
}

static void dns_question_is_counted(void **state)
{
	static const uint8_t q[] = "\1\1\1\0\0\1\0\0\0\0\0\0\20example-of-names\3com\0\0\1\0\1";
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(53, q, sizeof(q) - 1);
	uint64_t now = NOW, want = 0;

	for (unsigned int i = 0; i < 50; i++)
		want += up(w, &s);
	next_second(w, &now);
	want += up(w, &s);
	assert_about(sent(w), want);
	assert_in_range(device(w, 2).to_packets, 51, 51);
}

static void each_new_flow_is_counted_at_once(void **state)
{
	struct walk *w = *state;
	uint64_t want = 0;

	for (uint16_t port = 1; port < 400; port++) { /* as a tunnel or a flood does: never a second packet */
		struct pkt_spec s = walk_udp(port, "0123456789abcdef0123456789abcdef", 32);

		want += up(w, &s);
	}
	assert_about(sent(w), want);
}

static void what_has_no_flow_is_counted(void **state)
{
	static char bytes[1200];
	struct walk *w = *state;
	struct pkt_spec gre = walk_udp(0, bytes, sizeof(bytes)), later = walk_udp(9, bytes, 1200);
	uint64_t want;

	gre.proto = 47;
	want = up(w, &gre);
	want += up(w, &gre);
	later.frag_off = 1208;
	want += up(w, &later);
	assert_about(sent(w), want);
}

static void only_the_sender_is_counted(void **state)
{
	static char bytes[1000];
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(9, bytes, sizeof(bytes));
	uint64_t now = NOW, want;

	s.smac[5] = 3;
	want = up(w, &s);
	for (unsigned int i = 0; i < 20; i++)
		walk_down(w, &s);
	next_second(w, &now);
	walk_down(w, &s);
	assert_int_equal(sent(w), 0);
	assert_about(device(w, 3).sent_bytes, want);
}

static void what_another_port_sends_is_not_the_owners(void **state)
{
	struct walk *w = *state;
	struct cordon_iface other = {.ifindex = WALK_IFINDEX + 1, .owner_ifindex = WALK_IFINDEX + 1, .zone = WALK_ZONE,
				     .role = CORDON_ROLE_DEVICE, .mode = CORDON_MODE_REACT};
	struct pkt_spec s = walk_udp(9, "0123456789", 10);
	uint64_t want;

	assert_int_equal(kern_iface_put(w->k, &other), 0);
	kern_state(w->k)->ifindex = WALK_IFINDEX + 1;
	for (uint16_t port = 1; port < 500; port++) {
		s.dport = port;
		up(w, &s);
	}
	kern_state(w->k)->ifindex = WALK_IFINDEX;
	s.dport = 999;
	want = up(w, &s);
	assert_about(sent(w), want);
}

/* @n datagrams to one host of 192.0.2.0/24, from as many flows as @ports */
static void datagrams(struct walk *w, unsigned int host, unsigned int n, unsigned int ports)
{
	char dst[32];

	snprintf(dst, sizeof(dst), "192.0.2.%u", host);
	for (unsigned int i = 0; i < n; i++) {
		struct pkt_spec s = walk_udp((uint16_t)(1000 + i % ports), "x", 1);

		s.dst = dst;
		up(w, &s);
	}
}

static void flood_of_one_address_is_told_from_traffic_to_many(void **state)
{
	static const uint8_t victim[4] = {192, 0, 2, 77};
	struct walk *w = *state;
	uint64_t now = NOW;
	struct cordon_device d;

	for (unsigned int host = 1; host < 51; host++)
		datagrams(w, host, 20, 20);
	assert_in_range(device(w, 2).to_packets, 0, 25); /* a thousand packets, and nobody has the most */
	datagrams(w, 77, 1500, 3);
	datagrams(w, 5, 10, 10);
	next_second(w, &now);
	datagrams(w, 77, 3, 3);
	d = device(w, 2);
	assert_memory_equal(d.to + 12, victim, 4);
	assert_in_range(d.to_packets, 1400, 1503); /* never too many */
	walk_time(w, NOW + 11 * SECOND); /* the window is over */
	datagrams(w, 77, 1, 1);
	assert_in_range(device(w, 2).to_packets, 1, 3);
}

static void answered_flow_is_counted_by_its_bytes(void **state)
{
	struct walk *w = *state;
	uint64_t now = NOW;
	uint32_t seq = 1000;

	walk_handshake(w, 1000, 5000);
	for (unsigned int i = 0; i < 1000; i++)
		data(w, &seq, 1400);
	next_second(w, &now);
	data(w, &seq, 1400);
	assert_in_range(device(w, 2).to_packets, 80, 110); /* 1.45 MB of 16 KiB each, and what came before the answer */
}

static void what_a_device_is_sent_is_counted_beside(void **state)
{
	static char bytes[1400];
	struct walk *w = *state;
	uint64_t now = NOW, before, before_sent, want = 0;
	uint32_t seq = 5000;
	struct pkt_spec last;

	walk_handshake(w, 1000, 5000);
	before = device(w, 2).received_bytes;
	before_sent = sent(w);
	assert_in_range(before, 40, 80); /* the SYN/ACK */
	for (unsigned int i = 0; i < 2000; i++) { /* inspected, past the depth, and more than one second holds */
		struct pkt_spec s = walk_reply(seq, bytes, 1000 + i % 400);

		seq += (uint32_t)s.len;
		want += down(w, &s);
	}
	next_second(w, &now);
	last = walk_reply(seq, bytes, 1000);
	want += down(w, &last);
	assert_about(device(w, 2).received_bytes - before, want);
	assert_int_equal(sent(w), before_sent);
}

static int count_groups(const struct cordon_device_key *k, const struct cordon_device *v, void *ctx)
{
	(void)v;
	*(unsigned int *)ctx += k->mac[0] & 1;
	return 0;
}

static void what_goes_to_a_group_is_sent_to_no_device(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(5353, "0123456789", 10);
	unsigned int groups = 0;

	memset(s.dmac, 0xff, sizeof(s.dmac));
	s.dst = "10.0.0.255";
	for (unsigned int i = 0; i < 5; i++)
		down(w, &s);
	assert_int_equal(kern_device_each(w->k, count_groups, &groups), 0);
	assert_int_equal(groups, 0);
}

/* one of CORDON_BARE_SHARE is looked at, and stands for all of them */
static void packets_without_data_are_counted_of_those_that_send_them(void **state)
{
	struct walk *w = *state;
	uint32_t seq = 1000;
	struct pkt_spec ack;

	walk_handshake(w, 1000, 5000);
	data(w, &seq, 100); /* now there is a record */
	ack = walk_tcp(seq, "", 0);
	for (unsigned int i = 0; i < 6400; i++)
		up(w, &ack);
	assert_in_range(device(w, 2).bare, 6400 - 2 * CORDON_BARE_SHARE, 6400 + 2 * CORDON_BARE_SHARE);
	for (unsigned int i = 0; i < 6400; i++) {
		struct pkt_spec s = walk_reply(5000, "", 0);

		down(w, &s);
	}
	assert_in_range(device(w, 2).bare, 6400 - 2 * CORDON_BARE_SHARE, 6400 + 2 * CORDON_BARE_SHARE);
}

struct by_address {
	uint8_t last;
	struct cordon_device d;
};

static int take_address(const struct cordon_device_key *k, const struct cordon_device *v, void *ctx)
{
	struct by_address *w = ctx;

	if (!k->mac[0] && k->addr[13] == 9 && k->addr[15] == w->last)
		w->d = *v;
	return 0;
}

static struct cordon_device by_address(struct walk *w, uint8_t last)
{
	struct by_address d = {.last = last};

	assert_int_equal(kern_device_each(w->k, take_address, &d), 0);
	return d.d;
}

/* what a router forwards is told apart by address, once user space has said that it is one */
static void devices_behind_a_router_are_counted_by_address(void **state)
{
	static char bytes[1000];
	struct walk *w = *state;
	struct cordon_device_key mac = {.zone = WALK_ZONE};
	struct pkt_spec s = walk_udp(9, bytes, sizeof(bytes));
	uint64_t now = NOW, before, one = 0, other = 0;

	up(w, &s);
	before = sent(w);
	memcpy(mac.mac, s.smac, sizeof(mac.mac));
	assert_int_equal(kern_device_set_router(w->k, &mac), 0);
	for (unsigned int i = 0; i < 30; i++) {
		s.src = "10.9.0.1";
		one += up(w, &s);
		s.src = "10.9.0.2";
		s.len = 500;
		other += up(w, &s);
		s.len = sizeof(bytes);
	}
	next_second(w, &now);
	s.src = "10.9.0.1";
	one += up(w, &s);
	s.src = "10.9.0.2";
	other += up(w, &s);
	assert_about(by_address(w, 1).sent_bytes, one);
	assert_about(by_address(w, 2).sent_bytes, other);
	assert_int_equal(sent(w), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(flow_is_counted_on_its_long_and_on_its_short_way),
		T(cleared_flow_is_counted),
		T(what_does_not_fit_into_a_second_is_not_lost),
		T(end_of_a_connection_does_not_wait_for_the_second),
		T(dns_question_is_counted),
		T(each_new_flow_is_counted_at_once),
		T(what_has_no_flow_is_counted),
		T(only_the_sender_is_counted),
		T(what_another_port_sends_is_not_the_owners),
		T(flood_of_one_address_is_told_from_traffic_to_many),
		T(answered_flow_is_counted_by_its_bytes),
		T(what_a_device_is_sent_is_counted_beside),
		T(what_goes_to_a_group_is_sent_to_no_device),
		T(packets_without_data_are_counted_of_those_that_send_them),
		T(devices_behind_a_router_are_counted_by_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
