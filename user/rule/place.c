/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rule as a whole: what each condition is relative to, which combinations
 * mean nothing, and where the rule is evaluated (packet, stream, message).
 */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "cordon_lists.h"
#include "rule/draft.h"
#include "rule/events.h"

/* content; isdataat:!1,relative; is content; endswith; */
static bool says_end(const struct rule_match *m)
{
	return m->kind == RULE_MATCH_ISDATAAT && m->negated && m->relative && m->lo == 1 && !m->lo_var;
}

static void finish_content(struct draft *d, struct rule_match *m, bool is_payload)
{
	if (m->startswith) {
		m->has_depth = m->has_offset = true;
		m->depth = m->len;
	} else if (m->has_depth && !m->depth_var) {
		m->depth += m->offset;
	}
	m->relative = m->has_distance || m->has_within;
	if (is_payload && (m->has_depth || m->has_offset))
		d->r->anchored = d->r->packet_too = true;
}

/* a content on a buffer of hex digits: as if with nocase */
static int fold_content(struct draft *d, struct rule_match *m)
{
	uint8_t *lower = arena_copy(&d->ld->arena, m->bytes, m->len);

	if (!lower)
		return -ENOMEM;
	for (uint16_t i = 0; i < m->len; i++)
		lower[i] = (uint8_t)tolower(lower[i]);
	m->bytes = lower;
	m->nocase = true;
	return 0;
}

