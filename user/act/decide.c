// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who is guilty, and of how much (design.md section 4). A device is guilty
 * when it did the deed itself: it is the source of what a rule calls an attack
 * on the destination, or the end a rule's `target` does not name. An attack
 * that arrives makes it a victim, which is never quarantined for it.
 *
 * Evidence: a conversation both ends took part in, or the same again from a
 * MAC on the device link. One packet that anybody could have forged never is.
 */
#include "act/decide.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "act/category.h"
#include "base/lists.h"
#include "rule/rule.h"

static const struct indicator *indicator_of(const struct decide_in *in)
{
	uint32_t id = in->f->indicator;

	return in->threats && id && id <= in->threats->v.len ? &in->threats->v.data[id - 1] : NULL;
}

/*
 * What is done about the entry for this device: as it asks for, or as its category's row says; a feed in observe asks
 * for nothing more than to be told.
 */
static uint8_t threat_action(const struct decide_in *in)
{
	const struct indicator *i = indicator_of(in);

	if (!i)
		return in->f->action;
	if (i->flags & CORDON_THREAT_OBSERVE)
		return CORDON_ACTION_OBSERVE;
	return category_action(in->conf->categories.data, in->conf->categories.len, indicator_category(in->threats, i),
			       in->dev ? in->dev->group : NULL, i->action);
}

/* did the device begin it? Without a flow record (a first SYN) the packet itself tells. */
static bool device_began(const struct cordon_facts *c)
{
	bool is_initiator = c->from_device == (c->dir == CORDON_TO_SERVER);

	/* both ends may be devices: it is this packet's device that must have begun */
	if (c->flow_id)
		return c->flow_flags & CORDON_FLOW_FROM_DEVICE && is_initiator;
	return c->from_device && c->dir == CORDON_TO_SERVER;
}

static bool is_guilty(const struct finding *f)
{
	const struct cordon_facts *c = &f->facts;

	if (f->kind == FINDING_THREAT) /* whoever owns a name may have it lead to a listed one: no deed of who asked */
		return device_began(c) && !f->led;
	if (f->target == 1) /* the source is the victim */
		return !c->from_device;
	if (f->target == 2)
		return c->from_device;
	return c->from_device && c->dir == CORDON_TO_SERVER;
}

static bool is_grave(const struct decide_in *in)
{
	const struct finding *f = in->f;

	if (f->kind == FINDING_THREAT)
		return threat_action(in) == CORDON_ACTION_QUARANTINE;
	return f->kind == FINDING_ALERT && f->severity && f->severity <= in->conf->quarantine_min_severity;
}

static bool is_midstream(const struct cordon_facts *c)
{
	return c->proto == IPPROTO_TCP && c->flow_flags & (CORDON_FLOW_MIDSTREAM | CORDON_FLOW_NO_STREAM);
}

static bool is_two_way(const struct cordon_facts *c)
{
	return c->flow_id && c->flow_flags & CORDON_FLOW_ESTABLISHED && !is_midstream(c);
}

bool decide_counts(const struct decide_in *in)
{
	const struct cordon_facts *c = &in->f->facts;

	return in->dev && is_grave(in) && is_guilty(in->f) && !is_midstream(c) &&
	       c->role == CORDON_ROLE_DEVICE && !mac_is_zero(c->mac);
}

static bool is_of_device(const char *what, const struct device *d)
{
	struct cordon_device_key key;

	if (!d)
		return false;
	if (!strcmp(what, d->id) || (d->name[0] && !strcasecmp(what, d->name)))
		return true;
	if (device_key_parse(what, &key))
		return false;
	if (!mac_is_zero(key.mac))
		return !memcmp(key.mac, d->key.mac, sizeof(key.mac));
	for (unsigned int i = 0; i < d->n_addrs; i++)
		if (!memcmp(key.addr, d->addrs[i].b, sizeof(key.addr)))
			return true;
	return false;
}

