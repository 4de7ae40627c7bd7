// SPDX-License-Identifier: BSD-2-Clause
/*
 * The image against its definition: a model of the kernel's look-up, written
 * from include/cordon_maps.h and cordon_hash.h alone, must say the same as
 * threat_index for listed and for unlisted values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon_hash.h"
#include "feed/feed.h"

/* --- the kernel's look-up, as the headers define it --- */

static bool bit(const struct cordon_line *lines, uint32_t n)
{
	return lines[n >> 9].b[(n & 511) >> 3] >> (n & 7) & 1;
}

static const struct cordon_threat_entry *probe(const struct cordon_line *mem, uint64_t fp)
{
	const struct cordon_threat_head *h = (const void *)mem;
	const uint32_t lines[2] = {cordon_threat_line1(fp, h->table_mask),
				   cordon_threat_line2(fp, h->table_mask)};

	for (int l = 0; l < 2; l++) {
		const struct cordon_threat_entry *e = (const void *)(mem + h->table + lines[l]);

		for (int i = 0; i < CORDON_THREAT_WAYS; i++)
			if (e[i].fp == fp)
				return &e[i];
	}
	return NULL;
}

static uint64_t mask_to(int bits)
{
	return bits <= 0 ? 0 : bits >= 64 ? ~0ULL : ~0ULL << (64 - bits);
}

static uint32_t image_addr(const struct cordon_line *mem, const struct addr *a)
{
	const struct cordon_threat_head *h = (const void *)mem;
	const struct cordon_threat_entry *e = NULL;
	uint64_t v[2], hi, lo;
	bool v4 = addr_is_v4(a);

	memcpy(v, a->b, 16);
	hi = be64toh(v[0]);
	lo = be64toh(v[1]);
	if (v4 && !bit(mem + h->v4_filter, (uint32_t)lo >> 8))
		return 0;
	if (!v4 && !bit(mem + h->v6_filter, cordon_v6_bit(h->seed, hi & mask_to(48), 48)) &&
	    !bit(mem + h->v6_filter, cordon_v6_bit(h->seed, hi & mask_to(32), 32)))
		return 0;
	for (int i = 0; i < (v4 ? h->n_v4 : h->n_v6) && !e; i++) {
		int len = v4 ? h->v4_len[i] : h->v6_len[i];

		e = probe(mem, cordon_threat_hash(h->seed, hi & mask_to(len),
						  lo & mask_to(len - 64), (uint32_t)len));
	}
	return e ? e->id : 0;
}

static bool name_bits(const struct cordon_line *line, uint64_t h)
{
	for (uint32_t i = 0; i < 4; i++)
		if (!bit(line, cordon_name_bit(h, i)))
			return false;
	return true;
}

/* hashes of the suffixes, the shortest first; their number */
static uint32_t name_hashes(uint64_t seed, const char *name, uint64_t h[128])
{
	const char *dot = strchr(name, '.');
	size_t len = dot ? (size_t)(dot - name) : strlen(name);
	uint32_t n = dot ? name_hashes(seed, dot + 1, h) : 0;
	uint64_t l = seed;

	for (size_t at = 0; at <= len; at += 8) {
		uint64_t word = 0;

		for (size_t i = 0; i < 8 && at + i < len; i++)
			word |= (uint64_t)(uint8_t)name[at + i] << 8 * i;
		l = cordon_mix(l ^ word);
	}
	h[n] = cordon_mix((n ? h[n - 1] : seed) ^ cordon_label_done(l, (uint32_t)len));
	return n + 1;
}

static const struct cordon_line *name_line(const struct cordon_line *mem, uint64_t h)
{
	const struct cordon_threat_head *head = (const void *)mem;

	return mem + head->name_filter + cordon_name_line(h, head->name_mask);
}

