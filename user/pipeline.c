/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user-space half of the walk, as a list of calls: a record becomes a
 * view; names and first payloads become findings; packets go through packet
 * rules and into their streams; histories go into streams. What happens is
 * decided by the record and its facts alone, so that it is the same with and
 * without --full.
 */
#include "pipeline.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "parse/app.h"
#include "match/decode.h"
#include "pipeline_int.h"
#include "rule/events.h"

/* when the kernel last saw the flow; 0: its record is another's now */
static uint64_t kernel_last(const struct stream_flow *f, void *ctx)
{
	const struct pipeline *p = ctx;
	const struct cordon_flow *k = p->o.kern ? kern_flow(p->o.kern, f->slot) : NULL;

	return k && cordon_flow_id(k->key, k->first_ns) == f->id ? k->last_ns : 0;
}

/* buckets of the kernel's flow table: a power of two */
static uint32_t bucket_mask(struct kern *k)
{
	uint32_t n = 1;

	while (k && n && kern_flow(k, n * CORDON_FLOW_WAYS))
		n *= 2;
	return n - 1;
}

int pipeline_new(const struct pipeline_opts *o, struct pipeline **ret)
{
	struct pipeline *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->defrag = defrag_new();
	if (!p->defrag) {
		free(p);
		return -ENOMEM;
	}
	p->o = *o;
	if (crowd_new(&p->crowd, o->packet_alerts)) {
		pipeline_free(p);
		return -ENOMEM;
	}
	p->bucket_mask = bucket_mask(o->kern);
	p->flows = (struct flow_table){
		.size = sizeof(struct pipe_flow),
		.max = o->max_flows ? o->max_flows : 1,
		.max_bytes = o->max_stream_bytes,
		.done = pipe_flow_done,
		.ending = pipe_flow_end,
		.alive = kernel_last,
		.ctx = p,
	};
	*ret = p;
	return 0;
}

/* --- a datagram put together here has no facts of its own: they are read from the kernel's flow table --- */

const struct cordon_flow *pipe_find_flow(struct pipeline *p, const struct cordon_facts *f, uint32_t *ret_slot, bool *ret_is_high)
{
	uint32_t sport = be16toh(f->sport), dport = be16toh(f->dport);
	bool has_ports = f->proto == 6 || f->proto == 17;
	int c = memcmp(f->saddr, f->daddr, sizeof(f->saddr));
	bool is_high;
	uint64_t key;

	if (!has_ports)
		sport = dport = 0;
	is_high = c > 0 || (!c && sport > dport);
	key = cordon_flow_hash(kern_state(p->o.kern)->seed, is_high ? f->daddr : f->saddr,
			       is_high ? f->saddr : f->daddr, is_high ? dport << 16 | sport : sport << 16 | dport,
			       (uint64_t)f->proto | (uint64_t)f->vlan << 8 | (uint64_t)f->zone << 24);
	*ret_is_high = is_high;
	*ret_slot = cordon_flow_bucket_of(key, p->bucket_mask) * CORDON_FLOW_WAYS;
	for (int i = 0; i < CORDON_FLOW_WAYS; i++, (*ret_slot)++) {
		const struct cordon_flow *k = kern_flow(p->o.kern, *ret_slot);

		if (k && k->key == key)
			return k;
	}
	return NULL;
}

static void facts_of_datagram(struct pipeline *p, struct cordon_facts *f)
{
	const struct cordon_flow *k;
	uint32_t slot;
	bool is_high;

	f->flow_flags = FLOW_REBUILT;
	f->app = CORDON_APP_UNDECIDED;
	f->dir = CORDON_TO_SERVER;
	k = p->o.kern ? pipe_find_flow(p, f, &slot, &is_high) : NULL;
	if (!k)
		return;
	f->flow_id = cordon_flow_id(k->key, k->first_ns);
	f->flow_slot = slot;
	f->flow_flags = k->flags | FLOW_REBUILT;
	f->app = k->app < CORDON_APPS ? k->app : CORDON_APP_UNDECIDED;
	f->dir = is_high == !!(k->flags & CORDON_FLOW_SWAP) ? CORDON_TO_SERVER : CORDON_TO_CLIENT;
	f->triggers = k->triggers;
	for (int i = 0; i < 2; i++) {
		f->base_seq[i] = k->d[i].base_seq;
		f->synced[i] = k->d[i].synced;
	}
}

/* --- packets --- */

