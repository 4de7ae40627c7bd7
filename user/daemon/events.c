/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a finding to what others see: decide, enforce, render once, hand the
 * line to outputs, followers and the ring of recent events. Quarantines that
 * begin or end are told twice: as an event, and urgently to notifiers.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/behaviour.h"
#include "base/clock.h"
#include "base/lists.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/names.h"
#include "daemon/threats.h"
#include "out/say.h"

#define POLL_S 2 /* the kernel's counts of devices are judged that often */
#define NAME_NS (10 * 1000000000ULL) /* a name of an interface is asked again after this */

static const char *const event_types[] = {
#define TYPE(id, type) [FINDING_##id] = type,
	FINDING_LIST(TYPE)
#undef TYPE
};

/* --- lines --- */

static void remember(struct daemon *d, const char *type, const char *line, size_t len)
{
	size_t at = d->recent.next++ % RECENT_EVENTS;

	free(d->recent.line[at]);
	d->recent.line[at] = strndup(line, len);
	str_copy(d->recent.type[at], sizeof(d->recent.type[at]), type);
}

/* @j and @summary are done with */
static void publish(struct daemon *d, const char *type, struct json *j, enum out_weight weight, struct strbuf *summary)
{
	if (!j->b.failed && j->b.len) {
		out_publish(d->out, j->b.s, j->b.len, weight, summary->s ? summary->s : "");
		ctl_publish(d->ctl, type, j->b.s, j->b.len);
		remember(d, type, j->b.s, j->b.len);
	}
	json_done(j);
	strbuf_done(summary);
}

void events_recent(const struct daemon *d, const char *type, struct json *j, const char *key)
{
	json_begin(j, key, '[');
	for (size_t i = 0; i < RECENT_EVENTS; i++) {
		size_t at = (d->recent.next + i) % RECENT_EVENTS;

		if (d->recent.line[at] && (!type || !strcmp(type, d->recent.type[at])))
			json_raw(j, NULL, d->recent.line[at]);
	}
	json_end(j, ']');
}

void events_mentioning(const struct daemon *d, const char *needle, size_t max, struct json *j, const char *key)
{
	size_t from = RECENT_EVENTS, n = 0;

	while (from > 0 && n < max) {
		const char *line = d->recent.line[(d->recent.next + --from) % RECENT_EVENTS];

		n += line && strstr(line, needle);
	}
	json_begin(j, key, '[');
	for (; from < RECENT_EVENTS; from++) {
		const char *line = d->recent.line[(d->recent.next + from) % RECENT_EVENTS];

		if (line && strstr(line, needle))
			json_raw(j, NULL, line);
	}
	json_end(j, ']');
}

void events_done(struct daemon *d)
{
	for (size_t i = 0; i < RECENT_EVENTS; i++)
		free(d->recent.line[i]);
}

static const char *iface_name(struct daemon *d, uint32_t ifindex)
{
	__typeof__(d->ifaces[0]) *n = &d->ifaces[ifindex % IFACE_NAMES];
	uint64_t now = clock_now_ns();

	if (n->ifindex != ifindex || now - n->at_ns > NAME_NS) {
		n->ifindex = ifindex;
		n->at_ns = now;
		if (!if_indextoname(ifindex, n->name))
			n->name[0] = 0;
	}
	return n->name;
}

/* --- notices --- */

/* on a mirror nothing can be dropped: who cuts the device off instead */
static const char *enforced_by(const struct daemon *d, uint16_t zone)
{
	bool is_mirror = false;

	for (size_t i = 0; i < d->conf.ifaces.len; i++) {
		if (d->conf.ifaces.data[i].zone != zone)
			continue;
		if (d->conf.ifaces.data[i].role != CORDON_ROLE_MIRROR)
			return "kernel";
		is_mirror = true;
	}
	if (!is_mirror)
		return "kernel"; /* attached by command */
	return conf_sim_enforcer(d->conf.sim_provider);
}

/* the record of a device, or what its key alone says of it in @made; NULL: the id is none */
static struct device *device_of(struct daemon *d, const char *id, struct device *made)
{
	struct device *dev = inventory_by_id(d->inventory, id);

	if (dev)
		return dev;
	*made = (struct device){ 0 };
	if (device_key_parse(id, &made->key))
		return NULL;
	str_copy(made->id, sizeof(made->id), id);
	return made;
}

void events_notice(struct daemon *d, const char *what, const struct quarantine *q, const char *text, bool urgent)
{
	struct device made, *dev = q ? device_of(d, q->device, &made) : NULL;
	struct strbuf summary = { 0 };
	struct quarantine told;
	struct json j = { 0 };

	if (q && dev) {
		told = *q;
		told.enforced_by = enforced_by(d, dev->key.zone);
		q = &told;
	}
	eve_notice(&j, what, q, dev, text);
	out_summary_notice(&summary, what, q, text);
	publish(d, "cordon", &j, urgent ? OUT_URGENT : OUT_EVENT, &summary);
}

