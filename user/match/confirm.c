/* SPDX-License-Identifier: BSD-2-Clause */
/* A rule's header and packet conditions. What a flow is, only the kernel's facts say. */
#include <netinet/in.h>
#include <string.h>

#include "base/clock.h"
#include "match/checksum.h"
#include "match/engine.h"
#include "parse/modbus.h"
#include "rule/geoip.h"
#include "rule/iprep.h"

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

static bool is_mapped(const uint8_t addr[16])
{
	return rset_addr(addr) >> 32 == 0xffff;
}

static bool flow_fits(const struct rule *r, const struct cordon_facts *f)
{
	bool is_established = f->flow_flags & CORDON_FLOW_ESTABLISHED;

	if ((r->flow & RULE_FLOW_ESTABLISHED) && !is_established)
		return false;
	return !(r->flow & RULE_FLOW_NOT_ESTABLISHED) || !is_established;
}

bool confirm_both_ways(const struct rule *r, const struct cordon_facts *f)
{
	bool has_ports = f->proto == IPPROTO_TCP || f->proto == IPPROTO_UDP;
	uint16_t sport = has_ports ? ntohs(f->sport) : 0, dport = has_ports ? ntohs(f->dport) : 0;
	rset_key src, dst;

	if (!r->both_ways || (r->src->id == r->dst->id && r->sport->id == r->dport->id))
		return false;
	src = rset_addr(f->saddr);
	dst = rset_addr(f->daddr);
	return ends_fit(r, src, dst, sport, dport) && ends_fit(r, dst, src, dport, sport);
}

/*
 * Whether it was put together from fragments is asked of the packet that is looked at: of a stream and its messages that is,
 * in Suricata, the one that comes behind their acknowledgement, which is whole.
 */
static bool frag_fits(const struct rule *r, const struct cordon_facts *f)
{
	bool is_of_stream = f->proto == IPPROTO_TCP && r->on & (RULE_ON_STREAM | RULE_ON_MESSAGE);

	return !(r->flow & (f->flow_flags & FLOW_REBUILT && !is_of_stream ? RULE_FLOW_NO_FRAG : RULE_FLOW_ONLY_FRAG));
}

enum verdict confirm_header(const struct rule *r, const struct cordon_facts *f)
{
	rset_key src, dst;
	uint16_t sport = 0, dport = 0;

	if (!(r->ip & ip_bit(f->proto)) || (r->ip_proto && r->ip_proto != f->proto) ||
	    (r->ip_version && (r->ip_version == 4) != is_mapped(f->saddr)))
		return NEVER;
	if ((r->flow & RULE_FLOW_TO_SERVER && f->dir != CORDON_TO_SERVER) ||
	    (r->flow & RULE_FLOW_TO_CLIENT && f->dir != CORDON_TO_CLIENT) || !frag_fits(r, f))
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

enum verdict confirm_stream(const struct rule *r, const struct cordon_facts *f)
{
	enum verdict h = confirm_header(r, f);

