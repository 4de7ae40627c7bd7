// SPDX-License-Identifier: BSD-2-Clause
/*
 * Several feeds into one set: duplicates fall together, the stronger entry
 * stays and remembers the other; and taking out what must never be blocked.
 * Nothing here knows a format.
 */
#include "feed/parse.h"

#include <string.h>

#include "base/cleanup.h"
#include "cordon_hash.h"

DEFINE_CLEANUP(struct value_set, value_set_free)

/* enforced before observed, then action, then confidence */
static bool is_stronger(const struct indicator *a, const struct indicator *b)
{
	bool a_observes = a->flags & CORDON_THREAT_OBSERVE,
	     b_observes = b->flags & CORDON_THREAT_OBSERVE;

	if (a_observes != b_observes)
		return b_observes;
	return a->action != b->action ? a->action > b->action : a->confidence > b->confidence;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return !a || !b ? 0 : a > b ? a : b;
}

/* the duplicate @b of entry @at */
static int fold(struct indicators *in, uint32_t at, const struct indicator *b)
{
	struct indicator *a = &in->v.data[at], loser = *b;
	uint8_t wider = (a->flags | b->flags) & CORDON_THREAT_SUBDOMAINS;
	uint64_t end = later(a->expires_ns, b->expires_ns);
	struct indicator_source s;

	if (is_stronger(b, a)) {
		uint32_t text = a->text;

		loser = *a;
		*a = *b;
		a->text = text;
	}
	a->flags |= wider;
	a->expires_ns = end;
	if (loser.feed == a->feed)
		return 0;
	s = (struct indicator_source){
		.entry = at, .line = loser.line, .feed = loser.feed, .category = loser.category};
	return vec_push(&in->also, s);
}

static int append_text(struct indicators *into, const struct indicators *from, struct indicator *e)
{
	const char *s;

	if (e->kind != CORDON_INDICATOR_DOMAIN && e->kind != CORDON_INDICATOR_URL)
		return 0;
	s = indicator_value(from, e);
	return indicators_text(into, s, strlen(s), &e->text);
}

/*
 * the entry goes last; when the set has its value already, it is folded into that one and taken off
 * again
 */
static int add_entry(struct indicators *into, struct value_set *set, const struct indicators *from,
		     struct indicator e, uint64_t hash)
{
	size_t text = into->text.len;
	uint32_t same;
	int r = append_text(into, from, &e);

	if (!r)
		r = vec_push(&into->v, e);
	if (r)
		return r;
	same = value_set_add(set, (uint32_t)into->v.len - 1, hash);
	if (!same)
		return 0;
	into->v.len--;
	into->text.len = text;
	return fold(into, same - 1, &e);
}

/* --- exceptions: what a feed takes away from what it lists itself --- */

struct exceptions {
	const struct indicators *from;
	struct value_set *set; /* NULL: it has none */
	bool has_prefixes;
};

static int exceptions_init(struct exceptions *x, const struct indicators *from)
{
	size_t n = 0;
	int r;

	*x = (struct exceptions){.from = from};
	for (size_t i = 0; i < from->v.len; i++)
		n += from->v.data[i].mark == FEED_MARK_EXCEPT;
	r = n ? value_set_new(from, n, &x->set) : 0;
	for (uint32_t i = 0; i < from->v.len && n && !r; i++) {
		const struct indicator *e = &from->v.data[i];

		if (e->mark != FEED_MARK_EXCEPT || e->kind == CORDON_INDICATOR_URL)
			continue;
		x->has_prefixes |= e->kind != CORDON_INDICATOR_DOMAIN;
		value_set_add(x->set, i, value_set_hash(x->set, from, e));
	}
	return r;
}

/* the entry of @s that covers @e from above: a shorter prefix, or a name with all below it; 0: none */
static uint32_t covering(const struct value_set *s, const struct indicators *of, const struct indicators *in,
			 const struct indicator *e)
{
	const char *dot = strchr(indicator_value(in, e), '.');
	struct prefix p = e->prefix;
	uint32_t id = 0;

	for (; e->kind == CORDON_INDICATOR_DOMAIN && dot && !id; dot = strchr(dot + 1, '.')) {
		id = value_set_name(s, dot + 1, strlen(dot + 1));
		if (id && !(of->v.data[id - 1].flags & CORDON_THREAT_SUBDOMAINS))
			id = 0;
	}
	if (e->kind == CORDON_INDICATOR_DOMAIN)
		return id;
	while (p.len > (e->kind == CORDON_INDICATOR_IPV4 ? 96 : 0) && !id) {
		p.len--;
		p.addr.b[p.len / 8] &= (uint8_t)(0xff00 >> (p.len % 8));
		id = value_set_prefix(s, &p);
	}
	return id;
}

