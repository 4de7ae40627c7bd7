// SPDX-License-Identifier: BSD-2-Clause
/* stage_flow, recorder and emit: order of a TCP stream, what makes it suspect, what is handed over.
 */
#include "harness/walk.h"

#define RULE "alert tcp any any -> any any (msg:\"r\"; content:\"EvilMarker\"; sid:1;)\n"

static int setup(void **state)
{
	struct walk *w = walk_new(NULL);

	walk_rules(w, RULE);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	walk_free(*state);
	return 0;
}

static void up(struct walk *w, uint32_t seq, const char *text)
{
	struct pkt_spec s = walk_tcp(seq, text, strlen(text));

	walk_up(w, &s);
}

static void down(struct walk *w, uint32_t seq, const char *text)
{
	struct pkt_spec s = walk_reply(seq, text, strlen(text));

	walk_down(w, &s);
}

static void flags(struct walk *w, uint32_t seq, uint8_t f)
{
	struct pkt_spec s = walk_tcp(seq, NULL, 0);

	s.flags = f;
	walk_up(w, &s);
}

static void clean_flow_is_never_suspect(void **state)
{
	struct walk *w = *state;

	walk_handshake(w, 1000, 5000);
	assert_int_equal(w->records, 0);
	up(w, 1000, "hello world, this is clean");
	assert_null(walk_pkt(w));
	assert_non_null(walk_first(w));
	assert_int_equal(walk_count(w, CORDON_COUNTER_FLOWS_NEW), 1);
	assert_true(walk_first(w)->facts.flow_flags & CORDON_FLOW_ESTABLISHED);
	assert_int_equal(walk_first(w)->facts.base_seq[0], 1000);
	assert_int_equal(walk_first(w)->facts.base_seq[1], 5000);
	assert_true(walk_first(w)->facts.from_device);
	assert_int_equal(walk_first(w)->facts.dir, CORDON_TO_SERVER);
	down(w, 5000, "and an answer to it, clean as well");
	assert_null(walk_pkt(w));
	assert_int_equal(walk_first(w)->facts.dir, CORDON_TO_CLIENT);
	assert_false(walk_first(w)->facts.from_device);
	up(w, 1026, "more of the same");
	assert_int_equal(w->records, 0);
	flags(w, 1042, 0x11);
	assert_int_equal(w->records, 0);
	assert_int_equal(w->reasons, 0);
}

struct order {
	const char *name;
	uint32_t seq;
	uint8_t flags;
	unsigned int reason;
};

static void disorder_makes_a_flow_suspect_with_its_reason(void **state)
{
	static const struct order orders[] = {
		{"gap", 1030, 0x18, CORDON_REASON_GAP},
		{"far ahead", 1026 + (1U << 30), 0x18, CORDON_REASON_GAP},
		{"retransmission", 1000, 0x18, CORDON_REASON_OLD},
		{"overlap", 1020, 0x18, CORDON_REASON_OLD},
		{"before the first", 999, 0x18, CORDON_REASON_OLD},
		{"urgent", 1026, 0x38, CORDON_REASON_URGENT},
	};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct walk *w = walk_new(NULL);
		struct pkt_spec s = walk_tcp(orders[i].seq, "0123456789", 10);

		walk_rules(w, RULE);
		s.flags = orders[i].flags;
		walk_handshake(w, 1000, 5000);
		up(w, 1000, "hello world, this is clean");
		walk_up(w, &s);
		if (!walk_because(w, orders[i].reason) || !walk_pkt(w) || !walk_hist(w))
			fail_msg("%s: not suspect (reasons %llx)", orders[i].name,
				 (unsigned long long)w->reasons);
		assert_true(walk_pkt(w)->facts.flow_flags & CORDON_FLOW_STRANGE);
		assert_int_equal(walk_hist(w)->len[0], 26);
		assert_memory_equal(walk_hist(w)->data[0], "hello world, this is clean", 26);
		assert_int_equal(walk_hist(w)->pkts[0], 1);
		assert_int_equal(walk_hist(w)->facts.synced[0], 0);
		assert_int_equal(walk_pkt(w)->facts.synced[0], 26);
		down(w, 5000, "for good: the other direction goes up too");
		assert_non_null(walk_pkt(w));
		assert_because(w, CORDON_REASON_FOLLOW);
		walk_free(w);
	}
	(void)state;
}

