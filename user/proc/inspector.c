/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inspector: reads the ring, runs the pipeline, says what it found. It
 * reads foreign bytes, so it holds nothing: the ring, the shared memory of the
 * flow table, two sockets, no files, no rights. Rules come as open files, their
 * kernel part goes into a map it is given; the daemon swaps.
 *
 * It waits on the ring's descriptor, takes what is there at once and sends each
 * finding by itself: no batch delays a verdict. A daemon that does not keep up
 * costs findings, counted, never the ring.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "match/match.h"
#include "pipeline.h"
#include "proc/child.h"
#include "proc/msg.h"

#define MEMORY_BYTES (8ULL << 30) /* address space for rules and streams */
#define MAX_FLOWS 65536
#define STREAM_BYTES (64ULL << 20)
#define FILES_MAX (MSG_FILES_MAX - 3)

DEFINE_CLEANUP(struct ruleset, ruleset_free)
DEFINE_CLEANUP(struct match_engine, match_free)

struct inspector {
	const struct child_start *start;
	struct kern_ring *ring;
	struct pipeline *pipeline;
	struct ruleset *rules;
	struct match_engine *engine;
	int epfd, signals;
	bool ending;
	uint64_t dropped; /* findings the daemon had no room for */
};

/* --- findings --- */

/* what a kind does not fill is not sent */
static size_t finding_len(const struct finding *f)
{
	return f->kind == FINDING_SEEN || f->kind == FINDING_APP ? offsetof(struct finding, sid) : sizeof(*f);
}

