/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uthash with a seeded SipHash, for tables whose keys an outsider may choose.
 * Include this instead of <uthash.h>.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_seeded(const void *key, size_t len); /* the seed is drawn at the first call */
uint64_t hash_fnv1a(const void *data, size_t len); /* finds torn or edited files; no signature, not for tables */
uint64_t random_u64(void);			   /* getrandom(2); aborts when the kernel has none */

/* BLAKE2b-256 of all of an open file, in lower-case hex; 0 or -errno. The offset does not matter. */
int hash_file_hex(int fd, char ret[65]);

#define HASH_FUNCTION(keyptr, keylen, hashv) ((hashv) = (unsigned int)hash_seeded((keyptr), (keylen)))
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#endif
