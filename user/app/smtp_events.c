// SPDX-License-Identifier: BSD-2-Clause
#include "app/smtp_events.h"

#include <string.h>

#include "parse/http.h"
#include "rule/events.h"

#define BIT(id) RULE_EVENT_BIT(SMTP_##id)

enum { OTHER, STARTTLS, DATA, BDAT, RSET, MAIL_END };

static bool begins(const struct smtp_odd *o, const char *word)
{
	uint32_t n = (uint32_t)strlen(word);

	return o->len >= n && http_is(o->line, n, word);
}

static void found(struct smtp_odd_flow *f, uint64_t event)
{
	if (f->tx) /* an event is a transaction's */
		f->found |= event;
}

/* --- what clients send --- */

static void keep_command(struct smtp_odd_flow *f, uint8_t command)
{
	f->current = command;
	/* these two end what may be sent before the answer (RFC 2920 3.1) */
	if (f->n && (f->command[f->n - 1] == STARTTLS || f->command[f->n - 1] == DATA))
		found(f, BIT(PIPELINE));
	if (f->n == SMTP_COMMANDS_MAX)
		f->is_over = true;
	else
		f->command[f->n++] = command;
}

static void begin_transaction(struct smtp_odd_flow *f)
{
	f->tx++;
	f->said = 0;
	f->is_done = f->is_data = f->has_sender = false;
}

/* "BDAT 1000 LAST" */
static bool chunk_of(struct smtp_odd_flow *f, const struct smtp_odd *o)
{
	uint32_t len = o->len < SMTP_LINE_HELD ? o->len : SMTP_LINE_HELD, i = 4;
	__u64 n;

	while (i < len && o->line[i] == ' ')
		i++;
	if (i == 4 || i == len || !http_length((struct http_span){ o->line + i, len - i }, &n))
		return false;
	f->chunk = n;
	f->in_data = n > 0;
	return true;
}

static void command(struct smtp_odd_flow *f, const struct smtp_odd *o)
{
	if (begins(o, "starttls")) {
		keep_command(f, STARTTLS);
	} else if (begins(o, "data")) {
		if (f->is_data) {
			f->current = DATA;
			found(f, BIT(UNPARSABLE));
			return;
		}
		f->is_data = true;
		f->in_data = f->is_pipelining;
		keep_command(f, DATA);
	} else if (begins(o, "bdat")) {
		f->is_over = !chunk_of(f, o);
		keep_command(f, BDAT);
	} else if (begins(o, "helo") || begins(o, "ehlo")) {
		if (f->has_helo)
			found(f, BIT(TWICE));
		f->has_helo = true;
		keep_command(f, OTHER);
	} else if (begins(o, "mail from")) {
		if (f->has_sender)
			found(f, BIT(TWICE));
		f->has_sender = true;
		keep_command(f, OTHER);
	} else {
		keep_command(f, begins(o, "rset") ? RSET : OTHER);
	}
}

static void client_line(struct smtp_odd_flow *f, const struct smtp_odd *o)
{
	if (!f->tx || (f->is_done && (f->in_data || (!begins(o, "rset") && !begins(o, "quit")))))
		begin_transaction(f);
	if (!f->is_greeted)
		found(f, BIT(NO_WELCOME));
	if (!f->in_data) {
		command(f, o);
	} else if (f->current == DATA && o->len == 1 && o->line[0] == '.') {
		f->in_data = false;
		f->is_done = true;
		keep_command(f, MAIL_END);
		f->current = DATA;
	}
}

/* --- what servers answer --- */

static bool is_code(const uint8_t *p)
{
	static const char known[] = "211214220221235250251252334354421450451452455500501502503504550551552553554555";

	for (const char *k = known; *k; k += 3)
		if (!memcmp(p, k, 3))
			return true;
	return false;
}

static bool is(const struct smtp_odd *o, const char *code)
{
	return !memcmp(o->line, code, 3);
}

static void answer(struct smtp_odd_flow *f, const struct smtp_odd *o)
{
	switch (f->command[f->at]) {
	case STARTTLS:
		f->is_over = is(o, "220");
		if (!f->is_over)
			found(f, BIT(TLS_REJECTED));
		break;
	case DATA:
		if (is(o, "354")) {
			f->in_data = true;
			break;
		}
		f->in_data &= !f->is_pipelining;
		found(f, BIT(DATA_REJECTED));
		break;
	case RSET:
		f->is_done |= f->tx && is(o, "250") && !f->is_multiline;
		break;
	}
}

static void server_line(struct smtp_odd_flow *f, const struct smtp_odd *o)
{
	if (o->len < 3 || !is_code(o->line)) {
		found(f, BIT(REPLY));
		f->is_over = true;
		return;
	}
	f->is_multiline = o->len > 3 && o->line[3] == '-';
	if (f->at == f->n) {
		if (!f->is_greeted && !is(o, "220"))
			found(f, BIT(REPLY));
		f->is_greeted |= !f->is_multiline;
		return;
	}
	answer(f, o);
	if (!f->is_multiline)
		f->at++;
	else if (f->is_greeted && o->len == 14 && is(o, "250") && http_is(o->line + 4, 10, "pipelining"))
		f->is_pipelining = true;
	if (f->at == f->n)
		f->at = f->n = 0;
}

/* --- lines --- */

static void line_byte(struct smtp_odd *o, uint8_t b)
{
	if (o->len < SMTP_LINE_HELD)
		o->line[o->len] = b;
	o->len++;
	o->last = b;
}

uint32_t smtp_odd_feed(struct smtp_odd_flow *f, struct smtp_odd *o, bool is_reply, const uint8_t *p, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < len && !f->is_over && !(f->found & ~f->said);) {
		if (!is_reply && f->in_data && f->current == BDAT) {
			uint32_t part = len - i < f->chunk ? len - i : (uint32_t)f->chunk;

			f->chunk -= part;
			i += part;
			f->in_data = f->chunk > 0;
			continue;
		}
		if (p[i++] != '\n') {
			line_byte(o, p[i - 1]);
			continue;
		}
		if (o->len && o->last == '\r')
			o->len--;
		if (is_reply)
			server_line(f, o);
		else
			client_line(f, o);
		o->len = 0;
	}
	return f->is_over ? len : i;
}

uint64_t smtp_odd_take(struct smtp_odd_flow *f)
{
	uint64_t fresh = f->found & ~f->said;

	f->said |= f->found;
	f->found = 0;
	return fresh;
}
