// SPDX-License-Identifier: BSD-2-Clause
/*
 * QUIC: the hellos that lie in Initial packets, in CRYPTO frames of any order
 * over several datagrams. A packet with a long header is a message with its
 * version; the one that completes a hello has what the hello says. Datagrams
 * that come again or late change nothing: bytes seen first win.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/bytes.h"
#include "app/ja.h"
#include "app/quic.h"
#include "app/rows.h"
#include "cordon_event.h"

/* bytes of a handshake: which of them are there is a bit each */
struct hello {
	uint8_t *p;	/* CORDON_QUIC_HELLO_MAX, and as many bits behind; NULL: none yet, or done with */
	uint32_t end;	/* bytes from the first on without a hole */
	bool is_done;	/* told, or never to be */
};

struct quic_flow {
	bool has_keys;
	uint32_t version; /* the keys are of */
	struct quic_keys keys[2]; /* by direction */
	struct hello hello[2];
	uint64_t id[2];
};

/* what one Initial has for rules */
struct found {
	struct app_msg msg;
	uint8_t version[4];
	struct strbuf ja;
	char ja_hash[JA_HASH_LEN + 1], ja4[JA4_LEN + 1];
};

static void *quic_flow_open(void)
{
	return calloc(1, sizeof(struct quic_flow));
}

static void hello_done(struct hello *h)
{
	free(h->p);
	h->p = NULL;
	h->is_done = true;
}

static void quic_flow_close(void *flow)
{
	struct quic_flow *f = flow;

	if (!f)
		return;
	hello_done(&f->hello[0]);
	hello_done(&f->hello[1]);
	free(f);
}

/* --- the handshake's bytes --- */

static bool has_byte(const struct hello *h, uint32_t i)
{
	return h->p[CORDON_QUIC_HELLO_MAX + i / 8] >> i % 8 & 1;
}

static int hello_add(struct hello *h, const struct quic_crypto *c)
{
	uint32_t n = cur_left(&c->data);

	if (h->is_done || c->offset >= CORDON_QUIC_HELLO_MAX)
		return 0;
	if (!h->p)
		h->p = calloc(1, CORDON_QUIC_HELLO_MAX + CORDON_QUIC_HELLO_MAX / 8);
	if (!h->p)
		return -ENOMEM;
	if (n > CORDON_QUIC_HELLO_MAX - c->offset)
		n = CORDON_QUIC_HELLO_MAX - (uint32_t)c->offset;
	for (uint32_t k = 0; k < n; k++) {
		uint32_t i = (uint32_t)c->offset + k;

		if (has_byte(h, i))
			continue;
		h->p[i] = c->data.pos[k];
		h->p[CORDON_QUIC_HELLO_MAX + i / 8] |= (uint8_t)(1u << i % 8);
	}
	while (h->end < CORDON_QUIC_HELLO_MAX && has_byte(h, h->end))
		h->end++;
	return 0;
}

static void set_client(struct found *f, struct cur body)
{
	struct tls_hello h;

	if (tls_client_hello(&body, &h))
		return;
	app_set(&f->msg, APP_BUFFER_QUIC_SNI, h.sni, h.sni_len);
	ja3_string(&f->ja, &h);
	if (ja3_hash(f->ja_hash, &f->ja) || ja4_hash(f->ja4, &h, 'q'))
		return;
	app_set(&f->msg, APP_BUFFER_JA3_STRING, f->ja.s, (uint32_t)f->ja.len);
	app_set(&f->msg, APP_BUFFER_JA3_HASH, f->ja_hash, JA_HASH_LEN);
	app_set(&f->msg, APP_BUFFER_JA4_HASH, f->ja4, JA4_LEN);
}

static void set_server(struct found *f, struct cur body)
{
	struct tls_server_hello h;

	if (tls_server_hello(&body, &h))
		return;
	ja3s_string(&f->ja, &h);
	if (ja3_hash(f->ja_hash, &f->ja))
		return;
	app_set(&f->msg, APP_BUFFER_JA3S_STRING, f->ja.s, (uint32_t)f->ja.len);
	app_set(&f->msg, APP_BUFFER_JA3S_HASH, f->ja_hash, JA_HASH_LEN);
}

/* 1: the hello is whole, and its fields are in @found (they point into it) */
static int hello_look(struct hello *h, uint8_t dir, struct found *found)
{
	struct cur c;
	uint32_t len;
	uint8_t type;

	if (!h->p)
		return 0;
	c = cur_of(h->p, h->end);
	if (tls_handshake(&c, &type, &len))
		return 0;
	if (type != (dir == CORDON_TO_SERVER ? TLS_CLIENT_HELLO : TLS_SERVER_HELLO) ||
	    len > CORDON_QUIC_HELLO_MAX - TLS_HANDSHAKE_HEADER) {
		hello_done(h);
		return 0;
	}
	if (cur_left(&c) < len)
		return 0;
	c.end = c.pos + len;
	if (dir == CORDON_TO_SERVER)
		set_client(found, c);
	else
		set_server(found, c);
	return 1;
}

