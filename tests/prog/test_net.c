// SPDX-License-Identifier: BSD-2-Clause
/* stage_net: addresses, ports, lengths and classes of what parses; a reason for what does not. */
#include "harness/walk.h"

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

static struct pkt_spec v6(uint8_t proto, const void *p, size_t n)
{
	struct pkt_spec s = walk_udp(9999, p, n);

	s.src = "fd00::2";
	s.dst = "2001:db8::1";
	s.proto = proto;
	return s;
}

/* the first packet of a flow reaches the recogniser: its record shows what was parsed */
static void ipv4_udp_is_parsed(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(9999, "hello", 5);
	const struct cordon_event_pkt *e;
	static const uint8_t src[16] = {[10] = 0xff, 0xff, 10, 0, 0, 2},
			     dst[16] = {[10] = 0xff, 0xff, 192, 0, 2, 1};

	s.padding = 13;
	s.ip_options = 8;
	walk_up(w, &s);
	e = walk_first(w);
	assert_non_null(e);
	assert_memory_equal(e->facts.saddr, src, 16);
	assert_memory_equal(e->facts.daddr, dst, 16);
	assert_int_equal(e->facts.sport, __builtin_bswap16(40000));
	assert_int_equal(e->facts.dport, __builtin_bswap16(9999));
	assert_int_equal(e->facts.proto, IPPROTO_UDP);
	assert_int_equal(e->facts.zone, WALK_ZONE);
	assert_int_equal(e->facts.ifindex, WALK_IFINDEX);
	assert_memory_equal(e->facts.mac, s.smac, 6);
	assert_int_equal(e->ip_version, 4);
	assert_int_equal(e->l3_off, 14);
	assert_int_equal(e->l4_off, 14 + 28);
	assert_int_equal(e->payload_off, 14 + 28 + 8);
	assert_int_equal(e->payload_len, 5);
	assert_int_equal(e->wire_len, 14 + 28 + 8 + 5 + 13);
	assert_memory_equal(e->data + e->payload_off, "hello", 5);
}

static void both_directions_are_one_flow(void **state)
{
	struct walk *w = *state;
	struct pkt_spec q = v6(IPPROTO_UDP, "q", 1), a = q;
	uint64_t id;

	walk_up(w, &q);
	id = walk_first(w)->facts.flow_id;
	a.src = q.dst;
	a.dst = q.src;
	a.sport = q.dport;
	a.dport = q.sport;
	memcpy(a.dmac, q.smac, 6);
	walk_down(w, &a);
	assert_int_equal(walk_first(w)->facts.flow_id, id);
	assert_int_equal(walk_first(w)->facts.dir, CORDON_TO_CLIENT);
	assert_memory_equal(walk_first(w)->facts.mac, q.smac, 6);
}

static void vlan_and_zone_part_flows(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(9999, "x", 1);

	walk_up(w, &s);
	s.vlan[0] = 5;
	walk_up(w, &s);
	assert_int_equal(walk_count(w, CORDON_COUNTER_FLOWS_NEW), 1);
	assert_int_equal(walk_first(w)->facts.vlan, 5);
	assert_int_equal(walk_first(w)->l3_off, 18);
	walk_up(w, &s);
	assert_int_equal(walk_count(w, CORDON_COUNTER_FLOWS_NEW), 0);
}

static void ipv6_extension_headers_are_walked(void **state)
{
	for (uint8_t n = 0; n <= CORDON_MAX_EXT_HDRS; n++) {
		struct walk *w = walk_new(NULL);
		struct pkt_spec s = v6(IPPROTO_UDP, "hello", 5);

		s.ext_headers = n;
		walk_up(w, &s);
		assert_non_null(walk_first(w));
		assert_int_equal(walk_first(w)->l4_off, 14 + 40 + 8 * n);
		assert_int_equal(walk_first(w)->payload_len, 5);
		assert_int_equal(walk_first(w)->facts.proto, IPPROTO_UDP);
		s.ext_headers = CORDON_MAX_EXT_HDRS + 1;
		walk_up(w, &s);
		assert_because(w, CORDON_REASON_BAD_EXT);
		assert_non_null(walk_pkt(w));
		walk_free(w);
	}
	(void)state;
}

