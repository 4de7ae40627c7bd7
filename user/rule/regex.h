/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only file that knows PCRE2: expressions compiled to machine code, run
 * with limits. Running into a limit is an answer of its own, never "no match".
 */
#ifndef RULE_REGEX_H
#define RULE_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct regex;
struct regex_run; /* stack and limits of one thread */

#define REGEX_CASELESS (1 << 0)	 /* i */
#define REGEX_DOTALL (1 << 1)	 /* s */
#define REGEX_MULTILINE (1 << 2) /* m */
#define REGEX_EXTENDED (1 << 3)	 /* x */
#define REGEX_ANCHORED (1 << 4)	 /* A */
#define REGEX_END_ONLY (1 << 5)	 /* E */
#define REGEX_UNGREEDY (1 << 6)	 /* G */

int regex_new(const char *pattern, size_t len, unsigned int flags, struct regex **ret, struct strbuf *err);
void regex_free(struct regex *re);

struct regex_run *regex_run_new(void);
void regex_run_free(struct regex_run *run);

enum { REGEX_NO, REGEX_YES, REGEX_LIMIT };
/* search @buf from @from on (bytes before it are not looked at); *ret_start and *ret_end are offsets in @buf */
int regex_exec(const struct regex *re, struct regex_run *run, const uint8_t *buf, uint32_t len, uint32_t from,
	       uint32_t *ret_start, uint32_t *ret_end);

/* the same for what its first group holds; REGEX_NO as well when that is unset */
int regex_group(const struct regex *re, struct regex_run *run, const uint8_t *buf, uint32_t len, uint32_t *ret_start,
		uint32_t *ret_end);
/* how many groups it has */
unsigned int regex_groups(const struct regex *re);

/* every match in @text replaced by @to ($1, ${1}: groups) into @ret: how many, or -ENOMEM; beyond the limits none */
int regex_replace(const struct regex *re, const char *text, const char *to, struct strbuf *ret);

#endif
