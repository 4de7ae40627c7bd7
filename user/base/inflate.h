/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deflate (RFC 1950, 1951, 1952) as it comes, with the container told from its
 * first bytes, whatever the sender calls it. What is none of them comes out
 * unchanged. A bounded number of streams is open at a time.
 */
#ifndef BASE_INFLATE_H
#define BASE_INFLATE_H

#include <stdbool.h>
#include <stdint.h>

struct inflate;

/* takes decoded bytes; not 0: enough of them, inflate_feed() returns it */
typedef int (*inflate_fn)(void *ctx, const uint8_t *p, uint32_t len);

/* 0, -ENOMEM, -EMFILE (CORDON_INFLATE_MAX are open) */
int inflate_new(struct inflate **ret);
void inflate_free(struct inflate *z);
/*
 * The output does not depend on how the input is cut. After the end of the
 * compressed data, or an error in it, further input is passed over.
 * 0, or what @fn returned.
 */
int inflate_feed(struct inflate *z, const uint8_t *p, uint32_t len, inflate_fn fn, void *ctx);
/* no more input: gives out what was held back because it was too little to tell what it is */
int inflate_end(struct inflate *z, inflate_fn fn, void *ctx);
/* decoded bytes so far for one that they came from; during a call of @fn too */
/* what the first bytes say: gzip's or zlib's header, or none; NULL: unknown */
enum inflate_form { INFLATE_UNKNOWN, INFLATE_WRAPPED, INFLATE_BARE };
enum inflate_form inflate_form(const struct inflate *z);
/* were there bytes that no deflate has? NULL: no */
bool inflate_failed(const struct inflate *z);
uint64_t inflate_ratio(const struct inflate *z);
unsigned int inflate_open(void); /* how many there are */

#endif
