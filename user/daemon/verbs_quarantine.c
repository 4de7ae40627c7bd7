/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests about quarantines: by hand, confirmed or refused, and the breaker. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lists.h"
#include "daemon/listing.h"

#define DEFAULT_LEASE_NS (3600ULL * 1000000000ULL)

/* the id of a device that was seen or only named by its MAC or address; @what itself when it is neither */
static const char *device_id(struct daemon *d, const char *what, char dst[DEVICE_ID_MAX])
{
	struct device *dev = inventory_find(d->inventory, what);
	struct cordon_device_key key;

	if (dev)
		return dev->id;
	return device_key_parse(what, &key) ? what : device_key_str(dst, DEVICE_ID_MAX, &key);
}

void verb_quarantine_add(struct daemon *d, const struct ctl_request *r)
{
	const char *device = verb_need(d, r, "device"), *level = jsonin_str(r->body, "level"), *reason = jsonin_str(r->body, "reason");
	uint64_t lease = jsonin_u64(r->body, "for_ns");
	int id = level ? level_from_name(level) : CORDON_LEVEL_CUT, rc;
	struct strbuf err = { 0 };
	char text[DEVICE_ID_MAX];

	if (!device)
		return;
	if (id < 0 || id == CORDON_LEVEL_NONE) {
		verbs_fail(d, r->client, VERB_USAGE, "level: watch, limit, local, update or cut");
		return;
	}
	rc = act_quarantine_add(d->act, device, (uint8_t)id, lease ? lease : DEFAULT_LEASE_NS, reason ? reason : "by hand", &err);
	if (!rc)
		events_quarantine(d, device_id(d, device, text), "quarantine_begin");
	if (rc == -ENOENT)
		rc = -EINVAL; /* adding is not looking up: exit code 1 */
	verb_answer(d, r, rc, &err);
}

void verb_quarantine_release(struct daemon *d, const struct ctl_request *r)
{
	const char *device = verb_need(d, r, "device");
	char text[DEVICE_ID_MAX];
	struct strbuf err = { 0 };
	struct quarantine q = { 0 };
	int rc;

	if (!device)
		return;
	events_get_quarantine(d, device_id(d, device, text), &q);
	rc = act_quarantine_release(d->act, device, jsonin_u64(r->body, "hold_off_ns"), &err);
	if (!rc) {
		events_keep_books(d, device_id(d, device, text));
		events_notice(d, "quarantine_end", &q, "released by hand", true);
	}
	verb_answer(d, r, rc, &err);
}

static bool fits(const struct listing *l, const struct cordon_device_key *key, const char *device, uint8_t level, const char *reason)
{
	const char *texts[] = { device, reason, NULL };

	return (l->level == CORDON_LEVEL_NONE || l->level == level) && (listing_matches(l, texts) || listing_names(l, key));
}

static const char *origin_name(const struct quarantine *q)
{
	static const char *const origins[] = { "auto", "manual", "policy" };

	return q->origin < ARRAY_SIZE(origins) ? origins[q->origin] : "?";
}

static uint64_t left_s(const struct listing *l, const struct quarantine *q)
{
	return q->until_ns > l->now_ns ? (q->until_ns - l->now_ns) / 1000000000ULL : 0;
}

static void json_quarantine(struct listing *l, const struct quarantine *q, const char *name)
{
	struct json *j = &l->j;

	json_begin(j, NULL, '{');
	json_str(j, "device", q->device);
	json_str(j, "name", name);
	json_str(j, "level", level_name(q->level));
	json_str(j, "origin", origin_name(q));
	json_str(j, "reason", q->reason);
	listing_instant(l, "until", q->until_ns);
	json_u64(j, "left_s", q->until_ns == UINT64_MAX ? 0 : left_s(l, q));
	json_u64(j, "packets", q->packets);
	listing_instant(l, "since", q->since_ns);
	json_u64(j, "decision_id", q->decision);
	json_u64(j, "offence", q->offence);
	json_u64(j, "bytes", q->bytes);
	json_u64(j, "passed", q->passed);
	json_end(j, '}');
}

static const char *const quarantine_columns[] = { "device", "name", "level", "origin", "left_s", "packets", "reason", NULL };

