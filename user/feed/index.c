// SPDX-License-Identifier: BSD-2-Clause
/*
 * threat_index: the plain look-up, without the kernel's hashes and filters:
 * for an address each prefix length present, longest first; for a name the
 * name itself, then what is behind each dot. Values are compared whole.
 */
#include "feed/parse.h"

#include <string.h>

struct threat_index {
	const struct indicators *in;
	struct value_set *set;
	bool has_len[129];
	bool has_names;
};

static void add_batch(struct threat_index *t, uint32_t first)
{
	const struct indicator *e = t->in->v.data + first;
	size_t left = t->in->v.len - first, n = left < VALUE_SET_BATCH ? left : VALUE_SET_BATCH;
	uint64_t hash[VALUE_SET_BATCH];

	for (size_t i = 0; i < n; i++)
		hash[i] = value_set_hash(t->set, t->in, &e[i]);
	for (size_t i = 0; i < n; i++) {
		if (e[i].kind >= CORDON_INDICATOR_DOMAIN)
			t->has_names = true;
		else
			t->has_len[e[i].prefix.len] = true;
		value_set_add(t->set, first + (uint32_t)i, hash[i]);
	}
}

int threat_index_new(const struct indicators *in, struct threat_index **ret)
{
	struct threat_index *t = calloc(1, sizeof(*t));

	if (!t || value_set_new(in, in->v.len, &t->set)) {
		free(t);
		return -ENOMEM;
	}
	t->in = in;
	for (uint32_t i = 0; i < in->v.len; i += VALUE_SET_BATCH)
		add_batch(t, i);
	*ret = t;
	return 0;
}

void threat_index_free(struct threat_index *t)
{
	if (!t)
		return;
	value_set_free(t->set);
	free(t);
}

/* the entry of @p or of the most specific prefix around it; p->addr has no bits beyond p->len */
static uint32_t find_prefix(const struct threat_index *t, struct prefix p)
{
	int shortest = addr_is_v4(&p.addr) && p.len >= 96 ? 96 : 0;

	for (int len = p.len; len >= shortest; len--) {
		uint32_t id;

		if (len < 128)
			p.addr.b[len / 8] &= (uint8_t)(0xff00 >> (len % 8));
		if (!t->has_len[len])
			continue;
		p.len = (uint8_t)len;
		id = value_set_prefix(t->set, &p);
		if (id)
			return id;
	}
	return 0;
}

uint32_t threat_index_addr(const struct threat_index *t, const struct addr *a)
{
	return find_prefix(t, (struct prefix){.addr = *a, .len = 128});
}

uint32_t threat_index_prefix(const struct threat_index *t, const struct prefix *p)
{
	return find_prefix(t, *p);
}

/* the first name above this one that is listed with all below it */
static uint32_t find_above(const struct threat_index *t, const char *name, size_t len)
{
	const char *s = name, *end = name + len, *dot;
	uint32_t id = 0;

	while (!id && (dot = memchr(s, '.', (size_t)(end - s)))) {
		s = dot + 1;
		id = value_set_name(t->set, s, (size_t)(end - s));
		if (id && !(t->in->v.data[id - 1].flags & CORDON_THREAT_SUBDOMAINS))
			id = 0;
	}
	return id;
}

uint32_t threat_index_name(const struct threat_index *t, const char *name, size_t len)
{
	uint32_t id;

	if (!t->has_names || !len)
		return 0;
	id = value_set_name(t->set, name, len);
	return id ? id : find_above(t, name, len);
}

uint32_t threat_index_around(const struct threat_index *t, uint32_t id)
{
	const struct indicator *e = &t->in->v.data[id - 1];
	const char *name = indicator_value(t->in, e);
	struct prefix p = e->prefix;

	if (e->kind >= CORDON_INDICATOR_DOMAIN)
		return e->kind == CORDON_INDICATOR_DOMAIN ? find_above(t, name, strlen(name)) : 0;
	/* an IPv4 entry of all addresses has none of its kind around it */
	if (!p.len || (p.len == 96 && addr_is_v4(&p.addr)))
		return 0;
	p.len--;
	return find_prefix(t, p);
}

uint32_t threat_index_url(const struct threat_index *t, const char *url, size_t len)
{
	return t->has_names ? value_set_name(t->set, url, len) : 0;
}
