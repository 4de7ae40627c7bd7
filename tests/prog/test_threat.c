// SPDX-License-Identifier: BSD-2-Clause
/* stage_threat and stage_name: listed addresses and prefixes, listed names in DNS, TLS and HTTP. */
#include "harness/walk.h"

static int setup(void **state)
{
	*state = walk_new(NULL);
	return 0;
}

static int teardown(void **state)
{
	walk_free(*state);
	return 0;
}

static void to(struct walk *w, const char *dst)
{
	struct pkt_spec s = walk_udp(9999, "x", 1);

	s.dst = dst;
	if (strchr(dst, ':'))
		s.src = "fd00::2";
	walk_up(w, &s);
}

static bool listed(struct walk *w, const char *dst)
{
	to(w, dst);
	return walk_because(w, CORDON_REASON_THREAT_ADDR);
}

static void address_and_prefixes_are_found(void **state)
{
	struct walk *w = *state;

	walk_feed(w, "plain",
		  "198.18.7.1\n198.18.8.0/24\n198.18.16.0/20\n198.18.9.4/"
		  "30\n2001:2::7\n2001:2:0:8::/64\n2001:2:2::/48\n2a00::/24\n",
		  CORDON_ACTION_ALERT, false);
	assert_true(listed(w, "198.18.7.1"));
	assert_false(listed(w, "198.18.7.2"));
	assert_true(listed(w, "198.18.8.255"));
	assert_true(listed(w, "198.18.31.1"));
	assert_false(listed(w, "198.18.32.1"));
	assert_true(listed(w, "198.18.9.7"));
	assert_false(listed(w, "198.18.9.8"));
	assert_true(listed(w, "2001:2::7"));
	assert_false(listed(w, "2001:2::8"));
	assert_true(listed(w, "2001:2:0:8::1:1"));
	assert_true(listed(w, "2001:2:2:ffff::1"));
	assert_false(listed(w, "2001:2:3::1"));
	assert_true(listed(w, "2a00:ff::1"));
	assert_false(listed(w, "2a00:100::1"));
	assert_false(listed(w, "192.0.2.1"));
}

/* RFC 4291 2.5.5.2, RFC 6052 2.1 */
static void address_is_found_within_an_ipv6_address(void **state)
{
	struct walk *w = *state;

	walk_feed(w, "plain", "198.18.7.1\n198.18.8.0/24\n", CORDON_ACTION_ALERT, false);
	assert_true(listed(w, "64:ff9b::198.18.7.1"));
	assert_true(listed(w, "64:ff9b::198.18.8.9"));
	assert_true(listed(w, "::ffff:198.18.7.1"));
	assert_false(listed(w, "64:ff9b::198.18.7.2"));
	assert_false(listed(w, "64:ff9b:1::198.18.7.1"));
	assert_false(listed(w, "64:ff9b::1:198.18.7.1"));
}

static void listed_source_is_found_on_the_way_to_the_device(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_reply(1, "x", 1);

	walk_feed(w, "plain", "198.18.7.1\n", CORDON_ACTION_ALERT, false);
	s.proto = IPPROTO_UDP;
	s.src = "198.18.7.1";
	walk_down(w, &s);
	assert_because(w, CORDON_REASON_THREAT_ADDR);
	assert_int_not_equal(walk_pkt(w)->indicator, 0);
	assert_int_equal(walk_pkt(w)->generation, w->generation);
	assert_int_equal(walk_pkt(w)->action, CORDON_ACTION_ALERT);
	walk_down(w, &s); /* said once for each flow */
	assert_int_equal(w->records, 0);
}

static void drop_holds_for_the_whole_flow(void **state)
{
	struct walk *w = *state;

	walk_feed(w, "plain", "198.18.7.1\n", CORDON_ACTION_DROP, false);
	to(w, "198.18.7.1");
	assert_true(w->dropped);
	assert_int_equal(walk_pkt(w)->verdict, 1);
	to(w, "198.18.7.1");
	assert_true(w->dropped);
	assert_int_equal(w->records, 0);
	walk_mode(w, CORDON_ROLE_DEVICE, CORDON_MODE_OBSERVE);
	to(w, "198.18.7.1");
	assert_false(w->dropped);
	assert_int_equal(walk_count(w, CORDON_COUNTER_WOULD_DROP), 1);
}

