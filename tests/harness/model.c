/* SPDX-License-Identifier: BSD-2-Clause */
/* See model.h. */
#include "harness/model.h"

#include <string.h>

#include "cordon_hash.h"

static bool bit(const uint8_t *bits, uint32_t n)
{
	return bits[n >> 3] >> (n & 7) & 1;
}

static bool gate_open(const struct cordon_prefilter *pf, uint16_t number, const struct model_packet *k)
{
	const struct cordon_pf_gate *g = &pf->gates[number];

	for (int i = 0; i < 2; i++)
		if ((pf->sport_groups[k->sport][i] & pf->dport_groups[k->dport][i] & g->groups[i]) &&
		    (g->classes >> (k->class * 2 + k->dir) & 1) && (g->apps >> k->app & 1))
			return true;
	return false;
}

/* entries of a gram at buf[pos]; buf is carry and payload, folded */
static bool exact(const struct cordon_prefilter *pf, const uint8_t *buf, int len, int pos, uint32_t gram,
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
		if (v == e->val && gate_open(pf, e->gate, k))
			return true;
	}
	return false;
}

bool model_scan(const struct cordon_prefilter *pf, const uint8_t *stream, uint32_t from, uint32_t to,
		 const struct model_packet *k)
{
	uint8_t buf[CORDON_CARRY + 4096];
	int carry = from < CORDON_CARRY ? (int)from : CORDON_CARRY, len = carry + (int)(to - from);

	for (int i = 0; i < len; i++)
		buf[i] = stream[(int)from - carry + i] | 0x20;
	for (int at = carry - 4; at + 4 <= len; at += 4) {
		uint32_t gram;

		if (at < 0)
			continue;
		memcpy(&gram, buf + at, 4);
		if (bit(pf->long_bits, cordon_pf_long_bit(gram)) && exact(pf, buf, len, at, gram, k))
			return true;
	}
	for (int at = carry - 4; at + 3 <= len; at += 2) {
		uint32_t gram = 0xff000000;

		if (at < 0)
			continue;
		for (int i = 0; i < 3; i++)
			gram |= (uint32_t)buf[at + i] << (8 * i);
		if (bit(pf->short_bits, cordon_pf_short_bit(gram)) && exact(pf, buf, len, at, gram, k))
			return true;
	}
	return false;
}
