// SPDX-License-Identifier: BSD-2-Clause
/* The pure application parsers: good messages, each prefix of them, hostile ones. */
#include "unit/unit.h"

#include <stdbool.h>

#include "app/app.h"
#include "parse/coap.h"
#include "parse/dns.h"
#include "parse/http.h"
#include "parse/modbus.h"
#include "parse/mqtt.h"
#include "parse/ntp.h"
#include "parse/rtsp.h"
#include "parse/ssdp.h"
#include "parse/ssh.h"
#include "parse/telnet.h"
#include "parse/tftp.h"
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

/* a GET of /sensors/temp with a token, an option of 300 bytes between, and a payload */
#define COAP "\x44\x01\x12\x34" "tokn" "\xb7" "sensors" "\x04" "temp"

static void coap_options_are_walked(void **state)
{
	/* delta 13 + 0x0f = 28 (Size2), then delta 269 + 1, length 13 + 1 */
	static const char odd[] = "\x50\x45\x00\x01" "\xd1\x0f" "a" "\xed\x00\x01\x01" "abcdefghijklmn" "\xff" "pay";
	struct cur c = cur_of(COAP, sizeof(COAP) - 1);
	struct coap_option o = { 0 };
	struct coap_header h;

	(void)state;
	assert_int_equal(coap_header_parse(&c, &h), PARSE_OK);
	assert_int_equal(h.type, COAP_CON);
	assert_int_equal(h.code, 1);
	assert_int_equal(h.id, 0x1234);
	assert_memory_equal(h.token.pos, "tokn", 4);
	assert_int_equal(coap_option_next(&c, &o), 1);
	assert_int_equal(o.number, COAP_URI_PATH);
	assert_int_equal(coap_option_next(&c, &o), 1);
	assert_int_equal(o.number, COAP_URI_PATH);
	assert_memory_equal(o.value.pos, "temp", 4);
	assert_int_equal(coap_option_next(&c, &o), 0);

	c = cur_of(odd, sizeof(odd) - 1);
	o = (struct coap_option){ 0 };
	assert_int_equal(coap_header_parse(&c, &h), PARSE_OK);
	assert_int_equal(h.type, COAP_NON);
	assert_int_equal(h.class, 2);
	assert_int_equal(coap_option_next(&c, &o), 1);
	assert_int_equal(o.number, 28);
	assert_int_equal(coap_option_next(&c, &o), 1);
	assert_int_equal(o.number, 28 + 270);
	assert_int_equal(cur_left(&o.value), 14);
	assert_int_equal(coap_option_next(&c, &o), 0);
	assert_int_equal(cur_left(&c), 3);
}

static void coap_that_is_none_is_refused(void **state)
{
	static const struct {
		const char *p;
		size_t n;
		int header, option;
	} bad[] = {
		{ "\x84\x01\0\0", 4, PARSE_BAD, 0 },		/* version 2 */
		{ "\x49\x01\0\0" "123456789", 13, PARSE_BAD, 0 }, /* a token of nine */
		{ "\x44\x01\0\0tok", 7, PARSE_SHORT, 0 },
		{ "\x40\x00\0\0x", 5, PARSE_BAD, 0 },	/* empty, and more */
		{ "\x40\x01\0\0\xf0", 5, PARSE_OK, -1 },	/* a delta kept for the marker */
		{ "\x40\x01\0\0\x0f", 5, PARSE_OK, -1 },
		{ "\x40\x01\0\0\x05" "abc", 8, PARSE_OK, -1 }, /* ends in a value */
		{ "\x40\x01\0\0\xe0\xff", 6, PARSE_OK, -1 },
		{ "\x40\x01\0\0\xe0\xff\xff", 7, PARSE_OK, -1 }, /* numbers have 16 bits */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct coap_option o = { 0 };
		struct coap_header h;
		void *mem;
		struct cur c = exact(bad[i].p, bad[i].n, &mem);
		int r = coap_header_parse(&c, &h);

		assert_int_equal(r, bad[i].header);
		if (!r)
			assert_int_equal(coap_option_next(&c, &o), bad[i].option);
		free(mem);
	}
}

#define NTP "\x23\x02\x06\xe9\0\0\0\0\0\0\0\0GPS\0aaaaaaaabbbbbbbbccccccccdddddddd"

static void ntp_says_its_mode(void **state)
{
	struct cur c = cur_of(NTP, sizeof(NTP) - 1);
	struct ntp_info i;

	(void)state;
	PREFIXES_ARE_SHORT(ntp_parse, struct ntp_info, NTP);
	assert_int_equal(ntp_parse(&c, &i), PARSE_OK);
	assert_int_equal(i.version, 4);
	assert_int_equal(i.mode, NTP_CLIENT);
	assert_int_equal(i.stratum, 2);
	assert_memory_equal(i.reference, "GPS", 4);
	c = cur_of("\x97\0\x03\x2a\0\0\0\0", 8);
	assert_int_equal(ntp_parse(&c, &i), PARSE_OK);
	assert_int_equal(i.mode, NTP_PRIVATE);
	assert_int_equal(i.op, 42);
	assert_true(i.is_response);
	c = cur_of("\x16\x02\0\1\0\0\0\0\0\0\0\0", 12);
	assert_int_equal(ntp_parse(&c, &i), PARSE_OK);
	assert_int_equal(i.mode, NTP_CONTROL);
	assert_int_equal(i.op, 2);
	c = cur_of("\x20", 1);
	assert_int_equal(ntp_parse(&c, &i), PARSE_BAD);
	c = cur_of("\x2b", 1);
	assert_int_equal(ntp_parse(&c, &i), PARSE_BAD);
}

