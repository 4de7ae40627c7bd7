// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every cut of short literals: literals of 1 ... 12 bytes at each of the first
 * positions of a stream, the stream cut once and twice at every byte, and into
 * single bytes. What chance would take long to meet is all here.
 */
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "complete/complete.h"
#include "harness/pkt.h"

#define LITERAL_MAX 12
#define POSITIONS 9  /* all phases of both strides, and one more than a carry */
#define TAIL 3
#define FLOWS 600    /* of one capture */
#define PORT 8000    /* + length of the literal */
#define BEGIN_NS 1700000000000000000ULL

static const char letters[] = "qZ7w_xJ9v+Kb";

struct cuts {
	struct judge *j;
	struct strbuf *err;
	struct capture cap;
	uint32_t flow;
	uint64_t streams, alerts;
	int differ;
};

static int run(struct cuts *c)
{
	struct outcome o = { 0 };
	int e = c->cap.frames.len ? judge_run(c->j, 0, &c->cap, &o, c->err) : 0;

	c->alerts += o.alerts;
	if (!e && c->flow && o.fired.len != c->flow) {
		printf("# %zu alerts of %u streams\n", o.fired.len, c->flow);
		c->differ++;
	}
	c->differ += (int)o.differ.len;
	c->streams += c->flow;
	c->flow = 0;
	capture_clear(&c->cap);
	outcome_done(&o);
	return e;
}

static void put(struct capture *ret, uint32_t flow, unsigned int dir, uint8_t flags, uint32_t seq, uint16_t port,
		const void *p, size_t n)
{
	static uint8_t frame[PKT_FRAME_MAX];
	const char *addr[2] = { "10.0.0.2", "192.0.2.1" };
	uint16_t ports[2] = { (uint16_t)(20000 + flow), port };
	struct pkt_spec s = { .src = addr[dir], .dst = addr[!dir], .proto = IPPROTO_TCP, .sport = ports[dir],
			      .dport = ports[!dir], .seq = seq, .ack = 1001, .flags = flags, .payload = p, .len = n };

	capture_add(ret, frame, pkt_build(&s, frame), flow, BEGIN_NS + ret->frames.len * 1000);
}

/* one stream of @before bytes, the literal of @len and TAIL bytes, in pieces of these sizes */
static int stream(struct cuts *c, uint32_t len, uint32_t before, const uint32_t *sizes, size_t n)
{
	char data[64];
	struct capture whole = { 0 }, pieces = { 0 };
	uint16_t port = (uint16_t)(PORT + len);

	memset(data, '.', sizeof(data));
	memcpy(data + before, letters, len);
	put(&c->cap, c->flow, 0, 0x02, 1000, port, NULL, 0);
	put(&c->cap, c->flow, 1, 0x12, 1000, port, NULL, 0);
	put(&whole, c->flow, 0, 0x10, 1001, port, data, before + len + TAIL);
	traffic_cut(&pieces, &whole, 0, sizes, n);
	for (size_t i = 0; i < pieces.frames.len; i++)
		capture_add(&c->cap, pieces.bytes.data + pieces.frames.data[i].at, pieces.frames.data[i].len, c->flow,
			    BEGIN_NS + c->cap.frames.len * 1000);
	capture_done(&whole);
	capture_done(&pieces);
	return ++c->flow == FLOWS ? run(c) : 0;
}

static int all_cuts(struct cuts *c, uint32_t len, uint32_t before)
{
	uint32_t n = before + len + TAIL, ones[64];
	int e = stream(c, len, before, NULL, 0);

	for (uint32_t a = 1; a < n && !e; a++) {
		e = stream(c, len, before, &a, 1);
		for (uint32_t b = 1; a + b < n && !e; b++)
			e = stream(c, len, before, (uint32_t[]){ a, b }, 2);
	}
	for (uint32_t i = 0; i < n; i++)
		ones[i] = 1;
	return e ? e : stream(c, len, before, ones, n - 1);
}

static int load(struct cuts *c)
{
	struct strbuf text = { 0 };
	int e;

	for (int len = 1; len <= LITERAL_MAX; len++)
		strbuf_addf(&text, "alert tcp any any -> any %d (flow:established,to_server; content:\"%.*s\"; sid:%d;)\n",
			    PORT + len, len, letters, len);
	e = judge_rules(c->j, text.s, text.len, c->err);
	strbuf_done(&text);
	return e;
}

int cuts_run(struct judge *j, struct strbuf *err, uint64_t *ret_streams, uint64_t *ret_alerts)
{
	struct cuts c = { .j = j, .err = err };
	int e = load(&c);

	for (uint32_t len = 1; len <= LITERAL_MAX; len++)
		for (uint32_t before = 0; before < POSITIONS && !e; before++)
			e = all_cuts(&c, len, before);
	e = e ? e : run(&c);
	*ret_streams = c.streams;
	*ret_alerts = c.alerts;
	capture_done(&c.cap);
	return e ? e : c.differ;
}
