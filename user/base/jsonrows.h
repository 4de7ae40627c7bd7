/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of a long reply as they come, {"ok":true,"list":[{...},{...}],...}: the objects of the arrays at its top. Or
 * {"ok":true,"columns":["a",...],"list":[[...],...],...}: rows that are arrays have the names said once, in front of them.
 * Reads in place, allocates nothing, and needs no more of the text in memory than one row. Not a validator: what the
 * text is about matters only as far as it is looked at. Numbers, texts and arrays of texts are read; deeper objects are
 * skipped.
 */
#ifndef BASE_JSONROWS_H
#define BASE_JSONROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSONROW_FIELDS 32 /* of a row; further ones are not seen */
#define JSONROW_NAME 32	  /* bytes of a list's name */

struct jsonrows {
	bool is_open, in_list, is_over;
	char list[JSONROW_NAME]; /* the one the row is of */
	unsigned int n_columns;
	struct {
		char name[JSONROW_NAME];
		size_t len;
	} columns[JSONROW_FIELDS];
};

struct jsonrow {
	unsigned int n;
	struct {
		const char *key, *value; /* as in the text, or of the columns; the key without quotes */
		size_t key_len, value_len;
	} fields[JSONROW_FIELDS];
};

/*
 * jsonrows_next() - the next row
 * @p:   where to go on; moved behind what was read, never beyond @end
 * @row: points into the text, and into @r
 * Return: 1 a row, r->list says of which list; 0 more text is needed from *p on, or, when r->is_over, there is none;
 * -EINVAL the text is no such object
 */
int jsonrows_next(struct jsonrows *r, const char **p, const char *end, struct jsonrow *row);

bool jsonrow_has(const struct jsonrow *row, const char *key);
/* a text, decoded, or a number as it stands; terminated, cut at @size; "" when there is none. Returns dst */
char *jsonrow_str(const struct jsonrow *row, const char *key, char *dst, size_t size);
uint64_t jsonrow_u64(const struct jsonrow *row, const char *key); /* 0: none */
bool jsonrow_bool(const struct jsonrow *row, const char *key);
/* the texts of an array, joined by ", " */
char *jsonrow_joined(const struct jsonrow *row, const char *key, char *dst, size_t size);

#endif