#define TFTP "\0\1mirai.arm7\0octet\0"

static void tftp_request_names_its_file(void **state)
{
	struct cur c = cur_of(TFTP, sizeof(TFTP) - 1);
	struct tftp_request r;

	(void)state;
	PREFIXES_ARE_SHORT(tftp_request_parse, struct tftp_request, TFTP);
	assert_int_equal(tftp_request_parse(&c, &r), PARSE_OK);
	assert_int_equal(r.op, TFTP_READ);
	assert_int_equal(cur_left(&r.file), 10);
	assert_memory_equal(r.file.pos, "mirai.arm7", 10);
	assert_memory_equal(r.mode.pos, "octet", 5);
	c = cur_of("\0\2\0octet\0", 9);
	assert_int_equal(tftp_request_parse(&c, &r), PARSE_BAD);
	c = cur_of("\0\3\0\1data", 8);
	assert_int_equal(tftp_request_parse(&c, &r), PARSE_BAD);
}

#define SSDP "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nnt: upnp:rootdevice\r\nUSN:uuid:1\r\n" \
	     "LOCATION: http://10.0.0.2/d.xml \r\nServer: Linux UPnP/1.0 cam/2\r\n\r\nST: behind"

static void ssdp_names_what_is_there(void **state)
{
	struct cur c = cur_of(SSDP, sizeof(SSDP) - 1);
	struct ssdp_message m;

	(void)state;
	assert_int_equal(ssdp_parse(&c, &m), PARSE_OK);
	assert_int_equal(m.kind, SSDP_NOTIFY);
	assert_int_equal(m.target.len, 15);
	assert_memory_equal(m.target.p, "upnp:rootdevice", 15);
	assert_int_equal(m.usn.len, 6);
	assert_memory_equal(m.location.p, "http://10.0.0.2/d.xml", m.location.len);
	assert_int_equal(m.server.len, 20);
	c = cur_of("GET * HTTP/1.1\r\n\r\n", 18);
	assert_int_equal(ssdp_parse(&c, &m), PARSE_BAD);
	c = cur_of("M-SEARCH *", 10);
	assert_int_equal(ssdp_parse(&c, &m), PARSE_SHORT);
}

static void detail_is(uint8_t app, const char *p, size_t n, const char *text)
{
	char s[64];

	app_detail(app, (const uint8_t *)p, (uint32_t)n, s, sizeof(s));
	assert_string_equal(s, text);
}

#define DETAIL(app, p, text) detail_is(CORDON_APP_##app, p, sizeof(p) - 1, text)

static void first_bytes_are_told_in_one_line(void **state)
{
	char small[12];

	(void)state;
	DETAIL(MQTT, MQTT4, "cam-01");
	DETAIL(SSH, SSH, "dropbear_2019.78 x");
	DETAIL(RTSP, RTSP, "rtsp://10.0.0.2/stream1");
	DETAIL(MODBUS, "\0\7\0\0\0\6\x11\3", "unit 17 function 3");
	DETAIL(HTTP, "x", "");
	DETAIL(TELNET, "", "");
	DETAIL(TELNET, "\xff\xfd\x18", "option 24");
	DETAIL(TFTP, TFTP, "read mirai.arm7");
	DETAIL(COAP, COAP, "GET /sensors/temp");
	DETAIL(COAP, "\x60\x45\0\1", "2.05");
	DETAIL(COAP, "\x40\0\0\1", "empty");
	DETAIL(NTP, NTP, "version 4 client");
	DETAIL(NTP, "\x17\0\x03\x2a\0\0\0\0", "version 2 private 42");
	DETAIL(SSDP, SSDP, "notify upnp:rootdevice");
	DETAIL(SSDP, "M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n", "search ssdp:all");
	DETAIL(MDNS, "\0\0\0\0\0\1\0\0\0\0\0\0\5_ipps\4_tcp\5local\0\0\x0c\0\1", "_ipps._tcp.local");
	/* a long path ends where the room does */
	app_detail(CORDON_APP_COAP, (const uint8_t *)COAP, sizeof(COAP) - 1, small, sizeof(small));
	assert_memory_equal(small, "GET /sensor", 11);
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
		cmocka_unit_test(coap_options_are_walked),
		cmocka_unit_test(coap_that_is_none_is_refused),
		cmocka_unit_test(ntp_says_its_mode),
		cmocka_unit_test(tftp_request_names_its_file),
		cmocka_unit_test(ssdp_names_what_is_there),
		cmocka_unit_test(first_bytes_are_told_in_one_line),
		cmocka_unit_test(compression_goes_backward_only),
		cmocka_unit_test(labels_and_names_have_their_limits),
		cmocka_unit_test(every_prefix_of_a_head_is_read_safely),
		cmocka_unit_test(every_prefix_of_a_hello_is_read_safely),
	};

	return cmocka_run_group_tests_name("parse_app", tests, NULL, NULL);
}
