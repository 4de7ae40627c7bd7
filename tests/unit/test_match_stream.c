// SPDX-License-Identifier: BSD-2-Clause
/*
 * Raw stream rules: across segments, once for each match, and the same whether
 * the whole flow is fed or only what the kernel would hand over.
 */
#include "unit/unit.h"

#include <arpa/inet.h>

#include "harness/model.h"
#include "harness/rules.h"

#define EST CORDON_FLOW_ESTABLISHED

/* feeds [from, to) as one delivery with its window */
static void feed(struct rule_bench *b, struct match_stream **s, const char *bytes, uint32_t from, uint32_t to)
{
	struct cordon_facts f = record_facts(1, 6, 0, CORDON_APP_NONE, EST);
	uint32_t start = from > CORDON_WINDOW ? from - CORDON_WINDOW : 0;

	bench_stream(b, s, &f, bytes + start, to - start, start, from);
}

static void a_literal_over_a_seam_is_found_at_every_cut(void **state)
{
	static const char bytes[] = "some bytes before the evil literal and after";
	struct rule_bench *b = bench_new("alert tcp any any -> any any (content:\"evil literal\"; sid:1;)");

	(void)state;
	for (uint32_t cut = 1; cut < sizeof(bytes) - 1; cut++) {
		struct match_stream *s = NULL;

		bench_forget(b);
		match_forget(b->eng);
		feed(b, &s, bytes, 0, cut);
		feed(b, &s, bytes, cut, sizeof(bytes) - 1);
		assert_int_equal(bench_hits(b, 1), 1);
		assert_false(match_stream_pending(s, sizeof(bytes) - 1));
		match_stream_free(s);
	}
	bench_done(b);
}

static void single_bytes_are_enough(void **state)
{
	static const char bytes[] = "xxevil--literalxx";
	struct rule_bench *b = bench_new(
		"alert tcp any any -> any any (content:\"evil\"; content:\"literal\"; distance:2; within:7; sid:1;)");
	struct match_stream *s = NULL;

	(void)state;
	for (uint32_t i = 0; i < sizeof(bytes) - 1; i++)
		feed(b, &s, bytes, i, i + 1);
	assert_int_equal(bench_hits(b, 1), 1);
	match_stream_free(s);
	bench_done(b);
}

static void a_rule_fires_once_of_each_chunk_of_a_stream(void **state)
{
	static char bytes[3000];
	struct rule_bench *b = bench_new("alert tcp any any -> any any (content:\"evil-one\"; sid:1;)");
	struct match_stream *s = NULL;

	(void)state;
	memset(bytes, '.', sizeof(bytes));
	memcpy(bytes, "evil-one ... evil-one", 21);
	memcpy(bytes + 2600, "evil-one", 8);
	feed(b, &s, bytes, 0, 8);
	assert_int_equal(bench_hits(b, 1), 1);
	feed(b, &s, bytes, 8, 12);
	feed(b, &s, bytes, 12, 2600);
	assert_int_equal(bench_hits(b, 1), 1);
	feed(b, &s, bytes, 2600, 3000);
	assert_int_equal(bench_hits(b, 1), 2);
	match_stream_free(s);
	bench_done(b);
}

static void a_candidate_is_pending_until_it_can_no_longer_fire(void **state)
{
	static char bytes[3 * CORDON_WINDOW];
	struct rule_bench *bounded = bench_new(
		"alert tcp any any -> any any (content:\"evil-one\"; content:\"x\"; distance:0; within:10; sid:1;)");
	struct rule_bench *open =
		bench_new("alert tcp any any -> any any (content:\"evil-one\"; content:\"x\"; sid:1;)");
	struct match_stream *s = NULL, *t = NULL;

	(void)state;
	memset(bytes, '.', sizeof(bytes));
	memcpy(bytes, "evil-one", 8);
	feed(bounded, &s, bytes, 0, 12);
	assert_true(match_stream_pending(s, 12));
	feed(bounded, &s, bytes, 12, 17);
	assert_true(match_stream_pending(s, 17));
	feed(bounded, &s, bytes, 17, 18);
	assert_false(match_stream_pending(s, 18));
	feed(open, &t, bytes, 0, 4000);
	assert_true(match_stream_pending(t, 4000));
	feed(open, &t, bytes, 4000, 8 + CORDON_WINDOW);
	assert_false(match_stream_pending(t, 8 + CORDON_WINDOW));
	match_stream_free(s);
	match_stream_free(t);
	bench_done(bounded);
	bench_done(open);
}

