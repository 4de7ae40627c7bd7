// SPDX-License-Identifier: BSD-2-Clause
/* The pure application parsers: good messages, each prefix of them, hostile ones. */
#include "unit/unit.h"

#include <stdbool.h>

#include "app/app.h"
#include "parse/dns.h"
#include "parse/http.h"
#include "parse/modbus.h"
#include "parse/mqtt.h"
#include "parse/rtsp.h"
#include "parse/ssh.h"
#include "parse/telnet.h"
#include "parse/tls.h"

/* @n bytes on the heap, so that the sanitizer sees a read behind them */
static struct cur exact(const void *p, size_t n, void **ret_mem)
{
	*ret_mem = malloc(n ? n : 1);
	memcpy(*ret_mem, p, n);
	return cur_of(*ret_mem, (uint32_t)n);
}

#define PREFIXES_ARE_SHORT(parse, type, text)                                                     \
	for (size_t n_ = 0; n_ < sizeof(text) - 1; n_++) {                                        \
		void *mem_;                                                                       \
		struct cur c_ = exact(text, n_, &mem_);                                           \
		type ret_;                                                                        \
		assert_int_equal(parse(&c_, &ret_), PARSE_SHORT);                                 \
		free(mem_);                                                                       \
	}

#define MQTT4 "\x10\x12\x00\x04MQTT\x04\x02\x00\x3c\x00\x06" "cam-01"
#define MQTT5 "\x10\x16\x00\x04MQTT\x05\x02\x00\x3c\x03\x21\x00\x14\x00\x06" "cam-01"

static void mqtt_connect_names_its_client(void **state)
{
	struct mqtt_connect m;
	struct cur c = cur_of(MQTT5, sizeof(MQTT5) - 1);

	(void)state;
	PREFIXES_ARE_SHORT(mqtt_connect_parse, struct mqtt_connect, MQTT4);
	PREFIXES_ARE_SHORT(mqtt_connect_parse, struct mqtt_connect, MQTT5);
	assert_int_equal(mqtt_connect_parse(&c, &m), PARSE_OK);
	assert_int_equal(m.level, 5);
	assert_int_equal(m.keep_alive_s, 60);
	assert_int_equal(cur_left(&m.client_id), 6);
	c = cur_of("\x20\x02\x00\x00", 4);
	assert_int_equal(mqtt_connect_parse(&c, &m), PARSE_BAD);
	c = cur_of("\x10\xff\xff\xff\xff\x01", 6);
	assert_int_equal(mqtt_connect_parse(&c, &m), PARSE_BAD);
	c = cur_of("\x10\x0a\x00\x04MQTX\x04\x02", 10);
	assert_int_equal(mqtt_connect_parse(&c, &m), PARSE_BAD);
}

static void modbus_header_must_add_up(void **state)
{
	struct modbus_adu m;
	struct cur c = cur_of("\x00\x07\x00\x00\x00\x06\x11\x03\x00\x6b\x00\x03", 12);

	(void)state;
	PREFIXES_ARE_SHORT(modbus_parse, struct modbus_adu, "\x00\x07\x00\x00\x00\x06\x11\x03");
	assert_int_equal(modbus_parse(&c, &m), PARSE_OK);
	assert_int_equal(m.transaction, 7);
	assert_int_equal(m.unit, 0x11);
	assert_int_equal(m.function, 3);
	c = cur_of("\x00\x07\x00\x01\x00\x06\x11\x03", 8);
	assert_int_equal(modbus_parse(&c, &m), PARSE_BAD);
	c = cur_of("\x00\x07\x00\x00\x00\x01\x11\x03", 8);
	assert_int_equal(modbus_parse(&c, &m), PARSE_BAD);
	c = cur_of("\x00\x07\x00\x00\x01\x06\x11\x03", 8);
	assert_int_equal(modbus_parse(&c, &m), PARSE_BAD);
}

#define RTSP "DESCRIBE rtsp://10.0.0.2/stream1 RTSP/1.0\r\n"

static void rtsp_request_has_its_url(void **state)
{
	struct rtsp_request q;
	struct cur c = cur_of(RTSP, sizeof(RTSP) - 1);

	(void)state;
	PREFIXES_ARE_SHORT(rtsp_request_parse, struct rtsp_request, RTSP);
	assert_int_equal(rtsp_request_parse(&c, &q), PARSE_OK);
	assert_int_equal(q.url.len, 23);
	assert_memory_equal(q.url.p, "rtsp://10.0.0.2/stream1", 23);
	c = cur_of("GET / HTTP/1.1\r\n", 16);
	assert_int_equal(rtsp_request_parse(&c, &q), PARSE_BAD);
	c = cur_of("OPTIONS RTSP/1.0\n", 17);
	assert_int_equal(rtsp_request_parse(&c, &q), PARSE_BAD);
}

