// SPDX-License-Identifier: BSD-2-Clause
/*
 * TLS: recorded handshakes (tests/data/tls, OpenSSL talking to itself) in every
 * cut, against what Suricata 7.0.10 prints of them and OpenSSL of their
 * certificates; hostile ones.
 */
#include "unit/unit.h"
#include "unit/row.h"

#include <errno.h>

#include "app/cert.h"
#include "app/ja.h"
#include "cordon_event.h"
#include "rule/events.h"

/* --- the server name --- */

/* a ClientHello with @sni ("" : none) as one handshake message; returns its length */
static size_t client_hello(uint8_t *p, const char *sni)
{
	uint8_t n = (uint8_t)strlen(sni), ext = n ? (uint8_t)(9 + n) : 0;
	const uint8_t fixed[] = {
		1, 0, 0, (uint8_t)(47 + ext),		    /* ClientHello, length */
		3, 3, [38] = 0,				    /* version, random, no session id */
		[39] = 0, 2, 0x13, 1,			    /* one cipher suite */
		1, 0,					    /* no compression */
		0, (uint8_t)(4 + ext), 0x44, 0x69, 0, 0,    /* extensions: an empty one */
	};
	const uint8_t name[] = { 0, 0, 0, (uint8_t)(n + 5), 0, (uint8_t)(n + 3), 0, 0, n };

	memcpy(p, fixed, sizeof(fixed));
	if (!n)
		return sizeof(fixed);
	memcpy(p + sizeof(fixed), name, sizeof(name));
	memcpy(p + sizeof(fixed) + sizeof(name), sni, n);
	return sizeof(fixed) + sizeof(name) + n;
}

/* the same message cut into records of @n bytes */
static size_t records(uint8_t *dst, const uint8_t *p, size_t len, size_t n)
{
	size_t o = 0;

	for (size_t i = 0; i < len; i += n) {
		size_t part = len - i < n ? len - i : n;

		dst[o++] = 22;
		dst[o++] = 3;
		dst[o++] = 1;
		dst[o++] = 0;
		dst[o++] = (uint8_t)part;
		memcpy(dst + o, p + i, part);
		o += part;
	}
	return o;
}

/* what was told last: buffers copied, and how often */
struct told {
	int calls, complete;
	uint32_t has_number;
	uint64_t number[APP_NUMBERS];
	struct strbuf buf[APP_BUFFERS];
	uint16_t more;
	uint64_t events;
};

static int keep(const struct app_msg *m, void *ctx)
{
	struct told *t = ctx;

	t->events |= m->events;
	if (m->events && !m->has_number) /* what is odd, by itself */
		return 0;
	t->calls++;
	t->complete += m->complete;
	t->has_number = m->has_number;
	memcpy(t->number, m->number, sizeof(t->number));
	t->more = m->n_more;
	assert_int_equal(m->is_response, m->dir == CORDON_TO_CLIENT);
	assert_int_equal(m->id, 0);
	for (unsigned int i = 0; i < APP_BUFFERS; i++) {
		strbuf_clear(&t->buf[i]);
		if (app_has(m, i))
			strbuf_add(&t->buf[i], m->buf[i].p, m->buf[i].len);
	}
	return 0;
}

static void told_done(struct told *t)
{
	for (unsigned int i = 0; i < APP_BUFFERS; i++)
		strbuf_done(&t->buf[i]);
}

static const char *text(const struct told *t, unsigned int buffer)
{
	return t->buf[buffer].len ? t->buf[buffer].s : "";
}

static int feed(uint8_t dir, const void *p, size_t len, size_t piece, struct told *t)
{
	const struct app_row *row = app_row(CORDON_APP_TLS);
	void *s = row->open(dir);
	int r = 0;

	assert_non_null(s);
	memset(t, 0, sizeof(*t));
	for (size_t i = 0; i < len && !r; i += piece)
		r = row->feed(s, (const uint8_t *)p + i, (uint32_t)(len - i < piece ? len - i : piece), keep, t);
	row->close(s);
	return r;
}

