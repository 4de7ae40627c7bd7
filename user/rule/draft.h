/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A rule being parsed, and what all rules of a load share. Keyword files see
 * this; nobody outside rule/ does.
 */
#ifndef RULE_DRAFT_H
#define RULE_DRAFT_H

#include "rule/model.h"

/* --- memory of a ruleset: handed out, never taken back one by one --- */

struct arena;
void *arena_alloc(struct arena **a, size_t size);			/* zeroed, aligned to 16; NULL: out of memory */
char *arena_strn(struct arena **a, const char *s, size_t n);	/* terminated copy */
void *arena_copy(struct arena **a, const void *p, size_t size);
void arena_free(struct arena *a);

/* --- classes --- */

struct rule_class {
	const char *name, *text;
	uint8_t priority;
};

struct rule_classes {
	VEC(struct rule_class) rows; /* of the file; empty: built in */
	char *data;		     /* the file's text, which rows point into */
};
/* @path NULL: none; @fd: the open file, -1: open @path */
int rule_classes_load(struct rule_classes *c, const char *path, int fd, struct strbuf *err);
const struct rule_class *rule_classes_find(const struct rule_classes *c, const char *name);
void rule_classes_done(struct rule_classes *c);

/* --- a load --- */

struct iprep;
struct geoip;
struct rule_dataset;
struct rule_file;
struct rule_sets; /* interned address and port sets */

struct loader {
	struct arena *arena;
	struct rule_classes classes;
	struct rule_sets *sets;
	VEC(struct regex *) regexes;
	struct edits *edits; /* of enable, disable, suppress, ... (edit.h) */
	struct rule_name *names; /* of flowbits and the like (kw_state.c) */
	VEC(struct rule_dataset *) datasets;
	struct iprep *iprep; /* NULL: none is given */
	struct geoip *geoip; /* the same */
	/* of the load under way only */
	const struct rule_file *files;
	size_t n_files;
	bool may_open; /* files beside the rules */
	bool by_hand;  /* lines of RULE_FILE_BY_HAND are being read */
	const struct rule_var *vars;
	size_t n_vars;
};

/* the set a header field names, and whether that excludes something; owned by the loader's arena. -EINVAL with @err. */
int rule_set_get(struct loader *ld, const char *text, bool is_port, const struct rset **ret, bool *ret_excludes,
		 struct strbuf *err);
void rule_sets_free(struct rule_sets *s);

/* --- a rule --- */

/* conditions on one buffer: what becomes a struct rule_list */
struct draft_list {
	struct rule_list l; /* buffer and transforms; m and n are not set yet */
	VEC(struct rule_match) m;
};

struct draft {
	struct loader *ld;
	struct rule *r;
	struct draft_list list[CORDON_RULE_LISTS]; /* [0]: the payload */
	uint8_t n_lists;
	VEC(struct rule_test) tests, numbers;
	VEC(struct rule_state) ask, act;
	const char *var[RULE_VARS]; /* names of byte_extract's and byte_math's variables */
	uint8_t n_vars;
	uint8_t current;	 /* list of the sticky buffer in force */
	bool has_sticky;	 /* `sticky` was named and no condition followed yet: current is not set */
	struct rule_list sticky; /* buffer and transforms */
	bool has_content;	 /* last_* name the content that modifiers speak of */
	uint8_t last_list;
	size_t last;
	uint64_t apps;	/* applications that all buffers and numbers named so far have in common; has_apps: some were */
	uint8_t sides;
	uint8_t odd_hidden; /* sides whose messages do not show an event the rule waits for */
	bool has_apps;
	bool has_priority, has_sid;
	bool excludes; /* an address of the header does: with Suricata such a rule is said of each packet */
	bool each_packet; /* a keyword says so */
	const char *keyword; /* being parsed; "" for the header */
	struct strbuf reason;
};

/* sets the reason of the refusal (the first one stays); returns -EINVAL */
int draft_fail(struct draft *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct rule_match *draft_last(struct draft *d); /* the last content, or NULL with the reason set */
/* a condition on the sticky buffer in force */
int draft_add(struct draft *d, const struct rule_match *m);
/* the same on @buffer, whichever is in force */
int draft_add_to(struct draft *d, uint8_t buffer, const struct rule_match *m);
/* APP_BUFFER_* of the sticky buffer in force */
uint8_t draft_buffer(const struct draft *d);
int draft_test(struct draft *d, const struct rule_test *t);	/* on the packet */
int draft_number(struct draft *d, const struct rule_test *t); /* on the message */

/* "1.5" to the parts a list keyword has: cuts at @sep, trims; number of parts, at most @max, or -E2BIG. @s is changed. */
int text_split(char *s, char sep, char **ret, int max);
char *text_trim(char *s);
/* without the quotes around it, if there are any; in place */
char *text_unquoted(char *s);

/* "5", ">5", "<=5", "5<>9" or "5-9" (both ends outside), "!5" (kw_number.c) */
int number_range(struct draft *d, char *v, uint32_t max, uint32_t *lo, uint32_t *hi, bool *negated);

/* buffers.h as keywords (kw_buffer.c): 1 when @d->keyword is one of its rows, 0, or -EINVAL */
int buffer_keyword(struct draft *d, char *value);

/* the rule looks at @buffer: is it filled, does it go with the others? */
int buffer_use(struct draft *d, uint8_t buffer);

/* the rule looks at messages of these applications, of these sides (APP_SIDE_*) */
int app_use(struct draft *d, uint64_t apps, uint8_t side);

/* the rule tests a number of messages (t->field): is it filled, does it go with the others? */
int number_use(struct draft *d, const struct rule_test *t);

/* 1 + index of a variable named before (kw_byte.c), or 0 */
uint8_t draft_var(const struct draft *d, const char *name);
void rule_names_free(struct rule_name *names);

/* keyword rows */
#define KW_VALUE (1 << 0)    /* needs one */
#define KW_NO_VALUE (1 << 1) /* may not have one */
#define KW_QUOTED (1 << 2)   /* quotes around the value are taken off */

struct keyword {
	const char *name;
	int (*parse)(struct draft *d, char *value); /* value: trimmed, "" when absent, may be changed */
	uint8_t flags;
	const char *help;
};

/* what is wrong with the whole, and where it is evaluated (place.c) */
int rule_place(struct draft *d);
/* rule text -> draft->r; lex.c gives the text, parse.c does this. 0 or -EINVAL with d->keyword and d->reason; -ENOMEM. */
int rule_parse(struct draft *d, char *text);

/*
 * lex.c: the next rule of @*pos as one line (continuations joined), terminated in place; NULL: end. Comments are
 * skipped; with @commented those that look like a rule are given, without their '#'.
 */
char *lex_rule(char **pos, uint32_t *line, uint32_t *ret_line, bool commented, bool *ret_is_commented);
/* the next header field: up to white space outside brackets; NULL: none */
char *lex_field(char **pos);
/* the next option of "a; b:c;": 1, 0 at the end, -EINVAL without the closing semicolon */
int lex_option(char **pos, char **ret_name, char **ret_value);

#endif
