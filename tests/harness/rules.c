/* SPDX-License-Identifier: BSD-2-Clause */
/* See rules.h. */
#include "harness/rules.h"

#include <stdlib.h>
#include <string.h>

struct rule_bench *bench_new(const char *text)
{
	struct rule_bench *b = calloc(1, sizeof(*b));
	struct strbuf err = { 0 };

	if (!b || ruleset_load_text("test.rules", text, strlen(text), NULL, 0, &b->rs, &err) ||
	    match_build(b->rs, &b->eng, &err))
		abort();
	strbuf_done(&err);
	return b;
}

void bench_done(struct rule_bench *b)
{
	match_free(b->eng);
	ruleset_free(b->rs);
	free(b);
}

void bench_forget(struct rule_bench *b)
{
	b->hits = 0;
}

unsigned int bench_hits(const struct rule_bench *b, uint32_t sid)
{
	unsigned int n = 0;

	for (size_t i = 0; i < b->hits; i++)
		n += b->sid[i] == sid;
	return n;
}

static void on_hit(const struct rule *r, uint8_t action, void *ctx)
{
	struct rule_bench *b = ctx;
	struct rule_info info;

	rule_info(r, &info);
	if (b->hits == HITS_MAX)
		abort();
	b->action[b->hits] = action;
	b->sid[b->hits++] = info.sid;
}

static void look(struct rule_bench *b, const struct cordon_facts *f, uint8_t tcp_flags, const void *p, size_t n)
{
	uint64_t ts = b->rec.hdr.ts_ns + 1;

	if (f->proto == 6)
		record_tcp(&b->rec, f, 0, tcp_flags, p, n);
	else
		record_udp(&b->rec, f, p, n);
	b->rec.hdr.ts_ns = ts;
	if (view_from_event(&b->rec.hdr, &b->view))
		abort();
	b->view.known = b->known;
}

void bench_packet(struct rule_bench *b, const struct cordon_facts *f, uint8_t tcp_flags, const void *p, size_t n)
{
	look(b, f, tcp_flags, p, n);
	match_packet(b->eng, &b->view, on_hit, b);
}

void bench_last(struct rule_bench *b, const struct cordon_facts *f, bool of_app)
{
	struct view v = { .facts = f, .known = b->known };

	match_last(b->eng, &v, of_app, on_hit, b);
}

void bench_look(struct rule_bench *b)
{
	if (view_from_event(&b->rec.hdr, &b->view))
		abort();
	match_packet(b->eng, &b->view, on_hit, b);
}

void bench_stream(struct rule_bench *b, struct match_stream **s, const struct cordon_facts *f, const void *window,
		  uint32_t len, uint64_t start, uint64_t fresh)
{
	look(b, f, 0x18, "", 0);
	match_stream_feed(b->eng, s, &b->view, window, len, start, fresh, on_hit, b);
}

void bench_message(struct rule_bench *b, const struct cordon_facts *f, const struct app_msg *m)
{
	look(b, f, 0x18, "", 0);
	match_message(b->eng, &b->view, m, on_hit, b);
}
