// SPDX-License-Identifier: BSD-2-Clause
/* `cordon version`: of the program, of the layout it shares with the kernel half, of the control socket. */
#include <stdio.h>

#include "cli/cli.h"
#include "cordon_limits.h"

const struct cli_option cmd_version_options[] = { { 0 } };

int cmd_version(const struct args *a)
{
	struct json j = { .pretty = a->pretty };
	int r = args_need_words(a, 0, 0);

	if (r)
		return r;
	if (!a->json) {
		printf("cordon %s (abi %d, control protocol %d)\n", CORDON_VERSION, CORDON_ABI_VERSION, CLI_PROTOCOL);
		return EXIT_DONE;
	}
	json_begin(&j, NULL, '{');
	json_str(&j, "version", CORDON_VERSION);
	json_i64(&j, "abi", CORDON_ABI_VERSION);
	json_i64(&j, "protocol", CLI_PROTOCOL);
	json_end(&j, '}');
	r = cli_print_json(a, &j);
	json_done(&j);
	return r;
}
