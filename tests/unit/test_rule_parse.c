// SPDX-License-Identifier: BSD-2-Clause
/* Rule text: what loads, and what is refused under which keyword with which reason. */
#include "unit/unit.h"

#include "base/cleanup.h"
#include "rule/model.h"

#define R(options) "alert tcp any any -> any any (" options " sid:7;)"

struct refused {
	const char *text, *keyword, *reason; /* reason: a part of it */
};

static const struct refused bad[] = {
	{ "alert tcp any any -> any (msg:\"x\"; sid:1;)", "", "fewer than seven" },
	{ "alert tcp any any => any any (sid:1;)", "", "neither -> nor <>" },
	{ "log tcp any any -> any any (sid:1;)", "", "action 'log'" },
	{ "alert smb any any -> any any (sid:1;)", "", "protocol 'smb'" },
	{ "alert tcp $NOSUCH any -> any any (sid:1;)", "", "unknown variable 'NOSUCH'" },
	{ "alert tcp any 70000 -> any any (sid:1;)", "", "not a port" },
	{ "alert tcp 1.2.3 any -> any any (sid:1;)", "", "not an address" },
	{ "alert tcp [1.2.3.4 any -> any any (sid:1;)", "", "" },
	{ "alert tcp !any any -> any any (sid:1;)", "", "nothing is left" },
	{ "alert tcp [10.0.0.0/8,!10.0.0.0/7] any -> any any (sid:1;)", "", "nothing is left" },
	{ "alert tcp any 90:80 -> any any (sid:1;)", "", "ends before" },
	{ "alert tcp any any -> any any (sid:1;", "", "no ')'" },
	{ "alert tcp any any -> any any (sid:1)", "", "without its ';'" },
	{ "alert tcp any any -> any any (msg:\"x\";)", "", "no sid" },
	{ "alert tcp any any -> any any (sid:x;)", "sid", "not a number" },
	{ R("nosuch:set,x;"), "nosuch", "not supported" },
	{ R("flowbits:set;"), "flowbits", "deed,name" },
	{ R("flowbits:set,a|b;"), "flowbits", "several names" },
	{ R("flowbits:forget,a;"), "flowbits", "'forget'" },
	{ R("xbits:set,a;"), "xbits", "not of the form" },
	{ R("xbits:set,a,expire 5;"), "xbits", "what is tracked" },
	{ R("xbits:set,a,track nobody;"), "xbits", "'track nobody'" },
	{ R("hostbits:set,a,both;"), "hostbits", "neither src nor dst" },
	{ R("flowint:a,%,5;"), "flowint", "'%'" },
	{ R("flowint:a;"), "flowint", "not of the form" },
	{ R("dataset:isset,a,type string;"), "dataset", "sticky buffer" },
	{ R("http.uri; dataset:isset,a;"), "dataset", "no type" },
	{ R("http.uri; dataset:isset,a,type text;"), "dataset", "'text'" },
	{ R("http.uri; dataset:has,a,type string;"), "dataset", "'has'" },
	{ R("http.uri; dataset:set,a,type string,state a.lst;"), "dataset", "no file is written" },
	{ R("http.uri; dataset:isset,a,type string,load /etc/passwd;"), "dataset", "below the rules' folder" },
	{ R("http.uri; dataset:isset,a,type string,load ../a.lst;"), "dataset", "below the rules' folder" },
	{ R("http.uri; dataset:isset,a,type string,load a.lst;"), "dataset", "dataset:a.lst" },
	{ R("http.uri; dataset:isset,a,type string,memcap 1tb;"), "dataset", "memcap" },
	{ R("http.uri; datarep:a,!,1,type string;"), "datarep", "'!'" },
	{ R("http.uri; datarep:a,>,70000,type string;"), "datarep", "65535" },
	{ R("modbus:something;"), "modbus", "none of unit" },
	{ R("modbus:function 256;"), "modbus", "neither a function nor a category" },
	{ R("modbus:function user, subfunction 4;"), "modbus", "with a subfunction" },
	{ R("modbus:function !all;"), "modbus", "no function is none of all" },
	{ R("modbus:function 8, unit 4;"), "modbus", "only 'subfunction NUMBER'" },
	{ R("modbus:access write input;"), "modbus", "never written" },
	{ R("modbus:access erase;"), "modbus", "neither read nor write" },
	{ R("modbus:access read, address 5, value 1;"), "modbus", "written at one address" },
	{ R("modbus:access write, address 5<>9, value 1;"), "modbus", "written at one address" },
	{ R("modbus:access write, value 1;"), "modbus", "only an address and a value" },
	{ R("modbus:unit !5;"), "modbus", "negated" },
	{ R("flow:to_client; modbus:unit 5;"), "", "flow says otherwise" },
	{ R("cip_service:128;"), "cip_service", "0 to 127" },
	{ R("cip_service:5,x;"), "cip_service", "0 to 65535" },
	{ R("cip_service:5,1,1,1;"), "cip_service", "more than" },
	{ R("enip_command:x;"), "enip_command", "not a number" },
	{ R("dhcp.leasetime:;"), "dhcp.leasetime", "needs a value" },
	{ R("geoip:RU;"), "geoip", "no database is given" },
	{ R("iprep:dst,BadHosts,>,10;"), "iprep", "no reputation is given" },
	{ R("flow:no_frag,only_frag; content:\"abc\";"), "flow", "contradicts itself" },
	{ "alert tcp any any -> any any (flow:only_frag; content:\"abc\"; sid:1;)", "", "only_frag asks for a packet" },
	{ R("app-layer-event:http.nonsense;"), "app-layer-event", "not among the events" },
	{ R("app-layer-event:missing_host_header;"), "app-layer-event", "not among the events" },
	{ R("decode-event:gre.version1_flags;"), "decode-event", "not among the events" },
	{ R("tcpv4-csum:wrong;"), "tcpv4-csum", "neither valid nor invalid" },
	{ "alert udp any any -> any any (tcpv4-csum:invalid; sid:1;)", "", "contradict each other" },
	{ R("decode-event:udp.len_invalid; decode-event:udp.pkt_too_small;"), "decode-event", "two events" },
	{ R("decode-event:udp.len_invalid; app-layer-event:dns.z_flag_set;"), "", "together with conditions" },
	{ R("stream-event:wrong_thread;"), "stream-event", "one thread sees all of a flow" },
	{ R("stream-event:ipv4.frag_overlap;"), "stream-event", "not among the events" },
	{ R("content:\"a\"; stream-event:reassembly_overlap_different_data;"), "", "together with conditions" },
	{ R("flow:to_client; app-layer-event:modbus.invalid_function_code;"), "", "flow says otherwise" },
	{ R("app-layer-event:http.missing_host_header; http.stat_code; content:\"200\";"), "", "an event of one side" },
	{ R("app-layer-event:http.missing_host_header; app-layer-event:tls.invalid_record_type;"), "app-layer-event", "different applications" },
	{ R("byte_test:4,~,1,0;"), "byte_test", "operator" },
	{ R("byte_test:9,>,1,0;"), "byte_test", "9 bytes" },
	{ R("byte_test:4,>,x,0;"), "byte_test", "'x'" },
	{ R("byte_test:4,>,1,0,dce;"), "byte_test", "'dce'" },
	{ R("byte_test:4,>,1;"), "byte_test", "fewer than 4" },
	{ R("byte_jump:4,0,from_beginning,from_end;"), "byte_jump", "both ends" },
	{ R("byte_jump:4,0,multiplier 0;"), "byte_jump", "multiplier" },
	{ R("byte_extract:4,0,5x;"), "byte_extract", "no name" },
	{ R("byte_extract:4,0,x,align 3;"), "byte_extract", "neither 2 nor 4" },
	{ R("byte_math:bytes 4,offset 0,oper %,rvalue 2,result r;"), "byte_math", "operator" },
	{ R("byte_math:bytes 4,offset 0,oper +,rvalue 2,endian big;"), "byte_math", "needs bytes" },
	{ R("content:\"a\"; offset:n;"), "offset", "'n'" },
	{ R("msg;"), "msg", "needs a value" },
	{ R("content:\"a\"; nocase:1;"), "nocase", "takes no value" },
	{ R("nocase;"), "nocase", "content before" },
	{ R("content:abc;"), "content", "double quotes" },
	{ R("content:\"\";"), "content", "empty" },
	{ R("content:\"|0|\";"), "content", "odd number" },
	{ R("content:\"|00\";"), "content", "not closed" },
	{ R("content:\"|zz|\";"), "content", "not a hex digit" },
	{ R("content:\"a\\b\";"), "content", "backslash" },
	{ R("content:\"abc\"; depth:2;"), "depth", "less than" },
	{ R("content:\"abc\"; within:2;"), "within", "less than" },
	{ R("content:\"abc\"; distance:x;"), "distance", "not a number" },
	{ R("content:\"abc\"; offset:1; distance:1;"), "distance", "cannot stand beside" },
	{ R("content:\"abc\"; distance:1; depth:9;"), "depth", "cannot stand beside" },
	{ R("content:\"abc\"; startswith; depth:9;"), "depth", "beside startswith" },
	{ R("content:\"abc\"; fast_pattern:2,2;"), "fast_pattern", "inside the content" },
	{ R("isdataat:x;"), "isdataat", "not a number" },
	{ R("isdataat:4,backwards;"), "isdataat", "'backwards'" },
	{ R("bsize:4;"), "bsize", "sticky buffer" },
	{ R("pcre:\"/(/\";"), "pcre", "parenthes" },
	{ R("pcre:\"/a/k\";"), "pcre", "flag 'k'" },
	{ R("pcre:\"a\";"), "pcre", "/expression/flags" },
	{ R("http.method; pcre:\"/a/U\";"), "pcre", "different buffers" },
	{ R("quic.ua; content:\"a\";"), "quic.ua", "not filled" },
	{ R("http.uri; http.method; content:\"a\";"), "http.method", "no condition" },
	{ R("http.uri:1;"), "http.uri", "takes no value" },
	{ R("content:\"a\"; http_uri:1;"), "http_uri", "takes no value" },
	{ R("urilen:5,other;"), "urilen", "neither norm nor raw" },
	{ R("http.uri;"), "", "without a condition" },
	{ R("http.uri; content:\"abcd\"; dns.query; content:\"abcd\";"), "dns.query", "different applications" },
	{ R("base64_data; content:\"a\";"), "", "without base64_decode" },
	{ R("base64_decode:bytes x;"), "base64_decode", "'bytes x'" },
	{ R("base64_decode; base64_data; to_md5; content:\"a\";"), "to_md5", "not supported" },
	{ R("http.uri; xor:\"1\"; content:\"a\";"), "xor", "in hex" },
	{ R("http.uri; pcrexform:\"a(b)(c)\"; content:\"a\";"), "pcrexform", "not one group, but 2" },
	{ R("http.uri; pcrexform:\"(\"; content:\"a\";"), "pcrexform", "parenthes" },
	{ R("http.uri; content:\"a\"; uricontent:\"\";"), "uricontent", "empty" },
	{ R("requires: version >= 8;"), "requires", "another engine" },
	{ R("requires: version < 7 | < 7.0.3;"), "requires", "another engine" },
	{ R("requires: version 7;"), "requires", "no comparison" },
	{ R("requires: feature nosuch;"), "requires", "feature nosuch" },
	{ R("requires: keyword nosuch;"), "requires", "keyword nosuch" },
	{ R("requires: luck;"), "requires", "'luck'" },
	{ R("l3_proto:ip5;"), "l3_proto", "neither ip4 nor ip6" },
	{ R("filesize:5pb;"), "filesize", "not a number" },
	{ R("filesize:4gb;"), "filesize", "not a number" },
	{ R("filename:\"\";"), "filename", "1 to 255" },
	{ R("ssh.protoversion:\"\";"), "ssh.protoversion", "1 to 255" },
	{ "alert http any any -> any any (tls.store; sid:1;)", "tls.store", "another application" },
	{ "alert tls any any -> any any (tls_store:1; sid:1;)", "tls_store", "takes no value" },
	{ R("tls_cert_valid:1;"), "tls_cert_valid", "takes no value" },
	{ R("content:\"a\"; to_lowercase;"), "to_lowercase", "after a sticky buffer" },
	{ R("tos:256;"), "tos", "0 to 255" },
	{ R("ipopts:nosuch;"), "ipopts", "no option" },
	{ R("fragbits:Z;"), "fragbits", "'Z'" },
	{ R("stream_size:nobody,<,5;"), "stream_size", "'nobody'" },
	{ R("stream_size:client,~,5;"), "stream_size", "operator" },
	{ R("app-layer-protocol:nosuch;"), "app-layer-protocol", "'nosuch'" },
	{ R("icmp_id:5;"), "", "contradict" },
	{ R("http.uri; content:\"abcd\"; flow:to_client;"), "", "flow says otherwise" },
	{ R("http.host; content:\"Evil\";"), "", "lower case" },
	{ R("content:\"a\"; http_uri; http_uri;"), "http_uri", "has a buffer already" },
	{ R("dotprefix;"), "dotprefix", "sticky buffer" },
	{ R("flow:sideways;"), "flow", "'sideways'" },
	{ R("flow:to_server,to_client;"), "flow", "contradicts" },
	{ R("threshold:type limit, track by_src, count 1;"), "threshold", "each once" },
	{ R("threshold:type never, track by_src, count 1, seconds 1;"), "threshold", "'never'" },
	{ R("detection_filter:track by_src, count 0, seconds 1;"), "detection_filter", "count '0'" },
	{ R("flags:Z;"), "flags", "'Z'" },
	{ R("dsize:>65535;"), "dsize", "nothing is greater" },
	{ R("tls.version:1.4;"), "tls.version", "none of" },
	{ R("ssl_version:!tls1.0;"), "ssl_version", "matches nothing" },
	{ R("ssl_version:tls9;"), "ssl_version", "none of" },
	{ R("ssl_state:client_hello;"), "ssl_state", "not kept" },
	{ R("tls_cert_notafter:>soon;"), "tls_cert_notafter", "not a date" },
	{ R("tls_cert_notbefore:2027-13;"), "tls_cert_notbefore", "not a date" },
	{ R("tls_cert_notbefore:2027<>2026;"), "tls_cert_notbefore", "nothing lies between" },
	{ R("tls.subject:\"\";"), "tls.subject", "1 to 255" },
	{ R("ttl:5<>6;"), "ttl", "nothing lies between" },
	{ R("itype:256;"), "itype", "0 to 255" },
	{ R("itype:8;"), "", "contradict" },
	{ R("ip_proto:nope;"), "ip_proto", "not a number" },
	{ R("target:me;"), "target", "neither" },
	{ R("priority:0;"), "priority", "not a number" },
	{ "alert tcp-stream any any -> any any (dsize:4; content:\"a\"; sid:1;)", "", "streams only" },
	{ "alert udp any any -> any any (flags:S; sid:1;)", "", "contradict" },
};

