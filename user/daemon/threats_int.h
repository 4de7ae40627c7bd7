/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the transaction share: threats.c (the main thread's side),
 * threats_job.c (the job in its thread), threats_fetch.c (feeds from afar),
 * threats_say.c (what others want to know), threats_lookup.c (what is known of one value).
 */
#ifndef DAEMON_THREATS_INT_H
#define DAEMON_THREATS_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/daemon.h"
#include "daemon/feeds.h"
#include "daemon/fetch.h"
#include "daemon/threats.h"

/* one feed to read, or a request that only wants the set built anew */
struct item {
	char name[FEED_NAME_MAX + 1]; /* "": nothing to read */
	char *format, *category, *key; /* key: "": none */
	struct feed_opts opts;	      /* points here */
	struct feed_limits limits;
	int file;      /* its new content; -1: what is kept */
	uint32_t want; /* kept: this generation; 0: the one in force */
	bool force;    /* whatever the limits say */
	bool is_auto;  /* nobody asked for it just now: what was rolled back from does not come again */
	int export;    /* nothing is read: the set of @name, "": what is in force, is written there; -1: not */
	uint64_t version; /* of the export */
	uint64_t confirmed_wall_ns; /* when its source was last seen to have this content; 0: not known */
	uint64_t client;
	/* result */
	int error;
	struct indicators *set;
	struct feed_report report;
	struct generation gen;
	struct feed_change change;
	bool is_new; /* gen is staged */
	struct strbuf why;
};

/* an entry that touches what is guarded, and is left out */
struct left_out {
	uint16_t feed; /* of the merged set */
	struct feed_refusal refusal;
};

struct borrowed {
	char name[FEED_NAME_MAX + 1];
	const struct indicators *set; /* NULL: not read yet */
	bool is_guard;		      /* a warning list */
};

struct job {
	struct daemon *d;
	char dir[4096];
	VEC(struct item) items;
	VEC(struct borrowed) sets;
	struct indicators never;
	VEC(struct conf_category) categories; /* as the configuration says now */
	uint32_t generation;
	const struct indicators *in_force; /* NULL: none yet */
	bool only_exports;		   /* nothing is built */
	int done_fd;
	/* result */
	int error, image;
	struct indicators *merged;
	struct threat_index *index;
	struct indicators *left; /* entries that were left out, LEFT_MAX at most; their feeds are those of merged */
	struct threat_index *left_index;
	VEC(struct left_out) out;
	uint64_t guarded[FEEDS_MAX + 1]; /* by feed of the merged set */
	uint64_t next_end_ns;		 /* wall clock; when the next entry ends */
	struct strbuf why;
	atomic_bool is_done;
};

struct force {
	struct indicators *set, *left; /* left: what touches a guard, for look-ups */
	struct threat_index *index, *left_index;
	uint32_t generation;
};

#define FETCHES_MAX 4 /* at a time */

struct threats {
	struct daemon *d;
	struct feeds feeds;
	struct force now, before; /* before: for findings that were on their way */
	struct job *job;
	pthread_t thread;
	int done_fd;
	struct {
		struct fetch *f; /* NULL: free */
		char name[FEED_NAME_MAX + 1];
	} fetches[FETCHES_MAX];
	bool has_manual, is_loaded;
	uint64_t next_end_ns;
	uint64_t guard_digest; /* of what the last set was built against */
	uint64_t job_began_ns, not_before_ns; /* boot clock; a set is not built for ended entries before */
	VEC(struct item) waiting;
};

/* how a feed is to be read */
struct how {
	int file;      /* -1: what is kept */
	uint32_t want; /* of the kept ones; 0: the one in force */
	bool force, is_auto;
	const struct fetched *from; /* NULL: a file */
};
/* the content in force again: only the image is to be built */
#define HOW_KEPT ((struct how){ .file = -1 })

/* --- threats_job.c --- */

void threats_item_done(struct item *i);
void *threats_run_job(void *job); /* of a thread; rings the job's done_fd at its end */

/* --- threats.c --- */

/* @feed NULL: only build anew. 0, or -errno when too many wait */
int threats_wait(struct threats *t, const struct feed *feed, struct how how, uint64_t client);
/* what no feed may list here: what is guarded, and the networks that are home; 0 or -ENOMEM */
int threats_never(const struct threats *t, struct indicators *never);
/* a warning list: by what its owner says it is, never by what it looks like */
bool threats_feed_guards(const struct feed *feed);
/* one that takes all that waits, unless one is running */
void threats_start_job(struct threats *t);

/* --- threats_fetch.c --- */

void threats_next_fetch(struct threats *t);	/* what is due, as many as may run */
void threats_finish_fetches(struct threats *t); /* of those that have ended */
bool threats_is_fetching(const struct threats *t, const char *name);
/* a feed that is new here: when its source may be asked, as the last daemon left it; else now */
void threats_recall_fetch(const struct threats *t, struct feed *feed);
void threats_note_stale(struct threats *t);
#endif
