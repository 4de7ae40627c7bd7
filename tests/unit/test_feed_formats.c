// SPDX-License-Identifier: BSD-2-Clause
/* What each feed format makes of a text: entries, marks, confidence, dates, and the name of each
 * refusal. */
#include "unit.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "feed/formats.h"
#include "feed/known.h"
#include "feed/parts.h"

#define NOW_S 1767225600ULL /* 2026-01-01 */

static struct feed_opts opts = {.name = "test",
				.action = CORDON_ACTION_DROP,
				.confidence = 80,
				.alert_below = 50,
				.now_ns = NOW_S * 1000000000ULL};

struct parsed {
	struct indicators in;
	struct feed_report rep;
	int r;
};

static void parse(struct parsed *p, const char *format, const char *text)
{
	memset(p, 0, sizeof(*p));
	p->r = feed_parse(NULL, text, strlen(text), &opts, &p->in, &p->rep);
	assert_string_equal(p->rep.format, format);
}

static void done(struct parsed *p)
{
	indicators_done(&p->in);
	feed_report_done(&p->rep);
}

/* the entries in order: "*.name" with all below it, "!" an exception, "?" an alert only, then mark
 */
static void entries(const struct parsed *p, const char *expect)
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
static void reasons(const struct parsed *p, const char *expect)
{
	struct strbuf b = {0};

	for (unsigned int i = 0; i < FEED_REASONS; i++)
		if (p->rep.reasons[i])
			strbuf_addf(&b, "%s%s=%llu", b.len ? " " : "", feed_reason_name(i),
				    (unsigned long long)p->rep.reasons[i]);
	assert_string_equal(b.s ? b.s : "", expect);
	strbuf_done(&b);
}

static void check(const char *format, const char *text, const char *expect, const char *refused)
{
	struct parsed p;

	parse(&p, format, text);
	entries(&p, expect);
	reasons(&p, refused);
	assert_int_equal(p.r, *expect ? 0 : -EINVAL);
	done(&p);
}

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

#define HEAD(n) "{\"cordon_bundle\":1,\"name\":\"x\",\"version\":7,\"entries\":" n "}\n"

static void bundle_entries_keep_what_they_were(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, "bundle",
	      HEAD("5") "{\"value\":\"evil.example\",\"subdomains\":true,\"category\":\"c2\",\"confidence\":90,"
			"\"first_seen\":\"2025-12-01T00:00:00Z\",\"expires\":\"2026-06-01T00:00:00Z\"}\n"
			"{\"value\":\"198.18.0.0/24\",\"action\":\"alert\"}\n"
			"{\"value\":\"ok.evil.example\",\"mark\":\"exception\"}\n"
			"{\"value\":\"10.0.0.1\"}\n{\"value\":\"198.18.9.9\",\"expires\":\"2025-01-01T00:00:00Z\"}\n");
	assert_int_equal(p.r, 0);
	assert_int_equal(p.rep.version, 7);
	entries(&p, "*.evil.example ?198.18.0.0/24 !ok.evil.example");
	reasons(&p, "private_space=1 expired=1");
	assert_int_equal(p.in.v.data[0].confidence, 90);
	assert_int_equal(p.in.v.data[0].first_seen_s, 1764547200);
	assert_int_equal(p.in.v.data[0].expires_ns, 1780272000 * 1000000000ULL);
	assert_string_equal(indicator_category(&p.in, &p.in.v.data[0]), "c2");
	done(&p);
}

static void bundle_that_is_not_whole_is_refused(void **state)
{
	(void)state;
	check("bundle", HEAD("2") "{\"value\":\"evil.example\"}\n", "", "bundle_count=1");
	check("bundle", HEAD("1") HEAD("1") "{\"value\":\"evil.example\"}\n", "", "bundle_head=1");
	check("bundle", "{\"value\":\"evil.example\"}\n" HEAD("1"), "", "bundle_head=1");
	check("bundle", "{\"cordon_bundle\":2,\"version\":1,\"entries\":0}\n", "", "bundle_head=1");
}

