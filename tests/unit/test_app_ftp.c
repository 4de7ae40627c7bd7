// SPDX-License-Identifier: BSD-2-Clause
/* FTP: replies and the commands they answer, in every cut; ports that are named; TLS behind AUTH. */
#include "unit/unit.h"
#include "unit/row.h"

#include <errno.h>

#include "cordon_event.h"
#include "parse/ftp.h"

#define SERVER                                                                                    \
	"220-hello\r\n220 there\r\n331 go on\r\n227 Entering (192,0,2,10,156,64).\r\n150 opening\r\n226 done\r\n"
#define CLIENT "USER me\r\nPASV\r\nRETR a b.bin\r\n"

/* both directions of a flow, the client's first, each in pieces of @n */
static char *both(const char *client, const char *server, size_t server_len, size_t n, struct strbuf *out)
{
	const struct app_row *row = app_row(CORDON_APP_FTP);
	void *flow = row->flow_open(), *s[2] = { row->open(0), row->open(1) };
	size_t len[2] = { strlen(client), server_len };
	const char *p[2] = { client, server };

	for (int d = 0; d < 2; d++) {
		row->link(s[d], flow);
		for (size_t i = 0; i < len[d]; i += n)
			assert_int_equal(row->feed(s[d], (const uint8_t *)p[d] + i, (uint32_t)(len[d] - i < n ? len[d] - i : n), add, out), 0);
	}
	row->close(s[0]);
	row->close(s[1]);
	row->flow_close(flow);
	return out->s ? out->s : (char *)"";
}

static void a_reply_is_told_with_its_command(void **state)
{
	char want[600];

	(void)state;
	snprintf(want, sizeof(want),
		 "[%u id=0 =220 =hello =220 =there response 0]\n[%u id=1 =USER =me =331 =go on response 0]\n"
		 "[%u id=2 =PASV =227 =Entering (192,0,2,10,156,64). %u:40000 %u:0 response 0]\n"
		 "[%u id=3 =RETR =a b.bin =150 =opening =226 =done response 0]\n",
		 CORDON_APP_FTP, CORDON_APP_FTP, CORDON_APP_FTP, APP_NUMBER_FTP_PORT, APP_NUMBER_FTP_ACTIVE, CORDON_APP_FTP);
	for (size_t n = 1; n < 80; n++) {
		struct strbuf out = { 0 };

		assert_string_equal(both(CLIENT, SERVER, sizeof(SERVER) - 1, n, &out), want);
		strbuf_done(&out);
	}
}

/* found by fuzz_ftp: where there is no text, what an earlier message had was read for it */
static void a_reply_without_text_names_no_port(void **state)
{
	static const char server[] = "220 (192,0,2,10,156,64)\r\n227 (192,0,2,10,156,64)\r\n227\r\n229\r\n";
	struct strbuf out = { 0 };
	char port[24];
	const char *at;

	(void)state;
	snprintf(port, sizeof(port), " %u:", APP_NUMBER_FTP_PORT);
	at = strstr(both("PASV\r\nPASV\r\nEPSV\r\n", server, sizeof(server) - 1, 99, &out), port);
	assert_non_null(at);
	assert_null(strstr(at + 1, port));
	strbuf_done(&out);
}

static void commands_beyond_what_may_wait_are_not_guessed(void **state)
{
	struct strbuf out = { 0 };
	char client[400] = "";

	(void)state;
	for (int i = 0; i < 30; i++)
		strcat(client, "NOOP\r\n");
	assert_null(strstr(both(client, "220 a\r\n200 ok\r\n", 15, 7, &out), "NOOP"));
	strbuf_done(&out);
}

static void a_long_command_and_a_long_reply_are_cut(void **state)
{
	static char client[3000] = "USER ", server[70000] = "220 x\r\n230-";
	struct strbuf out = { 0 };

	(void)state;
	memset(client + 5, 'u', 2000);
	strcpy(client + 2005, "\r\n");
	memset(server + 11, 'r', 2000);
	for (size_t n = 2011; n < 60000; n += 6)
		memcpy(server + n, "\r\nmore", 6);
	strcat(server, "\r\n230 end\r\n");
	both(client, server, strlen(server), 1400, &out);
	assert_in_range(out.len, 500, 2000);
	assert_non_null(strstr(out.s, "=USER =uuu"));
	strbuf_done(&out);
}

static void what_begins_behind_auth_is_tls(void **state)
{
	/* a ServerHello of TLS 1.2 without extensions */
	static const char hello[] = "220 x\r\n234 go\r\n\x16\3\3\0\x2a\2\0\0\x26\3\3aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0\0\x2f\0";
	struct strbuf out = { 0 };
	char tls[16];

	(void)state;
	snprintf(tls, sizeof(tls), "[%u id=", CORDON_APP_TLS);
	assert_non_null(strstr(both("AUTH TLS\r\n", hello, sizeof(hello) - 1, 3, &out), tls));
	strbuf_done(&out);
	/* refused: commands go on */
	assert_non_null(strstr(both("AUTH TLS\r\nUSER x\r\n", "220 x\r\n500 no\r\n331 ok\r\n", 24, 5, &out), "=USER =x =331"));
	strbuf_done(&out);
}

static struct http_span span(const char *s)
{
	return (struct http_span){ (const uint8_t *)s, (uint32_t)strlen(s) };
}

static void ports_are_read_where_they_are_whole(void **state)
{
	static const char *const bad[] = { "1,2,3,4,5", "1,2,3,4,5,256", "1,2,3,4,5,", "", "x", "1.2.3.4,5,6", "99999999999,2,3,4,5,6" },
				 *const bad2[] = { "|1|1.2.3.4|70000|", "|1|1.2.3.4|", "(|||0|)", "(|||5", "", "(1115|)", "5" };
	uint8_t addr[4];
	uint16_t port = 0;

	(void)state;
	assert_int_equal(ftp_host_port(span("Entering (10,0,0,2,156,64)."), addr, &port), PARSE_OK);
	assert_int_equal(port, 40000);
	assert_memory_equal(addr, "\x0a\0\0\2", 4);
	assert_int_equal(ftp_extended_port(span("|2|::1|5282|"), &port), PARSE_OK);
	assert_int_equal(port, 5282);
	assert_int_equal(ftp_extended_port(span("Entering (|||6446|)"), &port), PARSE_OK);
	assert_int_equal(port, 6446);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ftp_host_port(span(bad[i]), addr, &port), PARSE_BAD);
	for (size_t i = 0; i < sizeof(bad2) / sizeof(bad2[0]); i++)
		assert_int_equal(ftp_extended_port(span(bad2[i]), &port), PARSE_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_is_told_with_its_command),
		cmocka_unit_test(a_reply_without_text_names_no_port),
		cmocka_unit_test(commands_beyond_what_may_wait_are_not_guessed),
		cmocka_unit_test(a_long_command_and_a_long_reply_are_cut),
		cmocka_unit_test(what_begins_behind_auth_is_tls),
		cmocka_unit_test(ports_are_read_where_they_are_whole),
	};

	return cmocka_run_group_tests_name("app_ftp", tests, NULL, NULL);
}
