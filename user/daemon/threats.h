/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feeds of the daemon and the transaction that brings them into force: copy,
 * parse in a worker process, merge, take out what is guarded, build the image
 * aside, swap. It runs in a thread, one job at a time; whatever fails leaves
 * the last good set in force and says so.
 *
 * A feed comes from the configuration, from `feed add` (<state_dir>/feeds.json)
 * or is the one named "manual" of `threat add` (<state_dir>/threats.json). Its
 * last good contents are kept as generations (feedstore.h), one of them in force.
 */
#ifndef DAEMON_THREATS_H
#define DAEMON_THREATS_H

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
/* what is kept is built and swapped in anew, unless that is on its way: somebody else has changed the image */
void threats_rebuild(struct threats *t);
void threats_tick(struct threats *t); /* manual entries that ended leave */
/* feeds of the configuration, and what was kept */
void threats_configure(struct threats *t, struct handover *h);
void threats_free(struct threats *t);

/* has the first job ended, whether or not every feed was good? */
bool threats_loaded(const struct threats *t);
/* the set in force, or the one before it, by generation; NULL: neither */
const struct indicators *threats_set(const struct threats *t, uint32_t generation);

/* what a new generation must keep to; 0: as the defaults say */
struct feed_limits {
	uint32_t min_entries, max_entries;
	uint8_t max_removed; /* percent of the generation in force; 100: all of it */
	uint8_t alert_below; /* entries of less confidence alert only */
	uint64_t valid_ns;   /* entries that name no end live so long behind the last time the source was seen to list them */
};
#define FEED_MAX_REMOVED 50 /* percent */
#define FEED_CHURN_FROM 20  /* entries: of a shorter list half is soon gone */

struct feed_spec {
	const char *name, *format, *source, *category;
	uint8_t action, confidence;
	bool observe;
	struct feed_limits limits;
	/* of a source that is fetched */
	const char *ca_file, *proxy, *auth_file;
	uint64_t refresh_ns;
	const char *key; /* public, in base64: the content must be signed by it; NULL or "": it need not */
};
#define FEED_REFRESH_NS 3600000000000ULL /* when nobody says */
/* The reply to @client follows when these return 0; else *err. @file: its content; not taken over. */
int threats_feed_add(struct threats *t, uint64_t client, const struct feed_spec *s, int file, struct strbuf *err);
/* @force: whatever the limits say */
int threats_feed_update(struct threats *t, uint64_t client, const char *name, int file, bool force, struct strbuf *err);
/*
 * A bundle of what is in force into @file, unsigned, as @version: of the feed @name, NULL: of all. The reply to
 * @client follows.
 */
int threats_feed_export(struct threats *t, uint64_t client, const char *name, uint64_t version, int file, struct strbuf *err);
/* @generation 0: the one before */
int threats_feed_rollback(struct threats *t, uint64_t client, const char *name, uint32_t generation, struct strbuf *err);
int threats_feed_promote(struct threats *t, uint64_t client, const char *name, struct strbuf *err); /* out of observe */
int threats_feed_remove(struct threats *t, uint64_t client, const char *name, struct strbuf *err);

struct manual_spec {
	const char *kind, *value, *category;
	uint8_t action, confidence;
	uint64_t until_wall_ns; /* 0: no end */
};
int threats_manual_add(struct threats *t, uint64_t client, const struct manual_spec *s, struct strbuf *err);
int threats_manual_remove(struct threats *t, uint64_t client, const char *value, struct strbuf *err); /* -ENOENT */

void threats_feeds_json(const struct threats *t, struct json *j);  /* member "feeds" */
/* members of an object: the feed, its generations, what it refused and why; -ENOENT */
int threats_feed_json(const struct threats *t, const char *name, struct json *j);
/* a finding of this entry: the feed's count */
void threats_hit(struct threats *t, uint32_t generation, uint32_t indicator);
void threats_manual_json(const struct threats *t, struct json *j); /* member "threats" */
/*
 * What is known of an address, prefix, name or URL; members of an object: `listed`, the entry that decides and `around`
 * those behind it; `learned`; `guarded` why no feed may list it, `left_out` and `refused` the feeds that do all the
 * same. 1; 0: nothing at all; -EINVAL
 */
int threats_lookup_json(const struct threats *t, const char *value, struct json *j);
struct threats_stats {
	uint32_t generation, entries, feeds;
	uint8_t busy;
};
void threats_stats(const struct threats *t, struct threats_stats *ret);

#endif
