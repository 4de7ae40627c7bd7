// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rules made at random, class by class, each with a message that makes it
 * fire. A class is one function and one row at the end; a rule that the
 * engine refuses (a keyword that is not there yet) is left out, and counted.
 */
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "complete/complete.h"

struct needle {
	uint8_t b[64];
	uint32_t n;
};

enum { WORDS = 1, BINARY = 2 }; /* letters, digits and a few signs; any byte */

static struct needle needle(struct rng *r, uint32_t min, uint32_t max, int how)
{
	static const char signs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	struct needle x = { .n = rng_between(r, min, max) };

	if (how == (WORDS | BINARY))
		how = rng_chance(r, 60) ? WORDS : BINARY;
	for (uint32_t i = 0; i < x.n; i++)
		x.b[i] = how == WORDS ? (uint8_t)signs[rng_pick(r, sizeof(signs) - 1)] : (uint8_t)rng_u64(r);
	return x;
}

/* a needle of WORDS as text */
static const char *word(struct rng *r, uint32_t min, uint32_t max, char *ret)
{
	struct needle x = needle(r, min, max, WORDS);

	memcpy(ret, x.b, x.n);
	ret[x.n] = 0;
	return ret;
}

static const char *lower(struct rng *r, uint32_t min, uint32_t max, char *ret)
{
	word(r, min, max, ret);
	for (char *p = ret; *p; p++)
		*p = isalnum((unsigned char)*p) ? (char)tolower((unsigned char)*p) : 'x';
	return ret;
}

/* content:"..."; with what is not a letter or a digit between bars */
static void content(struct strbuf *t, const void *p, uint32_t n, const char *modifiers)
{
	const uint8_t *b = p;

	strbuf_adds(t, "content:\"");
	for (uint32_t i = 0; i < n; i++)
		strbuf_addf(t, isalnum(b[i]) ? "%c" : "|%02x|", b[i]);
	strbuf_addf(t, "\"; %s", modifiers);
}

static void begin(struct spec *s, const char *proto, const char *ports, const char *flow)
{
	strbuf_addf(&s->text, "alert %s any any -> any %s (%s", proto, ports, flow);
}

#define UP "flow:established,to_server; "
#define DOWN "flow:established,to_client; "

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
	char m[64];

	begin_tcp(s, r);
	snprintf(m, sizeof(m), rng_chance(r, 50) ? "dsize:%u; " : "dsize:<%u; ", x.n + rng_pick(r, 2));
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

static void tcp_not_app(struct spec *s, struct rng *r)
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

/* --- applications --- */

static void begin_request(struct spec *s, struct rng *r, const char *buffer, const char *text)
{
	s->on = ON_HTTP;
	s->port = (uint16_t)(rng_chance(r, 70) ? 80 : 8080);
	begin(s, "http", "any", UP);
	strbuf_addf(&s->text, "%s; ", buffer);
	content(&s->text, text, (uint32_t)strlen(text), "");
}

/* a URI whose decoded form is @uri: some bytes as %XX */
static void encode(struct rng *r, const char *uri, char *ret)
{
	bool is_encoded = rng_chance(r, 40);

	for (; *uri; uri++)
		ret += is_encoded && isalnum((unsigned char)*uri) && rng_chance(r, 30) ? sprintf(ret, "%%%02x", (uint8_t)*uri) :
											  sprintf(ret, "%c", *uri);
	*ret = 0;
}

static void http_uri(struct spec *s, struct rng *r)
{
	char w[40], uri[64], wire[200];

	word(r, 5, 20, w);
	begin_request(s, r, "http.uri", w);
	snprintf(uri, sizeof(uri), "/%s%s", rng_chance(r, 50) ? "a/" : "", w);
	encode(r, uri, wire);
	msg_http_request(&s->msg, "GET", wire, "host.example", "User-Agent: x\r\n", "", 0);
}

static void http_uri_old(struct spec *s, struct rng *r)
{
	char w[40], uri[64];

	word(r, 5, 20, w);
	s->on = ON_HTTP;
	s->port = 80;
	begin(s, "http", "any", UP);
	content(&s->text, w, (uint32_t)strlen(w), "http_uri; ");
	snprintf(uri, sizeof(uri), "/%s", w);
	msg_http_request(&s->msg, "GET", uri, "host.example", "", "", 0);
}

static void http_method(struct spec *s, struct rng *r)
{
	char w[40], uri[64];

	word(r, 6, 12, w);
	begin_request(s, r, "http.method; content:\"DELETE\"; http.uri", w);
	snprintf(uri, sizeof(uri), "/%s", w);
	msg_http_request(&s->msg, "DELETE", uri, "host.example", "", "", 0);
}

