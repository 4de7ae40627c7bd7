// SPDX-License-Identifier: BSD-2-Clause
/*
 * The begin of an HTTP message while it comes: can it be one, does a request
 * line stand alone, where does the head end. Each byte is looked at once,
 * however small the pieces are: what was found out is kept between them.
 */
#include "app/http.h"

static bool is_line_end(uint8_t b)
{
	return b == '\r' || b == '\n';
}

static void skip_blank_lines(struct http_first *f, const uint8_t *p, uint32_t n)
{
	while (f->start < n && is_line_end(p[f->start]) && !f->in_word)
		f->start++;
	if (f->seen < f->start)
		f->seen = f->start;
}

static void skip_blanks(struct http_first *f, const uint8_t *p, uint32_t n)
{
	while (!f->in_word && f->seen < n && http_is_blank(p[f->seen]) && p[f->seen] != '\n')
		f->seen++;
	f->in_word |= f->seen < n;
}

/* "HTTP", as far as it is there */
static bool can_be_answer(const struct http_first *f, const uint8_t *p, uint32_t n)
{
	for (uint32_t i = 0; i < 4 && f->seen + i < n; i++)
		if (http_lower(p[f->seen + i]) != (uint8_t)"http"[i])
			return false;
	return true;
}

/* a word without controls */
static bool can_be_request(struct http_first *f, const uint8_t *p, uint32_t n)
{
	while (!f->has_word && f->seen < n && p[f->seen] > ' ' && p[f->seen] < 0x7f)
		f->seen++;
	f->has_word |= f->seen < n && http_is_blank(p[f->seen]);
	return f->has_word || f->seen == n;
}

bool http_first_can_be(struct http_first *f, const uint8_t *p, uint32_t n, bool is_request)
{
	skip_blank_lines(f, p, n);
	skip_blanks(f, p, n);
	return is_request ? can_be_request(f, p, n) : can_be_answer(f, p, n);
}

/* is the first line that is not empty there? then f->line is behind it, and f->is_bare tells whether it has no version */
static bool has_line(struct http_first *f, const uint8_t *p, uint32_t n)
{
	const uint8_t *lf;
	struct http_head h = { .method = { NULL, 0 } };
	struct http_span line;
	struct cur c;

	while ((lf = memchr(p + f->searched, '\n', n - f->searched))) {
		c = cur_of(p + f->line, (uint32_t)(lf + 1 - p) - f->line);
		f->line = f->searched = (uint32_t)(lf + 1 - p);
		if (http_start_line(&c, &line))
			continue;
		f->is_bare = !http_request_line(line, &h) && !h.version.p;
		return true;
	}
	f->searched = n;
	return false;
}

uint32_t http_first_bare_line(struct http_first *f, const uint8_t *p, uint32_t n)
{
	int r;

	if (f->is_settled || (!f->has_line && !has_line(f, p, n)))
		return 0;
	if (!f->has_line) {
		f->has_line = true;
		f->is_settled = !f->is_bare;
		f->follow = f->line;
	}
	if (f->is_settled)
		return 0;
	r = http_fields_follow(p + f->follow, n - f->follow);
	if (r == PARSE_SHORT && n > f->line && p[f->line] != '\r')
		f->follow = n - 1; /* all before are letters of a field's name */
	f->is_settled = r == PARSE_OK;
	return r == PARSE_BAD ? f->line : 0;
}

uint32_t http_first_head_end(struct http_first *f, const uint8_t *p, uint32_t n)
{
	uint32_t end = http_head_end(p + f->start, n - f->start, &f->head_at);

	return end ? f->start + end : 0;
}
