// SPDX-License-Identifier: BSD-2-Clause
/*
 * QUIC: keys against the examples of RFC 9001 and RFC 9369; hellos in one
 * Initial and in many, in any order, after a Retry, beside other packets.
 */
#include "unit/unit.h"

#include "app/app.h"
#include "base/str.h"
#include "cordon_event.h"
#include "harness/quic.h"

static const uint8_t cid[] = "\x83\x94\xc8\xf0\x3e\x51\x57\x08", other[] = "\x01\x02\x03\x04\x05\x06\x07\x08";

static void assert_hex(const uint8_t *p, size_t n, const char *want)
{
	char hex[65];

	assert_string_equal(hex_lower(hex, p, n), want);
}

/* RFC 9001 A.1, RFC 9369 A.1 */
static void keys_are_those_of_the_specifications(void **state)
{
	struct cur c = cur_of(cid, 8);
	struct quic_keys client, server;

	(void)state;
	assert_int_equal(quic_initial_keys(QUIC_V1, &c, &client, &server), 0);
	assert_hex(client.key, 16, "1f369613dd76d5467730efcbe3b1a22d");
	assert_hex(client.iv, 12, "fa044b2f42a3fd3b46fb255c");
	assert_hex(client.hp, 16, "9f50449e04a0e810283a1e9933adedd2");
	assert_hex(server.key, 16, "cf3a5331653c364c88f0f379b6067e37");
	assert_hex(server.iv, 12, "0ac1493ca1905853b0bba03e");
	assert_hex(server.hp, 16, "c206b8d9b9f0f37644430b490eeaa314");
	assert_int_equal(quic_initial_keys(QUIC_V2, &c, &client, &server), 0);
	assert_hex(client.key, 16, "8b1a0bc121284290a29e0971b5cd045d");
	assert_hex(client.iv, 12, "91f73e2351d8fa91660e909f");
	assert_hex(client.hp, 16, "45b95e15235d6f45a6b19cbcb0294ba9");
}

/* --- conversations --- */

/* a ClientHello for @sni with @fill bytes of another extension, as a handshake message */
static size_t client_hello(uint8_t *p, const char *sni, size_t fill)
{
	size_t n = strlen(sni), exts = 9 + n + 4 + fill, body = 2 + 32 + 1 + 4 + 2 + 2 + exts, o = 0;
	const uint8_t head[] = { 1, 0, (uint8_t)(body >> 8), (uint8_t)body, 3, 3 };
	const uint8_t name[] = { 0, 0, 0, (uint8_t)(n + 5), 0, (uint8_t)(n + 3), 0, 0, (uint8_t)n };

	memcpy(p, head, sizeof(head));
	memset(p + 6, 'r', 32);
	memcpy(p + 38, "\x00\x00\x02\x13\x01\x01\x00", 7);
	p[45] = (uint8_t)(exts >> 8);
	p[46] = (uint8_t)exts;
	o = 47;
	p[o++] = 0xff;
	p[o++] = 0xa5;
	p[o++] = (uint8_t)(fill >> 8);
	p[o++] = (uint8_t)fill;
	memset(p + o, 'x', fill);
	o += fill;
	memcpy(p + o, name, sizeof(name));
	memcpy(p + o + sizeof(name), sni, n);
	return o + sizeof(name) + n;
}

static int add(const struct app_msg *m, void *ctx)
{
	struct strbuf *b = ctx;
	struct app_buf v = app_get(m, APP_BUFFER_QUIC_VERSION), s = app_get(m, APP_BUFFER_QUIC_SNI);

	assert_int_equal(v.len, 4);
	strbuf_addf(b, "%s%02x%02x%02x%02x", m->is_response ? "<" : ">", v.p[0], v.p[1], v.p[2], v.p[3]);
	if (s.p)
		strbuf_addf(b, "=%.*s", (int)s.len, (const char *)s.p);
	if (app_has(m, APP_BUFFER_JA3S_HASH))
		strbuf_adds(b, "+ja3s");
	strbuf_adds(b, " ");
	return 0;
}

