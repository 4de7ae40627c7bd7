/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the formats (fmt_*.c) are made of: a row each, lines, values, and the
 * parser they report to. Private to feed/.
 */
#ifndef FEED_PARSE_H
#define FEED_PARSE_H

#include "feed/feed.h"

struct feed_parser {
	const struct feed_opts *opts;
	struct indicators *in;
	struct feed_report *report;
	uint16_t feed; /* index of the feed being read */
	uint32_t line; /* current, from 1 */
};

/* the first lines of a feed, for detection; without blank ones, trimmed */
#define FEED_SAMPLE_LINES 200
struct feed_text {
	const char *s;
	size_t len;
};
struct feed_sample {
	struct feed_text line[FEED_SAMPLE_LINES];
	bool is_comment[FEED_SAMPLE_LINES];
	size_t n, n_data; /* n_data: those that are no comment */
};

struct feed_format {
	const char *name, *suffix, *help;
	/* how many data lines of the sample fit this format */
	size_t (*detect)(const struct feed_sample *s);
	/* 0 or a negative errno that ends the feed; bad lines are feed_refuse()d */
	int (*parse)(struct feed_parser *p, const char *data, size_t len);
};

/* formats.h's rows */
const struct feed_format *feed_format_find(const char *name);
const struct feed_format *feed_format_detect(const struct feed_sample *s);
void feed_format_names(struct strbuf *out); /* "plain, hosts, csv" */

void feed_sample(const char *data, size_t len, struct feed_sample *ret);

/*
 * calls @fn for each line that is neither blank nor a comment, trimmed; too long or binary ones are
 * refused
 */
typedef int (*feed_line_fn)(struct feed_parser *p, struct feed_text line, void *ctx);
int feed_each_line(struct feed_parser *p, const char *data, size_t len, feed_line_fn fn, void *ctx);

struct feed_text feed_trim(struct feed_text t);
bool feed_is_comment(struct feed_text t); /* '#' or ';' first */
/* the text up to the next blank; *rest: what follows, trimmed */
struct feed_text feed_token(struct feed_text t, struct feed_text *rest);
bool feed_text_is(struct feed_text t, const char *s); /* letters in any case */

void feed_refuse(struct feed_parser *p, struct feed_text what, const char *reason);

/* one value of a feed, as read */
enum { VALUE_PREFIX, VALUE_RANGE, VALUE_NAME, VALUE_URL };
struct value {
	uint8_t kind;
	bool has_wildcard; /* "*.name" or ".name" */
	struct prefix prefix;
	uint32_t first, last; /* RANGE: IPv4, host order */
	char name[256];
};

/* reads an address, prefix, range, name or URL; NULL, or why it is none */
const char *value_read(struct feed_text t, struct value *ret);
/*
 * read, check, add to the set or refuse; 0, or -ENOMEM, -EFBIG. @flags: CORDON_THREAT_* for names
 */
int value_add(struct feed_parser *p, struct feed_text t, uint8_t flags);

/* why a prefix must not be listed, or NULL */
const char *space_refused(const struct prefix *p);
/* why a canonical name must not be listed, or NULL */
const char *name_refused(const char *name);
/* a public suffix ("co.uk"), or a company's name below which others have theirs ("github.io") */
enum { NAME_OWN, NAME_SHARED, NAME_SUFFIX };
unsigned int name_suffix(const char *name);
/* opens the public suffix list; before a sandbox that cannot */
void name_prepare(void);
bool name_byte_ok(unsigned char c); /* of a canonical name, dots included */

/* set.c: entries by value */
struct value_set;
int value_set_new(const struct indicators *in, size_t expected, struct value_set **ret);
void value_set_free(struct value_set *s);
/* index + 1 of the entry of equal kind and value, or 0 */
uint32_t value_set_prefix(const struct value_set *s, const struct prefix *p);
uint32_t value_set_name(const struct value_set *s, const char *name, size_t len);
/* hash of an entry of @in (not necessarily the set's own); its slot is on the way into the cache */
uint64_t value_set_hash(const struct value_set *s, const struct indicators *in,
			const struct indicator *e);
/* @h: of the entry. Index + 1 of an equal entry already there, or 0 and @entry is now in the set */
uint32_t value_set_add(struct value_set *s, uint32_t entry, uint64_t h);
#define VALUE_SET_BATCH 32

/* result.c: what a worker gives back through a memory file of at most this length */
#define FEED_RESULT_BYTES (2ULL << 30)
int result_write(int fd, int status, const struct indicators *in, const struct feed_report *rep);
/*
 * into @in and @rep, both empty; *ret_status is feed_parse()'s. 0; -EPROTO: not what a worker with
 * @o may write; -ENOMEM
 */
int result_read(int fd, const struct feed_opts *o, struct indicators *in, struct feed_report *rep,
		int *ret_status);
/* a checked result behind what the caller has; @in may be emptied */
int result_take(struct indicators *into, struct indicators *in, const struct feed_opts *o);

/* appending to a set */
int indicators_feed(struct indicators *in, const char *name,
		    const char *category); /* index of the new feed */
int indicators_text(struct indicators *in, const char *s, size_t len, uint32_t *ret);

#endif
