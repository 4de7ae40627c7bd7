// SPDX-License-Identifier: BSD-2-Clause
/*
 * csv: one record a line, ',' ';' or TAB between fields, quotes as in RFC 4180
 * (no line break inside). The column with the value comes from the header,
 * which abuse.ch writes as a comment, or is the one in which most fields are
 * values. Other columns with known names give confidence, category, dates and how
 * long it holds. A column "ioc_type" is not needed: the value speaks for itself.
 * A name covers all below it, as in plain.
 */
#include "feed/formats.h"

#include <string.h>

#define CSV_COLUMNS 32

struct csv {
	char delimiter;
	size_t columns;                      /* at least */
	size_t column;                       /* of the value */
	struct feed_field role[CSV_COLUMNS]; /* without a header: of the value's column only */
	bool has_header;                     /* as a data line: the first one is not an entry */
};

/* one field off the front of @line, without its quotes; false: nothing left */
static bool next_field(struct feed_text *line, char delimiter, struct feed_text *ret)
{
	size_t n = 0;
	bool quoted = false;

	if (!line->s)
		return false;
	for (; n < line->len && (quoted || line->s[n] != delimiter); n++)
		quoted ^= line->s[n] == '"';
	*ret = feed_trim((struct feed_text){line->s, n});
	if (ret->len >= 2 && ret->s[0] == '"' && ret->s[ret->len - 1] == '"')
		*ret = feed_trim((struct feed_text){ret->s + 1, ret->len - 2});
	if (n == line->len)
		*line = (struct feed_text){NULL, 0};
	else
		*line = (struct feed_text){line->s + n + 1, line->len - n - 1};
	return true;
}

static size_t split(struct feed_text line, char delimiter, struct feed_text f[CSV_COLUMNS])
{
	size_t n = 0;

	while (n < CSV_COLUMNS && next_field(&line, delimiter, &f[n]))
		n++;
	return n;
}

/* a header: at least two columns, one of them known to hold values */
static bool read_header(struct feed_text line, char delimiter, struct csv *ret)
{
	struct csv c = {.delimiter = delimiter, .column = CSV_COLUMNS};
	struct feed_text f[CSV_COLUMNS];

	while (feed_is_comment(line))
		line = feed_trim((struct feed_text){line.s + 1, line.len - 1});
	c.columns = split(line, delimiter, f);
	for (size_t i = 0; i < c.columns; i++) {
		feed_role(f[i], &c.role[i]);
		if (c.role[i].role == ROLE_VALUE &&
		    (c.column == CSV_COLUMNS || c.role[i].rank < c.role[c.column].rank))
			c.column = i;
	}
	if (c.columns < 2 || c.column == CSV_COLUMNS)
		return false;
	*ret = c;
	return true;
}

/* data lines whose column holds a value */
static size_t count_fits(const struct feed_sample *s, const struct csv *c)
{
	struct feed_text f[CSV_COLUMNS];
	size_t fits = 0;

	for (size_t i = 0; i < s->n; i++)
		if (!s->is_comment[i] && split(s->line[i], c->delimiter, f) > c->column)
			fits += value_fits(feed_without_scope(f[c->column]));
	return fits;
}

/* of several columns that could hold the value: the one that most often does, then the more precise
 */
static void best_column(const struct feed_sample *s, struct csv *c)
{
	size_t most = count_fits(s, c);

	for (size_t i = 0; i < c->columns; i++) {
		struct csv other = *c;
		size_t fits;

		other.column = i;
		fits = c->role[i].role == ROLE_VALUE ? count_fits(s, &other) : 0;
		if (fits > most) {
			most = fits;
			c->column = i;
		}
	}
	/* the others are no value any more */
	for (size_t i = 0; i < c->columns; i++)
		if (c->role[i].role == ROLE_VALUE && i != c->column)
			c->role[i].role = ROLE_NONE;
}

static bool find_header(const struct feed_sample *s, struct csv *ret)
{
	static const char delimiters[] = ",;\t";

	for (size_t i = 0; i < s->n; i++) {
		for (const char *d = delimiters; *d; d++)
			if (read_header(s->line[i], *d, ret)) {
				ret->has_header = !s->is_comment[i];
				return true;
			}
		if (!s->is_comment[i])
			break;
	}
	return false;
}

/* the delimiter and column with most values; lines must have at least two columns */
static size_t find_column(const struct feed_sample *s, struct csv *ret)
{
	static const char delimiters[] = ",;\t";
	struct feed_text f[CSV_COLUMNS];
	size_t best = 0;

	for (const char *d = delimiters; *d; d++) {
		size_t n = CSV_COLUMNS;

		for (size_t i = 0; i < s->n; i++) {
			size_t columns = s->is_comment[i] ? CSV_COLUMNS : split(s->line[i], *d, f);

			n = columns < n ? columns : n;
		}
		for (size_t col = 0; n >= 2 && col < n; col++) {
			struct csv c = {.delimiter = *d, .columns = n, .column = col};
			size_t fits = count_fits(s, &c);

			c.role[col].role = ROLE_VALUE;
			if (fits > best) {
				best = fits;
				*ret = c;
			}
		}
	}
	return best;
}

/* lines that fit, the header among them; 0: no csv */
static size_t understand(const struct feed_sample *s, struct csv *ret)
{
	if (find_header(s, ret)) {
		best_column(s, ret);
		return count_fits(s, ret) + ret->has_header;
	}
	return find_column(s, ret);
}

size_t fmt_csv_detect(const struct feed_sample *s)
{
	struct csv c;

	return understand(s, &c);
}

static int on_line(struct feed_parser *p, struct feed_text line, void *ctx)
{
	struct csv *c = ctx;
	struct feed_text f[CSV_COLUMNS];
	struct feed_field field[CSV_COLUMNS];
	size_t n;

	if (c->has_header) {
		c->has_header = false;
		return 0;
	}
	n = split(line, c->delimiter, f);
	if (n <= c->column) {
		feed_refuse(p, line, FEED_FEW_COLUMNS);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		field[i] = c->role[i];
		field[i].value = f[i];
	}
	return feed_record(p, field, n, line);
}

int fmt_csv_parse(struct feed_parser *p, const char *data, size_t len)
{
	struct feed_sample s;
	struct csv c;

	feed_sample(data, len, &s);
	if (!s.n_data)
		return 0;
	if (!understand(&s, &c)) {
		p->line = 1;
		feed_refuse(p, s.line[0], FEED_NO_COLUMN);
		return 0;
	}
	return feed_each_line(p, data, len, on_line, &c);
}
