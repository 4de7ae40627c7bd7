// SPDX-License-Identifier: BSD-2-Clause
/* Reassembly against a naive model: of every stream byte, the value that came first is the one delivered; policies against Suricata. */
#include "unit/unit.h"

#include <stdbool.h>

#include "conf/conf.h"
#include "stream/flow.h"
#include "stream/tcp.h"

#define STREAM 3000

struct seen {
	uint8_t bytes[1 << 21];
	uint64_t end; /* offset behind the last byte delivered */
	unsigned int gaps, calls;
	uint64_t after_gap;
};
static struct seen seen;

static void on_bytes(void *ctx, unsigned int dir, const uint8_t *w, uint32_t len, uint64_t start, uint64_t fresh)
{
	struct seen *s = ctx;

	(void)dir;
	assert_true(fresh >= start && fresh < start + len && fresh >= s->end);
	assert_true(fresh - start <= CORDON_WINDOW);
	assert_true(start >= s->after_gap || s->gaps == 0);
	/* the window is what was delivered before */
	assert_memory_equal(w, s->bytes + start, fresh - start);
	if (fresh - start < CORDON_WINDOW && s->gaps == 0)
		assert_int_equal(start, 0);
	memcpy(s->bytes + fresh, w + (fresh - start), len - (fresh - start));
	s->end = start + len;
	s->calls++;
}

static void on_gap(void *ctx, unsigned int dir, uint64_t len)
{
	(void)len;
	struct seen *s = ctx;

	(void)dir;
	s->gaps++;
	s->after_gap = s->end + 1;
}

static struct tcp_pool pool;
static const struct tcp_sink sink = { .bytes = on_bytes, .gap = on_gap, .ctx = &seen, .pool = &pool };

static void reset(void)
{
	memset(&seen, 0, sizeof(seen));
	pool = (struct tcp_pool){ 0 };
}

static uint32_t rnd(uint32_t *s, uint32_t n)
{
	*s = *s * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)*s * n) >> 32);
}

static void contradiction_is_one_as_far_back_as_is_known(void **state)
{
	uint8_t data[3 * CORDON_WINDOW], other[16];
	struct tcp_dir d = { 0 };

	(void)state;
	reset();
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	tcp_segment(&d, &sink, 0, data, 2 * CORDON_WINDOW);
	tcp_segment(&d, &sink, 2 * CORDON_WINDOW + 100, data + 2 * CORDON_WINDOW + 100, 50); /* waits */
	/* the same again, whole or in part, is none */
	assert_false(tcp_contradicts(&d, 0, data, 3 * CORDON_WINDOW));
	assert_false(tcp_contradicts(&d, 2 * CORDON_WINDOW - 5, data + 2 * CORDON_WINDOW - 5, 200));
	memset(other, 0xa5, sizeof(other));
	/* in what went out, over its end, and in what waits */
	assert_true(tcp_contradicts(&d, CORDON_WINDOW, other, 1));
	assert_true(tcp_contradicts(&d, 2 * CORDON_WINDOW - 1, other, sizeof(other)));
	assert_true(tcp_contradicts(&d, 2 * CORDON_WINDOW + 95, other, sizeof(other)));
	/* before the window nobody knows, behind it and between nobody has said */
	assert_false(tcp_contradicts(&d, CORDON_WINDOW - 1, other, 1));
	assert_false(tcp_contradicts(&d, 2 * CORDON_WINDOW, other, sizeof(other)));
	assert_false(tcp_contradicts(&d, 2 * CORDON_WINDOW + 150, other, sizeof(other)));
	tcp_done(&d, &pool);
}

