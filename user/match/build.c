/* SPDX-License-Identifier: BSD-2-Clause */
/* Ruleset -> engine: each rule's literal, gate and place, then the libhs sets. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "match/engine.h"
#include "match/profile.h"
#include "match/prefilter.h"

DEFINE_CLEANUP(struct match_engine, match_free)

static int sets_new(struct match_engine *eng)
{
	int r = scan_set_new(&eng->packet) ?: scan_set_new(&eng->stream);

	for (int b = APP_BUFFER_PAYLOAD + 1; !r && b < APP_BUFFERS; b++)
		r = scan_set_new(&eng->message[b]);
	return r;
}

static int sets_build(struct match_engine *eng, struct strbuf *err)
{
	int r = scan_set_build(eng->packet, &eng->room, err) ?: scan_set_build(eng->stream, &eng->room, err);

	for (int b = APP_BUFFER_PAYLOAD + 1; !r && b < APP_BUFFERS; b++)
		r = scan_set_build(eng->message[b], &eng->room, err);
	return r;
}

/* what still grows cannot be judged by its end, its length, what is not in it, or by what may ask for these */
static bool needs_end(const struct rule_list *l)
{
	if (!(app_buffers[l->buffer].flags & APP_BUFFER_GROWS))
		return false;
	for (uint16_t i = 0; i < l->n; i++)
		if (l->m[i].negated || l->m[i].endswith ||
		    (l->m[i].kind != RULE_MATCH_CONTENT && l->m[i].kind != RULE_MATCH_ISDATAAT))
			return true;
	return l->n_transforms;
}

/* Suricata takes these for its search only when there is nothing else */
static bool is_poor(uint8_t buffer)
{
	return buffer == APP_BUFFER_HTTP_METHOD || buffer == APP_BUFFER_HTTP_STAT_CODE || buffer == APP_BUFFER_HTTP_STAT_MSG;
}

static bool is_of_line(uint8_t buffer)
{
	return is_poor(buffer) || buffer == APP_BUFFER_HTTP_URI || buffer == APP_BUFFER_HTTP_URI_RAW ||
	       buffer == APP_BUFFER_HTTP_PROTOCOL || buffer == APP_BUFFER_HTTP_REQUEST_LINE ||
	       buffer == APP_BUFFER_HTTP_RESPONSE_LINE;
}

/* does @l come before @best for it? Else the longest content does. */
static bool is_better(const struct rule_list *l, uint16_t len, const struct rule_list *best, uint16_t best_len)
{
	if (!best || is_poor(l->buffer) != is_poor(best->buffer))
		return !best || is_poor(best->buffer);
	return len > best_len;
}

/* the list by whose contents Suricata finds a rule whose contents must all be absent; NULL: another rule */
static const struct rule_list *absent_list(const struct rule *r)
{
	const struct rule_list *best = NULL;
	uint16_t len = 0;

	for (uint8_t i = 0; i < r->n_lists; i++)
		for (uint16_t k = 0; k < r->list[i].n; k++) {
			const struct rule_match *m = &r->list[i].m[k];

			if (m->kind != RULE_MATCH_CONTENT)
				continue;
			if (!m->negated)
				return NULL;
			if (!is_better(&r->list[i], m->len, best, len))
				continue;
			best = &r->list[i];
			len = m->len;
		}
	return best;
}

/* What it finds while the body comes (in raw headers, the body) it notes, and says once. */
static uint8_t repeats(const struct rule *r)
{
	const struct rule_list *best = r->on & RULE_ON_MESSAGE && !r->payload.n ? absent_list(r) : NULL;
	bool asks_head = false;

	if (!best || best->buffer == APP_BUFFER_HTTP_HEADER_RAW)
		return REPEATS_NOT;
	for (uint8_t i = 0; i < r->n_lists; i++) {
		if (app_buffers[r->list[i].buffer].flags & APP_BUFFER_GROWS)
			return REPEATS_NOT;
		asks_head |= !is_of_line(r->list[i].buffer);
	}
	return (is_of_line(best->buffer) ? REPEATS_LINE : 0) | (asks_head ? REPEATS_HEAD : 0);
}

static void entry_init(struct entry *e, const struct rule *r)
{
	e->rule = r;
	e->span = CORDON_WINDOW;
	literal_choose(e);
	head_choose(e);
	gate_of(e);
	bounds_of(e);
	for (uint8_t i = 0; i < r->n_lists; i++)
		e->needs_end |= needs_end(&r->list[i]);
	e->repeats = repeats(r);
	for (uint16_t i = 0; i < r->payload.n; i++)
		e->asks_absent |= r->payload.m[i].negated || r->payload.m[i].endswith;
}

static int bare_message(struct match_engine *eng, uint32_t i)
{
	const struct rule *rule = eng->entries[i].rule;
	int r = 0;

	for (unsigned int app = 0; app < CORDON_APPS; app++)
		for (unsigned int side = 0; !r && side < 2; side++)
			if (rule->apps >> app & 1 && rule->sides >> side & 1)
				r = vec_push(&eng->bare_message[app][side], i);
	return r;
}

