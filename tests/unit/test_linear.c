// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ten times the input costs at most twelve times the time, for every parser of streams, for reassembly and
 * defragmentation; rules and feeds cost no more than sorting them. The inputs are those that quadratic parsers have fallen for. The ratios are printed.
 */
#include "unit/unit.h"

#include <time.h>

#include "app/app.h"
#include "cordon_event.h"
#include "feed/feed.h"
#include "harness/record.h"
#include "rule/rule.h"
#include "stream/defrag.h"
#include "stream/tcp.h"

#define RATIO_MAX 12.0
#define SORTED_MAX 25.0	    /* lists are sorted and indexed, and leave the caches: a quadratic step would be 100 */
#define TRIES 5		    /* the least counts: other processes only add */
#define LEAST_S 0.0005	    /* what takes less is run more often */

/* an input of @n units; its CPU time is what is measured */
typedef void (*work_fn)(const void *what, size_t n);

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* seconds of one run of @work, of the quickest of TRIES */
static double least(work_fn work, const void *what, size_t n, unsigned int runs)
{
	double best = 1e9;

	for (int i = 0; i < TRIES; i++) {
		double begin = cpu_s(), took;

		for (unsigned int k = 0; k < runs; k++)
			work(what, n);
		took = (cpu_s() - begin) / runs;
		best = took < best ? took : best;
	}
	return best;
}

/* a ratio over @max is measured again: noise goes, a bad curve stays */
static void is_within(double max, const char *name, work_fn work, const void *what, size_t n)
{
	double one, ratio = 1e9;
	unsigned int runs = 1;

	while (least(work, what, n, runs) * runs < LEAST_S)
		runs *= 2;
	for (int i = 0; i < 4 && ratio > max; i++) {
		one = least(work, what, n, runs);
		ratio = least(work, what, n * 10, (runs + 9) / 10) / one;
	}
	printf("# linear: %-44s %6zu units %8.1f us, ten times as many %6.2fx\n", name, n, one * 1e6, ratio);
	assert_true(ratio <= max);
}

static void is_linear(const char *name, work_fn work, const void *what, size_t n)
{
	is_within(RATIO_MAX, name, work, what, n);
}

/* --- streams of applications --- */

struct text {
	const char *name;
	uint8_t app, dir;
	const char *begin, *unit, *end; /* begin, n times unit, end */
	uint32_t begin_len, unit_len;	/* 0: up to their NUL */
	uint32_t piece;			/* bytes a segment; 0: 1400 */
};

static int on_msg(const struct app_msg *m, void *ctx)
{
	size_t *n = ctx;

	*n += m->complete;
	return 0;
}

static int feed_all(const struct app_row *row, void *s, const uint8_t *p, size_t len, uint32_t piece)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; !r && i < len; i += piece)
		r = row->feed(s, p + i, (uint32_t)(len - i < piece ? len - i : piece), on_msg, &n);
	return r;
}

static size_t put(uint8_t *dst, const char *s, uint32_t len)
{
	size_t n = s && !len ? strlen(s) : len;

	if (s)
		memcpy(dst, s, n);
	return n;
}

static void stream(const void *what, size_t n)
{
	const struct text *t = what;
	const struct app_row *row = app_row(t->app);
	uint8_t *buf = malloc(n * 64 + 4096);
	void *s = row->open(t->dir), *flow = row->flow_open ? row->flow_open() : NULL;
	size_t len, total = 0;

	assert_non_null(buf);
	assert_non_null(s);
	if (flow)
		row->link(s, flow);
	len = put(buf, t->begin, t->begin_len);
	for (size_t i = 0; i < n; i++)
		len += put(buf + len, t->unit, t->unit_len);
	len += put(buf + len, t->end, 0);
	if (!feed_all(row, s, buf, len, t->piece ? t->piece : 1400) && row->end)
		row->end(s, on_msg, &total);
	row->close(s);
	if (flow)
		row->flow_close(flow);
	free(buf);
}

#define GET "GET / HTTP/1.1\r\nHost: h\r\n"
#define OK "HTTP/1.1 200 OK\r\n"
#define FORM "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 9999999\r\n\r\n"
#define MAIL "EHLO x\r\nDATA\r\n"

