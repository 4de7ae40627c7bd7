// SPDX-License-Identifier: BSD-2-Clause
/*
 * From a finding to the deny map: inventory, decision, guard, breaker, lease.
 * decide.c says what is deserved; here stands what may keep it from being
 * done. A decision that is not carried out says why and is still published.
 */
#include "act/act.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/decide.h"
#include "act/guard.h"
#include "act/quarantine.h"
#include "act/state.h"
#include "act/update.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/lists.h"
#include "base/str.h"

#define MINUTE_NS (60 * 1000000000ULL)
/* "the same again" within this time is evidence where one packet is none */
#define REPEAT_NS MINUTE_NS

/* a device that did something once; the next time within REPEAT_NS counts */
struct suspect {
	struct cordon_device_key key;
	uint64_t first_ns;
	UT_hash_handle hh; /* in order of insertion */
};

struct act {
	const struct conf *conf;
	struct kern *kern;
	struct inventory *inventory;
	char *state_file;
	bool dirty; /* the state file is older than the tables */
	struct q_table *quarantines;
	struct guard_list *guards;
	struct update_list *update;
	struct suspect *suspects;
	const struct indicators *threats;
	const struct threat_index *index;
	uint32_t decisions;
	struct {
		uint64_t since_ns; /* of the minute being counted */
		uint32_t count, waiting;
		bool tripped;
	} breaker;
};

static int load_state(struct act *a, struct strbuf *err)
{
	int r = a->state_file ? state_load(a->state_file, a->quarantines, a->guards, err) : 0;

	if (r && r != -EBADMSG)
		return r;
	q_adopt(a->quarantines, clock_now_ns());
	return 0;
}

static int load_guards(struct act *a, struct strbuf *err)
{
	int r;

	for (size_t i = 0; i < a->conf->guards.len; i++) {
		r = guard_add(a->guards, a->conf->guards.data[i], "configuration", UINT64_MAX, GUARD_CONFIGURED, err);
		if (r && r != -EEXIST)
			return r;
		if (r)
			strbuf_clear(err);
	}
	return 0;
}

int act_new(const struct act_opts *o, struct act **ret, struct strbuf *err)
{
	struct act *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return -ENOMEM;
	a->conf = o->conf;
	a->kern = o->kern;
	a->inventory = o->inventory;
	a->state_file = o->state_file ? strdup(o->state_file) : NULL;
	r = o->state_file && !a->state_file ? -ENOMEM : q_new(o->kern, o->conf, &a->quarantines);
	r = r ? r : guard_new(o->kern, &a->guards);
	r = r ? r : update_new(o->kern, &a->update);
	r = r ? r : load_guards(a, err);
	r = r ? r : load_state(a, err);
	r = r ? r : update_sync(a->update, a->conf, a->guards);
	if (r) {
		act_free(a);
		return r;
	}
	*ret = a;
	return 0;
}

/* --- evidence by repetition --- */

static void expire_suspects(struct act *a, uint64_t now_ns)
{
	struct suspect *s, *tmp;

	HASH_ITER(hh, a->suspects, s, tmp) {
		if (now_ns - s->first_ns <= REPEAT_NS)
			return;
		HASH_DEL(a->suspects, s);
		free(s);
	}
}

/* true when another packet of this device was as bad a short while ago; remembers this one */
static bool is_repeated(struct act *a, const struct device *d, uint64_t ts_ns)
{
	struct suspect *s;

	expire_suspects(a, ts_ns);
	HASH_FIND(hh, a->suspects, &d->key, sizeof(d->key), s);
	if (s)
		return s->first_ns != ts_ns; /* two rules on one packet are one observation */
	if (HASH_COUNT(a->suspects) >= CORDON_DEVICE_MAX)
		return false;
	s = calloc(1, sizeof(*s));
	if (!s)
		return false;
	s->key = d->key;
	s->first_ns = ts_ns;
	HASH_ADD(hh, a->suspects, key, sizeof(s->key), s);
	if (!s->hh.tbl)
		free(s);
	return false;
}

/* --- enforcement --- */

