/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of feeds and of manual entries: what is known of each, and the files that keep it. Daemon's main thread only. */
#ifndef DAEMON_FEEDS_H
#define DAEMON_FEEDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "daemon/feedstore.h"
#include "daemon/threats.h"

#define FEED_NAME_MAX 64
#define FEEDS_MAX 256
#define MANUAL_MAX 10000
#define FEED_MANUAL_NAME "manual"

enum { FEED_CONFIGURED, FEED_ADDED, FEED_MANUAL, FEED_BUILTIN };

struct feed {
	char name[FEED_NAME_MAX + 1];
	char *format, *source, *category;
	char *ca_file, *proxy, *auth_file, *key; /* "": none */
	uint64_t refresh_ns;
	uint64_t next_fetch_ns;	   /* boot clock; 0: now */
	uint64_t client;	   /* waits for the fetch; 0: nobody */
	bool is_asked, is_forced;  /* the next fetch is a client's, all of it */
	bool is_stale;		   /* it was said */
	uint8_t failures;	   /* in a row */
	uint8_t action, confidence, origin;
	bool observe;
	struct indicators *set; /* last good; NULL: never read */
	/* of the last attempt */
	char read_as[32], error[256];
	char gone[256]; /* why its source could not be opened; "": it was */
	uint64_t accepted, refused, updated_wall_ns;
	struct feed_limits limits;
	struct generation gen; /* in force; id 0: none */
	uint64_t added, removed; /* by it */
	uint64_t guarded; /* entries left out of the set in force */
	uint64_t hits;	  /* since the daemon began */
	uint64_t reasons[FEED_REASONS];
	VEC(struct feed_refusal) refusals; /* the feed's own, then what was guarded */
};

struct manual {
	char kind[8], category[65];
	char *value;
	uint8_t action, confidence;
	uint64_t until_wall_ns; /* 0: no end */
};

struct feeds {
	VEC(struct feed) v;
	VEC(struct manual) manual;
	char dir[4000]; /* state_dir */
	struct disk *disk; /* writes feeds.json and threats.json; borrowed */
};

/* letters, digits, dots, dashes, underscores; not a dot first: names become file names */
bool feed_name_ok(const char *name);
struct feed *feeds_find(struct feeds *f, const char *name);
/* takes copies; -EEXIST, -E2BIG, -EINVAL with @err */
int feeds_add(struct feeds *f, const struct feed_spec *s, uint8_t origin, struct strbuf *err);
void feed_done(struct feed *feed); /* what it holds; its content on disk stays */
void feeds_remove(struct feeds *f, struct feed *feed); /* with its kept content */
void feeds_load(struct feeds *f); /* feeds.json, threats.json; what is damaged is logged and skipped */
int feeds_save(const struct feeds *f);
int manual_save(const struct feeds *f);
/* checks the value as a feed would; adds or replaces; -EINVAL, -E2BIG with @err */
int manual_add(struct feeds *f, const struct manual_spec *s, struct strbuf *err);
int manual_remove(struct feeds *f, const char *value); /* -ENOENT */
/* the entries that have not ended as a set of the feed "manual"; NULL when out of memory */
struct indicators *manual_set(const struct feeds *f);
/* entries that ended leave; true: there were some */
bool manual_expire(struct feeds *f);
void indicators_free(struct indicators *in); /* contents and all */
void feeds_done(struct feeds *f);

#endif
