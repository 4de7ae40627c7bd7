// SPDX-License-Identifier: BSD-2-Clause
/*
 * adblock: the rules of an Adblock or AdGuard list that speak of whole names:
 * "||name^" blocks the name and all below it, "@@||name^" is an exception to
 * that, within the same list. Of the options those that change nothing on the
 * wire are read over ("important", "all", "document"); a rule with another one is
 * refused, since without it the rule would say more than its author did. Rules
 * about parts of a page, patterns and URLs are refused by name.
 */
#include "feed/formats.h"

#include <string.h>

static const char *const harmless[] = {"important", "all", "document", "doc"};

static bool options_ok(struct feed_text t)
{
	while (t.len) {
		const char *comma = memchr(t.s, ',', t.len);
		struct feed_text one =
			feed_trim((struct feed_text){t.s, comma ? (size_t)(comma - t.s) : t.len});
		bool known = false;

		for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
			known |= feed_text_is(one, harmless[i]);
		if (!known)
			return false;
		if (!comma)
			break;
		t.len -= (size_t)(comma + 1 - t.s);
		t.s = comma + 1;
	}
	return true;
}

/* "name##.banner", "#@#", "#?#", "#%#", "#$#": what is to be hidden, or run, in a page */
static bool is_cosmetic(struct feed_text t)
{
	for (size_t i = 0; i + 1 < t.len; i++)
		if (t.s[i] == '#' &&
		    (t.s[i + 1] == '#' ||
		     (i + 2 < t.len && strchr("@?%$", t.s[i + 1]) &&
		      (t.s[i + 2] == '#' || t.s[i + 2] == '?' || t.s[i + 2] == '$'))))
			return true;
	return false;
}

/* the option part behind '$' off the end of @t */
static struct feed_text take_options(struct feed_text *t)
{
	const char *dollar = memrchr(t->s, '$', t->len);
	struct feed_text o = {"", 0};

	if (!dollar)
		return o;
	o = (struct feed_text){dollar + 1, (size_t)(t->s + t->len - dollar - 1)};
	t->len = (size_t)(dollar - t->s);
	return o;
}

/* "0.0.0.0 name" and "name" stand in such lists too: a hosts line is the name only */
static int add_bare(struct feed_parser *p, struct feed_text line)
{
	struct feed_text rest, word = feed_token(line, &rest);
	struct value v;

	if (!rest.len)
		return value_add(p, word, CORDON_THREAT_SUBDOMAINS);
	if (!value_read(word, &v) && v.kind == VALUE_PREFIX && feed_is_sink(&v.prefix) &&
	    !memchr(rest.s, ' ', rest.len))
		return value_add(p, rest, 0);
	feed_refuse(p, line, FEED_PATTERN);
	return 0;
}

static int add_rule(struct feed_parser *p, struct feed_text line, struct feed_text rule)
{
	struct feed_text options = take_options(&rule);
	bool is_anchored = rule.len > 2 && rule.s[0] == '|' && rule.s[1] == '|';

	if (!options_ok(options)) {
		feed_refuse(p, line, FEED_OPTION);
		return 0;
	}
	if (is_anchored)
		rule = (struct feed_text){rule.s + 2, rule.len - 2};
	while (rule.len && (rule.s[rule.len - 1] == '^' || rule.s[rule.len - 1] == '|'))
		rule.len--;
	if (!rule.len || memchr(rule.s, '/', rule.len) || memchr(rule.s, '^', rule.len) ||
	    memchr(rule.s, '|', rule.len) ||
	    (memchr(rule.s, '*', rule.len) && (rule.len < 2 || memcmp(rule.s, "*.", 2)))) {
		feed_refuse(p, line, FEED_PATTERN);
		return 0;
	}
	return is_anchored ? value_add(p, rule, CORDON_THREAT_SUBDOMAINS) : add_bare(p, rule);
}

static int on_line(struct feed_parser *p, struct feed_text line, void *ctx)
{
	bool is_exception = line.len > 2 && line.s[0] == '@' && line.s[1] == '@';

	(void)ctx;
	if (is_cosmetic(line)) {
		feed_refuse(p, line, FEED_COSMETIC);
		return 0;
	}
	if (*line.s == '#' || (*line.s == '[' && line.s[line.len - 1] == ']'))
		return 0;
	feed_proto(p);
	if (!is_exception)
		return add_rule(p, line, line);
	p->proto.mark = FEED_MARK_EXCEPT;
	return add_rule(p, line, (struct feed_text){line.s + 2, line.len - 2});
}

size_t fmt_adblock_detect(const struct feed_sample *s)
{
	size_t rules = 0, other = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct feed_text t = s->line[i];

		if (t.len > 2 && (!memcmp(t.s, "||", 2) || !memcmp(t.s, "@@", 2) || is_cosmetic(t)))
			rules++;
		else
			other += *t.s == '!' || *t.s == '[';
	}
	return rules ? rules + other : 0;
}

int fmt_adblock_parse(struct feed_parser *p, const char *data, size_t len)
{
	p->comments = "!";
	return feed_each_line(p, data, len, on_line, NULL);
}
