/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feeds: text -> indicators -> threat image. A format is one file (fmt_*.c)
 * and one row (formats.h).
 */
#ifndef FEED_FEED_H
#define FEED_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/str.h"
#include "base/vec.h"
#include "cordon_maps.h"
#include "feed/reasons.h"

/*
 * What a feed says of an entry beside "listed". Up to DROP it is a block like any other; REDIRECT
 * and TCP_ONLY would need a forged answer and alert only; NSDNAME and NSIP are about name servers
 * and are kept, not looked up; EXCEPT takes away what the same feed lists around it; GUARD, of a
 * warning list, takes away what any feed lists. X(id, name).
 */
#define FEED_MARK_LIST(X)                                                                          \
	X(NONE, "")                                                                                \
	X(NXDOMAIN, "nxdomain")                                                                    \
	X(NODATA, "nodata")                                                                        \
	X(DROP, "drop")                                                                            \
	X(REDIRECT, "redirect")                                                                    \
	X(TCP_ONLY, "tcp-only")                                                                    \
	X(NSDNAME, "nsdname")                                                                      \
	X(NSIP, "nsip")                                                                            \
	X(EXCEPT, "exception")                                                                     \
	X(GUARD, "guard")
#define FEED_X_MARK(id, ...) FEED_MARK_##id,
enum { FEED_MARK_LIST(FEED_X_MARK) FEED_MARKS };

struct indicator {
	uint8_t kind; /* CORDON_INDICATOR_* */
	uint8_t action, confidence;
	uint8_t flags;         /* CORDON_THREAT_* */
	uint16_t feed;         /* index into indicators.feeds */
	uint16_t category;     /* index into indicators.categories */
	uint32_t line;         /* of the feed's file */
	uint32_t text;         /* DOMAIN, URL: offset into indicators.text; canonical, terminated */
	struct prefix prefix;  /* IPV4, IPV6 */
	uint8_t mark;          /* FEED_MARK_* */
	uint32_t first_seen_s; /* wall clock, as the feed says or as we saw it; 0: not known */
	uint64_t expires_ns;   /* wall clock; 0: no end */
};

/* another feed that lists the same value, kept when feeds are merged */
struct indicator_source {
	uint32_t entry; /* index into indicators.v; ascending */
	uint32_t line;
	uint16_t feed, category;
};

/* what the kernel does about entries of a category, by what they ask for: CORDON_ACTION_* */
struct category_actions {
	uint8_t of[CORDON_ACTIONS];
};

/*
 * a set of indicators: one feed while parsing, all of them after merging. Index + 1 is the id in
 * the image.
 */
struct indicators {
	VEC(struct indicator) v;
	VEC(char) text;
	VEC(char *) feeds;      /* names */
	VEC(char *) categories; /* "" when there is none */
	VEC(struct indicator_source) also;
	VEC(struct category_actions) by_category; /* of categories; empty: what they ask for is done */
};

/* the name of a DOMAIN or URL entry, "" of others */
static inline const char *indicator_value(const struct indicators *in, const struct indicator *e)
{
	return e->kind >= CORDON_INDICATOR_DOMAIN ? in->text.data + e->text : "";
}

/* what the kernel does for an entry: CORDON_ACTION_*; user space may do more for the device's group */
static inline uint8_t indicator_kernel_action(const struct indicators *in, const struct indicator *e)
{
	return e->category < in->by_category.len ? in->by_category.data[e->category].of[e->action % CORDON_ACTIONS] : e->action;
}

static inline const char *indicator_category(const struct indicators *in, const struct indicator *e)
{
	return e->category < in->categories.len ? in->categories.data[e->category] : "";
}
/* the refusals counted, by name: several reasons may share one */
void feed_reasons_each(const uint64_t *reasons, void (*fn)(const char *name, uint64_t n, void *ctx), void *ctx);
const char *indicator_mark(const struct indicator *e); /* "" when it has none */

struct feed_refusal {
	uint32_t line;
	uint16_t code;    /* FEED_*, see reasons.h */
	char reason[120]; /* the value, shortened, and the reason in words */
};

