// SPDX-License-Identifier: BSD-2-Clause
/*
 * Findings as Suricata's EVE JSON, field for field where a field exists, and
 * one object `cordon`. Rules alert under their own gid and sid. What is not a
 * rule alerts under gid 2, with a signature_id that says what it was:
 *   1 listed IPv4 address, 2 listed IPv6 address, 3 listed domain, 4 listed
 *   URL (CORDON_INDICATOR_* + 1), 100 application denied by policy.
 * alert.action is "blocked" when the packet was dropped or when what follows
 * it is being stopped, else "allowed".
 */
#include "out/out.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/lists.h"
#include "out/evidence.h"

#define EVE_GID 2
#define EVE_SID_POLICY 100
#define NS_PER_S 1000000000ULL

/* what eve_render() was given, in one piece */
struct eve {
	const struct finding *f;
	const struct decision *d; /* NULL: none */
	const struct device *dev; /* NULL: none */
	const struct indicators *threats;
	const struct indicator *indicator; /* NULL: none, or its set is gone */
};

/* --- the packet --- */

static void put_timestamp(struct json *j, uint64_t wall_ns)
{
	char text[40];

	json_str(j, "timestamp", clock_iso8601(text, sizeof(text), wall_ns));
}

static void put_proto(struct json *j, uint8_t proto)
{
	char text[8];

	switch (proto) {
	case 0:
		return;
	case IPPROTO_TCP:
		json_str(j, "proto", "TCP");
		return;
	case IPPROTO_UDP:
		json_str(j, "proto", "UDP");
		return;
	case IPPROTO_ICMP:
		json_str(j, "proto", "ICMP");
		return;
	case IPPROTO_ICMPV6:
		json_str(j, "proto", "IPv6-ICMP");
		return;
	case IPPROTO_SCTP:
		json_str(j, "proto", "SCTP");
		return;
	default:
		snprintf(text, sizeof(text), "%03u", proto);
		json_str(j, "proto", text);
	}
}

static bool has_ports(const struct cordon_facts *c)
{
	return c->proto == IPPROTO_TCP || c->proto == IPPROTO_UDP || c->proto == IPPROTO_SCTP;
}

/* events of an application show the flow's initiator as source, whoever sent the packet */
static bool is_turned(const struct finding *f)
{
	return (f->kind == FINDING_DNS || f->kind == FINDING_TLS || f->kind == FINDING_HTTP || f->kind == FINDING_SSH ||
		f->kind == FINDING_MODBUS || f->kind == FINDING_FTP) &&
	       f->facts.dir == CORDON_TO_CLIENT;
}

static void put_addrs(struct json *j, const struct finding *f)
{
	static const struct addr none;
	const struct cordon_facts *c = &f->facts;
	bool turned = is_turned(f);
	struct addr s, d;
	char text[ADDR_STR_MAX];

	memcpy(s.b, turned ? c->daddr : c->saddr, sizeof(s.b));
	memcpy(d.b, turned ? c->saddr : c->daddr, sizeof(d.b));
	if (!memcmp(&s, &none, sizeof(s)) && !memcmp(&d, &none, sizeof(d)))
		return; /* no IP */
	json_str(j, "src_ip", addr_str(text, sizeof(text), &s));
	if (has_ports(c))
		json_u64(j, "src_port", ntohs(turned ? c->dport : c->sport));
	json_str(j, "dest_ip", addr_str(text, sizeof(text), &d));
	if (has_ports(c))
		json_u64(j, "dest_port", ntohs(turned ? c->sport : c->dport));
	put_proto(j, c->proto);
	if (c->proto == IPPROTO_ICMP || c->proto == IPPROTO_ICMPV6) {
		json_u64(j, "icmp_type", ntohs(c->sport) >> 8);
		json_u64(j, "icmp_code", ntohs(c->sport) & 255);
	}
	json_u64(j, "ip_v", addr_is_v4(&s) ? 4 : 6);
}

static void put_link(struct json *j, const struct cordon_facts *c)
{
	char text[MAC_STR_MAX];

	if (c->vlan) {
		json_begin(j, "vlan", '[');
		json_u64(j, NULL, c->vlan);
		json_end(j, ']');
	}
	if (mac_is_zero(c->mac))
		return;
	json_begin(j, "ether", '{'); /* of the two ends the device's is known */
	json_str(j, c->from_device ? "src_mac" : "dest_mac", mac_str(text, sizeof(text), c->mac));
	json_end(j, '}');
}

