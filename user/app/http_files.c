/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files in a multipart/form-data body (RFC 7578): the parts with a file name.
 * Read anew each time the body is told: it is at most CORDON_HTTP_BODY_MAX
 * bytes, and one pass.
 */
#include "app/http.h"

#include "base/cleanup.h"
#include "cordon_limits.h"
#include "parse/mime.h"

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

static void add(struct http_files *f, uint8_t buffer, const uint8_t *p, uint32_t len)
{
	f->more[f->n].buffer = buffer;
	f->more[f->n++].buf = (struct app_buf){ p, len };
}

/* the part behind the delimiter at @at; where the next delimiter is */
static uint32_t read_part(struct app_buf body, uint32_t at, struct http_span boundary, struct http_files *ret)
{
	struct cur c = cur_of(body.p + at, body.len - at);
	struct http_span line;
	struct app_buf name;
	uint32_t from, to;

	http_line(&c, &line);
	name = part_name(&c);
	from = (uint32_t)(c.pos - body.p);
	to = mime_delimiter(body.p, body.len, from, boundary);
	if (name.len) {
		add(ret, APP_BUFFER_FILE_NAME, name.p, name.len);
		add(ret, APP_BUFFER_FILE_DATA, body.p + from, mime_part_end(body.p, from, to, body.len) - from);
	}
	return to;
}

bool http_files_find(struct app_buf type, struct app_buf body, struct http_files *ret)
{
	struct app_buf b = http_parameter(type, "boundary");
	struct http_span boundary = { b.p, b.len };
	uint32_t at;

	ret->n = 0;
	if (type.len < 19 || !http_is(type.p, 19, "multipart/form-data") || !b.len || b.len > MIME_BOUNDARY_MAX)
		return false;
	at = mime_delimiter(body.p, body.len, 0, boundary);
	while (at < body.len && ret->n + 2u <= ARRAY_SIZE(ret->more) && !mime_is_last(body.p, body.len, at, boundary))
		at = read_part(body, at, boundary, ret);
	return true;
}