static const struct text texts[] = {
	{ "http: headers", CORDON_APP_HTTP, 0, GET, "A: b\r\n", "\r\n", .piece = 7 },
	{ "http: one header", CORDON_APP_HTTP, 0, GET "A: ", "aaaaaaaa", "\r\n\r\n", .piece = 1 },
	{ "http: folded lines", CORDON_APP_HTTP, 0, GET "A: b\r\n", " c\r\n", "\r\n", .piece = 0 },
	{ "http: request line", CORDON_APP_HTTP, 0, "GET /", "a/../%2e", " HTTP/1.1\r\n\r\n", .piece = 1 },
	{ "http: query in percent form", CORDON_APP_HTTP, 0, "GET /?", "%u0041", " HTTP/1.1\r\n\r\n", .piece = 0 },
	{ "http: requests in a train", CORDON_APP_HTTP, 0, "", GET "\r\n", "", .piece = 0 },
	{ "http: cookies", CORDON_APP_HTTP, 0, GET, "Cookie: a=b\r\n", "\r\n", .piece = 0 },
	{ "http: chunks of one byte", CORDON_APP_HTTP, 0, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", "0\r\n\r\n",
	  .piece = 3 },
	{ "http: parts of a form", CORDON_APP_HTTP, 0, FORM, "--B\r\nContent-Disposition: f; filename=f\r\n\r\nab\r\n", "", .piece = 0 },
	{ "http: body that begins like a boundary", CORDON_APP_HTTP, 0, FORM "--B\r\nContent-Disposition: f; filename=f\r\n\r\n", "\r\n--", "",
	  .piece = 1 },
	{ "http: body up to the end", CORDON_APP_HTTP, 1, OK "\r\n", "0123456789abcdef", "", .piece = 0 },
	{ "http: answers", CORDON_APP_HTTP, 1, "", OK "Content-Length: 2\r\n\r\nok", "", .piece = 0 },
	{ "http: interim answers", CORDON_APP_HTTP, 1, "", "HTTP/1.1 100 Continue\r\n\r\n", "", .piece = 0 },
	{ "tls: records of one byte", CORDON_APP_TLS, 0, "", "\x16\3\1\0\1\1", "", .unit_len = 6 },
	{ "tls: empty records", CORDON_APP_TLS, 0, "", "\x16\3\1\0\0", "", .unit_len = 5 },
	{ "tls: alerts", CORDON_APP_TLS, 0, "", "\x15\3\1\0\2\1\0", "", .unit_len = 7 },
	{ "dns: messages over TCP", CORDON_APP_DNS, 0, "", "\0\x13\0\7\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", "", .unit_len = 21, .piece = 1 },
	{ "smtp: commands", CORDON_APP_SMTP, 0, "EHLO x\r\n", "NOOP x\r\n", "", .piece = 1 },
	{ "smtp: recipients", CORDON_APP_SMTP, 0, "EHLO x\r\nMAIL FROM:<a@b>\r\n", "RCPT TO:<c@d>\r\n", "DATA\r\n\r\n.\r\n", .piece = 0 },
	{ "smtp: a line without end", CORDON_APP_SMTP, 0, "EHLO ", "xxxxxxxx", "", .piece = 1 },
	{ "smtp: headers of a mail", CORDON_APP_SMTP, 0, MAIL, "A: b\r\n", "\r\n.\r\n", .piece = 0 },
	{ "smtp: dots", CORDON_APP_SMTP, 0, MAIL "\r\n", "..\r\n", ".\r\n", .piece = 0 },
	{ "smtp: parts within parts", CORDON_APP_SMTP, 0, MAIL "Content-Type: multipart/mixed; boundary=B\r\n\r\n",
	  "--B\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n", ".\r\n", .piece = 0 },
	{ "smtp: base64 in lines of one letter", CORDON_APP_SMTP, 0, MAIL "Content-Transfer-Encoding: base64\r\nContent-Type: x; name=f\r\n\r\n",
	  "A\r\n", ".\r\n", .piece = 0 },
	{ "ssh: lines before the name", CORDON_APP_SSH, 1, "", "hello\r\n", "", .piece = 1 },
	{ "ssh: a name without end", CORDON_APP_SSH, 0, "SSH-2.0-", "xxxxxxxx", "", .piece = 1 },
	{ "modbus: requests", CORDON_APP_MODBUS, 0, "", "\0\1\0\0\0\6\5\1\0\x64\0\x10", "", .unit_len = 12, .piece = 1 },
	{ "sip: messages", CORDON_APP_SIP, 0, "", "BYE sip:a SIP/2.0\r\nl: 1\r\n\r\nx", "", .piece = 1 },
	{ "sip: fields", CORDON_APP_SIP, 0, "BYE sip:a SIP/2.0\r\n", "Via: x\r\n", "\r\n", .piece = 1 },
	{ "ftp: commands", CORDON_APP_FTP, 0, "", "NOOP x\r\n", "", .piece = 1 },
	{ "ftp: replies", CORDON_APP_FTP, 1, "", "200 x\r\n", "", .piece = 1 },
	{ "ftp: a reply of many lines", CORDON_APP_FTP, 1, "220-a\r\n", "220-bbbb\r\n", "220 c\r\n", .piece = 0 },
	{ "smtp: replies", CORDON_APP_SMTP, 1, "", "250 x\r\n", "", .piece = 1 },
	{ "enip: packets", CORDON_APP_ENIP, 0, "", "\x63\0\0\0\1\0\0\0\0\0\0\0contexts\0\0\0\0", "", .unit_len = 24, .piece = 1 },
	{ "mqtt: topics", CORDON_APP_MQTT, 0, "\x10\x0f\0\4MQTT\4\2\0\x3c\0\3cam", "\x30\5\0\3t/1", "", .begin_len = 17, .unit_len = 7, .piece = 1 },
};

