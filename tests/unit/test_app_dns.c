// SPDX-License-Identifier: BSD-2-Clause
/*
 * DNS messages: questions, answers and numbers as rules see them, the same from
 * a datagram and from a stream in any cut; and the traps of RFC 9267.
 */
#include "unit/unit.h"

#include <errno.h>

#include "app/app.h"
#include "base/str.h"
#include "cordon_event.h"
#include "cordon_limits.h"

static int add(const struct app_msg *m, void *ctx)
{
	struct strbuf *b = ctx;

	strbuf_addf(b, "%u %s op=%u", (unsigned int)m->id, m->is_response ? "answer" : "query",
		    (unsigned int)m->number[APP_NUMBER_DNS_OPCODE]);
	if (m->has_number >> APP_NUMBER_DNS_RCODE & 1)
		strbuf_addf(b, " rcode=%u", (unsigned int)m->number[APP_NUMBER_DNS_RCODE]);
	if (m->has_number >> APP_NUMBER_DNS_RRTYPE & 1)
		strbuf_addf(b, " type=%u", (unsigned int)m->number[APP_NUMBER_DNS_RRTYPE]);
	for (unsigned int i = 0; i < APP_BUFFERS; i++)
		if (app_has(m, i))
			strbuf_addf(b, " %s=%.*s", app_buffer_name(i) + 4, (int)m->buf[i].len, (const char *)m->buf[i].p);
	for (uint16_t i = 0; i < m->n_more; i++)
		strbuf_addf(b, " %s=%.*s", app_buffer_name(m->more[i].buffer) + 4, (int)m->more[i].buf.len,
			    (const char *)m->more[i].buf.p);
	for (uint16_t i = 0; i < m->n_answers; i++)
		strbuf_addf(b, " (%u %us %u bytes %.*s)", m->answers[i].type, m->answers[i].ttl_s, m->answers[i].data.len,
			    (int)m->answers[i].target.len, m->answers[i].target.p ? (const char *)m->answers[i].target.p : "");
	strbuf_adds(b, "\n");
	return 0;
}

#define HEAD(flags, qd, an) "\x12\x34" flags "\0" qd "\0" an "\0\0\0\0"
#define QUERY "\x01\x00"
#define ANSWER "\x81\x80"
#define NAME "\x03www\x04" "Evil\x07" "example\0"
#define AAAA "\x00\x1c\x00\x01"
#define A "\x00\x01\x00\x01"
#define TTL "\x00\x00\x00\x3c"

struct message {
	const char *p;
	size_t len;
	const char *want; /* NULL: no DNS message */
};
#define M(text, want) { text, sizeof(text) - 1, want }

static const struct message messages[] = {
	M(HEAD(QUERY, "\1", "\0") NAME AAAA, "query op=0 type=28 query=www.Evil.example query.name=www.Evil.example\n"),
	M(HEAD("\x21\x00", "\1", "\0") NAME A, "query op=4 type=1 query=www.Evil.example query.name=www.Evil.example\n"),
	M(HEAD(QUERY, "\2", "\0") "\1a\0" A "\1b\0" AAAA, "query op=0 type=1 query=a query.name=a query=b query.name=b\n"),
	M(HEAD(QUERY, "\0", "\0"), "query op=0\n"),
	M(HEAD(QUERY, "\1", "\0") "\0" A, "query op=0 type=1\n"),
	M(HEAD(QUERY, "\1", "\0") "\3a.b\0" A "trailing", "query op=0 type=1 query=a.b query.name=a.b\n"),
	/* a name from pieces among several */
	M(HEAD(QUERY, "\2", "\0") "\1a\0" A "\1b\xc0\x0c" A, "query op=0 type=1 query=a query.name=a\n"),
	M(HEAD("\x81\x83", "\1", "\0") "\1a\0" A, "answer op=0 rcode=3 type=1 query.name=a\n"),
	M(HEAD(ANSWER, "\1", "\3") "\1a\0" A "\xc0\x0c\x00\x05\x00\x01" TTL "\0\4\1b\xc0\x0c" "\xc0\x1f" A TTL "\0\4\1\2\3\4" "\0" AAAA
		TTL "\0\x10" "0123456789abcdef",
	  "answer op=0 rcode=0 type=1 dns.answer.name\n"),
	M(HEAD(ANSWER, "\1", "\1") "\1a\0" A "\xc0\x0c\x00\x0f\x00\x01" TTL "\0\7\0\5\2mx\xc0\x0c",
	  "answer op=0 rcode=0 type=1 answer.name=a query.name=a (15 60s 7 bytes mx.a)\n"),
	/* counts that promise more than there is, and data longer than the message: what stands before them is told */
	M(HEAD(ANSWER, "\1", "\xff") "\1a\0" A "\xc0\x0c" A TTL "\0\4\1\2\3\4",
	  "answer op=0 rcode=0 type=1 answer.name=a query.name=a (1 60s 4 bytes )\n"),
	M(HEAD(ANSWER, "\1", "\1") "\1a\0" A "\xc0\x0c" A TTL "\0\5\1\2\3\4", "answer op=0 rcode=0 type=1 query.name=a\n"),
	/* a name that ends behind the data it stands in */
	M(HEAD(ANSWER, "\1", "\1") "\1a\0" A "\xc0\x0c\x00\x05\x00\x01" TTL "\0\2\1b\0", "answer op=0 rcode=0 type=1 query.name=a\n"),
	/* RFC 9267: loops, forward and self pointers, reserved label types, no end, too long, records without bytes */
	M(HEAD(QUERY, "\1", "\0") "\1a\xc0\x0c" A, NULL),
	M(HEAD(QUERY, "\1", "\0") "\xc0\x0c" A, NULL),
	M(HEAD(QUERY, "\1", "\0") "\xc0\x20" A, NULL),
	M(HEAD(QUERY, "\1", "\0") "\x40" "a\0" A, NULL),
	M(HEAD(QUERY, "\1", "\0") "\x80" "a\0" A, NULL),
	M(HEAD(QUERY, "\1", "\0") "\5ab", NULL),
	M(HEAD(QUERY, "\1", "\0") "\1a\0\0\1", NULL),
	M(HEAD(QUERY, "\2", "\0") "\1a\0" A, NULL),
	M(HEAD(QUERY, "\x11", "\0") "\1a\0" A, NULL),
	M("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00", NULL),
};

