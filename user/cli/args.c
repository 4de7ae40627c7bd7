// SPDX-License-Identifier: BSD-2-Clause
/*
 * The options of one command line, by rows: --name VALUE, --name=VALUE, -n
 * VALUE, -nVALUE, flags in a bundle (-jp), repeats kept in order, -- ends them.
 */
#include "cli/cli.h"

#include <string.h>

#include "base/cleanup.h"

const struct cli_option cli_global_options[] = {
	{ "json", 'j', NULL, "print JSON, errors too" },
	{ "pretty", 'p', NULL, "indent JSON (with -j)" },
	{ "socket", 0, "PATH", "control socket of the daemon (or CORDON_SOCKET)" },
	{ "help", 'h', NULL, "this text" },
	{ 0 },
};

#define OPTIONS_MAX 64 /* of one command, global ones included; only for the search of the nearest */

static const struct cli_option *find_long(const struct cli_option *rows, const char *name, size_t n)
{
	for (; rows->name; rows++)
		if (strlen(rows->name) == n && !memcmp(rows->name, name, n))
			return rows;
	return NULL;
}

static const struct cli_option *find_letter(const struct cli_option *rows, char letter)
{
	for (; rows->name; rows++)
		if (rows->letter && rows->letter == letter)
			return rows;
	return NULL;
}

static int unknown_long(const struct args *a, const char *name, size_t n)
{
	const struct cli_option *lists[] = { a->command->options, cli_global_options };
	const char *names[OPTIONS_MAX + 1], *near;
	char asked[64];
	size_t k = 0, i;

	for (i = 0; i < ARRAY_SIZE(lists); i++)
		for (const struct cli_option *o = lists[i]; o->name && k < OPTIONS_MAX; o++)
			names[k++] = o->name;
	names[k] = NULL;
	str_copy(asked, n < sizeof(asked) ? n + 1 : sizeof(asked), name);
	near = str_nearest(asked, names);
	if (near)
		return cli_fail(a, EXIT_USAGE, "%s: unknown option '--%s' (did you mean '--%s'?)",
				a->command->name, asked, near);
	return cli_fail(a, EXIT_USAGE, "%s: unknown option '--%s'; 'cordon %s --help' lists them",
			a->command->name, asked, a->command->name);
}

static int take(struct args *a, const struct cli_option *o, const char *value)
{
	__typeof__(*a->opts.data) row = { o, value };

	if (o == &cli_global_options[0])
		a->json = true;
	else if (o == &cli_global_options[1])
		a->pretty = true;
	else if (o == &cli_global_options[2])
		a->socket = value;
	else if (o == &cli_global_options[3])
		a->help = true;
	else if (vec_push(&a->opts, row))
		return cli_fail(a, EXIT_FAILED, "out of memory");
	return EXIT_DONE;
}

/* --name or --name=VALUE; *i moves on when the value is the next word */
static int parse_long(struct args *a, int argc, char **argv, int *i)
{
	const char *name = argv[*i] + 2, *eq = strchr(name, '=');
	size_t n = eq ? (size_t)(eq - name) : strlen(name);
	const struct cli_option *o = find_long(a->command->options, name, n);

	if (!o)
		o = find_long(cli_global_options, name, n);
	if (!o)
		return unknown_long(a, name, n);
	if (!o->value && eq)
		return cli_fail(a, EXIT_USAGE, "%s: option '--%s' takes no value", a->command->name, o->name);
	if (!o->value)
		return take(a, o, "");
	if (eq)
		return take(a, o, eq + 1);
	if (*i + 1 >= argc)
		return cli_fail(a, EXIT_USAGE, "%s: option '--%s' needs a value: %s", a->command->name,
				o->name, o->value);
	return take(a, o, argv[++*i]);
}

/* -n VALUE, -nVALUE, or a bundle of flags */
static int parse_short(struct args *a, int argc, char **argv, int *i)
{
	const char *p;
	int r;

	for (p = argv[*i] + 1; *p; p++) {
		const struct cli_option *o = find_letter(a->command->options, *p);

		if (!o)
			o = find_letter(cli_global_options, *p);
		if (!o)
			return cli_fail(a, EXIT_USAGE, "%s: unknown option '-%c'; 'cordon %s --help' lists them",
					a->command->name, *p, a->command->name);
		if (o->value && p[1])
			return take(a, o, p + 1);
		if (o->value && *i + 1 >= argc)
			return cli_fail(a, EXIT_USAGE, "%s: option '-%c' needs a value: %s",
					a->command->name, *p, o->value);
		r = take(a, o, o->value ? argv[++*i] : "");
		if (r || o->value)
			return r;
	}
	return EXIT_DONE;
}

int args_parse(struct args *a, int argc, char **argv)
{
	bool only_words = false;
	int i, r = EXIT_DONE;

	for (i = 0; i < argc && !r; i++) {
		if (only_words || argv[i][0] != '-' || !argv[i][1])
			r = vec_push(&a->words, argv[i]) ? cli_fail(a, EXIT_FAILED, "out of memory") : 0;
		else if (!strcmp(argv[i], "--"))
			only_words = true;
		else if (argv[i][1] == '-')
			r = parse_long(a, argc, argv, &i);
		else
			r = parse_short(a, argc, argv, &i);
	}
	return r;
}

void args_done(struct args *a)
{
	vec_done(&a->opts);
	vec_done(&a->words);
}

const char *args_get(const struct args *a, const char *name)
{
	const char *ret = NULL;
	size_t i;

	for (i = 0; i < a->opts.len; i++)
		if (!strcmp(a->opts.data[i].opt->name, name))
			ret = a->opts.data[i].value;
	return ret;
}

const char *args_get_nth(const struct args *a, const char *name, size_t nth)
{
	size_t i;

	for (i = 0; i < a->opts.len; i++)
		if (!strcmp(a->opts.data[i].opt->name, name) && !nth--)
			return a->opts.data[i].value;
	return NULL;
}

int args_need_words(const struct args *a, size_t min, size_t max)
{
	if (a->words.len >= min && a->words.len <= max)
		return EXIT_DONE;
	return cli_fail(a, EXIT_USAGE, "%s '%s'; usage: cordon %s %s",
			a->words.len < min ? "missing argument of" : "too many arguments for",
			a->command->name, a->command->name, a->command->words);
}