static const struct refused bad_edits[] = {
	{ "disable x", "disable", "neither sid" },
	{ "disable re:(", "disable", "parenthes" },
	{ "modify 1 \"a\"", "modify", "not of the form" },
	{ "modify 1 \"(\" \"b\"", "modify", "parenthes" },
	{ "suppress gen_id 1", "suppress", "missing" },
	{ "suppress gen_id 1, sig_id 1, track by_src", "suppress", "go together" },
	{ "suppress gen_id 1, sig_id 1, track by_src, ip 10.0.0", "suppress", "not an address" },
	{ "threshold gen_id 1, sig_id 1, type never, track by_src, count 1, seconds 1", "threshold", "'never'" },
	{ "event_filter gen_id 1, sig_id 1, count 1", "event_filter", "missing" },
	{ "rate_filter gen_id 1, sig_id 1, track by_src, count 1, seconds 1, new_action nap, timeout 1", "rate_filter", "'nap'" },
};

static struct ruleset *load(const char *text)
{
	struct ruleset *rs = NULL;
	struct strbuf err = { 0 };

	assert_int_equal(ruleset_load_text("t.rules", text, strlen(text), NULL, 0, &rs, &err), 0);
	strbuf_done(&err);
	return rs;
}

static void what_is_not_understood_is_refused_by_keyword_and_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct ruleset *rs = load(bad[i].text);
		const struct rule_refusal *f;

		if (ruleset_refusals(rs, &f) != 1 || strcmp(f->keyword, bad[i].keyword) || !strstr(f->reason, bad[i].reason))
			fail_msg("%s: %s: %s", bad[i].text, ruleset_refusals(rs, &f) ? f->keyword : "loaded",
				 ruleset_refusals(rs, &f) ? f->reason : "");
		ruleset_free(rs);
	}
}

