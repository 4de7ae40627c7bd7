// SPDX-License-Identifier: BSD-2-Clause
/*
 * A program of somebody else, which passes everything, where packets meet it before ours or instead of it.
 *   before tcx IFINDEX   first of all at TC egress, until killed (Linux 6.6)
 *   before xdp IFINDEX   in place of whatever is there, until taken off
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/tcx.h"

static int load(enum bpf_prog_type type, int code)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = code},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(type, "somebody", "GPL", insns, 2, NULL);
}

static int die(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_link_create_opts, o, .flags = CORDON_F_BEFORE);
	int ifindex = argc == 3 ? atoi(argv[2]) : 0, fd;

	if (ifindex <= 0)
		return 2;
	if (!strcmp(argv[1], "xdp")) {
		fd = load(BPF_PROG_TYPE_XDP, XDP_PASS);
		return fd < 0 || bpf_xdp_attach(ifindex, fd, 0, NULL) ? die("xdp") : 0;
	}
	fd = load(BPF_PROG_TYPE_SCHED_CLS, 0 /* TCX_PASS */);
	if (fd < 0 || bpf_link_create(fd, ifindex, CORDON_TCX_EGRESS, &o) < 0)
		return die("tcx");
	puts("attached");
	fflush(stdout);
	pause();
	return 0;
}
