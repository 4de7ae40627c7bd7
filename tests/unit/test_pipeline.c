// SPDX-License-Identifier: BSD-2-Clause
/*
 * The pipeline on records made by hand, with the real rule engine: a history
 * followed by the suspect packet must give the alerts that all packets give,
 * each thing is said once, and state goes away.
 */
#include "unit/unit.h"

#include <unistd.h>

#include "base/str.h"
#include "harness/record.h"
#include "pipeline.h"

#define TCP CORDON_FLOW_ESTABLISHED
#define MAX 64

static union record rec;
static struct finding found[MAX];
static unsigned int n_found;
/* the engine remembers flows in which a rule has fired: each test has its own */
static uint64_t flow_id;

static void keep(const struct finding *f, void *ctx)
{
	(void)ctx;
	if (n_found < MAX)
		found[n_found++] = *f;
}

static unsigned int count(uint32_t kind, uint32_t sid)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < n_found; i++)
		n += found[i].kind == kind && found[i].sid == sid;
	return n;
}

static const struct finding *first(uint32_t kind)
{
	for (unsigned int i = 0; i < n_found; i++)
		if (found[i].kind == kind)
			return &found[i];
	return NULL;
}

static const char rules[] =
	"alert tcp any any -> any any (msg:\"seam\"; content:\"attack-code-here\"; sid:1;)\n"
	"alert tcp any any -> any any (msg:\"pair\"; content:\"firstpart\"; content:\"secondpart\"; distance:0; sid:2;)\n"
	"alert http any any -> any any (msg:\"uri\"; flow:established,to_server; http.uri; content:\"/evil/path\"; sid:3;)\n"
	"alert dns any any -> any any (msg:\"name\"; dns.query; content:\"evil.example\"; sid:4;)\n"
	"alert http any any -> any any (msg:\"body\"; http.request_body; content:\"wget http\"; sid:5;)\n"
	"alert tls any any -> any any (msg:\"sni\"; tls.sni; content:\"evil.example\"; sid:6;)\n"
	"alert udp any any -> any 80 (msg:\"datagram\"; content:\"datagram-needle\"; sid:7;)\n";

static struct ruleset *set;
static struct match_engine *engine;

static int load(void **state)
{
	char path[] = "/tmp/cordon-test-rules-XXXXXX";
	const char *files[] = { path };
	struct strbuf err = { 0 };
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0 || write(fd, rules, sizeof(rules) - 1) != (ssize_t)sizeof(rules) - 1)
		return -1;
	close(fd);
	if (ruleset_load(files, 1, NULL, 0, NULL, &set, &err) || match_build(set, &engine, &err))
		fprintf(stderr, "%s\n", err.s ? err.s : "?");
	unlink(path);
	strbuf_done(&err);
	return engine && ruleset_count(set) == 7 ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	match_free(engine);
	ruleset_free(set);
	return 0;
}

static struct pipeline *open_pipeline(uint32_t max_flows)
{
	struct pipeline_opts o = { .engine = engine, .on_finding = keep, .max_flows = max_flows, .max_stream_bytes = 1 << 24 };
	struct pipeline *p = NULL;

	n_found = 0;
	flow_id += 100;
	match_forget(engine);
	assert_int_equal(pipeline_new(&o, &p), 0);
	return p;
}

static void packet(struct pipeline *p, const struct cordon_facts *f, uint32_t off, const void *data, size_t n)
{
	record_tcp(&rec, f, off, 0x18, data, n);
	assert_int_equal(pipeline_event(&rec.hdr, p), 0);
}

