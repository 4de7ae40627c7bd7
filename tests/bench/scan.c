// SPDX-License-Identifier: BSD-2-Clause
/*
 * The payload prefilter per byte: a TCP flow in depth with 1400-byte segments,
 * with the literals in force less without, beside libhs on the same literals
 * and bytes in user space.
 */
#include <errno.h>
#include <fcntl.h>
#include <hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "bench/bench.h"
#include "match/match.h"

#define SEGMENT 1400
#define SEGMENTS_PER_FLOW 500 /* 700 kB: within the depth */
#define PAYLOADS 64 /* different ones: whether one holds a gram by chance is luck */

struct stream {
	struct subject *s;
	uint16_t port;
	uint32_t seq;
	uint8_t payload[PAYLOADS][SEGMENT];
};

/* what devices say: words, numbers, punctuation; the same in every run */
void scan_payload(uint8_t *p, uint64_t r)
{
	static const char *const words[] = { "temperature", "humidity", "{\"id\":", "\"value\":", "firmware", "session", "camera",
					     "living-room", "status ", "the ", "update, ", "4711", "803", "true", "publish", "\r\n" };
	size_t n = 0;

	while (n < SEGMENT) {
		const char *w;

		r = cordon_mix(r + 1);
		w = words[r % ARRAY_SIZE(words)];
		for (; *w && n < SEGMENT; w++)
			p[n++] = (uint8_t)*w;
	}
}

static void make_segment(struct frame *f, uint32_t n, void *ctx)
{
	struct stream *st = ctx;

	if (n % SEGMENTS_PER_FLOW == 0)
		subject_flow(st->s, st->port++, &st->seq);
	frame_tcp(f, true, (uint16_t)(st->port - 1), 0x18, st->seq, 5001, st->payload[n % PAYLOADS], SEGMENT);
	st->seq += SEGMENT;
}

void scan_literal(char *dst, uint32_t n)
{
	uint64_t r = cordon_mix(n + 1);

	for (int i = 0; i < SCAN_LITERAL; i++, r = cordon_mix(r))
		dst[i] = (char)('a' + r % 26);
	dst[SCAN_LITERAL] = 0;
}

/* @n rules of one literal each, as a file without a name */
static int write_rules(uint32_t n)
{
	int fd = memfd_create("rules", 0);
	char lit[SCAN_LITERAL + 1];

	for (uint32_t i = 0; fd >= 0 && i < n; i++) {
		scan_literal(lit, i);
		dprintf(fd, "alert tcp any any -> any any (msg:\"bench\"; content:\"%s\"; sid:%u;)\n", lit, i + 1);
	}
	return fd;
}

static struct match_engine *build(uint32_t n, struct ruleset **ret_rules)
{
	_cleanup_close_ int fd = write_rules(n);
	struct strbuf err = {};
	struct match_engine *e;
	char path[64];
	const char *files[] = { path };

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (ruleset_load(files, 1, NULL, 0, NULL, ret_rules, &err) || ruleset_count(*ret_rules) != n ||
	    match_build(*ret_rules, &e, &err))
		die("rules", err.s);
	strbuf_done(&err);
	return e;
}

/* @e NULL: an image in which nothing is looked for */
void scan_put_prefilter(struct subject *s, const struct match_engine *e)
{
	struct cordon_prefilter *mem;
	int fd, r = kern_prefilter_new(&fd, &mem);

	if (!r && e)
		r = match_prefilter(e, 1, mem);
	if (!r)
		r = kern_prefilter_swap(s->k, fd);
	if (r)
		die("prefilter", strerror(-r));
	kern_prefilter_unmap(mem);
	close(fd);
}

static struct cost segment_cost(struct subject *s, struct stream *st)
{
	uint64_t up = subject_count(s, CORDON_COUNTER_SUSPECT_PACKETS);
	struct cost c = measure_each(kern_prog_fd(s->k, KERN_XDP), make_segment, st, s->ring);

