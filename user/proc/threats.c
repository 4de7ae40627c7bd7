/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The transaction that brings feeds into force; see threats.h. A job is built
 * by the main thread from all that waits, run by a thread of its own on what
 * it was given, and taken back by the main thread when the event descriptor
 * says so. While it runs no set it borrows is freed or changed.
 */
#include "proc/threats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/http.h"
#include "base/lists.h"
#include "base/log.h"
#include "proc/daemon.h"
#include "proc/feeds.h"
#include "proc/fetch.h"

#define FEED_FILE_MAX (1ULL << 30) /* bytes */

/* one feed to read, or a request that only wants the set built anew */
struct item {
	char name[FEED_NAME_MAX + 1]; /* "": nothing to read */
	char *format, *category;
	struct feed_opts opts;	      /* points here */
	struct feed_limits limits;
	int file;      /* its new content; -1: what is kept */
	uint32_t want; /* kept: this generation; 0: the one in force */
	bool force;    /* whatever the limits say */
	bool is_auto;  /* nobody asked for it just now: what was rolled back from does not come again */
	uint64_t client;
	/* result */
	int error;
	struct indicators *set;
	struct feed_report report;
	struct generation gen;
	struct feed_change change;
	bool is_new; /* gen is staged */
	struct strbuf why;
};

/* an entry that touches what is guarded, and is left out */
struct left_out {
	uint16_t feed; /* of the merged set */
	struct feed_refusal refusal;
};

struct borrowed {
	char name[FEED_NAME_MAX + 1];
	const struct indicators *set; /* NULL: not read yet */
};

struct job {
	struct daemon *d;
	char dir[4096];
	VEC(struct item) items;
	VEC(struct borrowed) sets;
	struct indicators never;
	uint32_t generation;
	int done_fd;
	/* result */
	int error, image;
	struct indicators *merged;
	struct threat_index *index;
	VEC(struct left_out) out;
	uint64_t guarded[FEEDS_MAX + 1]; /* by feed of the merged set */
	uint64_t next_end_ns;		 /* wall clock; when the next entry ends */
	struct strbuf why;
	atomic_bool is_done;
};

struct force {
	struct indicators *set;
	struct threat_index *index;
	uint32_t generation;
};

struct threats {
	struct daemon *d;
	struct feeds feeds;
	struct force now, before; /* before: for findings that were on their way */
	struct job *job;
	pthread_t thread;
	int done_fd;
	struct fetch *fetch; /* NULL: none runs */
	char fetching[FEED_NAME_MAX + 1];
	bool has_manual, is_loaded;
	uint64_t next_end_ns;
	VEC(struct item) waiting;
};

static void item_done(struct item *i)
{
	free(i->format);
	free(i->category);
	if (i->file >= 0)
		close(i->file);
	indicators_free(i->set);
	feed_report_done(&i->report);
	strbuf_done(&i->why);
}

/* --- the job, in its thread --- */

/* the kept content to read: the one wanted, or the one in force; a damaged one is passed over for the one before it */
static int find_kept(const struct feedstore *store, struct item *i)
{
	generations all = { 0 };
	int r = i->want ? feedstore_get(store, i->want, &i->gen) : feedstore_current(store, &i->gen);

	if (!r)
		r = feedstore_verify(store, &i->gen);
	if (r != -EBADMSG || i->want)
		return r;
	log_error("feed '%s': generation %u on disk is damaged; the one before it is used", i->name, i->gen.id);
	if (!feedstore_list(store, &all))
		for (size_t k = 0; k < all.len && r; k++)
			if (all.data[k].id < i->gen.id && !feedstore_verify(store, &all.data[k])) {
				i->gen = all.data[k];
				r = 0;
			}
	vec_done(&all);
	return r;
}

/* has the content been a generation before? *ret_id: which; 0: no */
static int known_as(const struct feedstore *store, const char *digest, uint32_t *ret_id)
{
	generations all = { 0 };
	int r = feedstore_list(store, &all);

	*ret_id = 0;
	for (size_t k = 0; k < all.len && !*ret_id; k++)
		if (!strcmp(all.data[k].digest, digest))
			*ret_id = all.data[k].id;
	vec_done(&all);
	return r;
}

/*
 * New content goes beside the generations. What is in force already is none, and neither is, unless somebody
 * asks for it, what has been one before: it was rolled back from.
 */
