// SPDX-License-Identifier: BSD-2-Clause
/*
 * Quarantines and flow verdicts. The deny map is what counts: the kernel
 * judges each deadline itself, so a lease neither ends early nor lingers when
 * this process is gone. The table here remembers who and why, lengthens the
 * lease of those who come again, and removes what has ended.
 */
#include "act/quarantine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/str.h"

/*
 * Every step along a chain of uthash is a line of memory far away, and lists ask a hundred thousand times: the longest
 * chain is 6, not 10. Shorter ones cost more buckets than they save: for 3, thousands of times as many as entries.
 */
#undef HASH_BKT_CAPACITY_THRESH
#define HASH_BKT_CAPACITY_THRESH 6U

#define SECOND_NS 1000000000ULL
#define HOUR_NS (3600 * SECOND_NS)
/* an offence older than this counts no more */
#define FORGET_NS (30 * 24 * HOUR_NS)
/* a flow verdict: no flow record lives longer without a packet */
#define FLOW_DENY_NS CORDON_TCP_IDLE_NS
/* flow verdicts at once; the deny map's other room is for devices */
#define FLOW_DENY_MAX 65536

struct record {
	struct q_record r;
	UT_hash_handle hh;
};

struct flow_deny {
	uint64_t flow_id;
	uint64_t until_ns;
	uint32_t decision;
	uint16_t zone;
	UT_hash_handle hh; /* in order of insertion, which is that of until_ns */
};

struct q_table {
	struct kern *kern;
	const struct conf *conf;
	struct record *records; /* by q.device */
	uint32_t active;	 /* of them */
	struct flow_deny *flows; /* by flow_id */
	struct q_cursor *cursors;
	void (*on_close)(const struct q_record *, void *);
	void *on_close_ctx;
};

int q_new(struct kern *kern, const struct conf *conf, struct q_table **ret)
{
	struct q_table *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->kern = kern;
	t->conf = conf;
	*ret = t;
	return 0;
}

void q_on_close(struct q_table *t, void (*cb)(const struct q_record *, void *), void *ctx)
{
	t->on_close = cb;
	t->on_close_ctx = ctx;
}

void q_free(struct q_table *t)
{
	struct record *r, *rtmp;
	struct flow_deny *f, *ftmp;

	if (!t)
		return;
	HASH_ITER(hh, t->records, r, rtmp) {
		HASH_DEL(t->records, r);
		free(r);
	}
	HASH_ITER(hh, t->flows, f, ftmp) {
		HASH_DEL(t->flows, f);
		free(f);
	}
	free(t);
}

static struct record *find(const struct q_table *t, const char *device)
{
	struct record *r;

	HASH_FIND_STR(t->records, device, r);
	return r;
}

static struct record *find_or_add(struct q_table *t, const char *device)
{
	struct record *r = find(t, device);

	if (r || HASH_COUNT(t->records) >= CORDON_DENY_MAX)
		return r;
	r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	str_copy(r->r.q.device, sizeof(r->r.q.device), device);
	HASH_ADD_STR(t->records, r.q.device, r);
	if (!r->hh.tbl) { /* uthash had no memory */
		free(r);
		return NULL;
	}
	return r;
}

static void forget(struct q_table *t, struct record *r)
{
	for (struct q_cursor *c = t->cursors; c; c = c->link)
		if (c->next == r)
			c->next = r->hh.next;
	t->active -= r->r.active;
	HASH_DEL(t->records, r);
	free(r);
}

uint32_t q_count(const struct q_table *t)
{
	return HASH_COUNT(t->records);
}

uint32_t q_active(const struct q_table *t)
{
	return t->active;
}

const struct q_record *q_get(const struct q_table *t, const char *device)
{
	const struct record *r = find(t, device);

	return r ? &r->r : NULL;
}

uint64_t q_lease(const struct q_table *t, const char *device, uint64_t base_ns)
{
	static const uint64_t steps_ns[] = { 0, HOUR_NS, 24 * HOUR_NS, 7 * 24 * HOUR_NS };
	const struct record *r = find(t, device);
	uint32_t n = r ? r->r.q.offence : 0;
	uint64_t step_ns = steps_ns[n < 4 ? n : 3];

	return base_ns > step_ns ? base_ns : step_ns;
}

static void deny_key_of(const struct cordon_device_key *key, struct cordon_deny_key *ret)
{
	struct device d = { .key = *key };

	(void)device_deny_keys(&d, ret, 1);
}

