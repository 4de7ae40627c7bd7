/* SPDX-License-Identifier: BSD-2-Clause */
/* What every command that asks the daemon has in common: the request, errors and exit codes, JSON, tables. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <stdint.h>

#include "base/jsonin.h"
#include "base/jsonrows.h"
#include "cli/cli.h"

/* {"cmd":CMD, left open for more members */
void ask_begin(struct json *q, const char *cmd);
/* value of an option as a member, when it was given */
void ask_option(const struct args *a, struct json *q, const char *option, const char *key);
/* a duration as nanoseconds; EXIT_USAGE with a message when it is none */
int ask_duration(const struct args *a, struct json *q, const char *option, const char *key);

/* a number as a member, when it was given; EXIT_USAGE with a message when it is none, or 0 */
int ask_number(const struct args *a, struct json *q, const char *option, const char *key);

/*
 * ask() - close the request, send it, read the reply
 * @q: freed
 * Return: EXIT_DONE and *ret (caller frees); or the exit code, the message printed
 */
int ask(const struct args *a, struct json *q, const int *files, size_t n_files, struct jsonin **ret);
/* the same when nothing but success is to be shown: @text on a terminal, the reply under -j */
int ask_plain(const struct args *a, struct json *q, const char *text);
/* under -j: prints the reply and returns true */
bool ask_json(const struct args *a, const struct jsonin *reply);

/*
 * ask_rows() - a request whose answer is lists of any length
 * @q:   left open, freed. Under -j the reply goes to standard output as it comes and @row is not called.
 * @row: called with each row of each list
 * Return: EXIT_DONE; or the exit code, the message printed
 */
int ask_rows(const struct args *a, struct json *q, void (*row)(const char *list, const struct jsonrow *r, void *ctx), void *ctx);

/* --- tables: rows of texts, columns as wide as their widest, the last one free --- */

#define TABLE_COLUMNS 12

struct table {
	size_t columns, rows; /* the heads are the first row */
	size_t width[TABLE_COLUMNS];
	struct strbuf text; /* the cells one behind the other, each behind its length (uint16_t) */
};
/* @heads: NULL-terminated */
void table_begin(struct table *t, const char *const *heads);
/* as many texts as heads; foreign bytes are escaped; NULL is "" */
void table_row(struct table *t, const char *const *cells);
void table_end(struct table *t, bool print); /* frees */
static inline void table_print(struct table *t)
{
	table_end(t, true);
}

/* "3 s", "1h 3m" from whole seconds */
char *seconds_str(char *dst, size_t size, uint64_t s);
const char *text_or(const char *s, const char *or);
/* texts of an array, joined by ", " */
char *joined(char *dst, size_t size, const struct jsonin *array);

#endif
