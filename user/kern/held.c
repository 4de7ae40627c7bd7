// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mode hold: the way on for a packet that arrived. It goes through an XDP
 * program that only passes, as if the interface had received it now, behind
 * our own program and before the stack (live frames, Linux 5.18).
 */
#include "kern/internal.h"

#include <bpf/bpf.h>
#include <errno.h>

int kern_live_frame(struct kern *empty, int ifindex, const void *frame, size_t len)
{
	struct xdp_md ctx = { .data_end = (uint32_t)len, .ingress_ifindex = (uint32_t)ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = (uint32_t)len, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1, .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 1);

	if (len > KERN_LIVE_MAX)
		return -EMSGSIZE;
	return bpf_prog_test_run_opts(empty->xdp_fd, &o) ? -errno : 0;
}

void kern_flow_let_go(struct kern *k, uint64_t flow_id, uint32_t flow_slot, uint8_t held)
{
	struct cordon_flow *f = kern_flow(k, flow_slot);

	if (f && f->key && cordon_flow_id(f->key, f->first_ns) == flow_id)
		__atomic_store_n(&f->let_go, held, __ATOMIC_RELAXED);
}