/* a stream of @n bytes in segments of @seg; the kernel's first word on it comes with segment @from */
static void play(uint8_t app, const uint8_t *s, uint32_t n, uint32_t seg, uint32_t from)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(flow_id, 6, 0, app, TCP);
	const uint8_t *streams[2] = { s, NULL };
	uint32_t start[2] = { 0 }, len[2] = { 0 };

	for (uint32_t off = 0, i = 0; off < n; off += seg, i++) {
		if (i == from && off) {
			start[0] = off > CORDON_WINDOW ? off - CORDON_WINDOW : 0;
			len[0] = off - start[0];
			record_hist(&rec, &f, streams, start, len);
			pipeline_event(&rec.hdr, p);
		}
		if (i >= from)
			packet(p, &f, off, s + off, n - off < seg ? n - off : seg);
	}
	pipeline_free(p);
}

static void history_and_packet_alert_as_all_packets_do(void **state)
{
	static uint8_t s[9000];

	(void)state;
	for (uint32_t at = 8000; at < 8020; at += 3)
		for (uint32_t seg = 5; seg < 1500; seg = seg * 3 + 1) {
			memset(s, 'x', sizeof(s));
			memcpy(s + at, "attack-code-here", 16);
			memcpy(s + 5000, "firstpart", 9);
			memcpy(s + at + 30, "secondpart", 10);
			play(CORDON_APP_NONE, s, sizeof(s), seg, 0);
			assert_int_equal(count(FINDING_ALERT, 1), 1);
			assert_int_equal(count(FINDING_ALERT, 2), 1);
			play(CORDON_APP_NONE, s, sizeof(s), seg, at / seg);
			assert_int_equal(count(FINDING_ALERT, 1), 1);
			assert_int_equal(count(FINDING_ALERT, 2), 1);
			assert_int_equal(n_found, 3); /* and the flow itself */
		}
}

static const char request[] = "POST /evil/./path?a=b HTTP/1.1\r\nHost: Bad.Example\r\nUser-Agent: bot\r\n"
			      "Transfer-Encoding: chunked\r\n\r\n4\r\nwget\r\n5\r\n http\r\n0\r\n\r\n";

static void request_alerts_in_every_cut(void **state)
{
	const struct finding *f;

	(void)state;
	for (uint32_t seg = 1; seg < sizeof(request); seg++)
		for (uint32_t from = 0; from < 3; from++) {
			play(CORDON_APP_HTTP, (const uint8_t *)request, sizeof(request) - 1, seg, from);
			if (from * seg >= sizeof(request) - 1)
				continue;
			assert_int_equal(count(FINDING_ALERT, 3), 1);
			assert_int_equal(count(FINDING_ALERT, 5), 1);
			f = first(FINDING_ALERT);
			assert_string_equal(f->name, "bad.example");
			assert_string_equal(f->http_uri, "/evil/./path?a=b");
			assert_string_equal(f->http_method, "POST");
			assert_string_equal(f->http_agent, "bot");
			assert_int_equal(f->facts.from_device, 1);
		}
}

static void application_known_late_is_fed_from_the_start(void **state)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(flow_id, 6, 0, CORDON_APP_UNDECIDED, TCP);

	(void)state;
	packet(p, &f, 0, request, 2);
	f.app = CORDON_APP_HTTP;
	packet(p, &f, 2, request + 2, sizeof(request) - 3);
	assert_int_equal(count(FINDING_ALERT, 3), 1);
	pipeline_free(p);
}

static const uint8_t query[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04" "evil\x07" "example\x00\x00\x01\x00\x01";

/* as Suricata: what the other direction tells holds for both. HTTP reads whatever comes, DNS does not. */
static void direction_not_recognised_is_what_the_other_tells(void **state)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(flow_id, 6, 0, CORDON_APP_HTTP, TCP | CORDON_FLOW_FAILED0);
	uint8_t wire[sizeof(query) + 1] = { 0, sizeof(query) - 1 };

	(void)state;
	packet(p, &f, 0, request, sizeof(request) - 1);
	assert_int_equal(count(FINDING_ALERT, 3), 1);
	memcpy(wire + 2, query, sizeof(query) - 1);
	f = record_facts(flow_id + 1, 6, 0, CORDON_APP_DNS, TCP | CORDON_FLOW_FAILED0);
	packet(p, &f, 0, wire, sizeof(wire));
	assert_int_equal(count(FINDING_ALERT, 4), 0);
	pipeline_free(p);
}