	subject_must_be_clean(s, up);
	return c;
}

/* --- libhs --- */

static int on_match(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *ctx)
{
	(void)id, (void)from, (void)to, (void)flags, (void)ctx;
	return 0;
}

static hs_database_t *hs_literals(uint32_t n)
{
	char (*text)[SCAN_LITERAL + 1] = calloc(n, sizeof(*text));
	const char **lits = calloc(n, sizeof(*lits));
	unsigned int *flags = calloc(n, sizeof(*flags)), *ids = calloc(n, sizeof(*ids));
	size_t *lens = calloc(n, sizeof(*lens));
	hs_compile_error_t *e = NULL;
	hs_database_t *db = NULL;

	if (!text || !lits || !flags || !ids || !lens)
		die("libhs", "out of memory");
	for (uint32_t i = 0; i < n; i++) {
		scan_literal(text[i], i);
		lits[i] = text[i];
		lens[i] = SCAN_LITERAL;
		ids[i] = i;
	}
	if (hs_compile_lit_multi(lits, flags, ids, lens, n, HS_MODE_BLOCK, NULL, &db, &e))
		die("libhs", e ? e->message : NULL);
	free(text);
	free(lits);
	free(flags);
	free(ids);
	free(lens);
	return db;
}

static double hs_ns_per_byte(uint32_t n, const struct stream *st)
{
	hs_database_t *db = hs_literals(n);
	hs_scratch_t *scratch = NULL;
	double v[9];

	if (hs_alloc_scratch(db, &scratch))
		die("libhs", "no scratch");
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		double t0 = seconds_now();

		for (int j = 0; j < 20000; j++)
			hs_scan(db, (const char *)st->payload[j % PAYLOADS], SEGMENT, 0, scratch, on_match, NULL);
		v[i] = (seconds_now() - t0) * 1e9 / 20000 / SEGMENT;
	}
	median(v, ARRAY_SIZE(v));
	hs_free_scratch(scratch);
	hs_free_database(db);
	return v[0];
}

/* @limit: a goal; 0: none */
static void compare(struct stream *st, struct cost without, uint32_t n, double limit, struct plot *p)
{
	struct ruleset *rules;
	struct match_engine *e = build(n, &rules);
	double ours, theirs = hs_ns_per_byte(n, st);
	char name[96];

	scan_put_prefilter(st->s, e);
	ours = (segment_cost(st->s, st).min - without.min) / SEGMENT;
	snprintf(name, sizeof(name), "prefilter, %u literals, per byte", n);
	figure(name, ours * 1000, "ps");
	snprintf(name, sizeof(name), "libhs, %u literals, per byte", n);
	figure(name, theirs * 1000, "ps");
	plot_point(p, "Cordon, in the kernel", n, ours * 1000);
	plot_point(p, "libhs", n, theirs * 1000);
	snprintf(name, sizeof(name), "payload prefilter per byte at %u literals, against libhs", n);
	if (limit > 0)
		goal(name, limit, ours / theirs, "ratio");
	match_free(e);
	ruleset_free(rules);
}

void bench_scan(struct cost harness)
{
	struct subject s;
	static struct stream st = { .port = 30000 };
	struct plot *p = plot_new("Payload scan against rules of one literal each", "rules", "ps a byte");
	struct cost without;

	st.s = &s;
	for (size_t i = 0; i < PAYLOADS; i++)
		scan_payload(st.payload[i], i);
	subject_open(&s, false);
	scan_put_prefilter(&s, NULL);
	without = segment_cost(&s, &st);
	figure_cost("1400 B of a TCP flow in depth, no literals, net", cost_net(without, harness));
	compare(&st, without, 100, 0, p);
	compare(&st, without, 1000, 0.35, p);
	compare(&st, without, 10000, 0.2, p);
	compare(&st, without, 30000, 0, p);
	plot_write(p, "build/bench-rules.svg");
	subject_close(&s);
}
