/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The transaction that brings feeds into force; see threats.h. A job is built
 * by the main thread from all that waits, run by a thread of its own on what
 * it was given, and taken back by the main thread when the event descriptor
 * says so. While it runs no set it borrows is freed or changed.
 */
#include "daemon/threats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/threats_int.h"

/* --- around it, in the main thread --- */

static void job_free(struct job *job)
{
	for (size_t i = 0; i < job->items.len; i++)
		threats_item_done(&job->items.data[i]);
	vec_done(&job->items);
	vec_done(&job->sets);
	vec_done(&job->out);
	vec_done(&job->categories);
	indicators_done(&job->never);
	indicators_free(job->merged);
	threat_index_free(job->index);
	indicators_free(job->left);
	threat_index_free(job->left_index);
	strbuf_done(&job->why);
	if (job->image >= 0)
		close(job->image);
	free(job);
}

static int never_prefix(struct indicators *never, const struct prefix *p)
{
	struct indicator e = { .kind = CORDON_INDICATOR_IPV6, .prefix = *p };

	if (addr_is_v4(&p->addr) && p->len >= 96)
		e.kind = CORDON_INDICATOR_IPV4;
	return vec_push(&never->v, e);
}

static int never_guard(const char *what, const char *reason, uint64_t until_ns, void *ctx)
{
	struct prefix p;

	(void)reason;
	(void)until_ns;
	return prefix_parse(what, &p) < 0 ? 0 /* a MAC */ : never_prefix(ctx, &p);
}

int threats_never(const struct threats *t, struct indicators *never)
{
	const struct conf *c = &t->d->conf;
	int r = act_guard_each(t->d->act, never_guard, never);

	/* without `home` it is private space, which no feed may list anyway */
	for (size_t i = 0; !r && i < c->home.len; i++)
		r = never_prefix(never, &c->home.data[i]);
	return r;
}

static uint32_t next_generation(const struct threats *t)
{
	uint32_t wall = (uint32_t)(clock_wall_ns() / 1000000000ULL);

	/* above what an earlier daemon used: a flow looked up then must be looked up again */
	return wall > t->now.generation ? wall : t->now.generation + 1;
}

bool threats_feed_guards(const struct feed *feed)
{
	return !strcmp(feed->format, "warninglist");
}

static int borrow_sets(struct threats *t, struct job *job)
{
	struct feed *manual = feeds_find(&t->feeds, FEED_MANUAL_NAME);

	if (manual && !t->has_manual) {
		indicators_free(manual->set);
		manual->set = manual_set(&t->feeds);
		manual->accepted = t->feeds.manual.len;
		t->has_manual = true;
	}
	for (size_t i = 0; i < t->feeds.v.len; i++) {
		struct borrowed b = { .set = t->feeds.v.data[i].set, .is_guard = threats_feed_guards(&t->feeds.v.data[i]) };

		str_copy(b.name, sizeof(b.name), t->feeds.v.data[i].name);
		if (vec_push(&job->sets, b))
			return -ENOMEM;
	}
	t->guard_digest = act_guard_digest(t->d->act);
	return threats_never(t, &job->never);
}

static bool has_item(const struct job *job, const char *name)
{
	for (size_t i = 0; i < job->items.len; i++)
		if (name[0] && !strcmp(job->items.data[i].name, name))
			return true;
	return false;
}

/* what waits, of each feed the first: one content at a time is staged */
static int take_waiting(struct threats *t, struct job *job)
{
	size_t left = 0;

	if (vec_reserve(&job->items, t->waiting.len))
		return -ENOMEM;
	for (size_t i = 0; i < t->waiting.len; i++) {
		if (has_item(job, t->waiting.data[i].name))
			t->waiting.data[left++] = t->waiting.data[i];
		else
			job->items.data[job->items.len++] = t->waiting.data[i];
	}
	t->waiting.len = left;
	for (size_t i = 0; i < job->items.len; i++)
		job->items.data[i].opts.name = job->items.data[i].name; /* it moved */
	job->only_exports = true;
	for (size_t i = 0; i < job->items.len; i++)
		job->only_exports &= job->items.data[i].export >= 0;
	return 0;
}

