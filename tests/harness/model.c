/* SPDX-License-Identifier: BSD-2-Clause */
/* See model.h. */
#include "harness/model.h"

#include <string.h>

#include "cordon_hash.h"

static bool bit(const uint8_t *bits, uint32_t n)
{
	return bits[n >> 3] >> (n & 7) & 1;
}

static bool is_open(const struct cordon_prefilter *pf, uint64_t apps, const __u64 groups[2], uint16_t classes,
		    uint8_t ends, const struct model_packet *k)
{
	for (int i = 0; i < 2; i++)
		if ((pf->sport_groups[k->sport][i] & pf->dport_groups[k->dport][i] & groups[i]) &&
		    (classes >> (k->class * 2 + k->dir) & 1) && (apps >> k->app & 1) && (ends >> k->ends & 1))
			return true;
	return false;
}

/* @payload: bytes of it */
static bool gate_open(const struct cordon_prefilter *pf, uint16_t number, uint32_t payload, const struct model_packet *k)
{
	const struct cordon_pf_gate *g = &pf->gates[number];

	if ((g->sport && g->sport != k->sport) || (g->dport && g->dport != k->dport))
		return false;
	return payload >= g->min && (payload <= g->max || g->max == 65535) && is_open(pf, g->apps, g->groups, g->classes, g->ends, k);
}

/* one head against a payload at stream offset @from, byte by byte */
static bool head_fits(const struct cordon_pf_head *h, const uint8_t *payload, uint32_t len, uint32_t from)
{
	uint32_t end = h->off + h->len;

	if (h->is_stream && from < end && (from || len < end))
		return true;
	if (len < end || (from && !h->is_packet))
		return false;
	for (uint32_t i = 0; i < h->len; i++)
		if ((payload[h->off + i] ^ h->val >> (8 * i)) & h->mask >> (8 * i) & 0xff)
			return false;
	return true;
}

static bool heads_fit(const struct cordon_prefilter *pf, const uint8_t *payload, uint32_t len, uint32_t from,
		      const struct model_packet *k)
{
	for (int i = 0; i < CORDON_PF_HEADS && pf->heads[i].len; i++) {
		const struct cordon_pf_head *h = &pf->heads[i];

		if (is_open(pf, h->apps, h->groups, h->classes, h->ends, k) && head_fits(h, payload, len, from))
			return true;
	}
	return false;
}

/* entries of a gram at buf[pos]; buf is @carry bytes and the payload, folded */
static bool exact(const struct cordon_prefilter *pf, const uint8_t *buf, int carry, int len, int pos, uint32_t gram,
		  const struct model_packet *k)
{
	uint32_t h = cordon_pf_hash(gram);

	for (uint32_t i = 0; i < CORDON_PF_PROBES; i++) {
		const struct cordon_pf_entry *e = &pf->entries[(h + i) & (CORDON_PF_ENTRIES - 1)];
		int from = pos - e->off;
		uint64_t v = 0;

		if (!e->gram)
			return false;
		if (e->gram != gram || from < 0 || from + e->len > len)
			continue;
		for (int b = 0; b < e->len; b++)
			v |= (uint64_t)buf[from + b] << (8 * b);
		if (v == e->val && gate_open(pf, e->gate, (uint32_t)(len - carry), k))
			return true;
	}
	return false;
}

bool model_scan(const struct cordon_prefilter *pf, const uint8_t *stream, uint32_t from, uint32_t to,
		 const struct model_packet *k)
{
	uint8_t buf[CORDON_CARRY + 4096];
	int carry = from < CORDON_CARRY ? (int)from : CORDON_CARRY, len = carry + (int)(to - from);

	if (to > from && heads_fit(pf, stream + from, to - from, from, k))
		return true;
	for (int i = 0; i < len; i++)
		buf[i] = stream[(int)from - carry + i] | 0x20;
	for (int at = carry - 4; at + 4 <= len; at += 4) {
		uint32_t gram;

		if (at < 0)
			continue;
		memcpy(&gram, buf + at, 4);
		if (bit(pf->long_bits, cordon_pf_long_bit(gram)) && exact(pf, buf, carry, len, at, gram, k))
			return true;
	}
	for (int at = carry - 4; at + 3 <= len; at += 2) {
		uint32_t gram = 0xff000000;

		if (at < 0)
			continue;
		for (int i = 0; i < 3; i++)
			gram |= (uint32_t)buf[at + i] << (8 * i);
		if (bit(pf->short_bits, cordon_pf_short_bit(gram)) && exact(pf, buf, carry, len, at, gram, k))
			return true;
	}
	return false;
}
