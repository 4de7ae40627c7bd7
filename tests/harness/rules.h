/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules from text, and what they say to a packet, a stream or a message made by hand. */
#ifndef TESTS_RULES_H
#define TESTS_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/record.h"
#include "match/match.h"

#define HITS_MAX 64

struct bench_rules {
	struct ruleset *rs;
	struct match_engine *eng;
	uint32_t sid[HITS_MAX]; /* of the hits since rules_forget() */
	size_t hits;
	union record rec;
	struct view view;
};

/* aborts when the text cannot be read; refused rules are for the caller to look at (ruleset_refusals) */
struct bench_rules *rules_new(const char *text);
void rules_done(struct bench_rules *b);
void rules_forget(struct bench_rules *b);
unsigned int rules_hits(const struct bench_rules *b, uint32_t sid);

/* each adds its hits */
void rules_packet(struct bench_rules *b, const struct cordon_facts *f, uint8_t tcp_flags, const void *p, size_t n);
void rules_stream(struct bench_rules *b, struct match_stream **s, const struct cordon_facts *f, const void *window,
		  uint32_t len, uint64_t start, uint64_t fresh);
void rules_message(struct bench_rules *b, const struct cordon_facts *f, const struct app_msg *m);

#endif
