/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What both ends of a TCP connection were heard to say, as far as it was
 * acknowledged: which application each direction begins with, and where bytes
 * are missing. Suricata 7 reads a direction when the other end acknowledges it,
 * and says what is odd with that packet; so does this.
 */
#ifndef STREAM_HEARD_H
#define STREAM_HEARD_H

#include <stdbool.h>
#include <stdint.h>

#include "parse/app.h"
#include "stream/state.h"

#define HEARD_EARLY 8 /* ranges behind a hole that are kept of a direction; beyond, the last one grows */

struct heard_half {
	uint8_t begin[APP_PREFIX]; /* zeros behind n */
	uint8_t n, app;		   /* bytes there; CORDON_APP_* they are of */
	uint8_t n_early;
	uint32_t have; /* stream offset up to which all bytes came */
	uint32_t read; /* up to which they were acknowledged when that was looked at last */
	struct state_range early[HEARD_EARLY]; /* stream offsets, ascending */
};

struct heard {
	struct heard_half h[2];
	bool is_told; /* what its applications have odd is said once */
};

struct heard_seg {
	const uint8_t *payload;
	uint32_t len;
	uint16_t sport, dport; /* host order */
};

/* one segment, behind state_step() of it; adds to @ret */
void heard_step(struct heard *h, const struct state *s, const struct state_seg *k, const struct heard_seg *g, unsigned int dir,
		struct state_odds *ret);

#endif
