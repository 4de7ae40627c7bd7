/* SPDX-License-Identifier: BSD-2-Clause */
/* Packet rules: one packet, its headers and its own payload. */
#include <netinet/in.h>

#include "match/engine.h"
#include "match/profile.h"

/* length of the transport header; 0: it is not all there */
static uint32_t l4_header(const struct view *v)
{
	uint32_t len = 8;

	if (v->l4 && v->facts->proto == IPPROTO_TCP)
		len = v->l4_len >= 20 ? (v->l4[12] >> 4) * 4u : UINT32_MAX;
	return v->l4 && v->l4_len >= len ? len : 0;
}

/* up to the transport header, or the fixed part where there is none */
static uint32_t l3_header(const struct view *v, uint8_t version)
{
	uint32_t len = version == 4 ? 20 : 40;

	if (!v->l3 || v->pkt->ip_version != version || v->l3_len < len)
		return 0;
	return v->l4 ? (uint32_t)(v->l4 - v->l3) : len;
}

/* as it stands in the header */
static struct app_buf address(const struct view *v, const uint8_t addr[16])
{
	bool is_v4 = v->pkt->ip_version == 4;

	return (struct app_buf){ addr + (is_v4 ? 12 : 0), is_v4 ? 4 : v->pkt->ip_version == 6 ? 16 : 0 };
}

/* the header a buffer names; len 0: this packet has none */
static struct app_buf packet_buffer(const struct view *v, uint8_t buffer)
{
	static const uint8_t proto[APP_BUFFERS] = {
		[APP_BUFFER_TCP_HDR] = IPPROTO_TCP,
		[APP_BUFFER_UDP_HDR] = IPPROTO_UDP,
		[APP_BUFFER_ICMPV4_HDR] = IPPROTO_ICMP,
		[APP_BUFFER_ICMPV6_HDR] = IPPROTO_ICMPV6,
	};

	if (buffer == APP_BUFFER_IP_SRC)
		return address(v, v->facts->saddr);
	if (buffer == APP_BUFFER_IP_DST)
		return address(v, v->facts->daddr);
	if (buffer == APP_BUFFER_IPV4_HDR || buffer == APP_BUFFER_IPV6_HDR)
		return (struct app_buf){ v->l3, l3_header(v, buffer == APP_BUFFER_IPV4_HDR ? 4 : 6) };
	return (struct app_buf){ v->l4, proto[buffer] == v->facts->proto ? l4_header(v) : 0 };
}

bool packet_parts_fit(struct match_engine *eng, const struct rule *r, const struct view *v)
{
	uint32_t end;

	if (!confirm_tests(r, v))
		return false;
	for (uint8_t i = 0; i < r->n_lists; i++) {
		struct app_buf b;

		if (!(app_buffers[r->list[i].buffer].flags & APP_BUFFER_PACKET))
			continue;
		b = v->pkt ? packet_buffer(v, r->list[i].buffer) : (struct app_buf){ NULL, 0 };
		if (!b.len || !content_list(eng, &r->list[i], b.p, b.len, &end))
			return false;
	}
	return true;
}

/* a segment that no stream takes up (midstream, half a handshake): what is looked for in streams is looked for in it alone */
static bool is_alone(const struct view *v)
{
	const struct cordon_facts *f = v->facts;

	return f->proto == IPPROTO_TCP && f->flow_id &&
	       (f->flow_flags & CORDON_FLOW_NO_STREAM || !(f->flow_flags & CORDON_FLOW_ESTABLISHED));
}

/* is this packet by itself a place for the rule, or only a part of its stream? */
static bool packet_counts(const struct rule *r, const struct view *v)
{
	if (v->facts->proto != IPPROTO_TCP || !(r->on & RULE_ON_STREAM) || r->packet_too)
		return true;
	return is_alone(v) && !r->tcp_stream && !(r->flow & RULE_FLOW_ONLY_STREAM);
}

static bool size_fits(const struct entry *e, const struct view *v)
{
	return v->payload_len >= e->min && (v->payload_len <= e->max || e->max == UINT16_MAX);
}

