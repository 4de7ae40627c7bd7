/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rule as a whole: what each condition is relative to, which combinations
 * mean nothing, and where the rule is evaluated (packet, stream, message).
 */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "rule/draft.h"

/* what fills a buffer; all of them are of what clients send */
static const uint8_t buffer_app[APP_BUFFERS] = {
	[APP_BUFFER_DNS_QUERY] = CORDON_APP_DNS,       [APP_BUFFER_TLS_SNI] = CORDON_APP_TLS,
	[APP_BUFFER_HTTP_METHOD] = CORDON_APP_HTTP,    [APP_BUFFER_HTTP_URI] = CORDON_APP_HTTP,
	[APP_BUFFER_HTTP_HOST] = CORDON_APP_HTTP,      [APP_BUFFER_HTTP_USER_AGENT] = CORDON_APP_HTTP,
	[APP_BUFFER_HTTP_REQUEST_BODY] = CORDON_APP_HTTP,
};

/* content; isdataat:!1,relative; is content; endswith; */
static bool says_end(const struct rule_match *m)
{
	return m->kind == RULE_MATCH_ISDATAAT && m->negated && m->relative && m->lo == 1;
}

static void finish_content(struct draft *d, struct rule_match *m, bool is_payload)
{
	if (m->startswith) {
		m->has_depth = m->has_offset = true;
		m->depth = m->len;
	} else if (m->has_depth) {
		m->depth += m->offset;
	}
	m->relative = m->has_distance || m->has_within;
	if (is_payload && (m->has_depth || m->has_offset))
		d->r->anchored = true;
}

/* what does not move the cursor */
static bool is_still(const struct rule_match *m)
{
	return m->negated || m->kind == RULE_MATCH_ISDATAAT || m->kind == RULE_MATCH_BSIZE;
}

/* is a later condition relative to this one's end? */
static void link_relative(struct rule_match *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = i + 1;

		while (k < n && !m[k].relative && is_still(&m[k]))
			k++;
		m[i].relative_next = k < n && m[k].relative;
	}
}

static int finish_list(struct draft *d, uint8_t buffer)
{
	struct rule_match *m = d->list[buffer].data;
	size_t n = d->list[buffer].len, w = 0;

	for (size_t i = 0; i < n; i++) {
		if (w && says_end(&m[i]) && m[w - 1].kind == RULE_MATCH_CONTENT && !m[w - 1].negated) {
			m[w - 1].endswith = true;
			continue;
		}
		if (m[i].kind == RULE_MATCH_CONTENT)
			finish_content(d, &m[i], buffer == APP_BUFFER_PAYLOAD);
		m[w++] = m[i];
	}
	link_relative(m, w);
	d->r->list[buffer].n = (uint16_t)w;
	d->r->list[buffer].m = arena_copy(&d->ld->arena, m, w * sizeof(*m));
	return d->r->list[buffer].m ? 0 : -ENOMEM;
}

/* a lower-case buffer never holds an upper-case letter */
static int check_host(struct draft *d)
{
	const struct rule_list *l = &d->r->list[APP_BUFFER_HTTP_HOST];

	for (uint16_t i = 0; i < l->n; i++)
		for (uint16_t k = 0; !l->m[i].nocase && k < l->m[i].len; k++)
			if (isupper(l->m[i].bytes[k]))
				return draft_fail(d, "http.host is lower case: an upper-case letter never matches");
	return 0;
}

static int check_buffers(struct draft *d, bool *ret_any)
{
	struct rule *r = d->r;

	*ret_any = false;
	for (uint8_t b = APP_BUFFER_PAYLOAD + 1; b < APP_BUFFERS; b++) {
		if ((d->stickies >> b & 1) && !r->list[b].n)
			return draft_fail(d, "a sticky buffer without a condition");
		if (!r->list[b].n)
			continue;
		if (r->app != CORDON_APP_UNDECIDED && r->app != buffer_app[b])
			return draft_fail(d, "buffers of different applications, or of another than the header's");
		r->app = buffer_app[b];
		*ret_any = true;
	}
	return 0;
}

