// SPDX-License-Identifier: BSD-2-Clause
/*
 * bundle: Cordon's own, what `cordon feed export` writes: a JSON object a line.
 * The first says the bundle's version and how many entries follow, each of the
 * others is an entry (feeds/README.md has the members). Its signature is a file
 * beside it and is the affair of whoever takes the feed in (parts.h).
 */
#include "feed/jsonscan.h"

#include <string.h>

#include "base/lists.h"
#include "feed/formats.h"

struct bundle {
	char value[JSON_TEXT], text[JSON_TEXT];
	uint64_t entries, seen; /* as the head says, as there are */
	bool has_head;
};

static int on_head(struct feed_parser *p, const struct json_object *o, struct bundle *b)
{
	struct feed_text version = json_str_of(o, "version", b->text), shown = json_str_of(o, "cordon_bundle", b->value);
	uint64_t format;

	if (b->has_head || !feed_number(shown, 1, &format) || format != 1 ||
	    !feed_number(version, INT64_MAX, &p->report->version) || !p->report->version ||
	    !feed_number(json_str_of(o, "entries", b->text), CORDON_FEED_ENTRIES, &b->entries))
		return feed_fail(p, shown, FEED_BUNDLE_HEAD);
	b->has_head = true;
	return 0;
}

static void take_mark(struct feed_parser *p, struct feed_text mark)
{
	for (uint8_t m = 1; m < FEED_MARKS && mark.len; m++)
		if (m != FEED_MARK_GUARD && feed_text_is(mark, indicator_mark(&(struct indicator){.mark = m})))
			p->proto.mark = m;
}

static unsigned int action_of(struct feed_text t)
{
	for (unsigned int i = 0; i < CORDON_ACTIONS; i++)
		if (feed_text_is(t, action_name(i)))
			return i;
	return CORDON_ACTION_ALERT; /* one that a later version knows is not taken for more than that */
}

static int on_entry(struct feed_parser *p, const struct json_object *o, struct bundle *b)
{
	struct feed_text value = json_str_of(o, "value", b->value), action;
	uint64_t confidence;
	int r;

	b->seen++;
	feed_proto(p);
	p->proto.expires_ns = feed_time_ns(json_str_of(o, "expires", b->text));
	p->proto.first_seen_s = (uint32_t)(feed_time_ns(json_str_of(o, "first_seen", b->text)) / 1000000000ULL);
	if (!value.len || (p->opts->now_ns && p->proto.expires_ns && p->proto.expires_ns <= p->opts->now_ns)) {
		feed_refuse(p, value, value.len ? FEED_EXPIRED : FEED_NO_INDICATOR);
		return 0;
	}
	action = json_str_of(o, "action", b->text);
	if (action.len)
		feed_proto_action(p, action_of(action));
	if (feed_number(json_str_of(o, "confidence", b->text), 100, &confidence))
		feed_proto_confidence(p, (unsigned int)confidence);
	take_mark(p, json_str_of(o, "mark", b->text));
	r = feed_proto_category(p, json_str_of(o, "category", b->text));
	return r < 0 ? r : value_add(p, value, json_is_true(o, "subdomains") ? CORDON_THREAT_SUBDOMAINS : 0);
}

static int on_object(struct feed_parser *p, const struct json_object *o, void *ctx)
{
	struct bundle *b = ctx;

	if (o->parent)
		return 0; /* a member that a later version knows */
	if (json_get(o, "cordon_bundle"))
		return on_head(p, o, b);
	return b->has_head ? on_entry(p, o, b) : feed_fail(p, o->n ? o->m[0].value : o->key, FEED_BUNDLE_HEAD);
}

size_t fmt_bundle_detect(const struct feed_sample *s)
{
	return s->json & JSON_BUNDLE ? s->n_data + 2 : 0;
}

int fmt_bundle_parse(struct feed_parser *p, const char *data, size_t len)
{
	struct bundle *b = calloc(1, sizeof(*b));
	struct json_handler h = {on_object, NULL, b};
	int r = b ? json_scan(p, data, len, &h) : -ENOMEM;

	if (!r && (!b->has_head || b->seen != b->entries))
		r = feed_fail(p, (struct feed_text){"", 0}, b->has_head ? FEED_BUNDLE_COUNT : FEED_BUNDLE_HEAD);
	free(b);
	return r;
}