static void a_line_about_rules_that_is_not_understood_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_edits); i++) {
		struct ruleset *rs = load(bad_edits[i].text);
		const struct rule_refusal *f;

		if (ruleset_refusals(rs, &f) != 1 || strcmp(f->keyword, bad_edits[i].keyword) ||
		    !strstr(f->reason, bad_edits[i].reason))
			fail_msg("%s: %s: %s", bad_edits[i].text, ruleset_refusals(rs, &f) ? f->keyword : "loaded",
				 ruleset_refusals(rs, &f) ? f->reason : "");
		ruleset_free(rs);
	}
}

static void a_bad_rule_does_not_keep_the_rest_from_loading(void **state)
{
	struct ruleset *rs = load("# comment\n"
				  "alert tcp any any -> any any (msg:\"a\"; sid:1;)\n"
				  "\n"
				  "alert tcp any any -> any any (msg:\"b\"; \\\n"
				  "  nosuch; sid:2;)\r\n"
				  "alert udp any any -> any any (msg:\"c\"; sid:3;)");
	const struct rule_refusal *f;

	(void)state;
	assert_int_equal(ruleset_count(rs), 2);
	assert_int_equal(ruleset_refusals(rs, &f), 1);
	assert_int_equal(f->line, 4);
	assert_string_equal(f->file, "t.rules");
	assert_int_equal(ruleset_get(rs, 1)->info.line, 6);
	ruleset_free(rs);
}

