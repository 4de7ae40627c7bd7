// SPDX-License-Identifier: BSD-2-Clause
/*
 * HTTP: the buffers of requests and responses. What they must be was seen with
 * Suricata 7.0.10 and its shipped configuration: the same bytes, the values its
 * rules match. Each case is told in pieces of every size.
 */
#include "unit/unit.h"

#include <errno.h>
#include <zlib.h>

#include "app/app.h"
#include "app/http.h"
#include "base/inflate.h"
#include "base/str.h"
#include "cordon_event.h"
#include "cordon_limits.h"
#include "parse/http_uri.h"

#define TS CORDON_TO_SERVER
#define TC CORDON_TO_CLIENT

/* one side of a flow, fed in pieces; the other side may have been there */
struct side {
	const char *want;  /* name of a buffer, of the @index-th message that is told complete */
	unsigned int index, seen;
	struct strbuf out; /* its value; instances are put together with '|' */
	bool found;
	struct strbuf all; /* id, tx and status of each */
};

static void add_value(struct side *s, const struct app_buf *b)
{
	if (s->found)
		strbuf_adds(&s->out, "|");
	s->found = true;
	strbuf_add(&s->out, b->p, b->len);
}

static int on_msg(const struct app_msg *m, void *ctx)
{
	struct side *s = ctx;

	if (!m->complete)
		return 0;
	strbuf_addf(&s->all, "%u/%u/%u ", (unsigned int)m->id, (unsigned int)m->tx, m->http_status);
	if (s->seen++ != s->index)
		return 0;
	for (unsigned int i = 0; i < APP_BUFFERS; i++)
		if (app_has(m, i) && s->want && !strcmp(app_buffer_name(i), s->want))
			add_value(s, &m->buf[i]);
	for (unsigned int i = 0; i < m->n_more; i++)
		if (s->want && !strcmp(app_buffer_name(m->more[i].buffer), s->want))
			add_value(s, &m->more[i].buf);
	return 0;
}

static int feed(const struct app_row *row, void *state, const char *p, size_t len, size_t piece, struct side *s)
{
	int r = 0;

	for (size_t i = 0; i < len && !r; i += piece) {
		size_t n = len - i < piece ? len - i : piece;
		uint8_t *copy = malloc(n); /* exactly as long: a read behind it is seen */

		assert_non_null(copy);
		memcpy(copy, p + i, n);
		r = row->feed(state, copy, (uint32_t)n, on_msg, s);
		free(copy);
	}
	return r;
}

/* @asked: the requests before a response; NULL: not seen. Returns the result of the last piece. */
static int run(int dir, const char *asked, const char *p, size_t len, size_t piece, struct side *s)
{
	const struct app_row *row = app_row(CORDON_APP_HTTP);
	void *flow = row->flow_open(), *a = row->open(TS), *state = row->open((uint8_t)dir);
	struct side unused = { .want = NULL };
	int r;

	assert_true(flow && a && state);
	if (asked) {
		row->link(a, flow);
		row->link(state, flow);
		feed(row, a, asked, strlen(asked), strlen(asked), &unused);
	}
	r = feed(row, state, p, len, piece, s);
	if (!r)
		row->end(state, on_msg, s);
	row->close(a);
	row->close(state);
	row->flow_close(flow);
	strbuf_done(&unused.all);
	return r;
}

static size_t next_piece(size_t n)
{
	return n < 12 ? n + 1 : n * 2 - 5;
}

/* @value NULL: the message has no such buffer */
static void assert_buffer(int dir, const char *asked, const char *p, size_t len, unsigned int index, const char *name,
			  const void *value, size_t value_len)
{
	for (size_t n = 1; n < 2 * len; n = next_piece(n)) {
		struct side s = { .want = name, .index = index };

		run(dir, asked, p, len, n, &s);
		if (s.found != (value != NULL) || (value && (s.out.len != value_len || memcmp(s.out.s, value, value_len))))
			fail_msg("pieces of %zu: %.60s...: %s is '%s'%s, not '%s'", n, p, name, s.out.s ? s.out.s : "",
				 s.found ? "" : " (absent)", value ? (const char *)value : "(absent)");
		strbuf_done(&s.out);
		strbuf_done(&s.all);
	}
}

static void assert_messages(int dir, const char *asked, const char *p, const char *want)
{
	for (size_t n = 1; n < 2 * strlen(p); n = next_piece(n)) {
		struct side s = { .want = NULL };

		run(dir, asked, p, strlen(p), n, &s);
		assert_string_equal(s.all.s ? s.all.s : "", want);
		strbuf_done(&s.all);
	}
}

