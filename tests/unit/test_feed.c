// SPDX-License-Identifier: BSD-2-Clause
/* Feed text to indicators: plain lists, hosts files and CSV, what is refused and why, merging, guarding. */
#include "unit/unit.h"

#include "feed/parse.h"

static const struct feed_opts opts = {
	.name = "test", .action = CORDON_ACTION_DROP, .confidence = 80};

struct parsed {
	struct indicators in;
	struct feed_report rep;
	int r;
};

static void parse_n(struct parsed *p, const char *format, const char *text, size_t len)
{
	memset(p, 0, sizeof(*p));
	p->r = feed_parse(format, text, len, &opts, &p->in, &p->rep);
}

static void parse(struct parsed *p, const char *format, const char *text)
{
	parse_n(p, format, text, strlen(text));
}

static void done(struct parsed *p)
{
	indicators_done(&p->in);
	feed_report_done(&p->rep);
}

/* entry @i as text: a prefix, a name, "*.name" when it covers what is below */
static const char *entry(const struct parsed *p, size_t i)
{
	static char text[300];
	const struct indicator *e;

	assert_true(i < p->in.v.len);
	e = &p->in.v.data[i];
	if (e->kind != CORDON_INDICATOR_DOMAIN)
		return prefix_str(text, sizeof(text), &e->prefix);
	snprintf(text, sizeof(text), "%s%s", e->flags & CORDON_THREAT_SUBDOMAINS ? "*." : "",
		 p->in.text.data + e->text);
	return text;
}

/* @text in @format (NULL: detected) must give exactly these entries */
static void check(const char *format, const char *expect_format, const char *text,
		  const char *const *expect)
{
	struct parsed p;
	size_t n = 0;

	parse(&p, format, text);
	assert_int_equal(p.r, 0);
	assert_string_equal(p.rep.format, expect_format);
	for (; expect[n]; n++)
		assert_string_equal(entry(&p, n), expect[n]);
	assert_int_equal(p.in.v.len, n);
	done(&p);
}

#define EXPECT(...) ((const char *const[]){__VA_ARGS__, NULL})

/* the one value is refused, and the reason has @why in it */
static void check_refused(const char *value, const char *why)
{
	struct parsed p;

	parse(&p, "plain", value);
	assert_int_equal(p.r, -EINVAL);
	assert_int_equal(p.rep.refusals.len, 1);
	assert_int_equal(p.rep.refusals.data[0].line, 1);
	if (!strstr(p.rep.refusals.data[0].reason, why))
		fail_msg("%s: '%s' does not say '%s'", value, p.rep.refusals.data[0].reason, why);
	assert_int_equal(p.in.v.len, 0);
	assert_int_equal(p.in.feeds.len, 0);
	done(&p);
}

/* --- plain --- */

static void plain_reads_addresses_prefixes_and_names(void **state)
{
	(void)state;
	check(NULL, "plain", "198.18.0.1\n198.18.4.0/22\n2a12:2640::/29\n2001:2::1\nevil.example\n",
	      EXPECT("198.18.0.1", "198.18.4.0/22", "2a12:2640::/29", "2001:2::1",
		     "*.evil.example"));
}

static void plain_reads_over_comments_marks_ports_and_counts(void **state)
{
	(void)state;
	check(NULL, "plain",
	      "\xef\xbb\xbf# head\r\n; more\r\n\r\n198.18.0.1:443\r\n 198.18.0.2\t10\r\n198.18.0.3 "
	      "# why\r\n"
	      "198.18.0.4;x\r\n[2001:2::1]:80\r\n[2001:2::2]\r\nevil.example:8443 // "
	      "c2\r\n*.wild.example\n.dot.example",
	      EXPECT("198.18.0.1", "198.18.0.2", "198.18.0.3", "198.18.0.4", "2001:2::1",
		     "2001:2::2", "*.evil.example", "*.wild.example", "*.dot.example"));
}

static void plain_splits_a_range_into_prefixes(void **state)
{
	(void)state;
	check("plain", "plain",
	      "198.18.9.10-198.18.9.20\n198.18.10.0 - 198.18.10.255\n198.19.255.255-198.19.255.255",
	      EXPECT("198.18.9.10/31", "198.18.9.12/30", "198.18.9.16/30", "198.18.9.20",
		     "198.18.10.0/24", "198.19.255.255"));
}