static void run_of_tiny_segments_is_suspect(void **state)
{
	struct walk *w = *state;

	walk_handshake(w, 1000, 5000);
	for (uint32_t i = 0; i < CORDON_TINY_RUN - 1; i++) {
		up(w, 1000 + i, "x");
		assert_null(walk_pkt(w));
	}
	up(w, 1000 + CORDON_TINY_RUN - 1, "x");
	assert_because(w, CORDON_REASON_TINY);
	assert_int_equal(walk_hist(w)->len[0], CORDON_TINY_RUN - 1);
}

static void keep_alive_probe_is_not_old(void **state)
{
	struct walk *w = *state;

	walk_handshake(w, 1000, 5000);
	up(w, 1000, "hello world");
	up(w, 1010, "d");
	assert_not_because(w, CORDON_REASON_OLD);
	assert_int_equal(w->records, 0);
	up(w, 1010, "x");
	assert_because(w, CORDON_REASON_OLD);
}

static void data_behind_a_fin_is_suspect(void **state)
{
	struct walk *w = *state;

	walk_handshake(w, 1000, 5000);
	up(w, 1000, "hello world");
	flags(w, 1011, 0x11);
	up(w, 1012, "behind the end");
	assert_non_null(walk_pkt(w));
	assert_because(w, CORDON_REASON_GAP);
}

static void reset_out_of_order_frees_nothing(void **state)
{
	struct walk *w = *state;

	walk_handshake(w, 1000, 5000);
	up(w, 1000, "hello EvilM");
	flags(w, 900, 0x04);
	flags(w, 77777, 0x02);
	up(w, 1011, "arker");
	assert_non_null(walk_pkt(w));
}

static void forged_reset_and_syn_do_not_hide_the_stream(void **state)
{
	struct walk *w = *state;

	walk_handshake(w, 1000, 5000);
	up(w, 1000, "hello EvilM");
	flags(w, 1011, 0x04);
	flags(w, 77777, 0x02);
	up(w, 1011, "arker");
	assert_non_null(walk_pkt(w));
	assert_true(walk_pkt(w)->facts.flow_flags & CORDON_FLOW_STRANGE);
}

static void port_reuse_behind_an_end_is_a_clean_new_flow(void **state)
{
	struct walk *w = *state;
	struct pkt_spec fin = walk_reply(5000, NULL, 0);
	uint64_t id;

	fin.flags = 0x11;
	walk_handshake(w, 1000, 5000);
	up(w, 1000, "first life");
	id = walk_first(w)->facts.flow_id;
	flags(w, 1010, 0x11);
	walk_down(w, &fin);
	walk_time(w, kern_state(w->k)->now_ns + 1000000);
	walk_handshake(w, 900000, 800000);
	up(w, 900000, "second life");
	assert_null(walk_pkt(w));
	assert_non_null(walk_first(w));
	assert_int_not_equal(walk_first(w)->facts.flow_id, id);
	assert_int_equal(walk_first(w)->facts.base_seq[0], 900000);
}

static void syn_on_a_live_flow_is_reuse(void **state)
{
	struct walk *w = *state;

	walk_handshake(w, 1000, 5000);
	up(w, 1000, "hello world");
	flags(w, 77777, 0x02);
	assert_because(w, CORDON_REASON_REUSE);
	up(w, 77778, "new life");
	assert_non_null(walk_pkt(w));
}

static void syn_with_data_is_suspect(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_tcp(999, "early", 5);

	s.flags = 0x02;
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_SYN_DATA);
	assert_int_equal(walk_pkt(w)->facts.base_seq[0], 1000);
	assert_true(walk_pkt(w)->flags & CORDON_PKT_STREAM);
}

static void midstream_is_picked_up_cleanly(void **state)
{
	struct walk *w = *state;

	up(w, 1000, "no handshake seen");
	assert_because(w, CORDON_REASON_MIDSTREAM);
	assert_null(walk_pkt(w));
	assert_true(walk_first(w)->facts.flow_flags & CORDON_FLOW_MIDSTREAM);
	down(w, 9000, "an answer, base is its first");
	assert_null(walk_pkt(w));
	assert_int_equal(walk_first(w)->facts.base_seq[1], 9000);
}

