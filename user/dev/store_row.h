/* SPDX-License-Identifier: BSD-2-Clause */
/* A device as a row of the database: one row of a table for each column. */
#ifndef DEV_STORE_ROW_H
#define DEV_STORE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dev/inventory.h"

/* columns in the order in which they were invented; a new one goes to the end, so that a row's sum over the first n holds */
unsigned int store_columns(void);
const char *store_column_name(unsigned int column);
const char *store_column_type(unsigned int column); /* SQL */

#define STORE_CELL_MAX 2048 /* the longest text: every application's name, or DEVICE_ADDRS addresses */

struct store_cell {
	bool is_text;
	int64_t number;
	const char *text;
	size_t len;
};

/* @buf: where text is made that the record does not hold as such; the cell is valid as long as both are */
void store_get(const struct device *d, unsigned int column, char buf[STORE_CELL_MAX], struct store_cell *ret);
/* what cannot be: bounded, or left out */
void store_set(struct device *d, unsigned int column, const struct store_cell *c);

/* every column but the addresses, which have owners */
void store_copy(struct device *dst, const struct device *src);
/* changes when a column does; never 0 */
uint64_t store_hash(const struct device *d);

#endif
