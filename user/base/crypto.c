// SPDX-License-Identifier: BSD-2-Clause
/* Digests, HMAC, HKDF, AES-128 and Ed25519 by OpenSSL. */
#include "base/crypto.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdlib.h>
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

/* --- Ed25519 --- */

DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free)
DEFINE_CLEANUP(EVP_MD_CTX, EVP_MD_CTX_free)
DEFINE_CLEANUP(BIO, BIO_free_all)

/* @n bytes of base64 text with its padding, no blanks; the bytes it stands for, or -EINVAL */
static int from_base64(const char *s, size_t n, uint8_t *ret, size_t want)
{
	uint8_t buf[96];
	size_t pad = 0;

	if (n % 4 || n > sizeof(buf) / 3 * 4 || n != (want + 2) / 3 * 4)
		return -EINVAL;
	while (pad < 2 && s[n - 1 - pad] == '=')
		pad++;
	/* the decoder counts padding as bytes */
	if (EVP_DecodeBlock(buf, (const unsigned char *)s, (int)n) != (int)(want + pad))
		return -EINVAL;
	memcpy(ret, buf, want);
	return 0;
}

static int public_text(const EVP_PKEY *key, char ret[ED25519_KEY_TEXT])
{
	uint8_t raw[ED25519_KEY_BYTES];
	size_t n = sizeof(raw);

	if (!EVP_PKEY_get_raw_public_key(key, raw, &n) || n != sizeof(raw))
		return -EIO;
	EVP_EncodeBlock((unsigned char *)ret, raw, (int)n);
	return 0;
}

int ed25519_new(char **ret_pem, char ret_public[ED25519_KEY_TEXT])
{
	_cleanup_(EVP_PKEY_free) EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	_cleanup_(BIO_free_all) BIO *out = BIO_new(BIO_s_mem());
	char *text;
	long n;
	int r;

	if (!key || !out || !PEM_write_bio_PKCS8PrivateKey(out, key, NULL, NULL, 0, NULL, NULL))
		return -EIO;
	r = public_text(key, ret_public);
	n = BIO_get_mem_data(out, &text);
	if (r || n <= 0)
		return -EIO;
	*ret_pem = strndup(text, (size_t)n);
	OPENSSL_cleanse(text, (size_t)n);
	return *ret_pem ? 0 : -ENOMEM;
}

/* a key with a pass phrase is not asked for it */
static int no_pass(char *buf, int size, int rw, void *ctx)
{
	(void)buf;
	(void)size;
	(void)rw;
	(void)ctx;
	return -1;
}

int ed25519_sign(const char *pem, size_t pem_len, const void *data, size_t len, char ret[ED25519_SIG_TEXT],
		 char ret_public[ED25519_KEY_TEXT])
{
	_cleanup_(BIO_free_all) BIO *in = pem_len <= INT_MAX ? BIO_new_mem_buf(pem, (int)pem_len) : NULL;
	_cleanup_(EVP_PKEY_free) EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, no_pass, NULL) : NULL;
	_cleanup_(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[ED25519_SIG_BYTES];
	size_t n = sizeof(sig);

	if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519)
		return -EINVAL;
	if (!ctx || EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) != 1 || EVP_DigestSign(ctx, sig, &n, data, len) != 1)
		return -EIO;
	EVP_EncodeBlock((unsigned char *)ret, sig, (int)n);
	return public_text(key, ret_public);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static int read_signature(const char *s, size_t n, uint8_t ret[ED25519_SIG_BYTES])
{
	if (n == ED25519_SIG_BYTES) {
		memcpy(ret, s, n);
		return 0;
	}
	for (; n && is_blank(*s); n--)
		s++;
	while (n && is_blank(s[n - 1]))
		n--;
	return from_base64(s, n, ret, ED25519_SIG_BYTES) ? -EPROTO : 0;
}

int ed25519_verify(const char *public, const void *data, size_t len, const void *sig, size_t sig_len)
{
	_cleanup_(EVP_PKEY_free) EVP_PKEY *key = NULL;
	_cleanup_(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t raw[ED25519_KEY_BYTES], s[ED25519_SIG_BYTES];

	if (from_base64(public, strlen(public), raw, sizeof(raw)))
		return -EINVAL;
	if (read_signature(sig, sig_len, s))
		return -EPROTO;
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, sizeof(raw));
	if (!key || !ctx || EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) != 1)
		return -ENOMEM;
	return EVP_DigestVerify(ctx, s, sizeof(s), data, len) == 1 ? 0 : -EBADMSG;
}

bool ed25519_is_key(const char *public)
{
	uint8_t raw[ED25519_KEY_BYTES];

	return !from_base64(public, strlen(public), raw, sizeof(raw));
}
