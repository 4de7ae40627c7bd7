/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ends of a connection that a reject rule met are told: a TCP RST that the
 * end must believe (RFC 9293 3.10.7.4: its sequence number is the next one
 * expected), an ICMP "administratively prohibited" for UDP. Held by the keeper,
 * which alone has raw sockets. At most CORDON_REJECTS_S a second, the rest is
 * counted: who is attacked must not become an amplifier.
 *
 * The end behind the interface that saw the packet is told there, past our own
 * hooks (the flow's drop verdict holds already); the other end by the routes
 * of this host.
 */
#ifndef KEEPER_REJECT_H
#define KEEPER_REJECT_H

#include "pipeline.h"
#include "proc/msg.h"

struct rejecter {
	int raw4, raw6, link; /* opened at the first use; -1 */
	uint64_t second_ns;
	uint32_t in_second;
	struct reject_counts counts;
};

void reject_init(struct rejecter *r);
void reject_tell(struct rejecter *r, const struct finding_reject *f);
/* the packet for one end, without link header: its length, 0: none fits (another protocol, an RST itself). @b: REJECT_MAX */
#define REJECT_MAX 128
size_t reject_packet(const struct finding_reject *f, bool to_src, uint8_t *b);
void reject_done(struct rejecter *r);

#endif