struct talk {
	void *flow;
	struct strbuf told;
	uint8_t pn;
};

static struct talk talk_begin(void)
{
	return (struct talk){ .flow = app_row(CORDON_APP_QUIC)->flow_open() };
}

static void raw(struct talk *t, int dir, const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1); /* exactly as long */

	memcpy(copy, p, n);
	assert_int_equal(app_row(CORDON_APP_QUIC)->flow_datagram(t->flow, copy, (uint32_t)n, (uint8_t)dir, add, &t->told), 0);
	free(copy);
}

static void say(struct talk *t, int dir, uint32_t version, const uint8_t *key_cid, const uint8_t *frames, size_t n)
{
	uint8_t wire[3000];

	raw(t, dir, wire, quic_seal(wire, version, key_cid, dir ? other : key_cid, dir, t->pn++, frames, n));
}

static void talk_end(struct talk *t, const char *want)
{
	assert_string_equal(t->told.s ? t->told.s : "", want);
	app_row(CORDON_APP_QUIC)->flow_close(t->flow);
	strbuf_done(&t->told);
}

static void hello_in_one_packet_is_told(void **state)
{
	static const uint32_t versions[] = { QUIC_V1, QUIC_V2, 0xff00001d };
	static const char *const want[] = { ">00000001=c2.evil.example ", ">6b3343cf=c2.evil.example ",
					    ">ff00001d=c2.evil.example " };
	uint8_t hello[500], frames[600];
	size_t n = quic_put_crypto(frames, 0, hello, (uint32_t)client_hello(hello, "c2.evil.example", 10));

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct talk t = talk_begin();

		say(&t, 0, versions[i], cid, frames, n);
		say(&t, 0, versions[i], cid, frames, n); /* said already */
		talk_end(&t, want[i]);
	}
}

/* as Chrome sends it: pieces in any order, PING and PADDING between, over two datagrams */
static void hello_in_pieces_is_joined(void **state)
{
	uint8_t hello[3000], a[1300] = { 0 }, b[1300] = { 0 };
	uint32_t len = (uint32_t)client_hello(hello, "a.example", 1600);
	struct talk t = talk_begin();
	size_t n = 0;

	(void)state;
	n += quic_put_crypto(b + n, 900, hello + 900, len - 900);
	say(&t, 0, QUIC_V1, cid, b, n);
	n = 3;
	n += quic_put_crypto(a + n, 400, hello + 400, 500);
	a[n++] = QUIC_FRAME_PING;
	n += quic_put_crypto(a + n, 0, hello, 300);
	memcpy(a + n, "\x02\x05\x00\x00\x05", 5); /* an ACK */
	n += 5;
	say(&t, 0, QUIC_V1, cid, a, n);
	n = quic_put_crypto(a, 250, hello + 250, 200); /* overlaps */
	say(&t, 0, QUIC_V1, cid, a, n);
	talk_end(&t, ">00000001 >00000001 >00000001=a.example ");
}

static void bytes_seen_first_win(void **state)
{
	uint8_t hello[300], evil[300], frames[700];
	uint32_t len = (uint32_t)client_hello(hello, "first.example", 4);
	struct talk t = talk_begin();
	size_t n;

	(void)state;
	client_hello(evil, "other.example", 4);
	n = quic_put_crypto(frames, 8, hello + 8, len - 8);
	n += quic_put_crypto(frames + n, 0, evil, len);
	say(&t, 0, QUIC_V1, cid, frames, n);
	talk_end(&t, ">00000001=first.example ");
}

static void retry_changes_the_keys(void **state)
{
	uint8_t hello[300], frames[400];
	uint32_t len = (uint32_t)client_hello(hello, "after.retry.example", 4);
	struct talk t = talk_begin();

	(void)state;
	say(&t, 0, QUIC_V1, cid, frames, quic_put_crypto(frames, 0, hello, 50));
	raw(&t, 1, (const uint8_t *)"\xf0\x00\x00\x00\x01\x00\x08\x01\x02\x03\x04\x05\x06\x07\x08tokentokentokentoken", 35);
	say(&t, 0, QUIC_V1, other, frames, quic_put_crypto(frames, 0, hello, len));
	talk_end(&t, ">00000001 <00000001 >00000001=after.retry.example ");
}

