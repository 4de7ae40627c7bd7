// SPDX-License-Identifier: BSD-2-Clause
/*
 * One value of a feed: is it an address, a prefix, a range, a name, a URL; may
 * it be listed; into the set with it. The dotted quad has a reader of its own
 * since feeds have millions of them; everything else goes through base/addr.
 * A port behind an address or a name is read and dropped: the host is listed.
 */
#include <string.h>

#include "feed/parse.h"

#define NOT_A_VALUE "neither an address nor a name"
#define RANGE_PREFIXES 64 /* an IPv4 range is at most 62 prefixes */

/* 0 ... 255 without leading zeros (they are octal to some readers); NULL: no */
static const char *read_octet(const char *s, const char *end, uint32_t *v)
{
	uint32_t n = 0;
	const char *p = s;

	while (p < end && p - s < 3 && *p >= '0' && *p <= '9')
		n = n * 10 + (uint32_t)(*p++ - '0');
	if (p == s || n > 255 || (*s == '0' && p - s > 1))
		return NULL;
	*v = *v << 8 | n;
	return p;
}

/* the byte after a dotted quad, or NULL */
static const char *read_quad(const char *s, const char *end, uint32_t *ret)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++) {
		if (i && (s == end || *s++ != '.'))
			return NULL;
		s = read_octet(s, end, &v);
		if (!s)
			return NULL;
	}
	*ret = v;
	return s;
}

/* a decimal number to the end of the text; -1: no, or above @max */
static long read_number(const char *s, const char *end, long max)
{
	long n = 0;

	if (s == end)
		return -1;
	for (; s < end; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		n = n * 10 + (*s - '0');
		if (n > max)
			return -1;
	}
	return n;
}

static void set_v4(struct prefix *p, uint32_t addr, unsigned int len)
{
	addr &= len ? ~0U << (32 - len) : 0;
	memset(p->addr.b, 0, 10);
	memset(p->addr.b + 10, 0xff, 2);
	for (int i = 0; i < 4; i++)
		p->addr.b[12 + i] = (uint8_t)(addr >> (24 - 8 * i));
	p->len = (uint8_t)(96 + len);
}

/* what follows a dotted quad: nothing, /len, :port, -last */
static const char *read_v4_rest(uint32_t addr, const char *s, const char *end, struct value *ret)
{
	long n;

	ret->kind = VALUE_PREFIX;
	if (s == end || (*s == ':' && read_number(s + 1, end, 65535) >= 0)) {
		set_v4(&ret->prefix, addr, 32);
		return NULL;
	}
	if (*s == '/') {
		n = read_number(s + 1, end, 32);
		if (n < 0)
			return memchr(s + 1, '/', (size_t)(end - s - 1)) ||
					       (s + 1 < end && s[1] > '9')
				       ? "a URL without its scheme"
				       : "prefix length not in 0 ... 32";
		set_v4(&ret->prefix, addr, (unsigned int)n);
		return NULL;
	}
	ret->kind = VALUE_RANGE;
	ret->first = addr;
	if (*s != '-' || read_quad(s + 1, end, &ret->last) != end)
		return NOT_A_VALUE;
	return ret->last < addr ? "range ends before it begins" : NULL;
}

static const char *read_v6(struct feed_text t, struct value *ret)
{
	char text[ADDR_STR_MAX];

	if (t.len >= sizeof(text))
		return NOT_A_VALUE;
	memcpy(text, t.s, t.len);
	text[t.len] = '\0';
	ret->kind = VALUE_PREFIX;
	return prefix_parse(text, &ret->prefix) < 0 ? "not an IPv6 address or prefix" : NULL;
}

/* [address] or [address]:port */
static const char *read_bracketed(struct feed_text t, struct value *ret)
{
	const char *end = t.s + t.len, *close = memchr(t.s, ']', t.len);

	if (!close ||
	    (close + 1 < end && (close[1] != ':' || read_number(close + 2, end, 65535) < 0)))
		return "bracket not closed, or no port behind it";
	return read_v6((struct feed_text){t.s + 1, (size_t)(close - t.s - 1)}, ret);
}

static const char *read_name(struct feed_text t, struct value *ret)
{
	const char *colon = memchr(t.s, ':', t.len), *last;

	ret->kind = VALUE_NAME;
	ret->has_wildcard = t.len > 2 && t.s[0] == '*' && t.s[1] == '.';
	if (ret->has_wildcard || (t.len > 1 && t.s[0] == '.')) {
		t.s += ret->has_wildcard ? 2 : 1;
		t.len -= ret->has_wildcard ? 2 : 1;
		ret->has_wildcard = true;
	}
	if (colon && read_number(colon + 1, t.s + t.len, 65535) >= 0)
		t.len = (size_t)(colon - t.s);
	if (domain_canonical(t.s, t.len, ret->name, sizeof(ret->name)))
		return NOT_A_VALUE;
	/* top-level domains begin with a letter; what does not is a broken address */
	last = strrchr(ret->name, '.');
	last = last ? last + 1 : ret->name;
	return *last >= 'a' && *last <= 'z' ? NULL : NOT_A_VALUE;
}