#define REQUEST                                                                                                      \
	"POST /%41%2fb/../c//d?x=%41+b%3c#frag HTTP/1.1\r\nHost: A.Example.:8080\r\nUser-Agent:  u a \r\nCookie: c=1\r\n" \
	"X-Fold: a\r\n b\r\nCookie: d=2\r\nX-Fold: z\r\nX-Fold: y\r\nContent-Length: 10\r\nContent-Type: text/plain; a\r\n" \
	"Referer: http://r/\r\nAccept: */*\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\nConnection: close\r\n\r\n"  \
	"abcdefghij"
#define FIELDS_BEFORE_COOKIE "Host: A.Example.:8080\r\nUser-Agent: u a\r\n"
#define FIELDS_BEHIND_COOKIE                                                                                         \
	"X-Fold: a b, z, y\r\nContent-Length: 10\r\nContent-Type: text/plain; a\r\nReferer: http://r/\r\nAccept: */*\r\n" \
	"Accept-Encoding: gzip\r\nAccept-Language: en\r\nConnection: close\r\n"
#define RESPONSE                                                                                                     \
	"HTTP/1.1 200 All OK\r\nServer: nginx \r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nLocation: /x\r\n"             \
	"Content-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"

struct buffer_case {
	const char *in, *name, *value;
};

static void check(int dir, const struct buffer_case *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_buffer(dir, NULL, t[i].in, strlen(t[i].in), 0, t[i].name, t[i].value, t[i].value ? strlen(t[i].value) : 0);
}
#define CHECK(dir, t) check(dir, t, sizeof(t) / sizeof((t)[0]))

static void request_has_all_its_buffers(void **state)
{
	static const struct buffer_case t[] = {
		{ REQUEST, "http.method", "POST" },
		{ REQUEST, "http.uri", "/A/c/d?x=A+b<#frag" },
		{ REQUEST, "http.uri.raw", "/%41%2fb/../c//d?x=%41+b%3c#frag" },
		{ REQUEST, "http.host", "A.Example." },
		{ REQUEST, "http.host.raw", "A.Example.:8080" },
		{ REQUEST, "http.user_agent", "u a" },
		{ REQUEST, "http.cookie", "c=1, d=2" },
		{ REQUEST, "http.header", FIELDS_BEFORE_COOKIE FIELDS_BEHIND_COOKIE },
		{ REQUEST, "http.header_names",
		  "\r\nHost\r\nUser-Agent\r\nCookie\r\nX-Fold\r\nContent-Length\r\nContent-Type\r\nReferer\r\nAccept\r\n"
		  "Accept-Encoding\r\nAccept-Language\r\nConnection\r\n\r\n" },
		{ REQUEST, "http.start",
		  "POST /%41%2fb/../c//d?x=%41+b%3c#frag HTTP/1.1\r\n" FIELDS_BEFORE_COOKIE "Cookie: c=1, d=2\r\n"
		  FIELDS_BEHIND_COOKIE "\r\n" },
		{ REQUEST, "http.accept", "*/*" },
		{ REQUEST, "http.accept_enc", "gzip" },
		{ REQUEST, "http.accept_lang", "en" },
		{ REQUEST, "http.connection", "close" },
		{ REQUEST, "http.content_len", "10" },
		{ REQUEST, "http.content_type", "text/plain; a" },
		{ REQUEST, "http.referer", "http://r/" },
		{ REQUEST, "http.protocol", "HTTP/1.1" },
		{ REQUEST, "http.request_line", "POST /%41%2fb/../c//d?x=%41+b%3c#frag HTTP/1.1" },
		{ REQUEST, "http.request_body", "abcdefghij" },
		{ REQUEST, "file.data", "abcdefghij" },
		{ REQUEST, "file.name", "/A/c/d" },
		{ REQUEST, "http.stat_code", NULL },
		{ REQUEST, "http.response_body", NULL },
		{ "GET /x HTTP/1.0\r\n\r\n", "http.header", NULL },
		{ "GET /x HTTP/1.0\r\n\r\n", "http.header_names", NULL },
		{ "GET /x HTTP/1.0\r\n\r\n", "http.header.raw", "\r\n" },
		{ "GET /x HTTP/1.0\r\n\r\n", "http.start", "GET /x HTTP/1.0\r\n" },
		{ "GET /x HTTP/1.0\r\n\r\n", "http.user_agent", NULL },
		{ "GET /x HTTP/1.0\r\nUser-Agent:\r\n\r\n", "http.user_agent", "" },
		{ "GET /x HTTP/1.0\r\n\r\n", "file.data", NULL },
	};

	(void)state;
	CHECK(TS, t);
}