static void names_become_canonical(void **state)
{
	(void)state;
	check("plain", "plain",
	      "EVIL.Example.\nb\xc3\xbc"
	      "cher.example\nunder_score.example\nfa\xc3\x9f.example",
	      EXPECT("*.evil.example", "*.xn--bcher-kva.example", "*.under_score.example",
		     "*.xn--fa-hia.example"));
}

static void name_shared_by_strangers_is_listed_without_what_is_below(void **state)
{
	(void)state;
	check("plain", "plain", "github.io\nbad.github.io\n",
	      EXPECT("github.io", "*.bad.github.io"));
}

static void host_bits_are_cleared(void **state)
{
	(void)state;
	check("plain", "plain", "198.18.7.9/24\n2001:2::5/64",
	      EXPECT("198.18.7.0/24", "2001:2::/64"));
}

static void what_must_not_be_listed_is_refused_with_the_reason(void **state)
{
	static const char *const cases[][2] = {
		{"10.1.2.3", "private"},
		{"172.31.0.1", "private"},
		{"192.168.1.1", "private"},
		{"127.0.0.1", "loopback"},
		{"169.254.1.1", "link-local"},
		{"100.64.0.1", "carrier NAT"},
		{"0.0.0.0", "this network"},
		{"224.0.0.1", "multicast"},
		{"255.255.255.255", "reserved"},
		{"192.0.2.7", "documentation"},
		{"198.51.100.7", "documentation"},
		{"203.0.113.7", "documentation"},
		{"0.0.0.0/0", "shorter than /8"},
		{"64.0.0.0/7", "shorter than /8"},
		{"192.0.0.0/8", "192.0.0.0/24"},
		{"172.0.0.0/8", "private"},
		{"9.0.0.0-11.0.0.0", "private"},
		{"::1", "loopback"},
		{"::", "unspecified"},
		{"fe80::1", "link-local"},
		{"fd00::1", "unique local"},
		{"ff02::1", "multicast"},
		{"2001:db8::1", "documentation"},
		{"2000::/3", "shorter than /19"},
		{"64:ff9b::1.2.3.4", "NAT64"},
		{"4000::1", "not global unicast"},
		{"::ffff:10.0.0.1", "private"},
		{"com", "single label"},
		{"co.uk", "public suffix"},
		{"printer.local", "local name"},
		{"1.0.0.10.in-addr.arpa", "local name"},
		{"ftp://evil.example/x", "neither http nor https"},
		{"http://user@evil.example/x", "password"},
		{"http://10.0.0.1/x", "private"},
		{"d41d8cd98f00b204e9800998ecf8427e", "hash"},
		{"evil.example/x", "URL without"},
		{"198.18.0.1/x", "URL without"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_refused(cases[i][0], cases[i][1]);
}

static void broken_values_are_refused(void **state)
{
	static const char *const cases[] = {
		"198.18.0.256",
		"198.18.0",
		"198.18.0.01",
		"198.18.0.1/33",
		"198.18.0.1/",
		"198.18.0.1-",
		"198.18.0.1-9",
		"1.2.3.4.5",
		"198.18.0.9-198.18.0.1",
		"2001:2:::1",
		"2001:2::1/129",
		"[2001:2::1",
		"[2001:2::1]x",
		"[2001:2::1]:99999",
		"a..example",
		"-",
		"evil example",
		"evil.ex\x01mple",
		"evil.example:x",
		"\xff\xfe.example",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
		"evil.123",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_refused(cases[i], ":");
}

static void longest_name_fits_and_one_more_does_not(void **state)
{
	char name[300];
	char out[256];

	(void)state;
	memset(name, 'a', sizeof(name));
	for (size_t i = 50; i < 253; i += 51)
		name[i] = '.';
	assert_int_equal(domain_canonical(name, 253, out, sizeof(out)), 0);
	assert_int_equal(domain_canonical(name, 254, out, sizeof(out)), -EINVAL);
	assert_int_equal(domain_canonical(name, 253, out, 253), -EINVAL);
	assert_int_equal(domain_canonical("", 0, out, sizeof(out)), -EINVAL);
	assert_int_equal(domain_canonical(".", 1, out, sizeof(out)), -EINVAL);
}

static void bad_line_is_named_and_the_rest_still_loads(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, NULL, "198.18.0.1\n198.18.0.2\nnonsense here\n198.18.0.3\n");
	assert_int_equal(p.r, 0);
	assert_int_equal(p.rep.lines, 4);
	assert_int_equal(p.rep.accepted, 3);
	assert_int_equal(p.rep.refused, 1);
	assert_int_equal(p.rep.refusals.data[0].line, 3);
	assert_int_equal(p.in.v.data[2].line, 4);
	assert_int_equal(p.in.v.data[2].action, CORDON_ACTION_DROP);
	assert_int_equal(p.in.v.data[2].confidence, 80);
	done(&p);
}

static void line_longer_than_the_limit_is_refused(void **state)
{
	size_t len = CORDON_FEED_LINE + 100;
	char *text = malloc(len);
	struct parsed p;

	(void)state;
	memset(text, 'a', len);
	memcpy(text, "198.18.0.1\n", 11);
	memcpy(text + len - 12, "\n198.18.0.2\n", 12);
	parse_n(&p, "plain", text, len);
	assert_int_equal(p.r, 0);
	assert_int_equal(p.rep.accepted, 2);
	assert_non_null(strstr(p.rep.refusals.data[0].reason, "64 KiB"));
	done(&p);
	free(text);
}

static void refusals_kept_are_bounded_but_counted(void **state)
{
	struct parsed p;
	size_t n = CORDON_FEED_REFUSALS + 50;
	char *text = malloc(n * 9 + 12), *at = text;

	(void)state;
	at += sprintf(at, "198.18.0.1\n");
	for (size_t i = 0; i < n; i++)
		at += sprintf(at, "10.0.0.1\n");
	parse(&p, "plain", text);
	assert_int_equal(p.rep.refused, n);
	assert_int_equal(p.rep.refusals.len, CORDON_FEED_REFUSALS);
	done(&p);
	free(text);
}

/* --- hosts --- */

static void hosts_lists_names_only_and_not_what_is_below(void **state)
{
	(void)state;
	check(NULL, "hosts",
	      "127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\nfe80::1%lo0 localhost\n"
	      "0.0.0.0 a.example b.example # two\n127.0.0.1\tc.example\r\n:: d.example\n0.0.0.0 "
	      "0.0.0.0\n",
	      EXPECT("a.example", "b.example", "c.example", "d.example"));
}

static void hosts_line_to_a_real_address_is_no_block(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, "hosts", "0.0.0.0 a.example\n198.18.0.1 b.example\n0.0.0.0\nc.example\n");
	assert_int_equal(p.r, 0);
	assert_int_equal(p.rep.accepted, 1);
	assert_int_equal(p.rep.refused, 3);
	assert_non_null(strstr(p.rep.refusals.data[0].reason, "real address"));
	assert_non_null(strstr(p.rep.refusals.data[1].reason, "no name"));
	assert_non_null(strstr(p.rep.refusals.data[2].reason, "address"));
	done(&p);
}

/* --- csv --- */

static void csv_finds_the_column_by_its_header(void **state)
{
	(void)state;
	check(NULL, "csv",
	      "# "
	      "Feed\n\"first_seen_utc\",\"dst_ip\",\"dst_port\"\n\"2026-01-01\",\"198.18.0.1\","
	      "\"443\"\n"
	      "\"2026-01-01\",\"198.18.0.2\",\"80\"\n",
	      EXPECT("198.18.0.1", "198.18.0.2"));
}

static void csv_header_may_be_a_comment(void **state)
{
	(void)state;
	check(NULL, "csv",
	      "# \"first_seen_utc\",\"ioc_id\",\"ioc_value\",\"ioc_type\"\n"
	      "\"2026\", \"1\", \"198.18.0.1:443\", \"ip:port\"\n\"2026\", \"2\", "
	      "\"evil.example\", \"domain\"\n",
	      EXPECT("198.18.0.1", "*.evil.example"));
}

static void csv_without_header_uses_the_column_with_values(void **state)
{
	(void)state;
	check(NULL, "csv", "1;x;198.18.0.1\n2;y;198.18.0.2\n3;z;evil.example\n",
	      EXPECT("198.18.0.1", "198.18.0.2", "*.evil.example"));
}

static void csv_quotes_hold_delimiters(void **state)
{
	(void)state;
	check("csv", "csv", "family,ip\n\"a, \"\"b\"\"\",198.18.0.1\n", EXPECT("198.18.0.1"));
}

static void csv_refuses_hashes_and_short_lines(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, NULL,
	      "type,ioc_value\nip,198.18.0.1\nmd5,01457c58fd459cb382e850ae15141a81\nurl,http://"
	      "e.example/\nip\n"
	      "ip,198.18.0.2\nip,198.18.0.3\nip,198.18.0.4\n");
	assert_int_equal(p.r, 0);
	assert_string_equal(p.rep.format, "csv");
	assert_int_equal(p.rep.accepted, 5);
	assert_int_equal(p.rep.refused, 2);
	assert_int_equal(p.rep.reasons[FEED_HASH], 1);
	assert_int_equal(p.rep.reasons[FEED_FEW_COLUMNS], 1);
	assert_int_equal(p.rep.refusals.data[1].line, 5);
	assert_non_null(strstr(p.rep.refusals.data[1].reason, "fewer columns"));
	done(&p);
}

