/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A content of several files: a directory that is one feed, or a file with its
 * signature. Whoever may open the files puts them one after the other into one
 * that is kept as the feed's content; the parser reads each by itself.
 *   "cordon-files 1\n", then of each "file LENGTH NAME\n" and LENGTH bytes;
 * LENGTH is FEED_PART_DIGITS digits, so that it can be written when it is known.
 */
#ifndef FEED_PARTS_H
#define FEED_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define FEED_PARTS_MAGIC "cordon-files 1\n"
#define FEED_PART_DIGITS 12
#define FEED_PARTS_MAX 10000
#define FEED_SIGNATURE_BYTES 512 /* longest signature file that is read */

struct feed_part {
	char name[256];
	const char *data;
	size_t len;
};

/* --- writing: at the descriptor's offset --- */

int feed_parts_begin(int fd);
/* then the part's bytes are written, and feed_part_end() says how many; *ret_at: for it */
int feed_part_begin(int fd, const char *name, int64_t *ret_at);
int feed_part_end(int fd, int64_t at);

/**
 * feed_open() - a feed's source as one descriptor to read from
 * @path:      a regular file, or a directory
 * @is_signed: the file's signature, PATH.sig, comes with it; a directory has none
 *
 * Of a directory every regular file counts, by name; left out are names that begin with a dot, notes
 * (README, LICENSE, COPYING), signatures, and a MISP feed's manifest and hashes. What is made of
 * several files is a memory file.
 * Return: the descriptor; -errno; -EINVAL: neither, or a directory that should be signed; -EFBIG: more than
 * CORDON_FEED_BYTES or FEED_PARTS_MAX files; -ENOKEY: no signature beside it
 */
int feed_open(const char *path, bool is_signed);

/* --- reading --- */

bool feed_parts_is(const char *data, size_t len);
/* @at: 0 at first. 1 and *ret; 0 at the end; -EINVAL: not what feed_part_begin() writes */
int feed_parts_next(const char *data, size_t len, size_t *at, struct feed_part *ret);

/*
 * feed_verify() - is the content in @fd a file and its signature by @key?
 * 0; -errno with @err: what is wrong with it
 */
int feed_verify(int fd, const char *key, struct strbuf *err);

#endif
