// SPDX-License-Identifier: BSD-2-Clause
#include "app/tls_events.h"

#include <string.h>

#include "cordon_event.h"
#include "rule/events.h"

#define TLS_TYPE_DATA 23
#define TLS_TYPE_HEARTBEAT 24
#define RECORD_MAX (16384 + 1024)
#define VERSION_1_2 0x0303
#define VERSION_1_3 0x0304
#define VERSION_DRAFT 0x7f01 /* stands for the drafts before 16 */
#define HEARTBEAT_HEAD 3     /* RFC 6520 4: type, length of the payload */
#define HEARTBEAT_PADDING 16

#define BIT(id) RULE_EVENT_BIT(TLS_##id)

static bool is_version(uint16_t v)
{
	return (v >= 0x0300 && v <= VERSION_1_3) || v == VERSION_DRAFT || (v >= 0x7f10 && v <= 0x7f1c) ||
	       (v >= 0xfb14 && v <= 0xfb17) || v == 0xfb1a;
}

static void fatal(struct tls_odd *o, uint64_t events)
{
	o->found |= events;
	o->is_fatal = true;
}

/* --- records --- */

/* behind a ChangeCipherSpec messages are encrypted, but for the one of TLS 1.3 that only looks so (RFC 8446 D.4) */
static bool is_clear(const struct tls_odd_flow *f)
{
	return !f->keys_changed || ((f->hellos & 3) == 1 && f->version[CORDON_TO_SERVER] > VERSION_1_2);
}

void tls_odd_record(struct tls_odd_flow *f, struct tls_odd *o, uint8_t dir, const uint8_t head[TLS_RECORD_HEADER])
{
	uint16_t before = f->version[dir], version = (uint16_t)(head[1] << 8 | head[2]);

	/* SSLv2's header, where Suricata goes on to read it: not read */
	if (head[0] & 0xc0) {
		o->is_over = true;
		return;
	}
	o->type = head[0];
	o->record_len = o->left = (uint16_t)(head[3] << 8 | head[4]);
	o->head_len = 0;
	o->is_read = false;
	if (!(f->hellos >> dir & 1 && before))
		f->version[dir] = version;
	if (o->type < TLS_TYPE_CHANGE_CIPHER || o->type > TLS_TYPE_HEARTBEAT)
		fatal(o, BIT(RECORD_TYPE));
	else if (!o->record_len)
		fatal(o, BIT(RECORD_LENGTH));
	else if (!is_version(f->version[dir]))
		fatal(o, BIT(RECORD_VERSION));
	else if (o->record_len > RECORD_MAX)
		fatal(o, BIT(RECORD_LENGTH));
	if (o->is_fatal)
		o->left = 0;
	o->is_over |= o->type == TLS_TYPE_DATA;
	if (o->is_fatal || o->type != TLS_TYPE_HANDSHAKE || !is_clear(f)) {
		o->is_read = o->type == TLS_TYPE_HEARTBEAT;
		return;
	}
	o->is_read = true;
	if (o->record_len < TLS_HANDSHAKE_HEADER) {
		fatal(o, BIT(RECORD));
		o->left = 0;
	}
}

/* --- handshake messages --- */

/* those that Suricata knows; the others are odd */
static bool is_message(uint8_t type)
{
	static const uint32_t known = 1 << 0 | 1 << TLS_CLIENT_HELLO | 1 << TLS_SERVER_HELLO | 1 << 4 | 1 << TLS_CERTIFICATE |
				      1 << TLS_SERVER_KEY_EXCHANGE | 1 << 13 | 1 << TLS_SERVER_HELLO_DONE | 1 << 15 |
				      1 << TLS_CLIENT_KEY_EXCHANGE | 1 << 20 | 1 << 21 | 1 << 22;

	return type < 32 && known >> type & 1;
}

static void message_head(struct tls_odd_flow *f, struct tls_odd *o, uint8_t dir)
{
	o->message_type = o->head[0];
	o->message_left = (uint32_t)o->head[1] << 16 | (uint32_t)o->head[2] << 8 | o->head[3];
	o->head_len = 0;
	if (is_message(o->message_type))
		return;
	if (!(f->keys_changed >> dir & 1))
		o->found |= BIT(MESSAGE);
	/* it does not go on in the next record */
	if (o->message_left > o->left)
		o->message_left = o->left;
}

