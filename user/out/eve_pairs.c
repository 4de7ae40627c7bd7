// SPDX-License-Identifier: BSD-2-Clause
/*
 * The pairs of a finding (struct finding) as members of a JSON object: "a.b"
 * is b in an object a, "#b" a number, "?b" true or false, "[b" an element of an
 * array. They come from the inspector: their end is sought within bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "out/out.h"

static void put_pair(struct json *j, const char *key, const char *value)
{
	if (*key == '#')
		json_u64(j, key + 1, strtoull(value, NULL, 10));
	else if (*key == '[')
		json_str(j, NULL, value);
	else if (*key == '?')
		json_bool(j, key + 1, *value == '1');
	else
		json_str(j, key, value);
}

/* objects that are open around a pair, and the array in them */
#define NESTING_MAX 2
struct nest {
	char name[NESTING_MAX][24], array[24];
	unsigned int depth;
};

/* an array goes on while its key is the same */
static void enter_array(struct json *j, struct nest *n, const char *key)
{
	bool is_array = *key == '[';

	if (*n->array && (!is_array || strcmp(n->array, key + 1))) {
		json_end(j, ']');
		*n->array = 0;
	}
	if (is_array && !*n->array) {
		str_copy(n->array, sizeof(n->array), key + 1);
		json_begin(j, n->array, '[');
	}
}

/* closes and opens objects until those named before @key's last dot are open; what is left of the key */
static const char *enter(struct json *j, struct nest *n, const char *key)
{
	unsigned int same = 0;
	const char *dot;

	while (same < n->depth && (dot = strchr(key, '.')) && strlen(n->name[same]) == (size_t)(dot - key) &&
	       !memcmp(n->name[same], key, (size_t)(dot - key))) {
		key = dot + 1;
		same++;
	}
	for (; n->depth > same; n->depth--)
		json_end(j, '}');
	while (n->depth < NESTING_MAX && (dot = strchr(key, '.')) && (size_t)(dot - key) < sizeof(n->name[0])) {
		memcpy(n->name[n->depth], key, (size_t)(dot - key));
		n->name[n->depth][dot - key] = 0;
		json_begin(j, n->name[n->depth++], '{');
		key = dot + 1;
	}
	return key;
}

void eve_pairs(struct json *j, const char *p, size_t size)
{
	struct nest n = { .depth = 0, .array = "" };

	while (size && *p) {
		const char *key = p, *value = memchr(p, 0, size), *next;

		value = value ? value + 1 : p + size;
		next = value < p + size ? memchr(value, 0, (size_t)(p + size - value)) : NULL;
		if (!next)
			break;
		if (*n.array || *key == '[')
			enter_array(j, &n, key);
		put_pair(j, enter(j, &n, key), value);
		size -= (size_t)(next + 1 - p);
		p = next + 1;
	}
	if (*n.array)
		json_end(j, ']');
	for (; n.depth; n.depth--)
		json_end(j, '}');
}

