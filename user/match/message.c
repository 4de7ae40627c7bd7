/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Application rules: one message with its buffers. A message that still grows
 * (a body in pieces) is reported again under the same id: a rule fires once
 * for it. All of a rule's buffers are of the same message; of a buffer that
 * comes several times each instance is looked at by itself.
 */
#include "match/engine.h"
#include "match/profile.h"
#include "rule/events.h"

/* how often it is said is known when the message is over */
static bool is_counted(const struct match_engine *eng, const struct entry *e, const struct app_msg *msg)
{
	return e->repeats && eng->chunks && msg->at_end;
}

static bool is_ready(const struct match_engine *eng, const struct entry *e, const struct app_msg *msg)
{
	return msg->complete || !(e->needs_end || is_counted(eng, e, msg));
}

/* how many of Suricata's looks were before @at */
static uint32_t looks_before(const struct match_chunks *c, uint64_t at)
{
	uint32_t low = 0, high = c->n[2];

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (c->end[2][mid] < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* beyond the last look, which finds the message complete */
static void note_again(struct match_engine *eng, const struct entry *e, const struct app_msg *msg)
{
	uint64_t from = e->repeats & REPEATS_LINE ? msg->at_line + 1 : msg->at_head;
	const struct match_chunks *c = eng->chunks;
	uint32_t first, n;

	if (!is_counted(eng, e, msg))
		return;
	first = looks_before(c, from);
	n = looks_before(c, msg->at_end);
	/* what the first look finds half of is noted, and said once */
	if (n > first && !(e->repeats & REPEATS_HEAD && c->end[2][first] < msg->at_head))
		vec_push(&eng->again, ((struct match_again){ e->rule, n - first }));
}

static bool grows(const struct rule_list *l)
{
	return app_buffers[l->buffer].flags & APP_BUFFER_GROWS;
}

static bool is_of_packet(const struct rule_list *l)
{
	return app_buffers[l->buffer].flags & APP_BUFFER_PACKET;
}

/* does one of the instances of the buffer fit? */
static bool list_fits(struct match_engine *eng, const struct rule_list *l, const struct app_msg *msg)
{
	const struct app_buf *b = &msg->buf[l->buffer];
	uint32_t end;

	if (!app_has(msg, l->buffer))
		return false;
	if (content_list(eng, l, b->p, b->len, &end))
		return true;
	for (uint16_t i = 0; i < msg->n_more; i++)
		if (msg->more[i].buffer == l->buffer &&
		    content_list(eng, l, msg->more[i].buf.p, msg->more[i].buf.len, &end))
			return true;
	return false;
}

/* all lists; without those on what still grows when @with_body is false */
static bool buffers_fit(struct match_engine *eng, const struct rule *r, const struct view *v, const struct app_msg *msg,
			bool with_body)
{
	if (!confirm_numbers(r, v, msg, with_body))
		return false;
	content_begin(eng, r);
	for (uint8_t i = 0; i < r->n_lists; i++)
		if (!is_of_packet(&r->list[i]) && (with_body || !grows(&r->list[i])) && !list_fits(eng, &r->list[i], msg))
			return false;
	return true;
}

void match_around(struct match_engine *eng, const uint8_t *p, uint32_t len)
{
	if (!eng)
		return;
	eng->around = p;
	eng->around_len = len;
}

/* what the rule says of the packet and the bytes that completed the message */
static bool payload_fits(struct match_engine *eng, const struct rule *r, const struct view *v)
{
	const uint8_t *p = eng->around ? eng->around : v->payload;
	uint32_t len = eng->around ? eng->around_len : v->payload_len, end;

	if (!packet_parts_fit(eng, r, v))
		return false;
	return !r->payload.n || (p && len && content_list(eng, &r->payload, p, len, &end));
}

static void scan(struct match_engine *eng, uint8_t buffer, const struct app_buf *b)
{
	if (!scan_set_longest(eng->message[buffer]))
		return;
	if (!scan_set_run(eng->message[buffer], eng->room, b->p, b->len, found_add, eng))
		return;
	eng->stats.scan_errors++;
	for (size_t i = 0; i < eng->n; i++)
		if (eng->entries[i].rule->on & RULE_ON_MESSAGE && eng->entries[i].lit_buffer == buffer)
			found_add((uint32_t)i, 0, eng);
}

static void find(struct match_engine *eng, const struct app_msg *msg)
{
	found_begin(eng);
	for (unsigned int w = 0; w < APP_BUFFER_WORDS; w++)
		for (uint64_t left = msg->has[w]; left; left &= left - 1) {
			unsigned int b = w * 64 + (unsigned int)__builtin_ctzll(left);

			scan(eng, (uint8_t)b, &msg->buf[b]);
		}
	for (uint16_t i = 0; i < msg->n_more; i++)
		scan(eng, msg->more[i].buffer, &msg->more[i].buf);
	for (size_t i = 0; i < eng->bare_message[msg->app][msg->is_response].len; i++)
		found_add(eng->bare_message[msg->app][msg->is_response].data[i], 0, eng);
}

static bool concerns(const struct rule *r, const struct app_msg *msg)
{
	return r->apps >> msg->app & 1 && r->sides >> msg->is_response & 1;
}

static bool message_fits(struct match_engine *eng, struct entry *e, const struct view *v, const struct app_msg *msg)
{
	const struct rule *r = e->rule;

	return concerns(r, msg) && (r->events & msg->events) == r->events && is_ready(eng, e, msg) && confirm_stream(r, v->facts) == FITS &&
	       profile_applies(e) && !fired_has(eng->fired, v->facts, r, msg->id + 1) && hit_asked(eng, r, v) &&
	       buffers_fit(eng, r, v, msg, true) && payload_fits(eng, r, v);
}

bool match_message(struct match_engine *eng, const struct view *v, const struct app_msg *msg, match_hit_fn hit,
		   void *ctx)
{
	eng->again.len = 0;
	if (hit_is_decided(eng, v))
		return false;
	find(eng, msg);
	found_sort(eng);
	for (size_t i = 0; i < eng->found.len; i++) {
		struct entry *e = &eng->entries[eng->found.data[i]];
		const struct rule *r = e->rule;
		uint64_t began = profile_begin(eng);

		if (!profile_end(e, began, message_fits(eng, e, v, msg)))
			continue;
		if (!msg->complete || msg->again)
			fired_before(eng->fired, v->facts, r, msg->id + 1);
		hit_add(eng, r, v);
		note_again(eng, e, msg);
	}
	hit_emit(eng, v, true, hit, ctx);
	return eng->again.len;
}

bool match_message_again(struct match_engine *eng, const struct view *v, match_hit_fn hit, void *ctx)
{
	size_t n = 0;

	if (hit_is_decided(eng, v))
		return false;
	for (size_t i = 0; i < eng->again.len; i++) {
		struct match_again *a = &eng->again.data[i];

		vec_push(&eng->hits, a->rule);
		if (--a->left)
			eng->again.data[n++] = *a;
	}
	eng->again.len = n;
	hit_emit(eng, v, true, hit, ctx);
	return n;
}

bool match_repeats(const struct match_engine *eng)
{
	return eng->has_repeats;
}

/* everything but what grows, or the state of the flow, fits: that decides when the message is told again */
static bool waits_for_more(struct match_engine *eng, const struct entry *e, const struct view *v, const struct app_msg *msg)
{
	const struct rule *r = e->rule;
	enum verdict header = confirm_header(r, v->facts);
	uint64_t late = r->events ? rule_events_late(1ULL << msg->app) : 0;
	bool grows_on = header == NOT_YET || r->events & late || is_counted(eng, e, msg);

	if ((r->events & (msg->events | late)) != r->events)
		return false;

	for (uint8_t i = 0; i < r->n_lists; i++)
		grows_on |= grows(&r->list[i]);
	for (uint16_t i = 0; i < r->n_numbers; i++)
		grows_on |= r->number[i].field == APP_NUMBER_FILE_SIZE;
	return grows_on && concerns(r, msg) && header != NEVER &&
	       !fired_has(eng->fired, v->facts, r, msg->id + 1) && buffers_fit(eng, r, v, msg, false);
}

bool match_message_pending(struct match_engine *eng, const struct view *v, const struct app_msg *msg)
{
	if (msg->complete || hit_is_decided(eng, v))
		return false;
	find(eng, msg);
	for (size_t i = 0; i < eng->found.len; i++)
		if (waits_for_more(eng, &eng->entries[eng->found.data[i]], v, msg))
			return true;
	/* a literal in a chunked body is not seen by the kernel: whoever waits for one waits here */
	for (size_t i = 0; msg->is_chunked && i < eng->body.len; i++)
		if (waits_for_more(eng, &eng->entries[eng->body.data[i]], v, msg))
			return true;
	return false;
}
