// SPDX-License-Identifier: BSD-2-Clause
/*
 * csv: one record a line, ',' ';' or TAB between fields, quotes as in RFC 4180
 * (no line break inside). The column with the value comes from the header,
 * which abuse.ch writes as a comment, or is the one in which most fields are
 * values. Hashes and URLs that stand in it are refused line by line. A column
 * "type" or "ioc_type" is not needed: the value speaks for itself. A name
 * covers all below it, as in plain.
 */
#include "feed/formats.h"

#include <string.h>

#define CSV_COLUMNS 32

struct csv {
	char delimiter;
	size_t columns;  /* at least */
	size_t column;   /* of the value */
	bool has_header; /* as a data line: the first one is not an entry */
};

/* names of the value's column, best first */
static const char *const value_columns[] = {
	"ioc_value", "ioc",     "indicator", "dst_ip", "ip_address", "ipaddress", "ip",
	"src_ip",    "cidr",    "network",   "prefix", "domain",     "hostname",  "fqdn",
	"host",      "address", "value",     "url",    NULL,
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

/* a header: at least two columns, one of them with a known name */
static bool read_header(struct feed_text line, char delimiter, struct csv *ret)
{
	struct feed_text f[CSV_COLUMNS];
	size_t n;

	while (feed_is_comment(line))
		line = feed_trim((struct feed_text){line.s + 1, line.len - 1});
	n = split(line, delimiter, f);
	for (size_t k = 0; n >= 2 && value_columns[k]; k++)
		for (size_t i = 0; i < n; i++)
			if (feed_text_is(f[i], value_columns[k])) {
				*ret = (struct csv){
					.delimiter = delimiter, .columns = n, .column = i};
				return true;
			}
	return false;
}

static bool is_value(struct feed_text t)
{
	struct value v;

	return t.len && !value_read(t, &v) && (v.kind != VALUE_NAME || strchr(v.name, '.'));
}

/* data lines whose column holds a value */
static size_t count_fits(const struct feed_sample *s, const struct csv *c)
{
	struct feed_text f[CSV_COLUMNS];
	size_t fits = 0;

	for (size_t i = 0; i < s->n; i++)
		if (!s->is_comment[i] && split(s->line[i], c->delimiter, f) > c->column)
			fits += is_value(f[c->column]);
	return fits;
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
	if (find_header(s, ret))
		return count_fits(s, ret) + ret->has_header;
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

	if (c->has_header) {
		c->has_header = false;
		return 0;
	}
	if (split(line, c->delimiter, f) <= c->column) {
		feed_refuse(p, line, "fewer columns than the header");
		return 0;
	}
	return value_add(p, f[c->column], CORDON_THREAT_SUBDOMAINS);
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
		feed_refuse(p, s.line[0],
			    "no header with a known column, and no column of addresses or names");
		return 0;
	}
	return feed_each_line(p, data, len, on_line, &c);
}
