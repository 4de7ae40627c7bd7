// SPDX-License-Identifier: BSD-2-Clause
/* One packet against one rule: each keyword, hit and miss. */
#include "unit/unit.h"

#include <arpa/inet.h>

#include "base/cleanup.h"
#include "harness/rules.h"

struct row {
	const char *options, *payload;
	bool hit;
};

/* evaluated as packet rules (tcp-pkt): contents on this payload only */
static const struct row rows[] = {
	{ "content:\"evil\";", "some evil thing", true },
	{ "content:\"evil\";", "some EVIL thing", false },
	{ "content:\"EviL\"; nocase;", "some evIl thing", true },
	{ "content:!\"evil\"; content:\"good\";", "all good", true },
	{ "content:!\"evil\"; content:\"good\";", "good and evil", false },
	{ "content:\"abc\"; depth:3;", "abcd", true },
	{ "content:\"abc\"; depth:3;", "xabc", false },
	{ "content:\"abc\"; offset:1; depth:3;", "xabc", true },
	{ "content:\"abc\"; offset:1; depth:3;", "xxabc", false },
	{ "content:\"abc\"; offset:2;", "abcxabc", true },
	{ "content:\"abc\"; offset:5;", "abcxabc", false },
	{ "content:\"abc\"; startswith;", "abcx", true },
	{ "content:\"abc\"; startswith;", "xabc", false },
	{ "content:\"abc\"; endswith;", "abcabc", true },
	{ "content:\"abc\"; endswith;", "abcabcx", false },
	{ "content:\"ab\"; content:\"cd\"; distance:1;", "ab-cd", true },
	{ "content:\"ab\"; content:\"cd\"; distance:2;", "ab-cd", false },
	{ "content:\"ab\"; content:\"cd\"; within:3;", "ab-cd", true },
	{ "content:\"ab\"; content:\"cd\"; within:2;", "ab-cd", false },
	{ "content:\"ab\"; content:\"cd\"; distance:1; within:2;", "ab-cd", true },
	{ "content:\"ab\"; content:\"cd\"; within:2;", "ab--abcd", true },
	{ "content:\"cd\"; content:\"ab\"; distance:-4; within:2;", "abcd", true },
	{ "content:\"ab\"; content:!\"x\"; within:3;", "ab---x", true },
	{ "content:\"ab\"; content:!\"x\"; within:3;", "ab--x", false },
	{ "content:\"ab\"; content:!\"x\"; within:1; content:\"c\"; distance:0;", "abx ab-c", true },
	{ "content:\"ab\"; content:\"c\"; distance:0; content:\"d\"; within:1;", "ab c ab cd", true },
	{ "content:\"ab\"; isdataat:2,relative;", "ab12", true },
	{ "content:\"ab\"; isdataat:3,relative;", "ab12", false },
	{ "content:\"ab\"; isdataat:!1,relative;", "ab12ab", true },
	{ "content:\"ab\"; isdataat:!1,relative;", "ab12ab3", false },
	{ "content:\"ab\"; isdataat:3;", "ab12", true },
	{ "content:\"ab\"; isdataat:4;", "ab12", false },
	{ "content:\"ab\"; pcre:\"/^\\d+$/R\";", "ab12", true },
	{ "content:\"ab\"; pcre:\"/^\\d+$/R\";", "ab12x", false },
	{ "content:\"ab\"; pcre:\"/^x/R\";", "ab ab abx", true },
	{ "pcre:\"/EVIL/i\"; content:\"!\"; distance:0;", "an evil!", true },
	{ "pcre:!\"/evil/\"; content:\"good\";", "good", true },
	{ "pcre:!\"/evil/\"; content:\"good\";", "good evil", false },
	{ "pcre:\"/a.b/s\";", "a\nb", true },
	{ "pcre:\"/a.b/\";", "a\nb", false },
	{ "pcre:\"/a b # note/x\";", "ab", true },
	{ "pcre:\"/^b/m\";", "a\nb", true },
	{ "pcre:\"/b/A\";", "ab", false },
	{ "pcre:\"/a{2}?/G\";", "aa", true },
	{ "pcre:\"/b$/E\";", "ab\n", false },
	{ "pcre:\"/b$/\";", "ab\n", true },
	{ "byte_test:1,>,96,0;", "abcd", true },
	{ "byte_test:1,>,97,0;", "abcd", false },
	{ "byte_test:2,=,0x6162,0;", "abcd", true },
	{ "byte_test:2,=,0x6261,0,little;", "abcd", true },
	{ "byte_test:1,!&,0x80,0;", "abcd", true },
	{ "byte_test:1,&,0x80,0;", "abcd", false },
	{ "byte_test:1,!=,97,0;", "abcd", false },
	{ "byte_test:4,>,1,1;", "abcd", false },
	{ "byte_test:1,!=,97,9;", "abcd", false },
	{ "byte_test:4,>=,123,0,string,dec;", "0123 x", true },
	{ "byte_test:4,<,123,0,string,dec;", "0123 x", false },
	{ "byte_test:4,=,0x1f,0,string,hex;", "001f", true },
	{ "byte_test:4,=,31,0,string,dec;", "none", false },
	{ "byte_test:0,=,12345,0,string,dec;", "12345 67", true },
	{ "content:\"=\"; byte_test:0,>,127,0,relative,string,dec;", "n=128", true },
	{ "content:\"=\"; byte_test:0,>,127,0,relative,string,dec;", "n=127", false },
	{ "content:\"=\"; byte_test:0,>,127,0,relative,string,dec;", "n=", false },
	{ "byte_test:1,=,6,0,bitmask 0xf0;", "abcd", true },
	{ "content:\"len\"; byte_test:1,=,0x32,1,relative;", "len=2", true },
	{ "content:\"len\"; byte_test:1,=,0x33,1,relative;", "len=2 len=3", true },
	{ "content:\"len\"; byte_test:1,=,0x34,1,relative;", "len=2 len=3", false },
	{ "content:\"=\"; byte_test:1,=,0x6e,-1,relative;", "n=2", false },
	{ "content:\"=\"; byte_test:1,=,0x3d,-1,relative;", "n=2", true },
	{ "content:\"n\"; byte_jump:1,0,relative,string,dec; content:\"x\"; within:1;", "n3abcx", true },
	{ "content:\"n\"; byte_jump:1,0,relative,string,dec; content:\"x\"; within:1;", "n2abcx", false },
	{ "content:\"n\"; byte_jump:1,0,relative,string,dec; content:\"x\"; within:1;", "n9abcx", false },
	{ "content:\"n\"; byte_jump:1,0,relative,string,dec,post_offset -1; content:\"c\"; within:1;", "n3abcx", true },
	{ "content:\"n\"; byte_jump:1,0,relative,string,dec,multiplier 2; content:\"x\"; within:1;", "n2abcdx", true },
	{ "byte_jump:1,0,string,dec,from_beginning; content:\"x\"; within:1;", "3abx", true },
	{ "byte_jump:1,0,string,dec,align; content:\"x\"; within:1;", "1abcdx", true },
	{ "byte_jump:0,0,from_end,post_offset -2; content:\"x\"; within:1;", "abcxy", true },
	/* where Suricata 7 lands: before the begin is at it, the end is in reach */
	{ "byte_jump:1,0,string,dec,post_offset -200; content:\"1\"; within:1;", "1abx", true },
	{ "byte_jump:1,0,string,dec,relative;", "3abc", true },
	{ "byte_jump:1,0,string,dec,relative;", "4abc", false },
	{ "byte_jump:1,0,string,dec,from_beginning;", "4abc", true },
	{ "byte_jump:1,0,string,dec,from_beginning;", "5abc", false },
	{ "byte_extract:1,0,n,string,dec; content:\"x\"; offset:n;", "3-x-x", true },
	{ "byte_extract:1,0,n,string,dec; content:\"x\"; offset:n;", "3-x--", false },
	{ "byte_extract:1,0,n,string,dec; content:\"x\"; depth:n;", "3-x", true },
	{ "byte_extract:1,0,n,string,dec; content:\"x\"; depth:n;", "2-x", false },
	{ "byte_extract:1,0,n,string,dec; content:\"x\"; distance:n;", "2--x", true },
	{ "byte_extract:1,0,n,string,dec; content:\"x\"; distance:n;", "3--x", false },
	{ "byte_extract:1,0,n,string,dec; content:\"x\"; within:n;", "3--x", true },
	{ "byte_extract:1,0,n,string,dec; content:\"x\"; within:n;", "2--x", false },
	{ "byte_extract:1,0,n,string,dec; isdataat:n;", "3---", true },
	{ "byte_extract:1,0,n,string,dec; isdataat:!n;", "3---", false },
	{ "byte_extract:1,0,n,string,dec,multiplier 2; byte_test:1,=,n,1;", "4\x08", true },
	{ "byte_extract:1,0,n,string,dec,align 4; byte_test:1,=,n,1;", "5\x08", true },
	{ "byte_extract:1,0,n,string,dec; byte_test:n,=,0x6162,1;", "2ab", true },
	{ "byte_math:bytes 1,offset 0,oper +,rvalue 2,result n,string dec; content:\"x\"; distance:n;", "2----x", true },
	{ "byte_math:bytes 1,offset 0,oper *,rvalue 3,result n,string dec; content:\"x\"; distance:n;", "2----x", false },
	{ "byte_math:bytes 1,offset 0,oper <<,rvalue 1,result n,string dec; byte_test:1,=,n,1;", "4\x08", true },
	{ "byte_extract:1,0,a,string,dec; byte_math:bytes 1,offset 1,oper /,rvalue a,result n,string dec;", "08", false },
	{ "byte_extract:1,0,a,string,dec; byte_math:bytes 1,offset 1,oper /,rvalue a,result n,string dec; "
	  "byte_test:1,=,n,2;", "28\x04", true },
	{ "base64_decode:bytes 8; base64_data; content:\"evil\"; startswith;", "ZXZpbCE=", true },
	{ "content:\"=\"; base64_decode:offset 1, relative; base64_data; content:\"evil\"; bsize:5;", "x= ZXZpbCE= rest", true },
	{ "content:\"=\"; base64_decode:bytes 4, offset 1, relative; base64_data; content:\"evil\";", "x= ZXZpbCE=", false },
	{ "base64_decode; content:\"ZX\"; base64_data; content:\"good\";", "ZXZpbCE=", false },
	{ "content:\"x\"; base64_decode:relative;", "x!", false },
	{ "tos:0;", "a", true },
	{ "tos:!0;", "a", false },
	{ "tos:x10;", "a", false },
	{ "ipopts:any;", "a", false },
	{ "fragbits:!D;", "a", true },
	{ "fragbits:D;", "a", false },
	{ "fragbits:M+;", "a", false },
	{ "fragoffset:0;", "a", true },
	{ "fragoffset:>0;", "a", false },
	{ "tcp.mss:>1;", "a", false },
	{ "stream_size:client,<,6;", "abcd", true },
	{ "stream_size:client,>,5;", "abcd", false },
	{ "stream_size:client,=,5;", "abcd", true },
	{ "stream_size:either,!=,5;", "abcd", true },
	{ "stream_size:both,<,6;", "abcde", false },
	{ "app-layer-protocol:failed;", "a", true },
	{ "app-layer-protocol:!http;", "a", true },
	{ "app-layer-protocol:http;", "a", false },
	{ "tcp.hdr; content:\"|9c 40 00 50|\"; startswith;", "a", true },
	{ "tcp.hdr; bsize:20; content:\"a\";", "a", false },
	{ "tcp.hdr; bsize:20; content:\"|50 18|\"; offset:12; depth:2;", "a", true },
	{ "ipv4.hdr; content:\"|45|\"; startswith; byte_test:1,=,64,8;", "a", true },
	{ "ipv4.hdr; byte_test:1,=,63,8;", "a", false },
	{ "ipv6.hdr; content:\"|45|\";", "a", false },
	{ "dsize:4; tag:session,5,packets; prefilter;", "abcd", true },
	{ "dsize:4;", "abcd", true },
	{ "dsize:!4;", "abcd", false },
	{ "dsize:>4;", "abcd", false },
	{ "dsize:>=4;", "abcd", true },
	{ "dsize:<5;", "abcd", true },
	{ "dsize:3<>5;", "abcd", true },
	{ "dsize:4<>9;", "abcd", false },
	{ "dsize:0;", "", true },
	{ "dsize:0;", "a", false },
	{ "content:!\"x\";", "", false },
	{ "ttl:64;", "a", true },
	{ "ttl:<64;", "a", false },
	{ "id:0;", "a", true },
	{ "id:7;", "a", false },
	{ "ip_proto:tcp;", "a", true },
	{ "ip_proto:!6;", "a", false },
	{ "window:0;", "a", true },
	{ "ack:1;", "a", false },
	{ "seq:4294967280;", "a", true },
	{ "tcp.seq:4294967280; tcp.window:0;", "a", true },
	{ "tcp.ack:1;", "a", false },
	{ "content:\"a\"; replace:\"b\";", "a", true },
	{ "seq:1;", "a", false },
	{ "sameip;", "a", false },
	{ "flags:PA;", "a", true },
	{ "flags:A;", "a", false },
	{ "flags:A+;", "a", true },
	{ "flags:*SP;", "a", true },
	{ "flags:!S;", "a", true },
	{ "flags:A,P12;", "a", true },
	{ "flow:established;", "a", true },
	{ "flow:not_established;", "a", false },
	{ "flow:established,to_server;", "a", true },
	{ "flow:to_client;", "a", false },
	{ "flow:from_client,stateless;", "a", true },
	{ "content:\"a\"; noalert;", "a", false },
};

