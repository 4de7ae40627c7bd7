/* SPDX-License-Identifier: BSD-2-Clause */
/* `cordon events`: the last events, or with --follow those to come, as EVE JSON, a line each. */
#include <stdio.h>

#include "cli/ask.h"

const struct cli_option cmd_events_options[] = {
	{ "follow", 'f', NULL, "go on with those to come, until interrupted" },
	{ "type", 0, "TYPE", "only this event_type: alert, dns, tls, http, cordon" },
	{ 0 },
};

/* the first line is the answer to the request, the rest are events */
static int print_line(const char *text, void *ctx)
{
	bool *begun = ctx;

	if (!*begun) {
		*begun = true;
		return EXIT_DONE;
	}
	return puts(text) < 0 || fflush(stdout) ? EXIT_FAILED : EXIT_DONE;
}

static int follow(const struct args *a, struct json *q)
{
	bool begun = false;
	int r;

	json_bool(q, "follow", true);
	json_end(q, '}');
	r = q->b.failed ? cli_fail(a, EXIT_FAILED, "out of memory") : cli_follow(a, q->b.s, print_line, &begun);
	json_done(q);
	return r;
}

int cmd_events(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	const struct jsonin *list;
	struct json q = { 0 };
	int r = args_need_words(a, 0, 0);

	if (r)
		return r;
	ask_begin(&q, "events");
	ask_option(a, &q, "type", "type");
	if (args_get(a, "follow"))
		return follow(a, &q);
	r = ask(a, &q, NULL, 0, &s);
	list = r ? NULL : jsonin_get(s, "events");
	for (size_t i = 0; i < jsonin_len(list); i++) {
		_cleanup_free_ char *line = jsonin_dump(jsonin_at(list, i), a->pretty);

		puts(line ? line : "");
	}
	return r;
}
