// SPDX-License-Identifier: BSD-2-Clause
/* Where Suricata's chunks end. That it does the same: tests/corpus/chunks_of_a_stream, whose counts are Suricata's. */
#include "unit/unit.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "harness/pkt.h"
#include "stream/chunks.h"

#define CLIENT "10.0.0.2"
#define SERVER "192.0.2.10"
#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define ACK 0x10

static const uint8_t zeros[4000];

/* @dir 1: from the server; numbers count from the first byte */
static void bytes(struct chunks *c, uint32_t isn, int dir, uint32_t at, uint32_t ack, const void *p, uint32_t len, uint8_t flags)
{
	static uint8_t frame[PKT_FRAME_MAX];
	struct pkt_spec s = { .src = dir ? SERVER : CLIENT, .dst = dir ? CLIENT : SERVER, .proto = 6,
			      .sport = dir ? 80 : 40000, .dport = dir ? 40000 : 80,
			      .seq = isn + 1 + (dir ? 500 : 0) + at, .ack = isn + 1 + (dir ? 0 : 500) + ack,
			      .flags = flags, .payload = p, .len = len };

	chunks_frame(c, frame, (uint32_t)pkt_build(&s, frame));
}

static void segment(struct chunks *c, uint32_t isn, int dir, uint32_t at, uint32_t ack, uint32_t len, uint8_t flags)
{
	bytes(c, isn, dir, at, ack, zeros, len, flags);
}

static void handshake(struct chunks *c, uint32_t isn)
{
	segment(c, isn, 0, (uint32_t)-1, 0, 0, SYN);
	segment(c, isn, 1, (uint32_t)-1, 0, 0, SYN | ACK);
	segment(c, isn, 0, 0, 0, 0, ACK);
}

static bool find(struct chunks *c, uint32_t isn, int dir, unsigned int kind, struct chunk_list *ret)
{
	struct chunk_ends e = { .sport = dir ? 80 : 40000, .dport = dir ? 40000 : 80, .base = isn + 1 + (dir ? 500 : 0) };

	memset(e.src + 10, 0xff, 2);
	memset(e.dst + 10, 0xff, 2);
	assert_int_equal(inet_pton(AF_INET, dir ? SERVER : CLIENT, e.src + 12), 1);
	assert_int_equal(inet_pton(AF_INET, dir ? CLIENT : SERVER, e.dst + 12), 1);
	return chunks_find(c, &e, kind, ret);
}

static void expect(struct chunks *c, uint32_t isn, int dir, unsigned int kind, const uint32_t *end, int n)
{
	struct chunk_list got = { 0 };

	assert_int_equal(find(c, isn, dir, kind, &got), n >= 0);
	assert_int_equal(got.n, n >= 0 ? n : 0);
	if (n > 0)
		assert_memory_equal(got.end, end, (size_t)n * sizeof(*end));
}
#define EXPECT(c, isn, dir, turns, ...)                                                            \
	expect(c, isn, dir, turns, (uint32_t[]){ __VA_ARGS__ }, (int)(sizeof((uint32_t[]){ __VA_ARGS__ }) / 4))

/* sequence numbers that wrap around among the first segments, too */
static const uint32_t isns[] = { 1000, 0xfffff800 };

static void a_chunk_is_enough_acknowledged_bytes_at_the_next_packet(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(isns); i++) {
		uint32_t isn = isns[i];
		struct chunks *c = chunks_new(true);

		handshake(c, isn);
		segment(c, isn, 1, 0, 0, 1400, ACK);
		segment(c, isn, 1, 1400, 0, 1400, ACK);
		segment(c, isn, 0, 0, 1400, 0, ACK);
		segment(c, isn, 1, 2800, 0, 1400, ACK); /* 1400 are not enough */
		segment(c, isn, 0, 0, 4200, 0, ACK);
		segment(c, isn, 0, 0, 4200, 0, ACK);	/* not of this direction */
		segment(c, isn, 1, 4200, 0, 1400, ACK);
		segment(c, isn, 1, 5600, 0, 1400, ACK); /* nothing new is acknowledged */
		segment(c, isn, 0, 0, 900000, 0, ACK);	/* more than there is */
		segment(c, isn, 1, 7000, 0, 1400, ACK);
		EXPECT(c, isn, 1, 0, 4200, 7000);
		expect(c, isn, 0, 0, NULL, 0);
		chunks_free(c);
	}
}

static void a_step_is_what_a_packet_of_its_direction_finds_acknowledged(void **state)
{
	struct chunks *c = chunks_new(true), *without = chunks_new(false);

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct chunks *x = i ? without : c;

		handshake(x, 1);
		segment(x, 1, 1, 0, 0, 100, ACK);
		segment(x, 1, 0, 0, 100, 0, ACK);
		segment(x, 1, 1, 100, 0, 100, ACK);
		segment(x, 1, 1, 200, 0, 100, ACK); /* nothing new */
		segment(x, 1, 0, 0, 200, 0, ACK);
		segment(x, 1, 0, 0, 300, 0, ACK | FIN);
		segment(x, 1, 1, 300, 1, 0, ACK | FIN);
		segment(x, 1, 0, 1, 301, 0, ACK);
	}
	EXPECT(c, 1, 1, CHUNKS_STEPS, 100, 300);
	expect(without, 1, 1, CHUNKS_STEPS, NULL, 0);
	chunks_free(c);
	chunks_free(without);
}

