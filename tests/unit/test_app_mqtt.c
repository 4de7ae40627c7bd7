// SPDX-License-Identifier: BSD-2-Clause
/* MQTT: packets of both versions in every cut, whose side an answer is of, what is cut inside or no MQTT. */
#include "unit/unit.h"
#include "unit/row.h"

#include <errno.h>

#include "cordon_event.h"
#include "cordon_limits.h"
#include "rule/events.h"

#define CONNECT4                                                                                  \
	"\x10\x32\0\4MQTT\4\xc6\0\x3c\0\3cam\0\4will\0\2up\0\5admin\0\x10"                       \
	"0123456789abcdef"
#define CONNECT5 "\x10\x13\0\4MQTT\5\2\0\x3c\3\x21\0\x14\0\3cam"

/* what is told of @p, with the row's numbers left out: "dir id type buffers" */
static int add_short(const struct app_msg *m, void *ctx)
{
	struct strbuf *b = ctx;

	strbuf_addf(b, "%s %llu", m->dir == CORDON_TO_SERVER ? "ts" : "tc",
		    (unsigned long long)m->number[APP_NUMBER_MQTT_TYPE]);
	for (unsigned int i = 0; i < APP_BUFFERS; i++) {
		if (!app_has(m, i))
			continue;
		strbuf_adds(b, " ");
		strbuf_add(b, m->buf[i].p, m->buf[i].len);
	}
	for (uint16_t i = 0; i < m->n_more; i++) {
		strbuf_adds(b, " +");
		strbuf_add(b, m->more[i].buf.p, m->more[i].buf.len);
	}
	if (m->has_number >> APP_NUMBER_MQTT_PROTOCOL_VERSION & 1)
		strbuf_addf(b, " v%u", (unsigned int)m->number[APP_NUMBER_MQTT_PROTOCOL_VERSION]);
	if (m->has_number >> APP_NUMBER_MQTT_FLAGS & 1 && m->number[APP_NUMBER_MQTT_FLAGS])
		strbuf_addf(b, " f%x", (unsigned int)m->number[APP_NUMBER_MQTT_FLAGS]);
	if (m->has_number >> APP_NUMBER_MQTT_CONNECT_FLAGS & 1)
		strbuf_addf(b, " c%x", (unsigned int)m->number[APP_NUMBER_MQTT_CONNECT_FLAGS]);
	if (m->has_number >> APP_NUMBER_MQTT_REASON_CODE & 1)
		strbuf_addf(b, " r%u", (unsigned int)m->number[APP_NUMBER_MQTT_REASON_CODE]);
	if (m->has_number >> APP_NUMBER_MQTT_SESSION & 1)
		strbuf_addf(b, " s%u", (unsigned int)m->number[APP_NUMBER_MQTT_SESSION]);
	strbuf_adds(b, m->is_response == (m->dir == CORDON_TO_CLIENT) ? "\n" : " wrong side\n");
	return 0;
}

/* the bytes of both sides through one connection */
static void two_sides(const char *ts, size_t ts_len, const char *tc, size_t tc_len, app_msg_fn cb, struct strbuf *out)
{
	const struct app_row *row = app_row(CORDON_APP_MQTT);
	void *flow = row->flow_open(), *s[2] = { row->open(0), row->open(1) };

	row->link(s[0], flow);
	row->link(s[1], flow);
	assert_int_equal(row->feed(s[0], (const uint8_t *)ts, (uint32_t)ts_len, cb, out), 0);
	strbuf_adds(out, "--\n");
	assert_int_equal(row->feed(s[1], (const uint8_t *)tc, (uint32_t)tc_len, cb, out), 0);
	row->close(s[0]);
	row->close(s[1]);
	row->flow_close(flow);
}

static void check(uint8_t dir, const void *p, size_t len, const char *want)
{
	for (size_t n = 1; n <= len; n++) {
		struct strbuf out = { 0 };

		assert_int_equal(run(app_row(CORDON_APP_MQTT), dir, p, len, n, add_short, &out), 0);
		assert_string_equal(out.s ? out.s : "", want);
		strbuf_done(&out);
	}
}

static void a_session_of_3_1_1_is_told_packet_by_packet(void **state)
{
	static const char wire[] = CONNECT4 "\x30\x09\0\3t/1text"
					    "\x3b\x09\0\3t/2\0\1ab"
					    "\x82\x0a\0\2\0\1a\0\0\1b\1"
					    "\xa2\x05\0\3\0\1a"
					    "\x62\x02\0\1\xc0\0\xe0\0";

	(void)state;
	check(CORDON_TO_SERVER, wire, sizeof(wire) - 1,
	      "ts 1 MQTT cam admin 0123456789abcdef will up v4 cc6\n"
	      "ts 3 t/1 text v4\n"
	      "ts 3 t/2 ab v4 fb\n"
	      "ts 8 a +b v4 f2\n"
	      "ts 10 a v4 f2\n"
	      "ts 6\n"
	      "ts 12 v4\n"
	      "ts 14 v4\n");
}