static void hold_back(struct decision *d, const char *why)
{
	size_t n = strlen(d->why);

	d->held_back = true;
	snprintf(d->why + n, sizeof(d->why) - n, "; held back: %s", why);
}

static const struct guard_entry *guard_of(const struct act *a, const struct device *dev, const struct cordon_facts *c,
					  uint64_t now_ns)
{
	bool has_mac = !mac_is_zero(dev->key.mac);
	struct addr addr;

	/* the address it misbehaved under, not every one it ever claimed */
	memcpy(addr.b, c->from_device ? c->saddr : c->daddr, sizeof(addr.b));
	return guard_find(a->guards, has_mac ? dev->key.mac : NULL, &addr, c->ifindex, now_ns);
}

/* true: too many at once, a person must look */
static bool breaker_open(struct act *a, uint64_t now_ns)
{
	uint32_t limit = inventory_count(a->inventory) / 100;

	if (limit < a->conf->quarantine_breaker_per_min)
		limit = a->conf->quarantine_breaker_per_min;
	if (now_ns - a->breaker.since_ns >= MINUTE_NS) {
		a->breaker.since_ns = now_ns;
		a->breaker.count = 0;
	}
	if (a->breaker.count >= limit)
		a->breaker.tripped = true;
	if (a->breaker.tripped)
		a->breaker.waiting++;
	return a->breaker.tripped;
}

/* why a device that deserves it is not quarantined; NULL: nothing speaks against it */
static const char *objection(struct act *a, const struct device *dev, uint64_t now_ns)
{
	const struct q_record *r = q_get(a->quarantines, dev->id);

	if (r && !r->active && r->hold_off_ns > now_ns)
		return "released by hand with a hold-off that still runs";
	if (breaker_open(a, now_ns))
		return "the breaker is open: too many quarantines in a minute";
	return NULL;
}

static void start_quarantine(struct act *a, const struct device *dev, struct decision *d, uint64_t now_ns)
{
	struct q_start s = {
		.device = dev->id,
		.key = &dev->key,
		.level = d->level,
		.origin = CORDON_ORIGIN_AUTO,
		.decision = d->id,
		.lease_ns = q_lease(a->quarantines, dev->id, a->conf->quarantine_lease_ns),
		.now_ns = now_ns,
		.reason = d->why,
	};
	int r = q_start(a->quarantines, &s);

	if (r) {
		hold_back(d, r == -E2BIG ? "the deny map is full" : "the deny map cannot be written");
		return;
	}
	d->lease_ns = s.lease_ns;
	a->breaker.count++;
	a->dirty = true;
}

/* at @level or a stronger one */
static bool is_quarantined(const struct act *a, const struct device *dev, uint8_t level)
{
	const struct q_record *r = q_get(a->quarantines, dev->id);

	return r && r->active && r->q.level >= level && r->q.until_ns > clock_now_ns();
}

static void enforce_quarantine(struct act *a, const struct finding *f, const struct device *dev, struct decision *d,
			       uint64_t now_ns)
{
	const struct guard_entry *g = guard_of(a, dev, &f->facts, now_ns);
	const char *why;
	size_t n = strlen(d->why);

	if (is_quarantined(a, dev, d->level)) {
		d->kind = DECISION_ALERT;
		snprintf(d->why + n, sizeof(d->why) - n, "; already quarantined");
		return;
	}
	if (g) {
		d->guarded = true;
		snprintf(d->why + n, sizeof(d->why) - n, "; guarded: %s (%s)", g->what, g->reason);
		return;
	}
	why = objection(a, dev, now_ns);
	if (why)
		hold_back(d, why);
	else
		start_quarantine(a, dev, d, now_ns);
}

static void enforce_flow(struct act *a, const struct finding *f, struct decision *d, uint64_t now_ns)
{
	const struct cordon_facts *c = &f->facts;
	int r = c->flow_id ? q_deny_flow(a->quarantines, c->zone, c->flow_id, d->id, now_ns) : -ENOENT;

	if (r == -ENOENT && f->verdict)
		return; /* the kernel has dropped it, and will drop the next */
	if (r == -ENOENT)
		hold_back(d, "the packet belongs to no flow");
	else if (r < 0)
		hold_back(d, "no room for another flow verdict");
}

