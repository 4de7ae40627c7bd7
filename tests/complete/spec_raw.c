// SPDX-License-Identifier: BSD-2-Clause
/* Classes of rules on payload and headers. A class is one function and one row at the end. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "complete/spec.h"

/* a server port of one of 64, or a range around it, or any */
static const char *ports(struct spec *s, struct rng *r, char *ret)
{
	s->port = (uint16_t)(8000 + rng_pick(r, 64));
	switch (rng_pick(r, 3)) {
	case 0:
		snprintf(ret, 32, "%u", s->port);
		break;
	case 1:
		snprintf(ret, 32, "%u:%u", s->port - rng_pick(r, 9), s->port + rng_pick(r, 9));
		break;
	default:
		snprintf(ret, 32, "any");
	}
	return ret;
}

static void begin_tcp(struct spec *s, struct rng *r)
{
	char p[32];

	s->on = ON_TCP;
	begin(s, "tcp", ports(s, r, p), UP);
}

static void junk(struct spec *s, struct rng *r, uint32_t max)
{
	struct needle x = needle(r, 0, max > 64 ? 64 : max, BINARY);

	strbuf_add(&s->msg, x.b, x.n);
}

static void wild_case(struct spec *s, struct rng *r, const struct needle *x)
{
	for (uint32_t i = 0; i < x->n; i++) {
		int c = rng_chance(r, 50) ? toupper(x->b[i]) : tolower(x->b[i]);
		uint8_t b = isalpha(x->b[i]) ? (uint8_t)c : x->b[i];

		strbuf_add(&s->msg, &b, 1);
	}
}

/* --- payload of TCP --- */

static void one_content(struct spec *s, struct rng *r, uint32_t min, uint32_t max, const char *modifiers)
{
	struct needle x = needle(r, min, max, WORDS | BINARY);

	begin_tcp(s, r);
	content(&s->text, x.b, x.n, modifiers);
	strbuf_add(&s->msg, x.b, x.n);
}

static void tcp_long(struct spec *s, struct rng *r)
{
	one_content(s, r, 7, 24, "");
}

static void tcp_middle(struct spec *s, struct rng *r)
{
	one_content(s, r, 4, 6, "");
}

/* too short for the kernel to look for: the port group goes up whole, so the port is one */
static void tcp_short(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 1, 3, WORDS | BINARY);
	char p[32];

	s->on = ON_TCP;
	s->port = (uint16_t)(8000 + rng_pick(r, 4));
	snprintf(p, sizeof(p), "%u", s->port);
	begin(s, "tcp", p, UP);
	content(&s->text, x.b, x.n, "");
	strbuf_add(&s->msg, x.b, x.n);
}

static void tcp_nocase(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 5, 20, WORDS);

	begin_tcp(s, r);
	content(&s->text, x.b, x.n, "nocase; ");
	wild_case(s, r, &x);
}

static void tcp_two(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 4, 12, WORDS | BINARY), y = needle(r, 2, 12, WORDS | BINARY);
	bool ordered = rng_chance(r, 50);

	begin_tcp(s, r);
	content(&s->text, x.b, x.n, "");
	content(&s->text, y.b, y.n, ordered ? "distance:0; " : "");
	strbuf_add(&s->msg, x.b, x.n);
	junk(s, r, 60);
	strbuf_add(&s->msg, y.b, y.n);
}

static void tcp_within(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 4, 10, WORDS | BINARY), y = needle(r, 2, 10, WORDS | BINARY);
	uint32_t d = rng_pick(r, 8), room = rng_pick(r, 30), gap = d + rng_pick(r, room + 1);
	char m[64];

	begin_tcp(s, r);
	snprintf(m, sizeof(m), "distance:%u; within:%u; ", d, y.n + room);
	content(&s->text, x.b, x.n, "");
	content(&s->text, y.b, y.n, m);
	strbuf_add(&s->msg, x.b, x.n);
	for (uint32_t i = 0; i < gap; i++)
		strbuf_adds(&s->msg, "~");
	strbuf_add(&s->msg, y.b, y.n);
}

static void tcp_offset(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 4, 12, WORDS | BINARY);
	uint32_t off = rng_pick(r, 20), room = rng_pick(r, 20), at = off + rng_pick(r, room + 1);
	char m[64];

	begin_tcp(s, r);
	snprintf(m, sizeof(m), "offset:%u; depth:%u; ", off, x.n + room);
	content(&s->text, x.b, x.n, m);
	for (uint32_t i = 0; i < at; i++)
		strbuf_adds(&s->msg, "-");
	strbuf_add(&s->msg, x.b, x.n);
}

