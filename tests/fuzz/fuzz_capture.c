// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: rule x packet. A capture, classic pcap with Ethernet, goes through the pipeline with every rule of
 * seeds/rules loaded: parsed and followed as the programs do when all is inspected, so that headers, fragments, streams and
 * applications meet each other. The first byte: what the pipeline is told to do.
 */
#include <glob.h>
#include <netinet/in.h>
#include <stdio.h>

#include "fuzz/fuzz.h"
#include "harness/record.h"
#include "parse/app.h"
#include "parse/eth.h"
#include "parse/ip.h"
#include "parse/l4.h"
#include "pipeline.h"
#include "stream/chunks.h"
#include "stream/tcp.h"

#define FLOWS 16
#define FILE_HEAD 24
#define PACKET_HEAD 16

/* of the ends as the first packet has them */
static struct flow {
	uint8_t addr[2][16], proto, app, has_base[2];
	uint16_t port[2]; /* network order */
	uint32_t base[2], flags;
} flows[FLOWS];
static unsigned int n_flows;
static uint64_t flow_ids; /* the engine remembers flows: each run's are others */
static struct pipeline *pipeline;
static union record rec;
/* not static, or the leak checker does not find it */
struct ruleset *capture_rules;

static struct match_engine *engine(void)
{
	static struct match_engine *e;
	struct strbuf err = { 0 };
	glob_t g = { 0 };

	if (e)
		return e;
	must(!glob("tests/fuzz/seeds/rules", 0, NULL, &g));
	(void)glob("tests/corpus/*/rule", GLOB_APPEND, NULL, &g);
	must(!ruleset_load((const char *const *)g.gl_pathv, g.gl_pathc, NULL, 0, NULL, &capture_rules, &err));
	must(!match_build(capture_rules, &e, &err));
	globfree(&g);
	return e;
}

static void on_finding(const struct finding *f, void *ctx)
{
	static uint8_t capture[PIPELINE_EVIDENCE_MAX];

	(void)ctx;
	must(f->kind < FINDINGS && memchr(f->name, 0, sizeof(f->name)) && memchr(f->http_uri, 0, sizeof(f->http_uri)));
	must(memchr(f->msg, 0, sizeof(f->msg)) && memchr(f->http_agent, 0, sizeof(f->http_agent)));
	if (f->kind == FINDING_ALERT)
		must(pipeline_evidence(pipeline, 0, capture, sizeof(capture)) <= sizeof(capture));
}

/* the flow of these facts, whose direction is filled in; a new one when there is none */
static struct flow *flow_of(struct cordon_facts *f)
{
	struct flow *w;

	for (unsigned int i = 0; i < n_flows; i++) {
		w = &flows[i];
		f->flow_id = flow_ids + i;
		f->dir = memcmp(w->addr[0], f->saddr, 16) || w->port[0] != f->sport;
		if (w->proto == f->proto && !memcmp(w->addr[f->dir], f->saddr, 16) && !memcmp(w->addr[!f->dir], f->daddr, 16) &&
		    w->port[f->dir] == f->sport && w->port[!f->dir] == f->dport)
			return w;
	}
	w = &flows[n_flows < FLOWS ? n_flows++ : FLOWS - 1];
	*w = (struct flow){ .proto = f->proto, .port = { f->sport, f->dport } };
	memcpy(w->addr[0], f->saddr, 16);
	memcpy(w->addr[1], f->daddr, 16);
	f->flow_id = flow_ids + (uint64_t)(w - flows);
	f->dir = 0;
	return w;
}

/* where the bytes of a TCP packet begin in the stream, and how far the handshake is */
static void follow_tcp(struct flow *w, const struct cordon_event_pkt *e, uint8_t dir)
{
	bool is_syn = e->tcp_flags & L4_SYN;

	if (is_syn || !w->has_base[dir]) {
		w->base[dir] = e->seq + is_syn;
		w->has_base[dir] = 1;
		w->flags |= is_syn ? dir ? CORDON_FLOW_SYNACK : CORDON_FLOW_SYN : 0;
	}
	if (e->payload_len || !is_syn)
		w->flags |= CORDON_FLOW_ESTABLISHED | (w->flags & CORDON_FLOW_SYN ? 0 : CORDON_FLOW_MIDSTREAM);
	w->flags |= e->tcp_flags & L4_RST ? CORDON_FLOW_RST : e->tcp_flags & L4_FIN ? CORDON_FLOW_FIN0 << dir : 0;
}

static uint8_t app_of(const struct flow *w, const struct cordon_facts *f, const uint8_t *p, uint32_t n)
{
	uint8_t b[APP_PREFIX] = { 0 };
	int app;

	if (w->app > CORDON_APP_NONE || !n)
		return w->app;
	n = n < sizeof(b) ? n : sizeof(b);
	memcpy(b, p, n);
	app = app_detect(b, n, f->dir, f->proto, ntohs(f->sport), ntohs(f->dport));
	return app < 0 ? CORDON_APP_UNDECIDED : (uint8_t)app;
}

static void addresses(struct cordon_facts *f, const uint8_t *l3, uint8_t version)
{
	static const uint8_t mapped[16] = { [10] = 0xff, 0xff };
	uint32_t at = version == 4 ? 12 : 8, n = version == 4 ? 4 : 16;

	memcpy(f->saddr, mapped, 16);
	memcpy(f->daddr, mapped, 16);
	memcpy(f->saddr + 16 - n, l3 + at, n);
	memcpy(f->daddr + 16 - n, l3 + at + n, n);
}

