// SPDX-License-Identifier: BSD-2-Clause
/*
 * stage_prefilter and scan: a literal is seen wherever it lies and however the
 * stream is cut, and not where its gate is closed. Rules go through the real
 * builder, so both ends of the image are tested together.
 */
#include <stdio.h>

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

/* a new flow: handshake on a source port of its own */
static uint16_t new_flow(struct walk *w)
{
	static uint16_t port = 20000;
	struct pkt_spec s = walk_tcp(999, NULL, 0);

	s.sport = ++port;
	s.flags = 0x02;
	walk_up(w, &s);
	return port;
}

/* @n bytes of @p in pieces that end at @cuts; true: seen at the latest with the piece that ends the
 * literal at @end */
static bool seen(struct walk *w, const uint8_t *p, size_t n, const size_t *cuts, size_t n_cuts,
		 size_t end)
{
	uint16_t port = new_flow(w);
	size_t from = 0;

	for (size_t i = 0; i <= n_cuts; i++) {
		size_t to = i < n_cuts ? cuts[i] : n;
		struct pkt_spec s = walk_tcp((uint32_t)(1000 + from), p + from, to - from);

		s.sport = port;
		walk_up(w, &s);
		if (walk_because(w, CORDON_REASON_LITERAL))
			return true;
		if (to >= end)
			return false;
		from = to;
	}
	return false;
}

static void noise(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)('a' + i * 7 % 13);
}

/* every place in 40 bytes, every cut; the control without the literal is never reported */
static void in_every_cut(struct walk *w, const char *literal)
{
	size_t len = strlen(literal);
	uint8_t p[40];

	for (size_t at = 0; at + len <= sizeof(p); at++) {
		for (size_t cut = 1 + at % walk_step(); cut < sizeof(p); cut += walk_step()) {
			noise(p, sizeof(p));
			if (seen(w, p, sizeof(p), &cut, 1, sizeof(p)))
				fail_msg("%s: control reported, cut %zu", literal, cut);
			memcpy(p + at, literal, len);
			if (!seen(w, p, sizeof(p), &cut, 1, at + len))
				fail_msg("%s: missed at %zu, cut %zu", literal, at, cut);
		}
	}
}

static void literal_over_a_seam_is_seen(void **state)
{
	static const char *const literals[] = {"Qx9K",    "Qx9KZ",    "Qx9KZv",
					       "Qx9KZvB", "Qx9KZvBw", "Qx9KZvBw-long-one"};

	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
		struct walk *w = walk_new(NULL);
		char rule[200];

		snprintf(rule, sizeof(rule),
			 "alert tcp any any -> any any (msg:\"r\"; content:\"%s\"; sid:1;)\n",
			 literals[i]);
		walk_rules(w, rule);
		in_every_cut(w, literals[i]);
		walk_free(w);
	}
	(void)state;
}

/*
 * Wide windows alone, so that the payload is looked at where it lies: every place in
 * payloads of every length that ends a block differently, and over a seam
 * between two of them.
 */
static void wide_literal_is_seen_at_every_place(void **state)
{
	static const char *const literals[] = {"Qx9KZvBw-lo", "Qx9KZvBw-long", "/Qx9 KZvBw-long-one/and-more"};
	struct walk *w = *state;

	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
		size_t len = strlen(literals[i]);
		char rule[200];
		uint8_t p[240];

		snprintf(rule, sizeof(rule), "alert tcp any any -> any any (msg:\"r\"; content:\"%s\"; sid:1;)\n", literals[i]);
		walk_rules(w, rule);
		for (size_t n = 64; n < 120; n += walk_step()) {
			size_t two = 2 * n;

			for (size_t at = 0; at + len <= two; at += n == 64 ? 1 : 1 + at % 3) {
				noise(p, two);
				if (seen(w, p, two, &n, 1, two))
					fail_msg("%s: control reported, %zu", literals[i], n);
				memcpy(p + at, literals[i], len);
				if (!seen(w, p, two, &n, 1, at + len))
					fail_msg("%s: missed at %zu of twice %zu", literals[i], at, n);
			}
		}
	}
}