static void every_parser_of_streams_is_linear(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		is_linear(texts[i].name, stream, &texts[i], 256);
}

/* --- reassembly --- */

static void on_bytes(void *ctx, unsigned int dir, const uint8_t *window, uint32_t len, uint64_t start, uint64_t fresh)
{
	uint64_t *sum = ctx;

	(void)dir;
	(void)start;
	*sum += fresh + window[len - 1];
}

static void on_gap(void *ctx, unsigned int dir, uint64_t len)
{
	(void)len;
	(void)dir;
	++*(uint64_t *)ctx;
}

enum order { IN_ORDER, REVERSED, EVERY_SECOND, OVERLAPPED };

/* where segment @i of @n begins; one of 16 bytes each, in a window's worth of holes at a time */
static uint64_t offset_of(enum order order, size_t i)
{
	size_t block = i / 512, k = i % 512;

	switch (order) {
	case REVERSED:
		return (block * 512 + 511 - k) * 16;
	case EVERY_SECOND: /* the odd ones, then the even ones */
		return (block * 512 + (k < 256 ? 2 * k + 1 : 2 * (k - 256))) * 16;
	case OVERLAPPED:
		return i * 3;
	default:
		return i * 16;
	}
}

static void segments(const void *what, size_t n)
{
	static const uint8_t data[16] = "0123456789abcde";
	uint64_t sum = 0;
	struct tcp_pool pool = { 0 };
	struct tcp_sink sink = { .bytes = on_bytes, .gap = on_gap, .ctx = &sum, .pool = &pool };
	struct tcp_dir d = { 0 };

	for (size_t i = 0; i < n; i++)
		tcp_segment(&d, &sink, (int64_t)offset_of(*(const enum order *)what, i), data, sizeof(data));
	tcp_flush(&d, &sink);
	tcp_done(&d, &pool);
}

static void holes(const void *what, size_t n)
{
	static const uint8_t data[16];
	uint64_t sum = 0;
	struct tcp_pool pool = { 0 };
	struct tcp_sink sink = { .bytes = on_bytes, .gap = on_gap, .ctx = &sum, .pool = &pool };
	struct tcp_dir d = { 0 };

	(void)what;
	for (size_t i = n; i; i--) /* each before all that wait */
		tcp_segment(&d, &sink, (int64_t)i * 32, data, sizeof(data));
	tcp_done(&d, &pool);
}

static void reassembly_is_linear(void **state)
{
	static const struct {
		const char *name;
		enum order order;
	} rows[] = { { "segments in order", IN_ORDER },
		     { "segments reversed", REVERSED },
		     { "every second segment late", EVERY_SECOND },
		     { "segments that overlap", OVERLAPPED } };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		is_linear(rows[i].name, segments, &rows[i].order, 4096);
	is_linear("holes that are never filled", holes, NULL, 4096);
}

