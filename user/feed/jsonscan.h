/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON of any size, read once from front to back: each object is shown when it
 * ends, with its own plain members and those of the objects around it so far.
 * Nothing is built, so memory does not depend on the text: at most JSON_DEPTH
 * objects of JSON_MEMBERS members are held. One text may hold several values
 * one after the other (a JSON object a line). Private to feed/.
 */
#ifndef FEED_JSONSCAN_H
#define FEED_JSONSCAN_H

#include "feed/parse.h"

#define JSON_DEPTH 32
#define JSON_MEMBERS 64
#define JSON_TEXT 4096 /* longest value taken, bytes */

enum { JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL };

struct json_member {
	struct feed_text key, value; /* as they stand in the text, without quotes */
	uint8_t kind;
	bool is_escaped;
};

struct json_object {
	const struct json_object *parent; /* NULL: none around it */
	struct feed_text key;        /* the member it stands under, itself or in an array; "" */
	const struct json_member *m; /* of an array: its first plain value */
	size_t n;
	bool is_full;     /* had more members than are held */
	bool has_objects; /* objects inside */
	bool is_element;  /* stands in an array, or alone */
	uint32_t line;
};

struct json_handler {
	/* an object has ended */
	int (*on_object)(struct feed_parser *p, const struct json_object *o, void *ctx);
	/* a plain value in an array; @around: NULL when no object is; may be NULL */
	int (*on_element)(struct feed_parser *p, const struct json_member *v,
			  const struct json_object *around, void *ctx);
	void *ctx;
};

/*
 * 0; what a handler returned; -EINVAL, -ENOMEM: broken or too deep, feed_fail() has said where.
 * p->line is that of the object or element while a handler runs.
 */
int json_scan(struct feed_parser *p, const char *data, size_t len, const struct json_handler *h);

const struct json_member *json_get(const struct json_object *o, const char *key);
/* the value with its escapes undone, in @buf when there are any; false: longer than JSON_TEXT */
bool json_text(const struct json_member *m, char buf[JSON_TEXT], struct feed_text *ret);
/* the member's text, or "" */
struct feed_text json_str_of(const struct json_object *o, const char *key, char buf[JSON_TEXT]);
bool json_is(const struct json_object *o, const char *key, const char *value);
bool json_is_true(const struct json_object *o, const char *key);

#endif
