// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a person says: quarantine and release, confirm and refuse, guards, the
 * breaker's reset; and what may be asked. Each change is in force and in the
 * state file, or handed over to who writes it, on return; the daemon answers
 * when it is written.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "act/act_int.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/lists.h"
#include "base/str.h"

#define SAVE_AT_ONCE 2000 /* records, of some 120 bytes each */

int act_save(struct act *a, struct strbuf *err)
{
	struct state st = { .quarantines = a->quarantines, .guards = a->guards, .pending = a->pending,
			    .breaker_tripped = a->breaker.tripped };
	struct strbuf text = { 0 };
	int r;

	if (!a->state_file)
		return 0;
	/* a long file is written every few seconds, not while somebody waits */
	if (err && q_count(a->quarantines) > SAVE_AT_ONCE) {
		a->dirty = true;
		return 0;
	}
	a->saved_ns = clock_now_ns();
	if (a->disk) {
		state_text(&st, &text);
		r = disk_replace(a->disk, a->state_file, &text, 0600);
	} else {
		r = state_save(a->state_file, &st);
	}
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
		return guard_find(a->guards, NULL, &addr, GUARD_ANYWHERE, clock_now_ns());
	return guard_find(a->guards, key->mac, NULL, GUARD_ANYWHERE, clock_now_ns());
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
	s.covers_tags = inventory_is_alone(a->inventory, &key);
	s.decision = ++a->decisions;
	r = q_start(a->quarantines, &s);
	if (r) {
		strbuf_addf(err, "quarantine of %s: %s", id, r == -E2BIG ? "the deny map is full" : strerror(-r));
		return r;
	}
	return act_save(a, err);
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
	return act_save(a, err);
}

/* --- what waits --- */

int act_confirm(struct act *a, const char *device, struct strbuf *err)
{
	char id[DEVICE_ID_MAX];
	struct cordon_device_key key;
	struct q_start s = { .device = id, .key = &key, .origin = CORDON_ORIGIN_AUTO, .now_ns = clock_now_ns() };
	const struct pending *p = device_id(a, device, id, &key) ? NULL : pending_get(a->pending, id);
	const struct guard_entry *g;
	int r;

	if (!p) {
		strbuf_addf(err, "nothing waits for '%s'; `cordon quarantine list` shows what does", device);
		return -ENOENT;
	}
	g = guard_of_key(a, &key);
	if (g) {
		strbuf_addf(err, "%s is guarded (%s: %s); remove the guard entry first", id, g->what, g->reason);
		return -EPERM;
	}
	s.level = p->level;
	s.covers_tags = inventory_is_alone(a->inventory, &key);
	s.decision = p->decision;
	s.reason = p->reason;
	s.lease_ns = q_lease(a->quarantines, id, a->conf->quarantine_lease_ns);
	r = q_start(a->quarantines, &s);
	if (r) {
		strbuf_addf(err, "quarantine of %s: %s", id, r == -E2BIG ? "the deny map is full" : strerror(-r));
		return r;
	}
	pending_del(a->pending, id);
	return act_save(a, err);
}

int act_refuse(struct act *a, const char *device, uint64_t hold_off_ns, struct strbuf *err)
{
	char id[DEVICE_ID_MAX];
	struct cordon_device_key key;
	uint64_t now_ns = clock_now_ns();
	int r = 0;

	if (device_id(a, device, id, &key) || !pending_del(a->pending, id)) {
		strbuf_addf(err, "nothing waits for '%s'; `cordon quarantine list` shows what does", device);
		return -ENOENT;
	}
	if (hold_off_ns)
		r = q_hold_off(a->quarantines, id, &key,
			       hold_off_ns > UINT64_MAX - now_ns ? UINT64_MAX : now_ns + hold_off_ns);
	if (r)
		strbuf_addf(err, "refused, but there is no room to remember the hold-off");
	return r ? r : act_save(a, err);
}

int act_pending_each(const struct act *a, int (*cb)(const struct pending *, void *), void *ctx)
{
	return pending_each(a->pending, cb, ctx);
}

const struct pending *act_pending_get(const struct act *a, const char *device)
{
	return pending_get(a->pending, device);
}

/* --- what is --- */