static void each_keyword_hits_and_misses(void **state)
{
	struct cordon_facts f = record_facts(1, 6, 0, CORDON_APP_NONE,
					     CORDON_FLOW_SYN | CORDON_FLOW_ESTABLISHED | CORDON_FLOW_FIRST0);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[512];
		struct rule_bench *b;

		snprintf(text, sizeof(text), "alert tcp-pkt any any -> any any (%s sid:1;)", rows[i].options);
		b = bench_new(text);
		if (!ruleset_count(b->rs))
			fail_msg("refused: %s", rows[i].options);
		b->known = VIEW_ACKED0;
		bench_packet(b, &f, 0x18, rows[i].payload, strlen(rows[i].payload));
		if (bench_hits(b, 1) != rows[i].hit)
			fail_msg("%s on '%s': %s", rows[i].options, rows[i].payload, rows[i].hit ? "missed" : "hit");
		bench_done(b);
	}
}

/* rows: the payloads of one flow in turn, and after each how often the rule of sid 1 has fired */
static const struct {
	const char *rules, *payload[3];
	unsigned int hits[3];
} chains[] = {
	{ "alert tcp-pkt any any -> any any (content:\"login\"; flowbits:set,seen; flowbits:noalert; sid:9;)\n"
	  "alert tcp-pkt any any -> any any (content:\"evil\"; flowbits:isset,seen; sid:1;)",
	  { "evil", "login", "evil" }, { 0, 0, 1 } },
	/* in one packet: who sets comes before who asks, whatever their order in the file */
	{ "alert tcp-pkt any any -> any any (content:\"evil\"; flowbits:isset,seen; sid:1;)\n"
	  "alert tcp-pkt any any -> any any (content:\"login\"; flowbits:set,seen; sid:9;)",
	  { "evil", "evil login", "x" }, { 0, 1, 1 } },
	/* any of them is not set */
	{ "alert tcp-pkt any any -> any any (content:\"login\"; flowbits:set,a; noalert; sid:9;)\n"
	  "alert tcp-pkt any any -> any any (content:\"evil\"; flowbits:isnotset,a|b; sid:1;)",
	  { "evil", "login", "evil" }, { 1, 1, 2 } },
	{ "alert tcp-pkt any any -> any any (content:\"evil\"; flowbits:isnotset,a; flowbits:set,a; sid:1;)",
	  { "evil", "evil", "evil" }, { 1, 1, 1 } },
	{ "alert tcp-pkt any any -> any any (content:\"t\"; flowbits:toggle,a; noalert; sid:8;)\n"
	  "alert tcp-pkt any any -> any any (content:\"evil\"; flowbits:isset,a|b; sid:1;)",
	  { "t evil", "t evil", "t evil" }, { 1, 1, 2 } },
	{ "alert tcp-pkt any any -> any any (content:\"s\"; flowbits:set,a; noalert; sid:8;)\n"
	  "alert tcp-pkt any any -> any any (content:\"u\"; flowbits:unset,a; noalert; sid:7;)\n"
	  "alert tcp-pkt any any -> any any (content:\"evil\"; flowbits:isset,a; sid:1;)",
	  { "s", "evil", "u evil" }, { 0, 1, 1 } },
	{ "alert tcp-pkt any any -> any any (content:\"try\"; flowint:n,+,1; noalert; sid:8;)\n"
	  "alert tcp-pkt any any -> any any (content:\"try\"; flowint:n,isset; flowint:n,>=,2; sid:1;)",
	  { "try", "try", "try" }, { 0, 1, 2 } },
	{ "alert tcp-pkt any any -> any any (content:\"try\"; flowint:n,notset; flowint:n,=,5; noalert; sid:8;)\n"
	  "alert tcp-pkt any any -> any any (content:\"less\"; flowint:n,-,2; noalert; sid:7;)\n"
	  "alert tcp-pkt any any -> any any (content:\"e\"; flowint:n,==,3; sid:1;)",
	  { "try e", "less", "e" }, { 0, 1, 2 } },
	{ "alert tcp-pkt any any -> any any (content:\"s\"; xbits:set,a,track ip_src,expire 10; noalert; sid:8;)\n"
	  "alert tcp-pkt any any -> any any (content:\"e\"; xbits:isset,a,track ip_src; sid:1;)",
	  { "e", "s", "e" }, { 0, 0, 1 } },
	{ "alert tcp-pkt any any -> any any (content:\"s\"; xbits:set,a,track ip_pair; noalert; sid:8;)\n"
	  "alert tcp-pkt any any -> any any (content:\"e\"; xbits:isset,a,track ip_src; sid:1;)",
	  { "e", "s", "e" }, { 0, 0, 0 } },
	{ "alert tcp-pkt any any -> any any (content:\"s\"; hostbits:set,a,src; noalert; sid:8;)\n"
	  "alert tcp-pkt any any -> any any (content:\"e\"; hostbits:isset,a,src; hostbits:isnotset,a,dst; sid:1;)",
	  { "e", "s", "e" }, { 0, 0, 1 } },
};

