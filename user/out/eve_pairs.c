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

static void leave_array(struct json *j, struct nest *n)
{
	if (*n->array)
		json_end(j, ']');
	*n->array = 0;
}

/* an array goes on while its name is the same; it is in no object */
static void put_element(struct json *j, struct nest *n, const char *name, const char *value)
{
	if (strncmp(n->array, name, sizeof(n->array) - 1)) {
		leave_array(j, n);
		enter(j, n, "");
		str_copy(n->array, sizeof(n->array), name);
		json_begin(j, n->array, '[');
	}
	json_str(j, NULL, value);
}

static void put(struct json *j, struct nest *n, const char *key, const char *value)
{
	if (*key == '[' && key[1]) {
		put_element(j, n, key + 1, value);
		return;
	}
	leave_array(j, n);
	put_pair(j, enter(j, n, key), value);
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
		put(j, &n, key, value);
		size -= (size_t)(next + 1 - p);
		p = next + 1;
	}
	leave_array(j, &n);
	enter(j, &n, "");
}