/* the client's chunks: ends, where the next begins, where the payload begins that each is looked at with */
static void expect_client(struct chunks *c, uint32_t isn, const uint32_t want[][3], uint32_t n)
{
	struct chunk_list got = { 0 };

	assert_true(find(c, isn, 0, CHUNKS_PLAIN, &got));
	assert_int_equal(got.n, n);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(got.end[i], want[i][0]);
		assert_int_equal(got.next[i], want[i][1]);
		assert_int_equal(got.by[i], want[i][2]);
	}
}

static void what_is_behind_missing_bytes_is_in_the_next_chunk_as_well(void **state)
{
	const uint32_t want[][3] = { { 6045, 3037, 6055 }, { 6045, 6045, UINT32_MAX }, { 6069, 6055, UINT32_MAX } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(isns); i++) {
		uint32_t isn = isns[i];
		struct chunks *c = chunks_new(false);

		handshake(c, isn);
		segment(c, isn, 0, 0, 0, 13, ACK);
		segment(c, isn, 0, 23, 0, 3004, ACK); /* 10 are missing */
		segment(c, isn, 0, 3037, 0, 3008, ACK);
		segment(c, isn, 1, 0, 6045, 0, ACK);
		segment(c, isn, 0, 6055, 0, 14, ACK);
		segment(c, isn, 0, 6069, 0, 0, ACK | FIN);
		segment(c, isn, 1, 0, 6070, 0, ACK | FIN);
		segment(c, isn, 0, 6070, 1, 0, ACK);
		expect_client(c, isn, want, ARRAY_SIZE(want));
		chunks_free(c);
	}
}

static void what_comes_late_was_not_missing(void **state)
{
	const uint32_t want[][3] = { { 3000, 3000, 3000 } };
	struct chunks *c = chunks_new(false);

	(void)state;
	handshake(c, 1);
	segment(c, 1, 0, 1000, 0, 1000, ACK);
	segment(c, 1, 0, 2000, 0, 1000, ACK);
	segment(c, 1, 0, 500, 0, 600, ACK);
	segment(c, 1, 0, 0, 0, 400, ACK);
	segment(c, 1, 0, 400, 0, 100, ACK);
	segment(c, 1, 1, 0, 3000, 0, ACK);
	segment(c, 1, 0, 3000, 0, 10, ACK);
	expect_client(c, 1, want, ARRAY_SIZE(want));
	chunks_free(c);
}

static void what_ends_the_connection_is_no_step(void **state)
{
	struct chunks *c = chunks_new(true);

	(void)state;
	handshake(c, 1);
	segment(c, 1, 0, 0, 0, 100, ACK);
	segment(c, 1, 1, 0, 100, 0, ACK);
	segment(c, 1, 0, 100, 0, 0, ACK | RST);
	expect(c, 1, 0, CHUNKS_STEPS, NULL, 0);
	chunks_free(c);
}

static void a_turn_ends_one_where_asked(void **state)
{
	struct chunks *c = chunks_new(true);

	(void)state;
	handshake(c, 1);
	segment(c, 1, 0, 0, 0, 100, ACK);
	segment(c, 1, 1, 0, 100, 300, ACK);
	segment(c, 1, 0, 100, 300, 50, ACK);
	segment(c, 1, 1, 300, 150, 20, ACK);
	EXPECT(c, 1, 0, 1, 100);
	EXPECT(c, 1, 1, 1, 300);
	expect(c, 1, 0, 0, NULL, 0);
	expect(c, 1, 1, 0, NULL, 0);
	chunks_free(c);
}

static void an_interim_response_is_no_turn_and_an_upgrade_the_last(void **state)
{
	struct chunks *c = chunks_new(true);

	(void)state;
	handshake(c, 1);
	segment(c, 1, 0, 0, 0, 100, ACK);
	bytes(c, 1, 1, 0, 100, "HTTP/1.1 100 Continue\r\n\r\n", 25, ACK);
	segment(c, 1, 0, 100, 25, 50, ACK);
	segment(c, 1, 1, 25, 150, 0, ACK);
	expect(c, 1, 0, 1, NULL, 0);
	bytes(c, 1, 1, 25, 150, "HTTP/1.1 101 Switching Protocols\r\n\r\n", 36, ACK);
	segment(c, 1, 0, 150, 61, 50, ACK);
	segment(c, 1, 1, 61, 200, 50, ACK);
	segment(c, 1, 0, 200, 111, 50, ACK);
	EXPECT(c, 1, 0, 1, 150);
	expect(c, 1, 1, 1, NULL, 0);
	chunks_free(c);
}