static void rules_tell_each_other_what_they_saw(void **state)
{
	struct cordon_facts f = record_facts(1, 6, 0, CORDON_APP_NONE, CORDON_FLOW_ESTABLISHED);
	struct cordon_facts other = record_facts(2, 6, 0, CORDON_APP_NONE, CORDON_FLOW_ESTABLISHED);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(chains); i++) {
		struct rule_bench *b = bench_new(chains[i].rules);

		for (size_t k = 0; k < 3; k++) {
			bench_packet(b, &f, 0x18, chains[i].payload[k], strlen(chains[i].payload[k]));
			if (bench_hits(b, 1) != chains[i].hits[k])
				fail_msg("%s: after packet %zu %u hits", chains[i].rules, k + 1, bench_hits(b, 1));
		}
		bench_forget(b);
		/* bits of one flow are not another's; those of an address are */
		if (strstr(chains[i].rules, "flowbits:isset") && !strstr(chains[i].rules, "toggle")) {
			bench_packet(b, &other, 0x18, "evil", 4);
			assert_int_equal(bench_hits(b, 1), 0);
		}
		bench_done(b);
	}
}

/* the kernel has no record of a flow before its first data */
static void what_a_handshake_sets_is_its_flows(void **state)
{
	struct rule_bench *b = bench_new("alert tcp any any -> any any (flags:S; flowbits:set,syn; flowint:n,=,4; noalert; sid:8;)\n"
					 "alert tcp any any -> any any (flags:SA; flowbits:isset,syn; sid:1;)\n"
					 "alert tcp any any -> any any (flags:A; flowbits:isset,syn; flowbits:unset,syn; sid:2;)\n"
					 "alert tcp any any -> any any (flags:PA; flowbits:isnotset,syn; flowint:n,==,4; sid:3;)");
	struct cordon_facts client = record_facts(0, 6, 0, CORDON_APP_UNDECIDED, 0), server = client;

	(void)state;
	memcpy(server.saddr, client.daddr, 16);
	memcpy(server.daddr, client.saddr, 16);
	server.sport = client.dport;
	server.dport = client.sport;
	server.dir = 1;
	bench_packet(b, &client, 0x02, "", 0);
	bench_packet(b, &server, 0x12, "", 0);
	assert_int_equal(bench_hits(b, 1), 1);
	client.flow_id = 7; /* from here on it has one */
	client.flow_flags = CORDON_FLOW_ESTABLISHED;
	bench_packet(b, &client, 0x10, "", 0);
	bench_packet(b, &client, 0x10, "", 0);
	assert_int_equal(bench_hits(b, 2), 1);
	bench_packet(b, &client, 0x18, "x", 1);
	assert_int_equal(bench_hits(b, 3), 1);
	/* another connection between the same ends, later */
	client.flow_id = 0;
	client.flow_flags = 0;
	bench_packet(b, &client, 0x02, "", 0);
	b->rec.hdr.ts_ns += 61000000000ULL;
	bench_packet(b, &server, 0x12, "", 0);
	assert_int_equal(bench_hits(b, 1), 1);
	bench_done(b);
}