static int stage_new(const struct feedstore *store, struct item *i)
{
	struct generation current;
	uint32_t known;
	int r = feedstore_stage(store, i->file, FEED_FILE_MAX, &i->gen);

	if (r)
		return r;
	i->is_new = true;
	if (feedstore_current(store, &current))
		return 0;
	r = known_as(store, i->gen.digest, &known);
	if (r || !known || (known != current.id && !i->is_auto))
		return r;
	feedstore_unstage(store);
	i->is_new = false;
	return find_kept(store, i);
}

static const struct indicators *old_of(const struct job *job, const char *name)
{
	for (size_t i = 0; i < job->sets.len; i++)
		if (!strcmp(job->sets.data[i].name, name))
			return job->sets.data[i].set;
	return NULL;
}

/* may the new generation follow the one in force? */
static int check_limits(struct item *i, const struct indicators *old)
{
	const struct feed_limits *l = &i->limits;
	uint64_t before = old ? old->v.len : 0, max_removed = l->max_removed ? l->max_removed : FEED_MAX_REMOVED;

	if (i->force)
		return 0;
	if (i->set->v.len < l->min_entries)
		strbuf_addf(&i->why, "feed '%s': too_small: %zu entries, at least %u are wanted", i->name, i->set->v.len,
			    l->min_entries);
	else if (l->max_entries && i->set->v.len > l->max_entries)
		strbuf_addf(&i->why, "feed '%s': too_large: %zu entries, at most %u are wanted", i->name, i->set->v.len,
			    l->max_entries);
	else if (before >= FEED_CHURN_FROM && i->change.removed * 100 > before * max_removed)
		strbuf_addf(&i->why,
			    "feed '%s': churn: %llu of %llu entries would go, at most %llu %% may; `cordon feed update %s --force` "
			    "takes it all the same",
			    i->name, (unsigned long long)i->change.removed, (unsigned long long)before,
			    (unsigned long long)max_removed, i->name);
	else
		return 0;
	return -ERANGE;
}

static int parse_item(const struct job *job, const struct feedstore *store, struct item *i)
{
	const struct indicators *old = old_of(job, i->name);
	char path[4300];
	int r;

	if (i->is_new)
		feedstore_staged_path(store, path, sizeof(path));
	else
		feedstore_raw_path(store, i->gen.id, path, sizeof(path));
	i->opts.now_ns = clock_wall_ns();
	r = feed_parse_file(i->format, path, &i->opts, i->set, &i->report, &i->why);
	if (!r)
		r = feed_compare(i->set, old, i->opts.now_ns, &i->change);
	return !r && i->is_new ? check_limits(i, old) : r;
}

static void read_item(const struct job *job, struct item *i)
{
	struct feedstore store;

	i->set = calloc(1, sizeof(*i->set));
	i->error = i->set ? feedstore_open(&store, job->dir, i->name) : -ENOMEM;
	if (!i->error)
		i->error = i->file >= 0 ? stage_new(&store, i) : find_kept(&store, i);
	if (i->error)
		strbuf_addf(&i->why, "feed '%s': %s: %s", i->name,
			    i->file >= 0 ? "its content cannot be kept" : "no content is kept", strerror(-i->error));
	else
		i->error = parse_item(job, &store, i);
	if (!i->error)
		return;
	if (i->is_new)
		feedstore_unstage(&store);
	indicators_free(i->set);
	i->set = NULL;
}

static const struct indicators *set_of(const struct job *job, const struct borrowed *b)
{
	for (size_t i = 0; i < job->items.len; i++)
		if (job->items.data[i].set && !strcmp(job->items.data[i].name, b->name))
			return job->items.data[i].set;
	return b->set;
}

#define LEFT_OUT_MAX 1000 /* told of, of one job; all are counted */

static void note_left_out(const struct indicators *in, const struct indicator *e, void *ctx)
{
	struct job *job = ctx;
	struct left_out o = { .feed = e->feed, .refusal = { .line = e->line, .code = FEED_GUARDED } };
	char text[ADDR_STR_MAX];

	if (e->feed <= FEEDS_MAX)
		job->guarded[e->feed]++;
	if (job->out.len >= LEFT_OUT_MAX)
		return;
	snprintf(o.refusal.reason, sizeof(o.refusal.reason), "%.48s: %s",
		 e->kind >= CORDON_INDICATOR_DOMAIN ? indicator_value(in, e) : prefix_str(text, sizeof(text), &e->prefix),
		 feed_reason_text(FEED_GUARDED));
	if (vec_push(&job->out, o))
		return; /* the count says it */
}