static void first_bytes_win_in_any_order(void **state)
{
	uint8_t model[STREAM], seg[400];
	bool have[STREAM];

	(void)state;
	for (uint32_t seed = 1; seed < 400; seed++) {
		struct tcp_dir d = { 0 };
		uint32_t s = seed * 7919, base = seed % 3 ? 0xffffff00u + seed : seed, got = 0;

		reset();
		memset(have, 0, sizeof(have));
		while (got < STREAM) {
			/* near the front of what is missing, so that no hole is ever given up */
			uint32_t lo = (uint32_t)d.next > 100 ? (uint32_t)d.next - 100 : 0;
			uint32_t off = lo + rnd(&s, 700), n = 1 + rnd(&s, sizeof(seg));

			if (off >= STREAM)
				off = STREAM - 1;
			if (rnd(&s, 4) == 0)
				off = (uint32_t)d.next;
			if (off + n > STREAM)
				n = STREAM - off;
			for (uint32_t i = 0; i < n; i++) {
				seg[i] = (uint8_t)rnd(&s, 256);
				if (!have[off + i]) {
					have[off + i] = true;
					model[off + i] = seg[i];
					got++;
				}
			}
			tcp_segment(&d, &sink, tcp_offset(&d, base, base + off), seg, n);
		}
		assert_int_equal(d.next, STREAM);
		assert_int_equal(seen.gaps, 0);
		assert_memory_equal(seen.bytes, model, STREAM);
		assert_null(d.early);
		tcp_done(&d, &pool);
		assert_int_equal(pool.bytes, 0);
	}
}

/* --- overlaps by policy --- */

#define UNIT 8
#define UNITS 6

/* units that A and then B cover; unit 0 is the hole */
static const struct way {
	uint8_t a0, a1, b0, b1;
} ways[] = { { 2, 4, 2, 4 }, { 2, 4, 2, 5 }, { 2, 4, 2, 3 }, { 2, 4, 1, 3 }, { 2, 4, 1, 4 }, { 2, 4, 1, 5 }, { 2, 5, 3, 4 }, { 2, 5, 3, 5 }, { 2, 4, 3, 5 }, { 2, 4, 0, 3 }, { 2, 4, 0, 5 } };

/* whose bytes count, way by way: what Suricata 7 says (tests/parity/overlap.py asks it); first and last are their names' */
static const char *const taken[TCP_POLICIES] = {
	[TCP_POLICY_FIRST] = "aa aab aa baa baa baab aaa aaa aab bbaa bbaab",
	[TCP_POLICY_LAST] = "bb bbb ba bba bbb bbbb aba abb abb bbba bbbbb",
	[TCP_POLICY_BSD] = "aa aab aa bba bbb bbbb aaa aaa aab bbba bbbbb",
	[TCP_POLICY_OLD_LINUX] = "bb bbb aa bba bbb bbbb aaa aaa aab bbba bbbbb",
	[TCP_POLICY_LINUX] = "aa bbb aa bba bbb bbbb aaa aaa aab bbba bbbbb",
	[TCP_POLICY_SOLARIS] = "bb bbb aa baa bbb bbbb aaa aaa abb bbaa bbbbb",
	[TCP_POLICY_HPUX10] = "aa aab aa bba bbb bbbb aaa aaa aab bbba bbbbb",
	[TCP_POLICY_HPUX11] = "bb bbb aa baa bbb bbbb aaa aaa abb bbaa bbbbb",
	[TCP_POLICY_IRIX] = "aa aab aa bba bbb bbbb aaa aaa aab bbba bbbbb",
	[TCP_POLICY_MACOS] = "aa aab aa bba bbb bbbb aaa aaa aab bbba bbbbb",
	[TCP_POLICY_WINDOWS] = "aa aab aa bba bbb bbbb aaa aaa aab bbba bbbbb",
	[TCP_POLICY_VISTA] = "aa aab aa baa baa baab aaa aaa aab bbaa bbaab",
	[TCP_POLICY_WINDOWS2K3] = "aa aab aa bba bbb bbbb aaa aaa aab bbba bbbbb",
};

static void units(struct tcp_dir *d, uint8_t who, uint32_t from, uint32_t to)
{
	uint8_t seg[UNIT * UNITS];

	memset(seg, who, sizeof(seg));
	if (from < to)
		tcp_segment(d, &sink, tcp_offset(d, 5, 5 + from * UNIT), seg, (to - from) * UNIT);
}