/* all that waits becomes one job, when none runs */
void threats_start_job(struct threats *t)
{
	struct job *job;
	int r = 0;

	if (t->job || !t->waiting.len)
		return;
	job = calloc(1, sizeof(*job));
	if (!job)
		return;
	job->d = t->d;
	job->done_fd = t->done_fd;
	job->image = -1;
	job->generation = next_generation(t);
	job->in_force = t->now.set;
	str_copy(job->dir, sizeof(job->dir), t->feeds.dir);
	for (size_t i = 0; !r && i < t->d->conf.categories.len; i++)
		r = vec_push(&job->categories, t->d->conf.categories.data[i]);
	r = r ? r : take_waiting(t, job);
	if (!r)
		r = borrow_sets(t, job);
	if (!r)
		r = -pthread_create(&t->thread, NULL, threats_run_job, job);
	if (r) {
		log_error("threats: cannot start a job: %s", strerror(-r));
		for (size_t i = 0; i < job->items.len; i++)
			verbs_fail(t->d, job->items.data[i].client, 1, strerror(-r));
		job_free(job);
		return;
	}
	t->job = job;
	t->job_began_ns = clock_now_ns();
}

/* @feed NULL: only build anew */
int threats_wait(struct threats *t, const struct feed *feed, struct how how, uint64_t client)
{
	struct item i = { .export = -1, .file = how.file >= 0 ? fcntl(how.file, F_DUPFD_CLOEXEC, 3) : -1, .want = how.want, .force = how.force,
			  .is_auto = how.is_auto, .client = client };
	int r;

	if (feed)
		i.confirmed_wall_ns = how.file >= 0 || how.want ? clock_wall_ns() : feed->updated_wall_ns;

	if (feed) {
		str_copy(i.name, sizeof(i.name), feed->name);
		i.format = strdup(feed->format);
		i.category = strdup(feed->category);
		i.key = strdup(feed->key);
		i.opts = (struct feed_opts){ .name = feed->name, .category = i.category, .action = feed->action,
					     .confidence = feed->confidence, .observe = feed->observe,
					     .alert_below = feed->limits.alert_below };
		i.limits = feed->limits;
		if (how.from) {
			str_copy(i.gen.etag, sizeof(i.gen.etag), how.from->etag);
			str_copy(i.gen.modified, sizeof(i.gen.modified), how.from->modified);
		}
	}
	r = feed && (!i.format || !i.category || !i.key) ? -ENOMEM : vec_push(&t->waiting, i);
	if (r)
		threats_item_done(&i);
	return r;
}