static int merge(struct job *job)
{
	const struct indicators *sets[FEEDS_MAX + 1];
	size_t n = 0;
	long out;
	int r;

	for (size_t i = 0; i < job->sets.len && n < ARRAY_SIZE(sets); i++) {
		const struct indicators *s = set_of(job, &job->sets.data[i]);

		if (s)
			sets[n++] = s;
	}
	job->merged = calloc(1, sizeof(*job->merged));
	if (!job->merged)
		return -ENOMEM;
	r = indicators_merge(job->merged, sets, n);
	if (r)
		return r;
	out = indicators_expire(job->merged, clock_wall_ns(), &job->next_end_ns);
	if (out >= 0)
		out = indicators_except(job->merged, &job->never, note_left_out, job);
	return out < 0 ? (int)out : threat_index_new(job->merged, &job->index);
}

static int build_image(struct job *job)
{
	struct rpc_request q = { .op = RPC_NEW_THREAT, .lines = threat_image_lines(job->merged) };
	struct rpc_reply a;
	size_t bytes = (size_t)q.lines * CORDON_LINE;
	struct cordon_line *mem;
	int r = rpc_call(job->d, &q, &a, &job->image);

	if (r) {
		strbuf_addf(&job->why, "no map for %u lines: %s", q.lines, a.text);
		return r;
	}
	mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, job->image, 0);
	if (mem == MAP_FAILED)
		return -errno;
	r = threat_image_fill(job->merged, job->generation, mem, q.lines, &job->why);
	munmap(mem, bytes);
	return r;
}

static void *run_job(void *arg)
{
	struct job *job = arg;
	uint64_t one = 1;

	for (size_t i = 0; i < job->items.len; i++)
		if (job->items.data[i].name[0])
			read_item(job, &job->items.data[i]);
	job->error = merge(job);
	if (!job->error)
		job->error = build_image(job);
	if (job->error && !job->why.len)
		strbuf_addf(&job->why, "cannot build the threat map: %s", strerror(-job->error));
	atomic_store(&job->is_done, true);
	if (write(job->done_fd, &one, sizeof(one)) < 0)
		log_error("threats: cannot say that a job is done: %s", strerror(errno));
	return NULL;
}

/* --- around it, in the main thread --- */

static void job_free(struct job *job)
{
	for (size_t i = 0; i < job->items.len; i++)
		item_done(&job->items.data[i]);
	vec_done(&job->items);
	vec_done(&job->sets);
	vec_done(&job->out);
	indicators_done(&job->never);
	indicators_free(job->merged);
	threat_index_free(job->index);
	strbuf_done(&job->why);
	if (job->image >= 0)
		close(job->image);
	free(job);
}

static int add_never(const char *what, const char *reason, uint64_t until_ns, void *ctx)
{
	struct indicators *never = ctx;
	struct indicator e = { 0 };

	(void)reason;
	(void)until_ns;
	if (prefix_parse(what, &e.prefix) < 0)
		return 0; /* a MAC */
	e.kind = addr_is_v4(&e.prefix.addr) && e.prefix.len >= 96 ? CORDON_INDICATOR_IPV4 : CORDON_INDICATOR_IPV6;
	return vec_push(&never->v, e);
}

static uint32_t next_generation(const struct threats *t)
{
	uint32_t wall = (uint32_t)(clock_wall_ns() / 1000000000ULL);

	/* above what an earlier daemon used: a flow looked up then must be looked up again */
	return wall > t->now.generation ? wall : t->now.generation + 1;
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
		struct borrowed b = { .set = t->feeds.v.data[i].set };

		str_copy(b.name, sizeof(b.name), t->feeds.v.data[i].name);
		if (vec_push(&job->sets, b))
			return -ENOMEM;
	}
	return act_guard_each(t->d->act, add_never, &job->never);
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
	return 0;
}

/* all that waits becomes one job, when none runs */
static void start_job(struct threats *t)
{
	struct job *job;
	int r;

	if (t->job || !t->waiting.len)
		return;
	job = calloc(1, sizeof(*job));
	if (!job)
		return;
	job->d = t->d;
	job->done_fd = t->done_fd;
	job->image = -1;
	job->generation = next_generation(t);
	str_copy(job->dir, sizeof(job->dir), t->feeds.dir);
	r = take_waiting(t, job);
	if (!r)
		r = borrow_sets(t, job);
	if (!r)
		r = -pthread_create(&t->thread, NULL, run_job, job);
	if (r) {
		log_error("threats: cannot start a job: %s", strerror(-r));
		for (size_t i = 0; i < job->items.len; i++)
			verbs_fail(t->d, job->items.data[i].client, 1, strerror(-r));
		job_free(job);
		return;
	}
	t->job = job;
}