void events_notice_device(struct daemon *d, const char *what, const struct device *dev, const char *text)
{
	struct strbuf summary = { 0 };
	struct json j = { 0 };

	eve_notice(&j, what, NULL, dev, text);
	out_summary_notice(&summary, what, NULL, text);
	publish(d, "cordon", &j, OUT_EVENT, &summary);
}

bool events_get_quarantine(struct daemon *d, const char *device, struct quarantine *ret)
{
	return act_quarantine_get(d->act, device, ret);
}

void events_quarantine(struct daemon *d, const char *device, const char *what)
{
	struct quarantine q;

	if (events_get_quarantine(d, device, &q))
		events_notice(d, what, &q, q.reason, true);
}

/* --- findings --- */

static void note_latency(struct daemon *d, uint64_t ts_ns)
{
	uint64_t now = clock_now_ns(), us = now > ts_ns ? (now - ts_ns) / 1000 : 0;
	unsigned int i = 0;

	while (us >> i && i < LATENCY_BUCKETS - 1)
		i++;
	d->latency[i]++;
}

static void begin_quarantine(struct daemon *d, const struct device *dev, const struct decision *dec)
{
	log_warn("%s: quarantined: %s", dev->id, dec->why);
	events_quarantine(d, dev->id, "quarantine_begin");
}

/* once for each device: what waits already has been told */
static void ask_person(struct daemon *d, const struct device *dev, const struct decision *dec)
{
	const struct pending *p = act_pending_get(d->act, dev->id);
	struct quarantine q = { .level = dec->level, .decision = dec->id };

	if (!p || p->decision != dec->id)
		return;
	str_copy(q.device, sizeof(q.device), dev->id);
	str_copy(q.reason, sizeof(q.reason), dec->why);
	q.since_ns = q.until_ns = p->since_ns;
	log_warn("%s: waits for confirm or refuse: %s", dev->id, dec->why);
	events_notice(d, "quarantine_waits", &q, dec->why, true);
}

/* --- mode hold --- */

static void note_denied(struct daemon *d, const struct finding *f)
{
	d->denied.flow_id[d->denied.next++ % HOLD_DENIED] = f->facts.flow_id;
	d->denied.ts_ns = f->ts_ns;
}

/* a packet without a flow, or of which alone this is, is known by its time: its findings came just before */
static bool is_denied(const struct daemon *d, const struct finding *f)
{
	if (d->denied.ambiguous_ns == f->ts_ns)
		return true;
	if (!f->facts.flow_id)
		return d->denied.ts_ns == f->ts_ns;
	for (size_t i = 0; i < HOLD_DENIED; i++)
		if (d->denied.flow_id[i] == f->facts.flow_id)
			return true;
	return false;
}

/* nothing waits for the keeper here: a verdict that finds no room is one that does not come */
static void give_verdict(struct daemon *d, const struct finding *f)
{
	struct verdict v = { .ticket = f->ticket, .is_denied = is_denied(d, f) };

	msg_send(d->start->verdicts, &v, sizeof(v), NULL, 0);
}

/* once, with the first thing that is said of a finding; f->evidence says afterwards whether there was room for it */
static void keep_evidence(struct daemon *d, struct finding *f)
{
	if (f->evidence && (!d->at_hand.len || evidence_later(d->evidence, f, d->at_hand.pcap, d->at_hand.len)))
		f->evidence = 0;
}

static void one(struct daemon *d, struct finding *f)
{
	const struct indicators *threats = threats_set(d->threats, f->generation);
	const char *type = event_types[f->kind];
	struct decision dec = { 0 };
	struct strbuf summary = { 0 };
	enum out_weight weight;
	struct device *dev;
	struct json j = { 0 };

	if (f->kind == FINDING_THREAT && threats && indicator_is_exception(threats, f->indicator))
		return;
	act_finding(d->act, f, &dec); /* enforced here, before anything is written */
	if (decision_in_force(&dec)) {
		note_latency(d, f->ts_ns);
		note_denied(d, f);
	}
	keep_evidence(d, f);
	/* only what is enforced: in mode observe nothing is sent */
	if (f->reject.ends && f->kind == FINDING_ALERT && decision_in_force(&dec))
		msg_send(d->start->verdicts, &f->reject, sizeof(f->reject), NULL, 0);
	if (f->kind == FINDING_THREAT)
		threats_hit(d->threats, f->generation, f->indicator);
	d->n_alerts += f->kind == FINDING_ALERT || f->kind == FINDING_THREAT;
	if (!type[0] && dec.kind == DECISION_NOTHING)
		return;
	dev = inventory_touch(d->inventory, &f->facts, f->ts_ns);
	eve_render(&j, f, &dec, dev, iface_name(d, f->facts.ifindex), threats);
	type = type[0] ? type : "alert";
	weight = strcmp(type, "alert") ? OUT_EVENT : OUT_ALERT;
	if (weight == OUT_ALERT)
		out_summary_alert(&summary, f, &dec, dev);
	publish(d, type, &j, weight, &summary);
	if (dev && dec.kind == DECISION_QUARANTINE && decision_in_force(&dec))
		begin_quarantine(d, dev, &dec);
	else if (dev && dec.waits)
		ask_person(d, dev, &dec);
}

