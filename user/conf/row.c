// SPDX-License-Identifier: BSD-2-Clause
/* One scalar through its row: text to value, value to text, range, default. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "conf/schema.h"

const struct conf_row *conf_row_find(const struct conf_row *rows, const char *name)
{
	for (; rows->name; rows++)
		if (!strcmp(rows->name, name))
			return rows;
	return NULL;
}

void conf_row_range(const struct conf_row *row, struct strbuf *out)
{
	char lo[32], hi[32];
	size_t i;

	switch (row->type) {
	case CONF_BOOL:
		strbuf_adds(out, "yes or no");
		break;
	case CONF_ENUM:
		for (i = 0; row->names[i]; i++)
			strbuf_addf(out, "%s%s", i ? ", " : "", row->names[i]);
		break;
	case CONF_TIME:
		strbuf_addf(out, "%s ... %s", str_duration(lo, sizeof(lo), row->min),
			    str_duration(hi, sizeof(hi), row->max));
		break;
	case CONF_TEXT:
	case CONF_CHARS:
		strbuf_addf(out, "%s%llu bytes at most", row->min ? "not empty, " : "",
			    (unsigned long long)row->max);
		break;
	default:
		strbuf_addf(out, "%llu ... %llu%s%s", (unsigned long long)row->min,
			    (unsigned long long)row->max, row->type == CONF_SIZE ? " bytes" : "",
			    row->power_of_two ? ", a power of two" : "");
	}
}

static int refuse(const struct conf_row *row, const char *value, const char *why, struct strbuf *err)
{
	struct strbuf range = { 0 };
	char shown[64];

	conf_row_range(row, &range);
	strbuf_addf(err, "%s: '%s' %s (%s)", row->name, str_escape(shown, sizeof(shown), value, strlen(value)),
		    why, range.s ? range.s : "");
	strbuf_done(&range);
	return -EINVAL;
}

/* --- numbers --- */

static int read_bool(const char *s, uint64_t *ret)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i], s))
			continue;
		*ret = i & 1;
		return 0;
	}
	return -EINVAL;
}

static int read_enum(const char *const *names, const char *s, uint64_t *ret)
{
	size_t i;

	for (i = 0; names[i]; i++) {
		if (strcmp(names[i], s))
			continue;
		*ret = i;
		return 0;
	}
	return -EINVAL;
}

static int read_number(const struct conf_row *row, const char *s, uint64_t *ret)
{
	switch (row->type) {
	case CONF_BOOL:
		return read_bool(s, ret);
	case CONF_ENUM:
		return read_enum(row->names, s, ret);
	case CONF_SIZE:
		return str_to_size(s, ret);
	case CONF_TIME:
		return str_to_duration_ns(s, ret);
	default:
		return str_to_u64(s, 0, UINT64_MAX, ret);
	}
}

static void store_number(const struct conf_row *row, void *base, uint64_t v)
{
	char *at = (char *)base + row->offset;

	switch (row->type) {
	case CONF_TIME:
		*(uint64_t *)(void *)at = v;
		break;
	case CONF_U32:
	case CONF_SIZE:
		*(uint32_t *)(void *)at = (uint32_t)v;
		break;
	case CONF_U16:
		*(uint16_t *)(void *)at = (uint16_t)v;
		break;
	default: /* bool, enum, U8 */
		*(uint8_t *)at = (uint8_t)v;
	}
}

static uint64_t load_number(const struct conf_row *row, const void *base)
{
	const char *at = (const char *)base + row->offset;

	switch (row->type) {
	case CONF_TIME:
		return *(const uint64_t *)(const void *)at;
	case CONF_U32:
	case CONF_SIZE:
		return *(const uint32_t *)(const void *)at;
	case CONF_U16:
		return *(const uint16_t *)(const void *)at;
	default:
		return *(const uint8_t *)at;
	}
}

static int set_number(const struct conf_row *row, void *base, const char *value, struct strbuf *err)
{
	bool ranged = row->type != CONF_BOOL && row->type != CONF_ENUM;
	uint64_t v = 0;
	int r = read_number(row, value, &v);

	if (r == -EINVAL)
		return refuse(row, value, "is not a value of this option", err);
	if (r || (ranged && (v < row->min || v > row->max)))
		return refuse(row, value, "is out of range", err);
	if (row->power_of_two && (v & (v - 1)))
		return refuse(row, value, "is not a power of two", err);
	store_number(row, base, v);
	return 0;
}

/* --- text --- */

