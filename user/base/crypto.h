/* SPDX-License-Identifier: BSD-2-Clause */
/* The only file that knows OpenSSL. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include <stddef.h>

/* lower-case hex of HMAC-SHA256 (RFC 2104) into @ret (65 bytes); 0 or -EIO */
int hmac_sha256_hex(const void *key, size_t key_len, const void *data, size_t len, char ret[65]);

#endif
