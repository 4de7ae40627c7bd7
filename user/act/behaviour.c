// SPDX-License-Identifier: BSD-2-Clause
/*
 * Behaviour: named rules with a threshold each, without a signature. The
 * kernel counts where packets are looked at anyway (a SYN, a flow that
 * begins); here the counts are judged every few seconds. What comes of it is an
 * alert like any other: guard, port, response and breaker apply.
 */
#include "act/behaviour.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "act/act_int.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"

#define SAID_NS (60 * 1000000000ULL) /* the same of the same device again after this */

static const struct {
	const char *name, *text;
	uint8_t response;
} behaviours[] = {
#define ROW(id, name, response, text) { name, text, CONF_RESPONSE_##response },
	BEHAVIOUR_LIST(ROW)
#undef ROW
};
_Static_assert(BEHAVIOURS <= ARRAY_SIZE(((struct device *)0)->said_ns), "one time for each behaviour");

/* an alert about @d; false: it was told a short while ago */
static bool tell(struct device *d, unsigned int id, const struct cordon_facts *link, const char *detail, uint64_t now_ns,
		 struct finding *ret)
{
	if (d->said_ns[id] && now_ns < d->said_ns[id] + SAID_NS)
		return false;
	d->said_ns[id] = now_ns;
	memset(ret, 0, sizeof(*ret));
	ret->kind = FINDING_ALERT;
	ret->ts_ns = now_ns;
	ret->gid = FINDING_GID_BEHAVIOUR;
	ret->sid = id + 1;
	ret->rev = 1;
	ret->severity = 1;
	ret->response = behaviours[id].response;
	ret->facts = *link;
	ret->facts.flow_id = 0;
	ret->facts.flow_flags = 0;
	ret->facts.from_device = 1;
	ret->facts.dir = CORDON_TO_SERVER;
	snprintf(ret->msg, sizeof(ret->msg), "Cordon behaviour %s: %s: %s", behaviours[id].name, behaviours[id].text, detail);
	str_copy(ret->category, sizeof(ret->category), "behaviour");
	str_copy(ret->classtype, sizeof(ret->classtype), behaviours[id].name);
	return true;
}

/* --- what a device says --- */

/* an address that this host depends on, claimed where it does not live */
static const struct guard_entry *claims_guarded(const struct act *a, const struct finding *f, uint64_t now_ns)
{
	struct addr addr;

	for (unsigned int i = 0; i < f->identity.n_addrs && i < IDENTITY_ADDRS; i++) {
		const struct guard_entry *g;

		memcpy(addr.b, f->identity.addrs[i], sizeof(addr.b));
		g = guard_find(a->guards, NULL, &addr, GUARD_ANYWHERE, now_ns);
		if (g && g->origin == GUARD_DISCOVERED && g->ifindex && g->ifindex != f->facts.ifindex)
			return g;
	}
	return NULL;
}

static bool is_over(uint32_t n, uint32_t threshold)
{
	return threshold && n >= threshold;
}

bool act_identity(struct act *a, const struct finding *f, struct finding *ret)
{
	const struct conf *c = a->conf;
	struct device *other, *d = inventory_claim(a->inventory, &f->facts, &f->identity, f->ts_ns, &other);
	const struct guard_entry *g = d ? claims_guarded(a, f, f->ts_ns) : NULL;
	char detail[160];

	if (!d)
		return false;
	if (g && !other)
		d->conflicts++;
	if ((g || other) && is_over(d->conflicts, c->behaviour_spoof)) {
		snprintf(detail, sizeof(detail), "%u claims, the last one of what is %s", d->conflicts, g ? g->reason : other->id);
		return tell(d, BEHAVIOUR_SPOOF, &f->facts, detail, f->ts_ns, ret);
	}
	if (!f->identity.roles || !is_over(++d->rogue, c->behaviour_rogue))
		return false;
	snprintf(detail, sizeof(detail), "%u times", d->rogue);
	return tell(d, f->identity.roles & IDENTITY_ROUTER ? BEHAVIOUR_ROGUE_RA : BEHAVIOUR_ROGUE_DHCP, &f->facts, detail,
		    f->ts_ns, ret);
}

/* --- what the kernel counts --- */

uint32_t behaviour_endpoints(unsigned int set)
{
	const unsigned int bits = CORDON_FAN_WORDS * 64;

	if (set >= bits)
		return bits * 6; /* more than can be told apart */
	return (uint32_t)(-(double)bits * log((double)(bits - set) / bits) + 0.5);
}

struct poll {
	struct act *a;
	uint64_t now_ns;
	void (*cb)(const struct finding *, void *);
	void *ctx;
};

/* the device's link as a finding has it; false: its interface is none of ours any more */
static bool link_of(struct act *a, const struct cordon_device_key *key, const struct cordon_device *v, struct cordon_facts *ret)
{
	struct cordon_iface i;

	if (kern_iface_get(a->kern, v->ifindex, &i))
		return false;
	*ret = (struct cordon_facts){ .zone = key->zone, .vlan = key->vlan, .role = i.role, .mode = i.mode,
				      .ifindex = v->ifindex, .from_device = 1 };
	memcpy(ret->mac, key->mac, sizeof(ret->mac));
	memcpy(ret->saddr, key->addr, sizeof(ret->saddr));
	return true;
}

