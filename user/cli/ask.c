/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests, replies and tables of the commands; see ask.h. */
#include "cli/ask.h"

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

/* --- tables --- */

static void put_cell(struct table *t, const char *s)
{
	size_t n = s ? strlen(s) : 0, size = 4 * n + 1;
	char *cell = malloc(size);

	if (cell)
		str_escape(cell, size, s ? s : "", n);
	if (!cell || vec_push(&t->cells, cell))
		free(cell);
}

void table_row(struct table *t, const char *const *cells)
{
	for (size_t i = 0; i < t->columns; i++)
		put_cell(t, cells[i]);
}

void table_begin(struct table *t, const char *const *heads)
{
	*t = (struct table){ 0 };
	while (heads[t->columns] && t->columns < TABLE_COLUMNS)
		t->columns++;
	table_row(t, heads);
}

void table_print(struct table *t)
{
	size_t width[TABLE_COLUMNS] = { 0 };

	for (size_t i = 0; i < t->cells.len; i++) {
		size_t n = strlen(t->cells.data[i]), c = i % t->columns;

		width[c] = n > width[c] ? n : width[c];
	}
	for (size_t i = 0; i < t->cells.len; i++) {
		if (i % t->columns == t->columns - 1)
			printf("%s\n", t->cells.data[i]);
		else
			printf("%-*s  ", (int)width[i % t->columns], t->cells.data[i]);
		free(t->cells.data[i]);
	}
	vec_done(&t->cells);
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
