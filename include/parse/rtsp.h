/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* RTSP: the request line (RFC 2326 section 6.1, RFC 7826 section 7.1), built as HTTP's. */
#ifndef PARSE_RTSP_H
#define PARSE_RTSP_H

#include "parse/http.h"

struct rtsp_request {
	struct http_span method, url, version; /* "RTSP/1.0" */
};

/* PARSE_OK with @c behind the line; PARSE_SHORT without its end; PARSE_BAD: no RTSP version at its end */
static inline int rtsp_request_parse(struct cur *c, struct rtsp_request *ret)
{
	struct http_head h = { .method = { 0, 0 } };
	struct http_span line;

	if (!http_line(c, &line) || c->pos[-1] != '\n')
		return PARSE_SHORT;
	if (http_request_line(line, &h) || !h.target.len || h.version.len < 5 || !http_is(h.version.p, 5, "rtsp/"))
		return PARSE_BAD;
	*ret = (struct rtsp_request){ h.method, h.target, h.version };
	return PARSE_OK;
}

#endif