static void feed_in_observe_drops_nothing(void **state)
{
	struct walk *w = *state;

	walk_feed(w, "plain", "198.18.7.1\n", CORDON_ACTION_QUARANTINE, true);
	to(w, "198.18.7.1");
	assert_false(w->dropped);
	assert_because(w, CORDON_REASON_THREAT_ADDR);
	assert_int_equal(walk_pkt(w)->action, CORDON_ACTION_OBSERVE);
}

static void guarded_end_is_not_dropped(void **state)
{
	struct walk *w = *state;
	struct cordon_guard_key k = {.prefixlen = 144,
				     .kind = CORDON_DENY_ADDR,
				     .value = {[10] = 0xff, 0xff, 198, 18, 7, 1}};
	struct cordon_guard g = {.until_ns = ~0ULL};

	walk_feed(w, "plain", "198.18.7.1\n", CORDON_ACTION_DROP, false);
	assert_int_equal(kern_guard_put(w->k, &k, &g), 0);
	to(w, "198.18.7.1");
	assert_false(w->dropped);
	assert_because(w, CORDON_REASON_GUARD);
	assert_because(w, CORDON_REASON_THREAT_ADDR);
}

static void new_generation_reaches_live_flows(void **state)
{
	struct walk *w = *state;

	walk_feed(w, "plain", "198.18.200.1\n", CORDON_ACTION_DROP, false);
	to(w, "198.18.7.1");
	assert_false(w->dropped);
	walk_feed(w, "plain", "198.18.7.1\n", CORDON_ACTION_DROP, false);
	to(w, "198.18.7.1");
	assert_true(w->dropped);
	walk_feed(w, "plain", "198.18.200.1\n", CORDON_ACTION_DROP, false);
	to(w, "198.18.7.1");
	assert_false(w->dropped);
}

static void syn_to_a_listed_address_is_dropped(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_tcp(1, NULL, 0);

	walk_feed(w, "plain", "198.18.7.1\n", CORDON_ACTION_DROP, false);
	s.flags = 0x02;
	s.dst = "198.18.7.1";
	walk_up(w, &s);
	assert_true(w->dropped);
	assert_non_null(walk_pkt(w));
}

static void fragment_to_a_listed_address_is_dropped(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(9999, "12345678", 8);

	walk_feed(w, "plain", "198.18.7.1\n", CORDON_ACTION_DROP, false);
	s.dst = "198.18.7.1";
	s.frag_off = 16;
	walk_up(w, &s);
	assert_true(w->dropped);
}

static void mirror_asks_about_both_ends(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_reply(1, "x", 1);

	walk_mode(w, CORDON_ROLE_MIRROR, CORDON_MODE_REACT);
	walk_feed(w, "plain", "198.18.7.1\n", CORDON_ACTION_DROP, false);
	assert_true(listed(w, "198.18.7.1"));
	assert_false(w->dropped);
	s.proto = IPPROTO_UDP;
	s.src = "198.18.7.1";
	s.dport = 40001;
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_THREAT_ADDR);
}

/* --- names --- */

