// SPDX-License-Identifier: BSD-2-Clause
/*
 * decode-event: what Suricata 7's decoders call odd, on the bytes that are
 * there. A header that does not add up ends it, as there: what is behind is not
 * looked at. Where it differs: a total length of 0 is no error (the kernel
 * takes it for a packet that segmentation offload made).
 */
#include "match/decode.h"

#include <netinet/in.h>

#include "match/decode_int.h"
#include "parse/ip.h"
#include "rule/events.h"

#define MAX_TOTAL 65535
#define ICMP_HEADER 8
#define ICMP_TIMES 20 /* bytes of a timestamp message (RFC 792) */

/* what is behind the network header */
struct rest {
	const uint8_t *p;
	uint32_t len;
	uint8_t proto;
	uint8_t hops;
};

static uint32_t be16_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

/* --- ICMP --- */

#define ANY_CODE 256
#define NO_TYPE -1

/* the largest code of the types that are known (RFC 792, RFC 1122, RFC 950), as Suricata has them */
static int icmp4_code_max(uint8_t type)
{
	static const int16_t most[19] = { 0,	   NO_TYPE, NO_TYPE, 15, 0, 3, NO_TYPE, NO_TYPE, 0, ANY_CODE,
					  NO_TYPE, 1,	    0,	     0,	 0, 0, 0,	0,	 0 };

	return type < 19 ? most[type] : NO_TYPE;
}

/* 1: it quotes a datagram; 2: even when nothing is there */
static unsigned int icmp4_quotes(uint8_t type)
{
	return type == 4 ? 2 : type == 3 || type == 5 || type == 11 || type == 12;
}

static void icmp4_quote(const struct rest *r, struct decoded *o)
{
	uint32_t len = r->len - ICMP_HEADER;

	if (!len && icmp4_quotes(r->p[0]) != 2)
		return;
	if (len < 20)
		odd_say(o, RULE_EVENT_ICMPV4_QUOTE_CUT);
	else if (r->p[ICMP_HEADER] >> 4 != 4)
		odd_say(o, RULE_EVENT_ICMPV4_QUOTE_VERSION);
}

static void icmp4(const struct rest *r, struct decoded *o)
{
	int most;

	if (r->len < ICMP_HEADER) {
		odd_say(o, RULE_EVENT_ICMPV4_SHORT);
		return;
	}
	most = icmp4_code_max(r->p[0]);
	if (most == NO_TYPE)
		odd_say(o, RULE_EVENT_ICMPV4_TYPE);
	else if (r->p[1] > most)
		odd_say(o, RULE_EVENT_ICMPV4_CODE);
	else if (icmp4_quotes(r->p[0]))
		icmp4_quote(r, o);
	if ((r->p[0] == 13 || r->p[0] == 14) && r->len < ICMP_TIMES)
		odd_say(o, RULE_EVENT_ICMPV4_QUOTE_CUT);
}

/* types of ICMPv6 (IANA's registry, as Suricata has it): what is said of them, or the largest code */
struct icmp6_types {
	uint8_t from, to;
	uint8_t event; /* 0: none */
	int16_t most;
};

static const struct icmp6_types icmp6_table[] = {
	{ 0, 0, 0, ANY_CODE },
	{ 1, 1, 0, 6 },
	{ 2, 2, 0, 0 },
	{ 3, 3, 0, 1 },
	{ 4, 4, 0, 2 },
	{ 5, 99, RULE_EVENT_ICMPV6_UNASSIGNED, ANY_CODE },
	{ 100, 101, RULE_EVENT_ICMPV6_EXPERIMENT, ANY_CODE },
	{ 102, 126, RULE_EVENT_ICMPV6_UNASSIGNED, ANY_CODE },
	{ 127, 127, 0, ANY_CODE },
	{ 128, 137, 0, 0 },
	{ 138, 140, 0, 2 },
	{ 141, 149, 0, 0 },
	{ 150, 153, 0, ANY_CODE },
	{ 154, 154, 0, 0 },
	{ 155, 155, 0, 3 },
	{ 156, 159, 0, 0 },
	{ 160, 199, RULE_EVENT_ICMPV6_UNASSIGNED, ANY_CODE },
	{ 200, 201, RULE_EVENT_ICMPV6_EXPERIMENT, ANY_CODE },
	{ 202, 255, RULE_EVENT_ICMPV6_UNASSIGNED, ANY_CODE },
};

