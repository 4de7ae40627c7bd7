/* SPDX-License-Identifier: BSD-2-Clause */
/* One output at work: a bounded queue and the thread that empties it. Between out.c and queue.c. */
#ifndef OUT_QUEUE_H
#define OUT_QUEUE_H

#include "out/out.h"
#include "out/outputs.h"

struct out_queue;
struct dead_letters;

/* the thread starts here; @state is the output's and closed by it at the end; @dead: where lines given up go, or NULL */
int out_queue_new(const struct out_row *row, void *state, struct dead_letters *dead, struct out_queue **ret);
/* never waits: a full queue counts a drop */
void out_queue_put(struct out_queue *q, const struct out_line *l); /* copies */
void out_queue_reopen(struct out_queue *q);
void out_queue_stat(struct out_queue *q, struct out_stat *ret);
/* until nothing is queued or being written, or @deadline_ns of CLOCK_MONOTONIC */
void out_queue_wait(struct out_queue *q, uint64_t deadline_ns);
const struct out_row *out_queue_row(const struct out_queue *q);
/* no more lines; those in it are still written, until @deadline_ns of CLOCK_MONOTONIC */
void out_queue_stop(struct out_queue *q, uint64_t deadline_ns);
/* after out_queue_stop(): waits for the thread until the deadline, frees */
void out_queue_free(struct out_queue *q);

#endif
