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

const struct cli_option cmd_quarantine_list_options[] = {
	{ "match", 0, "TEXT", "only those with TEXT in device, name or reason" },
	{ "level", 0, "LEVEL", "only those of this level" },
	{ "limit", 0, "N", "at most N of them" },
	{ 0 },
};

struct tables {
	struct table running, waiting;
	uint64_t left_s; /* the last one shown, and its text: many have the same */
	char left[40];
};

static const char *left_of(struct tables *t, const struct jsonrow *d)
{
	uint64_t s = jsonrow_u64(d, "left_s");

	if (!t->left[0] || s != t->left_s)
		seconds_str(t->left, sizeof(t->left), s);
	t->left_s = s;
	return t->left;
}

/* as a daemon of an earlier version says it */
static bool is_endless(const struct jsonrow *d)
{
	char until[40];

	return jsonrow_has(d, "until") && !jsonrow_str(d, "until", until, sizeof(until))[0];
}

static void quarantine_row(const char *list, const struct jsonrow *d, void *ctx)
{
	char device[80], name[160], level[24], origin[24], dropped[24], until[40], reason[512];
	struct tables *t = ctx;

	jsonrow_str(d, "device", device, sizeof(device));
	jsonrow_str(d, "name", name, sizeof(name));
	jsonrow_str(d, "level", level, sizeof(level));
	jsonrow_str(d, "reason", reason, sizeof(reason));
	if (!strcmp(list, "waiting")) {
		jsonrow_str(d, "since", until, sizeof(until));
		table_row(&t->waiting, (const char *const[]){ device, text_or(name, "-"), level, until, reason });
	} else if (!strcmp(list, "quarantines")) {
		jsonrow_str(d, "origin", origin, sizeof(origin));
		jsonrow_str(d, "left_s", until, sizeof(until));
		table_row(&t->running, (const char *const[]){ device, text_or(name, "-"), level, origin,
							      until[0] && !is_endless(d) ? left_of(t, d) : "no end",
							      jsonrow_str(d, "packets", dropped, sizeof(dropped)), reason });
	}
}

int cmd_quarantine_list(const struct args *a)
{
	struct json q = { 0 };
	struct tables t = { 0 };
	int r = args_need_words(a, 0, 0);

	if (!r)
		r = check_level(a);
	if (r)
		return r;
	ask_begin(&q, "quarantine list");
	ask_option(a, &q, "match", "match");
	ask_option(a, &q, "level", "level");
	json_bool(&q, "table", !a->json); /* what it shows, as rows of it */
	r = ask_number(a, &q, "limit", "limit");
	if (r) {
		json_done(&q);
		return r;
	}
	table_begin(&t.running, (const char *const[]){ "DEVICE", "NAME", "LEVEL", "ORIGIN", "LEFT", "DROPPED", "REASON", NULL });
	table_begin(&t.waiting, (const char *const[]){ "DEVICE", "NAME", "LEVEL", "SINCE", "REASON", NULL });
	r = ask_rows(a, &q, quarantine_row, &t);
	table_end(&t.running, !r && !a->json);
	if (!r && t.waiting.rows > 1)
		printf("\nwaiting for confirm or refuse:\n");
	table_end(&t.waiting, !r && t.waiting.rows > 1);
	return r;
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
