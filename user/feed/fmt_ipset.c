// SPDX-License-Identifier: BSD-2-Clause
/*
 * ipset: the lists of FireHOL (*.ipset, *.netset: values under a comment that
 * says "hash:ip ipset") and what `ipset save` prints ("add NAME VALUE"). What the
 * members of a set may have behind their value (timeout, comment) is read over.
 */
#include "feed/formats.h"

#include <string.h>

static int on_line(struct feed_parser *p, struct feed_text line, void *ctx)
{
	struct feed_text rest, word = feed_token(line, &rest);

	(void)ctx;
	if (feed_text_is(word, "create") || feed_text_is(word, "flush"))
		return 0;
	if (feed_text_is(word, "add") || feed_text_is(word, "-A")) {
		feed_token(rest, &rest); /* the set's name */
		word = feed_token(rest, &rest);
	}
	return value_add(p, word, 0);
}

/* of IPv4 or IPv6, single addresses or networks */
static bool is_head(struct feed_text t)
{
	return memmem(t.s, t.len, "hash:ip ipset", 13) || memmem(t.s, t.len, "hash:net ipset", 14);
}

size_t fmt_ipset_detect(const struct feed_sample *s)
{
	size_t values = 0, adds = 0;
	bool has_head = false;

	for (size_t i = 0; i < s->n; i++) {
		struct feed_text rest, word = feed_token(s->line[i], &rest);

		if (s->is_comment[i])
			has_head |= is_head(s->line[i]);
		else if (feed_text_is(word, "add") || feed_text_is(word, "create"))
			adds++;
		else
			values += value_fits(word);
	}
	return has_head ? values + adds : adds;
}

int fmt_ipset_parse(struct feed_parser *p, const char *data, size_t len)
{
	return feed_each_line(p, data, len, on_line, NULL);
}