/* reasons for which the kernel looks at a segment although its flow is cleared or past the depth */
#define STRANGE_REASONS                                                                           \
	(CORDON_BIT(CORDON_REASON_GAP) | CORDON_BIT(CORDON_REASON_OLD) | CORDON_BIT(CORDON_REASON_URGENT) | \
	 CORDON_BIT(CORDON_REASON_TINY) | CORDON_BIT(CORDON_REASON_RACE) | CORDON_BIT(CORDON_REASON_REUSE) | \
	 CORDON_BIT(CORDON_REASON_SYN_DATA) | CORDON_BIT(CORDON_REASON_EVICTED))

/* no IP packet, or less than its header says: its receiver drops it, and Suricata judges it by decode events alone */
static bool is_broken(const struct view *v)
{
	uint32_t len;

	if (v->pkt->ip_version != 4 && v->pkt->ip_version != 6)
		return true;
	if (!v->l3 || v->pkt->flags & CORDON_PKT_SHORT || v->l3_len < (v->pkt->ip_version == 4 ? 20 : 40))
		return false;
	len = v->pkt->ip_version == 4 ? (uint32_t)v->l3[2] << 8 | v->l3[3] : 40 + ((uint32_t)v->l3[4] << 8 | v->l3[5]);
	return len > v->l3_len;
}

/* a packet around another one: without payload */
static const struct view *wrapping(struct pipeline *p, const struct view *v)
{
	if (v != &p->track_view)
		p->track_view = *v;
	p->track_view.known |= VIEW_SEALED;
	return &p->track_view;
}

/*
 * A fragment by itself (ports and payload are the datagram's), or what has no whole transport header: as in Suricata a
 * packet of an IP header and no more, of no flow.
 */
static void ip_rules(struct pipeline *p, const struct view *v, uint8_t proto)
{
	struct cordon_facts f = *v->facts;
	struct cordon_event_pkt e = *v->pkt;
	struct view w = *v;

	f.flow_id = f.flow_flags = 0;
	f.sport = f.dport = 0;
	f.proto = proto;
	f.app = CORDON_APP_UNDECIDED;
	e.payload_len = 0;
	w.facts = &f;
	w.pkt = &e;
	w.l4 = w.payload = NULL;
	w.l4_len = w.payload_len = 0;
	w.tcp_flags = 0;
	p->view = &w;
	p->fields = NULL;
	match_fragment(p->o.engine, &w, say_alert, p);
	p->view = v;
}

/*
 * What the kernel's prefilter does not look at nobody does, or --full would
 * find more. A packet whose end is missing is none: its receiver drops it, and
 * it has no ports here.
 */
static void packet_rules(struct pipeline *p, const struct view *v)
{
	uint32_t done = CORDON_FLOW_CLEARED | (v->facts->dir ? CORDON_FLOW_DEPTH1 : CORDON_FLOW_DEPTH0);
	bool is_data = v->facts->proto == 6 && v->payload_len;

	if (!p->o.engine || !(v->pkt->flags & CORDON_PKT_INSPECT) || v->reasons & CORDON_BIT(CORDON_REASON_TRUNCATED) ||
	    is_broken(v))
		return;
	if (v->reasons & CORDON_BIT(CORDON_REASON_BAD_L4)) {
		ip_rules(p, v, v->facts->proto);
		return;
	}
	p->view = v = icmp_error(p, track_packet(p, v));
	p->view = v = state_packet(p, v);
	if (p->wraps)
		match_wrapping(p->o.engine, p->view = wrapping(p, v), say_alert, p);
	else if (is_data && v->facts->flow_flags & done && !(v->reasons & STRANGE_REASONS))
		match_packet_header(p->o.engine, v, say_alert, p);
	else if (!(v->pkt->flags & CORDON_PKT_PROBE))
		match_packet(p->o.engine, v, say_alert, p);
	else
		match_packet_odd(p->o.engine, v, say_alert, p);
}

/* which rules made the kernel send it up, and what did that take? What follows in a flow is for the literal that made it followed. */
static void charge(struct pipeline *p, const struct view *v)
{
	bool is_literal = v->reasons & CORDON_BIT(CORDON_REASON_LITERAL), is_always = v->reasons & CORDON_BIT(CORDON_REASON_ALWAYS);
	uint64_t literal = is_literal ? v->pkt->literal : p->flow ? p->flow->literal : 0;
	uint32_t bytes = v->pkt->wire_len, ns = v->pkt->spent_ns;

	if (!p->o.engine)
		return;
	if (is_always && (literal || is_literal))
		ns = (ns + 1) / 2;
	if (is_always)
		match_profile_sent(p->o.engine, SENT_ALWAYS, 0, bytes, ns);
	if (literal)
		match_profile_sent(p->o.engine, SENT_LITERAL, literal, bytes, ns);
	else if (is_literal)
		match_profile_sent(p->o.engine, SENT_PLACE, 0, bytes, ns);
}

