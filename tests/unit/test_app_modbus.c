// SPDX-License-Identifier: BSD-2-Clause
/* Modbus: ADUs in every cut, what requests ask for, what is cut inside or no Modbus. */
#include "unit/unit.h"
#include "unit/row.h"

#include <errno.h>

#include "cordon_event.h"
#include "parse/modbus.h"
#include "rule/events.h"

#define READ_COILS "\0\1\0\0\0\6\5\1\0\x64\0\x10"
#define WRITE_REGISTERS "\0\3\0\0\0\x0b\5\x10\0\7\0\2\4\0\x11\1\0"
#define ANSWER "\0\1\0\0\0\5\5\1\2\xff\xff"

/* "dir function access category address-last sub written odd": 1 protocol, 2 length, 4 function, 8 value, 10 exception */
static int add_short(const struct app_msg *m, void *ctx)
{
	struct app_buf w = app_get(m, APP_BUFFER_MODBUS_WRITTEN);
	unsigned int odd = (unsigned int)(m->events >> RULE_EVENT_AT_MODBUS_PROTOCOL);
	struct strbuf *b = ctx;

	if (!(m->has_number >> APP_NUMBER_MODBUS_FUNCTION & 1)) {
		strbuf_addf(b, "odd %x\n", odd);
		return 0;
	}
	strbuf_addf(b, "%s unit %u function %u", m->is_response ? "tc" : "ts", (unsigned int)m->number[APP_NUMBER_MODBUS_UNIT],
		    (unsigned int)m->number[APP_NUMBER_MODBUS_FUNCTION]);
	if (m->has_number >> APP_NUMBER_MODBUS_ACCESS & 1)
		strbuf_addf(b, " access %x category %u", (unsigned int)m->number[APP_NUMBER_MODBUS_ACCESS],
			    (unsigned int)m->number[APP_NUMBER_MODBUS_CATEGORY]);
	if (m->has_number >> APP_NUMBER_MODBUS_ADDRESS & 1)
		strbuf_addf(b, " at %u-%u", (unsigned int)m->number[APP_NUMBER_MODBUS_ADDRESS],
			    (unsigned int)m->number[APP_NUMBER_MODBUS_LAST]);
	if (m->has_number >> APP_NUMBER_MODBUS_SUBFUNCTION & 1)
		strbuf_addf(b, " sub %u", (unsigned int)m->number[APP_NUMBER_MODBUS_SUBFUNCTION]);
	for (uint32_t i = 0; i < w.len; i++)
		strbuf_addf(b, "%s%02x", i ? "" : " ", w.p[i]);
	if (odd)
		strbuf_addf(b, " odd %x", odd);
	strbuf_adds(b, "\n");
	return 0;
}

static void check(uint8_t dir, const void *p, size_t len, int want_r, const char *want)
{
	for (size_t n = 1; n <= len; n++) {
		struct strbuf out = { 0 };

		assert_int_equal(run(app_row(CORDON_APP_MODBUS), dir, p, len, n, add_short, &out), want_r);
		assert_string_equal(out.s ? out.s : "", want);
		strbuf_done(&out);
	}
}

#define CHECK(dir, text, r, want) check((dir), (text), sizeof(text) - 1, (r), (want))

static void requests_say_what_they_ask_for(void **state)
{
	(void)state;
	CHECK(0, READ_COILS WRITE_REGISTERS, 0,
	      "ts unit 5 function 1 access 9 category 2 at 101-116\nts unit 5 function 16 access a2 category 2 at 8-9 00110100\n");
	CHECK(0, "\0\2\0\0\0\6\5\6\1\x2c\0\x0a", 0, "ts unit 5 function 6 access 62 category 2 at 301-301 000a\n");
	CHECK(0, "\0\5\0\0\0\6\5\x08\0\4\0\0", 0, "ts unit 5 function 8 access 0 category 2 sub 4\n");
	CHECK(0, "\0\x0a\0\0\0\x0d\1\x17\0\3\0\6\0\x0e\0\1\2\0\xff", 0,
	      "ts unit 1 function 23 access a3 category 2 at 15-15 00ff\n");
	CHECK(0, "\0\6\0\0\0\x08\1\x16\0\4\0\xf2\0\x25", 0, "ts unit 1 function 22 access 22 category 2 at 5-5\n");
	CHECK(0, "\0\5\0\0\0\6\5\x08\0\5\0\0", 0, "ts unit 5 function 8 access 0 category 8 sub 5\n");
	CHECK(0, "\0\7\0\0\0\5\1\x2b\x0e\1\0", 0, "ts unit 1 function 43 access 0 category 2\n");
	CHECK(0, "\0\7\0\0\0\5\1\x2b\x22\1\0", 0, "ts unit 1 function 43 access 0 category 8\n");
	CHECK(0, "\0\7\0\0\0\2\1\x41", 0, "ts unit 1 function 65 access 0 category 4\n");
	CHECK(0, "\0\7\0\0\0\2\1\x5a", 0, "ts unit 1 function 90 access 0 category 8\n");
	CHECK(0, "\0\7\0\0\0\2\1\x63", 0, "ts unit 1 function 99 access 0 category 1\n");
}

