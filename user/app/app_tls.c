// SPDX-License-Identifier: BSD-2-Clause
/*
 * TLS, as long as it is in the clear: each direction's hello and, up to TLS
 * 1.2, its certificates, joined from as many records and segments as they come
 * in. A direction is one message: told at its hello, again and complete at its
 * certificates or when the handshake goes on without any. After that nothing
 * of the stream is read.
 */
#include <errno.h>
#include <stdlib.h>

#include "app/bytes.h"
#include "app/cert.h"
#include "app/ja.h"
#include "app/rows.h"
#include "app/tls_events.h"
#include "cordon_event.h"

#define RANDOM_LEN 32
/* a chain of certificates may be as long as the default of stream.depth, 1 MiB */
#define CHAIN_BYTES_MAX (16 * CORDON_TLS_HELLO_MAX)

/* what is to come: both are of one direction */
enum { WAIT_HELLO, WAIT_CERTIFICATE, DONE };

struct tls_stream {
	uint8_t dir, wait;
	bool is_begun; /* a byte was seen */
	/* record being read */
	uint8_t head[TLS_RECORD_HEADER];
	uint8_t head_len, type;
	uint16_t left;
	struct bytes msg; /* handshake header and body of one message, without record headers */
	/* of the hello */
	uint16_t version;
	bool has_sni, has_ja;
	uint8_t random[RANDOM_LEN];
	struct strbuf sni, alpn, ja;
	char ja_hash[JA_HASH_LEN + 1], ja4[JA4_LEN + 1];
	/* of the Certificate message; spans point into msg */
	struct cert cert;
	bool has_cert;
	struct app_buf chain0;
	VEC(struct app_more) chain;
	/* what is odd */
	struct tls_odd odd;
	struct tls_odd_flow *flow, alone; /* alone: until it is linked */
	uint64_t events; /* this direction's: bits RULE_EVENT_BIT(TLS_*) */
	bool is_told;	 /* complete */
};

static void *tls_open(uint8_t dir)
{
	struct tls_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->dir = dir;
	s->flow = &s->alone;
	return s;
}

static void *tls_flow_open(void)
{
	return calloc(1, sizeof(struct tls_odd_flow));
}

static void tls_link(void *state, void *flow)
{
	((struct tls_stream *)state)->flow = flow;
}

/* --- what is told --- */

static void set_text(struct app_msg *m, unsigned int buffer, const struct strbuf *b)
{
	app_set(m, buffer, b->s, (uint32_t)b->len);
}

static void set_hello(struct app_msg *m, const struct tls_stream *s)
{
	bool is_client = s->dir == CORDON_TO_SERVER;

	if (s->has_sni)
		set_text(m, APP_BUFFER_TLS_SNI, &s->sni);
	app_set(m, APP_BUFFER_TLS_RANDOM, s->random, RANDOM_LEN);
	app_set(m, APP_BUFFER_TLS_RANDOM_TIME, s->random, 4);
	app_set(m, APP_BUFFER_TLS_RANDOM_BYTES, s->random + 4, RANDOM_LEN - 4);
	app_set_number(m, APP_NUMBER_TLS_VERSION, tls_version_bit(s->version));
	if (!s->has_ja)
		return;
	set_text(m, is_client ? APP_BUFFER_JA3_STRING : APP_BUFFER_JA3S_STRING, &s->ja);
	app_set(m, is_client ? APP_BUFFER_JA3_HASH : APP_BUFFER_JA3S_HASH, s->ja_hash, JA_HASH_LEN);
	if (is_client)
		app_set(m, APP_BUFFER_JA4_HASH, s->ja4, JA4_LEN);
}