static void http_host(struct spec *s, struct rng *r)
{
	char w[40], host[64];

	lower(r, 5, 20, w);
	begin_request(s, r, "http.host", w);
	snprintf(host, sizeof(host), "%s.example%s", w, rng_chance(r, 30) ? ":8080" : "");
	msg_http_request(&s->msg, "GET", "/", host, "", "", 0);
}

static void http_user_agent(struct spec *s, struct rng *r)
{
	char w[40], h[80];

	word(r, 5, 20, w);
	begin_request(s, r, "http.user_agent", w);
	snprintf(h, sizeof(h), "User-Agent: Agent %s\r\n", w);
	msg_http_request(&s->msg, "GET", "/", "host.example", h, "", 0);
}

static void http_request_body(struct spec *s, struct rng *r)
{
	char w[40], body[80];
	int n;

	word(r, 5, 20, w);
	begin_request(s, r, "http.request_body", w);
	n = snprintf(body, sizeof(body), "field=%s", w);
	if (rng_chance(r, 50))
		msg_http_chunked(&s->msg, r, "/", "host.example", body, (size_t)n);
	else
		msg_http_request(&s->msg, "POST", "/", "host.example", "", body, (size_t)n);
}

static void http_payload(struct spec *s, struct rng *r)
{
	char w[40], h[80];

	word(r, 6, 20, w);
	s->on = ON_HTTP;
	s->port = 80;
	begin(s, "http", "any", UP);
	content(&s->text, w, (uint32_t)strlen(w), "");
	snprintf(h, sizeof(h), "X-Header: %s\r\n", w);
	msg_http_request(&s->msg, "GET", "/", "host.example", h, "", 0);
}

/* a buffer, and the bytes around its message */
static void http_mixed(struct spec *s, struct rng *r)
{
	char w[40], u[40], h[80], uri[64];

	word(r, 6, 20, w);
	word(r, 6, 20, u);
	begin_request(s, r, "http.uri", u);
	strbuf_adds(&s->text, "pkt_data; ");
	content(&s->text, w, (uint32_t)strlen(w), rng_chance(r, 30) ? "dsize:>0; " : "");
	snprintf(h, sizeof(h), "X-Header: %s\r\n", w);
	snprintf(uri, sizeof(uri), "/%s", u);
	msg_http_request(&s->msg, "GET", uri, "host.example", h, "", 0);
}

static void http_transform(struct spec *s, struct rng *r)
{
	char w[40], h[80];
	struct strbuf up = { 0 };

	lower(r, 6, 20, w);
	for (const char *p = w; *p; p++)
		strbuf_addf(&up, "%c", toupper((unsigned char)*p));
	begin_request(s, r, "http.user_agent; to_uppercase", up.s);
	strbuf_done(&up);
	snprintf(h, sizeof(h), "User-Agent: %s\r\n", w);
	msg_http_request(&s->msg, "GET", "/", "host.example", h, "", 0);
}

static void http_header(struct spec *s, struct rng *r)
{
	char w[40], h[80];

	word(r, 5, 20, w);
	begin_request(s, r, "http.header", w);
	snprintf(h, sizeof(h), "X-Header: %s\r\n", w);
	msg_http_request(&s->msg, "GET", "/", "host.example", h, "", 0);
}

static void http_cookie(struct spec *s, struct rng *r)
{
	char w[40], h[80];

	word(r, 5, 20, w);
	begin_request(s, r, "http.cookie", w);
	snprintf(h, sizeof(h), "Cookie: id=%s\r\n", w);
	msg_http_request(&s->msg, "GET", "/", "host.example", h, "", 0);
}

/* the rule reads the response; a request goes before it, see traffic.c */
static void begin_response(struct spec *s, struct rng *r, const char *buffer, const char *text)
{
	s->on = ON_HTTP;
	s->dir = 1;
	s->port = (uint16_t)(rng_chance(r, 70) ? 80 : 8080);
	strbuf_addf(&s->text, "alert http any any -> any any (" DOWN "%s; ", buffer);
	content(&s->text, text, (uint32_t)strlen(text), "");
}

static void http_stat_msg(struct spec *s, struct rng *r)
{
	char w[40], status[64];

	word(r, 5, 20, w);
	begin_response(s, r, "http.stat_msg", w);
	snprintf(status, sizeof(status), "404 %s", w);
	msg_http_response(&s->msg, status, "", "gone", 4);
}

static void http_server(struct spec *s, struct rng *r)
{
	char w[40], h[80];

	word(r, 5, 20, w);
	begin_response(s, r, rng_chance(r, 50) ? "http.server" : "http.header", w);
	snprintf(h, sizeof(h), "Server: %s\r\n", w);
	msg_http_response(&s->msg, "200 OK", h, "ok", 2);
}

