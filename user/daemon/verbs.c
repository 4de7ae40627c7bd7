/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to the daemon: who may ask what, how it is answered, and those about the daemon itself. */
#include "daemon/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lists.h"
#include "daemon/threats.h"

static const struct {
	const char *name;
	void (*run)(struct daemon *d, const struct ctl_request *r);
	bool acts;
} verbs[] = {
#define ROW(id, text, a) { text, verb_##id, a },
	VERB_LIST(ROW)
#undef ROW
};

/* --- answers --- */

void verbs_reply(struct daemon *d, uint64_t client, struct json *j)
{
	if (j->b.failed)
		verbs_fail(d, client, VERB_FAILED, "out of memory");
	else
		ctl_reply(d->ctl, client, j->b.s, j->b.len);
	json_done(j);
}

void verb_begin(struct json *j)
{
	json_begin(j, NULL, '{');
	json_bool(j, "ok", true);
}

/* what the client changed is in force; here he hears whether it will be after a reboot. false: it is being written yet */
static bool answer_written(struct daemon *d, uint64_t client, uint64_t from, uint64_t to)
{
	static const char ok[] = "{\"ok\":true}";
	const char *path;
	char text[512];
	int r;

	if (disk_result(d->disk, 1, to, NULL) == -EINPROGRESS)
		return false;
	r = disk_result(d->disk, from, to, &path);
	if (!r) {
		ctl_reply(d->ctl, client, ok, sizeof(ok) - 1);
		return true;
	}
	snprintf(text, sizeof(text), "in force, but %s cannot be written (%s): it will not survive a reboot", path, strerror(-r));
	verbs_fail(d, client, VERB_FAILED, text);
	return true;
}

void verbs_done(struct daemon *d, uint64_t client)
{
	uint64_t from = d->ticket + 1, to = disk_ticket(d->disk);

	if (answer_written(d, client, from, to))
		return;
	if (d->n_waiting == ARRAY_SIZE(d->waiting)) { /* most of them have gone: a client asks one thing at a time */
		verbs_fail(d, client, VERB_FAILED, "in force, but too many wait for the disk: ask whether it was kept");
		return;
	}
	d->waiting[d->n_waiting].client = client;
	d->waiting[d->n_waiting].from = from;
	d->waiting[d->n_waiting++].to = to;
}

void verbs_written(struct daemon *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_waiting; i++)
		if (!answer_written(d, d->waiting[i].client, d->waiting[i].from, d->waiting[i].to))
			d->waiting[n++] = d->waiting[i];
	d->n_waiting = n;
}

void verbs_fail(struct daemon *d, uint64_t client, int code, const char *text)
{
	struct json j = { 0 };

	if (!client || !d->ctl)
		return;
	json_begin(&j, NULL, '{');
	json_bool(&j, "ok", false);
	json_i64(&j, "code", code);
	json_str(&j, "error", text);
	json_end(&j, '}');
	if (!j.b.failed)
		ctl_reply(d->ctl, client, j.b.s, j.b.len);
	json_done(&j);
}

int verb_code(int error)
{
	return error == -ENOENT ? VERB_NOTHING : VERB_FAILED;
}

void verb_answer(struct daemon *d, const struct ctl_request *r, int error, struct strbuf *err)
{
	if (error)
		verbs_fail(d, r->client, verb_code(error), err->len ? err->s : strerror(-error));
	else
		verbs_done(d, r->client);
	strbuf_done(err);
}

const char *verb_need(struct daemon *d, const struct ctl_request *r, const char *key)
{
	const char *s = jsonin_str(r->body, key);
	char text[80];

	if (s && s[0])
		return s;
	snprintf(text, sizeof(text), "\"%.40s\" is missing in the request", key);
	verbs_fail(d, r->client, VERB_USAGE, text);
	return NULL;
}

struct device *verb_device(struct daemon *d, const struct ctl_request *r)
{
	const char *what = verb_need(d, r, "device");
	struct device *dev = what ? inventory_find(d->inventory, what) : NULL;

	if (what && !dev)
		verbs_fail(d, r->client, VERB_NOTHING, "no such device was seen; `cordon device list` shows those that were");
	return dev;
}

