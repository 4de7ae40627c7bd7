/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the verifier says of each program with everything switched on: one line
 * "program,instructions processed,stack bytes". vmtest/guest.sh compares it
 * with vmtest/budget.csv.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon_config.h"
#include "cordon_limits.h"

#include "cordon.skel.h"

#define LOG_BYTES (1 << 20)
#define LOG_STATS 4 /* BPF_LOG_STATS of the kernel's verifier */

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, fmt, ap) : 0;
}

/* "processed 48043 insns (limit ...) ... " and "stack depth 224+0+16" */
static void report(const char *name, const char *log)
{
	const char *p = strstr(log, "processed "), *s = strstr(log, "stack depth ");
	unsigned long insns = p ? strtoul(p + 10, NULL, 10) : 0, stack = 0;

	for (s = s ? s + 12 : NULL; s && *s >= '0' && *s <= '9';) {
		char *end;
		unsigned long part = strtoul(s, &end, 10);

		stack = part > stack ? part : stack;
		s = *end == '+' ? end + 1 : NULL;
	}
	printf("%s,%lu,%lu\n", name, insns, stack);
}

int main(void)
{
	struct cordon_bpf *skel;
	struct bpf_program *prog;
	char *logs[8];
	unsigned int n = 0, i = 0;

	libbpf_set_print(quiet);
	skel = cordon_bpf__open();
	if (!skel)
		return 1;
	skel->rodata->cordon_config.depth = CORDON_STREAM_DEPTH;
	skel->rodata->cordon_config.flow_buckets_mask = CORDON_FLOW_BUCKETS - 1;
	skel->rodata->cordon_config.rec_slots_mask = CORDON_REC_SLOTS - 1;
	skel->rodata->cordon_config.inspect = 1;
	skel->rodata->cordon_config.midstream = 1;
	bpf_object__for_each_program(prog, skel->obj) {
		if (n == 8 || !(logs[n] = calloc(1, LOG_BYTES)))
			return 1;
		bpf_program__set_log_level(prog, LOG_STATS);
		bpf_program__set_log_buf(prog, logs[n++], LOG_BYTES);
	}
	if (cordon_bpf__load(skel)) {
		fprintf(stderr, "complexity: the programs do not load: %s\n", logs[0]);
		return 1;
	}
	bpf_object__for_each_program(prog, skel->obj)
		report(bpf_program__name(prog), logs[i++]);
	cordon_bpf__destroy(skel);
	while (n)
		free(logs[--n]);
	return 0;
}