bool act_quarantine_get(struct act *a, const char *device, struct quarantine *ret)
{
	const struct q_record *r = q_get(a->quarantines, device);

	if (!r || !r->active)
		return false;
	*ret = r->q;
	q_read_counts(a->quarantines, ret);
	return true;
}

uint32_t act_quarantine_count(struct act *a)
{
	return q_active(a->quarantines);
}

bool act_is_quarantined(const struct act *a, const char *device)
{
	const struct q_record *r = q_get(a->quarantines, device);

	return r && r->active;
}

uint64_t act_hold_off(const struct act *a, const char *device)
{
	const struct q_record *r = q_get(a->quarantines, device);

	return r && r->hold_off_ns > clock_now_ns() ? r->hold_off_ns : 0;
}

uint32_t act_offences(const struct act *a, const char *device)
{
	const struct q_record *r = q_get(a->quarantines, device);

	return r ? r->q.offence : 0;
}

bool act_guard_of(const struct act *a, const struct device *d, char *what, size_t size)
{
	const struct guard_entry *g = guard_of_key(a, &d->key);

	if (g)
		snprintf(what, size, "%s: %s", g->what, g->reason);
	return g != NULL;
}

bool act_guard_of_addr(const struct act *a, const char *address, char *what, size_t size)
{
	const struct guard_entry *g;
	struct addr addr;

	if (addr_parse(address, &addr))
		return false;
	g = guard_find(a->guards, NULL, &addr, GUARD_ANYWHERE, clock_now_ns());
	if (g)
		snprintf(what, size, "%s: %s", g->what, g->reason);
	return g != NULL;
}

bool act_flow_get(struct act *a, uint64_t flow_id, struct cordon_deny *ret)
{
	return q_flow_get(a->quarantines, flow_id, ret);
}

void act_on_end(struct act *a, void (*cb)(const struct quarantine *, void *), void *ctx)
{
	a->on_end = cb;
	a->on_end_ctx = ctx;
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

	return r ? r : act_save(a, err);
}

int act_guard_remove(struct act *a, const char *what, struct strbuf *err)
{
	int r = guard_remove(a->guards, what, err);

	return r ? r : act_save(a, err);
}

int act_guard_each(struct act *a, int (*cb)(const char *, const char *, uint64_t, void *), void *ctx)
{
	const struct guard_entry *e;
	int r = 0;

	for (size_t i = 0; !r && (e = guard_get(a->guards, i)); i++)
		r = cb(e->what, e->reason, e->until_ns, ctx);
	return r;
}

uint64_t act_guard_digest(const struct act *a)
{
	return guard_digest(a->guards);
}

/* whom this host routes through is a router, however few addresses it was seen with */
static void tell_routers(struct act *a)
{
	uint8_t macs[INVENTORY_ROUTERS][6];
	const struct guard_entry *e;
	size_t n = 0;

	for (size_t i = 0; (e = guard_get(a->guards, i)) && n < INVENTORY_ROUTERS; i++)
		if (e->origin == GUARD_DISCOVERED && e->key.kind == CORDON_DENY_MAC &&
		    (!strcmp(e->reason, GUARD_DEFAULT_ROUTE) || !strcmp(e->reason, GUARD_NEXT_HOP)))
			memcpy(macs[n++], e->key.value, sizeof(macs[0]));
	inventory_set_routers(a->inventory, macs, n);
}

int act_guard_discover(struct act *a)
{
	int r = guard_discover(a->guards), u = update_sync(a->update, a->conf, a->guards);

	tell_routers(a);

	return r ? r : u;
}

bool act_breaker(const struct act *a, uint32_t *ret_waiting)
{
	*ret_waiting = a->breaker.waiting;
	return a->breaker.tripped;
}

void act_breaker_get(const struct act *a, struct act_breaker *ret)
{
	*ret = (struct act_breaker){
		.tripped = a->breaker.tripped,
		.count = a->breaker.count,
		.limit = act_breaker_limit(a),
		.waiting = a->breaker.waiting,
		.pending = pending_count(a->pending),
	};
}

void act_breaker_reset(struct act *a)
{
	a->breaker.tripped = false;
	a->dirty = true;
	a->breaker.waiting = a->breaker.count = 0;
}
