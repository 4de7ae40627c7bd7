// SPDX-License-Identifier: BSD-2-Clause
/* EVE rendering, compared as whole lines: a field that moves or goes is seen. */
#include "unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/clock.h"
#include "out/out.h"

#define CAPTURE_NS 1795384563123456789ULL

static void set_addr(uint8_t dst[16], const char *s)
{
	struct addr a;

	assert_int_equal(addr_parse(s, &a), 0);
	memcpy(dst, a.b, 16);
}

static struct finding base_finding(uint32_t kind)
{
	struct finding f = { .kind = kind, .ts_ns = CAPTURE_NS };

	f.facts.flow_id = 0x8000000000000005ULL;
	set_addr(f.facts.saddr, "192.0.2.7");
	set_addr(f.facts.daddr, "198.51.100.1");
	f.facts.sport = htons(40000);
	f.facts.dport = htons(80);
	f.facts.proto = IPPROTO_TCP;
	f.facts.from_device = 1;
	f.facts.mode = CORDON_MODE_REACT;
	memcpy(f.facts.mac, "\x02\0\0\0\0\x01", 6);
	return f;
}

static void renders(const struct finding *f, const struct decision *d, const struct device *dev,
		    const char *iface, const struct indicators *threats, const char *want)
{
	struct json j = { 0 };

	clock_set_replay(CAPTURE_NS);
	eve_render(&j, f, d, dev, iface, threats);
	assert_string_equal(j.b.s ? j.b.s : "", want);
	json_done(&j);
	clock_set_replay(0);
}

static void rule_alert_is_suricatas_with_our_object(void **state)
{
	struct finding f = base_finding(FINDING_ALERT);
	struct decision d = { .kind = DECISION_QUARANTINE, .level = CORDON_LEVEL_CUT, .id = 4,
			      .lease_ns = 600000000000ULL, .why = "rule 9000001 (x)" };
	struct device dev = { .id = "z0-v0-02:00:00:00:00:01", .name = "cam" };

	(void)state;
	f.sid = 9000001;
	f.gid = 1;
	f.rev = 3;
	f.severity = 1;
	f.facts.vlan = 12;
	f.facts.app = CORDON_APP_HTTP;
	strcpy(f.msg, "bad \"thing\"");
	strcpy(f.category, "A Network Trojan was detected");
	strcpy(f.name, "evil.example");
	strcpy(f.http_uri, "/x");
	strcpy(f.http_method, "GET");
	strcpy(f.http_protocol, "HTTP/1.1");
	renders(&f, &d, &dev, "eth1", NULL,
		"{\"timestamp\":\"2026-11-22T21:56:03.123456+0000\",\"flow_id\":5,\"in_iface\":\"eth1\","
		"\"event_type\":\"alert\",\"src_ip\":\"192.0.2.7\",\"src_port\":40000,"
		"\"dest_ip\":\"198.51.100.1\",\"dest_port\":80,\"proto\":\"TCP\",\"ip_v\":4,\"vlan\":[12],"
		"\"ether\":{\"src_mac\":\"02:00:00:00:00:01\"},\"pkt_src\":\"wire/pcap\","
		"\"app_proto\":\"http\",\"direction\":\"to_server\","
		"\"alert\":{\"action\":\"blocked\",\"gid\":1,\"signature_id\":9000001,\"rev\":3,"
		"\"signature\":\"bad \\\"thing\\\"\",\"category\":\"A Network Trojan was detected\",\"severity\":1},"
		"\"http\":{\"hostname\":\"evil.example\",\"url\":\"/x\",\"http_method\":\"GET\",\"protocol\":\"HTTP/1.1\"},"
		"\"cordon\":{\"device_id\":\"z0-v0-02:00:00:00:00:01\",\"name\":\"cam\",\"mac\":\"02:00:00:00:00:01\","
		"\"mode\":\"react\",\"decision\":\"quarantine\",\"decision_id\":4,\"level\":\"cut\",\"lease_s\":600,"
		"\"why\":\"rule 9000001 (x)\"}}");
}

static void alert_held_back_is_allowed(void **state)
{
	struct finding f = base_finding(FINDING_ALERT);
	struct decision d = { .kind = DECISION_QUARANTINE, .held_back = true };
	struct json j = { 0 };

	(void)state;
	eve_render(&j, &f, &d, NULL, NULL, NULL);
	assert_non_null(strstr(j.b.s, "\"action\":\"allowed\""));
	assert_non_null(strstr(j.b.s, "\"held_back\":true"));
	json_clear(&j);
	f.verdict = 1;
	eve_render(&j, &f, NULL, NULL, NULL, NULL);
	assert_non_null(strstr(j.b.s, "\"action\":\"blocked\""));
	json_done(&j);
}

