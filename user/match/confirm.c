/* SPDX-License-Identifier: BSD-2-Clause */
/* A rule's header and packet conditions. What a flow is, only the kernel's facts say. */
#include <netinet/in.h>

#include "match/engine.h"

static uint8_t ip_bit(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return RULE_IP_TCP;
	case IPPROTO_UDP:
		return RULE_IP_UDP;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return RULE_IP_ICMP;
	default:
		return RULE_IP_OTHER;
	}
}

static bool ends_fit(const struct rule *r, rset_key src, rset_key dst, uint16_t sport, uint16_t dport)
{
	return rset_has(r->sport, sport) && rset_has(r->dport, dport) && rset_has(r->src, src) &&
	       rset_has(r->dst, dst);
}

static bool flow_fits(const struct rule *r, const struct cordon_facts *f)
{
	bool is_established = f->flow_id && (f->flow_flags & CORDON_FLOW_ESTABLISHED);

	if ((r->flow & RULE_FLOW_ESTABLISHED) && !is_established)
		return false;
	return !(r->flow & RULE_FLOW_NOT_ESTABLISHED) || !is_established;
}

enum verdict confirm_header(const struct rule *r, const struct cordon_facts *f)
{
	rset_key src, dst;
	uint16_t sport = 0, dport = 0;

	if (!(r->ip & ip_bit(f->proto)))
		return NEVER;
	if ((r->flow & RULE_FLOW_TO_SERVER && f->dir != CORDON_TO_SERVER) ||
	    (r->flow & RULE_FLOW_TO_CLIENT && f->dir != CORDON_TO_CLIENT))
		return NEVER;
	if (f->proto == IPPROTO_TCP || f->proto == IPPROTO_UDP) {
		sport = ntohs(f->sport);
		dport = ntohs(f->dport);
	}
	src = rset_addr(f->saddr);
	dst = rset_addr(f->daddr);
	if (!ends_fit(r, src, dst, sport, dport) && !(r->both_ways && ends_fit(r, dst, src, dport, sport)))
		return NEVER;
	if (r->apps && !(r->apps >> f->app & 1))
		return f->app == CORDON_APP_UNDECIDED || f->app == CORDON_APP_NONE ? NOT_YET : NEVER;
	return flow_fits(r, f) ? FITS : NOT_YET;
}

static bool is_ipv4(const struct view *v)
{
	return v->l3 && v->pkt->ip_version == 4 && v->l3_len >= 20;
}

/* ICMP type or code: the first two bytes of its header (RFC 792, RFC 4443 2.1) */
static bool icmp_byte(const struct view *v, unsigned int i, uint32_t *ret)
{
	if (ip_bit(v->facts->proto) != RULE_IP_ICMP || !v->l4 || v->l4_len <= i)
		return false;
	*ret = v->l4[i];
	return true;
}

/* the value of a field; false: this packet has none */
static bool field_value(const struct view *v, uint8_t field, uint32_t *ret)
{
	bool is_tcp = v->facts->proto == IPPROTO_TCP && v->l4;

	switch (field) {
	case RULE_FIELD_DSIZE:
		*ret = v->pkt->payload_len;
		return true;
	case RULE_FIELD_TTL:
		if (!is_ipv4(v) && (v->pkt->ip_version != 6 || !v->l3 || v->l3_len < 40))
			return false;
		*ret = v->l3[v->pkt->ip_version == 4 ? 8 : 7];
		return true;
	case RULE_FIELD_IP_ID:
		if (!is_ipv4(v))
			return false;
		*ret = (uint32_t)v->l3[4] << 8 | v->l3[5];
		return true;
	case RULE_FIELD_IP_PROTO:
		*ret = v->facts->proto;
		return true;
	case RULE_FIELD_SEQ:
		*ret = v->seq;
		return is_tcp;
	case RULE_FIELD_ACK:
		*ret = v->ack;
		return is_tcp;
	case RULE_FIELD_WINDOW:
		*ret = v->pkt->window;
		return is_tcp;
	case RULE_FIELD_ITYPE:
		return icmp_byte(v, 0, ret);
	case RULE_FIELD_ICODE:
		return icmp_byte(v, 1, ret);
	case RULE_FIELD_SAMEIP:
		*ret = rset_addr(v->facts->saddr) == rset_addr(v->facts->daddr);
		return true;
	default:
		return false;
	}
}

static bool test_holds(const struct rule_test *t, const struct view *v)
{
	uint32_t x;

	if (t->field == RULE_FIELD_FLAGS)
		return v->facts->proto == IPPROTO_TCP && v->l4 && rule_flags_match(t, v->tcp_flags);
	return field_value(v, t->field, &x) && (x >= t->lo && x <= t->hi) != t->negated;
}

bool confirm_numbers(const struct rule *r, const struct app_msg *msg)
{
	for (uint16_t i = 0; i < r->n_numbers; i++) {
		const struct rule_test *t = &r->number[i];
		uint64_t x = msg->number[t->field];

		if (!(msg->has_number >> t->field & 1) || (x >= t->lo && x <= t->hi) == t->negated)
			return false;
	}
	return true;
}

bool confirm_tests(const struct rule *r, const struct view *v)
{
	for (uint16_t i = 0; i < r->n_tests; i++)
		if (!test_holds(&r->test[i], v))
			return false;
	return true;
}
