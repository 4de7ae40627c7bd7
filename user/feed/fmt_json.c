// SPDX-License-Identifier: BSD-2-Clause
/*
 * json: records with a member whose name is known to hold a value (abuse.ch's
 * Feodo, URLhaus, ThreatFox and SSLBL exports, Spamhaus DROP, most others), as an
 * array, as members of an object, or one a line; or plain lists of values. What
 * surrounds the records (counts, terms, metadata) is no entry.
 */
#include "feed/jsonscan.h"

#include <string.h>

#include "feed/formats.h"

#define TEXTS 16 /* members of a record that may need their escapes undone */

/* members whose arrays are lists of values */
static const char *const list_keys[] = {
	"list", "data",      "ip",        "ips",      "domains", "urls",    "values", "indicators",
	"iocs", "blocklist", "addresses", "prefixes", "items",   "entries", "hosts",  "networks"};

static bool is_list_key(struct feed_text key)
{
	for (size_t i = 0; i < sizeof(list_keys) / sizeof(list_keys[0]); i++)
		if (feed_text_is(key, list_keys[i]))
			return true;
	return false;
}

static int on_object(struct feed_parser *p, const struct json_object *o, void *ctx)
{
	char(*buf)[JSON_TEXT] = ctx;
	struct feed_field f[JSON_MEMBERS];
	struct feed_text shown = o->n ? o->m[0].value : (struct feed_text){"{}", 2};
	bool has_value = false;
	size_t n = 0, texts = 0;

	if (json_get(o, "list") && json_get(o, "matching_attributes"))
		return feed_fail(p, shown, FEED_FILTER_LIST);
	for (size_t i = 0; i < o->n; i++) {
		feed_role(o->m[i].key, &f[n]);
		if (f[n].role == ROLE_NONE || o->m[i].kind == JSON_NULL || texts == TEXTS)
			continue;
		if (!json_text(&o->m[i], buf[texts], &f[n].value)) {
			feed_refuse(p, shown, FEED_JSON_LONG);
			return 0;
		}
		texts += o->m[i].is_escaped;
		has_value |= f[n++].role == ROLE_VALUE;
	}
	/* a leaf that could have been a record is one that says nothing */
	if (!has_value && (o->has_objects || !o->is_element || json_is(o, "type", "metadata")))
		return 0;
	if (o->is_full) {
		feed_refuse(p, shown, FEED_JSON_MEMBERS);
		return 0;
	}
	return feed_record(p, f, n, shown);
}

static int on_element(struct feed_parser *p, const struct json_member *v,
		      const struct json_object *around, void *ctx)
{
	char(*buf)[JSON_TEXT] = ctx;
	struct feed_text t;

	if (around && !is_list_key(v->key))
		return 0;
	feed_proto(p);
	if (v->kind != JSON_STRING || !json_text(v, buf[0], &t)) {
		feed_refuse(p, v->value,
			    v->kind == JSON_STRING ? FEED_JSON_LONG : FEED_NOT_A_VALUE);
		return 0;
	}
	return value_add(p, t, CORDON_THREAT_SUBDOMAINS);
}

size_t fmt_json_detect(const struct feed_sample *s)
{
	return s->json ? s->n_data + 1 : 0;
}

int fmt_json_parse(struct feed_parser *p, const char *data, size_t len)
{
	char(*buf)[JSON_TEXT] = malloc(sizeof(*buf) * TEXTS);
	struct json_handler h = {on_object, on_element, buf};
	int r = buf ? json_scan(p, data, len, &h) : -ENOMEM;

	free(buf);
	return r;
}
