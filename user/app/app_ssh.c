// SPDX-License-Identifier: BSD-2-Clause
/*
 * SSH: what each side says before encryption: its identification and the
 * algorithms it offers, as HASSH fingerprints (salesforce/hassh). A direction is
 * one message, told at the identification and again, complete, at the KEXINIT.
 * A side of SSH 1 is complete with its identification.
 *
 * Behind that only the lengths of packets are followed, up to NEWKEYS, for what is odd: as in Suricata 7
 * (rust/src/ssh/ssh.rs) that is said once a connection, and ends both directions where it is an error.
 */
#include <errno.h>
#include <stdlib.h>

#include "app/bytes.h"
#include "app/rows.h"
#include "base/crypto.h"
#include "base/str.h"
#include "cordon_event.h"
#include "parse/ssh.h"
#include "rule/events.h"

enum { WAIT_BANNER, WAIT_EOL, WAIT_KEXINIT, DONE };

#define BANNER_LONG 256 /* without the line's end */

struct ssh_flow {
	uint64_t events; /* said of either direction */
	bool is_broken;
};

#define PACKET_HEAD 6 /* length, length of the padding, message number */

struct ssh_stream {
	uint8_t dir, wait;
	bool is_told, has_new_keys;
	struct bytes held; /* of what is read */
	char proto[SSH_BANNER_MAX + 1], software[SSH_BANNER_MAX + 1];
	uint32_t proto_len, software_len;
	struct strbuf hassh; /* "kex;ciphers;MACs;compressions" */
	char hash[2 * MD5_BYTES + 1];
	uint64_t events; /* this direction's; bits RULE_EVENT_BIT(SSH_*) */
	struct ssh_flow *flow, alone; /* alone: until it is linked */
	uint8_t head[PACKET_HEAD], head_len; /* of the packet whose length is followed */
	uint32_t left;			     /* bytes of it behind the head */
};

static void *ssh_open(uint8_t dir)
{
	struct ssh_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->dir = dir;
	s->flow = &s->alone;
	return s;
}

static void *ssh_flow_open(void)
{
	return calloc(1, sizeof(struct ssh_flow));
}

static void ssh_link(void *state, void *flow)
{
	((struct ssh_stream *)state)->flow = flow;
}

static int tell(struct ssh_stream *s, app_msg_fn cb, void *ctx)
{
	bool is_client = s->dir == CORDON_TO_SERVER;
	struct app_msg m;

	app_msg_init(&m, CORDON_APP_SSH, s->dir);
	m.is_response = !is_client;
	m.complete = s->wait == DONE;
	m.again = s->is_told;
	m.events = s->events;
	if (s->proto_len) {
		app_set(&m, APP_BUFFER_SSH_PROTO, s->proto, s->proto_len);
		app_set(&m, APP_BUFFER_SSH_SOFTWARE, s->software, s->software_len);
	}
	s->is_told = true;
	if (s->hash[0]) {
		app_set(&m, is_client ? APP_BUFFER_SSH_HASSH : APP_BUFFER_SSH_HASSH_SERVER, s->hash, 2 * MD5_BYTES);
		app_set(&m, is_client ? APP_BUFFER_SSH_HASSH_STRING : APP_BUFFER_SSH_HASSH_SERVER_STRING, s->hassh.s,
			(uint32_t)s->hassh.len);
	}
	return cb(&m, ctx);
}

/* something odd: told unless it was, of whichever side; @is_end: an error, which ends both directions */
static int odd(struct ssh_stream *s, uint64_t event, bool is_end, app_msg_fn cb, void *ctx)
{
	int r = 0;

	s->flow->is_broken |= is_end;
	s->wait = is_end ? DONE : s->wait;
	if (is_end || !(s->flow->events & event)) {
		s->events |= s->flow->events & event ? 0 : event;
		s->flow->events |= event;
		r = tell(s, cb, ctx);
	}
	return r ? r : is_end ? -EBADMSG : 0;
}

/* the software's name ends at a blank; comments follow (RFC 4253 4.2) */
static uint32_t software_len(const struct cur *c)
{
	const uint8_t *blank = memchr(c->pos, ' ', cur_left(c));

	return blank ? (uint32_t)(blank - c->pos) : cur_left(c);
}

/* where the line ends that is held; PARSE_SHORT: not known yet. CR alone ends it as well, as Suricata has it */
static int line_end(const struct cur *c, uint32_t *ret_len, uint32_t *ret_next)
{
	uint32_t n = cur_left(c), i;
	const uint8_t *p = c->pos;

	for (i = 0; i < n && p[i] != '\n' && p[i] != '\r'; i++)
		;
	*ret_len = i;
	*ret_next = i + 1;
	if (i == n || (p[i] == '\r' && i + 1 == n))
		return PARSE_SHORT;
	*ret_next += p[i] == '\r' && p[i + 1] == '\n';
	return PARSE_OK;
}

static void keep_banner(struct ssh_stream *s, const struct ssh_banner *b)
{
	s->proto_len = cur_left(&b->protocol);
	memcpy(s->proto, b->protocol.pos, s->proto_len);
	s->software_len = software_len(&b->software);
	memcpy(s->software, b->software.pos, s->software_len);
}