/* a query for @name; 0x80 in @flags: an answer */
static size_t dns(uint8_t *p, const char *name, uint8_t flags)
{
	static const uint8_t head[12] = {0x12, 0x34, 1, 0, 0, 1};
	size_t n = 12;

	memcpy(p, head, 12);
	p[2] |= flags;
	while (*name) {
		size_t len = strcspn(name, ".");

		p[n++] = (uint8_t)len;
		memcpy(p + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	memcpy(p + n, "\0\0\x1c\0\1", 5);
	return n + 5;
}

static void ask_at(struct walk *w, const char *server, const char *name)
{
	uint8_t p[512];
	struct pkt_spec s = walk_udp(53, p, dns(p, name, 0));

	s.dst = server;
	walk_up(w, &s);
}

static void ask(struct walk *w, const char *name)
{
	ask_at(w, "192.0.2.1", name);
}

static void every_dns_query_is_told(void **state)
{
	struct walk *w = *state;
	const struct cordon_event_name *e;

	ask(w, "Www.Example.ORG");
	e = walk_name(w);
	assert_non_null(e);
	assert_null(walk_pkt(w));
	assert_null(walk_first(w));
	assert_int_equal(e->source, CORDON_NAME_DNS);
	assert_int_equal(e->len, 15);
	assert_memory_equal(e->name, "www.example.org", 15);
	assert_int_equal(e->qtype, 28);
	assert_int_equal(e->txid, 0x1234);
	assert_int_equal(e->indicator, 0);
	assert_int_equal(e->facts.app, CORDON_APP_DNS);
	ask(w, "second.example.org");
	assert_memory_equal(walk_name(w)->name, "second.example.org", 18);
	assert_int_equal(walk_count(w, CORDON_COUNTER_NAMES), 1);
}

/* the records of the same questions, asked one after the other of programs that send all up and of the usual ones */
static void question_is_told_alike_on_the_shortest_way(void **state)
{
	static const char *const names[] = { "a.example.org", "", "second.EXAMPLE.org", "toplevel", "c2.example.org", "x.c2.example.org",
					     "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.example.org", "fine.example.org" };
	struct kern_opts o = walk_opts();
	struct walk *w = *state, *full;
	char longest[254];

	o.config.full = 1;
	full = walk_new(&o);
	kern_state(full->k)->seed = kern_state(w->k)->seed;
	memset(longest, 'a', 253);
	longest[63] = longest[127] = longest[191] = '.';
	longest[253] = 0;
	for (int round = 0; round < 4; round++) {
		uint64_t t = 1000000000ULL * (1000000 + 200 * (uint64_t)round * (uint64_t)round);

		for (size_t i = 0; i <= sizeof(names) / sizeof(*names); i++) {
			const char *name = i < sizeof(names) / sizeof(*names) ? names[i] : longest;
			const struct cordon_event_name *a, *b;

			walk_time(w, t + i * 1000);
			walk_time(full, t + i * 1000);
			ask(w, name);
			ask(full, name);
			a = walk_name(w);
			b = walk_name(full);
			assert_non_null(a);
			assert_int_equal(a->hdr.size, b->hdr.size);
			assert_memory_equal(a, b, a->hdr.size);
			assert_int_equal(w->dropped, full->dropped);
			assert_int_equal(walk_count(w, CORDON_COUNTER_PACKETS), 1);
			assert_int_equal(walk_count(w, CORDON_COUNTER_NAMES), 1);
			assert_int_equal(walk_count(w, CORDON_COUNTER_PASSED), !w->dropped);
		}
		if (round == 1) {
			walk_feed(w, "plain", "c2.example.org\n", CORDON_ACTION_DROP, false);
			walk_feed(full, "plain", "c2.example.org\n", CORDON_ACTION_DROP, false);
		}
	}
	walk_free(full);
}

/* a rule, a listed server, a watched device: what is said since is seen by the next question of a known flow */
static void question_of_a_known_flow_is_looked_at_as_the_first(void **state)
{
	struct walk *w = *state;

	ask(w, "one.example.org");
	ask(w, "two.example.org");
	assert_null(walk_pkt(w));
	walk_rules(w, "alert udp any any -> any 53 (msg:\"r\"; content:\"evilmarker\"; sid:1;)\n");
	ask(w, "three.example.org");
	assert_null(walk_pkt(w));
	assert_non_null(walk_name(w));
	ask(w, "evilmarker.example.org");
	assert_non_null(walk_pkt(w));
	assert_because(w, CORDON_REASON_LITERAL);
	walk_rules(w, "alert udp any any -> any 53 (msg:\"r\"; dsize:>1; sid:1;)\n");
	ask(w, "three.example.org");
	assert_because(w, CORDON_REASON_ALWAYS);
	walk_rules(w, "alert tcp any any -> any 80 (msg:\"r\"; content:\"evilmarker\"; sid:1;)\n");
	ask(w, "three.example.org");
	assert_null(walk_pkt(w));
	ask_at(w, "198.18.7.1", "three.example.org");
	ask_at(w, "198.18.7.1", "three.example.org");
	assert_false(w->dropped);
	walk_feed(w, "plain", "198.18.7.1\n", CORDON_ACTION_DROP, false);
	ask_at(w, "198.18.7.1", "three.example.org");
	assert_true(w->dropped);
	walk_feed(w, "plain", "three.example.org\n", CORDON_ACTION_DROP, false);
	ask(w, "four.example.org");
	assert_false(w->dropped);
	ask(w, "a.three.example.org");
	assert_true(w->dropped);
}

static uint32_t name_hit(struct walk *w, const char *name)
{
	ask(w, name);
	assert_non_null(walk_name(w));
	assert_int_equal(!!walk_name(w)->indicator, walk_because(w, CORDON_REASON_THREAT_NAME));
	return walk_name(w)->indicator;
}

static void listed_name_takes_all_below_it(void **state)
{
	struct walk *w = *state;

	walk_feed(w, "plain", "c2.example.org\n", CORDON_ACTION_ALERT, false);
	assert_true(name_hit(w, "c2.example.org"));
	assert_true(name_hit(w, "C2.EXAMPLE.org"));
	assert_true(name_hit(w, "a.b.c2.example.org"));
	assert_false(name_hit(w, "xc2.example.org"));
	assert_false(name_hit(w, "example.org"));
	assert_false(name_hit(w, "c2.example.org.net"));
	assert_int_equal(walk_name(w)->generation, w->generation);
}

static void exact_name_does_not_take_what_is_below(void **state)
{
	struct walk *w = *state;

	walk_feed(w, "hosts", "0.0.0.0 c2.example.org\n", CORDON_ACTION_ALERT, false);
	assert_true(name_hit(w, "c2.example.org"));
	assert_false(name_hit(w, "a.c2.example.org"));
}

static void query_for_a_listed_name_is_dropped(void **state)
{
	struct walk *w = *state;

	walk_feed(w, "plain", "c2.example.org\n", CORDON_ACTION_DROP, false);
	ask(w, "c2.example.org");
	assert_true(w->dropped);
	assert_int_equal(walk_name(w)->action, CORDON_ACTION_DROP);
	ask(w, "fine.example.org");
	assert_false(w->dropped);
}

/* what a guard keeps open is the resolver, not the listed names that are asked of it */
static void guarded_resolver_opens_no_listed_name(void **state)
{
	struct walk *w = *state;
	struct cordon_guard_key k = {.prefixlen = 144,
				     .kind = CORDON_DENY_ADDR,
				     .value = {[10] = 0xff, 0xff, 192, 0, 2, 1}};
	struct cordon_guard g = {.until_ns = ~0ULL};

	walk_feed(w, "plain", "c2.example.org\n", CORDON_ACTION_DROP, false);
	assert_int_equal(kern_guard_put(w->k, &k, &g), 0);
	ask(w, "c2.example.org");
	assert_true(w->dropped);
	ask(w, "fine.example.org");
	assert_false(w->dropped);
}

static void deep_name_is_suspect_and_its_end_is_looked_up(void **state)
{
	struct walk *w = *state;

	walk_feed(w, "plain", "c2.example.org\n", CORDON_ACTION_ALERT, false);
	assert_true(name_hit(w, "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.c2.example.org"));
	assert_because(w, CORDON_REASON_DEEP_NAME);
	assert_non_null(walk_pkt(w));
	assert_true(name_hit(w, "a.b.c.d.e.f.g.h.i.j.k.l.m.c2.example.org"));
	assert_not_because(w, CORDON_REASON_DEEP_NAME);
}

static void question_that_does_not_parse_goes_up(void **state)
{
	struct walk *w = *state;
	uint8_t p[600];
	size_t n = dns(p, "www.example.org", 0);
	struct pkt_spec s;

	for (size_t i = 12; i < n; i++) {
		s = walk_udp(53, p, i);
		walk_up(w, &s);
		if (!walk_because(w, CORDON_REASON_BAD_NAME) || !walk_pkt(w) || walk_name(w))
			fail_msg("cut at %zu", i);
	}
	p[12] = 0xc0; /* a pointer */
	s = walk_udp(53, p, n);
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_BAD_NAME);
	n = dns(p, "www.example.org", 0);
	p[14] = '.';
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_BAD_NAME);
	n = dns(p, "www.example.org", 0);
	p[5] = 2;
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_BAD_NAME);
	memset(p + 12, 63, sizeof(p) - 12); /* longer than a name may be */
	s = walk_udp(53, p, sizeof(p));
	p[5] = 1;
	walk_up(w, &s);
	assert_because(w, CORDON_REASON_BAD_NAME);
}

