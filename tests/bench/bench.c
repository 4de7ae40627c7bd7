// SPDX-License-Identifier: BSD-2-Clause
/*
 * make bench: what a packet costs in the XDP program, beside xdp-filter with
 * all its features, on the same packets in the same run. README.md has the
 * method; the goals are those of the design's section on speed.
 */
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"

#define CLEAN_TIMES 3

struct rivals {
	int empty, filter;
	struct cost harness_same, harness_each, filter_known, filter_dns;
};

/* what one set of indicators makes of three kinds of clean packet, net */
struct clean {
	struct cost known, dns, first;
};

static void make_dns(struct frame *f, uint32_t n, void *ctx)
{
	frame_dns(f, n + *(uint32_t *)ctx);
}

/* the first packet of a flow to an address never seen before */
static void make_first(struct frame *f, uint32_t n, void *ctx)
{
	uint32_t r = (n + *(uint32_t *)ctx) * 2654435761U;

	frame_udp(f, 0x60000001 | (r >> 3 & ~1U), (uint16_t)(20000 + (n & 0x3fff)), 9999, "0123456789abcdef", 16);
}

static void pure_ack(struct frame *f, uint16_t port, uint32_t seq)
{
	frame_tcp(f, true, port, 0x10, seq, 5001, "", 0);
}

/* what a call costs on this machine: where returns are made safe, more than a look-up */
static void measure_calls(struct cost harness, const struct frame *f)
{
	static const char *const names[] = { "a call within a program and its return, net", "the clock, net" };

	for (int clock = 0; clock < 2; clock++) {
		int fd = load_calls(clock);
		struct cost c;

		if (fd < 0)
			die("load", strerror(-fd));
		c = cost_net(measure_same(fd, f), harness);
		figure_cost(names[clock], (struct cost){ c.min / CALLS, c.median / CALLS, c.p90 / CALLS });
		close(fd);
	}
}

static void measure_rivals(struct rivals *r)
{
	struct frame f;
	uint32_t from = 0;

	r->empty = load_empty();
	r->filter = load_xdp_filter();
	if (r->empty < 0)
		die("load", "run as root (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are needed)");
	if (r->filter < 0)
		die("xdp-filter", r->filter == -ENOENT ? "not installed: apt-get install xdp-tools" : strerror(-r->filter));
	pure_ack(&f, 40000, 1);
	r->harness_same = measure_same(r->empty, &f);
	r->filter_known = cost_net(measure_same(r->filter, &f), r->harness_same);
	r->harness_each = measure_each(r->empty, make_dns, &from, NULL);
	r->filter_dns = cost_net(measure_each(r->filter, make_dns, &from, NULL), r->harness_each);
	figure_cost("empty program, same frame", r->harness_same);
	figure_cost("empty program, ever other frames", r->harness_each);
	measure_calls(r->harness_same, &f);
	figure_cost("xdp-filter, all features, 60 B TCP, net", r->filter_known);
	figure_cost("xdp-filter, all features, DNS query, net", r->filter_dns);
}

static void keep_better(struct cost *a, struct cost b)
{
	if (b.median < a->median)
		*a = b;
}

static void measure_once(struct subject *s, const struct rivals *r, uint32_t round, struct clean *ret)
{
	int prog = kern_prog_fd(s->k, KERN_XDP);
	uint16_t port = (uint16_t)(40000 + round);
	uint32_t from = round * 1000003, seq;
	uint64_t up;
	struct frame f;

	subject_flow(s, port, &seq);
	pure_ack(&f, port, seq);
	kern_ring_consume(s->ring);
	up = subject_count(s, CORDON_COUNTER_SUSPECT_PACKETS);
	keep_better(&ret->known, cost_net(measure_same(prog, &f), r->harness_same));
	keep_better(&ret->dns, cost_net(measure_each(prog, make_dns, &from, s->ring), r->harness_each));
	keep_better(&ret->first, cost_net(measure_each(prog, make_first, &from, s->ring), r->harness_each));
	subject_must_be_clean(s, up);
}

