/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One rule: header fields, then options, each through its row in keywords.h.
 * What is not known is refused by name; nothing is ignored in silence.
 */
#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "rule/draft.h"
#include "rule/keywords.h"

#define APP(app) (1ULL << CORDON_APP_##app)

/* what the kernel and app/ recognise: a protocol that is not here is refused */
struct protocol {
	const char *name;
	uint8_t ip;
	uint64_t apps;
};

static const struct protocol protocols[] = {
	{ "ip", RULE_IP_ALL, 0 },
	{ "pkthdr", RULE_IP_ALL, 0 }, /* of decode-event rules */
	{ "tcp", RULE_IP_TCP, 0 },
	{ "udp", RULE_IP_UDP, 0 },
	{ "icmp", RULE_IP_ICMP, 0 },
	{ "ipv4", RULE_IP_ALL, 0 }, /* more of these seven in `narrow` */
	{ "ip4", RULE_IP_ALL, 0 },
	{ "ipv6", RULE_IP_ALL, 0 },
	{ "ip6", RULE_IP_ALL, 0 },
	{ "icmpv4", RULE_IP_ICMP, 0 },
	{ "icmpv6", RULE_IP_ICMP, 0 },
	{ "sctp", RULE_IP_OTHER, 0 },
	{ "tcp-pkt", RULE_IP_TCP, 0 },
	{ "tcp-stream", RULE_IP_TCP, 0 },
	{ "http", RULE_IP_TCP, APP(HTTP) },
	{ "http1", RULE_IP_TCP, APP(HTTP) },
	{ "dns", RULE_IP_TCP | RULE_IP_UDP, APP(DNS) },
	{ "tls", RULE_IP_TCP, APP(TLS) },
	{ "quic", RULE_IP_UDP, APP(QUIC) },
	{ "ssh", RULE_IP_TCP, APP(SSH) },
	{ "mqtt", RULE_IP_TCP, APP(MQTT) },
	{ "modbus", RULE_IP_TCP, APP(MODBUS) },
	{ "rtsp", RULE_IP_TCP, APP(RTSP) },
	{ "telnet", RULE_IP_TCP, APP(TELNET) },
	{ "smtp", RULE_IP_TCP, APP(SMTP) },
	{ "ftp", RULE_IP_TCP, APP(FTP) },
	{ "pop3", RULE_IP_TCP, APP(POP3) },
	{ "imap", RULE_IP_TCP, APP(IMAP) },
	{ "snmp", RULE_IP_UDP, APP(SNMP) },
	{ "sip", RULE_IP_TCP | RULE_IP_UDP, APP(SIP) },
	{ "rdp", RULE_IP_TCP, APP(RDP) },
	{ "dhcp", RULE_IP_UDP, APP(DHCP) },
	{ "ntp", RULE_IP_UDP, APP(NTP) },
	{ "tftp", RULE_IP_UDP, APP(TFTP) },
	{ "coap", RULE_IP_UDP, APP(COAP) },
	{ "ssdp", RULE_IP_UDP, APP(SSDP) },
	{ "mdns", RULE_IP_UDP, APP(MDNS) },
	{ "http2", RULE_IP_TCP, APP(HTTP2) },
	{ "rfb", RULE_IP_TCP, APP(RFB) },
	{ "enip", RULE_IP_TCP | RULE_IP_UDP, APP(ENIP) },
	{ "dnp3", RULE_IP_TCP, APP(DNP3) },
};

/* protocols that are one IP version, or one number of those that share a bit */
static const struct {
	const char *name;
	uint8_t version, number;
} narrow[] = { { "ipv4", 4, 0 }, { "ip4", 4, 0 }, { "ipv6", 6, 0 }, { "ip6", 6, 0 }, { "icmpv4", 0, IPPROTO_ICMP },
	       { "icmpv6", 0, IPPROTO_ICMPV6 }, { "sctp", 0, IPPROTO_SCTP } };