static union record rec;

/* a fragment of 8 bytes of datagram @id, the last to come first */
static void fragment(struct defrag *d, uint16_t id, uint32_t off, bool more)
{
	struct cordon_facts f = record_facts(7, 17, 0, 0, 0);
	uint8_t *p;
	struct view v;

	record_udp(&rec, &f, NULL, 0);
	p = rec.pkt.data + 14;
	p[2] = 0;
	p[3] = 28;
	p[4] = (uint8_t)(id >> 8);
	p[5] = (uint8_t)id;
	p[6] = (uint8_t)(off / 8 >> 8 | (unsigned int)more << 5);
	p[7] = (uint8_t)(off / 8);
	memset(p + 20, 'x', 8);
	rec.pkt.cap_len = rec.pkt.wire_len = 14 + 28;
	rec.hdr.size = (uint32_t)sizeof(rec.pkt) + rec.pkt.cap_len;
	rec.hdr.ts_ns = 1;
	rec.pkt.l4_off = rec.pkt.payload_off = 0;
	rec.pkt.ip_version = 4;
	assert_int_equal(view_from_event(&rec.hdr, &v), 0);
	defrag_add(d, &v);
}

static void datagrams(const void *what, size_t n)
{
	struct defrag *d = defrag_new();

	(void)what;
	assert_non_null(d);
	for (size_t i = 0; i < n; i++)
		for (uint32_t k = 8; k--;)
			fragment(d, (uint16_t)i, k * 8, k < 7);
	defrag_free(d);
}

static void begun(const void *what, size_t n)
{
	struct defrag *d = defrag_new();

	(void)what;
	assert_non_null(d);
	for (size_t i = 0; i < n; i++)
		fragment(d, (uint16_t)i, 0, true);
	defrag_free(d);
}

static void defragmentation_is_linear(void **state)
{
	(void)state;
	is_linear("datagrams of eight fragments, last first", datagrams, NULL, 128);
	is_linear("datagrams that are never whole", begun, NULL, 1024);
}

/* --- rules and feeds --- */

/* @n lines, in each of which '#' is its number */
static char *lines(size_t n, const char *line, size_t *ret_len)
{
	char *buf = malloc(n * 128 + 1), *p = buf;

	assert_non_null(buf);
	for (size_t i = 1; i <= n; i++)
		for (const char *c = line; *c; c++)
			if (*c == '#')
				p += sprintf(p, "%zu", i);
			else
				*p++ = *c;
	*ret_len = (size_t)(p - buf);
	return buf;
}

static void rules(const void *what, size_t n)
{
	struct strbuf err = { 0 };
	struct ruleset *rs = NULL;
	size_t len;
	char *text = lines(n, what, &len);

	assert_int_equal(ruleset_load_text("test", text, len, NULL, 0, &rs, &err), 0);
	ruleset_free(rs);
	strbuf_done(&err);
	free(text);
}

static void feed(const void *what, size_t n)
{
	struct feed_opts opts = { .name = "test", .category = "c", .action = CORDON_ACTION_ALERT };
	struct feed_report report = { 0 };
	struct indicators in = { 0 };
	size_t len;
	char *text = lines(n, what, &len);

	feed_parse("plain", text, len, &opts, &in, &report);
	feed_report_done(&report);
	indicators_done(&in);
	free(text);
}

static void lists_are_not_quadratic(void **state)
{
	(void)state;
	is_within(SORTED_MAX, "rules", rules, "alert tcp any any -> any any (content:\"x#\"; sid:#;)\n", 1000);
	is_within(SORTED_MAX, "rules that are refused", rules, "alert tcp any any -> any any (nonsense:#;)\n", 400);
	is_within(SORTED_MAX, "feed of names", feed, "n#.x#.example.net\n", 2000);
	is_within(SORTED_MAX, "feed of garbage", feed, "!# ?? \t;;\n", 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_parser_of_streams_is_linear),
		cmocka_unit_test(reassembly_is_linear),
		cmocka_unit_test(defragmentation_is_linear),
		cmocka_unit_test(lists_are_not_quadratic),
	};

	return cmocka_run_group_tests_name("linear", tests, NULL, NULL);
}
