/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types for both worlds: this file and every other in include/ is compiled for
 * BPF (clang -target bpf) and for user space (gcc, clang). UAPI headers only.
 */
#ifndef CORDON_TYPES_H
#define CORDON_TYPES_H

#include <linux/types.h>

#define cordon_static_assert(cond, why) _Static_assert(cond, why)

/* bit n of a 64-bit set, e.g. of reasons or of applications */
#define CORDON_BIT(n) (1ULL << (n))

#endif
