// SPDX-License-Identifier: BSD-2-Clause
/* SNMP: the three versions, every prefix of them, what is encrypted and what is no SNMP. */
#include "unit/unit.h"
#include "unit/row.h"

#include <errno.h>

#include "cordon_event.h"

/* snmpget -v1 -c public: sysDescr.0 */
static const uint8_t get[] = { 0x30, 0x26, 2, 1, 0, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c', 0xa0, 0x19, 2, 1, 1, 2, 1, 0, 2, 1, 0,
			       0x30, 0x0e, 0x30, 0x0c, 6, 8, 0x2b, 6, 1, 2, 1, 1, 1, 0, 5, 0 };
/* 2c, lengths in two bytes, a response */
static const uint8_t response[] = { 0x30, 0x81, 0x10, 2, 1, 1, 4, 0, 0xa2, 9, 2, 1, 1, 2, 1, 0, 2, 1, 0 };
/* 3: user "admin", plain GetBulk */
static const uint8_t v3[] = { 0x30, 0x2f, 2, 1, 3, 0x30, 0x0d, 2, 1, 1, 2, 2, 5, 0, 4, 1, 4, 2, 1, 3,
			      4, 0x15, 0x30, 0x13, 4, 4, 'e', 'n', 'g', '1', 2, 1, 0, 2, 1, 0, 4, 5, 'a', 'd', 'm', 'i', 'n',
			      /* encrypted scoped PDU */ 4, 4, 1, 2, 3, 4 };

static void check(const void *p, size_t n, uint8_t dir, int want_r, const char *want)
{
	struct strbuf out = { 0 };
	uint8_t *copy = malloc(n ? n : 1);

	memcpy(copy, p, n);
	assert_int_equal(app_row(CORDON_APP_SNMP)->datagram(copy, (uint32_t)n, dir, add, &out), want_r);
	assert_string_equal(out.s ? out.s : "", want);
	strbuf_done(&out);
	free(copy);
}

/* what add() makes of a message; @pdu -1: not known */
static const char *line(const char *buffer, unsigned int version, int pdu, const char *rest)
{
	static char text[200];
	char type[16] = "";

	if (pdu >= 0)
		snprintf(type, sizeof(type), " %u:%d", APP_NUMBER_SNMP_PDU_TYPE, pdu);
	snprintf(text, sizeof(text), "[%u id=0 %s %u:%u%s%s]\n", CORDON_APP_SNMP, buffer, APP_NUMBER_SNMP_VERSION, version, type,
		 rest);
	return text;
}

static void versions_1_and_2c_have_a_community(void **state)
{
	(void)state;
	check(get, sizeof(get), CORDON_TO_SERVER, 0, line("snmp.community=public", 1, 0, ""));
	check(response, sizeof(response), CORDON_TO_CLIENT, 0, line("snmp.community=", 2, 2, " response 0"));
}

static void version_3_has_a_user_and_may_hide_the_rest(void **state)
{
	uint8_t plain[sizeof(v3) + 5];
	static const uint8_t pdu[] = { 0x30, 9, 4, 0, 4, 0, 0xa5, 3, 2, 1, 1 };

	(void)state;
	check(v3, sizeof(v3), CORDON_TO_SERVER, 0, line("snmp.usm=admin", 3, -1, ""));
	memcpy(plain, v3, sizeof(v3) - 6);
	memcpy(plain + sizeof(v3) - 6, pdu, sizeof(pdu));
	plain[1] = sizeof(plain) - 2;
	check(plain, sizeof(plain), CORDON_TO_SERVER, 0, line("snmp.usm=admin", 3, 5, ""));
}

static void a_prefix_tells_nothing(void **state)
{
	(void)state;
	for (size_t n = 1; n < sizeof(get); n++)
		check(get, n, CORDON_TO_SERVER, -EBADMSG, "");
	for (size_t n = 1; n < sizeof(v3); n++)
		check(v3, n, CORDON_TO_SERVER, -EBADMSG, "");
}

static void what_is_not_snmp_tells_nothing(void **state)
{
	static const uint8_t version2[] = { 0x30, 8, 2, 1, 2, 4, 1, 'x', 0xa0, 0 }, no_pdu[] = { 0x30, 8, 2, 1, 0, 4, 1, 'x', 0x30, 0 },
			     indefinite[] = { 0x30, 0x80, 2, 1, 0, 4, 1, 'x', 0xa0, 0, 0, 0 };

	(void)state;
	check(version2, sizeof(version2), CORDON_TO_SERVER, -EBADMSG, "");
	check(no_pdu, sizeof(no_pdu), CORDON_TO_SERVER, -EBADMSG, "");
	check(indefinite, sizeof(indefinite), CORDON_TO_SERVER, -EBADMSG, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_1_and_2c_have_a_community),
		cmocka_unit_test(version_3_has_a_user_and_may_hide_the_rest),
		cmocka_unit_test(a_prefix_tells_nothing),
		cmocka_unit_test(what_is_not_snmp_tells_nothing),
	};

	return cmocka_run_group_tests_name("app_snmp", tests, NULL, NULL);
}
