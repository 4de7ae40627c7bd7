/* SPDX-License-Identifier: BSD-2-Clause */
/* The job: feeds read, checked, merged, the image built; in a thread of its own, on what it was given. See threats.h. */
#include "daemon/threats_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "act/category.h"
#include "base/clock.h"
#include "base/log.h"
#include "feed/parts.h"

#define FEED_FILE_MAX (1ULL << 30) /* bytes */

void threats_item_done(struct item *i)
{
	free(i->format);
	free(i->category);
	free(i->key);
	if (i->export >= 0)
		close(i->export);
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

/* the newest bundle of this feed there has been: an older one is a replay, and the same version has one content */
static int check_version(const struct feedstore *store, struct item *i)
{
	generations all = { 0 };
	int r = feedstore_list(store, &all);

	for (size_t k = 0; k < all.len && !r; k++) {
		const struct generation *g = &all.data[k];

		if (g->version < i->report.version || (g->version == i->report.version && !strcmp(g->digest, i->gen.digest)))
			continue;
		r = -ESTALE;
		strbuf_addf(&i->why, "feed '%s': older_version: %llu, and %llu has been taken (generation %u); `cordon feed rollback` goes back",
			    i->name, (unsigned long long)i->report.version, (unsigned long long)g->version, g->id);
	}
	vec_done(&all);
	return r;
}

/* a content that comes in is what its publisher signed; what is kept was looked at when it came */
static int check_signature(const char *path, struct item *i)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	strbuf_addf(&i->why, "feed '%s': ", i->name);
	if (fd >= 0)
		return feed_verify(fd, i->key, &i->why);
	strbuf_adds(&i->why, strerror(errno));
	return -errno;
}

/* the feed's own idea of how long an entry is good for, where the publisher names none */
static void set_ends(struct item *i)
{
	uint64_t from = i->gen.wall_ns > i->confirmed_wall_ns ? i->gen.wall_ns : i->confirmed_wall_ns;

	for (size_t k = 0; i->limits.valid_ns && k < i->set->v.len; k++)
		if (!i->set->v.data[k].expires_ns)
			i->set->v.data[k].expires_ns = from + i->limits.valid_ns;
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
	r = i->file >= 0 && i->key[0] ? check_signature(path, i) : 0;
	if (!r) {
		strbuf_clear(&i->why);
		r = feed_parse_file(i->format, path, &i->opts, i->set, &i->report, &i->why);
	}
	if (!r && i->file >= 0 && i->report.version)
		r = check_version(store, i);
	if (!r)
		set_ends(i);
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
#define LEFT_MAX 100000	  /* kept for look-ups */

static void note_left_out(const struct indicators *in, const struct indicator *e, void *ctx)
{
	struct job *job = ctx;
	struct left_out o = { .feed = e->feed, .refusal = { .line = e->line, .code = FEED_LEFT_OUT } };
	char text[ADDR_STR_MAX];

	if (e->feed <= FEEDS_MAX)
		job->guarded[e->feed]++;
	if (job->left->v.len < LEFT_MAX)
		(void)indicators_copy(job->left, in, e); /* a look-up that does not know it says less */
	if (job->out.len >= LEFT_OUT_MAX)
		return;
	snprintf(o.refusal.reason, sizeof(o.refusal.reason), "%.48s: %s",
		 e->kind >= CORDON_INDICATOR_DOMAIN ? indicator_value(in, e) : prefix_str(text, sizeof(text), &e->prefix),
		 feed_reason_text(FEED_LEFT_OUT));
	if (vec_push(&job->out, o))
		return; /* the count says it */
}

static int merge(struct job *job)
{
	const struct indicators *sets[FEEDS_MAX + 1];
	size_t n = 0;
	long out;
	int r = 0;

	for (size_t i = 0; i < job->sets.len && n < ARRAY_SIZE(sets) && !r; i++) {
		const struct indicators *s = set_of(job, &job->sets.data[i]);

		if (s && job->sets.data[i].is_guard)
			r = indicators_guards(s, &job->never);
		if (s)
			sets[n++] = s;
	}
	job->merged = calloc(1, sizeof(*job->merged));
	job->left = calloc(1, sizeof(*job->left));
	if (!job->merged || !job->left || r)
		return -ENOMEM;
	r = indicators_merge(job->merged, sets, n);
	if (r)
		return r;
	out = indicators_expire(job->merged, clock_wall_ns(), &job->next_end_ns);
	if (out >= 0)
		out = indicators_except(job->merged, &job->never, note_left_out, job);
	r = out < 0 ? (int)out : category_apply(job->categories.data, job->categories.len, job->merged);
	r = r ? r : threat_index_new(job->merged, &job->index);
	return r || !job->left->v.len ? r : threat_index_new(job->left, &job->left_index);
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

static void export_item(const struct job *job, struct item *i)
{
	const struct indicators *set = i->name[0] ? NULL : job->in_force;

	for (size_t k = 0; k < job->sets.len && i->name[0]; k++)
		if (!strcmp(job->sets.data[k].name, i->name))
			set = job->sets.data[k].set;
	i->error = set ? feed_bundle_write(i->export, set, i->name[0] ? i->name : "all", i->version, clock_wall_ns()) : -ENODATA;
	if (i->error)
		strbuf_addf(&i->why, "export: %s", set ? strerror(-i->error) : "nothing is in force yet");
	else
		i->report.accepted = set->v.len;
}

void *threats_run_job(void *arg)
{
	struct job *job = arg;
	uint64_t one = 1;

	for (size_t i = 0; i < job->items.len; i++)
		if (job->items.data[i].export >= 0)
			export_item(job, &job->items.data[i]);
		else if (job->items.data[i].name[0])
			read_item(job, &job->items.data[i]);
	if (!job->only_exports)
		job->error = merge(job);
	if (!job->error && !job->only_exports)
		job->error = build_image(job);
	if (job->error && !job->why.len)
		strbuf_addf(&job->why, "cannot build the threat map: %s", strerror(-job->error));
	atomic_store(&job->is_done, true);
	if (write(job->done_fd, &one, sizeof(one)) < 0)
		log_error("threats: cannot say that a job is done: %s", strerror(errno));
	return NULL;
}