static void response_has_all_its_buffers(void **state)
{
	static const struct buffer_case t[] = {
		{ RESPONSE, "http.response_line", "HTTP/1.1 200 All OK" },
		{ RESPONSE, "http.protocol", "HTTP/1.1" },
		{ RESPONSE, "http.stat_code", "200" },
		{ RESPONSE, "http.stat_msg", "All OK" },
		{ RESPONSE, "http.server", "nginx" },
		{ RESPONSE, "http.location", "/x" },
		{ RESPONSE, "http.cookie", "a=b, c=d" },
		{ RESPONSE, "http.content_type", "text/html" },
		{ RESPONSE, "http.content_len", "5" },
		{ RESPONSE, "http.header",
		  "Server: nginx\r\nLocation: /x\r\nContent-Type: text/html\r\nContent-Length: 5\r\n" },
		{ RESPONSE, "http.header.raw",
		  "Server: nginx \r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nLocation: /x\r\nContent-Type: text/html\r\n"
		  "Content-Length: 5\r\n\r\n" },
		{ RESPONSE, "http.start",
		  "HTTP/1.1 200 All OK\r\nServer: nginx\r\nSet-Cookie: a=b, c=d\r\nLocation: /x\r\nContent-Type: text/html\r\n"
		  "Content-Length: 5\r\n\r\n" },
		{ RESPONSE, "http.response_body", "hello" },
		{ RESPONSE, "file.data", "hello" },
		{ RESPONSE, "http.uri", NULL },
		{ RESPONSE, "http.request_body", NULL },
		{ "HTTP/1.1   500   Some  Msg \r\n\r\n", "http.stat_msg", "Some  Msg " },
		{ "HTTP/1.1 abc Foo\r\n\r\n", "http.stat_code", "abc" },
		{ "HTTP/1.1 404\r\n\r\n", "http.stat_msg", NULL },
		{ " HTTP/1.1 200 OK\r\n\r\n", "http.response_line", " HTTP/1.1 200 OK" },
	};

	(void)state;
	CHECK(TC, t);
}

static void odd_lines_are_read_as_servers_read_them(void **state)
{
	static const struct buffer_case t[] = {
		{ "GET /a b c HTTP/1.1\r\n\r\n", "http.uri", "/a" },
		{ "GET /a b c HTTP/1.1\r\n\r\n", "http.protocol", "b c HTTP/1.1" },
		{ "GET  /two\tTab  HTTP/1.1 \r\n\r\n", "http.uri.raw", "/two\tTab" },
		{ "GET  /two\tTab  HTTP/1.1 \r\n\r\n", "http.protocol", "HTTP/1.1 " },
		{ "GET\t/19\tHTTP/1.1\r\n\r\n", "http.uri", "/19" },
		{ "\r\n\r\nGET /lead HTTP/1.1\r\n\r\n", "http.uri", "/lead" },
		{ "GET /a HTTP/1.1\nHost: h\nX: 1\n\n", "http.header", "Host: h\r\nX: 1\r\n" },
		{ "GET /18\r\nHost: z\r\n\r\n", "http.host", "z" },
		{ "GET /18\r\nHost: z\r\n\r\n", "http.protocol", NULL },
		{ "GET /20 HTTP/1.1\r\n Host: z\r\nX: y\r\n\r\n", "http.header", "Host: z\r\nX: y\r\n" },
		{ "GET /21 HTTP/1.1\r\nHost: z\r\n \r\nX: y\r\n\r\n", "http.header", "Host: z\r\nX: y\r\n" },
		{ "GET / HTTP/1.1\r\nX: a\r\n\tb \r\n  c\r\n\r\n", "http.header", "X: a\tb   c\r\n" },
		{ "GET / HTTP/1.1\r\nCookie: a;\r\n b\r\n\r\n", "http.cookie", "a; b" },
		{ "GET / HTTP/1.1\r\nX :  b\r\nNoColon line\r\n: empty\r\n\r\n", "http.header",
		  "X: b\r\n: NoColon line, empty\r\n" },
		{ "GET / HTTP/1.1\r\nX :  b\r\nNoColon line\r\n\r\n", "http.header_names", "\r\nX\r\n\r\n\r\n" },
		{ "GET / HTTP/1.1\r\nHost: h\r\nhost: i\r\n\r\n", "http.host", "h, i" },
		{ "GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 4\r\n\r\n", "http.content_len", "0" },
		{ "GET / HTTP/1.1\r\nHost: h\r\nNever: ended", "http.uri", "/" },
		{ "GET / HTTP/1.1\r\nHost: h\r\nNever: ended", "http.header", "Host: h\r\n" },
		{ "GET / HTTP/1.1\r\nHost: h\r\nNever: ended", "http.header_names", "\r\nHost\r\n\r\n" },
		{ "GET / HTTP/1.1\r\nHost: h\r\nNever: ended", "http.host", NULL },
		{ "GET / HTTP/1.1\r\nNever: ended", "http.header.raw", NULL },
		{ "GET / HTTP/1.1", "http.uri", "/" },
		{ "GET /0.9\r\n", "http.uri", "/0.9" },
		{ "GET /0.9\r\n", "http.start", "GET /0.9\r\n" },
		{ "junkjunk\r\n\r\n", "http.method", "junkjunk" },
	};

	(void)state;
	CHECK(TS, t);
}

