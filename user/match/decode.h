/* SPDX-License-Identifier: BSD-2-Clause */
/* What is odd about the headers of one packet, as Suricata's decoders see it: rows DECODE and below of rule/events.h. */
#ifndef MATCH_DECODE_H
#define MATCH_DECODE_H

#include "view/view.h"

#define DECODE_MOST 12 /* events of one packet */

struct decoded {
	uint8_t event[DECODE_MOST]; /* RULE_EVENT_*, each once */
	uint8_t n;
	bool is_void;  /* the network header itself is not believed */
	int16_t proto; /* what Suricata takes the packet for where it got no further; -1: as it is */
};

/* v->pkt must be there; writes all of *ret */
void decode_events(const struct view *v, struct decoded *ret);

#endif
