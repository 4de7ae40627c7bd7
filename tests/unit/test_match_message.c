// SPDX-License-Identifier: BSD-2-Clause
/* Application rules: buffers of one message, bodies that come in pieces. */
#include "unit/unit.h"

#include "base/cleanup.h"
#include "harness/rules.h"

#define EST CORDON_FLOW_ESTABLISHED

static void set_text(struct app_msg *m, unsigned int buffer, const char *s)
{
	app_set(m, buffer, s, s ? (uint32_t)strlen(s) : 0);
}

static struct app_msg request(const char *method, const char *uri, const char *host, const char *body, bool complete)
{
	struct app_msg m = { .app = CORDON_APP_HTTP, .complete = complete, .id = 1 };

	set_text(&m, APP_BUFFER_HTTP_METHOD, method);
	set_text(&m, APP_BUFFER_HTTP_URI, uri);
	set_text(&m, APP_BUFFER_HTTP_HOST, host);
	set_text(&m, APP_BUFFER_HTTP_USER_AGENT, "test-agent/1.0");
	set_text(&m, APP_BUFFER_HTTP_REQUEST_BODY, body);
	return m;
}

static const struct {
	const char *options;
	bool hit;
} rows[] = { /* POST /cgi-bin/evil.sh?x=1 to cam.example, body "key=evil-value" */
	{ "http.method; content:\"POST\";", true },
	{ "http.method; content:\"GET\";", false },
	{ "http.uri; content:\"/cgi-bin/\"; startswith;", true },
	{ "uricontent:\"/CGI-bin/\"; nocase;", true },
	{ "uricontent:\"/CGI-bin/\";", false },
	{ "http.method; content:\"POST\"; tcp.flags:*S;", false },
	{ "http.method; content:\"POST\"; l3_proto:ip4;", true },
	{ "http.method; content:\"POST\"; l3_proto:ip6;", false },
	{ "http.method; content:\"POST\"; requires: version >= 7.0.3 < 8 | >= 9, keyword http.uri, feature ja3;", true },
	{ "http.uri; content:\"evil.sh\"; endswith;", false },
	{ "http.uri; content:\"evil\"; fast_pattern; content:\"x=1\"; distance:4; within:3; endswith;", true },
	{ "content:\"/cgi-bin/\"; http_uri; content:\"POST\"; http_method;", true },
	{ "content:\"cam.example\"; rawbytes; http_host; content:\"agent\"; http_user_agent;", true },
	{ "content:\"evil-value\"; http_client_body; content:\"other\"; http_user_agent;", false },
	{ "content:\"evil\"; http_uri; content:\"nothere\"; http_uri; distance:0;", false },
	{ "http.host; content:\"cam.example\"; bsize:11;", true },
	{ "http.host; content:\"cam.example\"; bsize:>11;", false },
	{ "http.host; dotprefix; content:\".example\"; endswith;", true },
	{ "http.host; dotprefix; content:\".cam.example\"; startswith;", true },
	{ "http.host; dotprefix; content:\".am.example\"; endswith;", false },
	{ "http.user_agent; content:\"TEST-agent\"; nocase;", true },
	{ "http.request_body; content:\"evil-value\";", true },
	{ "http.request_body; content:!\"evil\";", false },
	{ "http.method; content:\"POST\"; http.request_body; pcre:\"/^key=\\w+-/\";", true },
	{ "pcre:\"/^.cgi-bin.+=1$/U\"; http.method; content:\"POST\";", true },
	{ "http.uri; content:\"/cgi-bin/\"; http.host; content:!\"cam\";", false },
	{ "http.uri; bsize:19<>25; content:\"cgi-bin\";", true },
	{ "http.user_agent; to_uppercase; content:\"TEST-AGENT\";", true },
	{ "http.user_agent; to_lowercase; content:\"TEST-AGENT\";", false },
	{ "http.user_agent; to_lowercase; content:\"test\"; http.method; content:\"POST\";", true },
	{ "http.uri; xor:\"5c\"; content:\"|73 3f 3b 35|\"; startswith;", true },
	{ "http.uri; url_decode; content:\"x=1\"; endswith;", true },
	{ "http.host; to_md5; content:\"|48 3c 9c 3a|\"; startswith; bsize:16;", false },
	{ "http.host; to_sha1; bsize:20; http.method; content:\"POST\";", true },
	{ "http.host; to_sha256; bsize:32; http.method; content:\"POST\";", true },
	{ "http.host; dotprefix; to_uppercase; content:\".CAM.EXAMPLE\"; bsize:12;", true },
	{ "http.request_body; strip_whitespace; content:\"evil-value\"; endswith;", true },
	{ "http.request_body; compress_whitespace; content:\"evil-value\";", true },
	{ "http.user_agent; header_lowercase; content:\"test-agent/1.0\";", true },
	{ "http.request_body; content:\"=\"; base64_decode:relative; base64_data; content:\"evil\";", false },
	/* a rule may look at the packet too */
	{ "http.method; content:\"POST\"; dsize:0;", true },
	{ "http.method; content:\"POST\"; dsize:>0;", false },
	{ "http.method; content:\"POST\"; tcp.hdr; content:\"|00 50|\"; offset:2; depth:2;", true },
	{ "http.method; content:\"POST\"; flags:S;", false },
	{ "http.method; content:\"POST\"; app-layer-protocol:http;", true },
	{ "http.method; content:\"POST\"; app-layer-protocol:!http;", false },
	{ "http.method; content:\"POST\"; app-layer-protocol:http1;", true },
	{ "urilen:20; http.method; content:\"POST\";", true },
	{ "urilen:>20,norm; http.method; content:\"POST\";", false },
	{ "http.method; content:\"POST\"; flow:established,to_server;", true },
	{ "dns.query; content:\"cam.example\";", false },
};

