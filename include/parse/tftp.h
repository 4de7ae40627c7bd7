/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* TFTP: the request that begins a transfer (RFC 1350 section 5), by which loaders fetch malware too. */
#ifndef PARSE_TFTP_H
#define PARSE_TFTP_H

#include "parse/cursor.h"

enum { TFTP_READ = 1, TFTP_WRITE = 2 };

struct tftp_request {
	__u8 op; /* TFTP_READ, TFTP_WRITE */
	struct cur file, mode;
};

/* text up to a zero, which is stepped over */
static inline int tftp_text(struct cur *c, struct cur *ret)
{
	const __u8 *p = c->pos, *e = p;

	while (e < c->end && *e)
		e++;
	if (e >= c->end)
		return PARSE_SHORT;
	*ret = (struct cur){ p, e };
	c->pos = e + 1;
	return PARSE_OK;
}

/* PARSE_OK with @c at the options (RFC 2347); PARSE_SHORT; PARSE_BAD: no request, or of no file */
static inline int tftp_request_parse(struct cur *c, struct tftp_request *ret)
{
	__u16 op;

	if (cur_be16(c, &op))
		return PARSE_SHORT;
	if (op != TFTP_READ && op != TFTP_WRITE)
		return PARSE_BAD;
	ret->op = (__u8)op;
	if (tftp_text(c, &ret->file))
		return PARSE_SHORT;
	return !cur_left(&ret->file) ? PARSE_BAD : tftp_text(c, &ret->mode);
}

#endif
