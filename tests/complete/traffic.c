// SPDX-License-Identifier: BSD-2-Clause
/*
 * Conversations in which rules fire, or nearly: a flow takes one rule as its
 * subject, sends its message and those of others of its kind, now and then
 * with a byte changed, between fillers of lengths that meet the recorder's
 * window and the depth. Frames here are in order and whole; mutate.c cuts them.
 */
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "complete/complete.h"
#include "harness/pkt.h"

#define CLIENTS 20
#define SERVERS 10
#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define ACK 0x10
#define BEGIN_NS 1700000000000000000ULL /* 2023-11-14 */

struct conv {
	struct capture *out;
	const struct specs *specs;
	struct rng *r;
	const struct spec *subject;
	uint32_t flow, seq[2], mss;
	uint64_t ts_ns, gap_ns;
	uint16_t vlan[2], port[2], id;
	uint8_t proto, ext;
	char addr[2][64];
	uint8_t mac[2][6];
	struct strbuf data;
};

static void put(struct conv *c, unsigned int dir, uint8_t flags, const void *p, size_t n)
{
	static uint8_t frame[PKT_FRAME_MAX];
	struct pkt_spec s = { .src = c->addr[dir], .dst = c->addr[!dir], .vlan = { c->vlan[0], c->vlan[1] },
			      .proto = c->proto, .sport = c->port[dir], .dport = c->port[!dir], .seq = c->seq[dir],
			      .ack = flags & ACK ? c->seq[!dir] : 0, .flags = flags, .ext_headers = c->ext,
			      .id = ++c->id, .payload = p, .len = n };

	memcpy(s.smac, c->mac[dir], 6);
	memcpy(s.dmac, c->mac[!dir], 6);
	if (c->proto == IPPROTO_ICMP || c->proto == IPPROTO_ICMPV6) {
		bool v6 = c->proto == IPPROTO_ICMPV6;

		s.sport = dir ? v6 ? 129 : 0 : v6 ? 128 : 8;
		s.dport = 0;
	}
	capture_add(c->out, frame, pkt_build(&s, frame), c->flow, c->ts_ns);
	c->ts_ns += 1 + rng_u64(c->r) % c->gap_ns;
	c->seq[dir] += (uint32_t)n + !!(flags & (SYN | FIN));
}

static void send_data(struct conv *c, unsigned int dir)
{
	size_t at = 0, n;

	if (c->proto != IPPROTO_TCP) {
		put(c, dir, 0, c->data.s, c->data.len);
		return;
	}
	for (; at < c->data.len; at += n) {
		n = c->data.len - at < c->mss ? c->data.len - at : c->mss;
		put(c, dir, ACK, c->data.s + at, n);
	}
}

/* --- what is sent --- */

static void add_fill(struct conv *c, uint32_t max)
{
	static const uint16_t sizes[] = { 3, 17, 100, 700, 1400, 4090, 4096, 5000, 9000 };
	uint32_t n = sizes[rng_pick(c->r, ARRAY_SIZE(sizes))];
	char byte = "ab x"[rng_pick(c->r, 4)];

	for (n = n < max ? n : max; n; n--)
		strbuf_add(&c->data, &byte, 1);
}

/* the message of @s, sometimes with a byte changed or its end cut off */
static void add_message(struct conv *c, const struct spec *s)
{
	size_t at = c->data.len;

	strbuf_add(&c->data, s->msg.s, s->msg.len);
	if (!s->msg.len || rng_chance(c->r, 60))
		return;
	if (rng_chance(c->r, 70))
		c->data.s[at + rng_pick(c->r, (uint32_t)s->msg.len)] ^= (char)(1 << rng_pick(c->r, 8));
	else
		c->data.len -= rng_pick(c->r, (uint32_t)s->msg.len);
}