static void host_is_that_of_the_target_or_the_field(void **state)
{
	static const struct buffer_case t[] = {
		{ "GET / HTTP/1.1\r\nHost: UPPER.com\r\n\r\n", "http.host", "upper.com" },
		{ "GET / HTTP/1.1\r\nHost: UPPER.com\r\n\r\n", "http.host.raw", "UPPER.com" },
		{ "GET / HTTP/1.1\r\nHost: Trail.x.\r\n\r\n", "http.host", "trail.x." },
		{ "GET / HTTP/1.1\r\nHost: [::FF]:8080\r\n\r\n", "http.host", "[::FF]" },
		{ "GET / HTTP/1.1\r\nHost: u@Host.x\r\n\r\n", "http.host", "u@host.x" },
		{ "GET / HTTP/1.1\r\nHost: A:b\r\n\r\n", "http.host", "A" },
		{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", "http.host", NULL },
		{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", "http.host.raw", "" },
		{ "GET / HTTP/1.1\r\nHost:\r\n [::1]:80\r\n\r\n", "http.host", "[::1]" },
		{ "GET http://User:pw@Abs.Example:81/p?q HTTP/1.1\r\nHost: other\r\n\r\n", "http.host", "abs.example" },
		{ "GET http://User:pw@Abs.Example:81/p?q HTTP/1.1\r\nHost: other\r\n\r\n", "http.host.raw", "abs.example" },
		{ "GET http://a@b@c:1:2/x HTTP/1.1\r\n\r\n", "http.host", "b@c" },
		{ "GET http://HOST.x./7 HTTP/1.1\r\n\r\n", "http.host", "host.x" },
		{ "GET ftp://host.x/9 HTTP/1.1\r\n\r\n", "http.host", "host.x" },
		{ "CONNECT Proxy.example:443 HTTP/1.1\r\nHost: other\r\n\r\n", "http.host", "proxy.example" },
		{ "CONNECT Proxy.example:443 HTTP/1.1\r\nHost: other\r\n\r\n", "http.uri", "" },
		{ "CONNECT Proxy.example:443 HTTP/1.1\r\nHost: other\r\n\r\n", "http.uri.raw", "Proxy.example:443" },
	};

	(void)state;
	CHECK(TS, t);
}

static void uri_has_its_normal_form(void **state)
{
	static const struct {
		const char *raw, *normal;
	} t[] = {
		{ "/", "/" },
		{ "////", "/" },
		{ "//host.x/10", "/host.x/10" },
		{ "/a/./b/../c", "/a/c" },
		{ "/a/./", "/a" },
		{ "/a/b/../", "/a" },
		{ "/a/.", "/a" },
		{ "/a/..", "" },
		{ "./", "" },
		{ "../", "" },
		{ "..", "" },
		{ ".", "" },
		{ "/.", "" },
		{ "/..", "" },
		{ "/a/../../b/./../c/.", "/c" },
		{ "a/../b", "/b" },
		{ "../17/./x", "17/x" },
		{ "/./a/./b/../../../c/..", "" },
		{ "/15/%2e%2e/x/..;/y/...//.hidden/.", "/x/..;/y/.../.hidden" },
		{ "/16/../../../etc/passwd", "/etc/passwd" },
		{ "/a/%2e/%2e%2e/b", "/b" },
		{ "\\x\\y", "/x/y" },
		{ "/%2e%2e/%63gi%2dbin", "/cgi-bin" },
		{ "/%zz%4", "/%zz%4" },
		{ "/%2541", "/%41" },
		{ "/a%u12", "/a%u12" },
		{ "/a%uzzzz%41", "/a%uzzzzA" },
		{ "/a%u0041%u2215b", "/aA/b" },
		{ "/13%c1%9c%e0%80%af%ef%bc%8f%uff0f%u005c%U0061%u00", "/13\\///a%u00" },
		{ "/12%ff%fe%e4%bd%a0\xe4\xbd\xa0\xff", "/12?????" },
		{ "/x/%c3", "/x/" },
		{ "/x/%c3a%e4%bd/%f0%9f%98%80/%ed%a0%80z", "/x/?a?/?/???z" },
		{ "/x%u00e9/%c3%a9/%e9", "/x?/\xe9/" },
		{ "/x?a=../b//c&d=%41+%zz%u0041\\", "/x?a=../b//c&d=A+%zz%u0041\\" },
		{ "/14?%u002f%c0%af\\..//a", "/14?%u002f\xc0\xaf\\..//a" },
		{ "/11?a=%25%32%35%2541", "/11?a=%25%41" },
		{ "/a#x%41?y%42", "/a#xA?yB" },
		{ "/a%3fb%23c?d%23e", "/a?b#c?d#e" },
		{ "http://host/a/./b", "/a/b" },
		{ "http://host?q", "?q" },
		{ "http://host", "" },
		{ "HTTP://h/8?a%20b+c", "/8?a b+c" },
		{ "http:/x", "/x" },
		{ "a:b/../c", "/c" },
		{ "/...", "/..." },
		{ "*", "*" },
		{ "noslash", "noslash" },
	};
	uint8_t dst[64];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct http_span get = { (const uint8_t *)"GET", 3 },
				 raw = { (const uint8_t *)t[i].raw, (uint32_t)strlen(t[i].raw) };
		uint32_t path, n;

		http_authority(get, raw, &path);
		n = http_uri_normal(raw.p, raw.len, path, dst);
		assert_true(n <= raw.len);
		dst[n] = 0;
		assert_string_equal(dst, t[i].normal);
	}
}

static void body_is_what_the_framing_says(void **state)
{
#define POST "POST / HTTP/1.1\r\n"
#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"
	static const struct buffer_case requests[] = {
		{ POST CHUNKED "5;x=y\r\nabcde\r\n3\nfgh\n0\r\nTrail: t\r\nCookie: u\r\n\r\n", "http.request_body", "abcdefgh" },
		{ POST CHUNKED "5\r\nabcde\r\n0\r\nTrail: t\r\nCookie: u\r\n\r\n", "http.header",
		  "Transfer-Encoding: chunked\r\nTrail: t\r\n" },
		{ POST CHUNKED "5\r\nabcde\r\n0\r\nTrail: t\r\nCookie: u\r\n\r\n", "http.cookie", "u" },
		{ POST CHUNKED "5\r\nabcde\r\n0\r\nT: t\r\n\r\n", "http.header.raw", CHUNKED "T: t\r\n\r\n" },
		{ POST "Transfer-Encoding: xChunked, a\r\n\r\n1\r\na\r\n0\r\n\r\n", "http.request_body", "a" },
		/* with both, the coding counts (RFC 9112 6.3) */
		{ POST "Content-Length: 3\r\n" CHUNKED "5\r\nabcde\r\n0\r\n\r\n", "http.request_body", "abcde" },
		{ POST "Content-Length: 3, 3\r\n\r\nabc", "http.request_body", "abc" },
		{ POST "\r\na=b&c=d", "http.request_body", NULL },
		{ POST "Content-Length: 9\r\n\r\nnever all", "http.request_body", "never all" },
		{ POST "Content-Length: 99\r\n\r\nnever all", "http.request_body", "never all" },
	};
	static const struct buffer_case responses[] = {
		{ OK "\r\nuntil close", "http.response_body", "until close" },
		{ OK "Content-Length: 20\r\n\r\npartial", "http.response_body", "partial" },
		{ OK "Content-Length: -3\r\n\r\nabcdef", "http.response_body", "abcdef" },
		{ OK CHUNKED "3\r\nabc\r\nzz\r\nrest", "http.response_body", "abczz\r\nrest" },
		{ OK CHUNKED "3\r\nabc\r\n0\r\nSet-Cookie: q=w\r\n\r\n", "http.cookie", "q=w" },
		{ "HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n", "http.response_body", NULL },
		{ "HTTP/1.1 101 Switch\r\n\r\nraw raw", "http.response_body", NULL },
		{ "garbage line\r\nmore body", "http.response_body", "garbage line\r\nmore body" },
		{ "ICY 200 OK\r\nServer: icecast\r\n\r\nstream", "http.server", NULL },
	};

	(void)state;
	CHECK(TS, requests);
	CHECK(TC, responses);
	assert_buffer(TS, NULL, POST "\r\na=b&c=d", 26, 1, "http.request_body", "a=b&c=d", 7);
}

static void messages_follow_each_other(void **state)
{
	(void)state;
	assert_messages(TS, NULL, "GET /1 HTTP/1.1\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\n\r\n",
			"0/0/0 1/1/0 2/2/0 ");
	assert_messages(TC, NULL,
			OK "Content-Length: 2\r\n\r\nokHTTP/1.0 404 Not\r\n" CHUNKED "1\r\nx\r\n0\r\n\r\nHTTP/1.1 304 x\r\n\r\n"
			OK "\r\nto the end HTTP/1.1 500 no\r\n\r\n",
			"0/0/200 1/1/404 2/2/304 3/3/200 ");
	/* 100 Continue is not the response */
	assert_messages(TC, NULL, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 C\r\nContent-Length: 2\r\n\r\nok", "0/0/201 ");
	assert_messages(TC, NULL, "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 C\r\nContent-Length: 0\r\n\r\n", "0/0/103 1/1/200 ");
	/* after HTTP/0.9 nothing is looked at */
	assert_messages(TS, NULL, "GET /0.9\r\n?\r\nGET / HTTP/1.1\r\n\r\n", "0/0/0 ");
	/* found by fuzzing: what follows the line was told apart only after some of it had been taken */
	assert_messages(TS, NULL, "junk/1.1\r\nContent-Le@th: 3\r\n\r\nabcGET http://u@h/ HTTP/1.1\r\n\r\n", "0/0/0 ");
	assert_messages(TS, NULL, "CONNECT\r\n?\r\nGET / HTTP/1.1\r\n\r\n", "0/0/0 ");
}

static void response_knows_its_request(void **state)
{
	static const char answers[] = OK "Content-Length: 50\r\n\r\n" OK "Content-Length: 2\r\n\r\nok",
			  tunnel[] = "HTTP/1.1 200 Established\r\n\r\nHTTP/1.1 404 inner\r\nContent-Length: 2\r\n\r\nok",
			  inner[] = "CONNECT x:443 HTTP/1.1\r\n\r\nGET /inner HTTP/1.1\r\n\r\n",
			  two[] = "GET /get/x%41.exe?q HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n",
			  named[] = OK "Content-Disposition: attachment; filename=\"r.bin\"\r\nContent-Length: 2\r\n\r\nok";

	(void)state;
	assert_messages(TC, "HEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n", answers, "0/0/200 1/1/200 ");
	assert_messages(TC, "CONNECT x:443 HTTP/1.1\r\n\r\n", tunnel, "0/0/200 1/1/404 ");
	assert_messages(TS, NULL, inner, "0/0/0 1/1/0 ");
	assert_messages(TS, NULL, "CONNECT x:443 HTTP/1.1\r\n\r\n\x16\x03\x01GET / HTTP/1.1\r\n\r\n", "0/0/0 ");
	assert_buffer(TC, two, answers, sizeof(answers) - 3, 0, "file.name", "/get/xA.exe", 11);
	assert_buffer(TC, two, named, sizeof(named) - 1, 0, "file.name", "r.bin", 5);
	assert_buffer(TC, NULL, named, sizeof(named) - 1, 0, "file.name", "r.bin", 5);
}

static void multipart_files_are_files(void **state)
{
#define TYPE(b) "Content-Type: multipart/form-data; boundary=" b "\r\n" CHUNKED
	static const char form[] = "preamble\r\n--AaB\r\nContent-Disposition: form-data; name=\"field\"\r\n\r\nvalue\r\n--AaB\r\n"
				   "Content-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nfile --AaB one\r\n--AaB\r\n"
				   "Content-Disposition: form-data; name=\"g\"; filename=b.bin\r\nX: y\r\n\r\nfile two\r\n--AaB--\r\n";
	char in[700];
	struct buffer_case t[] = {
		{ in, "file.data", "file --AaB one|file two" },
		{ in, "file.name", "a.txt|b.bin" },
		{ in, "http.request_body", form },
		/* only POST has a form; what PUT brings is the file */
		{ "PUT /p HTTP/1.1\r\n" TYPE("AaB") "4\r\nabcd\r\n0\r\n\r\n", "file.data", "abcd" },
		{ "POST /p HTTP/1.1\r\n" TYPE("AaB") "4\r\nabcd\r\n0\r\n\r\n", "file.data", NULL },
		{ "GET /p HTTP/1.1\r\n" CHUNKED "4\r\nabcd\r\n0\r\n\r\n", "file.data", NULL },
	};

	(void)state;
	snprintf(in, sizeof(in), "POST /p HTTP/1.1\r\n" TYPE("\"AaB\"") "%zx\r\n%s\r\n0\r\n\r\n", sizeof(form) - 1, form);
	CHECK(TS, t);
}

/* @bits: 31 gzip, 15 zlib, -15 bare */
static size_t squeeze(uint8_t *dst, size_t size, const void *p, size_t n, int bits)
{
	z_stream z = { .next_in = (uint8_t *)p, .avail_in = (unsigned int)n, .next_out = dst, .avail_out = (unsigned int)size };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return size - z.avail_out;
}

static void assert_decoded(const char *encoding, const uint8_t *p, size_t n, const void *want, size_t want_len)
{
	char in[6000];
	size_t len = (size_t)snprintf(in, sizeof(in), OK "Content-Encoding: %s\r\nContent-Length: %zu\r\n\r\n", encoding, n);

	memcpy(in + len, p, n);
	assert_buffer(TC, NULL, in, len + n, 0, "http.response_body", want, want_len);
}

static void body_is_decoded_whatever_the_coding_is_called(void **state)
{
	static const char text[] = "hello gzip world, hello gzip world, hello";
	static const struct {
		const char *encoding;
		int bits;
	} t[] = { { "gzip", 31 }, { "x-gzip", 31 }, { "GZIP", 31 },   { "xgzip;q=1", 31 }, { "br, gzip", 31 },
		  { "deflate", -15 }, { "deflate", 15 }, { "gzip", 15 }, { "deflate", 31 },    { "gzip", -15 }, { "gzip, gzip", 31 } };
	uint8_t z[300], zz[300];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		n = squeeze(z, sizeof(z), text, sizeof(text) - 1, t[i].bits);
		assert_decoded(t[i].encoding, z, n, text, sizeof(text) - 1);
	}
	n = squeeze(z, sizeof(z), text, sizeof(text) - 1, 15);
	assert_decoded("inflate", z, n, z, n);
	assert_decoded("identity", z, n, z, n);
	n = squeeze(zz, sizeof(zz), z, n, 31);
	assert_decoded("deflate, gzip", zz, n, text, sizeof(text) - 1);
	memcpy(zz + n, "garbage", 7);
	assert_decoded("deflate, gzip", zz, n + 7, text, sizeof(text) - 1);
	/* what is no deflate is shown as it is */
	assert_decoded("gzip", (const uint8_t *)"plain not gzip", 14, "plain not gzip", 14);
	assert_decoded("gzip, gzip", (const uint8_t *)"plain not gzip", 14, "plain not gzip", 14);
	assert_decoded("gzip", (const uint8_t *)"\x1f\x8b" "broken", 8, "\x1f\x8b" "broken", 8);
	assert_decoded("deflate", (const uint8_t *)"x", 1, "x", 1);
	assert_int_equal(inflate_open(), 0);
}

static void broken_and_cut_deflate_shows_what_came_before(void **state)
{
	static uint8_t text[4000], z[5000];
	struct side s = { .want = "http.response_body" };
	char in[6000];
	uint32_t x = 1;
	size_t n, len;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)("abcdefghij klmno"[(x = x * 1103515245 + 12345) >> 20 & 15]);
	n = squeeze(z, sizeof(z), text, sizeof(text), 31);
	len = (size_t)snprintf(in, sizeof(in), OK "Content-Encoding: gzip\r\n\r\n");
	memcpy(in + len, z, n / 2);
	run(TC, NULL, in, len + n / 2, 1, &s);
	assert_true(s.out.len > 1000 && s.out.len < sizeof(text) && !memcmp(s.out.s, text, s.out.len));
	assert_buffer(TC, NULL, in, len + n / 2, 0, "http.response_body", text, s.out.len);
	strbuf_done(&s.out);
	strbuf_done(&s.all);
	assert_int_equal(inflate_open(), 0);
}