/* an action or mark of a later version is not taken for more than an alert, and a guard is no affair of a bundle */
static void bundle_of_a_later_version_asks_for_no_more(void **state)
{
	(void)state;
	check("bundle", HEAD("2") "{\"value\":\"a.example\",\"action\":\"explode\"}\n{\"value\":\"b.example\",\"mark\":\"guard\"}\n",
	      "?a.example b.example", "");
}

static void a_bundle_is_read_as_it_was_written(void **state)
{
	const struct feed_opts o = {.name = "x", .action = CORDON_ACTION_QUARANTINE, .now_ns = NOW_S * 1000000000ULL};
	struct parsed p, again = {0};
	_cleanup_free_ char *text = NULL;
	size_t len;
	int fd = memfd_create("bundle", 0);

	(void)state;
	parse(&p, "bundle", HEAD("3") "{\"value\":\"e.example\",\"subdomains\":true,\"confidence\":80,\"category\":\"c2\"}\n"
			    "{\"value\":\"http://f.example/x?y\",\"expires\":\"2026-06-01T00:00:00Z\"}\n"
			    "{\"value\":\"g.e.example\",\"mark\":\"exception\"}\n");
	assert_int_equal(feed_bundle_write(fd, &p.in, "x", 8, o.now_ns), 0);
	assert_int_equal(file_read_fd(fd, 1 << 20, &text, &len), 0);
	assert_int_equal(feed_parse("bundle", text, len, &o, &again.in, &again.rep), 0);
	assert_int_equal(again.rep.version, 8);
	assert_int_equal(again.in.v.len, p.in.v.len);
	for (size_t i = 0; i < p.in.v.len; i++) {
		const struct indicator *a = &p.in.v.data[i], *b = &again.in.v.data[i];

		assert_string_equal(indicator_value(&p.in, a), indicator_value(&again.in, b));
		assert_string_equal(indicator_category(&p.in, a), indicator_category(&again.in, b));
		assert_int_equal(a->kind, b->kind);
		assert_int_equal(a->action, b->action);
		assert_int_equal(a->confidence, b->confidence);
		assert_int_equal(a->flags, b->flags);
		assert_int_equal(a->mark, b->mark);
		assert_int_equal(a->expires_ns, b->expires_ns);
	}
	close(fd);
	done(&p);
	done(&again);
}

static void warned(const char *type, const char *list, const char *expect, const char *refused)
{
	struct parsed p = {0};
	char text[1024];

	snprintf(text, sizeof(text), "{\"name\":\"n\",\"list\":[%s],\"matching_attributes\":[\"ip-dst\"],\"type\":\"%s\"}", list, type);
	p.r = feed_parse("warninglist", text, strlen(text), &opts, &p.in, &p.rep);
	assert_int_equal(p.r, *expect ? 0 : -EINVAL);
	for (size_t i = 0; i < p.in.v.len; i++) {
		assert_int_equal(p.in.v.data[i].mark, FEED_MARK_GUARD);
		p.in.v.data[i].mark = 0;
	}
	entries(&p, expect);
	reasons(&p, refused);
	done(&p);
}