static void message_bytes(struct tls_odd_flow *f, struct tls_odd *o, uint8_t dir, const uint8_t *p, uint32_t len)
{
	while (len) {
		uint32_t part = len < o->message_left ? len : o->message_left;

		if (part) {
			o->message_left -= part;
			o->left = (uint16_t)(o->left - part);
			p += part;
			len -= part;
			if (!o->message_left && (o->message_type == TLS_CLIENT_HELLO || o->message_type == TLS_SERVER_HELLO))
				f->hellos |= o->message_type;
			continue;
		}
		o->head[o->head_len++] = *p++;
		len--;
		o->left--;
		if (o->head_len == TLS_HANDSHAKE_HEADER)
			message_head(f, o, dir);
	}
	/* the head of a message stands in one record */
	if (!o->left && o->head_len)
		fatal(o, BIT(RECORD) | BIT(MESSAGE));
}

/* --- heartbeats (RFC 6520) --- */

/* the first in flight; encrypted ones by their length alone */
static void heartbeat_begins(struct tls_odd_flow *f, struct tls_odd *o, uint8_t dir)
{
	uint32_t payload = (uint32_t)o->head[1] << 8 | o->head[2];

	f->hb_from = (uint8_t)(1 + dir);
	if (f->keys_changed)
		f->hb_length = o->record_len;
	else if (payload + HEARTBEAT_HEAD > o->record_len)
		fatal(o, BIT(HEARTBEAT_OVERFLOW));
	else if (o->record_len - payload - HEARTBEAT_HEAD < HEARTBEAT_PADDING)
		fatal(o, BIT(HEARTBEAT));
}

static void heartbeat(struct tls_odd_flow *f, struct tls_odd *o, uint8_t dir)
{
	if (o->record_len < HEARTBEAT_HEAD)
		return;
	if (!f->keys_changed && o->head[0] != 1 && o->head[0] != 2) {
		fatal(o, BIT(HEARTBEAT));
	} else if (!f->hb_from) {
		heartbeat_begins(f, o, dir);
	} else if (f->hb_from == 1 + dir) {
		fatal(o, BIT(HEARTBEAT));
	} else {
		f->hb_from = 0;
		/* the answer is longer than what was asked: CVE-2014-0160 */
		if (f->keys_changed && f->hb_length && f->hb_length < o->record_len)
			fatal(o, BIT(HEARTBEAT_LEAK));
		f->hb_length = 0;
	}
}

void tls_odd_body(struct tls_odd_flow *f, struct tls_odd *o, uint8_t dir, const uint8_t *p, uint32_t len)
{
	if (o->is_fatal)
		return;
	if (o->is_read && o->type == TLS_TYPE_HANDSHAKE) {
		message_bytes(f, o, dir, p, len);
		return;
	}
	for (uint32_t i = 0; i < len && o->head_len < HEARTBEAT_HEAD; i++)
		o->head[o->head_len++] = p[i];
	o->left = (uint16_t)(o->left - len);
	if (o->left)
		return;
	o->head_len = o->head_len == HEARTBEAT_HEAD ? HEARTBEAT_HEAD : 0;
	if (o->type == TLS_TYPE_CHANGE_CIPHER)
		f->keys_changed |= (uint8_t)(1 << dir);
	else if (o->type == TLS_TYPE_HEARTBEAT)
		heartbeat(f, o, dir);
	o->head_len = 0;
}

/* --- hellos --- */

static uint64_t server_name(struct tls_odd_flow *f, uint8_t dir, struct cur *c, const struct cur *all)
{
	uint16_t len;
	uint8_t type;

	(void)all;
	if (cur_skip(c, 2) || cur_u8(c, &type))
		return BIT(HELLO_LENGTH);
	if (type)
		return BIT(SNI_TYPE);
	if (cur_be16(c, &len))
		return BIT(HELLO_LENGTH);
	if (len > cur_left(c) || len > 255 || !len)
		return BIT(SNI_LENGTH);
	(void)cur_skip(c, len);
	if (f->has_sni[dir])
		return BIT(SNI_TWICE);
	f->has_sni[dir] = true;
	return 0;
}

/* a vector in an extension; @odd_bytes: its length need not be even */
static uint64_t vector(struct cur *c, bool is_wide, bool odd_bytes)
{
	struct cur v;

	return tls_vector(c, is_wide, &v) || (!odd_bytes && cur_left(&v) & 1) ? BIT(HELLO_LENGTH) : 0;
}

