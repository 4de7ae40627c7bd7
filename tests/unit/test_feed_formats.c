// SPDX-License-Identifier: BSD-2-Clause
/* What each feed format makes of a text: entries, marks, confidence, dates, and the name of each refusal. */
#include "unit/feed.h"

#include "base/cleanup.h"

static void urls_have_one_form(void **state)
{
	(void)state;
	check("plain",
	      "HTTP://Evil.Example:80/Path?q#frag\nhttps://evil.example:443/x\nhttp://"
	      "198.18.0.1:8080/a\nhttp://[2001:2::1]/b\n"
	      "http://evil.example\nhxxp://bad[.]example/y\nhttp://b\xc3\xbc"
	      "cher.example/\xc3\xbc\nhttp://10.0.0.1/x\nftp://evil.example/x\nhttp://"
	      "u:p@evil.example/\n",
	      "http://evil.example/Path?q https://evil.example/x http://198.18.0.1:8080/a "
	      "http://[2001:2::1]/b evil.example "
	      "http://bad.example/y http://xn--bcher-kva.example/%C3%BC",
	      "url_scheme=1 url_malformed=1 private_space=1");
}

/* the examples of Web Risk's page that are about paths and addresses, and ours */
static void urls_are_canonical(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{"http://host.example/%25%32%35", "http://host.example/%25"},
		{"http://host.example/%25%32%35%25%32%35", "http://host.example/%25%25"},
		{"http://host.example/%2525252525252525", "http://host.example/%25"},
		{"http://host.example/asdf%25%32%35asd", "http://host.example/asdf%25asd"},
		{"http://host.example/%%%25%32%35asd%%", "http://host.example/%25%25%25asd%25%25"},
		{"http://www.google.example/blah/..", "http://www.google.example/"},
		{"http://www.google.example/a/./b/.", "http://www.google.example/a/b/"},
		{"http://www.google.example/a/..b/c.", "http://www.google.example/a/..b/c."},
		{"http://www.google.example/../../x.", "http://www.google.example/x."},
		{"http://host.example/twoslashes?more//slashes", "http://host.example/twoslashes?more//slashes"},
		{"http://host.example//a///b", "http://host.example/a/b"},
		{"http://evil.example/foo#bar#baz", "http://evil.example/foo"},
		{"http://evil.example/foo?bar;", "http://evil.example/foo?bar;"},
		{"http://www.evil.example/%01%80.com", "http://www.evil.example/%01%80.com"},
		{"http://notrailingslash.example?q", "http://notrailingslash.example/?q"},
		{"http://www.gotaport.example:1234/", "http://www.gotaport.example:1234/"},
		{"http://host.example/a%3Fb?c%3Fd", "http://host.example/a%3Fb?c?d"},
		{"http://host.example/a\tb", "http://host.example/ab"},
		{"http://3323068681/x", "http://198.18.1.9/x"},
		{"http://0xc6.022.1.9/x", "http://198.18.1.9/x"},
		{"http://[::ffff:198.18.1.9]/x", "http://198.18.1.9/x"},
	};
	char url[FEED_URL_BYTES + 1], again[FEED_URL_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		assert_int_equal(url_canonical(t[i].in, strlen(t[i].in), url), 0);
		assert_string_equal(url, t[i].out);
		assert_int_equal(url_canonical(url, strlen(url), again), 0);
		assert_string_equal(again, url);
	}
}

static void a_url_that_is_too_long_is_none(void **state)
{
	char in[FEED_URL_BYTES + 2] = "http://a.example/", url[FEED_URL_BYTES + 1];

	(void)state;
	memset(in + strlen(in), 'x', sizeof(in) - strlen(in) - 1);
	assert_int_equal(url_canonical(in, FEED_URL_BYTES, url), 0);
	assert_int_equal(strlen(url), FEED_URL_BYTES);
	assert_int_equal(url_canonical(in, FEED_URL_BYTES + 1, url), -EINVAL);
}

static void the_host_of_a_url_is_as_in_a_host_field(void **state)
{
	char host[256];

	(void)state;
	assert_true(url_host("http://a.example:8080/x", host));
	assert_string_equal(host, "a.example");
	assert_true(url_host("http://[2001:2::1]:81/x", host));
	assert_string_equal(host, "2001:2::1");
	assert_false(url_host("https://a.example/x", host)); /* its requests are not to be seen */
}

