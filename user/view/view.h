/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring record as checked, typed data: every offset was tested against the
 * record's length, so whoever holds a view need not test again.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon_event.h"

/*
 * Of a TCP packet's flow, for rules on packets: Suricata reads a stream as it is acknowledged, by this packet or before,
 * and knows nothing of it until then.
 */
#define VIEW_ACKED0 (1 << 0) /* the first bytes to the server are acknowledged */
#define VIEW_ACKED1 (1 << 1) /* those to the client */
#define VIEW_TOLD (1 << 2)   /* those that told the application */
#define VIEW_SEALED (1 << 3) /* before this packet: those from which on all is ciphertext. Or it is a tunnel's: it has no payload for rules */

/* beside CORDON_FLOW_* in facts.flow_flags, by user space alone: the packet was put together from fragments */
#define FLOW_REBUILT (1U << 31)

struct view {
	const struct cordon_event_hdr *hdr;
	const struct cordon_facts *facts;
	uint64_t ts_ns;
	uint64_t reasons;
	uint64_t began_ns; /* when its flow's record did: what whoever knows that adds; 0: not known */
	/* PKT, FIRST */
	const struct cordon_event_pkt *pkt; /* else NULL */
	const uint8_t *frame, *l3, *l4, *payload; /* NULL where absent */
	uint32_t frame_len, l3_len, l4_len, payload_len; /* bytes there to read from each pointer on; payload without padding */
	uint8_t tcp_flags;
	uint32_t seq, ack;
	uint8_t known; /* VIEW_*: what whoever follows the flow adds; 0 from view_from_event() */
	/* HIST */
	const struct cordon_event_hist *hist;
	/* NAME */
	const struct cordon_event_name *name;
};

/* 0; -EINVAL: an offset or a length does not add up (counted by the caller) */
int view_from_event(const struct cordon_event_hdr *ev, struct view *ret);

#endif