static void a_bit_with_a_time_is_forgotten(void **state)
{
	struct rule_bench *b = bench_new(
		"alert tcp-pkt any any -> any any (content:\"s\"; xbits:set,a,track ip_src,expire 10; noalert; sid:8;)\n"
		"alert tcp-pkt any any -> any any (content:\"e\"; xbits:isset,a,track ip_src; sid:1;)");
	struct cordon_facts f = record_facts(1, 6, 0, CORDON_APP_NONE, CORDON_FLOW_ESTABLISHED);

	(void)state;
	bench_packet(b, &f, 0x18, "s", 1);
	b->rec.hdr.ts_ns += 9000000000ULL;
	bench_packet(b, &f, 0x18, "e", 1);
	assert_int_equal(bench_hits(b, 1), 1);
	b->rec.hdr.ts_ns += 2000000000ULL;
	bench_packet(b, &f, 0x18, "e", 1);
	assert_int_equal(bench_hits(b, 1), 1);
	bench_done(b);
}

static const struct {
	const char *header;
	bool hit;
} headers[] = { /* the packet: 10.0.0.2:40000 -> 192.0.2.1:80, HTTP */
	{ "tcp any any -> any any", true },
	{ "ip any any -> any any", true },
	{ "udp any any -> any any", false },
	{ "http any any -> any any", true },
	{ "tls any any -> any any", false },
	{ "tcp 10.0.0.2 40000 -> 192.0.2.1 80", true },
	{ "tcp 192.0.2.1 80 -> 10.0.0.2 40000", false },
	{ "tcp 192.0.2.1 80 <> 10.0.0.2 40000", true },
	{ "tcp $HOME_NET any -> $EXTERNAL_NET $HTTP_PORTS", true },
	{ "tcp $EXTERNAL_NET any -> any any", false },
	{ "tcp any !40000 -> any any", false },
	{ "tcp any any -> any ![80,443]", false },
	{ "tcp any any -> [192.0.2.0/24,!192.0.2.1] any", false },
};

/* as Suricata: two rules, unless the ends are the same */
static void a_rule_of_both_ways_fires_for_each_that_fits(void **state)
{
	static const struct {
		const char *ends;
		unsigned int hits;
	} both[] = { { "10.0.0.0/8 any <> any any", 1 },
		     { "any any <> any any", 1 },
		     { "any [80,40000] <> any any", 2 },
		     { "any 80 <> any any", 1 },
		     { "[10.0.0.0/8,192.0.2.0/24] any <> any any", 2 } };
	struct cordon_facts f = record_facts(1, 6, 0, 0, CORDON_FLOW_ESTABLISHED);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		char text[160];
		struct rule_bench *b;

		snprintf(text, sizeof(text), "alert tcp-pkt %s (content:\"x\"; sid:1;)", both[i].ends);
		b = bench_new(text);
		bench_packet(b, &f, 0x18, "x", 1);
		if (bench_hits(b, 1) != both[i].hits)
			fail_msg("%s: %u hits", both[i].ends, bench_hits(b, 1));
		bench_done(b);
	}
}