/* all but what is asked of other rules' deeds and what is looked for in the payload */
static bool header_fits(struct match_engine *eng, struct entry *e, const struct view *v)
{
	const struct rule *r = e->rule;

	content_begin(eng, r);
	/* as in Suricata: what is ciphertext has no payload for rules */
	if (v->known & VIEW_SEALED && !r->payload.n && !gate_allows_empty(r))
		return false;
	return packet_counts(r, v) && size_fits(e, v) && confirm_header(r, v->facts) == FITS && profile_applies(e) &&
	       confirm_app_before(r, v) && packet_parts_fit(eng, r, v);
}

static bool packet_fits(struct match_engine *eng, struct entry *e, const struct view *v)
{
	const struct rule *r = e->rule;
	uint32_t end;

	if (!header_fits(eng, e, v) || !hit_asked(eng, r, v))
		return false;
	if (!r->payload.n)
		return true;
	return v->payload_len && content_list(eng, &r->payload, v->payload, v->payload_len, &end) &&
	       !(r->packet_too && stream_said(eng, r->index, v->facts));
}

static void candidates(struct match_engine *eng, struct scan_set *set, uint8_t on, const struct view *v)
{
	if (!v->payload_len || !scan_set_run(set, eng->room, v->payload, v->payload_len, found_add, eng))
		return;
	eng->stats.scan_errors++;
	for (size_t i = 0; i < eng->n; i++)
		if (eng->entries[i].rule->on & on)
			found_add((uint32_t)i, 0, eng);
}

/* a new connection's first packet */
static bool is_syn(const struct view *v)
{
	return v->facts->proto == IPPROTO_TCP && (v->tcp_flags & 0x12) == 0x02;
}

/* of which protocols Suricata keeps flows: of others each packet stands alone */
static bool has_flow(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6 ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_ESP;
}

/* a pass is no alert: it is said again until the flow has a record that keeps it */
static bool was_said(struct match_engine *eng, const struct rule *r, const struct view *v)
{
	return r->once && has_flow(v->facts->proto) && r->info.action != RULE_ACTION_PASS && once_before(eng->fired, v->facts, r, is_syn(v));
}

/* rules without literal, where @of_header those alone that ask nothing of the payload */
static void candidates_bare(struct match_engine *eng, bool of_header)
{
	for (size_t i = 0; i < eng->bare_packet.len; i++) {
		uint32_t index = eng->bare_packet.data[i];

		if (!of_header || gate_is_of_header(eng->entries[index].rule))
			found_add(index, 0, eng);
	}
}

/* what is said once of a flow is asked once too: of its first packet */
static bool once_fits(struct match_engine *eng, struct entry *e, const struct view *v)
{
	const struct rule *r = e->rule;

	if (!header_fits(eng, e, v))
		return false;
	return !was_said(eng, r, v) && hit_asked(eng, r, v);
}

void match_odds(struct match_engine *eng, const uint8_t *event, uint8_t n)
{
	eng->odds = event;
	eng->n_odds = n;
}

/* rules that wait for what is odd about this packet stand among the others, in the order of the ruleset */
static void candidates_odd(struct match_engine *eng)
{
	for (size_t i = 0; eng->n_odds && i < eng->on_event.len; i++) {
		uint32_t index = eng->on_event.data[i];

		if (memchr(eng->odds, eng->entries[index].rule->moment - 1, eng->n_odds))
			found_add(index, 0, eng);
	}
	eng->n_odds = 0;
}

/* @each: what is said once of a flow is said each time: it is of none */
static void judge_found(struct match_engine *eng, const struct view *v, bool each, match_hit_fn hit, void *ctx)
{
	candidates_odd(eng);
	found_sort(eng);
	for (size_t i = 0; i < eng->found.len; i++) {
		struct entry *e = &eng->entries[eng->found.data[i]];
		const struct rule *r = e->rule;
		uint64_t began = profile_begin(eng);

		if (profile_end(e, began, r->once && !each ? once_fits(eng, e, v) : packet_fits(eng, e, v)))
			hit_add(eng, r, v);
	}
	hit_emit(eng, v, false, hit, ctx);
}