static void warning_list_guards_by_its_type(void **state)
{
	(void)state;
	warned("string", "\"a.example\",\"198.18.0.1\"", "a.example 198.18.0.1", "");
	warned("hostname", "\"a.example\"", "*.a.example", "");
	warned("cidr", "\"198.18.0.0/16\",\"x\"", "198.18.0.0/16", "single_label=1");
	warned("substring", "\".a.example\",\"google\"", "*.a.example", "warninglist_substring=1");
	warned("regex",
	       "\"/^a\\\\.example$/\",\"/(^|\\\\.)b\\\\.example$/i\",\"^(.*\\\\.)?c\\\\.example$\",\"/d.example/\",\"/^e.*$/\",\"/^f.example$/\"",
	       "a.example *.b.example *.c.example", "warninglist_regex=3");
	warned("fuzzy", "\"a.example\"", "", "warninglist_type=1");
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

/* several files as one, each by itself; lines count on */
static int parts(struct parsed *p, const char *const *files, size_t n)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int fd = memfd_create("parts", 0), r = 0;

	memset(p, 0, sizeof(*p));
	assert_int_equal(feed_parts_begin(fd), 0);
	for (size_t i = 0; i < n; i++) {
		int64_t at;

		assert_int_equal(feed_part_begin(fd, i == n - 1 ? "last" : "some file", &at), 0);
		assert_int_equal(write(fd, files[i], strlen(files[i])), strlen(files[i]));
		assert_int_equal(feed_part_end(fd, at), 0);
	}
	assert_int_equal(file_read_fd(fd, 1 << 20, &text, &len), 0);
	close(fd);
	/* cut anywhere it is refused or a shorter truth, and not read beyond */
	for (size_t cut = 0; cut < len; cut++) {
		_cleanup_free_ char *part = malloc(cut ? cut : 1);
		struct parsed q = {0};

		memcpy(part, text, cut);
		r = feed_parse(NULL, part, cut, &opts, &q.in, &q.rep);
		assert_true(r || q.in.v.len <= 3);
		done(&q);
	}
	p->r = feed_parse(NULL, text, len, &opts, &p->in, &p->rep);
	return p->r;
}

static void files_of_a_directory_are_read_each_by_itself(void **state)
{
	static const char *const good[] = {"198.18.0.1\n10.0.0.1", "", "{\"ip\":\"198.18.0.2\"}\n", "0.0.0.0 evil.example\n10.0.0.2\n"};
	static const char *const bad[] = {"198.18.0.1\n", "<html>no</html>\n"};
	struct parsed p;

	(void)state;
	assert_int_equal(parts(&p, good, 4), 0);
	entries(&p, "198.18.0.1 198.18.0.2 evil.example");
	assert_int_equal(p.in.v.data[1].line, 3);
	assert_int_equal(p.in.v.data[2].line, 4);
	assert_int_equal(p.rep.refusals.data[0].line, 2);
	assert_int_equal(p.rep.refusals.data[1].line, 5);
	done(&p);
	assert_int_equal(parts(&p, bad, 2), -EINVAL);
	assert_int_equal(p.in.v.len, 0);
	assert_non_null(strstr(p.rep.refusals.data[0].reason, "last: "));
	assert_int_equal(p.rep.refusals.data[0].line, 2);
	done(&p);
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
		cmocka_unit_test(dshield_columns_are_one_prefix),
		cmocka_unit_test(known_feeds_are_whole),
		cmocka_unit_test(list_of_a_first_run_is_read_whole),
		cmocka_unit_test(bundle_entries_keep_what_they_were),
		cmocka_unit_test(bundle_that_is_not_whole_is_refused),
		cmocka_unit_test(bundle_of_a_later_version_asks_for_no_more),
		cmocka_unit_test(a_bundle_is_read_as_it_was_written),
		cmocka_unit_test(warning_list_guards_by_its_type),
		cmocka_unit_test(guards_take_away_what_any_feed_lists),
		cmocka_unit_test(files_of_a_directory_are_read_each_by_itself),
		cmocka_unit_test(warning_list_is_no_feed),
		cmocka_unit_test(exception_speaks_for_its_own_feed_only),
		cmocka_unit_test(what_has_ended_leaves_the_set),
		cmocka_unit_test(around_an_entry_is_what_covers_it),
		cmocka_unit_test(what_no_feed_may_list_says_why),
		cmocka_unit_test(text_that_ends_early_is_not_read_beyond),
		cmocka_unit_test(users_category_holds),
		cmocka_unit_test(times_are_read_without_a_time_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
