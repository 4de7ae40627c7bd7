// SPDX-License-Identifier: BSD-2-Clause
/*
 * Questions to the loaded programs, and what follows from the answers; see
 * attest.h. All of it runs in the one thread that writes the maps, so nothing
 * changes between a question and its answer but what others change.
 */
#include "act/attest.h"

#include <stdio.h>
#include <string.h>

#include "act/act_int.h"
#include "act/attest_frame.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define SECOND_NS 1000000000ULL
#define MARGIN_NS (2 * SECOND_NS) /* what ends so soon is not asked about */
#define LEASES_AT_ONCE 768
#define GUARDS_AT_ONCE 128
#define THREATS_AT_ONCE 512
#define READ_AT_ONCE 4096 /* entries of the deny map */

const char *const attest_names[ATTEST_KINDS] = { "leases", "guards", "addresses", "names" };

/* --- where to ask --- */

struct places {
	uint32_t n;
	struct cordon_iface v[CORDON_IFACE_MAX];
};

static void places_read(struct kern *k, struct places *p)
{
	p->n = 0;
	for (uint32_t i = 0; i < CORDON_IFACE_MAX; i++)
		p->n += !kern_iface_at(k, i, &p->v[p->n]);
}

/* an interface that enforces for devices of @zone; by MAC only one that faces them can. NULL: none */
static const struct cordon_iface *place_of(const struct places *p, uint16_t zone, bool by_mac)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (p->v[i].zone == zone && (p->v[i].role == CORDON_ROLE_DEVICE || (!by_mac && p->v[i].role == CORDON_ROLE_UPLINK)))
			return &p->v[i];
	return NULL;
}

/* any, those that face devices first */
static const struct cordon_iface *place_any(const struct places *p)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (p->v[i].role == CORDON_ROLE_DEVICE)
			return &p->v[i];
	return p->n ? &p->v[0] : NULL;
}

/* --- questions --- */

static struct attest_question *add(struct attest_round *r, uint8_t kind, uint8_t hook, const struct cordon_iface *at)
{
	struct attest_question *q;

	if (r->n == ATTEST_MOST)
		return NULL;
	q = &r->q[r->n++];
	q->kind = kind;
	q->hook = hook;
	q->ifindex = at->ifindex;
	q->mask = q->want = q->any = q->answer = 0;
	q->last = 1;
	return q;
}

/* the level says which entry it was; one at cut denies, which is said also where nothing is dropped */
static void expect_level(struct attest_question *q, uint8_t level, uint8_t mode)
{
	q->mask = CORDON_MARK_LEVEL;
	q->want = (uint32_t)level << CORDON_MARK_LEVEL_SHIFT;
	if (level != CORDON_LEVEL_CUT)
		return;
	q->mask |= CORDON_MARK_DENIED | CORDON_MARK_DROP;
	q->want |= CORDON_MARK_DENIED | (mode == CORDON_MODE_OBSERVE ? 0 : CORDON_MARK_DROP);
}

static void ask_key(struct attest_round *r, const struct cordon_deny_key *key, uint8_t level, const struct cordon_iface *at,
		    uint8_t hook)
{
	struct attest_question *q = add(r, ATTEST_LEASE, hook, at);
	/* one that is known untagged escapes by any tag */
	uint16_t vlan = key->kind == CORDON_DENY_TAGGED ? 1 : key->vlan;
	struct addr a;

	if (!q)
		return;
	memcpy(a.b, key->value, sizeof(a.b));
	if (key->kind == CORDON_DENY_ADDR)
		attest_frame_addr(q, &a, vlan);
	else if (hook == KERN_XDP)
		attest_frame_from(q, key->value, vlan);
	else
		attest_frame_to(q, key->value, vlan);
	expect_level(q, level, at->mode);
}

static bool is_guarded(const struct act *a, const struct cordon_device_key *key, uint64_t now_ns)
{
	struct addr addr;

	memcpy(addr.b, key->addr, sizeof(addr.b));
	return mac_is_zero(key->mac) ? guard_find(a->guards, NULL, &addr, GUARD_ANYWHERE, now_ns) :
				       guard_find(a->guards, key->mac, NULL, GUARD_ANYWHERE, now_ns);
}

