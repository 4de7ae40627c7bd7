// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prefilter image against a model of the kernel (harness/model.h).
 * Whatever rule can fire, the model must have marked the flow.
 */
#include "unit/unit.h"

#include <arpa/inet.h>
#include <ctype.h>

#include "base/cleanup.h"
#include "harness/model.h"
#include "harness/rules.h"

static struct cordon_prefilter *image(const struct rule_bench *b)
{
	struct cordon_prefilter *pf = malloc(sizeof(*pf));

	assert_non_null(pf);
	memset(pf, 0xee, sizeof(*pf)); /* all of it must be written */
	assert_int_equal(match_prefilter(b->eng, 3, pf), 0);
	assert_int_equal(pf->generation, 3);
	return pf;
}

static const struct model_packet tcp_up = { CORDON_CLASS_TCP, 0, CORDON_APP_NONE, 40000, 80, 0 };

/* --- literals --- */

static const uint8_t letters[] = "abcdefghijklmnopqrstuvwxyzABCDXYZ0189-_/.@\\|~{}\x01\x02\x80\xff";

static void content_text(const uint8_t *p, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		out += sprintf(out, "|%02x|", p[i]);
}

static void a_literal_is_seen_at_every_place_and_cut(void **state)
{
	enum { ROUNDS = 60 };

	(void)state;
	srandom(5);
	for (int round = 0; round < ROUNDS; round++) {
		size_t n = 4 + (size_t)round % 13;
		uint8_t lit[32], stream[64];
		char text[256] = "alert tcp any any -> any any (content:\"", *end = text + strlen(text);
		struct cordon_prefilter *pf;
		struct rule_bench *b;

		for (size_t i = 0; i < n; i++)
			lit[i] = letters[(size_t)random() % (sizeof(letters) - 1)];
		content_text(lit, n, end);
		strcat(text, "\"; nocase; sid:1;)");
		b = bench_new(text);
		assert_int_equal(ruleset_count(b->rs), 1);
		pf = image(b);
		for (size_t at = 0; at + n <= 24; at++) {
			memset(stream, '.', sizeof(stream));
			for (size_t i = 0; i < n; i++)
				stream[at + i] = (uint8_t)(random() & 1 ? toupper(lit[i]) : tolower(lit[i]));
			for (uint32_t cut = 0; cut < 30; cut++)
				assert_true((cut && model_scan(pf, stream, 0, cut, &tcp_up)) || model_scan(pf, stream, cut, 30, &tcp_up));
			/* single bytes */
			for (uint32_t i = 0;; i++) {
				assert_true(i < 30);
				if (model_scan(pf, stream, i, i + 1, &tcp_up))
					break;
			}
		}
		memset(stream, '.', sizeof(stream));
		assert_false(model_scan(pf, stream, 0, 30, &tcp_up));
		free(pf);
		bench_done(b);
	}
}

static void many_literals_all_find_room(void **state)
{
	enum { RULES = 20000 };
	struct strbuf text = { 0 };
	struct cordon_prefilter *pf;
	const struct match_cost *cost;
	struct rule_bench *b;
	uint8_t stream[40];

	(void)state;
	for (int i = 0; i < RULES; i++)
		strbuf_addf(&text, "alert tcp any any -> any any (content:\"lit%08x%04x\"; sid:%d;)\n",
			    (unsigned int)(i * 2654435761u), (unsigned int)i * 40503u & 0xffff, i + 1);
	b = bench_new(text.s);
	assert_int_equal(ruleset_count(b->rs), RULES);
	pf = image(b);
	/* none became a rule for which every flow is followed */
	assert_int_equal(match_costs(b->eng, &cost), 0);
	assert_int_equal(pf->any_stream[0] | pf->any_stream[1], 0);
	for (int i = 0; i < RULES; i += 7) {
		memset(stream, '.', sizeof(stream));
		snprintf((char *)stream + 9, 20, "lit%08x%04x", (unsigned int)(i * 2654435761u), (unsigned int)i * 40503u & 0xffff);
		assert_true(model_scan(pf, stream, 0, 13, &tcp_up) || model_scan(pf, stream, 13, sizeof(stream), &tcp_up));
	}
	free(pf);
	bench_done(b);
	strbuf_done(&text);
}