/* what is not wide, or begins with what the wire does not tell, is not lost beside a wide one */
static void narrow_and_short_are_seen_beside_wide(void **state)
{
	static const char *const literals[] = {"Qx9K", "Qx9KZv", "Qx9KZvB", "Qx9KZvBw", "Qx9KZvBw-l"};
	struct walk *w = *state;
	char rules[1200] = "alert tcp any any -> any any (msg:\"r\"; content:\"quite-another-one\"; sid:1;)\n";

	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
		size_t end = strlen(rules), len = strlen(literals[i]), cut = 70;
		uint8_t p[140];

		snprintf(rules + end, sizeof(rules) - end, "alert tcp any any -> any any (msg:\"r\"; content:\"%s\"; sid:2;)\n", literals[i]);
		walk_rules(w, rules);
		for (size_t at = 0; at + len <= sizeof(p); at++) {
			noise(p, sizeof(p));
			memcpy(p + at, literals[i], len);
			if (!seen(w, p, sizeof(p), &cut, 1, at + len))
				fail_msg("%s: missed at %zu", literals[i], at);
		}
		rules[end] = 0;
	}
}

/* a window is wide for one port and short for another: each port pays and sees its own */
static void short_literal_of_one_port_group_is_not_looked_for_elsewhere(void **state)
{
	struct walk *w = *state;
	uint8_t p[100];
	struct pkt_spec s = walk_udp(9999, p, sizeof(p));

	walk_rules(w, "alert udp any any -> any 9999 (msg:\"w\"; content:\"quite-a-long-one\"; sid:1;)\n"
		      "alert udp any any -> any 53 (msg:\"s\"; content:\"Qx9K\"; sid:2;)\n");
	noise(p, sizeof(p));
	memcpy(p + 50, "Qx9K", 4);
	walk_up(w, &s);
	assert_not_because(w, CORDON_REASON_LITERAL);
	memcpy(p + 83, "QUITE-A-LONG-ONE", 16);
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_LITERAL);
}

static void literal_in_one_byte_segments_is_seen(void **state)
{
	struct walk *w = *state;
	uint8_t p[14];
	size_t cuts[13];

	walk_rules(w, "alert tcp any any -> any any (msg:\"r\"; content:\"Qx9KZvB\"; sid:1;)\n");
	for (size_t i = 0; i < 13; i++)
		cuts[i] = i + 1;
	for (size_t at = 0; at + 7 <= sizeof(p); at++) {
		noise(p, sizeof(p));
		memcpy(p + at, "Qx9KZvB", 7);
		assert_true(seen(w, p, sizeof(p), cuts, 13, at + 7));
	}
}

/* the carry is kept also while nothing is looked for: a rule set may come between two segments */
static void rules_that_come_in_mid_stream_see_the_seam(void **state)
{
	static const char none[] = "alert udp any any -> any any (msg:\"r\"; dsize:9999; sid:1;)\n";
	static const char some[] =
		"alert tcp any any -> any any (msg:\"r\"; content:\"Qx9KZvBw\"; sid:1;)\n";
	struct walk *w = *state;

	for (uint32_t first = 1; first < 5; first++) {
		struct pkt_spec a = walk_tcp(1000, "clean Qx9", 9),
				b = walk_tcp(1009, "KZvBw", first);
		struct pkt_spec c = walk_tcp(1009 + first, &"KZvBw"[first], 5 - first);

		walk_rules(w, none);
		a.sport = b.sport = c.sport = new_flow(w);
		walk_up(w, &a);
		walk_up(w, &b);
		walk_rules(w, some);
		walk_up(w, &c);
		assert_because(w, CORDON_REASON_LITERAL);
	}
}

/* one segment at stream offset @off of a new flow whose bytes before it were dots */
static bool seen_at(struct walk *w, uint32_t off, const char *p, size_t n)
{
	static const char dots[64] = "................................................................";
	uint16_t port = new_flow(w);
	struct pkt_spec s = walk_tcp(1000, dots, off);

	s.sport = port;
	if (off) {
		walk_up(w, &s);
		if (walk_because(w, CORDON_REASON_LITERAL))
			return true;
	}
	s = walk_tcp(1000 + off, p, n);
	s.sport = port;
	walk_up(w, &s);
	return walk_because(w, CORDON_REASON_LITERAL);
}

