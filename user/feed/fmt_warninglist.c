// SPDX-License-Identifier: BSD-2-Clause
/*
 * warninglist: a list in the format of MISP's warning lists: {"name", "type",
 * "list": [...]}, of values that are no threat (resolvers, clouds, popular names).
 * Its entries guard: no feed may block them. What a type means:
 *   string    this value; of a name, not what is below it
 *   hostname  the name and all below it
 *   cidr      addresses and prefixes
 *   substring ".name": all below it; any other part of a name cannot guard
 *   regex     one that says no more than a name or "all below": /(^|\.)name\.com$/
 */
#include "feed/jsonscan.h"

#include <string.h>

#include "feed/formats.h"

enum { TYPE_STRING, TYPE_HOSTNAME, TYPE_SUBSTRING, TYPE_CIDR, TYPE_REGEX, TYPES };
static const char *const types[TYPES] = {"string", "hostname", "substring", "cidr", "regex"};

struct warnings {
	char text[JSON_TEXT], name[256];
	unsigned int type; /* TYPES: none that is known */
};

/* the type stands before or behind the list: it is looked for first */
static int on_head(struct feed_parser *p, const struct json_object *o, void *ctx)
{
	struct warnings *w = ctx;
	struct feed_text type = json_str_of(o, "type", w->text);

	(void)p;
	for (unsigned int i = 0; i < TYPES && !o->parent; i++)
		if (feed_text_is(type, types[i]))
			w->type = i;
	return 0;
}

static int on_nothing(struct feed_parser *p, const struct json_object *o, void *ctx)
{
	(void)p;
	(void)o;
	(void)ctx;
	return 0;
}

static bool take(struct feed_text *t, const char *s)
{
	size_t n = strlen(s);

	if (t->len < n || memcmp(t->s, s, n))
		return false;
	t->s += n;
	t->len -= n;
	return true;
}

/* an expression that is a name with its dots escaped, anchored at its end; "": it is more than that */
static struct feed_text regex_name(struct feed_text t, char *buf, size_t size, uint8_t *ret_flags)
{
	static const char *const below[] = {"(^|\\.)", "(?:^|\\.)", "(.*\\.)?", "(.+\\.)?"};
	const struct feed_text none = {"", 0};
	bool is_whole = false;
	size_t n = 0;

	take(&t, "/");
	while (t.len && (t.s[t.len - 1] == 'i' || t.s[t.len - 1] == '/') && memrchr(t.s, '/', t.len))
		t.len--;
	is_whole = take(&t, "^");
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
		if (take(&t, below[i])) {
			*ret_flags = CORDON_THREAT_SUBDOMAINS;
			is_whole = true;
		}
	if (!is_whole || !t.len || t.s[t.len - 1] != '$')
		return none;
	for (t.len--; t.len; t.s++, t.len--) {
		bool is_escaped = *t.s == '\\' && t.len > 1 && strchr(".-", t.s[1]);

		t.s += is_escaped;
		t.len -= is_escaped;
		if (n + 1 >= size || (*t.s == '.' && !is_escaped) || !name_byte_ok((unsigned char)*t.s))
			return none;
		buf[n++] = *t.s;
	}
	return (struct feed_text){buf, n};
}

static int on_element(struct feed_parser *p, const struct json_member *v, const struct json_object *around, void *ctx)
{
	struct warnings *w = ctx;
	struct feed_text t, shown;
	uint8_t flags = w->type == TYPE_HOSTNAME || w->type == TYPE_SUBSTRING ? CORDON_THREAT_SUBDOMAINS : 0;
	unsigned int why = FEED_OK;

	if (!around || !feed_text_is(v->key, "list"))
		return 0;
	if (v->kind != JSON_STRING || !json_text(v, w->text, &t)) {
		feed_refuse(p, v->value, v->kind == JSON_STRING ? FEED_JSON_LONG : FEED_NOT_A_VALUE);
		return 0;
	}
	shown = t;
	if (w->type == TYPES)
		why = FEED_WARN_TYPE;
	else if (w->type == TYPE_SUBSTRING && (t.len < 2 || *t.s != '.'))
		why = FEED_WARN_SUBSTRING;
	else if (w->type == TYPE_REGEX && !(t = regex_name(t, w->name, sizeof(w->name), &flags)).len)
		why = FEED_WARN_REGEX;
	feed_proto(p);
	p->proto.mark = FEED_MARK_GUARD;
	p->proto.action = CORDON_ACTION_OBSERVE;
	if (!why)
		return value_add(p, t, flags);
	feed_refuse(p, shown, why);
	return 0;
}

/* never found out by itself: a feed must not become a guard for what others list because it looks like one */
size_t fmt_warninglist_detect(const struct feed_sample *s)
{
	(void)s;
	return 0;
}

int fmt_warninglist_parse(struct feed_parser *p, const char *data, size_t len)
{
	struct warnings *w = calloc(1, sizeof(*w));
	struct json_handler head = {on_head, NULL, w}, list = {on_nothing, on_element, w};
	int r = w ? 0 : -ENOMEM;

	if (!r) {
		w->type = TYPES;
		r = json_scan(p, data, len, &head);
	}
	if (!r)
		r = json_scan(p, data, len, &list);
	free(w);
	return r;
}
