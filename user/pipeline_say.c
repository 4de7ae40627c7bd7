/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings. Each thing is said once: names and requests that lie in one packet
 * from the NAME record, the FIRST record or the packet itself, those cut over
 * packets (or DNS over TCP) from the stream, flows and applications once a flow.
 */
#include <endian.h>
#include <string.h>

#include "base/str.h"
#include "parse/http_uri.h"
#include "pipeline_int.h"
#include "rule/events.h"

/* foreign bytes as terminated text; a NUL inside would hide what follows */
static void text(char *dst, size_t size, const void *src, size_t n)
{
	if (n >= size)
		n = size - 1;
	if (n)
		memcpy(dst, src, n);
	dst[n] = 0;
	for (char *z = dst; (z = memchr(z, 0, (size_t)(dst + n - z))); z++)
		*z = '?';
}

#define TEXT(dst, b) text((dst), sizeof(dst), (b).p, (b).p ? (b).len : 0)
#define MSG_TEXT(dst, msg, buffer) msg_text((dst), sizeof(dst), (msg), (buffer))

static void msg_text(char *dst, size_t size, const struct app_msg *msg, unsigned int buffer)
{
	struct app_buf b = app_get(msg, buffer);

	text(dst, size, b.p, b.len);
}

void fields_from_msg(struct fields *f, const struct app_msg *msg)
{
	f->http_status = msg->http_status;
	f->is_response = msg->is_response;
	/* a response is told with the request before it */
	if (msg->is_response && msg->app == CORDON_APP_HTTP)
		return;
	pairs_from_msg(f, msg);
	if (msg->is_response && msg->app == CORDON_APP_TLS)
		return;
	memset(f, 0, offsetof(struct fields, pairs));
	f->dns_type = msg->dns_type;
	f->dns_id = msg->dns_id;
	f->is_response = msg->is_response;
	MSG_TEXT(f->name, msg,
		 msg->app == CORDON_APP_DNS  ? APP_BUFFER_DNS_QUERY :
		 msg->app == CORDON_APP_TLS  ? APP_BUFFER_TLS_SNI :
		 msg->app == CORDON_APP_QUIC ? APP_BUFFER_QUIC_SNI :
					       APP_BUFFER_HTTP_HOST);
	MSG_TEXT(f->http_method, msg, APP_BUFFER_HTTP_METHOD);
	MSG_TEXT(f->http_uri, msg, APP_BUFFER_HTTP_URI_RAW);
	MSG_TEXT(f->http_agent, msg, APP_BUFFER_HTTP_USER_AGENT);
	TEXT(f->http_protocol, msg->http_protocol);
}

void finding_fields(struct finding *f, const struct fields *s)
{
	f->dns_type = s->dns_type;
	f->dns_id = s->dns_id;
	f->http_status = s->http_status;
	f->is_response = s->is_response;
	memcpy(f->name, s->name, sizeof(f->name));
	memcpy(f->http_method, s->http_method, sizeof(f->http_method));
	memcpy(f->http_uri, s->http_uri, sizeof(f->http_uri));
	memcpy(f->http_agent, s->http_agent, sizeof(f->http_agent));
	memcpy(f->http_protocol, s->http_protocol, sizeof(f->http_protocol));
	memcpy(f->pairs, s->pairs, sizeof(f->pairs));
}

void finding_begin(struct finding *f, uint32_t kind, const struct view *v)
{
	memset(f, 0, sizeof(*f));
	f->kind = kind;
	f->ts_ns = v->ts_ns;
	f->facts = *v->facts;
	f->reasons = v->reasons;
	if (v->pkt) {
		f->wire_len = v->pkt->wire_len;
		f->verdict = v->pkt->verdict;
	}
}

static void give(struct pipeline *p, const struct finding *f)
{
	if (p->o.on_finding)
		p->o.on_finding(f, p->o.ctx);
}

