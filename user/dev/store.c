// SPDX-License-Identifier: BSD-2-Clause
#include "dev/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/db.h"
#include "base/hash.h"
#include "dev/store_row.h"

/* more than any row takes: a quarter of a page at most in a leaf, which may be half empty, and a page of its own for the rest */
#define ROW_BYTES 6144

struct store {
	uint64_t max_bytes;
	struct db *db; /* NULL: not open */
	struct db_stmt *put, *drop;
	struct strbuf sum;
	char (*text)[STORE_CELL_MAX]; /* of the row at hand, a column each */
	atomic_uint_fast64_t failures, asides, rows;
};

/* --- sums --- */

static void sum_cell(struct strbuf *b, const struct store_cell *c)
{
	if (c->is_text)
		strbuf_add(b, c->text, c->len);
	else
		strbuf_addf(b, "%" PRId64, c->number);
	strbuf_add(b, "", 1);
}

static void sum_id(struct strbuf *b, const char *id)
{
	strbuf_clear(b);
	strbuf_add(b, id, strlen(id) + 1);
}

static int64_t sum_of(const struct strbuf *b)
{
	return (int64_t)hash_fnv1a(b->s, b->len);
}

/* --- reading --- */

/* "id, cols, sum", and every column the file has: one that an older version did not know is NULL */
static int select_text(struct db *db, struct strbuf *sql)
{
	char ask[128];
	int64_t has;
	int r;

	strbuf_adds(sql, "SELECT id, cols, sum");
	for (unsigned int i = 0; i < store_columns(); i++) {
		snprintf(ask, sizeof(ask), "SELECT count(*) FROM pragma_table_info('device') WHERE name = '%s'", store_column_name(i));
		r = db_number(db, ask, &has);
		if (r)
			return r;
		if (has)
			strbuf_addf(sql, ", \"%s\"", store_column_name(i));
		else
			strbuf_adds(sql, ", NULL");
	}
	strbuf_adds(sql, " FROM device");
	return sql->failed ? -ENOMEM : 0;
}

/* false: the row is not what was written */
static bool take_row(struct db_stmt *st, struct strbuf *sum, struct device *d)
{
	int64_t cols = db_i64(st, 1);
	size_t len;
	const char *id = db_text(st, 0, &len);

	memset(d, 0, sizeof(*d));
	if (strlen(id) != len || device_key_parse(id, &d->key))
		return false;
	device_key_str(d->id, sizeof(d->id), &d->key);
	if (strcmp(d->id, id))
		return false;
	sum_id(sum, id);
	for (unsigned int i = 0; i < store_columns(); i++) {
		struct store_cell c = { .is_text = store_column_type(i)[0] == 'T' };

		if (c.is_text)
			c.text = db_text(st, (int)i + 3, &c.len);
		else
			c.number = db_i64(st, (int)i + 3);
		store_set(d, i, &c);
		if (i < cols)
			sum_cell(sum, &c);
	}
	/* of a newer version's row only that version knows the sum */
	return !sum->failed && cols > 0 && (cols > store_columns() || db_i64(st, 2) == sum_of(sum));
}

/* @most: a damaged tree may have no end */
static int load_rows(struct db *db, uint32_t most, void (*row)(const struct device *, void *), void *ctx,
		     struct store_report *ret)
{
	_cleanup_(db_finish) struct db_stmt *st = NULL;
	struct strbuf sql = { 0 }, sum = { 0 };
	struct device d;
	int r = select_text(db, &sql);

	if (!r)
		r = db_prepare(db, sql.s, &st);
	while (!r && ret->rows + ret->damaged < most && (r = db_step(st)) == 1) {
		r = 0;
		if (take_row(st, &sum, &d)) {
			ret->rows++;
			row(&d, ctx);
		} else {
			ret->damaged++;
		}
	}
	strbuf_done(&sql);
	strbuf_done(&sum);
	return r;
}