static void put_head(struct json *j, const struct finding *f, const char *type, const char *iface)
{
	const struct cordon_facts *c = &f->facts;

	put_timestamp(j, clock_to_wall_ns(f->ts_ns));
	if (c->flow_id) /* a signed 64-bit reader must see what we wrote */
		json_u64(j, "flow_id", c->flow_id & INT64_MAX);
	if (iface && *iface)
		json_str(j, "in_iface", iface);
	json_str(j, "event_type", type);
	put_addrs(j, f);
	put_link(j, c);
	json_str(j, "pkt_src", "wire/pcap");
	if (c->app > CORDON_APP_NONE)
		json_str(j, "app_proto", app_name(c->app));
	if (c->flow_id && f->kind != FINDING_FLOW)
		json_str(j, "direction", c->dir == CORDON_TO_SERVER ? "to_server" : "to_client");
}

/* --- the application --- */

/* names of RFC 1035, 3596, 2782, 6891, 9460 and those Suricata knows besides; else the number */
static const char *dns_type_name(uint16_t type, char buf[8])
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = { { 1, "A" },	{ 2, "NS" },	  { 5, "CNAME" },  { 6, "SOA" },    { 10, "NULL" },
		      { 12, "PTR" },	{ 13, "HINFO" },  { 15, "MX" },	   { 16, "TXT" },   { 28, "AAAA" },
		      { 33, "SRV" },	{ 35, "NAPTR" },  { 41, "OPT" },   { 43, "DS" },    { 44, "SSHFP" },
		      { 46, "RRSIG" },	{ 47, "NSEC" },	  { 48, "DNSKEY" }, { 52, "TLSA" }, { 64, "SVCB" },
		      { 65, "HTTPS" },	{ 99, "SPF" },	  { 252, "AXFR" }, { 255, "ANY" } };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	snprintf(buf, 8, "%u", type);
	return buf;
}

static void put_dns(struct json *j, const struct finding *f)
{
	char buf[8];

	json_begin(j, "dns", '{');
	json_u64(j, "version", 2);
	json_str(j, "type", f->is_response ? "answer" : "query");
	json_u64(j, "id", f->dns_id);
	json_str(j, "rrname", f->name);
	json_str(j, "rrtype", dns_type_name(f->dns_type, buf));
	json_end(j, '}');
}

static void put_text(struct json *j, const char *key, const char *s)
{
	if (*s)
		json_str(j, key, s);
}

static void put_http(struct json *j, const struct finding *f)
{
	json_begin(j, "http", '{');
	put_text(j, "hostname", f->name);
	put_text(j, "url", f->http_uri);
	put_text(j, "http_user_agent", f->http_agent);
	put_text(j, "http_method", f->http_method);
	put_text(j, "protocol", f->http_protocol);
	if (f->http_status)
		json_u64(j, "status", f->http_status);
	eve_pairs(j, f->pairs, sizeof(f->pairs));
	json_end(j, '}');
}

/* fields an alert carries too, when its message had any */
static void put_app(struct json *j, const struct finding *f)
{
	if (f->kind == FINDING_FLOW) {
		json_begin(j, "flow", '{');
		eve_pairs(j, f->pairs, sizeof(f->pairs));
		json_end(j, '}');
	} else if (f->facts.app == CORDON_APP_HTTP && (f->name[0] || f->http_uri[0] || f->http_method[0])) {
		put_http(j, f);
	} else if (f->facts.app == CORDON_APP_DNS && f->name[0]) {
		put_dns(j, f);
	} else if (f->pairs[0]) {
		json_begin(j, app_name(f->facts.app), '{');
		eve_pairs(j, f->pairs, sizeof(f->pairs));
		json_end(j, '}');
	} else if (f->facts.app == CORDON_APP_TLS && f->name[0]) {
		json_begin(j, "tls", '{');
		json_str(j, "sni", f->name);
		json_end(j, '}');
	}
}

/* --- the alert --- */

struct alert {
	uint32_t gid, sid, rev, severity;
	const char *signature, *category;
};

/* what the entry that was hit says, as the feed wrote it; the finding's own name or "" when the entry is gone */
static const char *indicator_text(const struct eve *e, char *buf, size_t size)
{
	const struct indicator *i = e->indicator;

	if (!i)
		return e->f->name;
	if (i->kind == CORDON_INDICATOR_IPV4 || i->kind == CORDON_INDICATOR_IPV6)
		return prefix_str(buf, size, &i->prefix);
	return e->threats->text.data + i->text;
}

static const char *category_of(const struct eve *e)
{
	const char *c = NULL;

	if (e->indicator)
		c = indicator_category(e->threats, e->indicator);
	return c && *c ? c : "threat";
}

static uint32_t threat_kind(const struct eve *e)
{
	struct addr a;

	if (e->indicator)
		return e->indicator->kind;
	if (e->f->name[0])
		return CORDON_INDICATOR_DOMAIN;
	memcpy(a.b, e->f->facts.daddr, sizeof(a.b));
	return addr_is_v4(&a) ? CORDON_INDICATOR_IPV4 : CORDON_INDICATOR_IPV6;
}