static void server_hello_is_told(void **state)
{
	static const uint8_t hello[] = "\x02\x00\x00\x2e\x03\x03rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr\x00\x13\x01\x00\x00\x06"
				       "\x00\x2b\x00\x02\x03\x04";
	uint8_t client[300], frames[400];
	struct talk t = talk_begin();

	(void)state;
	say(&t, 1, QUIC_V1, cid, frames, quic_put_crypto(frames, 0, hello, sizeof(hello) - 1)); /* no keys yet */
	say(&t, 0, QUIC_V1, cid, frames,
	    quic_put_crypto(frames, 0, client, (uint32_t)client_hello(client, "h.example", 4)));
	say(&t, 1, QUIC_V1, cid, frames, quic_put_crypto(frames, 0, hello, sizeof(hello) - 1));
	talk_end(&t, "<00000001 >00000001=h.example <00000001+ja3s ");
}

static void packets_of_one_datagram_are_all_read(void **state)
{
	uint8_t hello[300], frames[400], wire[2000];
	uint32_t len = (uint32_t)client_hello(hello, "second.example", 4);
	struct talk t = talk_begin();
	size_t n;

	(void)state;
	n = quic_seal(wire, QUIC_V1, cid, cid, 0, 0, frames, quic_put_crypto(frames, 60, hello + 60, len - 60));
	n += quic_seal(wire + n, QUIC_V1, cid, cid, 0, 1, frames, quic_put_crypto(frames, 0, hello, 60));
	raw(&t, 0, wire, n);
	talk_end(&t, ">00000001 >00000001=second.example ");
}

/* cut or changed anywhere: at most the version is told */
static void what_cannot_be_opened_tells_no_name(void **state)
{
	uint8_t hello[300], frames[400], wire[600];
	uint32_t len = (uint32_t)client_hello(hello, "h.example", 4);
	size_t n = quic_seal(wire, QUIC_V1, cid, cid, 0, 0, frames, quic_put_crypto(frames, 0, hello, len));

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct talk t = talk_begin();

		raw(&t, 0, wire, i);
		talk_end(&t, "");
		t = talk_begin();
		wire[i] ^= 0x11;
		raw(&t, 0, wire, n);
		assert_null(t.told.s ? strchr(t.told.s, '=') : NULL);
		wire[i] ^= 0x11;
		strbuf_done(&t.told);
		talk_end(&t, "");
	}
}

static void endless_handshake_is_bounded(void **state)
{
	uint8_t frames[1300], bytes[1200];
	struct talk t = talk_begin();

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	for (uint32_t at = 0x3f000000; at < 0x3f000000 + 100 * 1200; at += 1200)
		say(&t, 0, QUIC_V1, cid, frames, quic_put_crypto(frames, at, bytes, 1200));
	bytes[0] = 1;
	bytes[1] = 0xff; /* longer than anything */
	say(&t, 0, QUIC_V1, cid, frames, quic_put_crypto(frames, 0, bytes, 1200));
	strbuf_clear(&t.told);
	say(&t, 0, QUIC_V1, cid, frames, quic_put_crypto(frames, 0, bytes, 1200));
	talk_end(&t, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_those_of_the_specifications),
		cmocka_unit_test(hello_in_one_packet_is_told),
		cmocka_unit_test(hello_in_pieces_is_joined),
		cmocka_unit_test(bytes_seen_first_win),
		cmocka_unit_test(retry_changes_the_keys),
		cmocka_unit_test(server_hello_is_told),
		cmocka_unit_test(packets_of_one_datagram_are_all_read),
		cmocka_unit_test(what_cannot_be_opened_tells_no_name),
		cmocka_unit_test(endless_handshake_is_bounded),
	};

	return cmocka_run_group_tests_name("app_quic", tests, NULL, NULL);
}
