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

static void add_sources(struct table *t, const struct jsonin *entry)
{
	const struct jsonin *sources = jsonin_get(entry, "sources");

	for (size_t i = 0; i < jsonin_len(sources); i++) {
		const struct jsonin *f = jsonin_at(sources, i);
		char line[24];

		snprintf(line, sizeof(line), "%llu", (unsigned long long)jsonin_u64(f, "line"));
		table_row(t, (const char *const[]){ jsonin_str(f, "feed"), line, jsonin_str(f, "category"),
						    jsonin_str(entry, "effective"), jsonin_str(entry, "indicator") });
	}
}

/* the entry that decides, who lists it, and what is listed around it */
static void print_listed(const struct jsonin *s)
{
	const struct jsonin *around = jsonin_get(s, "around");
	const char *mark = text_or(jsonin_str(s, "mark"), "");
	struct table t;

	printf("%s is %s as %s: %s (generation %llu)\n", text_or(jsonin_str(s, "value"), "?"),
	       strcmp(mark, "exception") ? "listed" : "excepted", text_or(jsonin_str(s, "indicator"), "?"),
	       strcmp(mark, "exception") ? text_or(jsonin_str(s, "effective"), "?") : "nothing happens",
	       (unsigned long long)jsonin_u64(s, "generation"));
	if (jsonin_str(s, "note"))
		printf("%s\n", jsonin_str(s, "note"));
	printf("confidence %llu, first seen %s, until %s\n", (unsigned long long)jsonin_u64(s, "confidence"),
	       text_or(jsonin_str(s, "first_seen"), "-"), text_or(jsonin_str(s, "expires"), "it leaves the list"));
	table_begin(&t, (const char *const[]){ "FEED", "LINE", "CATEGORY", "ACTION", "INDICATOR", NULL });
	add_sources(&t, s);
	for (size_t i = 0; i < jsonin_len(around); i++)
		add_sources(&t, jsonin_at(around, i));
	table_print(&t);
}

/* why nothing happens, or less than a feed wants */
static void print_guarded(const struct jsonin *s)
{
	const struct jsonin *guarded = jsonin_get(s, "guarded"), *left = jsonin_get(s, "left_out"), *refused = jsonin_get(s, "refused");

	for (size_t i = 0; i < jsonin_len(guarded); i++) {
		const struct jsonin *g = jsonin_at(guarded, i);

		printf("nothing, guarded by %s: %s%s%s\n", text_or(jsonin_str(g, "by"), "?"), text_or(jsonin_str(g, "what"), ""),
		       text_or(jsonin_str(g, "what"), "")[0] ? ", " : "", text_or(jsonin_str(g, "reason"), ""));
	}
	for (size_t i = 0; i < jsonin_len(left); i++) {
		const struct jsonin *l = jsonin_at(left, i);

		printf("left out: line %llu of feed %s lists %s, which touches what is guarded\n", (unsigned long long)jsonin_u64(l, "line"),
		       text_or(jsonin_str(l, "feed"), "?"), text_or(jsonin_str(l, "indicator"), "?"));
	}
	for (size_t i = 0; i < jsonin_len(refused); i++) {
		const struct jsonin *r = jsonin_at(refused, i);

		printf("refused: line %llu of feed %s: %s\n", (unsigned long long)jsonin_u64(r, "line"), text_or(jsonin_str(r, "feed"), "?"),
		       text_or(jsonin_str(r, "reason"), "?"));
	}
}

static void print_hit(const struct jsonin *s)
{
	const struct jsonin *learned = jsonin_get(s, "learned");

	for (size_t i = 0; i < jsonin_len(learned); i++) {
		const struct jsonin *l = jsonin_at(learned, i);

		printf("%s is learned for %s from listed name %s, for %llu s more\n", text_or(jsonin_str(s, "value"), "?"),
		       text_or(jsonin_str(l, "device"), "?"), text_or(jsonin_str(l, "name"), "?"),
		       (unsigned long long)jsonin_u64(l, "left_s"));
	}
	if (jsonin_bool(s, "listed"))
		print_listed(s);
	print_guarded(s);
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
	if (r)
		return r;
	if (!ask_json(a, s))
		print_hit(s);
	/* what is only guarded is explained, and still nothing that a packet would meet */
	return jsonin_bool(s, "listed") || jsonin_len(jsonin_get(s, "learned")) ? EXIT_DONE : EXIT_NOTHING;
}
