/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cordon feed add|update|remove|list`. The file is opened here, by who asks,
 * and passed to the daemon, which may read little.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"

const struct cli_option cmd_feed_add_options[] = {
	{ "category", 0, "TEXT", "shown in alerts; default: threat" },
	{ "action", 0, "observe|alert|drop|quarantine", "what a hit does; default: drop" },
	{ "confidence", 0, "N", "0 to 100; default: 50" },
	{ "observe", 0, NULL, "say what would have been done, do nothing" },
	{ 0 },
};

static int open_source(const struct args *a, const char *path, int *ret)
{
	*ret = open(path, O_RDONLY | O_CLOEXEC);
	if (*ret < 0 && (!strncmp(path, "http://", 7) || !strncmp(path, "https://", 8)))
		return cli_fail(a, EXIT_FAILED, "%s: fetching is not in this version; fetch it and name the file", path);
	return *ret < 0 ? cli_fail(a, EXIT_FAILED, "%s: %s", path, strerror(errno)) : EXIT_DONE;
}

static void print_report(const struct jsonin *s)
{
	const struct jsonin *list = jsonin_get(s, "refusals");

	printf("feed %s: %llu accepted as %s, %llu refused; %llu entries in force\n", text_or(jsonin_str(s, "feed"), "?"),
	       (unsigned long long)jsonin_u64(s, "accepted"), text_or(jsonin_str(s, "format"), "?"),
	       (unsigned long long)jsonin_u64(s, "refused"), (unsigned long long)jsonin_u64(s, "entries"));
	for (size_t i = 0; i < jsonin_len(list) && i < 20; i++)
		printf("  line %llu: %s\n", (unsigned long long)jsonin_u64(jsonin_at(list, i), "line"),
		       text_or(jsonin_str(jsonin_at(list, i), "reason"), "?"));
	if (jsonin_len(list) > 20)
		printf("  and more; `cordon feed check` or -j shows all\n");
}

static int send_feed(const struct args *a, struct json *q, const char *path)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	_cleanup_close_ int fd = -1;
	int r = open_source(a, path, &fd);

	if (r) {
		json_done(q);
		return r;
	}
	r = ask(a, q, &fd, 1, &s);
	if (!r && !ask_json(a, s))
		print_report(s);
	return r;
}

int cmd_feed_add(const struct args *a)
{
	const char *n = args_get(a, "confidence");
	_cleanup_free_ char *path = NULL;
	struct json q = { 0 };
	uint64_t confidence;
	int r = args_need_words(a, 3, 3);

	if (!r && n && str_to_u64(n, 0, 100, &confidence))
		r = cli_fail(a, EXIT_USAGE, "--confidence: a number from 0 to 100, not '%s'", n);
	if (r)
		return r;
	path = realpath(a->words.data[2], NULL); /* what `feed update` will open, wherever it is called */
	ask_begin(&q, "feed add");
	json_str(&q, "name", a->words.data[0]);
	json_str(&q, "format", a->words.data[1]);
	json_str(&q, "source", path ? path : a->words.data[2]);
	ask_option(a, &q, "category", "category");
	ask_option(a, &q, "action", "action");
	if (n)
		json_u64(&q, "confidence", confidence);
	json_bool(&q, "observe", args_get(a, "observe") != NULL);
	return send_feed(a, &q, path ? path : a->words.data[2]);
}

static int get_feeds(const struct args *a, struct jsonin **ret)
{
	struct json q = { 0 };

	ask_begin(&q, "feed list");
	return ask(a, &q, NULL, 0, ret);
}

const struct cli_option cmd_feed_update_options[] = { { 0 } };

int cmd_feed_update(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	const char *name = a->words.len ? a->words.data[0] : NULL;
	int r = args_need_words(a, 0, 1), worst = EXIT_DONE, done = 0;
	const struct jsonin *list;

	if (!r)
		r = get_feeds(a, &s);
	if (r)
		return r;
	list = jsonin_get(s, "feeds");
	for (size_t i = 0; i < jsonin_len(list); i++) {
		const char *feed = jsonin_str(jsonin_at(list, i), "name"), *source = jsonin_str(jsonin_at(list, i), "source");
		struct json q = { 0 };

		if (!feed || !source || !source[0] || (name && strcmp(name, feed)))
			continue;
		ask_begin(&q, "feed update");
		json_str(&q, "name", feed);
		r = send_feed(a, &q, source);
		worst = r ? r : worst;
		done++;
	}
	if (done)
		return worst;
	return cli_fail(a, EXIT_NOTHING, name ? "no feed '%s'; `cordon feed list` shows what there is" : "no feed has a file to read%s",
			name ? name : "");
}

const struct cli_option cmd_feed_remove_options[] = { { 0 } };

int cmd_feed_remove(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, "feed remove");
	json_str(&q, "name", a->words.data[0]);
	return ask_plain(a, &q, "removed");
}

const struct cli_option cmd_feed_list_options[] = { { 0 } };

int cmd_feed_list(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	const struct jsonin *list;
	struct table t;
	int r = args_need_words(a, 0, 0);

	if (!r)
		r = get_feeds(a, &s);
	if (r || ask_json(a, s))
		return r;
	table_begin(&t, (const char *const[]){ "FEED", "FORMAT", "STATE", "ENTRIES", "ACTION", "UPDATED", "SOURCE", "ERROR", NULL });
	list = jsonin_get(s, "feeds");
	for (size_t i = 0; i < jsonin_len(list); i++) {
		const struct jsonin *f = jsonin_at(list, i);
		char n[24];

		snprintf(n, sizeof(n), "%llu", (unsigned long long)jsonin_u64(f, "accepted"));
		table_row(&t, (const char *const[]){ jsonin_str(f, "name"), jsonin_str(f, "format"), jsonin_str(f, "state"), n,
						     jsonin_str(f, "action"), text_or(jsonin_str(f, "updated"), "-"),
						     text_or(jsonin_str(f, "source"), "-"), jsonin_str(f, "error") });
	}
	table_print(&t);
	return EXIT_DONE;
}