static uint64_t versions(struct tls_odd_flow *f, uint8_t dir, bool is_server, struct cur *c)
{
	struct cur list;
	uint16_t v;

	if (is_server) {
		if (cur_be16(c, &v))
			return BIT(HELLO_LENGTH);
		f->version[dir] = v;
		return 0;
	}
	if (tls_vector(c, 0, &list) || cur_left(&list) < 2)
		return BIT(HELLO_LENGTH);
	while (!cur_be16(&list, &v)) {
		if (!is_version(v))
			continue;
		f->version[dir] = v;
		break;
	}
	return 0;
}

/* one extension; @c: its contents, on return behind what Suricata reads of them */
static uint64_t extension(struct tls_odd_flow *f, uint8_t dir, bool is_server, uint16_t type, struct cur *c)
{
	uint64_t ev;

	switch (type) {
	case TLS_EXT_SERVER_NAME:
		return server_name(f, dir, c, c);
	case TLS_EXT_GROUPS:
		return vector(c, true, true);
	case TLS_EXT_POINT_FORMATS:
		return vector(c, false, true);
	case TLS_EXT_SIGNATURES:
		return vector(c, true, false);
	case TLS_EXT_ALPN:
		ev = vector(c, true, true);
		c->pos = ev ? c->pos : c->end;
		return ev;
	case TLS_EXT_VERSIONS:
		return versions(f, dir, is_server, c);
	default:
		c->pos = c->end;
		return 0;
	}
}

/* the next extension begins behind what was read of the one before, whatever that one's length says */
static uint64_t extensions(struct tls_odd_flow *f, uint8_t dir, bool is_server, struct cur *c)
{
	uint64_t ev = 0, new;
	uint32_t done = 0;
	uint16_t all, type, len;

	if (cur_be16(c, &all))
		return 0;
	if (all > cur_left(c))
		return BIT(HELLO_LENGTH);
	for (; done < all; done += len + 4u) {
		struct cur ext;

		if (cur_be16(c, &type) || cur_be16(c, &len) || len > cur_left(c))
			return ev | BIT(HELLO_LENGTH);
		ext = cur_of(c->pos, len);
		new = len ? extension(f, dir, is_server, type, &ext) : 0;
		ev |= new;
		if (new & ~BIT(SNI_TWICE))
			return ev;
		c->pos = ext.pos;
	}
	return ev;
}

/* session, ciphers, compression; 0: sound */
static int hello_vectors(const struct tls_odd_flow *f, bool is_server, struct cur *c)
{
	bool is_long = !is_server || !f->is_short_hello;
	struct cur v;

	if (is_long && tls_vector(c, 0, &v))
		return -1;
	if (is_server ? cur_skip(c, 2) : tls_vector(c, 1, &v) || cur_left(&v) & 1)
		return -1;
	if (!is_long)
		return 0;
	return is_server ? cur_skip(c, 1) : tls_vector(c, 0, &v);
}

void tls_odd_hello(struct tls_odd_flow *f, struct tls_odd *o, uint8_t dir, bool is_server, struct cur c)
{
	uint16_t v;

	if (c.pos == c.end)
		return;
	if (cur_be16(&c, &v)) {
		o->found |= BIT(HELLO_LENGTH);
		return;
	}
	f->is_short_hello |= is_server && (v == VERSION_1_3 || v >> 8 == 0x7f);
	f->version[dir] = (v > 0x7f00 && v < 0x7f10) || v == VERSION_1_3 ? VERSION_DRAFT : v;
	if (cur_skip(&c, 32) || hello_vectors(f, is_server, &c))
		o->found |= BIT(HELLO_LENGTH);
	else
		o->found |= extensions(f, dir, is_server, &c);
}

void tls_odd_certificates(struct tls_odd_flow *f, struct tls_odd *o, uint8_t dir, struct cur c)
{
	struct cur list, der;

	if (f->has_chain[dir] || tls_vector24(&c, &list))
		return;
	f->has_chain[dir] = true;
	while (list.pos < list.end)
		if (tls_vector24(&list, &der)) {
			o->found |= BIT(CERTIFICATE);
			return;
		}
}

uint64_t tls_odd_take(struct tls_odd_flow *f, struct tls_odd *o)
{
	uint64_t found = o->found & ~f->events;

	if (o->left && !o->is_over)
		return 0;
	f->events |= o->found;
	f->is_broken |= o->is_fatal;
	o->found = 0;
	return found;
}
