/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring records made by hand, for tests of the user-space half without a
 * kernel: a packet with its facts, a history, a name.
 */
#ifndef TESTS_RECORD_H
#define TESTS_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "cordon_event.h"

#define RECORD_MAX (sizeof(struct cordon_event_pkt) + 66000)

union record {
	struct cordon_event_hdr hdr;
	struct cordon_event_pkt pkt;
	struct cordon_event_hist hist;
	struct cordon_event_name name;
	uint8_t room[RECORD_MAX];
};

/* a flow both ends of which are known: facts of a packet of @dir, 10.0.0.2:40000 -> 192.0.2.1:80 */
struct cordon_facts record_facts(uint64_t flow_id, uint8_t proto, uint8_t dir, uint8_t app, uint32_t flags);

/* Ethernet + IPv4 + TCP frame of these facts; @off: stream offset of the payload, base_seq is taken from the facts */
void record_tcp(union record *r, const struct cordon_facts *f, uint32_t off, uint8_t tcp_flags, const void *p, size_t n);
void record_udp(union record *r, const struct cordon_facts *f, const void *p, size_t n);
/* bytes [start, start + len) of @stream of each direction, as the recorder keeps them */
void record_hist(union record *r, const struct cordon_facts *f, const uint8_t *const stream[2], const uint32_t start[2],
		 const uint32_t len[2]);
void record_name(union record *r, const struct cordon_facts *f, uint8_t source, const char *name);

#endif