/* the packet as it came: what is looked at may be the other side's message */
static void set_reject(struct finding_reject *ret, uint8_t ends, const struct view *v)
{
	const struct cordon_facts *f = &v->pkt->facts;
	bool is_turned = memcmp(f->saddr, v->facts->saddr, sizeof(f->saddr)) || f->sport != v->facts->sport;

	if (is_turned)
		ends = (uint8_t)((ends & RULE_REJECT_SRC ? RULE_REJECT_DST : 0) | (ends & RULE_REJECT_DST ? RULE_REJECT_SRC : 0));
	*ret = (struct finding_reject){ .ends = ends, .proto = f->proto, .tcp_flags = v->tcp_flags, .is_dropped = v->pkt->verdict != 0,
					.is_ingress = f->from_device, .sport = f->sport, .dport = f->dport, .seq = v->seq,
					.ack = v->ack, .payload_len = v->pkt->payload_len, .ifindex = f->ifindex };
	memcpy(ret->saddr, f->saddr, sizeof(ret->saddr));
	memcpy(ret->daddr, f->daddr, sizeof(ret->daddr));
	ret->has_link = f->role == CORDON_ROLE_DEVICE && v->pkt->l3_off == 14 && v->pkt->cap_len > 14;
	if (ret->has_link)
		memcpy(ret->link, v->pkt->data, sizeof(ret->link));
}

void say_alert(const struct rule *r, uint8_t action, void *pipeline)
{
	struct pipeline *p = pipeline;
	struct finding now, *f = &now;
	struct rule_info i;

	if (action == RULE_ACTION_ALERT)
		f = crowd_place(p, rule_order(r));
	else
		crowd_act(p);
	if (!f)
		return;
	finding_begin(f, FINDING_ALERT, p->view);
	rule_info(r, &i);
	f->sid = i.sid;
	f->gid = i.gid;
	f->rev = i.rev;
	f->severity = i.severity;
	f->action = action;
	if (action == RULE_ACTION_REJECT && p->view->pkt)
		set_reject(&f->reject, i.reject ?: RULE_REJECT_SRC, p->view);
	f->target = i.is_target_src ? 1 : i.is_target_dst ? 2 : 0;
	str_copy(f->msg, sizeof(f->msg), i.msg ? i.msg : "");
	str_copy(f->category, sizeof(f->category), i.category ? i.category : "");
	str_copy(f->classtype, sizeof(f->classtype), i.classtype ? i.classtype : "");
	if (p->fields)
		finding_fields(f, p->fields);
	ends_alerted(p, f->facts.flow_id);
	if (f == &now)
		give(p, f);
}

void say_held(struct pipeline *p, const struct cordon_event_pkt *e)
{
	struct finding f = { .kind = FINDING_HELD, .ts_ns = e->hdr.ts_ns, .facts = e->facts, .wire_len = e->wire_len,
			     .reasons = e->reasons, .ticket = e->ticket, .verdict = e->verdict };

	give(p, &f);
}

static struct said *said_of(struct pipeline *p, uint64_t flow_id)
{
	struct said *s = &p->said[flow_id % PIPE_SAID];

	if (s->flow_id != flow_id)
		*s = (struct said){ .flow_id = flow_id };
	return s;
}

/* true the first time */
static bool say_once(struct pipeline *p, uint64_t flow_id, uint8_t what)
{
	struct said *s = said_of(p, flow_id);

	if (!flow_id || s->what & what)
		return false;
	s->what |= what;
	return true;
}

static void say_flow(struct pipeline *p, const struct view *v)
{
	struct finding f;

	if (say_once(p, v->facts->flow_id, SAID_SEEN)) {
		finding_begin(&f, FINDING_SEEN, v);
		give(p, &f);
		ends_begun(p, v);
	}
	if (v->facts->app > CORDON_APP_NONE && say_once(p, v->facts->flow_id, SAID_APP)) {
		finding_begin(&f, FINDING_APP, v);
		app_detail(v->facts->app, v->payload, v->payload_len, f.name, sizeof(f.name));
		give(p, &f);
	}
}