void match_packet_header(struct match_engine *eng, const struct view *v, match_hit_fn hit, void *ctx)
{
	if (!v->pkt || hit_is_decided(eng, v))
		return;
	found_begin(eng);
	candidates_bare(eng, true);
	judge_found(eng, v, false, hit, ctx);
}

bool match_asks_flow(const struct match_engine *eng)
{
	return eng->asks_flow;
}

void match_last(struct match_engine *eng, const struct view *v, bool of_app, match_hit_fn hit, void *ctx)
{
	if (hit_is_decided(eng, v))
		return;
	found_begin(eng);
	for (size_t i = 0; i < eng->bare_packet.len; i++) {
		const struct rule *r = eng->entries[eng->bare_packet.data[i]].rule;

		if (of_app ? gate_is_of_app(r) : gate_is_of_flow(r))
			found_add(r->index, 0, eng);
	}
	judge_found(eng, v, false, hit, ctx);
}

void match_fragment(struct match_engine *eng, const struct view *v, match_hit_fn hit, void *ctx)
{
	found_begin(eng);
	for (size_t i = 0; i < eng->bare_packet.len; i++) {
		const struct rule *r = eng->entries[eng->bare_packet.data[i]].rule;

		/* as Suricata: whoever speaks of a flow's state wants one, and it has no answers */
		if ((r->once || gate_is_of_header(r)) && !(r->flow & ~RULE_FLOW_TO_SERVER))
			found_add(r->index, 0, eng);
	}
	judge_found(eng, v, true, hit, ctx);
}

void match_wrapping(struct match_engine *eng, const struct view *v, match_hit_fn hit, void *ctx)
{
	if (!v->pkt || hit_is_decided(eng, v))
		return;
	found_begin(eng);
	for (size_t i = 0; i < eng->bare_packet.len; i++)
		if (!eng->entries[eng->bare_packet.data[i]].rule->payload.n)
			found_add(eng->bare_packet.data[i], 0, eng);
	judge_found(eng, v, false, hit, ctx);
}

void match_packet(struct match_engine *eng, const struct view *v, match_hit_fn hit, void *ctx)
{
	if (!v->pkt || hit_is_decided(eng, v))
		return;
	found_begin(eng);
	candidates(eng, eng->packet, RULE_ON_PACKET, v);
	candidates_bare(eng, false);
	if (is_alone(v)) {
		candidates(eng, eng->stream, RULE_ON_STREAM, v);
		for (size_t i = 0; i < eng->bare_stream.len; i++)
			found_add(eng->bare_stream.data[i], 0, eng);
	}
	judge_found(eng, v, false, hit, ctx);
}

void match_packet_odd(struct match_engine *eng, const struct view *v, match_hit_fn hit, void *ctx)
{
	if (hit_is_decided(eng, v))
		return;
	found_begin(eng);
	judge_found(eng, v, false, hit, ctx);
}

bool match_asks_state(const struct match_engine *eng)
{
	return eng->asks_state;
}

bool match_asks_moments(const struct match_engine *eng)
{
	return eng->on_event.len > 0;
}

void match_event(struct match_engine *eng, const struct view *v, unsigned int event, match_hit_fn hit, void *ctx)
{
	if (!eng || !eng->on_event.len || hit_is_decided(eng, v))
		return;
	for (size_t i = 0; i < eng->on_event.len; i++) {
		struct entry *e = &eng->entries[eng->on_event.data[i]];
		const struct rule *r = e->rule;
		uint64_t began = profile_begin(eng);

		if (profile_end(e, began, r->moment == event + 1 && confirm_header(r, v->facts) == FITS &&
						  confirm_tests(r, v) && hit_asked(eng, r, v)))
			hit_add(eng, r, v);
	}
	hit_emit(eng, v, false, hit, ctx);
}
