// SPDX-License-Identifier: BSD-2-Clause
/*
 * dnsmasq: "address=/a/b/0.0.0.0", "address=/a/#", "server=/a/", "local=/a/" block
 * the names and all below them, as dnsmasq does. A name that is sent to a real
 * address or to a resolver is no block and is refused; "server=/a/#" is an
 * exception to a name above it. Other options are no part of a list.
 */
#include "feed/formats.h"

#include <string.h>

enum { TO_NOTHING, TO_ADDRESS, TO_RESOLVER, TO_USUAL };

static bool strip(struct feed_text *t, const char *prefix)
{
	size_t n = strlen(prefix);

	if (t->len < n || memcmp(t->s, prefix, n))
		return false;
	t->s += n;
	t->len -= n;
	return true;
}

/* what stands behind the last slash */
static int target_of(struct feed_text t, bool is_address)
{
	struct value v;

	if (!t.len)
		return TO_NOTHING;
	if (t.len == 1 && *t.s == '#')
		return is_address ? TO_NOTHING : TO_USUAL;
	if (!is_address)
		return TO_RESOLVER;
	return !value_read(t, &v) && v.kind == VALUE_PREFIX && feed_is_sink(&v.prefix) ? TO_NOTHING
										       : TO_ADDRESS;
}

static int on_line(struct feed_parser *p, struct feed_text line, void *ctx)
{
	struct feed_text t = line, rest;
	bool is_address = strip(&t, "address="),
	     is_other = !is_address && (strip(&t, "server=") || strip(&t, "local="));
	const char *last = memrchr(t.s, '/', t.len);
	int target, r = 0;

	(void)ctx;
	if ((!is_address && !is_other) || !t.len || *t.s != '/' || last == t.s) {
		feed_refuse(p, line, FEED_DIRECTIVE);
		return 0;
	}
	rest = feed_token((struct feed_text){last + 1, (size_t)(t.s + t.len - last - 1)}, &rest);
	target = target_of(rest, is_address);
	feed_proto(p);
	if (target == TO_USUAL)
		p->proto.mark = FEED_MARK_EXCEPT;
	for (const char *s = t.s + 1; s < last && !r; s++) {
		const char *slash = memchr(s, '/', (size_t)(last + 1 - s));
		struct feed_text name = {s, (size_t)(slash - s)};

		if (target == TO_ADDRESS || target == TO_RESOLVER)
			feed_refuse(p, name,
				    target == TO_ADDRESS ? FEED_REAL_ADDRESS : FEED_FORWARD);
		else
			r = value_add(p, name, CORDON_THREAT_SUBDOMAINS);
		s = slash;
	}
	return r;
}

size_t fmt_dnsmasq_detect(const struct feed_sample *s)
{
	static const char *const starts[] = {"address=/", "server=/", "local=/"};
	size_t fits = 0;

	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < sizeof(starts) / sizeof(starts[0]); k++) {
			struct feed_text t = s->line[i];

			fits += !s->is_comment[i] && strip(&t, starts[k]);
		}
	return fits;
}

int fmt_dnsmasq_parse(struct feed_parser *p, const char *data, size_t len)
{
	return feed_each_line(p, data, len, on_line, NULL);
}
