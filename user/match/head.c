/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules whose only telling bytes stand at a known place near the payload's
 * begin (content:"|18 03|"; depth:2): too short for a window, but the kernel
 * can compare them where they stand. A rule is given a head when it has no
 * window, or one of bytes that are seen all the time.
 */
#include <string.h>

#include "match/engine.h"

#define HEAD_MIN 2	   /* bytes; one byte is seen too often to be worth its place */
#define WINDOW_POOR 24	   /* score of a window's bytes below which a head is better */
#define WINDOW_LONG 1000   /* what literal.c adds for a long window */

/* is @m always at one place? */
static bool is_fixed(const struct rule_match *m)
{
	if (m->kind != RULE_MATCH_CONTENT || m->negated || m->relative || m->offset_var || m->depth_var)
		return false;
	return m->startswith || (m->has_depth && m->depth == m->offset + m->len);
}

static struct head head_of(const struct rule_match *m)
{
	struct head h = { .off = (uint8_t)m->offset, .len = m->len < 8 ? (uint8_t)m->len : 8 };

	for (unsigned int i = 0; i < h.len; i++) {
		bool folds = m->nocase && m->bytes[i] >= 'a' && m->bytes[i] <= 'z';

		h.val |= (uint64_t)m->bytes[i] << (8 * i);
		h.mask |= (uint64_t)(folds ? 0xdf : 0xff) << (8 * i);
	}
	h.val &= h.mask;
	return h;
}

void head_choose(struct entry *e)
{
	const struct rule_list *l = &e->rule->payload;
	const struct rule_match *best = NULL;

	if (e->rule->on & RULE_ON_MESSAGE || (e->window.len && e->window.score % WINDOW_LONG >= WINDOW_POOR))
		return;
	for (uint16_t i = 0; i < l->n; i++)
		if (is_fixed(&l->m[i]) && l->m[i].len >= HEAD_MIN && l->m[i].offset <= CORDON_PF_HEAD_OFF_MAX &&
		    (!best || l->m[i].len > best->len))
			best = &l->m[i];
	if (best)
		e->head = head_of(best);
	e->head_match = best;
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
	k->is_stream |= !!(e->rule->on & RULE_ON_STREAM);
	k->is_packet |= !!(e->rule->on & RULE_ON_PACKET);
	if (k->off)
		for (int i = 0; i < 2; i++)
			pf->heads_deep_groups[i] |= e->groups[i];
	return true;
}

bool head_put(struct cordon_prefilter *pf, struct entry *e)
{
	if (!put(pf, e)) {
		e->head = (struct head){ .len = 0 };
		return false;
	}
	e->window = (struct window){ .len = 0 };
	e->lit = e->head_match;
	e->lit_list = &e->rule->payload;
	e->lit_buffer = APP_BUFFER_PAYLOAD;
	return true;
}
