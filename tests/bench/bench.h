/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the benchmark share; README.md has the method. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kern/kern.h"

#define FRAME_MAX 1600

struct frame {
	uint8_t b[FRAME_MAX];
	size_t len;
};

/* nanoseconds a packet, harness included; @p90: a tenth of the rounds or batches took longer */
struct cost {
	double min, median, p90;
};

/* --- frame.c: Ethernet, IPv4, one device and one server --- */

void frame_tcp(struct frame *f, bool to_server, uint16_t device_port, uint8_t flags, uint32_t seq, uint32_t ack,
	       const void *payload, size_t len);
void frame_udp(struct frame *f, uint32_t server, uint16_t device_port, uint16_t server_port, const void *payload, size_t len);
void frame_dns(struct frame *f, uint32_t n); /* a query for a name of its own */

/* --- measure.c --- */

typedef void (*frame_fn)(struct frame *f, uint32_t n, void *ctx); /* the n-th frame */
/* the same frame again and again in one call */
struct cost measure_same(int prog, const struct frame *f);
/* ever other frames, one call each; @ring is drained between batches (NULL: left to fill) */
struct cost measure_each(int prog, frame_fn make, void *ctx, struct kern_ring *ring);
struct cost cost_of(double *v, size_t n); /* sorts @v */
struct cost cost_net(struct cost of, struct cost harness); /* what is left above the empty program, at least 1 ns */
double seconds_now(void);
double median(double *v, size_t n); /* sorts @v */

/* --- rival.c: other programs --- */

int load_empty(void);	   /* returns XDP_PASS and no more */
#define CALLS 100
/* calls CALLS times, and returns XDP_PASS: a function of its own that returns at once, or the clock */
int load_calls(bool of_clock);
int load_xdp_filter(void); /* all features, allow mode; -errno when xdp-tools is not installed */

/* --- subject.c: Cordon --- */

struct subject {
	struct kern *k;
	struct kern_ring *ring;
	uint64_t records;
};
void subject_open(struct subject *s, bool full);
void subject_open_sized(struct subject *s, const struct kern_opts *sizes);
void subject_close(struct subject *s);
struct indicators;
uint64_t subject_swap(struct subject *s, const struct indicators *in); /* bytes of the image */
/* @n random addresses and @n random names; seconds from the parsed list to the swap in *ret_seconds; bytes of the image */
uint64_t subject_threats(struct subject *s, uint32_t n, double *ret_seconds);
/* an established flow from @device_port with its first payload sent; *ret_seq is the next byte's number */
void subject_flow(struct subject *s, uint16_t device_port, uint32_t *ret_seq);
/* ends the run unless the number of suspect packets is still @suspects */
void subject_must_be_clean(struct subject *s, uint64_t suspects);
uint64_t subject_count(struct subject *s, unsigned int counter);

/* --- report.c --- */

void goal(const char *name, double limit, double measured, const char *unit);
void goal_unmeasured(const char *name, double limit, const char *unit, const char *why);
void figure(const char *name, double value, const char *unit);
void figure_cost(const char *name, struct cost c); /* value: the minimum; with median and 90th percentile */
void figure_unmeasured(const char *name, const char *unit, const char *why);
int report_write(const char *path);
void die(const char *what, const char *why) __attribute__((noreturn));

/* --- plot.c: build/bench-*.svg --- */

struct plot;
struct plot *plot_new(const char *title, const char *x, const char *y); /* texts are borrowed */
void plot_point(struct plot *p, const char *series, double x, double y); /* in the order of x, which is above 0 */
void plot_write(struct plot *p, const char *path); /* and frees */

/* --- flows.c --- */

void bench_flows(struct cost harness); /* @harness: as bench_scan() */

/* --- veth.c: floods over a pair in a namespace of its own --- */

#define VETH_RECEIVER "cbench0"
#define VETH_MARK 7 /* of the payload: the byte by which some packets differ */

/* what arrived, and what it cost the thread that takes it */
struct flood {
	struct cost ns; /* processor time a packet, over the rounds */
	double pps; /* packets a second of wall time, the best */
	uint64_t packets;
};
void veth_begin(void); /* moves the process into namespaces; the second call does nothing */
int veth_load(const void *insns, size_t n); /* an XDP program */
/*
 * Frames like @f from @sources devices in turn; of a thousand, @marked have the byte at VETH_MARK of their UDP payload
 * set to 'h', the others to '-' (negative: it is left as it is).
 */
struct flood veth_flood(const struct frame *f, uint32_t sources, int marked);

/* --- live.c --- */

void bench_live(void);	 /* shares of suspects on veth */
void bench_ceiling(void); /* of the ring */

/* --- scan.c --- */

struct match_engine;

#define SCAN_LITERAL 12
void bench_scan(struct cost harness); /* @harness: of the empty program, ever other frames */
void scan_payload(uint8_t *p, uint64_t seed);	 /* 1400 bytes as devices send them */
void scan_literal(char *dst, uint32_t n);	 /* the n-th literal, SCAN_LITERAL letters and a zero */
void scan_put_prefilter(struct subject *s, const struct match_engine *e);

/* --- whole.c: a capture through both programs, load, memory --- */

void bench_whole(void);

/* --- lists.c: from a file to the kernel, beside the sets of nftables and ipset --- */

void bench_lists(void);

/* --- latency.c --- */

void bench_latency(void);

/* --- quarantine.c --- */

void bench_quarantine(void); /* last, with bench_live(): they move the process into a network namespace */

/* the number behind @key in a file of /proc; 0: there is none */
double number_in(const char *path, const char *key);
/* most of this process' memory since peak_begin(), mapped images included */
void peak_begin(void);
double peak_mib(void);

#endif