static void adblock_reads_names_and_counts_the_rest(void **state)
{
	(void)state;
	check("adblock",
	      "[Adblock Plus]\n! "
	      "c\n||a.example^\n||b.example^$important,all\n||c.example^$third-party\n@@||ok.a."
	      "example^\n"
	      "example.com##.ad\n||d.example/path^\n/regex[0-9]/"
	      "\n||e.*.example^\nbare.example\n0.0.0.0 exact.example\n"
	      "||198.18.0.1^\n||com^\n# plain comment\n",
	      "*.a.example *.b.example !*.ok.a.example *.bare.example exact.example 198.18.0.1",
	      "single_label=1 cosmetic_rule=1 url_pattern=3 option_unsupported=1");
}

static void dnsmasq_blocks_what_is_sent_nowhere(void **state)
{
	(void)state;
	check("dnsmasq",
	      "address=/a.example/b.example/0.0.0.0\naddress=/c.example/::\naddress=/d.example/"
	      "#\nserver=/e.example/\nlocal=/f.example/\n"
	      "address=/g.example/198.18.0.1\nserver=/h.example/198.18.0.1\nserver=/ok.a.example/"
	      "#\nno-resolv\n",
	      "*.a.example *.b.example *.c.example *.d.example *.e.example *.f.example "
	      "!*.ok.a.example",
	      "redirect=1 unknown_directive=1 forward=1");
}

static void rpz_keeps_the_action_as_a_mark(void **state)
{
	(void)state;
	check("rpz",
	      "$TTL 300\n@ SOA localhost. root.localhost. (\n 1 2\n 3 4 5 )\n  NS "
	      "localhost.\na.example CNAME .\n*.a.example CNAME .\n"
	      "b.example 60 IN CNAME *. ; c\nok.a.example CNAME rpz-passthru.\n"
	      "d.example CNAME "
	      "rpz-drop.\ne.example CNAME rpz-tcp-only.\n"
	      "f.example A 198.18.0.1\ng.example CNAME garden.example.\n24.0.0.18.198.rpz-ip CNAME "
	      ".\n48.zz.2.2001.rpz-ip CNAME .\n"
	      "ns.example.rpz-nsdname CNAME .\n32.1.0.0.10.rpz-client-ip CNAME .\n*.zip CNAME "
	      ".\nh.example LOC x\n",
	      "a.example *.a.example b.example !ok.a.example d.example ?e.example^ ?f.example^ "
	      "?g.example^ 198.18.0.0/24 "
	      "2001:2::/48 ns.example^",
	      "single_label=1 zone_type=1 client_trigger=1");
}

static void rpz_owners_below_the_origin_lose_it(void **state)
{
	(void)state;
	check("rpz",
	      "rpz.local. 300 IN SOA ns.rpz.local. root.rpz.local. 1 2 3 4 5\nrpz.local. IN NS "
	      "ns.rpz.local.\n"
	      "evil.example.rpz.local. 300 IN CNAME .\nother.example. CNAME .\n",
	      "evil.example", "zone_syntax=1");
}

static void iprep_score_is_the_confidence(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, "iprep",
	      "198.18.0.1,1,127\n198.18.0.0/"
	      "24,2,20\n198.18.0.9,3,0\n198.18.0.2,61,1\n10.0.0.1,1,1\n");
	entries(&p, "198.18.0.1 ?198.18.0.0/24 !?198.18.0.9");
	reasons(&p, "private_space=1 bad_score=1");
	assert_int_equal(p.in.v.data[0].confidence, 100);
	assert_string_equal(indicator_category(&p.in, &p.in.v.data[1]), "iprep-2");
	done(&p);
}

static void dataset_strings_are_base64(void **state)
{
	(void)state;
	/* evil.example, .bad.example, an MD5 in hex, a word */
	check("dataset",
	      "ZXZpbC5leGFtcGxl\nLmJhZC5leGFtcGxl,7\n01457c58fd459cb382e850ae15141a81\n!!\n",
	      "evil.example *.bad.example", "file_hash=1 bad_base64=1");
}

static void ipset_members_are_values(void **state)
{
	(void)state;
	check("ipset",
	      "create x hash:net family inet\nadd x 198.18.0.1 timeout 60\nadd x "
	      "198.18.1.0/24\nadd x 10.0.0.1\n",
	      "198.18.0.1 198.18.1.0/24", "private_space=1");
}