static void short_bytes_at_a_known_place_are_seen_there_and_nowhere_else(void **state)
{
	struct walk *w = *state;

	walk_rules(w, "alert tcp any any -> any any (msg:\"r\"; content:\"|18 03|\"; depth:2; sid:1;)\n"
		      "alert tcp-pkt any any -> any any (msg:\"r\"; content:\"Zq\"; nocase; offset:3; depth:2; sid:2;)\n");
	assert_true(seen_at(w, 0, "\x18\x03..", 4));
	assert_true(seen_at(w, 40, "\x18\x03..", 4)); /* each packet's payload begins anew */
	assert_false(seen_at(w, 0, ".\x18\x03.", 4));
	assert_false(seen_at(w, 40, ".\x18\x03.", 4));
	assert_false(seen_at(w, 0, "\x18.\x03.", 4));
	assert_true(seen_at(w, 0, "\x18", 1)); /* the stream may go on so: user space sees the rest */
	assert_true(seen_at(w, 1, "\x03...", 4));
	assert_true(seen_at(w, 40, "...zQ", 5));
	assert_true(seen_at(w, 0, "...ZQ.......", 12));
	assert_false(seen_at(w, 40, "..zQ.", 5));
	assert_false(seen_at(w, 40, "...z", 4)); /* a packet rule needs it all in the packet */
}

static void more_heads_than_there_is_room_for_lose_none(void **state)
{
	static char rules[(CORDON_PF_HEADS + 20) * 120];
	struct walk *w = *state;
	char *end = rules;

	for (int i = 0; i < CORDON_PF_HEADS + 20; i++)
		end += sprintf(end, "alert tcp-pkt any any -> any any (msg:\"r\"; content:\"|%02x 7f|\"; depth:2; sid:%d;)\n", i, i + 1);
	walk_rules(w, rules);
	for (int i = 0; i < CORDON_PF_HEADS + 20; i++) {
		char p[4] = { (char)i, 0x7f, '.', '.' };

		assert_true(seen_at(w, 40, p, 4) || walk_because(w, CORDON_REASON_ALWAYS));
	}
}

static void case_is_folded(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(9999, "--qX9kzVb--", 11);

	walk_rules(
		w,
		"alert udp any any -> any any (msg:\"r\"; content:\"Qx9KZvB\"; nocase; sid:1;)\n");
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_LITERAL);
	assert_int_equal(walk_pkt(w)->flags, CORDON_PKT_INSPECT);
}

static void datagrams_do_not_share_a_seam(void **state)
{
	struct walk *w = *state;
	struct pkt_spec a = walk_udp(9999, "--Qx9K", 6), b = walk_udp(9999, "ZvB--", 5);

	walk_rules(w, "alert udp any any -> any any (msg:\"r\"; content:\"Qx9KZvB\"; sid:1;)\n");
	walk_up(w, &a);
	walk_up(w, &b);
	assert_not_because(w, CORDON_REASON_LITERAL);
	assert_null(walk_pkt(w));
}

/* the header of a rule keeps its literals from other traffic */
static void gate_is_closed_for_other_ports_protocols_and_directions(void **state)
{
	struct walk *w = *state;
	struct pkt_spec udp = walk_udp(9999, "--Qx9KZvB--", 11),
			other = walk_udp(9998, "--Qx9KZvB--", 11);
	struct pkt_spec tcp = walk_tcp(1000, "--Qx9KZvB--", 11), back = udp;

	walk_rules(w, "alert udp any any -> any 9999 (msg:\"r\"; content:\"Qx9KZvB\"; "
		      "flow:to_server; sid:1;)\n");
	walk_up(w, &other);
	assert_null(walk_pkt(w));
	walk_up(w, &tcp);
	assert_null(walk_pkt(w));
	walk_up(w, &udp);
	assert_because(w, CORDON_REASON_LITERAL);
	back.src = udp.dst;
	back.dst = udp.src;
	back.sport = 9999;
	back.dport = 40000;
	memcpy(back.dmac, udp.smac, 6);
	walk_down(w, &back);
	assert_null(walk_pkt(w));
}

