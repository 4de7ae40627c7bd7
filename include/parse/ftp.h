/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * FTP's control connection: commands and replies (RFC 959 section 4.1, 4.2), and the ports they name (PORT, PASV: RFC 959;
 * EPRT, EPSV: RFC 2428).
 */
#ifndef PARSE_FTP_H
#define PARSE_FTP_H

#include "parse/http.h"

struct ftp_command {
	struct http_span verb, arg; /* arg: empty when there is none */
};

struct ftp_reply {
	struct http_span code, text; /* code: empty in the middle of a reply of several lines */
	int is_last;		     /* of its reply */
};

/* PARSE_OK, or PARSE_BAD: the line is blank */
static inline int ftp_command_parse(struct http_span line, struct ftp_command *ret)
{
	struct http_span all = http_trim(line.p, line.p + line.len);
	__u32 n = 0;

	if (!all.len)
		return PARSE_BAD;
	while (n < all.len && !http_is_blank(all.p[n]))
		n++;
	ret->verb = (struct http_span){ all.p, n };
	ret->arg = http_trim(all.p + n, all.p + all.len);
	return PARSE_OK;
}

/* one line of a reply; "123-" begins one of several lines, "123 " ends it */
static inline void ftp_reply_parse(struct http_span line, struct ftp_reply *ret)
{
	const __u8 *p = line.p;
	__u32 digits = 0;

	while (digits < line.len && digits < 3 && p[digits] >= '0' && p[digits] <= '9')
		digits++;
	if (digits < 3 || (line.len > 3 && p[3] != ' ' && p[3] != '-')) {
		*ret = (struct ftp_reply){ .code = { p, 0 }, .text = line };
		return;
	}
	ret->code = (struct http_span){ p, 3 };
	ret->text = line.len > 4 ? (struct http_span){ p + 4, line.len - 4 } : (struct http_span){ p + line.len, 0 };
	ret->is_last = line.len == 3 || p[3] == ' ';
}

/* a decimal of at most @max; 0: none. Steps over it. */
static inline int ftp_decimal(struct cur *c, __u32 max, __u32 *ret)
{
	const __u8 *from = c->pos;
	__u32 n = 0;

	while (c->pos < c->end && *c->pos >= '0' && *c->pos <= '9' && n <= max)
		n = n * 10 + (__u32)(*c->pos++ - '0');
	*ret = n;
	return c->pos > from && n <= max;
}

/* "h1,h2,h3,h4,p1,p2" behind whatever is no digit; PARSE_OK or PARSE_BAD */
static inline int ftp_host_port(struct http_span s, __u8 addr[4], __u16 *ret_port)
{
	struct cur c = cur_of(s.p, s.len);
	__u32 v[6], i;

	while (c.pos < c.end && (*c.pos < '0' || *c.pos > '9'))
		c.pos++;
	for (i = 0; i < 6; i++) {
		if (i && (c.pos >= c.end || *c.pos++ != ','))
			return PARSE_BAD;
		if (!ftp_decimal(&c, 255, &v[i]))
			return PARSE_BAD;
	}
	for (i = 0; i < 4; i++)
		addr[i] = (__u8)v[i];
	*ret_port = (__u16)(v[4] << 8 | v[5]);
	return PARSE_OK;
}

/* RFC 2428: "|2|::1|5282|" of EPRT, "(|||6446|)" of EPSV: the last field; the sign between them is any that is no digit */
static inline int ftp_extended_port(struct http_span s, __u16 *ret_port)
{
	struct cur c = cur_of(s.p, s.len);
	__u32 port = 0, fields;
	__u8 sign;

	while (c.pos < c.end && *c.pos != '|' && *c.pos != '(')
		c.pos++;
	if (c.pos < c.end && *c.pos == '(')
		c.pos++;
	if (cur_u8(&c, &sign) || (sign >= '0' && sign <= '9'))
		return PARSE_BAD;
	for (fields = 1; fields < 3; fields++) {
		while (c.pos < c.end && *c.pos != sign)
			c.pos++;
		if (cur_skip(&c, 1))
			return PARSE_BAD;
	}
	if (!ftp_decimal(&c, 65535, &port) || !port || c.pos >= c.end || *c.pos != sign)
		return PARSE_BAD;
	*ret_port = (__u16)port;
	return PARSE_OK;
}

#endif
