/* SPDX-License-Identifier: BSD-2-Clause */
/* `cordon why`: which entry acts, and the history that led there. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/ask.h"

const struct cli_option cmd_why_options[] = { { 0 } };

static void print_event(const struct jsonin *e)
{
	const struct jsonin *alert = jsonin_get(e, "alert"), *cordon = jsonin_get(e, "cordon");
	const char *what = alert ? jsonin_str(alert, "signature") : jsonin_str(cordon, "what");
	char safe[256];

	what = text_or(what, text_or(jsonin_str(e, "event_type"), ""));
	str_escape(safe, sizeof(safe), what, strlen(what));
	printf("  %s  %s\n", text_or(jsonin_str(e, "timestamp"), ""), safe);
}

int cmd_why(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	const struct jsonin *list;
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, "why");
	json_str(&q, "what", a->words.data[0]);
	r = ask(a, &q, NULL, 0, &s);
	if (r || ask_json(a, s))
		return r;
	printf("%s %s: %s\n", jsonin_str(s, "kind"), jsonin_str(s, "subject"), jsonin_str(s, "verdict"));
	list = jsonin_get(s, "because");
	for (size_t i = 0; i < jsonin_len(list); i++)
		printf("  %-10s %s\n", text_or(jsonin_str(jsonin_at(list, i), "map"), ""),
		       text_or(jsonin_str(jsonin_at(list, i), "says"), ""));
	list = jsonin_get(s, "history");
	if (jsonin_len(list))
		printf("history:\n");
	for (size_t i = 0; i < jsonin_len(list); i++)
		print_event(jsonin_at(list, i));
	return EXIT_DONE;
}
