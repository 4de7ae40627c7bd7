/* SPDX-License-Identifier: BSD-2-Clause */
/* What is odd about the headers of one packet, as Suricata's decoders see it: rows DECODE and below of rule/events.h. */
#ifndef MATCH_DECODE_H
#define MATCH_DECODE_H

#include <stddef.h>

#include "view/view.h"

#define DECODE_MOST 4 /* events of one packet */

/* RULE_EVENT_*, each once; how many. v->pkt must be there. */
size_t decode_events(const struct view *v, uint8_t ret[DECODE_MOST]);

#endif