static void each_buffer_hits_and_misses(void **state)
{
	struct cordon_facts f = record_facts(1, 6, 0, CORDON_APP_HTTP, EST);
	struct app_msg m = request("POST", "/cgi-bin/evil.sh?x=1", "cam.example", "key=evil-value", true);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[512];
		struct rule_bench *b;

		snprintf(text, sizeof(text), "alert tcp any any -> any any (%s sid:1;)", rows[i].options);
		b = bench_new(text);
		if (!ruleset_count(b->rs))
			fail_msg("refused: %s", rows[i].options);
		bench_message(b, &f, &m);
		if (bench_hits(b, 1) != rows[i].hit)
			fail_msg("%s: %s", rows[i].options, rows[i].hit ? "missed" : "hit");
		bench_done(b);
	}
}

static const struct {
	const char *transform, *in, *out;
} transforms[] = {
	{ "strip_whitespace", " a\t b\r\nc ", "abc" },
	{ "compress_whitespace", " a \t b\n\nc ", " a b\nc " },
	{ "url_decode", "a%20b+c%2", "a b c%2" },
	{ "url_decode", "%41%zz%", "A%zz%" },
	{ "header_lowercase", "Host: A\r\nX-Y: B:C\r\n", "host: A\r\nx-y: B:C\r\n" },
	{ "xor:\"0102\"", "AAA", "@C@" },
	{ "strip_pseudo_headers", ":path: /\r\nHost: a\r\n:x", "Host: a\r\n" },
	{ "pcrexform:\"^a(b+)\"", "abbbc", "bbb" },
	{ "pcrexform:\"^b(b+)\"", "abbbc", "abbbc" },
	{ "pcrexform:\"(?i)^A(b+)\"; to_uppercase", "abbbc", "BBB" },
	{ "to_md5", "abc", "\x90\x01\x50\x98\x3c\xd2\x4f\xb0\xd6\x96\x3f\x7d\x28\xe1\x7f\x72" },
	{ "to_sha1", "abc", "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d" },
	{ "to_lowercase; to_uppercase", "aBc", "ABC" },
};

static void a_transform_gives_these_bytes(void **state)
{
	struct cordon_facts f = record_facts(1, 6, 0, CORDON_APP_HTTP, EST);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(transforms); i++) {
		struct app_msg m = request("GET", transforms[i].in, "h", NULL, true);
		char text[512];
		struct rule_bench *b;
		size_t n;

		n = (size_t)snprintf(text, sizeof(text), "alert http any any -> any any (http.uri; %s; bsize:%zu; content:\"|",
				     transforms[i].transform, strlen(transforms[i].out));
		for (const char *p = transforms[i].out; *p; p++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%02x ", (uint8_t)*p);
		snprintf(text + n, sizeof(text) - n, "|\"; sid:1;)");
		b = bench_new(text);
		if (!ruleset_count(b->rs))
			fail_msg("refused: %s", text);
		bench_message(b, &f, &m);
		if (bench_hits(b, 1) != 1)
			fail_msg("%s of '%s' is not '%s'", transforms[i].transform, transforms[i].in, transforms[i].out);
		bench_done(b);
	}
}

