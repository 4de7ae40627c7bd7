// SPDX-License-Identifier: BSD-2-Clause
/* What several feeds say together: exceptions, ends, guards, and what none may list. */
#include "unit/feed.h"

#include "feed/known.h"

/* what the merged feeds say of a name: "block", "exception", "-" */
static const char *verdict(const struct indicators *all, const char *name)
{
	struct threat_index *t;
	struct addr a;
	uint32_t id;

	assert_int_equal(threat_index_new(all, &t), 0);
	id = addr_parse(name, &a) ? threat_index_name(t, name, strlen(name)) : threat_index_addr(t, &a);
	threat_index_free(t);
	return !id ? "-" : indicator_is_exception(all, id) ? "exception" : "block";
}

static void exception_speaks_for_its_own_feed_only(void **state)
{
	struct parsed a, b, c;
	struct indicators one = {0}, two = {0};

	(void)state;
	parse(&a, "adblock", "||a.example^\n@@||ok.a.example^\n||x.ok.a.example^\n@@||unlisted.example^\n||198.18.1.1^\n");
	parse(&b, "rpz", "@ SOA . . 1 2 3 4 5\n24.0.2.18.198.rpz-ip CNAME .\n32.9.2.18.198.rpz-ip CNAME rpz-passthru.\n"
			 "ns.example.rpz-nsdname CNAME .\n");
	parse(&c, "plain", "a.example\n198.18.9.9\n");
	assert_int_equal(indicators_merge(&one, (const struct indicators *const[]){&a.in, &b.in}, 2), 0);
	assert_string_equal(verdict(&one, "a.example"), "block");
	assert_string_equal(verdict(&one, "b.a.example"), "block");
	assert_string_equal(verdict(&one, "ok.a.example"), "exception");
	assert_string_equal(verdict(&one, "x.ok.a.example"), "exception");
	assert_string_equal(verdict(&one, "unlisted.example"), "-");
	assert_string_equal(verdict(&one, "ns.example"), "-");
	assert_string_equal(verdict(&one, "198.18.2.8"), "block");
	assert_string_equal(verdict(&one, "198.18.2.9"), "exception");
	assert_int_equal(indicators_merge(&two, (const struct indicators *const[]){&a.in, &c.in}, 2), 0);
	assert_string_equal(verdict(&two, "ok.a.example"), "block");
	indicators_done(&one);
	indicators_done(&two);
	done(&a);
	done(&b);
	done(&c);
}

static void what_has_ended_leaves_the_set(void **state)
{
	struct parsed p;
	uint64_t next;

	(void)state;
	parse(&p, "crowdsec",
	      "[{\"scope\":\"ip\",\"value\":\"198.18.0.1\",\"type\":\"ban\",\"duration\":\"1h\"},"
	      "{\"scope\":\"ip\",\"value\":\"198.18.0.2\",\"type\":\"ban\",\"duration\":\"2h\"}]");
	assert_int_equal(indicators_expire(&p.in, NOW_S * 1000000000ULL, &next), 0);
	assert_int_equal(next, (NOW_S + 3600) * 1000000000ULL);
	assert_int_equal(indicators_expire(&p.in, next, &next), 1);
	assert_int_equal(next, (NOW_S + 7200) * 1000000000ULL);
	entries(&p, "198.18.0.2");
	done(&p);
}

static void around_an_entry_is_what_covers_it(void **state)
{
	struct threat_index *t;
	struct prefix half;
	struct parsed p;
	struct addr a;
	uint32_t id;

	(void)state;
	parse(&p, "plain", "198.18.0.0/16\n198.18.4.0/24\n198.18.4.7\nevil.example\nx.evil.example\n2001:2::/48\n2001:2::1\n");
	assert_int_equal(threat_index_new(&p.in, &t), 0);
	addr_parse("198.18.4.7", &a);
	id = threat_index_addr(t, &a);
	assert_int_equal(id, 3);
	assert_int_equal(id = threat_index_around(t, id), 2);
	assert_int_equal(id = threat_index_around(t, id), 1);
	assert_int_equal(threat_index_around(t, id), 0);
	addr_parse("2001:2::1", &a);
	assert_int_equal(threat_index_around(t, threat_index_addr(t, &a)), 6);
	assert_int_equal(threat_index_around(t, 6), 0);
	assert_int_equal(threat_index_around(t, threat_index_name(t, "a.x.evil.example", 16)), 4);
	assert_int_equal(threat_index_around(t, 4), 0);
	prefix_parse("198.18.4.128/25", &half);
	assert_int_equal(threat_index_prefix(t, &half), 2);
	prefix_parse("198.18.4.0/23", &half);
	assert_int_equal(threat_index_prefix(t, &half), 1);
	prefix_parse("198.16.0.0/12", &half);
	assert_int_equal(threat_index_prefix(t, &half), 0);
	threat_index_free(t);
	done(&p);
}