/* how a feed is to be read */
struct how {
	int file;      /* -1: what is kept */
	uint32_t want; /* of the kept ones; 0: the one in force */
	bool force, is_auto;
	const struct fetched *from; /* NULL: a file */
};
static const struct how kept = { .file = -1 };

/* @feed NULL: only build anew */
static int wait_for(struct threats *t, const struct feed *feed, struct how how, uint64_t client)
{
	struct item i = { .file = how.file >= 0 ? fcntl(how.file, F_DUPFD_CLOEXEC, 3) : -1, .want = how.want, .force = how.force,
			  .is_auto = how.is_auto, .client = client };
	int r;

	if (feed) {
		str_copy(i.name, sizeof(i.name), feed->name);
		i.format = strdup(feed->format);
		i.category = strdup(feed->category);
		i.opts = (struct feed_opts){ .name = feed->name, .category = i.category, .action = feed->action,
					     .confidence = feed->confidence, .observe = feed->observe,
					     .alert_below = feed->limits.alert_below };
		i.limits = feed->limits;
		if (how.from) {
			str_copy(i.gen.etag, sizeof(i.gen.etag), how.from->etag);
			str_copy(i.gen.modified, sizeof(i.gen.modified), how.from->modified);
		}
	}
	r = feed && (!i.format || !i.category) ? -ENOMEM : vec_push(&t->waiting, i);
	if (r)
		item_done(&i);
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
	if (i->name[0])
		json_report(&j, i);
	json_u64(&j, "generation", t->now.generation);
	json_u64(&j, "entries", t->now.set ? t->now.set->v.len : 0);
	if (i->name[0]) {
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
		feed->updated_wall_ns = i->gen.wall_ns;
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
	note_item(t, i, error, why);
	if (error)
		verbs_fail(t->d, i->client, 1, why);
	else
		reply_done(t, i);
}

static void force_done(struct force *f)
{
	threat_index_free(f->index);
	indicators_free(f->set);
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
	t->now = (struct force){ TAKE_PTR(job->merged), TAKE_PTR(job->index), job->generation };
	t->next_end_ns = job->next_end_ns;
	act_set_threats(t->d->act, t->now.set, t->now.index);
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
			if (f->refusals.data[k].code != FEED_GUARDED)
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

static void next_fetch(struct threats *t);

/* --- fetching: one feed at a time, those that are asked for first --- */

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

static void finish_fetch(struct threats *t)
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
			wait_for(t, f, (struct how){ .file = got.file, .is_auto = !f->is_asked, .force = f->is_forced, .from = &got },
				 f->client);
		f->client = 0;
		f->is_asked = f->is_forced = false;
	}
	if (got.file >= 0)
		close(got.file);
	start_job(t);
	next_fetch(t);
}