/* the second key of one that must not escape by a tag; false: it has none */
static bool tags_key_of(const struct q_record *r, struct cordon_deny_key *ret)
{
	if (!r->covers_tags || mac_is_zero(r->key.mac))
		return false;
	*ret = (struct cordon_deny_key){ .kind = r->key.vlan ? CORDON_DENY_EVERY : CORDON_DENY_TAGGED, .zone = r->key.zone };
	memcpy(ret->value, r->key.mac, sizeof(r->key.mac));
	return true;
}

static int deny_write(struct q_table *t, const struct q_record *r)
{
	struct cordon_deny val = {
		.until_ns = r->q.until_ns,
		.decision = r->q.decision,
		.level = r->q.level,
		.origin = r->q.origin,
		.rate = t->conf->quarantine_limit_rate,
		/* of a restored one; an entry that is there goes on counting */
		.packets = r->q.packets,
		.bytes = r->q.bytes,
		.passed = r->q.passed,
	};
	struct cordon_deny_key key, tags;
	int err;

	if (!t->kern)
		return 0;
	deny_key_of(&r->key, &key);
	err = kern_deny_put(t->kern, &key, &val);
	if (err || !tags_key_of(r, &tags))
		return err;
	val.packets = val.bytes = val.passed = 0;
	err = kern_deny_put(t->kern, &tags, &val);
	if (err)
		(void)kern_deny_del(t->kern, &key);
	return err;
}

static void deny_remove(struct q_table *t, const struct q_record *r)
{
	struct cordon_deny_key key;

	if (!t->kern)
		return;
	deny_key_of(&r->key, &key);
	(void)kern_deny_del(t->kern, &key);
	if (tags_key_of(r, &key))
		(void)kern_deny_del(t->kern, &key);
}

int q_start(struct q_table *t, const struct q_start *s)
{
	struct record *r = find_or_add(t, s->device);
	struct q_record next;
	int err;

	if (!r)
		return -E2BIG;
	next = r->r;
	next.key = *s->key;
	next.active = true;
	next.hold_off_ns = 0;
	if (!r->r.active)
		next.q.packets = next.q.bytes = next.q.passed = 0;
	next.q.since_ns = s->now_ns;
	next.q.until_ns = s->lease_ns > UINT64_MAX - s->now_ns ? UINT64_MAX : s->now_ns + s->lease_ns;
	next.q.level = s->level;
	next.q.origin = s->origin;
	next.q.decision = s->decision;
	next.covers_tags = s->covers_tags;
	if (s->origin == CORDON_ORIGIN_AUTO)
		next.q.offence++;
	str_copy(next.q.reason, sizeof(next.q.reason), s->reason ? s->reason : "");
	err = deny_write(t, &next);
	if (err) {
		if (!r->r.active && !r->r.q.offence)
			forget(t, r);
		return err;
	}
	t->active += !r->r.active;
	r->r = next;
	return 0;
}

/* reads what the kernel counted, takes the entry out; the record stays for the next offence */
static void end(struct q_table *t, struct record *r, uint64_t now_ns)
{
	q_read_counts(t, &r->r.q);
	deny_remove(t, &r->r);
	t->active -= r->r.active;
	r->r.active = false;
	if (now_ns < r->r.q.until_ns)
		r->r.q.until_ns = now_ns;
	if (t->on_close)
		t->on_close(&r->r, t->on_close_ctx);
}

int q_release(struct q_table *t, const char *device, uint64_t hold_off_ns, uint64_t now_ns)
{
	struct record *r = find(t, device);

	if (!r || !r->r.active)
		return -ENOENT;
	end(t, r, now_ns);
	if (hold_off_ns)
		r->r.hold_off_ns = hold_off_ns > UINT64_MAX - now_ns ? UINT64_MAX : now_ns + hold_off_ns;
	return 0;
}

int q_hold_off(struct q_table *t, const char *device, const struct cordon_device_key *key, uint64_t until_ns)
{
	struct record *r = find_or_add(t, device);

	if (!r)
		return -E2BIG;
	r->r.key = *key;
	r->r.hold_off_ns = until_ns;
	return 0;
}