/* another rule of this kind and direction; the subject when none is near */
static const struct spec *another(struct conv *c, unsigned int dir)
{
	for (int i = 0; i < 40; i++) {
		const struct spec *s = &c->specs->all.data[rng_pick(c->r, (uint32_t)c->specs->all.len)];

		if (s->on == c->subject->on && s->dir == dir && s->msg.len)
			return s;
	}
	return c->subject->dir == dir ? c->subject : NULL;
}

static void add_plain_http(struct conv *c, unsigned int dir)
{
	struct strbuf body = { 0 };
	uint32_t n = rng_chance(c->r, 70) ? rng_pick(c->r, 40) : rng_pick(c->r, 9000);

	for (uint32_t i = 0; i < n; i++)
		strbuf_add(&body, "z", 1);
	if (dir)
		msg_http_response(&c->data, "200 OK", "", body.s ? body.s : "", n);
	else
		msg_http_request(&c->data, n ? "POST" : "GET", "/plain", "plain.example", "Accept: */*\r\n", body.s ? body.s : "", n);
	strbuf_done(&body);
}

static void add_one(struct conv *c, unsigned int dir)
{
	const struct spec *s = c->subject->dir == dir && rng_chance(c->r, 65) ? c->subject : another(c, dir);

	if (c->subject->on == ON_HTTP && (!s || rng_chance(c->r, 25)))
		add_plain_http(c, dir);
	else if (s)
		add_message(c, s);
}

static void fill_stream(struct conv *c, unsigned int dir)
{
	bool is_raw = c->subject->on == ON_TCP;

	c->data.len = 0;
	for (uint32_t n = rng_between(c->r, 1, 3); n; n--) {
		if (is_raw && rng_chance(c->r, 60))
			add_fill(c, 9000);
		if (!is_raw || rng_chance(c->r, 50))
			add_one(c, dir);
	}
}

/* --- conversations --- */

static void begin_application(struct conv *c)
{
	c->data.len = 0;
	if (c->subject->on == ON_MQTT) {
		msg_mqtt_connect(&c->data, "client");
		send_data(c, 0);
	} else if (c->subject->on == ON_SSH) {
		strbuf_adds(&c->data, "SSH-2.0-OpenSSH_9.2\r\n");
		send_data(c, 1);
	}
}

/* a server's part of TLS: a handshake record, then ciphertext both ways */
static void end_tls(struct conv *c)
{
	for (unsigned int i = 0; i < 3; i++) {
		c->data.len = 0;
		strbuf_add(&c->data, i ? "\x17\x03\x03\x00\x40" : "\x16\x03\x03\x00\x40\x02\x00\x00\x3c\x03\x03", i ? 5 : 11);
		for (unsigned int k = i ? 0 : 6; k < 64; k++)
			strbuf_add(&c->data, &(char){ (char)rng_u64(c->r) }, 1);
		send_data(c, i != 1);
	}
}

static void idle(struct conv *c)
{
	static const uint16_t seconds[] = { 2, 61, 301, 3601 };

	if (rng_chance(c->r, 2))
		c->ts_ns += seconds[rng_pick(c->r, ARRAY_SIZE(seconds))] * 1000000000ULL;
}

static void talk_tcp(struct conv *c)
{
	if (c->subject->flags) {
		put(c, 0, c->subject->flags, NULL, 0);
		return;
	}
	if (!rng_chance(c->r, 5)) {
		put(c, 0, SYN, NULL, 0);
		put(c, 1, SYN | ACK, NULL, 0);
		put(c, 0, ACK, NULL, 0);
	}
	begin_application(c);
	for (uint32_t n = rng_between(c->r, 1, 4); n; n--) {
		fill_stream(c, 0);
		send_data(c, 0);
		idle(c);
		if (rng_chance(c->r, c->subject->on == ON_HTTP || c->subject->dir ? 85 : 40)) {
			fill_stream(c, 1);
			send_data(c, 1);
		}
		if (rng_chance(c->r, 2))
			c->seq[0] += 10; /* bytes that were not captured */
	}
	if (c->subject->on == ON_TLS)
		end_tls(c);
	if (rng_chance(c->r, 70)) {
		put(c, 0, FIN | ACK, NULL, 0);
		put(c, 1, FIN | ACK, NULL, 0);
	} else if (rng_chance(c->r, 30)) {
		put(c, rng_pick(c->r, 2), RST, NULL, 0);
	}
}