/* the flow that a literal makes followed is there only behind its packet */
static void note_literal(struct pipeline *p, const struct view *v)
{
	struct stream_flow *f = v->pkt->literal ? flow_find(&p->flows, v->facts->flow_id) : NULL;

	if (f)
		((struct pipe_flow *)f)->literal = v->pkt->literal;
}

static void inspect(struct pipeline *p, const struct view *v)
{
	struct stream_flow *f = v->facts->flow_id ? flow_find(&p->flows, v->facts->flow_id) : NULL;

	p->view = v;
	p->flow = (struct pipe_flow *)f;
	p->fields = p->flow ? p->flow->last : NULL;
	charge(p, v);
	pipe_looked(p, v);
	packet_rules(p, v);
	/* as in Suricata a segment's bytes are looked at when they are acknowledged, with another packet */
	if (v->facts->proto == 6)
		crowd_flush(p);
	track_behind(p, v);
	p->view = v;
	if (v->pkt->flags & CORDON_PKT_STREAM && v->facts->proto == 6)
		pipe_segment(p, v);
	else if (v->pkt->flags & CORDON_PKT_INSPECT && v->facts->proto == 17 && v->payload_len && !p->wraps)
		pipe_datagram(p, v);
	note_literal(p, v);
	p->view = v;
	crowd_flush(p);
}

/* what the kernel saw in fragments only has no application yet: its first bytes tell */
static void app_of_datagram(const struct view *v, struct cordon_facts *f)
{
	uint8_t prefix[APP_PREFIX] = { 0 };
	uint32_t n = v->payload_len < APP_PREFIX ? v->payload_len : APP_PREFIX;

	if (f->flow_id || f->proto != 17 || !n)
		return;
	memcpy(prefix, v->payload, n);
	f->app = (uint8_t)app_detect(prefix, n, f->dir, f->proto, be16toh(f->sport), be16toh(f->dport));
}

/* an IPv6 datagram in one fragment is whole (RFC 6946) */
static bool is_atomic(const struct view *v)
{
	return v->pkt->ip_version == 6 && v->l3 && v->l3_len >= 48 && v->l3[6] == 44 && !v->l3[42] && !(v->l3[43] & 0xf9);
}

static void fragment_rules(struct pipeline *p, const struct view *v)
{
	if (!p->o.engine || !(v->pkt->flags & CORDON_PKT_INSPECT) || v->reasons & CORDON_BIT(CORDON_REASON_TRUNCATED) ||
	    is_atomic(v))
		return;
	/* of IPv6 what it is of stands in the datagram */
	ip_rules(p, v, v->pkt->ip_version == 6 ? IPPROTO_FRAGMENT : v->facts->proto);
}

/* as the kernel's record says; of TCP that begins with the first data */
static uint64_t began_of(const struct pipeline *p, const struct cordon_facts *f)
{
	const struct cordon_flow *k = p->o.kern && f->flow_id ? kern_flow(p->o.kern, f->flow_slot) : NULL;

	return k && cordon_flow_id(k->key, k->first_ns) == f->flow_id ? k->first_ns : 0;
}

static void on_fragment(struct pipeline *p, const struct view *v)
{
	uint64_t overlaps = defrag_stats(p->defrag)->overlaps;
	const struct cordon_event_hdr *ev = defrag_add(p->defrag, v);
	struct cordon_event_pkt *whole;
	struct view w;

	if (defrag_stats(p->defrag)->overlaps > overlaps)
		say_anomaly(p, v, v->pkt->ip_version == 4 ? RULE_EVENT_IPV4_FRAG_OVERLAP : RULE_EVENT_IPV6_FRAG_OVERLAP);
	fragment_rules(p, v);
	crowd_flush(p);
	if (!ev)
		return;
	whole = (struct cordon_event_pkt *)ev;
	facts_of_datagram(p, &whole->facts);
	if (view_from_event(ev, &w)) {
		p->stats.bad_views++;
		return;
	}
	app_of_datagram(&w, &whole->facts);
	w.began_ns = began_of(p, w.facts);
	inspect(p, &w);
}

/* as Suricata: a header that is not believed has no addresses, a fragment no ports */
static struct cordon_facts facts_of_headers(const struct view *v, const struct decoded *d)
{
	struct cordon_facts f = *v->facts;

	if (d->is_void || v->reasons & CORDON_BIT(CORDON_REASON_FRAGMENT))
		f.sport = f.dport = 0;
	if (v->reasons & CORDON_BIT(CORDON_REASON_FRAGMENT) && v->pkt->ip_version == 6)
		f.proto = IPPROTO_FRAGMENT;
	if (d->proto >= 0)
		f.proto = (uint8_t)d->proto;
	if (!d->is_void)
		return f;
	memset(f.saddr, 0, sizeof(f.saddr));
	memset(f.daddr, 0, sizeof(f.daddr));
	f.proto = 0;
	return f;
}

