/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Application rules: one message with its buffers. A message whose body is
 * still coming is reported again under the same id: a rule fires once for it.
 */
#include "match/engine.h"

static bool is_ready(const struct entry *e, const struct app_msg *msg)
{
	return msg->complete || !e->needs_end;
}

/* all buffers but the body when @with_body is false */
static bool buffers_fit(struct match_engine *eng, const struct rule *r, const struct app_msg *msg, bool with_body)
{
	uint32_t end;

	for (uint8_t b = APP_BUFFER_PAYLOAD + 1; b < APP_BUFFERS; b++) {
		if (!r->list[b].n || (b == APP_BUFFER_HTTP_REQUEST_BODY && !with_body))
			continue;
		if (!msg->buf[b].p || !content_list(eng, &r->list[b], msg->buf[b].p, msg->buf[b].len, &end))
			return false;
	}
	return true;
}

static void find(struct match_engine *eng, const struct app_msg *msg)
{
	found_begin(eng);
	for (uint8_t b = APP_BUFFER_PAYLOAD + 1; b < APP_BUFFERS; b++) {
		if (!msg->buf[b].p || !scan_set_longest(eng->message[b]))
			continue;
		if (!scan_set_run(eng->message[b], eng->room, msg->buf[b].p, msg->buf[b].len, found_add, eng))
			continue;
		eng->stats.scan_errors++;
		for (size_t i = 0; i < eng->n; i++)
			if (eng->entries[i].rule->on & RULE_ON_MESSAGE && eng->entries[i].lit_buffer == b)
				found_add((uint32_t)i, 0, eng);
	}
	for (size_t i = 0; i < eng->bare_message.len; i++)
		found_add(eng->bare_message.data[i], 0, eng);
}

static bool concerns(const struct rule *r, const struct app_msg *msg)
{
	return r->app == msg->app && msg->dir == CORDON_TO_SERVER && !msg->is_response;
}

void match_message(struct match_engine *eng, const struct view *v, const struct app_msg *msg, match_hit_fn hit,
		   void *ctx)
{
	find(eng, msg);
	for (size_t i = 0; i < eng->found.len; i++) {
		const struct entry *e = &eng->entries[eng->found.data[i]];
		const struct rule *r = e->rule;

		if (!concerns(r, msg) || !is_ready(e, msg) || confirm_header(r, v->facts) != FITS ||
		    fired_has(eng->fired, v->facts, r, msg->id + 1) || !buffers_fit(eng, r, msg, true))
			continue;
		if (!msg->complete)
			fired_before(eng->fired, v->facts, r, msg->id + 1);
		hit_add(eng, r);
	}
	hit_emit(eng, v, hit, ctx);
}

/* everything but the body fits: the body decides */
static bool waits_for_body(struct match_engine *eng, const struct rule *r, const struct view *v,
			   const struct app_msg *msg)
{
	return concerns(r, msg) && r->list[APP_BUFFER_HTTP_REQUEST_BODY].n && confirm_header(r, v->facts) != NEVER &&
	       !fired_has(eng->fired, v->facts, r, msg->id + 1) && buffers_fit(eng, r, msg, false);
}

bool match_message_pending(struct match_engine *eng, const struct view *v, const struct app_msg *msg)
{
	if (msg->complete)
		return false;
	find(eng, msg);
	for (size_t i = 0; i < eng->found.len; i++)
		if (waits_for_body(eng, eng->entries[eng->found.data[i]].rule, v, msg))
			return true;
	/* a literal in a chunked body is not seen by the kernel: whoever waits for one waits here */
	for (size_t i = 0; msg->is_chunked && i < eng->body.len; i++)
		if (waits_for_body(eng, eng->entries[eng->body.data[i]].rule, v, msg))
			return true;
	return false;
}