static void tcp_startswith(struct spec *s, struct rng *r)
{
	one_content(s, r, 4, 12, "startswith; ");
}

static void tcp_dsize(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 4, 20, WORDS | BINARY);
	uint32_t n = x.n + rng_pick(r, 60);
	char m[64];

	begin_tcp(s, r);
	switch (rng_pick(r, 4)) {
	case 0:
		snprintf(m, sizeof(m), "dsize:%u; ", x.n + rng_pick(r, 2));
		break;
	case 1:
		snprintf(m, sizeof(m), "dsize:>%u; ", n);
		break;
	case 2:
		snprintf(m, sizeof(m), "dsize:%u<>%u; ", x.n - 1, n + 900);
		break;
	default:
		snprintf(m, sizeof(m), "dsize:<%u; ", n);
	}
	content(&s->text, x.b, x.n, m);
	strbuf_add(&s->msg, x.b, x.n);
}

static void tcp_negated(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 5, 12, WORDS | BINARY), y = needle(r, 3, 8, WORDS);

	begin_tcp(s, r);
	content(&s->text, x.b, x.n, "");
	strbuf_adds(&s->text, "content:!\"");
	strbuf_add(&s->text, y.b, y.n);
	strbuf_adds(&s->text, rng_chance(r, 50) ? "\"; distance:0; within:20; " : "\"; ");
	strbuf_add(&s->msg, x.b, x.n);
	if (rng_chance(r, 30))
		strbuf_add(&s->msg, y.b, y.n);
	junk(s, r, 30);
}

static void tcp_isdataat(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 5, 12, WORDS | BINARY);
	uint32_t n = rng_between(r, 1, 40);

	begin_tcp(s, r);
	content(&s->text, x.b, x.n, "");
	strbuf_addf(&s->text, "isdataat:%s%u,relative; ", rng_chance(r, 30) ? "!" : "", n);
	strbuf_add(&s->msg, x.b, x.n);
	for (uint32_t i = rng_pick(r, 2 * n); i > 0; i--)
		strbuf_adds(&s->msg, "d");
}

static void tcp_pcre(struct spec *s, struct rng *r)
{
	char a[40], b[40];

	begin_tcp(s, r);
	lower(r, 5, 10, a);
	lower(r, 3, 6, b);
	strbuf_addf(&s->text, "content:\"%s\"; pcre:\"/%s[^\\n]{0,30}%s[0-9]+/%s\"; ", a, a, b, rng_chance(r, 50) ? "i" : "");
	strbuf_addf(&s->msg, "%s between %s%u", a, b, rng_pick(r, 1000));
}

static void tcp_pcre_only(struct spec *s, struct rng *r)
{
	char a[40], p[32];

	s->on = ON_TCP;
	s->port = (uint16_t)(8010 + rng_pick(r, 4));
	snprintf(p, sizeof(p), "%u", s->port);
	begin(s, "tcp", p, UP);
	lower(r, 4, 8, a);
	strbuf_addf(&s->text, "pcre:\"/%s[a-f]{2}z/\"; ", a);
	strbuf_addf(&s->msg, "%s%cbz", a, "abcdef"[rng_pick(r, 6)]);
}

static void tcp_fast_pattern(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 8, 20, WORDS | BINARY), y = needle(r, 8, 20, WORDS | BINARY);
	uint32_t off = rng_pick(r, y.n - 4), n = rng_between(r, 4, y.n - off);
	char m[64];

	begin_tcp(s, r);
	content(&s->text, x.b, x.n, "");
	snprintf(m, sizeof(m), rng_chance(r, 50) ? "fast_pattern; " : "fast_pattern:%u,%u; ", off, n);
	content(&s->text, y.b, y.n, m);
	strbuf_add(&s->msg, y.b, y.n);
	junk(s, r, 20);
	strbuf_add(&s->msg, x.b, x.n);
}

static void tcp_to_client(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 4, 16, WORDS | BINARY);
	char p[32];

	s->on = ON_TCP;
	s->dir = 1;
	strbuf_addf(&s->text, "alert tcp any %s -> any any (" DOWN, ports(s, r, p));
	content(&s->text, x.b, x.n, "");
	strbuf_add(&s->msg, x.b, x.n);
}

static void tcp_no_flow(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 6, 16, WORDS | BINARY);
	char p[32];

	s->on = ON_TCP;
	begin(s, "tcp", ports(s, r, p), "");
	content(&s->text, x.b, x.n, "");
	strbuf_add(&s->msg, x.b, x.n);
}

