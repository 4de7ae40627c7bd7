/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Initial packets of QUIC are protected with keys that anybody can derive from
 * the client's first connection id (RFC 9001 section 5, RFC 9369 section 3.3).
 */
#ifndef APP_QUIC_H
#define APP_QUIC_H

#include <stdint.h>

#include "parse/quic.h"

struct quic_keys {
	uint8_t key[16], iv[12], hp[16];
};

/* keys of Initials sent by the client, by the server, under @dcid of the client's first; 0 or -EIO */
int quic_initial_keys(uint32_t version, const struct cur *dcid, struct quic_keys *client, struct quic_keys *server);

/*
 * quic_open() - the payload of an Initial
 * @dst: at least as long as the packet; *ret_len bytes are written
 * Return: 0; -EBADMSG: not protected with these keys, or too short; -EIO
 */
int quic_open(const struct quic_keys *k, const struct quic_long *h, uint8_t *dst, uint32_t *ret_len);

#endif
