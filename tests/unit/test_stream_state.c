// SPDX-License-Identifier: BSD-2-Clause
/* What of a TCP segment does not fit its connection's state; tests/corpus/stream_events holds the rest against Suricata. */
#include "unit/unit.h"

#include <string.h>

#include "rule/events.h"
#include "stream/heard.h"
#include "stream/state.h"
#include "stream/tcp.h"

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define ACK 0x10
#define C 1000	       /* the client's first number; near the end of the numbers in the other half of the tests */
#define S 0xffffff00u

struct row {
	unsigned int dir;
	uint8_t flags;
	uint32_t seq, ack, len; /* from the first numbers on */
	int event;		/* RULE_EVENT_*; 0: none (it is another one's) */
};

#define SHAKE { 0, SYN, 0, 0, 0, 0 }, { 1, SYN | ACK, 0, 1, 0, 0 }, { 0, ACK, 1, 1, 0, 0 }
#define EVENT(id) RULE_EVENT_STREAM_##id

static struct state_odds step(struct state *s, const struct row *r)
{
	const struct state_opts o = { .policy = TCP_POLICY_WINDOWS };
	uint32_t mine = r->dir ? S : C, other = r->dir ? C : S;
	struct state_seg k = { .ts_ns = 1000000000, .flags = r->flags, .seq = mine + r->seq, .len = r->len, .window = 1000 };
	struct state_odds odds;

	k.ack = r->flags & ACK ? other + r->ack : 0;
	state_step(s, &o, &k, r->dir, &odds);
	return odds;
}

/* the last row's event is said, and none before */
static void says(const struct row *r, size_t n)
{
	struct state s = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct state_odds odds = step(&s, &r[i]);
		bool said = false;

		if (!r[i].event) {
			assert_int_equal(odds.n, 0);
			continue;
		}
		for (uint8_t e = 0; e < odds.n; e++)
			said |= odds.event[e] == r[i].event;
		assert_true(said);
	}
}

#define SAYS(...) says((const struct row[]){ __VA_ARGS__ }, sizeof((const struct row[]){ __VA_ARGS__ }) / sizeof(struct row))

static void an_ordinary_connection_has_nothing_odd(void **state)
{
	(void)state;
	SAYS(SHAKE, { 0, ACK, 1, 1, 100, 0 }, { 1, ACK, 1, 101, 500, 0 }, { 0, ACK, 101, 501, 0, 0 }, { 0, ACK, 100, 501, 0, 0 },
	     { 1, ACK, 501, 101, 0, 0 }, { 0, FIN | ACK, 101, 501, 0, 0 }, { 1, FIN | ACK, 501, 102, 0, 0 }, { 0, ACK, 102, 502, 0, 0 });
	SAYS(SHAKE, { 1, FIN | ACK, 1, 1, 0, 0 }, { 0, ACK, 1, 2, 0, 0 }, { 0, FIN | ACK, 1, 2, 0, 0 }, { 1, ACK, 2, 2, 0, 0 });
	SAYS(SHAKE, { 1, RST, 1, 0, 0, 0 });
	SAYS({ 0, SYN, 0, 0, 0, 0 }, { 0, SYN, 0, 0, 0, 0 }, { 1, RST | ACK, 0, 1, 0, 0 });
}

static void a_handshake_that_is_disturbed_says_how(void **state)
{
	(void)state;
	SAYS({ 0, SYN, 0, 0, 0, 0 }, { 1, SYN | ACK, 0, 2, 0, EVENT(SYNACK_WRONG_ACK) });
	SAYS({ 0, SYN, 0, 0, 0, 0 }, { 0, SYN | ACK, 0, 1, 0, EVENT(SYNACK_WRONG_DIRECTION) });
	SAYS({ 0, SYN, 0, 0, 0, 0 }, { 1, SYN | ACK, 0, 1, 0, 0 }, { 0, ACK, 1, 500, 0, EVENT(RIGHT_SEQ_WRONG_ACK) });
	SAYS({ 0, SYN, 0, 0, 0, 0 }, { 1, SYN | ACK, 0, 1, 0, 0 }, { 0, ACK, 7000, 500, 0, EVENT(WRONG_SEQ_WRONG_ACK) });
	SAYS({ 0, SYN, 0, 0, 0, 0 }, { 1, SYN | ACK, 0, 1, 0, 0 }, { 1, SYN, 0, 0, 0, EVENT(SYN_TO_CLIENT) });
	SAYS({ 0, ACK, 1, 1, 5, 0 }, { 0, RST, 1, 0, 0, EVENT(RST_NO_SESSION) });
	SAYS({ 0, FIN, 1, 1, 0, EVENT(FIN_NO_SESSION) });
}

