// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Ingress hook: what arrives at an interface, before the stack. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <xdp/xdp_helpers.h>

#include "count.h"

/* where libxdp's dispatcher runs us: after filters (10), before the default (50); whoever follows sees what we pass */
struct {
	__uint(priority, 20);
	__uint(XDP_PASS, 1);
} XDP_RUN_CONFIG(xdp_ingress);

SEC("xdp.frags")
int xdp_ingress(struct xdp_md *ctx)
{
	count(CORDON_COUNTER_PACKETS, 1);
	count(CORDON_COUNTER_BYTES, ctx->data_end - ctx->data);
	count(CORDON_COUNTER_PASSED, 1);
	return XDP_PASS;
}
