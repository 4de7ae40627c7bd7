/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line: one row per command (commands.h), one file per command
 * (cmd_*.c). Options are rows too, so that parsing, --help and completion
 * come from one place.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/json.h"
#include "base/vec.h"
#include "cli/commands.h"

#define CORDON_VERSION "0.1"

/* exit codes (design.md section 6) */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_DAEMON = 3, EXIT_NOTHING = 4 };

struct cli_option {
	const char *name;	/* "for" for --for; NULL ends the list */
	char letter;		/* 'c' for -c; 0: none */
	const char *value;	/* "DURATION"; NULL: a flag */
	const char *help;
};

/* parsed command line of one command; text points into argv */
struct args {
	const struct cli_command *command; /* NULL until it is known */
	const char *socket;		   /* --socket; NULL: not given */
	bool json, pretty, help;
	VEC(struct { const struct cli_option *opt; const char *value; }) opts; /* in order, repeats kept */
	VEC(const char *) words; /* what is not an option */
};

struct cli_command {
	const char *name; /* "quarantine add" */
	int (*run)(const struct args *a);
	const struct cli_option *options; /* ends with { 0 } */
	const char *group; /* heading of --help */
	const char *words; /* "DEVICE", for the usage line; "" */
	const char *help;  /* one line */
};

int cli_main(int argc, char **argv);
const char *args_get(const struct args *a, const char *name); /* last value; "" for a flag; NULL: not given */
/* the @i-th value of a repeated option, in order; NULL: no more */
const char *args_get_nth(const struct args *a, const char *name, size_t i);
/* exactly @min ... @max words? else the usage line as an error, EXIT_USAGE; EXIT_DONE when right */
int args_need_words(const struct args *a, size_t min, size_t max);
/* error to stderr, as {"error":TEXT,"code":N} under -j; returns @code */
int cli_fail(const struct args *a, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* a finished JSON value to stdout with a newline; clears it. EXIT_FAILED when stdout is full or closed */
int cli_print_json(const struct args *a, struct json *j);

/*
 * The control socket: unix, SOCK_STREAM, one JSON object a line each way. The
 * daemon speaks first: {"cordon":1}, the version of this protocol.
 */
#define CLI_PROTOCOL 1

/*
 * cli_call() - one request to the daemon, one reply
 * @request: a JSON object, one line
 * @ret: the reply object as text; caller frees. EXIT_DONE, EXIT_NO_DAEMON (message printed), EXIT_FAILED
 */
int cli_call(const struct args *a, const char *request, char **ret);

/* the same with open files, at most CLI_FILES_MAX: the daemon may not read what the caller can */
#define CLI_FILES_MAX 64
int cli_call_files(const struct args *a, const char *request, const int *files, size_t n_files, char **ret);

/*
 * cli_stream() - one request, one reply of any length, looked at while it comes
 * @take: is given all of the line that is there and not yet taken, without its newline, and whether it is whole;
 *        returns how many bytes it has taken, or an exit code negated
 * Return: EXIT_DONE; -@take's; EXIT_NO_DAEMON, EXIT_FAILED (message printed)
 */
int cli_stream(const struct args *a, const char *request, ssize_t (*take)(const char *p, size_t n, bool whole, void *ctx),
	       void *ctx);

/*
 * cli_follow() - one request, many reply lines
 * @line: called with each line, no newline, terminated; anything but 0 ends it and is returned
 * Return: what @line returned; EXIT_DONE when the daemon closed; EXIT_NO_DAEMON, EXIT_FAILED (message printed)
 */
int cli_follow(const struct args *a, const char *request, int (*line)(const char *text, void *ctx), void *ctx);

/* --- between cli.c, args.c and usage.c --- */

/* global options and those of @a->command; EXIT_DONE or EXIT_USAGE (message printed) */
int args_parse(struct args *a, int argc, char **argv);
void args_done(struct args *a);
void usage_program(const struct cli_command *rows, size_t n);
void usage_command(const struct cli_command *c);
extern const struct cli_option cli_global_options[];

#define CLI_X_DECLARE(id, ...)                                                                     \
	int cmd_##id(const struct args *a);                                                        \
	extern const struct cli_option cmd_##id##_options[];
COMMAND_LIST(CLI_X_DECLARE)

#endif
