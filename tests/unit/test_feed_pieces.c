// SPDX-License-Identifier: BSD-2-Clause
/* A feed in pieces is the feed; what guards are asked of quickly is what they are asked of one by one. */
#include "unit/feed.h"

#include "base/cleanup.h"

/* parsed in @n pieces, which are joined as feed_parse_file() joins them */
static void parse_pieces(struct parsed *all, const char *format, const char *text, size_t len, uint32_t n)
{
	memset(all, 0, sizeof(*all));
	all->r = -ENODATA;
	for (uint32_t i = 0; i < n; i++) {
		struct parsed p = {0};

		p.r = feed_parse_piece(format, text, len, (struct feed_piece){i, n}, &opts, &p.in, &p.rep);
		assert_int_equal(result_join(&all->in, &all->rep, &all->r, &p.in, &p.rep, p.r), 0);
		done(&p);
	}
}

static void pieces_joined_are_the_whole(void **state)
{
	static const struct {
		const char *format, *text;
	} feeds[] = {
		{"auto", "\xef\xbb\xbf# a list\r\n198.18.0.1\r\nevil.example\r\n10.0.0.1\r\n\r\n198.18.4.0-198.18.6.7\r\nx.example"},
		{"plain", "one.example\n\xef\xbb\xbftwo.example\nno value here\nhttp://three.example/a\n2001:2::/48\n;\n#\nlast.example\n"},
		{"hosts", "0.0.0.0 a.example b.example\n# c\n192.0.2.1 c.example\n0.0.0.0 d.example\n::1 localhost\n0.0.0.0 e.example\n"},
		{"auto", "! a\n||a.example^\n@@||b.a.example^\n||c.example^\n##.ad\n||d.example^\n"},
		{"auto", "address=/a.example/0.0.0.0\nserver=/b.example/#\naddress=/c.example/\nnonsense\naddress=/d.example/0.0.0.0\n"},
		{"csv", "ip,confidence,threat\n198.18.0.1,90,botnet\n198.18.0.2,10,worm\n10.0.0.1,90,botnet\n198.18.0.3,90,spam\n"},
		{"auto", "10.0.0.1\n10.0.0.2\n192.168.0.1\nlocalhost\n"},
		{"plain", "# nothing\n\n; at all\n#\n"},
		{"auto", "this is no feed\nof any kind\nat all, it is text\n"},
		{"plain", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(feeds); i++)
		for (uint32_t n = 1; n < 9; n++) {
			size_t len = strlen(feeds[i].text);
			struct parsed whole = {0}, pieces;

			whole.r = feed_parse(feeds[i].format, feeds[i].text, len, &opts, &whole.in, &whole.rep);
			parse_pieces(&pieces, feeds[i].format, feeds[i].text, len, n);
			assert_int_equal(pieces.r, whole.r);
			same_set(&pieces.in, &whole.in);
			same_report(&pieces.rep, &whole.rep);
			done(&whole);
			done(&pieces);
		}
}

static uint32_t drawn = 1;

static uint32_t draw(uint32_t n)
{
	drawn = drawn * 1664525 + 1013904223;
	return (drawn >> 8) % n;
}

/* names of few labels, so that many are above and below others; addresses and prefixes of few networks */
static void draw_list(struct strbuf *b, unsigned int n)
{
	while (n--) {
		if (draw(3)) {
			for (uint32_t labels = draw(3); labels; labels--)
				strbuf_addf(b, "%c.", (int)('a' + draw(3)));
			strbuf_addf(b, "%c%u.t%c\n", (int)('a' + draw(4)), draw(30), (int)('a' + draw(3)));
		} else {
			strbuf_addf(b, "%u.%u.0.0/%u\n", 20 + draw(40), draw(4), 8 + 4 * draw(5));
		}
	}
}

static bool overlap(const struct prefix *a, const struct prefix *b)
{
	return a->len <= b->len ? prefix_has(a, &b->addr) : prefix_has(b, &a->addr);
}

static bool touches(const struct indicators *in, const struct indicator *e, const struct indicators *never)
{
	for (size_t i = 0; i < never->v.len; i++) {
		const struct indicator *g = &never->v.data[i];

		if ((e->kind == CORDON_INDICATOR_DOMAIN) != (g->kind == CORDON_INDICATOR_DOMAIN))
			continue;
		if (e->kind == CORDON_INDICATOR_DOMAIN ?
			    domain_touches(indicator_value(in, e), e->flags & CORDON_THREAT_SUBDOMAINS, indicator_value(never, g)) :
			    overlap(&e->prefix, &g->prefix))
			return true;
	}
	return false;
}

static void guards_take_out_what_each_of_them_touches(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 60; round++) {
		struct strbuf a = {0}, b = {0};
		struct parsed list, never;
		long out = 0;

		draw_list(&a, 300);
		draw_list(&b, 1 + draw(12));
		parse(&list, "plain", a.s);
		parse(&never, "plain", b.s);
		for (size_t i = 0; i < list.in.v.len; i++)
			out += touches(&list.in, &list.in.v.data[i], &never.in);
		assert_int_equal(indicators_except(&list.in, &never.in, NULL, NULL), out);
		for (size_t i = 0; i < list.in.v.len; i++)
			assert_false(touches(&list.in, &list.in.v.data[i], &never.in));
		strbuf_done(&a);
		strbuf_done(&b);
		done(&list);
		done(&never);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_joined_are_the_whole),
		cmocka_unit_test(guards_take_out_what_each_of_them_touches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