/* --- no feed at all --- */

static void garbage_is_nothing_like_any_format(void **state)
{
	static const char *const garbage[] = {
		"<!DOCTYPE html>\n<html><head><title>502</title></head>\n<body>Bad "
		"Gateway</body></html>\n",
		"PK\x03\x04garbage\n",
		"not a feed\njust prose\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		struct parsed p;

		parse(&p, NULL, garbage[i]);
		assert_int_equal(p.r, -EINVAL);
		assert_int_equal(p.rep.refusals.data[0].line, 1);
		assert_non_null(
			strstr(p.rep.refusals.data[0].reason, "nothing like any known format"));
		done(&p);
	}
}

static void empty_and_unknown_format_are_told_apart(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, NULL, "");
	assert_int_equal(p.r, -ENODATA);
	done(&p);
	parse(&p, NULL, "# nothing today\r\n\n;\n");
	assert_int_equal(p.r, -ENODATA);
	done(&p);
	parse(&p, "csv", "# nothing today\n");
	assert_int_equal(p.r, -ENODATA);
	done(&p);
	parse(&p, "nosuch", "x");
	assert_int_equal(p.r, -ENOTSUP);
	done(&p);
}

static void every_prefix_of_a_feed_parses_or_fails_cleanly(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf# x,ip\r\n\"a\",[2001:2::1]:80,198.18.0.1-198.18.0.9\n0.0.0.0 "
		"b.example\n"
		"b\xc3\xbc"
		"cher.example;x\n1.2.3.4/24,\"\"\n";

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		static const char *const formats[] = {NULL, "plain", "hosts", "csv"};
		char *exact = malloc(n ? n : 1);

		memcpy(exact, text, n);
		for (size_t f = 0; f < 4; f++) {
			struct parsed p;

			parse_n(&p, formats[f], exact, n);
			assert_true(p.r == 0 || p.r == -EINVAL || p.r == -ENODATA);
			done(&p);
		}
		free(exact);
	}
}

