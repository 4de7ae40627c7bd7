// SPDX-License-Identifier: BSD-2-Clause
/*
 * SipHash-2-4 (libsodium's crypto_shorthash) under a key drawn once per
 * process, for tables whose keys come from the network: without the key nobody
 * can choose names that fall into one bucket. The only file that knows
 * libsodium.
 */
#include "base/hash.h"

#include <errno.h>
#include <pthread.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_shorthash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static pthread_once_t drawn = PTHREAD_ONCE_INIT;
static unsigned char seed[crypto_shorthash_KEYBYTES];

static void draw(void *dst, size_t len)
{
	ssize_t n;

	do
		n = getrandom(dst, len, 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)len) /* at most 256 bytes are never cut short: getrandom(2) */
		abort();
}

static void draw_seed(void)
{
	draw(seed, sizeof(seed));
}

uint64_t hash_seeded(const void *key, size_t len)
{
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t h;

	pthread_once(&drawn, draw_seed);
	crypto_shorthash(out, key, len, seed);
	memcpy(&h, out, sizeof(h));
	return h;
}

uint64_t hash_fnv1a(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return h;
}

uint64_t random_u64(void)
{
	uint64_t v;

	draw(&v, sizeof(v));
	return v;
}

int hash_file_hex(int fd, char ret[65])
{
	unsigned char out[crypto_generichash_BYTES], buf[65536];
	crypto_generichash_state st;
	off_t at = 0;
	ssize_t n;

	_Static_assert(sizeof(out) == 32, "64 digits");
	crypto_generichash_init(&st, NULL, 0, sizeof(out));
	while ((n = pread(fd, buf, sizeof(buf), at)) > 0) {
		crypto_generichash_update(&st, buf, (unsigned long long)n);
		at += n;
	}
	if (n < 0)
		return -errno;
	crypto_generichash_final(&st, out, sizeof(out));
	for (size_t i = 0; i < sizeof(out); i++)
		snprintf(ret + 2 * i, 3, "%02x", out[i]);
	return 0;
}
