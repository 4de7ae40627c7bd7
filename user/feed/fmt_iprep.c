// SPDX-License-Identifier: BSD-2-Clause
/*
 * iprep: Suricata's reputation lists, "address or prefix,category,score", with a
 * category of 1 ... 60 and a score of 0 ... 127, which is the confidence. A score
 * of 0 takes the address out, as Suricata does. A file of categories
 * ("1,name,text") is no list, and each line of it is refused as what it is.
 */
#include "feed/formats.h"

#include <stdio.h>
#include <string.h>

#define CATEGORY_MAX 60
#define SCORE_MAX 127

struct row {
	struct feed_text field[3];
	uint64_t category, score;
	bool is_list, is_category;
};

static void read_row(struct feed_text line, struct row *ret)
{
	struct value v;
	uint64_t n;

	memset(ret, 0, sizeof(*ret));
	for (int i = 0; i < 3; i++) {
		const char *comma = memchr(line.s, ',', line.len);
		size_t len = comma ? (size_t)(comma - line.s) : line.len;

		if (i < 2 && !comma)
			return;
		if (i == 2)
			len = line.len; /* a description may hold commas */
		ret->field[i] = feed_trim((struct feed_text){line.s, len});
		line.s += comma && i < 2 ? len + 1 : len;
		line.len -= comma && i < 2 ? len + 1 : len;
	}
	ret->is_list = feed_number(ret->field[1], 999, &ret->category) &&
		       feed_number(ret->field[2], 999, &ret->score) &&
		       !value_read(ret->field[0], &v) && v.kind == VALUE_PREFIX;
	ret->is_category = !ret->is_list && feed_number(ret->field[0], 255, &n) && n &&
			   ret->field[2].len && !memchr(ret->field[2].s, ',', ret->field[2].len) && !feed_number(ret->field[2], 999, &n);
}

static int on_line(struct feed_parser *p, struct feed_text line, void *ctx)
{
	struct row row;
	char category[24];
	int r;

	(void)ctx;
	read_row(line, &row);
	if (!row.is_list) {
		feed_refuse(p, line, row.is_category ? FEED_CATEGORY_ROW : FEED_FEW_COLUMNS);
		return 0;
	}
	if (!row.category || row.category > CATEGORY_MAX || row.score > SCORE_MAX) {
		feed_refuse(p, line, FEED_SCORE);
		return 0;
	}
	feed_proto(p);
	if (!row.score)
		p->proto.mark = FEED_MARK_EXCEPT;
	feed_proto_confidence(p, (unsigned int)(row.score * 100 / SCORE_MAX));
	snprintf(category, sizeof(category), "iprep-%u", (unsigned int)row.category);
	r = feed_proto_category(p, (struct feed_text){category, strlen(category)});
	return r < 0 ? r : value_add(p, row.field[0], 0);
}

size_t fmt_iprep_detect(const struct feed_sample *s)
{
	size_t fits = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct row row;

		if (s->is_comment[i])
			continue;
		read_row(s->line[i], &row);
		fits += row.is_list || row.is_category;
	}
	return fits;
}

int fmt_iprep_parse(struct feed_parser *p, const char *data, size_t len)
{
	return feed_each_line(p, data, len, on_line, NULL);
}