/* renumbering is reset by 255 (RFC 2894 3.1); routing of low-power networks has secured forms (RFC 6550 6) */
static bool icmp6_code_is_known(uint8_t type, uint8_t code, int most)
{
	if (type == 138 && code == 255)
		return true;
	return code <= most || (type == 155 && code >= 128 && code <= 132);
}

static void icmp6_quote(const struct rest *r, struct decoded *o)
{
	if (r->len < ICMP_HEADER + 40)
		odd_say(o, RULE_EVENT_ICMPV6_QUOTE_CUT);
	else if (r->p[ICMP_HEADER] >> 4 != 6)
		odd_say(o, RULE_EVENT_ICMPV6_QUOTE_VERSION);
}

static void icmp6(const struct rest *r, struct decoded *o)
{
	const struct icmp6_types *t = icmp6_table;
	uint8_t type;

	if (r->len < ICMP_HEADER) {
		odd_say(o, RULE_EVENT_ICMPV6_SHORT);
		return;
	}
	type = r->p[0];
	while (type > t->to)
		t++;
	if (t->event)
		odd_say(o, t->event);
	/* what listeners of a multicast group say stays on the link (RFC 2710 3) */
	if (type >= 130 && type <= 132 && r->hops != 1)
		odd_say(o, RULE_EVENT_ICMPV6_HOPS);
	if (!icmp6_code_is_known(type, r->p[1], t->most))
		odd_say(o, RULE_EVENT_ICMPV6_CODE);
	else if (type >= 1 && type <= 4)
		icmp6_quote(r, o);
}

/* --- transport --- */

static void tcp(const struct rest *r, struct decoded *o)
{
	uint32_t head;

	if (r->len < 20) {
		odd_say(o, RULE_EVENT_TCP_SHORT);
		return;
	}
	head = (r->p[12] >> 4) * 4u;
	if (r->len < head)
		odd_say(o, RULE_EVENT_TCP_CUT);
	else if (head < 20)
		odd_say(o, RULE_EVENT_TCP_OPTIONS);
	else
		decode_options_tcp(r->p + 20, head - 20, o);
}

static void udp(const struct rest *r, struct decoded *o)
{
	uint32_t len;

	if (r->len < 8) {
		odd_say(o, RULE_EVENT_UDP_SHORT);
		return;
	}
	len = be16_at(r->p + 4);
	if (r->len < len)
		odd_say(o, RULE_EVENT_UDP_CUT);
	else if (len < 8)
		odd_say(o, RULE_EVENT_UDP_LENGTH);
}

static void transport(const struct rest *r, uint8_t version, struct decoded *o)
{
	switch (r->proto) {
	case IPPROTO_TCP:
		tcp(r, o);
		break;
	case IPPROTO_UDP:
		udp(r, o);
		break;
	case IPPROTO_ICMP:
		if (version == 4)
			icmp4(r, o);
		else
			odd_say(o, RULE_EVENT_IPV6_ICMPV4);
		break;
	case IPPROTO_ICMPV6:
		if (version == 6)
			icmp6(r, o);
		else
			odd_say(o, RULE_EVENT_IPV4_ICMPV6);
		break;
	}
}

/* --- network --- */

