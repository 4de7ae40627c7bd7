// SPDX-License-Identifier: BSD-2-Clause
#include "base/db.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

#include <sqlite3.h>

#define PAGE_BYTES 4096
#define BUSY_MS 2000 /* somebody looks into it with a program of his own */

/*
 * Steps of SQLite's machine in one transaction, or of one reader. A full table takes a fiftieth; in a file made for it, whose
 * tree leads to the same page again and again, there is no end.
 */
#define STEPS_AT_ONCE 100000
#define STEPS_MAX (200 * 1000000ULL)

struct db {
	sqlite3 *sql;
	uint64_t steps;
};

static int is_too_much(void *db)
{
	return (((struct db *)db)->steps += STEPS_AT_ONCE) > STEPS_MAX;
}

/* is a sqlite3_stmt: one name less to free */
static sqlite3_stmt *stmt(struct db_stmt *st)
{
	return (sqlite3_stmt *)st;
}

static int error_of(sqlite3 *sql, int rc)
{
	int sys = sql ? sqlite3_system_errno(sql) : 0;

	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_ERROR: /* our statements are right: it is the schema that is not ours */
	case SQLITE_SCHEMA:
	case SQLITE_MISMATCH:
	case SQLITE_CONSTRAINT:
	case SQLITE_TOOBIG:
	case SQLITE_FORMAT:
	case SQLITE_INTERRUPT: /* is_too_much() */
		return -EBADMSG;
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
		return sys > 0 ? -sys : -EIO;
	default:
		return -EIO;
	}
}

/* --- a file system whose paths are taken as they are --- */

static sqlite3_vfs plain;

static int same_path(sqlite3_vfs *v, const char *name, int size, char *dst)
{
	(void)v;
	return str_copy(dst, (size_t)size, name) == strlen(name) ? SQLITE_OK : SQLITE_CANTOPEN;
}

static void register_plain(void)
{
	sqlite3_vfs *unix_vfs;

	if (sqlite3_initialize() != SQLITE_OK)
		return;
	unix_vfs = sqlite3_vfs_find("unix");
	if (!unix_vfs)
		return;
	plain = *unix_vfs;
	plain.pNext = NULL;
	plain.zName = "cordon";
	plain.xFullPathname = same_path;
	sqlite3_vfs_register(&plain, 0);
}

/* --- connection --- */

static int settle(struct db *db, uint64_t max_bytes)
{
	static const char always[] = "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;"
				     "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;";
	char sql[80];
	int64_t foreign;
	int r;

	sqlite3_busy_timeout(db->sql, BUSY_MS);
	sqlite3_progress_handler(db->sql, STEPS_AT_ONCE, is_too_much, db);
	sqlite3_extended_result_codes(db->sql, 1);
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_limit(db->sql, SQLITE_LIMIT_LENGTH, 1 << 20);
	sqlite3_limit(db->sql, SQLITE_LIMIT_ATTACHED, 0);
	r = db_exec(db, always);
	if (!r && max_bytes) {
		sqlite3_snprintf(sizeof(sql), sql, "PRAGMA max_page_count=%llu", (unsigned long long)max_bytes / PAGE_BYTES);
		r = db_exec(db, sql);
	}
	if (!r)
		r = db_number(db, "SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger', 'view')", &foreign);
	return !r && foreign ? -EBADMSG : r;
}

int db_open(const char *path, uint64_t max_bytes, struct db **ret, struct strbuf *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	_cleanup_(db_close) struct db *db = calloc(1, sizeof(*db));
	int fd, r;

	if (!db)
		return -ENOMEM;
	pthread_once(&once, register_plain);
	/* SQLite's own mode for a new file is everybody's */
	fd = open(path, O_RDWR | (max_bytes ? O_CREAT : 0) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	r = fd < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	if (r && !(r == -EROFS || r == -EACCES)) {
		strbuf_adds(err, strerror(-r));
		return r;
	}
	r = error_of(NULL, sqlite3_open_v2(path, &db->sql, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, "cordon"));
	if (r && db->sql)
		r = error_of(db->sql, sqlite3_extended_errcode(db->sql));
	if (!r)
		r = settle(db, max_bytes);
	if (r) {
		strbuf_adds(err, r == -EBADMSG ? "damaged, or not a database of Cordon's" : strerror(-r));
		return r;
	}
	*ret = TAKE_PTR(db);
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	sqlite3_close_v2(db->sql);
	free(db);
}

const char *db_error(struct db *db)
{
	return sqlite3_errmsg(db->sql);
}

int db_exec(struct db *db, const char *sql)
{
	return error_of(db->sql, sqlite3_exec(db->sql, sql, NULL, NULL, NULL));
}

int db_begin(struct db *db)
{
	db->steps = 0;
	return db_exec(db, "BEGIN IMMEDIATE");
}

int db_commit(struct db *db)
{
	int r = db_exec(db, "COMMIT");

	if (r && !sqlite3_get_autocommit(db->sql))
		(void)db_exec(db, "ROLLBACK");
	return r;
}

int db_number(struct db *db, const char *sql, int64_t *ret)
{
	_cleanup_(db_finish) struct db_stmt *st = NULL;
	int r = db_prepare(db, sql, &st);

	if (!r)
		r = db_step(st);
	if (r == 1)
		*ret = db_i64(st, 0);
	return r == 1 ? 0 : r ? r : -ENODATA;
}

int db_check(struct db *db)
{
	_cleanup_(db_finish) struct db_stmt *st = NULL;
	size_t len;
	int r = db_prepare(db, "PRAGMA quick_check(1)", &st);

	if (!r)
		r = db_step(st);
	if (r < 0)
		return r;
	return r == 1 && !strcmp(db_text(st, 0, &len), "ok") ? 0 : -EBADMSG;
}

/* --- statements --- */

int db_prepare(struct db *db, const char *sql, struct db_stmt **ret)
{
	sqlite3_stmt *st = NULL;
	int r = error_of(db->sql, sqlite3_prepare_v2(db->sql, sql, -1, &st, NULL));

	if (!r)
		*ret = (struct db_stmt *)st;
	return r;
}

void db_finish(struct db_stmt *st)
{
	sqlite3_finalize(stmt(st));
}

int db_step(struct db_stmt *st)
{
	int rc = sqlite3_step(stmt(st));

	if (rc == SQLITE_ROW)
		return 1;
	sqlite3_reset(stmt(st));
	return error_of(sqlite3_db_handle(stmt(st)), rc);
}

void db_bind_i64(struct db_stmt *st, int i, int64_t v)
{
	sqlite3_bind_int64(stmt(st), i, v);
}

void db_bind_text(struct db_stmt *st, int i, const char *text, size_t len)
{
	sqlite3_bind_text(stmt(st), i, text, (int)(len > INT_MAX ? INT_MAX : len), SQLITE_STATIC);
}

int64_t db_i64(struct db_stmt *st, int i)
{
	return sqlite3_column_type(stmt(st), i) == SQLITE_INTEGER ? sqlite3_column_int64(stmt(st), i) : 0;
}

const char *db_text(struct db_stmt *st, int i, size_t *ret_len)
{
	const unsigned char *text = NULL;

	if (sqlite3_column_type(stmt(st), i) == SQLITE_TEXT)
		text = sqlite3_column_text(stmt(st), i);
	*ret_len = text ? (size_t)sqlite3_column_bytes(stmt(st), i) : 0;
	return text ? (const char *)text : "";
}