static void say_threat(struct pipeline *p, const struct view *v, int reason, const struct fields *s, uint32_t indicator,
		       uint32_t generation, uint8_t action)
{
	struct finding f;

	finding_begin(&f, FINDING_THREAT, v);
	f.reasons |= CORDON_BIT(reason);
	f.indicator = indicator;
	f.generation = generation;
	f.action = action;
	if (s)
		finding_fields(&f, s);
	give(p, &f);
}

void say_threat_address(struct pipeline *p, const struct view *v)
{
	const struct cordon_event_pkt *e = v->pkt;

	struct finding f;

	if (e->indicator && v->reasons & CORDON_BIT(CORDON_REASON_THREAT_ADDR))
		say_threat(p, v, CORDON_REASON_THREAT_ADDR, NULL, e->indicator, e->generation, e->action);
	if (e->led) {
		finding_begin(&f, FINDING_LEARNED, v);
		give(p, &f);
	}
}

static uint32_t kind_of_app(uint8_t app)
{
	switch (app) {
	case CORDON_APP_DNS:
		return FINDING_DNS;
	case CORDON_APP_TLS:
		return FINDING_TLS;
	case CORDON_APP_QUIC:
		return FINDING_QUIC;
	case CORDON_APP_SSH:
		return FINDING_SSH;
	case CORDON_APP_MQTT:
		return FINDING_MQTT;
	case CORDON_APP_MODBUS:
		return FINDING_MODBUS;
	case CORDON_APP_SIP:
		return FINDING_SIP;
	case CORDON_APP_FTP:
		return FINDING_FTP;
	default:
		return FINDING_HTTP;
	}
}

/* the kernel says nothing of these: what user space reads of them is told here */
static bool is_ours(const struct app_msg *msg)
{
	const uint64_t ours = CORDON_BIT(CORDON_APP_QUIC) | CORDON_BIT(CORDON_APP_SSH) | CORDON_BIT(CORDON_APP_MQTT) |
			      CORDON_BIT(CORDON_APP_MODBUS) | CORDON_BIT(CORDON_APP_SIP) | CORDON_BIT(CORDON_APP_FTP);

	/* nothing but its being odd is known of it */
	if (msg->app == CORDON_APP_MODBUS && !(msg->has_number >> APP_NUMBER_MODBUS_FUNCTION & 1))
		return false;
	return msg->complete && ours >> msg->app & 1;
}

/* a hello behind STARTTLS is none to the kernel: what it names is asked about, and told, here */
static bool say_upgraded(struct pipeline *p, const struct app_msg *msg)
{
	struct finding f;

	if (msg->app != CORDON_APP_TLS || !p->flow || p->flow->facts.app == CORDON_APP_TLS || p->flow->app == CORDON_APP_TLS)
		return false;
	if (msg->is_response || p->flow->d[p->view->facts->dir].open_msg)
		return true;
	finding_begin(&f, FINDING_HOST, p->view);
	finding_fields(&f, p->fields);
	if (f.name[0])
		give(p, &f);
	f.kind = FINDING_TLS;
	give(p, &f);
	return true;
}

/* what is odd has an event of its own */
static bool says_only_odd(const struct app_msg *msg)
{
	bool has_buffers = false;

	for (unsigned int w = 0; w < APP_BUFFER_WORDS; w++)
		has_buffers |= msg->has[w] != 0;
	/* a packet of no type that MQTT has is nothing else */
	if (msg->app == CORDON_APP_MQTT && msg->events & RULE_EVENT_BIT(MQTT_TYPE))
		return true;
	return msg->events && !msg->has_number && !has_buffers;
}