static void options_go_up_when_a_rule_waits_for_them(void **state)
{
	const struct {
		const char *rules;
		bool goes_up;
	} sets[] = {
		{ "alert pkthdr any any -> any any (decode-event:ipv4.opt_invalid; sid:1;)", true },
		{ "alert pkthdr any any -> any any (decode-event:ipv6.dstopts_only_padding; sid:1;)", true },
		{ "alert pkthdr any any -> any any (decode-event:ipv4.trunc_pkt; sid:1;)", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		for (int version = 4; version <= 6; version += 2) {
			struct walk *w = walk_new(NULL);
			struct pkt_spec s = version == 4 ? walk_udp(9999, "hello", 5) : v6(IPPROTO_UDP, "hello", 5);

			walk_rules(w, sets[i].rules);
			s.ip_options = version == 4 ? 8 : 0;
			s.ext_headers = version == 6;
			walk_up(w, &s);
			if (sets[i].goes_up)
				assert_because(w, CORDON_REASON_IP_OPTIONS);
			else
				assert_not_because(w, CORDON_REASON_IP_OPTIONS);
			walk_free(w);
		}
}

static void atomic_fragment_is_no_fragment(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = v6(IPPROTO_UDP, "hello", 5);

	s.frag_atomic = 1;
	walk_up(w, &s);
	assert_not_because(w, CORDON_REASON_FRAGMENT);
	assert_int_equal(walk_first(w)->payload_len, 5);
}

static void fragments_go_up_and_later_ones_have_no_ports(void **state)
{
	struct walk *w = *state;
	struct pkt_spec all[] = {walk_udp(9999, "12345678", 8), v6(IPPROTO_UDP, "12345678", 8)};

	for (size_t i = 0; i < 2; i++) {
		struct pkt_spec s = all[i];

		s.frag_more = 1;
		walk_up(w, &s);
		assert_because(w, CORDON_REASON_FRAGMENT);
		assert_int_equal(walk_pkt(w)->facts.dport, __builtin_bswap16(9999));
		assert_int_equal(walk_pkt(w)->flags, CORDON_PKT_INSPECT | CORDON_PKT_STREAM);
		s.frag_more = 0;
		s.frag_off = 16;
		walk_up(w, &s);
		assert_because(w, CORDON_REASON_FRAGMENT);
		assert_int_equal(walk_pkt(w)->facts.sport, 0);
		assert_int_equal(walk_pkt(w)->facts.dport, 0);
		assert_int_equal(walk_pkt(w)->l4_off, 0);
		assert_int_equal(walk_pkt(w)->facts.flow_id, 0);
	}
}

static void first_fragment_makes_its_flow_suspect(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_tcp(1000, "in order", 8);

	walk_handshake(w, 1000, 5000);
	walk_up(w, &s);
	s.seq = 1008;
	s.frag_more = 1;
	walk_up(w, &s);
	assert_memory_equal(walk_hist(w)->data[0], "in order", 8);
	assert_true(walk_pkt(w)->facts.flow_flags & CORDON_FLOW_STRANGE);
}

static void headers_that_do_not_add_up_have_their_reason(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(9999, "hello", 5);
	uint8_t frame[PKT_FRAME_MAX];
	size_t n = pkt_build(&s, frame);

	frame[14] = 0x44; /* header length 16 */
	walk_frame(w, KERN_XDP, frame, n);
	assert_because(w, CORDON_REASON_BAD_IP);
	frame[14] = 0x65;
	walk_frame(w, KERN_XDP, frame, n);
	assert_because(w, CORDON_REASON_BAD_IP);
	frame[14] = 0x4f; /* options beyond the end */
	walk_frame(w, KERN_XDP, frame, n);
	assert_because(w, CORDON_REASON_BAD_IP);
	pkt_build(&s, frame);
	frame[38] = 0;
	frame[39] = 7; /* UDP length below its header */
	walk_frame(w, KERN_XDP, frame, n);
	assert_because(w, CORDON_REASON_BAD_L4);
	assert_int_equal(walk_pkt(w)->facts.flow_id, 0);
	frame[39] = 14; /* and above the packet */
	walk_frame(w, KERN_XDP, frame, n);
	assert_because(w, CORDON_REASON_BAD_L4);
	s = walk_tcp(1, "hello", 5);
	n = pkt_build(&s, frame);
	frame[14 + 20 + 12] = 4 << 4; /* data offset below 5 */
	walk_frame(w, KERN_XDP, frame, n);
	assert_because(w, CORDON_REASON_BAD_L4);
	frame[14 + 20 + 12] = 7 << 4; /* and beyond the segment */
	walk_frame(w, KERN_XDP, frame, n);
	assert_because(w, CORDON_REASON_BAD_L4);
}

static void cut_capture_is_said(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(9999, "hello", 5);

	s.total_bias = 100;
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_TRUNCATED);
	assert_int_equal(walk_pkt(w)->wire_len, 14 + 20 + 8 + 5 + 100);
	assert_int_equal(walk_pkt(w)->cap_len, 14 + 20 + 8 + 5);
	assert_true(walk_pkt(w)->flags & CORDON_PKT_SHORT);
}

static void arp_passes_and_unknown_is_counted(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(0, "whatever", 8);

	s.ethertype = 0x0806;
	walk_up(w, &s);
	assert_int_equal(w->reasons, 0);
	assert_null(walk_pkt(w)); /* it says who it is, see test_device.c; nothing else */
	s.ethertype = 0x88b5;
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_UNKNOWN_L3);
	assert_false(w->dropped);
	assert_int_equal(w->records, 0);
}