/* what the filter says of each suffix; lines asked in *ret_lines */
static bool name_maybe(const struct cordon_line *mem, const uint64_t *h, uint32_t n, uint32_t *ret_lines)
{
	const struct cordon_threat_head *head = (const void *)mem;
	bool maybe = head->has_tlds && name_bits(name_line(mem, h[0]), h[0]);

	*ret_lines = 0;
	for (uint32_t k = 1; k < n; k++) {
		const struct cordon_line *line = name_line(mem, h[k]);
		bool last = k == CORDON_NAME_LEVELS || !bit(line, CORDON_NAME_CROWDED);

		++*ret_lines;
		for (uint32_t i = k; i < (last ? n : k + 1); i++)
			maybe |= name_bits(line, h[i]);
		if (last)
			break;
	}
	return maybe;
}

/* the longest suffix that is listed */
static uint32_t image_name(const struct cordon_line *mem, const char *name)
{
	const struct cordon_threat_head *head = (const void *)mem;
	uint64_t h[128];
	uint32_t n = name_hashes(head->seed, name, h), id = 0, lines;

	if (!head->has_names || !name_maybe(mem, h, n, &lines))
		return 0;
	for (uint32_t k = 0; k < n; k++) {
		const struct cordon_threat_entry *e = probe(mem, cordon_name_fp(h[k]));

		if (e && (k + 1 == n || e->flags & CORDON_THREAT_SUBDOMAINS))
			id = e->id;
	}
	return id;
}

/* --- sets to try --- */

static uint64_t state_;
static uint64_t draw(void)
{
	state_ += 0x9e3779b97f4a7c15;
	return cordon_mix(state_);
}

static void add(struct indicators *in, struct indicator e)
{
	assert_int_equal(vec_push(&in->v, e), 0);
}

static void add_prefix(struct indicators *in, struct addr a, int len)
{
	struct indicator e = {.action = CORDON_ACTION_DROP, .prefix = {a, (uint8_t)len}};

	e.kind = addr_is_v4(&a) ? CORDON_INDICATOR_IPV4 : CORDON_INDICATOR_IPV6;
	for (int i = len; i < 128; i++)
		e.prefix.addr.b[i / 8] &= (uint8_t) ~(0x80 >> (i % 8));
	add(in, e);
}

static struct addr draw_v4(void)
{
	struct addr a = {{[10] = 0xff, [11] = 0xff}};
	uint32_t v = htobe32((uint32_t)draw());

	memcpy(a.b + 12, &v, 4);
	return a;
}

static struct addr draw_v6(void)
{
	struct addr a;
	uint64_t v[2] = {draw(), draw()};

	memcpy(a.b, v, 16);
	a.b[0] = 0x20 | (a.b[0] & 0x1f);
	return a;
}

static void add_name(struct indicators *in, const char *name, uint8_t flags)
{
	struct indicator e = {
		.kind = CORDON_INDICATOR_DOMAIN, .action = CORDON_ACTION_ALERT, .flags = flags};

	e.text = (uint32_t)in->text.len;
	for (const char *c = name;; c++) {
		assert_int_equal(vec_push(&in->text, *c), 0);
		if (!*c)
			break;
	}
	add(in, e);
}

static char *draw_name(char *dst, size_t size, const char *prefix)
{
	snprintf(dst, size, "%s%c%llx.%c%llx.example", prefix, 'a' + (char)(draw() % 26),
		 (unsigned long long)(draw() & 0xffff), 'a' + (char)(draw() % 26),
		 (unsigned long long)(draw() & 0xffffff));
	return dst;
}

struct built {
	struct indicators in;
	struct threat_index *index;
	struct cordon_line *mem;
	uint32_t lines;
};

static void build(struct built *b)
{
	struct strbuf err = {0};

	b->lines = threat_image_lines(&b->in);
	b->mem = aligned_alloc(64, b->lines * sizeof(*b->mem));
	assert_non_null(b->mem);
	memset(b->mem, 0xa5, b->lines * sizeof(*b->mem));
	assert_int_equal(threat_image_fill(&b->in, 7, b->mem, b->lines, &err), 0);
	assert_null(err.s);
	assert_int_equal(threat_index_new(&b->in, &b->index), 0);
}

