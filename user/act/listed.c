// SPDX-License-Identifier: BSD-2-Clause
/*
 * What user space finds to be listed: names and URLs that the kernel cannot
 * read, and what DNS answers lead to. An answer's names come one by one, first
 * the one that was asked for, then its addresses: they belong to the first of
 * the names that is listed.
 */
#include <string.h>

#include "act/act_int.h"
#include "base/clock.h"
#include "base/str.h"

static bool judge_learned(struct learned *e, void *act)
{
	const struct act *a = act;
	uint32_t id = a->index ? threat_index_name(a->index, e->name, strlen(e->name)) : 0;
	const struct indicator *i;

	if (!id || id > a->threats->v.len || indicator_is_exception(a->threats, id))
		return false;
	i = &a->threats->v.data[id - 1];
	e->action = i->flags & CORDON_THREAT_OBSERVE ? CORDON_ACTION_OBSERVE : indicator_kernel_action(a->threats, i);
	return true;
}

void act_set_threats(struct act *a, const struct indicators *in, const struct threat_index *index, uint32_t generation)
{
	a->threats_before = a->threats;
	a->generation_before = a->generation;
	a->threats = in;
	a->generation = generation;
	a->index = in ? index : NULL;
	learned_judge(a->learned, judge_learned, a);
}

/*
 * What the kernel has looked up is not looked up again: a name in one packet; but QUIC's it cannot read. An HTTP request's
 * hosts come as FINDING_HOST; its event may wait for the answer.
 */
static bool is_ours_to_look_up(const struct finding *f)
{
	if (f->is_response || f->reasons & CORDON_BIT(CORDON_REASON_THREAT_NAME))
		return false;
	if (f->kind == FINDING_HOST || f->kind == FINDING_QUIC)
		return true;
	return finding_is_app(f->kind) && f->kind != FINDING_HTTP && f->facts.flow_flags & CORDON_FLOW_SPLIT_NAME;
}

/* the id of what lists this name, 0: nothing; @ret: canonical */
static uint32_t look_up_name(const struct act *a, const char *name, char ret[256])
{
	uint32_t id;

	if (!name[0] || domain_canonical(name, strlen(name), ret, 256))
		return 0;
	id = threat_index_name(a->index, ret, strlen(ret));
	return id > a->threats->v.len || indicator_is_exception(a->threats, id) ? 0 : id;
}

static uint32_t look_up(const struct act *a, const struct finding *f)
{
	char name[256];

	if (f->kind == FINDING_REQUEST)
		return threat_index_url(a->index, f->pairs, strnlen(f->pairs, sizeof(f->pairs)));
	return is_ours_to_look_up(f) ? look_up_name(a, f->name, name) : 0;
}

/* a name of an answer; the id when it is to be told: the question's own was, by whoever read the question */
static uint32_t follow(struct act *a, const struct finding *f)
{
	struct answer_names *n = &a->answer;
	char name[256];
	uint32_t id;

	if (!f->led || n->flow_id != f->facts.flow_id || n->ts_ns != f->ts_ns)
		*n = (struct answer_names){ .flow_id = f->facts.flow_id, .ts_ns = f->ts_ns };
	if (n->listed[0])
		return 0;
	id = look_up_name(a, f->name, name);
	if (!id)
		return 0;
	str_copy(n->listed, sizeof(n->listed), name);
	n->led = f->led;
	return f->led ? id : 0;
}

static bool is_home(const struct act *a, const struct addr *addr)
{
	for (size_t i = 0; i < a->conf->home.len; i++) /* without it: private space, which is never learned */
		if (prefix_has(&a->conf->home.data[i], addr))
			return true;
	return false;
}

/* what the name leads to, unless whoever answered means to have something blocked that must not be */
static void learn(struct act *a, const struct finding *f)
{
	struct device *dev = inventory_touch(a->inventory, &f->facts, f->ts_ns);
	const struct answer_names *n = &a->answer;
	struct learned l = { .addr = addr_of_nat64(&f->answer), .led = n->led };

	if (!dev || !n->listed[0] || n->flow_id != f->facts.flow_id || n->ts_ns != f->ts_ns)
		return;
	str_copy(l.name, sizeof(l.name), n->listed);
	l.device = dev->key;
	if (!feed_may_list(&l.addr) || is_home(a, &l.addr) || guard_find(a->guards, NULL, &l.addr, GUARD_ANYWHERE, f->ts_ns))
		learned_refuse(a->learned);
	else if (judge_learned(&l, a))
		(void)learned_put(a->learned, &l, f->ttl_s, f->ts_ns); /* beyond the limits: counted */
}

/* the kernel found that this device was led to this address: by which name? 0: it is no longer listed, or over */
static uint32_t look_up_learned(struct act *a, const struct finding *f, struct finding *ret)
{
	struct device *dev = inventory_touch(a->inventory, &f->facts, f->ts_ns);
	const struct learned *l;
	struct addr remote;

	memcpy(remote.b, f->facts.from_device ? f->facts.daddr : f->facts.saddr, sizeof(remote.b));
	remote = addr_of_nat64(&remote);
	l = dev ? learned_get(a->learned, &dev->key, &remote, f->ts_ns) : NULL;
	if (!l)
		return 0;
	ret->learned = true;
	ret->led = l->led;
	str_copy(ret->name, sizeof(ret->name), l->name);
	return threat_index_name(a->index, l->name, strlen(l->name));
}

/* a request may name a host, or ask for a URL, in several ways */
static bool is_told(struct act *a, const struct finding *f, uint32_t id)
{
	struct told *t = &a->told;
	bool same = t->flow_id == f->facts.flow_id && t->ts_ns == f->ts_ns && t->indicator == id;

	*t = (struct told){ .flow_id = f->facts.flow_id, .ts_ns = f->ts_ns, .indicator = id };
	return same;
}

static uint32_t listed_of(struct act *a, const struct finding *f, struct finding *ret)
{
	switch (f->kind) {
	case FINDING_ANSWER:
		learn(a, f);
		return 0;
	case FINDING_CHAIN:
		return follow(a, f);
	case FINDING_LEARNED:
		return look_up_learned(a, f, ret);
	default:
		return look_up(a, f);
	}
}

bool act_threat_of(struct act *a, const struct finding *f, struct finding *ret)
{
	uint32_t reason = f->kind == FINDING_REQUEST ? CORDON_REASON_THREAT_URL :
			  f->kind == FINDING_LEARNED ? CORDON_REASON_THREAT_LEARNED :
						       CORDON_REASON_THREAT_NAME;
	uint32_t id;

	if (!a->index || !a->threats)
		return false;
	*ret = *f;
	id = listed_of(a, f, ret);
	if (!id || id > a->threats->v.len || indicator_is_exception(a->threats, id) || is_told(a, f, id))
		return false;
	ret->kind = FINDING_THREAT;
	ret->indicator = id;
	ret->generation = a->generation;
	ret->action = a->threats->v.data[id - 1].action;
	ret->reasons |= CORDON_BIT(reason);
	memset(ret->pairs, 0, f->kind == FINDING_REQUEST ? sizeof(ret->pairs) : 0);
	return true;
}

void act_learned_each(const struct act *a, const struct addr *addr, void (*fn)(const struct learned *, void *), void *ctx)
{
	struct addr v4 = addr_of_nat64(addr);

	learned_each(a->learned, &v4, clock_now_ns(), fn, ctx);
}

void act_learned_stats(const struct act *a, struct learned_stats *ret)
{
	learned_stats(a->learned, ret);
}
