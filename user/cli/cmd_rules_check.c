/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cordon rules check FILE...`: what loads, what is refused and why, and which
 * rules are expensive for the kernel. The engine is built as the daemon builds
 * it; nothing is changed and no daemon is needed.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/cli.h"
#include "match/match.h"

const struct cli_option cmd_rules_check_options[] = {
	{ "var", 0, "NAME=VALUE", "a rule variable, e.g. HOME_NET=10.0.0.0/8; may be repeated" },
	{ "classification", 0, "FILE", "classification.config: priorities and categories of class types" },
	{ 0 },
};

#define VARS_MAX 64

/* the --var options; @text keeps the names, which lose their '=' */
static int read_vars(const struct args *a, struct rule_var *vars, char **text, size_t *ret_n)
{
	*ret_n = 0;
	for (size_t i = 0; i < a->opts.len; i++) {
		char *eq;

		if (strcmp(a->opts.data[i].opt->name, "var"))
			continue;
		if (*ret_n == VARS_MAX)
			return cli_fail(a, EXIT_USAGE, "more than %d variables", VARS_MAX);
		text[*ret_n] = strdup(a->opts.data[i].value);
		if (!text[*ret_n])
			return cli_fail(a, EXIT_FAILED, "out of memory");
		eq = strchr(text[*ret_n], '=');
		vars[*ret_n] = (struct rule_var){ .name = text[*ret_n], .value = eq ? eq + 1 : "" };
		(*ret_n)++;
		if (!eq || eq == text[*ret_n - 1])
			return cli_fail(a, EXIT_USAGE, "--var %s: not NAME=VALUE", a->opts.data[i].value);
		*eq = 0;
	}
	return 0;
}

static void refusals_json(struct json *j, const struct ruleset *rs)
{
	const struct rule_refusal *f;
	size_t n = ruleset_refusals(rs, &f);

	json_begin(j, "refusals", '[');
	for (size_t i = 0; i < n; i++) {
		json_begin(j, NULL, '{');
		json_str(j, "file", f[i].file);
		json_u64(j, "line", f[i].line);
		json_u64(j, "sid", f[i].sid);
		json_str(j, "keyword", f[i].keyword);
		json_str(j, "reason", f[i].reason);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void costs_json(struct json *j, const struct match_engine *e)
{
	const struct match_cost *c;
	size_t n = match_costs(e, &c);
	struct rule_info info;

	json_begin(j, "costs", '[');
	for (size_t i = 0; i < n; i++) {
		rule_info(c[i].rule, &info);
		json_begin(j, NULL, '{');
		json_str(j, "file", info.file);
		json_u64(j, "line", info.line);
		json_u64(j, "sid", info.sid);
		json_str(j, "why", c[i].why);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static int show_json(const struct args *a, const struct ruleset *rs, const struct match_engine *e)
{
	struct json j = { .pretty = a->pretty };
	const struct rule_refusal *f;
	int code;

	json_begin(&j, NULL, '{');
	json_u64(&j, "loaded", ruleset_count(rs));
	json_u64(&j, "refused", ruleset_refusals(rs, &f));
	json_u64(&j, "disabled", ruleset_disabled(rs, NULL));
	refusals_json(&j, rs);
	costs_json(&j, e);
	json_end(&j, '}');
	code = cli_print_json(a, &j);
	json_done(&j);
	return code;
}

static void show_text(const struct ruleset *rs, const struct match_engine *e)
{
	const struct rule_refusal *f;
	const struct match_cost *c;
	size_t refused = ruleset_refusals(rs, &f), costs = match_costs(e, &c);
	char keyword[64], reason[320];
	struct rule_info info;

	for (size_t i = 0; i < refused; i++) {
		str_escape(keyword, sizeof(keyword), f[i].keyword, strlen(f[i].keyword));
		str_escape(reason, sizeof(reason), f[i].reason, strlen(f[i].reason));
		printf("%s:%u: refused: %s%s%s\n", f[i].file, f[i].line, keyword, *keyword ? ": " : "", reason);
	}
	for (size_t i = 0; i < costs; i++) {
		rule_info(c[i].rule, &info);
		printf("%s:%u: expensive: %u: %s\n", info.file, info.line, info.sid, c[i].why);
	}
	printf("%zu loaded, %zu refused, %zu expensive", ruleset_count(rs), refused, costs);
	if (ruleset_disabled(rs, NULL))
		printf(", %zu disabled", ruleset_disabled(rs, NULL));
	printf("\n");
}

static int check(const struct args *a, const struct rule_var *vars, size_t n_vars)
{
	struct ruleset *rs = NULL;
	struct match_engine *e = NULL;
	struct strbuf err = { 0 };
	int code = EXIT_DONE;

	if (ruleset_load(a->words.data, a->words.len, vars, n_vars, args_get(a, "classification"), &rs, &err) ||
	    match_build(rs, &e, &err))
		code = cli_fail(a, EXIT_FAILED, "%s", err.len ? err.s : "out of memory");
	else if (a->json)
		code = show_json(a, rs, e);
	else
		show_text(rs, e);
	if (!code && !ruleset_count(rs))
		code = EXIT_NOTHING;
	match_free(e);
	ruleset_free(rs);
	strbuf_done(&err);
	return code;
}

int cmd_rules_check(const struct args *a)
{
	struct rule_var vars[VARS_MAX];
	char *text[VARS_MAX] = { NULL };
	size_t n;
	int code = args_need_words(a, 1, SIZE_MAX);

	if (code)
		return code;
	code = read_vars(a, vars, text, &n);
	if (!code)
		code = check(a, vars, n);
	for (size_t i = 0; i < VARS_MAX; i++)
		free(text[i]);
	return code;
}