static void answers_say_whose_they_are(void **state)
{
	(void)state;
	CHECK(1, ANSWER, 0, "tc unit 5 function 1\n");
	CHECK(1, "\0\1\0\0\0\3\5\x81\2", 0, "tc unit 5 function 129\n");
}

static void a_cut_request_says_what_is_before(void **state)
{
	(void)state;
	/* the length ends each inside its fields */
	CHECK(0, "\0\1\0\0\0\3\5\1\0", 0, "ts unit 5 function 1 access 9 category 2 odd 2\n");
	CHECK(0, "\0\1\0\0\0\4\5\6\0\1", 0, "ts unit 5 function 6 access 62 category 2 at 2-2 odd 2\n");
	CHECK(0, "\0\1\0\0\0\x09\5\x10\0\7\0\2\4\0\x11", 0, "ts unit 5 function 16 access a2 category 2 at 8-9 0011 odd 2\n");
	CHECK(0, "\0\1\0\0\0\6\5\1\xff\xff\xff\xff", 0, "ts unit 5 function 1 access 9 category 2 at 65536-131070 odd 8\n");
	CHECK(0, "\0\1\0\0\0\6\5\1\0\1\0\0", 0, "ts unit 5 function 1 access 9 category 2 at 2-1 odd 8\n");
}

static void a_length_that_cannot_be_ends_the_parsing(void **state)
{
	(void)state;
	CHECK(0, "\0\1\0\1\0\6\5\1\0\x64\0\x10", 0, "ts unit 5 function 1 access 9 category 2 at 101-116 odd 1\n");
	CHECK(0, "\0\1\0\0\0\1\5", -EBADMSG, "odd 2\n");
	CHECK(0, "\0\1\0\0\1\0\5\1", -EBADMSG, "odd 2\n");
	CHECK(0, READ_COILS "\0\1\7\7\0\1", -EBADMSG, "ts unit 5 function 1 access 9 category 2 at 101-116\nodd 2\n");
}

static void what_cannot_be_is_odd(void **state)
{
	(void)state;
	CHECK(0, "\0\1\0\0\0\2\5\0", 0, "ts unit 5 function 0 access 0 category 0 odd 4\n");
	CHECK(0, "\0\1\0\0\0\6\5\3\0\1\0\x7e", 0, "ts unit 5 function 3 access 21 category 2 at 2-127 odd 8\n");
	CHECK(0, "\0\1\0\0\0\6\5\5\0\1\x12\x34", 0, "ts unit 5 function 5 access 4a category 2 at 2-2 1234 odd 8\n");
	CHECK(0, "\0\1\0\0\0\x0b\5\x10\0\7\0\2\3\0\x11\1\0", 0,
	      "ts unit 5 function 16 access a2 category 2 at 8-9 001101 odd a\n");
	CHECK(1, "\0\1\0\0\0\3\5\x81\x0c", 0, "tc unit 5 function 129 odd 10\n");
	CHECK(1, "\0\1\0\0\0\3\5\x94\x08", 0, "tc unit 5 function 148\n");
	CHECK(1, "\0\1\0\0\0\2\5\x81", 0, "tc unit 5 function 129 odd 10\n");
}

static void written_values_are_found_by_address(void **state)
{
	static const uint8_t coils[] = { 0x01, 0x02 }, registers[] = { 0, 0x11, 1, 0 };
	const uint8_t many = MODBUS_WRITE | MODBUS_COILS | MODBUS_MULTIPLE, words = MODBUS_WRITE | MODBUS_HOLDING;
	uint16_t v = 7;

	(void)state;
	assert_true(modbus_written(many, 100, coils, 2, 100, &v) && v == 1);
	assert_true(modbus_written(many, 100, coils, 2, 101, &v) && v == 0);
	assert_true(modbus_written(many, 100, coils, 2, 109, &v) && v == 1);
	assert_false(modbus_written(many, 100, coils, 2, 116, &v));
	assert_false(modbus_written(many, 100, coils, 2, 99, &v));
	assert_true(modbus_written(words, 7, registers, 4, 8, &v) && v == 256);
	assert_false(modbus_written(words, 7, registers, 3, 8, &v));
	assert_false(modbus_written(words, 7, registers, 4, 65535, &v));
	assert_true(modbus_written(MODBUS_WRITE | MODBUS_COILS | MODBUS_SINGLE, 7, (const uint8_t *)"\xff", 2, 7, &v) && v == 1);
	assert_true(modbus_written(MODBUS_WRITE | MODBUS_COILS | MODBUS_SINGLE, 7, registers, 4, 7, &v) && v == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_say_what_they_ask_for),
		cmocka_unit_test(answers_say_whose_they_are),
		cmocka_unit_test(a_cut_request_says_what_is_before),
		cmocka_unit_test(a_length_that_cannot_be_ends_the_parsing),
		cmocka_unit_test(what_cannot_be_is_odd),
		cmocka_unit_test(written_values_are_found_by_address),
	};

	return cmocka_run_group_tests_name("app_modbus", tests, NULL, NULL);
}