static void the_higher_revision_of_a_sid_stays(void **state)
{
	struct ruleset *rs = load("alert tcp any any -> any any (msg:\"one\"; sid:1; rev:1;)\n"
				  "alert tcp any any -> any any (msg:\"two\"; sid:1; rev:2;)\n"
				  "alert tcp any any -> any any (msg:\"old\"; sid:1; rev:1;)\n"
				  "alert tcp any any -> any any (msg:\"gid\"; gid:2; sid:1; rev:1;)\n");
	const struct rule_refusal *f;

	(void)state;
	assert_int_equal(ruleset_count(rs), 2);
	assert_string_equal(ruleset_get(rs, 0)->info.msg, "two");
	assert_int_equal(ruleset_refusals(rs, &f), 1);
	assert_string_equal(f->keyword, "sid");
	ruleset_free(rs);
}

static void what_an_alert_says_comes_from_the_rule(void **state)
{
	struct ruleset *rs = load("drop tcp any any -> any any (msg:\"a \\\"b\\\"\\; c\"; classtype:trojan-activity; "
				  "target:src_ip; reference:url,x; metadata:k v; sid:5; rev:3;)\n"
				  "alert tcp any any -> any any (priority:7; classtype:trojan-activity; sid:6;)\n"
				  "alert tcp any any -> any any (classtype:nobody-knows; sid:8;)");
	struct rule_info info;

	(void)state;
	rule_info(ruleset_get(rs, 0), &info);
	assert_string_equal(info.msg, "a \"b\"; c");
	assert_string_equal(info.category, "A Network Trojan was detected");
	assert_int_equal(info.severity, 1);
	assert_int_equal(info.action, RULE_ACTION_DROP);
	assert_true(info.is_target_src);
	assert_int_equal(info.rev, 3);
	/* in the order of their priorities */
	rule_info(ruleset_get(rs, 2), &info);
	assert_int_equal(info.severity, 7);
	rule_info(ruleset_get(rs, 1), &info);
	assert_int_equal(info.severity, 3);
	assert_string_equal(info.classtype, "nobody-knows");
	ruleset_free(rs);
}