static void tcp_packet(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 5, 16, WORDS | BINARY);
	char p[32];

	s->on = ON_TCP;
	begin(s, "tcp-pkt", ports(s, r, p), "");
	content(&s->text, x.b, x.n, "");
	strbuf_add(&s->msg, x.b, x.n);
}

static void tcp_threshold(struct spec *s, struct rng *r)
{
	static const char *const types[] = { "limit", "threshold", "both" };
	char m[120];

	snprintf(m, sizeof(m), "threshold:type %s, track by_%s, count %u, seconds %u; ", types[rng_pick(r, 3)],
		 rng_chance(r, 50) ? "src" : "dst", rng_between(r, 1, 3), rng_between(r, 1, 60));
	one_content(s, r, 5, 16, m);
}

static void tcp_detection_filter(struct spec *s, struct rng *r)
{
	char m[120];

	snprintf(m, sizeof(m), "detection_filter:track by_%s, count %u, seconds %u; ", rng_chance(r, 50) ? "src" : "dst",
		 rng_between(r, 1, 2), rng_between(r, 1, 60));
	one_content(s, r, 5, 16, m);
}

/* --- numbers in the payload --- */

static void tcp_byte_test(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 5, 12, WORDS | BINARY);
	uint32_t v = rng_pick(r, 60000);
	uint8_t be[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	begin_tcp(s, r);
	content(&s->text, x.b, x.n, "");
	strbuf_addf(&s->text, "byte_test:2,%s,%u,%u,relative; ", rng_chance(r, 50) ? ">" : "<", rng_pick(r, 60000), 2);
	strbuf_add(&s->msg, x.b, x.n);
	strbuf_adds(&s->msg, "..");
	strbuf_add(&s->msg, be, 2);
}

static void tcp_byte_jump(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 5, 12, WORDS | BINARY), y = needle(r, 4, 10, WORDS | BINARY);
	uint8_t n = (uint8_t)rng_pick(r, 60);

	begin_tcp(s, r);
	content(&s->text, x.b, x.n, "");
	strbuf_adds(&s->text, "byte_jump:1,0,relative; ");
	content(&s->text, y.b, y.n, "distance:0; within:40; ");
	strbuf_add(&s->msg, x.b, x.n);
	strbuf_add(&s->msg, &n, 1);
	for (uint32_t i = 0; i < n; i++)
		strbuf_adds(&s->msg, "j");
	strbuf_add(&s->msg, y.b, y.n);
}

static void tcp_byte_extract(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 5, 12, WORDS | BINARY), y = needle(r, 4, 10, WORDS | BINARY);
	uint8_t n = (uint8_t)(y.n + rng_pick(r, 40));

	begin_tcp(s, r);
	content(&s->text, x.b, x.n, "");
	strbuf_adds(&s->text, "byte_extract:1,0,room,relative; ");
	content(&s->text, y.b, y.n, "distance:0; within:room; ");
	strbuf_add(&s->msg, x.b, x.n);
	strbuf_add(&s->msg, &n, 1);
	for (uint32_t i = rng_pick(r, n - y.n + 1); i > 0; i--)
		strbuf_adds(&s->msg, "e");
	strbuf_add(&s->msg, y.b, y.n);
}

/* --- state between rules: the setter is silent, the reader alerts --- */

static void tcp_flowbits(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 5, 12, WORDS | BINARY), y = needle(r, 5, 12, WORDS | BINARY);
	char name[24], p[32];

	lower(r, 8, 12, name);
	s->on = ON_TCP;
	begin(s, "tcp", ports(s, r, p), UP);
	content(&s->text, x.b, x.n, "");
	strbuf_addf(&s->text, "flowbits:set,%s; flowbits:noalert; sid:%u;)\n", name, s->sid + 500000000);
	strbuf_addf(&s->text, "alert tcp any any -> any %s (" UP, p);
	content(&s->text, y.b, y.n, "");
	strbuf_addf(&s->text, "flowbits:isset,%s; ", name);
	strbuf_add(&s->msg, x.b, x.n);
	junk(s, r, 40);
	strbuf_add(&s->msg, y.b, y.n);
}

/* a rule that speaks only while the other one has not been seen */
static void tcp_isnotset(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 5, 12, WORDS | BINARY), y = needle(r, 5, 12, WORDS | BINARY);
	char name[24], p[32];

	lower(r, 8, 12, name);
	s->on = ON_TCP;
	begin(s, "tcp", ports(s, r, p), UP);
	content(&s->text, x.b, x.n, "");
	strbuf_addf(&s->text, "flowbits:%s,%s; noalert; sid:%u;)\n", rng_chance(r, 50) ? "set" : "toggle", name,
		    s->sid + 500000000);
	strbuf_addf(&s->text, "alert tcp any any -> any %s (" UP, p);
	content(&s->text, y.b, y.n, "");
	strbuf_addf(&s->text, "flowbits:isnotset,%s; ", name);
	if (rng_chance(r, 50))
		strbuf_add(&s->msg, x.b, x.n);
	junk(s, r, 40);
	strbuf_add(&s->msg, y.b, y.n);
}

