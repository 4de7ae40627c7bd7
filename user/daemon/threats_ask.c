/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people ask of feeds and of entries by hand; see threats.h. An answer
 * that must wait for a job is given when the job is done (threats_wait()).
 */
#include "daemon/threats.h"

#include <errno.h>
#include <fcntl.h>

#include "base/http.h"
#include "daemon/threats_int.h"

/* the client is answered when it is in force, or cannot be */
static int ask_fetch(struct threats *t, struct feed *f, uint64_t client, bool force, struct strbuf *err)
{
	if (f->client || threats_is_fetching(t, f->name)) {
		strbuf_addf(err, "feed '%s' is being fetched just now", f->name);
		return -EBUSY;
	}
	f->client = client;
	f->is_asked = true;
	f->is_forced = force;
	f->next_fetch_ns = 0;
	threats_next_fetch(t);
	return 0;
}

int threats_feed_add(struct threats *t, uint64_t client, const struct feed_spec *s, int file, struct strbuf *err)
{
	int r;

	if (t->job) {
		strbuf_adds(err, "a feed is being loaded just now: try again in a moment");
		return -EBUSY;
	}
	r = feeds_add(&t->feeds, s, FEED_ADDED, err);
	if (r)
		return r;
	feeds_save(&t->feeds);
	if (http_is_url(s->source))
		return ask_fetch(t, feeds_find(&t->feeds, s->name), client, false, err);
	r = threats_wait(t, feeds_find(&t->feeds, s->name), (struct how){ .file = file }, client);
	threats_start_job(t);
	return r;
}

int threats_feed_update(struct threats *t, uint64_t client, const char *name, int file, bool force, struct strbuf *err)
{
	struct feed *feed = feeds_find(&t->feeds, name);
	int r;

	if (!feed || feed->origin >= FEED_MANUAL) {
		strbuf_addf(err, "no feed '%s'; `cordon feed list` shows what there is", name);
		return -ENOENT;
	}
	if (http_is_url(feed->source))
		return ask_fetch(t, feed, client, force, err);
	if (file < 0) {
		strbuf_adds(err, "a feed's file comes with the request, opened by who asks");
		return -EINVAL;
	}
	r = threats_wait(t, feed, (struct how){ .file = file, .force = force }, client);
	threats_start_job(t);
	return r;
}

/* a feed that has generations; NULL with *err */
static struct feed *feed_with_content(struct threats *t, const char *name, struct strbuf *err)
{
	struct feed *feed = feeds_find(&t->feeds, name);

	if (feed && feed->origin < FEED_MANUAL)
		return feed;
	strbuf_addf(err, "no feed '%s'; `cordon feed list` shows what there is", name);
	return NULL;
}

/* the newest generation older than the one in force; 0: none */
static uint32_t one_before(const struct threats *t, const struct feed *feed)
{
	struct feedstore store;
	generations all = { 0 };
	uint32_t id = 0;

	if (!feedstore_open(&store, t->feeds.dir, feed->name) && !feedstore_list(&store, &all))
		for (size_t i = 0; i < all.len && !id; i++)
			if (all.data[i].id < feed->gen.id)
				id = all.data[i].id;
	vec_done(&all);
	return id;
}

int threats_feed_rollback(struct threats *t, uint64_t client, const char *name, uint32_t generation, struct strbuf *err)
{
	struct feed *feed = feed_with_content(t, name, err);
	uint32_t id = generation;
	int r;

	if (!feed)
		return -ENOENT;
	if (!id)
		id = one_before(t, feed);
	if (!id) {
		strbuf_addf(err, "feed '%s': no generation before %u is kept; `cordon feed show %s` lists them", name, feed->gen.id, name);
		return -ENOENT;
	}
	r = threats_wait(t, feed, (struct how){ .file = -1, .want = id }, client);
	threats_start_job(t);
	return r;
}

