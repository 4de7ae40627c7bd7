/* SPDX-License-Identifier: BSD-2-Clause */
/* `cordon guard add|remove|list`: what must never be denied. */
#include "cli/ask.h"

const struct cli_option cmd_guard_add_options[] = {
	{ "for", 0, "DURATION", "how long; default: until it is removed" },
	{ "reason", 0, "TEXT", "shown in the list" },
	{ 0 },
};

int cmd_guard_add(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, "guard add");
	json_str(&q, "what", a->words.data[0]);
	ask_option(a, &q, "reason", "reason");
	r = ask_duration(a, &q, "for", "for_ns");
	return r ? r : ask_plain(a, &q, "guarded");
}

const struct cli_option cmd_guard_remove_options[] = { { 0 } };

int cmd_guard_remove(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, "guard remove");
	json_str(&q, "what", a->words.data[0]);
	return ask_plain(a, &q, "no longer guarded");
}

const struct cli_option cmd_guard_list_options[] = { { 0 } };

int cmd_guard_list(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	const struct jsonin *list;
	struct json q = { 0 };
	struct table t;
	int r = args_need_words(a, 0, 0);

	if (r)
		return r;
	ask_begin(&q, "guard list");
	r = ask(a, &q, NULL, 0, &s);
	if (r || ask_json(a, s))
		return r;
	table_begin(&t, (const char *const[]){ "GUARDED", "UNTIL", "REASON", NULL });
	list = jsonin_get(s, "guards");
	for (size_t i = 0; i < jsonin_len(list); i++) {
		const struct jsonin *g = jsonin_at(list, i);

		table_row(&t, (const char *const[]){ jsonin_str(g, "what"), text_or(jsonin_str(g, "until"), "-"), jsonin_str(g, "reason") });
	}
	table_print(&t);
	return EXIT_DONE;
}