static void json_report(struct json *j, const struct item *i)
{
	json_str(j, "feed", i->name);
	json_str(j, "format", i->report.format);
	json_u64(j, "accepted", i->report.accepted);
	json_u64(j, "refused", i->report.refused);
	json_begin(j, "refusals", '[');
	for (size_t k = 0; k < i->report.refusals.len; k++) {
		json_begin(j, NULL, '{');
		json_u64(j, "line", i->report.refusals.data[k].line);
		json_str(j, "reason", i->report.refusals.data[k].reason);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void reply_done(struct threats *t, const struct item *i)
{
	struct json j = { 0 };

	json_begin(&j, NULL, '{');
	json_bool(&j, "ok", true);
	if (i->export >= 0)
		json_u64(&j, "exported", i->report.accepted);
	else if (i->name[0])
		json_report(&j, i);
	json_u64(&j, "generation", t->now.generation);
	json_u64(&j, "entries", t->now.set ? t->now.set->v.len : 0);
	if (i->name[0] && i->export < 0) {
		const struct feed *feed = feeds_find(&t->feeds, i->name);

		json_u64(&j, "feed_generation", feed ? feed->gen.id : 0);
		json_u64(&j, "added", i->change.added);
		json_u64(&j, "removed", i->change.removed);
	}
	json_end(&j, '}');
	verbs_reply(t->d, i->client, &j);
}

/* what is in force now is written down: after the swap, so a crash in between leaves the generation before */
static void record(struct threats *t, struct feed *feed, struct item *i)
{
	struct feedstore store;
	int r = feedstore_open(&store, t->feeds.dir, feed->name);

	if (i->is_new) {
		i->gen.wall_ns = clock_wall_ns();
		i->gen.accepted = i->report.accepted;
		i->gen.refused = i->report.refused;
		i->gen.added = i->change.added;
		i->gen.version = i->report.version;
		i->gen.removed = i->change.removed;
		str_copy(i->gen.format, sizeof(i->gen.format), i->report.format);
		r = r ? r : feedstore_commit(&store, &i->gen);
	} else if (i->want || i->gen.id != feed->gen.id) {
		r = r ? r : feedstore_make_current(&store, i->gen.id);
	}
	if (r)
		log_error("feed '%s': cannot keep it: %s; it will not survive a restart", feed->name, strerror(-r));
	feed->gen = i->gen;
	feed->added = i->change.added;
	feed->removed = i->change.removed;
}

/* what a feed's record says of the attempt; a feed that was never good and was added by hand goes again */
static void note_item(struct threats *t, struct item *i, int error, const char *why)
{
	struct feed *feed = i->name[0] ? feeds_find(&t->feeds, i->name) : NULL;

	if (!feed)
		return;
	if (i->file >= 0)
		feed->gone[0] = 0;
	str_copy(feed->error, sizeof(feed->error), feed->gone[0] ? feed->gone : error ? why : "");
	if (!error) {
		record(t, feed, i);
		indicators_free(feed->set);
		feed->set = TAKE_PTR(i->set);
		feed->accepted = i->report.accepted;
		feed->refused = i->report.refused;
		feed->updated_wall_ns = i->gen.wall_ns > i->confirmed_wall_ns ? i->gen.wall_ns : i->confirmed_wall_ns;
		memcpy(feed->reasons, i->report.reasons, sizeof(feed->reasons));
		vec_done(&feed->refusals);
		memcpy(&feed->refusals, &i->report.refusals, sizeof(feed->refusals));
		memset(&i->report.refusals, 0, sizeof(i->report.refusals));
		str_copy(feed->read_as, sizeof(feed->read_as), i->report.format);
		log_info("feed '%s': %llu entries as %s, %llu refused", feed->name, (unsigned long long)feed->accepted,
			 feed->read_as, (unsigned long long)feed->refused);
		return;
	}
	log_error("%s; %s", why, feed->set ? "the last good content stays in force" : "it has no content yet");
	if (feed->origin == FEED_ADDED && !feed->set && i->file >= 0) {
		feeds_remove(&t->feeds, feed);
		feeds_save(&t->feeds);
	}
}

static void unstage(const struct threats *t, const char *name)
{
	struct feedstore store;

	if (!feedstore_open(&store, t->feeds.dir, name))
		feedstore_unstage(&store);
}

static void finish_item(struct threats *t, const struct job *job, struct item *i)
{
	int error = i->error ? i->error : job->error;
	const char *why = i->error ? i->why.s : job->why.s;

	if (error && !why)
		why = strerror(-error);
	if (error && i->is_new)
		unstage(t, i->name);
	if (i->export < 0)
		note_item(t, i, error, why);
	if (error)
		verbs_fail(t->d, i->client, 1, why);
	else
		reply_done(t, i);
}

static void force_done(struct force *f)
{
	threat_index_free(f->index);
	threat_index_free(f->left_index);
	indicators_free(f->set);
	indicators_free(f->left);
	*f = (struct force){ 0 };
}

/* one map update: a packet sees the old image or the new one */
static void swap(struct threats *t, struct job *job)
{
	char text[128];

	job->error = kern_threat_swap(t->d->kern, job->image);
	if (job->error) {
		strbuf_addf(&job->why, "cannot swap the threat map: %s", strerror(-job->error));
		return;
	}
	force_done(&t->before);
	t->before = t->now;
	t->now = (struct force){ .set = TAKE_PTR(job->merged), .left = TAKE_PTR(job->left), .index = TAKE_PTR(job->index),
				 .left_index = TAKE_PTR(job->left_index), .generation = job->generation };
	t->next_end_ns = job->next_end_ns;
	act_set_threats(t->d->act, t->now.set, t->now.index, t->now.generation);
	snprintf(text, sizeof(text), "generation %u with %zu entries", t->now.generation, t->now.set->v.len);
	events_notice(t->d, "threats_swapped", NULL, text, false);
}

/* what each feed lost to the guard list in the set in force */
static void note_guarded(struct threats *t, const struct job *job)
{
	for (size_t i = 0; i < t->feeds.v.len; i++) {
		struct feed *f = &t->feeds.v.data[i];
		size_t n = 0;

		f->guarded = 0;
		for (size_t k = 0; k < f->refusals.len; k++)
			if (f->refusals.data[k].code != FEED_LEFT_OUT)
				f->refusals.data[n++] = f->refusals.data[k];
		f->refusals.len = n;
		for (size_t k = 0; k < t->now.set->feeds.len && k <= FEEDS_MAX; k++)
			if (!strcmp(t->now.set->feeds.data[k], f->name))
				f->guarded += job->guarded[k];
	}
	for (size_t i = 0; i < job->out.len; i++) {
		struct feed *f = feeds_find(&t->feeds, t->now.set->feeds.data[job->out.data[i].feed]);

		if (f && vec_push(&f->refusals, job->out.data[i].refusal))
			return; /* the count says it */
	}
}

/* entries may end at any moment, each of a million at another: what is built for that takes a twentieth of a processor */
#define EXPIRE_SHARE 20

void threats_run(struct threats *t)
{
	struct job *job = t->job;
	uint64_t count;

	if (read(t->done_fd, &count, sizeof(count)) < 0)
		return;
	threats_finish_fetches(t);
	if (!job || !atomic_load(&job->is_done))
		return;
	pthread_join(t->thread, NULL);
	t->job = NULL;
	t->not_before_ns = clock_now_ns() + EXPIRE_SHARE * (clock_now_ns() - t->job_began_ns);
	if (!job->error && !job->only_exports)
		swap(t, job);
	for (size_t i = 0; i < job->items.len; i++)
		finish_item(t, job, &job->items.data[i]);
	if (!job->error && !job->only_exports)
		note_guarded(t, job);
	job_free(job);
	t->is_loaded = true;
	daemon_maybe_ready(t->d);
	threats_start_job(t);
}

void threats_rebuild(struct threats *t)
{
	if (!t->job && !threats_wait(t, NULL, HOW_KEPT, 0))
		threats_start_job(t);
}

void threats_tick(struct threats *t)
{
	bool any = manual_expire(&t->feeds);
	bool is_guarded_anew = t->is_loaded && act_guard_digest(t->d->act) != t->guard_digest;

	threats_next_fetch(t);
	threats_note_stale(t);
	if (any)
		manual_save(&t->feeds);
	/* entries that ended, or that touch what is guarded since, leave with the next set; at most one in a tick */
	if (!any && ((!is_guarded_anew && (!t->next_end_ns || clock_wall_ns() < t->next_end_ns)) || t->job ||
		     clock_now_ns() < t->not_before_ns))
		return;
	t->has_manual = !any && t->has_manual;
	t->next_end_ns = 0;
	threats_wait(t, NULL, HOW_KEPT, 0);
	threats_start_job(t);
}

/* --- begin and end --- */

int threats_new(struct daemon *d, struct threats **ret)
{
	struct feed_spec manual = { .name = FEED_MANUAL_NAME, .format = "plain", .category = "threat",
				    .action = CORDON_ACTION_DROP, .confidence = 100 };
	struct threats *t = calloc(1, sizeof(*t));
	struct strbuf err = { 0 };
	char path[4200];
	int r;

	if (!t)
		return -ENOMEM;
	t->d = d;
	str_copy(t->feeds.dir, sizeof(t->feeds.dir), d->conf.state_dir);
	t->feeds.disk = d->disk;
	snprintf(path, sizeof(path), "%s/feeds", t->feeds.dir);
	if (mkdir(path, 0700) && errno != EEXIST)
		log_error("%s: cannot create it: %s; feeds are not kept", path, strerror(errno));
	t->done_fd = eventfd(0, EFD_CLOEXEC);
	r = t->done_fd < 0 ? -errno : feeds_add(&t->feeds, &manual, FEED_MANUAL, &err);
	strbuf_done(&err);
	if (r) {
		threats_free(t);
		return r;
	}
	feeds_load(&t->feeds);
	*ret = t;
	return 0;
}

int threats_fd(const struct threats *t)
{
	return t->done_fd;
}

void threats_free(struct threats *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < FETCHES_MAX; i++) {
		struct fetched got;

		if (!t->fetches[i].f)
			continue;
		fetch_take(t->fetches[i].f, &got);
		if (got.file >= 0)
			close(got.file);
	}
	if (t->job) {
		pthread_join(t->thread, NULL);
		job_free(t->job);
	}
	for (size_t i = 0; i < t->waiting.len; i++)
		threats_item_done(&t->waiting.data[i]);
	vec_done(&t->waiting);
	force_done(&t->now);
	force_done(&t->before);
	feeds_done(&t->feeds);
	if (t->done_fd >= 0)
		close(t->done_fd);
	free(t);
}