/* is it one to ask about, and where? NULL: no */
static const struct cordon_iface *place_of_lease(const struct act *a, const struct places *p, const struct q_record *rec,
						 uint64_t now_ns)
{
	if (!rec->active || rec->q.until_ns <= now_ns + MARGIN_NS || is_guarded(a, &rec->key, now_ns))
		return NULL;
	return place_of(p, rec->key.zone, !mac_is_zero(rec->key.mac));
}

static void ask_lease(struct attest_round *r, const struct q_record *rec, const struct cordon_iface *at)
{
	struct cordon_deny_key key[2];
	unsigned int n = q_deny_keys(rec, key);
	size_t first = r->n;

	for (unsigned int i = 0; i < n; i++) {
		ask_key(r, &key[i], rec->q.level, at, KERN_XDP);
		if (key[i].kind == CORDON_DENY_ADDR || !(key[i].value[0] & 1)) /* a group is no device to send to */
			ask_key(r, &key[i], rec->q.level, at, KERN_TC);
	}
	for (size_t i = first; i < r->n; i++)
		r->q[i].last = i + 1 == r->n;
}

static void ask_leases(struct act *a, const struct places *p, struct attest_round *r, uint64_t now_ns)
{
	struct attest_books *b = &a->attest;
	uint32_t all = q_count(a->quarantines), asked = 0;
	const struct q_record *rec;

	for (uint32_t i = 0; i < all && asked < LEASES_AT_ONCE; i++) {
		const struct cordon_iface *at;

		rec = q_next(a->quarantines, b->lease);
		b->lease[0] = 0; /* behind the last one stands the first */
		rec = rec ? rec : q_next(a->quarantines, b->lease);
		if (!rec)
			break;
		str_copy(b->lease, sizeof(b->lease), rec->q.device);
		at = place_of_lease(a, p, rec, now_ns);
		if (!at)
			continue;
		ask_lease(r, rec, at);
		asked++;
	}
	/* of many only some were looked at */
	b->stats.entries[ATTEST_LEASE] = asked < LEASES_AT_ONCE ? asked : act_quarantine_count(a);
}

/* a guarded endpoint seen where it does not live is called a spoof, which also says that the entry is there */
static void ask_guards(struct act *a, const struct places *p, struct attest_round *r, uint64_t now_ns)
{
	struct attest_books *b = &a->attest;
	const struct cordon_iface *at = place_any(p);
	const struct guard_entry *e;
	uint32_t n = 0;

	for (b->stats.entries[ATTEST_GUARD] = 0; guard_get(a->guards, n); n++)
		b->stats.entries[ATTEST_GUARD]++;
	for (uint32_t i = 0; at && i < n && i < GUARDS_AT_ONCE; i++) {
		struct attest_question *q;
		struct addr addr;

		e = guard_get(a->guards, b->guard++ % n);
		if (e->until_ns <= now_ns + MARGIN_NS || (e->key.kind == CORDON_DENY_MAC && at->role != CORDON_ROLE_DEVICE))
			continue;
		q = add(r, ATTEST_GUARD, KERN_XDP, at);
		if (!q)
			return;
		memcpy(addr.b, e->key.value, sizeof(addr.b));
		if (e->key.kind == CORDON_DENY_MAC)
			attest_frame_from(q, e->key.value, 0);
		else
			attest_frame_addr(q, &addr, 0);
		q->any = CORDON_MARK_GUARD | CORDON_MARK_SPOOF;
	}
}

/* one entry of the threat image: what the reference in user space finds, and no exception to what stands around it */
static void ask_threat(const struct act *a, struct attest_round *r, uint32_t id, const struct cordon_iface *at)
{
	const struct indicator *e = &a->threats->v.data[id - 1];
	bool by_name = e->kind == CORDON_INDICATOR_DOMAIN;
	const char *name = indicator_value(a->threats, e);
	struct attest_question *q;
	uint32_t found;

	if (e->kind == CORDON_INDICATOR_URL || indicator_is_exception(a->threats, id))
		return;
	found = by_name ? threat_index_name(a->index, name, strlen(name)) : threat_index_addr(a->index, &e->prefix.addr);
	if (!found || indicator_is_exception(a->threats, found))
		return;
	q = add(r, by_name ? ATTEST_NAME : ATTEST_ADDRESS, KERN_XDP, at);
	if (!q)
		return;
	if (!by_name)
		attest_frame_addr(q, &e->prefix.addr, 0);
	else if (attest_frame_name(q, name))
		r->n--;
	q->mask = q->want = by_name ? CORDON_MARK_NAME : CORDON_MARK_ADDRESS;
}

