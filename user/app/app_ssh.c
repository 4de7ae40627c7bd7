// SPDX-License-Identifier: BSD-2-Clause
/*
 * SSH: what each side says before encryption: its identification and the
 * algorithms it offers, as HASSH fingerprints (salesforce/hassh). A direction is
 * one message, told at the identification and again, complete, at the KEXINIT.
 * A side of SSH 1 is complete with its identification.
 */
#include <errno.h>
#include <stdlib.h>

#include "app/bytes.h"
#include "app/rows.h"
#include "base/crypto.h"
#include "base/str.h"
#include "cordon_event.h"
#include "parse/ssh.h"

enum { WAIT_BANNER, WAIT_KEXINIT, DONE };

struct ssh_stream {
	uint8_t dir, wait;
	struct bytes held; /* of what is read */
	char proto[SSH_BANNER_MAX + 1], software[SSH_BANNER_MAX + 1];
	uint32_t proto_len, software_len;
	struct strbuf hassh; /* "kex;ciphers;MACs;compressions" */
	char hash[2 * MD5_BYTES + 1];
};

static void *ssh_open(uint8_t dir)
{
	struct ssh_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->dir = dir;
	return s;
}

static int tell(struct ssh_stream *s, app_msg_fn cb, void *ctx)
{
	bool is_client = s->dir == CORDON_TO_SERVER;
	struct app_msg m;

	app_msg_init(&m, CORDON_APP_SSH, s->dir);
	m.is_response = !is_client;
	m.complete = s->wait == DONE;
	app_set(&m, APP_BUFFER_SSH_PROTO, s->proto, s->proto_len);
	app_set(&m, APP_BUFFER_SSH_SOFTWARE, s->software, s->software_len);
	if (s->hash[0]) {
		app_set(&m, is_client ? APP_BUFFER_SSH_HASSH : APP_BUFFER_SSH_HASSH_SERVER, s->hash, 2 * MD5_BYTES);
		app_set(&m, is_client ? APP_BUFFER_SSH_HASSH_STRING : APP_BUFFER_SSH_HASSH_SERVER_STRING, s->hassh.s,
			(uint32_t)s->hassh.len);
	}
	return cb(&m, ctx);
}

/* the software's name ends at a blank; comments follow (RFC 4253 4.2) */
static uint32_t software_len(const struct cur *c)
{
	const uint8_t *blank = memchr(c->pos, ' ', cur_left(c));

	return blank ? (uint32_t)(blank - c->pos) : cur_left(c);
}

/* 1: something was read; 0: more bytes are needed */
static int on_banner(struct ssh_stream *s, struct cur *c, app_msg_fn cb, void *ctx)
{
	struct ssh_banner b;
	int r = ssh_banner_parse(c, &b);

	if (r)
		return r == PARSE_SHORT ? 0 : -EBADMSG;
	s->proto_len = cur_left(&b.protocol);
	memcpy(s->proto, b.protocol.pos, s->proto_len);
	s->software_len = software_len(&b.software);
	memcpy(s->software, b.software.pos, s->software_len);
	s->wait = s->proto_len && s->proto[0] == '1' && strncmp(s->proto, "1.99", 4) ? DONE : WAIT_KEXINIT;
	return tell(s, cb, ctx) ?: 1;
}

static void fingerprint(struct ssh_stream *s, const struct ssh_kexinit *k)
{
	static const uint8_t lists[2][4] = { { SSH_KEX, SSH_CIPHER_TS, SSH_MAC_TS, SSH_COMP_TS },
					     { SSH_KEX, SSH_CIPHER_TC, SSH_MAC_TC, SSH_COMP_TC } };
	uint8_t md5[MD5_BYTES];

	for (int i = 0; i < 4; i++) {
		const struct cur *l = &k->list[lists[s->dir][i]];

		if (i)
			strbuf_adds(&s->hassh, ";");
		strbuf_add(&s->hassh, l->pos, cur_left(l));
	}
	if (!s->hassh.failed && !digest_md5(s->hassh.s, s->hassh.len, md5))
		hex_lower(s->hash, md5, sizeof(md5));
}

/* packets before the KEXINIT (a server's debug message, say) are passed over */
static int on_packet(struct ssh_stream *s, struct cur *c, app_msg_fn cb, void *ctx)
{
	struct ssh_kexinit k;
	struct cur payload;
	int r = ssh_packet(c, &payload);

	if (r == PARSE_SHORT)
		return 0;
	if (!r && (payload.pos == payload.end || *payload.pos != SSH_MSG_KEXINIT))
		return 1;
	s->wait = DONE;
	if (!r && !ssh_kexinit_parse(&payload, &k))
		fingerprint(s, &k);
	return tell(s, cb, ctx) ?: 1;
}

static int ssh_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct ssh_stream *s = state;
	int n, r = 1;

	while (len && s->wait != DONE) {
		struct cur c;

		n = bytes_add(&s->held, p, len, SSH_PACKET_MAX + 4);
		if (n < 0)
			return n;
		p += n;
		len -= (uint32_t)n;
		c = cur_of(s->held.v.data, (uint32_t)s->held.v.len);
		for (r = 1; r > 0 && s->wait != DONE && c.pos < c.end;)
			r = s->wait == WAIT_BANNER ? on_banner(s, &c, cb, ctx) : on_packet(s, &c, cb, ctx);
		if (r < 0)
			return r;
		s->held.v.len = cur_left(&c);
		memmove(s->held.v.data, c.pos, s->held.v.len);
	}
	return 0;
}

static bool ssh_pending(const void *state)
{
	const struct ssh_stream *s = state;

	return s->wait != DONE && s->held.v.len;
}

static void ssh_close(void *state)
{
	struct ssh_stream *s = state;

	if (!s)
		return;
	vec_done(&s->held.v);
	strbuf_done(&s->hassh);
	free(s);
}

const struct app_row app_ssh = {
	.app = CORDON_APP_SSH,
	.name = "ssh",
	.open = ssh_open,
	.feed = ssh_feed,
	.pending = ssh_pending,
	.close = ssh_close,
};