static void overlap(uint8_t policy, const struct way *w, const char *want)
{
	uint32_t low = w->a0 < w->b0 ? w->a0 : w->b0, high = w->a1 > w->b1 ? w->a1 : w->b1;
	struct tcp_dir d = { .policy = policy };

	reset();
	units(&d, 'r', high, UNITS);
	units(&d, 'a', w->a0, w->a1);
	units(&d, 'b', w->b0, w->b1);
	units(&d, 'h', 0, low);
	assert_int_equal(d.next, UNIT * UNITS);
	for (uint32_t i = 0; i < (high - low) * UNIT; i++)
		assert_int_equal(seen.bytes[low * UNIT + i], want[i / UNIT]);
	tcp_done(&d, &pool);
	assert_int_equal(pool.bytes, 0);
}

static void overlaps_are_settled_as_the_receiver_does(void **state)
{
	(void)state;
	for (unsigned int policy = 0; policy < TCP_POLICIES; policy++) {
		const char *want = taken[policy];

		for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
			overlap((uint8_t)policy, &ways[i], want);
			want += strcspn(want, " ");
			want += *want == ' ';
		}
	}
}

static void policies_are_named_as_in_the_configuration(void **state)
{
#define X_NAME(id, name) name,
	static const char *const here[] = { TCP_POLICY_LIST(X_NAME) }, *const there[] = { CONF_STREAM_POLICIES };

	(void)state;
	assert_int_equal(sizeof(here), sizeof(there));
	for (unsigned int i = 0; i < TCP_POLICIES; i++)
		assert_string_equal(here[i], there[i]);
}

static void in_order_bytes_go_out_at_once(void **state)
{
	struct tcp_dir d = { 0 };

	(void)state;
	reset();
	for (uint64_t i = 0; i < 20000; i++) {
		uint8_t b = (uint8_t)(i * 31);

		tcp_segment(&d, &sink, (int64_t)i, &b, 1);
		assert_int_equal(seen.end, i + 1);
	}
	assert_int_equal(seen.calls, 20000);
	assert_true(d.held_cap <= 2 * CORDON_WINDOW);
	tcp_done(&d, &pool);
}

static void hole_is_given_up_by_bytes(void **state)
{
	static uint8_t buf[8192];
	struct tcp_dir d = { 0 };

	(void)state;
	reset();
	tcp_segment(&d, &sink, 0, buf, 100);
	for (int i = 0; i < 32; i++)
		tcp_segment(&d, &sink, 200 + i * 8192, buf, 8192);
	assert_int_equal(seen.gaps, 0);
	assert_int_equal(d.next, 100);
	tcp_segment(&d, &sink, 200 + 32 * 8192, buf, 1);
	assert_int_equal(seen.gaps, 1);
	assert_int_equal(d.next, 200 + 32 * 8192 + 1);
	tcp_done(&d, &pool);
}

static void hole_is_given_up_by_segments(void **state)
{
	struct tcp_dir d = { 0 };
	uint8_t b = 'x';

	(void)state;
	reset();
	for (int i = 0; i < CORDON_STREAM_OOO_SEGMENTS; i++)
		tcp_segment(&d, &sink, 2 + 2 * i, &b, 1);
	assert_int_equal(seen.calls, 0);
	tcp_segment(&d, &sink, 2 + 2 * CORDON_STREAM_OOO_SEGMENTS, &b, 1);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.gaps, 1);
	tcp_flush(&d, &sink);
	assert_int_equal(seen.calls, 1 + CORDON_STREAM_OOO_SEGMENTS);
	tcp_done(&d, &pool);
	assert_int_equal(pool.bytes, 0);
}

static void segment_far_ahead_is_dropped_and_counted(void **state)
{
	struct tcp_dir d = { 0 };
	uint8_t b = 'x';

	(void)state;
	reset();
	tcp_segment(&d, &sink, CORDON_STREAM_AHEAD + 1, &b, 1);
	assert_null(d.early);
	assert_int_equal(pool.segments_dropped, 1);
	tcp_segment(&d, &sink, -1, &b, 1);
	tcp_segment(&d, &sink, -5, (const uint8_t *)"abcdefg", 7);
	assert_int_equal(seen.end, 2);
	assert_memory_equal(seen.bytes, "fg", 2);
	tcp_done(&d, &pool);
}

