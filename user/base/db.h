/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SQLite, for what is kept in rows. The only file that knows it. One connection
 * is of one thread at a time. Results are 0 or -errno: -EBADMSG the file is
 * damaged or no database, -ENOSPC, -EROFS, -EBUSY another program has it,
 * -ENOENT there is no file.
 *
 * A file is never trusted: it is read with what SQLite has against made-up ones
 * (defensive, no functions from its schema, cells checked), and one with
 * triggers or views is refused as damaged.
 *
 * It keeps a rollback journal, no WAL: one thread writes and nobody reads
 * beside it, so a WAL would win nothing, and the file would need its two
 * companions to be whole, and write access to be read. What db_commit() said is
 * on disk (synchronous=FULL); a kill or a power cut loses the transaction at
 * hand, nothing before it.
 */
#ifndef BASE_DB_H
#define BASE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/str.h"

struct db;
struct db_stmt;

/*
 * db_open() - the path is used as it is, links in it are not resolved: it may lead through /proc/self/fd
 * @max_bytes: it is made where there is none, and never grows beyond; 0: there must be one, to be read.
 * A reader too rolls back what a killed writer left half done, so it needs to write; where the disk is read only it reads what is whole.
 */
int db_open(const char *path, uint64_t max_bytes, struct db **ret, struct strbuf *err);
void db_close(struct db *db); /* rolls back what was not committed */
DEFINE_CLEANUP(struct db, db_close)

int db_exec(struct db *db, const char *sql);
int db_begin(struct db *db);
int db_commit(struct db *db);
/* the first value of the first row; -ENODATA: there is none */
int db_number(struct db *db, const char *sql, int64_t *ret);
/* what SQLite finds wrong in the file's structure: 0 nothing, -EBADMSG */
int db_check(struct db *db);
/* what went wrong last; as long as nothing else is done with @db */
const char *db_error(struct db *db);

int db_prepare(struct db *db, const char *sql, struct db_stmt **ret);
void db_finish(struct db_stmt *st);
DEFINE_CLEANUP(struct db_stmt, db_finish)
/* 1: there is a row; 0: done; -errno. After 0 and after an error it may be bound and stepped again. */
int db_step(struct db_stmt *st);
/* parameters count from 1; text is borrowed until the step that uses it */
void db_bind_i64(struct db_stmt *st, int i, int64_t v);
void db_bind_text(struct db_stmt *st, int i, const char *text, size_t len);
/* columns count from 0; what is of another kind or missing is 0, or "" */
int64_t db_i64(struct db_stmt *st, int i);
const char *db_text(struct db_stmt *st, int i, size_t *ret_len); /* until the next step */

#endif
