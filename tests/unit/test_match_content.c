// SPDX-License-Identifier: BSD-2-Clause
/*
 * Random content chains on random buffers, against a reference that tries
 * every occurrence of every content and knows no shortcut.
 */
#include "unit/unit.h"

#include "harness/rules.h"

#define CHAIN_MAX 4

struct part {
	char text[4];
	bool negated, relative, has_within, has_depth, endswith, nocase;
	int distance, within, offset, depth;
};

static int pick(int n)
{
	return (int)(random() % n);
}

static struct part part_random(bool first)
{
	struct part p = { .negated = !pick(5), .relative = !first && pick(3), .nocase = !pick(4) };
	int n = 1 + pick(3);

	for (int i = 0; i < n; i++)
		p.text[i] = "abA"[pick(3)];
	if (p.relative) {
		p.distance = pick(6) - 2;
		p.has_within = pick(2);
		p.within = n + pick(4);
	} else {
		p.offset = pick(4);
		p.has_depth = pick(2);
		p.depth = n + pick(5);
	}
	p.endswith = !pick(8);
	return p;
}

static void part_text(const struct part *p, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "content:%s\"%s\";%s%s", p->negated ? "!" : "", p->text,
				    p->nocase ? " nocase;" : "", p->endswith ? " endswith;" : "");

	if (p->relative)
		n += (size_t)snprintf(out + n, size - n, " distance:%d;", p->distance);
	if (p->relative && p->has_within)
		n += (size_t)snprintf(out + n, size - n, " within:%d;", p->within);
	if (!p->relative && p->offset)
		n += (size_t)snprintf(out + n, size - n, " offset:%d;", p->offset);
	if (!p->relative && p->has_depth)
		snprintf(out + n, size - n, " depth:%d;", p->depth);
}

static bool occurs_at(const struct part *p, const char *buf, int len, int cursor, int at)
{
	int n = (int)strlen(p->text), lo, hi;

	if (p->relative) {
		lo = cursor + p->distance;
		hi = p->has_within ? lo + p->within : len;
	} else {
		lo = p->offset;
		hi = p->has_depth ? p->offset + p->depth : len;
	}
	if (at < 0 || at < lo || at + n > hi || at + n > len)
		return false;
	/* as Suricata: endswith fails where the range ends before the buffer does */
	if (p->endswith && (at + n != len))
		return false;
	return !(p->nocase ? strncasecmp(buf + at, p->text, (size_t)n) : strncmp(buf + at, p->text, (size_t)n));
}

static bool reference(const struct part *p, int n, const char *buf, int len, int cursor)
{
	bool found = false;

	if (!n)
		return true;
	for (int at = 0; at < len; at++) {
		if (!occurs_at(p, buf, len, cursor, at))
			continue;
		found = true;
		if (!p->negated && reference(p + 1, n - 1, buf, len, at + (int)strlen(p->text)))
			return true;
	}
	return p->negated && !found && reference(p + 1, n - 1, buf, len, cursor);
}

static void buffer_random(char *buf, int len)
{
	for (int i = 0; i < len; i++)
		buf[i] = "abAx"[pick(4)];
	buf[len] = 0;
}

static void relative_chains_are_found_as_if_all_occurrences_were_tried(void **state)
{
	struct cordon_facts f = record_facts(1, 17, 0, 0, 0);
	unsigned int hits = 0;

	(void)state;
	srandom(42);
	for (int round = 0; round < 1500; round++) {
		struct part chain[CHAIN_MAX];
		char text[1024] = "alert udp any any -> any any (", one[256];
		int n = 1 + pick(CHAIN_MAX);
		struct rule_bench *b;

		for (int i = 0; i < n; i++) {
			chain[i] = part_random(i == 0);
			part_text(&chain[i], one, sizeof(one));
			strcat(text, one);
		}
		strcat(text, "sid:1;)");
		b = bench_new(text);
		if (!ruleset_count(b->rs))
			fail_msg("refused: %s", text);
		for (int k = 0; k < 20; k++) {
			char buf[32];
			int len = 1 + pick(20);
			bool want;

			buffer_random(buf, len);
			want = reference(chain, n, buf, len, 0);
			hits += want;
			bench_forget(b);
			bench_packet(b, &f, 0, buf, (size_t)len);
			if (bench_hits(b, 1) != want)
				fail_msg("%s on %s: want %d", text, buf, want);
		}
		bench_done(b);
	}
	/* both answers must be common, else the test says nothing */
	assert_in_range(hits, 5000, 25000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relative_chains_are_found_as_if_all_occurrences_were_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