/* one window that is not wide is enough to have each payload copied */
static void of_thousands_of_long_literals_each_is_looked_for_where_it_lies(void **state)
{
	enum { RULES = 5000, LETTERS = 12 };
	struct strbuf text = { 0 };
	struct cordon_prefilter *pf;
	struct rule_bench *b;

	(void)state;
	srandom(11);
	for (int i = 0; i < RULES; i++) {
		char lit[LETTERS + 1] = "";

		for (int k = 0; k < LETTERS; k++)
			lit[k] = (char)('a' + random() % 26);
		strbuf_addf(&text, "alert tcp any any -> any any (content:\"%s\"; sid:%d;)\n", lit, i + 1);
	}
	b = bench_new(text.s);
	assert_int_equal(ruleset_count(b->rs), RULES);
	pf = image(b);
	assert_true(pf->need[CORDON_CLASS_TCP * 2][CORDON_PF_WIDE_KIND].apps != 0);
	for (unsigned int i = 0; i < 2 * CORDON_CLASSES; i++)
		assert_true(!pf->need[i][CORDON_PF_NARROW_KIND].apps && !pf->need[i][CORDON_PF_SHORT_KIND].apps);
	free(pf);
	bench_done(b);
	strbuf_done(&text);
}

/* where there is a choice: zeros that every file has are no sign, wide or not */
static void a_run_of_zeros_is_not_looked_for_beside_rare_bytes(void **state)
{
	struct rule_bench *b = bench_new("alert tcp any any -> any any (content:\"|89|PQ7|1f|kz|9c 00 00 00 00 00 00 00 00 00 00 00 00|\"; sid:1;)");
	struct cordon_prefilter *pf = image(b);
	uint8_t zeros[64] = { 0 };

	(void)state;
	assert_false(model_scan(pf, zeros, 0, sizeof(zeros), &tcp_up));
	free(pf);
	bench_done(b);
}

/* --- names on the wire --- */

