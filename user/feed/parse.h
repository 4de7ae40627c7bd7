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
	const char *data; /* all of the text */
	size_t len;
	struct indicator proto; /* of the next entry: feed, action, confidence, category, dates */
	size_t first_category;  /* of this feed in in->categories */
	uint32_t line;          /* current, from 1 */
	const char *comments;   /* bytes a comment line begins with */
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
	const char *data; /* the text itself, for formats that are not made of lines */
	size_t len;
	uint32_t json; /* JSON_* traits, 0: not JSON */
};

struct feed_format {
	const char *name, *suffix, *help;
	bool is_by_line;
	/* how many data lines of the sample fit this format */
	size_t (*detect)(const struct feed_sample *s);
	/* 0 or a negative errno that ends the feed; bad lines are feed_refuse()d */
	int (*parse)(struct feed_parser *p, const char *data, size_t len);
};

/* a file is parsed in @count pieces side by side; the first has all of it when its format is not one by line */
struct feed_piece {
	uint32_t index, count;
};
/* feed_parse() of one piece; -ENODATA: there is nothing in it */
int feed_parse_piece(const char *format, const char *data, size_t len, struct feed_piece piece, const struct feed_opts *opts,
		     struct indicators *into, struct feed_report *report);

/* formats.h's rows */
const struct feed_format *feed_format_find(const char *name);
const struct feed_format *feed_format_detect(const struct feed_sample *s);
void feed_format_names(struct strbuf *out); /* "plain, hosts, csv" */

/* what a text that begins like JSON has in it; 0: it is none */
enum {
	JSON_ANY = 1,
	JSON_STIX = 2,
	JSON_MISP = 4,
	JSON_WARNINGS = 8,
	JSON_CROWDSEC = 16,
	JSON_BUNDLE = 32
};
uint32_t json_traits(const char *data, size_t len);

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

bool feed_is_blank(char c);
/* the line began with a blank before it was trimmed: a zone file's "same owner" */
bool feed_was_indented(const struct feed_parser *p, struct feed_text line);

/* @reason: FEED_*; the value is counted as refused, and kept with its line while there is room */
void feed_refuse(struct feed_parser *p, struct feed_text what, unsigned int reason);
/* the whole feed is refused at this place; -EINVAL, to be returned */
int feed_fail(struct feed_parser *p, struct feed_text what, unsigned int reason);

/* --- what a record says of its value: p->proto until the next feed_proto() --- */
void feed_proto(struct feed_parser *p); /* as the feed's options say */
void feed_proto_confidence(struct feed_parser *p, unsigned int confidence); /* 0 ... 100 */
void feed_proto_action(struct feed_parser *p, unsigned int action); /* never more than the feed's */
/* lower case, blanks to dashes; only when the user gave the feed none of its own */
int feed_proto_category(struct feed_parser *p, struct feed_text t);
/* "2023-05-23 17:51:44", ISO 8601, seconds since 1970: wall clock; 0: no date */
uint64_t feed_time_ns(struct feed_text t);
/* "3h59m32.1s", "7d"; negative ones are 0; false: no duration */
bool feed_duration_ns(struct feed_text t, uint64_t *ret);
/* whole number to the end of the text, up to @max */
bool feed_number(struct feed_text t, uint64_t max, uint64_t *ret);

/*
 * --- records: columns of a line, members of an object ---
 * What a column is for, found by its name. VALUE has ranks: of several, the first in the list
 * counts.
 */
enum {
	ROLE_NONE,
	ROLE_VALUE,
	ROLE_CONFIDENCE,
	ROLE_CATEGORY,
	ROLE_FIRST,
	ROLE_UNTIL,
	ROLE_DURATION,
	ROLE_SCOPE,
	ROLE_TYPE,
	ROLE_ASN,
	ROLE_SIMULATED
};
struct feed_field {
	uint8_t role, rank; /* rank: smaller is better */
	struct feed_text value;
};
/* "Ip:198.18.0.1", "Range:198.18.0.0/24", as CrowdSec's command line prints them, without what is in front */
struct feed_text feed_without_scope(struct feed_text t);
void feed_role(struct feed_text name, struct feed_field *ret);
/* the record's value becomes an entry, or is refused; 0, or as value_add() */
int feed_record(struct feed_parser *p, const struct feed_field *f, size_t n,
		struct feed_text shown);

/* one value of a feed, as read */
enum { VALUE_PREFIX, VALUE_RANGE, VALUE_NAME, VALUE_URL };
struct value {
	uint8_t kind;
	bool has_wildcard; /* "*.name" or ".name" */
	struct prefix prefix;
	uint32_t first, last; /* RANGE: IPv4, host order */
	char name[256];
};

/* reads an address, prefix, range, name or URL; FEED_OK, or why it is none */
unsigned int value_read(struct feed_text t, struct value *ret);
/* is it a value that a list is made of: one that reads, and no single word */
bool value_fits(struct feed_text t);
/*
 * read, check, add to the set or refuse; 0, or -ENOMEM, -EFBIG. @flags: CORDON_THREAT_* for names
 */
int value_add(struct feed_parser *p, struct feed_text t, uint8_t flags);
/* the same of a value that is there already */
int value_add_prefix(struct feed_parser *p, struct feed_text shown, const struct prefix *prefix);

/* an address that leads nowhere: unspecified or loopback, IPv4 or IPv6 */
bool feed_is_sink(const struct prefix *p);

/*
 * a URL in the form it is looked up in: scheme and host in lower case, no default port, no
 * fragment, other bytes than ASCII as %XX
 */
struct url {
	char text[FEED_URL_BYTES + 1];
	size_t len, path; /* path: offset of its '/' */
	struct value host;
};
unsigned int url_read(struct feed_text t, struct url *ret); /* FEED_OK or why not */

/* why a prefix must not be listed, FEED_* */
unsigned int space_refused(const struct prefix *p);
/* why a canonical name must not be listed, FEED_* */
unsigned int name_refused(const char *name);
/* a public suffix ("co.uk"), or a company's name below which others have theirs ("github.io") */
enum { NAME_OWN, NAME_SHARED, NAME_SUFFIX };
unsigned int name_suffix(const char *name);
/* opens the public suffix list; before a sandbox that cannot */
void name_prepare(void);
bool name_byte_ok(unsigned char c); /* of a canonical name, dots included */
size_t name_span(const char *name); /* how many such bytes are at the front */

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
/*
 * result_join() - the checked result of a file's next piece behind that of the pieces before
 * @status: of the pieces before, -ENODATA of none; then of all: what went wrong with a whole piece, else 0 when anything is good
 * 0, -ENOMEM; @part may be emptied
 */
int result_join(struct indicators *in, struct feed_report *rep, int *status, struct indicators *part,
		struct feed_report *part_rep, int part_status);
/* a checked result behind what the caller has; @in may be emptied */
int result_take(struct indicators *into, struct indicators *in, const struct feed_opts *o);

/*
 * takes out what the built-in lists protect and counts it as refused; 0; -EINVAL: nothing is left;
 * -ENOMEM
 */
int feed_guard(struct indicators *in, struct feed_report *rep);

/* appending to a set */
int indicators_feed(struct indicators *in, const char *name); /* index of the new feed */
/* index of the category, which is added unless it stands at @first or behind */
int indicators_category(struct indicators *in, size_t first, const char *s, size_t len);
int indicators_text(struct indicators *in, const char *s, size_t len, uint32_t *ret);

#endif
