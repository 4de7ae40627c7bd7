/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of TLS (RFC 8446 5.1) and SSH (RFC 4253 4.2, 6, 7.3) in a direction's packets, as far as that they end in ciphertext. */
#include "stream/seal.h"

#include <string.h>

#include "cordon_event.h"
#include "cordon_lists.h"

#define TLS_HEADER 5
#define TLS_APPLICATION_DATA 23
#define SSH_NEWKEYS 21
#define SSH_PACKET_MAX (1 << 18) /* OpenSSH's limit: what is longer is no packet */

/* the line that SSH begins with; false: it goes on in the next packet */
static bool pass_line(struct seal *s, uint32_t seq, const uint8_t *p, uint32_t len)
{
	const uint8_t *end = memchr(p, '\n', len);

	s->at = seq + (end ? (uint32_t)(end - p) + 1 : len);
	return end != NULL;
}

/* a whole header: on to the next one */
static void pass_head(struct seal *s, uint8_t app, uint32_t end)
{
	const uint8_t *h = s->head;
	uint32_t len;

	s->n = 0;
	if (app == CORDON_APP_TLS) {
		len = TLS_HEADER + ((uint32_t)h[3] << 8 | h[4]);
		s->state = h[0] == TLS_APPLICATION_DATA ? SEAL_DONE : SEAL_WALK;
	} else {
		len = 4 + ((uint32_t)h[0] << 24 | (uint32_t)h[1] << 16 | (uint32_t)h[2] << 8 | h[3]);
		s->state = len > SSH_PACKET_MAX || len < SEAL_HEADER ? SEAL_LOST : h[5] == SSH_NEWKEYS ? SEAL_DONE : SEAL_WALK;
	}
	s->at += len;
	s->end = end;
}

void seal_walk(struct seal *s, uint8_t app, uint32_t base, uint32_t seq, const uint8_t *p, uint32_t len)
{
	uint32_t size = app == CORDON_APP_TLS ? TLS_HEADER : SEAL_HEADER;

	if (s->state == SEAL_NEW) {
		if (!s->at)
			s->at = base;
		if (seq != s->at) {
			s->state = SEAL_LOST;
			return;
		}
		if (app == CORDON_APP_TLS || pass_line(s, seq, p, len))
			s->state = SEAL_WALK;
	}
	while (s->state == SEAL_WALK) {
		int32_t off = (int32_t)(s->at + s->n - seq);
		uint32_t take = size - s->n;

		if (off < 0) {
			s->state = SEAL_LOST;
			return;
		}
		if ((uint32_t)off >= len)
			return;
		if (take > len - (uint32_t)off)
			take = len - (uint32_t)off;
		memcpy(s->head + s->n, p + off, take);
		s->n += (uint8_t)take;
		if (s->n < size)
			return;
		pass_head(s, app, seq + len);
	}
}