static void without_midstream_packets_are_inspected_alone(void **state)
{
	struct kern_opts o = walk_opts();
	struct walk *w;

	o.config.midstream = 0;
	w = walk_new(&o);
	walk_rules(w, RULE);
	up(w, 1000, "no handshake seen");
	assert_null(walk_pkt(w));
	up(w, 2000, "an EvilMarker in it");
	assert_because(w, CORDON_REASON_LITERAL);
	assert_false(walk_pkt(w)->flags & CORDON_PKT_STREAM);
	up(w, 3000, "the next one is clean");
	assert_null(walk_pkt(w));
	walk_free(w);
	(void)state;
}

static void evicted_flow_is_suspect_when_it_goes_on(void **state)
{
	struct kern_opts o = walk_opts();
	struct walk *w;
	uint64_t evicted = 0;

	o.flow_buckets = 1;
	w = walk_new(&o);
	walk_rules(w, RULE);
	for (uint16_t i = 0; i < 5; i++) {
		struct pkt_spec s = walk_tcp(1000, "hello world", 11);

		s.sport = 40000 + i;
		walk_time(w, kern_state(w->k)->now_ns + 1000);
		walk_up(w, &s);
		evicted += walk_count(w, CORDON_COUNTER_FLOWS_EVICTED);
	}
	assert_int_equal(evicted, 1);
	up(w, 1011, "goes on");
	assert_because(w, CORDON_REASON_EVICTED);
	assert_non_null(walk_pkt(w));
	walk_free(w);
	(void)state;
}

static void past_the_depth_only_old_data_is_suspect(void **state)
{
	struct kern_opts o = walk_opts();
	struct walk *w;

	o.config.depth = 20;
	w = walk_new(&o);
	walk_rules(w, RULE);
	walk_handshake(w, 1000, 5000);
	up(w, 1000, "0123456789abcdefghijkl");
	assert_because(w, CORDON_REASON_DEPTH);
	up(w, 1022, "EvilMarker past the depth");
	assert_null(walk_pkt(w));
	up(w, 1100, "with a gap, too");
	assert_null(walk_pkt(w));
	up(w, 1000, "EvilMarker");
	assert_because(w, CORDON_REASON_OLD);
	assert_non_null(walk_pkt(w));
	walk_free(w);
	(void)state;
}

static void history_is_the_window_and_the_packet_follows(void **state)
{
	struct walk *w = *state;
	uint8_t stream[3 * CORDON_WINDOW];
	uint32_t off = 0, start;
	const struct cordon_event_hist *h;

	for (size_t i = 0; i < sizeof(stream); i++)
		stream[i] = (uint8_t)('a' + i % 23);
	walk_handshake(w, 1000, 5000);
	while (off + 1337 < sizeof(stream)) {
		struct pkt_spec s = walk_tcp(1000 + off, stream + off, 1337);

		walk_up(w, &s);
		assert_null(walk_pkt(w));
		off += 1337;
	}
	up(w, 1000 + off, "an EvilMarker at last");
	assert_because(w, CORDON_REASON_LITERAL);
	h = walk_hist(w);
	assert_non_null(h);
	assert_int_equal(h->hdr.kind, w->rec[0]->kind);
	start = off - CORDON_WINDOW;
	assert_int_equal(h->start[0], start);
	assert_int_equal(h->len[0], CORDON_WINDOW);
	for (uint32_t x = start; x < off; x++)
		assert_int_equal(h->data[0][x % CORDON_WINDOW], stream[x]);
	assert_int_equal(walk_pkt(w)->facts.synced[0], off);
	assert_int_equal(walk_pkt(w)->facts.triggers, 1);
	assert_true(walk_pkt(w)->flags & CORDON_PKT_STREAM);
}

static void relaxed_flow_is_recorded_again(void **state)
{
	struct walk *w = *state;
	const struct cordon_event_pkt *e;
	struct cordon_facts f;

	walk_handshake(w, 1000, 5000);
	up(w, 1000, "clean bytes");
	up(w, 1011, "EvilMarker");
	e = walk_pkt(w);
	assert_non_null(e);
	f = e->facts;
	up(w, 1021, "followed");
	assert_because(w, CORDON_REASON_FOLLOW);
	kern_flow_relax(w->k, f.flow_id, f.flow_slot, f.triggers);
	up(w, 1029, "clean again");
	assert_int_equal(w->records, 0);
	up(w, 1040, "EvilMarker");
	assert_int_equal(walk_hist(w)->start[0], 29);
	assert_int_equal(walk_hist(w)->len[0], 11);
	assert_int_equal(walk_pkt(w)->facts.triggers, 2);
}