static void content_bytes_are_unescaped(void **state)
{
	static const uint8_t want[] = { 'a', 0x0d, 0x0A, '"', ';', ':', '\\', '|' };
	struct ruleset *rs = load(R("content:\"a|0d 0A|\\\"\\;\\:\\\\|7C|\";"));
	const struct rule_match *m;

	(void)state;
	assert_int_equal(ruleset_count(rs), 1);
	m = ruleset_get(rs, 0)->payload.m;
	assert_int_equal(m->len, sizeof(want));
	assert_memory_equal(m->bytes, want, sizeof(want));
	ruleset_free(rs);
}

/* address, and whether the source set has it */
static void has(const char *set, const char *addr, bool want)
{
	char text[256];
	struct ruleset *rs;
	struct addr a;

	snprintf(text, sizeof(text), "alert ip %s any -> any any (sid:1;)", set);
	rs = load(text);
	assert_int_equal(ruleset_count(rs), 1);
	assert_int_equal(addr_parse(addr, &a), 0);
	if (rset_has(ruleset_get(rs, 0)->src, rset_addr(a.b)) != want)
		fail_msg("%s %s %s", set, want ? "lacks" : "has", addr);
	ruleset_free(rs);
}

static void address_lists_nest_and_exclude(void **state)
{
	(void)state;
	has("any", "2001:db8::1", true);
	has("10.0.0.0/8", "10.255.255.255", true);
	has("10.0.0.0/8", "11.0.0.0", false);
	has("10.0.0.0/255.0.0.0", "10.1.2.3", true);
	has("10.0.0.5-10.0.0.7", "10.0.0.7", true);
	has("10.0.0.5-10.0.0.7", "10.0.0.8", false);
	has("!10.0.0.0/8", "2001:db8::1", false);
	has("!2001:db8::/32", "2001:db9::1", true);
	has("!2001:db8::/32", "10.0.0.1", false);
	has("[!10.0.0.0/8,!2001:db8::/32]", "2001:db9::1", true);
	has("[!10.0.0.0/8,!2001:db8::/32]", "11.0.0.1", true);
	has("![10.0.0.0/8,2001:db8::/32]", "2001:db9::1", true);
	has("!10.0.0.0/8", "10.0.0.1", false);
	has("[10.0.0.0/8, !10.1.0.0/16, 2001:db8::/32]", "10.1.0.1", false);
	has("[10.0.0.0/8,!10.1.0.0/16]", "10.2.0.1", true);
	has("[10.0.0.0/8,!10.1.0.0/16]", "12.2.0.1", false);
	has("[10.0.0.0/8,![10.1.0.0/16,!10.1.1.0/24]]", "10.1.1.1", true);
	has("[10.0.0.0/8,![10.1.0.0/16,!10.1.1.0/24]]", "10.1.2.1", false);
	has("$HOME_NET", "192.168.1.1", true);
	has("$EXTERNAL_NET", "192.168.1.1", false);
	has("$EXTERNAL_NET", "192.0.2.1", true);
	has("$EXTERNAL_NET", "2001:db8::1", false); /* as long as HOME_NET has no IPv6 */
	has("[$EXTERNAL_NET,10.9.9.9]", "10.9.9.9", true);
	has("::/0", "10.0.0.1", true);
}