	return h == FITS && f->proto == IPPROTO_TCP && !(f->flow_flags & CORDON_FLOW_ESTABLISHED) ? NOT_YET : h;
}

static bool is_ipv4(const struct view *v)
{
	return v->l3 && v->pkt->ip_version == 4 && v->l3_len >= 20;
}

/* ICMP type or code: the first two bytes of its header (RFC 792, RFC 4443 2.1) */
static bool icmp_byte(const struct view *v, unsigned int i, uint32_t *ret)
{
	/* ICMP in IPv6, or the other way round, is neither */
	if (v->facts->proto != (v->pkt->ip_version == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP) || !v->l4 || v->l4_len <= i)
		return false;
	*ret = v->l4[i];
	return true;
}

/* bytes 4 ... 7 of an ICMP header: identifier and sequence number of echo and the like (RFC 792, RFC 4443), or an MTU */
static bool icmp_rest(const struct view *v, uint8_t field, uint32_t *ret)
{
	static const uint8_t v4[] = { 0, 8, 13, 14, 15, 16, 17, 18 }, v6[] = { 128, 129 };
	bool is_v6 = v->pkt->ip_version == 6;
	uint32_t type;

	if (!icmp_byte(v, 0, &type) || v->l4_len < 8)
		return false;
	if (field == RULE_FIELD_ICMPV6_MTU) {
		*ret = (uint32_t)v->l4[4] << 24 | (uint32_t)v->l4[5] << 16 | (uint32_t)v->l4[6] << 8 | v->l4[7];
		return is_v6 && type == 2;
	}
	*ret = field == RULE_FIELD_ICMP_ID ? (uint32_t)v->l4[4] << 8 | v->l4[5] : (uint32_t)v->l4[6] << 8 | v->l4[7];
	return memchr(is_v6 ? v6 : v4, (int)type, is_v6 ? sizeof(v6) : sizeof(v4));
}

/* the option of @type (or any) in the list of TCP or IPv4 options; both are kinds, lengths and bytes (RFC 9293 3.1, RFC 791 3.1) */
static const uint8_t *option_find(const uint8_t *p, const uint8_t *end, uint32_t type)
{
	while (p < end) {
		if (type == RULE_IPOPTS_ANY || *p == type)
			return p;
		if (*p == 0)
			return NULL;
		if (*p == 1) {
			p++;
			continue;
		}
		if (end - p < 2 || p[1] < 2 || p[1] > end - p)
			return NULL;
		p += p[1];
	}
	return NULL;
}

static bool tcp_mss(const struct view *v, uint32_t *ret)
{
	uint32_t len = v->l4_len >= 20 ? (v->l4[12] >> 4) * 4u : 0;
	const uint8_t *o;

	if (len < 20 || len > v->l4_len)
		return false;
	o = option_find(v->l4 + 20, v->l4 + len, 2);
	if (!o || v->l4 + len - o < 4 || o[1] != 4)
		return false;
	*ret = (uint32_t)o[2] << 8 | o[3];
	return true;
}

static bool has_ip_option(const struct view *v, uint32_t type)
{
	uint32_t len = is_ipv4(v) ? (v->l3[0] & 15) * 4u : 0;

	return len > 20 && len <= v->l3_len && option_find(v->l3 + 20, v->l3 + len, type);
}

/* bytes of one direction that the packet shows: its own, and what it acknowledges; with the SYN, as Suricata counts */
static uint32_t size_of(const struct view *v, uint8_t dir)
{
	const struct cordon_facts *f = v->facts;

	if (f->dir == dir)
		return f->base_seq[dir] ? v->seq + !!(v->tcp_flags & 2) + v->pkt->payload_len - f->base_seq[dir] + 1 : 1;
	if (!(v->tcp_flags & 16))
		return 0;
	/* before the handshake is done: its SYN */
	return f->base_seq[dir] ? v->ack - f->base_seq[dir] + 1 : 1;
}

static bool size_holds(const struct rule_test *t, const struct view *v)
{
	uint32_t c = size_of(v, CORDON_TO_SERVER), s = size_of(v, CORDON_TO_CLIENT);
	/* as Suricata: a connection that it did not see begin has no sizes */
	uint32_t flags = v->facts->flow_flags;
	bool has_stream = flags & (CORDON_FLOW_SYN | CORDON_FLOW_MIDSTREAM) && !(flags & CORDON_FLOW_NO_STREAM);
	bool by_client = (c >= t->lo && c <= t->hi) != t->negated, by_server = (s >= t->lo && s <= t->hi) != t->negated;

	if (!has_stream)
		return false;
	switch (t->how) {
	case RULE_SIZE_CLIENT:
		return by_client;
	case RULE_SIZE_SERVER:
		return by_server;
	case RULE_SIZE_BOTH:
		return by_client && by_server;
	default:
		return by_client || by_server;
	}
}

/* bytes (of IPv4: units of eight) before the fragment's, as Suricata counts; false: no fragment */
static bool fragment6_offset(const struct view *v, uint32_t *ret)
{
	uint32_t at = 40, len;
	uint8_t next;

	if (v->pkt->ip_version != 6 || !v->l3 || v->l3_len < 48)
		return false;
	next = v->l3[6];
	/* what may stand before the fragment header (RFC 8200 4.1): each step is eight bytes at least */
	while (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS) {
		len = (v->l3[at + 1] + 1u) * 8;
		if (v->l3_len - at < len + 8)
			return false;
		next = v->l3[at];
		at += len;
	}
	if (next != IPPROTO_FRAGMENT)
		return false;
	*ret = ((uint32_t)v->l3[at + 2] << 8 | v->l3[at + 3]) & 0xfff8;
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
	case RULE_FIELD_TOS:
		if (!is_ipv4(v))
			return false;
		*ret = v->l3[1];
		return true;
	case RULE_FIELD_FRAGOFFSET:
		if (!is_ipv4(v))
			return fragment6_offset(v, ret);
		*ret = ((uint32_t)v->l3[6] << 8 | v->l3[7]) & 0x1fff;
		return true;
	case RULE_FIELD_ICMP_ID:
	case RULE_FIELD_ICMP_SEQ:
	case RULE_FIELD_ICMPV6_MTU:
		return icmp_rest(v, field, ret);
	case RULE_FIELD_TCP_MSS:
		return is_tcp && tcp_mss(v, ret);
	case RULE_FIELD_SAMEIP:
		*ret = rset_addr(v->facts->saddr) == rset_addr(v->facts->daddr);
		return true;
	default:
		return false;
	}
}