/* of names from the stream only what the kernel could not read in one packet */
void say_message(struct pipeline *p, const struct app_msg *msg)
{
	const struct pipe_dir *d = p->flow ? &p->flow->d[p->view->facts->dir] : NULL;
	struct finding f;

	if (!p->fields || says_only_odd(msg) || (!d && !is_ours(msg)) || say_upgraded(p, msg))
		return;
	if (!is_ours(msg) && (msg->is_response || d->open_msg))
		return;
	if (!is_ours(msg) && (!(p->view->facts->flow_flags & CORDON_FLOW_SPLIT_NAME) || !(d->was_begun || msg->app == CORDON_APP_DNS)))
		return;
	/* both sides in one record, when both have named themselves */
	if (msg->app == CORDON_APP_SSH &&
	    (!memmem(p->fields->pairs, p->fields->pairs_len, "client.", 7) ||
	     !memmem(p->fields->pairs, p->fields->pairs_len, "server.", 7) || !say_once(p, p->view->facts->flow_id, SAID_SSH)))
		return;
	finding_begin(&f, kind_of_app(msg->app), p->view);
	finding_fields(&f, p->fields);
	if (f.kind != FINDING_HTTP) {
		give(p, &f);
		return;
	}
	f.kind = FINDING_HOST; /* what is decided does not wait for the answer */
	give(p, &f);
	f.kind = FINDING_HTTP;
	http_said(p, &f);
}

/* what a receiver makes of it nobody else can know */
static bool is_ambiguity(unsigned int event)
{
	return event == RULE_EVENT_STREAM_OTHER_DATA || event == RULE_EVENT_IPV4_FRAG_OVERLAP || event == RULE_EVENT_IPV6_FRAG_OVERLAP;
}

static void anomaly(struct pipeline *p, const struct view *v, unsigned int event)
{
#define X_TYPE(id, keyword, type, layer) { type, layer },
	static const char *const kinds[][2] = { RULE_EVENT_KIND_LIST(X_TYPE) };
#undef X_TYPE
	const struct rule_event_row *row = &rule_events[event];
	struct finding f;

	finding_begin(&f, FINDING_ANOMALY, v);
	str_copy(f.msg, sizeof(f.msg), row->name);
	str_copy(f.category, sizeof(f.category), kinds[row->kind][0]);
	str_copy(f.classtype, sizeof(f.classtype), kinds[row->kind][1]);
	f.is_ambiguous = is_ambiguity(event);
	give(p, &f);
}

void say_anomaly(struct pipeline *p, const struct view *v, unsigned int event)
{
	const struct view *before = p->view;

	anomaly(p, v, event);
	p->view = v;
	match_event(p->o.engine, v, event, say_alert, p);
	p->view = before;
}

/* each once a message, however often that is told; @d NULL: a datagram */
uint64_t say_oddities(struct pipeline *p, const struct app_msg *msg, struct pipe_dir *d)
{
	uint64_t fresh = msg->events & ~(d && d->odd_msg == msg->id + 1 ? d->odd : 0);

	for (uint64_t left = fresh; left; left &= left - 1)
		anomaly(p, p->view, rule_event_of(msg->app, (unsigned int)__builtin_ctzll(left)));
	if (!d || !msg->events)
		return fresh;
	d->odd = msg->events | (d->odd_msg == msg->id + 1 ? d->odd : 0);
	d->odd_msg = msg->id + 1;
	return fresh;
}

/* a host as http.host rules see it */
static void host_text(struct fields *f, struct http_span host)
{
	uint8_t buf[CORDON_FIRST_BYTES];
	uint32_t n = host.len < sizeof(buf) ? host.len : (uint32_t)sizeof(buf);

	text(f->name, sizeof(f->name), buf, host.p ? http_host_normal(host.p, n, buf) : 0);
}

/* does the payload begin with a request? One whose head goes on in the next packet is the stream's to say. */
static bool request_of(const struct view *v, struct fields *ret)
{
	struct http_head h;
	uint32_t at = 0;
	struct cur c;

	if (v->facts->app != CORDON_APP_HTTP || v->facts->dir != CORDON_TO_SERVER || !v->payload_len)
		return false;
	if (v->facts->flow_flags & CORDON_FLOW_SPLIT_NAME && !http_head_end(v->payload, v->payload_len, &at))
		return false;
	c = cur_of(v->payload, v->payload_len);
	if (http_request_parse(&c, &h) || !h.version.p)
		return false;
	memset(ret, 0, sizeof(*ret));
	host_text(ret, h.host);
	TEXT(ret->http_uri, h.target);
	TEXT(ret->http_method, h.method);
	TEXT(ret->http_agent, h.user_agent);
	TEXT(ret->http_protocol, h.version);
	return true;
}

