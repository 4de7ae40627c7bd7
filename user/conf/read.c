// SPDX-License-Identifier: BSD-2-Clause
/*
 * The file, by the schema: what a key may be and what may follow it comes from
 * the rows, so nesting never goes deeper than the schema does. A key stands
 * once; an unknown one is an error with its line and the nearest known key.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "conf/events.h"
#include "conf/schema.h"

#define KEYS_MAX 64 /* keys of one mapping that a schema names */

struct reader {
	struct events *y;
	const char *path;
	struct strbuf *err;
	struct conf *c;
};

/* keys met in one mapping, by the address of what they name */
struct seen {
	const void *id[KEYS_MAX];
	size_t n;
};

typedef int (*read_fn)(struct reader *r);

#define fail(r, ...) events_fail((r)->y, events_line((r)->y), __VA_ARGS__)

static int fail_unknown(struct reader *r, const char *key, const char *const *names)
{
	const char *near = str_nearest(key, names);
	char shown[64];

	str_escape(shown, sizeof(shown), key, strlen(key));
	if (near)
		return fail(r, "unknown key '%s' (did you mean '%s'?)", shown, near);
	return fail(r, "unknown key '%s'", shown);
}

static int see(struct reader *r, struct seen *s, const void *id, const char *key)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->id[i] == id)
			return fail(r, "'%s' stands twice", key);
	if (s->n == KEYS_MAX)
		return fail(r, "too many keys");
	s->id[s->n++] = id;
	return 0;
}

/* --- scalars by rows --- */

static int read_scalar(struct reader *r, const struct conf_row *row, void *base)
{
	struct strbuf why = { 0 };
	const char *value;
	int e = events_next(r->y);

	if (!e)
		e = events_scalar(r->y, row->name, &value);
	if (e)
		return e;
	e = conf_row_set(row, base, value, &why);
	if (e)
		e = fail(r, "%s", why.s ? why.s : "out of memory");
	strbuf_done(&why);
	return e;
}

/* the mapping that has begun, key by key, into @base; what must be given must be there */
static int read_item(struct reader *r, const struct conf_row *rows, void *base, const char *what)
{
	const char *names[KEYS_MAX + 1] = { NULL };
	struct seen seen = { .n = 0 };
	size_t line, i, j;
	const char *key;
	int e = events_expect(r->y, EVENTS_MAPPING, "a mapping", what);

	if (e)
		return e;
	line = events_line(r->y);
	for (i = 0; rows[i].name && i < KEYS_MAX; i++)
		names[i] = rows[i].name;
	while ((e = events_key(r->y, &key)) > 0) {
		const struct conf_row *row = conf_row_find(rows, key);

		if (!row)
			return fail_unknown(r, key, names);
		e = see(r, &seen, row, row->name);
		if (!e)
			e = read_scalar(r, row, base);
		if (e)
			return e;
	}
	for (i = 0; !e && rows[i].name; i++) {
		for (j = 0; j < seen.n && seen.id[j] != &rows[i]; j++)
			;
		if (!rows[i].def && j == seen.n)
			return events_fail(r->y, line, "an entry of '%s' needs '%s'", what, rows[i].name);
	}
	return e;
}

/* --- lists --- */

/* the sequence of section @id; @one reads each entry, whose first event is the current one */
static int read_list(struct reader *r, int id, read_fn one)
{
	const struct conf_section *s = &conf_sections[id];
	size_t n = 0;
	int e = events_next(r->y);

	if (!e)
		e = events_expect(r->y, EVENTS_LIST, "a list", s->name);
	while (!e) {
		e = events_next(r->y);
		if (e || events_kind(r->y) == EVENTS_LIST_END)
			break;
		if (n++ == s->max)
			return fail(r, "more than %zu entries of '%s'", s->max, s->name);
		e = one(r);
	}
	return e;
}

static int out_of_memory(struct reader *r)
{
	strbuf_addf(r->err, "%s: out of memory", r->path);
	return -ENOMEM;
}

static int read_iface(struct reader *r)
{
	struct conf_iface f = { 0 };
	int e = conf_rows_init(conf_iface_rows, &f);

	if (e)
		return out_of_memory(r);
	f.mode = UINT8_MAX; /* to see whether it is given */
	e = read_item(r, conf_iface_rows, &f, "interfaces");
	if (e)
		return e;
	f.has_mode = f.mode != UINT8_MAX;
	return vec_push(&r->c->ifaces, f) ? out_of_memory(r) : 0;
}

static int read_feed(struct reader *r)
{
	struct conf_feed f = { 0 };
	int e = conf_rows_init(conf_feed_rows, &f);

	e = e ? out_of_memory(r) : read_item(r, conf_feed_rows, &f, "feeds");
	if (!e && vec_push(&r->c->feeds, f))
		e = out_of_memory(r);
	if (e)
		conf_rows_done(conf_feed_rows, &f);
	return e;
}

