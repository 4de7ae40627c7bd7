/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cordon rules load|list`: the rules of the running daemon. The files are
 * opened here, by who asks. (`rules check` needs no daemon: cmd_rules_check.c.)
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cli/ask.h"
#include "rule/rule.h"

const struct cli_option cmd_rules_load_options[] = { { 0 } };

static int open_all(const struct args *a, int *fds)
{
	for (size_t i = 0; i < a->words.len; i++) {
		uint8_t kind;
		const char *path = rule_file_path(a->words.data[i], &kind);

		fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			return cli_fail(a, EXIT_FAILED, "%s: %s", path, strerror(errno));
	}
	return EXIT_DONE;
}

static void print_load(const struct jsonin *s)
{
	const struct jsonin *list = jsonin_get(s, "refusals");

	printf("%llu rules in force, %llu refused\n", (unsigned long long)jsonin_u64(s, "loaded"),
	       (unsigned long long)jsonin_u64(s, "refused"));
	for (size_t i = 0; i < jsonin_len(list) && i < 20; i++) {
		const struct jsonin *f = jsonin_at(list, i);

		printf("  %s:%llu: %s%s%s\n", text_or(jsonin_str(f, "file"), "?"), (unsigned long long)jsonin_u64(f, "line"),
		       text_or(jsonin_str(f, "keyword"), ""), text_or(jsonin_str(f, "keyword"), "")[0] ? ": " : "",
		       text_or(jsonin_str(f, "reason"), "?"));
	}
	if (jsonin_len(list) > 20)
		printf("  and more; `cordon rules check` or -j shows all\n");
}

int cmd_rules_load(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	int fds[CLI_FILES_MAX], r = args_need_words(a, 1, CLI_FILES_MAX);
	struct json q = { 0 };

	if (!r)
		r = open_all(a, fds);
	if (r)
		return r;
	ask_begin(&q, "rules load");
	json_begin(&q, "names", '[');
	for (size_t i = 0; i < a->words.len; i++)
		json_str(&q, NULL, a->words.data[i]);
	json_end(&q, ']');
	r = ask(a, &q, fds, a->words.len, &s);
	if (!r && !ask_json(a, s))
		print_load(s);
	return r;
}

const struct cli_option cmd_rules_list_options[] = { { 0 } };

int cmd_rules_list(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	const struct jsonin *list;
	struct json q = { 0 };
	struct table t;
	int r = args_need_words(a, 0, 0);

	if (r)
		return r;
	ask_begin(&q, "rules list");
	r = ask(a, &q, NULL, 0, &s);
	if (r || ask_json(a, s))
		return r;
	table_begin(&t, (const char *const[]){ "SID", "REV", "STATE", "ACTION", "PRIORITY", "CLASS", "MESSAGE", NULL });
	list = jsonin_get(s, "rules");
	for (size_t i = 0; i < jsonin_len(list); i++) {
		const struct jsonin *e = jsonin_at(list, i);
		char sid[24], rev[24], priority[24];

		snprintf(sid, sizeof(sid), "%llu", (unsigned long long)jsonin_u64(e, "sid"));
		snprintf(rev, sizeof(rev), "%llu", (unsigned long long)jsonin_u64(e, "rev"));
		snprintf(priority, sizeof(priority), "%llu", (unsigned long long)jsonin_u64(e, "severity"));
		table_row(&t, (const char *const[]){ sid, rev, text_or(jsonin_str(e, "state"), "?"), text_or(jsonin_str(e, "action"), "-"), priority,
						     text_or(jsonin_str(e, "classtype"), "-"), text_or(jsonin_str(e, "msg"), "-") });
	}
	table_print(&t);
	return EXIT_DONE;
}
