/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules from text, and what they say to a packet, a stream or a message made by hand. */
#ifndef TESTS_RULES_H
#define TESTS_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/record.h"
#include "match/match.h"

#define HITS_MAX 64

struct rule_bench {
	struct ruleset *rs;
	struct match_engine *eng;
	uint8_t action[HITS_MAX];
	uint32_t sid[HITS_MAX]; /* of the hits since bench_forget() */
	size_t hits;
	union record rec;
	struct view view;
	uint8_t known; /* view.known of the packets to come */
};

/* aborts when the text cannot be read; refused rules are for the caller to look at (ruleset_refusals) */
struct rule_bench *bench_new(const char *text);
void bench_done(struct rule_bench *b);
void bench_forget(struct rule_bench *b);
unsigned int bench_hits(const struct rule_bench *b, uint32_t sid);

/* each adds its hits */
void bench_packet(struct rule_bench *b, const struct cordon_facts *f, uint8_t tcp_flags, const void *p, size_t n);
/* a look at the flow without a packet, see match_last() */
void bench_last(struct rule_bench *b, const struct cordon_facts *f, bool of_app);
/* the packet in b->rec as it stands */
void bench_look(struct rule_bench *b);
void bench_stream(struct rule_bench *b, struct match_stream **s, const struct cordon_facts *f, const void *window,
		  uint32_t len, uint64_t start, uint64_t fresh);
void bench_message(struct rule_bench *b, const struct cordon_facts *f, const struct app_msg *m);

#endif