/* a megabyte out of a kilobyte, and a bomb inside a bomb: no more than the limit comes out, and it ends */
static void bomb_is_cut_at_the_limit(void **state)
{
	static uint8_t zeros[8 << 20], z[16 << 10], zz[16 << 10];
	static char in[32 << 10];
	struct side s = { .want = "http.response_body" };
	size_t n = squeeze(z, sizeof(z), zeros, sizeof(zeros), 31), len;

	(void)state;
	n = squeeze(zz, sizeof(zz), z, n, 31);
	len = (size_t)snprintf(in, sizeof(in), OK "Content-Encoding: gzip, gzip\r\nContent-Length: %zu\r\n\r\n", n);
	memcpy(in + len, zz, n);
	run(TC, NULL, in, len + n, 100, &s);
	assert_int_equal(s.out.len, CORDON_HTTP_BODY_MAX);
	strbuf_done(&s.out);
	strbuf_done(&s.all);
}

static void bomb_that_fills_the_room_exactly_is_one_in_every_cut(void **state)
{
	static uint8_t zeros[CORDON_HTTP_BODY_MAX], z[1 << 10];
	size_t n = squeeze(z, sizeof(z), zeros, sizeof(zeros), 31);

	(void)state;
	for (size_t step = 1; step <= n; step += n - 1) {
		struct http_body b = { 0 };

		http_body_begin(&b, (struct app_buf){ (const uint8_t *)"gzip", 4 });
		for (size_t i = 0; i < n; i += step)
			assert_int_equal(http_body_add(&b, z + i, (uint32_t)step), 0);
		assert_int_equal(b.data.v.len, CORDON_HTTP_BODY_MAX);
		assert_true(b.is_bomb);
		http_body_done(&b);
		vec_done(&b.data.v);
	}
	assert_int_equal(inflate_open(), 0);
}

