// SPDX-License-Identifier: BSD-2-Clause
/*
 * dataset: what Suricata loads with `dataset:load`. Strings stand in base64, one
 * a line, with a reputation of 0 ... 65535 behind a comma in a datarep; types ip,
 * ipv4 and ipv6 stand as text; hashes are refused. A value that begins with a dot
 * (the dotprefix transform) covers the name and all below it, others the name.
 */
#include "feed/formats.h"

#include <string.h>

#define DECODED_MAX 2048

/* six bits of a base64 digit; 64: none */
static unsigned int digit_of(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (unsigned int)(at - digits) : 64;
}

static bool decode(struct feed_text t, char buf[DECODED_MAX], struct feed_text *ret)
{
	uint32_t bits = 0;
	size_t n = 0;
	int have = 0;

	while (t.len && t.s[t.len - 1] == '=')
		t.len--;
	if (t.len < 4 || t.len % 4 == 1 || t.len / 4 * 3 + 3 > DECODED_MAX)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		unsigned int d = digit_of(t.s[i]);

		if (d == 64)
			return false;
		bits = bits << 6 | d;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf[n++] = (char)(bits >> have);
		}
	}
	*ret = (struct feed_text){buf, n};
	return true;
}

/* the value in front of a reputation */
static struct feed_text value_of(struct feed_text line)
{
	const char *comma = memchr(line.s, ',', line.len);

	return comma ? feed_trim((struct feed_text){line.s, (size_t)(comma - line.s)}) : line;
}

static int on_line(struct feed_parser *p, struct feed_text line, void *ctx)
{
	struct feed_text value = value_of(line), decoded;
	char buf[DECODED_MAX];

	(void)ctx;
	if (value_fits(value))
		return value_add(p, value, 0);
	if (decode(value, buf, &decoded))
		return value_add(p, decoded, 0);
	feed_refuse(p, line, FEED_BASE64);
	return 0;
}

size_t fmt_dataset_detect(const struct feed_sample *s)
{
	size_t fits = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct feed_text decoded;
		char buf[DECODED_MAX];

		if (!s->is_comment[i])
			fits += decode(value_of(s->line[i]), buf, &decoded) && value_fits(decoded);
	}
	return fits;
}

int fmt_dataset_parse(struct feed_parser *p, const char *data, size_t len)
{
	return feed_each_line(p, data, len, on_line, NULL);
}