static void external_net_is_any_where_home_net_is(void **state)
{
	static const char text[] = "alert ip $EXTERNAL_NET any -> $HOME_NET any (sid:1;)";
	struct rule_var home = { "HOME_NET", "any" };
	struct ruleset *rs;
	struct strbuf err = { 0 };

	(void)state;
	assert_int_equal(ruleset_load_text("t", text, strlen(text), &home, 1, &rs, &err), 0);
	assert_int_equal(ruleset_count(rs), 1);
	assert_true(ruleset_get(rs, 0)->src->is_any);
	ruleset_free(rs);
	strbuf_done(&err);
}

static void variables_that_name_each_other_are_refused(void **state)
{
	static const char text[] = "alert ip $A any -> any any (sid:1;)";
	struct rule_var vars[] = { { "A", "[$B,$B]" }, { "B", "[$A,$A]" } };
	const struct rule_refusal *f;
	struct ruleset *rs;
	struct strbuf err = { 0 };

	(void)state;
	assert_int_equal(ruleset_load_text("t", text, strlen(text), vars, 2, &rs, &err), 0);
	assert_int_equal(ruleset_refusals(rs, &f), 1);
	assert_non_null(strstr(f->reason, "nested too deeply"));
	ruleset_free(rs);
	strbuf_done(&err);
}

static void a_port_list_is_a_set(void **state)
{
	struct ruleset *rs = load("alert tcp any [80, 8000:8080,!8008, 60000:] -> any !$HTTP_PORTS (sid:1;)");
	const struct rule *r = ruleset_get(rs, 0);

	(void)state;
	assert_true(rset_has(r->sport, 80));
	assert_true(rset_has(r->sport, 8080));
	assert_true(rset_has(r->sport, 65535));
	assert_false(rset_has(r->sport, 8008));
	assert_false(rset_has(r->sport, 81));
	assert_false(rset_has(r->dport, 80));
	assert_true(rset_has(r->dport, 0));
	ruleset_free(rs);
}