static void what_does_not_fit_an_established_connection_is_said(void **state)
{
	(void)state;
	SAYS(SHAKE, { 0, ACK, 1, 1, 1001, EVENT(EST_OUT_OF_WINDOW) });
	SAYS(SHAKE, { 0, ACK, 1, 2000, 10, EVENT(EST_INVALID_ACK) });
	SAYS(SHAKE, { 0, ACK, 1, 1, 10, 0 }, { 1, ACK, 1, 11, 0, 0 }, { 0, ACK, 1, 1, 5, EVENT(EST_BEFORE_LAST_ACK) });
	SAYS(SHAKE, { 0, ACK, 1, 1, 10, 0 }, { 1, ACK, 1, 11, 0, 0 }, { 0, ACK, 1, 1, 10, EVENT(SPURIOUS) });
	SAYS(SHAKE, { 0, SYN, 5, 0, 0, EVENT(EST_SYN_OTHER_SEQ) });
	SAYS(SHAKE, { 0, RST, 1, 0, 3, EVENT(RST_WITH_DATA) });
	SAYS(SHAKE, { 0, 0, 1, 0, 0, 0 }, { 0, FIN | ACK, 1, 2000, 0, EVENT(FIN_INVALID_ACK) });
	SAYS(SHAKE, { 0, FIN | ACK, 3000, 1, 0, EVENT(FIN_OUT_OF_WINDOW) });
}

static void what_does_not_fit_its_end_is_said(void **state)
{
	(void)state;
	SAYS(SHAKE, { 0, FIN | ACK, 1, 1, 0, 0 }, { 0, SYN, 1, 0, 0, EVENT(SHUTDOWN_SYN) });
	SAYS(SHAKE, { 0, FIN | ACK, 1, 1, 0, 0 }, { 1, FIN | ACK, 1, 2, 0, 0 }, { 0, ACK, 50, 2, 0, EVENT(LASTACK_ACK_WRONG_SEQ) });
	SAYS(SHAKE, { 1, FIN | ACK, 1, 1, 0, 0 }, { 0, ACK, 1, 2, 2000, EVENT(FIN1_ACK_WRONG_SEQ) });
	SAYS(SHAKE, { 1, FIN | ACK, 1, 1, 0, 0 }, { 0, ACK, 1, 2, 0, 0 }, { 0, FIN | ACK, 1, 2, 0, 0 },
	     { 1, ACK, 700, 2, 0, EVENT(TIMEWAIT_ACK_WRONG_SEQ) });
}

static void options_are_read_as_far_as_they_go(void **state)
{
	uint8_t head[60] = { [12] = 0xf0, [13] = SYN };
	static const uint8_t options[] = { 1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9, 3, 3, 200, 4, 2, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 19, 18 };

	(void)state;
	memcpy(head + 20, options, sizeof(options));
	for (uint32_t n = 20; n <= sizeof(head); n++) {
		uint8_t *copy = test_malloc(n);
		struct state_seg k = { 0 };

		memcpy(copy, head, n);
		state_parse(copy, n, &k);
		assert_int_equal(k.has_ts, n >= 32);
		assert_int_equal(k.n_sacks, n >= 47);
		assert_int_equal(k.sack_ok, n >= 37);
		assert_true(!k.has_scale || k.scale == 14);
		test_free(copy);
	}
}

static void new_connections_of_the_same_ends_begin_when_the_old_one_is_done(void **state)
{
	const struct state_opts o = { .policy = TCP_POLICY_FIRST };
	const struct state_seg syn = { .flags = SYN, .seq = 77 };
	struct state s = { .at = STATE_ESTABLISHED };

	(void)state;
	assert_true(state_begins(NULL, &syn, &o, 0));
	assert_false(state_begins(&s, &syn, &o, 0));
	s.at = STATE_CLOSED;
	assert_true(state_begins(&s, &syn, &o, 0));
	s.h[0].isn = 77; /* sent again */
	assert_false(state_begins(&s, &syn, &o, 0));
}

/* what two ends say, in turns that the other one acknowledges */
struct said {
	unsigned int dir;
	const char *text;
	uint32_t times, lost; /* lost: bytes before it that nobody saw */
	int event;	      /* said with the acknowledgement; 0: none */
};

