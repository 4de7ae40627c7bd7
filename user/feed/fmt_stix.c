// SPDX-License-Identifier: BSD-2-Clause
/*
 * stix: the indicators of STIX 2.1 bundles and TAXII 2.1 envelopes (OASIS STIX
 * 2.1, section 4.7). Of the pattern language one observation of equalities
 * joined by OR is read: each term is a value of its own. A value that is narrowed
 * by AND with ports or protocols is read as the value and alerts only, since a list
 * cannot say the rest. Anything else with AND, NOT, FOLLOWEDBY, qualifiers or other
 * comparisons is refused whole. Revoked indicators, and those outside their validity, are refused
 * by name; confidence is the publisher's.
 */
#include "feed/jsonscan.h"

#include <ctype.h>
#include <string.h>

#include "feed/formats.h"

struct stix {
	char pattern[JSON_TEXT], text[JSON_TEXT];
};

/* object paths whose values are seen on the wire */
static const struct {
	const char *path;
	uint8_t flags;
} paths[] = {
	{"ipv4-addr:value", 0},
	{"ipv6-addr:value", 0},
	{"domain-name:value", CORDON_THREAT_SUBDOMAINS},
	{"url:value", 0},
	{"network-traffic:dst_ref.value", CORDON_THREAT_SUBDOMAINS},
	{"network-traffic:src_ref.value", CORDON_THREAT_SUBDOMAINS},
};

static void skip(struct feed_text *t)
{
	*t = feed_trim(*t);
	while (t->len && *t->s == '\n') {
		*t = feed_trim((struct feed_text){t->s + 1, t->len - 1});
	}
}

static bool take(struct feed_text *t, const char *word)
{
	size_t n = strlen(word);

	skip(t);
	if (t->len < n || !feed_text_is((struct feed_text){t->s, n}, word))
		return false;
	t->s += n;
	t->len -= n;
	return true;
}

/* "path = 'text'" off the front; the text without its quotes, escapes undone into @buf */
static bool take_term(struct feed_text *t, struct feed_text *ret_path, char *buf, size_t size,
		      struct feed_text *ret_text)
{
	size_t n = 0, at = 0;

	skip(t);
	while (n < t->len && !strchr(" \t\n=!<>()[]'", t->s[n]))
		n++;
	/* file:hashes.'SHA-256' has quotes in its path */
	if (n < t->len && t->s[n] == '\'' && n && t->s[n - 1] == '.') {
		const char *close = memchr(t->s + n + 1, '\'', t->len - n - 1);

		n = close ? (size_t)(close + 1 - t->s) : n;
	}
	*ret_path = (struct feed_text){t->s, n};
	*t = (struct feed_text){t->s + n, t->len - n};
	if (!n || !take(t, "=") || !take(t, "'"))
		return false;
	for (n = 0; n < t->len && t->s[n] != '\''; n++) {
		if (t->s[n] == '\\' && n + 1 < t->len)
			n++;
		if (at == size)
			return false;
		buf[at++] = t->s[n];
	}
	if (n == t->len)
		return false;
	*ret_text = (struct feed_text){buf, at};
	*t = (struct feed_text){t->s + n + 1, t->len - n - 1};
	return true;
}

static int add_term(struct feed_parser *p, struct feed_text path, struct feed_text value)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (feed_text_is(path, paths[i].path))
			return value_add(p, value, paths[i].flags);
	feed_refuse(p, path, FEED_TYPE);
	return 0;
}

/* all of the pattern's terms; with @p NULL only whether it can be read */
static int each_term(struct feed_parser *p, struct feed_text t, bool *ret_ok)
{
	struct feed_text path, value;
	char buf[JSON_TEXT];
	int r = 0, open = 0;

	*ret_ok = false;
	if (!take(&t, "["))
		return 0;
	do {
		while (take(&t, "("))
			open++;
		if (!take_term(&t, &path, buf, sizeof(buf), &value))
			return 0;
		if (p)
			r = add_term(p, path, value);
		while (open && take(&t, ")"))
			open--;
		/* "[a] OR [b]" says the same as "[a OR b]" */
		if (!open && take(&t, "]")) {
			if (!take(&t, "OR")) {
				skip(&t);
				*ret_ok = !t.len;
				return r;
			}
			if (!take(&t, "["))
				return 0;
		} else if (!take(&t, "OR")) {
			return 0;
		}
	} while (!r);
	return r;
}