static void longest_name_is_read(void **state)
{
	struct walk *w = *state;
	char name[254];

	memset(name, 'a', 253);
	name[63] = name[127] = name[191] = '.';
	name[253] = 0;
	ask(w, name);
	assert_int_equal(walk_name(w)->len, 253);
	assert_memory_equal(walk_name(w)->name, name, 253);
}

static void answer_is_no_question(void **state)
{
	struct walk *w = *state;
	uint8_t p[512];
	struct pkt_spec s = walk_reply(0, p, dns(p, "www.example.org", 0x80));

	s.proto = IPPROTO_UDP;
	s.sport = 53;
	walk_down(w, &s);
	assert_null(walk_name(w));
	assert_null(walk_pkt(w));
}

/* a ClientHello with the extensions given; its length */
static size_t hello(uint8_t *p, const char *sni, size_t pad)
{
	size_t len = strlen(sni), at = 9, ext;

	memset(p, 0, 600 + pad);
	p[at++] = 3;
	p[at++] = 3;
	at += 32 + 1;                        /* random, no session id */
	memcpy(p + at, "\0\2\x13\1\1\0", 6); /* one suite, no compression */
	at += 6;
	ext = at;
	at += 2;
	p[at] = 0; /* padding in front (RFC 7685) */
	p[at + 1] = 21;
	p[at + 2] = (uint8_t)(pad >> 8);
	p[at + 3] = (uint8_t)pad;
	at += 4 + pad;
	if (len) {
		p[at + 3] = (uint8_t)(len + 5);
		p[at + 5] = (uint8_t)(len + 3);
		p[at + 8] = (uint8_t)len;
		memcpy(p + at + 9, sni, len);
		at += 9 + len;
	}
	p[ext] = (uint8_t)((at - ext - 2) >> 8);
	p[ext + 1] = (uint8_t)(at - ext - 2);
	p[0] = 0x16;
	p[1] = 3;
	p[2] = 1;
	p[3] = (uint8_t)((at - 5) >> 8);
	p[4] = (uint8_t)(at - 5);
	p[5] = 1;
	p[7] = (uint8_t)((at - 9) >> 8);
	p[8] = (uint8_t)(at - 9);
	return at;
}