static void inflaters_are_bounded(void **state)
{
	static struct inflate *z[CORDON_INFLATE_MAX + 1];
	unsigned int n = 0;

	(void)state;
	while (n <= CORDON_INFLATE_MAX && !inflate_new(&z[n]))
		n++;
	assert_int_equal(n, CORDON_INFLATE_MAX);
	while (n)
		inflate_free(z[--n]);
	assert_int_equal(inflate_open(), 0);
}

static void what_is_not_http_ends_the_parsing(void **state)
{
	static const char *const t[] = { "\x16\x03\x01\x02", "GET / HTTP/1.1\r\n\r\n\x01", POST CHUNKED "xyz",
					 POST "Content-Length: -1\r\n\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct side s = { .want = NULL };

		assert_int_equal(run(TS, NULL, t[i], strlen(t[i]), 100, &s), -EBADMSG);
		strbuf_done(&s.all);
	}
}

static void endless_head_is_told_as_far_as_it_goes(void **state)
{
	size_t len = 2 * CORDON_HTTP_HEAD_MAX;
	char *p = malloc(len);
	struct side s = { .want = "http.uri" };

	(void)state;
	memset(p, 'x', len);
	memcpy(p, "GET /e HTTP/1.1\r\nHost: h\r\nX: ", 29);
	assert_int_equal(run(TS, NULL, p, len, 1000, &s), -EBADMSG);
	assert_string_equal(s.out.s, "/e");
	strbuf_done(&s.out);
	strbuf_done(&s.all);
	free(p);
}

