/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests, replies and tables of the commands; see ask.h. */
#include "cli/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void ask_begin(struct json *q, const char *cmd)
{
	json_begin(q, NULL, '{');
	json_str(q, "cmd", cmd);
}

void ask_option(const struct args *a, struct json *q, const char *option, const char *key)
{
	const char *value = args_get(a, option);

	if (value)
		json_str(q, key, value);
}

int ask_duration(const struct args *a, struct json *q, const char *option, const char *key)
{
	const char *value = args_get(a, option);
	uint64_t ns;

	if (!value)
		return EXIT_DONE;
	if (str_to_duration_ns(value, &ns) || !ns)
		return cli_fail(a, EXIT_USAGE, "--%s: '%s' is no duration; write 30m, 4h or 7d", option, value);
	json_u64(q, key, ns);
	return EXIT_DONE;
}

int ask_number(const struct args *a, struct json *q, const char *option, const char *key)
{
	const char *value = args_get(a, option);
	uint64_t n;

	if (!value)
		return EXIT_DONE;
	if (str_to_u64(value, 1, UINT32_MAX, &n))
		return cli_fail(a, EXIT_USAGE, "--%s: '%s' is no number above 0", option, value);
	json_u64(q, key, n);
	return EXIT_DONE;
}

static int read_reply(const struct args *a, const char *text, struct jsonin **ret)
{
	struct strbuf err = { 0 };
	const char *why;
	uint64_t code;
	int r = jsonin_parse(text, strlen(text), ret, &err);

	if (r)
		r = cli_fail(a, EXIT_FAILED, "the daemon's reply cannot be read: %s", err.s ? err.s : "out of memory");
	strbuf_done(&err);
	if (r || jsonin_bool(*ret, "ok"))
		return r;
	why = jsonin_str(*ret, "error");
	code = jsonin_u64(*ret, "code");
	r = cli_fail(a, code ? (int)code : EXIT_FAILED, "%s", why ? why : "failed");
	jsonin_free(*ret);
	*ret = NULL;
	return r;
}

int ask(const struct args *a, struct json *q, const int *files, size_t n_files, struct jsonin **ret)
{
	_cleanup_free_ char *text = NULL;
	int r;

	json_end(q, '}');
	r = q->b.failed ? cli_fail(a, EXIT_FAILED, "out of memory") : cli_call_files(a, q->b.s, files, n_files, &text);
	json_done(q);
	return r ? r : read_reply(a, text, ret);
}

bool ask_json(const struct args *a, const struct jsonin *reply)
{
	_cleanup_free_ char *text = NULL;

	if (!a->json)
		return false;
	text = jsonin_dump(reply, a->pretty);
	puts(text ? text : "{\"error\":\"out of memory\"}");
	return true;
}

int ask_plain(const struct args *a, struct json *q, const char *text)
{
	_cleanup_(jsonin_free) struct jsonin *reply = NULL;
	int r = ask(a, q, NULL, 0, &reply);
	const char *note = r ? NULL : jsonin_str(reply, "note");

	if (!r && !ask_json(a, reply))
		puts(note && note[0] ? note : text);
	return r;
}

/* --- lists --- */

#define OK_HEAD "{\"ok\":true"

struct rows {
	const struct args *a;
	bool is_ok;
	struct jsonrows reader;
	void (*row)(const char *list, const struct jsonrow *r, void *ctx);
	void *ctx;
};

/* the reply says no: the whole of it is read, and its error shown */
static ssize_t refused(const struct rows *s, const char *p, size_t n, bool whole)
{
	_cleanup_(jsonin_free) struct jsonin *reply = NULL;
	_cleanup_free_ char *text = NULL;
	int r;

	if (!whole)
		return 0;
	text = strndup(p, n);
	r = text ? read_reply(s->a, text, &reply) : cli_fail(s->a, EXIT_FAILED, "out of memory");
	return r ? -r : (ssize_t)n;
}

static ssize_t take_rows(const char *p, size_t n, bool whole, void *ctx)
{
	const char *at = p;
	struct rows *s = ctx;
	struct jsonrow row;
	int r;

	if (!s->is_ok && n < strlen(OK_HEAD) && !whole)
		return 0;
	if (!s->is_ok && (n < strlen(OK_HEAD) || memcmp(p, OK_HEAD, strlen(OK_HEAD))))
		return refused(s, p, n, whole);
	s->is_ok = true;
	if (!s->row) {
		if (fwrite(p, 1, n, stdout) != n || (whole && putchar('\n') == EOF))
			return -cli_fail(s->a, EXIT_FAILED, "standard output: %s", strerror(errno));
		return (ssize_t)n;
	}
	while ((r = jsonrows_next(&s->reader, &at, p + n, &row)) > 0)
		s->row(s->reader.list, &row, s->ctx);
	if (r < 0 || (whole && !s->reader.is_over))
		return -cli_fail(s->a, EXIT_FAILED, "the daemon's reply cannot be read");
	return at - p;
}

