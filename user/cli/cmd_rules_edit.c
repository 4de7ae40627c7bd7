/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cordon rules enable|disable|suppress`: which rules are in force, said by
 * hand. The daemon keeps it, and it holds for whatever files are loaded.
 */
#include <stdio.h>
#include <string.h>

#include "cli/ask.h"

const struct cli_option cmd_rules_enable_options[] = { { 0 } };
const struct cli_option cmd_rules_disable_options[] = { { 0 } };
const struct cli_option cmd_rules_suppress_options[] = {
	{ "track", 0, "by_src|by_dst|by_either", "only when this end is of --ip" },
	{ "ip", 0, "CIDR", "the address or prefix that is not told of" },
	{ 0 },
};

static int edit(const struct args *a, const char *cmd, const char *done)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, cmd);
	json_str(&q, "target", a->words.data[0]);
	ask_option(a, &q, "track", "track");
	ask_option(a, &q, "ip", "ip");
	r = ask(a, &q, NULL, 0, &s);
	if (r || ask_json(a, s))
		return r;
	printf("%llu rule%s %s; %llu in force, %llu disabled\n", (unsigned long long)jsonin_u64(s, "matched"),
	       jsonin_u64(s, "matched") == 1 ? "" : "s", done, (unsigned long long)jsonin_u64(s, "loaded"),
	       (unsigned long long)jsonin_u64(s, "disabled"));
	return EXIT_DONE;
}

int cmd_rules_enable(const struct args *a)
{
	return edit(a, "rules enable", "enabled");
}

int cmd_rules_disable(const struct args *a)
{
	return edit(a, "rules disable", "disabled");
}

int cmd_rules_suppress(const struct args *a)
{
	return edit(a, "rules suppress", "suppressed");
}