/* fields of one name, and of a thousand names: bounded, and not slower than they are many */
static void many_fields_are_bounded(void **state)
{
	size_t len = 0, size = CORDON_HTTP_HEAD_MAX;
	char *p = malloc(size);
	struct side s = { .want = "http.header_names" };
	unsigned int lines = 0;

	(void)state;
	len += (size_t)snprintf(p, size, "GET /e HTTP/1.1\r\n");
	for (unsigned int i = 0; i < 2 * CORDON_HTTP_FIELDS; i++)
		len += (size_t)snprintf(p + len, size - len, "X-%u: %u\r\n", i, i);
	len += (size_t)snprintf(p + len, size - len, "\r\n");
	run(TS, NULL, p, len, 1000, &s);
	for (size_t i = 0; i < s.out.len; i++)
		lines += s.out.s[i] == '\n';
	assert_int_equal(lines, CORDON_HTTP_FIELDS + 2);
	strbuf_done(&s.out);
	strbuf_done(&s.all);
	free(p);
}

struct growth {
	uint32_t last, calls;
	int complete;
};

static int grow(const struct app_msg *m, void *ctx)
{
	struct growth *g = ctx;
	uint32_t n = app_get(m, APP_BUFFER_HTTP_REQUEST_BODY).len;

	assert_true(n >= g->last);
	assert_int_equal(m->id, 0);
	g->last = n;
	g->calls++;
	g->complete += m->complete;
	return 0;
}