static void barred(const char *value, const char *by, const char *what, const char *reason)
{
	struct feed_bar bar;
	struct prefix p;
	bool is_addr = prefix_parse(value, &p) >= 0;

	assert_int_equal(feed_barred(is_addr ? &p : NULL, value, &bar), by != NULL);
	if (!by)
		return;
	assert_string_equal(bar.by, by);
	assert_string_equal(bar.what, what);
	assert_string_equal(bar.reason, reason);
}

static void what_no_feed_may_list_says_why(void **state)
{
	(void)state;
	barred("198.18.0.1", NULL, "", "");
	barred("evil.example", NULL, "", "");
	barred("10.0.0.0/24", "address space", "", feed_reason_text(FEED_PRIVATE_10));
	barred("9.9.9.9", "never_block.conf", "9.9.9.9", "Quad9");
	barred("9.0.0.0/8", "never_block.conf", "9.9.9.9", "Quad9");
	barred("2620:fe::/48", "never_block.conf", "2620:fe::fe", "Quad9");
	barred("x.pool.ntp.org", "never_block.conf", "pool.ntp.org", "NTP pool, and the vendor zones below it");
	barred("ntp.org", "never_block.conf", "pool.ntp.org", "NTP pool, and the vendor zones below it");
	barred("xpool.ntp.org", NULL, "", "");
	barred("time.nist.gov", "never_block.conf", "time.nist.gov", "");
	barred("google.com", "popular.conf", "google.com", "search and mail");
	barred("apple.com", "popular.conf", "apple.com", "system vendor");
	barred("evil.google.com", NULL, "", "");
	barred("co.uk", "names", "", feed_reason_text(FEED_PUBLIC_SUFFIX));
	barred("com", "names", "", feed_reason_text(FEED_SINGLE_LABEL));
}

static void users_category_holds(void **state)
{
	struct parsed p;

	(void)state;
	opts.category = "mine";
	parse(&p, "json", "[{\"ip\":\"198.18.0.1\",\"threat\":\"other\"}]");
	assert_string_equal(indicator_category(&p.in, &p.in.v.data[0]), "mine");
	opts.category = NULL;
	done(&p);
}

/* our own file: every stanza is whole, its format there, and nothing is asked for too often */
static void known_feeds_are_whole(void **state)
{
	struct strbuf err = {0};
	struct feed_known k;
	size_t at = 0, count = 0;
	int n;

	(void)state;
	while ((n = feed_known_next(&at, &k, &err)) > 0) {
		assert_non_null(feed_format_find(k.format));
		assert_int_equal(strncmp(k.address, "https://", 8), 0);
		assert_true(k.refresh_ns >= 300 * 1000000000ULL);
		count++;
	}
	assert_int_equal(n, 0);
	assert_true(count > 20);
}

static void list_of_a_first_run_is_read_whole(void **state)
{
	struct indicators in = {0};

	(void)state;
	assert_int_equal(feed_first_run(&in), 0);
	assert_int_equal(in.v.len, 6);
	for (size_t i = 0; i < in.v.len; i++)
		assert_int_equal(in.v.data[i].action, CORDON_ACTION_ALERT);
	indicators_done(&in);
}

static void guards_take_away_what_any_feed_lists(void **state)
{
	static const char list[] = "{\"type\":\"hostname\",\"list\":[\"good.example\"]}";
	struct parsed p, w = {0};
	struct indicators never = {0};

	(void)state;
	parse(&p, "plain", "evil.example\nx.good.example\ngood.example\n");
	assert_int_equal(feed_parse("warninglist", list, strlen(list), &opts, &w.in, &w.rep), 0);
	assert_int_equal(indicators_guards(&p.in, &never), 0);
	assert_int_equal(never.v.len, 0);
	assert_int_equal(indicators_guards(&w.in, &never), 0);
	assert_int_equal(indicators_except(&p.in, &never, NULL, NULL), 2);
	entries(&p, "*.evil.example");
	indicators_done(&never);
	done(&p);
	done(&w);
}

/* --- the guard against its definition: each entry held against each guarded value --- */

#define GUARDED 60
#define GUARD_TRIES 4000

static uint32_t any(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 16) % below;
}

/* few letters, labels and networks, so that much touches; names and prefixes of all lengths */
static struct indicator any_entry(struct indicators *in, uint32_t *seed)
{
	struct indicator e = {.kind = CORDON_INDICATOR_DOMAIN};
	char name[64] = "";
	size_t n = 0;

