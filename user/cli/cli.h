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

#include "base/json.h"
#include "base/vec.h"

/* exit codes (design.md section 6) */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_DAEMON = 3, EXIT_NOTHING = 4 };

struct cli_option {
	const char *name;	/* "for" for --for; NULL ends the list */
	char letter;		/* 'c' for -c; 0: none */
	const char *value;	/* "DURATION"; NULL: a flag */
	const char *help;
};

/* parsed command line of one command */
struct args {
	bool json, pretty;
	VEC(struct { const struct cli_option *opt; const char *value; }) opts; /* in order, repeats kept */
	VEC(const char *) words; /* what is not an option */
};

struct cli_command {
	const char *name; /* "quarantine add" */
	int (*run)(const struct args *a);
	const struct cli_option *options; /* NULL: none */
	const char *words; /* "DEVICE", for the usage line */
	const char *help;  /* one line */
};

int cli_main(int argc, char **argv);
const char *args_get(const struct args *a, const char *name); /* last value; "" for a flag; NULL: not given */
/* error to stderr, as JSON under -j; returns @code */
int cli_fail(const struct args *a, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * cli_call() - one request to the daemon, one reply
 * @request: a JSON object, one line
 * @ret: the reply object as text; caller frees. EXIT_DONE, EXIT_NO_DAEMON (message printed), EXIT_FAILED
 */
int cli_call(const struct args *a, const char *request, char **ret);

#endif