static int read_category(struct reader *r)
{
	struct conf_category c = { 0 };
	int e = conf_rows_init(conf_category_rows, &c);

	e = e ? out_of_memory(r) : read_item(r, conf_category_rows, &c, "categories");
	return !e && vec_push(&r->c->categories, c) ? out_of_memory(r) : e;
}

static int read_policy(struct reader *r)
{
	struct conf_policy p = { 0 };
	int e = conf_rows_init(conf_policy_rows, &p);

	e = e ? out_of_memory(r) : read_item(r, conf_policy_rows, &p, "policy");
	if (!e && vec_push(&r->c->policies, p))
		e = out_of_memory(r);
	if (e)
		conf_rows_done(conf_policy_rows, &p);
	return e;
}

static int read_response(struct reader *r)
{
	struct conf_response p = { 0 };
	int e = conf_rows_init(conf_response_rows, &p);

	e = e ? out_of_memory(r) : read_item(r, conf_response_rows, &p, "responses");
	if (!e && vec_push(&r->c->responses, p))
		e = out_of_memory(r);
	if (e)
		conf_rows_done(conf_response_rows, &p);
	return e;
}

/* a text of a list or of vars, through a row of its own: same checks as every other text */
static int read_text(struct reader *r, const char *name, char **ret)
{
	struct conf_row row = { .name = name, .type = CONF_TEXT, .min = 1, .max = 4095 };
	struct strbuf why = { 0 };
	const char *value;
	int e = events_scalar(r->y, name, &value);

	if (e)
		return e;
	*ret = NULL;
	e = conf_row_set(&row, ret, value, &why);
	if (e)
		e = fail(r, "%s", why.s ? why.s : "out of memory");
	strbuf_done(&why);
	return e;
}

static int read_rules(struct reader *r)
{
	char *s = NULL;
	int e = read_text(r, "rules", &s);

	if (!e && vec_push(&r->c->rules, s)) {
		free(s);
		e = out_of_memory(r);
	}
	return e;
}

static int read_guard(struct reader *r)
{
	_cleanup_free_ char *s = NULL;
	struct prefix p;
	uint8_t mac[6];
	int e = read_text(r, "guard", &s);

	if (e)
		return e;
	if (mac_parse(s, mac) && prefix_parse(s, &p) < 0)
		return fail(r, "guard: '%s' is no MAC, address or prefix", s);
	if (vec_push(&r->c->guards, s))
		return out_of_memory(r);
	(void)TAKE_PTR(s);
	return 0;
}

static int read_home(struct reader *r)
{
	struct strbuf why = { 0 };
	const char *value;
	int e = events_scalar(r->y, "home", &value);

	if (e)
		return e;
	if (conf_add_home(r->c, value, &why))
		e = fail(r, "%s", why.s ? why.s : "out of memory");
	strbuf_done(&why);
	return e;
}

static int read_update(struct reader *r)
{
	struct prefix p;
	const char *value;
	int e = events_scalar(r->y, "update", &value);

	if (e)
		return e;
	if (prefix_parse(value, &p) < 0)
		return fail(r, "update: '%s' is no address or prefix", value);
	return vec_push(&r->c->update, p) ? out_of_memory(r) : 0;
}

static int read_var(struct reader *r, const char *name)
{
	_cleanup_free_ char *key = strdup(name), *value = NULL;
	struct conf_var v;
	size_t i;
	int e;

	if (!key)
		return out_of_memory(r);
	if (strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != strlen(key) || !*key)
		return fail(r, "vars: a name has letters, digits and _ only");
	for (i = 0; i < r->c->vars.len; i++)
		if (!strcmp(r->c->vars.data[i].name, key))
			return fail(r, "'%s' stands twice", key);
	if (r->c->vars.len == conf_sections[CONF_VARS].max)
		return fail(r, "more than %zu entries of 'vars'", conf_sections[CONF_VARS].max);
	e = events_next(r->y);
	if (!e)
		e = read_text(r, "vars", &value);
	if (e)
		return e;
	v = (struct conf_var){ key, value };
	if (vec_push(&r->c->vars, v))
		return out_of_memory(r);
	(void)TAKE_PTR(key);
	(void)TAKE_PTR(value);
	return 0;
}

static int read_vars(struct reader *r)
{
	const char *key;
	int e = events_next(r->y);

	if (!e)
		e = events_expect(r->y, EVENTS_MAPPING, "a mapping", "vars");
	while (!e && (e = events_key(r->y, &key)) > 0)
		e = read_var(r, key);
	return e;
}

static int read_section(struct reader *r, int id)
{
	static const read_fn one[CONF_SECTIONS] = {
		[CONF_INTERFACES] = read_iface, [CONF_FEEDS] = read_feed, [CONF_RULES] = read_rules,
		[CONF_GUARD] = read_guard,	[CONF_HOME] = read_home,  [CONF_POLICY] = read_policy,
		[CONF_UPDATE] = read_update,	[CONF_RESPONSES] = read_response,
		[CONF_CATEGORIES] = read_category,
	};

	return id == CONF_VARS ? read_vars(r) : read_list(r, id, one[id]);
}