static void server_name_of_a_hello_is_told(void **state)
{
	struct walk *w = *state;
	uint8_t p[3000];
	struct pkt_spec s = walk_tcp(1000, p, hello(p, "WWW.c2.example.org", 40));

	walk_feed(w, "plain", "c2.example.org\n", CORDON_ACTION_DROP, false);
	walk_handshake(w, 1000, 5000);
	walk_up(w, &s);
	assert_int_equal(walk_name(w)->source, CORDON_NAME_SNI);
	assert_memory_equal(walk_name(w)->name, "www.c2.example.org", 18);
	assert_int_not_equal(walk_name(w)->indicator, 0);
	assert_int_equal(walk_name(w)->facts.app, CORDON_APP_TLS);
	assert_true(w->dropped);
}

static void hello_without_a_name_is_not_suspect(void **state)
{
	struct walk *w = *state;
	uint8_t p[3000];
	struct pkt_spec s = walk_tcp(1000, p, hello(p, "", 40));

	walk_handshake(w, 1000, 5000);
	walk_up(w, &s);
	assert_null(walk_name(w));
	assert_null(walk_pkt(w));
}

static void hello_in_two_segments_is_followed(void **state)
{
	uint8_t p[3000];
	size_t n = hello(p, "www.example.org", 40);

	for (size_t cut = 1; cut < n; cut += walk_step()) {
		struct walk *w = walk_new(NULL);
		struct pkt_spec a = walk_tcp(1000, p, cut),
				b = walk_tcp((uint32_t)(1000 + cut), p + cut, n - cut);
		bool named;

		walk_handshake(w, 1000, 5000);
		walk_up(w, &a);
		named = walk_name(w);
		walk_up(w, &b);
		if (!named && !walk_pkt(w))
			fail_msg("cut at %zu: neither named nor followed", cut);
		walk_free(w);
	}
	(void)state;
}

