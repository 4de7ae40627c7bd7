/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* SSH: the identification string (RFC 4253 section 4.2). */
#ifndef PARSE_SSH_H
#define PARSE_SSH_H

#include "parse/cursor.h"

/* RFC 4253 4.2: CR LF included */
#define SSH_BANNER_MAX 255

struct ssh_banner {
	struct cur protocol; /* "2.0" */
	struct cur software; /* with comments: "OpenSSH_9.2p1 Debian-2" */
};

/* PARSE_OK with @c behind the line; PARSE_SHORT without its end; PARSE_BAD: no "SSH-" or too long */
static inline int ssh_banner_parse(struct cur *c, struct ssh_banner *ret)
{
	static const __u8 magic[4] = { 'S', 'S', 'H', '-' };
	__u32 n = cur_left(c), i, dash = 0;
	const __u8 *p = c->pos;

	for (i = 0; i < n && p[i] != '\n'; i++) {
		if (i >= SSH_BANNER_MAX || (i < 4 && p[i] != magic[i]))
			return PARSE_BAD;
		if (i >= 4 && !dash && p[i] == '-')
			dash = i;
	}
	if (i == n)
		return PARSE_SHORT;
	if (!dash)
		return PARSE_BAD;
	c->pos = p + i + 1;
	if (p[i - 1] == '\r')
		i--;
	ret->protocol = cur_of(p + 4, dash - 4);
	ret->software = cur_of(p + dash + 1, i > dash ? i - dash - 1 : 0);
	return PARSE_OK;
}

#endif