static void history_goes_up_before_its_slot_is_taken(void **state)
{
	struct kern_opts o = walk_opts();
	const struct cordon_event_hist *h;
	struct walk *w;

	o.rec_slots = 2;
	w = walk_new(&o);
	walk_rules(w, RULE);
	for (uint16_t i = 0; i < 3; i++) {
		struct pkt_spec s = walk_tcp(1000, "hello world", 11);

		s.sport = 40000 + i;
		walk_up(w, &s);
	}
	assert_int_equal(walk_count(w, CORDON_COUNTER_SLOTS_STOLEN), 1);
	h = walk_hist(w);
	assert_non_null(h);
	assert_int_equal(be16toh(h->facts.sport), 40000);
	assert_true(h->reasons & CORDON_BIT(CORDON_REASON_RECORDER));
	assert_int_equal(h->len[0], 11);
	assert_memory_equal(h->data[0], "hello world", 11);
	up(w, 1011, "clean bytes");
	assert_null(walk_pkt(w));
	/* that took the slot of the second */
	assert_int_equal(be16toh(walk_hist(w)->facts.sport), 40001);
	up(w, 1022, "EvilMarker");
	assert_int_equal(walk_hist(w)->start[0], 11);
	assert_int_equal(walk_hist(w)->len[0], 11);
	walk_free(w);
	(void)state;
}

static void full_sends_every_packet_and_no_history(void **state)
{
	struct kern_opts o = walk_opts();
	struct walk *w;

	o.config.full = 1;
	w = walk_new(&o);
	walk_rules(w, RULE);
	flags(w, 999, 0x02);
	assert_non_null(walk_pkt(w));
	up(w, 1000, "hello world");
	assert_non_null(walk_pkt(w));
	assert_int_equal(walk_pkt(w)->flags & (CORDON_PKT_INSPECT | CORDON_PKT_STREAM),
			 CORDON_PKT_INSPECT | CORDON_PKT_STREAM);
	up(w, 1011, "EvilMarker");
	assert_int_equal(w->records, 1);
	assert_int_equal(walk_pkt(w)->facts.synced[0], 11);
	assert_int_equal(walk_count(w, CORDON_COUNTER_SUSPECT_PACKETS), 0);
	walk_free(w);
	(void)state;
}

static void udp_is_established_when_answered(void **state)
{
	struct walk *w = *state;
	struct pkt_spec q = walk_udp(9999, "question", 8), a = walk_reply(0, "answer!", 7);

	a.proto = IPPROTO_UDP;
	a.sport = 9999;
	walk_up(w, &q);
	assert_false(walk_first(w)->facts.flow_flags & CORDON_FLOW_ESTABLISHED);
	walk_down(w, &a);
	assert_true(walk_first(w)->facts.flow_flags & CORDON_FLOW_ESTABLISHED);
	assert_int_equal(walk_first(w)->facts.dir, CORDON_TO_CLIENT);
	walk_up(w, &q);
	assert_int_equal(w->records, 0);
}

static const uint8_t tls_client[60] = {0x16, 3, 1, 0, 55, 1, 0, 0, 51},
		     tls_server[60] = {0x16, 3, 3, 0, 55, 2, 0, 0, 51};
static const uint8_t tls_data[40] = {0x17, 3, 3, 0, 35};

/* both ends show TLS; nothing is followed any more */
static void tls_begin(struct walk *w)
{
	struct pkt_spec s = walk_tcp(1000, tls_client, 60), r = walk_reply(5000, tls_server, 60);

	walk_handshake(w, 1000, 5000);
	walk_up(w, &s);
	walk_down(w, &r);
	kern_flow_relax(w->k, walk_pkt(w) ? walk_pkt(w)->facts.flow_id : 0,
			walk_pkt(w) ? walk_pkt(w)->facts.flow_slot : 0, 1);
}

static void tls_is_cleared_when_both_ends_encrypt(void **state)
{
	struct walk *w = *state;
	struct pkt_spec d = walk_tcp(1060, tls_data, 40), r = walk_reply(5060, tls_data, 40);

	tls_begin(w);
	walk_up(w, &d);
	assert_not_because(w, CORDON_REASON_CLEARED);
	walk_down(w, &r);
	assert_because(w, CORDON_REASON_CLEARED);
	up(w, 1100, "EvilMarker is not looked for any more");
	assert_int_equal(w->records, 0);
}

