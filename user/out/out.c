// SPDX-License-Identifier: BSD-2-Clause
/*
 * The fan-out: opens every configured output, gives each line to each, and
 * closes them. What an output loses is its own affair and counted there.
 */
#include "out/out.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "out/dead.h"
#include "out/outputs.h"
#include "out/queue.h"

#define DRAIN_NS 1000000000ULL

#define X_ROW(id, most_lines, most_bytes, n_tries, ms, least, is_synced)                          \
	{ .name = #id,                                                                             \
	  .max_lines = most_lines,                                                                 \
	  .max_bytes = most_bytes,                                                                 \
	  .tries = n_tries,                                                                        \
	  .timeout_ms = ms,                                                                        \
	  .weight = least,                                                                         \
	  .syncs = is_synced,                                                                      \
	  .open = out_##id##_open,                                                                 \
	  .write = out_##id##_write,                                                               \
	  .reopen = out_##id##_reopen,                                                             \
	  .close = out_##id##_close },

static const struct out_row rows[] = { OUTPUT_LIST(X_ROW) };

struct out {
	struct out_queue *queues[ARRAY_SIZE(rows)];
	size_t n;
	struct dead_letters *dead;
	uint64_t run, lines; /* a line's id: this run of the daemon, and its number */
};

static int open_row(struct out *o, const struct out_row *row, const struct conf *c, struct strbuf *err)
{
	void *state = NULL;
	int r = row->open(c, &state, err);

	if (r || !state)
		return r;
	r = out_queue_new(row, state, o->dead, &o->queues[o->n]);
	if (r) {
		row->close(state);
		strbuf_addf(err, "output %s: no thread", row->name);
		return r;
	}
	o->n++;
	return 0;
}

int out_new(const struct conf *c, struct out **ret, struct strbuf *err)
{
	struct out *o = calloc(1, sizeof(*o));
	size_t i;
	int r = 0;

	if (!o)
		return -ENOMEM;
	o->run = random_u64();
	r = dead_letters_new(c->state_dir, &o->dead);
	for (i = 0; i < ARRAY_SIZE(rows) && !r; i++)
		r = open_row(o, &rows[i], c, err);
	if (r) {
		out_free(o);
		return r;
	}
	*ret = o;
	return 0;
}

void out_publish(struct out *o, const char *line, size_t len, enum out_weight weight, const char *summary)
{
	const struct out_line l = { .text = line, .len = len, .summary = summary, .weight = (uint8_t)weight, .id = { o->run, o->lines++ } };
	size_t i;

	for (i = 0; i < o->n; i++)
		if (weight >= out_queue_row(o->queues[i])->weight)
			out_queue_put(o->queues[i], &l);
}

bool out_wants_sync(const struct out *o)
{
	struct out_stat st;

	for (size_t i = 0; i < o->n; i++) {
		out_queue_stat(o->queues[i], &st);
		if (out_queue_row(o->queues[i])->syncs && !st.queued)
			return true;
	}
	return false;
}

static uint64_t from_now(uint64_t ns)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec + ns;
}

void out_wait_enforced(struct out *o, uint64_t ns)
{
	uint64_t end = from_now(ns);

	for (size_t i = 0; i < o->n; i++)
		if (out_queue_row(o->queues[i])->syncs)
			out_queue_wait(o->queues[i], end);
}

void out_sync(struct out *o, const char *line, size_t len)
{
	const struct out_line l = { .text = line, .len = len, .summary = "", .id = { o->run, o->lines++ } };

	for (size_t i = 0; i < o->n; i++)
		if (out_queue_row(o->queues[i])->syncs)
			out_queue_put(o->queues[i], &l);
}

int out_reopen(struct out *o)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		out_queue_reopen(o->queues[i]);
	return 0;
}

size_t out_stats(const struct out *o, struct out_stat *ret, size_t max)
{
	size_t i;

	for (i = 0; i < o->n && i < max; i++)
		out_queue_stat(o->queues[i], &ret[i]);
	return i;
}

void out_free(struct out *o)
{
	uint64_t end;
	size_t i;

	if (!o)
		return;
	end = from_now(DRAIN_NS);
	for (i = 0; i < o->n; i++)
		out_queue_stop(o->queues[i], end);
	for (i = 0; i < o->n; i++)
		out_queue_free(o->queues[i]);
	dead_letters_unref(o->dead);
	free(o);
}