/* fuzz_view: a record may call a stream what is known in datagrams only */
static void a_stream_said_to_be_of_datagrams_is_not_parsed(void **state)
{
	static const uint8_t only[] = { CORDON_APP_SNMP, CORDON_APP_DHCP, CORDON_APP_QUIC };
	struct pipeline *p = open_pipeline(10);

	(void)state;
	for (size_t i = 0; i < sizeof(only); i++) {
		struct cordon_facts f = record_facts(flow_id + i, 6, 0, only[i], TCP);

		packet(p, &f, 0, request, sizeof(request) - 1);
	}
	assert_int_equal(count(FINDING_ALERT, 3), 0);
	pipeline_free(p);
}

static void stream_with_a_lost_beginning_is_not_parsed(void **state)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(flow_id, 6, 0, CORDON_APP_HTTP, TCP);

	(void)state;
	packet(p, &f, 10, request, sizeof(request) - 1);
	assert_int_equal(count(FINDING_ALERT, 3), 0);
	pipeline_free(p);
}

static void segments_in_any_order_alert_once(void **state)
{
	static uint8_t s[400];
	struct cordon_facts f = record_facts(flow_id, 6, 0, CORDON_APP_NONE, TCP | CORDON_FLOW_STRANGE);

	(void)state;
	memset(s, 'y', sizeof(s));
	memcpy(s + 195, "attack-code-here", 16);
	for (unsigned int mask = 0; mask < 24; mask++) {
		struct pipeline *p = open_pipeline(10);
		unsigned int order[4] = { 0, 1, 2, 3 };

		for (unsigned int i = 0, m = mask; i < 3; m /= 4 - i, i++) {
			unsigned int j = i + m % (4 - i), t = order[i];

			order[i] = order[j];
			order[j] = t;
		}
		for (unsigned int i = 0; i < 4; i++) {
			packet(p, &f, order[i] * 100, s + order[i] * 100, 100);
			packet(p, &f, order[i] * 100, s + order[i] * 100, 100);
		}
		assert_int_equal(count(FINDING_ALERT, 1), 1);
		pipeline_free(p);
	}
}

static void bytes_past_the_depth_or_cleared_are_not_looked_at(void **state)
{
	static const uint32_t flags[] = { CORDON_FLOW_DEPTH0, CORDON_FLOW_CLEARED };

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		struct pipeline *p = open_pipeline(10);
		struct cordon_facts f = record_facts(flow_id, 6, 0, CORDON_APP_NONE, TCP | flags[i]);

		packet(p, &f, 0, "attack-code-here", 16);
		assert_int_equal(count(FINDING_ALERT, 1), 0);
		pipeline_free(p);
	}
}

static void segments_that_no_stream_takes_up_are_looked_at_one_by_one(void **state)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(flow_id, 6, 0, CORDON_APP_NONE, TCP | CORDON_FLOW_NO_STREAM);

	(void)state;
	packet(p, &f, 0, "attack-code-here", 16);
	packet(p, &f, 16, "attack-", 7);
	packet(p, &f, 23, "code", 4);
	assert_int_equal(count(FINDING_ALERT, 1), 1);
	pipeline_free(p);
}