/* what the kernel has in force is newer than any file: the last decisions may not have reached the disk */
static bool take_from_kernel(struct q_table *t, struct q_record *r)
{
	struct cordon_deny_key key;
	struct cordon_deny v;

	deny_key_of(&r->key, &key);
	if (!t->kern || kern_deny_get(t->kern, &key, &v) || v.until_ns <= clock_now_ns())
		return false;
	r->active = true;
	r->q.until_ns = v.until_ns;
	r->q.level = v.level;
	r->q.origin = v.origin;
	r->q.decision = v.decision;
	return true;
}

int q_restore(struct q_table *t, const struct q_record *rec)
{
	struct record *r = find_or_add(t, rec->q.device);
	struct q_record next = *rec;
	int err;

	if (!r)
		return -E2BIG;
	err = !take_from_kernel(t, &next) && next.active ? deny_write(t, &next) : 0;
	if (err)
		return err;
	t->active += next.active;
	t->active -= r->r.active;
	r->r = next;
	return 0;
}

struct adopt {
	struct q_table *t;
	uint64_t now_ns;
	uint32_t n;
};

static int adopt_one(const struct cordon_deny_key *k, const struct cordon_deny *v, void *ctx)
{
	struct adopt *a = ctx;
	struct cordon_device_key key = { .zone = k->zone, .vlan = k->vlan };
	struct cordon_deny_key tags;
	struct cordon_deny second;
	char id[DEVICE_ID_MAX];
	struct record *r;

	if (v->until_ns <= a->now_ns || (k->kind != CORDON_DENY_MAC && k->kind != CORDON_DENY_ADDR))
		return 0;
	if (k->kind == CORDON_DENY_MAC)
		memcpy(key.mac, k->value, sizeof(key.mac));
	else
		memcpy(key.addr, k->value, sizeof(key.addr));
	device_key_str(id, sizeof(id), &key);
	r = find_or_add(a->t, id);
	if (!r || r->r.active)
		return 0;
	a->n++;
	a->t->active++;
	r->r.active = true;
	r->r.key = key;
	r->r.covers_tags = true;
	r->r.covers_tags = tags_key_of(&r->r, &tags) && !kern_deny_get(a->t->kern, &tags, &second);
	r->r.q.since_ns = a->now_ns;
	r->r.q.until_ns = v->until_ns;
	r->r.q.level = v->level;
	r->r.q.origin = v->origin;
	r->r.q.decision = v->decision;
	if (!r->r.q.offence)
		r->r.q.offence = 1;
	str_copy(r->r.q.reason, sizeof(r->r.q.reason), "found in force when the daemon started");
	return 0;
}

uint32_t q_adopt(struct q_table *t, uint64_t now_ns)
{
	struct adopt a = { .t = t, .now_ns = now_ns };

	if (t->kern)
		(void)kern_deny_each(t->kern, adopt_one, &a);
	return a.n;
}

static void flow_key(uint16_t zone, uint64_t flow_id, struct cordon_deny_key *ret)
{
	*ret = (struct cordon_deny_key){ .kind = CORDON_DENY_FLOW, .zone = zone };
	memcpy(ret->value, &flow_id, sizeof(flow_id));
}

int q_deny_flow(struct q_table *t, uint16_t zone, uint64_t flow_id, uint32_t decision, uint64_t now_ns)
{
	struct cordon_deny val = { .until_ns = now_ns + FLOW_DENY_NS, .decision = decision, .level = CORDON_LEVEL_CUT,
				   .origin = CORDON_ORIGIN_POLICY };
	struct cordon_deny_key key;
	struct flow_deny *f;
	int r;

	HASH_FIND(hh, t->flows, &flow_id, sizeof(flow_id), f);
	if (f)
		return 1;
	f = HASH_COUNT(t->flows) < FLOW_DENY_MAX ? calloc(1, sizeof(*f)) : NULL;
	if (!f)
		return -E2BIG;
	*f = (struct flow_deny){ .flow_id = flow_id, .until_ns = val.until_ns, .decision = decision, .zone = zone };
	flow_key(zone, flow_id, &key);
	r = t->kern ? kern_deny_put(t->kern, &key, &val) : 0;
	if (!r) {
		HASH_ADD(hh, t->flows, flow_id, sizeof(f->flow_id), f);
		if (f->hh.tbl)
			return 0;
		r = -ENOMEM; /* the entry in the kernel ends by its deadline */
	}
	free(f);
	return r;
}

