// SPDX-License-Identifier: BSD-2-Clause
/*
 * plain: one value a line. Behind it a comment ('#', ';', "//") or numbers (a
 * count, as in ipsum) are read over; "first - last" with blanks is a range. A
 * name covers all below it: such lists are made of domains.
 */
#include <stdio.h>
#include <string.h>

#include "feed/formats.h"

/* comments and numbers say nothing that would change the entry */
static bool is_extra(struct feed_text rest)
{
	struct feed_text word = {rest.s, 0};

	while (rest.len) {
		word = feed_token(rest, &rest);
		if (feed_is_comment(word) || (word.len > 1 && word.s[0] == '/' && word.s[1] == '/'))
			return true;
		for (size_t i = 0; i < word.len; i++)
			if (word.s[i] < '0' || word.s[i] > '9')
				return false;
	}
	return true;
}

/* "a - b" as "a-b"; @buf holds it */
static bool join_range(struct feed_text first, struct feed_text rest, char *buf, size_t size,
		       struct feed_text *ret)
{
	struct feed_text dash = feed_token(rest, &rest), last = feed_token(rest, &rest);
	int n;

	if (dash.len != 1 || *dash.s != '-' || !is_extra(rest))
		return false;
	n = snprintf(buf, size, "%.*s-%.*s", (int)first.len, first.s, (int)last.len, last.s);
	*ret = (struct feed_text){buf, (size_t)n};
	return n > 0 && (size_t)n < size;
}

/* the value of a line without a comment that is glued to it ("1.2.3.4#x", "1.2.3.4;x") */
static struct feed_text line_value(struct feed_text line, struct feed_text *rest)
{
	struct feed_text t = feed_token(line, rest);

	for (size_t i = 1; i < t.len; i++)
		if (t.s[i] == '#' || t.s[i] == ';') {
			t.len = i;
			*rest = (struct feed_text){t.s, 0};
			break;
		}
	return t;
}

static int on_line(struct feed_parser *p, struct feed_text line, void *ctx)
{
	struct feed_text rest, value = line_value(line, &rest);
	char buf[64];

	(void)ctx;
	if (rest.len && !is_extra(rest) && !join_range(value, rest, buf, sizeof(buf), &value)) {
		feed_refuse(p, line, FEED_SEVERAL);
		return 0;
	}
	return value_add(p, value, CORDON_THREAT_SUBDOMAINS);
}

size_t fmt_plain_detect(const struct feed_sample *s)
{
	size_t fits = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct feed_text rest, value = line_value(s->line[i], &rest);
		char buf[64];

		if (s->is_comment[i] || (rest.len && !is_extra(rest) &&
					 !join_range(value, rest, buf, sizeof(buf), &value)))
			continue;
		fits += value_fits(value);
	}
	return fits;
}

int fmt_plain_parse(struct feed_parser *p, const char *data, size_t len)
{
	return feed_each_line(p, data, len, on_line, NULL);
}