static void the_header_must_fit(void **state)
{
	struct cordon_facts f = record_facts(1, 6, 0, CORDON_APP_HTTP, CORDON_FLOW_ESTABLISHED | CORDON_FLOW_FIRST0);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		char text[256];
		struct rule_bench *b;

		snprintf(text, sizeof(text), "alert %s (flow:no_stream; content:\"GET\"; sid:1;)", headers[i].header);
		b = bench_new(text);
		bench_packet(b, &f, 0x18, "GET /", 5);
		if (bench_hits(b, 1) != headers[i].hit)
			fail_msg("%s", headers[i].header);
		bench_done(b);
	}
}

static void icmp_type_and_code_are_read(void **state)
{
	struct rule_bench *b = bench_new("alert icmp any any -> any any (itype:156; icode:>50; sid:1;)\n"
					  "alert icmp any any -> any any (itype:8; sid:2;)");
	struct cordon_facts f = record_facts(1, 1, 0, 0, 0);

	(void)state;
	/* the harness puts the port, 40000 = 0x9c40, where type and code are */
	bench_packet(b, &f, 0, "x", 1);
	assert_int_equal(bench_hits(b, 1), 1);
	assert_int_equal(bench_hits(b, 2), 0);
	bench_done(b);
}

/* an IPv4 packet with a record route option, don't fragment, type of service 0x10, and a TCP MSS; an echo request; a Packet Too Big */
static void options_and_headers_are_read(void **state)
{
	struct rule_bench *b = bench_new("alert ip any any -> any any (ipopts:rr; sid:1;)\n"
					  "alert ip any any -> any any (ipopts:lsrr; sid:2;)\n"
					  "alert ip any any -> any any (ipopts:any; fragbits:D; tos:x10; sid:3;)\n"
					  "alert tcp any any -> any any (tcp.mss:1000<>2000; sid:4;)\n"
					  "alert icmp any any -> any any (icmp_id:258; icmp_seq:772; sid:5;)\n"
					  "alert icmp any any -> any any (icmp_id:1; sid:6;)\n"
					  "alert icmp any any -> any any (icmpv4.hdr; content:\"|08 00|\"; startswith; bsize:8; sid:7;)\n"
					  "alert udp any any -> any any (udp.hdr; content:\"|00 09|\"; offset:4; depth:2; sid:8;)\n"
					  "alert icmp any any -> any any (icmpv6.mtu:<1280; icmpv6.hdr; content:\"|02|\"; startswith; sid:9;)");
	struct cordon_facts f = record_facts(1, 6, 0, 0, CORDON_FLOW_ESTABLISHED);
	static const uint8_t ip_options[] = { 1, 7, 3, 4 }, tcp_options[] = { 2, 4, 0x05, 0xb4 };
	static const uint8_t echo[] = { 8, 0, 0, 0, 1, 2, 3, 4 };
	uint8_t *d = b->rec.pkt.data;

	(void)state;
	assert_int_equal(ruleset_count(b->rs), 9);
	bench_packet(b, &f, 2, "12345678", 8);
	/* the same bytes with options in them: 4 bytes of the IP header's, 4 of TCP's */
	memmove(d + 14 + 24, d + 14 + 20, 20);
	d[14] = 0x46;
	d[14 + 1] = 0x10;
	d[14 + 6] = 0x40;
	memcpy(d + 14 + 20, ip_options, 4);
	d[38 + 12] = 0x60;
	memcpy(d + 38 + 20, tcp_options, 4);
	b->rec.pkt.l4_off = 38;
	b->rec.pkt.payload_off = 0;
	b->rec.pkt.payload_len = 0;
	assert_int_equal(view_from_event(&b->rec.hdr, &b->view), 0);
	bench_look(b);
	assert_int_equal(bench_hits(b, 1), 1);
	assert_int_equal(bench_hits(b, 2), 0);
	assert_int_equal(bench_hits(b, 3), 1);
	assert_int_equal(bench_hits(b, 4), 1);
	f = record_facts(2, 17, 0, 0, 0);
	bench_packet(b, &f, 0, "x", 1);
	assert_int_equal(bench_hits(b, 8), 1);
	f = record_facts(3, 1, 0, 0, 0);
	bench_packet(b, &f, 0, "", 0);
	memcpy(d + 34, echo, 8);
	bench_look(b);
	assert_int_equal(bench_hits(b, 5), 1);
	assert_int_equal(bench_hits(b, 6), 0);
	assert_int_equal(bench_hits(b, 7), 1);
	assert_int_equal(bench_hits(b, 9), 0);
	b->rec.pkt.ip_version = 6;
	b->rec.pkt.facts.proto = 58;
	d[34] = 2;
	d[36 + 2] = d[36 + 3] = 0;
	bench_look(b);
	assert_int_equal(bench_hits(b, 9), 1);
	bench_done(b);
}

static void pass_silences_the_packet_and_drop_comes_first(void **state)
{
	struct cordon_facts f = record_facts(1, 17, 0, 0, 0);
	struct rule_bench *b = bench_new("alert udp any any -> any any (content:\"evil\"; sid:1;)\n"
					  "drop udp any any -> any any (content:\"evil\"; sid:2;)\n"
					  "pass udp any any -> any any (content:\"friend\"; sid:3;)");

	(void)state;
	bench_packet(b, &f, 0, "evil", 4);
	assert_int_equal(b->hits, 2);
	assert_int_equal(b->sid[0], 2);
	bench_forget(b);
	bench_packet(b, &f, 0, "evil friend", 11);
	assert_int_equal(b->hits, 0);
	bench_done(b);
}