/* what is done about a listed threat for this device */
static uint8_t action_of(const struct eve *e)
{
	return e->d && e->d->kind != DECISION_NOTHING ? e->d->action : e->f->action;
}

static struct alert alert_of(const struct eve *e, char *text, size_t size)
{
	const struct finding *f = e->f;
	char buf[ADDR_STR_MAX];
	uint8_t action;

	if (f->kind == FINDING_ALERT)
		return (struct alert){ f->gid, f->sid, f->rev, f->severity, f->msg, f->category };
	if (f->kind == FINDING_APP) {
		snprintf(text, size, "Cordon policy: %s denied", app_name(f->facts.app));
		return (struct alert){ EVE_GID, EVE_SID_POLICY, 1, 3, text, "policy" };
	}
	action = action_of(e);
	snprintf(text, size, "Cordon threat: %s %s", category_of(e), indicator_text(e, buf, sizeof(buf)));
	return (struct alert){ EVE_GID, threat_kind(e) + 1, 1,
			       action == CORDON_ACTION_QUARANTINE ? 1 : action == CORDON_ACTION_DROP ? 2 : 3,
			       text, category_of(e) };
}

static void put_alert(struct json *j, const struct eve *e)
{
	bool stopped = e->f->verdict == 1 || (e->d && decision_in_force(e->d));
	char text[512];
	struct alert a = alert_of(e, text, sizeof(text));

	json_begin(j, "alert", '{');
	json_str(j, "action", stopped ? "blocked" : "allowed");
	json_u64(j, "gid", a.gid);
	json_u64(j, "signature_id", a.sid);
	json_u64(j, "rev", a.rev);
	json_str(j, "signature", a.signature);
	json_str(j, "category", a.category);
	json_u64(j, "severity", a.severity);
	json_end(j, '}');
}

/* Suricata writes names of applications' events in capitals */
static void put_anomaly(struct json *j, const struct finding *f)
{
	bool is_app = !strcmp(f->category, "applayer");
	char name[sizeof(f->msg)];
	size_t n = str_copy(name, sizeof(name), f->msg);

	for (size_t i = 0; is_app && i < n; i++)
		name[i] = (char)toupper((unsigned char)name[i]);
	json_begin(j, "anomaly", '{');
	if (is_app)
		json_str(j, "app_proto", app_name(f->facts.app));
	json_str(j, "type", f->category);
	json_str(j, "event", name);
	put_text(j, "layer", f->classtype);
	json_end(j, '}');
}

/* --- ours --- */

static void put_indicator(struct json *j, const struct eve *e)
{
	const struct indicator *i = e->indicator;
	char buf[ADDR_STR_MAX];

	if (e->f->kind != FINDING_THREAT)
		return;
	json_str(j, "indicator", indicator_text(e, buf, sizeof(buf)));
	json_str(j, "action", action_name(action_of(e)));
	if (e->f->learned)
		put_text(j, "learned_from", e->f->name);
	json_u64(j, "generation", e->f->generation);
	if (!i)
		return;
	if (i->feed < e->threats->feeds.len)
		json_str(j, "feed", e->threats->feeds.data[i->feed]);
	json_u64(j, "feed_line", i->line);
	json_u64(j, "confidence", i->confidence);
	if (i->first_seen_s) {
		clock_iso8601(buf, sizeof(buf), i->first_seen_s * 1000000000ULL);
		json_str(j, "first_seen", buf);
	}
}

static void put_decision(struct json *j, const struct decision *d)
{
	static const char *const names[] = { "nothing", "alert", "drop_flow", "quarantine" };

	if (!d || d->kind == DECISION_NOTHING)
		return;
	json_str(j, "decision", names[d->kind]);
	if (d->id)
		json_u64(j, "decision_id", d->id);
	if (d->kind == DECISION_QUARANTINE) {
		json_str(j, "level", level_name(d->level));
		json_u64(j, "lease_s", d->lease_ns / NS_PER_S);
	}
	if (d->guarded)
		json_bool(j, "guarded", true);
	if (d->held_back)
		json_bool(j, "held_back", true);
	put_text(j, "why", d->why);
}

static const char *const reject_names[] = { "", "src", "dst", "both" }; /* RULE_REJECT_* */

