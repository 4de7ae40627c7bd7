// SPDX-License-Identifier: BSD-2-Clause
/* Keys of QUIC's Initial packets, and taking their protection off (RFC 9001 sections 5.2 to 5.4). */
#include "app/quic.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/crypto.h"

#define TAG 16
#define SAMPLE 16
#define HEADER_MAX 2048 /* bytes of a header that is read: its token may be long */

/* RFC 8446 section 7.1: length, "tls13 " and label, no context */
static int expand_label(const uint8_t secret[SHA256_BYTES], const char *label, uint8_t *ret, size_t len)
{
	uint8_t info[64];
	size_t n = strlen(label);

	info[0] = 0;
	info[1] = (uint8_t)len;
	info[2] = (uint8_t)(6 + n);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, n);
	info[9 + n] = 0;
	return hkdf_expand(secret, info, 10 + n, ret, len);
}

static const uint8_t *salt_of(uint32_t version)
{
	static const uint8_t v1[20] = { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
					0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a };
	static const uint8_t v2[20] = { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
					0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 };
	static const uint8_t draft29[20] = { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
					     0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 };

	return version == QUIC_V2 ? v2 : version == QUIC_V1 ? v1 : draft29;
}

static int keys_of(uint32_t version, const uint8_t initial[SHA256_BYTES], const char *label, struct quic_keys *k)
{
	bool is_v2 = version == QUIC_V2;
	uint8_t secret[SHA256_BYTES];
	int r = expand_label(initial, label, secret, sizeof(secret));

	if (!r)
		r = expand_label(secret, is_v2 ? "quicv2 key" : "quic key", k->key, sizeof(k->key));
	if (!r)
		r = expand_label(secret, is_v2 ? "quicv2 iv" : "quic iv", k->iv, sizeof(k->iv));
	if (!r)
		r = expand_label(secret, is_v2 ? "quicv2 hp" : "quic hp", k->hp, sizeof(k->hp));
	return r;
}

int quic_initial_keys(uint32_t version, const struct cur *dcid, struct quic_keys *client, struct quic_keys *server)
{
	uint8_t initial[SHA256_BYTES];
	int r = hkdf_extract(salt_of(version), 20, dcid->pos, cur_left(dcid), initial);

	if (!r)
		r = keys_of(version, initial, "client in", client);
	if (!r)
		r = keys_of(version, initial, "server in", server);
	return r;
}

int quic_open(const struct quic_keys *k, const struct quic_long *h, uint8_t *dst, uint32_t *ret_len)
{
	uint32_t len = cur_left(&h->packet), off = h->pn_off, pn_len;
	uint8_t head[HEADER_MAX], mask[16], nonce[12];
	int r;

	/* the sample begins four bytes behind the packet number's first (5.4.2) */
	if (off + 4 > sizeof(head) || len < off + 4 + SAMPLE)
		return -EBADMSG;
	r = aes128_block(k->hp, h->packet.pos + off + 4, mask);
	if (r)
		return r;
	memcpy(head, h->packet.pos, off + 4);
	head[0] ^= mask[0] & 0x0f;
	pn_len = (head[0] & 3u) + 1;
	memcpy(nonce, k->iv, sizeof(nonce));
	for (uint32_t i = 0; i < pn_len; i++) {
		head[off + i] ^= mask[1 + i];
		nonce[12 - pn_len + i] ^= head[off + i];
	}
	off += pn_len;
	if (len < off + TAG)
		return -EBADMSG;
	r = aes128_gcm_open(k->key, nonce, head, off, h->packet.pos + off, len - off, dst);
	if (!r)
		*ret_len = len - off - TAG;
	return r;
}