/* the first row that speaks of this device and application decides; none does: the device's contract, if one is in force */
static bool app_denied(const struct decide_in *in)
{
	for (size_t i = 0; i < in->conf->policies.len; i++) {
		const struct conf_policy *p = &in->conf->policies.data[i];

		if (p->app != in->f->facts.app)
			continue;
		if (p->device && *p->device && !is_of_device(p->device, in->dev))
			continue;
		if (p->group && *p->group && !(in->dev && !strcasecmp(p->group, in->dev->group)))
			continue;
		return p->deny;
	}
	return in->dev && contract_forbids(&in->dev->contract, &in->f->facts);
}

static void say_why(const struct decide_in *in, struct decision *ret)
{
	const struct finding *f = in->f;
	const struct indicator *i;
	char text[ADDR_STR_MAX];

	switch (f->kind) {
	case FINDING_ALERT:
		snprintf(ret->why, sizeof(ret->why), "rule %u (%.120s)", f->sid, f->msg);
		return;
	case FINDING_APP:
		snprintf(ret->why, sizeof(ret->why), "policy: %s is denied%s", app_name(f->facts.app),
			 in->dev && contract_forbids(&in->dev->contract, &f->facts) ? ", it is not in the device's contract" : "");
		return;
	default:
		break;
	}
	i = indicator_of(in);
	if (!i)
		snprintf(ret->why, sizeof(ret->why), "threat entry %u of generation %u", f->indicator, f->generation);
	else if (i->kind == CORDON_INDICATOR_IPV4 || i->kind == CORDON_INDICATOR_IPV6)
		snprintf(ret->why, sizeof(ret->why), "listed address %s", prefix_str(text, sizeof(text), &i->prefix));
	else if (i->kind == CORDON_INDICATOR_URL)
		snprintf(ret->why, sizeof(ret->why), "listed URL %.120s", in->threats->text.data + i->text);
	else if (f->learned)
		snprintf(ret->why, sizeof(ret->why), "address learned from listed name %.100s", f->name);
	else
		snprintf(ret->why, sizeof(ret->why), "listed name %.120s%s", in->threats->text.data + i->text,
			 f->led ? ", to which the answer leads" : "");
}

static bool drops_flow(const struct decide_in *in)
{
	if (in->f->kind == FINDING_THREAT)
		return threat_action(in) >= CORDON_ACTION_DROP;
	return in->f->action == RULE_ACTION_DROP || in->f->action == RULE_ACTION_REJECT;
}

static uint8_t kind_of(const struct decide_in *in)
{
	const struct finding *f = in->f;

	if (f->kind == FINDING_APP)
		return app_denied(in) ? DECISION_DROP_FLOW : DECISION_NOTHING;
	if (f->kind != FINDING_ALERT && f->kind != FINDING_THREAT)
		return DECISION_NOTHING;
	if (in->dev && is_grave(in) && is_guilty(f) &&
	    (is_two_way(&f->facts) || (in->repeated && decide_counts(in))))
		return DECISION_QUARANTINE;
	return drops_flow(in) ? DECISION_DROP_FLOW : DECISION_ALERT;
}

/* does @row speak of this finding's class of evidence? */
static bool is_of_class(const struct conf_response *row, const struct finding *f)
{
	if (!row->class || !*row->class)
		return true;
	if (f->kind == FINDING_THREAT)
		return !strcmp(row->class, "threat");
	return !strcmp(row->class, f->classtype) || (f->gid == FINDING_GID_BEHAVIOUR && !strcmp(row->class, "behaviour"));
}

/* the first row that speaks of it; none: cut, without asking */
static void set_response(const struct decide_in *in, struct decision *ret)
{
	ret->level = CORDON_LEVEL_CUT;
	ret->response = in->f->gid == FINDING_GID_BEHAVIOUR ? in->f->response : CONF_RESPONSE_AUTO;
	for (size_t i = 0; i < in->conf->responses.len; i++) {
		const struct conf_response *row = &in->conf->responses.data[i];

		if (!is_of_class(row, in->f))
			continue;
		ret->level = row->level;
		ret->response = row->response;
		return;
	}
}

void decide(const struct decide_in *in, struct decision *ret)
{
	*ret = (struct decision){ .kind = kind_of(in) };
	if (ret->kind == DECISION_NOTHING)
		return;
	ret->action = in->f->kind == FINDING_THREAT ? threat_action(in) : 0;
	if (ret->kind == DECISION_QUARANTINE)
		set_response(in, ret);
	say_why(in, ret);
}
