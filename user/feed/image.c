// SPDX-License-Identifier: BSD-2-Clause
/*
 * Indicators to the image the kernel looks up in (struct cordon_threat_head):
 * filters that say "surely not" for nearly every packet, and behind them one
 * table of fingerprints, each in one of two lines of four (cuckoo hashing;
 * two choices of four hold at far higher loads than the 80 % used here).
 * Hashes are keyed by a seed drawn for each image. Entries go in in batches
 * whose lines are prefetched: the cost is memory latency, not hashing.
 */
#include "feed/feed.h"

#include <endian.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "cordon_hash.h"
#include "parse/name.h"

#define BATCH 32
#define MAX_KICKS 1000
#define MAX_SEEDS 8
#define COUNT_ALONE 100000 /* entries whose names one thread counts sooner than it starts a second */
#define HEAD_LINES 4

/* an image being filled */
struct image {
	const struct indicators *in;
	struct cordon_line *mem;
	struct cordon_threat_head *head;
	uint8_t *crowd; /* names of each line of the name filter, up to one more than CORDON_NAME_CROWD */
	uint32_t walk; /* state of the random walk */
};

/* a name as the kernel sees it */
struct name_key {
	uint64_t fp, h[CORDON_NAME_LEVELS + 1]; /* hashes of the last label, the last two, ... */
	uint32_t labels;
};

/* of BATCH indicators; a URL makes two entries */
struct batch {
	struct cordon_threat_entry e[2 * BATCH];
	uint32_t n;
};

/* --- sizes --- */

static uint32_t pow2(uint64_t n)
{
	uint32_t p = 1;

	while (p < n)
		p *= 2;
	return p;
}

static void layout(const struct indicators *in, struct cordon_threat_head *h, uint32_t *ret_lines)
{
	uint64_t names = 0, urls = 0;

	for (size_t i = 0; i < in->v.len; i++) {
		names += in->v.data[i].kind >= CORDON_INDICATOR_DOMAIN;
		urls += in->v.data[i].kind == CORDON_INDICATOR_URL;
	}
	h->v4_filter = HEAD_LINES;
	h->v6_filter = h->v4_filter + CORDON_V4_FILTER_LINES;
	h->name_filter = h->v6_filter + CORDON_V6_FILTER_LINES;
	h->name_mask = pow2(names / 32 + 1) - 1; /* 16 bits or more a name */
	h->table = h->name_filter + h->name_mask + 1;
	h->table_mask =
		pow2((in->v.len + urls) * 10 / (8 * CORDON_THREAT_WAYS) + 1) - 1; /* at most 80 % full */
	h->has_names = names > 0;
	*ret_lines = h->table + h->table_mask + 1;
}

uint32_t threat_image_lines(const struct indicators *in)
{
	struct cordon_threat_head h = {0};
	uint32_t lines;

	layout(in, &h, &lines);
	return lines;
}

/* --- filters --- */

static void set_bit(struct cordon_line *lines, uint32_t n)
{
	lines[n >> 9].b[(n & 511) >> 3] |= (uint8_t)(1U << (n & 7));
}

/* bits [first, first + n) of a filter; n is a power of two, first a multiple of it */
static void set_bits(struct cordon_line *lines, uint32_t first, uint32_t n)
{
	if (n >= 8)
		memset((uint8_t *)lines + first / 8, 0xff, n / 8);
	else
		for (uint32_t i = 0; i < n; i++)
			set_bit(lines, first + i);
}

static void halves(const struct addr *a, uint64_t *hi, uint64_t *lo)
{
	uint64_t v[2];

	memcpy(v, a->b, sizeof(v));
	*hi = be64toh(v[0]);
	*lo = be64toh(v[1]);
}

static void filter_v4(struct image *m, uint64_t lo, unsigned int len)
{
	set_bits(m->mem + m->head->v4_filter, (uint32_t)lo >> 8, len < 120 ? 1U << (120 - len) : 1);
}

