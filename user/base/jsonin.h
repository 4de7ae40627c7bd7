/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON read from others: requests in the daemon, replies in the command line.
 * The only file that knows jansson. Duplicate keys, more than JSONIN_DEPTH
 * levels and text beyond the caller's limit are refused. Values are borrowed
 * from the root and live as long as it.
 */
#ifndef BASE_JSONIN_H
#define BASE_JSONIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/str.h"

#define JSONIN_DEPTH 32

struct jsonin;

/* one JSON object; 0; -EINVAL with the place in @err. *ret owned by the caller */
int jsonin_parse(const char *text, size_t len, struct jsonin **ret, struct strbuf *err);
void jsonin_free(struct jsonin *root);
DEFINE_CLEANUP(struct jsonin, jsonin_free)

/* NULL, 0 or false when @o is NULL, has no such key, or the value is of another kind */
const char *jsonin_str(const struct jsonin *o, const char *key);
uint64_t jsonin_u64(const struct jsonin *o, const char *key); /* negative numbers are 0 */
double jsonin_f64(const struct jsonin *o, const char *key);
bool jsonin_bool(const struct jsonin *o, const char *key);
const struct jsonin *jsonin_get(const struct jsonin *o, const char *key);
/* elements of an array; of what is no array: none */
size_t jsonin_len(const struct jsonin *array);
const struct jsonin *jsonin_at(const struct jsonin *array, size_t i);
/* the value itself as text; NULL when it is none */
const char *jsonin_text(const struct jsonin *v);
/* members of an object in order: i-th key and value; NULL after the last. Quadratic: for small objects. */
const char *jsonin_member(const struct jsonin *o, size_t i, const struct jsonin **ret_value);
/* a number, whatever key it has */
uint64_t jsonin_number(const struct jsonin *v);
/* the value as one line of JSON; @pretty: indented. Caller frees. NULL when out of memory */
char *jsonin_dump(const struct jsonin *v, bool pretty);

#endif
