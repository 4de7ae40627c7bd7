// SPDX-License-Identifier: BSD-2-Clause
/*
 * dshield: the block list of DShield (SANS ISC): first address, last address, prefix length, attacks, and names,
 * with tabs between them; a line "Start End Netmask ..." in front. The two addresses count, and must be the prefix
 * that the third column says.
 */
#include <stdio.h>
#include <string.h>

#include "feed/formats.h"

struct columns {
	struct feed_text first, last, bits;
};

static bool split(struct feed_text line, struct columns *ret)
{
	struct feed_text rest;

	ret->first = feed_token(line, &rest);
	ret->last = feed_token(rest, &rest);
	ret->bits = feed_token(rest, &rest);
	return ret->bits.len != 0;
}

static bool is_head(const struct columns *c)
{
	return feed_text_is(c->first, "start") && feed_text_is(c->last, "end");
}

/* "first/bits" into @buf when the last address is that prefix's last one */
static bool prefix_of(const struct columns *c, char *buf, size_t size, struct feed_text *ret)
{
	struct value first, last;
	uint32_t a, b;
	uint64_t bits;

	if (c->first.len > 15 || c->last.len > 15 || !feed_number(c->bits, 32, &bits) ||
	    value_read(c->first, &first) || value_read(c->last, &last) || first.kind != VALUE_PREFIX ||
	    last.kind != VALUE_PREFIX || first.prefix.len != 128 || last.prefix.len != 128 ||
	    !addr_is_v4(&first.prefix.addr) || !addr_is_v4(&last.prefix.addr))
		return false;
	memcpy(&a, first.prefix.addr.b + 12, 4);
	memcpy(&b, last.prefix.addr.b + 12, 4);
	a = __builtin_bswap32(a);
	b = __builtin_bswap32(b);
	if (b - a != (uint32_t)(0xffffffffULL >> bits) || (a & (uint32_t)(0xffffffffULL >> bits)))
		return false;
	*ret = (struct feed_text){buf, (size_t)snprintf(buf, size, "%.*s/%u", (int)c->first.len, c->first.s, (unsigned int)bits)};
	return true;
}

static int on_line(struct feed_parser *p, struct feed_text line, void *ctx)
{
	struct feed_text value;
	struct columns c;
	char buf[32];

	(void)ctx;
	if (split(line, &c) && is_head(&c))
		return 0;
	feed_proto(p);
	if (prefix_of(&c, buf, sizeof(buf), &value))
		return value_add(p, value, 0);
	feed_refuse(p, line, c.bits.len ? FEED_RANGE_COLUMNS : FEED_FEW_COLUMNS);
	return 0;
}

size_t fmt_dshield_detect(const struct feed_sample *s)
{
	size_t fits = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct feed_text value;
		struct columns c;
		char buf[32];

		fits += !s->is_comment[i] && split(s->line[i], &c) && (is_head(&c) || prefix_of(&c, buf, sizeof(buf), &value));
	}
	return fits;
}

int fmt_dshield_parse(struct feed_parser *p, const char *data, size_t len)
{
	return feed_each_line(p, data, len, on_line, NULL);
}