int ask_rows(const struct args *a, struct json *q, void (*row)(const char *list, const struct jsonrow *r, void *ctx), void *ctx)
{
	struct rows s = { .a = a, .row = a->json ? NULL : row, .ctx = ctx };
	_cleanup_(jsonin_free) struct jsonin *reply = NULL;
	int r;

	if (a->json && a->pretty) { /* indenting needs all of it */
		r = ask(a, q, NULL, 0, &reply);
		return r || ask_json(a, reply) ? r : EXIT_FAILED;
	}
	json_end(q, '}');
	r = q->b.failed ? cli_fail(a, EXIT_FAILED, "out of memory") : cli_stream(a, q->b.s, take_rows, &s);
	json_done(q);
	return r;
}

/* --- tables --- */

#define CELL_MAX 1024 /* bytes of a cell as shown; what is longer is cut */
#define OUT_BYTES 65536 /* written at once */
#define ROW_MAX (TABLE_COLUMNS * (CELL_MAX + 2)) /* each cell behind its length, or before two spaces */

/* nearly every cell is shown as it is */
static size_t shown_as(char *dst, const char *s)
{
	size_t n = 0;

	while (s[n] >= 0x20 && s[n] < 0x7f && s[n] != '\\' && n < CELL_MAX - 1) {
		dst[n] = s[n];
		n++;
	}
	return s[n] ? strlen(str_escape(dst, CELL_MAX, s, strlen(s))) : n;
}

void table_row(struct table *t, const char *const *cells)
{
	char row[ROW_MAX];
	size_t len = 0;

	for (size_t i = 0; i < t->columns; i++) {
		uint16_t n = (uint16_t)shown_as(row + len + sizeof(n), cells[i] ? cells[i] : "");

		memcpy(row + len, &n, sizeof(n));
		len += sizeof(n) + n;
		t->width[i] = n > t->width[i] ? n : t->width[i];
	}
	strbuf_add(&t->text, row, len);
	t->rows++;
}

void table_begin(struct table *t, const char *const *heads)
{
	*t = (struct table){ 0 };
	while (heads[t->columns] && t->columns < TABLE_COLUMNS)
		t->columns++;
	table_row(t, heads);
}

/* one line of the table, into at most ROW_MAX bytes; behind its last cell, *at behind the line */
static const char *line_of(const struct table *t, const char *cell, char **at)
{
	char *p = *at;

	for (size_t c = 0; c < t->columns; c++) {
		size_t space = c + 1 < t->columns ? t->width[c] + 2 : 0;
		uint16_t n;

		memcpy(&n, cell, sizeof(n));
		memcpy(p, cell + sizeof(n), n);
		if (space)
			memset(p + n, ' ', space - n);
		p += space ? space : n;
		cell += sizeof(n) + n;
	}
	*p++ = '\n';
	*at = p;
	return cell;
}

void table_end(struct table *t, bool print)
{
	char out[OUT_BYTES + ROW_MAX], *at = out;
	const char *cell = t->text.s;

	for (size_t i = 0; print && !t->text.failed && i < t->rows; i++) {
		cell = line_of(t, cell, &at);
		if (at - out < OUT_BYTES && i + 1 < t->rows)
			continue;
		fwrite(out, 1, (size_t)(at - out), stdout);
		at = out;
	}
	if (print && t->text.failed)
		fputs("out of memory: the list is not shown\n", stderr);
	strbuf_done(&t->text);
}

char *seconds_str(char *dst, size_t size, uint64_t s)
{
	return str_duration(dst, size, s * 1000000000ULL);
}

const char *text_or(const char *s, const char *or)
{
	return s && s[0] ? s : or;
}

char *joined(char *dst, size_t size, const struct jsonin *array)
{
	size_t at = 0;

	dst[0] = 0;
	for (size_t i = 0; i < jsonin_len(array) && at < size; i++)
		at += (size_t)snprintf(dst + at, size - at, "%s%s", i ? ", " : "", text_or(jsonin_text(jsonin_at(array, i)), ""));
	return dst;
}