static const struct {
	const char *name;
	uint8_t action, reject; /* RULE_ACTION_*, RULE_REJECT_* */
} actions[] = {
	{ "alert", RULE_ACTION_ALERT, 0 },
	{ "pass", RULE_ACTION_PASS, 0 },
	{ "drop", RULE_ACTION_DROP, 0 },
	{ "reject", RULE_ACTION_REJECT, RULE_REJECT_SRC },
	{ "rejectsrc", RULE_ACTION_REJECT, RULE_REJECT_SRC },
	{ "rejectdst", RULE_ACTION_REJECT, RULE_REJECT_DST },
	{ "rejectboth", RULE_ACTION_REJECT, RULE_REJECT_SRC | RULE_REJECT_DST },
};

int draft_fail(struct draft *d, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (d->reason.len)
		return -EINVAL;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strbuf_adds(&d->reason, text);
	return -EINVAL;
}

struct rule_match *draft_last(struct draft *d)
{
	if (d->has_content)
		return &d->list[d->last_list].m.data[d->last];
	draft_fail(d, "needs a content before it");
	return NULL;
}

uint8_t draft_buffer(const struct draft *d)
{
	return d->has_sticky ? d->sticky.buffer : d->list[d->current].l.buffer;
}

static bool same_transforms(const struct rule_list *x, const struct rule_list *y)
{
	for (uint8_t i = 0; i < x->n_transforms && i < y->n_transforms; i++)
		if (x->transform[i].kind != y->transform[i].kind || x->transform[i].kind == RULE_TRANSFORM_PCRE || x->transform[i].key_len != y->transform[i].key_len ||
		    memcmp(x->transform[i].key ?: (const uint8_t *)"", y->transform[i].key ?: (const uint8_t *)"",
			   x->transform[i].key_len))
			return false;
	return x->n_transforms == y->n_transforms;
}

/* the list of a buffer under these transforms; of a buffer that may come several times each naming is a list */
static int list_get(struct draft *d, const struct rule_list *l, bool anew, uint8_t *ret)
{
	for (uint8_t i = 1; !anew && i < d->n_lists; i++) {
		if (d->list[i].l.buffer == l->buffer && same_transforms(&d->list[i].l, l)) {
			*ret = i;
			return 0;
		}
	}
	if (d->n_lists == CORDON_RULE_LISTS)
		return draft_fail(d, "more than %d buffers", CORDON_RULE_LISTS - 1);
	d->list[d->n_lists].l = *l;
	*ret = d->n_lists++;
	return 0;
}

static int add_to_list(struct draft *d, uint8_t list, const struct rule_match *m)
{
	struct draft_list *l = &d->list[list];

	if (l->m.len >= CORDON_RULE_MATCHES)
		return draft_fail(d, "more than %d conditions on one buffer", CORDON_RULE_MATCHES);
	if (vec_push(&l->m, *m))
		return -ENOMEM;
	if (m->kind == RULE_MATCH_CONTENT) {
		d->has_content = true;
		d->last_list = list;
		d->last = l->m.len - 1;
	}
	return 0;
}

int draft_add(struct draft *d, const struct rule_match *m)
{
	int r = 0;

	if (d->has_sticky)
		r = list_get(d, &d->sticky, app_buffers[d->sticky.buffer].flags & APP_BUFFER_MULTI, &d->current);
	d->has_sticky = false;
	return r ? r : add_to_list(d, d->current, m);
}

int draft_add_to(struct draft *d, uint8_t buffer, const struct rule_match *m)
{
	struct rule_list l = { .buffer = buffer };
	uint8_t list = 0;
	int r = buffer == APP_BUFFER_PAYLOAD ? 0 : list_get(d, &l, false, &list);

	return r ? r : add_to_list(d, list, m);
}

int draft_test(struct draft *d, const struct rule_test *t)
{
	return vec_push(&d->tests, *t);
}

int draft_number(struct draft *d, const struct rule_test *t)
{
	return vec_push(&d->numbers, *t);
}

static int parse_action(struct draft *d, const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (!strcmp(s, actions[i].name)) {
			d->r->info.action = actions[i].action;
			d->r->info.reject = actions[i].reject;
			return 0;
		}
	}
	return draft_fail(d, "action '%.32s' is not supported", s);
}

static void narrow_protocol(struct rule *r, const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(narrow); i++) {
		if (strcmp(s, narrow[i].name))
			continue;
		r->ip_version = narrow[i].version;
		r->ip_proto = narrow[i].number;
	}
}