/* encrypted data behind a handshake record of the same segment, and a record over two segments */
static void tls_records_are_followed_by_their_lengths(void **state)
{
	struct walk *w = *state;
	uint8_t more[100] = {0x14, 3, 3, 0, 1, 1, 0x17, 3, 3, 0, 200};
	struct pkt_spec d = walk_tcp(1060, more, sizeof(more)), r = walk_reply(5060, tls_data, 40);

	tls_begin(w);
	walk_down(w, &r);
	walk_up(w, &d);
	assert_because(w, CORDON_REASON_CLEARED);
}

static void middle_of_a_record_that_looks_encrypted_clears_nothing(void **state)
{
	struct walk *w = *state;
	static const uint8_t half[30] = {0x16, 3, 1, 0, 105, 1, 0, 0, 101};
	struct pkt_spec s = walk_tcp(1000, half, 30), r = walk_reply(5000, tls_server, 60),
			d = walk_tcp(1030, tls_data, 40), q = walk_reply(5060, tls_data, 40);

	walk_handshake(w, 1000, 5000);
	walk_up(w, &s);
	walk_down(w, &r);
	walk_up(w, &d);
	walk_down(w, &q);
	assert_not_because(w, CORDON_REASON_CLEARED);
	up(w, 1070, "an EvilMarker in a name");
	assert_because(w, CORDON_REASON_LITERAL);
}

/* where a header is cut the place is lost: nothing is proven, so nothing is cleared */
static void record_header_over_two_segments_is_lost(void **state)
{
	struct walk *w = *state;
	struct pkt_spec a = walk_tcp(1060, tls_data, 3), b = walk_tcp(1063, tls_data + 3, 37),
			c = walk_tcp(1100, tls_data, 40), r = walk_reply(5060, tls_data, 40);

	tls_begin(w);
	walk_down(w, &r);
	walk_up(w, &a);
	walk_up(w, &b);
	walk_up(w, &c);
	assert_not_because(w, CORDON_REASON_CLEARED);
}

static void cleared_flow_is_still_judged_by_rules_on_headers(void **state)
{
	struct walk *w = *state;
	struct pkt_spec d = walk_tcp(1060, tls_data, 40), r = walk_reply(5060, tls_data, 40);

	walk_rules(w, RULE "alert tcp any any -> any 80 (flags:PA; sid:2;)\n");
	tls_begin(w);
	walk_up(w, &d);
	walk_down(w, &r);
	assert_because(w, CORDON_REASON_CLEARED);
	up(w, 1100, "EvilMarker is not looked for any more");
	assert_because(w, CORDON_REASON_ALWAYS);
	assert_not_because(w, CORDON_REASON_LITERAL);
	assert_non_null(walk_pkt(w));
	assert_false(walk_pkt(w)->flags & CORDON_PKT_STREAM);
	down(w, 5100, "nor does the rule look here");
	assert_null(walk_pkt(w));
}

static void pure_ack(struct walk *w, bool is_down)
{
	struct pkt_spec s = is_down ? walk_reply(5000, NULL, 0) : walk_tcp(1000, NULL, 0);

	s.flags = 0x10;
	is_down ? walk_down(w, &s) : walk_up(w, &s);
}

/* a question without answer is forgotten soon: then whoever speaks first is the client. An answered one lasts. */
static void unanswered_datagram_is_forgotten_soon(void **state)
{
	const uint64_t s = 1000000000;
	struct walk *w = *state;
	struct pkt_spec q = walk_udp(80, "EvilMarker", 10), a = walk_reply(0, "EvilMarker", 10);

	walk_rules(w, "alert udp any any -> any any (content:\"EvilMarker\"; sid:1;)\n");
	a.proto = IPPROTO_UDP;
	walk_time(w, 1000 * s);
	walk_up(w, &q);
	walk_time(w, 1031 * s);
	walk_down(w, &a);
	assert_int_equal(walk_pkt(w)->facts.dir, CORDON_TO_SERVER);
	walk_up(w, &q);
	assert_int_equal(walk_pkt(w)->facts.dir, CORDON_TO_CLIENT);
	walk_time(w, 1331 * s);
	walk_up(w, &q);
	assert_int_equal(walk_pkt(w)->facts.dir, CORDON_TO_CLIENT);
	walk_time(w, 1632 * s);
	walk_up(w, &q);
	assert_int_equal(walk_pkt(w)->facts.dir, CORDON_TO_SERVER);
}

