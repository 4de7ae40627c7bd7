// SPDX-License-Identifier: BSD-2-Clause
/* What Cordon is compared with: an empty program, and xdp-filter of xdp-tools with all its features. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <glob.h>
#include <linux/bpf.h>

#include "bench/bench.h"

int load_empty(void)
{
	struct bpf_insn insns[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS }, { .code = BPF_JMP | BPF_EXIT } };

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "bench_empty", "GPL", insns, 2, NULL);
}

#define INSN(c, d, s, i) ((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .imm = (i) })

int load_calls(bool of_clock)
{
	struct bpf_insn insns[CALLS + 4];
	uint32_t n = 0;

	for (; n < CALLS; n++) { /* of a function of this program: so many instructions on */
		insns[n] = INSN(BPF_JMP | BPF_CALL, 0, of_clock ? 0 : BPF_PSEUDO_CALL, of_clock ? BPF_FUNC_ktime_get_ns : 0);
		if (!of_clock)
			insns[n].imm = (int)(CALLS + 2 - (n + 1));
	}
	insns[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, XDP_PASS);
	insns[n++] = INSN(BPF_JMP | BPF_EXIT, 0, 0, 0);
	insns[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0);
	insns[n++] = INSN(BPF_JMP | BPF_EXIT, 0, 0, 0);
	/* the verifier wants no function that nobody calls */
	return bpf_prog_load(BPF_PROG_TYPE_XDP, "bench_calls", "GPL", insns, of_clock ? n - 2 : n, NULL);
}

static int load_object(const char *path)
{
	struct bpf_object *o = bpf_object__open_file(path, NULL);
	struct bpf_map *m;

	if (!o)
		return -errno;
	bpf_object__for_each_map(m, o)
		bpf_map__set_pin_path(m, NULL);
	if (bpf_object__load(o))
		return -errno;
	return bpf_program__fd(bpf_object__next_program(o, NULL));
}

int load_xdp_filter(void)
{
	glob_t g;
	int r = -ENOENT;

	if (!glob("/usr/lib*/*/bpf/xdpfilt_alw_all.o", 0, NULL, &g) || !glob("/usr/lib*/bpf/xdpfilt_alw_all.o", 0, NULL, &g))
		r = load_object(g.gl_pathv[0]);
	globfree(&g);
	return r;
}
