/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cordon rules show|profile`: one rule as it was read (what it prints can be
 * loaded again), and what all of them cost.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/ask.h"

const struct cli_option cmd_rules_show_options[] = { { 0 } };
const struct cli_option cmd_rules_profile_options[] = {
	{ "top", 0, "N", "so many rules; default: 20, 0 is all" },
	{ 0 },
};

static unsigned long long number(const struct jsonin *o, const char *key)
{
	return (unsigned long long)jsonin_u64(o, key);
}

static void print_rule(const struct jsonin *e)
{
	const char *state = text_or(jsonin_str(e, "state"), "?"), *text = jsonin_str(e, "text");
	bool is_active = jsonin_get(e, "checks") != NULL;

	printf("# %s:%llu: %s\n", text_or(jsonin_str(e, "file"), "?"), number(e, "line"), state);
	if (is_active)
		printf("# %llu packets sent up, %llu candidates, %llu checks, %llu matches, %llu alerts, %llu ns\n",
		       number(e, "sent"), number(e, "candidates"),
		       number(e, "checks"), number(e, "matches"), number(e, "alerts"), number(e, "ns"));
	if (text)
		printf("%s%s\n", is_active ? "" : "# ", text);
	else
		printf("# %s: %s\n", text_or(jsonin_str(e, "keyword"), ""), text_or(jsonin_str(e, "reason"), "?"));
}

/* "SID" or "GID:SID" */
static int add_sid(const struct args *a, struct json *q)
{
	const char *s = a->words.data[0], *colon = strchr(s, ':');
	uint64_t gid = 1, sid;
	char text[16];

	if (colon && (size_t)(colon - s) < sizeof(text)) {
		str_copy(text, (size_t)(colon - s) + 1, s);
		if (str_to_u64(text, 1, UINT32_MAX, &gid))
			gid = 0;
	}
	if (!gid || str_to_u64(colon ? colon + 1 : s, 1, UINT32_MAX, &sid)) {
		json_done(q);
		return cli_fail(a, EXIT_USAGE, "rules show: '%s' is neither SID nor GID:SID", s);
	}
	json_u64(q, "gid", gid);
	json_u64(q, "sid", sid);
	return EXIT_DONE;
}

int cmd_rules_show(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	const struct jsonin *list;
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, "rules show");
	r = add_sid(a, &q);
	r = r ? r : ask(a, &q, NULL, 0, &s);
	if (r || ask_json(a, s))
		return r;
	list = jsonin_get(s, "rules");
	for (size_t i = 0; i < jsonin_len(list); i++)
		print_rule(jsonin_at(list, i));
	return EXIT_DONE;
}

static void print_profile(const struct jsonin *list, uint64_t top)
{
	static const char *const keys[] = { "sid", "sent", "shared_by", "kernel_ns", "candidates", "checks", "matches", "alerts", "ns", "ns_per_check" };
	struct table t;

	table_begin(&t, (const char *const[]){ "SID", "SENT", "SHARED BY", "KERNEL NS", "CANDIDATES", "CHECKS", "MATCHES", "ALERTS", "NS", "NS/CHECK", "KERNEL", "MESSAGE", NULL });
	for (size_t i = 0; i < jsonin_len(list) && (!top || i < top); i++) {
		const struct jsonin *e = jsonin_at(list, i);
		char n[ARRAY_SIZE(keys)][24];

		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			snprintf(n[k], sizeof(n[k]), "%llu", number(e, keys[k]));
		table_row(&t, (const char *const[]){ n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], jsonin_str(e, "kernel"), jsonin_str(e, "msg") });
	}
	table_print(&t);
}

int cmd_rules_profile(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	const char *text = args_get(a, "top");
	struct json q = { 0 };
	uint64_t top = 20;
	int r = args_need_words(a, 0, 0);

	if (r)
		return r;
	if (text && str_to_u64(text, 0, UINT32_MAX, &top))
		return cli_fail(a, EXIT_USAGE, "--top: '%s' is no number", text);
	ask_begin(&q, "rules profile");
	r = ask(a, &q, NULL, 0, &s);
	if (r || ask_json(a, s))
		return r;
	print_profile(jsonin_get(s, "profile"), top);
	return EXIT_DONE;
}