/* by three flows, each kind by its best: where one flow's record lies, and who else is at work, is no matter of the set's size */
static void measure_clean(struct subject *s, const struct rivals *r, uint32_t round, struct clean *ret)
{
	const struct cost none = { HUGE_VAL, HUGE_VAL, HUGE_VAL };

	*ret = (struct clean){ none, none, none };
	for (uint32_t i = 0; i < CLEAN_TIMES; i++)
		measure_once(s, r, round * CLEAN_TIMES + i, ret);
}

static void show_clean(const char *set, const struct clean *c)
{
	char name[96];

	snprintf(name, sizeof(name), "%s: 60 B TCP of a known flow, net", set);
	figure_cost(name, c->known);
	snprintf(name, sizeof(name), "%s: DNS query with a new name, net", set);
	figure_cost(name, c->dns);
	snprintf(name, sizeof(name), "%s: first packet to a new address, net", set);
	figure_cost(name, c->first);
}

/* the worst of the three kinds of packet, at the median: minima hide cache misses */
static double growth(const struct clean *big, const struct clean *small)
{
	double a = big->known.median / small->known.median, b = big->dns.median / small->dns.median,
	       c = big->first.median / small->first.median;

	return a > b ? (a > c ? a : c) : (b > c ? b : c);
}

static void plot_clean(struct plot *p, double indicators, const struct clean *c)
{
	plot_point(p, "60 B TCP of a known flow", indicators, c->known.median);
	plot_point(p, "DNS query with a new name", indicators, c->dns.median);
	plot_point(p, "first packet to a new address", indicators, c->first.median);
}

/* two sizes that are no goal of their own */
static void plot_between(struct subject *s, const struct rivals *r, struct plot *p)
{
	static const uint32_t sizes[] = { 10000, 100000 };

	for (uint32_t i = 0; i < 2; i++) {
		struct clean c;
		double t;

		subject_threats(s, sizes[i], &t);
		measure_clean(s, r, 3 + i, &c);
		plot_clean(p, 2.0 * sizes[i], &c);
	}
}

static void bench_indicators(const struct rivals *r)
{
	struct plot *p = plot_new("Clean packets against indicators listed", "indicators (half addresses, half names)", "ns, net, median");
	struct clean small, million, five;
	struct subject s;
	double t;

	subject_open(&s, false);
	subject_threats(&s, 1000, &t);
	measure_clean(&s, r, 0, &small);
	show_clean("1 k addresses and names", &small);
	plot_clean(p, 2000, &small);
	plot_between(&s, r, p);
	subject_threats(&s, 1000000, &t);
	measure_clean(&s, r, 1, &million);
	show_clean("1 M addresses and names", &million);
	plot_clean(p, 2e6, &million);
	goal("clean packet of a known flow, 1 M addresses and 1 M names, against xdp-filter", 0.9,
	     million.known.min / r->filter_known.min, "ratio");
	goal("clean DNS query with a name never seen before, against xdp-filter", 2.5, million.dns.min / r->filter_dns.min, "ratio");
	goal("1 M indicators against 1 k, worst of three kinds of packet", 1.1, growth(&million, &small), "ratio");
	/* a list of a million is half a million of each kind */
	peak_begin();
	subject_threats(&s, 500000, &t);
	figure("one million indicators, parsed list to live: peak memory", peak_mib(), "MiB");
	goal("one million indicators, parsed list to live", 0.3, t, "s");
	peak_begin();
	subject_threats(&s, 2500000, &t);
	figure("five million indicators, parsed list to live: peak memory", peak_mib(), "MiB");
	measure_clean(&s, r, 2, &five);
	show_clean("2.5 M addresses and 2.5 M names", &five);
	plot_clean(p, 5e6, &five);
	plot_write(p, "build/bench-indicators.svg");
	goal("5 M indicators against 1 k, worst of three kinds of packet", 1.3, growth(&five, &small), "ratio");
	goal("five million indicators, parsed list to live", 2, t, "s");
	subject_close(&s);
}

