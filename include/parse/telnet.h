/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Telnet: option negotiation (RFC 854, RFC 855), with which both ends usually begin. */
#ifndef PARSE_TELNET_H
#define PARSE_TELNET_H

#include "parse/cursor.h"

#define TELNET_IAC 255
#define TELNET_WILL 251
#define TELNET_DONT 254

struct telnet_option {
	__u8 verb;   /* TELNET_WILL ... TELNET_DONT */
	__u8 option; /* IANA telnet options; 1: echo, 24: terminal type, 31: window size */
};

/* PARSE_OK with @c behind one negotiation; PARSE_SHORT; PARSE_BAD: something else */
static inline int telnet_option_parse(struct cur *c, struct telnet_option *ret)
{
	const __u8 *p = c->pos;

	if (cur_left(c) >= 1 && p[0] != TELNET_IAC)
		return PARSE_BAD;
	if (cur_left(c) >= 2 && (p[1] < TELNET_WILL || p[1] > TELNET_DONT))
		return PARSE_BAD;
	p = cur_take(c, 3);
	if (!p)
		return PARSE_SHORT;
	ret->verb = p[1];
	ret->option = p[2];
	return PARSE_OK;
}

#endif