void say_packet(struct pipeline *p, const struct view *v)
{
	struct said *said = said_of(p, v->facts->flow_id);
	struct finding f;
	struct fields s;

	say_flow(p, v);
	http_answered(p, v);
	if (v->reasons & CORDON_BIT(CORDON_REASON_OLD) || !request_of(v, &s) ||
	    (said->request_ns == v->ts_ns && said->request_seq == v->seq))
		return;
	said->request_ns = v->ts_ns;
	said->request_seq = v->seq;
	finding_begin(&f, FINDING_HTTP, v);
	finding_fields(&f, &s);
	http_said(p, &f);
}

void say_threat_host(struct pipeline *p, const struct view *v)
{
	struct fields s;

	if (v->pkt->indicator && v->reasons & CORDON_BIT(CORDON_REASON_THREAT_NAME))
		say_threat(p, v, CORDON_REASON_THREAT_NAME, request_of(v, &s) ? &s : NULL, v->pkt->indicator,
			   v->pkt->generation, v->pkt->action);
}

void say_name(struct pipeline *p, const struct view *v)
{
	const struct cordon_event_name *n = v->name;
	struct fields s = { .dns_type = n->qtype, .dns_id = n->txid };
	struct finding f;

	say_flow(p, v);
	text(s.name, sizeof(s.name), n->name, n->len);
	finding_begin(&f, n->source == CORDON_NAME_DNS ? FINDING_DNS : n->source == CORDON_NAME_SNI ? FINDING_TLS : FINDING_HTTP, v);
	finding_fields(&f, &s);
	give(p, &f);
	if (n->indicator)
		say_threat(p, v, CORDON_REASON_THREAT_NAME, &s, n->indicator, n->generation, n->action);
}

/* EtherType in front of the network header: behind the tags */
static uint16_t ethertype_of(const struct view *v)
{
	return v->l3 && v->l3 >= v->frame + 2 ? (uint16_t)(v->l3[-2] << 8 | v->l3[-1]) : 0;
}

void say_identity(struct pipeline *p, const struct view *v)
{
	struct identity_packet in = {
		.ethertype = ethertype_of(v),
		.port = be16toh(v->facts->dport),
		.proto = v->facts->proto,
		.l3 = v->l3, .l3_len = v->l3_len,
		.l4 = v->l4, .l4_len = v->l4_len,
		.payload = v->payload, .payload_len = v->payload_len,
	};
	struct finding f;
	struct identity i;

	if (identity_read(&in, &i) == PARSE_BAD)
		return;
	finding_begin(&f, FINDING_IDENTITY, v);
	f.identity = i;
	give(p, &f);
}

bool finding_check(struct finding *f)
{
	f->msg[sizeof(f->msg) - 1] = 0;
	f->category[sizeof(f->category) - 1] = 0;
	f->classtype[sizeof(f->classtype) - 1] = 0;
	f->identity.host[IDENTITY_TEXT - 1] = 0;
	f->identity.vendor[IDENTITY_TEXT - 1] = 0;
	f->identity.fingerprint[IDENTITY_TEXT - 1] = 0;
	f->name[sizeof(f->name) - 1] = 0;
	f->http_method[sizeof(f->http_method) - 1] = 0;
	f->http_uri[sizeof(f->http_uri) - 1] = 0;
	f->http_agent[sizeof(f->http_agent) - 1] = 0;
	f->http_protocol[sizeof(f->http_protocol) - 1] = 0;
	return f->kind < FINDINGS && f->facts.dir <= CORDON_TO_CLIENT && f->facts.app < CORDON_APPS &&
	       (f->kind != FINDING_THREAT || f->action < CORDON_ACTIONS);
}