void events_finding(struct daemon *d, struct finding *f)
{
	struct finding threat;

	d->n_findings++;
	if (f->kind == FINDING_HELD) {
		give_verdict(d, f);
		return;
	}
	if (!d->is_configured)
		return;
	if (f->is_ambiguous)
		d->denied.ambiguous_ns = f->ts_ns;
	if (f->kind == FINDING_IDENTITY) {
		if (act_identity(d->act, f, &threat))
			one(d, &threat);
		return;
	}
	if (!finding_is_question(f->kind))
		one(d, f);
	if (act_threat_of(d->act, f, &threat))
		one(d, &threat);
}

/* --- outputs that enforce --- */

#define SYNC_S 300
#define SYNC_FIRST_S 5
#define SYNC_MAX 4096 /* quarantines; with more, only what happens is told */

struct sync {
	struct daemon *d;
	uint64_t now_ns, count;
};

static int sync_one(const struct quarantine *q, void *ctx)
{
	struct sync *s = ctx;
	struct device made;
	const struct device *dev = device_of(s->d, q->device, &made);
	struct json j = { 0 };

	s->count++;
	json_begin(&j, NULL, '{');
	json_begin(&j, "cordon", '{');
	json_str(&j, "what", "quarantine_active");
	json_u64(&j, "sync", s->now_ns);
	json_u64(&j, "age_s", (s->now_ns - q->since_ns) / 1000000000ULL);
	json_str(&j, "device_id", q->device);
	json_str(&j, "level", level_name(q->level));
	if (dev)
		eve_device(&j, dev);
	json_end(&j, '}');
	json_end(&j, '}');
	if (!j.b.failed)
		out_sync(s->d->out, j.b.s, j.b.len);
	json_done(&j);
	return 0;
}

static void sync_outputs(struct daemon *d)
{
	struct sync s = { .d = d, .now_ns = clock_now_ns() };
	struct json j = { 0 };

	if ((d->ticks % SYNC_S && d->ticks != SYNC_FIRST_S) || !out_wants_sync(d->out) || act_quarantine_count(d->act) > SYNC_MAX)
		return;
	act_quarantine_each(d->act, sync_one, &s);
	json_begin(&j, NULL, '{');
	json_begin(&j, "cordon", '{');
	json_str(&j, "what", "quarantine_sync");
	json_u64(&j, "sync", s.now_ns);
	json_u64(&j, "count", s.count);
	json_end(&j, '}');
	json_end(&j, '}');
	if (!j.b.failed)
		out_sync(d->out, j.b.s, j.b.len);
	json_done(&j);
}

/* what outputs have to say of what they did */
static void hear_outputs(struct daemon *d)
{
	struct quarantine q;
	struct saying s;

	while (say_take(&s)) {
		if (!events_get_quarantine(d, s.device, &q)) {
			q = (struct quarantine){ 0 };
			str_copy(q.device, sizeof(q.device), s.device);
		}
		events_notice(d, s.what, &q, s.text, true);
	}
}

#define LAST_NS 1000000000ULL

void events_last(struct daemon *d)
{
	out_wait_enforced(d->out, LAST_NS);
	hear_outputs(d);
}

/* --- leases --- */

static void behaviour(const struct finding *f, void *ctx)
{
	struct finding copy = *f;

	one(ctx, &copy);
}

void events_keep_books(struct daemon *d, const char *device)
{
	struct device *dev = inventory_by_id(d->inventory, device);

	if (dev && dev->lease_dropped)
		(void)names_changed(d, dev); /* when it fails all are given again */
}

static void ended(const struct quarantine *q, void *ctx)
{
	struct daemon *d = ctx;

	log_info("%s: the quarantine's lease has ended", q->device);
	events_keep_books(d, q->device);
	events_notice(d, "quarantine_end", q, "the lease has ended", true);
}

void events_tick(struct daemon *d)
{
	act_on_end(d->act, ended, d);
	act_tick(d->act, clock_now_ns());
	hear_outputs(d);
	sync_outputs(d);
	if (d->ticks % POLL_S == 0)
		act_poll(d->act, clock_now_ns(), behaviour, d);
}