static void telnet_negotiation_is_read(void **state)
{
	struct telnet_option o;
	struct cur c = cur_of("\xff\xfd\x18\xff\xfb\x01", 6);

	(void)state;
	PREFIXES_ARE_SHORT(telnet_option_parse, struct telnet_option, "\xff\xfd\x18");
	assert_int_equal(telnet_option_parse(&c, &o), PARSE_OK);
	assert_int_equal(telnet_option_parse(&c, &o), PARSE_OK);
	assert_int_equal(o.option, 1);
	c = cur_of("\xff\xf0\x18", 3);
	assert_int_equal(telnet_option_parse(&c, &o), PARSE_BAD);
	c = cur_of("login:", 6);
	assert_int_equal(telnet_option_parse(&c, &o), PARSE_BAD);
}

#define SSH "SSH-2.0-dropbear_2019.78 x\r\n"

static void ssh_banner_names_the_software(void **state)
{
	struct ssh_banner b;
	struct cur c = cur_of(SSH, sizeof(SSH) - 1);
	char longest[400] = "SSH-2.0-";

	(void)state;
	PREFIXES_ARE_SHORT(ssh_banner_parse, struct ssh_banner, SSH);
	assert_int_equal(ssh_banner_parse(&c, &b), PARSE_OK);
	assert_int_equal(cur_left(&b.software), 18);
	assert_memory_equal(b.software.pos, "dropbear_2019.78 x", 18);
	memset(longest + 8, 'x', sizeof(longest) - 8);
	c = cur_of(longest, sizeof(longest));
	assert_int_equal(ssh_banner_parse(&c, &b), PARSE_BAD);
	c = cur_of("SSH-2\r\n", 7);
	assert_int_equal(ssh_banner_parse(&c, &b), PARSE_BAD);
	c = cur_of("\n", 1);
	assert_int_equal(ssh_banner_parse(&c, &b), PARSE_BAD);
	c = cur_of("SSH-\r\n", 6);
	assert_int_equal(ssh_banner_parse(&c, &b), PARSE_BAD);
	c = cur_of("SSH--\r\n", 7);
	assert_int_equal(ssh_banner_parse(&c, &b), PARSE_OK);
	assert_int_equal(cur_left(&b.software), 0);
}

static void first_bytes_are_told_in_one_line(void **state)
{
	char s[64];

	(void)state;
	app_detail(CORDON_APP_MQTT, (const uint8_t *)MQTT4, sizeof(MQTT4) - 1, s, sizeof(s));
	assert_string_equal(s, "cam-01");
	app_detail(CORDON_APP_SSH, (const uint8_t *)SSH, sizeof(SSH) - 1, s, sizeof(s));
	assert_string_equal(s, "dropbear_2019.78 x");
	app_detail(CORDON_APP_RTSP, (const uint8_t *)RTSP, sizeof(RTSP) - 1, s, sizeof(s));
	assert_string_equal(s, "rtsp://10.0.0.2/stream1");
	app_detail(CORDON_APP_MODBUS, (const uint8_t *)"\0\7\0\0\0\6\x11\3", 8, s, sizeof(s));
	assert_string_equal(s, "unit 17 function 3");
	app_detail(CORDON_APP_HTTP, (const uint8_t *)"x", 1, s, sizeof(s));
	assert_string_equal(s, "");
	app_detail(CORDON_APP_TELNET, NULL, 0, s, sizeof(s));
	assert_string_equal(s, "");
}

/* --- DNS names: the traps of RFC 9267 --- */

static int name(const void *msg, size_t len, size_t at, char *dst)
{
	void *mem;
	struct cur c = exact(msg, len, &mem);
	uint8_t text[CORDON_NAME_MAX], n = 0;
	int r;

	c.pos += at;
	r = dns_name(mem, &c, text, &n);
	memcpy(dst, text, n);
	dst[n] = 0;
	free(mem);
	return r;
}