static void fetch(struct threats *t, struct feed *f)
{
	struct feedstore store;
	struct fetch_request q = {
		.dir = store.path, .url = f->source, .format = f->format, .ca_file = f->ca_file, .proxy = f->proxy,
		.auth_file = f->auth_file,
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

static void next_fetch(struct threats *t)
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
static void note_stale(struct threats *t)
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

void threats_run(struct threats *t)
{
	struct job *job = t->job;
	uint64_t count;

	if (read(t->done_fd, &count, sizeof(count)) < 0)
		return;
	if (t->fetch && fetch_is_done(t->fetch))
		finish_fetch(t);
	if (!job || !atomic_load(&job->is_done))
		return;
	pthread_join(t->thread, NULL);
	t->job = NULL;
	if (!job->error)
		swap(t, job);
	for (size_t i = 0; i < job->items.len; i++)
		finish_item(t, job, &job->items.data[i]);
	if (!job->error)
		note_guarded(t, job);
	job_free(job);
	t->is_loaded = true;
	daemon_maybe_ready(t->d);
	start_job(t);
}

void threats_tick(struct threats *t)
{
	bool any = manual_expire(&t->feeds);

	next_fetch(t);
	note_stale(t);
	if (any)
		manual_save(&t->feeds);
	/* entries that ended leave with the next set; at most one in a tick */
	if (!any && (!t->next_end_ns || clock_wall_ns() < t->next_end_ns || t->job))
		return;
	t->has_manual = !any && t->has_manual;
	t->next_end_ns = 0;
	wait_for(t, NULL, kept, 0);
	start_job(t);
}

/* --- configuration --- */

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
					   .max_removed = c->max_removed, .alert_below = c->alert_below },
			       .ca_file = c->ca_file, .proxy = c->proxy, .auth_file = c->auth_file, .refresh_ns = c->refresh_ns };
	struct feed *feed = feeds_find(&t->feeds, c->name);
	struct strbuf err = { 0 };
	struct indicators *set = feed && feed->origin == FEED_CONFIGURED ? TAKE_PTR(feed->set) : NULL;
	struct generation gen = { 0 };

	if (feed && feed->origin == FEED_CONFIGURED) {
		struct feed *last = &t->feeds.v.data[t->feeds.v.len - 1];

		gen = feed->gen;
		free(feed->format);
		free(feed->source);
		free(feed->category);
		free(feed->ca_file);
		free(feed->proxy);
		free(feed->auth_file);
		vec_done(&feed->refusals);
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
			if (has_kept(t, c->name))
				wait_for(t, feed, kept, 0);
			strbuf_done(&err);
			return; /* the rest comes from the server, see threats_tick() */
		}
		if (open_error) {
			snprintf(feed->gone, sizeof(feed->gone), "%s: %s", c->source, strerror(open_error));
			log_error("feed '%s': %s; its last good content stays in force, where there is one", c->name, feed->gone);
		}
		wait_for(t, feed, (struct how){ .file = file, .is_auto = true }, 0);
	}
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
	for (size_t i = 0; i < c->feeds.len; i++)
		configure_feed(t, &c->feeds.data[i], h->feeds[i], h->feed_err[i]);
	for (size_t i = 0; !h->is_reload && i < t->feeds.v.len; i++)
		if (t->feeds.v.data[i].origin == FEED_ADDED && has_kept(t, t->feeds.v.data[i].name))
			wait_for(t, &t->feeds.v.data[i], kept, 0);
	wait_for(t, NULL, kept, 0);
	start_job(t);
}

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
	if (t->fetch) {
		struct fetched got;

		fetch_take(t->fetch, &got);
		if (got.file >= 0)
			close(got.file);
	}
	if (t->job) {
		pthread_join(t->thread, NULL);
		job_free(t->job);
	}
	for (size_t i = 0; i < t->waiting.len; i++)
		item_done(&t->waiting.data[i]);
	vec_done(&t->waiting);
	force_done(&t->now);
	force_done(&t->before);
	feeds_done(&t->feeds);
	if (t->done_fd >= 0)
		close(t->done_fd);
	free(t);
}

/* --- requests --- */

/* the client is answered when it is in force, or cannot be */
static int ask_fetch(struct threats *t, struct feed *f, uint64_t client, bool force, struct strbuf *err)
{
	if (f->client || (t->fetch && !strcmp(t->fetching, f->name))) {
		strbuf_addf(err, "feed '%s' is being fetched just now", f->name);
		return -EBUSY;
	}
	f->client = client;
	f->is_asked = true;
	f->is_forced = force;
	f->next_fetch_ns = 0;
	next_fetch(t);
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
	r = wait_for(t, feeds_find(&t->feeds, s->name), (struct how){ .file = file }, client);
	start_job(t);
	return r;
}

int threats_feed_update(struct threats *t, uint64_t client, const char *name, int file, bool force, struct strbuf *err)
{
	struct feed *feed = feeds_find(&t->feeds, name);
	int r;

	if (!feed || feed->origin == FEED_MANUAL) {
		strbuf_addf(err, "no feed '%s'; `cordon feed list` shows what there is", name);
		return -ENOENT;
	}
	if (http_is_url(feed->source))
		return ask_fetch(t, feed, client, force, err);
	if (file < 0) {
		strbuf_adds(err, "a feed's file comes with the request, opened by who asks");
		return -EINVAL;
	}
	r = wait_for(t, feed, (struct how){ .file = file, .force = force }, client);
	start_job(t);
	return r;
}

/* a feed that has generations; NULL with *err */
static struct feed *feed_with_content(struct threats *t, const char *name, struct strbuf *err)
{
	struct feed *feed = feeds_find(&t->feeds, name);

