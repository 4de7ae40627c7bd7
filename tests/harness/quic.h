/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes Initial packets of QUIC: the inverse of user/app/quic.c, for tests and captures (RFC 9001 section 5). */
#ifndef TESTS_QUIC_H
#define TESTS_QUIC_H

#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/quic.h"
#include "base/crypto.h"

#define QUIC_TEST_CID 8

/* a CRYPTO frame of @n bytes (below 16384) at @offset; returns its length */
static inline size_t quic_put_crypto(uint8_t *dst, uint32_t offset, const uint8_t *p, uint32_t n)
{
	dst[0] = QUIC_FRAME_CRYPTO;
	dst[1] = (uint8_t)(0x80 | offset >> 24);
	dst[2] = (uint8_t)(offset >> 16);
	dst[3] = (uint8_t)(offset >> 8);
	dst[4] = (uint8_t)offset;
	dst[5] = (uint8_t)(0x40 | n >> 8);
	dst[6] = (uint8_t)n;
	memcpy(dst + 7, p, n);
	return 7 + n;
}

/*
 * quic_seal() - one Initial with @frames, whose keys hang on @key_cid and which is addressed to @dcid
 * Returns its length, frames + 46 at most. Aborts when OpenSSL fails.
 */
static inline size_t quic_seal(uint8_t *dst, uint32_t version, const uint8_t *key_cid, const uint8_t *dcid, int from_server,
			       uint8_t pn, const uint8_t *frames, size_t n)
{
	struct cur cid = cur_of(key_cid, QUIC_TEST_CID);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	struct quic_keys k[2], *key = &k[from_server];
	uint8_t *p = dst, *number, mask[16], nonce[12];
	int len = 0;

	if (!c || quic_initial_keys(version, &cid, &k[0], &k[1]))
		abort();
	*p++ = version == QUIC_V2 ? 0xd0 : 0xc0; /* Initial, a packet number of one byte */
	for (int i = 3; i >= 0; i--)
		*p++ = (uint8_t)(version >> 8 * i);
	*p++ = QUIC_TEST_CID;
	memcpy(p, dcid, QUIC_TEST_CID);
	p += QUIC_TEST_CID;
	*p++ = 0; /* no source id */
	*p++ = 0; /* no token */
	*p++ = (uint8_t)(0x40 | (n + 17) >> 8);
	*p++ = (uint8_t)(n + 17);
	number = p;
	*p++ = pn;
	memcpy(nonce, key->iv, sizeof(nonce));
	nonce[11] ^= pn;
	if (!EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, key->key, nonce) ||
	    !EVP_EncryptUpdate(c, NULL, &len, dst, (int)(p - dst)) || !EVP_EncryptUpdate(c, p, &len, frames, (int)n) ||
	    !EVP_EncryptFinal_ex(c, p + n, &len) || !EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, p + n) ||
	    aes128_block(key->hp, number + 4, mask))
		abort();
	EVP_CIPHER_CTX_free(c);
	dst[0] ^= mask[0] & 0x0f;
	*number ^= mask[1];
	return (size_t)(p - dst) + n + 16;
}

#endif