static void records_of_tls_end_one(void **state)
{
	static const uint8_t two[] = "\x16\3\3\0\4abcd\x14\3\3\0\1\1\x16\3\3\0\x14";
	struct chunks *c = chunks_new(true);

	(void)state;
	handshake(c, 1);
	bytes(c, 1, 1, 0, 0, two, 20, ACK);
	segment(c, 1, 0, 0, 8, 0, ACK); /* within the first */
	segment(c, 1, 1, 20, 0, 10, ACK);
	segment(c, 1, 0, 0, 17, 0, ACK); /* in the third */
	segment(c, 1, 1, 30, 0, 5, ACK);
	segment(c, 1, 0, 0, 35, 0, ACK); /* not its end */
	segment(c, 1, 1, 35, 0, 5, ACK);
	segment(c, 1, 0, 0, 40, 0, ACK);
	segment(c, 1, 1, 40, 0, 5, ACK);
	EXPECT(c, 1, 1, 1, 17, 40);
	expect(c, 1, 1, 0, NULL, 0);
	chunks_free(c);
}

/* a server's FIN is waited for, as Suricata's states have it */
static void ends_of_the_connection_end_one(void **state)
{
	static const struct {
		int dir;
		uint8_t flags;
		bool ends;
	} rows[] = { { 0, FIN | ACK, true }, { 1, FIN | ACK, false }, { 0, RST | ACK, true }, { 1, RST | ACK, true } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct chunks *c = chunks_new(true);

		handshake(c, 7);
		segment(c, 7, 1, 0, 0, 100, ACK);
		segment(c, 7, rows[i].dir, rows[i].dir ? 100 : 0, rows[i].dir ? 0 : 100, 0, rows[i].flags);
		segment(c, 7, 0, 1, 100, 0, ACK);
		segment(c, 7, 1, 101, 1, 0, ACK);
		expect(c, 7, 1, 0, (uint32_t[]){ 100 }, rows[i].ends);
		chunks_free(c);
	}
}

static void connections_between_the_same_ports_are_told_apart(void **state)
{
	struct chunks *c = chunks_new(true);

	(void)state;
	for (uint32_t i = 0; i < CHUNKS_SAME_MAX + 10; i++) {
		handshake(c, i * 100000);
		segment(c, i * 100000, 0, 0, 0, 3000 + i, ACK);
		segment(c, i * 100000, 1, 0, 3000 + i, 0, ACK);
		segment(c, i * 100000, 0, 3000 + i, 0, 0, ACK);
	}
	EXPECT(c, 0, 0, 0, 3000);
	EXPECT(c, 5 * 100000, 0, 0, 3005);
	expect(c, CHUNKS_SAME_MAX * 100000, 0, 0, NULL, -1);
	assert_int_equal(chunks_dropped(c), 10);
	chunks_free(c);
}

static void what_has_no_handshake_has_no_chunks(void **state)
{
	struct chunks *c = chunks_new(true);

	(void)state;
	segment(c, 3, 0, 0, 0, 3000, ACK);
	segment(c, 3, 1, 0, 3000, 0, ACK);
	expect(c, 3, 0, 0, NULL, -1);
	chunks_frame(c, zeros, 3);
	chunks_frame(c, zeros, sizeof(zeros));
	assert_int_equal(chunks_dropped(c), 0);
	chunks_free(c);
}

static void count_times(void *ctx)
{
	int *times = ctx;

	(*times)++;
}

static void frames_are_asked_for_once_at_the_first_question(void **state)
{
	struct chunks *c = chunks_new(false);
	struct chunk_ends e = { .sport = 1, .dport = 2 };
	struct chunk_list l;
	int times = 0;

	(void)state;
	chunks_fill_by(c, count_times, &times);
	assert_int_equal(times, 0);
	assert_false(chunks_find(c, &e, CHUNKS_PLAIN, &l));
	assert_false(chunks_find(c, &e, CHUNKS_TURNS, &l));
	assert_int_equal(times, 1);
	chunks_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chunk_is_enough_acknowledged_bytes_at_the_next_packet),
		cmocka_unit_test(a_step_is_what_a_packet_of_its_direction_finds_acknowledged),
		cmocka_unit_test(what_is_behind_missing_bytes_is_in_the_next_chunk_as_well),
		cmocka_unit_test(what_comes_late_was_not_missing),
		cmocka_unit_test(what_ends_the_connection_is_no_step),
		cmocka_unit_test(a_turn_ends_one_where_asked),
		cmocka_unit_test(an_interim_response_is_no_turn_and_an_upgrade_the_last),
		cmocka_unit_test(records_of_tls_end_one),
		cmocka_unit_test(ends_of_the_connection_end_one),
		cmocka_unit_test(connections_between_the_same_ports_are_told_apart),
		cmocka_unit_test(what_has_no_handshake_has_no_chunks),
		cmocka_unit_test(frames_are_asked_for_once_at_the_first_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
