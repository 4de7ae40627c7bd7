// SPDX-License-Identifier: BSD-2-Clause
/* --help, of the program and of each command, from the rows. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static void print_options(const struct cli_option *o)
{
	char left[64];

	for (; o->name; o++) {
		snprintf(left, sizeof(left), "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
		printf("  %c%c%c %-26s %s\n", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
		       o->letter ? ',' : ' ', left, o->help);
	}
}

void usage_program(const struct cli_command *rows, size_t n)
{
	char left[64];
	size_t i;

	puts("cordon: finds and stops infected devices on the network path\n\n"
	     "usage: cordon [-j] [-p] [--socket PATH] COMMAND [OPTIONS] [ARGUMENTS]\n"
	     "       cordon COMMAND --help");
	for (i = 0; i < n; i++) {
		if (!i || strcmp(rows[i].group, rows[i - 1].group))
			printf("\n%s\n", rows[i].group);
		snprintf(left, sizeof(left), "%s %s", rows[i].name, rows[i].words);
		printf("  %-34s %s\n", left, rows[i].help);
	}
	puts("\noptions of every command");
	print_options(cli_global_options);
	puts("      --version                  print version and build\n\n"
	     "exit status: 0 done, 1 failed, 2 usage, 3 daemon not reachable, 4 nothing matched");
}

void usage_command(const struct cli_command *c)
{
	printf("usage: cordon %s%s%s%s\n\n%s\n", c->name, c->options->name ? " [OPTIONS]" : "",
	       *c->words ? " " : "", c->words, c->help);
	if (c->options->name) {
		puts("\noptions");
		print_options(c->options);
	}
	puts("\noptions of every command");
	print_options(cli_global_options);
}