static void set_cert(struct app_msg *m, const struct tls_stream *s)
{
	set_text(m, APP_BUFFER_TLS_CERT_SUBJECT, &s->cert.subject);
	set_text(m, APP_BUFFER_TLS_CERT_ISSUER, &s->cert.issuer);
	set_text(m, APP_BUFFER_TLS_CERT_SERIAL, &s->cert.serial);
	if (s->cert.fingerprint[0])
		app_set(m, APP_BUFFER_TLS_CERT_FINGERPRINT, s->cert.fingerprint, CERT_FINGERPRINT_LEN);
	if (!s->cert.has_times)
		return;
	app_set_number(m, APP_NUMBER_TLS_NOTBEFORE, (uint64_t)s->cert.not_before);
	app_set_number(m, APP_NUMBER_TLS_NOTAFTER, (uint64_t)s->cert.not_after);
}

static int tell(struct tls_stream *s, bool complete, app_msg_fn cb, void *ctx)
{
	struct app_msg m;

	app_msg_init(&m, CORDON_APP_TLS, s->dir);
	m.is_response = s->dir == CORDON_TO_CLIENT;
	m.complete = complete;
	m.again = s->is_told;
	m.events = s->events;
	s->is_told |= complete;
	set_hello(&m, s);
	if (s->has_cert)
		set_cert(&m, s);
	if (s->chain0.p)
		app_set(&m, APP_BUFFER_TLS_CERTS, s->chain0.p, s->chain0.len);
	/* the server's; 0: none in the clear */
	if (m.is_response && (s->chain0.p || complete))
		app_set_number(&m, APP_NUMBER_TLS_CHAIN_LEN, s->chain0.p ? s->chain.len + 1 : 0);
	m.more = s->chain.data;
	m.n_more = (uint16_t)s->chain.len;
	return cb(&m, ctx);
}

/* what was found odd by now; by itself: the bytes that the rest points to may be gone */
static int tell_odd(struct tls_stream *s, app_msg_fn cb, void *ctx)
{
	uint64_t fresh = tls_odd_take(s->flow, &s->odd);
	struct app_msg m;

	if (!fresh)
		return 0;
	s->events |= fresh;
	app_msg_init(&m, CORDON_APP_TLS, s->dir);
	m.is_response = s->dir == CORDON_TO_CLIENT;
	m.complete = s->wait == DONE;
	m.again = s->is_told;
	m.events = fresh;
	return cb(&m, ctx);
}

/* nothing more will come of this direction */
static int finish(struct tls_stream *s, app_msg_fn cb, void *ctx)
{
	uint8_t was = s->wait;

	s->wait = DONE;
	return was == WAIT_CERTIFICATE ? tell(s, true, cb, ctx) : 0;
}

/* --- handshake messages --- */

/* a hello is told once with all its fingerprints; without memory or MD5 it has none of them */
static void keep_client_ja(struct tls_stream *s, const struct tls_hello *h)
{
	ja3_string(&s->ja, h);
	s->has_ja = !ja3_hash(s->ja_hash, &s->ja) && !ja4_hash(s->ja4, h, 't');
}

/* the version a client means: TLS 1.3 and its drafts hide in an extension (RFC 8446 4.2.1) */
static uint16_t client_version(const struct tls_hello *h)
{
	struct cur list = h->versions;
	uint16_t v;

	while (!cur_be16(&list, &v))
		if (v == 0x0304 || v >> 8 == 0x7f)
			return v;
	return h->version;
}

static int on_client_hello(struct tls_stream *s, struct cur body)
{
	const uint8_t *random = body.pos + 2;
	struct tls_hello h;

	if (tls_client_hello(&body, &h))
		return -EBADMSG;
	memcpy(s->random, random, RANDOM_LEN);
	s->version = client_version(&h);
	s->has_sni = h.sni;
	if (h.sni)
		strbuf_add(&s->sni, h.sni, h.sni_len);
	keep_client_ja(s, &h);
	return s->sni.failed ? -ENOMEM : 0;
}

static int on_server_hello(struct tls_stream *s, struct cur body)
{
	const uint8_t *random = body.pos + 2;
	struct tls_server_hello h;

	if (tls_server_hello(&body, &h))
		return -EBADMSG;
	memcpy(s->random, random, RANDOM_LEN);
	s->version = h.version;
	ja3s_string(&s->ja, &h);
	s->has_ja = !ja3_hash(s->ja_hash, &s->ja);
	return 0;
}

