// SPDX-License-Identifier: BSD-2-Clause
/*
 * `cordon feed known|accept`: the public feeds that Cordon knows of. None is fetched before somebody who has read
 * its publisher's terms accepts it; what follows is `feed add` with what the stanza says.
 */
#include <stdio.h>
#include <string.h>

#include "base/lists.h"
#include "cli/feed.h"
#include "feed/known.h"

const struct cli_option cmd_feed_known_options[] = { { 0 } };

static const char *refresh_str(char *dst, size_t size, const struct feed_known *k)
{
	return str_duration(dst, size, k->refresh_ns);
}

static void known_json(struct json *j, const struct feed_known *k)
{
	json_begin(j, NULL, '{');
	json_str(j, "name", k->name);
	json_str(j, "address", k->address);
	json_str(j, "format", k->format);
	json_str(j, "licence", k->licence);
	json_str(j, "category", k->category);
	json_str(j, "action", action_name(k->action));
	json_u64(j, "confidence", k->confidence);
	json_u64(j, "refresh_s", k->refresh_ns / 1000000000ULL);
	json_bool(j, "needs_key", k->needs_key);
	json_end(j, '}');
}

int cmd_feed_known(const struct args *a)
{
	struct json j = { .pretty = a->pretty };
	struct strbuf err = { 0 };
	struct feed_known k;
	char every[32];
	struct table t;
	size_t at = 0;
	int n, r = args_need_words(a, 0, 0);

	if (r)
		return r;
	table_begin(&t, (const char *const[]){ "FEED", "CATEGORY", "FORMAT", "EVERY", "ACTION", "KEY", "LICENCE", "ADDRESS", NULL });
	json_begin(&j, NULL, '{');
	json_begin(&j, "feeds", '[');
	while ((n = feed_known_next(&at, &k, &err)) > 0) {
		known_json(&j, &k);
		table_row(&t, (const char *const[]){ k.name, k.category, k.format, refresh_str(every, sizeof(every), &k),
						     action_name(k.action), k.needs_key ? "yes" : "", k.licence, k.address });
	}
	json_end(&j, ']');
	json_end(&j, '}');
	if (n < 0)
		r = cli_fail(a, EXIT_FAILED, "%s", err.s);
	else if (a->json)
		r = cli_print_json(a, &j);
	else
		table_print(&t);
	json_done(&j);
	strbuf_done(&err);
	return r;
}

const struct cli_option cmd_feed_accept_options[] = {
	{ "auth-file", 0, "FILE", "one line: a header (Auth-Key: ...), or a bearer token; readable by the daemon's user" },
	{ "ca-file", 0, "FILE", "certificates to trust instead of the system's" },
	{ "proxy", 0, "URL", "through this proxy" },
	{ "action", 0, "observe|alert|drop|quarantine", "what a hit does; default: as feed known says" },
	{ "observe", 0, NULL, "say what would have been done, do nothing" },
	{ 0 },
};

/* EXIT_DONE with *ret, or the exit code, the message printed */
static int find_known(const struct args *a, const char *name, struct feed_known *ret)
{
	struct strbuf err = { 0 };
	size_t at = 0;
	int n;

	while ((n = feed_known_next(&at, ret, &err)) > 0)
		if (!strcmp(ret->name, name))
			return EXIT_DONE;
	n = n < 0 ? cli_fail(a, EXIT_FAILED, "%s", err.s)
		  : cli_fail(a, EXIT_NOTHING, "no feed '%s' is known; `cordon feed known` lists them, `cordon feed add` takes any other",
			     name);
	strbuf_done(&err);
	return n;
}

int cmd_feed_accept(const struct args *a)
{
	struct json q = { 0 };
	struct feed_known k;
	char every[32];
	int r = args_need_words(a, 1, 1);

	if (!r)
		r = find_known(a, a->words.data[0], &k);
	if (r)
		return r;
	if (k.needs_key && !args_get(a, "auth-file"))
		return cli_fail(a, EXIT_USAGE, "feed accept: %s wants a key in the request: --auth-file FILE", k.name);
	if (!a->json)
		printf("%s: %s; licence: %s; at most every %s\n", k.name, k.address, k.licence,
		       refresh_str(every, sizeof(every), &k));
	ask_begin(&q, "feed add");
	json_str(&q, "name", k.name);
	json_str(&q, "format", k.format);
	json_str(&q, "source", k.address);
	json_str(&q, "category", k.category);
	json_str(&q, "action", args_get(a, "action") ? args_get(a, "action") : action_name(k.action));
	json_u64(&q, "confidence", k.confidence);
	json_u64(&q, "refresh_ns", k.refresh_ns);
	json_bool(&q, "observe", args_get(a, "observe") != NULL);
	ask_option(a, &q, "auth-file", "auth_file");
	ask_option(a, &q, "ca-file", "ca_file");
	ask_option(a, &q, "proxy", "proxy");
	return feed_send(a, &q, k.address, false);
}
