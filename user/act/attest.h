/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the kernel half decide as it was told? What is in force is asked of the
 * loaded programs, entry after entry, with marked frames (struct cordon_mark):
 * leases, guards, listed addresses and names. And the deny map is read: what
 * stands there that nobody here has written. What somebody else has changed is
 * written again. Who runs the frames (the keeper) stands above; here is what to
 * ask, what must be answered, and the cure.
 */
#ifndef ACT_ATTEST_H
#define ACT_ATTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct act;

#define ATTEST_FRAME_MAX 340 /* Ethernet with a tag, IPv6, UDP, a DNS question of 255 bytes */
#define ATTEST_MOST 3072     /* questions of a round: some 3 us of a processor each */
#define ATTEST_ROUNDS 60     /* a round a second: a minute */

enum { ATTEST_LEASE, ATTEST_GUARD, ATTEST_ADDRESS, ATTEST_NAME, ATTEST_KINDS };
extern const char *const attest_names[ATTEST_KINDS];

struct attest_question {
	uint32_t ifindex;
	uint8_t hook; /* KERN_XDP, KERN_TC */
	uint8_t kind; /* ATTEST_* */
	uint8_t last; /* of its entry, which is proven when all its questions are answered right */
	uint8_t pad;
	uint16_t len;
	uint32_t mask, want; /* the bits of @mask in the answer must be @want */
	uint32_t any;	     /* and one of these is there, unless it is 0 */
	uint32_t answer;     /* CORDON_MARK_*; 0: none came */
	uint8_t frame[ATTEST_FRAME_MAX];
};

struct attest_round {
	size_t n;
	struct attest_question q[ATTEST_MOST];
};

struct attest_stats {
	uint32_t entries[ATTEST_KINDS]; /* in force, where an interface enforces them */
	uint32_t proven[ATTEST_KINDS];	/* of those in the last minute */
	uint64_t asked, failed, foreign, repairs; /* since the start; foreign: entries of the deny map that nobody here wrote, or were changed */
	uint64_t last_ns;		/* of the last round that was answered; 0: none */
	bool is_lost;			/* something was not in force at the last round */
};

/* the next questions, going round over all there is */
void act_attest_ask(struct act *a, struct attest_round *r);
/*
 * act_attest_judge() - what is not in force is written again
 * Return: true: all that was asked is. False: @text (of @size bytes) says what was not; *ret_rebuild: the threat image
 * is not what it should be, whoever has it must swap it in again.
 */
bool act_attest_judge(struct act *a, const struct attest_round *r, char *text, size_t size, bool *ret_rebuild);
void act_attest_stats(const struct act *a, struct attest_stats *ret);

#endif
