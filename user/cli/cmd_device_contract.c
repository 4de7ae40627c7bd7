/* SPDX-License-Identifier: BSD-2-Clause */
/* `cordon device contract`: the applications a device talks, and those it may. */
#include <stdio.h>

#include "cli/ask.h"

const struct cli_option cmd_device_contract_options[] = {
	{ "enforce", 0, NULL, "from now on only the applications it was seen with; flows of others are dropped" },
	{ "allow", 0, "APP", "one more" },
	{ "forbid", 0, "APP", "one less" },
	{ "off", 0, NULL, "no contract is in force; what it denied is not learned" },
	{ 0 },
};

static void row(struct table *t, const char *head, const struct jsonin *c, const char *key)
{
	char text[512];

	table_row(t, (const char *const[]){ head, text_or(joined(text, sizeof(text), jsonin_get(c, key)), "-") });
}

static void print_contract(const struct jsonin *c)
{
	bool in_force = jsonin_bool(c, "in_force");
	char text[48];
	struct table t;

	table_begin(&t, (const char *const[]){ "device", text_or(jsonin_str(c, "device"), ""), NULL });
	table_row(&t, (const char *const[]){ "name", text_or(jsonin_str(c, "name"), "-") });
	table_row(&t, (const char *const[]){ "contract", in_force ? "in force" : "none; it is being learned" });
	table_row(&t, (const char *const[]){ "seen since", jsonin_str(c, "first_seen") });
	row(&t, "uses", c, "uses");
	row(&t, "serves", c, "serves");
	if (in_force) {
		row(&t, "may use", c, "may_use");
		row(&t, "may serve", c, "may_serve");
		row(&t, "seen outside", c, "outside");
		snprintf(text, sizeof(text), "%llu", (unsigned long long)jsonin_u64(c, "denied"));
		table_row(&t, (const char *const[]){ "denied flows", text });
	}
	table_print(&t);
}

static int show(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	struct json q = { 0 };
	int r;

	ask_begin(&q, "device contract");
	json_str(&q, "device", a->words.data[0]);
	r = ask(a, &q, NULL, 0, &s);
	if (r || ask_json(a, s))
		return r;
	print_contract(jsonin_get(s, "contract"));
	return r;
}

int cmd_device_contract(const struct args *a)
{
	static const char *const changes[] = { "enforce", "allow", "forbid", "off" };
	const char *what = NULL, *value = NULL;
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	if (a->opts.len > 1)
		return cli_fail(a, EXIT_USAGE, "one change at a time");
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]) && !value; i++) {
		what = changes[i];
		value = args_get(a, what);
	}
	if (!value)
		return show(a);
	ask_begin(&q, "device contract change");
	json_str(&q, "device", a->words.data[0]);
	json_str(&q, "what", what);
	json_str(&q, "app", value);
	return ask_plain(a, &q, "done");
}