static void spec_is_split_into_format_and_path(void **state)
{
	char format[32];
	const char *path;

	(void)state;
	feed_split("csv:a.csv", format, &path);
	assert_string_equal(format, "csv");
	assert_string_equal(path, "a.csv");
	feed_split("dir/a:b", format, &path);
	assert_string_equal(format, "auto");
	assert_string_equal(path, "dir/a:b");
	feed_split("a.txt", format, &path);
	assert_string_equal(format, "auto");
}

/* --- sets --- */

static void merge_keeps_the_stronger_and_remembers_the_other(void **state)
{
	const struct feed_opts alert = {
		.name = "a", .category = "c2", .action = CORDON_ACTION_ALERT, .confidence = 90};
	const struct feed_opts drop = {.name = "b", .action = CORDON_ACTION_DROP, .confidence = 10};
	const struct feed_opts observed = {
		.name = "o", .action = CORDON_ACTION_QUARANTINE, .observe = true};
	struct indicators a = {0}, b = {0}, o = {0}, all = {0};
	const struct indicators *sets[] = {&a, &b, &o};
	struct feed_report rep = {0};
	const char *ta = "198.18.0.1\nx.example\n198.18.0.1\n",
		   *tb = "0.0.0.0 x.example\n0.0.0.0 y.example\n", *to = "198.18.0.1\n";

	(void)state;
	assert_int_equal(feed_parse(NULL, ta, strlen(ta), &alert, &a, &rep), 0);
	assert_int_equal(feed_parse(NULL, tb, strlen(tb), &drop, &b, &rep), 0);
	assert_int_equal(feed_parse(NULL, to, strlen(to), &observed, &o, &rep), 0);
	assert_int_equal(indicators_merge(&all, sets, 3), 0);
	assert_int_equal(all.v.len, 3);
	assert_int_equal(all.v.data[0].action, CORDON_ACTION_ALERT); /* enforced beats observed */
	assert_int_equal(all.v.data[1].action, CORDON_ACTION_DROP);
	assert_int_equal(all.v.data[1].flags, CORDON_THREAT_SUBDOMAINS);
	assert_int_equal(all.v.data[1].feed, 1);
	assert_string_equal(all.text.data + all.v.data[1].text, "x.example");
	assert_string_equal(all.text.data + all.v.data[2].text, "y.example");
	assert_int_equal(all.also.len, 2);
	assert_int_equal(all.also.data[0].entry, 0);
	assert_int_equal(all.also.data[0].feed, 2);
	assert_int_equal(all.also.data[1].entry, 1);
	assert_int_equal(all.also.data[1].feed, 0);
	assert_int_equal(all.also.data[1].line, 2);
	assert_string_equal(all.feeds.data[2], "o");
	assert_string_equal(all.categories.data[0], "c2");
	indicators_done(&a);
	indicators_done(&b);
	indicators_done(&o);
	indicators_done(&all);
	feed_report_done(&rep);
}