static void properties_of_5_are_passed_over(void **state)
{
	static const char wire[] = CONNECT5 "\x32\x0c\0\3t/1\0\1\2\1\1ab"
					    "\x82\x09\0\2\2\x0b\1\0\1a\1"
					    "\x62\x03\0\1\x87"
					    "\x62\x02\0\1"
					    "\xe0\x01\4\xe0\0";

	(void)state;
	check(CORDON_TO_SERVER, wire, sizeof(wire) - 1,
	      "ts 1 MQTT cam v5 c2\n"
	      "ts 3 t/1 ab v5 f2\n"
	      "ts 8 a v5 f2\n"
	      "ts 6 r135\n"
	      "ts 6 r0\n"
	      "ts 14 v5 r4\n"
	      "ts 14 v5 r0\n");
}

#define ASKED CONNECT4 "\x82\x06\0\2\0\1a\0\xa2\x05\0\3\0\1a\x34\x07\0\3t/2\0\1"
#define ANSWERS "\x20\x02\1\5\x90\x03\0\2\x80\xb0\x02\0\3\x50\x02\0\1\x30\x06\0\3cmdx\x62\x02\0\1\xd0\0"

/* a rule of what a client asks for sees the answer as the client's (as in Suricata) */
static void answers_are_told_of_the_side_that_asked(void **state)
{
	struct strbuf out = { 0 };

	(void)state;
	two_sides(ASKED, sizeof(ASKED) - 1, ANSWERS, sizeof(ANSWERS) - 1, add_short, &out);
	assert_string_equal(strstr(out.s, "--\n"), "--\n"
						   "ts 2 v4 r5 s1\n"
						   "ts 9\n"
						   "ts 11\n"
						   "ts 5\n"
						   "tc 3 cmd x v4\n"
						   "tc 6\n"
						   "tc 13 v4\n");
	strbuf_done(&out);
}

/* one that answers nothing is of the side that sent it */
static void answers_to_nothing_are_of_their_side(void **state)
{
	(void)state;
	check(CORDON_TO_CLIENT, ANSWERS, sizeof(ANSWERS) - 1,
	      "tc 2 r5 s1\n"
	      "tc 9\n"
	      "tc 11\n"
	      "tc 5\n"
	      "tc 3 cmd x\n"
	      "tc 6 f2\n"
	      "tc 13\n");
}

static int add_events(const struct app_msg *m, void *ctx)
{
	strbuf_addf(ctx, "%u%s:%llx ", m->dir, m->is_response ? "r" : "", (unsigned long long)m->events);
	return 0;
}

/* a packet whose fields do not end in it: said, and nothing is read any more (as in Suricata) */
static void what_does_not_end_in_its_packet_ends_the_parsing(void **state)
{
	static const struct {
		const char *p;
		size_t n;
	} wires[] = {
#define W(x) { x, sizeof(x) - 1 }
		W("\x10\x10\0\4MQTT\4\xc2\0\x3c\0\x10"
		  "cam1"),
		W("\x30\x04\0\x20t/"), W("\x82\x02\0\1\xc0\0"), W("\x40\x01\0\xc0\0"), W("\x20\x01\0\xc0\0"),
		W("\xf0\x00\xc0\0"),
#undef W
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
		struct strbuf out = { 0 }, want = { 0 };

		assert_int_equal(run(app_row(CORDON_APP_MQTT), 0, wires[i].p, wires[i].n, 3, add_events, &out), -EBADMSG);
		strbuf_addf(&want, "0:%llx ", RULE_EVENT_BIT(MQTT_MALFORMED));
		assert_string_equal(out.s, want.s);
		strbuf_done(&out);
		strbuf_done(&want);
	}
}

