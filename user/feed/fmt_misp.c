// SPDX-License-Identifier: BSD-2-Clause
/*
 * misp: events of MISP, alone, in a "response", or one after the other as a feed
 * gives them. An attribute counts when it is meant for detection (to_ids), is not
 * deleted, and is of a type that is seen on the wire; every other one is refused
 * by name. A manifest only names events: its directory or address is the feed.
 */
#include "feed/jsonscan.h"

#include <string.h>

#include "feed/formats.h"

enum { PART_NONE, PART_VALUE, PART_FIRST, PART_BOTH };
static const struct {
	const char *type;
	uint8_t part;  /* of "a|b" */
	bool is_exact; /* a host's name, not a domain with all below it */
} types[] = {
	{"ip-dst", PART_VALUE, false},       {"ip-src", PART_VALUE, false},
	{"domain", PART_VALUE, false},       {"hostname", PART_VALUE, true},
	{"url", PART_VALUE, false},          {"link", PART_NONE, false},
	{"ip-dst|port", PART_FIRST, false},  {"ip-src|port", PART_FIRST, false},
	{"hostname|port", PART_FIRST, true}, {"domain|ip", PART_BOTH, false},
};

struct misp {
	char type[JSON_TEXT], value[JSON_TEXT], text[JSON_TEXT];
};

static int add(struct feed_parser *p, struct feed_text value, uint8_t part, bool is_exact)
{
	const char *bar = part == PART_VALUE ? NULL : memchr(value.s, '|', value.len);
	uint8_t flags = is_exact ? 0 : CORDON_THREAT_SUBDOMAINS;
	struct feed_text first = {value.s, bar ? (size_t)(bar - value.s) : value.len};
	int r = value_add(p, feed_trim(first), flags);

	if (r || part != PART_BOTH || !bar)
		return r;
	return value_add(p, feed_trim((struct feed_text){bar + 1, value.len - first.len - 1}),
			 flags);
}

/* FEED_OK and the row, or why the attribute is no indicator */
static unsigned int judge(const struct json_object *o, struct feed_text type, size_t *ret)
{
	if (o->is_full)
		return FEED_JSON_MEMBERS;
	if (json_is_true(o, "deleted"))
		return FEED_DELETED;
	if (!json_is_true(o, "to_ids"))
		return FEED_NOT_TO_IDS;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].part != PART_NONE && feed_text_is(type, types[i].type)) {
			*ret = i;
			return FEED_OK;
		}
	return FEED_TYPE;
}

static int on_attribute(struct feed_parser *p, const struct json_object *o, struct misp *m)
{
	struct feed_text type = json_str_of(o, "type", m->type),
			 value = json_str_of(o, "value", m->value), first, category;
	size_t row = 0;
	unsigned int why = judge(o, type, &row);
	int r;

	if (why == FEED_OK && !value.len)
		why = FEED_JSON_LONG;
	if (why) {
		feed_refuse(p, value.len ? value : type, why);
		return 0;
	}
	feed_proto(p);
	first = json_str_of(o, "first_seen", m->text);
	if (!first.len)
		first = json_str_of(o, "timestamp", m->text);
	p->proto.first_seen_s = (uint32_t)(feed_time_ns(first) / 1000000000ULL);
	category = json_str_of(o, "category", m->text);
	r = feed_proto_category(p, category);
	return r < 0 ? r : add(p, value, types[row].part, types[row].is_exact);
}

static int on_object(struct feed_parser *p, const struct json_object *o, void *ctx)
{
	if (feed_text_is(o->key, "Attribute"))
		return on_attribute(p, o, ctx);
	/* an event has its attributes inside; in a manifest it has only its head */
	if (json_get(o, "threat_level_id") && o->key.len == 36 && !feed_text_is(o->key, "Event"))
		feed_refuse(p, o->key, FEED_MANIFEST);
	return 0;
}

size_t fmt_misp_detect(const struct feed_sample *s)
{
	return s->json & JSON_MISP ? s->n_data + 1 : 0;
}

int fmt_misp_parse(struct feed_parser *p, const char *data, size_t len)
{
	struct misp *m = malloc(sizeof(*m));
	struct json_handler h = {on_object, NULL, m};
	int r = m ? json_scan(p, data, len, &h) : -ENOMEM;

	free(m);
	return r;
}