static void an_address_rule_speaks_once_of_a_flow_and_direction(void **state)
{
	struct rule_bench *b = bench_new("alert ip any any -> 192.0.2.1 any (sid:1;)");
	struct cordon_facts f = record_facts(9, 6, 0, 0, 0);

	(void)state;
	bench_packet(b, &f, 2, "", 0);
	bench_packet(b, &f, 0x18, "data", 4);
	assert_int_equal(bench_hits(b, 1), 1);
	f.flow_id = 10;
	bench_packet(b, &f, 2, "", 0);
	assert_int_equal(bench_hits(b, 1), 2);
	bench_done(b);
}

/* what Suricata says of the packets of one flow: handshake without a record, first payload, second payload */
static const struct {
	const char *rule;
	unsigned int hits[4]; /* after each */
} paces[] = {
	{ "alert ip any any -> any any (sid:1;)", { 1, 1, 1, 1 } },
	{ "alert tcp any any -> any 80 (sid:1;)", { 1, 1, 1, 1 } },
	{ "alert tcp any any -> any any (ip_proto:6; sid:1;)", { 1, 1, 1, 1 } },
	{ "alert tcp any any -> any any (flow:stateless; sid:1;)", { 1, 2, 3, 4 } },
	{ "alert tcp any any -> any any (flowbits:isnotset,x; sid:1;)", { 1, 2, 3, 4 } },
	{ "alert tcp any any -> any any (flowbits:set,x; sid:1;)", { 1, 1, 1, 1 } },
	{ "alert tcp any any -> any any (flowbits:unset,x; sid:1;)", { 1, 2, 3, 4 } },
	{ "alert tcp any any -> any any (flowint:x,=,1; sid:1;)", { 1, 2, 3, 4 } },
	{ "alert tcp any any -> any any (xbits:toggle,x,track ip_src; sid:1;)", { 1, 1, 1, 1 } },
	{ "alert tcp any any -> any any (xbits:isnotset,x,track ip_src; sid:1;)", { 1, 1, 1, 1 } },
	{ "alert tcp any any -> any any (hostbits:set,x; sid:1;)", { 1, 1, 1, 1 } },
	{ "alert tcp any any -> [any,!203.0.113.7] any (sid:1;)", { 1, 2, 3, 4 } },
	{ "alert tcp any any -> $EXTERNAL_NET any (sid:1;)", { 1, 2, 3, 4 } },
	{ "alert tcp any any -> any !81 (sid:1;)", { 1, 1, 1, 1 } },
	{ "alert tcp any any -> any any (nfq_set_mark:0x1/0x1; sid:1;)", { 1, 2, 3, 4 } },
	{ "alert http any any -> any any (sid:1;)", { 0, 0, 0, 1 } },
	{ "alert http any any -> any any (dsize:>0; sid:1;)", { 0, 0, 0, 1 } },
	{ "alert tcp any any -> any any (app-layer-protocol:http; sid:1;)", { 0, 0, 0, 1 } },
	{ "alert tcp any any -> any any (app-layer-protocol:!tls; flow:to_server; sid:1;)", { 0, 0, 0, 1 } },
};

static void header_rules_speak_as_often_as_suricatas(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paces); i++) {
		struct rule_bench *b = bench_new(paces[i].rule);
		struct cordon_facts f = record_facts(0, 6, 0, 0, 0);

		for (int k = 0; k < 4; k++) {
			f.flow_id = k > 1 ? 7 : 0;
			f.app = k > 1 ? CORDON_APP_HTTP : 0;
			b->known = k > 2 ? VIEW_ACKED0 | VIEW_TOLD : 0;
			bench_packet(b, &f, k ? 0x10 : 2, "payload", k > 1 ? 7 : 0);
			if (bench_hits(b, 1) != paces[i].hits[k])
				fail_msg("%s: %u hits after packet %d", paces[i].rule, bench_hits(b, 1), k + 1);
		}
		/* another connection of the same ends */
		f = record_facts(0, 6, 0, 0, 0);
		if (paces[i].hits[0] == 1 && paces[i].hits[3] == 1) {
			bench_packet(b, &f, 2, "", 0);
			assert_int_equal(bench_hits(b, 1), 2);
		}
		bench_done(b);
	}
}

/* of a protocol without flows each packet stands alone; behind the begin of ciphertext there is no payload */
static void what_has_no_flow_is_said_each_time(void **state)
{
	struct rule_bench *b = bench_new("alert ip any any -> any any (sid:1;)\nalert tcp any any -> any any (dsize:>0; sid:2;)");
	struct cordon_facts f = record_facts(0, 2, 0, 0, 0), tcp = record_facts(7, 6, 0, CORDON_APP_TLS, CORDON_FLOW_ESTABLISHED);

	(void)state;
	bench_packet(b, &f, 0, "igmp", 4);
	bench_packet(b, &f, 0, "igmp", 4);
	assert_int_equal(bench_hits(b, 1), 2);
	bench_packet(b, &tcp, 0x18, "clear", 5);
	b->known = VIEW_SEALED;
	bench_packet(b, &tcp, 0x18, "sealed", 6);
	assert_int_equal(bench_hits(b, 1), 3);
	assert_int_equal(bench_hits(b, 2), 1);
	bench_done(b);
}

/* as Suricata counts: each SYN is one, and a connection that was not seen to begin has no sizes */
static void sizes_of_a_stream_begin_with_its_syn(void **state)
{
	struct rule_bench *b = bench_new("alert tcp any any -> any any (stream_size:client,=,1; sid:1;)\n"
					 "alert tcp any any -> any any (stream_size:server,=,1; sid:2;)\n"
					 "alert tcp any any -> any any (stream_size:server,<,5; sid:3;)");
	struct cordon_facts client = record_facts(0, 6, 0, CORDON_APP_UNDECIDED, CORDON_FLOW_SYN), server;

	(void)state;
	memset(client.base_seq, 0, sizeof(client.base_seq)); /* the handshake is not done */
	server = client;
	server.dir = 1;
	bench_packet(b, &client, 0x02, "", 0);
	bench_packet(b, &server, 0x12, "", 0);
	bench_packet(b, &client, 0x10, "", 0);
	assert_int_equal(bench_hits(b, 1), 3);
	assert_int_equal(bench_hits(b, 2), 2);
	assert_int_equal(bench_hits(b, 3), 3);
	client.flow_flags = CORDON_FLOW_MIDSTREAM | CORDON_FLOW_NO_STREAM;
	bench_packet(b, &client, 0x18, "x", 1);
	assert_int_equal(bench_hits(b, 3), 3);
	bench_done(b);
}

