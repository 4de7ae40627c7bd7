/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a capture's TCP streams are cut into chunks: Suricata looks at raw bytes when they are acknowledged, with the
 * next packet of their direction, and not before there are enough of them. From headers alone, of all packets, so that
 * it does not depend on which of them anybody looked into. Made in a pass of its own: what ends a chunk comes behind it. Few
 * captures have streams that anybody looks into: so the pass waits for the first question.
 */
#ifndef STREAM_CHUNKS_H
#define STREAM_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

/* connections (300 bytes each) and ends of chunks (4 bytes) that are kept of a capture */
#define CHUNKS_FLOWS_MAX 131072
#define CHUNKS_ENDS_MAX (4u << 20)
/* connections between the same two ports */
#define CHUNKS_SAME_MAX 64

struct chunks;

/* a connection, as one of its packets has it; addresses IPv6 or mapped, ports and tag in host order */
struct chunk_ends {
	uint8_t src[16], dst[16];
	uint16_t sport, dport, vlan;
	uint32_t base; /* sequence number of the first byte that @src sends: which of those between the same ports it is */
};

/* @steps: CHUNKS_STEPS will be asked for. NULL: no memory */
struct chunks *chunks_new(bool steps);
/* @fill: gives all frames of the capture, by chunks_frame(), at the first chunks_find() */
void chunks_fill_by(struct chunks *c, void (*fill)(void *ctx), void *ctx);
/* the next frame of the capture: Ethernet, as the programs see it; what is no TCP segment only counts */
void chunks_frame(struct chunks *c, const uint8_t *frame, uint32_t len);
/*
 * Ends of chunks: as they are; of an application whose messages end them as well (those of a side are over when the other
 * one speaks); each offset up to which Suricata has read when it looks at messages
 */
enum { CHUNKS_PLAIN, CHUNKS_TURNS, CHUNKS_STEPS, CHUNKS_KINDS };
struct chunk_list {
	const uint32_t *end; /* stream offsets behind chunks, ascending; what is behind the last is one chunk */
	const uint32_t *next; /* where what Suricata looks at then begins: before that end, where bytes are missing. Not of steps */
	const uint32_t *by; /* where the payload of the packet begins with which it looks, UINT32_MAX: it has none. Not of steps */
	uint32_t n;
	bool is_cut; /* what is behind the last is never looked at: SSH had become ciphertext */
};
/*
 * chunks_find() - the ends of one direction's chunks
 * @e:     of a packet in this direction
 * @kind:  CHUNKS_*
 * Return: false: the handshake of the connection is not in the capture, something of it came in fragments, or there was no room for it
 */
bool chunks_find(struct chunks *c, const struct chunk_ends *e, unsigned int kind, struct chunk_list *ret);
uint64_t chunks_dropped(const struct chunks *c); /* connections, and ends of chunks, beyond the limits */
void chunks_free(struct chunks *c);

#endif
