/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The devices in a database, a row each (store_row.h), with a sum in each row
 * that tells when the disk has changed it. Read once, at the start; written by
 * another thread, in batches of what changed: records are copied into a batch,
 * so that nobody waits for anybody.
 */
#ifndef DEV_STORE_H
#define DEV_STORE_H

#include "base/cleanup.h"
#include "base/str.h"
#include "dev/inventory.h"

#define STORE_VERSION 1 /* user_version: raised when a column changes its meaning; columns more need none */

struct store_report {
	uint32_t rows;	  /* read */
	uint32_t damaged; /* of which the sum is wrong, or that name no device: left out */
	uint32_t over;	  /* more than @max: the ones silent for longest, but for those with a name or group, are taken out */
};

/*
 * store_load() - every row
 * @row: gets a record with key, id, addrs and the columns of store_row.h, as long as it runs
 * Return: 0 also when there is no file; -EBADMSG it is damaged, what was read before that is right; -ENOTSUP it is of a
 * newer version; another -errno: it could not be read. With a text in @err.
 */
int store_load(const char *path, uint32_t max, void (*row)(const struct device *, void *ctx), void *ctx,
	       struct store_report *ret, struct strbuf *err);
/* the file and its journal get another name, in place of those that had it before; 0 or -errno */
int store_set_aside(const char *path);

/* --- writing --- */

struct store_item {
	struct device d;
	bool is_gone; /* its row is to go */
};

/* at most @max_devices rows; NULL: no memory */
struct store *store_new(uint32_t max_devices);
void store_free(struct store *s);
DEFINE_CLEANUP(struct store, store_free)
/*
 * store_write() - a batch, whole or not at all; has the form of disk_append()'s @write
 * @data: struct store_item, one after the other
 * A file found damaged is set aside, and the next batch begins a new one.
 */
int store_write(void *store, const char *path, const void *data, size_t len);
/* from any thread: batches that could not be written since the start, so that what was in them is to be given again */
uint64_t store_failures(const struct store *s);
uint64_t store_asides(const struct store *s); /* files set aside by store_write() */
uint64_t store_rows_written(const struct store *s);

#endif