/* a look without a packet is for rules that ask nothing of one; when the flow is given up for those of an application */
static void a_flow_is_looked_at_without_a_packet(void **state)
{
	struct rule_bench *b = bench_new("alert tcp any any -> any any (flow:established; sid:1;)\n"
					 "alert http any any -> any any (sid:2;)\n"
					 "alert tcp any any -> any any (flow:established; ttl:64; sid:3;)\n"
					 "alert http any any -> any any (flow:to_client; sid:4;)");
	struct cordon_facts f = record_facts(7, 6, 0, CORDON_APP_HTTP, CORDON_FLOW_ESTABLISHED);

	(void)state;
	assert_true(match_asks_flow(b->eng));
	b->known = VIEW_TOLD;
	bench_last(b, &f, false);
	assert_int_equal(bench_hits(b, 1), 1);
	assert_int_equal(bench_hits(b, 2), 1);
	bench_last(b, &f, true);
	assert_int_equal(bench_hits(b, 1), 1);
	assert_int_equal(bench_hits(b, 2), 2);
	assert_int_equal(bench_hits(b, 3) + bench_hits(b, 4), 0);
	bench_done(b);
}

/* a pass of a rule that speaks of the flow holds for all of it; one of a packet rule for that packet */
static void pass_of_a_flow_holds_for_the_flow(void **state)
{
	struct rule_bench *b = bench_new("pass ip 10.0.0.2 any -> 192.0.2.1 any (sid:9;)\n"
					  "pass tcp-pkt any any -> any any (content:\"friend\"; sid:8;)\n"
					  "alert tcp-pkt any any -> any any (content:\"evil\"; sid:1;)");
	struct cordon_facts f = record_facts(1, 6, 0, 0, CORDON_FLOW_ESTABLISHED), other = record_facts(2, 6, 1, 0, 0);

	(void)state;
	bench_packet(b, &f, 0x18, "x", 1);
	f.dir = CORDON_TO_CLIENT;
	memcpy(f.saddr, other.saddr, 16);
	memcpy(f.daddr, other.daddr, 16);
	bench_packet(b, &f, 0x18, "evil", 4);
	assert_int_equal(bench_hits(b, 1), 0);
	bench_packet(b, &other, 0x18, "evil friend", 11);
	assert_int_equal(bench_hits(b, 1), 0);
	bench_packet(b, &other, 0x18, "evil", 4);
	assert_int_equal(bench_hits(b, 1), 1);
	bench_done(b);
}

static void a_regex_that_hits_its_limit_counts_as_matched(void **state)
{
	struct rule_bench *b =
		bench_new("alert udp any any -> any any (content:\"aaaa\"; pcre:\"/(a+)+(a+)+(a+)+(a+)+b/\"; sid:1;)");
	struct cordon_facts f = record_facts(1, 17, 0, 0, 0);
	struct match_stats st;
	char a[200];

	(void)state;
	memset(a, 'a', sizeof(a));
	a[199] = 'b';
	a[198] = 'c';
	bench_packet(b, &f, 0, a, sizeof(a));
	match_stats(b->eng, &st);
	assert_int_equal(st.regex_limits, 1);
	assert_int_equal(bench_hits(b, 1), 1);
	bench_done(b);
}

static void a_search_that_does_not_end_counts_as_matched(void **state)
{
	struct rule_bench *b = bench_new("alert udp any any -> any any (content:\"aaaa\"; content:\"a\"; distance:0; "
					  "content:\"a\"; distance:0; content:\"a\"; distance:0; content:\"b\"; "
					  "distance:0; within:1; sid:1;)");
	struct cordon_facts f = record_facts(1, 17, 0, 0, 0);
	struct match_stats st;
	char a[400];

	(void)state;
	memset(a, 'a', sizeof(a));
	bench_packet(b, &f, 0, a, sizeof(a));
	match_stats(b->eng, &st);
	assert_int_equal(st.step_limits, 1);
	assert_int_equal(bench_hits(b, 1), 1);
	bench_done(b);
}

/* 10 hits, one a second; how many alerts */
static unsigned int alerts_of(const char *rate, bool from_many)
{
	struct cordon_facts f = record_facts(1, 17, 0, 0, 0);
	struct rule_bench *b;
	unsigned int n;
	char text[256];

	snprintf(text, sizeof(text), "alert udp any any -> any any (content:\"evil\"; %s sid:1;)", rate);
	b = bench_new(text);
	assert_int_equal(ruleset_count(b->rs), 1);
	for (unsigned int i = 0; i < 10; i++) {
		f.saddr[15] = (uint8_t)(from_many ? i : 2);
		b->rec.hdr.ts_ns = 5000000000ULL + i * 1000000000ULL;
		bench_packet(b, &f, 0, "evil", 4);
	}
	n = bench_hits(b, 1);
	bench_done(b);
	return n;
}

static void rates_count_as_suricata_counts(void **state)
{
	(void)state;
	assert_int_equal(alerts_of("", false), 10);
	assert_int_equal(alerts_of("threshold:type limit, track by_src, count 1, seconds 60;", false), 1);
	assert_int_equal(alerts_of("threshold:type limit, track by_src, count 1, seconds 60;", true), 10);
	assert_int_equal(alerts_of("threshold:type limit, track by_dst, count 1, seconds 60;", true), 1);
	assert_int_equal(alerts_of("threshold:type limit, track by_rule, count 3, seconds 60;", true), 3);
	assert_int_equal(alerts_of("threshold:type limit, track by_src, count 1, seconds 5;", false), 2);
	assert_int_equal(alerts_of("threshold:type threshold, track by_src, count 4, seconds 60;", false), 2);
	assert_int_equal(alerts_of("threshold:type both, track by_src, count 4, seconds 60;", false), 1);
	assert_int_equal(alerts_of("threshold:type both, track by_both, count 4, seconds 5;", false), 2);
	assert_int_equal(alerts_of("detection_filter:track by_src, count 4, seconds 60;", false), 6);
	assert_int_equal(alerts_of("detection_filter:track by_src, count 4, seconds 60;", true), 0);
}