static void get(struct walk *w, const char *text)
{
	struct pkt_spec s = walk_tcp(1000, text, strlen(text));

	walk_handshake(w, 1000, 5000);
	walk_up(w, &s);
}

static void host_of_a_request_is_looked_up(void **state)
{
	struct walk *w = *state;

	walk_feed(w, "plain", "c2.example.org\n", CORDON_ACTION_ALERT, false);
	get(w, "GET /x HTTP/1.1\r\nUser-Agent: y\r\nhOST:  www.C2.example.org:8080\r\n\r\n");
	assert_because(w, CORDON_REASON_THREAT_NAME);
	assert_null(walk_name(w));
	assert_int_not_equal(walk_first(w)->indicator, 0);
	assert_int_equal(walk_first(w)->facts.app, CORDON_APP_HTTP);
}

static void request_without_a_listed_host_is_clean(void **state)
{
	struct walk *w = *state;

	walk_feed(w, "plain", "c2.example.org\n", CORDON_ACTION_ALERT, false);
	get(w, "GET /x HTTP/1.0\r\nReferer: x\r\nX-Host: c2.example.org\r\n\r\n");
	assert_not_because(w, CORDON_REASON_THREAT_NAME);
	assert_int_equal(walk_first(w)->indicator, 0);
	assert_null(walk_pkt(w));
}

static void head_that_is_cut_is_followed(void **state)
{
	struct walk *w = *state;

	get(w, "GET /x HTTP/1.1\r\nUser-Agent: y\r\nHost: www.c2.exa");
	assert_because(w, CORDON_REASON_SPLIT_NAME);
	assert_true(walk_pkt(w)->facts.flow_flags & CORDON_FLOW_SPLIT_NAME);
	assert_true(walk_pkt(w)->flags & CORDON_PKT_STREAM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(address_and_prefixes_are_found),
		T(address_is_found_within_an_ipv6_address),
		T(listed_source_is_found_on_the_way_to_the_device),
		T(drop_holds_for_the_whole_flow),
		T(feed_in_observe_drops_nothing),
		T(guarded_end_is_not_dropped),
		T(new_generation_reaches_live_flows),
		T(syn_to_a_listed_address_is_dropped),
		T(fragment_to_a_listed_address_is_dropped),
		T(mirror_asks_about_both_ends),
		T(every_dns_query_is_told),
		T(question_is_told_alike_on_the_shortest_way),
		T(question_of_a_known_flow_is_looked_at_as_the_first),
		T(listed_name_takes_all_below_it),
		T(exact_name_does_not_take_what_is_below),
		T(query_for_a_listed_name_is_dropped),
		T(guarded_resolver_opens_no_listed_name),
		T(deep_name_is_suspect_and_its_end_is_looked_up),
		T(question_that_does_not_parse_goes_up),
		T(longest_name_is_read),
		T(answer_is_no_question),
		T(server_name_of_a_hello_is_told),
		T(hello_without_a_name_is_not_suspect),
		T(hello_in_two_segments_is_followed),
		T(host_of_a_request_is_looked_up),
		T(request_without_a_listed_host_is_clean),
		T(head_that_is_cut_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