/*
 * Suricata knows a TCP flow's application when the bytes that tell it are
 * acknowledged: from that packet on.
 */
bool confirm_app_before(const struct rule *r, const struct view *v)
{
	const struct cordon_facts *f = v->facts;
	uint32_t of_dir = v->known & (f->dir ? VIEW_ACKED1 : VIEW_ACKED0), told = v->known & VIEW_TOLD;

	if (f->proto != IPPROTO_TCP)
		return true;
	/* a packet with a literal comes up alone: whether what came before it was acknowledged, nobody here has seen */
	if (r->payload.n) {
		of_dir = f->flow_flags & (f->dir ? CORDON_FLOW_FIRST1 : CORDON_FLOW_FIRST0);
		told = f->flow_flags & (CORDON_FLOW_FIRST0 | CORDON_FLOW_FIRST1);
	}
	for (uint16_t i = 0; i < r->n_tests; i++)
		if (r->test[i].field == RULE_FIELD_APP && !of_dir)
			return false;
	return !r->apps || told;
}

/*
 * The lengths of Suricata 7's longest patterns at a stream's begin, to the server
 * ("\x13BitTorrent protocol") and to the client: with fewer bytes it waits.
 */
enum { DETECT_TO_SERVER = 20, DETECT_TO_CLIENT = 8 };

/* was enough seen in both directions to say that this is no known application? */
static bool is_app_failed(const struct view *v)
{
	const uint32_t both = CORDON_FLOW_FIRST0 | CORDON_FLOW_FIRST1;
	const struct cordon_facts *f = v->facts;

	if (f->proto == IPPROTO_UDP)
		return v->payload_len || f->flow_flags & both;
	if (f->proto != IPPROTO_TCP)
		return false;
	if (!v->pkt || !v->l4) /* bytes from before: what the flow says */
		return (f->flow_flags & both) == both;
	return size_of(v, CORDON_TO_SERVER) > DETECT_TO_SERVER && size_of(v, CORDON_TO_CLIENT) > DETECT_TO_CLIENT;
}

/* which Suricata 7 as it is shipped does not recognise: to a rule that asks for another application they are like none */
#define UNNAMED                                                                                                    \
	(CORDON_BIT(CORDON_APP_MODBUS) | CORDON_BIT(CORDON_APP_DNP3) | CORDON_BIT(CORDON_APP_ENIP) | CORDON_BIT(CORDON_APP_RTSP) | \
	 CORDON_BIT(CORDON_APP_POP3) | CORDON_BIT(CORDON_APP_COAP) | CORDON_BIT(CORDON_APP_SSDP) | CORDON_BIT(CORDON_APP_MDNS) | \
	 CORDON_BIT(CORDON_APP_DTLS))

/* what app-layer-protocol compares with @asked; until it is known it is neither this application nor another */
static uint32_t app_of(const struct view *v, uint32_t asked)
{
	uint32_t app = v->facts->app;
	bool is_named = app != CORDON_APP_UNDECIDED && (app == asked || !(UNNAMED >> app & 1));

	if (is_named || !v->facts->flow_id)
		return app;
	return is_app_failed(v) ? CORDON_APP_NONE : CORDON_APP_UNDECIDED;
}

static bool iprep_holds(const struct rule_test *t, const uint8_t addr[16])
{
	int64_t score = iprep_score(t->iprep, rset_addr(addr));

	return (score >= t->lo && score <= t->hi) != t->negated;
}

static bool iprep_fits(const struct rule_test *t, const struct cordon_facts *f)
{
	bool src = t->how != RULE_IPREP_DST && iprep_holds(t, f->saddr);
	bool dst = t->how != RULE_IPREP_SRC && iprep_holds(t, f->daddr);

	return t->how == RULE_IPREP_BOTH ? src && dst : src || dst;
}

