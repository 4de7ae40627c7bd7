/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Frames that prove that this program is there, on this interface (struct cordon_canary). */
#ifndef BPF_CANARY_H
#define BPF_CANARY_H

#include "hook.h"
#include "maps.h"

/* 1: the frame awaited here; it is noted and goes no further. A function of its own, so that other frames are not walked twice. */
__noinline int HOOK(canary)(hook_ctx *ctx)
{
	const struct cordon_canary_frame *f = (const void *)(long)ctx->data;
	__u32 ifindex, at;
	struct cordon_canary *c;

	if ((const void *)(f + 1) > (const void *)(long)ctx->data_end ||
	    *(const __u16 *)f->type != __builtin_bswap16(CORDON_CANARY_TYPE))
		return 0;
	ifindex = hook_ifindex(ctx);
	at = (ifindex & (CORDON_IFACE_MAX - 1)) * 2 + HOOK_IS_TC;
	c = bpf_map_lookup_elem(&canaries, &at);
	if (!c || c->ifindex != ifindex || !c->nonce[0] || c->nonce[0] != f->nonce[0] || c->nonce[1] != f->nonce[1])
		return 0;
	c->answered = 1;
	return 1;
}

#endif