static size_t dns_wire(const char *name, uint8_t *out)
{
	size_t n = 12;

	memset(out, 0, 12);
	out[5] = 1;
	while (*name) {
		size_t len = strcspn(name, ".");

		out[n++] = (uint8_t)len;
		memcpy(out + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	memcpy(out + n, "\0\0\1\0\1", 5);
	return n + 5;
}

static const struct {
	const char *options, *name;
} names[] = {
	{ "content:\"evil.example\";", "evil.example" },
	{ "content:\"evil.example\";", "www.my-evil.example.net" },
	{ "dotprefix; content:\".evil.example\"; endswith; nocase;", "evil.example" },
	{ "dotprefix; content:\".evil.example\"; endswith; nocase;", "WWW.Evil.EXAMPLE" },
	{ "dotprefix; content:\".e.ex\"; endswith;", "e.ex" },
	{ "content:\".e.ex\"; endswith;", "www.e.ex" },
	{ "content:\"a.b.c\"; bsize:5;", "a.b.c" },
	{ "content:\"a.b.c\"; startswith; content:\".org\"; endswith;", "a.b.cd.org" },
	{ "content:\"x.y.z.\"; startswith;", "x.y.z.w" },
	{ "content:\"wherisdomaintv.com\"; isdataat:!1,relative;", "wherisdomaintv.com" },
	{ "content:\"dyn\"; content:\".evil.\"; distance:0;", "dyn1.evil.example" },
	{ "content:\"longname.evil.example\"; fast_pattern:9,7;", "x.longname.evil.example" },
};

static void dns_names_are_seen_as_they_stand_on_the_wire(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct model_packet k = { CORDON_CLASS_UDP, 0, CORDON_APP_DNS, 40000, 53, 0 };
		struct cordon_facts f = record_facts(1, 17, 0, CORDON_APP_DNS, 0);
		struct app_msg m = { .app = CORDON_APP_DNS, .complete = true };
		struct cordon_prefilter *pf;
		struct rule_bench *b;
		const struct match_cost *cost;
		char text[256];
		uint8_t wire[300];
		size_t n = dns_wire(names[i].name, wire);

		snprintf(text, sizeof(text), "alert dns any any -> any any (dns.query; %s sid:1;)", names[i].options);
		b = bench_new(text);
		if (ruleset_count(b->rs) != 1 || match_costs(b->eng, &cost))
			fail_msg("%s: refused, or no literal", text);
		app_set(&m, APP_BUFFER_DNS_QUERY, names[i].name, (uint32_t)strlen(names[i].name));
		bench_message(b, &f, &m);
		if (!strcasestr(names[i].options, "nocase") && bench_hits(b, 1) != 1)
			fail_msg("%s does not match %s", text, names[i].name);
		pf = image(b);
		if (!model_scan(pf, wire, 0, (uint32_t)n, &k))
			fail_msg("%s: not seen in %s", text, names[i].name);
		free(pf);
		bench_done(b);
	}
}

/* --- gates --- */

static void a_gate_opens_for_its_packets_only(void **state)
{
	static const uint8_t evil[] = "...... evil-one ......";
	struct rule_bench *b = bench_new("alert tcp any any -> any 81 (flow:to_server; content:\"evil-one\"; sid:1;)\n"
					  "alert http any any -> any 90:99 (content:\"evil-one\"; sid:2;)");
	struct cordon_prefilter *pf = image(b);
	struct model_packet k = { CORDON_CLASS_TCP, 0, CORDON_APP_NONE, 40000, 81, 0 };

	(void)state;
	assert_true(model_scan(pf, evil, 0, 22, &k));
	k.dir = 1;
	assert_false(model_scan(pf, evil, 0, 22, &k));
	k.dir = 0;
	k.dport = 82;
	assert_false(model_scan(pf, evil, 0, 22, &k));
	k.dport = 95;
	k.app = CORDON_APP_TLS;
	assert_false(model_scan(pf, evil, 0, 22, &k));
	k.app = CORDON_APP_HTTP;
	assert_true(model_scan(pf, evil, 0, 22, &k));
	k.app = CORDON_APP_UNDECIDED;
	assert_true(model_scan(pf, evil, 0, 22, &k));
	k.class = CORDON_CLASS_UDP;
	assert_false(model_scan(pf, evil, 0, 22, &k));
	free(pf);
	bench_done(b);
}

static bool groups(const struct cordon_prefilter *pf, const __u64 g[2], uint16_t sport, uint16_t dport)
{
	return (pf->sport_groups[sport][0] & pf->dport_groups[dport][0] & g[0]) ||
	       (pf->sport_groups[sport][1] & pf->dport_groups[dport][1] & g[1]);
}

static bool seen(const char *rule, const void *payload, uint32_t n)
{
	struct rule_bench *b = bench_new(rule);
	struct cordon_prefilter *pf = image(b);
	static const struct model_packet udp_up = { CORDON_CLASS_UDP, 0, CORDON_APP_NONE, 40000, 5353, 0 };
	bool r;

	assert_int_equal(ruleset_count(b->rs), 1);
	r = model_scan(pf, payload, 0, n, &udp_up);
	free(pf);
	bench_done(b);
	return r;
}

/* bytes at a known distance from others at a known place are compared with them; zeros alone would be seen everywhere */
static void contents_that_hang_on_a_fixed_one_are_compared_where_they_stand(void **state)
{
	static const char rule[] = "alert udp any any -> any any (content:\"|01|\"; offset:2; depth:1; "
				   "content:\"|00 01 00 00|\"; distance:1; within:4; content:\"|00 00|\"; distance:0; sid:1;)";
	static const char whole[] = "alert udp any any -> any any (dsize:4; content:\"|00 00 00 03|\"; sid:1;)";
	static const uint8_t fits[12] = { 9, 9, 1, 7, 0, 1 }, zeros[12] = { 0 }, other[12] = { 9, 9, 1, 7, 0, 2 };
	static const uint8_t three[9] = { 0, 0, 0, 3 }, late[9] = { 9, 9, 0, 0, 0, 3 };

	(void)state;
	assert_true(seen(rule, fits, sizeof(fits)));
	assert_false(seen(rule, zeros, sizeof(zeros)));
	assert_false(seen(rule, other, sizeof(other)));
	assert_true(seen(whole, three, 4));
	assert_false(seen(whole, late, sizeof(late)));
}

/* runs of zeros fill up: a rule that finds no room for its window takes its rarest bytes, not more zeros */
static void rule_without_room_takes_its_rarest_bytes(void **state)
{
	static const uint8_t zeros[40] = { 0 };
	static const struct model_packet udp_up = { CORDON_CLASS_UDP, 0, CORDON_APP_NONE, 40000, 5353, 0 };
	struct strbuf text = { 0 };
	struct cordon_prefilter *pf;
	struct rule_bench *b;

	(void)state;
	for (int i = 0; i < 120; i++)
		strbuf_addf(&text, "alert udp any any -> any any (content:\"|%02x fe ff 00 00 00 00 00 00 00|\"; sid:%d;)\n",
			    0x80 + i % 0x60, i + 1);
	b = bench_new(text.s);
	pf = image(b);
	assert_false(model_scan(pf, zeros, 0, sizeof(zeros), &udp_up));
	for (int i = 0; i < 120; i++) {
		uint8_t payload[40] = { [20] = (uint8_t)(0x80 + i % 0x60), [21] = 0xfe, [22] = 0xff };

		assert_true(model_scan(pf, payload, 0, sizeof(payload), &udp_up));
	}
	free(pf);
	bench_done(b);
	strbuf_done(&text);
}

/* in flows that are cleared: rules of each packet's headers and size; not of addresses alone */
static void rules_on_headers_are_told_apart(void **state)
{
	struct rule_bench *b = bench_new("alert tcp any any -> any 23 (flags:PA; sid:1;)\n"
					  "alert tcp any any -> any 24 (flags:PA; content:\"ab\"; sid:2;)\n"
					  "alert tcp any any -> any 25 (flags:PA; dsize:10; sid:3;)\n"
					  "alert tcp any any -> any 26 (msg:\"addresses\"; sid:4;)\n"
					  "alert tcp any any -> any 27 (flags:S; sid:5;)");
	struct cordon_prefilter *pf = image(b);
	const __u64 *g = pf->always_header[0][0][CORDON_APP_TLS];

	(void)state;
	assert_true(pf->any_header[0]);
	assert_true(groups(pf, g, 1, 23));
	assert_true(groups(pf, g, 1, 25));
	for (uint16_t port = 24; port < 28; port++)
		if (port != 25)
			assert_false(groups(pf, g, 1, port));
	free(pf);
	bench_done(b);
}

static void rules_without_literal_open_their_ports_only(void **state)
{
	struct rule_bench *b = bench_new("alert tcp any any -> any 23 (flags:S; sid:1;)\n"
					  "alert udp any 53 <> any any (content:\"abc\"; sid:2;)\n"
					  "alert tcp any any -> any 99 (flow:to_client; content:\"ab\"; sid:3;)\n"
					  "alert http any any -> any any (http.method; content:\"PUT\"; sid:4;)");
	struct cordon_prefilter *pf = image(b);
	const struct match_cost *cost;

	(void)state;
	assert_int_equal(match_costs(b->eng, &cost), 4);
	assert_true(groups(pf, pf->always_pkt[CORDON_CLASS_TCP_SYN][0][0][5], 1, 23));
	assert_false(groups(pf, pf->always_pkt[CORDON_CLASS_TCP_SYN][0][0][5], 23, 1));
	assert_false(groups(pf, pf->always_pkt[CORDON_CLASS_TCP][0][0][5], 1, 23));
	assert_int_equal(pf->any[CORDON_CLASS_TCP][0], 0);
	assert_true(groups(pf, pf->always_pkt[CORDON_CLASS_UDP][1][0][0], 1, 53));
	assert_true(groups(pf, pf->always_pkt[CORDON_CLASS_UDP][1][0][0], 53, 1));
	assert_false(groups(pf, pf->always_pkt[CORDON_CLASS_UDP][1][0][0], 54, 1));
	assert_true(groups(pf, pf->always_stream[1][0][CORDON_APP_SSH], 1, 99));
	assert_false(groups(pf, pf->always_stream[0][0][CORDON_APP_SSH], 1, 99));
	assert_true(groups(pf, pf->always_stream[0][0][CORDON_APP_HTTP], 1, 2));
	assert_int_equal(pf->any_stream[0] & pf->any_stream[1], 1);
	assert_true(pf->apps_complete[0] == CORDON_BIT(CORDON_APP_HTTP));
	assert_true(pf->apps_complete[1] == 0);
	free(pf);
	bench_done(b);
}

/* pairs that share a group are still looked for at their own port alone; both ways, at each other's */
static void more_port_groups_than_there_is_room_share_some(void **state)
{
	struct strbuf text = { 0 };
	struct cordon_prefilter *pf;
	struct rule_bench *b;

	(void)state;
	for (int i = 0; i < 400; i++)
		strbuf_addf(&text, "alert tcp any any %s any %d (content:\"%08x\"; sid:%d;)\n", i % 3 ? "->" : "<>", 1000 + i,
			    (unsigned int)(i + 1) * 2654435761u, i + 1);
	b = bench_new(text.s);
	pf = image(b);
	for (int i = 0; i < 400; i++) {
		struct model_packet k = { CORDON_CLASS_TCP, 0, 0, 40000, (uint16_t)(1000 + i), 0 };
		struct model_packet back = { CORDON_CLASS_TCP, 0, 0, k.dport, k.sport, 0 };
		struct model_packet other = { CORDON_CLASS_TCP, 0, 0, 40000, (uint16_t)(1400 + i), 0 };
		struct model_packet next = { CORDON_CLASS_TCP, 0, 0, 40000, (uint16_t)(1000 + (i + 1) % 400), 0 };
		uint8_t stream[40];

		memset(stream, '.', sizeof(stream));
		snprintf((char *)stream + 5, 20, "%08x", (unsigned int)(i + 1) * 2654435761u);
		assert_true(model_scan(pf, stream, 0, sizeof(stream), &k));
		assert_true(i % 3 || model_scan(pf, stream, 0, sizeof(stream), &back));
		assert_false(model_scan(pf, stream, 0, sizeof(stream), &other));
		assert_false(i % 3 && model_scan(pf, stream, 0, sizeof(stream), &next));
	}
	free(pf);
	bench_done(b);
	strbuf_done(&text);
}

static void a_rule_on_decoded_bytes_asks_for_the_signs_of_encoding(void **state)
{
	static const uint8_t chunked[] = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n";
	struct rule_bench *b = bench_new("alert http any any -> any any (http.uri; content:\"/cgi-bin/evil\"; sid:1;)");
	struct rule_bench *c = bench_new("alert http any any -> any any (http.request_body; content:\"evil-body\"; sid:1;)");
	struct rule_bench *d = bench_new("alert http any any -> any any (http.user_agent; content:\"evil-agent\"; sid:1;)");
	struct model_packet k = { CORDON_CLASS_TCP, 0, CORDON_APP_HTTP, 40000, 80, 0 };
	struct cordon_prefilter *x = image(b), *y = image(c), *z = image(d);

	(void)state;
	assert_true(x->apps_encoding == CORDON_BIT(CORDON_APP_HTTP));
	assert_true(y->apps_encoding == 0);
	assert_true(model_scan(y, chunked, 0, sizeof(chunked) - 1, &k));
	assert_false(model_scan(z, chunked, 0, sizeof(chunked) - 1, &k));
	free(x);
	free(y);
	free(z);
	bench_done(b);
	bench_done(c);
	bench_done(d);
}

/* is @text inside the networks of the image? Byte by byte. */
static bool is_inside(const struct cordon_prefilter *pf, const char *text)
{
	uint8_t addr[16] = { [10] = 0xff, [11] = 0xff };
	bool found = false;

	assert_int_equal(inet_pton(AF_INET, text, addr + 12), 1);
	for (uint32_t i = 0; i < pf->n_nets; i++) {
		const uint8_t *net = (const uint8_t *)pf->nets[i].addr, *mask = (const uint8_t *)pf->nets[i].mask;
		bool same = true;

		for (int k = 0; k < 16; k++)
			same &= !((addr[k] ^ net[k]) & mask[k]);
		found |= same;
	}
	return found;
}

static void rules_between_inside_and_outside_do_not_concern_other_packets(void **state)
{
	static const uint8_t lit[] = "...evil-literal...";
	static const struct {
		const char *header;
		unsigned int ends; /* bits */
	} rows[] = {
		{ "$EXTERNAL_NET any -> $HOME_NET any", 1 << CORDON_END_DST },
		{ "$HOME_NET any -> $EXTERNAL_NET any", 1 << CORDON_END_SRC },
		{ "$HOME_NET any <> $EXTERNAL_NET any", 1 << CORDON_END_SRC | 1 << CORDON_END_DST },
		{ "$HOME_NET any -> any any", 1 << CORDON_END_SRC | 1 << (CORDON_END_SRC | CORDON_END_DST) },
		{ "10.1.2.3 any -> $HOME_NET any", 1 << (CORDON_END_SRC | CORDON_END_DST) },
		{ "[8.8.8.8,10.0.0.1] any -> 9.9.9.9 any", 1 << 0 | 1 << CORDON_END_SRC },
		{ "any any -> any any", CORDON_PF_ALL_ENDS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[1024];
		struct model_packet k = { CORDON_CLASS_TCP, 0, CORDON_APP_NONE, 40000, 81, 0 };
		struct cordon_prefilter *pf;
		struct rule_bench *b;

		/* the others make HOME_NET the set that is named most; one has no literal */
		snprintf(text, sizeof(text),
			 "alert tcp %s (content:\"evil-literal\"; sid:1;)\nalert tcp %s (flags:F; sid:2;)\n"
			 "alert udp $HOME_NET any -> $HOME_NET 7 (content:\"other1\"; sid:3;)\n"
			 "alert udp $HOME_NET any -> $HOME_NET 7 (content:\"other2\"; sid:4;)\n"
			 "alert udp $HOME_NET any -> $HOME_NET 7 (content:\"other3\"; sid:5;)\n", rows[i].header, rows[i].header);
		b = bench_new(text);
		assert_int_equal(ruleset_count(b->rs), 5);
		pf = image(b);
		assert_true(is_inside(pf, "192.168.3.4") && is_inside(pf, "10.255.255.255") && is_inside(pf, "172.31.0.1"));
		assert_false(is_inside(pf, "192.169.0.1") || is_inside(pf, "11.0.0.0") || is_inside(pf, "172.32.0.1"));
		for (k.ends = 0; k.ends < CORDON_PF_ENDS; k.ends++) {
			bool open = rows[i].ends >> k.ends & 1;

			assert_int_equal(model_scan(pf, lit, 0, sizeof(lit) - 1, &k), open);
			assert_int_equal(groups(pf, pf->always_pkt[CORDON_CLASS_TCP_CTL][0][k.ends][5], 1, 2), open);
		}
		free(pf);
		bench_done(b);
	}
}

/* an address list of too many pieces is not compared; nor is one that is everything */
static void a_set_of_many_pieces_cuts_nothing(void **state)
{
	struct strbuf text = { 0 };
	struct cordon_prefilter *pf;
	struct rule_bench *b;

	(void)state;
	strbuf_addf(&text, "alert tcp [10.0.0.0");
	for (int i = 1; i < 40; i++)
		strbuf_addf(&text, ",10.%d.0.0/16", 2 * i);
	strbuf_addf(&text, "] any -> any any (content:\"evil-literal\"; sid:1;)");
	b = bench_new(text.s);
	assert_int_equal(ruleset_count(b->rs), 1);
	pf = image(b);
	assert_int_equal(pf->n_nets, 0);
	for (unsigned int ends = 0; ends < CORDON_PF_ENDS; ends++) {
		struct model_packet k = { CORDON_CLASS_TCP, 0, CORDON_APP_NONE, 40000, 81, ends };

		assert_true(model_scan(pf, (const uint8_t *)"evil-literal", 0, 12, &k));
	}
	free(pf);
	bench_done(b);
	strbuf_done(&text);
}

/* the shortest and the longest payload in which a rule's literal is looked for; and the rule itself says no more */
static void what_asks_for_a_long_payload_is_not_looked_for_in_a_short_one(void **state)
{
	static const struct {
		const char *options;
		uint32_t min, max;
	} rows[] = {
		{ "content:\"evil-literal\"; isdataat:100;", 100, 4000 },
		{ "content:\"evil-literal\"; isdataat:100,relative;", 112, 4000 },
		{ "content:\"evil-literal\"; isdataat:!100;", 12, 4000 },
		{ "content:\"evil-literal\"; dsize:<50;", 12, 49 },
		{ "content:\"evil-literal\"; dsize:30<>40;", 31, 39 },
		{ "content:\"evil-literal\"; content:\"x\"; distance:20; content:!\"y\"; content:\"z\"; distance:-9;", 33, 4000 },
		{ "content:\"evil-literal\"; offset:60; content:\"x\"; distance:2;", 75, 4000 },
		{ "content:\"evil-literal\"; pcre:\"/x/R\"; content:\"y\"; distance:20;", 21, 4000 },
		{ "byte_extract:1,0,n; content:\"evil-literal\"; offset:n; isdataat:n;", 12, 4000 },
	};
	static uint8_t payload[4000] = "evil-literal";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model_packet k = { CORDON_CLASS_UDP, 0, CORDON_APP_NONE, 40000, 81, 0 };
		struct cordon_prefilter *pf;
		struct rule_bench *b;
		char text[512];

		snprintf(text, sizeof(text), "alert udp any any -> any any (%s sid:1;)", rows[i].options);
		b = bench_new(text);
		assert_int_equal(ruleset_count(b->rs), 1);
		pf = image(b);
		for (uint32_t n = 12; n < sizeof(payload); n += n < 200 ? 1 : 400)
			assert_int_equal(model_scan(pf, payload, 0, n, &k), n >= rows[i].min && n <= rows[i].max);
		free(pf);
		bench_done(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_literal_is_seen_at_every_place_and_cut),
		cmocka_unit_test(many_literals_all_find_room),
		cmocka_unit_test(of_thousands_of_long_literals_each_is_looked_for_where_it_lies),
		cmocka_unit_test(a_run_of_zeros_is_not_looked_for_beside_rare_bytes),
		cmocka_unit_test(dns_names_are_seen_as_they_stand_on_the_wire),
		cmocka_unit_test(a_gate_opens_for_its_packets_only),
		cmocka_unit_test(contents_that_hang_on_a_fixed_one_are_compared_where_they_stand),
		cmocka_unit_test(rule_without_room_takes_its_rarest_bytes),
		cmocka_unit_test(rules_on_headers_are_told_apart),
		cmocka_unit_test(rules_without_literal_open_their_ports_only),
		cmocka_unit_test(more_port_groups_than_there_is_room_share_some),
		cmocka_unit_test(a_rule_on_decoded_bytes_asks_for_the_signs_of_encoding),
		cmocka_unit_test(rules_between_inside_and_outside_do_not_concern_other_packets),
		cmocka_unit_test(a_set_of_many_pieces_cuts_nothing),
		cmocka_unit_test(what_asks_for_a_long_payload_is_not_looked_for_in_a_short_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
