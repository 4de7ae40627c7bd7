/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP fragments -> datagrams, IPv4 (RFC 791) and IPv6 (RFC 8200 4.5), as Linux
 * does it but for overlaps: what repeats the same bytes is accepted, a
 * fragment that contradicts an earlier one spoils its datagram (RFC 5722).
 * Bounded in datagrams, bytes and time by the packets' clock; oldest goes.
 */
#ifndef STREAM_DEFRAG_H
#define STREAM_DEFRAG_H

#include <stdint.h>

#include "cordon_event.h"
#include "view/view.h"

struct defrag;

struct defrag_stats {
	uint64_t fragments;
	uint64_t overlaps; /* fragments that say other than those before them */
	uint64_t dropped; /* fragments that do not add up, contradict, or whose datagram was given up */
};

struct defrag *defrag_new(void);
/*
 * @v: a view of a PKT record with an IP header
 * Return: NULL: not complete, or no fragment; else a record of the whole
 * datagram as if it had come in one frame: facts without ports, flow_id 0, l4_off
 * and payload set where the transport header adds up. Valid until the next call.
 */
const struct cordon_event_hdr *defrag_add(struct defrag *d, const struct view *v);
const struct defrag_stats *defrag_stats(const struct defrag *d);
void defrag_free(struct defrag *d);

#endif