static void ask_threats(struct act *a, const struct places *p, struct attest_round *r)
{
	struct attest_books *b = &a->attest;
	const struct cordon_iface *at = place_any(p);
	size_t n = a->threats ? a->threats->v.len : 0;

	if (b->generation != a->generation) {
		b->generation = a->generation;
		b->stats.entries[ATTEST_ADDRESS] = b->stats.entries[ATTEST_NAME] = 0;
		for (size_t i = 0; i < n; i++) {
			b->stats.entries[ATTEST_NAME] += a->threats->v.data[i].kind == CORDON_INDICATOR_DOMAIN;
			b->stats.entries[ATTEST_ADDRESS] += a->threats->v.data[i].kind < CORDON_INDICATOR_DOMAIN;
		}
	}
	for (size_t i = 0; at && a->index && i < n && i < THREATS_AT_ONCE; i++)
		ask_threat(a, r, (uint32_t)(b->threat++ % n) + 1, at);
}

void act_attest_ask(struct act *a, struct attest_round *r)
{
	uint64_t now_ns = clock_now_ns();
	struct places p;

	r->n = 0;
	if (!a->kern)
		return;
	places_read(a->kern, &p);
	ask_guards(a, &p, r, now_ns);
	ask_threats(a, &p, r);
	ask_leases(a, &p, r, now_ns);
}

/* --- the deny map itself --- */

struct reading {
	struct act *a;
	uint64_t now_ns;
	uint32_t changed, n_strange, n_over;
	bool unread; /* the kernel refused to show it */
	/* taken out behind the reading; more of them in the next rounds. Over: ended while no daemon ran. */
	struct cordon_deny_key strange[64], over[64];
};

/* the record that @key belongs to; NULL: none of ours. Of kind EVERY the key does not say the VLAN. */
static const struct q_record *owner_of(const struct act *a, const struct cordon_deny_key *key)
{
	struct cordon_device_key dev = { .zone = key->zone, .vlan = key->vlan };
	const struct q_record *rec = NULL;
	char id[DEVICE_ID_MAX] = "";

	if (key->kind == CORDON_DENY_ADDR)
		memcpy(dev.addr, key->value, sizeof(dev.addr));
	else
		memcpy(dev.mac, key->value, sizeof(dev.mac));
	if (key->kind != CORDON_DENY_EVERY) {
		device_key_str(id, sizeof(id), &dev);
		return q_get(a->quarantines, id);
	}
	while ((rec = q_next(a->quarantines, id))) {
		if (rec->active && rec->covers_tags && rec->key.zone == key->zone && !memcmp(rec->key.mac, key->value, 6))
			return rec;
		str_copy(id, sizeof(id), rec->q.device);
	}
	return NULL;
}

/* flow verdicts of an earlier daemon are not known here; they end by themselves */
static int read_one(const struct cordon_deny_key *key, const struct cordon_deny *val, void *ctx)
{
	struct reading *r = ctx;
	const struct q_record *rec;

	if (key->kind == CORDON_DENY_FLOW)
		return 0;
	rec = owner_of(r->a, key);
	if (rec && rec->active) {
		r->changed += rec->q.until_ns > r->now_ns && (val->until_ns != rec->q.until_ns || val->level != rec->q.level);
		return 0;
	}
	if (val->until_ns <= r->now_ns && r->n_over < ARRAY_SIZE(r->over))
		r->over[r->n_over++] = *key;
	else if (val->until_ns > r->now_ns && r->n_strange < ARRAY_SIZE(r->strange))
		r->strange[r->n_strange++] = *key;
	return 0;
}

/* what it dropped stays in the books of its device */
static void take_out(struct act *a, const struct cordon_deny_key *key)
{
	act_book_entry(a, key, owner_of(a, key));
	(void)kern_deny_del(a->kern, key);
}

static void read_map(struct act *a, struct reading *r)
{
	*r = (struct reading){ .a = a, .now_ns = clock_now_ns() };
	r->unread = kern_deny_from(a->kern, &a->attest.key, READ_AT_ONCE, read_one, r) != 0;
	for (uint32_t i = 0; i < r->n_strange; i++)
		take_out(a, &r->strange[i]);
	for (uint32_t i = 0; i < r->n_over; i++)
		take_out(a, &r->over[i]);
}