struct feed_report {
	char format[32]; /* the row that read it */
	uint64_t lines;
	uint64_t version;                  /* of a bundle, from 1; 0: the format has none */
	uint64_t accepted, refused;        /* values, of which a line may have several */
	uint64_t marks[FEED_MARKS];        /* accepted ones with a mark */
	uint64_t reasons[FEED_REASONS];    /* refused ones by reason; all, however many */
	VEC(struct feed_refusal) refusals; /* the first CORDON_FEED_REFUSALS */
};

struct feed_opts {
	const char *name, *category;
	uint8_t action, confidence;
	uint8_t alert_below; /* entries of less confidence alert only */
	bool observe;
	uint64_t now_ns; /* wall clock, for validity; 0: nothing is too old or too new */
};

/**
 * feed_parse() - text to indicators
 * @format: a row of formats.h; NULL or "auto": detected
 * @into:   entries are added; as before on failure
 * @report: zeroed by the caller, feed_report_done() in every case
 *
 * Return: 0; -ENOTSUP unknown format; -EINVAL nothing like any format, or not one
 * good value, or broken as a whole (the report says why); -ENODATA nothing but comments; -EFBIG too
 * many entries; -ENOMEM
 */
int feed_parse(const char *format, const char *data, size_t len, const struct feed_opts *opts,
	       struct indicators *into, struct feed_report *report);

/**
 * feed_parse_file() - the same in a worker process that holds nothing
 * @err: one line with place and cure
 *
 * The worker has no descriptor but the result, no capability, a system call
 * filter, memory and time limits; what it returns is checked field by field.
 * Return: as feed_parse(); -ENOENT missing; -EACCES, -EISDIR and others of
 * reading; -EFBIG; -ETIMEDOUT; -EPROTO the worker died or broke the format of its result
 */
int feed_parse_file(const char *format, const char *path, const struct feed_opts *opts,
		    struct indicators *into, struct feed_report *report, struct strbuf *err);
/*
 * feed_split() - "csv:list.csv" -> "csv", "list.csv"; "list.csv" -> "auto", "list.csv"
 * What stands before the first ':' is a format unless it has a '/' in it. *ret_path points into
 * @spec.
 */
void feed_split(const char *spec, char format[32], const char **ret_path);
/*
 * taxii_page() - what an envelope of TAXII 2.1 says of the next page
 * @next: the value for `next=`, with its end at most @size bytes
 * Return: 0; -EINVAL: no JSON
 */
int taxii_page(const char *data, size_t len, char *next, size_t size, bool *ret_more);
/* the events a MISP feed's manifest.json names, in its order; 0; -EINVAL: no JSON; what @fn returned when not 0 */
int misp_manifest(const char *data, size_t len, int (*fn)(const char *uuid, uint64_t timestamp, void *ctx), void *ctx);
void feed_report_done(struct feed_report *r);
void indicators_done(struct indicators *in);

/**
 * indicators_merge() - several feeds into one set without duplicates
 * @into: empty; feeds and categories of all sets one after the other
 *
 * Same value twice: what is enforced beats what is observed, then the stronger
 * action, then the higher confidence, then the earlier set. The survivor covers
 * subdomains when one of them did, ends with the later of the two, and the
 * other's feed and line go to @into->also.
 */
int indicators_merge(struct indicators *into, const struct indicators *const *sets, size_t n);

/*
 * indicators_except() - take out what must never be blocked
 * An entry goes when it is inside an entry of @never, or covers one: the entries
 * left are those that touch no never-block entry. @on_out (may be NULL) is told of each. Return: number
 * taken out, or -ENOMEM.
 */
long indicators_except(struct indicators *in, const struct indicators *never,
		       void (*on_out)(const struct indicators *in, const struct indicator *e, void *ctx), void *ctx);

/*
 * the entries of a feed that was named a warning list go into the never-block list; 0 or -ENOMEM. Merging
 * takes none of them for a threat, whatever feed they are in.
 */
int indicators_guards(const struct indicators *set, struct indicators *never);

/* a copy of an entry of @in behind those of @into: its value; feed and category stay numbers of @in. 0 or -ENOMEM */
int indicators_copy(struct indicators *into, const struct indicators *in, const struct indicator *e);

/* take out what has ended; *ret_next: when the next one ends, 0: none. Number taken out, or -ENOMEM. */
long indicators_expire(struct indicators *in, uint64_t now_ns, uint64_t *ret_next);

/* is the entry one that takes away from what stands around it, and no threat? @id: index + 1 */
static inline bool indicator_is_exception(const struct indicators *in, uint32_t id)
{
	return id && id <= in->v.len && in->v.data[id - 1].mark == FEED_MARK_EXCEPT;
}