	if (any(seed, 2)) {
		for (uint32_t labels = 1 + any(seed, 100) / 26; labels; labels--) {
			bool is_long = !any(seed, 3);
			uint32_t digit = any(seed, 3);

			n += (size_t)snprintf(name + n, sizeof(name) - n, "%sx%u%s", is_long ? "longlabel_" : "", digit,
					      labels > 1 ? "." : "");
		}
		/* what covers what is below it is chosen by the name: a set has no value twice */
		e.flags = (n + (unsigned char)name[n - 1]) % 2 ? CORDON_THREAT_SUBDOMAINS : 0;
		assert_int_equal(indicators_text(in, name, n, &e.text), 0);
		return e;
	}
	e.kind = any(seed, 3) ? CORDON_INDICATOR_IPV4 : CORDON_INDICATOR_IPV6;
	e.prefix.len = (uint8_t)(e.kind == CORDON_INDICATOR_IPV4 ? 104 + any(seed, 25) : 20 + any(seed, 109));
	for (unsigned int i = 0; i < 16; i++)
		e.prefix.addr.b[i] = (uint8_t)(any(seed, 9) ? 32 : any(seed, 256));
	if (e.kind == CORDON_INDICATOR_IPV4)
		memcpy(e.prefix.addr.b, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
	for (unsigned int bit = e.prefix.len; bit < 128; bit++)
		e.prefix.addr.b[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return e;
}

static bool touches(const struct indicators *never, const struct indicator *g, const struct indicators *in,
		    const struct indicator *e)
{
	const char *listed = indicator_value(never, g), *name = indicator_value(in, e);

	if (g->kind != e->kind)
		return false;
	if (e->kind != CORDON_INDICATOR_DOMAIN)
		return g->prefix.len < e->prefix.len ? prefix_has(&g->prefix, &e->prefix.addr) : prefix_has(&e->prefix, &g->prefix.addr);
	return domain_touches(listed, g->flags, name) && (strlen(listed) <= strlen(name) || e->flags);
}

static void mark_out(const struct indicators *in, const struct indicator *e, void *ctx)
{
	((bool *)ctx)[e - in->v.data] = true;
}

static void guard_takes_out_what_touches_and_nothing_else(void **state)
{
	static bool out[GUARD_TRIES];
	size_t n_out = 0;

	(void)state;
	for (uint32_t round = 0; round < 8; round++) {
		struct indicators never = {0}, in = {0}, before = {0};
		uint32_t seed = round + 1;

		memset(out, 0, sizeof(out));
		for (size_t i = 0; i < GUARDED; i++) {
			struct indicator e = any_entry(&never, &seed);

			/* a single label makes the guard look at every name: in some rounds only */
			if (round % 4 && e.kind == CORDON_INDICATOR_DOMAIN && !strchr(indicator_value(&never, &e), '.'))
				continue;
			assert_int_equal(vec_push(&never.v, e), 0);
		}
		for (size_t i = 0; i < GUARD_TRIES; i++)
			assert_int_equal(vec_push(&in.v, any_entry(&in, &seed)), 0);
		before.text = (typeof(before.text)){in.text.data, in.text.len, in.text.cap};
		for (size_t i = 0; i < GUARD_TRIES; i++)
			assert_int_equal(vec_push(&before.v, in.v.data[i]), 0);
		assert_true(indicators_except(&in, &never, mark_out, out) >= 0);
		in.v.len = GUARD_TRIES;
		for (size_t i = 0; i < GUARD_TRIES; i++) {
			bool must = false;

			for (size_t g = 0; g < never.v.len; g++)
				must |= touches(&never, &never.v.data[g], &before, &before.v.data[i]);
			assert_int_equal(must, out[i]);
			n_out += must;
		}
		vec_done(&before.v);
		indicators_done(&never);
		indicators_done(&in);
	}
	assert_in_range(n_out, GUARD_TRIES, 7 * GUARD_TRIES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exception_speaks_for_its_own_feed_only),
		cmocka_unit_test(what_has_ended_leaves_the_set),
		cmocka_unit_test(around_an_entry_is_what_covers_it),
		cmocka_unit_test(what_no_feed_may_list_says_why),
		cmocka_unit_test(users_category_holds),
		cmocka_unit_test(known_feeds_are_whole),
		cmocka_unit_test(list_of_a_first_run_is_read_whole),
		cmocka_unit_test(guards_take_away_what_any_feed_lists),
		cmocka_unit_test(guard_takes_out_what_touches_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