/* --- answers --- */

static bool is_right(const struct attest_question *q)
{
	return q->answer & CORDON_MARK_ANSWER && (q->answer & q->mask) == q->want && (!q->any || q->answer & q->any);
}

/* no answer of an interface that has gone meanwhile is none at all; a torn one says nothing */
static bool counts(struct act *a, const struct attest_question *q)
{
	struct cordon_iface i;

	return !(q->answer & CORDON_MARK_TORN) && (q->answer & CORDON_MARK_ANSWER || !kern_iface_get(a->kern, q->ifindex, &i));
}

/* per kind: how many entries were proven and how many are not in force */
static void tally(struct act *a, const struct attest_round *r, uint32_t good[ATTEST_KINDS], uint32_t bad[ATTEST_KINDS])
{
	bool right = true, wrong = false;

	for (size_t i = 0; i < r->n; i++) {
		const struct attest_question *q = &r->q[i];

		right = right && is_right(q);
		wrong = wrong || (!is_right(q) && counts(a, q));
		if (!q->last)
			continue;
		good[q->kind] += right;
		bad[q->kind] += wrong;
		right = true;
		wrong = false;
	}
}

static void enter(struct attest_books *b, const struct attest_round *r, const uint32_t good[ATTEST_KINDS],
		  const uint32_t bad[ATTEST_KINDS])
{
	b->at = (b->at + 1) % ATTEST_ROUNDS;
	for (int k = 0; k < ATTEST_KINDS; k++) {
		b->proven[b->at][k] = good[k];
		b->stats.failed += bad[k];
	}
	b->stats.asked += r->n;
	b->stats.last_ns = clock_now_ns();
}

static void say(char *text, size_t size, const uint32_t bad[ATTEST_KINDS], const struct reading *map)
{
	struct strbuf b = { 0 };

	for (int k = 0; k < ATTEST_KINDS; k++)
		if (bad[k])
			strbuf_addf(&b, "%s%u %s not in force", b.len ? ", " : "", bad[k], attest_names[k]);
	if (map->changed)
		strbuf_addf(&b, "%s%u leases changed", b.len ? ", " : "", map->changed);
	if (map->n_strange)
		strbuf_addf(&b, "%s%u entries that nobody here made", b.len ? ", " : "", map->n_strange);
	if (map->unread)
		strbuf_addf(&b, "%sthe deny map cannot be read", b.len ? ", " : "");
	snprintf(text, size, "decisions: somebody else has changed the maps: %s; put right", b.s ? b.s : "");
	strbuf_done(&b);
}

bool act_attest_judge(struct act *a, const struct attest_round *r, char *text, size_t size, bool *ret_rebuild)
{
	uint32_t good[ATTEST_KINDS] = { 0 }, bad[ATTEST_KINDS] = { 0 };
	struct attest_books *b = &a->attest;
	struct reading map;
	bool is_wrong;

	tally(a, r, good, bad);
	enter(b, r, good, bad);
	read_map(a, &map);
	b->stats.foreign += map.changed + map.n_strange;
	*ret_rebuild = bad[ATTEST_ADDRESS] || bad[ATTEST_NAME];
	is_wrong = *ret_rebuild || bad[ATTEST_LEASE] || bad[ATTEST_GUARD] || map.changed || map.n_strange || map.unread;
	if (is_wrong) {
		say(text, size, bad, &map);
		b->stats.repairs++;
		/* the guards first: what they protect must not be cut in between */
		(void)guard_rewrite(a->guards);
		(void)q_rewrite(a->quarantines, clock_now_ns());
	}
	b->stats.is_lost = is_wrong;
	return !is_wrong;
}

void act_attest_stats(const struct act *a, struct attest_stats *ret)
{
	const struct attest_books *b = &a->attest;

	*ret = b->stats;
	for (int k = 0; k < ATTEST_KINDS; k++) {
		uint64_t n = 0;

		for (int i = 0; i < ATTEST_ROUNDS; i++)
			n += b->proven[i][k];
		ret->proven[k] = n < ret->entries[k] ? (uint32_t)n : ret->entries[k];
	}
}
