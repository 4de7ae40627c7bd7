/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* SSH: the identification string (RFC 4253 section 4.2) and the algorithms each side offers (section 7.1). */
#ifndef PARSE_SSH_H
#define PARSE_SSH_H

#include "parse/cursor.h"

/* RFC 4253 4.2: CR LF included */
#define SSH_BANNER_MAX 255

#define SSH_MSG_KEXINIT 20
#define SSH_MSG_NEWKEYS 21
#define SSH_LISTS 10 /* name-lists of a KEXINIT */
/* RFC 4253 6.1: what every implementation must take; a KEXINIT is below 4 KiB */
#define SSH_PACKET_MAX 35000

/* name-lists in the order they are sent, each direction's own from the third on */
enum { SSH_KEX, SSH_HOST_KEY, SSH_CIPHER_TS, SSH_CIPHER_TC, SSH_MAC_TS, SSH_MAC_TC, SSH_COMP_TS, SSH_COMP_TC };

struct ssh_kexinit {
	struct cur list[SSH_LISTS]; /* names with commas between; may be empty */
};

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

/* packet before encryption (RFC 4253 6): its payload, which begins with the message number; PARSE_SHORT; PARSE_BAD */
static inline int ssh_packet(struct cur *c, struct cur *ret)
{
	struct cur in = *c;
	__u32 len;
	__u8 pad;

	if (cur_be32(&in, &len))
		return PARSE_SHORT;
	if (len < 2 || len > SSH_PACKET_MAX)
		return PARSE_BAD;
	if (len > cur_left(&in) || cur_u8(&in, &pad))
		return PARSE_SHORT;
	if (pad > len - 2)
		return PARSE_BAD;
	*ret = cur_of(in.pos, len - 1 - pad);
	c->pos = in.pos + len - 1;
	return PARSE_OK;
}

/**
 * ssh_kexinit_parse() - the algorithms one side offers
 * @c:   at the message number of a packet's payload
 * @ret: points into the payload; untouched on error
 * Source: RFC 4253 section 7.1.
 * Return: PARSE_OK; PARSE_BAD: another message, or one that does not add up
 */
static inline int ssh_kexinit_parse(struct cur *c, struct ssh_kexinit *ret)
{
	struct ssh_kexinit k;
	__u32 n;
	__u8 type;

	if (cur_u8(c, &type) || type != SSH_MSG_KEXINIT || cur_skip(c, 16))
		return PARSE_BAD;
	for (int i = 0; i < SSH_LISTS; i++) {
		if (cur_be32(c, &n) || n > cur_left(c))
			return PARSE_BAD;
		k.list[i] = cur_of(c->pos, n);
		c->pos += n;
	}
	*ret = k;
	return PARSE_OK;
}

#endif