static int prune(struct db *db, uint32_t max, struct store_report *ret)
{
	char sql[256];
	int64_t n = 0;
	int r = db_number(db, "SELECT count(*) FROM device", &n);

	if (r || n <= max)
		return r;
	snprintf(sql, sizeof(sql),
		 "DELETE FROM device WHERE id IN (SELECT id FROM device"
		 " ORDER BY name <> '' OR \"group\" <> '' DESC, last DESC LIMIT -1 OFFSET %u)", max);
	r = db_exec(db, sql);
	ret->over = r ? 0 : (uint32_t)(n - max);
	return r;
}

static int load(struct db *db, uint32_t max, void (*row)(const struct device *, void *), void *ctx, struct store_report *ret)
{
	int64_t version = 0, tables = 0;
	int r = db_number(db, "PRAGMA user_version", &version), checked;

	if (!r)
		r = db_number(db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (r || (!version && !tables))
		return r; /* made, and killed before anything was written */
	if (version > STORE_VERSION)
		return -ENOTSUP;
	if (version != STORE_VERSION)
		return -EBADMSG;
	checked = db_check(db);
	if (!checked)
		r = prune(db, max, ret);
	if (r == -EROFS || r == -ENOSPC)
		r = 0; /* the inventory refuses what is over */
	/* what can be read of a damaged file is right, by its sum */
	if (!r)
		r = load_rows(db, checked ? 2 * max : UINT32_MAX, row, ctx, ret);
	if (!r && ret->damaged)
		r = -EBADMSG;
	return checked ? checked : r;
}

int store_load(const char *path, uint32_t max, void (*row)(const struct device *, void *), void *ctx, struct store_report *ret,
	       struct strbuf *err)
{
	_cleanup_(db_close) struct db *db = NULL;
	int r = db_open(path, 0, &db, err);

	*ret = (struct store_report){ 0 };
	if (r == -ENOENT) {
		strbuf_clear(err);
		return 0;
	}
	if (r)
		return r;
	r = load(db, max, row, ctx, ret);
	if (r == -ENOTSUP)
		strbuf_adds(err, "a newer version of Cordon wrote it");
	else if (r)
		strbuf_adds(err, r == -EBADMSG ? "damaged" : strerror(-r));
	return r;
}

int store_set_aside(const char *path)
{
	static const char *const parts[] = { "-journal", "" };
	char from[4200], to[4300];

	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++) {
		snprintf(from, sizeof(from), "%s%s", path, parts[i]);
		snprintf(to, sizeof(to), "%s.bad%s", path, parts[i]);
		if (rename(from, to) && errno != ENOENT)
			return -errno;
	}
	return 0;
}

/* --- writing --- */

struct store *store_new(uint32_t max_devices)
{
	_cleanup_(store_free) struct store *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->max_bytes = (uint64_t)(max_devices + 256) * ROW_BYTES;
	s->text = calloc(store_columns(), sizeof(*s->text));
	return s->text ? TAKE_PTR(s) : NULL;
}

static void shut(struct store *s)
{
	db_finish(s->put);
	db_finish(s->drop);
	db_close(s->db);
	s->put = s->drop = NULL;
	s->db = NULL;
}

void store_free(struct store *s)
{
	if (!s)
		return;
	shut(s);
	strbuf_done(&s->sum);
	free(s->text);
	free(s);
}

static int make_table(struct db *db)
{
	struct strbuf sql = { 0 };
	int r;

	/* the tree itself is the index: an id is looked for, nothing else */
	strbuf_adds(&sql, "CREATE TABLE device (id TEXT PRIMARY KEY, cols INTEGER, sum INTEGER");
	for (unsigned int i = 0; i < store_columns(); i++)
		strbuf_addf(&sql, ", \"%s\" %s", store_column_name(i), store_column_type(i));
	strbuf_addf(&sql, ") WITHOUT ROWID; PRAGMA user_version=%d", STORE_VERSION);
	r = sql.failed ? -ENOMEM : db_exec(db, sql.s);
	strbuf_done(&sql);
	return r;
}

/* those that the version which made the file did not know */
static int add_columns(struct db *db)
{
	char sql[128];
	int64_t has = 1;
	int r = 0;

	for (unsigned int i = 0; !r && i < store_columns(); i++) {
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM pragma_table_info('device') WHERE name = '%s'", store_column_name(i));
		r = db_number(db, sql, &has);
		if (r || has)
			continue;
		snprintf(sql, sizeof(sql), "ALTER TABLE device ADD COLUMN \"%s\" %s", store_column_name(i), store_column_type(i));
		r = db_exec(db, sql);
	}
	return r;
}