void json_seen(struct json *j, const char *key, uint64_t ns, uint64_t wall_ns)
{
	char text[40];

	json_str(j, key, clock_iso8601(text, sizeof(text), device_seen_wall_ns(ns, wall_ns)));
}

void json_instant(struct json *j, const char *key, uint64_t boot_ns)
{
	char text[40] = "";

	if (boot_ns != UINT64_MAX)
		clock_iso8601(text, sizeof(text), clock_to_wall_ns(boot_ns));
	json_str(j, key, text);
}

void verbs_request(const struct ctl_request *r, void *daemon)
{
	struct daemon *d = daemon;

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(verbs[i].name, r->cmd))
			continue;
		if (verbs[i].acts && !r->may_act)
			verbs_fail(d, r->client, VERB_FAILED, "not allowed: be root or of the control socket's group");
		else
			verbs[i].run(d, r);
		return;
	}
	verbs_fail(d, r->client, VERB_USAGE, "the daemon knows no such command: is it of an older version?");
}

/* --- status, stats, events --- */

static void json_ports(struct json *j, const struct rpc_reply *a)
{
	json_begin(j, "interfaces", '[');
	for (uint32_t i = 0; i < a->n_ports; i++) {
		const struct port_status *p = &a->ports[i];

		json_begin(j, NULL, '{');
		json_str(j, "name", p->ifname);
		json_i64(j, "ifindex", p->ifindex);
		json_str(j, "role", role_name(p->role));
		json_str(j, "mode", mode_name(p->mode));
		json_u64(j, "zone", p->zone);
		json_bool(j, "enforcing", p->enforcing);
		json_str(j, "xdp", p->generic ? "generic" : "native");
		json_bool(j, "dispatcher", p->dispatcher);
		json_str(j, "tc", p->tcx ? "tcx" : "clsact");
		verb_proof(j, p);
		json_str(j, "note", p->note);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void json_summary(struct daemon *d, struct json *j)
{
	struct threats_stats t;
	struct learned_stats learned;
	uint32_t waiting = 0;

	threats_stats(d->threats, &t);
	act_learned_stats(d->act, &learned);
	json_begin(j, "rules", '{');
	json_u64(j, "loaded", d->rules.loaded);
	json_u64(j, "refused", d->rules.refused);
	json_u64(j, "generation", d->rules.generation);
	json_bool(j, "by_hand", d->rules.live.by_hand);
	json_bool(j, "loading", d->rules.loading);
	json_str(j, "error", d->rules.error);
	json_end(j, '}');
	json_begin(j, "threats", '{');
	json_u64(j, "entries", t.entries);
	json_u64(j, "feeds", t.feeds);
	json_u64(j, "generation", t.generation);
	json_bool(j, "loading", t.busy);
	json_u64(j, "learned", learned.learned);
	json_u64(j, "learned_refused", learned.refused);
	json_u64(j, "learned_no_room", learned.no_room);
	json_end(j, '}');
	json_u64(j, "devices", inventory_count(d->inventory));
	json_u64(j, "quarantines", act_quarantine_count(d->act));
	json_begin(j, "breaker", '{');
	json_bool(j, "tripped", act_breaker(d->act, &waiting));
	json_u64(j, "waiting", waiting);
	json_end(j, '}');
}

static void json_evidence(struct json *j, const struct daemon *d)
{
	struct evidence_stats s;

	if (!d->evidence)
		return;
	evidence_stats(d->evidence, &s);
	json_begin(j, "evidence", '{');
	json_u64(j, "files", s.files);
	json_u64(j, "bytes", s.bytes);
	json_u64(j, "removed", s.removed);
	json_u64(j, "failed", s.failed);
	json_u64(j, "dropped", s.dropped);
	json_u64(j, "waiting", s.waiting);
	json_end(j, '}');
}

static void json_reject(struct json *j, const struct reject_counts *c)
{
	json_begin(j, "reject", '{');
	json_u64(j, "sent", c->sent);
	json_u64(j, "failed", c->failed);
	json_u64(j, "limited", c->limited);
	json_end(j, '}');
}

static void json_hold(struct json *j, const struct hold_counts *h)
{
	json_begin(j, "hold", '{');
	json_u64(j, "held", h->held);
	json_u64(j, "cleared", h->cleared);
	json_u64(j, "denied", h->denied);
	json_u64(j, "late", h->late);
	json_u64(j, "failed", h->failed);
	json_end(j, '}');
}

void verb_status(struct daemon *d, const struct ctl_request *r)
{
	struct rpc_request q = { .op = RPC_STATUS };
	struct rpc_reply a;
	struct json j = { 0 };
	int rc = rpc_call(d, &q, &a, NULL);

	if (rc) {
		verbs_fail(d, r->client, VERB_FAILED, a.text);
		return;
	}
	verb_begin(&j);
	json_u64(&j, "uptime_s", (clock_now_ns() - d->started_ns) / 1000000000ULL);
	json_begin(&j, "processes", '{');
	json_u64(&j, "keeper", a.keeper_pid);
	json_i64(&j, "daemon", getpid());
	json_u64(&j, "inspector", d->control >= 0 ? a.inspector_pid : 0);
	json_u64(&j, "daemon_restarts", a.daemon_restarts);
	json_u64(&j, "inspector_restarts", a.inspector_restarts);
	json_end(&j, '}');
	json_hold(&j, &a.hold);
	json_reject(&j, &a.reject);
	json_evidence(&j, d);
	json_bool(&j, "inspecting", d->control >= 0 && d->rules.generation);
	verb_attestation(d, &j, &a);
	json_ports(&j, &a);
	json_summary(d, &j);
	json_end(&j, '}');
	verbs_reply(d, r->client, &j);
}

static void json_kernel(struct json *j, const struct cordon_counters *c, const struct cordon_reasons *rs)
{
	json_begin(j, "kernel", '{');
	for (unsigned int i = 0; i < CORDON_COUNTERS; i++)
		json_u64(j, counter_name(i), c->n[i]);
	json_begin(j, "reasons", '{');
	for (unsigned int i = 1; i < CORDON_REASONS; i++) {
		if (!rs->r[i].packets)
			continue;
		json_begin(j, reason_name(i), '{');
		json_u64(j, "packets", rs->r[i].packets);
		json_u64(j, "bytes", rs->r[i].bytes);
		json_end(j, '}');
	}
	json_end(j, '}');
	json_end(j, '}');
}

static void json_outputs(struct daemon *d, struct json *j)
{
	struct out_stat st[8];
	size_t n = out_stats(d->out, st, ARRAY_SIZE(st));

	json_begin(j, "outputs", '[');
	for (size_t i = 0; i < n; i++) {
		json_begin(j, NULL, '{');
		json_str(j, "name", st[i].name);
		json_u64(j, "written", st[i].written);
		json_u64(j, "dropped", st[i].dropped);
		json_u64(j, "failed", st[i].failed);
		json_u64(j, "queued", st[i].queued);
		json_end(j, '}');
	}
	json_end(j, ']');
}

/* from packet to deny entry: upper bounds in microseconds, as powers of two */
static void json_latency(const struct daemon *d, struct json *j)
{
	uint64_t total = 0, sum = 0, p50 = 0, p99 = 0, most = 0;

	for (unsigned int i = 0; i < LATENCY_BUCKETS; i++)
		total += d->latency[i];
	for (unsigned int i = 0; i < LATENCY_BUCKETS; i++) {
		sum += d->latency[i];
		if (!d->latency[i])
			continue;
		most = 1ULL << i;
		if (!p50 && sum * 2 >= total)
			p50 = 1ULL << i;
		if (!p99 && sum * 100 >= total * 99)
			p99 = 1ULL << i;
	}
	json_u64(j, "decisions_enforced", total);
	json_u64(j, "decision_p50_us", p50);
	json_u64(j, "decision_p99_us", p99);
	json_u64(j, "decision_max_us", most);
}

void verb_stats(struct daemon *d, const struct ctl_request *r)
{
	struct cordon_counters c;
	struct cordon_reasons rs;
	struct ctl_stats ctl;
	struct rpc_reply a;
	struct json j = { 0 };
	int rc = kern_counters(d->kern, &c, &rs);

	if (rc || rpc_call(d, &(struct rpc_request){ .op = RPC_STATUS }, &a, NULL)) {
		verbs_fail(d, r->client, VERB_FAILED, rc ? strerror(-rc) : a.text);
		return;
	}
	ctl_stats(d->ctl, &ctl);
	verb_begin(&j);
	verb_attestation(d, &j, &a);
	json_kernel(&j, &c, &rs);
	json_begin(&j, "daemon", '{');
	json_u64(&j, "findings", d->n_findings);
	json_u64(&j, "bad_findings", d->n_bad_findings);
	json_u64(&j, "alerts", d->n_alerts);
	json_latency(d, &j);
	json_u64(&j, "devices", inventory_count(d->inventory));
	json_u64(&j, "devices_refused", inventory_refused(d->inventory));
	names_stats(d, &j);
	json_end(&j, '}');
	json_begin(&j, "control", '{');
	json_u64(&j, "clients", ctl.clients);
	json_u64(&j, "refused", ctl.refused);
	json_u64(&j, "requests", ctl.requests);
	json_u64(&j, "bad_requests", ctl.bad_requests);
	json_u64(&j, "followers", ctl.followers);
	json_u64(&j, "events_dropped", ctl.dropped);
	json_end(&j, '}');
	json_outputs(d, &j);
	json_end(&j, '}');
	verbs_reply(d, r->client, &j);
}

void verb_events(struct daemon *d, const struct ctl_request *r)
{
	const char *type = jsonin_str(r->body, "type");
	struct json j = { 0 };

	verb_begin(&j);
	if (jsonin_bool(r->body, "follow"))
		json_bool(&j, "follow", true);
	else
		events_recent(d, type, &j, "events");
	json_end(&j, '}');
	verbs_reply(d, r->client, &j);
	if (jsonin_bool(r->body, "follow"))
		ctl_follow(d->ctl, r->client, type);
}

/* --- interfaces, configuration --- */

static void ask_keeper(struct daemon *d, const struct ctl_request *r, const struct rpc_request *q)
{
	struct rpc_reply a;
	struct json j = { 0 };
	int rc = rpc_call(d, q, &a, NULL);

	if (rc) {
		verbs_fail(d, r->client, verb_code(rc), a.text);
		return;
	}
	verb_begin(&j);
	json_str(&j, "note", a.text);
	json_end(&j, '}');
	verbs_reply(d, r->client, &j);
}

void verb_attach(struct daemon *d, const struct ctl_request *r)
{
	const char *name = verb_need(d, r, "interface"), *role = name ? verb_need(d, r, "role") : NULL;
	const char *mode = jsonin_str(r->body, "mode");
	int role_id = role ? role_from_name(role) : -1, mode_id = mode ? mode_from_name(mode) : d->conf.mode;
	struct rpc_request q = { .op = RPC_ATTACH, .generic = jsonin_bool(r->body, "generic") };

	if (!role)
		return;
	if (role_id < 0 || mode_id < 0) {
		verbs_fail(d, r->client, VERB_USAGE,
			   role_id < 0 ? "role: device, uplink or mirror" : "mode: hold, react or observe");
		return;
	}
	str_copy(q.ifname, sizeof(q.ifname), name);
	q.role = (uint8_t)role_id;
	q.mode = (uint8_t)mode_id;
	q.zone = (uint16_t)jsonin_u64(r->body, "zone");
	ask_keeper(d, r, &q);
}

void verb_detach(struct daemon *d, const struct ctl_request *r)
{
	const char *name = verb_need(d, r, "interface");
	struct rpc_request q = { .op = RPC_DETACH };

	if (!name)
		return;
	str_copy(q.ifname, sizeof(q.ifname), name);
	ask_keeper(d, r, &q);
}

void verb_reload(struct daemon *d, const struct ctl_request *r)
{
	struct rpc_request q = { .op = RPC_RELOAD };

	ask_keeper(d, r, &q);
}

void json_app_set(struct json *j, const char *key, uint64_t apps)
{
	json_begin(j, key, '[');
	for (unsigned int i = CORDON_APP_NONE + 1; i < CORDON_APPS; i++)
		if (apps & CORDON_BIT(i))
			json_str(j, NULL, app_name(i));
	json_end(j, ']');
}
