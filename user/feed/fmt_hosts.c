// SPDX-License-Identifier: BSD-2-Clause
/*
 * hosts: a sink address (0.0.0.0, 127.0.0.1, ::) and the names sent to it. Only
 * the names themselves are listed, as in a hosts file: nothing below them. The
 * names every hosts file has for itself are read over.
 */
#include "feed/formats.h"

#include <string.h>

static const char *const own_names[] = {
	"localhost",
	"localhost.localdomain",
	"local",
	"broadcasthost",
	"ip6-localhost",
	"ip6-loopback",
	"ip6-localnet",
	"ip6-mcastprefix",
	"ip6-allnodes",
	"ip6-allrouters",
	"ip6-allhosts",
	"0.0.0.0",
	NULL,
};

static bool is_own(struct feed_text name)
{
	for (size_t i = 0; own_names[i]; i++)
		if (feed_text_is(name, own_names[i]))
			return true;
	return false;
}

/* an address a hosts file begins a line with; "fe80::1%lo0" too */
static bool read_address(struct feed_text t, struct value *ret)
{
	const char *zone = memchr(t.s, '%', t.len);

	if (zone)
		t.len = (size_t)(zone - t.s);
	return !value_read(t, ret) && ret->kind == VALUE_PREFIX && ret->prefix.len == 128 &&
	       !memchr(t.s, '/', t.len);
}

bool feed_is_sink(const struct prefix *p)
{
	const uint8_t *b = p->addr.b;

	if (addr_is_v4(&p->addr))
		return b[12] == 127 || !memcmp(b + 12, "\0\0\0\0", 4);
	for (int i = 0; i < 15; i++)
		if (b[i])
			return false;
	return b[15] <= 1;
}

static int on_line(struct feed_parser *p, struct feed_text line, void *ctx)
{
	struct feed_text rest, name = feed_token(line, &rest);
	struct value v;
	int r = 0;

	(void)ctx;
	if (!read_address(name, &v)) {
		feed_refuse(p, line, FEED_NO_ADDRESS);
		return 0;
	}
	if (!rest.len)
		feed_refuse(p, line, FEED_NO_NAME);
	while (rest.len && !r) {
		name = feed_token(rest, &rest);
		if (feed_is_comment(name))
			break;
		if (is_own(name))
			continue;
		if (feed_is_sink(&v.prefix))
			r = value_add(p, name, 0);
		else
			feed_refuse(p, name, FEED_REAL_ADDRESS);
	}
	return r;
}

size_t fmt_hosts_detect(const struct feed_sample *s)
{
	size_t fits = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct feed_text rest, t = feed_token(s->line[i], &rest);
		struct value v;

		if (s->is_comment[i] || !rest.len || !read_address(t, &v))
			continue;
		t = feed_token(rest, &rest);
		fits += is_own(t) || (!value_read(t, &v) && v.kind == VALUE_NAME);
	}
	return fits;
}

int fmt_hosts_parse(struct feed_parser *p, const char *data, size_t len)
{
	return feed_each_line(p, data, len, on_line, NULL);
}