static void strict_drops_the_unknown(void **state)
{
	struct kern_opts o = walk_opts();
	struct pkt_spec s = walk_udp(0, "whatever", 8);
	struct walk *w;

	o.config.strict = 1;
	w = walk_new(&o);
	s.ethertype = 0x88b5;
	walk_up(w, &s);
	assert_true(w->dropped);
	walk_free(w);
	(void)state;
}

static void third_tag_is_strange(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(9999, "x", 1);

	s.vlan[0] = 5;
	s.vlan[1] = 6;
	walk_up(w, &s);
	assert_int_equal(walk_first(w)->l3_off, 22);
	s.vlan[2] = 7;
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_VLAN_DEPTH);
	assert_non_null(walk_pkt(w));
}

static void icmp_has_type_and_code(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(0, "ping", 4);

	walk_rules(w, "alert icmp any any -> any any (msg:\"r\"; content:\"ping\"; sid:1;)\n");
	s.proto = IPPROTO_ICMP;
	s.sport = 8;
	s.dport = 3;
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_LITERAL);
	assert_int_equal(walk_pkt(w)->facts.sport, __builtin_bswap16(8 << 8 | 3));
	assert_int_equal(walk_pkt(w)->facts.dport, 0);
	assert_int_equal(walk_pkt(w)->payload_len, 4);
	assert_int_not_equal(walk_pkt(w)->facts.flow_id, 0);
}

/* a frame of any length, at either hook: never an error, always counted */
static void every_prefix_of_a_frame_is_judged(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = v6(IPPROTO_TCP, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27);
	uint8_t frame[PKT_FRAME_MAX];
	size_t n;

	s.vlan[0] = 5;
	s.vlan[1] = 6;
	s.ext_headers = 2;
	n = pkt_build(&s, frame);
	for (size_t i = 14; i <= n; i++) {
		walk_frame(w, KERN_XDP, frame, i);
		assert_true(!w->dropped || walk_because(w, CORDON_REASON_BAD_EXT));
	}
	for (size_t i = 62; i <= n; i++) {
		walk_frame(w, KERN_TC, frame, i);
		assert_true(!w->dropped || walk_because(w, CORDON_REASON_BAD_EXT));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(ipv4_udp_is_parsed),
		T(both_directions_are_one_flow),
		T(vlan_and_zone_part_flows),
		T(ipv6_extension_headers_are_walked),
		T(options_go_up_when_a_rule_waits_for_them),
		T(atomic_fragment_is_no_fragment),
		T(fragments_go_up_and_later_ones_have_no_ports),
		T(first_fragment_makes_its_flow_suspect),
		T(headers_that_do_not_add_up_have_their_reason),
		T(cut_capture_is_said),
		T(arp_passes_and_unknown_is_counted),
		T(strict_drops_the_unknown),
		T(third_tag_is_strange),
		T(icmp_has_type_and_code),
		T(every_prefix_of_a_frame_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
