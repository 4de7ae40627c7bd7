// SPDX-License-Identifier: BSD-2-Clause
/*
 * FTP's control connection: a reply is a message, told with the command it
 * answers (RFC 959 section 5.4: 1yz is followed by another one); behind AUTH
 * (RFC 4217) TLS is read. Commands wait for their replies in order, some of
 * them: beyond, replies stand alone.
 */
#include <errno.h>
#include <stdlib.h>

#include "app/bytes.h"
#include "app/rows.h"
#include "app/upgrade.h"
#include "base/cleanup.h"
#include "cordon_event.h"
#include "parse/ftp.h"

#define LINE_MAX_HELD 512
#define WAITING_MAX 8  /* commands without reply */
#define COMMAND_MAX 256U /* bytes of one that waits */
#define LINES_MAX 16   /* of a reply that are told */

enum { AT_LINE, AT_OFFER, AT_TLS }; /* OFFER: behind AUTH, not known yet whether it was taken */

struct command {
	uint16_t verb_len, arg_len;
	uint8_t text[COMMAND_MAX]; /* verb and argument */
};

struct ftp_flow {
	struct command waiting[WAITING_MAX];
	unsigned int first, n;
	bool is_lost; /* more came than have room: which reply is whose is not known any more */
};

struct ftp_stream {
	uint8_t dir, at;
	struct ftp_flow *flow;
	struct bytes line;
	struct upgrade upgrade;
	/* of a reply: its lines, one after the other */
	struct bytes text;
	uint16_t len[LINES_MAX];
	uint8_t code[LINES_MAX][3];
	unsigned int lines;
	bool in_reply; /* of several lines */
	uint64_t id;
	struct app_more more[2 * LINES_MAX];
};

static void *ftp_open(uint8_t dir)
{
	struct ftp_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->dir = dir;
	return s;
}

static void *ftp_flow_open(void)
{
	return calloc(1, sizeof(struct ftp_flow));
}

static void ftp_link(void *state, void *flow)
{
	((struct ftp_stream *)state)->flow = flow;
}

/* --- commands --- */

static void command_waits(struct ftp_flow *f, const struct ftp_command *c)
{
	struct command *w;

	if (!f || f->n == WAITING_MAX) {
		if (f)
			f->is_lost = true;
		return;
	}
	w = &f->waiting[(f->first + f->n++) % WAITING_MAX];
	w->verb_len = (uint16_t)(c->verb.len < COMMAND_MAX ? c->verb.len : COMMAND_MAX);
	w->arg_len = (uint16_t)(c->arg.len < COMMAND_MAX - w->verb_len ? c->arg.len : COMMAND_MAX - w->verb_len);
	memcpy(w->text, c->verb.p, w->verb_len);
	memcpy(w->text + w->verb_len, c->arg.p, w->arg_len);
}

static void command_line(struct ftp_stream *s, struct http_span line)
{
	struct ftp_command c;

	if (ftp_command_parse(line, &c))
		return;
	command_waits(s->flow, &c);
	if (http_is(c.verb.p, c.verb.len, "auth"))
		s->at = AT_OFFER;
}

/* --- replies --- */

/* PORT and EPRT name a port in the command, PASV and EPSV in the reply */
static void set_port(struct app_msg *m, const struct command *c, struct http_span reply)
{
	struct http_span arg = { c->text + c->verb_len, c->arg_len };
	uint8_t addr[4];
	uint16_t port = 0;
	bool is_active = false;

	if (http_is(c->text, c->verb_len, "port"))
		is_active = !ftp_host_port(arg, addr, &port);
	else if (http_is(c->text, c->verb_len, "eprt"))
		is_active = !ftp_extended_port(arg, &port);
	else if (reply.len && http_is(c->text, c->verb_len, "pasv"))
		(void)ftp_host_port(reply, addr, &port);
	else if (reply.len && http_is(c->text, c->verb_len, "epsv"))
		(void)ftp_extended_port(reply, &port);
	if (!port)
		return;
	app_set_number(m, APP_NUMBER_FTP_PORT, port);
	app_set_number(m, APP_NUMBER_FTP_ACTIVE, is_active);
}

static void set_lines(struct ftp_stream *s, struct app_msg *m)
{
	const uint8_t *p = s->text.v.data;

	for (unsigned int i = 0; i < s->lines; i++) {
		s->more[2 * i] = (struct app_more){ APP_BUFFER_FTP_CODE, { s->code[i], *s->code[i] ? 3 : 0 } };
		s->more[2 * i + 1] = (struct app_more){ APP_BUFFER_FTP_REPLY, { p, s->len[i] } };
		p = p ? p + s->len[i] : NULL; /* nothing but empty lines: no text at all */
	}
	app_set(m, APP_BUFFER_FTP_CODE, s->more[0].buf.p, s->more[0].buf.len);
	app_set(m, APP_BUFFER_FTP_REPLY, s->more[1].buf.p, s->more[1].buf.len);
	m->more = s->more + 2;
	m->n_more = (uint16_t)(2 * s->lines - 2);
}