static void filter_v6(struct image *m, uint64_t hi, unsigned int len)
{
	struct cordon_line *filter = m->mem + m->head->v6_filter;
	uint32_t n = len < 32 ? 1U << (32 - len) : 1;

	if (len >= 48) {
		set_bit(filter, cordon_v6_bit(m->head->seed, hi & ~0ULL << 16, 48));
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		set_bit(filter,
			cordon_v6_bit(m->head->seed, (hi & ~0ULL << 32) + ((uint64_t)i << 32), 32));
}

/* --- names --- */

/* the name of a domain or of a URL's host, of which @host is room for; NULL: it has none */
static const char *name_of(const struct indicators *in, const struct indicator *e, char host[256])
{
	if (e->kind == CORDON_INDICATOR_DOMAIN)
		return indicator_value(in, e);
	if (e->kind != CORDON_INDICATOR_URL || !url_host(indicator_value(in, e), host) || strchr(host, ':'))
		return NULL; /* "[address]" is not what the kernel takes for a name */
	return host;
}

/* of a name with more than NAME_LABELS labels the rest does not count: the kernel never looks so far */
static void name_key(uint64_t seed, const char *name, struct name_key *ret)
{
	size_t len = strnlen(name, NAME_TEXT_MAX);
	struct name_info ni; /* not cleared: that would cost as much as the hashing */
	uint64_t h = seed;

	ni.len = (uint16_t)len;
	memcpy(ni.text, name, len);
	name_hash(seed, &ni);
	for (uint32_t k = 0; k < ni.labels && k < NAME_LABELS; k++) {
		h = cordon_mix(h ^ ni.label[(ni.labels - 1U - k) % NAME_LABELS]);
		if (k <= CORDON_NAME_LEVELS)
			ret->h[k] = h;
	}
	ret->fp = cordon_name_fp(h);
	ret->labels = ni.labels;
}

static bool is_crowded(const struct image *m, uint32_t line)
{
	return __atomic_load_n(&m->crowd[line], __ATOMIC_RELAXED) > CORDON_NAME_CROWD;
}

/* the line a name is in, as the lines are now; see cordon_name_line() */
static uint32_t line_of_name(const struct image *m, const struct name_key *k)
{
	uint32_t i = k->labels > 1, line = cordon_name_line(k->h[i], m->head->name_mask);

	while (i && i < CORDON_NAME_LEVELS && i + 1 < k->labels && is_crowded(m, line))
		line = cordon_name_line(k->h[++i], m->head->name_mask);
	return line;
}

/*
 * Before the first bit is set it must be known which lines are crowded. What came into a line before it was is not
 * moved on, and not counted where it goes: those lines are a little fuller, no more.
 */
struct counting {
	struct image *m;
	size_t from, to; /* entries */
	bool has_tlds;
};

static void *count_part(void *ctx)
{
	struct counting *c = ctx;
	struct image *m = c->m;
	struct name_key k;
	const char *name;
	char host[256];

	for (size_t i = c->from; i < c->to; i++) {
		uint8_t *n, had;

		name = name_of(m->in, &m->in->v.data[i], host);
		if (!name || !*name)
			continue;
		name_key(m->head->seed, name, &k);
		c->has_tlds |= k.labels == 1;
		n = &m->crowd[line_of_name(m, &k)];
		/* one that another thread adds at once may be lost: a line that is a little fuller, as above */
		had = __atomic_load_n(n, __ATOMIC_RELAXED);
		if (had <= CORDON_NAME_CROWD && k.labels > 1)
			__atomic_store_n(n, had + 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void count_names(struct image *m)
{
	size_t n = m->in->v.len, half = n < COUNT_ALONE ? n : n / 2;
	struct counting a = {.m = m, .to = half}, b = {.m = m, .from = half, .to = n};
	pthread_t other;
	bool is_shared = half < n && !pthread_create(&other, NULL, count_part, &b);

	count_part(&a);
	if (is_shared)
		pthread_join(other, NULL);
	else
		count_part(&b);
	m->head->has_tlds |= a.has_tlds || b.has_tlds;
	for (uint32_t i = 0; i <= m->head->name_mask; i++) {
		if (is_crowded(m, i))
			set_bit(m->mem + m->head->name_filter + i, CORDON_NAME_CROWDED);
	}
}

/* --- keys --- */

static uint64_t prepare_name(struct image *m, const char *name)
{
	struct cordon_line *line;
	struct name_key k = {};

	name_key(m->head->seed, name, &k);
	line = m->mem + m->head->name_filter + line_of_name(m, &k);
	for (uint32_t i = 0; i < 4; i++)
		set_bit(line, cordon_name_bit(k.fp, i));
	return k.fp;
}

static uint64_t prepare_prefix(struct image *m, const struct prefix *p)
{
	uint64_t hi, lo;

	halves(&p->addr, &hi, &lo);
	if (addr_is_v4(&p->addr) && p->len >= 96)
		filter_v4(m, lo, p->len);
	else
		filter_v6(m, hi, p->len);
	return cordon_threat_hash(m->head->seed, hi, lo, p->len);
}

/* an entry of the table with its filter bits set */
static void put(const struct indicators *in, struct batch *b, uint64_t fp, uint32_t id, const struct indicator *e)
{
	b->e[b->n++] = (struct cordon_threat_entry){ .fp = fp, .id = id, .feed = e->feed,
						     .action = id ? indicator_kernel_action(in, e) : 0,
						     .flags = id ? e->flags : CORDON_THREAT_LOOK };
}

/*
 * A URL is not for the kernel: its host is, so that requests to it come up. An
 * address may be asked for by what the Host field says and by where the packet goes.
 * https: the request is not to be seen.
 */
static void prepare_url(struct image *m, struct batch *b, const struct indicator *e)
{
	struct prefix p;
	char host[256];
	const char *name = name_of(m->in, e, host);

	if (name)
		put(m->in, b, prepare_name(m, name), 0, e);
	if (url_host(indicator_value(m->in, e), host) && prefix_parse(host, &p) >= 0)
		put(m->in, b, prepare_prefix(m, &p), 0, e);
}

static void prepare(struct image *m, struct batch *b, const struct indicator *e, uint32_t id)
{
	if (e->kind == CORDON_INDICATOR_URL)
		prepare_url(m, b, e);
	else if (e->kind == CORDON_INDICATOR_DOMAIN)
		put(m->in, b, prepare_name(m, indicator_value(m->in, e)), id, e);
	else
		put(m->in, b, prepare_prefix(m, &e->prefix), id, e);
}

/* --- table --- */

static struct cordon_threat_entry *line_of(struct image *m, uint32_t line)
{
	return (struct cordon_threat_entry *)(m->mem + m->head->table + line);
}

/* the entry with this key in a line, else a free one, else NULL */
static struct cordon_threat_entry *place_in(struct cordon_threat_entry *w, uint64_t fp,
					    uint32_t *ret_used)
{
	struct cordon_threat_entry *place = NULL;

	*ret_used = 0;
	for (int i = 0; i < CORDON_THREAT_WAYS; i++) {
		if (w[i].fp == fp)
			return &w[i];
		if (w[i].fp)
			(*ret_used)++;
		else if (!place)
			place = &w[i];
	}
	return place;
}

/* entries move to their other line until one finds a free place */
static int kick(struct image *m, struct cordon_threat_entry e)
{
	uint32_t line = cordon_threat_line1(e.fp, m->head->table_mask), used;

	for (int i = 0; i < MAX_KICKS; i++) {
		struct cordon_threat_entry *w = line_of(m, line), *place = place_in(w, e.fp, &used),
					   out;

		if (place) {
			*place = e;
			return 0;
		}
		m->walk = m->walk * 1664525 + 1013904223;
		place = &w[m->walk >> 30];
		out = *place;
		*place = e;
		e = out;
		/*
		 * its other line; both are the same for one key in 2^bits, then the walk goes on
		 * from there
		 */
		line ^= cordon_threat_line1(e.fp, m->head->table_mask) ^
			cordon_threat_line2(e.fp, m->head->table_mask);
	}
	return -ENOSPC;
}

/* equal values in an unmerged set: what is enforced first, then the stronger action */
static bool is_stronger(const struct cordon_threat_entry *a, const struct cordon_threat_entry *b)
{
	bool a_observes = a->flags & CORDON_THREAT_OBSERVE,
	     b_observes = b->flags & CORDON_THREAT_OBSERVE;

	return a_observes != b_observes ? b_observes : a->action > b->action;
}

static int insert(struct image *m, const struct cordon_threat_entry *e)
{
	uint32_t used1, used2;
	struct cordon_threat_entry *p1 = place_in(
		line_of(m, cordon_threat_line1(e->fp, m->head->table_mask)), e->fp, &used1);
	struct cordon_threat_entry *p2 = place_in(
		line_of(m, cordon_threat_line2(e->fp, m->head->table_mask)), e->fp, &used2);
	struct cordon_threat_entry *same = p1 && p1->fp ? p1 : p2 && p2->fp ? p2 : NULL;

	if (same) {
		uint8_t both = (same->flags | e->flags) & (CORDON_THREAT_SUBDOMAINS | CORDON_THREAT_LOOK);

		if (e->id && (!same->id || is_stronger(e, same)))
			*same = *e;
		same->flags |= both;
		return 0;
	}
	m->head->entries += e->id != 0;
	if (!p1 && !p2)
		return kick(m, *e);
	*(!p2 || (p1 && used1 <= used2) ? p1 : p2) = *e;
	return 0;
}

static int insert_batch(struct image *m, uint32_t first, uint32_t n)
{
	struct batch b = {.n = 0};
	int r = 0;

	for (uint32_t i = 0; i < n; i++)
		prepare(m, &b, &m->in->v.data[first + i], first + i + 1);
	for (uint32_t i = 0; i < b.n; i++) {
		__builtin_prefetch(line_of(m, cordon_threat_line1(b.e[i].fp, m->head->table_mask)), 1);
		__builtin_prefetch(line_of(m, cordon_threat_line2(b.e[i].fp, m->head->table_mask)), 1);
	}
	for (uint32_t i = 0; i < b.n && !r; i++)
		r = insert(m, &b.e[i]);
	return r;
}

/* --- all of it --- */

/* prefix lengths of one family, longest first; -E2BIG: more than the head has room for */
static int list_lengths(const uint32_t count[129], uint8_t *ret, uint8_t max, uint8_t *ret_n)
{
	*ret_n = 0;
	for (int len = 128; len >= 0; len--) {
		if (!count[len])
			continue;
		if (*ret_n == max)
			return -E2BIG;
		ret[(*ret_n)++] = (uint8_t)len;
	}
	return 0;
}

/*
 * lengths into the head; before any filter is filled, since a short prefix costs thousands of bits
 */
static int check_bounds(struct image *m, struct strbuf *err)
{
	uint32_t count[2][129] = {0}, n_short = 0;

	for (size_t i = 0; i < m->in->v.len; i++) {
		uint8_t kind = m->in->v.data[i].kind;

		if (kind <= CORDON_INDICATOR_IPV6)
			count[kind == CORDON_INDICATOR_IPV6][m->in->v.data[i].prefix.len]++;
		else if (kind == CORDON_INDICATOR_URL) /* its host may be an address */
			count[0][128] = count[1][128] = 1;
	}
	if (list_lengths(count[0], m->head->v4_len, sizeof(m->head->v4_len), &m->head->n_v4) ||
	    list_lengths(count[1], m->head->v6_len, sizeof(m->head->v6_len), &m->head->n_v6)) {
		strbuf_addf(err,
			    "threat image: more than %zu different IPv6 prefix lengths: use fewer "
			    "in the feeds",
			    sizeof(m->head->v6_len));
		return -E2BIG;
	}
	for (int len = 0; len < 128; len++)
		n_short += (len < 120 ? count[0][len] : 0) + (len < 48 ? count[1][len] : 0);
	if (n_short > CORDON_MAX_SHORT_PREFIXES) {
		strbuf_addf(err,
			    "threat image: %u prefixes shorter than /24 (IPv6: /48), at most %d: "
			    "split them "
			    "into /24 (/48) or drop a feed",
			    n_short, CORDON_MAX_SHORT_PREFIXES);
		return -E2BIG;
	}
	return 0;
}

static int fill_with_seed(struct image *m, const struct cordon_threat_head *plan, uint32_t generation, uint32_t lines,
			  struct strbuf *err)
{
	uint32_t n = (uint32_t)m->in->v.len;
	int r;

	memset(m->mem, 0, (size_t)lines * sizeof(*m->mem));
	*m->head = *plan;
	m->head->seed = random_u64();
	m->head->generation = generation;
	m->walk = (uint32_t)m->head->seed;
	memset(m->crowd, 0, m->head->name_mask + 1U);
	if (m->head->has_names)
		count_names(m);
	r = check_bounds(m, err);
	for (uint32_t i = 0; i < n && !r; i += BATCH)
		r = insert_batch(m, i, n - i < BATCH ? n - i : BATCH);
	return r;
}

int threat_image_fill(const struct indicators *in, uint32_t generation, struct cordon_line *mem,
		      uint32_t lines, struct strbuf *err)
{
	struct image m = {.in = in, .mem = mem, .head = (struct cordon_threat_head *)mem};
	struct cordon_threat_head h = {0};
	uint32_t least;
	int r = -ENOSPC;

	layout(in, &h, &least);
	if (lines < least || !generation) {
		strbuf_adds(err, "threat image: too few lines, or generation 0");
		return -EINVAL;
	}
	m.crowd = malloc(h.name_mask + 1U);
	if (!m.crowd)
		return -ENOMEM;
	for (int i = 0; i < MAX_SEEDS && r == -ENOSPC; i++)
		r = fill_with_seed(&m, &h, generation, lines, err);
	free(m.crowd);
	if (r == -ENOSPC)
		strbuf_addf(err, "threat image: %zu entries found no place under %d seeds",
			    in->v.len, MAX_SEEDS);
	return r;
}