static bool is_excepted(const struct exceptions *x, const struct indicator *e)
{
	const char *name = indicator_value(x->from, e);

	if (!x->set || e->kind == CORDON_INDICATOR_URL)
		return false;
	if (e->kind == CORDON_INDICATOR_DOMAIN ? value_set_name(x->set, name, strlen(name))
					       : x->has_prefixes && value_set_prefix(x->set, &e->prefix))
		return true;
	return (e->kind == CORDON_INDICATOR_DOMAIN || x->has_prefixes) && covering(x->set, x->from, x->from, e);
}

/* is the entry one that is looked up: no exception, and not about name servers */
static bool is_block(const struct indicator *e)
{
	return e->mark <= FEED_MARK_TCP_ONLY;
}

static int add_batch(struct indicators *into, struct value_set *set, const struct exceptions *x,
		     size_t first, size_t n)
{
	const struct indicators *from = x->from;
	size_t base = into->feeds.len - from->feeds.len;
	size_t categories = into->categories.len - from->categories.len;
	uint64_t hash[VALUE_SET_BATCH];
	int r = 0;

	for (size_t i = 0; i < n; i++)
		hash[i] = value_set_hash(set, from, &from->v.data[first + i]);
	for (size_t i = 0; i < n && !r; i++) {
		struct indicator e = from->v.data[first + i];

		if (!is_block(&e) || is_excepted(x, &e))
			continue;
		e.feed = (uint16_t)(e.feed + base);
		e.category = (uint16_t)(e.category + categories);
		r = add_entry(into, set, from, e, hash[i]);
	}
	return r;
}

static int add_set(struct indicators *into, struct value_set *set, const struct indicators *from)
{
	struct exceptions x;
	size_t n = from->v.len;
	int r = exceptions_init(&x, from);

	for (size_t i = 0; i < from->feeds.len && r >= 0; i++)
		r = indicators_feed(into, from->feeds.data[i]);
	for (size_t i = 0; i < from->categories.len && r >= 0; i++)
		r = indicators_category(into, into->categories.len, from->categories.data[i],
					strlen(from->categories.data[i]));
	for (size_t i = 0; i < n && r >= 0; i += VALUE_SET_BATCH)
		r = add_batch(into, set, &x, i, n - i < VALUE_SET_BATCH ? n - i : VALUE_SET_BATCH);
	value_set_free(x.set);
	return r < 0 ? r : 0;
}

/* does only this feed list the entry? */
static bool is_sole_feed(const struct indicators *in, uint32_t entry, size_t feed)
{
	if (in->v.data[entry].feed != feed)
		return false;
	for (size_t i = 0; i < in->also.len; i++)
		if (in->also.data[i].entry == entry)
			return false;
	return true;
}

/*
 * An exception below a listed name, or inside a listed prefix, becomes an entry of its own that does
 * nothing: the most specific entry counts. Not where another feed lists what is around it: an exception
 * speaks for its own feed only.
 */
static int add_holes(struct indicators *into, struct value_set *set, const struct indicators *from, size_t first_feed)
{
	int r = 0;

	for (size_t i = 0; i < from->v.len && !r; i++) {
		struct indicator e = from->v.data[i];
		uint32_t around;

		if (e.mark != FEED_MARK_EXCEPT || e.kind == CORDON_INDICATOR_URL)
			continue;
		around = covering(set, into, from, &e);
		e.feed = (uint16_t)(e.feed + first_feed);
		if (!around || !is_sole_feed(into, around - 1, e.feed))
			continue;
		e.action = CORDON_ACTION_OBSERVE;
		e.flags |= CORDON_THREAT_OBSERVE;
		e.category = into->v.data[around - 1].category;
		r = append_text(into, from, &e);
		if (!r)
			r = vec_push(&into->v, e);
		if (!r && value_set_add(set, (uint32_t)into->v.len - 1, value_set_hash(set, into, &e)))
			into->v.len--; /* listed by another feed: that holds */
	}
	return r;
}

static int by_entry(const void *a, const void *b)
{
	const struct indicator_source *x = a, *y = b;

	return x->entry != y->entry ? (x->entry > y->entry) - (x->entry < y->entry)
				    : (x->feed > y->feed) - (x->feed < y->feed);
}