/* what it costs that each packet is in the books of its device: the short way of a known flow is not taken then */
static void bench_books(const struct rivals *r)
{
	static const char *const sets[] = { "1 k addresses and names", "1 k addresses and names, exact_books" };
	struct clean c[2];
	struct subject s;
	double t;

	for (uint32_t exact = 0; exact < 2; exact++) {
		subject_open_sized(&s, &(struct kern_opts){ .config.exact_books = (__u8)exact });
		subject_threats(&s, 1000, &t);
		measure_clean(&s, r, 8 + exact, &c[exact]);
		show_clean(sets[exact], &c[exact]);
		subject_close(&s);
	}
	figure("exact_books: a packet of a known flow more", c[1].known.min - c[0].known.min, "ns");
	figure("exact_books: the first packet to a new address more", c[1].first.median - c[0].first.median, "ns");
}

static void make_long(struct frame *f, uint32_t n, void *ctx)
{
	static uint8_t payload[1458];

	(void)ctx;
	memcpy(payload, &n, sizeof(n));
	frame_udp(f, 0x5db8d821, 7777, 9999, payload, sizeof(payload));
}

/* --full makes every packet a suspect: what one costs more, taken at one in a hundred */
static void bench_suspects(const struct rivals *r)
{
	struct cost clean, suspect, full;
	struct subject s;

	subject_open(&s, false);
	clean = cost_net(measure_each(kern_prog_fd(s.k, KERN_XDP), make_long, NULL, s.ring), r->harness_each);
	subject_close(&s);
	subject_open(&s, true);
	suspect = cost_net(measure_each(kern_prog_fd(s.k, KERN_XDP), make_long, NULL, s.ring), r->harness_each);
	measure_each(kern_prog_fd(s.k, KERN_XDP), make_long, NULL, NULL);
	full = cost_net(measure_each(kern_prog_fd(s.k, KERN_XDP), make_long, NULL, NULL), r->harness_each);
	/* one device alone: its share is used up before the ring is */
	if (!subject_count(&s, CORDON_COUNTER_LOST) && !subject_count(&s, CORDON_COUNTER_SHED))
		die("ring", "did not fill");
	subject_close(&s);
	figure_cost("1500 B UDP, clean, net", clean);
	figure_cost("1500 B UDP, taken whole into the ring, net", suspect);
	figure_cost("1500 B UDP, ring full, net", full);
	goal("1 % suspects of 1500 bytes, mean cost per packet, against none", 1.05,
	     (0.99 * clean.median + 0.01 * suspect.median) / clean.median, "ratio");
	goal("the same with the ring full", 1.05, (0.99 * clean.median + 0.01 * full.median) / clean.median, "ratio");
}

static void pin_to_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* all, unless one part is named */
static bool wants(int argc, char **argv, const char *part)
{
	return argc == 2 || !strcmp(argv[2], part);
}

int main(int argc, char **argv)
{
	struct rivals r;
	int e;

	if (argc < 2)
		die("usage", "bench RESULT.json [clean|lists|scan|flows|suspects|whole|latency|ring|quarantine|live]");
	pin_to_cpu();
	measure_rivals(&r);
	if (wants(argc, argv, "clean"))
		bench_indicators(&r);
	if (wants(argc, argv, "lists"))
		bench_lists();
	if (wants(argc, argv, "scan"))
		bench_scan(r.harness_each);
	if (wants(argc, argv, "flows"))
		bench_flows(r.harness_each);
	if (wants(argc, argv, "books"))
		bench_books(&r);
	if (wants(argc, argv, "suspects"))
		bench_suspects(&r);
	if (wants(argc, argv, "whole"))
		bench_whole();
	if (wants(argc, argv, "latency"))
		bench_latency();
	if (wants(argc, argv, "ring"))
		bench_ceiling();
	if (wants(argc, argv, "quarantine"))
		bench_quarantine();
	if (wants(argc, argv, "live"))
		bench_live();
	e = report_write(argv[1]);
	if (e)
		die(argv[1], strerror(-e));
	return 0;
}