static void compression_goes_backward_only(void **state)
{
	char s[256];

	(void)state;
	assert_int_equal(name("\3www\2ab\0\1x\xc0\4", 12, 8, s), PARSE_OK);
	assert_string_equal(s, "x.ab");
	assert_int_equal(name("\xc0\0", 2, 0, s), PARSE_BAD);	       /* at itself */
	assert_int_equal(name("\xc0\2\xc0\0", 4, 0, s), PARSE_BAD);   /* forward */
	assert_int_equal(name("\1a\xc0\0", 4, 0, s), PARSE_BAD);      /* into the name that has it */
	assert_int_equal(name("\1a\xc0\0\xc0\0", 6, 4, s), PARSE_BAD); /* loop of two */
	assert_int_equal(name("\xc0", 1, 0, s), PARSE_SHORT);
	assert_int_equal(name("\1a\0\xff\xff", 5, 3, s), PARSE_BAD); /* behind the end */
}

static void labels_and_names_have_their_limits(void **state)
{
	uint8_t msg[300];
	char s[256];

	(void)state;
	assert_int_equal(name("\x40" "a", 2, 0, s), PARSE_BAD);
	assert_int_equal(name("\x80" "a", 2, 0, s), PARSE_BAD);
	assert_int_equal(name("\0", 1, 0, s), PARSE_OK);
	assert_string_equal(s, "");
	memset(msg, 'a', sizeof(msg));
	for (int i = 0; i < 3; i++)
		msg[i * 64] = 63;
	msg[192] = 61;
	msg[254] = 0;
	assert_int_equal(name(msg, 255, 0, s), PARSE_OK); /* 255 bytes on the wire */
	assert_int_equal(strlen(s), 253);
	msg[192] = 62;
	msg[255] = 0;
	assert_int_equal(name(msg, 256, 0, s), PARSE_BAD);
	for (size_t n = 0; n < 255; n++)
		assert_int_equal(name(msg, n < 192 ? n : 192, 0, s), PARSE_SHORT);
}

/* --- heads and hellos in every prefix --- */

static void every_prefix_of_a_head_is_read_safely(void **state)
{
	static const char head[] = "GET http://u@h/p?q HTTP/1.1\r\nHost: x\r\n fold\r\nContent-Length: 5\r\n"
				   "User-Agent: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n";
	struct http_head h;

	(void)state;
	for (size_t n = 0; n < sizeof(head); n++) {
		uint32_t at = 0;
		void *mem;
		struct cur c = exact(head, n, &mem);

		assert_int_equal(http_head_end(mem, (uint32_t)n, &at), n < sizeof(head) - 1 ? 0 : n - (n == sizeof(head)));
		assert_int_equal(http_request_parse(&c, &h), n < 29 ? PARSE_SHORT : PARSE_OK);
		c = cur_of(mem, (uint32_t)n);
		assert_int_equal(http_response_parse(&c, &h), n < 29 ? PARSE_SHORT : PARSE_BAD);
		free(mem);
	}
	assert_true(!h.status.p && http_is((const uint8_t *)"CoNtEnT", 7, "content"));
	assert_false(http_is((const uint8_t *)"conten", 6, "content"));
}

static void every_prefix_of_a_hello_is_read_safely(void **state)
{
	static const uint8_t hello[] = { 3, 3, [34] = 0, 0, 2, 0x13, 1, 1, 0, 0, 12, 0, 0, 0, 8, 0, 6, 0, 0, 3, 'a', '.', 'b' };
	struct tls_hello h;

	(void)state;
	for (size_t n = 0; n <= sizeof(hello); n++) {
		void *mem;
		struct cur c = exact(hello, n, &mem);
		int r = tls_client_hello(&c, &h);

		/* without extensions a hello may end here (RFC 5246 7.4.1.2) */
		assert_int_equal(r, n == sizeof(hello) || n == 41 ? PARSE_OK : PARSE_SHORT);
		if (n == sizeof(hello))
			assert_memory_equal(h.sni, "a.b", h.sni_len);
		free(mem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mqtt_connect_names_its_client),
		cmocka_unit_test(modbus_header_must_add_up),
		cmocka_unit_test(rtsp_request_has_its_url),
		cmocka_unit_test(telnet_negotiation_is_read),
		cmocka_unit_test(ssh_banner_names_the_software),
		cmocka_unit_test(first_bytes_are_told_in_one_line),
		cmocka_unit_test(compression_goes_backward_only),
		cmocka_unit_test(labels_and_names_have_their_limits),
		cmocka_unit_test(every_prefix_of_a_head_is_read_safely),
		cmocka_unit_test(every_prefix_of_a_hello_is_read_safely),
	};

	return cmocka_run_group_tests_name("parse_app", tests, NULL, NULL);
}
