// SPDX-License-Identifier: BSD-2-Clause
/*
 * What this kernel can do, found out by trying, once: distributions carry
 * features back and hosts take them away, so a release number says little.
 */
#include "kern/internal.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/utsname.h>

#include "kern/tcx.h"

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5) /* Linux 5.18 */
#endif

/* "return RET": the smallest program */
static int load_return(enum bpf_prog_type type, int ret, uint32_t flags)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .prog_flags = flags);
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = ret },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(type, "cordon_probe", "GPL", insns, 2, &o);
}

static bool has_frags(void)
{
	_cleanup_close_ int fd = load_return(BPF_PROG_TYPE_XDP, XDP_PASS, BPF_F_XDP_HAS_FRAGS);

	return fd >= 0;
}

/* An interface that cannot exist: a kernel with tcx looks for it (ENODEV), one without refuses the type (EINVAL). */
static bool has_tcx(void)
{
	_cleanup_close_ int fd = load_return(BPF_PROG_TYPE_SCHED_CLS, -1, 0);

	return fd >= 0 && bpf_link_create(fd, INT32_MAX, CORDON_TCX_EGRESS, NULL) == -ENODEV;
}

const struct kern_probe *kern_probe(void)
{
	static struct kern_probe p;
	static bool asked;
	struct utsname u;

	if (asked)
		return &p;
	kern_capture_begin();
	if (!uname(&u))
		str_copy(p.release, sizeof(p.release), u.release);
	p.tcx = has_tcx();
	p.xdp_frags = has_frags();
	p.freplace = libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_EXT, NULL) == 1;
	kern_capture_end();
	asked = true;
	return &p;
}
