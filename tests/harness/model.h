/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model of the kernel's prefilter written from its definition
 * (cordon_hash.h, cordon_maps.h): both strides, the carry, exact entries,
 * gates. Slow and plain.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon_maps.h"

struct model_packet {
	unsigned int class, dir, app;
	uint16_t sport, dport;
	unsigned int ends; /* CORDON_END_* */
};

/* is the payload [from, to) of a stream marked? The bytes before it are the carry; at most 4096 new ones. */
bool model_scan(const struct cordon_prefilter *pf, const uint8_t *stream, uint32_t from, uint32_t to,
		const struct model_packet *k);

#endif