/* left_s of one without an end is a text, "" */
static void quarantine_row(struct listing *l, const struct quarantine *q, const char *name)
{
	struct json *j = &l->j;

	json_begin(j, NULL, '[');
	json_str(j, NULL, q->device);
	json_str(j, NULL, name);
	json_str(j, NULL, level_name(q->level));
	json_str(j, NULL, origin_name(q));
	if (q->until_ns == UINT64_MAX)
		json_str(j, NULL, "");
	else
		json_u64(j, NULL, left_s(l, q));
	json_u64(j, NULL, q->packets);
	json_str(j, NULL, q->reason);
	json_end(j, ']');
}

static bool list_quarantine(struct listing *l)
{
	struct quarantine q;

	if (!act_walk_next(l->walk, &q))
		return false;
	if (!fits(l, act_walk_key(l->walk), q.device, q.level, q.reason))
		return true;
	l->left--;
	act_walk_count(l->walk, &q);
	(l->table ? quarantine_row : json_quarantine)(l, &q, listing_name(l, act_walk_key(l->walk)));
	return true;
}

static int list_pending(const struct pending *p, void *ctx)
{
	static const struct cordon_device_key none; /* no device has it */
	struct listing *l = ctx;
	struct device *dev = inventory_by_id(l->d->inventory, p->device);

	if (!fits(l, dev ? &dev->key : &none, p->device, p->level, p->reason))
		return 0;
	json_begin(&l->j, NULL, '{');
	json_str(&l->j, "device", p->device);
	json_str(&l->j, "name", dev ? dev->name : "");
	json_str(&l->j, "level", level_name(p->level));
	json_str(&l->j, "reason", p->reason);
	json_instant(&l->j, "since", p->since_ns);
	json_u64(&l->j, "decision_id", p->decision);
	json_end(&l->j, '}');
	return 0;
}

/* what waits stands behind: it is not many */
static void close_quarantines(struct listing *l)
{
	act_walk_close(l->walk);
	json_end(&l->j, ']');
	json_begin(&l->j, "waiting", '[');
	act_pending_each(l->d->act, list_pending, l);
	json_end(&l->j, ']');
}

void verb_quarantine_list(struct daemon *d, const struct ctl_request *r)
{
	struct listing *l = listing_new(d, r);
	int rc = l ? listing_find_names(l) : 0;

	if (l && !rc)
		rc = act_walk_open(d->act, &l->walk);
	if (rc) {
		free(l->named);
		free(l);
		verbs_fail(d, r->client, VERB_FAILED, strerror(-rc));
		return;
	}
	if (!l)
		return;
	l->step = list_quarantine;
	l->close = close_quarantines;
	listing_reply(l, r, "quarantines", quarantine_columns);
}

/* --- what waits for a person, and the breaker --- */

void verb_quarantine_confirm(struct daemon *d, const struct ctl_request *r)
{
	const char *device = verb_need(d, r, "device");
	struct strbuf err = { 0 };
	char text[DEVICE_ID_MAX];
	int rc;

	if (!device)
		return;
	rc = act_confirm(d->act, device, &err);
	if (!rc)
		events_quarantine(d, device_id(d, device, text), "quarantine_begin");
	verb_answer(d, r, rc, &err);
}

void verb_quarantine_refuse(struct daemon *d, const struct ctl_request *r)
{
	const char *device = verb_need(d, r, "device");
	struct strbuf err = { 0 };

	if (device)
		verb_answer(d, r, act_refuse(d->act, device, jsonin_u64(r->body, "hold_off_ns"), &err), &err);
}

void verb_quarantine_breaker_status(struct daemon *d, const struct ctl_request *r)
{
	struct act_breaker b;
	struct json j = { 0 };

	act_breaker_get(d->act, &b);
	verb_begin(&j);
	json_bool(&j, "tripped", b.tripped);
	json_u64(&j, "in_this_minute", b.count);
	json_u64(&j, "limit", b.limit);
	json_u64(&j, "held_back", b.waiting);
	json_u64(&j, "waiting", b.pending);
	json_end(&j, '}');
	verbs_reply(d, r->client, &j);
}

void verb_quarantine_breaker_reset(struct daemon *d, const struct ctl_request *r)
{
	struct strbuf err = { 0 };

	act_breaker_reset(d->act);
	events_notice(d, "breaker_reset", NULL, "automatic quarantines are on again", true);
	verb_answer(d, r, 0, &err);
}
