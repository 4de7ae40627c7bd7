/* SPDX-License-Identifier: BSD-2-Clause */
/* Feeds from afar: one at a time, those that are asked for first. See threats.h. */
#include "proc/threats_int.h"

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

static uint64_t retry_after(const struct feed *f, const struct fetched *got)
{
	uint64_t ns = RETRY_NS << (f->failures < FAILURES_MAX ? f->failures : FAILURES_MAX);

	if (ns > f->refresh_ns)
		ns = f->refresh_ns;
	if (got->retry_s && ns < (got->retry_s < RETRY_MAX_S ? got->retry_s : RETRY_MAX_S) * 1000000000ULL)
		ns = (got->retry_s < RETRY_MAX_S ? got->retry_s : RETRY_MAX_S) * 1000000000ULL;
	return with_jitter(ns);
}

static void fetch_failed(struct threats *t, struct feed *f, const struct fetched *got)
{
	struct strbuf why = { 0 };

	f->next_fetch_ns = clock_now_ns() + retry_after(f, got);
	f->failures += f->failures < FAILURES_MAX;
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

	f->updated_wall_ns = clock_wall_ns();
	f->error[0] = 0;
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

void threats_finish_fetch(struct threats *t)
{
	struct feed *f = feeds_find(&t->feeds, t->fetching);
	struct fetched got;

	fetch_take(t->fetch, &got);
	t->fetch = NULL;
	if (f && got.status != 200 && got.status != 304) {
		fetch_failed(t, f, &got);
	} else if (f) {
		f->failures = 0;
		f->next_fetch_ns = clock_now_ns() + with_jitter(f->refresh_ns);
		if (got.status == 304)
			fetch_unchanged(t, f);
		else
			threats_wait(t, f, (struct how){ .file = got.file, .is_auto = !f->is_asked, .force = f->is_forced, .from = &got },
				 f->client);
		f->client = 0;
		f->is_asked = f->is_forced = false;
	}
	if (got.file >= 0)
		close(got.file);
	threats_start_job(t);
	threats_next_fetch(t);
}

static void fetch(struct threats *t, struct feed *f)
{
	struct feedstore store;
	struct fetch_request q = {
		.dir = store.path, .url = f->source, .format = f->format, .ca_file = f->ca_file, .proxy = f->proxy,
		.auth_file = f->auth_file, .is_signed = f->key[0],
		/* without content in force there is nothing to be newer than */
		.etag = f->set && !f->is_forced ? f->gen.etag : "", .modified = f->set && !f->is_forced ? f->gen.modified : "",
	};
	int r = feedstore_open(&store, t->feeds.dir, f->name);

	if (!r)
		r = fetch_start(&q, t->done_fd, &t->fetch);
	if (r) {
		struct fetched none = { .status = r };

		snprintf(none.err, sizeof(none.err), "cannot fetch: %s", strerror(-r));
		fetch_failed(t, f, &none);
		return;
	}
	str_copy(t->fetching, sizeof(t->fetching), f->name);
	f->next_fetch_ns = UINT64_MAX; /* until it is over */
}

void threats_next_fetch(struct threats *t)
{
	uint64_t now = clock_now_ns();
	struct feed *due = NULL;

	for (size_t i = 0; i < t->feeds.v.len; i++) {
		struct feed *f = &t->feeds.v.data[i];

		if (http_is_url(f->source) && f->next_fetch_ns <= now && (!due || (f->is_asked && !due->is_asked)))
			due = f;
	}
	if (due && !t->fetch)
		fetch(t, due);
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