static void other_bytes_at_old_numbers_are_looked_at(void **state)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(flow_id, 6, 0, CORDON_APP_NONE, TCP | CORDON_FLOW_STRANGE);

	(void)state;
	packet(p, &f, 0, "prefix attack-", 14);
	packet(p, &f, 14, "XXXXXXXXXXXX", 12);
	record_tcp(&rec, &f, 14, 0x18, "XXXXXXXXXXXX", 12);
	rec.pkt.reasons = CORDON_BIT(CORDON_REASON_OLD);
	pipeline_event(&rec.hdr, p); /* sent again */
	assert_int_equal(count(FINDING_ALERT, 1), 0);
	record_tcp(&rec, &f, 14, 0x18, "code-here XX", 12);
	rec.pkt.reasons = CORDON_BIT(CORDON_REASON_OLD);
	pipeline_event(&rec.hdr, p);
	assert_int_equal(count(FINDING_ALERT, 1), 1);
	/* also past the depth: the first bytes may have been there to use it up */
	match_forget(engine);
	f.flow_flags |= CORDON_FLOW_DEPTH0;
	record_tcp(&rec, &f, 0, 0x18, "attack-code-here", 16);
	rec.pkt.reasons = CORDON_BIT(CORDON_REASON_OLD);
	pipeline_event(&rec.hdr, p);
	assert_int_equal(count(FINDING_ALERT, 1), 2);
	pipeline_free(p);
}

static void history_of_the_other_direction_is_seen_from_its_end(void **state)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(flow_id, 6, 0, CORDON_APP_NONE, TCP);
	const uint8_t *streams[2] = { NULL, (const uint8_t *)"..attack-code-here.." };
	const uint32_t start[2] = { 0, 0 }, len[2] = { 0, 20 };

	(void)state;
	record_hist(&rec, &f, streams, start, len);
	pipeline_event(&rec.hdr, p);
	assert_int_equal(count(FINDING_ALERT, 1), 1);
	assert_int_equal(found[0].facts.dir, CORDON_TO_CLIENT);
	assert_int_equal(found[0].facts.from_device, 0);
	assert_memory_equal(found[0].facts.saddr, f.daddr, 16);
	assert_int_equal(found[0].facts.dport, f.sport);
	pipeline_free(p);
}

static void dns_alerts_from_datagram_and_stream(void **state)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(flow_id, 17, 0, CORDON_APP_DNS, 0);
	uint8_t wire[sizeof(query) + 1] = { 0, sizeof(query) - 1 };

	(void)state;
	record_udp(&rec, &f, query, sizeof(query) - 1);
	pipeline_event(&rec.hdr, p);
	assert_int_equal(count(FINDING_ALERT, 4), 1);
	assert_string_equal(first(FINDING_ALERT)->name, "evil.example");
	assert_int_equal(count(FINDING_DNS, 0), 0); /* the NAME record says it */
	memcpy(wire + 2, query, sizeof(query) - 1);
	f = record_facts(flow_id + 1, 6, 0, CORDON_APP_DNS, TCP | CORDON_FLOW_SPLIT_NAME);
	for (uint32_t i = 0; i < sizeof(wire); i++)
		packet(p, &f, i, wire + i, 1);
	assert_int_equal(count(FINDING_ALERT, 4), 2);
	assert_int_equal(count(FINDING_DNS, 0), 1);
	pipeline_free(p);
}

static void fragmented_datagram_alerts(void **state)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(0, 17, 0, 0, 0);
	uint8_t l4[8 + 40];

	(void)state;
	memset(l4, 'z', sizeof(l4));
	memcpy(l4 + 20, "datagram-needle", 15);
	for (int i = 1; i >= 0; i--) {
		uint8_t *ip = rec.pkt.data + 14;

		record_udp(&rec, &f, l4 + 8, 40);
		if (i)
			memmove(ip + 20, ip + 20 + 24, 24);
		rec.pkt.l4_off = rec.pkt.payload_off = 0;
		rec.pkt.cap_len = 14 + 20 + 24;
		rec.hdr.size = (uint32_t)sizeof(rec.pkt) + rec.pkt.cap_len;
		rec.pkt.reasons = CORDON_BIT(CORDON_REASON_FRAGMENT);
		ip[3] = 44;
		ip[6] = i ? 0 : 0x20;
		ip[7] = i ? 3 : 0;
		pipeline_event(&rec.hdr, p);
	}
	assert_int_equal(count(FINDING_ALERT, 7), 1);
	pipeline_free(p);
}