static void sni_is_found_over_records_and_segments(void **state)
{
	uint8_t hello[300], wire[3000];
	size_t len = client_hello(hello, "C2.Evil.example"), n;
	struct told t;

	(void)state;
	for (size_t rec = 1; rec <= len; rec += 7) {
		n = records(wire, hello, len, rec);
		for (size_t piece = 1; piece <= n; piece += 1 + piece / 2) {
			assert_int_equal(feed(CORDON_TO_SERVER, wire, n, piece, &t), 0);
			assert_int_equal(t.calls, 1);
			assert_string_equal(text(&t, APP_BUFFER_TLS_SNI), "C2.Evil.example");
			told_done(&t);
		}
	}
	n = records(wire, hello, client_hello(hello, ""), 250);
	assert_int_equal(feed(CORDON_TO_SERVER, wire, n, n, &t), 0);
	assert_int_equal(t.calls, 1);
	assert_string_equal(text(&t, APP_BUFFER_TLS_SNI), "");
	told_done(&t);
}

static void hello_that_is_none_ends_the_parsing(void **state)
{
	static const struct {
		const char *p;
		size_t n;
	} bad[] = {
		{ "GET / HTTP/1.1", 14 },
		{ "\x16\x03\x01\x00\x04\x02\x00\x00\x00", 9 },
		{ "\x16\x03\x01\x00\x04\x01\x00\x00\x00", 9 },
		{ "\x16\x03\x01\x00\x04\x01\xff\xff\xff", 9 },
		{ "\x16\x03\x01\x00\x00\x16", 6 },
		{ "\x14\x03\x01\x00\x01\x01", 6 },
		{ "\x16\x03\x01\x00\x01\x01\x17\x03\x03\x00\x01", 11 },
	};
	struct told t;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (size_t piece = 1; piece <= bad[i].n; piece++) {
			(void)feed(CORDON_TO_SERVER, bad[i].p, bad[i].n, piece, &t); /* what is odd may be looked for on */
			assert_int_equal(t.calls, 0);
			told_done(&t);
		}
}

/* --- recorded handshakes --- */

#define NAME                                                                                      \
	"C=US, ST=Some State, L=Zürich, O=Cordon, Inc., OU=a, OU=b, CN=cam.example, Email=x@cam.example, serialNumber=42, " \
	"title=T, streetAddress=Way 1, postalCode=8000, description=D, givenName=Given, surname=Sur, DC=example, uid=u1, " \
	"businessCategory=bc, name=nm, initials=i, dnQualifier=q, OID(2.5.4.65)=p, generationQualifier=jr, " \
	"OID(1.2.3.4.5.6)=odd, msJurisdictionCountry=DE, unstructuredName=un, OID(2.5.4.20)=+1"
#define NOT_BEFORE 1795622039 /* 2026-11-25T15:53:59Z */
#define NOT_AFTER 1827158039  /* 2027-11-25T15:53:59Z */

struct expect {
	const char *file;
	uint8_t dir, version;
	const char *sni, *subject, *serial, *fingerprint, *ja_hash;
	int calls;
};