static void set_certificate(struct app_msg *m, uint64_t from, uint64_t to)
{
	m->app = CORDON_APP_TLS;
	app_set_number(m, APP_NUMBER_TLS_NOTBEFORE, from);
	app_set_number(m, APP_NUMBER_TLS_NOTAFTER, to);
}

static void a_certificate_is_judged_by_its_dates(void **state)
{
	static const struct {
		const char *keyword;
		uint64_t from, to;
		bool hit;
	} certs[] = { /* at the second 7 */
		      { "tls_cert_valid", 5, 9, true },	   { "tls_cert_valid", 8, 9, false },
		      { "tls_cert_valid", 1, 6, false },   { "tls_cert_expired", 1, 6, true },
		      { "tls_cert_expired", 5, 9, false },
		      /* digits alone are seconds, never a year */
		      { "tls_cert_notafter:>8", 5, 9, true }, { "tls_cert_notafter:>2015", 5, 9, false },
		      { "tls_cert_notbefore:<1970-02", 5, 9, true } };
	struct cordon_facts f = record_facts(1, 6, 1, CORDON_APP_TLS, EST);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(certs); i++) {
		struct app_msg m = { .app = CORDON_APP_TLS, .is_response = true, .complete = true, .id = 1 };
		char text[128];
		struct rule_bench *b;

		set_certificate(&m, certs[i].from, certs[i].to);
		snprintf(text, sizeof(text), "alert tls any any -> any any (%s; sid:1;)", certs[i].keyword);
		b = bench_new(text);
		assert_int_equal(ruleset_count(b->rs), 1);
		b->rec.hdr.ts_ns = 7000000000ULL;
		bench_message(b, &f, &m);
		if (bench_hits(b, 1) != certs[i].hit)
			fail_msg("%s %d", certs[i].keyword, (int)i);
		bench_done(b);
	}
}

/* payload conditions of a rule on messages are asked of the bytes around the message */
static void a_rule_may_look_at_the_stream_around_its_message(void **state)
{
	struct rule_bench *b = bench_new(
		"alert http any any -> any any (content:\"POST\"; http_method; content:\"X-Odd|3a|\"; sid:1;)\n"
		"alert http any any -> any any (content:\"POST\"; http_method; content:!\"X-Odd\"; sid:2;)");
	struct cordon_facts f = record_facts(1, 6, 0, CORDON_APP_HTTP, EST);
	struct app_msg m = request("POST", "/", "h", NULL, true);
	static const char odd[] = "POST / HTTP/1.1\r\nX-Odd: 1\r\n\r\n", even[] = "POST / HTTP/1.1\r\n\r\n";

	(void)state;
	match_around(b->eng, (const uint8_t *)odd, sizeof(odd) - 1);
	bench_message(b, &f, &m);
	assert_int_equal(bench_hits(b, 1), 1);
	assert_int_equal(bench_hits(b, 2), 0);
	match_around(b->eng, (const uint8_t *)even, sizeof(even) - 1);
	bench_message(b, &f, &m);
	assert_int_equal(bench_hits(b, 1), 1);
	assert_int_equal(bench_hits(b, 2), 1);
	bench_done(b);
}

static void a_body_in_pieces_alerts_once(void **state)
{
	struct rule_bench *b = bench_new(
		"alert http any any -> any any (http.method; content:\"POST\"; http.request_body; content:\"evil\"; sid:1;)\n"
		"alert http any any -> any any (http.request_body; content:\"key=\"; content:!\"good\"; sid:2;)");
	struct cordon_facts f = record_facts(1, 6, 0, CORDON_APP_HTTP, EST);
	struct app_msg m = request("POST", "/", "h", "key=ev", false);

	(void)state;
	bench_message(b, &f, &m);
	assert_int_equal(b->hits, 0);
	assert_true(match_message_pending(b->eng, &b->view, &m));
	set_text(&m, APP_BUFFER_HTTP_REQUEST_BODY, "key=evil");
	bench_message(b, &f, &m);
	bench_message(b, &f, &m);
	assert_int_equal(bench_hits(b, 1), 1);
	/* what is not in the body can only be said at its end */
	assert_int_equal(bench_hits(b, 2), 0);
	assert_true(match_message_pending(b->eng, &b->view, &m));
	m.complete = true;
	bench_message(b, &f, &m);
	assert_int_equal(bench_hits(b, 1), 1);
	assert_int_equal(bench_hits(b, 2), 1);
	assert_false(match_message_pending(b->eng, &b->view, &m));
	m.id = 2;
	bench_message(b, &f, &m);
	assert_int_equal(bench_hits(b, 1), 2);
	bench_done(b);
}

