/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules whose telling bytes stand at known places near the payload's begin
 * (content:"|18 03|"; depth:2; content:"|01|"; distance:3; within:1): the
 * kernel can compare them where they stand. A rule is given a head when it has
 * no window, or one of bytes that are seen all the time and not rarer than the
 * head's.
 */
#include <string.h>

#include "match/engine.h"

#define HEAD_MIN 2	/* bytes; one byte is seen too often to be worth its place */
#define HEAD_SPAN 8	/* bytes the kernel compares at once */
#define KNOWN_BYTES (CORDON_PF_HEAD_OFF_MAX + HEAD_SPAN)

/* what a rule says of the payload's first bytes */
struct begin {
	uint8_t val[KNOWN_BYTES], mask[KNOWN_BYTES]; /* mask 0: nothing */
};

static bool has_vars(const struct rule_match *m)
{
	return m->offset_var || m->depth_var || m->distance_var || m->within_var;
}

/* is the whole payload one content of @len bytes? */
static bool is_whole(const struct rule *r, uint32_t len)
{
	for (uint16_t i = 0; i < r->n_tests; i++) {
		const struct rule_test *t = &r->test[i];

		if (t->field == RULE_FIELD_DSIZE && !t->negated && t->lo == t->hi && t->lo == len)
			return true;
	}
	return false;
}

/* where @m must stand, if at one place only; @end: where the content before it ends, -1: not known. -1: not known */
static int64_t place_of(const struct rule *r, const struct rule_match *m, int64_t end)
{
	if (m->kind != RULE_MATCH_CONTENT || m->negated || has_vars(m))
		return -1;
	if (!m->relative) {
		bool is_fixed = m->startswith || (m->has_depth && m->depth == m->offset + m->len) || is_whole(r, m->len);

		return is_fixed ? (int64_t)m->offset : -1;
	}
	if (end < 0 || !m->has_within || m->distance < 0 || m->within != m->len)
		return -1;
	return end + m->distance;
}

static void note(struct begin *b, const struct rule_match *m, int64_t at)
{
	for (uint16_t i = 0; i < m->len && at + i < KNOWN_BYTES; i++) {
		uint8_t c = m->bytes[i];

		b->val[at + i] = c;
		b->mask[at + i] = m->nocase && c >= 'a' && c <= 'z' ? 0xdf : 0xff;
	}
}

static void begin_of(const struct rule *r, struct begin *b)
{
	int64_t end = -1;

	memset(b, 0, sizeof(*b));
	for (uint16_t i = 0; i < r->payload.n; i++) {
		const struct rule_match *m = &r->payload.m[i];
		int64_t at = place_of(r, m, end);

		end = at < 0 ? -1 : at + m->len;
		if (at >= 0)
			note(b, m, at);
	}
}

/* the head from @off on */
static struct head head_at(const struct begin *b, uint32_t off)
{
	struct head h = { .off = (uint8_t)off };
	uint8_t folded[HEAD_SPAN];
	uint32_t n = 0;

	for (uint32_t i = 0; i < HEAD_SPAN; i++) {
		uint8_t mask = b->mask[off + i];

		if (!mask)
			continue;
		h.val |= (uint64_t)(b->val[off + i] & mask) << (8 * i);
		h.mask |= (uint64_t)mask << (8 * i);
		h.len = (uint8_t)(i + 1);
		folded[n++] = b->val[off + i] | 0x20;
	}
	h.score = n < HEAD_MIN ? 0 : literal_rarity(folded, n);
	return h;
}

/* which of the rule's contents has most bytes in the head: libhs looks for those */
static const struct rule_match *match_of(const struct rule *r, struct head *h)
{
	const struct rule_match *best = NULL;
	int64_t end = -1;

	for (uint16_t i = 0; i < r->payload.n; i++) {
		const struct rule_match *m = &r->payload.m[i];
		int64_t at = place_of(r, m, end), from = at > h->off ? at : h->off, to = at + m->len;

		end = at < 0 ? -1 : to;
		to = to < h->off + h->len ? to : h->off + h->len;
		if (at < 0 || to <= from || to - from <= h->n)
			continue;
		best = m;
		h->at = (uint16_t)(from - at);
		h->n = (uint16_t)(to - from);
	}
	return best;
}

void head_choose(struct entry *e)
{
	struct head best = { .len = 0 };
	int window = e->window.len ? literal_rarity(e->window.b, e->window.len) : 0;
	struct begin b;

	if (e->rule->on & RULE_ON_MESSAGE || window > HEAD_WINDOW_POOR)
		return;
	begin_of(e->rule, &b);
	for (uint32_t off = 0; off <= CORDON_PF_HEAD_OFF_MAX; off++) {
		struct head h = b.mask[off] ? head_at(&b, off) : (struct head){ .len = 0 };

		if (h.score > best.score)
			best = h;
	}
	if (!best.score || (e->window.len && best.score < window))
		return;
	e->head_match = match_of(e->rule, &best);
	e->head = best;
}

/* --- into the kernel's image --- */

static bool is_same(const struct cordon_pf_head *k, const struct entry *e)
{
	return k->val == e->head.val && k->mask == e->head.mask && k->off == e->head.off && k->len == e->head.len;
}

static void index_first(struct cordon_prefilter *pf, unsigned int n)
{
	const struct cordon_pf_head *k = &pf->heads[n];

	if (k->off) {
		pf->heads_deep |= CORDON_BIT(n);
		return;
	}
	for (unsigned int b = 0; b < 256; b++)
		if (!((b ^ k->val) & k->mask & 0xff))
			pf->head_first[b] |= CORDON_BIT(n);
}

static bool put(struct cordon_prefilter *pf, const struct entry *e)
{
	struct cordon_pf_head *k = pf->heads;

	while (k < pf->heads + CORDON_PF_HEADS && k->len && !is_same(k, e))
		k++;
	if (k == pf->heads + CORDON_PF_HEADS)
		return false;
	if (!k->len) {
		*k = (struct cordon_pf_head){ .val = e->head.val, .mask = e->head.mask, .off = e->head.off, .len = e->head.len };
		index_first(pf, (unsigned int)(k - pf->heads));
		pf->heads_used |= CORDON_BIT(k - pf->heads);
	}
	k->apps |= e->apps;
	k->groups[0] |= e->groups[0];
	k->groups[1] |= e->groups[1];
	k->classes |= e->classes;
	k->ends |= e->ends;
	k->is_stream |= !!(e->rule->on & RULE_ON_STREAM);
	k->is_packet |= !!(e->rule->on & RULE_ON_PACKET);
	if (k->off)
		for (int i = 0; i < 2; i++)
			pf->heads_deep_groups[i] |= e->groups[i];
	return true;
}

bool head_put(struct cordon_prefilter *pf, struct entry *e)
{
	if (!put(pf, e))
		return false;
	e->window = (struct window){ .len = 0 };
	if (e->lit && e->rule->on == RULE_ON_PACKET && e->lit_buffer == APP_BUFFER_PAYLOAD)
		return true; /* all of the rule is judged on the packet that the head has marked */
	e->lit = e->head_match;
	e->lit_list = &e->rule->payload;
	e->lit_buffer = APP_BUFFER_PAYLOAD;
	return true;
}
