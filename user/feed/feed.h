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

struct indicator {
	uint8_t kind; /* CORDON_INDICATOR_* */
	uint8_t action, confidence;
	uint8_t flags;	     /* CORDON_THREAT_* */
	uint16_t feed;	     /* index into indicators.feeds */
	uint32_t line;	     /* of the feed's file */
	uint32_t text;	     /* DOMAIN, URL: offset into indicators.text; canonical, terminated */
	struct prefix prefix; /* IPV4, IPV6 */
	uint64_t expires_ns; /* wall clock; 0: no end */
};

/* a set of indicators: one feed while parsing, all of them after merging. Index + 1 is the id in the image. */
struct indicators {
	VEC(struct indicator) v;
	VEC(char) text;
	VEC(char *) feeds; /* names */
	VEC(char *) categories;
};

struct feed_refusal {
	uint32_t line;
	char reason[120];
};

struct feed_report {
	char format[32]; /* the row that read it */
	uint64_t lines, accepted, refused;
	VEC(struct feed_refusal) refusals; /* the first CORDON_... 1000 */
};

struct feed_opts {
	const char *name, *category;
	uint8_t action, confidence;
	bool observe;
};

/* @format NULL or "auto": detected. 0; -ENOENT unknown format; -EINVAL nothing like any format (report says) */
int feed_parse(const char *format, const char *data, size_t len, const struct feed_opts *opts, struct indicators *into, struct feed_report *report);
/* the same in a worker process that holds nothing: no capability, seccomp, memory and time limits */
int feed_parse_file(const char *format, const char *path, const struct feed_opts *opts, struct indicators *into, struct feed_report *report, struct strbuf *err);
void feed_report_done(struct feed_report *r);
void indicators_done(struct indicators *in);

/* "Evil.Example." -> "evil.example"; IDNA; 0 or -EINVAL. At most 253 bytes. */
int domain_canonical(const char *s, size_t len, char *dst, size_t size);

/*
 * threat_image_lines() / threat_image_fill() - compile for the kernel
 * Own, private, loopback, multicast and guarded space is refused before, in feed_check().
 * fill: 0; -E2BIG: more than CORDON_MAX_SHORT_PREFIXES short prefixes (@err: the cure)
 */
uint32_t threat_image_lines(const struct indicators *in);
int threat_image_fill(const struct indicators *in, uint32_t generation, struct cordon_line *mem, uint32_t lines, struct strbuf *err);

/* user space's own look-up, the reference of the tests and of `threat lookup`: id or 0 */
struct threat_index;
int threat_index_new(const struct indicators *in, struct threat_index **ret);
uint32_t threat_index_addr(const struct threat_index *t, const struct addr *a);
uint32_t threat_index_name(const struct threat_index *t, const char *name, size_t len); /* canonical form */
void threat_index_free(struct threat_index *t);

#endif