/* "network-traffic:dst_port = 443" off the front */
static bool take_narrowing(struct feed_text *t)
{
	static const char *const narrows[] = {"network-traffic:dst_port", "network-traffic:src_port",
					      "network-traffic:protocols[0]", "network-traffic:protocols[*]"};
	struct feed_text rest = *t;
	bool found = false, is_quoted;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(narrows) / sizeof(narrows[0]) && !found; i++)
		found = take(&rest, narrows[i]);
	if (!found || !take(&rest, "="))
		return false;
	is_quoted = take(&rest, "'");
	skip(&rest);
	while (n < rest.len && isalnum((unsigned char)rest.s[n]))
		n++;
	rest = (struct feed_text){rest.s + n, rest.len - n};
	if (!n || (is_quoted && !take(&rest, "'")))
		return false;
	*t = rest;
	return true;
}

/* "[value AND port AND ...]": one value; with @p NULL only whether it is such a pattern */
static int narrowed(struct feed_parser *p, struct feed_text t, bool *ret_ok)
{
	struct feed_text path = {"", 0}, value = path;
	char buf[JSON_TEXT];

	*ret_ok = false;
	if (!take(&t, "["))
		return 0;
	do {
		if (take_narrowing(&t))
			continue;
		if (path.len || !take_term(&t, &path, buf, sizeof(buf), &value))
			return 0;
	} while (take(&t, "AND"));
	if (!path.len || !take(&t, "]"))
		return 0;
	skip(&t);
	*ret_ok = !t.len;
	if (t.len || !p)
		return 0;
	feed_proto_action(p, CORDON_ACTION_ALERT);
	return add_term(p, path, value);
}

static unsigned int judge(struct feed_parser *p, const struct json_object *o, struct stix *x)
{
	uint64_t now = p->opts->now_ns, from = feed_time_ns(json_str_of(o, "valid_from", x->text));
	struct feed_text type = json_str_of(o, "pattern_type", x->text);

	if (o->is_full)
		return FEED_JSON_MEMBERS;
	if (json_is_true(o, "revoked"))
		return FEED_REVOKED;
	if (type.len && !feed_text_is(type, "stix"))
		return FEED_PATTERN_TYPE;
	p->proto.expires_ns = feed_time_ns(json_str_of(o, "valid_until", x->text));
	p->proto.first_seen_s = (uint32_t)(from / 1000000000ULL);
	if (now && p->proto.expires_ns && p->proto.expires_ns <= now)
		return FEED_EXPIRED;
	return now && from > now ? FEED_NOT_YET : FEED_OK;
}

static int on_indicator(struct feed_parser *p, const struct json_object *o, struct stix *x)
{
	struct feed_text pattern = json_str_of(o, "pattern", x->pattern), t;
	int (*read)(struct feed_parser *, struct feed_text, bool *) = each_term;
	unsigned int why;
	uint64_t n;
	bool ok;
	int r;

	feed_proto(p);
	why = judge(p, o, x);
	if (!why && !pattern.len)
		why = json_get(o, "pattern") ? FEED_JSON_LONG : FEED_NO_INDICATOR;
	if (!why && (each_term(NULL, pattern, &ok) || !ok))
		read = narrowed;
	if (!why && read == narrowed && (narrowed(NULL, pattern, &ok) || !ok))
		why = FEED_STIX_PATTERN;
	if (why) {
		feed_refuse(p, pattern.len ? pattern : o->key, why);
		return 0;
	}
	t = json_str_of(o, "confidence", x->text);
	if (feed_number(t, 100, &n))
		feed_proto_confidence(p, (unsigned int)n);
	r = feed_proto_category(
		p, json_str_of(o, json_get(o, "indicator_types") ? "indicator_types" : "labels",
			       x->text));
	return r < 0 ? r : read(p, pattern, &ok);
}

static int on_object(struct feed_parser *p, const struct json_object *o, void *ctx)
{
	return json_is(o, "type", "indicator") ? on_indicator(p, o, ctx) : 0;
}

size_t fmt_stix_detect(const struct feed_sample *s)
{
	return s->json & JSON_STIX ? s->n_data + 1 : 0;
}

int fmt_stix_parse(struct feed_parser *p, const char *data, size_t len)
{
	struct stix *x = malloc(sizeof(*x));
	struct json_handler h = {on_object, NULL, x};
	int r = x ? json_scan(p, data, len, &h) : -ENOMEM;

	free(x);
	return r;
}
