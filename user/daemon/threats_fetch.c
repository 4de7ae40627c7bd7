/* SPDX-License-Identifier: BSD-2-Clause */
/* Feeds from afar: FETCHES_MAX at a time, those that are asked for first. See threats.h. */
#include "daemon/threats_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/http.h"
#include "base/log.h"

#define RETRY_NS 60000000000ULL /* after a failure; doubles */
#define RETRY_MAX_S 86400	/* that a server may ask for */
#define FAILURES_MAX 10

/* a tenth more or less, so that a thousand gateways do not come at once */
static uint64_t with_jitter(uint64_t ns)
{
	return ns - ns / 10 + random_u64() % (ns / 5 + 1);
}

/* what the server asks for (RFC 9110, 10.2.3) is never cut short */
static uint64_t retry_after(const struct feed *f, const struct fetched *got)
{
	uint64_t ns = RETRY_NS << (f->failures < FAILURES_MAX ? f->failures : FAILURES_MAX);
	uint64_t asked = (got->retry_s < RETRY_MAX_S ? got->retry_s : RETRY_MAX_S) * 1000000000ULL;

	if (ns > f->refresh_ns)
		ns = f->refresh_ns;
	return asked > ns ? asked + random_u64() % (asked / 10 + 1) : with_jitter(ns);
}

/* @ns from now; remembered over restarts, or a daemon that is started again and again would not leave the server alone */
static void plan_fetch(const struct threats *t, struct feed *f, uint64_t ns)
{
	struct fetch_plan plan = { clock_wall_ns() + ns, f->failures, f->updated_wall_ns };
	struct feedstore store;

	f->next_fetch_ns = clock_now_ns() + ns;
	if (feedstore_open(&store, t->feeds.dir, f->name) || feedstore_plan_write(&store, f->source, &plan))
		log_warn("feed '%s': cannot keep when to fetch it next", f->name);
}

void threats_recall_fetch(const struct threats *t, struct feed *f)
{
	uint64_t now = clock_wall_ns(), longest = RETRY_MAX_S * 1100000000ULL;
	struct fetch_plan plan;
	struct feedstore store;
	struct generation g;

	if (!http_is_url(f->source) || feedstore_open(&store, t->feeds.dir, f->name) || feedstore_plan_read(&store, f->source, &plan))
		return;
	f->updated_wall_ns = plan.confirmed_wall_ns < now ? plan.confirmed_wall_ns : now;
	if (plan.not_before_wall_ns <= now)
		return;
	/* without content it is only left alone when the server asked for it */
	if (!plan.failures && feedstore_current(&store, &g))
		return;
	if (longest < f->refresh_ns + f->refresh_ns / 10)
		longest = f->refresh_ns + f->refresh_ns / 10;
	f->failures = plan.failures < FAILURES_MAX ? (uint8_t)plan.failures : FAILURES_MAX;
	/* a clock that was set back does not make it wait for ever */
	f->next_fetch_ns = clock_now_ns() + (plan.not_before_wall_ns - now < longest ? plan.not_before_wall_ns - now : longest);
}

static void fetch_failed(struct threats *t, struct feed *f, const struct fetched *got)
{
	struct strbuf why = { 0 };

	uint64_t wait = retry_after(f, got);

	f->failures += f->failures < FAILURES_MAX;
	plan_fetch(t, f, wait);
	strbuf_addf(&why, "feed '%s': %s: %s", f->name, f->source, got->err);
	str_copy(f->error, sizeof(f->error), why.s ? why.s : got->err);
	log_error("%s; %s", f->error, f->set ? "the last good content stays in force" : "it has no content yet");
	if (f->client)
		verbs_fail(t->d, f->client, 1, f->error);
	f->client = 0;
	if (f->origin == FEED_ADDED && !f->set && f->is_asked && !t->job) {
		feeds_remove(&t->feeds, f);
		feeds_save(&t->feeds);
	} else {
		f->is_asked = f->is_forced = false;
	}
	strbuf_done(&why);
}

/* nothing new: what is here is as fresh as the server */
static void fetch_unchanged(struct threats *t, struct feed *f)
{
	struct json j = { 0 };

	f->error[0] = 0;
	if (f->limits.valid_ns) /* its entries live on */
		threats_wait(t, f, HOW_KEPT, 0);
	if (!f->client)
		return;
	json_begin(&j, NULL, '{');
	json_bool(&j, "ok", true);
	json_str(&j, "feed", f->name);
	json_bool(&j, "unchanged", true);
	json_str(&j, "format", f->read_as);
	json_u64(&j, "accepted", f->accepted);
	json_u64(&j, "refused", f->refused);
	json_u64(&j, "entries", t->now.set ? t->now.set->v.len : 0);
	json_u64(&j, "feed_generation", f->gen.id);
	json_end(&j, '}');
	verbs_reply(t->d, f->client, &j);
}