int indicators_merge(struct indicators *into, const struct indicators *const *sets, size_t n)
{
	_cleanup_(value_set_free) struct value_set *set = NULL;
	size_t total = 0, text = 0;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		total += sets[i]->v.len;
		text += sets[i]->text.len;
	}
	if (total >= UINT32_MAX)
		return -EFBIG;
	if (vec_reserve(&into->v, total + 1) || vec_reserve(&into->text, text + 1) ||
	    value_set_new(into, total, &set))
		return -ENOMEM;
	for (size_t i = 0; i < n && !r; i++)
		r = add_set(into, set, sets[i]);
	for (size_t i = 0, feed = 0; i < n && !r; feed += sets[i++]->feeds.len)
		r = add_holes(into, set, sets[i], feed);
	if (!r && into->also.len)
		qsort(into->also.data, into->also.len, sizeof(*into->also.data), by_entry);
	return r;
}

/* --- never-block --- */

#define SIEVE_BYTES (65536 / 8)

/*
 * The guarded values, and every name above a guarded one, which an entry may not cover. The sieve says of most entries
 * that they touch none without hashing each suffix: two names can only touch when their last two labels are the same,
 * IPv4 prefixes of /16 and longer when their first two bytes are.
 */
struct guard {
	const struct indicators *never;
	struct threat_index *index;
	struct indicators above_text;
	struct value_set *above;
	uint8_t name_sieve[SIEVE_BYTES], v4_sieve[SIEVE_BYTES];
	bool has_single_label; /* then names may touch without that */
};

static bool sieve_has(const uint8_t *sieve, uint32_t bit)
{
	return sieve[bit / 8] >> bit % 8 & 1;
}

/* the bit of a name's last two labels; false: it has one label */
static bool name_sieve_bit(const char *name, size_t len, uint32_t *ret)
{
	const char *dot = memrchr(name, '.', len), *second = dot ? memrchr(name, '.', (size_t)(dot - name)) : NULL;
	const char *tail = second ? second + 1 : name;
	size_t n = len - (size_t)(tail - name), used = n < 8 ? n : 8;
	uint64_t last = 0;

	if (!dot)
		return false;
	memcpy(&last, name + len - used, used);
	*ret = (uint32_t)(cordon_mix(last ^ (uint64_t)n << 56) >> 48);
	return true;
}

static uint32_t v4_sieve_bit(const struct prefix *p)
{
	return (uint32_t)p->addr.b[12] << 8 | p->addr.b[13];
}

static void sieve_add(struct guard *g, const struct indicator *e)
{
	const char *name = indicator_value(g->never, e);
	uint32_t bit, n = 1;

	if (e->kind == CORDON_INDICATOR_DOMAIN && !name_sieve_bit(name, strlen(name), &bit))
		g->has_single_label = true;
	else if (e->kind == CORDON_INDICATOR_DOMAIN)
		g->name_sieve[bit / 8] |= (uint8_t)(1U << bit % 8);
	if (e->kind != CORDON_INDICATOR_IPV4)
		return;
	if (e->prefix.len < 112)
		n = 1U << (112 - e->prefix.len);
	bit = v4_sieve_bit(&e->prefix);
	for (uint32_t end = bit + n; bit < end; bit++)
		g->v4_sieve[bit / 8] |= (uint8_t)(1U << bit % 8);
}

/* the entry surely touches nothing guarded */
static bool sieve_passes(const struct guard *g, const struct indicator *e, const char *name, size_t len)
{
	uint32_t bit;

	if (e->kind == CORDON_INDICATOR_DOMAIN)
		return !g->has_single_label && name_sieve_bit(name, len, &bit) && !sieve_has(g->name_sieve, bit);
	return e->kind == CORDON_INDICATOR_IPV4 && e->prefix.len >= 112 && !sieve_has(g->v4_sieve, v4_sieve_bit(&e->prefix));
}

static void guard_done(struct guard *g)
{
	threat_index_free(g->index);
	value_set_free(g->above);
	indicators_done(&g->above_text);
}

static int guard_add_above(struct guard *g, const char *name)
{
	struct indicator e = {.kind = CORDON_INDICATOR_DOMAIN};
	const char *dot = strchr(name, '.');
	int r = 0;

	for (; dot && !r; dot = strchr(dot + 1, '.')) {
		r = indicators_text(&g->above_text, dot + 1, strlen(dot + 1), &e.text);
		if (!r)
			r = vec_push(&g->above_text.v, e);
	}
	return r;
}