static void talk_datagrams(struct conv *c)
{
	for (uint32_t n = rng_between(c->r, 1, 3); n; n--) {
		c->data.len = 0;
		if (c->subject->on == ON_UDP && rng_chance(c->r, 20))
			add_fill(c, 1400);
		add_one(c, 0);
		send_data(c, 0);
		idle(c);
		if (rng_chance(c->r, 40)) {
			c->data.len = 0;
			add_fill(c, 300);
			send_data(c, 1);
		}
	}
}

static void address(struct conv *c, unsigned int end, bool is_home, bool v6, uint32_t host)
{
	const uint8_t mac[6] = { 2, 0, is_home ? 1 : 0xfe, 0, 0, (uint8_t)host };

	memcpy(c->mac[end], mac, sizeof(mac));
	if (v6)
		snprintf(c->addr[end], sizeof(c->addr[end]), "%s::%x", is_home ? "fd00" : "2001:db8", 16 + host);
	else
		snprintf(c->addr[end], sizeof(c->addr[end]), "%s.%u", is_home ? "10.0.0" : "192.0.2", 16 + host);
}

static void choose_ends(struct conv *c)
{
	bool v6 = rng_chance(c->r, 25), out = rng_chance(c->r, 85), home = rng_chance(c->r, 10);
	uint8_t on = c->subject->on;

	address(c, 0, out || home, v6, rng_pick(c->r, CLIENTS));
	address(c, 1, !out || home, v6, CLIENTS + rng_pick(c->r, SERVERS));
	c->proto = on == ON_ICMP ? v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP :
		   on == ON_UDP || on == ON_DNS ? IPPROTO_UDP : IPPROTO_TCP;
	/* the tuple of an earlier flow once in a while */
	c->port[0] = (uint16_t)(20000 + (rng_chance(c->r, 3) ? rng_pick(c->r, c->flow + 1) : c->flow) % 40000);
	c->port[1] = c->subject->port;
	c->ext = v6 && rng_chance(c->r, 15) ? (uint8_t)rng_between(c->r, 1, 3) : 0;
	c->vlan[0] = rng_chance(c->r, 12) ? (uint16_t)rng_between(c->r, 1, 9) : 0;
	c->vlan[1] = c->vlan[0] && rng_chance(c->r, 30) ? 9 : 0;
	c->mss = rng_chance(c->r, 90) ? 1400 : rng_chance(c->r, 50) ? 3000 : 9000;
	c->id = (uint16_t)rng_u64(c->r);
	for (int i = 0; i < 2; i++) /* some near the end of the numbers */
		c->seq[i] = rng_chance(c->r, 20) ? (uint32_t)-rng_between(c->r, 1, 3000) : (uint32_t)rng_u64(c->r);
}

void traffic_make(struct capture *ret, const struct specs *s, struct rng *r, unsigned int flows)
{
	/* how many are alive at once */
	uint64_t window_ns = flows * (rng_chance(r, 40) ? 300000ULL : rng_chance(r, 50) ? 3000000ULL : 30000000ULL);

	for (uint32_t i = 0; i < flows; i++) {
		struct conv c = { .out = ret, .specs = s, .r = r, .flow = i, .gap_ns = 8000000 };

		c.subject = &s->all.data[rng_pick(r, (uint32_t)s->all.len)];
		c.ts_ns = BEGIN_NS + rng_u64(r) % window_ns;
		choose_ends(&c);
		if (c.proto == IPPROTO_TCP)
			talk_tcp(&c);
		else
			talk_datagrams(&c);
		strbuf_done(&c.data);
	}
}