	if (feed && feed->origin != FEED_MANUAL)
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
	r = wait_for(t, feed, (struct how){ .file = -1, .want = id }, client);
	start_job(t);
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
	r = wait_for(t, NULL, kept, client);
	start_job(t);
	return r;
}

int threats_feed_remove(struct threats *t, uint64_t client, const char *name, struct strbuf *err)
{
	struct feed *feed = feeds_find(&t->feeds, name);
	int r;

	if (!feed || feed->origin == FEED_MANUAL) {
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
	r = wait_for(t, NULL, kept, client);
	start_job(t);
	return r;
}

/* the set of manual entries changes only between jobs: a job borrows it */
static int manual_changed(struct threats *t, uint64_t client)
{
	int r;

	manual_save(&t->feeds);
	t->has_manual = false;
	r = wait_for(t, NULL, kept, client);
	start_job(t);
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
		if (!vec_push(&in.v, e) && !act_guard_each(t->d->act, add_never, &never))
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
		strbuf_addf(err, "'%s' is, or covers, what is guarded; `cordon guard list` shows what", s->value);
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

/* --- what others want to know --- */

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
	static const char *const origins[] = { "configuration", "added", "manual" };

	json_str(j, "name", f->name);
	json_str(j, "format", f->read_as[0] ? f->read_as : f->format);
	json_str(j, "source", f->source);
	json_str(j, "origin", origins[f->origin]);
	json_str(j, "action", action_name(f->action));
	json_u64(j, "confidence", f->confidence);
	json_str(j, "category", f->category);
	json_bool(j, "observe", f->observe);
	json_u64(j, "generation", f->gen.id);
	json_u64(j, "accepted", f->accepted);
	json_u64(j, "refused", f->refused);
	json_u64(j, "guarded", f->guarded);
	json_u64(j, "hits", f->hits);
	json_wall(j, "updated", f->updated_wall_ns);
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

static void json_source(struct json *j, const struct indicators *in, uint16_t feed, uint16_t category, uint32_t line)
{
	json_begin(j, NULL, '{');
	json_str(j, "feed", feed < in->feeds.len ? in->feeds.data[feed] : "?");
	json_u64(j, "line", line);
	json_str(j, "category", category < in->categories.len ? in->categories.data[category] : "");
	json_end(j, '}');
}

static void json_hit(const struct force *f, uint32_t id, struct json *j)
{
	const struct indicators *in = f->set;
	const struct indicator *e = &in->v.data[id - 1];
	char text[ADDR_STR_MAX];

	json_str(j, "kind", indicator_name(e->kind));
	json_str(j, "indicator", e->kind >= CORDON_INDICATOR_DOMAIN ? indicator_value(in, e) : prefix_str(text, sizeof(text), &e->prefix));
	json_str(j, "action", action_name(e->action));
	json_u64(j, "confidence", e->confidence);
	json_bool(j, "subdomains", e->flags & CORDON_THREAT_SUBDOMAINS);
	json_bool(j, "observe", e->flags & CORDON_THREAT_OBSERVE);
	json_u64(j, "generation", f->generation);
	json_str(j, "mark", indicator_mark(e));
	json_wall(j, "first_seen", e->first_seen_s * 1000000000ULL);
	json_wall(j, "expires", e->expires_ns);
	json_begin(j, "sources", '[');
	json_source(j, in, e->feed, e->category, e->line);
	for (size_t i = 0; i < in->also.len; i++)
		if (in->also.data[i].entry == id - 1)
			json_source(j, in, in->also.data[i].feed, in->also.data[i].category, in->also.data[i].line);
	json_end(j, ']');
}

static uint32_t lookup_url(const struct threats *t, const char *value)
{
	char url[FEED_URL_BYTES + 1];

	return url_canonical(value, strlen(value), url) ? 0 : threat_index_url(t->now.index, url, strlen(url));
}

int threats_lookup_json(const struct threats *t, const char *value, struct json *j)
{
	char name[256];
	struct addr a;
	uint32_t id = 0;

	if (!addr_parse(value, &a))
		id = t->now.index ? threat_index_addr(t->now.index, &a) : 0;
	else if (http_is_url(value))
		id = t->now.index ? lookup_url(t, value) : 0;
	else if (!domain_canonical(value, strlen(value), name, sizeof(name)))
		id = t->now.index ? threat_index_name(t->now.index, name, strlen(name)) : 0;
	else
		return -EINVAL;
	if (id)
		json_hit(&t->now, id, j);
	return id ? 1 : 0;
}