/* what does not move the cursor */
static bool is_still(const struct rule_match *m)
{
	return m->kind == RULE_MATCH_ISDATAAT || m->kind == RULE_MATCH_BSIZE || m->kind == RULE_MATCH_BYTE_TEST ||
	       m->kind == RULE_MATCH_BASE64 || m->kind == RULE_MATCH_MEMBER || (m->negated && m->kind != RULE_MATCH_BYTE_JUMP);
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

/* @ret: its conditions, in the arena */
static int finish_list(struct draft *d, struct draft_list *from, struct rule_list *ret)
{
	struct rule_match *m = from->m.data;
	size_t n = from->m.len, w = 0;

	for (size_t i = 0; i < n; i++) {
		if (w && says_end(&m[i]) && m[w - 1].kind == RULE_MATCH_CONTENT && !m[w - 1].negated) {
			m[w - 1].endswith = true;
			continue;
		}
		if (m[i].kind == RULE_MATCH_CONTENT && app_buffers[from->l.buffer].flags & APP_BUFFER_FOLD &&
		    fold_content(d, &m[i]))
			return -ENOMEM;
		if (m[i].kind == RULE_MATCH_CONTENT)
			finish_content(d, &m[i], from->l.buffer == APP_BUFFER_PAYLOAD);
		else if (m[i].byte && from->l.buffer == APP_BUFFER_PAYLOAD && (!m[i].relative || m[i].byte->from_begin))
			d->r->anchored = true; /* counts from where the bytes begin */
		m[w++] = m[i];
	}
	link_relative(m, w);
	*ret = from->l;
	ret->n = (uint16_t)w;
	ret->m = arena_copy(&d->ld->arena, m, w * sizeof(*m));
	return ret->m ? 0 : -ENOMEM;
}

/* base64_data belongs to base64_decode, wherever that stands */
static int finish_base64(struct draft *d)
{
	struct draft_list *from = NULL;
	struct rule_match *decode = NULL;
	struct rule_list *l;
	int r;

	for (uint8_t i = 0; i < d->n_lists; i++) {
		if (i && d->list[i].l.buffer == APP_BUFFER_BASE64_DATA)
			from = &d->list[i];
		for (size_t k = 0; k < d->list[i].m.len; k++)
			if (d->list[i].m.data[k].kind == RULE_MATCH_BASE64)
				decode = &d->list[i].m.data[k];
	}
	if (!from)
		return 0;
	if (!decode)
		return draft_fail(d, "base64_data without base64_decode");
	l = arena_alloc(&d->ld->arena, sizeof(*l));
	r = l ? finish_list(d, from, l) : -ENOMEM;
	decode->decoded = l;
	from->m.len = 0;
	return r;
}

static int finish_lists(struct draft *d)
{
	struct rule_list *lists = arena_alloc(&d->ld->arena, d->n_lists * sizeof(*lists));
	int r = lists ? finish_base64(d) ?: finish_list(d, &d->list[0], &d->r->payload) : -ENOMEM;

	/* a list whose content was moved to another buffer is empty */
	for (uint8_t i = 1; !r && i < d->n_lists; i++)
		if (d->list[i].m.len)
			r = finish_list(d, &d->list[i], &lists[d->r->n_lists++]);
	d->r->list = lists;
	return r;
}

static int finish_tests(struct draft *d)
{
	struct rule *r = d->r;

	r->n_tests = (uint16_t)d->tests.len;
	r->n_numbers = (uint16_t)d->numbers.len;
	r->n_vars = d->n_vars;
	r->n_ask = (uint8_t)d->ask.len;
	r->n_act = (uint8_t)d->act.len;
	r->ask = arena_copy(&d->ld->arena, d->ask.data, d->ask.len * sizeof(d->ask.data[0]));
	r->act = arena_copy(&d->ld->arena, d->act.data, d->act.len * sizeof(d->act.data[0]));
	r->test = arena_copy(&d->ld->arena, d->tests.data, d->tests.len * sizeof(d->tests.data[0]));
	r->number = arena_copy(&d->ld->arena, d->numbers.data, d->numbers.len * sizeof(d->numbers.data[0]));
	return r->test && r->number && r->ask && r->act ? 0 : -ENOMEM;
}

/* a lower-case buffer never holds an upper-case letter */
static int check_lower(struct draft *d, const struct rule_list *l)
{
	for (uint16_t i = 0; i < l->n; i++)
		for (uint16_t k = 0; !l->m[i].nocase && k < l->m[i].len; k++)
			if (isupper(l->m[i].bytes[k]))
				return draft_fail(d, "%s is lower case: an upper-case letter never matches",
						  app_buffers[l->buffer].name);
	return 0;
}

/* does one of the applications run over this transport? */
static uint8_t ip_of_apps(uint64_t apps)
{
#define X_TRANSPORT(id, name, proto) (proto),
	static const uint8_t transport[] = { CORDON_APP_LIST(X_TRANSPORT) };
	uint8_t ip = 0;

	for (unsigned int i = 0; i < CORDON_APPS; i++)
		if (apps >> i & 1)
			ip |= transport[i] == 6	 ? RULE_IP_TCP :
			      transport[i] == 17 ? RULE_IP_UDP :
						   RULE_IP_TCP | RULE_IP_UDP;
	return ip;
}

static int place_side(struct draft *d)
{
	struct rule *r = d->r;

	r->sides = d->sides;
	if (r->flow & RULE_FLOW_TO_SERVER)
		r->sides &= APP_SIDE_TS;
	if (r->flow & RULE_FLOW_TO_CLIENT)
		r->sides &= APP_SIDE_TC;
	if (!r->sides)
		return draft_fail(d, "the buffer is of what the other side sends: flow says otherwise");
	if (r->sides == APP_SIDE_TS)
		r->flow |= RULE_FLOW_TO_SERVER;
	if (r->sides == APP_SIDE_TC)
		r->flow |= RULE_FLOW_TO_CLIENT;
	return 0;
}

static int place_message(struct draft *d)
{
	struct rule *r = d->r;
	int ret = 0;

	if (r->apps && !(r->apps & d->apps))
		return draft_fail(d, "buffers of another application than the header's");
	r->apps = r->apps ? r->apps & d->apps : d->apps;
	if (r->flow & (RULE_FLOW_NO_STREAM | RULE_FLOW_NOT_ESTABLISHED))
		return draft_fail(d, "the buffer is of an established flow's messages: flow says otherwise");
	if (r->tcp_pkt)
		return draft_fail(d, "an application buffer in a tcp-pkt rule");
	r->ip &= ip_of_apps(r->apps);
	if (!r->ip)
		return draft_fail(d, "the header's protocol never carries this buffer");
	r->on = RULE_ON_MESSAGE;
	/* what is said of the other side as well has no buffers there */
	if (r->n_lists || r->n_numbers)
		d->sides &= (uint8_t)~d->odd_hidden;
	if (!d->sides)
		return draft_fail(d, "an event of one side and a buffer of the other");
	ret = place_side(d);
	for (uint8_t i = 0; !ret && i < r->n_lists; i++)
		if (app_buffers[r->list[i].buffer].flags & APP_BUFFER_LOWER &&
		    (!r->list[i].n_transforms || rule_list_is_dotted(&r->list[i])))
			ret = check_lower(d, &r->list[i]);
	return ret;
}

static uint8_t ip_of_buffer(uint8_t buffer)
{
	switch (buffer) {
	case APP_BUFFER_TCP_HDR:
		return RULE_IP_TCP;
	case APP_BUFFER_UDP_HDR:
		return RULE_IP_UDP;
	case APP_BUFFER_ICMPV4_HDR:
	case APP_BUFFER_ICMPV6_HDR:
		return RULE_IP_ICMP;
	default:
		return RULE_IP_ALL;
	}
}

static bool has_hard_test(const struct rule *r)
{
	for (uint16_t i = 0; i < r->n_tests; i++)
		if (!rule_field_is_soft(r->test[i].field))
			return true;
	return false;
}

/* what has the checksum */
static uint8_t ip_of_checksum(uint8_t which)
{
	switch (which) {
	case RULE_CSUM_IPV4:
		return RULE_IP_ALL;
	case RULE_CSUM_TCPV4:
	case RULE_CSUM_TCPV6:
		return RULE_IP_TCP;
	case RULE_CSUM_UDPV4:
	case RULE_CSUM_UDPV6:
		return RULE_IP_UDP;
	default:
		return RULE_IP_ICMP;
	}
}

static bool narrow_ip(struct rule *r)
{
	for (uint16_t i = 0; i < r->n_tests; i++) {
		switch (r->test[i].field) {
		case RULE_FIELD_SEQ:
		case RULE_FIELD_ACK:
		case RULE_FIELD_WINDOW:
		case RULE_FIELD_FLAGS:
		case RULE_FIELD_TCP_MSS:
		case RULE_FIELD_STREAM_SIZE:
			r->ip &= RULE_IP_TCP;
			break;
		case RULE_FIELD_ITYPE:
		case RULE_FIELD_ICODE:
		case RULE_FIELD_ICMP_ID:
		case RULE_FIELD_ICMP_SEQ:
		case RULE_FIELD_ICMPV6_MTU:
			r->ip &= RULE_IP_ICMP;
			break;
		case RULE_FIELD_CSUM:
			r->ip &= ip_of_checksum(r->test[i].how);
			break;
		}
	}
	for (uint8_t i = 0; i < r->n_lists; i++)
		r->ip &= ip_of_buffer(r->list[i].buffer);
	if (!r->sport->is_any || !r->dport->is_any)
		r->ip &= RULE_IP_TCP | RULE_IP_UDP;
	if (r->apps)
		r->ip &= ip_of_apps(r->apps);
	if (r->tcp_stream || (r->flow & RULE_FLOW_ONLY_STREAM))
		r->ip &= RULE_IP_TCP;
	return r->ip != 0;
}

/* bits of addresses, and the setting of a flow's: with Suricata they do not make a rule one of each packet */
static bool bits_say_only_flow(const struct rule *r)
{
	for (uint8_t i = 0; i < r->n_ask; i++)
		if (r->ask[i].of == RULE_STATE_OF_FLOW)
			return false;
	for (uint8_t i = 0; i < r->n_act; i++)
		if (r->act[i].of == RULE_STATE_OF_FLOW && (r->act[i].what != RULE_STATE_SET || r->act[i].is_number))
			return false;
	return true;
}

/*
 * As Suricata's rules of addresses, their reputation and ports alone, and those of an
 * app-layer-protocol alone: said once of a flow's direction, not of each packet.
 */
static bool says_only_flow(const struct draft *d)
{
	const struct rule *r = d->r;

	uint16_t state = r->flow & (uint16_t)~(RULE_FLOW_TO_SERVER | RULE_FLOW_TO_CLIENT);
	uint16_t apps = 0;

	for (uint16_t i = 0; i < r->n_tests; i++) {
		if (r->test[i].field != RULE_FIELD_APP && r->test[i].field != RULE_FIELD_IP_PROTO &&
		    r->test[i].field != RULE_FIELD_IPREP)
			return false;
		apps += r->test[i].field == RULE_FIELD_APP;
	}
	return !d->excludes && !d->each_packet && bits_say_only_flow(r) && !r->apps && !state && (apps ? apps == r->n_tests : !r->flow);
}

/* stream and decode events: they come when they come, whatever the packet */
static int place_event(struct draft *d)
{
	struct rule *r = d->r;

	if (d->has_apps || r->events || r->payload.n || r->n_lists || has_hard_test(r))
		return draft_fail(d, "an event together with conditions on a packet or message is not supported");
	if (!narrow_ip(r))
		return draft_fail(d, "no packet has all of this: protocol, ports and keywords contradict each other");
	r->on = RULE_ON_EVENT;
	return 0;
}

static int place_payload(struct draft *d)
{
	struct rule *r = d->r;
	bool has_payload = r->payload.n > 0;
	bool wants_stream = r->tcp_stream || (r->flow & RULE_FLOW_ONLY_STREAM);
	bool wants_packet = r->tcp_pkt || (r->flow & RULE_FLOW_NO_STREAM) || has_hard_test(r) || r->n_lists ||
			    !has_payload;

	if (!narrow_ip(r))
		return draft_fail(d, "no packet has all of this: protocol, ports and keywords contradict each other");
	if (wants_stream && wants_packet)
		return draft_fail(d, "packet conditions in a rule for streams only");
	if (wants_packet) {
		r->on = RULE_ON_PACKET;
	} else {
		r->on = r->ip & RULE_IP_TCP ? RULE_ON_STREAM : 0;
		if (!wants_stream && ((r->ip & ~RULE_IP_TCP) || r->packet_too))
			r->on |= RULE_ON_PACKET;
	}
	r->once = !has_payload && !r->n_lists && says_only_flow(d);
	return 0;
}

int rule_place(struct draft *d)
{
	int r;

	if (d->has_sticky)
		return draft_fail(d, "a sticky buffer without a condition");
	r = finish_lists(d) ?: finish_tests(d);
	if (r)
		return r;
	if (d->r->moment)
		return place_event(d);
	r = d->has_apps ? place_message(d) : place_payload(d);
	if (!r && d->r->flow & RULE_FLOW_ONLY_FRAG && d->r->ip & RULE_IP_TCP && d->r->on & (RULE_ON_STREAM | RULE_ON_MESSAGE))
		return draft_fail(d, "only_frag asks for a packet, the rest for a stream's bytes: tcp-pkt");
	return r;
}