static void drop(struct built *b)
{
	threat_index_free(b->index);
	free(b->mem);
	indicators_done(&b->in);
}

/* the same entry, or an equal one when the set has a value twice */
static void assert_same(const struct built *b, uint32_t image, uint32_t index)
{
	const struct indicator *x = b->in.v.data, *y = b->in.v.data;

	assert_int_equal(!image, !index);
	if (!image || image == index)
		return;
	x += image - 1;
	y += index - 1;
	assert_int_equal(x->kind, y->kind);
	if (x->kind == CORDON_INDICATOR_DOMAIN)
		assert_string_equal(b->in.text.data + x->text, b->in.text.data + y->text);
	else
		assert_memory_equal(&x->prefix, &y->prefix, sizeof(x->prefix));
}

static void check_addr(const struct built *b, const struct addr *a, bool must_hit)
{
	uint32_t image = image_addr(b->mem, a), index = threat_index_addr(b->index, a);

	assert_same(b, image, index);
	if (must_hit)
		assert_int_not_equal(image, 0);
}

static void check_name(const struct built *b, const char *name, bool must_hit)
{
	uint32_t image = image_name(b->mem, name),
		 index = threat_index_name(b->index, name, strlen(name));

	assert_same(b, image, index);
	if (must_hit)
		assert_int_not_equal(image, 0);
}

/* --- tests --- */

static void every_drawn_address_hits_and_strangers_never(void **state)
{
	struct built b = {0};

	(void)state;
	state_ = 1;
	for (int i = 0; i < 60000; i++)
		add_prefix(&b.in, i % 3 ? draw_v4() : draw_v6(), 128);
	build(&b);
	for (int i = 0; i < 10000; i++) {
		struct addr other = i % 2 ? draw_v4() : draw_v6();

		check_addr(&b, &b.in.v.data[draw() % b.in.v.len].prefix.addr, true);
		check_addr(&b, &other, false);
	}
	drop(&b);
}

static void prefixes_of_every_length_cover_what_they_say(void **state)
{
	struct built b = {0};

	(void)state;
	state_ = 2;
	for (int i = 0; i < 500; i++) {
		add_prefix(&b.in, draw_v4(), 104 + i % 25);
		add_prefix(&b.in, draw_v6(), 19 + i % 60);
	}
	build(&b);
	for (size_t i = 0; i < b.in.v.len; i++) {
		const struct prefix *p = &b.in.v.data[i].prefix;
		struct addr inside =
			b.in.v.data[i].kind == CORDON_INDICATOR_IPV4 ? draw_v4() : draw_v6();

		for (int k = 0; k < p->len; k++) {
			uint8_t m = (uint8_t)(0x80 >> (k % 8));

			inside.b[k / 8] =
				(uint8_t)((inside.b[k / 8] & ~m) | (p->addr.b[k / 8] & m));
		}
		check_addr(&b, &inside, true);
		inside.b[(p->len - 1) / 8] ^= (uint8_t)(0x80 >> ((p->len - 1) % 8));
		check_addr(&b, &inside, false);
	}
	drop(&b);
}

static void names_hit_exactly_or_with_all_below_them(void **state)
{
	struct built b = {0};
	char name[200], below[240];

	(void)state;
	state_ = 3;
	for (int i = 0; i < 30000; i++)
		add_name(&b.in, draw_name(name, sizeof(name), ""),
			 i % 2 ? CORDON_THREAT_SUBDOMAINS : 0);
	build(&b);
	for (int i = 0; i < 10000; i++) {
		const struct indicator *e = &b.in.v.data[draw() % b.in.v.len];

		check_name(&b, b.in.text.data + e->text, true);
		snprintf(below, sizeof(below), "www.x.%s", b.in.text.data + e->text);
		check_name(&b, below, e->flags & CORDON_THREAT_SUBDOMAINS);
		snprintf(below, sizeof(below), "x%s", b.in.text.data + e->text);
		check_name(&b, below, false);
		check_name(&b, draw_name(name, sizeof(name), "no."), false);
	}
	drop(&b);
}