static void messages_are_told_as_rules_see_them(void **state)
{
	const struct app_row *row = app_row(CORDON_APP_DNS);

	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		const struct message *t = &messages[i];
		uint8_t *copy = malloc(t->len); /* exactly as long: a read behind it is seen */
		struct strbuf out = { 0 };

		assert_non_null(copy);
		memcpy(copy, t->p, t->len);
		assert_int_equal(row->datagram(copy, (uint32_t)t->len, 0, add, &out), t->want ? 0 : -EBADMSG);
		if (!t->want && out.len)
			fail_msg("message %zu: told: %s", i, out.s);
		else if (t->want && strstr(t->want, "dns.answer.name"))
			assert_string_equal(out.s + 2, "answer op=0 rcode=0 type=1 answer.name=a query.name=a answer.name=b.a "
						       "(5 60s 4 bytes b.a) (1 60s 4 bytes ) (28 60s 16 bytes )\n");
		else if (t->want)
			assert_string_equal(out.s + 2, t->want);
		strbuf_done(&out);
		free(copy);
	}
}

static void no_prefix_of_a_query_is_one(void **state)
{
	const struct app_row *row = app_row(CORDON_APP_DNS);
	struct strbuf out = { 0 };

	(void)state;
	for (uint32_t n = 0; n < messages[0].len; n++)
		assert_int_equal(row->datagram((const uint8_t *)messages[0].p, n, 0, add, &out), -EBADMSG);
	assert_null(out.s);
}

static int feed_cut(const uint8_t *p, size_t len, size_t piece, uint8_t dir, struct strbuf *out)
{
	const struct app_row *row = app_row(CORDON_APP_DNS);
	void *s = row->open(dir);
	int r = 0;

	assert_non_null(s);
	for (size_t i = 0; i < len && !r; i += piece)
		r = row->feed(s, p + i, (uint32_t)(len - i < piece ? len - i : piece), add, out);
	assert_int_equal(row->pending(s), 0);
	row->close(s);
	return r;
}

static void stream_is_told_in_any_cut(void **state)
{
	size_t n = messages[0].len;
	uint8_t wire[300];

	(void)state;
	wire[0] = wire[2 + n] = 0;
	wire[1] = wire[3 + n] = (uint8_t)n;
	memcpy(wire + 2, messages[0].p, n);
	memcpy(wire + 4 + n, messages[0].p, n);
	for (size_t piece = 1; piece <= 4 + 2 * n; piece++) {
		struct strbuf out = { 0 };

		assert_int_equal(feed_cut(wire, 4 + 2 * n, piece, 0, &out), 0);
		assert_string_equal(out.s, "0 query op=0 type=28 query=www.Evil.example query.name=www.Evil.example\n"
					   "1 query op=0 type=28 query=www.Evil.example query.name=www.Evil.example\n");
		strbuf_done(&out);
	}
}

/* found by fuzzing: it was waited for more of nothing */
static void message_of_no_bytes_ends_the_parsing(void **state)
{
	struct strbuf out = { 0 };
	const struct app_row *row = app_row(CORDON_APP_DNS);

	(void)state;
	for (uint32_t n = 1; n <= 3; n += 2) {
		void *s = row->open(0);
		int r = 0;

		for (uint32_t i = 0; i < 3 && !r; i += n)
			r = row->feed(s, (const uint8_t *)"\0\0\0" + i, n, add, &out);
		assert_int_equal(r, -EBADMSG);
		row->close(s);
	}
	assert_null(out.s);
}

/* as many answers as a message can hold, each name a pointer: read up to the limit, in time that grows with their number */
static void answers_are_bounded(void **state)
{
	static const uint8_t record[] = "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x01\x02\x03\x04";
	static uint8_t msg[65535];
	size_t n = sizeof(HEAD(ANSWER, "\1", "\0") "\1a\0" A) - 1;
	struct strbuf out = { 0 };
	unsigned int answers = 0;

	(void)state;
	memcpy(msg, HEAD(ANSWER, "\1", "\0") "\1a\0" A, n);
	msg[6] = 0x0f;
	for (; n + 16 <= sizeof(msg); n += 16)
		memcpy(msg + n, record, 16);
	assert_int_equal(app_row(CORDON_APP_DNS)->datagram(msg, (uint32_t)n, 1, add, &out), 0);
	for (const char *p = out.s; (p = strstr(p, "(1 60s")); p++)
		answers++;
	assert_int_equal(answers, CORDON_DNS_ANSWERS);
	strbuf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_told_as_rules_see_them),
		cmocka_unit_test(no_prefix_of_a_query_is_one),
		cmocka_unit_test(stream_is_told_in_any_cut),
		cmocka_unit_test(message_of_no_bytes_ends_the_parsing),
		cmocka_unit_test(answers_are_bounded),
	};

	return cmocka_run_group_tests_name("app_dns", tests, NULL, NULL);
}