/* the built-in list of a first run, feeds/first_run.conf; 0 or -ENOMEM, -EINVAL */
#define FEED_FIRST_RUN "first-run"
int feed_first_run(struct indicators *into);

/*
 * feed_bundle_write() - the set as a bundle (format "bundle"), unsigned, at the descriptor's offset
 * @version: at least 1; who takes bundles of this feed in refuses one that is not newer
 * 0; -ENOMEM; -errno of writing
 */
int feed_bundle_write(int fd, const struct indicators *in, const char *name, uint64_t version, uint64_t now_ns);

/* why no feed may list a value */
struct feed_bar {
	const char *by;	  /* the list or rule, as people know it */
	char what[256];	  /* its entry; "": a rule has none */
	char reason[128]; /* in words */
};
/*
 * feed_barred() - would an entry of this value be refused by what is built in: special-purpose space, a name of
 * others (public suffix), never_block.conf, popular.conf?
 * @prefix: NULL: @name, canonical, is asked about
 */
bool feed_barred(const struct prefix *prefix, const char *name, struct feed_bar *ret);
/* are the names the same, or is @name below @listed (which @covers what is below it) or above it? Both canonical. */
bool domain_touches(const char *listed, bool covers, const char *name);

/* may a feed list this address? Not what is private or special, nor what the built-in lists protect. */
bool feed_may_list(const struct addr *a);

/* what a feed of this category asks for when nobody said so: CORDON_ACTION_* */
uint8_t feed_action_of_category(const char *category);

#define FEED_URL_BYTES 1535 /* the longest URL in the feeds at hand has 316 */
/* a URL in the form it is kept in: "HTTP://Evil.Example:80/x#y" -> "http://evil.example/x"; 0 or -EINVAL */
int url_canonical(const char *s, size_t len, char dst[FEED_URL_BYTES + 1]);

/* the host of a canonical URL as it stands in a Host field, without port and brackets; false: https, nobody sees its requests */
bool url_host(const char *url, char host[256]);

/* "Evil.Example." -> "evil.example"; IDNA; 0 or -EINVAL. At most 253 bytes. */
int domain_canonical(const char *s, size_t len, char *dst, size_t size);

/*
 * threat_image_lines() / threat_image_fill() - compile for the kernel
 * Own, private, loopback and multicast space is refused before, in feed_parse().
 * @mem is cleared first; @lines must be what threat_image_lines() said.
 * fill: 0; -E2BIG: more than CORDON_MAX_SHORT_PREFIXES short prefixes, or too many prefix lengths
 * (@err: the cure); -EINVAL: @lines too few; -ENOSPC: no place found under any seed
 */
uint32_t threat_image_lines(const struct indicators *in);
int threat_image_fill(const struct indicators *in, uint32_t generation, struct cordon_line *mem,
		      uint32_t lines, struct strbuf *err);

/*
 * User space's own look-up, the reference of the tests and of `threat lookup`:
 * id (index + 1) of the most specific entry, or 0. Borrows @in.
 */
struct threat_index;
int threat_index_new(const struct indicators *in, struct threat_index **ret);
uint32_t threat_index_addr(const struct threat_index *t, const struct addr *a);
/* of the most specific entry that covers all of a prefix */
uint32_t threat_index_prefix(const struct threat_index *t, const struct prefix *p);
/* of the next entry around the entry @id: a shorter prefix, a name above with all below it; 0: none */
uint32_t threat_index_around(const struct threat_index *t, uint32_t id);
uint32_t threat_index_name(const struct threat_index *t, const char *name,
			   size_t len); /* canonical form */
/* a URL in the form of url_read(), itself only */
uint32_t threat_index_url(const struct threat_index *t, const char *url, size_t len);
void threat_index_free(struct threat_index *t);

/* what changed from one generation of a feed to the next, by value */
struct feed_change {
	uint64_t added, removed, kept;
};
/*
 * feed_compare() - count the changes, and let what stays keep the day it was first seen
 * @old: NULL: there was none
 * Entries without a first day get the one of @old, or @now_ns. 0 or -ENOMEM
 */
int feed_compare(struct indicators *now, const struct indicators *old, uint64_t now_ns, struct feed_change *ret);

#endif