static void put_cordon(struct json *j, const struct eve *e)
{
	const struct cordon_facts *c = &e->f->facts;
	char text[MAC_STR_MAX], name[EVIDENCE_NAME_MAX];

	json_begin(j, "cordon", '{');
	if (e->dev) {
		json_str(j, "device_id", e->dev->id);
		put_text(j, "name", e->dev->name);
		put_text(j, "group", e->dev->group);
	}
	if (!mac_is_zero(c->mac))
		json_str(j, "mac", mac_str(text, sizeof(text), c->mac));
	if (mode_name(c->mode))
		json_str(j, "mode", mode_name(c->mode));
	put_indicator(j, e);
	put_decision(j, e->d);
	if (e->f->kind == FINDING_APP)
		put_text(j, "detail", e->f->name);
	if (e->f->is_ambiguous && e->f->verdict == 2)
		json_str(j, "verdict", "drop");
	if (e->f->kind == FINDING_ALERT && e->f->reject.ends)
		json_str(j, "reject", reject_names[e->f->reject.ends & 3]);
	if (e->f->evidence)
		json_str(j, "evidence", evidence_name(e->f, name));
	json_end(j, '}');
}

/* NULL: not an event */
static const char *event_type(const struct finding *f, const struct decision *d)
{
#define X_TYPE(id, type) [FINDING_##id] = type,
	static const char *const types[FINDINGS] = { FINDING_LIST(X_TYPE) };

	if (f->kind >= FINDINGS)
		return NULL;
	if (f->kind == FINDING_APP) /* only when a policy speaks of it */
		return d && d->kind != DECISION_NOTHING ? "alert" : NULL;
	return *types[f->kind] ? types[f->kind] : NULL;
}

void eve_render(struct json *j, const struct finding *f, const struct decision *d, const struct device *dev,
		const char *iface, const struct indicators *threats)
{
	struct eve e = { .f = f, .d = d, .dev = dev, .threats = threats };
	const char *type = event_type(f, d);

	if (!type)
		return;
	if (f->kind == FINDING_THREAT && threats && f->indicator && f->indicator <= threats->v.len)
		e.indicator = &threats->v.data[f->indicator - 1];
	json_begin(j, NULL, '{');
	put_head(j, f, type, iface);
	if (!strcmp(type, "alert"))
		put_alert(j, &e);
	if (f->kind == FINDING_ANOMALY)
		put_anomaly(j, f);
	put_app(j, f);
	put_cordon(j, &e);
	json_end(j, '}');
}

void eve_device(struct json *j, const struct device *dev)
{
	char text[ADDR_STR_MAX];

	if (dev->name[0])
		put_text(j, "name", dev->name);
	if (dev->group[0])
		put_text(j, "group", dev->group);
	if (!mac_is_zero(dev->key.mac))
		json_str(j, "mac", mac_str(text, sizeof(text), dev->key.mac));
	json_begin(j, "addresses", '[');
	for (unsigned int i = 0; i < dev->n_addrs; i++)
		json_str(j, NULL, addr_str(text, sizeof(text), &dev->addrs[i]));
	if (!dev->n_addrs && mac_is_zero(dev->key.mac))
		json_str(j, NULL, addr_str(text, sizeof(text), (const struct addr *)dev->key.addr));
	json_end(j, ']');
}

/* what the kernel did under this lease: of all it judged, what it dropped and what it let through */
static void put_books(struct json *j, const struct quarantine *q)
{
	if (!q->packets && !q->passed)
		return;
	json_u64(j, "dropped_packets", q->packets);
	json_u64(j, "dropped_bytes", q->bytes);
	json_u64(j, "passed_packets", q->passed);
}

void eve_notice(struct json *j, const char *what, const struct quarantine *q, const struct device *dev, const char *text)
{
	static const char *const origins[] = { "automatic", "manual", "policy" };

	json_begin(j, NULL, '{');
	put_timestamp(j, clock_wall_ns());
	json_str(j, "event_type", "cordon");
	json_begin(j, "cordon", '{');
	json_str(j, "what", what);
	if (q) {
		json_str(j, "device_id", q->device);
		json_str(j, "level", level_name(q->level) ? level_name(q->level) : "none");
		if (q->origin < sizeof(origins) / sizeof(origins[0]))
			json_str(j, "origin", origins[q->origin]);
		if (q->until_ns != UINT64_MAX)
			json_u64(j, "lease_s", (q->until_ns - q->since_ns) / NS_PER_S);
		json_u64(j, "decision_id", q->decision);
		json_u64(j, "offence", q->offence);
		put_text(j, "why", q->reason);
		if (q->enforced_by)
			json_str(j, "enforced_by", q->enforced_by);
		put_books(j, q);
	} else if (dev) {
		json_str(j, "device_id", dev->id);
	}
	if (dev)
		eve_device(j, dev);
	if (text)
		put_text(j, "text", text);
	json_end(j, '}');
	json_end(j, '}');
}