static const struct expect handshakes[] = {
	{ "tls12.client", 0, TLS_IS_1_2, "Cam.Example", "", "", "", "22558766122974704364c9c75c5cce0a", 2 },
	{ "tls12.server", 1, TLS_IS_1_2, "", NAME, "00:F1:23:45:67:89:AB:CD:EF",
	  "de:aa:78:37:bb:42:b5:75:e3:fc:34:57:48:40:43:0d:9a:35:1b:59", "ec74a5c51106f0419184d0dd08fb05bc", 2 },
	{ "mtls12.client", 0, TLS_IS_1_2, "cam.example", "C=US, OU=multi + O=Client, CN=client",
	  "7C:6E:7F:87:C2:45:DF:6D:98:17:C5:69:72:E2:F4:04:DD:96:91:35",
	  "01:1d:cd:ea:db:96:bd:af:22:ef:53:d4:11:3c:66:42:3d:4f:5e:a2", "871a754af286dfb70c1b53c6887c62e0", 2 },
	{ "mtls12.server", 1, TLS_IS_1_2, "", NAME, "00:F1:23:45:67:89:AB:CD:EF",
	  "de:aa:78:37:bb:42:b5:75:e3:fc:34:57:48:40:43:0d:9a:35:1b:59", "ec74a5c51106f0419184d0dd08fb05bc", 2 },
	{ "tls13.client", 0, TLS_IS_1_3, "cam.example", "", "", "", "a3afc2c46ba4a7d7fbe1cfb7a3031c2f", 2 },
	{ "tls13.server", 1, TLS_IS_1_3, "", "", "", "", "15af977ce25de452b96affa2addb1036", 2 },
};

static char *load(const char *name, size_t *len)
{
	char path[100], *p = NULL;

	snprintf(path, sizeof(path), "tests/data/tls/%s", name);
	assert_int_equal(file_read(path, 1 << 20, &p, len), 0);
	return p;
}

static void assert_as_expected(const struct expect *e, const struct told *t)
{
	assert_int_equal(t->calls, e->calls);
	assert_int_equal(t->complete, 1);
	assert_string_equal(text(t, APP_BUFFER_TLS_SNI), e->sni);
	assert_string_equal(text(t, APP_BUFFER_TLS_CERT_SUBJECT), e->subject);
	assert_string_equal(text(t, APP_BUFFER_TLS_CERT_ISSUER), e->subject); /* signed by themselves */
	assert_string_equal(text(t, APP_BUFFER_TLS_CERT_SERIAL), e->serial);
	assert_string_equal(text(t, APP_BUFFER_TLS_CERT_FINGERPRINT), e->fingerprint);
	assert_string_equal(text(t, e->dir ? APP_BUFFER_JA3S_HASH : APP_BUFFER_JA3_HASH), e->ja_hash);
	assert_int_equal(t->number[APP_NUMBER_TLS_VERSION], e->version);
	assert_int_equal(t->has_number >> APP_NUMBER_TLS_NOTAFTER & 1, *e->subject ? 1 : 0);
	if (!strcmp(e->subject, NAME)) {
		assert_int_equal(t->number[APP_NUMBER_TLS_NOTBEFORE], NOT_BEFORE);
		assert_int_equal(t->number[APP_NUMBER_TLS_NOTAFTER], NOT_AFTER);
	}
	assert_int_equal(t->buf[APP_BUFFER_TLS_RANDOM].len, 32);
	assert_int_equal(t->buf[APP_BUFFER_TLS_CERTS].len > 0, *e->subject ? 1 : 0);
}

static void handshakes_are_told_in_any_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(handshakes) / sizeof(handshakes[0]); i++) {
		const struct expect *e = &handshakes[i];
		size_t len;
		char *p = load(e->file, &len);

		for (size_t piece = 1; piece <= 2 * len; piece += 1 + piece / 4) {
			struct told t;

			assert_int_equal(feed(e->dir, p, len, piece, &t), 0);
			assert_as_expected(e, &t);
			told_done(&t);
		}
		free(p);
	}
}

/* each prefix tells nothing or what the whole tells; with it are those that end inside a certificate */
static void prefixes_of_a_handshake_tell_less(void **state)
{
	size_t len;
	char *p = load("tls12.server", &len);
	int last = 0;

	(void)state;
	for (size_t n = 1; n < len; n++) {
		char *copy = malloc(n);
		struct told t;

		memcpy(copy, p, n);
		assert_int_equal(feed(CORDON_TO_CLIENT, copy, n, n, &t), 0);
		assert_true(t.calls >= last && t.calls <= 2);
		last = t.calls;
		told_done(&t);
		free(copy);
	}
	assert_int_equal(last, 2);
	free(p);
}