/* "SSH-", a version, a dash, of what is held of the line */
static int read_banner(struct ssh_stream *s, const uint8_t *p, uint32_t len)
{
	uint8_t line[SSH_BANNER_MAX + 1];
	uint32_t n = len < SSH_BANNER_MAX ? len : SSH_BANNER_MAX;
	struct ssh_banner b;
	struct cur c;

	memcpy(line, p, n);
	line[n] = '\n';
	c = cur_of(line, n + 1);
	if (ssh_banner_parse(&c, &b) || !cur_left(&b.protocol))
		return -EBADMSG;
	keep_banner(s, &b);
	return 0;
}

static bool is_version_1(const struct ssh_stream *s)
{
	return s->proto_len && s->proto[0] == '1' && strncmp(s->proto, "1.99", 4);
}

/* 1: something was read; 0: more bytes are needed */
static int on_banner(struct ssh_stream *s, struct cur *c, app_msg_fn cb, void *ctx)
{
	uint32_t len, next;
	int r = line_end(c, &len, &next);

	if (r && len < BANNER_LONG)
		return 0;
	if (len >= BANNER_LONG) { /* however it came: what is behind it is passed over up to the end of the line */
		len = BANNER_LONG;
		r = PARSE_SHORT;
	}
	if (read_banner(s, c->pos, len))
		return odd(s, RULE_EVENT_BIT(SSH_BANNER), true, cb, ctx);
	c->pos += r ? len : next;
	s->wait = r ? WAIT_EOL : is_version_1(s) ? DONE : WAIT_KEXINIT;
	if (r && !(s->flow->events & RULE_EVENT_BIT(SSH_LONG_BANNER)))
		return odd(s, RULE_EVENT_BIT(SSH_LONG_BANNER), false, cb, ctx) ?: 1;
	return tell(s, cb, ctx) ?: 1;
}

static int on_eol(struct ssh_stream *s, struct cur *c)
{
	uint32_t len, next;
	int r = line_end(c, &len, &next);

	c->pos += r ? len : next;
	if (!r)
		s->wait = is_version_1(s) ? DONE : WAIT_KEXINIT;
	return r ? 0 : 1;
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

/* the packets' lengths, behind the identification */
static int follow(struct ssh_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	while (len && !s->has_new_keys) {
		uint32_t part = len < s->left ? len : s->left;

		s->left -= part;
		p += part;
		len -= part;
		if (!len)
			break;
		s->head[s->head_len++] = *p++;
		len--;
		if (s->head_len < PACKET_HEAD - 2)
			continue;
		s->left = (uint32_t)s->head[0] << 24 | (uint32_t)s->head[1] << 16 | (uint32_t)s->head[2] << 8 | s->head[3];
		if (s->left < 2)
			return odd(s, RULE_EVENT_BIT(SSH_RECORD), true, cb, ctx);
		if (s->head_len < PACKET_HEAD) {
			s->left = 0;
			continue;
		}
		s->left -= 2;
		s->head_len = 0;
		if (s->head[5] == SSH_MSG_NEWKEYS)
			s->has_new_keys = true;
	}
	return 0;
}

/* bytes are held until the line, or the KEXINIT, is whole; returns how many of @len were taken */
static int hold(struct ssh_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	int n = bytes_add(&s->held, p, len, SSH_PACKET_MAX + 4), r = 1;
	bool in_line = s->wait <= WAIT_EOL;
	struct cur c, behind;

	if (n < 0)
		return n;
	c = cur_of(s->held.v.data, (uint32_t)s->held.v.len);
	while (r > 0 && s->wait <= WAIT_EOL && c.pos < c.end)
		r = s->wait == WAIT_BANNER ? on_banner(s, &c, cb, ctx) : on_eol(s, &c);
	behind = in_line ? c : cur_of(p, (uint32_t)n);
	while (r > 0 && s->wait == WAIT_KEXINIT && c.pos < c.end)
		r = on_packet(s, &c, cb, ctx);
	if (r >= 0 && s->wait > WAIT_EOL)
		r = follow(s, behind.pos, cur_left(&behind), cb, ctx);
	if (r < 0)
		return r;
	s->held.v.len = cur_left(&c);
	memmove(s->held.v.data, c.pos, s->held.v.len);
	return n;
}

static int ssh_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct ssh_stream *s = state;
	int n;

	/* the other side is no SSH (a server that is busy says so): who this one is was said before, as Suricata reads it */
	if (s->flow->is_broken && s->wait != WAIT_BANNER)
		return -EBADMSG;
	while (len && s->wait != DONE) {
		n = hold(s, p, len, cb, ctx);
		if (n < 0)
			return n;
		p += n;
		len -= (uint32_t)n;
	}
	return follow(s, p, len, cb, ctx);
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
	.flow_open = ssh_flow_open,
	.flow_close = free,
	.link = ssh_link,
	.takes_any = true, /* what is no identification is odd */
};
