/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The option rows, for this folder. A row says where a scalar lives in its
 * struct, what it may be, and what it means; reading, showing, range checks
 * and help all come from it. Lists of structs have rows of their own, with
 * offsets into one item.
 */
#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

#include <stddef.h>

#include "base/str.h"
#include "conf/conf.h"

/*
 * How a scalar is written and stored:
 *   BOOL yes/no -> bool; ENUM one of `names` -> uint8_t; U8, U16, U32 number;
 *   SIZE "64KiB" -> uint32_t bytes; TIME "10m" -> uint64_t ns;
 *   TEXT -> char *, min and max bytes, NULL for "" when min is 0; CHARS -> char[max + 1]
 */
enum conf_type { CONF_BOOL, CONF_ENUM, CONF_U8, CONF_U16, CONF_U32, CONF_SIZE, CONF_TIME, CONF_TEXT, CONF_CHARS };

struct conf_row {
	const char *name; /* "stream.depth"; NULL ends a table */
	enum conf_type type;
	size_t offset;
	uint64_t min, max;
	const char *def; /* in the notation of the file; NULL: must be given */
	const char *unit;
	const char *help;
	const char *const *names; /* ENUM: by number, NULL-terminated */
	bool power_of_two;
};

extern const struct conf_row conf_rows[];	 /* into struct conf */
extern const struct conf_row conf_iface_rows[];	 /* into struct conf_iface */
extern const struct conf_row conf_feed_rows[];	 /* into struct conf_feed */
extern const struct conf_row conf_policy_rows[]; /* into struct conf_policy */
extern const struct conf_row conf_response_rows[]; /* into struct conf_response */
extern const struct conf_row conf_category_rows[]; /* into struct conf_category */

/* lists and maps, which are no scalars: most entries of each, and what it is */
struct conf_section {
	const char *name;
	size_t max;
	const char *help;
};
enum { CONF_INTERFACES, CONF_FEEDS, CONF_RULES, CONF_GUARD, CONF_HOME, CONF_VARS, CONF_POLICY, CONF_UPDATE, CONF_RESPONSES, CONF_CATEGORIES, CONF_SECTIONS };
extern const struct conf_section conf_sections[CONF_SECTIONS + 1];

#define CONF_FILE_MAX (1u << 20) /* bytes of a configuration file */

const struct conf_row *conf_row_find(const struct conf_row *rows, const char *name);
/* @base: the struct the row points into. -EINVAL, -ENOMEM with @err ("stream.depth: ..."); untouched then */
int conf_row_set(const struct conf_row *row, void *base, const char *value, struct strbuf *err);
void conf_row_show(const struct conf_row *row, const void *base, struct strbuf *out);
/* every row with a default; -ENOMEM */
int conf_rows_init(const struct conf_row *rows, void *base);
void conf_rows_done(const struct conf_row *rows, void *base);
/* "1 ... 255", "yes or no", "observe, react": what a value may be */
void conf_row_range(const struct conf_row *row, struct strbuf *out);
/* text as YAML takes it back, in double quotes */
void conf_quote(const char *s, struct strbuf *out);
/* YAML text into @c, which is as conf_init() left it; @path is for messages. On failure @c is half filled. */
int conf_read(struct conf *c, const char *path, const char *text, size_t len, struct strbuf *err);
/* what is true only of the whole, after reading */
int conf_check(struct conf *c, struct strbuf *err);

#endif