static void rule_without_a_literal_takes_its_port_group(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(9999, "anything", 8);

	walk_rules(w, "alert udp any any -> any 9999 (msg:\"r\"; dsize:8; sid:1;)\n");
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_ALWAYS);
	assert_non_null(walk_pkt(w));
	s.dport = 9998;
	walk_up(w, &s);
	assert_null(walk_pkt(w));
}

static void syn_rule_takes_syns_only(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_tcp(999, NULL, 0);

	walk_rules(w, "alert tcp any any -> any 80 (msg:\"r\"; flags:S; sid:1;)\n");
	s.flags = 0x02;
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_ALWAYS);
	assert_int_equal(walk_pkt(w)->tcp_flags, 0x02);
	s.flags = 0x10;
	s.seq = 1000;
	walk_up(w, &s);
	assert_null(walk_pkt(w));
}

/* a literal anywhere in a frame of 60,000 bytes (GSO, multi-buffer), also over the rounds' seams */
static void long_frame_is_scanned_to_its_end(void **state)
{
	struct walk *w = *state;
	static uint8_t p[60000];
	size_t places[] = {0, 2040, 2041, 2045, 2047, 2048, 4090, 30000, 59990};

	walk_rules(w, "alert udp any any -> any any (msg:\"r\"; content:\"Qx9KZvBwA\"; sid:1;)\n");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct pkt_spec s = walk_udp(9999, p, sizeof(p));

		noise(p, sizeof(p));
		walk_up(w, &s);
		assert_null(walk_pkt(w));
		memcpy(p + places[i], "Qx9KZvBwA", 9);
		walk_up(w, &s);
		if (!walk_because(w, CORDON_REASON_LITERAL))
			fail_msg("missed at %zu", places[i]);
		assert_int_equal(walk_pkt(w)->cap_len, 14 + 20 + 8 + sizeof(p));
		assert_memory_equal(walk_pkt(w)->data + 42, p, sizeof(p));
	}
}

static void long_segment_is_not_strange(void **state)
{
	struct walk *w = *state;
	static uint8_t p[60000];
	struct pkt_spec s = walk_tcp(1000, p, sizeof(p)), t = walk_tcp(61000, "Qx9KZvBwA", 9);

	walk_rules(w, "alert tcp any any -> any any (msg:\"r\"; content:\"Qx9KZvBwA\"; sid:1;)\n");
	noise(p, sizeof(p));
	walk_handshake(w, 1000, 5000);
	walk_up(w, &s);
	assert_null(walk_pkt(w));
	walk_up(w, &t);
	assert_because(w, CORDON_REASON_LITERAL);
	assert_int_equal(walk_hist(w)->start[0], 60000 - CORDON_WINDOW);
	for (uint32_t x = 60000 - CORDON_WINDOW; x < 60000; x++)
		assert_int_equal(walk_hist(w)->data[0][x % CORDON_WINDOW], p[x]);
}

/* an application whose rules need the whole stream: nothing is overwritten before it was handed
 * over */
static void complete_application_is_handed_over_whole(void **state)
{
	static const size_t sizes[] = {1, 500, 1337, 2048, 4095, 4096, 4097, 9000};
	static uint8_t p[60000];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct walk *w = walk_new(NULL);
		static uint8_t got[60000];
		size_t off = 0, have = 0;
		uint16_t port;

		walk_rules(w, "alert http any any -> any any (msg:\"r\"; http.uri; "
			      "pcre:\"/z{9}/\"; sid:1;)\n");
		noise(p, sizeof(p));
		memcpy(p, "POST / HTTP/1.1\r\nHost: a\r\n\r\n", 28);
		port = new_flow(w);
		while (off < 20000) {
			size_t n = off ? sizes[i] < 20 ? 300 : sizes[i] : 28;
			struct pkt_spec s = walk_tcp((uint32_t)(1000 + off), p + off, n);

			s.sport = port;
			walk_up(w, &s);
			if (walk_hist(w)) {
				const struct cordon_event_hist *h = walk_hist(w);

				assert_int_equal(h->start[0], h->facts.synced[0]);
				for (uint32_t x = h->start[0]; x < h->start[0] + h->len[0]; x++)
					got[x] = h->data[0][x % CORDON_WINDOW];
				have = h->start[0] + h->len[0];
			}
			if (walk_pkt(w) && walk_pkt(w)->flags & CORDON_PKT_STREAM) {
				assert_int_equal(walk_pkt(w)->facts.synced[0], off);
				memcpy(got + off, p + off, n);
				have = off + n;
			}
			off += n;
			assert_in_range(off - have, 0, CORDON_WINDOW);
		}
		assert_memory_equal(got, p, have);
		walk_free(w);
	}
	(void)state;
}

