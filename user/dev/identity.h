/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of the identity parsers reads a packet. */
#ifndef DEV_IDENTITY_H
#define DEV_IDENTITY_H

#include <stdint.h>

#include "parse/identity.h"

struct identity_packet {
	uint16_t ethertype;	/* host order */
	uint16_t port;		/* destination, host order; 0: no UDP */
	uint8_t proto;		/* IPPROTO_* */
	const uint8_t *l3, *l4, *payload; /* NULL where absent */
	uint32_t l3_len, l4_len, payload_len;
};

/* PARSE_OK and *ret; PARSE_SHORT: what was read before the end is in *ret; PARSE_BAD: nothing is */
int identity_read(const struct identity_packet *p, struct identity *ret);

#endif