/* rules that wait for what is odd about this packet's headers */
static void decode_rules(struct pipeline *p, const struct view *v)
{
	struct decoded d;
	struct cordon_facts f;
	struct view w = *v;

	if (!p->o.engine || !(v->pkt->flags & CORDON_PKT_INSPECT) || !match_asks_moments(p->o.engine))
		return;
	decode_events(v, &d);
	f = facts_of_headers(v, &d);
	w.facts = &f;
	p->view = &w;
	for (uint8_t i = 0; i < d.n; i++)
		match_event(p->o.engine, &w, d.event[i], say_alert, p);
	crowd_flush(p);
	p->view = v;
}

static void on_packet(struct pipeline *p, const struct view *v)
{
	say_threat_address(p, v);
	decode_rules(p, v);
	if (v->reasons & CORDON_BIT(CORDON_REASON_FRAGMENT)) {
		on_fragment(p, v);
		return;
	}
	say_packet(p, v);
	inspect(p, v);
}

static void look(struct pipeline *p, const struct cordon_event_hdr *ev)
{
	struct view v;

	if (view_from_event(ev, &v)) {
		p->stats.bad_views++;
		return;
	}
	v.began_ns = began_of(p, v.facts);
	p->view = &v;
	p->flow = NULL;
	p->fields = NULL;
	switch (ev->kind) {
	case CORDON_EVENT_PKT:
		on_packet(p, &v);
		break;
	case CORDON_EVENT_HIST:
		pipe_history(p, &v);
		break;
	case CORDON_EVENT_FIRST:
		say_packet(p, &v);
		say_threat_host(p, &v);
		break;
	case CORDON_EVENT_IDENTITY:
		say_identity(p, &v);
		break;
	case CORDON_EVENT_NAME:
		say_name(p, &v);
		break;
	}
	p->view = &v;
	crowd_flush(p);
	flow_age(&p->flows, v.ts_ns, p->flow ? &p->flow->f : NULL);
	http_aged(p, v.ts_ns);
	ends_sweep(p, v.ts_ns);
	track_sweep(p, v.ts_ns);
	p->view = NULL;
	p->flow = NULL;
}

int pipeline_event(const struct cordon_event_hdr *ev, void *pipeline)
{
	const struct cordon_event_pkt *e = (const void *)ev;
	struct pipeline *p = pipeline;

	p->stats.records++;
	look(p, ev);
	if (ev->kind == CORDON_EVENT_PKT && e->verdict == 2)
		say_held(p, e);
	return 0;
}

void pipeline_wraps(struct pipeline *p, bool wraps)
{
	p->wraps = wraps;
}

void pipeline_set_engine(struct pipeline *p, struct match_engine *engine)
{
	struct stream_flow *f, *next;

	HASH_ITER(hh, p->flows.by_id, f, next) {
		struct pipe_flow *pf = (struct pipe_flow *)f;

		for (int d = 0; d < 2; d++) {
			match_stream_free(pf->d[d].match);
			pf->d[d].match = NULL;
			pf->d[d].msg_pending = false;
		}
	}
	p->o.engine = engine;
}

/* the order in which flows are ended must not depend on which became suspect first */
static int by_flow_id(const struct stream_flow *a, const struct stream_flow *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

void pipeline_end(struct pipeline *p)
{
	struct stream_flow *f, *next;

	HASH_SORT(p->flows.by_id, by_flow_id);
	HASH_ITER(hh, p->flows.by_id, f, next)
		pipe_flow_end(f, p);
	track_flush(p);
	http_flush(p);
	ends_flush(p, clock_now_ns());
}

void pipeline_idle(struct pipeline *p)
{
	http_flush(p);
	ends_sweep(p, clock_now_ns());
	track_sweep(p, clock_now_ns());
}

void pipeline_stats(const struct pipeline *p, struct pipeline_stats *ret)
{
	const struct defrag_stats *d = defrag_stats(p->defrag);

	*ret = p->stats;
	ret->flows = p->flows.seen;
	ret->flows_dropped = p->flows.dropped;
	ret->segments_dropped = p->flows.pool.segments_dropped;
	ret->fragments = d->fragments;
	ret->fragments_dropped = d->dropped;
}

void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	flow_table_done(&p->flows);
	http_drop(p);
	ends_drop(p);
	track_drop(p);
	state_drop(p);
	defrag_free(p->defrag);
	crowd_done(&p->crowd);
	free(p);
}