static void threat_hit_names_feed_line_generation_and_confidence(void **state)
{
	struct finding f = base_finding(FINDING_THREAT);
	struct indicator i = { .kind = CORDON_INDICATOR_DOMAIN, .confidence = 80, .feed = 0, .line = 120, .text = 1,
			       .first_seen_s = 1767225600 };
	char text[] = "\0evil.example", *feeds[] = { "urlhaus" }, *categories[] = { "malware" };
	struct indicators in = { .v = { &i, 1, 1 },
				 .text = { text, sizeof(text), sizeof(text) },
				 .feeds = { feeds, 1, 1 },
				 .categories = { categories, 1, 1 } };

	(void)state;
	memset(f.facts.mac, 0, 6);
	f.indicator = 1;
	f.generation = 9;
	f.action = CORDON_ACTION_QUARANTINE;
	f.verdict = 1;
	renders(&f, NULL, NULL, NULL, &in,
		"{\"timestamp\":\"2026-11-22T21:56:03.123456+0000\",\"flow_id\":5,\"event_type\":\"alert\","
		"\"src_ip\":\"192.0.2.7\",\"src_port\":40000,\"dest_ip\":\"198.51.100.1\",\"dest_port\":80,"
		"\"proto\":\"TCP\",\"ip_v\":4,\"pkt_src\":\"wire/pcap\",\"direction\":\"to_server\","
		"\"alert\":{\"action\":\"blocked\",\"gid\":2,\"signature_id\":3,\"rev\":1,"
		"\"signature\":\"Cordon threat: malware evil.example\",\"category\":\"malware\",\"severity\":1},"
		"\"cordon\":{\"mode\":\"react\",\"indicator\":\"evil.example\",\"action\":\"quarantine\",\"generation\":9,\"feed\":\"urlhaus\","
		"\"feed_line\":120,\"confidence\":80,\"first_seen\":\"2026-01-01T00:00:00.000000+0000\"}}");
}

static void threat_whose_set_is_gone_is_still_an_alert(void **state)
{
	struct finding f = base_finding(FINDING_THREAT);
	struct json j = { 0 };

	(void)state;
	f.indicator = 77;
	set_addr(f.facts.daddr, "2001:db8::1");
	eve_render(&j, &f, NULL, NULL, NULL, NULL);
	assert_non_null(strstr(j.b.s, "\"gid\":2,\"signature_id\":2,"));
	json_done(&j);
}

static void dns_event_shows_the_initiator_as_source(void **state)
{
	struct finding f = base_finding(FINDING_DNS);

	(void)state;
	f.facts.proto = IPPROTO_UDP;
	f.facts.dir = CORDON_TO_CLIENT;
	f.facts.from_device = 0;
	f.facts.app = CORDON_APP_DNS;
	set_addr(f.facts.saddr, "2001:db8::53");
	set_addr(f.facts.daddr, "2001:db8::7");
	f.facts.sport = htons(53);
	f.facts.dport = htons(5000);
	f.is_response = 1;
	f.dns_type = 28;
	f.dns_id = 77;
	strcpy(f.name, "a.example");
	renders(&f, NULL, NULL, NULL, NULL,
		"{\"timestamp\":\"2026-11-22T21:56:03.123456+0000\",\"flow_id\":5,\"event_type\":\"dns\","
		"\"src_ip\":\"2001:db8::7\",\"src_port\":5000,\"dest_ip\":\"2001:db8::53\",\"dest_port\":53,"
		"\"proto\":\"UDP\",\"ip_v\":6,\"ether\":{\"dest_mac\":\"02:00:00:00:00:01\"},"
		"\"pkt_src\":\"wire/pcap\",\"app_proto\":\"dns\",\"direction\":\"to_client\","
		"\"dns\":{\"version\":2,\"type\":\"answer\",\"id\":77,\"rrname\":\"a.example\",\"rrtype\":\"AAAA\"},"
		"\"cordon\":{\"mac\":\"02:00:00:00:00:01\",\"mode\":\"react\"}}");
}

static void icmp_has_type_and_code_and_no_ports(void **state)
{
	struct finding f = base_finding(FINDING_ALERT);
	struct json j = { 0 };

	(void)state;
	f.facts.proto = IPPROTO_ICMP;
	f.facts.sport = htons(8 << 8 | 3);
	f.facts.dport = 0;
	eve_render(&j, &f, NULL, NULL, NULL, NULL);
	assert_non_null(strstr(j.b.s, "\"proto\":\"ICMP\",\"icmp_type\":8,\"icmp_code\":3"));
	assert_null(strstr(j.b.s, "port"));
	json_done(&j);
}

