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
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "inspector/builder.h"
#include "match/match.h"
#include "pipeline.h"
#include "proc/child.h"
#include "proc/msg.h"

#define MEMORY_BYTES (8ULL << 30) /* address space for rules and streams */
#define MAX_FLOWS 65536
#define RECORDS_AT_ONCE 4096 /* then others get their turn, and the keeper sees progress */
#define BEAT_MS 1000
#define STREAM_BYTES (64ULL << 20)

struct inspector {
	const struct child_start *start;
	struct kern_ring *ring;
	struct pipeline *pipeline;
	struct builder *builder;
	struct ruleset *rules;
	struct match_engine *engine;
	int epfd, signals;
	bool ending;
	uint64_t dropped; /* findings the daemon had no room for */
	unsigned int records;
};

/* --- findings --- */

/* what a kind does not fill is not sent */
static size_t finding_len(const struct finding *f)
{
	switch (f->kind) {
	case FINDING_SEEN:
	case FINDING_HELD:
		return offsetof(struct finding, sid);
	case FINDING_APP:
		return offsetof(struct finding, http_method);
	default:
		return sizeof(*f);
	}
}

static bool wants_evidence(const struct inspector *i, const struct finding *f)
{
	const char *dir = i->start->conf->evidence_dir;

	return (f->kind == FINDING_ALERT || f->kind == FINDING_THREAT) && dir && dir[0];
}