bool q_flow_get(const struct q_table *t, uint64_t flow_id_63, struct cordon_deny *ret)
{
	struct cordon_deny_key key;
	struct flow_deny *f, *tmp;

	HASH_ITER(hh, t->flows, f, tmp) {
		if ((f->flow_id & INT64_MAX) != flow_id_63)
			continue;
		*ret = (struct cordon_deny){ .until_ns = f->until_ns, .decision = f->decision };
		flow_key(f->zone, f->flow_id, &key);
		if (t->kern)
			(void)kern_deny_get(t->kern, &key, ret);
		return true;
	}
	return false;
}

static void tick_flows(struct q_table *t, uint64_t now_ns)
{
	struct flow_deny *f, *tmp;
	struct cordon_deny_key key;

	HASH_ITER(hh, t->flows, f, tmp) {
		if (f->until_ns > now_ns)
			return;
		flow_key(f->zone, f->flow_id, &key);
		if (t->kern)
			(void)kern_deny_del(t->kern, &key);
		HASH_DEL(t->flows, f);
		free(f);
	}
}

bool q_tick(struct q_table *t, uint64_t now_ns, void (*on_end)(const struct quarantine *, void *), void *ctx)
{
	struct record *r, *tmp;
	bool any = false;

	HASH_ITER(hh, t->records, r, tmp) {
		if (r->r.active && r->r.q.until_ns <= now_ns) {
			end(t, r, now_ns);
			if (on_end)
				on_end(&r->r.q, ctx);
			any = true;
		} else if (!r->r.active && now_ns > r->r.q.until_ns && now_ns - r->r.q.until_ns > FORGET_NS &&
			   r->r.hold_off_ns <= now_ns) {
			forget(t, r);
			any = true;
		}
	}
	tick_flows(t, now_ns);
	return any;
}

int q_each(struct q_table *t, int (*cb)(const struct q_record *, void *), void *ctx)
{
	struct record *r, *tmp;
	int ret;

	HASH_ITER(hh, t->records, r, tmp) {
		ret = cb(&r->r, ctx);
		if (ret)
			return ret;
	}
	return 0;
}

void q_cursor_open(struct q_table *t, struct q_cursor *c)
{
	c->next = t->records; /* uthash keeps the order of insertion */
	c->link = t->cursors;
	t->cursors = c;
}

const struct q_record *q_cursor_next(struct q_cursor *c)
{
	const struct record *r = c->next;

	if (!r)
		return NULL;
	c->next = r->hh.next;
	/* the one behind it is a line far away, which is here when it is asked for */
	for (size_t at = 0; at < sizeof(*r); at += 64)
		__builtin_prefetch((const char *)c->next + at);
	return &r->r;
}

void q_cursor_close(struct q_table *t, struct q_cursor *c)
{
	struct q_cursor **at = &t->cursors;

	while (*at && *at != c)
		at = &(*at)->link;
	if (*at)
		*at = c->link;
}

unsigned int q_deny_keys(const struct q_record *r, struct cordon_deny_key ret[2])
{
	deny_key_of(&r->key, &ret[0]);
	return 1 + tags_key_of(r, &ret[1]);
}

const struct q_record *q_next(const struct q_table *t, const char *device)
{
	const struct record *r = device[0] ? find(t, device) : NULL;

	r = r ? r->hh.next : t->records;
	return r ? &r->r : NULL;
}

int q_rewrite(struct q_table *t, uint64_t now_ns)
{
	struct record *r, *tmp;
	int ret = 0, err;

	if (t->kern)
		kern_deny_relearn(t->kern);
	HASH_ITER(hh, t->records, r, tmp) {
		err = r->r.active && r->r.q.until_ns > now_ns ? deny_write(t, &r->r) : 0;
		ret = ret ? ret : err;
	}
	return ret;
}

void q_read_record(struct q_table *t, const struct q_record *r, struct quarantine *q)
{
	struct cordon_deny_key key;
	struct cordon_deny val;

	if (!r->active || !t->kern)
		return;
	deny_key_of(&r->key, &key);
	if (kern_deny_get(t->kern, &key, &val))
		return;
	q->packets = val.packets;
	q->bytes = val.bytes;
	q->passed = val.passed;
	if (!tags_key_of(r, &key) || kern_deny_get(t->kern, &key, &val))
		return;
	q->packets += val.packets;
	q->bytes += val.bytes;
	q->passed += val.passed;
}

void q_read_counts(struct q_table *t, struct quarantine *q)
{
	const struct record *r = find(t, q->device);

	if (r)
		q_read_record(t, &r->r, q);
}
