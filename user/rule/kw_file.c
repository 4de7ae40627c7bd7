// SPDX-License-Identifier: BSD-2-Clause
/* filename, fileext: text given with the keyword, looked for in a file's name in either case. filesize, filestore. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "rule/keywords.h"

#define NAME_MAX_ 255 /* bytes of a content */

int kw_file_name(struct draft *d, char *v)
{
	struct rule_match m = { .kind = RULE_MATCH_CONTENT, .nocase = true, .negated = *v == '!' };
	bool is_end = !strcmp(d->keyword, "fileext");
	uint8_t text[NAME_MAX_];
	size_t n;

	v = text_unquoted(text_trim(v + m.negated));
	n = strlen(v);
	if (!n || n + is_end > sizeof(text))
		return draft_fail(d, "needs 1 to %d characters", NAME_MAX_ - is_end);
	text[0] = '.';
	for (size_t i = 0; i < n; i++)
		text[i + is_end] = (uint8_t)tolower((unsigned char)v[i]);
	m.len = (uint16_t)(n + is_end);
	m.endswith = is_end;
	m.bytes = arena_copy(&d->ld->arena, text, m.len);
	if (!m.bytes)
		return -ENOMEM;
	return buffer_use(d, APP_BUFFER_FILE_NAME) ?: draft_add_to(d, APP_BUFFER_FILE_NAME, &m);
}

/* "5kb" -> "5120" in @dst; what is no number of a unit stays as it is */
static void in_bytes(const char *s, char dst[24])
{
	static const struct {
		const char *name;
		unsigned int shift;
	} units[] = { { "kb", 10 }, { "mb", 20 }, { "gb", 30 } };
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	snprintf(dst, 24, "%.23s", s);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (isdigit((unsigned char)*s) && !strcasecmp(text_trim(end), units[i].name) && n <= UINT32_MAX >> units[i].shift)
			snprintf(dst, 24, "%lu", n << units[i].shift);
}

/* as other numbers, each with a unit: ">1mb", "10<>20kb", "!5" */
int kw_file_size(struct draft *d, char *v)
{
	struct rule_test t = { .field = APP_NUMBER_FILE_SIZE };
	size_t sign = strspn(v, "<>=!");
	char *mid = strstr(v + sign, "<>") ?: strchr(v + sign, '-');
	char lo[24], hi[24] = "", text[64];

	if (mid) {
		in_bytes(text_trim(mid + (*mid == '-' ? 1 : 2)), hi);
		*mid = 0;
	}
	in_bytes(text_trim(v + sign), lo);
	snprintf(text, sizeof(text), "%.*s%s%s%s", (int)sign, v, lo, mid ? "<>" : "", hi);
	return number_range(d, text, UINT32_MAX, &t.lo, &t.hi, &t.negated) ?: number_use(d, &t);
}

/* any file will do */
int kw_file_store(struct draft *d, char *v)
{
	struct rule_match m = { .kind = RULE_MATCH_BSIZE, .hi = UINT32_MAX };

	(void)v;
	return buffer_use(d, APP_BUFFER_FILE_DATA) ?: draft_add_to(d, APP_BUFFER_FILE_DATA, &m);
}