static void a_foreign_header_is_never_pending(void **state)
{
	struct rule_bench *b = bench_new(
		"alert tcp any any -> any 81 (content:\"evil-one\"; content:\"x\"; sid:1;)\n"
		"alert tcp any any -> any any (flow:to_client; content:\"evil-one\"; content:\"x\"; sid:2;)\n"
		"alert tcp any any -> any any (content:\"first\"; depth:5; content:\"evil-one\"; content:\"x\"; sid:3;)");
	struct match_stream *s = NULL;

	(void)state;
	feed(b, &s, "... evil-one", 0, 12);
	assert_false(match_stream_pending(s, 12));
	match_stream_free(s);
	bench_done(b);
}

static void an_anchored_content_counts_from_the_streams_begin(void **state)
{
	static char bytes[2 * CORDON_WINDOW];
	struct rule_bench *b = bench_new("alert tcp any any -> any any (content:\"MAGIC\"; depth:5; sid:1;)");
	struct match_stream *s = NULL;

	(void)state;
	memset(bytes, '.', sizeof(bytes));
	memcpy(bytes, "MAGIC", 5);
	memcpy(bytes + 6000, "MAGIC", 5);
	feed(b, &s, bytes, 0, 3);
	feed(b, &s, bytes, 3, 20);
	assert_int_equal(bench_hits(b, 1), 1);
	feed(b, &s, bytes, 20, 5000);
	feed(b, &s, bytes, 5000, 7000);
	assert_int_equal(bench_hits(b, 1), 1);
	match_stream_free(s);
	bench_done(b);
}

static void an_anchored_rule_fires_of_the_segment_and_of_the_stream(void **state)
{
	struct rule_bench *b = bench_new("alert tcp any any -> any any (content:\"MAGIC\"; depth:5; sid:1;)");
	struct cordon_facts f = record_facts(1, 6, 0, CORDON_APP_NONE, EST);
	struct match_stream *s = NULL;

	(void)state;
	bench_packet(b, &f, 0x18, "MAGIC!", 6);
	assert_int_equal(bench_hits(b, 1), 1);
	/* the same record, as the pipeline does */
	b->rec.hdr.ts_ns--;
	bench_stream(b, &s, &f, "MAGIC!", 6, 0, 0);
	assert_int_equal(bench_hits(b, 1), 2);
	match_stream_free(s);
	bench_done(b);
}

/* as Suricata: whoever has sent application data has no more text for rules on bytes */
static void sealed_bytes_are_not_looked_at(void **state)
{
	struct rule_bench *b = bench_new("alert tcp any any -> any any (content:\"MAGIC\"; sid:1;)");
	struct cordon_facts f = record_facts(1, 6, 0, CORDON_APP_TLS, EST);
	struct match_stream *s = NULL;

	(void)state;
	bench_stream(b, &s, &f, "MAGIC", 5, 0, 0);
	assert_int_equal(bench_hits(b, 1), 1);
	f.flow_flags |= CORDON_FLOW_SEALED;
	bench_stream(b, &s, &f, "MAGICMAGIC", 10, 0, 5);
	assert_int_equal(bench_hits(b, 1), 1);
	match_stream_free(s);
	bench_done(b);
}

/* --- the whole flow and the suspect part --- */

static const char random_rules[] =
	"alert tcp any any -> any any (content:\"abcabc\"; sid:1;)\n"
	"alert tcp any any -> any any (content:\"abcab\"; content:\"ba\"; distance:0; within:8; sid:2;)\n"
	"alert tcp any any -> any any (content:\"cab\"; content:\"abab\"; distance:0; sid:3;)\n"
	"alert tcp any any -> any any (content:\"bbcc\"; content:!\"aaa\"; sid:4;)\n"
	"alert tcp any any -> any any (content:\"ccca\"; pcre:\"/a{3}c/\"; sid:5;)\n"
	"alert tcp any any -> any any (content:\"ab\"; depth:40; content:\"cbacb\"; sid:6;)\n"
	"alert tcp any any -> any any (content:\"aabba\"; nocase; isdataat:!1,relative; sid:7;)\n"
	"alert tcp any any -> any any (content:\"a.bcabcacbab\"; sid:8;)\n"
	"alert tcp any any -> any any (content:\"abbacaabc\"; content:!\"c\"; within:2; sid:9;)\n";