static void tcp_xbits(struct spec *s, struct rng *r)
{
	static const char *const of[] = { "ip_src", "ip_dst", "ip_pair" };
	struct needle x = needle(r, 5, 12, WORDS | BINARY), y = needle(r, 5, 12, WORDS | BINARY);
	const char *track = of[rng_pick(r, 3)];
	char name[24], p[32];

	lower(r, 8, 12, name);
	s->on = ON_TCP;
	begin(s, "tcp", ports(s, r, p), UP);
	content(&s->text, x.b, x.n, "");
	strbuf_addf(&s->text, "xbits:set,%s,track %s,expire %u; noalert; sid:%u;)\n", name, track, rng_between(r, 1, 60),
		    s->sid + 500000000);
	strbuf_addf(&s->text, "alert tcp any any -> any %s (" UP, p);
	content(&s->text, y.b, y.n, "");
	strbuf_addf(&s->text, "xbits:isset,%s,track %s; ", name, track);
	strbuf_add(&s->msg, x.b, x.n);
	junk(s, r, 40);
	strbuf_add(&s->msg, y.b, y.n);
}

static void tcp_flowint(struct spec *s, struct rng *r)
{
	char m[160], name[24];

	lower(r, 8, 12, name);
	snprintf(m, sizeof(m), "flowint:%s,+,1; flowint:%s,notset; ", name, name);
	one_content(s, r, 5, 16, m);
}

static void tcp_stream_size(struct spec *s, struct rng *r)
{
	char m[80];

	snprintf(m, sizeof(m), "stream_size:%s,%s,%u; ", rng_chance(r, 70) ? "client" : "either",
		 rng_chance(r, 50) ? "<" : ">", rng_pick(r, 3000));
	one_content(s, r, 5, 16, m);
}

/* what the flow is, or is not; the bytes are in a header of HTTP */
static void tcp_app(struct spec *s, struct rng *r)
{
	char w[40], h[80];

	word(r, 6, 20, w);
	s->on = ON_HTTP;
	s->port = (uint16_t)(rng_chance(r, 50) ? 80 : 8080);
	begin(s, "tcp", "any", UP);
	content(&s->text, w, (uint32_t)strlen(w), rng_chance(r, 50) ? "app-layer-protocol:!tls; " : "app-layer-protocol:http; ");
	snprintf(h, sizeof(h), "X-Header: %s\r\n", w);
	msg_http_request(&s->msg, "GET", "/", "host.example", h, "", 0);
}

static void tcp_failed(struct spec *s, struct rng *r)
{
	one_content(s, r, 5, 16, rng_chance(r, 50) ? "app-layer-protocol:!http; " : "app-layer-protocol:failed; ");
}

static void tcp_base64(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 5, 12, WORDS);

	begin_tcp(s, r);
	content(&s->text, x.b, x.n, "");
	strbuf_adds(&s->text, "base64_decode:relative; base64_data; content:\"evil\"; ");
	strbuf_add(&s->msg, x.b, x.n);
	strbuf_adds(&s->msg, rng_chance(r, 80) ? "ZXZpbCE=" : "Z29vZCE=");
}

/* --- headers alone --- */

static void tcp_flags(struct spec *s, struct rng *r)
{
	static const struct {
		const char *text;
		uint8_t flags;
	} rows[] = { { "S", 2 }, { "SA", 18 }, { "FPU", 0x29 }, { "R+", 4 }, { "SF", 3 }, { "0", 0x40 } };
	uint32_t i = rng_pick(r, ARRAY_SIZE(rows));
	char p[32];

	s->flags = rows[i].flags;
	s->on = ON_TCP;
	s->port = (uint16_t)(8100 + rng_pick(r, 60));
	snprintf(p, sizeof(p), "%u", s->port);
	begin(s, "tcp", p, "");
	strbuf_addf(&s->text, "flags:%s; ", rows[i].text);
}

