/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files in a multipart/form-data body (RFC 7578, RFC 2046 5.1): the parts with
 * a file name. Read anew each time the body is told: it is at most
 * CORDON_HTTP_BODY_MAX bytes, and one pass.
 */
#include "app/http.h"

#include "base/cleanup.h"
#include "cordon_limits.h"

#define BOUNDARY_MAX 200 /* RFC 2046: 70 */

/* "--boundary" at the begin of a line from @at on; len when there is none */
static uint32_t delimiter_find(struct app_buf body, uint32_t at, struct app_buf boundary)
{
	while (at < body.len) {
		const uint8_t *p = memmem(body.p + at, body.len - at, boundary.p, boundary.len);
		uint32_t i = p ? (uint32_t)(p - body.p) : 0;

		if (!p)
			return body.len;
		if (i >= 2 && p[-1] == '-' && p[-2] == '-' && (i == 2 || p[-3] == '\n'))
			return i - 2;
		at = i + 1;
	}
	return body.len;
}

/* the file name of a part's fields */
static struct app_buf part_name(struct cur *c)
{
	struct app_buf name = { NULL, 0 };
	struct http_field f;

	while (http_field_next(c, 1, &f))
		if (!name.p && http_is(f.name.p, f.name.len, "content-disposition"))
			name = http_parameter((struct app_buf){ f.value.p, f.value.len }, "filename");
	return name;
}

/* a line end before the next delimiter is the delimiter's */
static uint32_t without_line_end(struct app_buf body, uint32_t from, uint32_t to)
{
	if (to == body.len)
		return to;
	if (to > from && body.p[to - 1] == '\n')
		to--;
	return to > from && body.p[to - 1] == '\r' ? to - 1 : to;
}

static void add(struct http_files *f, uint8_t buffer, const uint8_t *p, uint32_t len)
{
	f->more[f->n].buffer = buffer;
	f->more[f->n++].buf = (struct app_buf){ p, len };
}

bool http_files_find(struct app_buf type, struct app_buf body, struct http_files *ret)
{
	struct app_buf boundary = http_parameter(type, "boundary"), name;
	uint32_t at, from, to;
	struct cur c;

	ret->n = 0;
	if (type.len < 19 || !http_is(type.p, 19, "multipart/form-data") || !boundary.len || boundary.len > BOUNDARY_MAX)
		return false;
	at = delimiter_find(body, 0, boundary);
	while (at < body.len && ret->n + 2u <= ARRAY_SIZE(ret->more)) {
		struct http_span line;

		c = cur_of(body.p + at, body.len - at);
		/* "--boundary--" is the last one */
		if (!http_line(&c, &line) || (line.len >= boundary.len + 4 && line.p[boundary.len + 2] == '-'))
			break;
		name = part_name(&c);
		from = (uint32_t)(c.pos - body.p);
		to = delimiter_find(body, from, boundary);
		if (name.len) {
			add(ret, APP_BUFFER_FILE_NAME, name.p, name.len);
			add(ret, APP_BUFFER_FILE_DATA, body.p + from, without_line_end(body, from, to) - from);
		}
		at = to;
	}
	return true;
}
