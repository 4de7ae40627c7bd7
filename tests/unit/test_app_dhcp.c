// SPDX-License-Identifier: BSD-2-Clause
/* DHCP: the times of a lease, each prefix of a message, options that lie. */
#include "unit/unit.h"
#include "unit/row.h"

#include <errno.h>

#include "cordon_event.h"
#include "parse/dhcp.h"
#include "rule/events.h"

/* a reply with these options behind its cookie: what is told */
static void check(const void *options, size_t n, int want_r, const char *want)
{
	struct strbuf out = { 0 };
	uint8_t *p = calloc(1, DHCP_FIXED + 4 + n);

	p[0] = 2;
	p[1] = 1;
	p[2] = 6;
	memcpy(p + DHCP_FIXED, "\x63\x82\x53\x63", 4);
	memcpy(p + DHCP_FIXED + 4, options, n);
	assert_int_equal(app_row(CORDON_APP_DHCP)->datagram(p, (uint32_t)(DHCP_FIXED + 4 + n), CORDON_TO_CLIENT, add, &out), want_r);
	assert_string_equal(out.s ? out.s : "", want);
	strbuf_done(&out);
	free(p);
}

static int add_odd(const struct app_msg *m, void *ctx)
{
	*(uint64_t *)ctx = m->events;
	return 0;
}

#define CHECK(options, want) check((options), sizeof(options) - 1, 0, (want))

/* what add() makes of times; 0: not there */
static const char *line(unsigned int lease, unsigned int renewal, unsigned int rebinding)
{
	static char text[120];
	size_t n = (size_t)snprintf(text, sizeof(text), "[%u id=0", CORDON_APP_DHCP);

	if (lease)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %u:%u", APP_NUMBER_DHCP_LEASE_TIME, lease);
	if (renewal)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %u:%u", APP_NUMBER_DHCP_RENEWAL_TIME, renewal);
	if (rebinding)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %u:%u", APP_NUMBER_DHCP_REBINDING_TIME, rebinding);
	snprintf(text + n, sizeof(text) - n, " response 0]\n");
	return text;
}

static void times_are_read_where_they_stand(void **state)
{
	(void)state;
	CHECK("\x35\1\5\x33\4\0\0\x0e\x10\0\0\x3a\4\0\0\7\x08\x3b\4\0\0\x0c\x4e\xff", line(3600, 1800, 3150));
	CHECK("\x35\1\1\xff\x33\4\0\0\x0e\x10", line(0, 0, 0));
	/* the first counts */
	CHECK("\x33\4\0\0\0\5\x33\4\0\0\0\6", line(5, 0, 0));
}

static void options_that_are_cut_end_the_list(void **state)
{
	static const char whole[] = "\x33\4\0\0\0\5\x3a\4\0\0\0\2";

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		check(whole, n, 0, line(n < 6 ? 0 : 5, 0, 0));
	CHECK("\x33\2\0\5\x33\4\0\0\0\6", line(6, 0, 0));
	CHECK("\x0c\xff" "abc", line(0, 0, 0));
}

static void an_option_that_ends_behind_the_message_is_odd(void **state)
{
	uint8_t p[DHCP_FIXED + 4 + 5] = { 1, 1, 6 };
	uint64_t odd = 1;

	(void)state;
	memcpy(p + DHCP_FIXED, "\x63\x82\x53\x63\x0c\3abc", 9);
	assert_int_equal(app_row(CORDON_APP_DHCP)->datagram(p, sizeof(p), 0, add_odd, &odd), 0);
	assert_int_equal(odd, 0);
	p[DHCP_FIXED + 5] = 4;
	assert_int_equal(app_row(CORDON_APP_DHCP)->datagram(p, sizeof(p), 0, add_odd, &odd), 0);
	assert_int_equal(odd, RULE_EVENT_BIT(DHCP_TRUNCATED));
}

static void what_is_not_dhcp_tells_nothing(void **state)
{
	uint8_t p[DHCP_FIXED + 4] = { 1, 1, 6 };
	struct strbuf out = { 0 };

	(void)state;
	for (uint32_t n = 0; n <= sizeof(p); n++)
		assert_int_equal(app_row(CORDON_APP_DHCP)->datagram(p, n, CORDON_TO_SERVER, add, &out), -EBADMSG);
	memcpy(p + DHCP_FIXED, "\x63\x82\x53\x63", 4);
	p[0] = 3;
	assert_int_equal(app_row(CORDON_APP_DHCP)->datagram(p, sizeof(p), CORDON_TO_SERVER, add, &out), -EBADMSG);
	assert_null(out.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_where_they_stand),
		cmocka_unit_test(options_that_are_cut_end_the_list),
		cmocka_unit_test(an_option_that_ends_behind_the_message_is_odd),
		cmocka_unit_test(what_is_not_dhcp_tells_nothing),
	};

	return cmocka_run_group_tests_name("app_dhcp", tests, NULL, NULL);
}