static struct state_odds hear(struct state *s, struct heard *h, unsigned int dir, uint32_t at, uint32_t ack, const char *p, uint32_t len)
{
	const struct state_opts o = { .policy = TCP_POLICY_WINDOWS };
	struct state_seg k = { .flags = ACK, .seq = (dir ? S : C) + 1 + at, .ack = (dir ? C : S) + 1 + ack, .len = len, .window = 60000 };
	struct heard_seg g = { (const uint8_t *)p, len, dir ? 9999 : 40000, dir ? 40000 : 9999 };
	struct state_odds odds;

	state_step(s, &o, &k, dir, &odds);
	heard_step(h, s, &k, &g, dir, &odds);
	return odds;
}

static void hears(const struct said *t, size_t n)
{
	static const struct row shake[] = { SHAKE };
	struct state s = { 0 };
	struct heard h = { 0 };
	uint32_t at[2] = { 0 };

	for (size_t i = 0; i < 3; i++)
		step(&s, &shake[i]);
	for (size_t i = 0; i < n; i++) {
		struct state_odds odds = { .n = 0 };
		bool said = !t[i].event;

		at[t[i].dir] += t[i].lost;
		for (uint32_t k = 0; k < t[i].times; k++) {
			hear(&s, &h, t[i].dir, at[t[i].dir], at[!t[i].dir], t[i].text, (uint32_t)strlen(t[i].text));
			at[t[i].dir] += (uint32_t)strlen(t[i].text);
			odds = hear(&s, &h, !t[i].dir, at[!t[i].dir], at[t[i].dir], NULL, 0);
		}
		for (uint8_t e = 0; e < odds.n; e++)
			said |= odds.event[e] == t[i].event;
		assert_true(said);
		assert_true(t[i].event || !odds.n);
	}
}

#define HEARS(...) hears((const struct said[]){ __VA_ARGS__ }, sizeof((const struct said[]){ __VA_ARGS__ }) / sizeof(struct said))
#define ASKS "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
#define ANSWERS "HTTP/1.1 204 No Content\r\n\r\n"
#define JUNK "\x01\xf3\x99\x07\x01\xf3\x99\x07\x01\xf3\x99\x07\x01\xf3\x99\x07\x01\xf3\x99\x07\x01\xf3\x99\x07\x01\xf3\x99\x07"

static void an_application_of_one_direction_only_is_said_once(void **state)
{
	(void)state;
	HEARS({ 0, ASKS, 1, 0, 0 }, { 1, ANSWERS, 1, 0, 0 }, { 0, ASKS, 1, 0, 0 });
	HEARS({ 0, ASKS, 1, 0, 0 }, { 1, JUNK, 1, 0, RULE_EVENT_FLOW_APP_ONE_SIDE }, { 1, JUNK, 1, 0, 0 });
	HEARS({ 0, JUNK, 1, 0, 0 }, { 1, ANSWERS, 1, 0, RULE_EVENT_FLOW_APP_ONE_SIDE });
	HEARS({ 0, "SSH-2.0-x_1\r\n", 1, 0, 0 }, { 1, ANSWERS, 1, 0, RULE_EVENT_FLOW_APPS_DIFFER });
	HEARS({ 0, JUNK, 1, 0, 0 }, { 1, JUNK, 1, 0, 0 });
	/* TLS from a hello of SSL 2 on */
	HEARS({ 0, "\x80\x2e\x01\x03\x01" JUNK JUNK, 1, 0, 0 }, { 1, "\x16\x03\x01\x01\x2c\x02\x01\x01\x28\x03\x01" JUNK, 1, 0, 0 });
	HEARS({ 0, JUNK, 3571, 0, 0 }, { 0, JUNK, 1, 0, RULE_EVENT_FLOW_APP_SKIPPED }, { 0, JUNK, 1, 0, 0 });
}

static void missing_bytes_are_said_when_what_is_behind_them_is_acknowledged(void **state)
{
	(void)state;
	HEARS({ 0, ASKS, 1, 0, 0 }, { 0, ASKS, 1, 100, RULE_EVENT_STREAM_GAP }, { 0, ASKS, 1, 0, 0 }, { 1, ANSWERS, 1, 0, 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_connection_has_nothing_odd),
		cmocka_unit_test(a_handshake_that_is_disturbed_says_how),
		cmocka_unit_test(what_does_not_fit_an_established_connection_is_said),
		cmocka_unit_test(what_does_not_fit_its_end_is_said),
		cmocka_unit_test(options_are_read_as_far_as_they_go),
		cmocka_unit_test(an_application_of_one_direction_only_is_said_once),
		cmocka_unit_test(missing_bytes_are_said_when_what_is_behind_them_is_acknowledged),
		cmocka_unit_test(new_connections_of_the_same_ends_begin_when_the_old_one_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
