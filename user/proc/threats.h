/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feeds of the daemon and the transaction that brings them into force: copy,
 * parse in a worker process, merge, take out what is guarded, build the image
 * aside, swap. It runs in a thread, one job at a time; whatever fails leaves
 * the last good set in force and says so.
 *
 * A feed comes from the configuration, from `feed add` (<state_dir>/feeds.json)
 * or is the one named "manual" of `threat add` (<state_dir>/threats.json). The
 * last good content of each is kept in <state_dir>/feeds/NAME.data.
 */
#ifndef PROC_THREATS_H
#define PROC_THREATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "feed/feed.h"

struct daemon;
struct handover;
struct threats;

int threats_new(struct daemon *d, struct threats **ret);
int threats_fd(const struct threats *t); /* readable: a job is done */
void threats_run(struct threats *t);
void threats_tick(struct threats *t); /* manual entries that ended leave */
/* feeds of the configuration, and what was kept */
void threats_configure(struct threats *t, struct handover *h);
void threats_free(struct threats *t);

/* has the first job ended, whether or not every feed was good? */
bool threats_loaded(const struct threats *t);
/* the set in force, or the one before it, by generation; NULL: neither */
const struct indicators *threats_set(const struct threats *t, uint32_t generation);

struct feed_spec {
	const char *name, *format, *source, *category;
	uint8_t action, confidence;
	bool observe;
};
/* The reply to @client follows when these return 0; else *err. @file: its content; not taken over. */
int threats_feed_add(struct threats *t, uint64_t client, const struct feed_spec *s, int file, struct strbuf *err);
int threats_feed_update(struct threats *t, uint64_t client, const char *name, int file, struct strbuf *err);
int threats_feed_remove(struct threats *t, uint64_t client, const char *name, struct strbuf *err);

struct manual_spec {
	const char *kind, *value, *category;
	uint8_t action, confidence;
	uint64_t until_wall_ns; /* 0: no end */
};
int threats_manual_add(struct threats *t, uint64_t client, const struct manual_spec *s, struct strbuf *err);
int threats_manual_remove(struct threats *t, uint64_t client, const char *value, struct strbuf *err); /* -ENOENT */

void threats_feeds_json(const struct threats *t, struct json *j);  /* member "feeds" */
void threats_manual_json(const struct threats *t, struct json *j); /* member "threats" */
/* every entry that @value hits, most specific first; members of an object; how many, or -EINVAL */
int threats_lookup_json(const struct threats *t, const char *value, struct json *j);
struct threats_stats {
	uint32_t generation, entries, feeds;
	uint8_t busy;
};
void threats_stats(const struct threats *t, struct threats_stats *ret);

#endif