static int on_hello(struct tls_stream *s, uint8_t type, struct cur body, app_msg_fn cb, void *ctx)
{
	int r;

	if (type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO)
		tls_odd_hello(s->flow, &s->odd, s->dir, type == TLS_SERVER_HELLO, body);
	if (type != (s->dir == CORDON_TO_SERVER ? TLS_CLIENT_HELLO : TLS_SERVER_HELLO))
		return -EBADMSG;
	r = s->dir == CORDON_TO_SERVER ? on_client_hello(s, body) : on_server_hello(s, body);
	if (r)
		return r;
	s->wait = WAIT_CERTIFICATE;
	s->events |= tls_odd_take(s->flow, &s->odd);
	return tell(s, false, cb, ctx);
}

/* one certificate of the chain; of the first its fields are read */
static int on_certificate(struct tls_stream *s, struct cur der)
{
	struct app_more more = { APP_BUFFER_TLS_CERTS, { der.pos, cur_left(&der) } };
	int r;

	if (s->chain0.p)
		return vec_push(&s->chain, more);
	s->chain0 = more.buf;
	r = cert_read(&s->cert, der.pos, cur_left(&der));
	s->has_cert = !r;
	return r == -ENOMEM ? r : 0;
}

/* what does not add up ends the chain, and what was before it counts */
static int on_certificates(struct tls_stream *s, struct cur body, app_msg_fn cb, void *ctx)
{
	struct cur list, der;
	int r = 0;

	tls_odd_certificates(s->flow, &s->odd, s->dir, body);
	if (tls_vector24(&body, &list))
		return -EBADMSG;
	while (!r && list.pos < list.end && s->chain.len < CORDON_TLS_CHAIN_MAX) {
		if (tls_vector24(&list, &der) || !cur_left(&der))
			break;
		r = on_certificate(s, der);
	}
	return r ? r : finish(s, cb, ctx);
}

static int on_handshake(struct tls_stream *s, uint8_t type, struct cur body, app_msg_fn cb, void *ctx)
{
	if (s->wait == WAIT_HELLO)
		return on_hello(s, type, body, cb, ctx);
	if (type == TLS_CERTIFICATE)
		return on_certificates(s, body, cb, ctx);
	if (type == TLS_SERVER_HELLO_DONE || type == TLS_CLIENT_KEY_EXCHANGE || type == TLS_SERVER_KEY_EXCHANGE)
		return finish(s, cb, ctx);
	return 0;
}

/* a chain of certificates may be long, everything else is of our time */
static uint32_t message_max(uint8_t type)
{
	return type == TLS_CERTIFICATE ? CHAIN_BYTES_MAX : CORDON_TLS_HELLO_MAX;
}

/* messages that are whole in s->msg; what is left stays */
static int messages(struct tls_stream *s, app_msg_fn cb, void *ctx)
{
	uint32_t at = 0, len;
	uint8_t type;
	int r = 0;

	while (!r && s->wait != DONE) {
		struct cur c = cur_of(s->msg.v.data + at, (uint32_t)s->msg.v.len - at);

		if (s->msg.v.len == at || tls_handshake(&c, &type, &len))
			break;
		if (len > message_max(type) - TLS_HANDSHAKE_HEADER)
			return -EBADMSG;
		if (cur_left(&c) < len)
			break;
		r = on_handshake(s, type, cur_of(c.pos, len), cb, ctx);
		at += TLS_HANDSHAKE_HEADER + len;
	}
	if (at && at < s->msg.v.len)
		memmove(s->msg.v.data, s->msg.v.data + at, s->msg.v.len - at);
	s->msg.v.len -= at;
	return r;
}

/* --- records --- */

static bool watches(const struct tls_stream *s)
{
	return !s->flow->is_broken && !s->odd.is_over;
}

/* what the parsing ends at the watch may go on behind */
static int give_up(struct tls_stream *s, int r)
{
	if (r != -EBADMSG || !watches(s) || s->odd.is_fatal)
		return r;
	s->wait = DONE;
	return 0;
}

