/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What differs between the two hooks: the context and its helpers. An entry
 * file defines HOOK_XDP or HOOK_TC before it includes this. Global functions
 * that take the context are named by HOOK(), since both objects are linked.
 */
#ifndef BPF_HOOK_H
#define BPF_HOOK_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "cordon_limits.h"

/* the compiler forgets what it knows of @x: it may not move arithmetic on it to before a check, nor
 * turn bounds into others */
#define hide(x) asm volatile("" : "+r"(x))

#ifdef HOOK_XDP
typedef struct xdp_md hook_ctx;
#define HOOK(name) xdp_##name
#define HOOK_IS_TC 0

static __always_inline long hook_load(hook_ctx *ctx, __u32 off, void *dst, __u32 len)
{
	return bpf_xdp_load_bytes(ctx, off, dst, len);
}

static __always_inline __u32 hook_len(hook_ctx *ctx)
{
	return (__u32)bpf_xdp_get_buff_len(ctx);
}

static __always_inline __u32 hook_ifindex(const hook_ctx *ctx)
{
	return *(const volatile __u32 *)&ctx
			->ingress_ifindex; /* volatile: else clang selects between two pointers */
}

/* headers of a multi-buffer frame are in its first buffer */
static __always_inline void hook_pull(hook_ctx *ctx, __u32 len)
{
	(void)ctx;
	(void)len;
}
#else
typedef struct __sk_buff hook_ctx;
#define HOOK(name) tc_##name
#define HOOK_IS_TC 1

static __always_inline long hook_load(hook_ctx *ctx, __u32 off, void *dst, __u32 len)
{
	return bpf_skb_load_bytes(ctx, off, dst, len);
}

static __always_inline __u32 hook_len(hook_ctx *ctx)
{
	return ctx->len;
}

static __always_inline __u32 hook_ifindex(const hook_ctx *ctx)
{
	return *(const volatile __u32 *)&ctx->ifindex;
}

/* a GSO skb may have 90 linear bytes: headers are pulled, the payload is reached by hook_load() */
static __always_inline void hook_pull(hook_ctx *ctx, __u32 len)
{
	__u32 want = len < CORDON_HEADER_BYTES ? len : CORDON_HEADER_BYTES;

	if ((long)ctx->data + want > (long)ctx->data_end)
		bpf_skb_pull_data(ctx, want);
}
#endif

/*
 * some() - @n, of which the verifier then knows that it is 1 ... @mask + 1; for lengths that are
 * Kernels 6.1 and 6.12 learn no lower bound from a test for zero ("invalid
 * zero-sized read"), and clang makes one of n < 1: so the bound is made by hand.
 * @mask: a power of two less one
 */
static __always_inline __u32 some(__u32 n, __u32 mask)
{
	hide(n);
	n = (n - 1) & mask;
	hide(n);
	return n + 1;
}

#endif