/* a FIN or RST behind a handshake without any data is of an established connection, the handshake's ACK not yet */
static void handshake_without_data_is_established(void **state)
{
	struct walk *w = *state;
	struct pkt_spec fin = walk_tcp(1000, NULL, 0);

	walk_rules(w, "alert tcp any any -> any any (flow:established; flags:A+; sid:2;)\n");
	walk_handshake(w, 1000, 5000);
	assert_non_null(walk_pkt(w));
	assert_false(walk_pkt(w)->facts.flow_flags & CORDON_FLOW_ESTABLISHED);
	fin.flags = 0x11;
	walk_up(w, &fin);
	assert_non_null(walk_pkt(w));
	assert_true(walk_pkt(w)->facts.flow_flags & CORDON_FLOW_ESTABLISHED);
}

/* whoever is seen first is the client, also when its packet had no data; as in Suricata */
static void without_midstream_the_first_sender_is_the_client(void **state)
{
	struct kern_opts o = walk_opts();
	struct walk *w;

	o.config.midstream = 0;
	w = walk_new(&o);
	walk_rules(w, RULE);
	pure_ack(w, true);
	up(w, 1000, "an EvilMarker in it");
	assert_non_null(walk_pkt(w));
	assert_int_equal(walk_pkt(w)->facts.dir, CORDON_TO_CLIENT);
	walk_free(w);
	(void)state;
}

/* SYN and data of the client, the server's packets go another way */
static void one_sided(bool async, uint32_t *ret_flags)
{
	struct kern_opts o = walk_opts();
	struct pkt_spec syn = walk_tcp(999, NULL, 0);
	struct walk *w;

	o.config.midstream = 0;
	o.config.async_oneside = async;
	w = walk_new(&o);
	walk_rules(w, RULE);
	syn.flags = 0x02;
	walk_up(w, &syn);
	up(w, 1000, "an Evil");
	assert_because(w, CORDON_REASON_ONE_SIDED);
	*ret_flags = walk_first(w)->facts.flow_flags;
	up(w, 1007, "Marker over two segments");
	assert_not_because(w, CORDON_REASON_ONE_SIDED);
	assert_because(w, CORDON_REASON_LITERAL);
	walk_free(w);
}

static void one_sided_connection_is_a_stream_when_asked_for(void **state)
{
	uint32_t flags;

	one_sided(false, &flags);
	assert_false(flags & CORDON_FLOW_ESTABLISHED);
	one_sided(true, &flags);
	assert_true(flags & CORDON_FLOW_ESTABLISHED);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(clean_flow_is_never_suspect),
		T(disorder_makes_a_flow_suspect_with_its_reason),
		T(run_of_tiny_segments_is_suspect),
		T(keep_alive_probe_is_not_old),
		T(data_behind_a_fin_is_suspect),
		T(reset_out_of_order_frees_nothing),
		T(forged_reset_and_syn_do_not_hide_the_stream),
		T(port_reuse_behind_an_end_is_a_clean_new_flow),
		T(syn_on_a_live_flow_is_reuse),
		T(syn_with_data_is_suspect),
		T(midstream_is_picked_up_cleanly),
		T(without_midstream_packets_are_inspected_alone),
		T(evicted_flow_is_suspect_when_it_goes_on),
		T(past_the_depth_only_old_data_is_suspect),
		T(history_is_the_window_and_the_packet_follows),
		T(relaxed_flow_is_recorded_again),
		T(history_goes_up_before_its_slot_is_taken),
		T(full_sends_every_packet_and_no_history),
		T(udp_is_established_when_answered),
		T(tls_is_cleared_when_both_ends_encrypt),
		T(tls_records_are_followed_by_their_lengths),
		T(middle_of_a_record_that_looks_encrypted_clears_nothing),
		T(record_header_over_two_segments_is_lost),
		T(cleared_flow_is_still_judged_by_rules_on_headers),
		T(unanswered_datagram_is_forgotten_soon),
		T(handshake_without_data_is_established),
		T(without_midstream_the_first_sender_is_the_client),
		T(one_sided_connection_is_a_stream_when_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
