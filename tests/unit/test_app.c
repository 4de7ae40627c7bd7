// SPDX-License-Identifier: BSD-2-Clause
/*
 * Application rows: the same messages with the same buffers however the bytes
 * are cut, and the buffers as the rules expect them. HTTP: test_app_http.c.
 */
#include "unit/unit.h"
#include "unit/row.h"

#include <errno.h>

#include "app/app.h"
#include "base/str.h"
#include "cordon_event.h"

/* --- DNS --- */

static const uint8_t query[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
			       "\x03www\x04" "Evil\x07" "example\x00\x00\x1c\x00\x01";

static void dns_query_is_told_from_a_datagram(void **state)
{
	const struct app_row *row = app_row(CORDON_APP_DNS);
	struct strbuf out = { 0 };
	uint8_t answer[sizeof(query)];

	(void)state;
	assert_int_equal(row->datagram(query, sizeof(query) - 1, 0, add, &out), 0);
	assert_string_equal(out.s, "[4 id=0 dns.query=www.Evil.example type 28]\n");
	strbuf_clear(&out);
	memcpy(answer, query, sizeof(query));
	answer[2] = 0x81;
	assert_int_equal(row->datagram(answer, sizeof(query) - 1, 1, add, &out), 0);
	assert_string_equal(out.s, "[4 id=0 response 0 type 28]\n");
	for (uint32_t n = 0; n < sizeof(query) - 1; n++)
		assert_int_equal(row->datagram(query, n, 0, add, &out), -EBADMSG);
	strbuf_done(&out);
}

static void dns_over_tcp_is_told_in_any_cut(void **state)
{
	uint8_t wire[2 * (sizeof(query) + 1)];
	size_t n = sizeof(query) - 1;

	(void)state;
	wire[0] = wire[2 + n] = 0;
	wire[1] = wire[3 + n] = (uint8_t)n;
	memcpy(wire + 2, query, n);
	memcpy(wire + 4 + n, query, n);
	assert_told(CORDON_APP_DNS, 0, wire, 4 + 2 * n,
		    "[4 id=0 dns.query=www.Evil.example type 28]\n[4 id=1 dns.query=www.Evil.example type 28]\n");
}

/* found by fuzzing: it was waited for more of nothing */
static void dns_message_of_no_bytes_ends_the_parsing(void **state)
{
	struct strbuf out = { 0 };

	(void)state;
	assert_int_equal(run(app_row(CORDON_APP_DNS), 0, "\0\0\0", 3, 1, add, &out), -EBADMSG);
	assert_int_equal(run(app_row(CORDON_APP_DNS), 0, "\0\0\0", 3, 3, add, &out), -EBADMSG);
	assert_null(out.s);
}

static void rows_without_parser_are_none(void **state)
{
	(void)state;
	assert_null(app_row(CORDON_APP_UNDECIDED));
	assert_null(app_row(CORDON_APP_SSH));
	assert_null(app_row(255));
	assert_null(app_buffer_name(APP_BUFFERS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dns_query_is_told_from_a_datagram),
		cmocka_unit_test(dns_over_tcp_is_told_in_any_cut),
		cmocka_unit_test(dns_message_of_no_bytes_ends_the_parsing),
		cmocka_unit_test(rows_without_parser_are_none),
	};

	return cmocka_run_group_tests_name("app", tests, NULL, NULL);
}
