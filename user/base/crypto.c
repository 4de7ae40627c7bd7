// SPDX-License-Identifier: BSD-2-Clause
/* Digests, HMAC, HKDF and AES-128 by OpenSSL. */
#include "base/crypto.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/cleanup.h"

#define GCM_TAG 16

DEFINE_CLEANUP(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)

char *hex_lower(char *dst, const uint8_t *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		dst[2 * i] = hex[p[i] >> 4];
		dst[2 * i + 1] = hex[p[i] & 15];
	}
	dst[2 * n] = '\0';
	return dst;
}

static int hmac_sha256(const void *key, size_t key_len, const void *data, size_t len, uint8_t ret[SHA256_BYTES])
{
	unsigned int n = 0;

	if (key_len > INT_MAX || !HMAC(EVP_sha256(), key, (int)key_len, data, len, ret, &n) || n != SHA256_BYTES)
		return -EIO;
	return 0;
}

int hmac_sha256_hex(const void *key, size_t key_len, const void *data, size_t len, char ret[65])
{
	uint8_t mac[SHA256_BYTES];
	int r = hmac_sha256(key, key_len, data, len, mac);

	if (r)
		return r;
	hex_lower(ret, mac, sizeof(mac));
	return 0;
}

static int digest(const EVP_MD *md, const void *data, size_t len, uint8_t *ret, unsigned int want)
{
	unsigned int n = 0;

	return EVP_Digest(data, len, ret, &n, md, NULL) && n == want ? 0 : -EIO;
}

int digest_md5(const void *data, size_t len, uint8_t ret[MD5_BYTES])
{
	return digest(EVP_md5(), data, len, ret, MD5_BYTES);
}

int digest_sha1(const void *data, size_t len, uint8_t ret[SHA1_BYTES])
{
	return digest(EVP_sha1(), data, len, ret, SHA1_BYTES);
}

int digest_sha256(const void *data, size_t len, uint8_t ret[SHA256_BYTES])
{
	return digest(EVP_sha256(), data, len, ret, SHA256_BYTES);
}

/* RFC 5869 section 2.2: the salt is the HMAC's key */
int hkdf_extract(const void *salt, size_t salt_len, const void *key, size_t key_len, uint8_t ret[SHA256_BYTES])
{
	return hmac_sha256(salt, salt_len, key, key_len, ret);
}

/* RFC 5869 section 2.3: T(1) = HMAC(PRK, info | 0x01) */
int hkdf_expand(const uint8_t secret[SHA256_BYTES], const void *info, size_t info_len, uint8_t *ret, size_t len)
{
	uint8_t text[256], block[SHA256_BYTES];
	int r;

	if (info_len >= sizeof(text) || len > sizeof(block))
		return -EIO;
	memcpy(text, info, info_len);
	text[info_len] = 1;
	r = hmac_sha256(secret, SHA256_BYTES, text, info_len + 1, block);
	if (!r)
		memcpy(ret, block, len);
	return r;
}

int aes128_block(const uint8_t key[16], const uint8_t in[16], uint8_t ret[16])
{
	_cleanup_(EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0;

	if (!c || !EVP_EncryptInit_ex(c, EVP_aes_128_ecb(), NULL, key, NULL) || !EVP_CIPHER_CTX_set_padding(c, 0) ||
	    !EVP_EncryptUpdate(c, ret, &n, in, 16) || n != 16)
		return -EIO;
	return 0;
}

int aes128_gcm_open(const uint8_t key[16], const uint8_t nonce[12], const void *ad, size_t ad_len, const uint8_t *in,
		    size_t len, uint8_t *dst)
{
	_cleanup_(EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t tag[GCM_TAG];
	int n = 0;

	if (len < GCM_TAG)
		return -EBADMSG;
	if (!c || ad_len > INT_MAX || len > INT_MAX)
		return -EIO;
	memcpy(tag, in + len - GCM_TAG, GCM_TAG);
	if (!EVP_DecryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, nonce) ||
	    !EVP_DecryptUpdate(c, NULL, &n, ad, (int)ad_len) ||
	    !EVP_DecryptUpdate(c, dst, &n, in, (int)(len - GCM_TAG)) ||
	    !EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, GCM_TAG, tag))
		return -EIO;
	return EVP_DecryptFinal_ex(c, dst + n, &n) ? 0 : -EBADMSG;
}
