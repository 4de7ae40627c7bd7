/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which packets can be a rule's at all, in the kernel's terms: class and
 * direction, application, port group. Always on the safe side: a gate may
 * let too much through, never too little.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "match/engine.h"
#include "rule/events.h"

#define CLASS_BITS(class) (3u << (class) * 2)
#define FLAG_SYN 2

/* can a packet with (without) SYN pass the rule's flags tests? */
static bool flags_allow(const struct rule *r, bool syn)
{
	for (unsigned int f = 0; f < 256; f++) {
		bool fits = !(f & FLAG_SYN) == !syn;

		for (uint16_t i = 0; fits && i < r->n_tests; i++)
			if (r->test[i].field == RULE_FIELD_FLAGS)
				fits = rule_flags_match(&r->test[i], (uint8_t)f);
		if (fits)
			return true;
	}
	return false;
}

/* can a packet without (with) payload pass the rule's dsize tests? */
static bool size_allows(const struct rule *r, bool payload)
{
	for (uint16_t i = 0; i < r->n_tests; i++) {
		const struct rule_test *t = &r->test[i];

		if (t->field != RULE_FIELD_DSIZE)
			continue;
		if (!payload && (t->lo == 0) == t->negated)
			return false;
		if (payload && !t->negated && t->hi == 0)
			return false;
	}
	return true;
}

bool gate_is_of_header(const struct rule *r)
{
	return r->on & RULE_ON_PACKET && !r->payload.n && !r->once && (size_allows(r, false) || gate_asks_known(r));
}

bool gate_is_of_options(const struct rule *r)
{
	return r->on & RULE_ON_EVENT && rule_events[r->moment - 1].kind == RULE_EVENT_KIND_DECODE_OPTIONS;
}

bool gate_is_of_state(const struct rule *r)
{
	uint8_t kind = r->on & RULE_ON_EVENT ? rule_events[r->moment - 1].kind : RULE_EVENT_KINDS;

	return kind == RULE_EVENT_KIND_STATE || kind == RULE_EVENT_KIND_STATE_APP || kind == RULE_EVENT_KIND_DECODE_TCP;
}

bool gate_allows_empty(const struct rule *r)
{
	return size_allows(r, false);
}

bool gate_asks_known(const struct rule *r)
{
	if (!(r->on & RULE_ON_PACKET) || !(r->ip & RULE_IP_TCP) || r->payload.n)
		return false;
	for (uint16_t i = 0; i < r->n_tests; i++)
		if (r->test[i].field == RULE_FIELD_APP)
			return true;
	return r->apps || !size_allows(r, false);
}

bool gate_is_of_flow(const struct rule *r)
{
	for (uint16_t i = 0; i < r->n_tests; i++)
		if (r->test[i].field != RULE_FIELD_APP && r->test[i].field != RULE_FIELD_IPREP)
			return false;
	return gate_is_of_header(r) && size_allows(r, false) && r->ip & RULE_IP_TCP && !r->n_lists && !r->tcp_pkt;
}

bool gate_is_of_app(const struct rule *r)
{
	return r->apps && !r->n_tests && !r->n_ask && !(r->flow & ~(RULE_FLOW_TO_SERVER | RULE_FLOW_TO_CLIENT)) && gate_is_of_flow(r);
}

static uint16_t tcp_classes(const struct rule *r)
{
	bool has_content = r->payload.n > 0, syn = flags_allow(r, true), plain = flags_allow(r, false);
	uint16_t c = 0;

	if (r->on & (RULE_ON_STREAM | RULE_ON_MESSAGE))
		return CLASS_BITS(CORDON_CLASS_TCP);
	if (size_allows(r, true) && plain)
		c |= CLASS_BITS(CORDON_CLASS_TCP);
	if (!has_content && size_allows(r, false)) {
		c |= syn ? CLASS_BITS(CORDON_CLASS_TCP_SYN) : 0;
		c |= plain ? CLASS_BITS(CORDON_CLASS_TCP_CTL) : 0;
	}
	return c;
}

/* applications whose answers are told of the side that asked: their rules need both directions, as do those on events said of both sides */
#define ANSWERED (CORDON_BIT(CORDON_APP_MQTT) | CORDON_BIT(CORDON_APP_RFB))

bool gate_is_answered(const struct rule *r)
{
	return r->on & RULE_ON_MESSAGE && (r->apps & ANSWERED || (r->events && r->apps & RULE_EVENT_TWO_SIDED));
}

static uint16_t directions(const struct rule *r)
{
	if (gate_is_answered(r) || gate_asks_known(r))
		return 0xffff;
	return r->flow & RULE_FLOW_TO_SERVER ? 0x5555 : r->flow & RULE_FLOW_TO_CLIENT ? 0xaaaa : 0xffff;
}

uint64_t gate_carriers(uint64_t apps)
{
	return apps & CORDON_BIT(CORDON_APP_TLS) ? apps | CORDON_BIT(CORDON_APP_SMTP) | CORDON_BIT(CORDON_APP_FTP) : apps;
}

/* packets in whose headers the event may be, and which would not come up for anything else */
static uint16_t moment_classes(const struct rule *r)
{
	switch (rule_events[r->moment - 1].kind) {
	case RULE_EVENT_KIND_DECODE_ICMP:
		return CLASS_BITS(CORDON_CLASS_ICMP);
	case RULE_EVENT_KIND_DECODE_OTHER:
		return CLASS_BITS(CORDON_CLASS_OTHER);
	default:
		return 0;
	}
}

void gate_of(struct entry *e)
{
	const struct rule *r = e->rule;
	uint16_t c = 0;

	if (r->ip & RULE_IP_TCP)
		c |= tcp_classes(r);
	if (r->ip & RULE_IP_UDP)
		c |= CLASS_BITS(CORDON_CLASS_UDP);
	if (r->ip & RULE_IP_OTHER)
		c |= CLASS_BITS(CORDON_CLASS_OTHER);
	if (gate_asks_known(r))
		c |= CLASS_BITS(CORDON_CLASS_TCP) | CLASS_BITS(CORDON_CLASS_TCP_CTL);
	c &= directions(r);
	/* an error's direction is that of the flow it is about, which the kernel does not ask for */
	if (r->ip & RULE_IP_ICMP)
		c |= CLASS_BITS(CORDON_CLASS_ICMP);
	e->classes = r->on & RULE_ON_EVENT ? moment_classes(r) : c;
	/* before the application is known, or when only the other side knows it, the bytes may be its already */
	e->apps = !r->apps			? ~0ULL :
		  r->on == RULE_ON_PACKET ? r->apps : /* a packet is judged by the application its flow has now */
			     r->apps | CORDON_BIT(CORDON_APP_UNDECIDED) | CORDON_BIT(CORDON_APP_NONE);
	if (r->on & RULE_ON_MESSAGE)
		e->apps |= gate_carriers(r->apps);
}

bool gate_needs_turned(const struct rule *r)
{
	return r->both_ways || gate_asks_known(r);
}
