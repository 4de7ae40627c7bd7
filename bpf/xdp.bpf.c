// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Ingress hook: what arrives at an interface, before the stack. */
#define HOOK_XDP
#include "walk.h"

#include <xdp/xdp_helpers.h>

/* where libxdp's dispatcher runs us: after filters (10), before the default (50); whoever follows
 * sees what we pass */
struct {
	__uint(priority, 20);
	__uint(XDP_PASS, 1);
} XDP_RUN_CONFIG(xdp_ingress);

SEC("xdp.frags")
int xdp_ingress(struct xdp_md *ctx)
{
	int r = walk(ctx);

	if (r & CORDON_MARK_ANSWER) /* of a test run, never of a packet */
		return r;
	return r ? XDP_DROP : XDP_PASS;
}