static int parse_protocol(struct draft *d, const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (strcmp(s, protocols[i].name))
			continue;
		d->r->ip = protocols[i].ip;
		d->r->apps = protocols[i].apps;
		narrow_protocol(d->r, s);
		d->r->tcp_pkt = !strcmp(s, "tcp-pkt");
		d->r->tcp_stream = !strcmp(s, "tcp-stream");
		return 0;
	}
	return draft_fail(d, "protocol '%.32s' is not supported", s);
}

static int parse_set(struct draft *d, const char *s, bool is_port, const struct rset **ret)
{
	struct strbuf err = { 0 };
	bool excludes = false;
	int r = rule_set_get(d->ld, s, is_port, ret, &excludes, &err);

	if (r == -EINVAL)
		draft_fail(d, "%s: %s", is_port ? "port" : "address", err.s ? err.s : "out of memory");
	strbuf_done(&err);
	d->excludes |= excludes && !is_port;
	return r;
}

static int parse_direction(struct draft *d, const char *s)
{
	if (strcmp(s, "->") && strcmp(s, "<>"))
		return draft_fail(d, "direction '%.32s' is neither -> nor <>", s);
	d->r->both_ways = *s == '<';
	return 0;
}

/* action protocol source port direction destination port */
static int parse_header(struct draft *d, char **pos)
{
	char *f[7];
	struct rule *r = d->r;

	for (size_t i = 0; i < ARRAY_SIZE(f); i++) {
		f[i] = lex_field(pos);
		if (!f[i])
			return draft_fail(d, "the header has fewer than seven fields");
	}
	/* the last field may touch the bracket: keep the bracket, end the field */
	*pos += strspn(*pos, " \t");
	if (**pos != '(')
		return draft_fail(d, "no '(' after the header");
	*(*pos)++ = 0;
	return parse_action(d, f[0]) ?: parse_protocol(d, f[1]) ?: parse_set(d, f[2], false, &r->src) ?:
	       parse_set(d, text_trim(f[3]), true, &r->sport) ?: parse_direction(d, f[4]) ?:
	       parse_set(d, f[5], false, &r->dst) ?: parse_set(d, text_trim(f[6]), true, &r->dport);
}

static const struct keyword *keyword_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		if (*keywords[i].name == *name && !strcmp(keywords[i].name, name))
			return &keywords[i];
	return NULL;
}

static int unquote(struct draft *d, char **value)
{
	char *v = *value;
	size_t n = strlen(v);

	if (n < 2 || v[0] != '"' || v[n - 1] != '"')
		return *v == '"' ? draft_fail(d, "a quote is not closed") : 0;
	v[n - 1] = 0;
	*value = v + 1;
	return 0;
}

static int parse_option(struct draft *d, const char *name, char *value)
{
	const struct keyword *kw = keyword_find(name);
	int r;

	d->keyword = name;
	if (!kw) {
		r = buffer_keyword(d, value);
		return r ? (r < 0 ? r : 0) : draft_fail(d, "keyword is not supported");
	}
	if ((kw->flags & KW_VALUE) && !*value)
		return draft_fail(d, "needs a value");
	if ((kw->flags & KW_NO_VALUE) && *value)
		return draft_fail(d, "takes no value");
	r = kw->flags & KW_QUOTED ? unquote(d, &value) : 0;
	return r ? r : kw->parse(d, value);
}

/* the closing bracket, with nothing but space behind it */
static int cut_bracket(struct draft *d, char *s)
{
	size_t n = strlen(s);

	if (!n || s[n - 1] != ')')
		return draft_fail(d, "no ')' at the end");
	s[n - 1] = 0;
	return 0;
}

int rule_parse(struct draft *d, char *text)
{
	char *pos = text, *name, *value;
	int r;

	d->keyword = "";
	d->n_lists = 1;
	r = cut_bracket(d, text) ?: parse_header(d, &pos);
	if (r)
		return r;
	while ((r = lex_option(&pos, &name, &value)) > 0) {
		r = parse_option(d, name, value);
		if (r)
			return r;
	}
	if (r)
		return draft_fail(d, "an option without its ';'");
	d->keyword = "";
	if (!d->has_sid)
		return draft_fail(d, "no sid");
	return rule_place(d);
}
