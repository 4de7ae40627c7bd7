// SPDX-License-Identifier: BSD-2-Clause
/* HMAC-SHA256 (RFC 2104) by OpenSSL, as hex. */
#include "base/crypto.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

int hmac_sha256_hex(const void *key, size_t key_len, const void *data, size_t len, char ret[65])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int n = 0, i;

	if (key_len > INT_MAX || !HMAC(EVP_sha256(), key, (int)key_len, data, len, mac, &n) || n != 32)
		return -EIO;
	for (i = 0; i < n; i++) {
		ret[2 * i] = hex[mac[i] >> 4];
		ret[2 * i + 1] = hex[mac[i] & 15];
	}
	ret[64] = '\0';
	return 0;
}