static int guard_init(struct guard *g, const struct indicators *never)
{
	int r = threat_index_new(never, &g->index);

	g->never = never;
	for (size_t i = 0; i < never->v.len && !r; i++) {
		sieve_add(g, &never->v.data[i]);
		r = guard_add_above(g, indicator_value(never, &never->v.data[i]));
	}
	if (!r)
		r = value_set_new(&g->above_text, g->above_text.v.len, &g->above);
	for (uint32_t i = 0; i < g->above_text.v.len && !r; i++)
		value_set_add(g->above, i,
			      value_set_hash(g->above, &g->above_text, &g->above_text.v.data[i]));
	return r;
}

/* few prefixes are guarded, and few entries are prefixes: each is tried */
static bool covers_guarded(const struct guard *g, const struct indicator *e)
{
	for (size_t i = 0; i < g->never->v.len; i++) {
		const struct indicator *n = &g->never->v.data[i];

		if (n->kind == e->kind && e->prefix.len <= n->prefix.len &&
		    prefix_has(&e->prefix, &n->prefix.addr))
			return true;
	}
	return false;
}

static bool is_guarded(const struct guard *g, const struct indicators *in,
		       const struct indicator *e)
{
	const char *name = indicator_value(in, e);
	size_t len = strlen(name);

	if (e->kind == CORDON_INDICATOR_URL || sieve_passes(g, e, name, len))
		return false;
	if (e->kind == CORDON_INDICATOR_DOMAIN)
		return threat_index_name(g->index, name, len) ||
		       ((e->flags & CORDON_THREAT_SUBDOMAINS) &&
			value_set_name(g->above, name, len));
	if (threat_index_addr(g->index, &e->prefix.addr))
		return true;
	return e->prefix.len < 128 && covers_guarded(g, e);
}

int indicators_guards(const struct indicators *set, struct indicators *never)
{
	for (size_t i = 0; i < set->v.len; i++) {
		struct indicator e = set->v.data[i];
		const char *value = indicator_value(set, &e);

		if (e.mark != FEED_MARK_GUARD)
			continue;
		if (e.kind >= CORDON_INDICATOR_DOMAIN && indicators_text(never, value, strlen(value), &e.text))
			return -ENOMEM;
		if (vec_push(&never->v, e))
			return -ENOMEM;
	}
	return 0;
}

int indicators_copy(struct indicators *into, const struct indicators *in, const struct indicator *e)
{
	struct indicator copy = *e;
	const char *value = indicator_value(in, e);

	if (e->kind >= CORDON_INDICATOR_DOMAIN && indicators_text(into, value, strlen(value), &copy.text))
		return -ENOMEM;
	return vec_push(&into->v, copy);
}

/* also[] keeps pointing at what is left */
static void renumber(struct indicators *in, const uint32_t *moved)
{
	size_t n = 0;

	for (size_t i = 0; i < in->also.len; i++) {
		struct indicator_source s = in->also.data[i];

		if (moved[s.entry] == UINT32_MAX)
			continue;
		s.entry = moved[s.entry];
		in->also.data[n++] = s;
	}
	in->also.len = n;
}

long indicators_except(struct indicators *in, const struct indicators *never,
		       void (*on_out)(const struct indicators *in, const struct indicator *e, void *ctx), void *ctx)
{
	_cleanup_free_ uint32_t *moved = calloc(in->v.len + 1, sizeof(*moved));
	struct guard g = {0};
	size_t n = 0, before = in->v.len;
	int r = moved ? guard_init(&g, never) : -ENOMEM;

	for (size_t i = 0; i < before && !r; i++) {
		bool out = in->v.data[i].mark != FEED_MARK_EXCEPT && is_guarded(&g, in, &in->v.data[i]);

		if (out && on_out)
			on_out(in, &in->v.data[i], ctx);
		moved[i] = out ? UINT32_MAX : (uint32_t)n;
		if (!out)
			in->v.data[n++] = in->v.data[i];
	}
	guard_done(&g);
	if (r)
		return r;
	in->v.len = n;
	renumber(in, moved);
	return (long)(before - n);
}

long indicators_expire(struct indicators *in, uint64_t now_ns, uint64_t *ret_next)
{
	_cleanup_free_ uint32_t *moved = calloc(in->v.len + 1, sizeof(*moved));
	size_t n = 0, before = in->v.len;

	if (!moved)
		return -ENOMEM;
	*ret_next = 0;
	for (size_t i = 0; i < before; i++) {
		uint64_t end = in->v.data[i].expires_ns;
		bool out = end && end <= now_ns;

		if (end && !out && (!*ret_next || end < *ret_next))
			*ret_next = end;
		moved[i] = out ? UINT32_MAX : (uint32_t)n;
		if (!out)
			in->v.data[n++] = in->v.data[i];
	}
	in->v.len = n;
	renumber(in, moved);
	return (long)(before - n);
}
