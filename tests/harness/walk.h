/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The programs under test: loaded under replay, one device interface, packets
 * in, verdict, records and reasons out.
 */
#ifndef TESTS_WALK_H
#define TESTS_WALK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <netinet/in.h>

#include "harness/pkt.h"
#include "kern/kern.h"
#include "match/match.h"

#define WALK_RECORDS 64
#define WALK_IFINDEX 7
#define WALK_ZONE 3

struct walk {
	struct kern_opts opts;
	struct kern *k;
	uint32_t generation; /* of the last feed */
	struct kern_ring *ring;
	/* of the last packet */
	bool dropped;
	uint64_t reasons; /* bits that were counted */
	size_t records;
	struct cordon_event_hdr *rec[WALK_RECORDS];
	struct cordon_counters was;
	struct cordon_reasons was_reasons;
	struct cordon_counters now;
};

/* @o: NULL for the usual: inspect, midstream, 1 MiB depth, 1024 buckets, 64 slots */
struct walk *walk_new(const struct kern_opts *o);
void walk_free(struct walk *w);
struct kern_opts walk_opts(void);
/* programs and maps as just loaded; to be given back with the same settings; o->pin_dir is not looked at */
struct kern *walk_kern(const struct kern_opts *o);
void walk_kern_keep(struct kern *k, const struct kern_opts *o);

/*
 * For loops over every place or cut of something: 1, and 7 on an emulated processor, where all of them take minutes.
 * Which kernel runs the programs makes no difference between one place and the next.
 */
size_t walk_step(void);

/* from the device through XDP, to it through TC; into w */
void walk_up(struct walk *w, const struct pkt_spec *s);
void walk_down(struct walk *w, const struct pkt_spec *s);
void walk_frame(struct walk *w, int hook, const void *frame, size_t len);

uint64_t walk_count(const struct walk *w, unsigned int counter); /* what the last packet added */
bool walk_because(const struct walk *w, unsigned int reason);
const struct cordon_event_pkt *
walk_pkt(const struct walk *w); /* the PKT record of the last packet, or NULL */
const struct cordon_event_pkt *walk_first(const struct walk *w);
const struct cordon_event_hist *walk_hist(const struct walk *w);
const struct cordon_event_name *walk_name(const struct walk *w);

void walk_rules(struct walk *w, const char *text); /* prefilter of these rules */
/* a feed, alone in the image: "plain" lists names with all below them, "hosts" exact ones */
void walk_feed(struct walk *w, const char *format, const char *lines, uint8_t action, bool observe);
void walk_time(struct walk *w, uint64_t now_ns);
void walk_mode(struct walk *w, uint8_t role, uint8_t mode);

/* a camera and a server outside: 10.0.0.2:40000 -> 192.0.2.1:80 */
struct pkt_spec walk_tcp(uint32_t seq, const void *p, size_t n);
struct pkt_spec walk_reply(uint32_t seq, const void *p, size_t n);
struct pkt_spec walk_udp(uint16_t dport, const void *p, size_t n);
/* SYN, SYN/ACK, ACK; data goes on at these numbers */
void walk_handshake(struct walk *w, uint32_t seq, uint32_t seq_r);

#define assert_because(w, reason) assert_true(walk_because((w), (reason)))
#define assert_not_because(w, reason) assert_false(walk_because((w), (reason)))

#endif
