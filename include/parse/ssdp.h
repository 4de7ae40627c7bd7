/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* SSDP: searches, announcements and answers, built as HTTP's heads (UPnP Device Architecture 1.3, section 1). */
#ifndef PARSE_SSDP_H
#define PARSE_SSDP_H

#include "parse/http.h"

#define SSDP_LINES 64 /* of a datagram; more are not looked at */

enum { SSDP_SEARCH, SSDP_NOTIFY, SSDP_ANSWER };

struct ssdp_message {
	__u8 kind;
	struct http_span target;   /* ST, or NT of an announcement: what is looked for or there */
	struct http_span usn;	   /* unique service name */
	struct http_span location; /* URL of the device's description */
	struct http_span server;   /* SERVER, or USER-AGENT of a search */
};

/* the value when @line is the field @name (lower case, with its colon), into *ret unless there is one */
static inline void ssdp_field(struct http_span line, const char *name, __u32 len, struct http_span *ret)
{
	if (!ret->p && line.len >= len && http_is(line.p, len, name))
		*ret = http_trim(line.p + len, line.p + line.len);
}

/* PARSE_OK with @c at the datagram's end; PARSE_SHORT: no line in it; PARSE_BAD: none of the three */
static inline int ssdp_parse(struct cur *c, struct ssdp_message *ret)
{
	struct http_span line;

	if (!http_line(c, &line) || c->pos[-1] != '\n')
		return PARSE_SHORT;
	*ret = (struct ssdp_message){ .kind = SSDP_ANSWER };
	if (line.len >= 10 && http_is(line.p, 10, "m-search *"))
		ret->kind = SSDP_SEARCH;
	else if (line.len >= 8 && http_is(line.p, 8, "notify *"))
		ret->kind = SSDP_NOTIFY;
	else if (line.len < 5 || !http_is(line.p, 5, "http/"))
		return PARSE_BAD;
	for (int n = 0; n < SSDP_LINES && http_line(c, &line) && line.len; n++) {
		ssdp_field(line, "st:", 3, &ret->target);
		ssdp_field(line, "nt:", 3, &ret->target);
		ssdp_field(line, "usn:", 4, &ret->usn);
		ssdp_field(line, "location:", 9, &ret->location);
		ssdp_field(line, "server:", 7, &ret->server);
		ssdp_field(line, "user-agent:", 11, &ret->server);
	}
	c->pos = c->end;
	return PARSE_OK;
}

#endif
