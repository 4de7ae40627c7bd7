/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cordon feed add|update|remove|list|show|rollback|promote`. The file is opened here, by who asks,
 * and passed to the daemon, which may read little.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/http.h"
#include "cli/ask.h"
#include "cli/feed.h"
#include "cordon_limits.h"
#include "feed/parts.h"

const struct cli_option cmd_feed_add_options[] = {
	{ "category", 0, "TEXT", "shown in alerts; default: threat" },
	{ "action", 0, "observe|alert|drop|quarantine", "what a hit does; default: by its category" },
	{ "confidence", 0, "N", "0 to 100; default: 50" },
	{ "observe", 0, NULL, "say what would have been done, do nothing" },
	{ "refresh", 0, "DURATION", "how often an address is fetched; default: 1h" },
	{ "ca-file", 0, "FILE", "certificates to trust instead of the system's" },
	{ "proxy", 0, "URL", "through this proxy" },
	{ "auth-file", 0, "FILE", "one line: a header (Auth-Key: ...), or a bearer token; readable by the daemon's user" },
	{ "key", 0, "KEY", "who must have signed it (Ed25519, base64); the signature stands beside it as SOURCE.sig" },
	{ "alert-below", 0, "N", "entries of less confidence alert only; default: 50" },
	{ "valid-for", 0, "DURATION", "an entry without an end of its own ends so long after the source last listed it" },
	{ "min-entries", 0, "N", "a new version with fewer is refused" },
	{ "max-entries", 0, "N", "a new version with more is refused" },
	{ "max-removed", 0, "PERCENT", "a new version without so many of the last one's entries is refused; default: 50" },
	{ 0 },
};

/* a file is opened by who asks; what has an address is fetched by the daemon: *ret is -1 */
static int open_source(const struct args *a, const char *path, bool is_signed, int *ret)
{
	*ret = -1;
	if (http_is_url(path))
		return EXIT_DONE;
	*ret = feed_open(path, is_signed);
	if (*ret == -ENOKEY)
		return cli_fail(a, EXIT_FAILED, "%s: signature_missing: this feed has a key, and there is no %s.sig", path, path);
	return *ret < 0 ? cli_fail(a, EXIT_FAILED, "%s: %s", path, strerror(-*ret)) : EXIT_DONE;
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

int feed_send(const struct args *a, struct json *q, const char *path, bool is_signed)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	_cleanup_close_ int fd = -1;
	int r = open_source(a, path, is_signed, &fd);

	if (r) {
		json_done(q);
		return r;
	}
	r = ask(a, q, &fd, fd >= 0, &s);
	if (!r && !ask_json(a, s))
		print_report(s);
	return r;
}

static int add_limits(const struct args *a, struct json *q)
{
	static const struct {
		const char *option, *key;
		uint64_t min, max;
	} limits[] = { { "alert-below", "alert_below", 0, 100 },
		       { "min-entries", "min_entries", 0, CORDON_FEED_ENTRIES },
		       { "max-entries", "max_entries", 1, CORDON_FEED_ENTRIES },
		       { "max-removed", "max_removed", 1, 100 } };

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		const char *s = args_get(a, limits[i].option);
		uint64_t n;

		if (s && str_to_u64(s, limits[i].min, limits[i].max, &n))
			return cli_fail(a, EXIT_USAGE, "--%s: a number from %llu to %llu, not '%s'", limits[i].option,
					(unsigned long long)limits[i].min, (unsigned long long)limits[i].max, s);
		if (s)
			json_u64(q, limits[i].key, n);
	}
	return EXIT_DONE;
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
	ask_option(a, &q, "ca-file", "ca_file");
	ask_option(a, &q, "proxy", "proxy");
	ask_option(a, &q, "auth-file", "auth_file");
	ask_option(a, &q, "key", "key");
	r = ask_duration(a, &q, "refresh", "refresh_ns");
	if (!r)
		r = ask_duration(a, &q, "valid-for", "valid_ns");
	if (!r)
		r = add_limits(a, &q);
	if (r) {
		json_done(&q);
		return r;
	}
	return feed_send(a, &q, path ? path : a->words.data[2], text_or(args_get(a, "key"), "")[0]);
}

int feed_get_all(const struct args *a, struct jsonin **ret)
{
	struct json q = { 0 };

	ask_begin(&q, "feed list");
	return ask(a, &q, NULL, 0, ret);
}

const struct cli_option cmd_feed_update_options[] = {
	{ "force", 0, NULL, "whatever the limits on entries and changes say" },
	{ 0 },
};

int cmd_feed_update(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	const char *name = a->words.len ? a->words.data[0] : NULL;
	int r = args_need_words(a, 0, 1), worst = EXIT_DONE, done = 0;
	const struct jsonin *list;

	if (!r)
		r = feed_get_all(a, &s);
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
		json_bool(&q, "force", args_get(a, "force") != NULL);
		r = feed_send(a, &q, source, text_or(jsonin_str(jsonin_at(list, i), "key"), "")[0]);
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
		r = feed_get_all(a, &s);
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

const struct cli_option cmd_feed_rollback_options[] = { { 0 } };

int cmd_feed_rollback(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	struct json q = { 0 };
	uint64_t generation = 0;
	int r = args_need_words(a, 1, 2);

	if (!r && a->words.len > 1 && str_to_u64(a->words.data[1], 1, UINT32_MAX, &generation))
		r = cli_fail(a, EXIT_USAGE, "feed rollback: a generation is a number, not '%s'", a->words.data[1]);
	if (r)
		return r;
	ask_begin(&q, "feed rollback");
	json_str(&q, "name", a->words.data[0]);
	json_u64(&q, "generation", generation);
	r = ask(a, &q, NULL, 0, &s);
	if (!r && !ask_json(a, s))
		printf("feed %s: generation %llu is in force: %llu entries\n", a->words.data[0],
		       (unsigned long long)jsonin_u64(s, "feed_generation"), (unsigned long long)jsonin_u64(s, "accepted"));
	return r;
}

const struct cli_option cmd_feed_promote_options[] = { { 0 } };

int cmd_feed_promote(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, "feed promote");
	json_str(&q, "name", a->words.data[0]);
	return ask_plain(a, &q, "its entries are enforced");
}

const struct cli_option cmd_feed_show_options[] = { { 0 } };

static void print_generations(const struct jsonin *list)
{
	struct table t;

	table_begin(&t, (const char *const[]){ "GENERATION", "READ", "ENTRIES", "REFUSED", "ADDED", "REMOVED", "IN FORCE", NULL });
	for (size_t i = 0; i < jsonin_len(list); i++) {
		const struct jsonin *g = jsonin_at(list, i);
		static const char *const keys[] = { "generation", "accepted", "refused", "added", "removed" };
		char n[ARRAY_SIZE(keys)][24];

		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			snprintf(n[k], sizeof(n[k]), "%llu", (unsigned long long)jsonin_u64(g, keys[k]));
		table_row(&t, (const char *const[]){ n[0], jsonin_str(g, "read"), n[1], n[2], n[3], n[4],
						     jsonin_bool(g, "in_force") ? "yes" : "" });
	}
	table_print(&t);
}

static void print_feed(const struct jsonin *s)
{
	const struct jsonin *reasons = jsonin_get(s, "reasons"), *list = jsonin_get(s, "refusals"), *n;
	const char *name, *error = jsonin_str(s, "error");
	char age[32];

	printf("%s: %s, %s from %s\n", text_or(jsonin_str(s, "name"), "?"), text_or(jsonin_str(s, "state"), "?"),
	       text_or(jsonin_str(s, "format"), "?"), text_or(jsonin_str(s, "source"), "-"));
	printf("action %s%s, confidence %llu, category %s\n", text_or(jsonin_str(s, "action"), "?"),
	       jsonin_bool(s, "observe") ? " (observe)" : "", (unsigned long long)jsonin_u64(s, "confidence"),
	       text_or(jsonin_str(s, "category"), "-"));
	printf("%llu entries, %s old; %llu refused, %llu guarded, %llu hits\n", (unsigned long long)jsonin_u64(s, "accepted"),
	       seconds_str(age, sizeof(age), jsonin_u64(s, "age_s")), (unsigned long long)jsonin_u64(s, "refused"),
	       (unsigned long long)jsonin_u64(s, "guarded"), (unsigned long long)jsonin_u64(s, "hits"));
	if (error && error[0])
		printf("last attempt: %s\n", error);
	print_generations(jsonin_get(s, "generations"));
	for (size_t i = 0; (name = jsonin_member(reasons, i, &n)); i++)
		printf("refused as %s: %llu\n", name, (unsigned long long)jsonin_number(n));
	for (size_t i = 0; i < jsonin_len(list) && i < 20; i++)
		printf("  line %llu: %s\n", (unsigned long long)jsonin_u64(jsonin_at(list, i), "line"),
		       text_or(jsonin_str(jsonin_at(list, i), "reason"), "?"));
	if (jsonin_len(list) > 20)
		printf("  and more; -j shows all that is kept\n");
}

int cmd_feed_show(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, "feed show");
	json_str(&q, "name", a->words.data[0]);
	r = ask(a, &q, NULL, 0, &s);
	if (!r && !ask_json(a, s))
		print_feed(s);
	return r;
}