/* evidence follows its finding in one message */
static void on_finding(const struct finding *f, void *ctx)
{
	static uint8_t evidence[PIPELINE_EVIDENCE_MAX];
	struct inspector *i = ctx;
	struct finding with = *f;
	struct iovec part[2] = { { &with, finding_len(f) }, { evidence, 0 } };
	struct msghdr m = { .msg_iov = part, .msg_iovlen = 2 };

	if (wants_evidence(i, f))
		part[1].iov_len = pipeline_evidence(i->pipeline, clock_to_wall_ns(f->ts_ns), evidence, sizeof(evidence));
	with.evidence = (uint32_t)part[1].iov_len;
	if (sendmsg(i->start->findings, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		i->dropped++;
}

/* --- requests of the daemon --- */

static const char *action_name(uint8_t action)
{
	static const char *const actions[] = { "alert", "pass", "drop", "reject" };

	return action < ARRAY_SIZE(actions) ? actions[action] : "?";
}

static void json_rule(struct json *j, const struct rule *r, bool with_text)
{
	struct rule_info info;

	rule_info(r, &info);
	json_begin(j, NULL, '{');
	json_u64(j, "gid", info.gid);
	json_u64(j, "sid", info.sid);
	json_u64(j, "rev", info.rev);
	json_str(j, "state", rule_state_name(r));
	json_str(j, "action", action_name(info.action));
	json_u64(j, "severity", info.severity);
	json_str(j, "msg", info.msg);
	json_str(j, "classtype", info.classtype);
	json_str(j, "file", info.file);
	json_u64(j, "line", info.line);
	if (with_text)
		json_str(j, "text", info.text);
}

static void json_disabled(struct json *j, const struct rule_disabled *d, bool with_text)
{
	json_begin(j, NULL, '{');
	json_u64(j, "gid", d->gid);
	json_u64(j, "sid", d->sid);
	json_str(j, "state", "disabled");
	json_str(j, "file", d->file);
	json_u64(j, "line", d->line);
	if (with_text)
		json_str(j, "text", d->text);
	json_end(j, '}');
}

static int list(struct inspector *i, int fd, struct control_reply *a)
{
	size_t n = i->rules ? ruleset_count(i->rules) : 0, n_disabled;
	const struct rule_disabled *disabled = NULL;
	struct json j = { 0 };

	n_disabled = i->rules ? ruleset_disabled(i->rules, &disabled) : 0;
	json_begin(&j, NULL, '{');
	json_bool(&j, "ok", true);
	json_begin(&j, "rules", '[');
	for (size_t k = 0; k < n; k++) {
		json_rule(&j, ruleset_get(i->rules, k), false);
		json_end(&j, '}');
	}
	for (size_t k = 0; k < n_disabled; k++)
		json_disabled(&j, &disabled[k], false);
	json_end(&j, ']');
	json_end(&j, '}');
	a->loaded = (uint32_t)n;
	return builder_answer(fd, &j, a);
}

/* the rules of one sid: in force, disabled, refused; their number */
static size_t show_all(const struct inspector *i, const struct control_request *q, struct json *j)
{
	const struct rule_refusal *refused;
	const struct rule_disabled *disabled;
	size_t n = ruleset_count(i->rules), n_disabled = ruleset_disabled(i->rules, &disabled), shown = 0;
	size_t n_refused = ruleset_refusals(i->rules, &refused);

	for (uint32_t k = 0; k < n; k++) {
		struct match_profile cost;
		struct rule_info info;

		rule_info(ruleset_get(i->rules, k), &info);
		if (info.sid != q->sid || info.gid != q->gid)
			continue;
		match_profile_get(i->engine, k, &cost);
		json_rule(j, ruleset_get(i->rules, k), true);
		match_profile_json(j, &cost);
		json_end(j, '}');
		shown++;
	}
	for (size_t k = 0; k < n_disabled; k++) {
		if (disabled[k].sid != q->sid || disabled[k].gid != q->gid)
			continue;
		json_disabled(j, &disabled[k], true);
		shown++;
	}
	for (size_t k = 0; k < n_refused; k++) {
		if (refused[k].sid != q->sid)
			continue;
		json_begin(j, NULL, '{');
		json_u64(j, "sid", refused[k].sid);
		json_str(j, "state", "refused");
		json_str(j, "file", refused[k].file);
		json_u64(j, "line", refused[k].line);
		json_str(j, "keyword", refused[k].keyword);
		json_str(j, "reason", refused[k].reason);
		json_end(j, '}');
		shown++;
	}
	return shown;
}

static int show(const struct inspector *i, const struct control_request *q, int fd, struct control_reply *a)
{
	struct json j = { 0 };
	size_t n;

	json_begin(&j, NULL, '{');
	json_bool(&j, "ok", true);
	json_begin(&j, "rules", '[');
	n = i->rules ? show_all(i, q, &j) : 0;
	json_end(&j, ']');
	json_end(&j, '}');
	if (n)
		return builder_answer(fd, &j, a);
	json_done(&j);
	return -ENOENT;
}

static int profile(const struct inspector *i, int fd, struct control_reply *a)
{
	struct json j = { 0 };
	int r = 0;

	json_begin(&j, NULL, '{');
	json_bool(&j, "ok", true);
	json_u64(&j, "timed_every", CORDON_PROFILE_EVERY);
	if (i->engine)
		r = match_profile(i->engine, &j);
	json_end(&j, '}');
	if (!r)
		return builder_answer(fd, &j, a);
	json_done(&j);
	return r;
}

/* 1: answered later, and the files are the builder's */
static int serve(struct inspector *i, const struct control_request *q, size_t len, const int *files, size_t n_files,
		 struct control_reply *a)
{
	int r = -EINVAL;

	if (q->type == CONTROL_LOAD)
		r = builder_start(i->builder, q, len, files, n_files);
	else if (q->type == CONTROL_LIST && n_files == 1)
		return list(i, files[0], a);
	else if (q->type == CONTROL_SHOW && n_files == 1)
		return show(i, q, files[0], a);
	else if (q->type == CONTROL_PROFILE && n_files == 1)
		return profile(i, files[0], a);
	return r ? r : 1;
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
		a.result = serve(i, &q, (size_t)n, files, n_files, &a);
	if (a.result == 1)
		return;
	msg_close_files(files, n_files);
	if (a.result)
		str_copy(a.text, sizeof(a.text), strerror(-a.result));
	msg_send(i->start->control, &a, sizeof(a), NULL, 0);
}

/* the new set is in force from the next record on; the daemon swaps the kernel's part when it reads the answer */
static void on_built(struct inspector *i)
{
	struct built b;

	builder_take(i->builder, &b);
	if (b.engine) {
		pipeline_set_engine(i->pipeline, b.engine);
		match_free(i->engine);
		ruleset_free(i->rules);
		i->engine = b.engine;
		i->rules = b.rules;
	}
	msg_send(i->start->control, &b.reply, sizeof(b.reply), NULL, 0);
}

/* --- start and loop --- */

static int on_record(const struct cordon_event_hdr *ev, void *ctx)
{
	struct inspector *i = ctx;

	pipeline_event(ev, i->pipeline);
	return ++i->records % RECORDS_AT_ONCE ? 0 : -EAGAIN;
}

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
		.max_flow_events = s->conf->flow_events ? PIPELINE_FLOW_EVENTS : 0,
		.checksums = s->conf->stream_checksums,
		.midstream = s->conf->stream_midstream,
		.async_oneside = s->conf->stream_async_oneside,
		.packet_alerts = s->conf->alerts_per_packet,
		.policy = s->conf->stream_policy,
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
		r = kern_give_up_decisions(s->kern);
	if (!r)
		r = kern_ring_new(s->kern, on_record, i, &i->ring);
	if (!r)
		r = builder_new(&i->builder);
	if (!r)
		r = watch(i->epfd, builder_fd(i->builder), EPOLLIN);
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
	int keep[9] = { 2, s->findings, s->control, i->epfd, i->signals, kern_ring_fd(i->ring),
		       kern_map_fd(s->kern, KERN_MAP_events) };
	struct sandbox box = {
		.profile = SANDBOX_INSPECTOR,
		.user = s->conf->user,
		.keep = keep,
		.n_keep = 7 + builder_fds(i->builder, keep + 7),
		.memory_bytes = MEMORY_BYTES,
		.parent = s->keeper,
	};

	return sandbox_enter(&box, err);
}

static void loop(struct inspector *i)
{
	while (!i->ending) {
		struct epoll_event ev[4];
		int n = epoll_wait(i->epfd, ev, ARRAY_SIZE(ev), BEAT_MS);

		child_beat(i->start);
		if (!n)
			pipeline_idle(i->pipeline);
		for (int k = 0; k < n; k++) {
			if (ev[k].data.fd == kern_ring_fd(i->ring))
				kern_ring_consume(i->ring);
			else if (ev[k].data.fd == i->start->control)
				on_control(i);
			else if (ev[k].data.fd == builder_fd(i->builder))
				on_built(i);
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