/*
 * Text that conf_quote() gives back as it was: no control characters (of ASCII
 * or, in UTF-8, of C1), none of the line breaks that YAML 1.1 folds, no byte
 * order mark.
 */
static bool is_plain_text(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s, d = (unsigned char)s[1];

		if (c < 0x20 || c == 0x7f || (c == 0xc2 && d >= 0x80 && d < 0xa0))
			return false;
		if (!strncmp(s, "\xe2\x80\xa8", 3) || !strncmp(s, "\xe2\x80\xa9", 3) ||
		    !strncmp(s, "\xef\xbb\xbf", 3))
			return false;
	}
	return true;
}

static int set_text(const struct conf_row *row, void *base, const char *value, struct strbuf *err)
{
	char *at = (char *)base + row->offset, *copy = NULL;
	size_t n = strlen(value);

	if (n < row->min || n > row->max)
		return refuse(row, value, n ? "is too long" : "is empty", err);
	if (!is_plain_text(value))
		return refuse(row, value, "has control characters", err);
	if (row->type == CONF_CHARS) {
		str_copy(at, row->max + 1, value);
		return 0;
	}
	if (n) {
		copy = strdup(value);
		if (!copy) {
			strbuf_adds(err, "out of memory");
			return -ENOMEM;
		}
	}
	free(*(char **)(void *)at);
	*(char **)(void *)at = copy;
	return 0;
}

static const char *load_text(const struct conf_row *row, const void *base)
{
	const char *at = (const char *)base + row->offset;
	const char *s = row->type == CONF_CHARS ? at : *(char *const *)(const void *)at;

	return s ? s : "";
}

void conf_quote(const char *s, struct strbuf *out)
{
	strbuf_add(out, "\"", 1);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			strbuf_add(out, "\\", 1);
		strbuf_add(out, s, 1);
	}
	strbuf_add(out, "\"", 1);
}

/* --- both --- */

static bool is_text(const struct conf_row *row)
{
	return row->type == CONF_TEXT || row->type == CONF_CHARS;
}

int conf_row_set(const struct conf_row *row, void *base, const char *value, struct strbuf *err)
{
	return is_text(row) ? set_text(row, base, value, err) : set_number(row, base, value, err);
}

/* nanoseconds in the largest unit that says them exactly */
static void show_time(uint64_t ns, struct strbuf *out)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = { { 86400000000000ULL, "d" }, { 3600000000000ULL, "h" }, { 60000000000ULL, "m" },
		      { 1000000000ULL, "s" },	  { 1000000ULL, "ms" },	     { 1000ULL, "us" } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (ns % units[i].ns)
			continue;
		strbuf_addf(out, "%llu%s", (unsigned long long)(ns / units[i].ns), units[i].name);
		return;
	}
	strbuf_addf(out, "%lluns", (unsigned long long)ns);
}

static void show_size(uint64_t n, struct strbuf *out)
{
	unsigned int i = 0;
	static const char *const units[] = { "", "KiB", "MiB", "GiB" };

	while (n && !(n % 1024) && i < ARRAY_SIZE(units) - 1) {
		n /= 1024;
		i++;
	}
	strbuf_addf(out, "%llu%s", (unsigned long long)n, units[i]);
}

void conf_row_show(const struct conf_row *row, const void *base, struct strbuf *out)
{
	uint64_t v = is_text(row) ? 0 : load_number(row, base);

	switch (row->type) {
	case CONF_TEXT:
	case CONF_CHARS:
		conf_quote(load_text(row, base), out);
		break;
	case CONF_BOOL:
		strbuf_adds(out, v ? "yes" : "no");
		break;
	case CONF_ENUM:
		strbuf_adds(out, row->names[v]);
		break;
	case CONF_TIME:
		show_time(v, out);
		break;
	case CONF_SIZE:
		show_size(v, out);
		break;
	default:
		strbuf_addf(out, "%llu", (unsigned long long)v);
	}
}

int conf_rows_init(const struct conf_row *rows, void *base)
{
	struct strbuf err = { 0 };
	int r = 0;

	for (; rows->name && !r; rows++)
		if (rows->def)
			r = conf_row_set(rows, base, rows->def, &err);
	strbuf_done(&err);
	return r;
}

void conf_rows_done(const struct conf_row *rows, void *base)
{
	for (; rows->name; rows++) {
		char **at = (char **)(void *)((char *)base + rows->offset);

		if (rows->type != CONF_TEXT)
			continue;
		free(*at);
		*at = NULL;
	}
}