static void application_is_an_event_only_when_policy_speaks(void **state)
{
	struct finding f = base_finding(FINDING_APP), seen = base_finding(FINDING_SEEN);
	struct decision d = { .kind = DECISION_DROP_FLOW, .why = "policy: telnet is denied" };
	struct json j = { 0 };

	(void)state;
	f.facts.app = CORDON_APP_TELNET;
	memcpy(f.name, "option 24", 10);
	renders(&f, NULL, NULL, NULL, NULL, "");
	renders(&seen, &d, NULL, NULL, NULL, "");
	eve_render(&j, &f, &d, NULL, NULL, NULL);
	assert_non_null(strstr(j.b.s, "\"gid\":2,\"signature_id\":100,\"rev\":1,\"signature\":\"Cordon policy: telnet denied\""));
	assert_non_null(strstr(j.b.s, "\"detail\":\"option 24\""));
	json_done(&j);
}

static void foreign_names_cannot_break_the_line(void **state)
{
	struct finding f = base_finding(FINDING_TLS);
	struct json j = { 0 };

	(void)state;
	f.facts.app = CORDON_APP_TLS;
	memcpy(f.name, "a\"\n\xff}", 6);
	eve_render(&j, &f, NULL, NULL, NULL, NULL);
	assert_non_null(strstr(j.b.s, "\"tls\":{\"sni\":\"a\\\"\\n\\\\xff}\"}"));
	assert_null(strchr(j.b.s, '\n'));
	json_done(&j);
}

static void pairs_are_one_value_whatever_their_names_are(void **state)
{
	static const struct {
		char pairs[40];
		const char *want;
	} t[] = {
		{ "a.b\0x\0[c\0y\0[c\0z\0d\0e", "{\"a\":{\"b\":\"x\"},\"c\":[\"y\",\"z\"],\"d\":\"e\"}" },
		{ "[\0x\0[\0y", "{\"[\":\"x\",\"[\":\"y\"}" }, /* an array needs a name */
		{ "[a.b\0x\0[c\0y", "{\"a.b\":[\"x\"],\"c\":[\"y\"]}" }, /* and has no objects in it */
		{ "#\0" "7\0?\0" "1\0.\0x", "{\"\":7,\"\":true,\"\":{\"\":\"x\"}}" },
	};
	struct json j = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		json_begin(&j, NULL, '{');
		eve_pairs(&j, t[i].pairs, sizeof(t[i].pairs));
		json_end(&j, '}');
		assert_string_equal(j.b.s, t[i].want);
		json_done(&j);
	}
}

static void notice_tells_of_a_quarantine(void **state)
{
	struct quarantine q = { .device = "z0-v0-02:00:00:00:00:01", .reason = "by hand", .since_ns = 5,
				.until_ns = 5 + 60000000000ULL, .level = CORDON_LEVEL_CUT,
				.origin = CORDON_ORIGIN_MANUAL, .decision = 3, .offence = 1 };
	struct json j = { 0 };

	(void)state;
	clock_set_replay(CAPTURE_NS);
	eve_notice(&j, "quarantine_begin", &q, NULL, NULL);
	assert_string_equal(j.b.s,
			    "{\"timestamp\":\"2026-11-22T21:56:03.123456+0000\",\"event_type\":\"cordon\","
			    "\"cordon\":{\"what\":\"quarantine_begin\",\"device_id\":\"z0-v0-02:00:00:00:00:01\","
			    "\"level\":\"cut\",\"origin\":\"manual\",\"lease_s\":60,\"decision_id\":3,\"offence\":1,"
			    "\"why\":\"by hand\"}}");
	json_clear(&j);
	q.packets = 7;
	q.bytes = 420;
	q.passed = 2;
	eve_notice(&j, "quarantine_end", &q, NULL, NULL);
	assert_non_null(strstr(j.b.s, "\"dropped_packets\":7,\"dropped_bytes\":420,\"passed_packets\":2"));
	json_clear(&j);
	eve_notice(&j, "threats_swapped", NULL, NULL, "generation 2");
	assert_non_null(strstr(j.b.s, "\"cordon\":{\"what\":\"threats_swapped\",\"text\":\"generation 2\"}"));
	json_done(&j);
	clock_set_replay(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_alert_is_suricatas_with_our_object),
		cmocka_unit_test(alert_held_back_is_allowed),
		cmocka_unit_test(threat_hit_names_feed_line_generation_and_confidence),
		cmocka_unit_test(threat_whose_set_is_gone_is_still_an_alert),
		cmocka_unit_test(dns_event_shows_the_initiator_as_source),
		cmocka_unit_test(icmp_has_type_and_code_and_no_ports),
		cmocka_unit_test(application_is_an_event_only_when_policy_speaks),
		cmocka_unit_test(foreign_names_cannot_break_the_line),
		cmocka_unit_test(pairs_are_one_value_whatever_their_names_are),
		cmocka_unit_test(notice_tells_of_a_quarantine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
