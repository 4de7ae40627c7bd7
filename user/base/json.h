/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Append-only JSON writer for every output. Commas are its own affair. Strings
 * are foreign bytes: control characters are escaped, bytes that are not UTF-8 become \xNN.
 *   json_begin(&j, NULL, '{'); json_str(&j, "name", s); json_end(&j, '}');
 * @key is NULL inside arrays and at the top.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/str.h"

struct json {
	struct strbuf b;
	unsigned int depth;
	bool comma; /* the next value at this depth wants one before it */
	bool pretty;
};

void json_begin(struct json *j, const char *key, char bracket); /* '{' or '[' */
void json_end(struct json *j, char bracket);
void json_str(struct json *j, const char *key, const char *s);
void json_strn(struct json *j, const char *key, const void *s, size_t n);
void json_u64(struct json *j, const char *key, uint64_t v);
void json_i64(struct json *j, const char *key, int64_t v);
void json_f64(struct json *j, const char *key, double v);
void json_bool(struct json *j, const char *key, bool v);
void json_raw(struct json *j, const char *key, const char *json_text); /* already JSON, trusted */
void json_clear(struct json *j);
void json_done(struct json *j);

#endif
