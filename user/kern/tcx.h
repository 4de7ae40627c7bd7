/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcx (Linux 6.6) for builds against older headers. libbpf has wrappers from
 * 1.3 on; before, bpf_link_create() passes attach type and flags through.
 * Numbers from include/uapi/linux/bpf.h.
 */
#ifndef KERN_TCX_H
#define KERN_TCX_H

#include <linux/bpf.h>

#define CORDON_TCX_EGRESS ((enum bpf_attach_type)47) /* BPF_TCX_EGRESS */
#define CORDON_F_BEFORE (1U << 3)		     /* BPF_F_BEFORE; alone: first of all */

#endif
