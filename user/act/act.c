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

#include "act/act_int.h"
#include "act/decide.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/hash.h"
#include "base/lists.h"
#include "base/str.h"

#define MINUTE_NS (60 * 1000000000ULL)
/* "the same again" within this time is evidence where one packet is none */
#define REPEAT_NS MINUTE_NS
/* a state file of many records is written that often at most */
#define SAVE_EVERY_NS (5 * 1000000000ULL)

/* a device that did something once; the next time within REPEAT_NS counts */
struct suspect {
	struct cordon_device_key key;
	uint64_t first_ns;
	UT_hash_handle hh; /* in order of insertion */
};


static int load_state(struct act *a, const struct act_opts *o, struct strbuf *err)
{
	struct state st = { .quarantines = a->quarantines, .guards = a->guards, .pending = a->pending,
			    .progress = o->progress, .progress_ctx = o->progress_ctx };
	int r = a->state_file ? state_load(a->state_file, &st, err) : 0;

	if (r && r != -EBADMSG)
		return r;
	a->breaker.tripped = st.breaker_tripped;
	a->dirty = q_adopt(a->quarantines, clock_now_ns()) > 0;
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
	a->disk = o->disk;
	a->state_file = o->state_file ? strdup(o->state_file) : NULL;
	r = o->state_file && !a->state_file ? -ENOMEM : q_new(o->kern, o->conf, &a->quarantines);
	if (!r && a->inventory)
		q_on_close(a->quarantines, act_book_lease, a);
	r = r ? r : guard_new(o->kern, &a->guards);
	r = r ? r : update_new(o->kern, &a->update);
	r = r ? r : pending_new(&a->pending);
	r = r ? r : learned_new(o->kern, &a->learned);
	r = r ? r : load_guards(a, err);
	r = r ? r : load_state(a, o, err);
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

	/* whoever borrows the gateway's MAC on his own link: nothing is done to the MAC for it */
	if (has_mac) {
		const struct guard_entry *g = guard_find(a->guards, dev->key.mac, NULL, GUARD_ANYWHERE, now_ns);

		if (g)
			return g;
	}
	/* the address it misbehaved under, not every one it ever claimed */
	memcpy(addr.b, c->from_device ? c->saddr : c->daddr, sizeof(addr.b));
	return guard_find(a->guards, has_mac ? dev->key.mac : NULL, &addr, c->ifindex, now_ns);
}

uint32_t act_breaker_limit(const struct act *a)
{
	/* made-up devices do not raise it */
	uint32_t limit = inventory_answered(a->inventory) / 100;

	return limit < a->conf->quarantine_breaker_per_min ? a->conf->quarantine_breaker_per_min : limit;
}

/* true: too many at once, a person must look */
static bool breaker_open(struct act *a, uint64_t now_ns)
{
	if (now_ns - a->breaker.since_ns >= MINUTE_NS) {
		a->breaker.since_ns = now_ns;
		a->breaker.count = 0;
	}
	if (a->breaker.count >= act_breaker_limit(a) && !a->breaker.tripped) {
		a->breaker.tripped = true;
		a->dirty = true;
	}
	if (a->breaker.tripped)
		a->breaker.waiting++;
	return a->breaker.tripped;
}

/* why a device that deserves it is not quarantined, NULL: nothing speaks against it; *ret_waits: a person may */
static const char *objection(struct act *a, const struct device *dev, const struct decision *d, uint64_t now_ns,
			     bool *ret_waits)
{
	const struct q_record *r = q_get(a->quarantines, dev->id);

	*ret_waits = false;
	if (r && !r->active && r->hold_off_ns > now_ns)
		return "released by hand with a hold-off that still runs";
	if (d->response == CONF_RESPONSE_SUGGEST)
		return "the configuration only suggests it for this class";
	*ret_waits = true;
	if (d->response == CONF_RESPONSE_CONFIRM)
		return "waits for `cordon quarantine confirm`";
	if (breaker_open(a, now_ns))
		return "the breaker is open: too many quarantines in a minute";
	return NULL;
}

/* who must agree can do so later */
static void let_wait(struct act *a, const struct device *dev, struct decision *d, uint64_t now_ns)
{
	struct pending p = { .since_ns = now_ns, .decision = d->id, .level = d->level };
	const struct pending *old = pending_get(a->pending, dev->id);

	str_copy(p.device, sizeof(p.device), dev->id);
	str_copy(p.reason, sizeof(p.reason), d->why);
	if (old) { /* said already */
		p.since_ns = old->since_ns;
		p.decision = old->decision;
	}
	d->waits = !pending_put(a->pending, &p);
	a->dirty = true;
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
		.covers_tags = inventory_is_alone(a->inventory, &dev->key),
	};
	int r = q_start(a->quarantines, &s);

	if (r) {
		hold_back(d, r == -E2BIG ? "the deny map is full" : "the deny map cannot be written");
		return;
	}
	d->lease_ns = s.lease_ns;
	pending_del(a->pending, dev->id);
	a->breaker.count++;
	a->dirty = true;
}