static void note_device(struct device *dev, const struct finding *f)
{
	if (f->kind == FINDING_SEEN)
		dev->flows++;
	else if (f->kind == FINDING_ALERT || f->kind == FINDING_THREAT)
		dev->alerts++;
}

void act_finding(struct act *a, const struct finding *f, struct decision *ret)
{
	struct device *dev = inventory_touch(a->inventory, &f->facts, f->ts_ns);
	struct decide_in in = { .conf = a->conf, .f = f, .dev = dev, .threats = a->threats };

	if (dev)
		note_device(dev, f);
	in.repeated = decide_counts(&in) && is_repeated(a, dev, f->ts_ns);
	decide(&in, ret);
	if (ret->kind == DECISION_NOTHING)
		return;
	ret->id = ++a->decisions;
	if (ret->kind == DECISION_ALERT)
		return;
	if (f->facts.mode == CORDON_MODE_OBSERVE)
		hold_back(ret, "observe mode");
	else if (ret->kind == DECISION_QUARANTINE)
		enforce_quarantine(a, f, dev, ret, clock_now_ns());
	else
		enforce_flow(a, f, ret, clock_now_ns());
}

/* --- by hand --- */

static int save(struct act *a, struct strbuf *err)
{
	int r;

	if (!a->state_file)
		return 0;
	r = state_save(a->state_file, a->quarantines, a->guards);
	a->dirty = r != 0;
	if (r && err)
		strbuf_addf(err, "in force, but %s cannot be written (%s): it will not survive a reboot", a->state_file,
			    strerror(-r));
	return r;
}

/* the id of a device that was seen, or of the key that @what is */
static int device_id(const struct act *a, const char *what, char id[DEVICE_ID_MAX], struct cordon_device_key *key)
{
	const struct device *d = inventory_find(a->inventory, what);

	if (d)
		*key = d->key;
	else if (device_key_parse(what, key))
		return -ENOENT;
	device_key_str(id, DEVICE_ID_MAX, key);
	return 0;
}

static const struct guard_entry *guard_of_key(const struct act *a, const struct cordon_device_key *key)
{
	struct addr addr;

	memcpy(addr.b, key->addr, sizeof(addr.b));
	if (mac_is_zero(key->mac))
		return guard_find(a->guards, NULL, &addr, 0, clock_now_ns());
	return guard_find(a->guards, key->mac, NULL, 0, clock_now_ns());
}

int act_quarantine_add(struct act *a, const char *device, uint8_t level, uint64_t lease_ns, const char *reason,
		       struct strbuf *err)
{
	char id[DEVICE_ID_MAX];
	struct cordon_device_key key;
	struct q_start s = { .device = id, .key = &key, .level = level, .origin = CORDON_ORIGIN_MANUAL,
			     .lease_ns = lease_ns, .reason = reason };
	const struct guard_entry *g;
	int r;

	if (level == CORDON_LEVEL_NONE || level >= CORDON_LEVELS) {
		strbuf_adds(err, "level: watch, limit, local, update or cut");
		return -EINVAL;
	}
	if (device_id(a, device, id, &key)) {
		strbuf_addf(err, "no device '%s' was seen, and it is no MAC or address", device);
		return -ENOENT;
	}
	g = guard_of_key(a, &key);
	if (g) {
		strbuf_addf(err, "%s is guarded (%s: %s); remove the guard entry first", id, g->what, g->reason);
		return -EPERM;
	}
	s.now_ns = clock_now_ns();
	s.decision = ++a->decisions;
	r = q_start(a->quarantines, &s);
	if (r) {
		strbuf_addf(err, "quarantine of %s: %s", id, r == -E2BIG ? "the deny map is full" : strerror(-r));
		return r;
	}
	return save(a, err);
}

int act_quarantine_release(struct act *a, const char *device, uint64_t hold_off_ns, struct strbuf *err)
{
	char id[DEVICE_ID_MAX];
	struct cordon_device_key key;
	int r = device_id(a, device, id, &key);

	if (!r)
		r = q_release(a->quarantines, id, hold_off_ns, clock_now_ns());
	if (r) {
		strbuf_addf(err, "'%s' is not quarantined", device);
		return r;
	}
	return save(a, err);
}

