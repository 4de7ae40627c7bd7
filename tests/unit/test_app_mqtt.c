// SPDX-License-Identifier: BSD-2-Clause
/* MQTT: packets of both versions in every cut, whose side an answer is of, what is cut inside or no MQTT. */
#include "unit/unit.h"
#include "unit/row.h"

#include <errno.h>

#include "cordon_event.h"
#include "cordon_limits.h"

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
					    "\x40\x03\0\7\x87"
					    "\x40\x02\0\7"
					    "\xe0\x01\4\xe0\0";

	(void)state;
	check(CORDON_TO_SERVER, wire, sizeof(wire) - 1,
	      "ts 1 MQTT cam v5 c2\n"
	      "ts 3 t/1 ab v5 f2\n"
	      "ts 8 a v5 f2\n"
	      "tc 4 r135\n"
	      "tc 4 r0\n"
	      "ts 14 v5 r4\n"
	      "ts 14 v5 r0\n");
}

/* a rule of what a client asks for sees the answer as the client's (as in Suricata) */
static void answers_are_told_of_the_side_that_asked(void **state)
{
	static const char wire[] = "\x20\x02\1\5"
				   "\x90\x03\0\1\x80"
				   "\xb0\x02\0\2"
				   "\x40\x02\0\1"
				   "\x30\x06\0\3cmdx"
				   "\x62\x02\0\1"
				   "\xd0\0";

	(void)state;
	check(CORDON_TO_CLIENT, wire, sizeof(wire) - 1,
	      "ts 2 r5 s1\n"
	      "ts 9\n"
	      "ts 11\n"
	      "ts 4\n"
	      "tc 3 cmd x\n"
	      "tc 6\n"
	      "tc 13\n");
}

/* fields end where the packet does; what stands before is told */
static void what_does_not_end_in_its_packet_is_left_out(void **state)
{
	static const char connect[] = "\x10\x10\0\4MQTT\4\xc2\0\x3c\0\x10"
				      "cam1",
			  publish[] = "\x30\x04\0\x20t/",
			  subscribe[] = "\x82\x07\0\1\0\1a\0\0"
					"\xc0\0";

	(void)state;
	check(CORDON_TO_SERVER, connect, sizeof(connect) - 1, "ts 1 MQTT v4 cc2\n");
	check(CORDON_TO_SERVER, publish, sizeof(publish) - 1, "ts 3\n");
	check(CORDON_TO_SERVER, subscribe, sizeof(subscribe) - 1, "ts 8 a f2\nts 12\n");
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
	assert_int_equal(run(app_row(CORDON_APP_MQTT), 0, "\x30\xff\xff\xff\xff\x01xx", 8, 3, add_short, &out), -EBADMSG);
	assert_int_equal(run(app_row(CORDON_APP_MQTT), 0, "\x00\x01xx", 4, 3, add_short, &out), -EBADMSG);
	assert_null(out.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_of_3_1_1_is_told_packet_by_packet),
		cmocka_unit_test(properties_of_5_are_passed_over),
		cmocka_unit_test(answers_are_told_of_the_side_that_asked),
		cmocka_unit_test(what_does_not_end_in_its_packet_is_left_out),
		cmocka_unit_test(a_prefix_tells_the_packets_that_are_whole),
		cmocka_unit_test(a_long_packet_is_looked_at_as_far_as_it_is_kept),
		cmocka_unit_test(what_is_not_mqtt_ends_the_parsing),
	};

	return cmocka_run_group_tests_name("app_mqtt", tests, NULL, NULL);
}