static void body_grows_to_its_limit_and_parsing_goes_on(void **state)
{
	const struct app_row *row = app_row(CORDON_APP_HTTP);
	char head[] = "POST / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n", next[] = "GET /next HTTP/1.1\r\n\r\n";
	static char body[300000];
	struct growth g = { 0 };
	struct side s = { .want = "http.uri" };
	void *st = row->open(TS);

	(void)state;
	assert_int_equal(row->feed(st, (void *)head, sizeof(head) - 1, grow, &g), 0);
	for (size_t i = 0; i < sizeof(body); i += 1500) {
		assert_int_equal(row->feed(st, (void *)(body + i), 1500, grow, &g), 0);
		assert_false(row->pending(st));
	}
	assert_int_equal(g.last, CORDON_HTTP_BODY_MAX);
	assert_int_equal(g.complete, 1);
	assert_true(g.calls <= CORDON_HTTP_BODY_MAX / 1500 + 3);
	assert_int_equal(row->feed(st, (void *)next, sizeof(next) - 1, on_msg, &s), 0);
	assert_string_equal(s.out.s, "/next");
	assert_string_equal(s.all.s, "1/1/0 ");
	strbuf_done(&s.out);
	strbuf_done(&s.all);
	row->close(st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_has_all_its_buffers),
		cmocka_unit_test(response_has_all_its_buffers),
		cmocka_unit_test(odd_lines_are_read_as_servers_read_them),
		cmocka_unit_test(host_is_that_of_the_target_or_the_field),
		cmocka_unit_test(uri_has_its_normal_form),
		cmocka_unit_test(body_is_what_the_framing_says),
		cmocka_unit_test(messages_follow_each_other),
		cmocka_unit_test(response_knows_its_request),
		cmocka_unit_test(multipart_files_are_files),
		cmocka_unit_test(body_is_decoded_whatever_the_coding_is_called),
		cmocka_unit_test(broken_and_cut_deflate_shows_what_came_before),
		cmocka_unit_test(bomb_is_cut_at_the_limit),
		cmocka_unit_test(bomb_that_fills_the_room_exactly_is_one_in_every_cut),
		cmocka_unit_test(inflaters_are_bounded),
		cmocka_unit_test(what_is_not_http_ends_the_parsing),
		cmocka_unit_test(endless_head_is_told_as_far_as_it_goes),
		cmocka_unit_test(many_fields_are_bounded),
		cmocka_unit_test(body_grows_to_its_limit_and_parsing_goes_on),
	};

	return cmocka_run_group_tests_name("app_http", tests, NULL, NULL);
}