static int make_schema(struct db *db)
{
	int64_t version = 0;
	int r = db_begin(db);

	if (!r)
		r = db_number(db, "PRAGMA user_version", &version);
	if (!r && version && version != STORE_VERSION)
		r = -EBADMSG;
	if (!r)
		r = version ? add_columns(db) : make_table(db);
	return r ? r : db_commit(db);
}

/* a row with the same id keeps what columns of newer versions say */
static int prepare_put(struct db *db, struct db_stmt **ret)
{
	struct strbuf sql = { 0 };
	int r;

	strbuf_adds(&sql, "INSERT INTO device (id, cols, sum");
	for (unsigned int i = 0; i < store_columns(); i++)
		strbuf_addf(&sql, ", \"%s\"", store_column_name(i));
	strbuf_adds(&sql, ") VALUES (?, ?, ?");
	for (unsigned int i = 0; i < store_columns(); i++)
		strbuf_adds(&sql, ", ?");
	strbuf_adds(&sql, ") ON CONFLICT (id) DO UPDATE SET cols = excluded.cols, sum = excluded.sum");
	for (unsigned int i = 0; i < store_columns(); i++)
		strbuf_addf(&sql, ", \"%s\" = excluded.\"%s\"", store_column_name(i), store_column_name(i));
	r = sql.failed ? -ENOMEM : db_prepare(db, sql.s, ret);
	strbuf_done(&sql);
	return r;
}

static int need_open(struct store *s, const char *path)
{
	struct strbuf err = { 0 };
	int r;

	if (s->db)
		return 0;
	r = db_open(path, s->max_bytes, &s->db, &err);
	strbuf_done(&err);
	if (!r)
		r = make_schema(s->db);
	if (!r)
		r = prepare_put(s->db, &s->put);
	return r ? r : db_prepare(s->db, "DELETE FROM device WHERE id = ?", &s->drop);
}

static int put(struct store *s, const struct device *d)
{
	struct store_cell c;
	unsigned int n = store_columns();

	sum_id(&s->sum, d->id);
	db_bind_text(s->put, 1, d->id, strlen(d->id));
	db_bind_i64(s->put, 2, n);
	for (unsigned int i = 0; i < n; i++) {
		store_get(d, i, s->text[i], &c);
		if (c.is_text)
			db_bind_text(s->put, (int)i + 4, c.text, c.len);
		else
			db_bind_i64(s->put, (int)i + 4, c.number);
		sum_cell(&s->sum, &c);
	}
	if (s->sum.failed)
		return -ENOMEM;
	db_bind_i64(s->put, 3, sum_of(&s->sum));
	return db_step(s->put);
}

static int drop(struct store *s, const struct device *d)
{
	db_bind_text(s->drop, 1, d->id, strlen(d->id));
	return db_step(s->drop);
}

static int write_all(struct store *s, const struct store_item *items, size_t n)
{
	int r = db_begin(s->db);

	for (size_t i = 0; !r && i < n; i++)
		r = items[i].is_gone ? drop(s, &items[i].d) : put(s, &items[i].d);
	return r ? r : db_commit(s->db);
}

int store_write(void *store, const char *path, const void *data, size_t len)
{
	struct store *s = store;
	size_t n = len / sizeof(struct store_item);
	int r = need_open(s, path);

	if (!r)
		r = write_all(s, data, n);
	if (!r) {
		atomic_fetch_add(&s->rows, n);
		return 0;
	}
	shut(s); /* opened again for the next one: the disk may be another by then */
	atomic_fetch_add(&s->failures, 1);
	if (r == -EBADMSG && !store_set_aside(path))
		atomic_fetch_add(&s->asides, 1);
	return r;
}

uint64_t store_failures(const struct store *s)
{
	return atomic_load(&s->failures);
}

uint64_t store_asides(const struct store *s)
{
	return atomic_load(&s->asides);
}

uint64_t store_rows_written(const struct store *s)
{
	return atomic_load(&s->rows);
}