/* is the fixed header's say on lengths right? */
static bool ip4_holds(const uint8_t *p, uint32_t len, struct decoded *o)
{
	uint32_t head, total;

	if (len < 20) {
		odd_say(o, RULE_EVENT_IPV4_SHORT);
		return false;
	}
	head = (p[0] & 15) * 4u;
	total = be16_at(p + 2);
	if (p[0] >> 4 != 4)
		odd_say(o, RULE_EVENT_IPV4_VERSION);
	else if (head < 20)
		odd_say(o, RULE_EVENT_IPV4_HEADER);
	else if (total && total < head)
		odd_say(o, RULE_EVENT_IPV4_LENGTH);
	else if (len < (total ? total : head))
		odd_say(o, RULE_EVENT_IPV4_CUT);
	else
		return true;
	return false;
}

static void ip4(const uint8_t *p, uint32_t len, struct decoded *o)
{
	uint32_t head, frag, total;
	struct rest r;

	o->is_void = !ip4_holds(p, len, o);
	if (o->is_void)
		return;
	head = (p[0] & 15) * 4u;
	o->is_void = !decode_options4(p + 20, head - 20, o);
	if (o->is_void)
		return;
	total = be16_at(p + 2) ? be16_at(p + 2) : len;
	frag = be16_at(p + 6);
	if (frag & 0x3fff) {
		if ((frag & 0x1fff) * 8 + total > MAX_TOTAL)
			odd_say(o, RULE_EVENT_IPV4_FRAG_LARGE);
		return;
	}
	r = (struct rest){ .p = p + head, .len = total - head, .proto = p[9], .hops = p[8] };
	transport(&r, 4, o);
}

/* @r: at a fragment header that is all there; false: the packet is a part of one */
static bool ip6_fragment(const struct rest *r, struct decoded *o)
{
	uint32_t frag = be16_at(r->p + 2), off = frag & 0xfff8, len = r->len - 8;

	if (r->p[1])
		odd_say(o, RULE_EVENT_IPV6_FRAG_RESERVED);
	if (!(frag & 0xfff9))
		odd_say(o, RULE_EVENT_IPV6_FRAG_USELESS);
	if (frag & 1 && len % 8)
		odd_say(o, RULE_EVENT_IPV6_FRAG_LENGTH);
	else if (frag & 0xfff9 && off + len > MAX_TOTAL)
		odd_say(o, RULE_EVENT_IPV6_FRAG_LARGE);
	return !(frag & 0xfff9);
}

/* what has come of the chain */
struct chain {
	unsigned int hops, routings, fragments, auths, dests;
};

static void ip6_options(const struct rest *r, uint32_t len, struct chain *c, struct decoded *o)
{
	bool is_hop = r->proto == IPPROTO_HOPOPTS;
	/* destination options may stand before a routing header and at the end */
	bool is_more = is_hop ? c->hops++ > 0 : c->dests++ > 1;

	if (is_more)
		odd_say(o, is_hop ? RULE_EVENT_IPV6_TWO_HOP : RULE_EVENT_IPV6_TWO_DST);
	else
		decode_options6(r->p + 2, len - 2, is_hop, o);
}

static void ip6_routing(const struct rest *r, struct chain *c, struct decoded *o)
{
	if (c->routings++)
		odd_say(o, RULE_EVENT_IPV6_TWO_ROUTING);
	else if (!r->p[2])
		odd_say(o, RULE_EVENT_IPV6_ROUTING_0);
}

static void ip6_auth(const struct rest *r, struct chain *c, struct decoded *o)
{
	if (c->auths++)
		odd_say(o, RULE_EVENT_IPV6_TWO_AUTH);
	else if (be16_at(r->p + 2))
		odd_say(o, RULE_EVENT_IPV6_AUTH_RESERVED);
}

/* an extension header of @len bytes that is all there; false: the packet is a part of one */
static bool ip6_header(const struct rest *r, uint32_t len, struct chain *c, struct decoded *o)
{
	switch (r->proto) {
	case IPPROTO_FRAGMENT:
		if (!c->fragments++)
			return ip6_fragment(r, o);
		odd_say(o, RULE_EVENT_IPV6_TWO_FRAGMENT);
		break;
	case IPPROTO_ROUTING:
		ip6_routing(r, c, o);
		break;
	case IPPROTO_AH:
		ip6_auth(r, c, o);
		break;
	default:
		ip6_options(r, len, c, o);
	}
	return true;
}

