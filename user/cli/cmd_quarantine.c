/* SPDX-License-Identifier: BSD-2-Clause */
/* `cordon quarantine ...`: by hand, confirmed or refused, the breaker. */
#include <stdio.h>
#include <string.h>

#include "base/lists.h"
#include "cli/ask.h"

const struct cli_option cmd_quarantine_add_options[] = {
	{ "for", 0, "DURATION", "length of the lease, as 30m, 4h or 7d; default 1h" },
	{ "level", 0, "LEVEL", "watch: all is inspected; limit: at a rate; local: no further than home; update: listed servers; cut (default)" },
	{ "reason", 0, "TEXT", "shown in lists and events" },
	{ 0 },
};

static int check_level(const struct args *a)
{
	const char *level = args_get(a, "level");

	if (!level || level_from_name(level) > CORDON_LEVEL_NONE)
		return EXIT_DONE;
	return cli_fail(a, EXIT_USAGE, "--level: watch, limit, local, update or cut, not '%s'", level);
}

int cmd_quarantine_add(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (!r)
		r = check_level(a);
	if (r)
		return r;
	ask_begin(&q, "quarantine add");
	json_str(&q, "device", a->words.data[0]);
	ask_option(a, &q, "level", "level");
	ask_option(a, &q, "reason", "reason");
	r = ask_duration(a, &q, "for", "for_ns");
	return r ? r : ask_plain(a, &q, "quarantined");
}

const struct cli_option cmd_quarantine_release_options[] = {
	{ "hold-off", 0, "DURATION", "no automatic quarantine of this device for so long" },
	{ 0 },
};

int cmd_quarantine_release(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, "quarantine release");
	json_str(&q, "device", a->words.data[0]);
	r = ask_duration(a, &q, "hold-off", "hold_off_ns");
	return r ? r : ask_plain(a, &q, "released");
}

const struct cli_option cmd_quarantine_list_options[] = { { 0 } };

static void print_waiting(const struct jsonin *list)
{
	struct table t;

	if (!jsonin_len(list))
		return;
	printf("\nwaiting for confirm or refuse:\n");
	table_begin(&t, (const char *const[]){ "DEVICE", "NAME", "LEVEL", "SINCE", "REASON", NULL });
	for (size_t i = 0; i < jsonin_len(list); i++) {
		const struct jsonin *d = jsonin_at(list, i);

		table_row(&t, (const char *const[]){ jsonin_str(d, "device"), text_or(jsonin_str(d, "name"), "-"), jsonin_str(d, "level"),
						     jsonin_str(d, "since"), jsonin_str(d, "reason") });
	}
	table_print(&t);
}

int cmd_quarantine_list(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	const struct jsonin *list;
	struct json q = { 0 };
	struct table t;
	int r = args_need_words(a, 0, 0);

	if (r)
		return r;
	ask_begin(&q, "quarantine list");
	r = ask(a, &q, NULL, 0, &s);
	if (r || ask_json(a, s))
		return r;
	table_begin(&t, (const char *const[]){ "DEVICE", "NAME", "LEVEL", "ORIGIN", "LEFT", "DROPPED", "REASON", NULL });
	list = jsonin_get(s, "quarantines");
	for (size_t i = 0; i < jsonin_len(list); i++) {
		const struct jsonin *d = jsonin_at(list, i);
		char left[40], dropped[64];

		seconds_str(left, sizeof(left), jsonin_u64(d, "left_s"));
		snprintf(dropped, sizeof(dropped), "%llu", (unsigned long long)jsonin_u64(d, "packets"));
		table_row(&t, (const char *const[]){ jsonin_str(d, "device"), text_or(jsonin_str(d, "name"), "-"), jsonin_str(d, "level"),
						     jsonin_str(d, "origin"), text_or(jsonin_str(d, "until"), "")[0] ? left : "no end",
						     dropped, jsonin_str(d, "reason") });
	}
	table_print(&t);
	print_waiting(jsonin_get(s, "waiting"));
	return EXIT_DONE;
}

const struct cli_option cmd_quarantine_confirm_options[] = { { 0 } };

int cmd_quarantine_confirm(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, "quarantine confirm");
	json_str(&q, "device", a->words.data[0]);
	return ask_plain(a, &q, "quarantined");
}

const struct cli_option cmd_quarantine_refuse_options[] = {
	{ "hold-off", 0, "DURATION", "no automatic quarantine of this device for so long" },
	{ 0 },
};

int cmd_quarantine_refuse(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, "quarantine refuse");
	json_str(&q, "device", a->words.data[0]);
	r = ask_duration(a, &q, "hold-off", "hold_off_ns");
	return r ? r : ask_plain(a, &q, "refused");
}

const struct cli_option cmd_quarantine_breaker_status_options[] = { { 0 } };

int cmd_quarantine_breaker_status(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	struct json q = { 0 };
	int r = args_need_words(a, 0, 0);

	if (r)
		return r;
	ask_begin(&q, "quarantine breaker status");
	r = ask(a, &q, NULL, 0, &s);
	if (r || ask_json(a, s))
		return r;
	printf("%s: %llu of %llu automatic quarantines in this minute, %llu held back, %llu waiting for a person\n",
	       jsonin_bool(s, "tripped") ? "TRIPPED" : "closed", (unsigned long long)jsonin_u64(s, "in_this_minute"),
	       (unsigned long long)jsonin_u64(s, "limit"), (unsigned long long)jsonin_u64(s, "held_back"),
	       (unsigned long long)jsonin_u64(s, "waiting"));
	return EXIT_DONE;
}

const struct cli_option cmd_quarantine_breaker_reset_options[] = { { 0 } };

int cmd_quarantine_breaker_reset(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 0, 0);

	if (r)
		return r;
	ask_begin(&q, "quarantine breaker reset");
	return ask_plain(a, &q, "reset");
}