static void never_block_takes_out_what_it_touches(void **state)
{
	struct parsed p, never;

	(void)state;
	parse(&p, "plain",
	      "198.18.0.1\n198.18.0.0/16\n198.18.1.1\n198.19.0.0/"
	      "24\n198.19.5.1\nbig.example\nwww.good.example\n"
	      "good.example\nother.example\ngood.example.net\n");
	parse(&never, "plain", "198.18.0.1\n198.19.5.0/24\ngood.example\nsmall.big.example\n");
	assert_int_equal(indicators_except(&p.in, &never.in, NULL, NULL), 6);
	assert_int_equal(p.in.v.len, 4);
	assert_string_equal(entry(&p, 0), "198.18.1.1");
	assert_string_equal(entry(&p, 1), "198.19.0.0/24");
	assert_string_equal(entry(&p, 2), "*.other.example");
	assert_string_equal(entry(&p, 3), "*.good.example.net");
	done(&p);
	done(&never);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_reads_addresses_prefixes_and_names),
		cmocka_unit_test(plain_reads_over_comments_marks_ports_and_counts),
		cmocka_unit_test(plain_splits_a_range_into_prefixes),
		cmocka_unit_test(names_become_canonical),
		cmocka_unit_test(name_shared_by_strangers_is_listed_without_what_is_below),
		cmocka_unit_test(host_bits_are_cleared),
		cmocka_unit_test(what_must_not_be_listed_is_refused_with_the_reason),
		cmocka_unit_test(broken_values_are_refused),
		cmocka_unit_test(longest_name_fits_and_one_more_does_not),
		cmocka_unit_test(bad_line_is_named_and_the_rest_still_loads),
		cmocka_unit_test(line_longer_than_the_limit_is_refused),
		cmocka_unit_test(refusals_kept_are_bounded_but_counted),
		cmocka_unit_test(hosts_lists_names_only_and_not_what_is_below),
		cmocka_unit_test(hosts_line_to_a_real_address_is_no_block),
		cmocka_unit_test(csv_finds_the_column_by_its_header),
		cmocka_unit_test(csv_header_may_be_a_comment),
		cmocka_unit_test(csv_without_header_uses_the_column_with_values),
		cmocka_unit_test(csv_quotes_hold_delimiters),
		cmocka_unit_test(csv_refuses_hashes_and_short_lines),
		cmocka_unit_test(garbage_is_nothing_like_any_format),
		cmocka_unit_test(empty_and_unknown_format_are_told_apart),
		cmocka_unit_test(every_prefix_of_a_feed_parses_or_fails_cleanly),
		cmocka_unit_test(spec_is_split_into_format_and_path),
		cmocka_unit_test(merge_keeps_the_stronger_and_remembers_the_other),
		cmocka_unit_test(never_block_takes_out_what_it_touches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
