/* SPDX-License-Identifier: BSD-2-Clause */
/* What others want to know of feeds and indicators. See threats.h. */
#include "daemon/threats_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/http.h"
#include "base/lists.h"

const struct indicators *threats_set(const struct threats *t, uint32_t generation)
{
	if (generation && t->before.generation == generation)
		return t->before.set;
	return generation && t->now.generation == generation ? t->now.set : NULL;
}

bool threats_loaded(const struct threats *t)
{
	return t->is_loaded;
}

void threats_stats(const struct threats *t, struct threats_stats *ret)
{
	*ret = (struct threats_stats){
		.generation = t->now.generation,
		.entries = t->now.set ? (uint32_t)t->now.set->v.len : 0,
		.feeds = (uint32_t)t->feeds.v.len,
		.busy = t->job != NULL,
	};
}

static void json_wall(struct json *j, const char *key, uint64_t wall_ns)
{
	char when[40] = "";

	if (wall_ns)
		clock_iso8601(when, sizeof(when), wall_ns);
	json_str(j, key, when);
}

static void json_feed(const struct feed *f, struct json *j)
{
	static const char *const origins[] = { "configuration", "added", "manual", "built-in" };

	json_str(j, "name", f->name);
	json_str(j, "format", f->read_as[0] ? f->read_as : f->format);
	json_str(j, "source", f->source);
	json_str(j, "origin", origins[f->origin]);
	json_str(j, "action", action_name(f->action));
	json_u64(j, "confidence", f->confidence);
	json_str(j, "category", f->category);
	json_bool(j, "observe", f->observe);
	json_str(j, "key", f->key);
	json_u64(j, "version", f->gen.version);
	json_u64(j, "generation", f->gen.id);
	json_u64(j, "accepted", f->accepted);
	json_u64(j, "refused", f->refused);
	json_u64(j, "guarded", f->guarded);
	json_u64(j, "hits", f->hits);
	json_wall(j, "updated", f->updated_wall_ns);
	json_wall(j, "next_fetch", http_is_url(f->source) && f->next_fetch_ns && f->next_fetch_ns != UINT64_MAX ?
					   clock_to_wall_ns(f->next_fetch_ns) : 0);
	json_u64(j, "valid_s", f->limits.valid_ns / 1000000000ULL);
	json_u64(j, "refresh_s", http_is_url(f->source) ? f->refresh_ns / 1000000000ULL : 0);
	json_str(j, "state", f->error[0] ? f->set ? "stale" : "failed" : f->set ? "live" : "waiting");
	json_str(j, "error", f->error);
}

void threats_feeds_json(const struct threats *t, struct json *j)
{
	json_begin(j, "feeds", '[');
	for (size_t i = 0; i < t->feeds.v.len; i++) {
		json_begin(j, NULL, '{');
		json_feed(&t->feeds.v.data[i], j);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void json_reason(const char *name, uint64_t n, void *ctx)
{
	json_u64(ctx, name, n);
}

static void json_generations(const struct threats *t, const struct feed *f, struct json *j)
{
	struct feedstore store;
	generations all = { 0 };

	if (!feedstore_open(&store, t->feeds.dir, f->name))
		(void)feedstore_list(&store, &all); /* none when it cannot be read */
	json_begin(j, "generations", '[');
	for (size_t i = 0; i < all.len; i++) {
		const struct generation *g = &all.data[i];

		json_begin(j, NULL, '{');
		json_u64(j, "generation", g->id);
		json_bool(j, "in_force", g->id == f->gen.id);
		json_wall(j, "read", g->wall_ns);
		json_u64(j, "bytes", g->bytes);
		json_u64(j, "accepted", g->accepted);
		json_u64(j, "refused", g->refused);
		json_u64(j, "added", g->added);
		json_u64(j, "removed", g->removed);
		json_str(j, "digest", g->digest);
		json_end(j, '}');
	}
	json_end(j, ']');
	vec_done(&all);
}

int threats_feed_json(const struct threats *t, const char *name, struct json *j)
{
	const struct feed *f = feeds_find((struct feeds *)&t->feeds, name);
	uint64_t now = clock_wall_ns();

	if (!f)
		return -ENOENT;
	json_feed(f, j);
	json_u64(j, "age_s", f->updated_wall_ns && now > f->updated_wall_ns ? (now - f->updated_wall_ns) / 1000000000ULL : 0);
	json_u64(j, "added", f->added);
	json_u64(j, "removed", f->removed);
	json_generations(t, f, j);
	json_begin(j, "reasons", '{');
	feed_reasons_each(f->reasons, json_reason, j);
	json_end(j, '}');
	json_begin(j, "refusals", '[');
	for (size_t i = 0; i < f->refusals.len; i++) {
		json_begin(j, NULL, '{');
		json_u64(j, "line", f->refusals.data[i].line);
		json_str(j, "name", feed_reason_name(f->refusals.data[i].code));
		json_str(j, "reason", f->refusals.data[i].reason);
		json_end(j, '}');
	}
	json_end(j, ']');
	return 0;
}

void threats_hit(struct threats *t, uint32_t generation, uint32_t indicator)
{
	const struct indicators *in = threats_set(t, generation);
	struct feed *f;

	if (!in || !indicator || indicator > in->v.len || in->v.data[indicator - 1].feed >= in->feeds.len)
		return;
	f = feeds_find(&t->feeds, in->feeds.data[in->v.data[indicator - 1].feed]);
	if (f)
		f->hits++;
}

void threats_manual_json(const struct threats *t, struct json *j)
{
	json_begin(j, "threats", '[');
	for (size_t i = 0; i < t->feeds.manual.len; i++) {
		const struct manual *m = &t->feeds.manual.data[i];
		char until[40] = "";

		if (m->until_wall_ns)
			clock_iso8601(until, sizeof(until), m->until_wall_ns);
		json_begin(j, NULL, '{');
		json_str(j, "kind", m->kind);
		json_str(j, "value", m->value);
		json_str(j, "category", m->category);
		json_str(j, "action", action_name(m->action));
		json_u64(j, "confidence", m->confidence);
		json_str(j, "until", until);
		json_end(j, '}');
	}
	json_end(j, ']');
}