/* a Certificate message that holds @n certificates, the first of them broken */
static void chain_ends_where_it_does_not_add_up(void **state)
{
	static const char hello[] = "\x16\x03\x03\x00\x2c\x02\x00\x00\x28\x03\x03"
				    "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr\x00\x00\x2f\x00\x00\x00";
	static const char chain[] = "\x16\x03\x03\x00\x14\x0b\x00\x00\x10\x00\x00\x0d\x00\x00\x02\x30\x00\x00\x00\x01x\x00\x00\x09z";
	char wire[200];
	struct told t;
	size_t n = sizeof(hello) - 1 + sizeof(chain) - 1;

	(void)state;
	memcpy(wire, hello, sizeof(hello) - 1);
	memcpy(wire + sizeof(hello) - 1, chain, sizeof(chain) - 1);
	assert_int_equal(feed(CORDON_TO_CLIENT, wire, n, n, &t), 0);
	assert_int_equal(t.complete, 1);
	assert_string_equal(text(&t, APP_BUFFER_TLS_CERT_SUBJECT), "");
	assert_int_equal(t.buf[APP_BUFFER_TLS_CERTS].len, 2);
	assert_int_equal(t.more, 1);
	told_done(&t);
}

/* a chain above what one hello may be, in full records: what comes first in it is told */
static void chain_of_a_hundred_kilobytes_is_told(void **state)
{
	static const char hello[] = "\x16\x03\x03\x00\x2c\x02\x00\x00\x28\x03\x03"
				    "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr\x00\x00\x2f\x00\x00\x00";
	const uint32_t big = 100000, all = 5 + 3 + big, room = all + 7;
	const uint8_t head[] = { 11, 0, (uint8_t)((all + 3) >> 8), (uint8_t)(all + 3), 0, (uint8_t)(all >> 8), (uint8_t)all,
				 0, 0, 2, 0x30, 0, 0, (uint8_t)(big >> 8), (uint8_t)big };
	uint8_t *msg = calloc(1, room), *wire = malloc(room + sizeof(hello) + 100);
	size_t n = sizeof(hello) - 1;
	struct told t;

	(void)state;
	memcpy(msg, head, sizeof(head));
	msg[1] = (uint8_t)((all + 3) >> 16);
	msg[4] = (uint8_t)(all >> 16);
	msg[12] = (uint8_t)(big >> 16);
	memcpy(wire, hello, n);
	for (uint32_t i = 0, part; i < room; i += part) {
		part = room - i < 16384 ? room - i : 16384;
		memcpy(wire + n, (const uint8_t[]){ 22, 3, 3, (uint8_t)(part >> 8), (uint8_t)part }, 5);
		memcpy(wire + n + 5, msg + i, part);
		n += 5 + part;
	}
	assert_int_equal(feed(CORDON_TO_CLIENT, wire, n, 1460, &t), 0);
	assert_int_equal(t.complete, 1);
	assert_int_equal(t.buf[APP_BUFFER_TLS_CERTS].len, 2);
	assert_int_equal(t.more, 1);
	told_done(&t);
	free(msg);
	free(wire);
}

/* --- certificates --- */

static void prefixes_of_a_certificate_are_none(void **state)
{
	size_t len;
	char *p = load("tls12.server", &len);
	struct told t;

	(void)state;
	assert_int_equal(feed(CORDON_TO_CLIENT, p, len, len, &t), 0);
	for (uint32_t n = 0; n < t.buf[APP_BUFFER_TLS_CERTS].len; n++) {
		struct cert c = { .not_before = 0 };
		uint8_t *copy = malloc(n ? n : 1);

		memcpy(copy, t.buf[APP_BUFFER_TLS_CERTS].s, n);
		assert_int_equal(cert_read(&c, copy, n), -EBADMSG);
		cert_done(&c);
		free(copy);
	}
	told_done(&t);
	free(p);
}