/* --- packets --- */

/*
 * The keys hang on the connection id of the client's first Initial; a Retry or
 * a new version gives new ones (RFC 9001 section 5.2). So a client's packet
 * that the keys at hand do not open is tried with those of its own id.
 */
static int open_packet(struct quic_flow *f, uint8_t dir, const struct quic_long *h, uint8_t *dst, uint32_t *len)
{
	struct quic_keys k[2];
	int r = -EBADMSG;

	if (f->has_keys && f->version == h->version)
		r = quic_open(&f->keys[dir], h, dst, len);
	if (r != -EBADMSG || dir != CORDON_TO_SERVER)
		return r;
	r = quic_initial_keys(h->version, &h->dcid, &k[CORDON_TO_SERVER], &k[CORDON_TO_CLIENT]);
	if (!r)
		r = quic_open(&k[dir], h, dst, len);
	if (r)
		return r;
	memcpy(f->keys, k, sizeof(k));
	f->version = h->version;
	f->has_keys = true;
	return 0;
}

static int read_frames(struct hello *h, const uint8_t *p, uint32_t len)
{
	struct cur c = cur_of(p, len);
	struct quic_crypto crypto;
	int r = 0;

	while (!r && !quic_next_crypto(&c, &crypto))
		r = hello_add(h, &crypto);
	return r;
}

static int tell(struct quic_flow *f, uint8_t dir, uint32_t version, app_msg_fn cb, void *ctx)
{
	struct found found = { .ja = { 0 } };
	struct hello *h = &f->hello[dir];
	int is_whole, r;

	app_msg_init(&found.msg, CORDON_APP_QUIC, dir);
	found.msg.is_response = dir == CORDON_TO_CLIENT;
	found.msg.complete = true;
	found.msg.id = f->id[dir]++;
	for (int i = 0; i < 4; i++)
		found.version[i] = (uint8_t)(version >> (24 - 8 * i));
	app_set(&found.msg, APP_BUFFER_QUIC_VERSION, found.version, 4);
	is_whole = hello_look(h, dir, &found);
	r = cb(&found.msg, ctx);
	if (is_whole)
		hello_done(h);
	strbuf_done(&found.ja);
	return r;
}

/* opens an Initial and keeps its part of the handshake; -EBADMSG: it cannot be opened */
static int read_initial(struct quic_flow *f, uint8_t dir, const struct quic_long *h)
{
	uint8_t *plain = malloc(cur_left(&h->packet));
	uint32_t len = 0;
	int r;

	if (!plain)
		return -ENOMEM;
	r = open_packet(f, dir, h, plain, &len);
	if (!r)
		r = read_frames(&f->hello[dir], plain, len);
	free(plain);
	return r;
}

/* Google's QUIC before version 1: of its packets the version is told, nothing else */
static bool is_google(const uint8_t *p, uint32_t len)
{
	return len > 5 && (p[0] & 0xc0) == 0xc0 && p[1] == 'Q' && p[2] == '0';
}

/*
 * As Suricata has it: until a direction's hello is whole every packet with a
 * long header is a message, also one that cannot be opened; then none is. An
 * Initial that cannot be opened ends the look at its datagram; what is of
 * another type is stepped over, as a receiver does (RFC 9000 section 12.2).
 */
static int quic_datagram(void *flow, const uint8_t *p, uint32_t len, uint8_t dir, app_msg_fn cb, void *ctx)
{
	struct quic_flow *f = flow;
	struct cur c = cur_of(p, len);
	struct quic_long h;
	int r = 0;

	if (is_google(p, len))
		return tell(f, dir, (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 8 | p[4], cb, ctx);
	while (!r && !f->hello[dir].is_done && !quic_long_header(&c, &h)) {
		int opened = h.type == QUIC_INITIAL ? read_initial(f, dir, &h) : -EBADMSG;

		if (opened && opened != -EBADMSG)
			return opened;
		r = tell(f, dir, h.version, cb, ctx);
		if (opened && h.type == QUIC_INITIAL)
			break;
	}
	return r;
}

const struct app_row app_quic = {
	.app = CORDON_APP_QUIC,
	.name = "quic",
	.flow_open = quic_flow_open,
	.flow_close = quic_flow_close,
	.first_bits = 0x80, /* long headers */
	.flow_datagram = quic_datagram,
};
