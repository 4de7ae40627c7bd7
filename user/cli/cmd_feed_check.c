// SPDX-License-Identifier: BSD-2-Clause
/*
 * `cordon feed check [FORMAT:]FILE`: the feed goes through the worker and the
 * checks that `feed add` uses, and nothing is changed. Needs no daemon. Exit 0
 * when the daemon would take it, whatever lines it refuses.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/cli.h"
#include "feed/feed.h"

const struct cli_option cmd_feed_check_options[] = {
	{"all", 0, NULL, "every refusal kept (1000), not the first ten"},
	{0},
};

#define SHOWN 10

/* the states of a feed that differ in what to do about them */
static const char *state_of(int r)
{
	switch (r) {
	case 0:
		return "good";
	case -ENODATA:
		return "empty";
	case -ENOENT:
		return "missing";
	case -EINVAL:
		return "garbled";
	default:
		return "unreadable";
	}
}

static void reason_json(const char *name, uint64_t n, void *ctx)
{
	json_u64(ctx, name, n);
}

static void marks_json(struct json *j, const struct feed_report *rep)
{
	json_begin(j, "marks", '{');
	for (unsigned int i = 1; i < FEED_MARKS; i++)
		if (rep->marks[i])
			json_u64(j, indicator_mark(&(struct indicator){.mark = (uint8_t)i}),
				 rep->marks[i]);
	json_end(j, '}');
}

static void to_json(struct json *j, const char *path, const struct feed_report *rep, int r)
{
	json_begin(j, NULL, '{');
	json_str(j, "file", path);
	json_str(j, "state", state_of(r));
	json_str(j, "format", rep->format);
	json_u64(j, "lines", rep->lines);
	json_u64(j, "accepted", rep->accepted);
	json_u64(j, "refused", rep->refused);
	json_begin(j, "reasons", '{');
	feed_reasons_each(rep->reasons, reason_json, j);
	json_end(j, '}');
	marks_json(j, rep);
	json_begin(j, "refusals", '[');
	for (size_t i = 0; i < rep->refusals.len; i++) {
		json_begin(j, NULL, '{');
		json_u64(j, "line", rep->refusals.data[i].line);
		json_str(j, "name", feed_reason_name(rep->refusals.data[i].code));
		json_str(j, "reason", rep->refusals.data[i].reason);
		json_end(j, '}');
	}
	json_end(j, ']');
	json_end(j, '}');
}

static void to_text(const char *path, const struct feed_report *rep, bool all)
{
	size_t n = all || rep->refusals.len < SHOWN ? rep->refusals.len : SHOWN;

	printf("%s: format %s, %" PRIu64 " lines, %" PRIu64 " accepted, %" PRIu64 " refused\n",
	       path, rep->format[0] ? rep->format : "unknown", rep->lines, rep->accepted,
	       rep->refused);
	for (size_t i = 0; i < n; i++)
		printf("%s:%" PRIu32 ": %s\n", path, rep->refusals.data[i].line,
		       rep->refusals.data[i].reason);
	if (rep->refused > n)
		printf("... and %" PRIu64 " more%s\n", rep->refused - n, all ? "" : " (--all)");
}

static int show(const struct args *a, const char *path, const struct feed_report *rep, int r)
{
	struct json j = {.pretty = a->pretty};
	int code;

	if (!a->json) {
		to_text(path, rep, args_get(a, "all"));
		return EXIT_DONE;
	}
	to_json(&j, path, rep, r);
	code = cli_print_json(a, &j);
	json_done(&j);
	return code;
}

int cmd_feed_check(const struct args *a)
{
	struct feed_opts opts = {.action = CORDON_ACTION_ALERT, .now_ns = clock_wall_ns()};
	struct indicators in = {0};
	struct feed_report rep = {0};
	struct strbuf err = {0};
	char format[32];
	const char *path;
	int r, code = args_need_words(a, 1, 1);

	if (code)
		return code;
	feed_split(a->words.data[0], format, &path);
	opts.name = path;
	r = feed_parse_file(format, path, &opts, &in, &rep, &err);
	if (!r || rep.lines || rep.refused)
		code = show(a, path, &rep, r);
	if (r)
		code = cli_fail(a, EXIT_FAILED, "%s", err.failed ? "out of memory" : err.s);
	indicators_done(&in);
	feed_report_done(&rep);
	strbuf_done(&err);
	return code;
}
