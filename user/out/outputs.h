/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The output rows. An output is one file out_<id>.c that defines
 *   int out_<id>_open(const struct conf *c, void **ret, struct strbuf *err);
 *   int out_<id>_write(void *state, const struct out_line *l);
 *   int out_<id>_reopen(void *state);
 *   void out_<id>_close(void *state);
 * Each has a thread and a queue of its own: write may take its time, but not
 * longer than timeout_ms. X(id, lines, bytes, tries, timeout_ms, weight, syncs): lines
 * and bytes bound the queue; tries: how often a line is tried when write says
 * -EAGAIN, after 1 s, 2 s, 4 s, ... up to an hour (32 tries: 20 hours); weight: the
 * least it takes; syncs: it is also told, now and then, of all that is in force
 * (out_sync()). What is worth more than one try and is given up goes to the
 * dead-letter file.
 */
#ifndef OUT_OUTPUTS_H
#define OUT_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out/out.h"

#define OUTPUT_LIST(X)                                                                             \
	X(file, 65536, 64 << 20, 1, 0, OUT_EVENT, false)                                                  \
	X(webhook, 1024, 4 << 20, 32, 5000, OUT_URGENT, false)                                            \
	X(mqtt, 1024, 4 << 20, 32, 5000, OUT_URGENT, false)                                               \
	X(sim, 16384, 8 << 20, 32, 60000, OUT_URGENT, true)                                        \
	X(command, 1024, 4 << 20, 4, 62000, OUT_URGENT, false)                                             \
	X(syslog, 4096, 4 << 20, 1, 1000, OUT_ALERT, false)

struct out_line {
	const char *text;    /* one JSON object, no newline, terminated */
	size_t len;
	const char *summary; /* the same for a person */
	uint8_t weight;	     /* OUT_* */
	uint64_t id[2]; /* of this line, the same at every try */
};

struct out_row {
	const char *name;
	size_t max_lines, max_bytes;
	unsigned int tries, timeout_ms;
	unsigned int weight;
	bool syncs;
	/* 0 and *ret NULL: not configured; 0 and a state; negative errno with @err */
	int (*open)(const struct conf *c, void **ret, struct strbuf *err);
	/* 0; -EAGAIN: worth another try; another errno: this line is lost */
	int (*write)(void *state, const struct out_line *l);
	int (*reopen)(void *state); /* on failure it goes on as it was */
	void (*close)(void *state);
};

#define OUT_X_DECLARE(id, ...)                                                                     \
	int out_##id##_open(const struct conf *c, void **ret, struct strbuf *err);                 \
	int out_##id##_write(void *state, const struct out_line *l);                               \
	int out_##id##_reopen(void *state);                                                        \
	void out_##id##_close(void *state);
OUTPUT_LIST(OUT_X_DECLARE)

/* how long a write of row @id may take */
#define OUT_X_TIMEOUT(id, lines, bytes, tries, ms, ...) OUT_TIMEOUT_##id = (ms),
enum { OUTPUT_LIST(OUT_X_TIMEOUT) };

#endif
