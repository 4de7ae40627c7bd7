// SPDX-License-Identifier: BSD-2-Clause
/* RFB: handshakes of both versions in every cut, what is odd about them, what is longer than is looked at. */
#include "unit/unit.h"
#include "unit/row.h"

#include "cordon_event.h"
#include "rule/events.h"

#define V8 "RFB 003.008\n"
#define V3 "RFB 003.003\n"
#define SECRET "0123456789abcdef"
#define INIT(length, name) "\5\0\3\x20" SECRET "\0\0\0" length name

/* one side's bytes; n 0: no more */
struct part {
	char dir; /* '>' to the server */
	const char *p;
	size_t n;
};
#define TS(x) { '>', x, sizeof(x) - 1 }
#define TC(x) { '<', x, sizeof(x) - 1 }

static int add_short(const struct app_msg *m, void *ctx)
{
	struct app_buf name = app_get(m, APP_BUFFER_RFB_NAME);
	struct strbuf *out = ctx;

	strbuf_adds(out, m->dir == CORDON_TO_SERVER ? "ts" : "tc");
	if (m->has_number >> APP_NUMBER_RFB_SECTYPE & 1)
		strbuf_addf(out, " type %u", (unsigned int)m->number[APP_NUMBER_RFB_SECTYPE]);
	if (m->has_number >> APP_NUMBER_RFB_SECRESULT & 1)
		strbuf_addf(out, " result %u", (unsigned int)m->number[APP_NUMBER_RFB_SECRESULT]);
	if (name.p)
		strbuf_addf(out, " %.*s", (int)name.len, (const char *)name.p);
	if (m->events & RULE_EVENT_BIT(RFB_TYPE))
		strbuf_adds(out, " odd type");
	if (m->events & RULE_EVENT_BIT(RFB_RESULT))
		strbuf_adds(out, " odd result");
	if (m->events & RULE_EVENT_BIT(RFB_TURN))
		strbuf_adds(out, " odd turn");
	strbuf_adds(out, "\n");
	return 0;
}

static void check(const struct part *part, const char *want)
{
	const struct app_row *row = app_row(CORDON_APP_RFB);

	for (size_t n = 1; n < 40; n++) {
		void *flow = row->flow_open(), *s[2] = { row->open(0), row->open(1) };
		struct strbuf out = { 0 };

		row->link(s[0], flow);
		row->link(s[1], flow);
		for (const struct part *p = part; p->p; p++)
			for (size_t i = 0; i < p->n; i += n) {
				uint8_t *copy = malloc(p->n - i < n ? p->n - i : n);

				memcpy(copy, p->p + i, p->n - i < n ? p->n - i : n);
				(void)row->feed(s[p->dir == '<'], copy, (uint32_t)(p->n - i < n ? p->n - i : n), add_short, &out);
				free(copy);
			}
		assert_string_equal(out.s ? out.s : "", want);
		row->close(s[0]);
		row->close(s[1]);
		row->flow_close(flow);
		strbuf_done(&out);
	}
}

#define CHECK(want, ...) check((const struct part[]){ __VA_ARGS__, { 0, NULL, 0 } }, want)

static void handshakes_are_told_at_their_end(void **state)
{
	(void)state;
	CHECK("ts type 2\ntc result 0 my desk\n", TC(V8), TS(V8), TC("\2\1\2"), TS("\2"), TC(SECRET), TS(SECRET), TC("\0\0\0\0"), TS("\1"),
	      TC(INIT("\7", "my desk") "more"), TS("more"));
	CHECK("ts type 1\ntc d\n", TC(V8), TS(V8), TC("\1\1"), TS("\1\1"), TC(INIT("\1", "d")));
	CHECK("ts type 2\ntc result 0\n", TC(V3), TS(V3), TC("\0\0\0\2" SECRET), TS(SECRET), TC("\0\0\0\0"), TS("\1"), TC(INIT("\0", "")));
}

static void what_ends_before_is_not_told(void **state)
{
	(void)state;
	CHECK("", TC(V8), TS(V8), TC("\1\2"), TS("\2"), TC(SECRET), TS(SECRET), TC("\0\0\0\1\0\0\0\2no"), TC("\0\0\0\2no"));
	CHECK("", TC(V8), TS(V8), TC("\0\0\0\0\4nope"));
	CHECK("", TC(V3), TS(V3), TC("\0\0\0\0\0\0\0\1x"));
	CHECK("", TC("RFB 003x008\n"), TS(V8));
	CHECK("", TS(V8), TC(V8));
	/* a name of 16 MiB, a reason of four gigabytes */
	CHECK("", TC(V8), TS(V8), TC("\1\1"), TS("\1\1"), TC("\5\0\3\x20" SECRET "\1\0\0\0xxxx"));
	CHECK("", TC(V8), TS(V8), TC("\0\xff\xff\xff\xffxxxx"));
}

/* as Suricata 7 says it of the same bytes (tests/corpus/rfb_handshake) */
/* as a history has it of a side that has not spoken: nothing is held then, not even an empty buffer */
static void a_side_may_have_said_nothing(void **state)
{
	const struct app_row *row = app_row(CORDON_APP_RFB);
	void *s = row->open(CORDON_TO_SERVER);

	(void)state;
	assert_int_equal(row->feed(s, (const uint8_t *)"", 0, add_short, NULL), 0);
	assert_false(row->pending(s));
	row->close(s);
}

static void what_is_odd_is_said(void **state)
{
	(void)state;
	CHECK("ts odd type\n", TC(V8), TS(V8), TC("\1\x10"), TS("\x10"), TC("xx"));
	CHECK("ts\ntc\ntc odd type\n", TC(V3), TS(V3), TC("\0\0\0\x10"), TS("x"));
	CHECK("ts type 2\ntc\ntc odd result\n", TC(V8), TS(V8), TC("\1\2"), TS("\2"), TC(SECRET), TS(SECRET), TC("\0\0\0\2"));
	CHECK("ts\ntc\nts odd turn\n", TC(V8), TS(V8 "x"));
	CHECK("ts\ntc\ntc odd turn\n", TC(V8), TS(V8), TC("\1\2x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshakes_are_told_at_their_end),
		cmocka_unit_test(what_ends_before_is_not_told),
		cmocka_unit_test(a_side_may_have_said_nothing),
		cmocka_unit_test(what_is_odd_is_said),
	};

	return cmocka_run_group_tests_name("app_rfb", tests, NULL, NULL);
}