int threats_feed_export(struct threats *t, uint64_t client, const char *name, uint64_t version, int file, struct strbuf *err)
{
	const struct feed *feed = name ? feeds_find(&t->feeds, name) : NULL;
	struct item i = { .file = -1, .export = fcntl(file, F_DUPFD_CLOEXEC, 3), .version = version, .client = client };
	int r = i.export < 0 ? -errno : 0;

	if (name && (!feed || !feed->set)) {
		strbuf_addf(err, "no feed '%s' has content; `cordon feed list` shows what there is", name);
		r = -ENOENT;
	}
	if (!r)
		str_copy(i.name, sizeof(i.name), name ? name : "");
	if (!r)
		r = vec_push(&t->waiting, i);
	if (r)
		threats_item_done(&i);
	else
		threats_start_job(t);
	return r;
}

int threats_feed_promote(struct threats *t, uint64_t client, const char *name, struct strbuf *err)
{
	struct feed *feed = feed_with_content(t, name, err);
	int r;

	if (!feed)
		return -ENOENT;
	if (feed->origin == FEED_CONFIGURED) {
		strbuf_addf(err, "feed '%s' is in the configuration: set its `observe` there and `cordon reload`", name);
		return -EPERM;
	}
	if (t->job) {
		strbuf_adds(err, "a feed is being loaded just now: try again in a moment");
		return -EBUSY;
	}
	feed->observe = false;
	for (size_t i = 0; feed->set && i < feed->set->v.len; i++)
		feed->set->v.data[i].flags &= (uint8_t)~CORDON_THREAT_OBSERVE;
	feeds_save(&t->feeds);
	r = threats_wait(t, NULL, HOW_KEPT, client);
	threats_start_job(t);
	return r;
}

int threats_feed_remove(struct threats *t, uint64_t client, const char *name, struct strbuf *err)
{
	struct feed *feed = feeds_find(&t->feeds, name);
	int r;

	if (!feed || feed->origin >= FEED_MANUAL) {
		strbuf_addf(err, "no feed '%s'; `cordon feed list` shows what there is", name);
		return -ENOENT;
	}
	if (feed->origin == FEED_CONFIGURED) {
		strbuf_addf(err, "feed '%s' is in the configuration: take it out there and `cordon reload`", name);
		return -EPERM;
	}
	if (t->job) {
		strbuf_adds(err, "a feed is being loaded just now: try again in a moment");
		return -EBUSY;
	}
	feeds_remove(&t->feeds, feed);
	feeds_save(&t->feeds);
	r = threats_wait(t, NULL, HOW_KEPT, client);
	threats_start_job(t);
	return r;
}

/* the set of manual entries changes only between jobs: a job borrows it */
static int manual_changed(struct threats *t, uint64_t client)
{
	int r;

	manual_save(&t->feeds);
	t->has_manual = false;
	r = threats_wait(t, NULL, HOW_KEPT, client);
	threats_start_job(t);
	return r;
}

/* what feeds would silently lose is said to who adds it by hand */
static bool touches_guard(struct threats *t, const struct manual_spec *s)
{
	struct indicators never = { 0 }, in = { 0 };
	struct indicator e = { .kind = CORDON_INDICATOR_IPV6 };
	bool touches = false;

	if (prefix_parse(s->value, &e.prefix) >= 0) {
		if (addr_is_v4(&e.prefix.addr) && e.prefix.len >= 96)
			e.kind = CORDON_INDICATOR_IPV4;
		if (!vec_push(&in.v, e) && !threats_never(t, &never))
			touches = indicators_except(&in, &never, NULL, NULL) > 0;
	}
	indicators_done(&in);
	indicators_done(&never);
	return touches;
}

int threats_manual_add(struct threats *t, uint64_t client, const struct manual_spec *s, struct strbuf *err)
{
	int r;

	if (touches_guard(t, s)) {
		strbuf_addf(err, "'%s' is, or covers, what is guarded; `cordon threat lookup %s` says by what", s->value, s->value);
		return -EPERM;
	}
	r = manual_add(&t->feeds, s, err);
	return r ? r : manual_changed(t, client);
}

int threats_manual_remove(struct threats *t, uint64_t client, const char *value, struct strbuf *err)
{
	int r = manual_remove(&t->feeds, value);

	if (r)
		strbuf_addf(err, "'%s' was not added by hand; `cordon threat list` shows what was", value);
	return r ? r : manual_changed(t, client);
}
