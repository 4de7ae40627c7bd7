// SPDX-License-Identifier: BSD-2-Clause
/*
 * Finds the command of the command line in the rows of commands.h and runs it.
 * Names have one to three words; an unknown one is answered with the nearest.
 */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define X_ROW(id, text, in_group, takes, says)                                                     \
	{ .name = text,                                                                            \
	  .run = cmd_##id,                                                                         \
	  .options = cmd_##id##_options,                                                           \
	  .group = in_group,                                                                       \
	  .words = takes,                                                                          \
	  .help = says },

static const struct cli_command commands[] = { COMMAND_LIST(X_ROW) };

#define COMMANDS ARRAY_SIZE(commands)

int cli_fail(const struct args *a, int code, const char *fmt, ...)
{
	char text[2048];
	struct json j = { .pretty = a->pretty };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!a->json) {
		fprintf(stderr, "cordon: %s\n", text);
		return code;
	}
	json_begin(&j, NULL, '{');
	json_str(&j, "error", text);
	json_i64(&j, "code", code);
	json_end(&j, '}');
	fprintf(stderr, "%s\n", j.b.failed ? "{\"error\":\"out of memory\"}" : j.b.s);
	json_done(&j);
	return code;
}

int cli_print_json(const struct args *a, struct json *j)
{
	bool failed = j->b.failed;

	if (!failed && (puts(j->b.s) < 0 || fflush(stdout)))
		return cli_fail(a, EXIT_FAILED, "cannot write to standard output: %s", strerror(errno));
	json_clear(j);
	return failed ? cli_fail(a, EXIT_FAILED, "out of memory") : EXIT_DONE;
}

/* --- finding the command --- */

#define COMMAND_WORDS 3 /* at most, in a name */

/* the row whose name is the next one to three words; *ret_used words belong to it */
static const struct cli_command *find_command(int argc, char *const *argv, int *ret_used)
{
	char name[64] = "";
	size_t n = 0, i;

	for (int words = 1; words <= COMMAND_WORDS && words <= argc; words++) {
		n += (size_t)snprintf(name + n, sizeof(name) - n, "%s%s", n ? " " : "", argv[words - 1]);
		if (n >= sizeof(name))
			break;
		for (i = 0; i < COMMANDS; i++)
			if (!strcmp(commands[i].name, name)) {
				*ret_used = words;
				return &commands[i];
			}
	}
	return NULL;
}

/* "add, release, list": the second words there are after @first; NULL when it begins no command */
static const char *second_words(const char *first, struct strbuf *b)
{
	size_t n = strlen(first), i;

	for (i = 0; i < COMMANDS; i++)
		if (!strncmp(commands[i].name, first, n) && commands[i].name[n] == ' ')
			strbuf_addf(b, "%s%s", b->len ? ", " : "", commands[i].name + n + 1);
	return b->s;
}

static const char *nearest_command(const char *first, const char *second)
{
	const char *names[COMMANDS + 1];
	char both[64];
	const char *near;
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	names[COMMANDS] = NULL;
	snprintf(both, sizeof(both), "%s%s%s", first, second ? " " : "", second ? second : "");
	near = str_nearest(both, names);
	return near ? near : str_nearest(first, names);
}

static int unknown_command(const struct args *a, const char *first, const char *second)
{
	struct strbuf b = { 0 };
	const char *more = second_words(first, &b);
	const char *near;
	int r;

	if (second && second[0] == '-')
		second = NULL;
	near = nearest_command(first, second);
	if (more && !second)
		r = cli_fail(a, EXIT_USAGE, "'%s' needs one of: %s", first, more);
	else if (more)
		r = cli_fail(a, EXIT_USAGE, "unknown command '%s %s'; '%s' needs one of: %s", first,
			     second, first, more);
	else if (near)
		r = cli_fail(a, EXIT_USAGE, "unknown command '%s' (did you mean '%s'?)", first, near);
	else
		r = cli_fail(a, EXIT_USAGE, "unknown command '%s'; 'cordon --help' lists them", first);
	strbuf_done(&b);
	return r;
}

/* is -j or --json given anywhere? known before parsing, so that a usage error is JSON too */
static bool wants_json(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "-j") || !strcmp(argv[i], "--json") ||
		    !strcmp(argv[i], "-jp") || !strcmp(argv[i], "-pj"))
			return true;
	return false;
}

static int run_command(struct args *a, int argc, char **argv)
{
	int r = args_parse(a, argc, argv);

	if (r)
		return r;
	if (a->help) {
		usage_command(a->command);
		return EXIT_DONE;
	}
	r = a->command->run(a);
	if ((ferror(stdout) || fflush(stdout)) && !r) /* what was written before the last buffer may have failed too */
		r = cli_fail(a, EXIT_FAILED, "cannot write to standard output: %s", strerror(errno));
	return r;
}

/* options before the command are the global ones: at most their values stand between */
static int skip_global(int argc, char **argv)
{
	int i = 1;

	while (i < argc && argv[i][0] == '-' && strcmp(argv[i], "--help") && strcmp(argv[i], "-h") &&
	       strcmp(argv[i], "--version"))
		i += !strcmp(argv[i], "--socket") ? 2 : 1;
	return i < argc ? i : argc;
}

int cli_main(int argc, char **argv)
{
	struct args a = { .json = wants_json(argc, argv) };
	int at = skip_global(argc, argv), used = 0, r;

	signal(SIGPIPE, SIG_IGN);
	if (at < argc && !strcmp(argv[at], "--version")) {
		a.command = find_command(1, (char *const[]){ "version" }, &used);
		return a.command->run(&a);
	}
	if (at < argc && argv[at][0] == '-') {
		usage_program(commands, COMMANDS);
		return EXIT_DONE;
	}
	if (at == argc)
		return cli_fail(&a, EXIT_USAGE, "no command given; 'cordon --help' lists them");
	a.command = find_command(argc - at, argv + at, &used);
	if (!a.command)
		return unknown_command(&a, argv[at], at + 1 < argc ? argv[at + 1] : NULL);
	/* what the command is called drops out, what stood before it stays */
	memmove(argv + 1 + used, argv + 1, (size_t)(at - 1) * sizeof(*argv));
	r = run_command(&a, argc - 1 - used, argv + 1 + used);
	args_done(&a);
	return r;
}