/* lines of the filter that strangers ask, and how many of a thousand are not through with it */
static void strangers_ask(const struct cordon_line *mem, const char *end, double *ret_lines, double *ret_maybe)
{
	const struct cordon_threat_head *head = (const void *)mem;
	uint64_t h[128];
	char name[200];

	*ret_lines = *ret_maybe = 0;
	for (int i = 0; i < 10000; i++) {
		uint32_t lines;

		snprintf(name, sizeof(name), "h%llx.%s", (unsigned long long)draw(), end);
		*ret_maybe += name_maybe(mem, h, name_hashes(head->seed, name, h), &lines) / 10.0;
		*ret_lines += lines / 10000.0;
	}
}

/*
 * In most images: now and then one takes the very name that the strangers share for a listed one, and all of them are
 * looked up then, which costs time and loses nothing. Each image has a seed of its own.
 */
static void assert_strangers_pay_nothing(struct built *b)
{
	static const struct {
		const char *end;
		double lines;
	} asked[] = { { "cloud.example.com", 1.2 }, { "com", 1.2 }, { "dyn.example", 2.2 } };
	unsigned int dear[3] = { 0 };
	double lines, maybe;

	for (int image = 0; image < 5; image++) {
		for (int i = 0; i < 3; i++) {
			strangers_ask(b->mem, asked[i].end, &lines, &maybe);
			assert_true(lines < asked[i].lines);
			dear[i] += maybe >= 30;
		}
		threat_index_free(b->index);
		free(b->mem);
		build(b);
	}
	for (int i = 0; i < 3; i++)
		assert_true(dear[i] <= 2);
}

/* dynamic DNS: thousands of names end alike, at every depth; none is lost, and the others do not pay for it */
static void crowd_below_one_name_is_found_and_costs_nobody(void **state)
{
	static const char *const ends[] = { "dyn.example", "dyn.dyn2.example", "a.b.c.d.example", "1.2.3.4.5.6.7.8.example" };
	struct built b = {0};
	char name[200];

	(void)state;
	state_ = 9;
	add_name(&b.in, "toplevel", CORDON_THREAT_SUBDOMAINS);
	for (int i = 0; i < 40000; i++) {
		snprintf(name, sizeof(name), "%llx.%s", (unsigned long long)draw(), ends[i % 4]);
		add_name(&b.in, name, i % 3 ? CORDON_THREAT_SUBDOMAINS : 0);
		add_name(&b.in, draw_name(name, sizeof(name), ""), CORDON_THREAT_SUBDOMAINS);
	}
	add_name(&b.in, "dyn2.example", 0);
	add_name(&b.in, "b.c.d.example", 0);
	build(&b);
	for (size_t i = 0; i < b.in.v.len; i++)
		check_name(&b, b.in.text.data + b.in.v.data[i].text, true);
	check_name(&b, "www.a.toplevel", true);
	check_name(&b, "www.dyn2.example", false);
	check_name(&b, "dyn.example", false);
	assert_strangers_pay_nothing(&b);
	drop(&b);
}

static void exact_name_does_not_cover_what_is_below(void **state)
{
	struct built b = {0};

	(void)state;
	add_name(&b.in, "exact.example", 0);
	add_name(&b.in, "wide.example", CORDON_THREAT_SUBDOMAINS);
	build(&b);
	assert_int_equal(image_name(b.mem, "exact.example"), 1);
	assert_int_equal(image_name(b.mem, "a.exact.example"), 0);
	assert_int_equal(image_name(b.mem, "a.b.wide.example"), 2);
	assert_int_equal(image_name(b.mem, "notwide.example"), 0);
	assert_int_equal(image_name(b.mem, "example"), 0);
	drop(&b);
}