/* --- the root mapping --- */

static int section_find(const char *key)
{
	int i;

	for (i = 0; i < CONF_SECTIONS; i++)
		if (!strcmp(conf_sections[i].name, key))
			return i;
	return -ENOENT;
}

/* the first row of group @key ("stream" of "stream.depth"); NULL: no such group */
static const struct conf_row *group_find(const char *key)
{
	const struct conf_row *row;
	size_t n = strlen(key);

	for (row = conf_rows; row->name; row++)
		if (!strncmp(row->name, key, n) && row->name[n] == '.')
			return row;
	return NULL;
}

/* the last parts of the names of @key's group */
static void group_names(const char *key, const char *names[KEYS_MAX + 1])
{
	size_t n = strlen(key), k = 0, i;

	for (i = 0; conf_rows[i].name && k < KEYS_MAX; i++)
		if (!strncmp(conf_rows[i].name, key, n) && conf_rows[i].name[n] == '.')
			names[k++] = conf_rows[i].name + n + 1;
	names[k] = NULL;
}

static int read_group(struct reader *r, const char *group)
{
	const char *names[KEYS_MAX + 1];
	struct seen seen = { .n = 0 };
	const char *key;
	int e = events_next(r->y);

	if (!e)
		e = events_expect(r->y, EVENTS_MAPPING, "a mapping", group);
	if (e)
		return e;
	group_names(group, names);
	while ((e = events_key(r->y, &key)) > 0) {
		const struct conf_row *row = NULL;
		char full[64];

		if ((size_t)snprintf(full, sizeof(full), "%s.%s", group, key) < sizeof(full))
			row = conf_row_find(conf_rows, full);
		if (!row)
			return fail_unknown(r, key, names);
		e = see(r, &seen, row, row->name);
		if (!e)
			e = read_scalar(r, row, r->c);
		if (e)
			return e;
	}
	return e;
}

static int fail_unknown_root(struct reader *r, const char *key)
{
	const char *names[KEYS_MAX + CONF_SECTIONS + 1];
	size_t n = 0;
	int i;

	for (; conf_rows[n].name && n < KEYS_MAX; n++)
		names[n] = conf_rows[n].name;
	for (i = 0; i < CONF_SECTIONS; i++)
		names[n++] = conf_sections[i].name;
	names[n] = NULL;
	return fail_unknown(r, key, names);
}

static int read_root_key(struct reader *r, struct seen *seen, const char *name)
{
	_cleanup_free_ char *key = strdup(name); /* the event goes with events_next() */
	const struct conf_row *row, *group;
	int id, e;

	if (!key)
		return out_of_memory(r);
	id = section_find(key);
	row = strchr(key, '.') ? NULL : conf_row_find(conf_rows, key);
	group = group_find(key);
	if (id < 0 && !row && !group)
		return fail_unknown_root(r, key);
	e = see(r, seen, id >= 0 ? (const void *)&conf_sections[id] : row ? row : group, key);
	if (e)
		return e;
	if (id >= 0)
		return read_section(r, id);
	return row ? read_scalar(r, row, r->c) : read_group(r, key);
}

static int read_root(struct reader *r)
{
	struct seen seen = { .n = 0 };
	const char *key;
	int e = events_expect(r->y, EVENTS_MAPPING, "keys and values", "the file");

	if (e)
		return e;
	while ((e = events_key(r->y, &key)) > 0) {
		e = read_root_key(r, &seen, key);
		if (e)
			return e;
	}
	return e;
}

int conf_read(struct conf *c, const char *path, const char *text, size_t len, struct strbuf *err)
{
	struct reader r = { .path = path, .err = err, .c = c };
	int e = events_new(path, text, len, err, &r.y);

	if (e)
		return out_of_memory(&r);
	e = events_begin(r.y);
	if (e > 0) {
		e = read_root(&r);
		if (!e)
			e = events_end(r.y);
	}
	events_free(r.y);
	return e;
}

int conf_load_file(struct conf *c, const char *path, struct strbuf *err)
{
	_cleanup_free_ char *text = NULL;
	struct strbuf why = { 0 };
	struct conf fresh;
	size_t len;
	int e = file_read(path, CONF_FILE_MAX, &text, &len);

	if (e) {
		strbuf_addf(err, "%s: %s", path, e == -EFBIG ? "longer than 1 MiB" : strerror(-e));
		return e;
	}
	e = conf_init(&fresh);
	if (e)
		return e;
	e = conf_read(&fresh, path, text, len, err);
	if (!e) {
		e = conf_check(&fresh, &why);
		if (e)
			strbuf_addf(err, "%s: %s", path, why.s ? why.s : "out of memory");
		strbuf_done(&why);
	}
	if (e) {
		conf_done(&fresh);
		return e;
	}
	conf_done(c);
	*c = fresh;
	return 0;
}
