/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading JSON through jansson; see jsonin.h. struct jsonin is jansson's json_t under another name. */
#include "base/jsonin.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static const json_t *val(const struct jsonin *v)
{
	return (const json_t *)v;
}

static const struct jsonin *out(const json_t *v)
{
	return (const struct jsonin *)v;
}

/* Brackets open at once, strings skipped: jansson allows 2048 levels, each costs memory. */
static bool too_deep(const char *s, size_t len)
{
	unsigned int depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (in_string) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				in_string = false;
		} else if (s[i] == '"') {
			in_string = true;
		} else if (s[i] == '{' || s[i] == '[') {
			if (++depth > JSONIN_DEPTH)
				return true;
		} else if ((s[i] == '}' || s[i] == ']') && depth) {
			depth--;
		}
	}
	return false;
}

int jsonin_parse(const char *text, size_t len, struct jsonin **ret, struct strbuf *err)
{
	json_error_t e;
	json_t *v;

	if (too_deep(text, len)) {
		strbuf_addf(err, "JSON nested deeper than %d levels", JSONIN_DEPTH);
		return -EINVAL;
	}
	v = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
	if (!v) {
		strbuf_addf(err, "not JSON: %s at column %d", e.text, e.column);
		return -EINVAL;
	}
	if (!json_is_object(v)) {
		json_decref(v);
		strbuf_adds(err, "not a JSON object");
		return -EINVAL;
	}
	*ret = (struct jsonin *)v;
	return 0;
}

void jsonin_free(struct jsonin *root)
{
	json_decref((json_t *)root);
}

const struct jsonin *jsonin_get(const struct jsonin *o, const char *key)
{
	return o ? out(json_object_get(val(o), key)) : NULL;
}

const char *jsonin_text(const struct jsonin *v)
{
	return v ? json_string_value(val(v)) : NULL;
}

const char *jsonin_str(const struct jsonin *o, const char *key)
{
	return jsonin_text(jsonin_get(o, key));
}

uint64_t jsonin_number(const struct jsonin *v)
{
	json_int_t n = v ? json_integer_value(val(v)) : 0;

	return n < 0 ? 0 : (uint64_t)n;
}

uint64_t jsonin_u64(const struct jsonin *o, const char *key)
{
	return jsonin_number(jsonin_get(o, key));
}

double jsonin_f64(const struct jsonin *o, const char *key)
{
	const struct jsonin *v = jsonin_get(o, key);

	return v ? json_number_value(val(v)) : 0;
}

bool jsonin_bool(const struct jsonin *o, const char *key)
{
	const struct jsonin *v = jsonin_get(o, key);

	return v && json_is_true(val(v));
}

size_t jsonin_len(const struct jsonin *array)
{
	return array ? json_array_size(val(array)) : 0;
}

const struct jsonin *jsonin_at(const struct jsonin *array, size_t i)
{
	return array ? out(json_array_get(val(array), i)) : NULL;
}

const char *jsonin_member(const struct jsonin *o, size_t i, const struct jsonin **ret_value)
{
	json_t *obj = (json_t *)o;
	void *it = o ? json_object_iter(obj) : NULL;

	while (it && i--)
		it = json_object_iter_next(obj, it);
	if (!it)
		return NULL;
	*ret_value = out(json_object_iter_value(it));
	return json_object_iter_key(it);
}

char *jsonin_dump(const struct jsonin *v, bool pretty)
{
	return json_dumps(val(v), (pretty ? JSON_INDENT(2) : JSON_COMPACT) | JSON_ENCODE_ANY | JSON_PRESERVE_ORDER);
}