static void most_specific_prefix_wins(void **state)
{
	struct built b = {0};
	struct addr a = draw_v4();

	(void)state;
	add_prefix(&b.in, a, 112);
	add_prefix(&b.in, a, 128);
	add_prefix(&b.in, a, 120);
	build(&b);
	assert_int_equal(image_addr(b.mem, &a), 2);
	a.b[15] ^= 1;
	assert_int_equal(image_addr(b.mem, &a), 3);
	a.b[14] ^= 1;
	assert_int_equal(image_addr(b.mem, &a), 1);
	drop(&b);
}

static void equal_values_keep_the_stronger_action(void **state)
{
	struct built b = {0};
	struct addr a = draw_v4();

	(void)state;
	add_prefix(&b.in, a, 128);
	add_prefix(&b.in, a, 128);
	b.in.v.data[0].action = CORDON_ACTION_ALERT;
	b.in.v.data[1].action = CORDON_ACTION_QUARANTINE;
	build(&b);
	assert_int_equal(image_addr(b.mem, &a), 2);
	assert_int_equal(((struct cordon_threat_head *)b.mem)->entries, 1);
	drop(&b);
}

static void empty_set_gives_an_image_without_hits(void **state)
{
	struct built b = {0};
	struct addr a = draw_v4();

	(void)state;
	build(&b);
	assert_int_equal(((struct cordon_threat_head *)b.mem)->generation, 7);
	check_addr(&b, &a, false);
	check_name(&b, "a.example", false);
	drop(&b);
}

static void tight_table_is_filled_to_four_fifths(void **state)
{
	struct built b = {0};

	(void)state;
	state_ = 4;
	/* just below the next power of two: 16384 lines of four at 80 % */
	for (int i = 0; i < 52000; i++)
		add_prefix(&b.in, draw_v6(), 128);
	build(&b);
	assert_int_equal(((struct cordon_threat_head *)b.mem)->table_mask, 16383);
	for (size_t i = 0; i < b.in.v.len; i++)
		assert_int_not_equal(image_addr(b.mem, &b.in.v.data[i].prefix.addr), 0);
	drop(&b);
}

static void too_many_short_prefixes_are_refused_with_the_cure(void **state)
{
	struct indicators in = {0};
	struct strbuf err = {0};
	struct cordon_line *mem;
	uint32_t lines;

	(void)state;
	for (int i = 0; i <= CORDON_MAX_SHORT_PREFIXES; i++)
		add_prefix(&in, draw_v4(), 119);
	lines = threat_image_lines(&in);
	mem = aligned_alloc(64, lines * sizeof(*mem));
	assert_int_equal(threat_image_fill(&in, 1, mem, lines, &err), -E2BIG);
	assert_non_null(strstr(err.s, "split them"));
	strbuf_done(&err);
	in.v.len--;
	assert_int_equal(threat_image_fill(&in, 1, mem, lines, &err), 0);
	free(mem);
	indicators_done(&in);
}

static void too_few_lines_are_refused(void **state)
{
	struct indicators in = {0};
	struct cordon_line one[8];
	struct strbuf err = {0};

	(void)state;
	assert_int_equal(threat_image_fill(&in, 1, one, 8, &err), -EINVAL);
	strbuf_done(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_drawn_address_hits_and_strangers_never),
		cmocka_unit_test(prefixes_of_every_length_cover_what_they_say),
		cmocka_unit_test(names_hit_exactly_or_with_all_below_them),
		cmocka_unit_test(crowd_below_one_name_is_found_and_costs_nobody),
		cmocka_unit_test(exact_name_does_not_cover_what_is_below),
		cmocka_unit_test(most_specific_prefix_wins),
		cmocka_unit_test(equal_values_keep_the_stronger_action),
		cmocka_unit_test(empty_set_gives_an_image_without_hits),
		cmocka_unit_test(tight_table_is_filled_to_four_fifths),
		cmocka_unit_test(too_many_short_prefixes_are_refused_with_the_cure),
		cmocka_unit_test(too_few_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