static void judge(struct poll *p, const struct cordon_device_key *key, const struct cordon_device *v, unsigned int id,
		  const char *detail)
{
	struct cordon_facts link;
	struct finding f;
	struct device *d;

	if (!link_of(p->a, key, v, &link))
		return;
	d = inventory_touch(p->a->inventory, &link, p->now_ns);
	if (!d)
		return;
	if (d->n_addrs)
		memcpy(link.saddr, d->addrs[0].b, sizeof(link.saddr));
	if (tell(d, id, &link, detail, p->now_ns, &f))
		p->cb(&f, p->ctx);
}

struct habit_rule behaviour_habit_rule(const struct conf *c)
{
	return (struct habit_rule){ .factor = c->behaviour_upload,
				    .floor = c->behaviour_upload_floor,
				    .learn_ns = c->behaviour_upload_learn_ns };
}

/*
 * What a device usually sends is learned even while the rule is off. A router's is that of all behind it: it would say
 * nothing. What somebody else sends under its MAC, on another port, is not its own.
 */
static void poll_upload(struct poll *p, const struct cordon_device_key *key, const struct cordon_device *v)
{
	struct habit_rule rule = behaviour_habit_rule(p->a->conf);
	struct device *d = inventory_by_key(p->a->inventory, key);
	char detail[160];

	if (!d || d->flags & DEVICE_ROUTER)
		return;
	if (d->ifindex && d->ifindex != v->ifindex) {
		habit_skip(&d->habit);
		return;
	}
	if (!habit_look(&d->habit, &rule, v->sent_bytes, p->now_ns, clock_to_wall_ns(p->now_ns)))
		return;
	snprintf(detail, sizeof(detail), "%llu KiB within a minute, at most %llu KiB in any of the last %d days",
		 (unsigned long long)d->habit.minute >> 10, (unsigned long long)habit_usual(&d->habit) >> 10, HABIT_DAYS);
	judge(p, key, v, BEHAVIOUR_UPLOAD, detail);
}

static void poll_flow_flood(struct poll *p, const struct cordon_device_key *key, const struct cordon_device *v)
{
	char detail[160], text[ADDR_STR_MAX];
	struct addr to;

	if (!is_over(v->to_packets, p->a->conf->behaviour_flow_flood))
		return;
	memcpy(to.b, v->to, sizeof(to.b));
	snprintf(detail, sizeof(detail), "%u packets or more within %llu s to %s", v->to_packets, CORDON_FAN_NS / 1000000000ULL,
		 addr_str(text, sizeof(text), &to));
	judge(p, key, v, BEHAVIOUR_FLOW_FLOOD, detail);
}

/*
 * Packets without data, of which the kernel counts one for many, beside what the device was sent. Whose other half is not in
 * view is never judged: all it acknowledges would seem unasked.
 */
static void poll_bare(struct poll *p, const struct cordon_device_key *key, const struct cordon_device *v)
{
	struct device *d = inventory_by_key(p->a->inventory, key);
	char detail[160];
	uint64_t n;

	if (!d || d->flags & DEVICE_ROUTER || (d->ifindex && d->ifindex != v->ifindex))
		return;
	n = bare_look(&d->bare, v->bare, CORDON_FAN_NS, p->now_ns);
	if (!d->received || n > UINT32_MAX || !is_over((uint32_t)n, p->a->conf->behaviour_flow_flood))
		return;
	snprintf(detail, sizeof(detail), "about %llu packets without data within %llu s, more than what it was sent asks for",
		 (unsigned long long)n, CORDON_FAN_NS / 1000000000ULL);
	judge(p, key, v, BEHAVIOUR_FLOW_FLOOD, detail);
}

/* the kernel counts for the MAC before it hears that this is a router's; told again, since of too many it forgets some */
static void poll_router(struct poll *p, const struct cordon_device_key *key)
{
	const struct device *d = mac_is_zero(key->mac) ? NULL : inventory_by_key(p->a->inventory, key);

	if (d && d->flags & DEVICE_ROUTER)
		(void)kern_device_set_router(p->a->kern, key);
}

static int poll_one(const struct cordon_device_key *key, const struct cordon_device *v, void *ctx)
{
	struct poll *p = ctx;
	const struct conf *c = p->a->conf;
	unsigned int set = 0;
	uint32_t endpoints;
	char detail[160];

	(void)inventory_received(p->a->inventory, key, v->received_bytes);
	poll_router(p, key);
	poll_upload(p, key, v);
	poll_bare(p, key, v);
	if (!v->fan_ns || p->now_ns > v->fan_ns + 2 * CORDON_FAN_NS)
		return 0;
	poll_flow_flood(p, key, v);
	for (unsigned int i = 0; i < CORDON_FAN_WORDS; i++)
		set += (unsigned int)__builtin_popcountll(v->fan[i]);
	endpoints = behaviour_endpoints(set);
	if (is_over(endpoints, c->behaviour_scan) && v->answered <= v->syns / 2) {
		snprintf(detail, sizeof(detail), "%u endpoints within %llu s, %u of %u tries answered", endpoints,
			 CORDON_FAN_NS / 1000000000ULL, v->answered, v->syns);
		judge(p, key, v, BEHAVIOUR_SCAN, detail);
	} else if (is_over(v->begun + v->syns, c->behaviour_flood)) {
		snprintf(detail, sizeof(detail), "%u within %llu s", v->begun + v->syns, CORDON_FAN_NS / 1000000000ULL);
		judge(p, key, v, BEHAVIOUR_FLOOD, detail);
	}
	return 0;
}

void act_poll(struct act *a, uint64_t now_ns, void (*cb)(const struct finding *, void *), void *ctx)
{
	struct poll p = { .a = a, .now_ns = now_ns, .cb = cb, .ctx = ctx };

	if (a->kern)
		(void)kern_device_each(a->kern, poll_one, &p);
}
