/* SPDX-License-Identifier: BSD-2-Clause */
/* feed.h - a feed's text read, and what came of it said in a line. */
#ifndef TESTS_UNIT_FEED_H
#define TESTS_UNIT_FEED_H

#include "unit/unit.h"

#include "feed/formats.h"

struct parsed {
	struct indicators in;
	struct feed_report rep;
	int r;
};

#define NOW_S 1767225600ULL /* 2026-01-01 */

static struct feed_opts opts = {.name = "test",
				.action = CORDON_ACTION_DROP,
				.confidence = 80,
				.alert_below = 50,
				.now_ns = NOW_S * 1000000000ULL};

static inline void parse(struct parsed *p, const char *format, const char *text)
{
	memset(p, 0, sizeof(*p));
	p->r = feed_parse(NULL, text, strlen(text), &opts, &p->in, &p->rep);
	assert_string_equal(p->rep.format, format);
}

static inline void done(struct parsed *p)
{
	indicators_done(&p->in);
	feed_report_done(&p->rep);
}

/* the entries in order: "*.name" with all below it, "!" an exception, "?" an alert only, then mark */
static inline void entries(const struct parsed *p, const char *expect)
{
	struct strbuf b = {0};
	char text[80];

	for (size_t i = 0; i < p->in.v.len; i++) {
		const struct indicator *e = &p->in.v.data[i];

		strbuf_addf(&b, "%s%s%s%s%s%s", i ? " " : "",
			    e->mark == FEED_MARK_EXCEPT ? "!" : "",
			    e->action == CORDON_ACTION_ALERT ? "?" : "",
			    e->flags & CORDON_THREAT_SUBDOMAINS ? "*." : "",
			    e->kind >= CORDON_INDICATOR_DOMAIN
				    ? indicator_value(&p->in, e)
				    : prefix_str(text, sizeof(text), &e->prefix),
			    e->mark > FEED_MARK_DROP && e->mark != FEED_MARK_EXCEPT ? "^" : "");
	}
	assert_string_equal(b.s ? b.s : "", expect);
	strbuf_done(&b);
}

/* "name=count ..." of the refusals, in the order of reasons.h */
static inline void reasons(const struct parsed *p, const char *expect)
{
	struct strbuf b = {0};

	for (unsigned int i = 0; i < FEED_REASONS; i++)
		if (p->rep.reasons[i])
			strbuf_addf(&b, "%s%s=%llu", b.len ? " " : "", feed_reason_name(i),
				    (unsigned long long)p->rep.reasons[i]);
	assert_string_equal(b.s ? b.s : "", expect);
	strbuf_done(&b);
}

static inline void check(const char *format, const char *text, const char *expect, const char *refused)
{
	struct parsed p;

	parse(&p, format, text);
	entries(&p, expect);
	reasons(&p, refused);
	assert_int_equal(p.r, *expect ? 0 : -EINVAL);
	done(&p);
}

static inline void same_report(const struct feed_report *a, const struct feed_report *b)
{
	assert_string_equal(a->format, b->format);
	assert_int_equal(a->lines, b->lines);
	assert_int_equal(a->accepted, b->accepted);
	assert_int_equal(a->refused, b->refused);
	assert_memory_equal(a->marks, b->marks, sizeof(a->marks));
	assert_memory_equal(a->reasons, b->reasons, sizeof(a->reasons));
	assert_int_equal(a->refusals.len, b->refusals.len);
	for (size_t i = 0; i < a->refusals.len; i++) {
		assert_int_equal(a->refusals.data[i].line, b->refusals.data[i].line);
		assert_int_equal(a->refusals.data[i].code, b->refusals.data[i].code);
		assert_string_equal(a->refusals.data[i].reason, b->refusals.data[i].reason);
	}
}

static inline void same_set(const struct indicators *a, const struct indicators *b)
{
	assert_int_equal(a->v.len, b->v.len);
	assert_int_equal(a->categories.len, b->categories.len);
	for (size_t i = 0; i < a->v.len; i++) {
		struct indicator x = a->v.data[i], y = b->v.data[i];

		assert_string_equal(indicator_value(a, &x), indicator_value(b, &y));
		x.text = y.text = 0;
		assert_memory_equal(&x, &y, sizeof(x));
	}
}

#endif