/* while such a rule is loaded all TCP comes up: seldom, so that the others are tried without */
static void tcp_event(struct spec *s, struct rng *r)
{
	static const char *const rows[] = { "stream-event:pkt_spurious_retransmission", "stream-event:est_packet_out_of_window",
					    "stream-event:est_pkt_before_last_ack", "stream-event:rst_but_no_session",
					    "stream-event:reassembly_seq_gap", "stream-event:shutdown_syn_resend",
					    "app-layer-event:applayer_detect_protocol_only_one_direction",
					    "decode-event:tcp.opt_invalid_len" };

	if (!rng_chance(r, 1)) {
		tcp_flags(s, r);
		return;
	}
	s->on = ON_TCP;
	s->port = (uint16_t)(8100 + rng_pick(r, 60));
	begin(s, "tcp", "any", "");
	strbuf_addf(&s->text, "%s; ", rows[rng_pick(r, ARRAY_SIZE(rows))]);
}

static void ip_any(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 6, 16, WORDS | BINARY);

	s->on = rng_chance(r, 50) ? ON_TCP : ON_UDP;
	s->port = (uint16_t)(8000 + rng_pick(r, 64));
	begin(s, "ip", "any", "");
	content(&s->text, x.b, x.n, "");
	strbuf_add(&s->msg, x.b, x.n);
}

static void icmp(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 4, 16, WORDS | BINARY);

	s->on = ON_ICMP;
	s->itype = 8;
	begin(s, "icmp", "any", rng_chance(r, 50) ? "itype:8; " : "");
	content(&s->text, x.b, x.n, "");
	strbuf_add(&s->msg, x.b, x.n);
}

/* --- UDP --- */

static void udp_content(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 4, 16, WORDS | BINARY);
	char p[32];

	s->on = ON_UDP;
	begin(s, "udp", ports(s, r, p), "");
	content(&s->text, x.b, x.n, rng_chance(r, 30) ? "nocase; " : "");
	junk(s, r, 20);
	strbuf_add(&s->msg, x.b, x.n);
}

static void udp_depth(struct spec *s, struct rng *r)
{
	struct needle x = needle(r, 2, 8, WORDS | BINARY), y = needle(r, 4, 12, WORDS | BINARY);
	char p[32], m[32];

	s->on = ON_UDP;
	begin(s, "udp", ports(s, r, p), "");
	snprintf(m, sizeof(m), "depth:%u; ", x.n);
	content(&s->text, x.b, x.n, m);
	content(&s->text, y.b, y.n, "distance:0; ");
	strbuf_add(&s->msg, x.b, x.n);
	junk(s, r, 20);
	strbuf_add(&s->msg, y.b, y.n);
}

const struct spec_class spec_raw_classes[] = {
	{ "tcp content 7-24", tcp_long, 1 },
	{ "tcp content 4-6", tcp_middle, 1 },
	{ "tcp content 1-3", tcp_short, 1 },
	{ "tcp nocase", tcp_nocase, 1 },
	{ "tcp two contents", tcp_two, 1 },
	{ "tcp distance within", tcp_within, 1 },
	{ "tcp offset depth", tcp_offset, 1 },
	{ "tcp startswith", tcp_startswith, 2 },
	{ "tcp dsize", tcp_dsize, 2 },
	{ "tcp negated content", tcp_negated, 1 },
	{ "tcp isdataat", tcp_isdataat, 1 },
	{ "tcp pcre", tcp_pcre, 1 },
	{ "tcp pcre alone", tcp_pcre_only, 1 },
	{ "tcp fast_pattern", tcp_fast_pattern, 1 },
	{ "tcp to_client", tcp_to_client, 1 },
	{ "tcp without flow", tcp_no_flow, 1 },
	{ "tcp-pkt", tcp_packet, 1 },
	{ "tcp threshold", tcp_threshold, 2 },
	{ "tcp detection_filter", tcp_detection_filter, 4 },
	{ "tcp byte_test", tcp_byte_test, 2 },
	{ "tcp byte_jump", tcp_byte_jump, 1 },
	{ "tcp byte_extract", tcp_byte_extract, 1 },
	{ "tcp flowbits", tcp_flowbits, 1 },
	{ "tcp isnotset", tcp_isnotset, 2 },
	{ "tcp xbits", tcp_xbits, 1 },
	{ "tcp flowint", tcp_flowint, 1 },
	{ "tcp stream_size", tcp_stream_size, 1 },
	{ "tcp app-layer-protocol", tcp_app, 1 },
	{ "tcp app-layer failed", tcp_failed, 1 },
	{ "tcp base64", tcp_base64, 2 },
	{ "tcp flags", tcp_flags, 1 },
	{ "tcp events", tcp_event, 1 },
	{ "ip", ip_any, 1 },
	{ "icmp", icmp, 1 },
	{ "udp content", udp_content, 1 },
	{ "udp depth", udp_depth, 1 },
	{ NULL, NULL, 0 },
};