static void each_thing_is_said_once(void **state)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(flow_id, 6, 0, CORDON_APP_HTTP, TCP | CORDON_FLOW_FIRST0);
	uint32_t cut = 40;

	(void)state;
	record_tcp(&rec, &f, 0, 0x18, request, sizeof(request) - 1);
	rec.hdr.kind = CORDON_EVENT_FIRST;
	pipeline_event(&rec.hdr, p);
	packet(p, &f, 0, request, sizeof(request) - 1);
	pipeline_idle(p);
	assert_int_equal(count(FINDING_HTTP, 0), 1);
	assert_int_equal(count(FINDING_SEEN, 0), 1);
	assert_int_equal(count(FINDING_APP, 0), 1);
	assert_string_equal(first(FINDING_HTTP)->http_uri, "/evil/./path?a=b");
	/* a head cut over two packets is said from the stream */
	f.flow_flags |= CORDON_FLOW_SPLIT_NAME;
	f.flow_id++;
	record_tcp(&rec, &f, 0, 0x18, request, cut);
	rec.hdr.kind = CORDON_EVENT_FIRST;
	pipeline_event(&rec.hdr, p);
	packet(p, &f, 0, request, cut);
	pipeline_idle(p);
	assert_int_equal(count(FINDING_HTTP, 0), 1);
	packet(p, &f, cut, request + cut, sizeof(request) - 1 - cut);
	pipeline_idle(p);
	assert_int_equal(count(FINDING_HTTP, 0), 2);
	pipeline_free(p);
}

static bool has_pair(const struct finding *f, const char *key, const char *value)
{
	for (const char *p = f->pairs; *p; p += strlen(p) + 1) {
		const char *v = p + strlen(p) + 1;

		if (!strcmp(p, key))
			return !strcmp(v, value);
		p = v;
	}
	return !value;
}

/* a server's packet of flow @id */
static void answer(struct pipeline *p, uint64_t id, const char *text)
{
	struct cordon_facts f = record_facts(id, 6, 1, CORDON_APP_HTTP, TCP);

	packet(p, &f, 0, text, (uint32_t)strlen(text));
}

static void a_request_is_said_with_its_answer(void **state)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(flow_id, 6, 0, CORDON_APP_HTTP, TCP);

	(void)state;
	packet(p, &f, 0, request, sizeof(request) - 1);
	assert_int_equal(count(FINDING_HTTP, 0), 0);
	answer(p, flow_id, "HTTP/1.1 100 Continue\r\n\r\n");
	assert_int_equal(count(FINDING_HTTP, 0), 0);
	answer(p, flow_id,
	       "HTTP/1.1 302 Found\r\nContent-Type: text/html; charset=x\r\nContent-Length: 12\r\nLocation: /x\r\nContent-T");
	assert_int_equal(count(FINDING_HTTP, 0), 1);
	assert_int_equal(first(FINDING_HTTP)->http_status, 302);
	assert_int_equal(first(FINDING_HTTP)->facts.dir, CORDON_TO_SERVER);
	assert_true(has_pair(first(FINDING_HTTP), "http_content_type", "text/html"));
	assert_true(has_pair(first(FINDING_HTTP), "#length", "12"));
	assert_true(has_pair(first(FINDING_HTTP), "redirect", "/x"));
	/* nothing waits any more */
	answer(p, flow_id, "HTTP/1.1 200 OK\r\n\r\n");
	pipeline_idle(p);
	assert_int_equal(count(FINDING_HTTP, 0), 1);
	pipeline_free(p);
}

/* 101 ends HTTP on the flow: nothing else will answer; a value cut by the packet's end is not said */
static void an_upgrade_is_an_answer(void **state)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(flow_id, 6, 0, CORDON_APP_HTTP, TCP);

	(void)state;
	packet(p, &f, 0, request, sizeof(request) - 1);
	answer(p, flow_id, "HTTP/1.1 101 Switching\r\nContent-Type: text/ht");
	assert_int_equal(first(FINDING_HTTP)->http_status, 101);
	assert_true(has_pair(first(FINDING_HTTP), "http_content_type", NULL));
	pipeline_free(p);
}