static int entry_bare(struct match_engine *eng, uint32_t i)
{
	uint8_t on = eng->entries[i].rule->on;
	int r = 0;

	if (on & RULE_ON_PACKET)
		r = vec_push(&eng->bare_packet, i);
	eng->asks_flow |= gate_asks_known(eng->entries[i].rule) || gate_is_of_flow(eng->entries[i].rule);
	eng->asks_state |= gate_is_of_state(eng->entries[i].rule);
	if (!r && (on & RULE_ON_STREAM))
		r = vec_push(&eng->bare_stream, i);
	if (!r && (on & RULE_ON_MESSAGE))
		r = bare_message(eng, i);
	if (!r && (on & RULE_ON_EVENT))
		r = vec_push(&eng->on_event, i);
	return r;
}

static int entry_literal(struct match_engine *eng, uint32_t i)
{
	struct entry *e = &eng->entries[i];
	bool nocase = e->lit->nocase;
	int r = 0;

	literal_commit(e);
	if (app_buffers[e->lit_buffer].wire == APP_WIRE_BODY)
		r = vec_push(&eng->body, i);
	if (r || e->rule->on & RULE_ON_MESSAGE)
		return r ? r : scan_set_add(eng->message[e->lit_buffer], e->lit_bytes, e->lit_len, nocase, i);
	if (e->rule->on & RULE_ON_PACKET)
		r = scan_set_add(eng->packet, e->lit_bytes, e->lit_len, nocase, i);
	if (!r && (e->rule->on & RULE_ON_STREAM))
		r = scan_set_add(eng->stream, e->lit_bytes, e->lit_len, nocase, i);
	return r;
}

static int entries_new(struct match_engine *eng, const struct ruleset *rs)
{
	eng->n = ruleset_count(rs);
	eng->entries = calloc(eng->n + 1, sizeof(*eng->entries));
	if (!eng->entries)
		return -ENOMEM;
	for (uint32_t i = 0; i < eng->n; i++)
		entry_init(&eng->entries[i], ruleset_get(rs, i));
	for (uint32_t i = 0; i < eng->n; i++)
		eng->has_repeats |= eng->entries[i].repeats != REPEATS_NOT;
	return 0;
}

/* after the image: it may have taken another window, or none at all */
static int entries_place(struct match_engine *eng)
{
	int r = 0;

	for (uint32_t i = 0; !r && i < eng->n; i++)
		r = eng->entries[i].lit ? entry_literal(eng, i) : entry_bare(eng, i);
	return r;
}

int match_build(const struct ruleset *rs, struct match_engine **ret, struct strbuf *err)
{
	_cleanup_(match_free) struct match_engine *eng = calloc(1, sizeof(*eng));
	int r;

	if (!eng)
		return -ENOMEM;
	eng->profile_every = CORDON_PROFILE_EVERY;
	eng->regex = regex_run_new();
	r = eng->regex ? 0 : -ENOMEM;
	r = r ?: sets_new(eng) ?: rates_new(&eng->rates) ?: fired_new(&eng->fired) ?: marks_new(&eng->marks) ?: members_new(&eng->members);
	r = r ?: entries_new(eng, rs);
	r = r ?: ports_group(eng) ?: prefilter_build(eng) ?: entries_place(eng) ?: prefilter_costs(eng);
	r = r ?: sets_build(eng, err);
	if (r) {
		if (!err->len)
			strbuf_addf(err, "rules: %s", strerror(-r));
		return r;
	}
	*ret = TAKE_PTR(eng);
	return 0;
}

void match_free(struct match_engine *eng)
{
	if (!eng)
		return;
	profile_free(eng);
	scan_set_free(eng->packet);
	scan_set_free(eng->stream);
	for (int b = 0; b < APP_BUFFERS; b++)
		scan_set_free(eng->message[b]);
	scan_room_free(eng->room);
	regex_run_free(eng->regex);
	rates_free(eng->rates);
	fired_free(eng->fired);
	marks_free(eng->marks);
	members_free(eng->members);
	vec_done(&eng->bare_packet);
	vec_done(&eng->bare_stream);
	for (unsigned int app = 0; app < CORDON_APPS; app++)
		for (unsigned int side = 0; side < 2; side++)
			vec_done(&eng->bare_message[app][side]);
	vec_done(&eng->on_event);
	vec_done(&eng->body);
	vec_done(&eng->costs);
	vec_done(&eng->pairs);
	transform_room_done(&eng->transformed);
	vec_done(&eng->decoded);
	vec_done(&eng->found);
	vec_done(&eng->hits);
	vec_done(&eng->again);
	free(eng->image);
	free(eng->entries);
	free(eng);
}

int match_forget(struct match_engine *eng)
{
	struct rates *rates = NULL;
	struct fired *fired = NULL;
	struct marks *marks = NULL;
	struct members *members = NULL;
	int r = rates_new(&rates) ?: fired_new(&fired) ?: marks_new(&marks) ?: members_new(&members);

	if (r) {
		rates_free(rates);
		fired_free(fired);
		marks_free(marks);
		return r;
	}
	rates_free(eng->rates);
	fired_free(eng->fired);
	marks_free(eng->marks);
	members_free(eng->members);
	eng->rates = rates;
	eng->fired = fired;
	eng->marks = marks;
	eng->members = members;
	return 0;
}

size_t match_costs(const struct match_engine *eng, const struct match_cost **ret)
{
	*ret = eng->costs.data;
	return eng->costs.len;
}

void match_stats(const struct match_engine *eng, struct match_stats *ret)
{
	*ret = eng->stats;
	ret->rates_dropped = rates_dropped(eng->rates);
	ret->fired_dropped = fired_dropped(eng->fired);
	ret->marks_dropped = marks_dropped(eng->marks);
	ret->members_dropped = members_dropped(eng->members);
}