/* the record header, byte by byte where it is cut; 1: complete */
static int record_header(struct tls_stream *s, const uint8_t **p, uint32_t *len)
{
	struct cur c;

	s->head_len = s->head_len == TLS_RECORD_HEADER ? 0 : s->head_len;
	while (*len && s->head_len < TLS_RECORD_HEADER) {
		s->head[s->head_len++] = *(*p)++;
		(*len)--;
	}
	if (s->head_len < TLS_RECORD_HEADER)
		return 0;
	if (watches(s))
		tls_odd_record(s->flow, &s->odd, s->dir, s->head);
	c = cur_of(s->head, TLS_RECORD_HEADER);
	if (!tls_record(&c, &s->type, &s->left))
		return 1;
	s->type = s->head[0];
	s->left = (uint16_t)(s->head[3] << 8 | s->head[4]);
	return -EBADMSG;
}

/* contents of the current record; returns bytes taken */
static int record_body(struct tls_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	uint32_t part = len < s->left ? len : s->left;
	int n = (int)part, r = 0;

	if (s->wait != DONE && s->type == TLS_TYPE_HANDSHAKE) {
		n = bytes_add(&s->msg, p, part, CHAIN_BYTES_MAX);
		if (n < 0)
			return n;
	}
	if (watches(s))
		tls_odd_body(s->flow, &s->odd, s->dir, p, (uint32_t)n);
	if (s->wait != DONE && s->type == TLS_TYPE_HANDSHAKE)
		r = give_up(s, messages(s, cb, ctx));
	s->left = (uint16_t)(s->left - n);
	return r ? r : n;
}

/* a record begins: a handshake goes on, an alert before any key is passed over; else the clear part has ended */
static int record_begin(struct tls_stream *s, app_msg_fn cb, void *ctx)
{
	if (s->wait == DONE)
		return 0;
	if (s->type == TLS_TYPE_HANDSHAKE)
		return s->left ? 0 : -EBADMSG;
	if (s->wait == WAIT_HELLO || s->msg.v.len)
		return -EBADMSG;
	return s->type == TLS_TYPE_ALERT ? 0 : finish(s, cb, ctx);
}

/* a header or some contents; returns bytes taken */
static int feed_some(struct tls_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	const uint8_t *from = p;
	int r;

	if (s->left)
		return record_body(s, p, len, cb, ctx);
	r = record_header(s, &p, &len);
	if (r > 0)
		r = record_begin(s, cb, ctx);
	r = give_up(s, r);
	return r ? r : (int)(p - from);
}

static int tls_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct tls_stream *s = state;

	while (len && (s->wait != DONE || watches(s))) {
		int n, r;

		s->is_begun = true;
		n = feed_some(s, p, len, cb, ctx);
		if (n == -EBADMSG) /* what made it so is told all the same */
			s->odd.left = 0;
		r = n == -ENOMEM ? 0 : tell_odd(s, cb, ctx);
		if (n < 0 || r)
			return n < 0 ? n : r;
		p += n;
		len -= (uint32_t)n;
	}
	return 0;
}

/* a record or a message begun, or the hello not yet there; between messages the next one brings its own suspicion */
static bool tls_pending(const void *state)
{
	const struct tls_stream *s = state;

	if (s->wait == DONE || !s->is_begun)
		return false;
	return s->wait == WAIT_HELLO || s->left || s->msg.v.len || s->head_len % TLS_RECORD_HEADER;
}

static void tls_close(void *state)
{
	struct tls_stream *s = state;

	if (!s)
		return;
	vec_done(&s->msg.v);
	vec_done(&s->chain);
	strbuf_done(&s->sni);
	strbuf_done(&s->alpn);
	strbuf_done(&s->ja);
	cert_done(&s->cert);
	free(s);
}

const struct app_row app_tls = {
	.app = CORDON_APP_TLS,
	.name = "tls",
	.open = tls_open,
	.feed = tls_feed,
	.pending = tls_pending,
	.close = tls_close,
	.flow_open = tls_flow_open,
	.flow_close = free,
	.link = tls_link,
	.takes_any = true, /* a record of no type is odd */
};