static int tell(struct ftp_stream *s, app_msg_fn cb, void *ctx)
{
	struct ftp_flow *f = s->flow;
	const struct command *c = f && f->n && !f->is_lost ? &f->waiting[f->first] : NULL;
	struct app_msg m;

	app_msg_init(&m, CORDON_APP_FTP, s->dir);
	m.is_response = true;
	m.complete = true;
	m.id = m.tx = s->id++;
	set_lines(s, &m);
	/* the first reply greets */
	if (c && m.id) {
		app_set(&m, APP_BUFFER_FTP_COMMAND, c->text, c->verb_len);
		if (c->arg_len)
			app_set(&m, APP_BUFFER_FTP_COMMAND_DATA, c->text + c->verb_len, c->arg_len);
		set_port(&m, c, (struct http_span){ s->more[1].buf.p, s->more[1].buf.len });
		f->first = (f->first + 1) % WAITING_MAX;
		f->n--;
	}
	return cb(&m, ctx);
}

static int reply_line(struct ftp_stream *s, struct http_span line, app_msg_fn cb, void *ctx)
{
	struct ftp_reply r;
	int taken = 0;

	ftp_reply_parse(line, &r);
	if (!r.code.len && !s->in_reply)
		return 0; /* belongs to nothing */
	if (s->lines < LINES_MAX)
		taken = bytes_add(&s->text, r.text.p, r.text.len, LINES_MAX * LINE_MAX_HELD);
	if (taken < 0)
		return taken;
	if (s->lines < LINES_MAX) {
		memset(s->code[s->lines], 0, 3);
		memcpy(s->code[s->lines], r.code.p, r.code.len);
		s->len[s->lines++] = (uint16_t)taken;
	}
	s->in_reply = !r.code.len || !r.is_last;
	if (s->in_reply || *r.code.p == '1')
		return 0;
	taken = tell(s, cb, ctx);
	s->lines = 0;
	s->text.v.len = 0;
	return taken;
}

/* --- the stream --- */

static int feed_line(struct ftp_stream *s, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	const uint8_t *lf = memchr(p, '\n', len);
	uint32_t n = lf ? (uint32_t)(lf + 1 - p) : len;
	int r = bytes_add(&s->line, p, n, LINE_MAX_HELD);
	struct http_span line;
	struct cur c;

	if (r < 0 || !lf)
		return r < 0 ? r : (int)n;
	c = cur_of(s->line.v.data, (uint32_t)s->line.v.len);
	r = 0;
	if (!http_line(&c, &line))
		return (int)n;
	if (s->dir == CORDON_TO_SERVER)
		command_line(s, line);
	else
		r = reply_line(s, line, cb, ctx);
	s->line.v.len = 0;
	return r ? r : (int)n;
}

static int ftp_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct ftp_stream *s = state;

	while (len) {
		int n;

		/* no reply begins so; a command might, but not behind AUTH */
		if (!s->line.v.len && s->at != AT_TLS)
			s->at = *p == UPGRADE_BEGIN && (s->at == AT_OFFER || s->dir == CORDON_TO_CLIENT) ? AT_TLS : AT_LINE;
		if (s->at == AT_TLS)
			n = upgrade_feed(&s->upgrade, s->dir, p, len, cb, ctx) ?: (int)len;
		else
			n = feed_line(s, p, len, cb, ctx);
		if (n < 0)
			return n;
		p += n;
		len -= (uint32_t)n;
	}
	return 0;
}

static bool ftp_pending(const void *state)
{
	const struct ftp_stream *s = state;

	return s->line.v.len || s->lines || s->at == AT_OFFER || upgrade_pending(&s->upgrade);
}

static void ftp_close(void *state)
{
	struct ftp_stream *s = state;

	if (!s)
		return;
	vec_done(&s->line.v);
	vec_done(&s->text.v);
	upgrade_close(&s->upgrade);
	free(s);
}

const struct app_row app_ftp = {
	.app = CORDON_APP_FTP,
	.name = "ftp",
	.open = ftp_open,
	.feed = ftp_feed,
	.pending = ftp_pending,
	.close = ftp_close,
	.flow_open = ftp_flow_open,
	.flow_close = free,
	.link = ftp_link,
};
