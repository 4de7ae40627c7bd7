// SPDX-License-Identifier: BSD-2-Clause
/*
 * Application rows: the same messages with the same buffers however the bytes
 * are cut, and the buffers as the rules expect them. HTTP: test_app_http.c.
 */
#include "unit/unit.h"

#include <errno.h>

#include "app/app.h"
#include "base/str.h"
#include "cordon_event.h"

static int add(const struct app_msg *m, void *ctx)
{
	struct strbuf *b = ctx;

	strbuf_addf(b, "[%u id=%u", m->app, (unsigned int)m->id);
	for (int i = 0; i < APP_BUFFERS; i++) {
		if (!app_has(m, (unsigned int)i))
			continue;
		strbuf_addf(b, " %s=", app_buffer_name((unsigned int)i));
		strbuf_add(b, m->buf[i].p, m->buf[i].len);
	}
	for (uint16_t i = 0; i < m->n_more; i++) {
		strbuf_addf(b, " %s=", app_buffer_name(m->more[i].buffer));
		strbuf_add(b, m->more[i].buf.p, m->more[i].buf.len);
	}
	for (unsigned int i = 0; i < APP_NUMBERS; i++)
		if (m->has_number >> i & 1)
			strbuf_addf(b, " %u:%llu", i, (unsigned long long)m->number[i]);
	if (m->is_response)
		strbuf_addf(b, " response %u", m->http_status);
	if (m->dns_type)
		strbuf_addf(b, " type %u", m->dns_type);
	strbuf_adds(b, "]\n");
	return 0;
}

/* only what was told complete */
static int add_complete(const struct app_msg *m, void *ctx)
{
	return m->complete ? add(m, ctx) : 0;
}

/* bytes in pieces of @n: what is told, and the last result */
static int run(const struct app_row *row, uint8_t dir, const void *p, size_t len, size_t n, app_msg_fn cb, struct strbuf *out)
{
	void *s = row->open(dir);
	int r = 0;

	assert_non_null(s);
	for (size_t i = 0; i < len && !r; i += n)
		r = row->feed(s, (const uint8_t *)p + i, (uint32_t)(len - i < n ? len - i : n), cb, out);
	row->close(s);
	return r;
}

static void assert_told(uint8_t app, uint8_t dir, const void *p, size_t len, const char *want)
{
	for (size_t n = 1; n <= len; n = n < 40 ? n + 1 : n * 2) {
		struct strbuf out = { 0 };

		run(app_row(app), dir, p, len, n, add_complete, &out);
		assert_string_equal(out.s ? out.s : "", want);
		strbuf_done(&out);
	}
}

/* --- TLS --- */

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

static void sni_is_found_over_records_and_segments(void **state)
{
	uint8_t hello[300], wire[3000];
	size_t len = client_hello(hello, "C2.Evil.example"), n;

	(void)state;
	for (size_t rec = 1; rec <= len; rec += 7) {
		n = records(wire, hello, len, rec);
		assert_told(CORDON_APP_TLS, CORDON_TO_SERVER, wire, n, "[3 id=0 tls.sni=C2.Evil.example]\n");
	}
	n = records(wire, hello, client_hello(hello, ""), 250);
	assert_told(CORDON_APP_TLS, CORDON_TO_SERVER, wire, n, "[3 id=0]\n");
}

static void hello_that_is_none_ends_the_parsing(void **state)
{
	const struct app_row *row = app_row(CORDON_APP_TLS);
	struct strbuf out = { 0 };

	(void)state;
	assert_int_equal(run(row, 0, "GET / HTTP/1.1", 14, 1, add, &out), -EBADMSG);
	assert_int_equal(run(row, 0, "\x16\x03\x01\x00\x04\x02\x00\x00\x00", 9, 9, add, &out), -EBADMSG);
	assert_int_equal(run(row, 0, "\x16\x03\x01\x00\x04\x01\x00\x00\x00", 9, 9, add, &out), -EBADMSG);
	assert_int_equal(run(row, 0, "\x16\x03\x01\x00\x04\x01\xff\xff\xff", 9, 9, add, &out), -EBADMSG);
	assert_null(out.s);
}

/* --- DNS --- */

static const uint8_t query[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
			       "\x03www\x04" "Evil\x07" "example\x00\x00\x1c\x00\x01";

static void dns_query_is_told_from_a_datagram(void **state)
{
	const struct app_row *row = app_row(CORDON_APP_DNS);
	struct strbuf out = { 0 };
	uint8_t answer[sizeof(query)];

	(void)state;
	assert_int_equal(row->datagram(query, sizeof(query) - 1, 0, add, &out), 0);
	assert_string_equal(out.s, "[4 id=0 dns.query=www.Evil.example type 28]\n");
	strbuf_clear(&out);
	memcpy(answer, query, sizeof(query));
	answer[2] = 0x81;
	assert_int_equal(row->datagram(answer, sizeof(query) - 1, 1, add, &out), 0);
	assert_string_equal(out.s, "[4 id=0 response 0 type 28]\n");
	for (uint32_t n = 0; n < sizeof(query) - 1; n++)
		assert_int_equal(row->datagram(query, n, 0, add, &out), -EBADMSG);
	strbuf_done(&out);
}

static void dns_over_tcp_is_told_in_any_cut(void **state)
{
	uint8_t wire[2 * (sizeof(query) + 1)];
	size_t n = sizeof(query) - 1;

	(void)state;
	wire[0] = wire[2 + n] = 0;
	wire[1] = wire[3 + n] = (uint8_t)n;
	memcpy(wire + 2, query, n);
	memcpy(wire + 4 + n, query, n);
	assert_told(CORDON_APP_DNS, 0, wire, 4 + 2 * n,
		    "[4 id=0 dns.query=www.Evil.example type 28]\n[4 id=1 dns.query=www.Evil.example type 28]\n");
}

/* found by fuzzing: it was waited for more of nothing */
static void dns_message_of_no_bytes_ends_the_parsing(void **state)
{
	struct strbuf out = { 0 };

	(void)state;
	assert_int_equal(run(app_row(CORDON_APP_DNS), 0, "\0\0\0", 3, 1, add, &out), -EBADMSG);
	assert_int_equal(run(app_row(CORDON_APP_DNS), 0, "\0\0\0", 3, 3, add, &out), -EBADMSG);
	assert_null(out.s);
}

static void rows_without_parser_are_none(void **state)
{
	(void)state;
	assert_null(app_row(CORDON_APP_UNDECIDED));
	assert_null(app_row(CORDON_APP_SSH));
	assert_null(app_row(255));
	assert_null(app_buffer_name(APP_BUFFERS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sni_is_found_over_records_and_segments),
		cmocka_unit_test(hello_that_is_none_ends_the_parsing),
		cmocka_unit_test(dns_query_is_told_from_a_datagram),
		cmocka_unit_test(dns_over_tcp_is_told_in_any_cut),
		cmocka_unit_test(dns_message_of_no_bytes_ends_the_parsing),
		cmocka_unit_test(rows_without_parser_are_none),
	};

	return cmocka_run_group_tests_name("app", tests, NULL, NULL);
}