static bool geoip_fits(const struct rule_test *t, const struct cordon_facts *f)
{
	bool src = t->how != RULE_IPREP_DST && geoip_holds(t->geoip, f->saddr, t->negated);
	bool dst = t->how != RULE_IPREP_SRC && geoip_holds(t->geoip, f->daddr, t->negated);

	return t->how == RULE_IPREP_BOTH ? src && dst : src || dst;
}

/* by the seconds of the clock, as Suricata has it; a flow that has no record begins now */
static uint64_t age_of(const struct view *v)
{
	uint64_t from = v->began_ns ? v->began_ns : v->ts_ns;

	return clock_to_wall_ns(v->ts_ns) / 1000000000ULL - clock_to_wall_ns(from) / 1000000000ULL;
}

static bool test_holds(const struct rule_test *t, const struct view *v)
{
	const struct cordon_facts *f = v->facts;
	uint32_t x;

	if (t->field == RULE_FIELD_APP) {
		x = app_of(v, t->lo);
		return x != CORDON_APP_UNDECIDED && (x == t->lo) != t->negated;
	}
	if (t->field == RULE_FIELD_IPREP)
		return iprep_fits(t, f);
	if (t->field == RULE_FIELD_GEOIP)
		return geoip_fits(t, f);
	if (t->field == RULE_FIELD_FLOW_AGE)
		return f->flow_id && (age_of(v) >= t->lo && age_of(v) <= t->hi) != t->negated;
	if (!v->pkt)
		return false;
	switch (t->field) {
	case RULE_FIELD_FLAGS:
		return f->proto == IPPROTO_TCP && v->l4 && rule_flags_match(t, v->tcp_flags);
	case RULE_FIELD_FRAGBITS:
		return is_ipv4(v) && rule_flags_match(t, v->l3[6] >> 5);
	case RULE_FIELD_IPOPTS:
		return has_ip_option(v, t->lo) != t->negated;
	case RULE_FIELD_STREAM_SIZE:
		return f->proto == IPPROTO_TCP && v->l4 && size_holds(t, v);
	case RULE_FIELD_CSUM:
		return checksum_of(v, t->how) == (int)t->lo;
	default:
		return field_value(v, t->field, &x) && (x >= t->lo && x <= t->hi) != t->negated;
	}
}

static bool number_holds(const struct rule_test *t, uint64_t x)
{
	if (t->how == RULE_NUMBER_ANY_BIT)
		return (x & t->lo) != 0;
	if (t->how == RULE_NUMBER_ALL_BITS)
		return (x & t->lo) == t->lo;
	return x >= t->lo && x <= t->hi;
}

/* NOT_BEFORE, NOT_AFTER: the packet's second against the number */
static bool moment_holds(const struct rule_test *t, uint64_t x, uint64_t sec)
{
	return t->how == RULE_NUMBER_NOT_BEFORE ? sec >= x : sec <= x;
}

/* is a value in range written at the address the rule names? */
static bool written_holds(const struct rule_test *t, const struct app_msg *msg)
{
	struct app_buf b = app_get(msg, APP_BUFFER_MODBUS_WRITTEN);
	uint16_t value;

	return b.p && t->at &&
	       modbus_written((uint8_t)msg->number[APP_NUMBER_MODBUS_ACCESS], (uint16_t)(msg->number[t->field] - 1), b.p, b.len,
			      t->at - 1u, &value) &&
	       value >= t->lo && value <= t->hi;
}

static bool compare_number(const struct rule_test *t, const struct view *v, const struct app_msg *msg)
{
	uint64_t x = msg->number[t->field];

	switch (t->how) {
	case RULE_NUMBER_WRITTEN:
		return written_holds(t, msg);
	case RULE_NUMBER_NOT_BEFORE:
	case RULE_NUMBER_NOT_AFTER:
		return moment_holds(t, x, v->ts_ns / 1000000000ULL) != t->negated;
	default:
		return number_holds(t, x) != t->negated;
	}
}

bool confirm_numbers(const struct rule *r, const struct view *v, const struct app_msg *msg, bool whole)
{
	for (uint16_t i = 0; i < r->n_numbers; i++) {
		const struct rule_test *t = &r->number[i];

		if (!whole && t->field == APP_NUMBER_FILE_SIZE)
			continue;
		if (!(msg->has_number >> t->field & 1) || !compare_number(t, v, msg))
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
