/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of decode-event share. */
#ifndef MATCH_DECODE_INT_H
#define MATCH_DECODE_INT_H

#include "match/decode.h"

static inline void odd_say(struct decoded *o, unsigned int event)
{
	for (uint8_t i = 0; i < o->n; i++)
		if (o->event[i] == event)
			return;
	if (o->n < DECODE_MOST)
		o->event[o->n++] = (uint8_t)event;
}

/* options of an IPv4 header; false: they end the packet */
bool decode_options4(const uint8_t *p, uint32_t len, struct decoded *o);
/* options of a TCP header */
void decode_options_tcp(const uint8_t *p, uint32_t len, struct decoded *o);
/* options of a hop-by-hop or destination options header, without its first two bytes */
void decode_options6(const uint8_t *p, uint32_t len, bool is_hop, struct decoded *o);

#endif
