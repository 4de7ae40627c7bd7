/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a direction of TLS or SSH becomes ciphertext, as Suricata reads it: from record to record, header by header. */
#ifndef STREAM_SEAL_H
#define STREAM_SEAL_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SEAL_NEW,  /* nothing was read */
	SEAL_WALK, /* at the header of a record, or within it */
	SEAL_DONE, /* the record is there that makes the rest ciphertext ... */
	SEAL_ACKED, /* ... and acknowledged: whoever sees that sets it */
	SEAL_LOST, /* bytes are missing: where records begin is not known any more */
};

#define SEAL_HEADER 6

/* zeroed at first */
struct seal {
	uint32_t at;  /* sequence number of the header */
	uint32_t end; /* DONE: behind the bytes that hold the record's header */
	uint8_t head[SEAL_HEADER], n; /* what of the header was in packets before */
	uint8_t state; /* SEAL_* */
};

/*
 * seal_walk() - the direction goes on with @len bytes at @seq
 * @app:  CORDON_APP_TLS (a record of data ends the walk) or _SSH (new keys do)
 * @base: sequence number of the direction's first byte
 */
void seal_walk(struct seal *s, uint8_t app, uint32_t base, uint32_t seq, const uint8_t *p, uint32_t len);

#endif