struct each {
	struct act *a;
	int (*cb)(const struct quarantine *, void *);
	void *ctx;
};

static int each_active(const struct q_record *r, void *ctx)
{
	struct each *e = ctx;
	struct quarantine q = r->q;

	if (!r->active)
		return 0;
	q_read_counts(e->a->quarantines, &q);
	return e->cb(&q, e->ctx);
}

int act_quarantine_each(struct act *a, int (*cb)(const struct quarantine *, void *), void *ctx)
{
	struct each e = { .a = a, .cb = cb, .ctx = ctx };

	return q_each(a->quarantines, each_active, &e);
}

int act_guard_add(struct act *a, const char *what, const char *reason, uint64_t for_ns, struct strbuf *err)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t until_ns = !for_ns || for_ns > UINT64_MAX - now_ns ? UINT64_MAX : now_ns + for_ns;
	int r = guard_add(a->guards, what, reason, until_ns, GUARD_ADDED, err);

	return r ? r : save(a, err);
}

int act_guard_remove(struct act *a, const char *what, struct strbuf *err)
{
	int r = guard_remove(a->guards, what, err);

	return r ? r : save(a, err);
}

int act_guard_each(struct act *a, int (*cb)(const char *, const char *, uint64_t, void *), void *ctx)
{
	const struct guard_entry *e;
	int r = 0;

	for (size_t i = 0; !r && (e = guard_get(a->guards, i)); i++)
		r = cb(e->what, e->reason, e->until_ns, ctx);
	return r;
}

int act_guard_discover(struct act *a)
{
	int r = guard_discover(a->guards), u = update_sync(a->update, a->conf, a->guards);

	return r ? r : u;
}

bool act_breaker(const struct act *a, uint32_t *ret_waiting)
{
	*ret_waiting = a->breaker.waiting;
	return a->breaker.tripped;
}

void act_breaker_reset(struct act *a)
{
	a->breaker.tripped = false;
	a->breaker.waiting = a->breaker.count = 0;
}

void act_tick(struct act *a, uint64_t now_ns)
{
	bool ended = q_tick(a->quarantines, now_ns);
	bool guard_ended = guard_expire(a->guards, now_ns);

	expire_suspects(a, now_ns);
	if (ended || guard_ended || a->dirty)
		(void)save(a, NULL); /* stays dirty when it fails, and is tried at the next tick */
}

/* --- names --- */

void act_set_threats(struct act *a, const struct indicators *in, const struct threat_index *index)
{
	a->threats = in;
	a->index = index;
}

bool act_threat_of_name(struct act *a, const struct finding *f, struct finding *ret)
{
	char name[256];
	uint32_t id;

	if (!a->index || !a->threats || !f->name[0])
		return false;
	if (f->kind != FINDING_DNS && f->kind != FINDING_TLS && f->kind != FINDING_HTTP)
		return false;
	/* what lies in one packet the kernel has looked up */
	if (!(f->facts.flow_flags & CORDON_FLOW_SPLIT_NAME) || f->reasons & CORDON_BIT(CORDON_REASON_THREAT_NAME))
		return false;
	if (f->is_response || domain_canonical(f->name, strlen(f->name), name, sizeof(name)))
		return false;
	id = threat_index_name(a->index, name, strlen(name));
	if (!id || id > a->threats->v.len)
		return false;
	*ret = *f;
	ret->kind = FINDING_THREAT;
	ret->indicator = id;
	ret->action = a->threats->v.data[id - 1].action;
	ret->reasons |= CORDON_BIT(CORDON_REASON_THREAT_NAME);
	return true;
}

void act_free(struct act *a)
{
	struct suspect *s, *tmp;

	if (!a)
		return;
	if (a->dirty)
		(void)save(a, NULL);
	HASH_ITER(hh, a->suspects, s, tmp) {
		HASH_DEL(a->suspects, s);
		free(s);
	}
	q_free(a->quarantines);
	guard_free(a->guards);
	update_free(a->update);
	free(a->state_file);
	free(a);
}
