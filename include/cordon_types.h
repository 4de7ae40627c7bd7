/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types for both worlds: this file and every other in include/ is compiled for
 * BPF (clang -target bpf) and for user space (gcc, clang). UAPI headers only.
 */
#ifndef CORDON_TYPES_H
#define CORDON_TYPES_H

#include <linux/types.h>

#define cordon_static_assert(cond, why) _Static_assert(cond, why)

/*
 * In programs a call and its return cost as much as a look-up, and more on processors whose returns are made safe
 * (Speculative Return Stack Overflow): what is on the way of each packet is part of its caller.
 */
#ifdef __bpf__
#define cordon_inline static inline __attribute__((always_inline))
#else
#define cordon_inline static inline
#endif

/* bit n of a 64-bit set, e.g. of reasons or of applications */
#define CORDON_BIT(n) (1ULL << (n))

#endif
