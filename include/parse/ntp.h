/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* NTP: what a packet is (RFC 5905 section 7.3), control messages (RFC 9327 section 2), and those of ntpd's mode 7. */
#ifndef PARSE_NTP_H
#define PARSE_NTP_H

#include "parse/cursor.h"

#define NTP_PACKET 48 /* without extension fields */

enum { NTP_ACTIVE = 1, NTP_PASSIVE, NTP_CLIENT, NTP_SERVER, NTP_BROADCAST, NTP_CONTROL, NTP_PRIVATE };

struct ntp_info {
	__u8 version, mode; /* NTP_ACTIVE ... NTP_PRIVATE */
	__u8 stratum;	    /* of modes up to broadcast */
	__u8 op;	    /* control: operation; private: request code, of which 42 (monlist) is an amplifier's */
	__u8 is_response;
	__u8 reference[4];  /* of modes up to broadcast: who this clock follows, "GPS" or an address */
};

/* PARSE_OK with @c behind what was read; PARSE_SHORT; PARSE_BAD: a version or mode that is none */
static inline int ntp_parse(struct cur *c, struct ntp_info *ret)
{
	const __u8 *p = c->pos;
	__u8 version, mode;

	if (cur_left(c) < 1)
		return PARSE_SHORT;
	version = p[0] >> 3 & 7;
	mode = p[0] & 7;
	if (!version || version > 4 || !mode)
		return PARSE_BAD;
	p = cur_take(c, mode < NTP_CONTROL ? NTP_PACKET : mode == NTP_CONTROL ? 12 : 8);
	if (!p)
		return PARSE_SHORT;
	*ret = (struct ntp_info){ .version = version, .mode = mode };
	if (mode == NTP_CONTROL) {
		ret->op = p[1] & 31;
		ret->is_response = p[1] >> 7;
	} else if (mode == NTP_PRIVATE) {
		ret->op = p[3];
		ret->is_response = p[0] >> 7;
	} else {
		ret->stratum = p[1];
		ret->is_response = mode == NTP_SERVER;
		for (int i = 0; i < 4; i++)
			ret->reference[i] = p[12 + i];
	}
	return PARSE_OK;
}

#endif