static void a_request_without_answer_is_said_all_the_same(void **state)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(flow_id, 6, 0, CORDON_APP_HTTP, TCP);

	(void)state;
	packet(p, &f, 0, request, sizeof(request) - 1);
	/* the next one of the flow */
	packet(p, &f, sizeof(request) - 1, request, sizeof(request) - 1);
	assert_int_equal(count(FINDING_HTTP, 0), 1);
	assert_int_equal(first(FINDING_HTTP)->http_status, 0);
	/* too many wait: the oldest goes */
	for (unsigned int i = 1; i < PIPELINE_HTTP_WAITING; i++) {
		f.flow_id = flow_id + i;
		packet(p, &f, 0, request, sizeof(request) - 1);
	}
	n_found = 0;
	f.flow_id = flow_id + PIPELINE_HTTP_WAITING;
	packet(p, &f, 0, request, sizeof(request) - 1);
	assert_int_equal(count(FINDING_HTTP, 0), 1);
	assert_int_equal(first(FINDING_HTTP)->facts.flow_id, flow_id);
	/* time */
	n_found = 0;
	record_tcp(&rec, &f, 0, 0x18, "x", 1);
	rec.hdr.ts_ns += 6000000000ULL;
	pipeline_event(&rec.hdr, p);
	assert_int_equal(count(FINDING_HTTP, 0), MAX); /* no more are kept here */
	pipeline_free(p);
}

static void listed_names_and_addresses_are_threats(void **state)
{
	struct pipeline *p = open_pipeline(10);
	struct cordon_facts f = record_facts(flow_id, 17, 0, CORDON_APP_DNS, 0);

	(void)state;
	record_name(&rec, &f, CORDON_NAME_DNS, "evil.example");
	rec.name.indicator = 5;
	rec.name.generation = 2;
	rec.name.action = CORDON_ACTION_DROP;
	pipeline_event(&rec.hdr, p);
	assert_int_equal(count(FINDING_DNS, 0), 1);
	assert_int_equal(first(FINDING_THREAT)->indicator, 5);
	assert_string_equal(first(FINDING_THREAT)->name, "evil.example");
	assert_true(first(FINDING_THREAT)->reasons & CORDON_BIT(CORDON_REASON_THREAT_NAME));
	/* a listed Host comes as FIRST, and with it the packet */
	f = record_facts(flow_id + 1, 6, 0, CORDON_APP_HTTP, TCP);
	packet(p, &f, 0, request, sizeof(request) - 1);
	rec.hdr.kind = CORDON_EVENT_FIRST;
	rec.pkt.indicator = 6;
	rec.pkt.reasons = CORDON_BIT(CORDON_REASON_THREAT_NAME);
	pipeline_event(&rec.hdr, p);
	pipeline_idle(p);
	assert_int_equal(count(FINDING_HTTP, 0), 1);
	assert_int_equal(count(FINDING_THREAT, 0), 2);
	record_udp(&rec, &f, "x", 1);
	rec.pkt.indicator = 6;
	rec.pkt.reasons = CORDON_BIT(CORDON_REASON_THREAT_ADDR);
	pipeline_event(&rec.hdr, p);
	assert_int_equal(count(FINDING_THREAT, 0), 3);
	pipeline_free(p);
}

static void flows_are_bounded_and_closed_ones_go(void **state)
{
	struct pipeline *p = open_pipeline(3);
	struct pipeline_stats st;

	(void)state;
	for (uint64_t i = 1; i <= 5; i++) {
		struct cordon_facts f = record_facts(flow_id + i, 6, 0, CORDON_APP_NONE, TCP);

		packet(p, &f, 0, "hello", 5);
	}
	pipeline_stats(p, &st);
	assert_int_equal(st.flows, 5);
	assert_int_equal(st.flows_dropped, 2);
	for (uint64_t i = 6; i <= 20; i++) {
		struct cordon_facts f = record_facts(flow_id + i, 6, 0, CORDON_APP_NONE, TCP | CORDON_FLOW_FIN0 | CORDON_FLOW_FIN1);

		record_tcp(&rec, &f, 0, 0x11, "bye", 3);
		pipeline_event(&rec.hdr, p);
	}
	pipeline_stats(p, &st);
	assert_int_equal(st.flows_dropped, 3);
	pipeline_free(p);
}

