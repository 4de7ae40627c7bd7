/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS: the ClientHello, joined from as many records and segments as it comes
 * in. After it nothing of the stream is read; the other direction shows
 * nothing that rules look at.
 */
#include <errno.h>
#include <stdlib.h>

#include "app/bytes.h"
#include "app/rows.h"
#include "cordon_event.h"
#include "parse/tls.h"

struct tls_stream {
	struct bytes hello; /* handshake header and body, without record headers */
	uint8_t head[TLS_RECORD_HEADER];
	uint8_t head_len;
	uint16_t left;	/* of the current record */
	bool is_done;	/* nothing more to read */
	bool is_begun;	/* a byte was seen */
};

static void *tls_open(uint8_t dir)
{
	struct tls_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->is_done = dir != CORDON_TO_SERVER;
	return s;
}

/* 0: more records are needed; 1: told; negative: not a ClientHello */
static int try_hello(struct tls_stream *s, app_msg_fn cb, void *ctx)
{
	struct app_msg m;
	struct tls_hello h;
	struct cur c;
	uint8_t type;
	uint32_t len;

	if (!s->hello.v.len)
		return 0;
	c = cur_of(s->hello.v.data, (uint32_t)s->hello.v.len);
	if (tls_handshake(&c, &type, &len))
		return 0;
	if (type != TLS_CLIENT_HELLO || len > CORDON_TLS_HELLO_MAX - TLS_HANDSHAKE_HEADER)
		return -EBADMSG;
	if (cur_left(&c) < len)
		return 0;
	c.end = c.pos + len;
	if (tls_client_hello(&c, &h))
		return -EBADMSG;
	s->is_done = true;
	app_msg_init(&m, CORDON_APP_TLS, CORDON_TO_SERVER);
	m.complete = true;
	app_set(&m, APP_BUFFER_TLS_SNI, h.sni, h.sni_len);
	return cb(&m, ctx) ?: 1;
}

/* the record header, byte by byte where it is cut; 1: complete */
static int record_header(struct tls_stream *s, const uint8_t **p, uint32_t *len)
{
	struct cur c;
	uint8_t type;

	while (*len && s->head_len < TLS_RECORD_HEADER) {
		s->head[s->head_len++] = *(*p)++;
		(*len)--;
	}
	if (s->head_len < TLS_RECORD_HEADER)
		return 0;
	c = cur_of(s->head, TLS_RECORD_HEADER);
	if (tls_record(&c, &type, &s->left) || type != TLS_TYPE_HANDSHAKE || !s->left)
		return -EBADMSG;
	return 1;
}

static int tls_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct tls_stream *s = state;
	int n, r;

	while (len && !s->is_done) {
		s->is_begun = true;
		if (!s->left) {
			r = record_header(s, &p, &len);
			if (r <= 0)
				return r;
		}
		n = bytes_add(&s->hello, p, len < s->left ? len : s->left, CORDON_TLS_HELLO_MAX);
		if (n < 0)
			return n;
		p += n;
		len -= (uint32_t)n;
		s->left = (uint16_t)(s->left - n);
		if (!s->left)
			s->head_len = 0;
		r = try_hello(s, cb, ctx);
		if (r)
			return r < 0 ? r : 0;
	}
	return 0;
}

static bool tls_pending(const void *state)
{
	const struct tls_stream *s = state;

	return s->is_begun && !s->is_done;
}

static void tls_close(void *state)
{
	struct tls_stream *s = state;

	if (!s)
		return;
	vec_done(&s->hello.v);
	free(s);
}

const struct app_row app_tls = {
	.app = CORDON_APP_TLS,
	.name = "tls",
	.open = tls_open,
	.feed = tls_feed,
	.pending = tls_pending,
	.close = tls_close,
};