static bool has_scheme(struct feed_text t)
{
	const char *colon = memchr(t.s, ':', t.len < 16 ? t.len : 16);

	return colon && t.s + t.len - colon > 2 && colon[1] == '/' && colon[2] == '/';
}

const char *value_read(struct feed_text t, struct value *ret)
{
	const char *end = t.s + t.len, *rest, *colon;
	uint32_t addr;

	if (!t.len)
		return "no value";
	if (*t.s == '[')
		return read_bracketed(t, ret);
	rest = *t.s >= '0' && *t.s <= '9' ? read_quad(t.s, end, &addr) : NULL;
	if (rest &&
	    (rest == end || *rest == '/' || *rest == ':' || (*rest == '-' && end - rest > 6)))
		return read_v4_rest(addr, rest, end, ret);
	if (has_scheme(t)) {
		ret->kind = VALUE_URL;
		return NULL;
	}
	colon = memchr(t.s, ':', t.len);
	if (colon && memchr(colon + 1, ':', (size_t)(end - colon - 1)))
		return read_v6(t, ret);
	if (memchr(t.s, '/', t.len))
		return "a URL without its scheme";
	return read_name(t, ret);
}

/* --- into the set --- */

static struct indicator entry_of(const struct feed_parser *p)
{
	return (struct indicator){
		.action = p->opts->action,
		.confidence = p->opts->confidence,
		.flags = p->opts->observe ? CORDON_THREAT_OBSERVE : 0,
		.feed = p->feed,
		.line = p->line,
	};
}

static int push(struct feed_parser *p, struct indicator e)
{
	if (p->in->v.len >= CORDON_FEED_ENTRIES)
		return -EFBIG;
	return vec_push(&p->in->v, e);
}

static int push_prefix(struct feed_parser *p, const struct prefix *prefix)
{
	struct indicator e = entry_of(p);

	e.kind = prefix->len >= 96 && addr_is_v4(&prefix->addr) ? CORDON_INDICATOR_IPV4
								: CORDON_INDICATOR_IPV6;
	e.prefix = *prefix;
	return push(p, e);
}

static int push_name(struct feed_parser *p, const char *name, uint8_t flags)
{
	struct indicator e = entry_of(p);
	int r = indicators_text(p->in, name, strlen(name), &e.text);

	e.kind = CORDON_INDICATOR_DOMAIN;
	e.flags |= flags;
	return r ? r : push(p, e);
}

/* the largest prefix that begins at @first and does not pass @last */
static unsigned int range_step(uint32_t first, uint32_t last)
{
	unsigned int len = 32;

	while (len) {
		uint64_t size = 1ULL << (33 - len);

		if (first & (size - 1) || first + size - 1 > last)
			break;
		len--;
	}
	return len;
}

static const char *range_prefixes(uint32_t first, uint32_t last, struct prefix *ret, size_t *ret_n)
{
	uint64_t at = first;

	for (*ret_n = 0; at <= last && *ret_n < RANGE_PREFIXES; (*ret_n)++) {
		unsigned int len = range_step((uint32_t)at, last);
		const char *why;

		set_v4(&ret[*ret_n], (uint32_t)at, len);
		why = space_refused(&ret[*ret_n]);
		if (why)
			return why;
		at += 1ULL << (32 - len);
	}
	return NULL;
}

static int add_range(struct feed_parser *p, struct feed_text t, const struct value *v)
{
	struct prefix parts[RANGE_PREFIXES];
	size_t n;
	const char *why = range_prefixes(v->first, v->last, parts, &n);
	int r = 0;

	if (why) {
		feed_refuse(p, t, why);
		return 0;
	}
	for (size_t i = 0; i < n && !r; i++)
		r = push_prefix(p, &parts[i]);
	p->report->accepted += !r;
	return r;
}

/*
 * why the name must not be listed, or NULL; a name that is shared by strangers is listed without
 * what is below it
 */
static const char *check_name(const char *name, uint8_t *flags)
{
	const char *why = name_refused(name);
	unsigned int suffix = why ? NAME_OWN : name_suffix(name);

	if (suffix == NAME_SHARED)
		*flags &= (uint8_t)~CORDON_THREAT_SUBDOMAINS;
	return suffix == NAME_SUFFIX ? "a public suffix: it would cover the names of others" : why;
}

int value_add(struct feed_parser *p, struct feed_text t, uint8_t flags)
{
	struct value v;
	const char *why;
	int r;

	v.has_wildcard = false;
	why = value_read(t, &v);
	if (!why && v.kind == VALUE_RANGE)
		return add_range(p, t, &v);
	if (!why && v.kind == VALUE_NAME && v.has_wildcard)
		flags |= CORDON_THREAT_SUBDOMAINS;
	if (!why && v.kind == VALUE_URL)
		why = "url: not enforced in this version";
	else if (!why)
		why = v.kind == VALUE_PREFIX ? space_refused(&v.prefix)
					     : check_name(v.name, &flags);
	if (why) {
		feed_refuse(p, t, why);
		return 0;
	}
	r = v.kind == VALUE_PREFIX ? push_prefix(p, &v.prefix) : push_name(p, v.name, flags);
	p->report->accepted += !r;
	return r;
}
