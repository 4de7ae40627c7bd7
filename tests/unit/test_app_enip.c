// SPDX-License-Identifier: BSD-2-Clause
/* EtherNet/IP: packets in every cut, what CIP asks for in them, several requests in one, what is cut or lies. */
#include "unit/unit.h"
#include "unit/row.h"

#include <errno.h>

#include "cordon_event.h"
#include "parse/enip.h"

/* command, then a length of 16 bits, session, status, context, options: 24 bytes */
#define HEADER(command, length) command "\0" length "\1\0\0\0" "\0\0\0\0" "contexts" "\0\0\0\0"
#define REGISTER HEADER("\x65", "\4\0") "\1\0\0\0"
/* handle, timeout, two items: null address, unconnected data of @length bytes */
#define RR(total, length, request) HEADER("\x6f", total) "\0\0\0\0\0\0\2\0\0\0\0\0\xb2\0" length request

/* "dir command fact fact ..." in hex */
static int add_short(const struct app_msg *m, void *ctx)
{
	struct app_buf b = app_get(m, APP_BUFFER_CIP_REQUEST);
	struct strbuf *out = ctx;

	strbuf_addf(out, "%s %x", m->is_response ? "tc" : "ts", (unsigned int)m->number[APP_NUMBER_ENIP_COMMAND]);
	for (uint16_t i = 0; b.p && i <= m->n_more; i++) {
		if (i)
			b = m->more[i - 1].buf;
		strbuf_adds(out, " ");
		for (uint32_t k = 0; k < b.len; k++)
			strbuf_addf(out, "%02x", b.p[k]);
	}
	strbuf_adds(out, "\n");
	return 0;
}

static void check(const void *p, size_t len, int want_r, const char *want)
{
	for (size_t n = 1; n <= len; n++) {
		struct strbuf out = { 0 };

		assert_int_equal(run(app_row(CORDON_APP_ENIP), 0, p, len, n, add_short, &out), want_r);
		assert_string_equal(out.s ? out.s : "", want);
		strbuf_done(&out);
	}
}

#define CHECK(text, r, want) check((text), sizeof(text) - 1, (r), (want))

static void packets_say_their_command(void **state)
{
	(void)state;
	CHECK(REGISTER HEADER("\x63", "\0\0"), 0, "ts 65\nts 63\n");
	/* RR without its data */
	CHECK(HEADER("\x6f", "\2\0") "\0\0", 0, "ts 6f\n");
}

static void requests_say_service_class_and_attribute(void **state)
{
	(void)state;
	/* reset of the identity object */
	CHECK(RR("\x16\0", "\6\0", "\5\2\x20\1\x24\1"), 0, "ts 6f 05\n");
	/* get one attribute: class 1, instance 1, attribute 7 */
	CHECK(RR("\x18\0", "\x08\0", "\x0e\3\x20\1\x24\1\x30\7"), 0, "ts 6f 0e 0e0001 0e00010007 0e000100\n");
	/* class and instance of 16 bits */
	CHECK(RR("\x1c\0", "\x0c\0", "\x0e\5\x21\0\x6b\1\x25\0\2\0\x30\1"), 0, "ts 6f 0e 0e016b 0e016b0001 0e016b00\n");
	/* a list of two attributes of class 0x6b */
	CHECK(RR("\x1c\0", "\x0c\0", "\3\2\x20\x6b\x24\1\2\0\1\0\2\1"), 0, "ts 6f 03 03006b 03006b0001 03006b0102\n");
	/* an answer asks for nothing */
	CHECK(RR("\x14\0", "\4\0", "\x8e\0\0\0"), 0, "ts 6f\n");
	/* a segment of another kind ends the path */
	CHECK(RR("\x18\0", "\x08\0", "\x0e\3\x91\1\x24\1\x30\7"), 0, "ts 6f 0e\n");
}

static void a_packet_of_several_requests_has_all_of_them(void **state)
{
	(void)state;
	/* message router, two services at 6 and 10 from the count */
	CHECK(RR("\x24\0", "\x14\0", "\x0a\2\x20\2\x24\1" "\2\0\6\0\x0a\0" "\5\1\x20\1" "\x4c\1\x91\0"), 0, "ts 6f 0a 4c 05\n");
	/* one that names itself again and again ends at the limit */
	CHECK(RR("\x14\0", "\6\0", "\x0a\0\1\0\0\0"), 0, "ts 6f 0a\n");
}

static void what_is_cut_or_lies_adds_nothing(void **state)
{
	static const char whole[] = RR("\x18\0", "\x08\0", "\x0e\3\x20\1\x24\1\x30\7");
	struct strbuf out = { 0 };

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		uint8_t *copy = malloc(n ? n : 1);

		memcpy(copy, whole, n);
		assert_int_equal(app_row(CORDON_APP_ENIP)->datagram(copy, (uint32_t)n, 0, add_short, &out), n < ENIP_HEADER ? -EBADMSG : 0);
		free(copy);
	}
	strbuf_done(&out);
	/* an item longer than the packet, a path longer than the item */
	CHECK(RR("\x14\0", "\xff\xff", "\5\2\x20\1"), 0, "ts 6f 05\n");
	CHECK(RR("\x14\0", "\4\0", "\x0e\xff\x20\1"), 0, "ts 6f 0e 0e0001\n");
	CHECK("\x63\0\0\0\1\0\0\0\0\0\0\0contexts\1\0\0\0", -EBADMSG, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_say_their_command),
		cmocka_unit_test(requests_say_service_class_and_attribute),
		cmocka_unit_test(a_packet_of_several_requests_has_all_of_them),
		cmocka_unit_test(what_is_cut_or_lies_adds_nothing),
	};

	return cmocka_run_group_tests_name("app_enip", tests, NULL, NULL);
}
