/* SPDX-License-Identifier: BSD-2-Clause */
/* Feeds of the configuration, the built-in one, and what was kept of those added by hand; see threats.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/http.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/threats_int.h"
#include "proc/handover.h"

static bool is_configured(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->feeds.len; i++)
		if (!strcmp(c->feeds.data[i].name, name))
			return true;
	return false;
}

static bool has_kept(const struct threats *t, const char *name)
{
	struct feedstore store;
	struct generation g;

	return !feedstore_open(&store, t->feeds.dir, name) && !feedstore_current(&store, &g);
}

/* a feed of the configuration: as it is there now; content that cannot be read leaves the kept one */
static void configure_feed(struct threats *t, const struct conf_feed *c, int file, int open_error)
{
	struct feed_spec s = { .name = c->name, .format = c->format, .source = c->source, .category = c->category,
			       .action = c->action, .confidence = c->confidence, .observe = c->observe,
			       .limits = { .min_entries = c->min_entries, .max_entries = c->max_entries,
					   .max_removed = c->max_removed, .alert_below = c->alert_below,
					   .valid_ns = c->valid_ns },
			       .ca_file = c->ca_file, .proxy = c->proxy, .auth_file = c->auth_file, .refresh_ns = c->refresh_ns,
			       .key = c->key };
	struct feed *feed = feeds_find(&t->feeds, c->name);
	struct strbuf err = { 0 };
	struct indicators *set = feed && feed->origin == FEED_CONFIGURED ? TAKE_PTR(feed->set) : NULL;
	struct generation gen = { 0 };

	if (feed && feed->origin == FEED_CONFIGURED) {
		struct feed *last = &t->feeds.v.data[t->feeds.v.len - 1];

		gen = feed->gen;
		feed_done(feed);
		*feed = *last;
		t->feeds.v.len--;
	}
	if (feeds_add(&t->feeds, &s, FEED_CONFIGURED, &err)) {
		log_error("%s", err.s ? err.s : c->name);
		indicators_free(set);
	} else {
		feed = feeds_find(&t->feeds, c->name);
		feed->set = set;
		feed->gen = gen;
		if (http_is_url(c->source)) {
			threats_recall_fetch(t, feed);
			if (has_kept(t, c->name))
				threats_wait(t, feed, HOW_KEPT, 0);
			strbuf_done(&err);
			return; /* the rest comes from the server, see threats_tick() */
		}
		if (open_error) {
			snprintf(feed->gone, sizeof(feed->gone), "%s: %s", c->source, strerror(open_error));
			log_error("feed '%s': %s; its last good content stays in force, where there is one", c->name, feed->gone);
		}
		threats_wait(t, feed, (struct how){ .file = file, .is_auto = true }, 0);
	}
	strbuf_done(&err);
}

/* the built-in list is in force unless the configuration, or a feed of its name, says otherwise */
static void configure_first_run(struct threats *t)
{
	struct feed_spec s = { .name = FEED_FIRST_RUN, .format = "plain", .category = "first-run", .action = CORDON_ACTION_ALERT,
			       .confidence = 90 };
	struct feed *feed = feeds_find(&t->feeds, s.name);
	struct strbuf err = { 0 };
	int r = 0;

	if (feed && feed->origin == FEED_BUILTIN && !t->d->conf.first_run)
		feeds_remove(&t->feeds, feed);
	if (!feed && t->d->conf.first_run) {
		r = feeds_add(&t->feeds, &s, FEED_BUILTIN, &err);
		feed = r ? NULL : feeds_find(&t->feeds, s.name);
		if (feed)
			feed->set = calloc(1, sizeof(*feed->set));
		r = r ? r : feed->set ? feed_first_run(feed->set) : -ENOMEM;
		if (!r)
			feed->accepted = feed->set->v.len;
	}
	if (r)
		log_error("the built-in list of a first run: %s", err.s ? err.s : strerror(-r));
	strbuf_done(&err);
}

void threats_configure(struct threats *t, struct handover *h)
{
	const struct conf *c = &t->d->conf;

	while (t->job)
		threats_run(t); /* sets are about to change; blocks for the rest of the job */
	for (size_t i = t->feeds.v.len; i-- > 0;)
		if (t->feeds.v.data[i].origin == FEED_CONFIGURED && !is_configured(c, t->feeds.v.data[i].name))
			feeds_remove(&t->feeds, &t->feeds.v.data[i]);
	configure_first_run(t);
	for (size_t i = 0; i < c->feeds.len; i++)
		configure_feed(t, &c->feeds.data[i], h->feeds[i], h->feed_err[i]);
	for (size_t i = 0; !h->is_reload && i < t->feeds.v.len; i++)
		if (t->feeds.v.data[i].origin == FEED_ADDED)
			threats_recall_fetch(t, &t->feeds.v.data[i]);
	for (size_t i = 0; !h->is_reload && i < t->feeds.v.len; i++)
		if (t->feeds.v.data[i].origin == FEED_ADDED && has_kept(t, t->feeds.v.data[i].name))
			threats_wait(t, &t->feeds.v.data[i], HOW_KEPT, 0);
	threats_wait(t, NULL, HOW_KEPT, 0);
	threats_start_job(t);
}