/* what comes from the MAC of a device on a port where it does not live proves nothing about it */
static bool is_elsewhere(const struct device *dev, const struct cordon_facts *c)
{
	return !mac_is_zero(dev->key.mac) && c->role == CORDON_ROLE_DEVICE && dev->ifindex && c->ifindex &&
	       dev->ifindex != c->ifindex;
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
	bool waits;
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
	if (is_elsewhere(dev, &f->facts)) {
		hold_back(d, "seen on another port than the device's own");
		return;
	}
	why = objection(a, dev, d, now_ns, &waits);
	if (why && waits)
		let_wait(a, dev, d, now_ns);
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
	if (f->kind == FINDING_SEEN) {
		dev->flows++;
		inventory_note_peer(dev, &f->facts, f->ts_ns);
	} else if (f->kind == FINDING_APP) {
		contract_learn(&dev->contract, &f->facts);
	} else if (f->kind == FINDING_ALERT || f->kind == FINDING_THREAT)
		dev->alerts++;
}

/* the set that the finding's entry is of; NULL: gone, and what the kernel did is all there is to know */
static const struct indicators *threats_of(const struct act *a, const struct finding *f)
{
	if (f->generation == a->generation)
		return a->threats;
	return f->generation == a->generation_before ? a->threats_before : NULL;
}

/* a listed address that is guarded since: its feed loses the entry with the next set, and until then it is only told */
static bool spare_guarded_end(const struct act *a, const struct finding *f, struct decision *d)
{
	const struct indicators *in = threats_of(a, f);
	const struct guard_entry *g;
	size_t n = strlen(d->why);
	struct addr end;

	if (f->kind != FINDING_THREAT || !in || !f->indicator || f->indicator > in->v.len ||
	    (in->v.data[f->indicator - 1].kind > CORDON_INDICATOR_IPV6 && !f->learned))
		return false;
	memcpy(end.b, f->facts.from_device ? f->facts.daddr : f->facts.saddr, sizeof(end.b));
	g = guard_find(a->guards, NULL, &end, GUARD_ANYWHERE, clock_now_ns());
	if (!g)
		return false;
	d->kind = DECISION_ALERT;
	d->guarded = true;
	snprintf(d->why + n, sizeof(d->why) - n, "; the listed end is guarded: %s (%s)", g->what, g->reason);
	return true;
}

void act_finding(struct act *a, const struct finding *f, struct decision *ret)
{
	struct device *dev = inventory_touch(a->inventory, &f->facts, f->ts_ns);
	struct decide_in in = { .conf = a->conf, .f = f, .dev = dev, .threats = threats_of(a, f) };

	if (dev)
		note_device(dev, f);
	/* a behaviour is many packets from the device's own MAC and port */
	in.repeated = decide_counts(&in) && (f->gid == FINDING_GID_BEHAVIOUR || is_repeated(a, dev, f->ts_ns));
	decide(&in, ret);
	if (ret->kind == DECISION_NOTHING)
		return;
	if (dev && f->kind == FINDING_APP && contract_forbids(&dev->contract, &f->facts))
		dev->contract.denied++;
	ret->id = ++a->decisions;
	if (ret->kind == DECISION_ALERT || spare_guarded_end(a, f, ret))
		return;
	if (f->facts.mode == CORDON_MODE_OBSERVE)
		hold_back(ret, "observe mode");
	else if (ret->kind == DECISION_QUARANTINE)
		enforce_quarantine(a, f, dev, ret, clock_now_ns());
	else
		enforce_flow(a, f, ret, clock_now_ns());
}

/* may the state file be written now? One that could not be is tried again; one being written is waited for. */
static bool may_save(struct act *a, uint64_t now_ns)
{
	int r = a->disk && a->state_file ? disk_state(a->disk, a->state_file) : 0;

	if (r == -EINPROGRESS)
		return false;
	a->dirty = a->dirty || r;
	return a->dirty && (q_count(a->quarantines) < 10000 || now_ns > a->saved_ns + SAVE_EVERY_NS);
}

void act_tick(struct act *a, uint64_t now_ns)
{
	bool ended = q_tick(a->quarantines, now_ns, a->on_end, a->on_end_ctx);
	bool guard_ended = guard_expire(a->guards, now_ns);

	ended = pending_expire(a->pending, now_ns) || ended;

	expire_suspects(a, now_ns);
	learned_expire(a->learned, now_ns);
	a->dirty = ended || guard_ended || a->dirty;
	if (may_save(a, now_ns))
		(void)act_save(a, NULL); /* stays dirty when it fails, and is tried at the next tick */
}

void act_free(struct act *a)
{
	struct suspect *s, *tmp;

	if (!a)
		return;
	if (a->dirty)
		(void)act_save(a, NULL);
	HASH_ITER(hh, a->suspects, s, tmp) {
		HASH_DEL(a->suspects, s);
		free(s);
	}
	q_free(a->quarantines);
	guard_free(a->guards);
	update_free(a->update);
	pending_free(a->pending);
	learned_free(a->learned);
	free(a->state_file);
	free(a);
}