static void times_are_seconds_since_1970(void **state)
{
	static const struct {
		uint8_t tag;
		const char *text;
		int r;
		__s64 sec;
	} t[] = {
		{ DER_UTC_TIME, "700101000000Z", PARSE_OK, 0 },
		{ DER_UTC_TIME, "491231235959Z", PARSE_OK, 2524607999 },
		{ DER_UTC_TIME, "500101000000Z", PARSE_OK, -631152000 },
		{ DER_GENERAL_TIME, "20240229120000Z", PARSE_OK, 1709208000 },
		{ DER_GENERAL_TIME, "99991231235959Z", PARSE_OK, 253402300799 },
		{ DER_UTC_TIME, "7001010000Z", PARSE_BAD, 0 },
		{ DER_UTC_TIME, "700101000000+", PARSE_BAD, 0 },
		{ DER_UTC_TIME, "701301000000Z", PARSE_BAD, 0 },
		{ DER_UTC_TIME, "7x0101000000Z", PARSE_BAD, 0 },
		{ DER_GENERAL_TIME, "700101000000Z", PARSE_BAD, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct der d = { .tag = t[i].tag, .body = cur_of(t[i].text, (uint32_t)strlen(t[i].text)) };
		__s64 sec = 0;

		assert_int_equal(x509_time(&d, &sec), t[i].r);
		assert_int_equal(sec, t[i].sec);
	}
}

static void der_lengths_stay_in_their_bounds(void **state)
{
	static const struct {
		const char *p;
		uint32_t n;
		int r;
	} t[] = {
		{ "\x04\x01x", 3, PARSE_OK },		    { "\x04\x81\x01x", 4, PARSE_OK },
		{ "\x04\x82\x00\x01x", 5, PARSE_OK },	    { "\x04\x02x", 3, PARSE_SHORT },
		{ "\x04\x80xx", 4, PARSE_BAD },		    { "\x04\x84\xff\xff\xff\xff", 6, PARSE_SHORT },
		{ "\x04\x85\x00\x00\x00\x00\x01x", 8, PARSE_BAD }, { "\x1f\x01x", 3, PARSE_BAD },
		{ "\x04", 1, PARSE_SHORT },		    { "\x04\x82\x00", 3, PARSE_SHORT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct cur c = cur_of(t[i].p, t[i].n);
		struct der d;

		assert_int_equal(der_take(&c, &d), t[i].r);
	}
}

/* --- JA4: the example of its specification (FoxIO, technical_details/JA4.md) --- */

static size_t put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return 2;
}

static void ja4_is_that_of_its_specification(void **state)
{
	static const uint16_t ciphers[] = { 0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9,
					    0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035 };
	static const uint16_t exts[] = { 0x1a1a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d,
					 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015 };
	static const uint8_t alpn[] = "\x02h2\x08http/1.1";
	static const uint8_t signatures[] = "\x04\x03\x08\x04\x04\x01\x05\x03\x08\x05\x05\x01\x08\x06\x06\x01";
	static const uint8_t versions[] = "\xaa\xaa\x03\x04\x03\x03";
	uint8_t c[64], e[128];
	size_t n = 0, m = 0;
	struct tls_hello h = { .version = 0x0303 };
	char ja4[JA4_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(ciphers) / 2; i++)
		n += put16(c + n, ciphers[i]);
	for (size_t i = 0; i < sizeof(exts) / 2; i++) {
		m += put16(e + m, exts[i]);
		m += put16(e + m, 0);
	}
	h.ciphers = cur_of(c, (uint32_t)n);
	h.exts = cur_of(e, (uint32_t)m);
	h.alpn = cur_of(alpn, sizeof(alpn) - 1);
	h.signatures = cur_of(signatures, sizeof(signatures) - 1);
	h.versions = cur_of(versions, sizeof(versions) - 1);
	assert_int_equal(ja4_hash(ja4, &h, 't'), 0);
	assert_string_equal(ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	h = (struct tls_hello){ .version = 0x0301 };
	h.ciphers = h.exts = h.alpn = h.signatures = h.versions = cur_of("", 0);
	assert_int_equal(ja4_hash(ja4, &h, 'q'), 0);
	assert_string_equal(ja4, "q10i000000_000000000000_000000000000");
}

/* in every cut: as Suricata 7 says it of the same bytes (tests/corpus/tls_events) */
static void what_is_odd_is_said(void **state)
{
	static const struct {
		const char *p;
		size_t n;
		uint64_t want;
	} wires[] = {
#define W(x, ev) { x, sizeof(x) - 1, ev }
		W("\x1e\x03\x03\0\1x", RULE_EVENT_BIT(TLS_RECORD_TYPE)),
		W("\x16\x03\x03\0\0", RULE_EVENT_BIT(TLS_RECORD_LENGTH)),
		W("\x16\x03\x03\x44\x01", RULE_EVENT_BIT(TLS_RECORD_LENGTH)),
		W("\x16\x03\x05\0\1x", RULE_EVENT_BIT(TLS_RECORD_VERSION)),
		W("\x16\x03\x03\0\3\x0e\0\0", RULE_EVENT_BIT(TLS_RECORD)),
		W("\x16\x03\x03\0\6\x0e\0\0\0\x0e\0", RULE_EVENT_BIT(TLS_RECORD) | RULE_EVENT_BIT(TLS_MESSAGE)),
		W("\x16\x03\x03\0\5\x63\0\0\1x", RULE_EVENT_BIT(TLS_MESSAGE)),
		W("\x16\x03\x03\0\6\x63\0\0\1x\x0e", RULE_EVENT_BIT(TLS_RECORD) | RULE_EVENT_BIT(TLS_MESSAGE)),
		W("\x14\x03\x03\0\1\1\x16\x03\x03\0\5\x63\0\0\1x", 0), /* encrypted */
		W("\x16\x03\x03\0\6\1\0\0\2\3\3", RULE_EVENT_BIT(TLS_HELLO_LENGTH)),
		W("\x18\x03\x03\0\3\1\x40\0", RULE_EVENT_BIT(TLS_HEARTBEAT_OVERFLOW)),
		W("\x18\x03\x03\0\4\1\0\1x", RULE_EVENT_BIT(TLS_HEARTBEAT)),
		W("\x18\x03\x03\0\3\3\0\0", RULE_EVENT_BIT(TLS_HEARTBEAT)),
		W("\x18\x03\x03\0\x13\1\0\0pppppppppppppppp", 0),
		W("\x18\x03\x03\0\x13\1\0\0pppppppppppppppp\x18\x03\x03\0\3\1\0\0", RULE_EVENT_BIT(TLS_HEARTBEAT)),
		W("\x80\x7d\x01\x03\x01\0\x54", 0), /* SSLv2 */
		W("\x17\x03\x03\0\1x\x1e\x03\x03\0\1x", 0), /* behind a record of data nothing is looked at */
#undef W
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++)
		for (size_t piece = 1; piece <= wires[i].n; piece++) {
			struct told t;

			(void)feed(CORDON_TO_SERVER, wires[i].p, wires[i].n, piece, &t);
			assert_int_equal(t.events, wires[i].want);
			told_done(&t);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sni_is_found_over_records_and_segments),
		cmocka_unit_test(hello_that_is_none_ends_the_parsing),
		cmocka_unit_test(handshakes_are_told_in_any_cut),
		cmocka_unit_test(prefixes_of_a_handshake_tell_less),
		cmocka_unit_test(chain_of_a_hundred_kilobytes_is_told),
		cmocka_unit_test(chain_ends_where_it_does_not_add_up),
		cmocka_unit_test(what_is_odd_is_said),
		cmocka_unit_test(prefixes_of_a_certificate_are_none),
		cmocka_unit_test(times_are_seconds_since_1970),
		cmocka_unit_test(der_lengths_stay_in_their_bounds),
		cmocka_unit_test(ja4_is_that_of_its_specification),
	};

	return cmocka_run_group_tests_name("app_tls", tests, NULL, NULL);
}