static void log_events(const struct feed *f, const struct fetched *got)
{
	if (got->events)
		log_info("feed '%s': %u events, %u of them new or changed", f->name, got->events, got->events - got->reused);
}

static void finish_fetch(struct threats *t, struct feed *f, const struct fetched *got)
{
	if (got->status != 200 && got->status != 304) {
		fetch_failed(t, f, got);
		return;
	}
	f->failures = 0;
	if (got->status == 304)
		f->updated_wall_ns = clock_wall_ns();
	plan_fetch(t, f, with_jitter(f->refresh_ns));
	log_events(f, got);
	if (got->status == 304)
		fetch_unchanged(t, f);
	else
		threats_wait(t, f, (struct how){ .file = got->file, .is_auto = !f->is_asked, .force = f->is_forced, .from = got },
			     f->client);
	f->client = 0;
	f->is_asked = f->is_forced = false;
}

void threats_finish_fetches(struct threats *t)
{
	bool any = false;

	for (size_t i = 0; i < FETCHES_MAX; i++) {
		struct fetched got;
		struct feed *f;

		if (!t->fetches[i].f || !fetch_is_done(t->fetches[i].f))
			continue;
		any = true;
		fetch_take(t->fetches[i].f, &got);
		t->fetches[i].f = NULL;
		f = feeds_find(&t->feeds, t->fetches[i].name);
		if (f)
			finish_fetch(t, f, &got);
		if (got.file >= 0)
			close(got.file);
	}
	if (!any)
		return;
	threats_start_job(t);
	threats_next_fetch(t);
}

bool threats_is_fetching(const struct threats *t, const char *name)
{
	for (size_t i = 0; i < FETCHES_MAX; i++)
		if (t->fetches[i].f && !strcmp(t->fetches[i].name, name))
			return true;
	return false;
}

/* false: it could not be started, and the feed may be gone */
static bool start_fetch(struct threats *t, size_t slot, struct feed *f)
{
	bool is_known = f->set && !f->is_forced; /* without content in force there is nothing to be newer than */
	char have[4300] = "";
	struct feedstore store;
	struct fetch_request q = {
		.dir = store.path, .url = f->source, .format = f->format, .ca_file = f->ca_file, .proxy = f->proxy,
		.auth_file = f->auth_file, .is_signed = f->key[0], .have = have,
		.etag = is_known ? f->gen.etag : "", .modified = is_known ? f->gen.modified : "",
	};
	int r = feedstore_open(&store, t->feeds.dir, f->name);

	if (!r && is_known)
		feedstore_raw_path(&store, f->gen.id, have, sizeof(have));
	if (!r)
		r = fetch_start(&q, t->done_fd, &t->fetches[slot].f);
	if (r) {
		struct fetched none = { .status = r };

		snprintf(none.err, sizeof(none.err), "cannot fetch: %s", strerror(-r));
		fetch_failed(t, f, &none);
		return false;
	}
	str_copy(t->fetches[slot].name, sizeof(t->fetches[slot].name), f->name);
	f->next_fetch_ns = UINT64_MAX; /* until it is over */
	return true;
}

/* what is due, those first that somebody waits for; NULL: none */
static struct feed *next_due(struct threats *t, uint64_t now)
{
	struct feed *due = NULL;

	for (size_t i = 0; i < t->feeds.v.len; i++) {
		struct feed *f = &t->feeds.v.data[i];

		if (http_is_url(f->source) && f->next_fetch_ns <= now && !threats_is_fetching(t, f->name) &&
		    (!due || (f->is_asked && !due->is_asked)))
			due = f;
	}
	return due;
}

void threats_next_fetch(struct threats *t)
{
	uint64_t now = clock_now_ns();

	for (size_t i = 0; i < FETCHES_MAX; i++) {
		struct feed *due = t->fetches[i].f ? NULL : next_due(t, now);

		if (due && !start_fetch(t, i, due))
			return; /* the next tick looks again */
	}
}

/* twice its interval without news from the server is told once */
void threats_note_stale(struct threats *t)
{
	uint64_t now = clock_wall_ns();

	for (size_t i = 0; i < t->feeds.v.len; i++) {
		struct feed *f = &t->feeds.v.data[i];
		bool is_stale = http_is_url(f->source) && f->updated_wall_ns && now > f->updated_wall_ns + 2 * f->refresh_ns;

		if (is_stale && !f->is_stale)
			events_notice(t->d, "feed_stale", NULL, f->name, true);
		f->is_stale = is_stale;
	}
}
