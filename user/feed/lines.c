// SPDX-License-Identifier: BSD-2-Clause
/*
 * Feed text cut into lines and tokens. A byte order mark, CR LF and blanks are
 * taken off here, once for all formats; lines that are too long or hold a zero
 * byte are refused here.
 */
#include <string.h>
#include <strings.h>

#include "feed/parse.h"

bool feed_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

struct feed_text feed_trim(struct feed_text t)
{
	while (t.len && feed_is_blank(t.s[0])) {
		t.s++;
		t.len--;
	}
	while (t.len && feed_is_blank(t.s[t.len - 1]))
		t.len--;
	return t;
}

bool feed_was_indented(const struct feed_parser *p, struct feed_text line)
{
	return line.s > p->data && feed_is_blank(line.s[-1]);
}

bool feed_is_comment(struct feed_text t)
{
	return t.len && (t.s[0] == '#' || t.s[0] == ';');
}

struct feed_text feed_token(struct feed_text t, struct feed_text *rest)
{
	size_t n = 0;

	while (n < t.len && !feed_is_blank(t.s[n]))
		n++;
	*rest = feed_trim((struct feed_text){t.s + n, t.len - n});
	return (struct feed_text){t.s, n};
}

bool feed_text_is(struct feed_text t, const char *s)
{
	return t.len == strlen(s) && !strncasecmp(t.s, s, t.len);
}

/* UTF-8 byte order mark */
static void skip_mark(const char **data, size_t *len)
{
	if (*len >= 3 && !memcmp(*data, "\xef\xbb\xbf", 3)) {
		*data += 3;
		*len -= 3;
	}
}

static struct feed_text next_line(const char **data, size_t *len)
{
	const char *end = memchr(*data, '\n', *len);
	struct feed_text t = {*data, end ? (size_t)(end - *data) : *len};
	size_t used = end ? t.len + 1 : t.len;

	*data += used;
	*len -= used;
	return t;
}

void feed_sample(const char *data, size_t len, struct feed_sample *ret)
{
	memset(ret, 0, sizeof(*ret));
	skip_mark(&data, &len);
	ret->data = data;
	ret->len = len;
	ret->json = json_traits(data, len);
	while (len && ret->n < FEED_SAMPLE_LINES) {
		struct feed_text t = feed_trim(next_line(&data, &len));

		if (!t.len)
			continue;
		if (t.len > CORDON_FEED_LINE)
			t.len = CORDON_FEED_LINE;
		/* a long preamble must not crowd out the data */
		if (feed_is_comment(t) && ret->n - ret->n_data >= FEED_SAMPLE_LINES / 2)
			continue;
		ret->is_comment[ret->n] = feed_is_comment(t);
		ret->n_data += !ret->is_comment[ret->n];
		ret->line[ret->n++] = t;
	}
}

int feed_each_line(struct feed_parser *p, const char *data, size_t len, feed_line_fn fn, void *ctx)
{
	const char *comments = p->comments ? p->comments : "#;";
	size_t n_comments = strlen(comments);
	int r = 0;

	if (data == p->data)
		skip_mark(&data, &len);
	for (p->line = 0; len && !r;) {
		struct feed_text t = next_line(&data, &len);

		p->line++;
		p->report->lines++;
		if (t.len > CORDON_FEED_LINE) {
			feed_refuse(p, (struct feed_text){t.s, 16}, FEED_LINE_LENGTH);
			continue;
		}
		t = feed_trim(t);
		if (!t.len || memchr(comments, *t.s, n_comments))
			continue;
		if (memchr(t.s, '\0', t.len))
			feed_refuse(p, t, FEED_BINARY);
		else
			r = fn(p, t, ctx);
	}
	return r;
}