/* sids that load, in any order, of the rules below and one line about them */
static const struct {
	const char *edit;
	unsigned int loaded; /* bits of sids 1 ... 4 */
	size_t disabled;
} edits[] = {
	{ "", 0xa, 0 },
	{ "disable 1", 0x8, 1 },
	{ "disable 1, 1:3", 0, 2 },
	{ "disable 2:1", 0xa, 0 },
	{ "disable re:HEARTbleed", 0x2, 1 },
	{ "disable group:t", 0, 2 },
	{ "disable filename:*.rules", 0, 2 },
	{ "disable group:other", 0xa, 0 },
	{ "enable 2", 0xe, 0 },
	{ "disable group:t\nenable re:two", 0x4, 2 },
	{ "disable 1\nenable 1", 0xa, 0 },
	{ "modify 1 \"sid:1\" \"sid:4\"", 0x18, 0 },
	{ "modify re:. \"sid:(\\d)\" \"sid:\\1\"", 0xa, 0 },
};

static void lists_say_which_rules_load(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		char text[1024];
		struct ruleset *rs;
		unsigned int got = 0;

		/* a line about rules may stand before or behind them */
		snprintf(text, sizeof(text), "%s\nalert tcp any any -> any any (msg:\"one\"; sid:1;)\n"
			 "#  alert tcp any any -> any any (msg:\"two\"; sid:2;)\n# disable 1\n"
			 "alert tcp any any -> any any (msg:\"a heartbleed\"; sid:3;)\n", edits[i].edit);
		rs = load(text);
		for (size_t k = 0; k < ruleset_count(rs); k++)
			got |= 1u << ruleset_get(rs, k)->info.sid;
		if (got != edits[i].loaded || ruleset_disabled(rs, NULL) != edits[i].disabled)
			fail_msg("%s: sids %x, %zu disabled", edits[i].edit, got, ruleset_disabled(rs, NULL));
		ruleset_free(rs);
	}
}

static void a_rule_becomes_drop_or_another(void **state)
{
	struct ruleset *rs = load("alert tcp any any -> any any (msg:\"one\"; sid:1;)\n"
				  "pass tcp any any -> any any (msg:\"two\"; sid:2;)\n"
				  "drop 1, 2\nmodify 2 \"two\" \"costs $1 \\0\"\n"
				  "threshold gen_id 1, sig_id 1, type limit, track by_dst, count 3, seconds 9\n"
				  "drop tcp any any -> any any (msg:\"three\"; sid:3;)");

	(void)state;
	assert_int_equal(ruleset_count(rs), 3);
	assert_int_equal(ruleset_get(rs, 0)->info.action, RULE_ACTION_PASS);
	assert_string_equal(ruleset_get(rs, 0)->info.msg, "costs $1 two");
	assert_int_equal(ruleset_get(rs, 1)->info.action, RULE_ACTION_DROP);
	assert_int_equal(ruleset_get(rs, 1)->rate.type, RULE_RATE_LIMIT);
	assert_int_equal(ruleset_get(rs, 1)->rate.count, 3);
	assert_int_equal(ruleset_get(rs, 2)->info.sid, 3);
	ruleset_free(rs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_about_rules_that_is_not_understood_is_refused),
		cmocka_unit_test(lists_say_which_rules_load),
		cmocka_unit_test(a_rule_becomes_drop_or_another),
		cmocka_unit_test(what_is_not_understood_is_refused_by_keyword_and_reason),
		cmocka_unit_test(a_bad_rule_does_not_keep_the_rest_from_loading),
		cmocka_unit_test(the_higher_revision_of_a_sid_stays),
		cmocka_unit_test(what_an_alert_says_comes_from_the_rule),
		cmocka_unit_test(content_bytes_are_unescaped),
		cmocka_unit_test(address_lists_nest_and_exclude),
		cmocka_unit_test(external_net_is_any_where_home_net_is),
		cmocka_unit_test(variables_that_name_each_other_are_refused),
		cmocka_unit_test(a_port_list_is_a_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