static void window_begins_anew_after_a_skip(void **state)
{
	struct tcp_dir d = { 0 };

	(void)state;
	reset();
	tcp_segment(&d, &sink, 0, (const uint8_t *)"abc", 3);
	tcp_segment(&d, &sink, 20, (const uint8_t *)"uvw", 3);
	tcp_skip(&d, &sink, 10);
	assert_int_equal(seen.gaps, 1);
	seen.after_gap = 10;
	tcp_segment(&d, &sink, 10, (const uint8_t *)"0123456789", 10);
	assert_int_equal(seen.end, 23);
	assert_memory_equal(seen.bytes + 10, "0123456789uvw", 13);
	tcp_skip(&d, &sink, 5);
	assert_int_equal(d.next, 23);
	tcp_done(&d, &pool);
}

/* --- the flow table --- */

static unsigned int gone;
static uint64_t alive_ns;

static void done(struct stream_flow *f, void *ctx)
{
	(void)f;
	(void)ctx;
	gone++;
}

static uint64_t alive(const struct stream_flow *f, void *ctx)
{
	(void)f;
	(void)ctx;
	return alive_ns;
}

static struct flow_table table(void)
{
	gone = 0;
	alive_ns = 0;
	return (struct flow_table){ .size = sizeof(struct stream_flow), .max = 4, .max_bytes = 1 << 20, .done = done, .alive = alive };
}

static void oldest_flow_goes_when_full(void **state)
{
	struct flow_table t = table();

	(void)state;
	for (uint64_t i = 1; i <= 4; i++)
		assert_non_null(flow_get(&t, i, 0, i));
	flow_get(&t, 1, 0, 5);
	flow_get(&t, 5, 0, 6);
	assert_null(flow_find(&t, 2));
	assert_non_null(flow_find(&t, 1));
	assert_int_equal(t.dropped, 1);
	flow_close(&t, flow_find(&t, 5));
	flow_get(&t, 6, 0, 7);
	assert_null(flow_find(&t, 5));
	assert_int_equal(t.dropped, 1); /* a closed one is no loss */
	flow_table_done(&t);
	assert_int_equal(gone, 6);
	assert_int_equal(t.n, 0);
}

static void idle_flow_goes_unless_the_kernel_has_it(void **state)
{
	struct flow_table t = table();

	(void)state;
	flow_get(&t, 1, 0, 1);
	flow_age(&t, CORDON_TCP_IDLE_NS, NULL);
	assert_non_null(flow_find(&t, 1));
	alive_ns = CORDON_TCP_IDLE_NS;
	flow_age(&t, CORDON_TCP_IDLE_NS + 10, NULL);
	assert_non_null(flow_find(&t, 1));
	alive_ns = 0;
	flow_age(&t, 3 * CORDON_TCP_IDLE_NS, NULL);
	assert_null(flow_find(&t, 1));
	flow_table_done(&t);
}

static void memory_limit_lets_the_oldest_go(void **state)
{
	struct flow_table t = table();
	struct stream_flow *f;

	(void)state;
	t.max_bytes = 10;
	flow_get(&t, 1, 0, 1);
	f = flow_get(&t, 2, 0, 1);
	t.pool.bytes += 11;
	flow_age(&t, 1, f);
	assert_null(flow_find(&t, 1));
	assert_non_null(flow_find(&t, 2));
	t.pool.bytes -= 11;
	flow_table_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contradiction_is_one_as_far_back_as_is_known),
		cmocka_unit_test(first_bytes_win_in_any_order),
		cmocka_unit_test(overlaps_are_settled_as_the_receiver_does),
		cmocka_unit_test(policies_are_named_as_in_the_configuration),
		cmocka_unit_test(in_order_bytes_go_out_at_once),
		cmocka_unit_test(hole_is_given_up_by_bytes),
		cmocka_unit_test(hole_is_given_up_by_segments),
		cmocka_unit_test(segment_far_ahead_is_dropped_and_counted),
		cmocka_unit_test(window_begins_anew_after_a_skip),
		cmocka_unit_test(oldest_flow_goes_when_full),
		cmocka_unit_test(idle_flow_goes_unless_the_kernel_has_it),
		cmocka_unit_test(memory_limit_lets_the_oldest_go),
	};

	return cmocka_run_group_tests_name("stream_tcp", tests, NULL, NULL);
}
