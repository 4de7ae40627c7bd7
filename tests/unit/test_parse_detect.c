// SPDX-License-Identifier: BSD-2-Clause
/* include/parse/app.h and name.h: which application begins like this, and the name it shows. */
#include "unit/unit.h"

#include <stdbool.h>

#include "parse/app.h"
#include "parse/name.h"

struct sample {
	int app;
	uint8_t dir, proto;
	uint16_t sport, dport;
	const char *p;
	size_t n;
};

#define S(app, dir, proto, sport, dport, text)                                                     \
	{                                                                                          \
		CORDON_APP_##app, dir, proto, sport, dport, text, sizeof(text) - 1                 \
	}

static const struct sample samples[] = {
	S(HTTP, 0, 6, 40000, 8080, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	S(HTTP, 0, 6, 40000, 8080, "POST "), /* no other application has it: the URI need not be seen */
	S(UNDECIDED, 0, 6, 40000, 8080, "OPTIONS "),
	S(HTTP, 0, 6, 40000, 8080, "POST /x HTTP/1.1\r\n\r\n"),
	S(HTTP, 0, 6, 40000, 8080, "OPTIONS * HTTP/1.1\r\n"),
	S(HTTP, 1, 6, 8080, 40000, "HTTP/1.1 200 OK\r\n"),
	S(RTSP, 0, 6, 40000, 554, "OPTIONS rtsp://192.0.2.1/ RTSP/1.0\r\n"),
	S(RTSP, 0, 6, 40000, 554, "DESCRIBE rtsp://192.0.2.1/ RTSP/1.0\r\n"),
	S(RTSP, 1, 6, 554, 40000, "RTSP/1.0 200 OK\r\n"),
	S(SSH, 0, 6, 40000, 22, "SSH-2.0-x\r\n"),
	S(TLS, 0, 6, 40000, 443, "\x16\x03\x01\x00\x60\x01\x00\x00\x5c"),
	S(TLS, 1, 6, 443, 40000, "\x16\x03\x03\x00\x60\x02\x00\x00\x5c"),
	S(MQTT, 0, 6, 40000, 1883, "\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"),
	S(MQTT, 0, 6, 40000, 1883, "\x10\x90\x01\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x00"),
	S(MQTT, 1, 6, 1883, 40000, "\x20\x02\x00\x00"),
	S(MODBUS, 0, 6, 40000, 502, "\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x01"),
	S(MODBUS, 0, 6, 40000, 5020, "\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x01"),
	S(TELNET, 1, 6, 23, 40000, "\xff\xfd\x18\xff\xfd\x20"),
	S(DNS, 0, 17, 40000, 53,
	  "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01"
	  "a\x00\x00\x01\x00\x01"),
	S(DNS, 0, 17, 40000, 5300,
	  "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01"
	  "a\x00\x00\x01\x00\x01"),
	S(DNS, 1, 17, 53, 40000,
	  "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x01"
	  "a\x00\x00\x01\x00\x01"),
	S(DNS, 0, 6, 40000, 53,
	  "\x00\x13\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01"
	  "a\x00\x00\x01\x00\x01"),
	/* a message of 1380 bytes: its length alone is how DNP3 begins */
	S(UNDECIDED, 0, 6, 40000, 53, "\x05\x64\x12"),
	S(DNS, 0, 6, 40000, 53,
	  "\x05\x64\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01"
	  "a\x00\x00\x01\x00\x01"),
	S(QUIC, 0, 17, 40000, 443, "\xc3\x00\x00\x00\x01\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08\x00\x00\x44\x9e"),
	S(QUIC, 1, 17, 8443, 40000, "\xd1\x6b\x33\x43\xcf\x00\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08\x00\x44\x9e"),
	S(QUIC, 0, 17, 40000, 443, "\xc3Q046\x50\x83\x94\xc8\xf0\x3e\x51\x57\x08\x00\x00\x44\x9e"),
	S(NONE, 0, 17, 40000, 443, "\xc3\x00\x00\x00\x01\x15\x83\x94\xc8\xf0\x3e\x51\x57\x08\x00\x00\x44\x9e"),
	S(NONE, 0, 17, 40000, 443, "\x43\x00\x00\x00\x01\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08\x00\x00\x44\x9e"),
	S(MDNS, 0, 17, 5353, 5353, "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01" "a\x00\x00\x01\x00\x01"),
	S(DNS, 0, 17, 40000, 5353, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01" "a\x00\x00\x01\x00\x01"),
	S(DNS, 0, 17, 40000, 5355, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01" "a\x00\x00\x01\x00\x01"),
	S(NONE, 0, 17, 40000, 5355, "\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01" "a\x00\x00\x01\x00\x01"),
	S(NONE, 0, 17, 137, 137, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01" "a\x00\x00\x20\x00\x01"),
	S(SMTP, 0, 6, 40000, 9999, "EHLO x\r\n"),
	S(SMTP, 0, 6, 40000, 25, "helo x\r\n"),
	S(SMTP, 1, 6, 25, 40000, "220 mx ESMTP\r\n"),
	S(FTP, 1, 6, 21, 40000, "220-ready\r\n"),
	S(FTP, 0, 6, 40000, 2121, "USER anonymous\r\n"),
	S(POP3, 0, 6, 40000, 110, "user me\r\n"),
	S(POP3, 0, 6, 40000, 9999, "CAPA\r\n"),
	S(POP3, 1, 6, 110, 40000, "+OK ready\r\n"),
	S(IMAP, 1, 6, 143, 40000, "* OK ready\r\n"),
	S(HTTP2, 0, 6, 40000, 80, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	S(RFB, 1, 6, 5900, 40000, "RFB 003.008\n"),
	S(DNP3, 0, 6, 40000, 20000, "\x05\x64\x05\xc0\x01\x00\x0a\x00\xe2\x5d"),
	S(RDP, 0, 6, 40000, 3390, "\x03\x00\x00\x2b\x26\xe0\x00\x00\x00\x00\x00" "Cookie: mstshash=a\r\n"),
	S(RDP, 0, 6, 40000, 9999, "\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00"),
	S(RDP, 1, 6, 3389, 40000, "\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00\x02"),
	S(NONE, 0, 6, 40000, 102, "\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc1\x02\x01\x00\xc2\x02\x01\x02"),
	S(ENIP, 0, 6, 40000, 44818,
	  "\x6f\x00\x10\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
	S(ENIP, 0, 6, 40000, 9999,
	  "\x65\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00"),
	S(NONE, 0, 6, 40000, 9999,
	  "\x6f\x00\x10\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00"),
	S(SIP, 0, 6, 40000, 9999, "INVITE sip:bob@example.com SIP/2.0\r\n"),
	S(SIP, 0, 6, 40000, 9999, "OPTIONS sip:bob@example.com SIP/2.0\r\n"),
	S(SIP, 1, 6, 5060, 40000, "SIP/2.0 200 OK\r\n"),
	S(NONE, 0, 6, 40000, 9999, "INVITE everybody to it"),
	S(SIP, 0, 17, 40000, 5060, "REGISTER sip:example.com SIP/2.0\r\n"),
	S(SIP, 0, 17, 40000, 9999, "OPTIONS sip:100@192.0.2.1 SIP/2.0\r\n"),
	S(SIP, 1, 17, 5060, 40000, "SIP/2.0 401 Unauthorized\r\n"),
	S(SSDP, 0, 17, 40000, 1900, "M-SEARCH * HTTP/1.1\r\n"),
	S(SSDP, 0, 17, 1900, 1900, "NOTIFY * HTTP/1.1\r\n"),
	S(SSDP, 1, 17, 1900, 40000, "HTTP/1.1 200 OK\r\n"),
	S(SNMP, 0, 17, 40000, 161, "\x30\x26\x02\x01\x00\x04\x06public\xa0\x19"),
	S(SNMP, 0, 17, 40000, 9161, "\x30\x81\x80\x02\x01\x01\x04\x06public\xa0\x19"),
	S(SNMP, 0, 17, 40000, 161, "\x30\x82\x01\x00\x02\x01\x03\x30\x0e\x02\x01\x01"),
	S(NONE, 0, 17, 40000, 389, "\x30\x26\x02\x01\x01\x63\x21\x04\x00\x0a\x01\x00\x0a"),
	S(DTLS, 0, 17, 40000, 5684,
	  "\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x36\x01\x00\x00\x2a\x00\x00\x00\x00\x00\x00\x00\x2a\xfe\xfd"),
	S(DHCP, 0, 17, 68, 67,
	  "\x01\x01\x06\x00\x12\x34\x56\x78\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	  "\x02\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
	S(NTP, 0, 17, 40000, 123,
	  "\x23\x00\x06\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	  "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
	S(NTP, 0, 17, 40000, 123, "\x17\x00\x03\x2a\x00\x00\x00\x00"), /* monlist */
	S(NONE, 0, 17, 40000, 123, "\x23\x00\x06\x20"),
	S(TFTP, 0, 17, 40000, 69, "\x00\x01" "firmware.bin\x00octet"),
	S(NONE, 0, 17, 40000, 6969, "\x00\x01" "firmware.bin\x00octet"),
	S(COAP, 0, 17, 40000, 5683, "\x40\x01\x12\x34\xbb.well-known"),
	S(COAP, 1, 17, 5683, 40000, "\x60\x45\x12\x34\xff{}"),
	S(NONE, 1, 6, 9999, 40000, "220 whatever\r\n"),
	S(NONE, 0, 6, 40000, 9999, "USERS of it"),
	S(NONE, 0, 6, 40000, 9999, "hello world, nothing known"),
	S(NONE, 0, 6, 40000, 9999, "GETTING nothing"),
	S(NONE, 0, 17, 40000, 9999, "hello world, nothing known"),
	S(NONE, 0, 6, 40000, 9999, "\x16\x03\x01\xff\xff\x01"),
	S(NONE, 1, 6, 443, 40000, "\x16\x03\x03\x00\x60\x01\x00\x00\x5c"),
	S(NONE, 0, 1, 0, 0, "GET / HTTP/1.1\r\n"),
};

static int detect(const struct sample *s, size_t n)
{
	uint8_t p[APP_PREFIX] = {0};

	n = n < sizeof(p) ? n : sizeof(p);
	memcpy(p, s->p, n);
	return app_detect(p, (uint32_t)n, s->dir, s->proto, s->sport, s->dport);
}

static void applications_are_told_by_content(void **state)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (detect(&samples[i], samples[i].n) != samples[i].app)
			fail_msg("sample %zu: %d, not %d", i, detect(&samples[i], samples[i].n),
				 samples[i].app);
	(void)state;
}

/* TCP: a shorter prefix is undecided or says the same, never something else: cutting a segment
 * changes nothing */
static void shorter_prefix_never_says_otherwise(void **state)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *s = &samples[i];

		if (s->proto != 6 || (s->app == CORDON_APP_MODBUS && s->dport != 502))
			continue;
		for (size_t n = 0; n < s->n; n++) {
			int app = detect(s, n);

			if (app != CORDON_APP_UNDECIDED && app != s->app)
				fail_msg("sample %zu at %zu: %d", i, n, app);
		}
	}
	(void)state;
}

static uint8_t *buf_of(const void *p, size_t n)
{
	uint8_t *b = malloc(sizeof(struct name_buf));

	memset(b, 0xa5, sizeof(struct name_buf)); /* what is behind the payload does not matter */
	memcpy(b, p, n);
	return b;
}

static void name_in_a_question_is_read(void **state)
{
	static const char q[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03WwW\x07"
				"ex-mple\x03org\x00\x00\x1c\x00\x01";
	struct name_info ni = { .seed = 1 };

	for (size_t n = 0; n <= sizeof(q) - 1; n++) {
		uint8_t *b = buf_of(q, n);
		int r = name_dns(b, (uint32_t)n, &ni);

		assert_int_equal(r, n == sizeof(q) - 1 ? PARSE_OK : PARSE_SHORT);
		free(b);
	}
	assert_int_equal(ni.len, 15);
	assert_memory_equal(ni.text, "www.ex-mple.org", 15);
	assert_int_equal(ni.qtype, 28);
	assert_int_equal(ni.txid, 0x1234);
	(void)state;
}

static void root_has_an_empty_name(void **state)
{
	uint8_t *b =
		buf_of("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01", 17);
	struct name_info ni = { .seed = 1 };

	assert_int_equal(name_dns(b, 17, &ni), PARSE_OK);
	assert_int_equal(ni.len, 0);
	assert_int_equal(ni.labels, 0);
	name_hash(1, &ni);
	assert_int_equal(ni.labels, 0);
	free(b);
	(void)state;
}

/* as cordon_hash.h says it, byte by byte, of a suffix on its own */
static uint64_t hash_of_suffix(uint64_t seed, const char *suffix)
{
	const char *dot = strchr(suffix, '.');
	size_t len = dot ? (size_t)(dot - suffix) : strlen(suffix);
	uint64_t h = dot ? hash_of_suffix(seed, dot + 1) : seed, l = seed;

	for (size_t at = 0; at <= len; at += 8) {
		uint64_t word = 0;

		for (size_t i = 0; i < 8 && at + i < len; i++)
			word |= (uint64_t)(uint8_t)suffix[at + i] << 8 * i;
		l = cordon_mix(l ^ word);
	}
	return cordon_mix(h ^ cordon_label_done(l, (uint32_t)len));
}

static void hashes_are_those_of_the_suffixes(const struct name_info *ni, const char *name)
{
	const char *suffix = name + strlen(name);

	for (unsigned int k = 0; k < ni->labels && k < CORDON_NAME_SUFFIXES; k++) {
		while (suffix > name && suffix[-1] != '.')
			suffix--;
		if (ni->hash[k] != hash_of_suffix(ni->seed, suffix))
			fail_msg("%s: suffix %s", name, suffix);
		suffix--;
	}
}

/* every length of a label and every place of a capital letter, as a text and as a question */
static void suffix_hashes_are_those_of_the_suffixes(void **state)
{
	static const char upper[] = "@ABYZ[`az{\x80\xc1\xff_-";

	for (size_t first = 1; first <= 63; first++) {
		for (size_t second = 1; second <= 63; second += second < 20 ? 1 : 7) {
			char text[256] = "", low[256];
			struct name_info ni = { .seed = 42 }, ti;
			uint8_t wire[256] = { 0x12, 0x34, 1, 0, 0, 1 }, *b, *t;
			size_t len = first + 1 + second + 8;

			for (size_t i = 0; i < len; i++)
				text[i] = upper[(i * 7 + first) % (sizeof(upper) - 1)];
			memcpy(text + first, ".", 1);
			memcpy(text + first + 1 + second, ".eXample", 8);
			for (size_t i = 0; i <= len; i++)
				low[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
			wire[12] = (uint8_t)first;
			memcpy(wire + 13, text, len);
			wire[13 + first] = (uint8_t)second;
			wire[14 + first + second] = 7;
			b = buf_of(wire, 13 + len + 5);
			t = buf_of(text, len);
			assert_int_equal(name_dns(b, (uint32_t)len + 18, &ni), PARSE_OK);
			assert_int_equal(name_copy((struct name_buf *)t, 0, (uint32_t)len, &ti), PARSE_OK);
			name_hash(42, &ti);
			name_chain(&ni);
			name_chain(&ti);
			assert_int_equal(ni.labels, 3);
			assert_int_equal(ti.labels, 3);
			assert_int_equal(ni.len, len);
			assert_memory_equal(ni.text, low, len);
			assert_memory_equal(ti.text, low, len);
			hashes_are_those_of_the_suffixes(&ni, low);
			hashes_are_those_of_the_suffixes(&ti, low);
			free(b);
			free(t);
		}
	}
	(void)state;
}

/* of the deepest ones the last CORDON_NAME_SUFFIXES labels are known */
static void deep_names_are_hashed_from_their_end(void **state)
{
	char text[254] = "";
	struct name_info ni = { .len = 253 };

	for (int i = 0; i < 253; i++)
		text[i] = i & 1 ? '.' : (char)('a' + i % 26);
	memcpy(ni.text, text, 253);
	name_hash(7, &ni);
	name_chain(&ni);
	assert_int_equal(ni.labels, 127);
	hashes_are_those_of_the_suffixes(&ni, text);
	memset(ni.text, '.', 253);
	name_hash(7, &ni);
	assert_int_equal(ni.labels, NAME_TEXT_LABELS);
	(void)state;
}

/* a dot inside a label could pass for another name: at every place of labels of every length */
static void dot_in_a_label_is_refused(void **state)
{
	for (size_t len = 1; len <= 63; len++) {
		for (size_t dot = 0; dot <= len; dot++) {
			struct name_info ni = { .seed = 1 };
			uint8_t wire[128] = { 0x12, 0x34, 1, 0, 0, 1 }, *b;

			wire[12] = (uint8_t)len;
			memset(wire + 13, 'a', len);
			if (dot < len)
				wire[13 + dot] = '.';
			b = buf_of(wire, 13 + len + 5);
			assert_int_equal(name_dns(b, (uint32_t)len + 18, &ni), dot < len ? PARSE_BAD : PARSE_OK);
			free(b);
		}
	}
	(void)state;
}

static int host(const char *head, size_t n, char *ret)
{
	uint8_t *b = buf_of(head, n);
	uint32_t off = 0, len = 0;
	int r = name_host(b, (uint32_t)n, &off, &len);

	if (r == PARSE_OK) {
		memcpy(ret, b + off, len);
		ret[len] = 0;
	}
	free(b);
	return r;
}

static void a_request_that_names_two_hosts_has_none(void **state)
{
	static const char *const heads[] = {
		"GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a.example\r\nhost: b.example\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a.example\r\nA: b\r\nHOST:b.example\r\n\r\n",
	};
	static const char with_body[] = "POST / HTTP/1.1\r\nHost: a\r\n\r\nHost: b\r\n";
	char name[NAME_TEXT_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		assert_int_equal(host(heads[i], strlen(heads[i]), name), PARSE_BAD);
	/* a body is no head */
	assert_int_equal(host(with_body, strlen(with_body), name), PARSE_OK);
}

static void host_of_a_head_is_found(void **state)
{
	static const struct {
		const char *head, *host;
	} heads[] = {
		{"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example"},
		{"GET / HTTP/1.1\nhost:a.example\n\n", "a.example"},
		{"GET / HTTP/1.1\r\nA: b\r\nHOST:  \ta.example:8080\r\n\r\n", "a.example"},
		{"GET / HTTP/1.0\r\nA: b\r\n\r\n", ""},
		{"GET / HTTP/1.1\r\nX-Host: no\r\nHost: a.example\r\n\r\n", "a.example"},
		{"GET / HTTP/1.1\r\n\r\nHost: body\r\n", ""},
	};
	char got[256];

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		int r = host(heads[i].head, strlen(heads[i].head), got);

		assert_int_equal(r, heads[i].host ? PARSE_OK : PARSE_SHORT);
		if (heads[i].host)
			assert_string_equal(got, heads[i].host);
	}
	for (size_t n = 0; n < strlen(heads[2].head); n++)
		if (host(heads[2].head, n, got) == PARSE_OK)
			assert_string_equal(got, "a.example");
	(void)state;
}

/* version, random, no session id, one suite, no compression; extensions: padding, server name,
 * renegotiation info */
static const uint8_t hello[] = {
	0x16, 3,   1,   0,   79,  1,   0,   0,   75,  3,   3,   0,    1,    2, 3,  4, 5,
	6,    7,   8,   9,   0,   1,   2,   3,   4,   5,   6,   7,    8,    9, 0,  1, 2,
	3,    4,   5,   6,   7,   8,   9,   0,   1,   0,   0,   2,    0x13, 1, 1,  0, 0,
	32,   0,   21,  0,   4,   0,   0,   0,   0,   0,   0,   0,    15,   0, 13, 0, 0,
	10,   'a', '.', 'E', 'x', 'a', 'm', 'p', 'l', 'e', 'X', 0xff, 1,    0, 1,  0,
};

static void server_name_is_found_in_every_prefix_that_has_it(void **state)
{
	for (uint32_t n = 0; n <= sizeof(hello); n++) {
		uint8_t *b = buf_of(hello, n);
		uint32_t off = 0, len = 0;
		int r = name_tls(b, n, &off, &len);

		assert_int_equal(r, n >= 79 ? PARSE_OK : PARSE_SHORT);
		if (r == PARSE_OK) {
			assert_int_equal(len, 10);
			assert_memory_equal(b + off, "a.ExampleX", 10);
		}
		free(b);
	}
	(void)state;
}

static void hello_without_a_name_is_whole(void **state)
{
	uint8_t *b = buf_of(hello, sizeof(hello));
	uint32_t off = 0, len = 0;

	b[61] = 7; /* server_name becomes an extension unknown */
	assert_int_equal(name_tls(b, sizeof(hello), &off, &len), PARSE_OK);
	assert_int_equal(len, 0);
	assert_int_equal(name_tls(b, sizeof(hello) - 2, &off, &len), PARSE_SHORT);
	free(b);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(applications_are_told_by_content),
		cmocka_unit_test(shorter_prefix_never_says_otherwise),
		cmocka_unit_test(name_in_a_question_is_read),
		cmocka_unit_test(root_has_an_empty_name),
		cmocka_unit_test(suffix_hashes_are_those_of_the_suffixes),
		cmocka_unit_test(deep_names_are_hashed_from_their_end),
		cmocka_unit_test(dot_in_a_label_is_refused),
		cmocka_unit_test(host_of_a_head_is_found),
		cmocka_unit_test(a_request_that_names_two_hosts_has_none),
		cmocka_unit_test(server_name_is_found_in_every_prefix_that_has_it),
		cmocka_unit_test(hello_without_a_name_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