static void on_finding(const struct finding *f, void *ctx)
{
	struct inspector *i = ctx;

	if (send(i->start->findings, f, finding_len(f), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		i->dropped++;
}

/* --- requests of the daemon --- */

struct load {
	const struct control_request *q;
	const char *names[FILES_MAX];
	struct rule_var vars[FILES_MAX];
	int answer, prefilter, classification;
	const int *rules;
};

/* the terminated strings of a request, in order; false: fewer than it promised */
static bool take_text(struct load *l)
{
	const char *p = l->q->text, *end = p + l->q->text_len;
	size_t total = l->q->n_files + 2ul * l->q->n_vars;

	for (size_t i = 0; i < total; i++) {
		const char *zero = memchr(p, 0, (size_t)(end - p));
		size_t v = i - l->q->n_files;

		if (!zero)
			return false;
		if (i < l->q->n_files)
			l->names[i] = p;
		else if (v % 2)
			l->vars[v / 2].value = p;
		else
			l->vars[v / 2].name = p;
		p = zero + 1;
	}
	return true;
}

static bool take_load(struct load *l, const struct control_request *q, const int *files, size_t n_files)
{
	*l = (struct load){ .q = q, .classification = -1 };
	if (q->n_files > FILES_MAX || q->n_vars > FILES_MAX || n_files != 2u + q->has_classification + q->n_files)
		return false;
	l->answer = *files++;
	l->prefilter = *files++;
	if (q->has_classification)
		l->classification = *files++;
	l->rules = files;
	return take_text(l);
}

static int fill_prefilter(const struct match_engine *e, uint32_t generation, int fd)
{
	struct cordon_prefilter *mem = mmap(NULL, sizeof(*mem), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int r;

	if (mem == MAP_FAILED)
		return -errno;
	r = match_prefilter(e, generation, mem);
	munmap(mem, sizeof(*mem));
	return r;
}

static void json_refusals(struct json *j, const struct ruleset *rs)
{
	const struct rule_refusal *v;
	size_t n = ruleset_refusals(rs, &v);

	json_begin(j, "refusals", '[');
	for (size_t i = 0; i < n; i++) {
		json_begin(j, NULL, '{');
		json_str(j, "file", v[i].file);
		json_u64(j, "line", v[i].line);
		json_u64(j, "sid", v[i].sid);
		json_str(j, "keyword", v[i].keyword);
		json_str(j, "reason", v[i].reason);
		json_end(j, '}');
	}
	json_end(j, ']');
}

/* the answer's text goes into its file; the message only says how long it is */
static int put_answer(int fd, struct json *j, struct control_reply *a)
{
	int r = j->b.failed ? -ENOMEM : 0;

	for (size_t done = 0; !r && done < j->b.len;) {
		ssize_t n = write(fd, j->b.s + done, j->b.len - done);

		if (n < 0)
			r = -errno;
		else
			done += (size_t)n;
	}
	a->len = (uint32_t)j->b.len;
	json_done(j);
	return r;
}

static int answer_load(const struct ruleset *rs, int fd, struct control_reply *a)
{
	const struct rule_refusal *v;
	struct json j = { 0 };

	a->loaded = (uint32_t)ruleset_count(rs);
	a->refused = (uint32_t)ruleset_refusals(rs, &v);
	json_begin(&j, NULL, '{');
	json_bool(&j, "ok", true);
	json_u64(&j, "loaded", a->loaded);
	json_u64(&j, "refused", a->refused);
	json_u64(&j, "generation", a->generation);
	json_refusals(&j, rs);
	json_end(&j, '}');
	return put_answer(fd, &j, a);
}

/* refusals and not one rule: what is no rule file takes no rule away */
static int check_any(const struct ruleset *rs, struct strbuf *err)
{
	const struct rule_refusal *v;
	size_t n = ruleset_refusals(rs, &v);

	if (!n || ruleset_count(rs))
		return 0;
	strbuf_addf(err, "not one rule to load, %zu refused; the first: %s:%u: %s%s%s", n, v->file, v->line, v->keyword,
		    v->keyword[0] ? ": " : "", v->reason);
	return -EINVAL;
}

/* build aside, swap by pointer, free the old; the old set stays when anything fails */
static int load(struct inspector *i, const struct load *l, struct control_reply *a, struct strbuf *err)
{
	_cleanup_(ruleset_free) struct ruleset *rs = NULL;
	_cleanup_(match_free) struct match_engine *engine = NULL;
	int r = ruleset_load_fds(l->names, l->rules, l->q->n_files, l->vars, l->q->n_vars, l->classification, &rs, err);

	if (!r)
		r = check_any(rs, err);
	if (!r)
		r = match_build(rs, &engine, err);
	if (!r)
		r = fill_prefilter(engine, l->q->generation, l->prefilter);
	if (!r)
		r = answer_load(rs, l->answer, a);
	if (r)
		return r;
	pipeline_set_engine(i->pipeline, engine);
	match_free(i->engine);
	ruleset_free(i->rules);
	i->engine = TAKE_PTR(engine);
	i->rules = TAKE_PTR(rs);
	return 0;
}

static int list(struct inspector *i, int fd, struct control_reply *a)
{
	static const char *const actions[] = { "alert", "pass", "drop", "reject" };
	size_t n = i->rules ? ruleset_count(i->rules) : 0;
	struct json j = { 0 };

	json_begin(&j, NULL, '{');
	json_bool(&j, "ok", true);
	json_begin(&j, "rules", '[');
	for (size_t k = 0; k < n; k++) {
		struct rule_info info;

		rule_info(ruleset_get(i->rules, k), &info);
		json_begin(&j, NULL, '{');
		json_u64(&j, "sid", info.sid);
		json_u64(&j, "rev", info.rev);
		json_str(&j, "action", info.action < ARRAY_SIZE(actions) ? actions[info.action] : "?");
		json_u64(&j, "severity", info.severity);
		json_str(&j, "msg", info.msg);
		json_str(&j, "classtype", info.classtype);
		json_str(&j, "file", info.file);
		json_u64(&j, "line", info.line);
		json_end(&j, '}');
	}
	json_end(&j, ']');
	json_end(&j, '}');
	a->loaded = (uint32_t)n;
	return put_answer(fd, &j, a);
}

static int serve(struct inspector *i, const struct control_request *q, const int *files, size_t n_files, struct control_reply *a)
{
	struct strbuf err = { 0 };
	struct load l;
	int r = -EINVAL;

	if (q->type == CONTROL_LOAD && take_load(&l, q, files, n_files))
		r = load(i, &l, a, &err);
	else if (q->type == CONTROL_LIST && n_files == 1)
		r = list(i, files[0], a);
	if (r)
		str_copy(a->text, sizeof(a->text), err.len ? err.s : strerror(-r));
	strbuf_done(&err);
	return r;
}

static void on_control(struct inspector *i)
{
	static struct control_request q; /* 64 KiB: not for the stack */
	struct control_reply a = { 0 };
	int files[MSG_FILES_MAX];
	size_t n_files = 0;
	ssize_t n = msg_recv(i->start->control, &q, sizeof(q), files, &n_files);
	size_t head = offsetof(struct control_request, text);

	if (n <= 0) {
		i->ending = n == 0; /* the daemon is gone: the keeper starts both anew */
		return;
	}
	a.type = q.type;
	a.token = q.token;
	a.generation = q.generation;
	a.result = -EINVAL;
	if ((size_t)n >= head && q.text_len <= sizeof(q.text) && (size_t)n == head + q.text_len)
		a.result = serve(i, &q, files, n_files, &a);
	msg_close_files(files, n_files);
	msg_send(i->start->control, &a, sizeof(a), NULL, 0);
}

/* --- start and loop --- */

static int watch(int epfd, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	return epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

static int open_all(struct inspector *i)
{
	const struct child_start *s = i->start;
	struct pipeline_opts o = {
		.kern = s->kern,
		.on_finding = on_finding,
		.ctx = i,
		.max_flows = MAX_FLOWS,
		.max_stream_bytes = STREAM_BYTES,
		.depth = s->conf->stream_depth,
		.checksums = s->conf->stream_checksums,
	};
	sigset_t set;
	int r = pipeline_new(&o, &i->pipeline);

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	i->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	i->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (i->signals < 0 || i->epfd < 0)
		return -errno;
	if (!r)
		r = kern_ring_new(s->kern, pipeline_event, i->pipeline, &i->ring);
	if (!r)
		r = watch(i->epfd, kern_ring_fd(i->ring), EPOLLIN);
	if (!r)
		r = watch(i->epfd, s->control, EPOLLIN);
	if (!r)
		r = watch(i->epfd, s->findings, 0); /* EPOLLHUP: the daemon is gone */
	return r ? r : watch(i->epfd, i->signals, EPOLLIN);
}

static int enter(struct inspector *i, struct strbuf *err)
{
	const struct child_start *s = i->start;
	int keep[] = { 2, s->findings, s->control, i->epfd, i->signals, kern_ring_fd(i->ring),
		       kern_map_fd(s->kern, KERN_MAP_events) };
	struct sandbox box = {
		.profile = SANDBOX_INSPECTOR,
		.user = s->conf->user,
		.keep = keep,
		.n_keep = ARRAY_SIZE(keep),
		.memory_bytes = MEMORY_BYTES,
		.parent = s->keeper,
	};

	return sandbox_enter(&box, err);
}

static void loop(struct inspector *i)
{
	while (!i->ending) {
		struct epoll_event ev[4];
		int n = epoll_wait(i->epfd, ev, ARRAY_SIZE(ev), -1);

		for (int k = 0; k < n; k++) {
			if (ev[k].data.fd == kern_ring_fd(i->ring))
				kern_ring_consume(i->ring);
			else if (ev[k].data.fd == i->start->control)
				on_control(i);
			else
				i->ending = true;
		}
	}
}

void inspector_main(const struct child_start *s)
{
	struct inspector i = { .start = s };
	struct strbuf err = { 0 };
	int r;

	log_set_ident("inspector");
	r = open_all(&i);
	if (!r)
		r = enter(&i, &err);
	if (r)
		log_error("cannot start: %s", err.s ? err.s : strerror(-r));
	else
		loop(&i);
	if (i.dropped)
		log_warn("%llu findings were dropped: the daemon was too slow", (unsigned long long)i.dropped);
	_exit(r ? 1 : 0);
}