static void http_response_body(struct spec *s, struct rng *r)
{
	struct strbuf packed = { 0 };
	char w[40], body[80];
	int n;

	word(r, 5, 20, w);
	begin_response(s, r, rng_chance(r, 50) ? "file.data" : "http.response_body", w);
	n = snprintf(body, sizeof(body), "<html>%s</html>", w);
	if (rng_chance(r, 50)) {
		msg_gzip(&packed, body, (size_t)n);
		msg_http_response(&s->msg, "200 OK", "Content-Encoding: gzip\r\n", packed.s, packed.len);
	} else {
		msg_http_response(&s->msg, "200 OK", "", body, (size_t)n);
	}
	strbuf_done(&packed);
}

static void tls_sni(struct spec *s, struct rng *r)
{
	char w[40], name[80];

	lower(r, 5, 20, w);
	snprintf(name, sizeof(name), "%s%s.example", rng_chance(r, 50) ? "www." : "", w);
	s->on = ON_TLS;
	s->port = (uint16_t)(rng_chance(r, 80) ? 443 : 8443);
	begin(s, "tls", "any", UP);
	strbuf_adds(&s->text, "tls.sni; ");
	content(&s->text, w, (uint32_t)strlen(w), rng_chance(r, 50) ? "nocase; " : "");
	msg_hello(&s->msg, name);
}

static void tls_sni_ends(struct spec *s, struct rng *r)
{
	bool dot = rng_chance(r, 50);
	char w[40], name[80];

	lower(r, 4, 20, w);
	snprintf(name, sizeof(name), "%s%s.example", !dot || rng_chance(r, 50) ? "a." : "", w);
	s->on = ON_TLS;
	s->port = 443;
	begin(s, "tls", "any", UP);
	strbuf_addf(&s->text, "tls.sni; %scontent:\".%s.example\"; endswith; ", dot ? "dotprefix; " : "", w);
	msg_hello(&s->msg, name);
}

static void dns_query(struct spec *s, struct rng *r)
{
	char w[40], name[80];

	lower(r, 4, 20, w);
	snprintf(name, sizeof(name), "%s%s.example", rng_chance(r, 50) ? "www." : "", w);
	s->on = ON_DNS;
	s->port = 53;
	begin(s, "dns", "any", "");
	strbuf_addf(&s->text, "dns.query; content:\"%s%s\"; %s", w, rng_chance(r, 50) ? ".example" : "",
		    rng_chance(r, 50) ? "nocase; " : "");
	msg_dns(&s->msg, name, 1);
}

static void dns_dotprefix(struct spec *s, struct rng *r)
{
	char w[40], name[80];

	lower(r, 4, 20, w);
	snprintf(name, sizeof(name), "%s%s.example", rng_chance(r, 50) ? "www." : "", w);
	s->on = ON_DNS;
	s->port = 53;
	begin(s, "dns", "any", "");
	strbuf_addf(&s->text, "dns.query; dotprefix; content:\".%s.example\"; nocase; endswith; ", w);
	msg_dns(&s->msg, name, 1);
}

static void dns_bsize(struct spec *s, struct rng *r)
{
	char w[40];

	lower(r, 8, 20, w);
	s->on = ON_DNS;
	s->port = 53;
	begin(s, "dns", "any", "");
	strbuf_addf(&s->text, "dns.query; content:\"%s\"; bsize:%zu; ", w, strlen(w));
	msg_dns(&s->msg, w, 1);
}

static void mqtt_content(struct spec *s, struct rng *r)
{
	char w[40];

	word(r, 6, 20, w);
	s->on = ON_MQTT;
	s->port = 1883;
	begin(s, "mqtt", "any", UP);
	content(&s->text, w, (uint32_t)strlen(w), "");
	msg_mqtt_connect(&s->msg, w);
}

static void mqtt_topic(struct spec *s, struct rng *r)
{
	char w[40];

	word(r, 6, 20, w);
	s->on = ON_MQTT;
	s->port = 1883;
	begin(s, "mqtt", "any", UP);
	strbuf_adds(&s->text, "mqtt.publish.topic; ");
	content(&s->text, w, (uint32_t)strlen(w), "");
	msg_mqtt_publish(&s->msg, w, "21.5", 4);
}

