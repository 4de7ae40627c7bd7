/* SPDX-License-Identifier: BSD-2-Clause */
/* `cordon threat add|remove|list|lookup`: indicators added by hand, and what the lists in force say of a value. */
#include <stdio.h>
#include <string.h>

#include "cli/ask.h"

const struct cli_option cmd_threat_add_options[] = {
	{ "category", 0, "TEXT", "shown in alerts; default: threat" },
	{ "action", 0, "observe|alert|drop|quarantine", "what a hit does; default: drop" },
	{ "confidence", 0, "N", "0 to 100; default: 100" },
	{ "for", 0, "DURATION", "how long; default: until it is removed" },
	{ 0 },
};

static int add_confidence(const struct args *a, struct json *q)
{
	const char *s = args_get(a, "confidence");
	uint64_t n;

	if (!s)
		return EXIT_DONE;
	if (str_to_u64(s, 0, 100, &n))
		return cli_fail(a, EXIT_USAGE, "--confidence: a number from 0 to 100, not '%s'", s);
	json_u64(q, "confidence", n);
	return EXIT_DONE;
}

int cmd_threat_add(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 2, 2);

	if (r)
		return r;
	if (strcmp(a->words.data[0], "ip") && strcmp(a->words.data[0], "net") && strcmp(a->words.data[0], "domain") &&
	    strcmp(a->words.data[0], "url"))
		return cli_fail(a, EXIT_USAGE, "threat add: ip, net, domain or url, not '%s'", a->words.data[0]);
	ask_begin(&q, "threat add");
	json_str(&q, "kind", a->words.data[0]);
	json_str(&q, "value", a->words.data[1]);
	ask_option(a, &q, "category", "category");
	ask_option(a, &q, "action", "action");
	r = add_confidence(a, &q);
	if (!r)
		r = ask_duration(a, &q, "for", "for_ns");
	return r ? r : ask_plain(a, &q, "listed and in force");
}

const struct cli_option cmd_threat_remove_options[] = { { 0 } };

int cmd_threat_remove(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, "threat remove");
	json_str(&q, "value", a->words.data[0]);
	return ask_plain(a, &q, "removed");
}

const struct cli_option cmd_threat_list_options[] = { { 0 } };

int cmd_threat_list(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	const struct jsonin *list;
	struct json q = { 0 };
	struct table t;
	int r = args_need_words(a, 0, 0);

	if (r)
		return r;
	ask_begin(&q, "threat list");
	r = ask(a, &q, NULL, 0, &s);
	if (r || ask_json(a, s))
		return r;
	table_begin(&t, (const char *const[]){ "KIND", "VALUE", "ACTION", "CONFIDENCE", "UNTIL", "CATEGORY", NULL });
	list = jsonin_get(s, "threats");
	for (size_t i = 0; i < jsonin_len(list); i++) {
		const struct jsonin *e = jsonin_at(list, i);
		char n[24];

		snprintf(n, sizeof(n), "%llu", (unsigned long long)jsonin_u64(e, "confidence"));
		table_row(&t, (const char *const[]){ jsonin_str(e, "kind"), jsonin_str(e, "value"), jsonin_str(e, "action"), n,
						     text_or(jsonin_str(e, "until"), "-"), jsonin_str(e, "category") });
	}
	table_print(&t);
	return EXIT_DONE;
}

const struct cli_option cmd_threat_lookup_options[] = { { 0 } };

static void print_hit(const struct jsonin *s)
{
	const struct jsonin *sources = jsonin_get(s, "sources"), *learned = jsonin_get(s, "learned");
	struct table t;

	for (size_t i = 0; i < jsonin_len(learned); i++) {
		const struct jsonin *l = jsonin_at(learned, i);

		printf("%s is learned for %s from listed name %s, for %llu s more\n", text_or(jsonin_str(s, "value"), "?"),
		       text_or(jsonin_str(l, "device"), "?"), text_or(jsonin_str(l, "name"), "?"),
		       (unsigned long long)jsonin_u64(l, "left_s"));
	}
	if (!sources)
		return;
	printf("%s is listed as %s: %s (generation %llu)\n", text_or(jsonin_str(s, "value"), "?"),
	       text_or(jsonin_str(s, "indicator"), "?"), text_or(jsonin_str(s, "effective"), "?"),
	       (unsigned long long)jsonin_u64(s, "generation"));
	if (jsonin_str(s, "note"))
		printf("%s\n", jsonin_str(s, "note"));
	table_begin(&t, (const char *const[]){ "FEED", "LINE", "CATEGORY", NULL });
	for (size_t i = 0; i < jsonin_len(sources); i++) {
		const struct jsonin *f = jsonin_at(sources, i);
		char line[24];

		snprintf(line, sizeof(line), "%llu", (unsigned long long)jsonin_u64(f, "line"));
		table_row(&t, (const char *const[]){ jsonin_str(f, "feed"), line, jsonin_str(f, "category") });
	}
	table_print(&t);
}

int cmd_threat_lookup(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, "threat lookup");
	json_str(&q, "value", a->words.data[0]);
	r = ask(a, &q, NULL, 0, &s);
	if (!r && !ask_json(a, s))
		print_hit(s);
	return r;
}
