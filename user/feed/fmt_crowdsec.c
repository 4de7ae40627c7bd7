// SPDX-License-Identifier: BSD-2-Clause
/*
 * crowdsec: decisions as CrowdSec's tools and API write them: an array, alerts
 * with "decisions", or a stream with "new" and "deleted". Scope ip, range and
 * domain; a decision ends after its duration. What is deleted is an entry no
 * more and is counted as such.
 */
#include "feed/jsonscan.h"

#include <string.h>

#include "feed/formats.h"

/* members an indicator is made of, in the order of their escapes' room */
static const char *const members[] = {"value", "scope",    "type",  "duration",
				      "until", "scenario", "reason", "simulated"};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

static int on_decision(struct feed_parser *p, const struct json_object *o, char (*buf)[JSON_TEXT])
{
	struct feed_field f[MEMBERS];

	for (size_t i = 0; i < MEMBERS; i++) {
		feed_role((struct feed_text){members[i], strlen(members[i])}, &f[i]);
		f[i].value = json_str_of(o, members[i], buf[i]);
	}
	if (!feed_text_is(o->key, "deleted"))
		return feed_record(p, f, MEMBERS, f[0].value);
	feed_refuse(p, f[0].value, FEED_DELETED);
	return 0;
}

static int on_object(struct feed_parser *p, const struct json_object *o, void *ctx)
{
	bool is_alert = json_get(o, "events_count") || json_get(o, "leakspeed");

	if (json_get(o, "scope") && json_get(o, "value") && !feed_text_is(o->key, "source"))
		return on_decision(p, o, ctx);
	/* an alert that led to nothing says so with null, or with an empty list */
	if (is_alert && (!json_get(o, "decisions") || json_get(o, "decisions")->kind == JSON_NULL))
		feed_refuse(p, json_get(o, "scenario") ? json_get(o, "scenario")->value : o->key,
			    FEED_NO_DECISION);
	return 0;
}

size_t fmt_crowdsec_detect(const struct feed_sample *s)
{
	return s->json & JSON_CROWDSEC ? s->n_data + 1 : 0;
}

int fmt_crowdsec_parse(struct feed_parser *p, const char *data, size_t len)
{
	char(*buf)[JSON_TEXT] = malloc(sizeof(*buf) * MEMBERS);
	struct json_handler h = {on_object, NULL, buf};
	int r = buf ? json_scan(p, data, len, &h) : -ENOMEM;

	free(buf);
	return r;
}