/* the sum of what is said of packets that come in their places, and of those that do not */
static void packets_out_of_place_are_said(void **state)
{
	static const char in_place[] = "\x20\x02\0\0\x90\x03\0\2\x80\xb0\x02\0\3\x50\x02\0\1\x70\x02\0\1";
	static const char not[] = "\x20\x02\0\0\x20\x02\0\0\x70\x02\0\7\x90\x03\0\7\0\xb0\x02\0\7\x00\x01x\x36\x06\0\2ab\0\1";
	struct strbuf out = { 0 }, want = { 0 };

	(void)state;
	two_sides(ASKED, sizeof(ASKED) - 1, in_place, sizeof(in_place) - 1, add_events, &out);
	strbuf_addf(&want, "0:0 0:%llx 0:%llx 0:%llx --\n0:0 0:0 0:0 0:0 0:0 ", RULE_EVENT_BIT(MQTT_UNINTRODUCED),
		    RULE_EVENT_BIT(MQTT_UNINTRODUCED), RULE_EVENT_BIT(MQTT_UNINTRODUCED));
	assert_string_equal(out.s, want.s);
	strbuf_done(&out);
	strbuf_done(&want);
	two_sides(CONNECT4, sizeof(CONNECT4) - 1, not, sizeof(not) - 1, add_events, &out);
	strbuf_addf(&want, "0:0 --\n0:0 1r:%llx 1r:%llx 1r:%llx 1r:%llx 1r:%llx 1r:%llx ", RULE_EVENT_BIT(MQTT_NO_CONNECT),
		    RULE_EVENT_BIT(MQTT_NO_PUBLISH), RULE_EVENT_BIT(MQTT_NO_SUBSCRIBE), RULE_EVENT_BIT(MQTT_NO_UNSUBSCRIBE),
		    RULE_EVENT_BIT(MQTT_TYPE), RULE_EVENT_BIT(MQTT_QOS));
	assert_string_equal(out.s, want.s);
	strbuf_done(&out);
	strbuf_done(&want);
}

static void a_prefix_tells_the_packets_that_are_whole(void **state)
{
	static const char wire[] = CONNECT4 "\x30\x09\0\3t/1text";

	(void)state;
	for (size_t n = 0; n <= sizeof(wire) - 1; n++) {
		struct strbuf out = { 0 };
		void *copy = malloc(n ? n : 1);
		size_t lines = 0;

		memcpy(copy, wire, n);
		assert_int_equal(run(app_row(CORDON_APP_MQTT), 0, copy, n, n ? n : 1, add_short, &out), 0);
		for (size_t i = 0; i < out.len; i++)
			lines += out.s[i] == '\n';
		assert_int_equal(lines, n == sizeof(wire) - 1 ? 2 : n >= sizeof(CONNECT4) - 1);
		strbuf_done(&out);
		free(copy);
	}
}

/* a packet longer than is kept: its begin is looked at, the next one is found */
static void a_long_packet_is_looked_at_as_far_as_it_is_kept(void **state)
{
	size_t body = CORDON_MQTT_PACKET_MAX + 1000, len = 4 + body + 2;
	uint8_t *wire = malloc(len);
	struct strbuf out = { 0 };

	(void)state;
	assert_non_null(wire);
	memset(wire, 'x', len);
	memcpy(wire, "\x30", 1);
	wire[1] = (uint8_t)(body & 127) | 128;
	wire[2] = (uint8_t)(body >> 7 & 127) | 128;
	wire[3] = (uint8_t)(body >> 14);
	memcpy(wire + 4, "\0\3t/1", 5);
	memcpy(wire + len - 2, "\xc0\0", 2);
	assert_int_equal(run(app_row(CORDON_APP_MQTT), 0, wire, len, 1400, add_short, &out), 0);
	assert_int_equal(out.len, strlen("ts 3 t/1 \nts 12\n") + CORDON_MQTT_PACKET_MAX - 5);
	strbuf_done(&out);
	free(wire);
}

static void what_is_not_mqtt_ends_the_parsing(void **state)
{
	struct strbuf out = { 0 };

	(void)state;
	assert_int_equal(run(app_row(CORDON_APP_MQTT), 0, "\x30\xff\xff\xff\xff\x01xx", 8, 3, add_events, &out), -EBADMSG);
	assert_non_null(strchr(out.s, ':'));
	assert_null(strchr(strchr(out.s, ':') + 1, ':')); /* once */
	strbuf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_of_3_1_1_is_told_packet_by_packet),
		cmocka_unit_test(properties_of_5_are_passed_over),
		cmocka_unit_test(answers_are_told_of_the_side_that_asked),
		cmocka_unit_test(answers_to_nothing_are_of_their_side),
		cmocka_unit_test(what_does_not_end_in_its_packet_ends_the_parsing),
		cmocka_unit_test(packets_out_of_place_are_said),
		cmocka_unit_test(a_prefix_tells_the_packets_that_are_whole),
		cmocka_unit_test(a_long_packet_is_looked_at_as_far_as_it_is_kept),
		cmocka_unit_test(what_is_not_mqtt_ends_the_parsing),
	};

	return cmocka_run_group_tests_name("app_mqtt", tests, NULL, NULL);
}
