/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* DHCP: how long an address is lent (RFC 2131 section 2, RFC 2132 sections 9.2, 9.11, 9.12). */
#ifndef PARSE_DHCP_H
#define PARSE_DHCP_H

#include "parse/cursor.h"

#define DHCP_FIXED 236	/* before the magic cookie */
#define DHCP_OPTIONS 256 /* more are not looked at */

/* the times that are read */
enum { DHCP_LEASE, DHCP_RENEWAL, DHCP_REBINDING, DHCP_TIMES };

struct dhcp_info {
	__u8 is_truncated;     /* an option ends behind the message */
	__u8 has;	       /* bits 1 << DHCP_LEASE ... */
	__u32 time_s[DHCP_TIMES]; /* of each the first */
};

static inline void dhcp_option(struct dhcp_info *r, __u8 code, struct cur v)
{
	__u8 which = code == 51 ? DHCP_LEASE : code == 58 ? DHCP_RENEWAL : code == 59 ? DHCP_REBINDING : DHCP_TIMES;

	if (which < DHCP_TIMES && !(r->has >> which & 1) && !cur_be32(&v, &r->time_s[which]))
		r->has |= (__u8)(1 << which);
}

/* PARSE_OK with what the options say up to their end, or as far as they are whole; PARSE_SHORT; PARSE_BAD: no DHCP */
static inline int dhcp_parse(struct cur *c, struct dhcp_info *ret)
{
	const __u8 *p = cur_take(c, DHCP_FIXED);
	struct dhcp_info r = { .has = 0, .is_truncated = 0 };
	__u32 magic, i;
	struct cur v;
	__u8 code, len;

	if (!p || cur_be32(c, &magic))
		return PARSE_SHORT;
	if (magic != 0x63825363 || p[0] - 1u > 1)
		return PARSE_BAD;
	for (i = 0; i < DHCP_OPTIONS && !cur_u8(c, &code) && code != 255; i++) {
		if (!code)
			continue;
		v = *c;
		r.is_truncated = cur_u8(&v, &len) || cur_left(&v) < len;
		if (r.is_truncated)
			break;
		c->pos = v.pos + len;
		v.end = c->pos;
		dhcp_option(&r, code, v);
	}
	*ret = r;
	return PARSE_OK;
}

#endif