static void csv_takes_what_stands_beside_the_value(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, "csv",
	      "# "
	      "\"first_seen_utc\",\"ioc_value\",\"ioc_type\",\"threat_type\",\"confidence_level\"\n"
	      "\"2025-12-31 23:59:59\", \"198.18.0.1:443\", \"ip:port\", \"botnet_cc\", \"100\"\n"
	      "\"2025-12-31 23:59:59\", \"evil.example\", \"domain\", \"payload_delivery\", "
	      "\"25\"\n");
	entries(&p, "198.18.0.1 ?*.evil.example");
	assert_int_equal(p.in.v.data[0].first_seen_s, NOW_S - 1);
	assert_int_equal(p.in.v.data[0].confidence, 100);
	assert_string_equal(indicator_category(&p.in, &p.in.v.data[0]), "botnet_cc");
	assert_string_equal(indicator_category(&p.in, &p.in.v.data[1]), "payload_delivery");
	done(&p);
}

static void csv_values_may_have_a_scope_in_front(void **state)
{
	(void)state;
	check("csv", "id,source,ip,reason,action,country\n1,cscli,Ip:198.18.0.1,manual,ban,\n2,cscli,Range:198.18.1.0/24,manual,ban,\n",
	      "198.18.0.1 198.18.1.0/24", "");
}

static void crowdsec_decisions_end(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, "crowdsec",
	      "{\"new\":[{\"scope\":\"Ip\",\"value\":\"198.18.0.1\",\"type\":\"ban\",\"duration\":"
	      "\"1h0m1.5s\",\"scenario\":\"ssh\"},"
	      "{\"scope\":\"Ip\",\"value\":\"198.18.0.2\",\"type\":\"captcha\",\"duration\":\"1h\"}"
	      ","
	      "{\"scope\":\"Country\",\"value\":\"XX\",\"type\":\"ban\",\"duration\":\"1h\"},"
	      "{\"scope\":\"Ip\",\"value\":\"198.18.0.3\",\"type\":\"ban\",\"duration\":\"-1h\"}],"
	      "\"deleted\":[{\"scope\":\"Ip\",\"value\":\"198.18.0.4\",\"type\":\"ban\","
	      "\"duration\":\"1h\"}]}");
	entries(&p, "198.18.0.1 ?198.18.0.2");
	reasons(&p, "deleted=1 scope_unsupported=1 expired=1");
	assert_int_equal(p.in.v.data[0].expires_ns, (NOW_S + 3601) * 1000000000ULL);
	done(&p);
}

static void crowdsec_decisions_that_are_no_bans_ban_nobody(void **state)
{
	(void)state;
	check("crowdsec",
	      "[{\"scope\":\"Range\",\"value\":\"198.18.4.0/24\",\"type\":\"ban\",\"simulated\":false},"
	      "{\"scope\":\"Ip\",\"value\":\"198.18.4.9\",\"type\":\"whitelist\"},"
	      "{\"scope\":\"Ip\",\"value\":\"198.18.5.1\",\"type\":\"ban\",\"simulated\":true},"
	      "{\"scope\":\"Ip\",\"value\":\"198.18.5.2\",\"type\":\"throttle\"},"
	      "{\"scope\":\"Ip\",\"value\":\"198.18.5.3\",\"type\":\"greet\"}]",
	      "198.18.4.0/24 !198.18.4.9 ?198.18.5.1 ?198.18.5.2", "unknown_decision=1");
	check("csv",
	      "id,source,ip,reason,action,simulated\n1,cscli,Ip:198.18.0.1,manual,ban,false\n2,cscli,Ip:198.18.0.2,manual,allow,false\n"
	      "3,cscli,Ip:198.18.0.3,manual,greet,false\n4,cscli,Ip:198.18.0.4,manual,ban,true\n",
	      "198.18.0.1 !198.18.0.2 ?198.18.0.4", "unknown_decision=1");
}

static void misp_counts_attributes_for_detection_only(void **state)
{
	(void)state;
	check("misp",
	      "{\"Event\":{\"threat_level_id\":\"1\",\"Attribute\":[{\"type\":\"domain|ip\","
	      "\"value\":\"a.example|198.18.0.1\",\"to_ids\":true},"
	      "{\"type\":\"hostname\",\"value\":\"h.example\",\"to_ids\":true},{\"type\":\"ip-dst|"
	      "port\",\"value\":\"198.18.0.2|80\",\"to_ids\":true},"
	      "{\"type\":\"domain\",\"value\":\"n.example\",\"to_ids\":false},{\"type\":\"md5\","
	      "\"value\":\"x\",\"to_ids\":true},"
	      "{\"type\":\"domain\",\"value\":\"d.example\",\"to_ids\":true,\"deleted\":true}],"
	      "\"Object\":[{\"Attribute\":[{\"type\":\"url\",\"value\":\"http://o.example/"
	      "\\u0061\",\"to_ids\":true}]}]}}",
	      "*.a.example 198.18.0.1 h.example 198.18.0.2 http://o.example/a",
	      "not_to_ids=1 type_not_on_wire=1 deleted=1");
}

