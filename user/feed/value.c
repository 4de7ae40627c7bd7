// SPDX-License-Identifier: BSD-2-Clause
/*
 * One value of a feed: is it an address, a prefix, a range, a name, a URL; may
 * it be listed; into the set with it. The dotted quad has a reader of its own
 * since feeds have millions of them; everything else goes through base/addr.
 * A port behind an address or a name is read and dropped: the host is listed.
 */
#include "feed/parse.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

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
static unsigned int read_v4_rest(uint32_t addr, const char *s, const char *end, struct value *ret)
{
	long n;

	ret->kind = VALUE_PREFIX;
	if (s == end || (*s == ':' && read_number(s + 1, end, 65535) >= 0)) {
		set_v4(&ret->prefix, addr, 32);
		return FEED_OK;
	}
	if (*s == '/') {
		n = read_number(s + 1, end, 32);
		if (n < 0)
			return memchr(s + 1, '/', (size_t)(end - s - 1)) ||
					       (s + 1 < end && s[1] > '9')
				       ? FEED_URL_NO_SCHEME
				       : FEED_PREFIX_LEN;
		set_v4(&ret->prefix, addr, (unsigned int)n);
		return FEED_OK;
	}
	ret->kind = VALUE_RANGE;
	ret->first = addr;
	if (*s != '-' || read_quad(s + 1, end, &ret->last) != end)
		return FEED_NOT_A_VALUE;
	return ret->last < addr ? FEED_RANGE_ORDER : FEED_OK;
}

static unsigned int read_v6(struct feed_text t, struct value *ret)
{
	char text[ADDR_STR_MAX];

	if (t.len >= sizeof(text))
		return FEED_NOT_A_VALUE;
	memcpy(text, t.s, t.len);
	text[t.len] = '\0';
	ret->kind = VALUE_PREFIX;
	return prefix_parse(text, &ret->prefix) < 0 ? FEED_BAD_IPV6 : FEED_OK;
}

/* [address] or [address]:port */
static unsigned int read_bracketed(struct feed_text t, struct value *ret)
{
	const char *end = t.s + t.len, *close = memchr(t.s, ']', t.len);

	if (!close ||
	    (close + 1 < end && (close[1] != ':' || read_number(close + 2, end, 65535) < 0)))
		return FEED_BRACKET;
	return read_v6((struct feed_text){t.s + 1, (size_t)(close - t.s - 1)}, ret);
}

static unsigned int read_name(struct feed_text t, struct value *ret)
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
		return FEED_NOT_A_VALUE;
	/* top-level domains begin with a letter; what does not is a broken address */
	last = strrchr(ret->name, '.');
	last = last ? last + 1 : ret->name;
	return *last >= 'a' && *last <= 'z' ? FEED_OK : FEED_NOT_A_VALUE;
}

static bool has_scheme(struct feed_text t)
{
	const char *colon = memchr(t.s, ':', t.len < 16 ? t.len : 16);

	return colon && t.s + t.len - colon > 2 && colon[1] == '/' && colon[2] == '/';
}

/* MD5, SHA-1, SHA-256 or SHA-512 in hex */
static bool is_hash(struct feed_text t)
{
	if (t.len != 32 && t.len != 40 && t.len != 64 && t.len != 128)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!isxdigit((unsigned char)t.s[i]))
			return false;
	return true;
}

unsigned int value_read(struct feed_text t, struct value *ret)
{
	const char *end = t.s + t.len, *rest, *colon;
	uint32_t addr;

	if (!t.len)
		return FEED_NO_VALUE;
	if (*t.s == '[')
		return read_bracketed(t, ret);
	rest = *t.s >= '0' && *t.s <= '9' ? read_quad(t.s, end, &addr) : NULL;
	if (rest &&
	    (rest == end || *rest == '/' || *rest == ':' || (*rest == '-' && end - rest > 6)))
		return read_v4_rest(addr, rest, end, ret);
	if (has_scheme(t)) {
		ret->kind = VALUE_URL;
		return FEED_OK;
	}
	if (is_hash(t))
		return FEED_HASH;
	colon = memchr(t.s, ':', t.len);
	if (colon && memchr(colon + 1, ':', (size_t)(end - colon - 1)))
		return read_v6(t, ret);
	if (memchr(t.s, '/', t.len))
		return FEED_URL_NO_SCHEME;
	return read_name(t, ret);
}

bool value_fits(struct feed_text t)
{
	struct value v;
	unsigned int why = value_read(t, &v);

	/* a word is a name to the reader, a list of words is no feed */
	return why == FEED_OK ? v.kind != VALUE_NAME || strchr(v.name, '.') : why == FEED_HASH;
}

/* --- into the set --- */

static int push(struct feed_parser *p, struct indicator e)
{
	if (p->in->v.len >= CORDON_FEED_ENTRIES)
		return -EFBIG;
	e.line = p->line;
	return vec_push(&p->in->v, e);
}

static int push_prefix(struct feed_parser *p, const struct prefix *prefix)
{
	struct indicator e = p->proto;

	e.kind = prefix->len >= 96 && addr_is_v4(&prefix->addr) ? CORDON_INDICATOR_IPV4
								: CORDON_INDICATOR_IPV6;
	e.prefix = *prefix;
	return push(p, e);
}

static int push_text(struct feed_parser *p, uint8_t kind, const char *s, size_t len, uint8_t flags)
{
	struct indicator e = p->proto;
	int r = indicators_text(p->in, s, len, &e.text);

	e.kind = kind;
	e.flags |= flags;
	return r ? r : push(p, e);
}