static void a_message_no_rule_waits_for_is_not_pending(void **state)
{
	struct rule_bench *b = bench_new(
		"alert http any any -> any any (http.method; content:\"PUT-IT\"; http.request_body; content:\"evil\"; sid:1;)");
	struct cordon_facts f = record_facts(1, 6, 0, CORDON_APP_HTTP, EST);
	struct app_msg m = request("POST", "/", "h", "key=ev", false);

	(void)state;
	bench_message(b, &f, &m);
	assert_false(match_message_pending(b->eng, &b->view, &m));
	bench_done(b);
}

static void answers_and_missing_buffers_do_not_match(void **state)
{
	struct rule_bench *b = bench_new("alert dns any any -> any any (dns.query; content:\"evil.example\"; sid:1;)\n"
					  "alert http any any -> any any (http.host; content:!\"good\"; sid:2;)\n"
					  "alert udp any any -> any any (dns_query; content:\"evil.example\"; sid:3;)\n"
					  "alert tls any any -> any any (tls_sni; content:\"evil.example\"; sid:4;)");
	struct cordon_facts f = record_facts(1, 17, 0, CORDON_APP_DNS, 0);
	struct app_msg m = { .app = CORDON_APP_DNS, .complete = true };
	struct app_msg h = request("GET", "/", NULL, NULL, true);

	(void)state;
	set_text(&m, APP_BUFFER_DNS_QUERY, "www.evil.example");
	bench_message(b, &f, &m);
	assert_int_equal(bench_hits(b, 1), 1);
	assert_int_equal(bench_hits(b, 3), 1);
	assert_int_equal(bench_hits(b, 4), 0);
	m.is_response = true;
	bench_message(b, &f, &m);
	m.is_response = false;
	m.dir = CORDON_TO_CLIENT;
	f.dir = CORDON_TO_CLIENT;
	bench_message(b, &f, &m);
	assert_int_equal(bench_hits(b, 1), 1);
	f = record_facts(1, 6, 0, CORDON_APP_HTTP, EST);
	bench_message(b, &f, &h);
	assert_int_equal(bench_hits(b, 2), 0);
	bench_done(b);
}

/* each naming of a buffer that comes several times asks for an instance; one instance must meet all of a list */
static void each_instance_is_looked_at_by_itself(void **state)
{
	struct rule_bench *b = bench_new(
		"alert dns any any -> any any (dns.query; content:\"first\"; dns.query; content:\"second\"; sid:1;)\n"
		"alert dns any any -> any any (dns.query; content:\"first\"; content:\"second\"; sid:2;)\n"
		"alert dns any any -> any any (dns.query; content:\"second\"; startswith; bsize:14; sid:3;)\n"
		"alert dns any any -> any any (dns.query; content:\"third\"; sid:4;)");
	struct cordon_facts f = record_facts(1, 17, 0, CORDON_APP_DNS, 0);
	struct app_more more = { APP_BUFFER_DNS_QUERY, { (const uint8_t *)"second.example", 14 } };
	struct app_msg m;

	(void)state;
	app_msg_init(&m, CORDON_APP_DNS, CORDON_TO_SERVER);
	m.complete = true;
	set_text(&m, APP_BUFFER_DNS_QUERY, "first.example");
	m.more = &more;
	m.n_more = 1;
	bench_message(b, &f, &m);
	assert_int_equal(bench_hits(b, 1), 1);
	assert_int_equal(bench_hits(b, 2), 0);
	assert_int_equal(bench_hits(b, 3), 1);
	assert_int_equal(bench_hits(b, 4), 0);
	bench_done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_buffer_hits_and_misses),
		cmocka_unit_test(a_transform_gives_these_bytes),
		cmocka_unit_test(a_certificate_is_judged_by_its_dates),
		cmocka_unit_test(a_rule_may_look_at_the_stream_around_its_message),
		cmocka_unit_test(a_body_in_pieces_alerts_once),
		cmocka_unit_test(a_message_no_rule_waits_for_is_not_pending),
		cmocka_unit_test(each_instance_is_looked_at_by_itself),
		cmocka_unit_test(answers_and_missing_buffers_do_not_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