/* transport and flow of a datagram that is whole, or begins */
static void transport(struct cordon_event_pkt *e, struct cur c, const struct ip_info *ip)
{
	struct cordon_facts *f = &e->facts;
	struct l4_info l4 = { 0 };
	struct flow *w;
	int r = ip->proto == IPPROTO_TCP	 ? tcp_parse(&c, &l4)
		: ip->proto == IPPROTO_UDP	 ? udp_parse(&c, &l4)
		: ip->proto == IPPROTO_ICMP || ip->proto == IPPROTO_ICMPV6 ? icmp_parse(&c, &l4)
						 : PARSE_BAD;
	uint32_t end = ip->total ? e->l3_off + ip->total : e->cap_len;

	if (r != PARSE_OK)
		return;
	f->sport = htons(l4.sport);
	f->dport = htons(l4.dport);
	e->seq = l4.seq;
	e->ack = l4.ack;
	e->tcp_flags = l4.flags;
	e->window = l4.window;
	if (e->l4_off + l4.head <= end && e->l4_off + l4.head <= e->cap_len) {
		e->payload_off = (uint16_t)(e->l4_off + l4.head);
		e->payload_len = end - e->payload_off;
	}
	if (ip->frag != IP_WHOLE)
		return;
	w = flow_of(f);
	if (f->proto == IPPROTO_TCP)
		follow_tcp(w, e, f->dir);
	else if (f->dir)
		w->flags |= CORDON_FLOW_ESTABLISHED;
	w->app = app_of(w, f, e->data + e->payload_off, e->payload_len < e->cap_len - e->payload_off ? e->payload_len : e->cap_len - e->payload_off);
	f->app = w->app;
	f->flow_flags = w->flags;
	memcpy(f->base_seq, w->base, sizeof(f->base_seq));
	f->from_device = !f->dir;
	if (f->proto == IPPROTO_TCP && e->payload_len)
		e->flags |= CORDON_PKT_STREAM;
}

static void packet(const uint8_t *frame, uint32_t len, uint64_t ts_ns)
{
	struct cordon_event_pkt *e = &rec.pkt;
	struct cur c = cur_of(frame, len);
	struct ip_info ip = { 0 };
	struct eth_info eth;
	int r;

	memset(e, 0, sizeof(*e));
	e->hdr = (struct cordon_event_hdr){ ts_ns, (uint32_t)sizeof(*e) + len, CORDON_EVENT_PKT, CORDON_ABI_VERSION };
	e->cap_len = e->wire_len = len;
	e->flags = CORDON_PKT_INSPECT;
	e->facts.flow_slot = ~0U;
	memcpy(e->data, frame, len);
	if (eth_parse(&c, &eth) != PARSE_OK)
		return;
	memcpy(e->facts.mac, frame + 6, 6);
	e->facts.vlan = eth.vlan;
	e->l3_off = (uint16_t)(c.pos - frame);
	e->ip_version = eth.ethertype == PARSE_ETH_IPV4 ? 4 : eth.ethertype == PARSE_ETH_IPV6 ? 6 : 0;
	r = e->ip_version == 4 ? ip4_parse(&c, &ip) : e->ip_version == 6 ? ip6_parse(&c, &ip) : PARSE_BAD;
	if (r == PARSE_OK) {
		addresses(&e->facts, frame + e->l3_off, e->ip_version);
		r = e->ip_version == 6 ? ip6_extensions(&c, &ip) : r;
		e->facts.proto = ip.proto;
	}
	if (r == PARSE_OK && ip.frag != IP_LATER_FRAGMENT) {
		e->l4_off = (uint16_t)(c.pos - frame);
		transport(e, c, &ip);
	}
	if (ip.frag != IP_WHOLE)
		e->reasons = CORDON_BIT(CORDON_REASON_FRAGMENT);
	must(!pipeline_event(&e->hdr, pipeline));
	e->hdr.kind = CORDON_EVENT_IDENTITY;
	must(!pipeline_event(&e->hdr, pipeline));
}

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void each_packet(const uint8_t *p, size_t n, struct chunks *chunks)
{
	while (n > PACKET_HEAD) {
		uint64_t ts_ns = le32(p) * 1000000000ULL + le32(p + 4) % 1000000 * 1000ULL;
		uint32_t len = le32(p + 8) & 0xffff;

		p += PACKET_HEAD;
		n -= PACKET_HEAD;
		len = len < n ? len : (uint32_t)n;
		if (chunks)
			chunks_frame(chunks, p, len);
		else
			packet(p, len, ts_ns);
		p += len;
		n -= len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t how = take8(&data, &size);
	struct chunks *chunks = how & 1 ? chunks_new(match_repeats(engine())) : NULL;
	struct pipeline_opts o = { .engine = engine(), .on_finding = on_finding, .max_flows = 4 + (how >> 4), .max_stream_bytes = 1 << 20,
				   .depth = how & 2 ? 1 << 20 : 4096, .max_flow_events = how & 4 ? 64 : 0, .checksums = how & 8,
				   .policy = (how >> 4) % TCP_POLICIES, .chunks = chunks };

	must(!pipeline_new(&o, &pipeline));
	n_flows = 0;
	flow_ids += FLOWS;
	data += size < FILE_HEAD ? size : FILE_HEAD;
	size -= size < FILE_HEAD ? size : FILE_HEAD;
	if (chunks)
		each_packet(data, size, chunks);
	each_packet(data, size, NULL);
	pipeline_end(pipeline);
	pipeline_free(pipeline);
	chunks_free(chunks);
	return 0;
}