static void the_suspect_part_gives_the_alerts_of_the_whole_flow(void **state)
{
	enum { LEN = 1200 };
	static const struct model_packet k = { CORDON_CLASS_TCP, 0, CORDON_APP_NONE, 40000, 80, 0 };
	unsigned int alerts = 0, rounds_with_gap = 0;
	struct cordon_prefilter *pf = malloc(sizeof(*pf));

	(void)state;
	assert_non_null(pf);
	srandom(11);
	for (int round = 0; round < 300; round++) {
		struct rule_bench *full = bench_new(random_rules), *part = bench_new(random_rules);
		struct match_stream *fs = NULL, *ps = NULL;
		static char bytes[LEN];
		uint32_t synced = 0;
		bool followed = false;

		assert_int_equal(match_prefilter(full->eng, 1, pf), 0);
		for (int i = 0; i < LEN; i++)
			bytes[i] = random() % 40 ? "abc."[random() & 3] : 'x';
		/* longer than a window of the kernel: seldom made by chance */
		for (int i = 0; i < 6; i++)
			memcpy(bytes + random() % (LEN - 12), i & 1 ? "a.bcabcacbab" : "abbacaabc", i & 1 ? 12 : 9);
		for (uint32_t at = 0, next; at < LEN; at = next) {
			next = at + 1 + (uint32_t)(random() % 60);
			next = next > LEN ? LEN : next;
			feed(full, &fs, bytes, at, next);
			if (!followed && model_scan(pf, (const uint8_t *)bytes, at, next, &k)) {
				followed = true;
				rounds_with_gap += synced < at;
				if (synced < at)
					feed(part, &ps, bytes, synced, at);
			}
			if (followed) {
				feed(part, &ps, bytes, at, next);
				synced = next;
				followed = match_stream_pending(ps, next);
			}
			if (full->hits > HITS_MAX - 8)
				break;
		}
		assert_int_equal(full->hits, part->hits);
		assert_memory_equal(full->sid, part->sid, full->hits * sizeof(full->sid[0]));
		alerts += (unsigned int)full->hits;
		match_stream_free(fs);
		match_stream_free(ps);
		bench_done(full);
		bench_done(part);
	}
	free(pf);
	assert_true(alerts > 1000);
	assert_true(rounds_with_gap > 100);
}

static void a_flow_is_not_let_go_within_a_literal(void **state)
{
	static const char bytes[] = "some text evil-token-long and after";
	static const struct model_packet k = { CORDON_CLASS_TCP, 0, CORDON_APP_NONE, 40000, 80, 0 };
	struct rule_bench *b = bench_new("alert tcp any any -> any any (content:\"evil-token-long\"; sid:1;)");
	struct cordon_prefilter *pf = malloc(sizeof(*pf));
	uint32_t len = sizeof(bytes) - 1;

	(void)state;
	assert_non_null(pf);
	assert_int_equal(match_prefilter(b->eng, 1, pf), 0);
	for (uint32_t c1 = 1; c1 < len - 1; c1++)
		for (uint32_t c2 = c1 + 1; c2 < len; c2++) {
			uint32_t cut[] = { 0, c1, c2, len }, synced = 0;
			struct match_stream *s = NULL;
			bool followed = false;

			bench_forget(b);
			match_forget(b->eng);
			for (int i = 0; i < 3; i++) {
				followed |= model_scan(pf, (const uint8_t *)bytes, cut[i], cut[i + 1], &k);
				if (!followed)
					continue;
				if (synced < cut[i])
					feed(b, &s, bytes, synced, cut[i]);
				feed(b, &s, bytes, cut[i], cut[i + 1]);
				synced = cut[i + 1];
				followed = match_stream_pending(s, synced);
			}
			assert_int_equal(bench_hits(b, 1), 1);
			match_stream_free(s);
		}
	free(pf);
	bench_done(b);
}

/* a reader that was looked at before its setter in an earlier delivery comes after it in this one all the same */
static void a_setter_is_judged_before_its_reader(void **state)
{
	static const char bytes[] = "reader-a ... setter-b reader-a";
	struct rule_bench *b = bench_new(
		"alert tcp any any -> any any (content:\"reader-a\"; flowbits:isset,x; sid:1;)\n"
		"alert tcp any any -> any any (pcre:\"/setter-b/\"; flowbits:set,x; noalert; sid:2;)");
	struct match_stream *s = NULL;

	(void)state;
	feed(b, &s, bytes, 0, 10);
	assert_int_equal(bench_hits(b, 1), 0);
	feed(b, &s, bytes, 10, sizeof(bytes) - 1);
	assert_int_equal(bench_hits(b, 1), 1);
	match_stream_free(s);
	bench_done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_literal_over_a_seam_is_found_at_every_cut),
		cmocka_unit_test(single_bytes_are_enough),
		cmocka_unit_test(a_rule_fires_once_of_each_chunk_of_a_stream),
		cmocka_unit_test(a_candidate_is_pending_until_it_can_no_longer_fire),
		cmocka_unit_test(a_foreign_header_is_never_pending),
		cmocka_unit_test(an_anchored_content_counts_from_the_streams_begin),
		cmocka_unit_test(an_anchored_rule_fires_of_the_segment_and_of_the_stream),
		cmocka_unit_test(sealed_bytes_are_not_looked_at),
		cmocka_unit_test(a_flow_is_not_let_go_within_a_literal),
		cmocka_unit_test(a_setter_is_judged_before_its_reader),
		cmocka_unit_test(the_suspect_part_gives_the_alerts_of_the_whole_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