/* the version stands in the CONNECT, which went before */
static void mqtt_numbers(struct spec *s, struct rng *r)
{
	char w[40];

	word(r, 6, 20, w);
	s->on = ON_MQTT;
	s->port = 1883;
	begin(s, "mqtt", "any", UP);
	strbuf_adds(&s->text, "mqtt.type:PUBLISH; mqtt.protocol_version:4; mqtt.qos:0; mqtt.publish.message; ");
	content(&s->text, w, (uint32_t)strlen(w), "");
	msg_mqtt_publish(&s->msg, "t/1", w, strlen(w));
}

static void ssh_software(struct spec *s, struct rng *r)
{
	char w[40];

	word(r, 6, 20, w);
	for (char *p = w; *p; p++)
		if (*p == '-')
			*p = 'x';
	s->on = ON_SSH;
	s->port = 22;
	begin(s, "ssh", "any", UP);
	strbuf_adds(&s->text, "ssh.software; ");
	content(&s->text, w, (uint32_t)strlen(w), "");
	strbuf_addf(&s->msg, "SSH-2.0-%s\r\n", w);
}

static const struct {
	const char *name;
	void (*make)(struct spec *s, struct rng *r);
} classes[] = {
	{ "tcp content 7-24", tcp_long },
	{ "tcp content 4-6", tcp_middle },
	{ "tcp content 1-3", tcp_short },
	{ "tcp nocase", tcp_nocase },
	{ "tcp two contents", tcp_two },
	{ "tcp distance within", tcp_within },
	{ "tcp offset depth", tcp_offset },
	{ "tcp startswith", tcp_startswith },
	{ "tcp dsize", tcp_dsize },
	{ "tcp negated content", tcp_negated },
	{ "tcp isdataat", tcp_isdataat },
	{ "tcp pcre", tcp_pcre },
	{ "tcp pcre alone", tcp_pcre_only },
	{ "tcp fast_pattern", tcp_fast_pattern },
	{ "tcp to_client", tcp_to_client },
	{ "tcp without flow", tcp_no_flow },
	{ "tcp-pkt", tcp_packet },
	{ "tcp threshold", tcp_threshold },
	{ "tcp detection_filter", tcp_detection_filter },
	{ "tcp byte_test", tcp_byte_test },
	{ "tcp byte_jump", tcp_byte_jump },
	{ "tcp byte_extract", tcp_byte_extract },
	{ "tcp flowbits", tcp_flowbits },
	{ "tcp isnotset", tcp_isnotset },
	{ "tcp xbits", tcp_xbits },
	{ "tcp flowint", tcp_flowint },
	{ "tcp stream_size", tcp_stream_size },
	{ "tcp app-layer-protocol", tcp_not_app },
	{ "tcp base64", tcp_base64 },
	{ "tcp flags", tcp_flags },
	{ "ip", ip_any },
	{ "icmp", icmp },
	{ "udp content", udp_content },
	{ "udp depth", udp_depth },
	{ "http.uri", http_uri },
	{ "http_uri", http_uri_old },
	{ "http.method", http_method },
	{ "http.host", http_host },
	{ "http.user_agent", http_user_agent },
	{ "http.request_body", http_request_body },
	{ "http payload", http_payload },
	{ "http.uri and payload", http_mixed },
	{ "http transform", http_transform },
	{ "http.header", http_header },
	{ "http.cookie", http_cookie },
	{ "http.stat_msg", http_stat_msg },
	{ "http.server", http_server },
	{ "file.data", http_response_body },
	{ "tls.sni", tls_sni },
	{ "tls.sni endswith", tls_sni_ends },
	{ "dns.query", dns_query },
	{ "dns dotprefix", dns_dotprefix },
	{ "dns bsize", dns_bsize },
	{ "mqtt payload", mqtt_content },
	{ "mqtt.publish.topic", mqtt_topic },
	{ "mqtt numbers", mqtt_numbers },
	{ "ssh.software", ssh_software },
};
const unsigned int spec_classes = ARRAY_SIZE(classes);

const char *spec_class_name(unsigned int class)
{
	return classes[class].name;
}

void specs_make(struct specs *s, struct rng *r, unsigned int each)
{
	for (unsigned int c = 0; c < spec_classes; c++)
		for (unsigned int i = 0; i < each; i++) {
			struct spec x = { .sid = s->next_sid++, .class = (uint8_t)c };

			classes[c].make(&x, r);
			strbuf_addf(&x.text, "sid:%u;)", x.sid);
			if (vec_push(&s->all, x))
				errx(1, "out of memory");
		}
}

void specs_clear(struct specs *s)
{
	for (size_t i = 0; i < s->all.len; i++) {
		strbuf_done(&s->all.data[i].text);
		strbuf_done(&s->all.data[i].msg);
	}
	s->all.len = 0;
}

void specs_done(struct specs *s)
{
	specs_clear(s);
	vec_done(&s->all);
}