static int accepted(struct feed_parser *p, int r)
{
	p->report->accepted += !r;
	p->report->marks[p->proto.mark] += !r;
	return r;
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

static unsigned int range_prefixes(uint32_t first, uint32_t last, struct prefix *ret, size_t *ret_n)
{
	uint64_t at = first;

	for (*ret_n = 0; at <= last && *ret_n < RANGE_PREFIXES; (*ret_n)++) {
		unsigned int len = range_step((uint32_t)at, last), why;

		set_v4(&ret[*ret_n], (uint32_t)at, len);
		why = space_refused(&ret[*ret_n]);
		if (why)
			return why;
		at += 1ULL << (32 - len);
	}
	return FEED_OK;
}

static int add_range(struct feed_parser *p, struct feed_text t, const struct value *v)
{
	struct prefix parts[RANGE_PREFIXES];
	size_t n;
	unsigned int why = range_prefixes(v->first, v->last, parts, &n);
	int r = 0;

	if (why) {
		feed_refuse(p, t, why);
		return 0;
	}
	for (size_t i = 0; i < n && !r; i++)
		r = push_prefix(p, &parts[i]);
	return accepted(p, r);
}

/*
 * may the name be listed? One that is shared by strangers is, without what is below it. An
 * exception takes entries away and may be any name.
 */
static unsigned int check_name(const struct feed_parser *p, const char *name, uint8_t *flags)
{
	unsigned int why = name_refused(name), suffix;

	if (p->proto.mark == FEED_MARK_EXCEPT)
		return why == FEED_LOCAL_NAME ? FEED_OK : why;
	suffix = why ? NAME_OWN : name_suffix(name);
	if (suffix == NAME_SHARED)
		*flags &= (uint8_t)~CORDON_THREAT_SUBDOMAINS;
	return suffix == NAME_SUFFIX ? FEED_PUBLIC_SUFFIX : why;
}

int value_add_prefix(struct feed_parser *p, struct feed_text shown, const struct prefix *prefix)
{
	unsigned int why = space_refused(prefix);

	if (!why)
		return accepted(p, push_prefix(p, prefix));
	feed_refuse(p, shown, why);
	return 0;
}

static int add_name(struct feed_parser *p, struct feed_text t, const char *name, uint8_t flags)
{
	unsigned int why = check_name(p, name, &flags);

	if (!why)
		return accepted(p,
				push_text(p, CORDON_INDICATOR_DOMAIN, name, strlen(name), flags));
	feed_refuse(p, t, why);
	return 0;
}

/* a URL with nothing behind its host lists the host, that one only */
static int add_url(struct feed_parser *p, struct feed_text t)
{
	struct url u;
	unsigned int why = url_read(t, &u);

	if (!why)
		why = u.host.kind == VALUE_PREFIX ? space_refused(&u.host.prefix)
						  : name_refused(u.host.name);
	if (why) {
		feed_refuse(p, t, why);
		return 0;
	}
	if (u.len > u.path + 1)
		return accepted(p, push_text(p, CORDON_INDICATOR_URL, u.text, u.len, 0));
	return u.host.kind == VALUE_PREFIX ? value_add_prefix(p, t, &u.host.prefix)
					   : add_name(p, t, u.host.name, 0);
}

/* "hxxp://evil[.]example" as it was meant; false: nothing was changed */
static bool refang(struct feed_text t, char *buf, size_t size, struct feed_text *ret)
{
	size_t n = 0, at = 0;

	if (t.len >= size)
		return false;
	if (t.len > 7 && (!strncasecmp(t.s, "hxxp://", 7) || !strncasecmp(t.s, "hxxps://", 8))) {
		memcpy(buf, "http", 4);
		n = at = 4;
	}
	while (at < t.len) {
		bool dot = t.len - at >= 3 &&
			   (!memcmp(t.s + at, "[.]", 3) || !memcmp(t.s + at, "(.)", 3));
		bool colon = t.len - at >= 3 && !memcmp(t.s + at, "[:]", 3);

		buf[n++] = dot ? '.' : colon ? ':' : t.s[at];
		at += dot || colon ? 3 : 1;
	}
	*ret = (struct feed_text){buf, n};
	return n != t.len || memcmp(buf, t.s, n);
}

static int value_add_read(struct feed_parser *p, struct feed_text t, const struct value *v,
			  uint8_t flags)
{
	switch (v->kind) {
	case VALUE_PREFIX:
		return value_add_prefix(p, t, &v->prefix);
	case VALUE_RANGE:
		return add_range(p, t, v);
	case VALUE_URL:
		return add_url(p, t);
	default:
		return add_name(p, t, v->name,
				v->has_wildcard ? flags | CORDON_THREAT_SUBDOMAINS : flags);
	}
}

int value_add(struct feed_parser *p, struct feed_text t, uint8_t flags)
{
	char buf[FEED_URL_BYTES];
	struct feed_text meant;
	struct value v;
	unsigned int why;

	v.has_wildcard = false;
	if (t.len > 6 &&
	    (memchr(t.s, '[', t.len) || memchr(t.s, '(', t.len) || !strncasecmp(t.s, "hxxp", 4)) &&
	    refang(t, buf, sizeof(buf), &meant))
		t = meant;
	why = value_read(t, &v);
	if (!why)
		return value_add_read(p, t, &v, flags);
	feed_refuse(p, t, why);
	return 0;
}