/* the chain of extension headers; false: there is nothing behind it to look at */
static bool ip6_chain(struct rest *r, struct decoded *o)
{
	struct chain c = { 0 };
	uint32_t len;

	for (unsigned int i = 0; ip6_is_extension(r->proto); i++) {
		if (i == CORDON_MAX_EXT_HDRS)
			return false;
		len = r->len < 2 ? 0 : ip6_extension_len(r->proto, r->p[1]);
		if (!len || len > r->len) {
			odd_say(o, RULE_EVENT_IPV6_EXT_CUT);
			return false;
		}
		if (!ip6_header(r, len, &c, o))
			return false;
		r->proto = r->p[0];
		r->p += len;
		r->len -= len;
		if (r->len < 2 && r->proto != IPPROTO_NONE) {
			odd_say(o, RULE_EVENT_IPV6_EXT_CUT);
			return false;
		}
	}
	return true;
}

/* a packet in an IPv6 packet */
static void ip6_inner(const struct rest *r, struct decoded *o)
{
	bool is_v4 = r->proto == IPPROTO_IPIP;

	if (r->len < (is_v4 ? 20 : 40))
		odd_say(o, is_v4 ? RULE_EVENT_IPV6_IPV4_SHORT : RULE_EVENT_IPV6_IPV6_SHORT);
	else if (r->p[0] >> 4 != (is_v4 ? 4 : 6))
		odd_say(o, is_v4 ? RULE_EVENT_IPV6_IPV4_VERSION : RULE_EVENT_IPV6_IPV6_VERSION);
}

/* what may be behind IPv6 headers alone */
static void ip6_rest(const struct rest *r, struct decoded *o)
{
	if (r->proto == IPPROTO_IPIP || r->proto == IPPROTO_IPV6)
		ip6_inner(r, o);
	else if (r->proto == IPPROTO_NONE && r->len)
		odd_say(o, RULE_EVENT_IPV6_NONE_DATA);
	else
		transport(r, 6, o);
}

static void ip6(const uint8_t *p, uint32_t len, struct decoded *o)
{
	struct rest r;
	uint32_t said;

	if (len < 40) /* Suricata says nothing of it */
		return;
	said = be16_at(p + 4);
	o->is_void = p[0] >> 4 != 6 || len < 40 + said;
	if (o->is_void) {
		odd_say(o, p[0] >> 4 != 6 ? RULE_EVENT_IPV6_VERSION : RULE_EVENT_IPV6_CUT);
		return;
	}
	r = (struct rest){ .p = p + 40, .len = said || p[6] == IPPROTO_NONE ? said : len - 40, .proto = p[6], .hops = p[7] };
	if (ip6_chain(&r, o))
		ip6_rest(&r, o);
}

/* what is behind the chain was not reached, or is of the other family: the first extension header */
static int16_t proto_of(const struct decoded *d, const uint8_t *p)
{
	for (uint8_t i = 0; i < d->n; i++)
		if (d->event[i] == RULE_EVENT_IPV6_EXT_CUT || d->event[i] == RULE_EVENT_IPV6_NONE_DATA ||
		    d->event[i] == RULE_EVENT_IPV6_ICMPV4)
			return ip6_is_extension(p[6]) ? p[6] : 0;
	return -1;
}

void decode_events(const struct view *v, struct decoded *ret)
{
	uint32_t type;

	*ret = (struct decoded){ .proto = -1 };
	/* which of the two the link header says, not the packet */
	if (!v->l3 || v->l3 - v->frame < 2)
		return;
	type = be16_at(v->l3 - 2);
	if (type == 0x0800) {
		ip4(v->l3, v->l3_len, ret);
	} else if (type == 0x86dd) {
		ip6(v->l3, v->l3_len, ret);
		ret->proto = proto_of(ret, v->l3);
	}
}