/* 10 hits, one a second, of 10.0.0.2: alerts and, of those, drops */
static void alerts_and_drops(const char *line, unsigned int *alerts, unsigned int *drops)
{
	struct cordon_facts f = record_facts(1, 17, 0, 0, 0);
	struct rule_bench *b;
	char text[512];

	snprintf(text, sizeof(text), "alert udp any any -> any any (content:\"evil\"; sid:1;)\n%s", line);
	b = bench_new(text);
	assert_int_equal(ruleset_count(b->rs), 1);
	for (unsigned int i = 0; i < 10; i++) {
		b->rec.hdr.ts_ns = 5000000000ULL + i * 1000000000ULL;
		bench_packet(b, &f, 0, "evil", 4);
	}
	*alerts = bench_hits(b, 1);
	*drops = 0;
	for (size_t i = 0; i < b->hits; i++)
		*drops += b->action[i] == RULE_ACTION_DROP;
	bench_done(b);
}

static const struct {
	const char *line;
	unsigned int alerts, drops;
} filters[] = {
	{ "", 10, 0 },
	{ "suppress gen_id 1, sig_id 1", 0, 0 },
	{ "suppress gen_id 0, sig_id 0", 0, 0 },
	{ "suppress gen_id 1, sig_id 2", 10, 0 },
	{ "suppress gen_id 1, sig_id 1, track by_src, ip 10.0.0.0/8", 0, 0 },
	{ "suppress gen_id 1, sig_id 1, track by_src, ip [10.0.0.0/8,!10.0.0.2]", 10, 0 },
	{ "suppress gen_id 1, sig_id 1, track by_dst, ip 10.0.0.2", 10, 0 },
	{ "suppress gen_id 1, sig_id 1, track by_either, ip 192.0.2.1", 0, 0 },
	{ "event_filter gen_id 1, sig_id 1, type limit, track by_src, count 2, seconds 60", 2, 0 },
	{ "rate_filter gen_id 1, sig_id 1, track by_src, count 4, seconds 60, new_action drop, timeout 100", 10, 6 },
	{ "rate_filter gen_id 1, sig_id 1, track by_src, count 4, seconds 60, new_action drop, timeout 2", 10, 3 },
	{ "rate_filter gen_id 1, sig_id 1, track by_rule, count 4, seconds 60, new_action pass, timeout 100", 4, 0 },
	{ "rate_filter gen_id 1, sig_id 1, track by_src, count 4, seconds 2, new_action drop, timeout 100", 10, 0 },
};

static void filters_of_thresholds_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		unsigned int alerts, drops;

		alerts_and_drops(filters[i].line, &alerts, &drops);
		if (alerts != filters[i].alerts || drops != filters[i].drops)
			fail_msg("%s: %u alerts, %u drops", filters[i].line, alerts, drops);
	}
}

/* plain search for the same literals */
static void libhs_finds_what_a_plain_search_finds(void **state)
{
	enum { LITERALS = 40, ROUNDS = 400 };
	static char text[LITERALS * 128], lit[LITERALS][16];
	struct cordon_facts f = record_facts(1, 17, 0, 0, 0);
	struct rule_bench *b;
	size_t at = 0;

	(void)state;
	srandom(7);
	for (int i = 0; i < LITERALS; i++) {
		size_t n = 4 + (size_t)random() % 6;

		for (size_t k = 0; k < n; k++)
			lit[i][k] = (char)("abAB"[random() & 3]);
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "alert udp any any -> any any (content:\"%s\"; %s sid:%d;)\n", lit[i],
				       i & 1 ? "nocase;" : "", i + 1);
	}
	b = bench_new(text);
	assert_int_equal(ruleset_count(b->rs), LITERALS);
	for (int r = 0; r < ROUNDS; r++) {
		char buf[64];
		size_t n = 1 + (size_t)random() % (sizeof(buf) - 1);

		for (size_t k = 0; k < n; k++)
			buf[k] = (char)("abAB"[random() & 3]);
		buf[n] = 0;
		bench_forget(b);
		bench_packet(b, &f, 0, buf, n);
		for (int i = 0; i < LITERALS; i++)
			assert_int_equal(bench_hits(b, (uint32_t)i + 1),
					 (i & 1 ? strcasestr(buf, lit[i]) : strstr(buf, lit[i])) != NULL);
	}
	bench_done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_keyword_hits_and_misses),
		cmocka_unit_test(rules_tell_each_other_what_they_saw),
		cmocka_unit_test(what_a_handshake_sets_is_its_flows),
		cmocka_unit_test(a_bit_with_a_time_is_forgotten),
		cmocka_unit_test(the_header_must_fit),
		cmocka_unit_test(a_rule_of_both_ways_fires_for_each_that_fits),
		cmocka_unit_test(options_and_headers_are_read),
		cmocka_unit_test(icmp_type_and_code_are_read),
		cmocka_unit_test(pass_silences_the_packet_and_drop_comes_first),
		cmocka_unit_test(an_address_rule_speaks_once_of_a_flow_and_direction),
		cmocka_unit_test(header_rules_speak_as_often_as_suricatas),
		cmocka_unit_test(what_has_no_flow_is_said_each_time),
		cmocka_unit_test(sizes_of_a_stream_begin_with_its_syn),
		cmocka_unit_test(a_flow_is_looked_at_without_a_packet),
		cmocka_unit_test(pass_of_a_flow_holds_for_the_flow),
		cmocka_unit_test(a_regex_that_hits_its_limit_counts_as_matched),
		cmocka_unit_test(a_search_that_does_not_end_counts_as_matched),
		cmocka_unit_test(filters_of_thresholds_hold),
		cmocka_unit_test(rates_count_as_suricata_counts),
		cmocka_unit_test(libhs_finds_what_a_plain_search_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