static void encoded_uri_is_followed(void **state)
{
	static const struct {
		const char *head;
		bool suspect;
	} heads[] = {
		{"GET /clean/path HTTP/1.1\r\nHost: a\r\n\r\n", false},
		{"GET /%63lean HTTP/1.1\r\nHost: a\r\n\r\n", true},
		{"GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", true},
		{"GET /a//b HTTP/1.1\r\nHost: a\r\n\r\n", true},
		{"GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", true},
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct walk *w = walk_new(NULL);
		struct pkt_spec s = walk_tcp(1000, heads[i].head, strlen(heads[i].head));

		walk_rules(w, "alert http any any -> any any (msg:\"r\"; http.uri; "
			      "content:\"/evil/long/path\"; sid:1;)\n");
		walk_handshake(w, 1000, 5000);
		walk_up(w, &s);
		if (walk_because(w, CORDON_REASON_ENCODING) != heads[i].suspect)
			fail_msg("%s", heads[i].head);
		walk_free(w);
	}
	(void)state;
}

/* of 40 packets each second one is timed: as many are counted as there are records that say how long they took */
static void one_packet_of_so_many_is_timed_and_its_record_says_so(void **state)
{
	struct kern_opts o = walk_opts();
	uint64_t timed = 0, ns = 0, records = 0, spent = 0;
	struct walk *w;

	(void)state;
	o.config.profile_every = 2;
	w = walk_new(&o);
	walk_rules(w, "alert udp any any -> any any (content:\"needle\"; sid:1;)");
	for (int i = 0; i < 40; i++) {
		struct pkt_spec s = walk_udp(9, "a needle in hay", 15);

		walk_up(w, &s);
		assert_because(w, CORDON_REASON_LITERAL);
		timed += walk_count(w, CORDON_COUNTER_PREFILTER_TIMED);
		ns += walk_count(w, CORDON_COUNTER_PREFILTER_NS);
		records += walk_pkt(w)->spent_ns != 0;
		spent += walk_pkt(w)->spent_ns;
	}
	assert_int_equal(timed, 20);
	assert_int_equal(records, 20);
	assert_true(ns > 0 && spent > ns);
	walk_free(w);
}

static void nothing_is_timed_unless_asked_for(void **state)
{
	struct pkt_spec s = walk_udp(9, "a needle in hay", 15);
	struct walk *w = *state;

	walk_rules(w, "alert udp any any -> any any (content:\"needle\"; sid:1;)");
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_LITERAL);
	assert_int_equal(walk_count(w, CORDON_COUNTER_PREFILTER_TIMED), 0);
	assert_int_equal(walk_pkt(w)->spent_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(literal_over_a_seam_is_seen),
		T(literal_in_one_byte_segments_is_seen),
		T(rules_that_come_in_mid_stream_see_the_seam),
		T(short_bytes_at_a_known_place_are_seen_there_and_nowhere_else),
		T(more_heads_than_there_is_room_for_lose_none),
		T(case_is_folded),
		T(datagrams_do_not_share_a_seam),
		T(gate_is_closed_for_other_ports_protocols_and_directions),
		T(rule_without_a_literal_takes_its_port_group),
		T(syn_rule_takes_syns_only),
		T(long_frame_is_scanned_to_its_end),
		T(long_segment_is_not_strange),
		T(complete_application_is_handed_over_whole),
		T(encoded_uri_is_followed),
		T(wide_literal_is_seen_at_every_place),
		T(narrow_and_short_are_seen_beside_wide),
		T(short_literal_of_one_port_group_is_not_looked_for_elsewhere),
		T(one_packet_of_so_many_is_timed_and_its_record_says_so),
		T(nothing_is_timed_unless_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
