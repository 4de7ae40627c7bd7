// SPDX-License-Identifier: BSD-2-Clause
/*
 * app-layer-event, stream-event, decode-event: rules that wait for what is odd.
 * An application's event is a condition on its messages; the others are moments
 * of their own (match_event()), so nothing else of a packet can be asked.
 */
#include <string.h>

#include "base/cleanup.h"
#include "cordon_lists.h"
#include "rule/events.h"
#include "rule/keywords.h"

const struct rule_event_row rule_events[RULE_EVENTS] = {
#define X_ROW(id, kind, app, side, name) [RULE_EVENT_##id] = { name, RULE_EVENT_KIND_##kind, CORDON_APP_##app, APP_SIDE_##side, 0 },
	RULE_EVENT_MOMENT_LIST(X_ROW)
#undef X_ROW
#define X_ROW(id, kind, app, side, name) \
	[RULE_EVENT_##id] = { name, RULE_EVENT_KIND_##kind, CORDON_APP_##app, APP_SIDE_##side, RULE_EVENT_AT_##id },
	RULE_EVENT_APP_LIST(X_ROW)
#undef X_ROW
};

unsigned int rule_event_of(unsigned char app, unsigned int at)
{
	for (unsigned int i = 0; i < RULE_EVENTS; i++)
		if (rule_events[i].kind == RULE_EVENT_KIND_APP && rule_events[i].app == app && rule_events[i].at == at)
			return i;
	return RULE_EVENTS;
}

uint64_t rule_events_late(uint64_t apps)
{
	if (apps & (1ULL << CORDON_APP_SSH | 1ULL << CORDON_APP_TLS))
		return ~0ULL;
	return apps & 1ULL << CORDON_APP_HTTP ? RULE_EVENT_BIT(HTTP_BOMB) | RULE_EVENT_BIT(HTTP_INFLATE) | RULE_EVENT_BIT(HTTP_REQUEST_CHUNK) |
							RULE_EVENT_BIT(HTTP_RESPONSE_CHUNK) :
						0;
}

/* two of them have two names */
static const char *text_of_alias(const char *s)
{
	static const char *const names[][2] = { { "3whs_synack_resend_with_diff_ack", "3whs_synack_resend_with_different_ack" },
						{ "est_synack_resend_with_diff_ack", "est_synack_resend_with_different_ack" } };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcasecmp(names[i][0], s))
			return names[i][1];
	return s;
}

/* "http.name" of the rows of that application; "name" of the others */
static bool is_called(const struct rule_event_row *e, const char *s)
{
#define X_NAME(id, name, ...) name,
	static const char *const apps[] = { CORDON_APP_LIST(X_NAME) };
#undef X_NAME
	size_t n = strlen(apps[e->app]);

	if (e->kind != RULE_EVENT_KIND_APP)
		return !strcasecmp(text_of_alias(s), e->name);
	return !strncasecmp(s, apps[e->app], n) && s[n] == '.' && !strcasecmp(s + n + 1, e->name);
}

static bool is_of(const struct rule_event_row *e, const char *keyword)
{
#define X_KEYWORD(id, keyword, ...) keyword,
	static const char *const names[] = { RULE_EVENT_KIND_LIST(X_KEYWORD) };
#undef X_KEYWORD

	return !strcmp(names[e->kind], keyword);
}

/* one moment is no other */
static int wait_for(struct draft *d, unsigned int event)
{
	if (d->r->moment)
		return draft_fail(d, "two events of a packet or stream in one rule are not supported");
	d->r->moment = (uint8_t)(event + 1);
	return 0;
}

/* of Suricata's events those that cannot be here */
static const char *const never[][2] = {
	{ "3whs_ack_in_wrong_dir", "only Suricata as a gateway says it" },
	{ "3whs_ack_data_inject", "only Suricata as a gateway says it" },
	{ "3whs_synack_resend_with_diff_seq", "Suricata 7 never says it" },
	{ "est_ack_zwp_data", "Suricata 7 never says it" },
	{ "wrong_thread", "one thread sees all of a flow" },
	{ "reassembly_segment_before_base_seq", "Suricata 7 never says it: such a segment is pkt_spurious_retransmission" },
	{ "reassembly_no_segment", "it is said of memory that ran out" },
	{ "reassembly_insert_memcap", "it is said of memory that ran out" },
	{ "reassembly_insert_limit", "it is said of memory that ran out" },
	{ "reassembly_insert_invalid", "it is said of memory that ran out" },
	{ "reassembly_urgent_oob_limit_reached", "urgent bytes have no such limit here" },
};

static int refuse(struct draft *d, const char *v)
{
	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		if (!strcasecmp(never[i][0], v))
			return draft_fail(d, "'%s': %s", never[i][0], never[i][1]);
	return draft_fail(d, "'%.64s' is not among the events that are seen here", v);
}

int kw_event(struct draft *d, char *v)
{
	for (unsigned int i = 0; i < RULE_EVENTS; i++) {
		const struct rule_event_row *e = &rule_events[i];

		if (!is_of(e, d->keyword) || !is_called(e, v))
			continue;
		if (e->kind != RULE_EVENT_KIND_APP)
			return wait_for(d, i);
		d->r->events |= 1ULL << e->at;
		d->odd_hidden |= APP_SIDE_BOTH & ~e->side;
		return app_use(d, 1ULL << e->app, RULE_EVENT_TWO_SIDED >> e->app & 1 ? APP_SIDE_BOTH : e->side);
	}
	return refuse(d, v);
}