static int place_message(struct draft *d)
{
	struct rule *r = d->r;

	if (r->list[APP_BUFFER_PAYLOAD].n)
		return draft_fail(d, "conditions on the payload beside an application buffer are not supported");
	if (r->n_tests)
		return draft_fail(d, "packet keywords beside an application buffer are not supported");
	if (r->flow & (RULE_FLOW_TO_CLIENT | RULE_FLOW_NO_STREAM | RULE_FLOW_NOT_ESTABLISHED))
		return draft_fail(d, "the buffer is of what clients send over an established flow: flow says otherwise");
	if (r->tcp_pkt)
		return draft_fail(d, "an application buffer in a tcp-pkt rule");
	r->ip &= r->app == CORDON_APP_DNS ? RULE_IP_TCP | RULE_IP_UDP : RULE_IP_TCP;
	if (!r->ip)
		return draft_fail(d, "the header's protocol never carries this buffer");
	r->flow |= RULE_FLOW_TO_SERVER;
	r->on = RULE_ON_MESSAGE;
	return check_host(d);
}

static bool narrow_ip(struct rule *r)
{
	for (uint16_t i = 0; i < r->n_tests; i++) {
		switch (r->test[i].field) {
		case RULE_FIELD_SEQ:
		case RULE_FIELD_ACK:
		case RULE_FIELD_WINDOW:
		case RULE_FIELD_FLAGS:
			r->ip &= RULE_IP_TCP;
			break;
		case RULE_FIELD_ITYPE:
		case RULE_FIELD_ICODE:
			r->ip &= RULE_IP_ICMP;
			break;
		}
	}
	if (!r->sport->is_any || !r->dport->is_any)
		r->ip &= RULE_IP_TCP | RULE_IP_UDP;
	if (r->app != CORDON_APP_UNDECIDED && r->app != CORDON_APP_DNS)
		r->ip &= RULE_IP_TCP;
	if (r->tcp_stream || (r->flow & RULE_FLOW_ONLY_STREAM))
		r->ip &= RULE_IP_TCP;
	return r->ip != 0;
}

static int place_payload(struct draft *d)
{
	struct rule *r = d->r;
	bool has_payload = r->list[APP_BUFFER_PAYLOAD].n > 0;
	bool wants_stream = r->tcp_stream || (r->flow & RULE_FLOW_ONLY_STREAM);
	bool wants_packet = r->tcp_pkt || (r->flow & RULE_FLOW_NO_STREAM) || r->n_tests || !has_payload;

	if (!narrow_ip(r))
		return draft_fail(d, "no packet has all of this: protocol, ports and keywords contradict each other");
	if (wants_stream && wants_packet)
		return draft_fail(d, "packet conditions in a rule for streams only");
	if (wants_packet) {
		r->on = RULE_ON_PACKET;
	} else {
		r->on = r->ip & RULE_IP_TCP ? RULE_ON_STREAM : 0;
		if (!wants_stream && ((r->ip & ~RULE_IP_TCP) || r->anchored))
			r->on |= RULE_ON_PACKET;
	}
	/* Suricata's address-only and application-only rules: said once of a flow's direction, not of each packet */
	r->once = !has_payload && !r->n_tests &&
		  (r->app != CORDON_APP_UNDECIDED || (r->sport->is_any && r->dport->is_any && !r->flow));
	return 0;
}

int rule_place(struct draft *d)
{
	struct rule *r = d->r;
	bool has_buffer;
	int ret = 0;

	for (uint8_t b = 0; !ret && b < APP_BUFFERS; b++)
		ret = finish_list(d, b);
	if (ret)
		return ret;
	r->n_tests = (uint16_t)d->tests.len;
	r->test = arena_copy(&d->ld->arena, d->tests.data, d->tests.len * sizeof(d->tests.data[0]));
	if (!r->test)
		return -ENOMEM;
	ret = check_buffers(d, &has_buffer);
	if (ret)
		return ret;
	return has_buffer ? place_message(d) : place_payload(d);
}
