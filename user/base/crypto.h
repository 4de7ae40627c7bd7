/* SPDX-License-Identifier: BSD-2-Clause */
/* The only file that knows OpenSSL: digests, signatures, and what QUIC's first packets are protected with. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MD5_BYTES 16
#define SHA1_BYTES 20
#define SHA256_BYTES 32

/* lower-case hex of HMAC-SHA256 (RFC 2104) into @ret (65 bytes); 0 or -EIO */
int hmac_sha256_hex(const void *key, size_t key_len, const void *data, size_t len, char ret[65]);

/* 0 or -EIO (MD5 may be forbidden by the system's policy) */
int digest_md5(const void *data, size_t len, uint8_t ret[MD5_BYTES]);
int digest_sha1(const void *data, size_t len, uint8_t ret[SHA1_BYTES]);
int digest_sha256(const void *data, size_t len, uint8_t ret[SHA256_BYTES]);

/* lower-case hex of @n bytes into @dst (2 * n + 1 bytes, terminated); returns dst */
char *hex_lower(char *dst, const uint8_t *p, size_t n);

/* HKDF-Extract and HKDF-Expand of one block with SHA-256 (RFC 5869): @len at most 32 bytes; 0 or -EIO */
int hkdf_extract(const void *salt, size_t salt_len, const void *key, size_t key_len, uint8_t ret[SHA256_BYTES]);
int hkdf_expand(const uint8_t secret[SHA256_BYTES], const void *info, size_t info_len, uint8_t *ret, size_t len);

/* one block of AES-128 in ECB mode; 0 or -EIO */
int aes128_block(const uint8_t key[16], const uint8_t in[16], uint8_t ret[16]);

/*
 * AES-128-GCM (RFC 5116 5.1): @len bytes at @in, the last 16 of them the tag,
 * into @dst (len - 16 bytes). 0; -EBADMSG: the tag does not fit; -EIO
 */
int aes128_gcm_open(const uint8_t key[16], const uint8_t nonce[12], const void *ad, size_t ad_len, const uint8_t *in,
		    size_t len, uint8_t *dst);

/* --- Ed25519 (RFC 8032, pure) --- */

#define ED25519_KEY_BYTES 32
#define ED25519_SIG_BYTES 64
#define ED25519_KEY_TEXT 45 /* base64 of a public key, terminated */
#define ED25519_SIG_TEXT 89 /* base64 of a signature, terminated */

/* a new key as PEM (PKCS #8, unencrypted), terminated, caller frees; and its public half in base64. 0 or -EIO */
int ed25519_new(char **ret_pem, char ret_public[ED25519_KEY_TEXT]);
/* -EINVAL: @pem is no private Ed25519 key; -EIO */
int ed25519_sign(const char *pem, size_t pem_len, const void *data, size_t len, char ret[ED25519_SIG_TEXT],
		 char ret_public[ED25519_KEY_TEXT]);
/*
 * @public: 32 bytes in base64. @sig: 64 bytes as they are or in base64, blanks around it allowed
 * 0; -EINVAL: @public is no key; -EPROTO: @sig is no signature; -EBADMSG: not of this content by this key; -ENOMEM
 */
int ed25519_verify(const char *public, const void *data, size_t len, const void *sig, size_t sig_len);
/* is it the text of a public key? */
bool ed25519_is_key(const char *public);

#endif