static void record_that_does_not_add_up_is_counted(void **state)
{
	struct pipeline *p = open_pipeline(3);
	struct cordon_facts f = record_facts(flow_id, 6, 0, CORDON_APP_NONE, TCP);
	struct pipeline_stats st;

	(void)state;
	record_tcp(&rec, &f, 0, 0x18, "x", 1);
	rec.pkt.cap_len += 1;
	pipeline_event(&rec.hdr, p);
	record_tcp(&rec, &f, 0, 0x18, "x", 1);
	rec.pkt.payload_off = 2000;
	pipeline_event(&rec.hdr, p);
	record_tcp(&rec, &f, 0, 0x18, "x", 1);
	rec.pkt.facts.dir = 2;
	pipeline_event(&rec.hdr, p);
	rec.hdr.kind = 99;
	pipeline_event(&rec.hdr, p);
	pipeline_stats(p, &st);
	assert_int_equal(st.records, 4);
	assert_int_equal(st.bad_views, 4);
	pipeline_free(p);
}

static void a_finding_that_cannot_be_is_not_taken(void **state)
{
	struct finding f = { .kind = FINDING_THREAT, .action = CORDON_ACTION_DROP };

	(void)state;
	memset(f.name, 'x', sizeof(f.name));
	assert_true(finding_check(&f));
	assert_int_equal(strlen(f.name), sizeof(f.name) - 1);
	f.action = CORDON_ACTIONS; /* of an alert it is a rule's */
	assert_false(finding_check(&f));
	f.kind = FINDING_ALERT;
	assert_true(finding_check(&f));
	f.facts.app = CORDON_APPS;
	assert_false(finding_check(&f));
	f.facts.app = CORDON_APP_NONE;
	f.facts.dir = 2;
	assert_false(finding_check(&f));
	f.facts.dir = CORDON_TO_CLIENT;
	f.kind = FINDINGS;
	assert_false(finding_check(&f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(history_and_packet_alert_as_all_packets_do),
		cmocka_unit_test(request_alerts_in_every_cut),
		cmocka_unit_test(application_known_late_is_fed_from_the_start),
		cmocka_unit_test(direction_not_recognised_is_what_the_other_tells),
		cmocka_unit_test(a_stream_said_to_be_of_datagrams_is_not_parsed),
		cmocka_unit_test(stream_with_a_lost_beginning_is_not_parsed),
		cmocka_unit_test(segments_in_any_order_alert_once),
		cmocka_unit_test(bytes_past_the_depth_or_cleared_are_not_looked_at),
		cmocka_unit_test(segments_that_no_stream_takes_up_are_looked_at_one_by_one),
		cmocka_unit_test(other_bytes_at_old_numbers_are_looked_at),
		cmocka_unit_test(history_of_the_other_direction_is_seen_from_its_end),
		cmocka_unit_test(dns_alerts_from_datagram_and_stream),
		cmocka_unit_test(fragmented_datagram_alerts),
		cmocka_unit_test(each_thing_is_said_once),
		cmocka_unit_test(a_request_is_said_with_its_answer),
		cmocka_unit_test(an_upgrade_is_an_answer),
		cmocka_unit_test(a_request_without_answer_is_said_all_the_same),
		cmocka_unit_test(listed_names_and_addresses_are_threats),
		cmocka_unit_test(flows_are_bounded_and_closed_ones_go),
		cmocka_unit_test(record_that_does_not_add_up_is_counted),
		cmocka_unit_test(a_finding_that_cannot_be_is_not_taken),
	};

	return cmocka_run_group_tests_name("pipeline", tests, load, unload);
}
