// SPDX-License-Identifier: BSD-2-Clause
/* SIP: messages over TCP in every cut, datagrams, bodies and what is kept alive between them, and what is no SIP. */
#include "unit/unit.h"
#include "unit/row.h"

#include <errno.h>

#include "cordon_event.h"

#define INVITE                                                                                    \
	"INVITE sip:bob@example.com;transport=tcp SIP/2.0\r\nVia: SIP/2.0/TCP pc33\r\nContent-Length: 4\r\n\r\nv=0\n"
#define RINGING "SIP/2.0 180 Ringing now\r\nl: 0\r\n\r\n"

#define TOLD_INVITE                                                                               \
	" sip.method=INVITE sip.uri=sip:bob@example.com;transport=tcp sip.protocol=SIP/2.0"       \
	" sip.request_line=INVITE sip:bob@example.com;transport=tcp SIP/2.0]\n"
#define TOLD_RINGING                                                                              \
	" sip.protocol=SIP/2.0 sip.stat_code=180 sip.stat_msg=Ringing now sip.response_line=SIP/2.0 180 Ringing now response 0]\n"

static char text[600];

static const char *told(unsigned int id, const char *rest)
{
	size_t n = strlen(text);

	snprintf(text + n, sizeof(text) - n, "[%u id=%u%s", CORDON_APP_SIP, id, rest);
	return text;
}

static void datagram(const char *p, uint8_t dir, int want_r, const char *want)
{
	struct strbuf out = { 0 };
	size_t n = strlen(p);
	uint8_t *copy = malloc(n ? n : 1);

	memcpy(copy, p, n);
	assert_int_equal(app_row(CORDON_APP_SIP)->datagram(copy, (uint32_t)n, dir, add, &out), want_r);
	assert_string_equal(out.s ? out.s : "", want);
	strbuf_done(&out);
	free(copy);
}

static void messages_follow_each_other(void **state)
{
	static const char wire[] = INVITE "\r\n\r\n" INVITE;

	(void)state;
	*text = 0;
	told(0, TOLD_INVITE);
	assert_told(CORDON_APP_SIP, CORDON_TO_SERVER, wire, sizeof(wire) - 1, told(1, TOLD_INVITE));
	*text = 0;
	told(0, TOLD_RINGING);
	assert_told(CORDON_APP_SIP, CORDON_TO_CLIENT, RINGING RINGING, 2 * (sizeof(RINGING) - 1), told(1, TOLD_RINGING));
}

static void a_datagram_is_a_message(void **state)
{
	(void)state;
	*text = 0;
	datagram(INVITE, CORDON_TO_SERVER, 0, told(0, TOLD_INVITE));
	*text = 0;
	datagram("\r\n" RINGING, CORDON_TO_CLIENT, 0, told(0, TOLD_RINGING));
	datagram("INVITE sip:bob@example.com SIP/2.0", CORDON_TO_SERVER, -EBADMSG, "");
}

static void a_status_may_have_no_words(void **state)
{
	(void)state;
	*text = 0;
	datagram("SIP/2.0 200 \r\n\r\n", CORDON_TO_CLIENT, 0,
		 told(0, " sip.protocol=SIP/2.0 sip.stat_code=200 sip.stat_msg= sip.response_line=SIP/2.0 200  response 0]\n"));
}

static void what_is_not_sip_tells_nothing(void **state)
{
	static const char *const lines[] = { "GET / HTTP/1.1\r\n", "INVITE  sip:a SIP/2.0\r\n", "INVITE sip:a\r\n", "INV\xffTE sip:a SIP/2.0\r\n",
					     "SIP/2.0 20 OK\r\n", "SIP/2.0 2000 OK\r\n", "SIP/2.0 abc OK\r\n", " sip:a SIP/2.0\r\n",
					     "INVITE sip:a b SIP/2.0\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct strbuf out = { 0 };

		datagram(lines[i], CORDON_TO_SERVER, -EBADMSG, "");
		assert_int_equal(run(app_row(CORDON_APP_SIP), 0, lines[i], strlen(lines[i]), 3, add, &out), -EBADMSG);
		assert_null(out.s);
	}
}

static void a_start_line_must_fit_and_a_field_need_not(void **state)
{
	static char wire[30000];
	struct strbuf out = { 0 };
	size_t n = (size_t)snprintf(wire, sizeof(wire), "BYE sip:a SIP/2.0\r\nX: ");

	(void)state;
	memset(wire + n, 'x', 10000);
	n += 10000;
	n += (size_t)snprintf(wire + n, sizeof(wire) - n, "\r\n\r\nBYE sip:b SIP/2.0\r\n\r\n");
	assert_int_equal(run(app_row(CORDON_APP_SIP), 0, wire, n, 1400, add, &out), 0);
	assert_non_null(strstr(out.s, "sip.uri=sip:b"));
	strbuf_done(&out);
	memset(wire, 'X', 10000);
	assert_int_equal(run(app_row(CORDON_APP_SIP), 0, wire, 10000, 1400, add, &out), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_follow_each_other),
		cmocka_unit_test(a_datagram_is_a_message),
		cmocka_unit_test(a_status_may_have_no_words),
		cmocka_unit_test(what_is_not_sip_tells_nothing),
		cmocka_unit_test(a_start_line_must_fit_and_a_field_need_not),
	};

	return cmocka_run_group_tests_name("app_sip", tests, NULL, NULL);
}
