// SPDX-License-Identifier: BSD-2-Clause
/* The book of moved SIMs; see sim_book.h. */
#include "out/sim_book.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/jsonin.h"
#include "conf/conf.h"

#define FILE_MAX (4u << 20)

static bool take_entry(const struct jsonin *o, struct sim_entry *ret)
{
	const char *device = jsonin_str(o, "device"), *sim = jsonin_str(o, "sim"), *group = jsonin_str(o, "group");
	const char *action = jsonin_str(o, "action"), *to = jsonin_str(o, "to");

	*ret = (struct sim_entry){ .is_done = jsonin_bool(o, "done") };
	if (!device || !sim_is_id(sim) || !group || (group[0] && !sim_is_id(group)) || !action ||
	    !to || (to[0] && !sim_is_id(to)))
		return false;
	ret->action = strcmp(action, "deactivate") ? CONF_SIM_GROUP : CONF_SIM_DEACTIVATE;
	str_copy(ret->sim, sizeof(ret->sim), sim);
	str_copy(ret->group, sizeof(ret->group), group);
	str_copy(ret->to, sizeof(ret->to), to);
	return str_copy(ret->device, sizeof(ret->device), device) > 0;
}

static int read_book(struct sim_book *b, const char *text, size_t len)
{
	_cleanup_(jsonin_free) struct jsonin *root = NULL;
	struct strbuf err = { 0 };
	const struct jsonin *list;
	int r = jsonin_parse(text, len, &root, &err);

	strbuf_done(&err);
	list = jsonin_get(root, "sims");
	if (r || !list)
		return -EBADMSG;
	for (size_t i = 0; i < jsonin_len(list) && !r; i++) {
		struct sim_entry e;

		r = take_entry(jsonin_at(list, i), &e) ? sim_book_add(b, &e) : -EBADMSG;
	}
	return r;
}

static void set_aside(const char *path, struct strbuf *err)
{
	_cleanup_free_ char *bad = NULL;

	if (asprintf(&bad, "%s.bad", path) < 0 || rename(path, bad))
		strbuf_addf(err, "%s: damaged and cannot be set aside", path);
	else
		strbuf_addf(err, "%s: damaged, kept as %s: SIMs moved before must be put back by hand", path, bad);
}

int sim_book_open(struct sim_book *b, const char *state_dir, struct strbuf *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	*b = (struct sim_book){ 0 };
	if (!state_dir)
		return 0;
	if (asprintf(&b->path, "%s/sims.json", state_dir) < 0) {
		b->path = NULL;
		return -ENOMEM;
	}
	r = file_read(b->path, FILE_MAX, &text, &len);
	if (r)
		return r == -ENOENT ? 0 : r;
	r = read_book(b, text, len);
	if (r) {
		vec_done(&b->v);
		set_aside(b->path, err);
	}
	return r;
}

void sim_book_done(struct sim_book *b)
{
	vec_done(&b->v);
	free(b->path);
}

int sim_book_save(const struct sim_book *b)
{
	struct json j = { 0 };
	int r;

	if (!b->path)
		return 0;
	json_begin(&j, NULL, '{');
	json_begin(&j, "sims", '[');
	for (size_t i = 0; i < b->v.len; i++) {
		const struct sim_entry *e = &b->v.data[i];

		json_begin(&j, NULL, '{');
		json_str(&j, "device", e->device);
		json_str(&j, "sim", e->sim);
		json_str(&j, "group", e->group);
		json_str(&j, "to", e->to);
		json_str(&j, "action", e->action == CONF_SIM_DEACTIVATE ? "deactivate" : "group");
		json_bool(&j, "done", e->is_done);
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_end(&j, '}');
	r = j.b.failed ? -ENOMEM : file_replace(b->path, j.b.s, j.b.len, 0600);
	json_done(&j);
	return r;
}

struct sim_entry *sim_book_get(struct sim_book *b, const char *device)
{
	for (size_t i = 0; i < b->v.len; i++)
		if (!strcmp(b->v.data[i].device, device))
			return &b->v.data[i];
	return NULL;
}

struct sim_entry *sim_book_other(struct sim_book *b, const struct sim_entry *e)
{
	for (size_t i = 0; i < b->v.len; i++)
		if (&b->v.data[i] != e && !strcmp(b->v.data[i].sim, e->sim) && strcmp(b->v.data[i].device, e->device))
			return &b->v.data[i];
	return NULL;
}

int sim_book_add(struct sim_book *b, const struct sim_entry *e)
{
	return b->v.len < SIM_BOOK_MAX ? vec_push(&b->v, *e) : -E2BIG;
}

void sim_book_remove(struct sim_book *b, struct sim_entry *e)
{
	*e = b->v.data[--b->v.len];
}