/* clang-format off */
#define INDICATOR(more) "{\"type\":\"indicator\",\"id\":\"indicator--1\"," more "}"
#define NAME_IS(name) "domain-name:value = '" name "'"
#define PATTERN(text) "\"pattern\":\"[" text "]\""
/* clang-format on */

static void stix_reads_equality_joined_by_or(void **state)
{
	static const char text[] =
		"{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":["
		INDICATOR(PATTERN(NAME_IS("a.example") " OR (ipv4-addr:value='198.18.0.1')] OR [ipv6-addr:value = '2001:2::1'")) ","
		INDICATOR(PATTERN("ipv4-addr:value = '198.18.0.2' AND " NAME_IS("b.example"))) ","
		INDICATOR(PATTERN("domain-name:value LIKE '%.example'")) ","
		INDICATOR(PATTERN("file:hashes.'SHA-256' = 'ab' OR " NAME_IS("c.example"))) ","
		INDICATOR(PATTERN(NAME_IS("r.example")) ",\"revoked\":true") ","
		INDICATOR(PATTERN(NAME_IS("x.example")) ",\"valid_until\":\"2025-12-31T23:00:00Z\"") ","
		INDICATOR(PATTERN(NAME_IS("y.example")) ",\"valid_from\":\"2026-01-01T01:00:00+00:30\"") ","
		INDICATOR(PATTERN(NAME_IS("l.example")) ",\"confidence\":10") ","
		INDICATOR("\"pattern\":\"alert ip\",\"pattern_type\":\"suricata\"") "]}";

	(void)state;
	check("stix", text, "*.a.example 198.18.0.1 2001:2::1 *.c.example ?*.l.example",
	      "type_not_on_wire=1 revoked=1 expired=1 not_yet_valid=1 pattern_type=1 stix_pattern=2");
}

/* a value narrowed by ports is more than was asked for, so it alerts only; two values at once are refused */
static void stix_value_and_ports_alerts_only(void **state)
{
	static const char text[] =
		"{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":["
		INDICATOR(PATTERN("ipv4-addr:value = '198.18.0.1' AND network-traffic:dst_port = 443")) ","
		INDICATOR(PATTERN("network-traffic:protocols[0] = 'tcp' AND network-traffic:dst_port=81 AND " NAME_IS("a.example"))) ","
		INDICATOR(PATTERN("network-traffic:dst_port = 443")) ","
		INDICATOR(PATTERN("ipv4-addr:value = '198.18.0.2' AND network-traffic:dst_port > 443")) ","
		INDICATOR(PATTERN("ipv4-addr:value = '198.18.0.3' AND network-traffic:dst_port = 443 OR " NAME_IS("b.example"))) "]}";

	(void)state;
	check("stix", text, "?198.18.0.1 ?*.a.example", "stix_pattern=3");
}

static void json_records_and_lists(void **state)
{
	(void)state;
	check("json",
	      "{\"cidr\":\"198.18.0.0/"
	      "24\",\"sblid\":\"X\"}\n{\"type\":\"metadata\",\"records\":1}\n",
	      "198.18.0.0/24", "");
	check("json",
	      "{\"7\":[{\"url\":\"http://e.example/"
	      "x\",\"threat\":\"malware_download\",\"tags\":[\"elf\"]}]}",
	      "http://e.example/x", "");
	check("json", "[\"198.18.0.1\",\"evil.example\",\"word\"]", "198.18.0.1 *.evil.example",
	      "single_label=1");
	check("json",
	      "[{\"asn\":1,\"domain\":\"isp.example\"},{\"ip_address\":\"198.18.0.2\"},{\"note\":"
	      "\"x\"}]",
	      "198.18.0.2", "no_indicator=1 autonomous_system=1");
}

static void broken_json_takes_nothing(void **state)
{
	static const char good[] = "[{\"ip\":\"198.18.0.1\"},{\"ip\":\"198.18.0.2\"}]";

	(void)state;
	for (size_t n = 2; n + 1 < sizeof(good); n++) {
		struct indicators in = {0};
		struct feed_report rep = {0};
		int r = feed_parse("json", good, n, &opts, &in, &rep);

		assert_int_equal(r, -EINVAL);
		assert_int_equal(in.v.len, 0);
		assert_int_equal(rep.refusals.data[0].code, FEED_JSON_SYNTAX);
		indicators_done(&in);
		feed_report_done(&rep);
	}
	check("json", "[{\"ip\":\"198.18.0.1\"},{\"ip\":\"198.18.0.2\",}]", "", "json_syntax=1");
}

static void warning_list_is_no_feed(void **state)
{
	(void)state;
	check("json",
	      "{\"name\":\"x\",\"matching_attributes\":[\"domain\"],\"type\":\"hostname\",\"list\":"
	      "[\"google.com\"]}",
	      "", "filter_list=1");
}

/* texts that end where a format looks for more; each in memory of exactly its size, for the sanitizers */
static void text_that_ends_early_is_not_read_beyond(void **state)
{
	static const char *const texts[][2] = {{"dnsmasq", "address="}, {"dnsmasq", "server=/"}, {"adblock", "*"},
					       {"adblock", "||*"},      {"rpz", "a CNAME"},	 {"stix", "[{"}};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t len = strlen(texts[i][1]);
		char *text = malloc(len);
		struct indicators in = {0};
		struct feed_report rep = {0};

		memcpy(text, texts[i][1], len);
		assert_int_equal(feed_parse(texts[i][0], text, len, &opts, &in, &rep), -EINVAL);
		assert_int_equal(rep.refused, 1);
		free(text);
		indicators_done(&in);
		feed_report_done(&rep);
	}
}

static void times_are_read_without_a_time_zone(void **state)
{
	static const struct {
		const char *text;
		uint64_t s;
	} cases[] = {{"1970-01-02", 86400},
		     {"2026-01-01T00:00:00.123Z", NOW_S},
		     {"2026-01-01 02:00:00+02:00", NOW_S},
		     {"2024-02-29 12:00:00 UTC", 1709208000},
		     {"1767225600", NOW_S},
		     {"never", 0},
		     {"2026-13-01", 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			feed_time_ns((struct feed_text){cases[i].text, strlen(cases[i].text)}),
			cases[i].s * 1000000000ULL);
}

static void dshield_columns_are_one_prefix(void **state)
{
	(void)state;
	check("dshield",
	      "# c\nStart\tEnd\tNetmask\tAttacks\tName\tCountry\temail\n198.18.1.0\t198.18.1.255\t24\t9\tA B\tZZ\tx@y\n"
	      "198.18.2.0\t198.18.2.0\t32\t9\tC\tZZ\t\n198.18.4.0\t198.18.5.255\t24\t9\tD\tZZ\t\n198.18.7.0\n",
	      "198.18.1.0/24 198.18.2.0", "range_columns=1 missing_column=1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_have_one_form),
		cmocka_unit_test(urls_are_canonical),
		cmocka_unit_test(a_url_that_is_too_long_is_none),
		cmocka_unit_test(the_host_of_a_url_is_as_in_a_host_field),
		cmocka_unit_test(adblock_reads_names_and_counts_the_rest),
		cmocka_unit_test(dnsmasq_blocks_what_is_sent_nowhere),
		cmocka_unit_test(rpz_keeps_the_action_as_a_mark),
		cmocka_unit_test(rpz_owners_below_the_origin_lose_it),
		cmocka_unit_test(iprep_score_is_the_confidence),
		cmocka_unit_test(dataset_strings_are_base64),
		cmocka_unit_test(ipset_members_are_values),
		cmocka_unit_test(csv_takes_what_stands_beside_the_value),
		cmocka_unit_test(csv_values_may_have_a_scope_in_front),
		cmocka_unit_test(crowdsec_decisions_end),
		cmocka_unit_test(crowdsec_decisions_that_are_no_bans_ban_nobody),
		cmocka_unit_test(misp_counts_attributes_for_detection_only),
		cmocka_unit_test(stix_reads_equality_joined_by_or),
		cmocka_unit_test(stix_value_and_ports_alerts_only),
		cmocka_unit_test(json_records_and_lists),
		cmocka_unit_test(broken_json_takes_nothing),
		cmocka_unit_test(warning_list_is_no_feed),
		cmocka_unit_test(text_that_ends_early_is_not_read_beyond),
		cmocka_unit_test(times_are_read_without_a_time_zone),
		cmocka_unit_test(dshield_columns_are_one_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
