/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The images that user space swaps: the inner map is looked up once for each question. */
#ifndef BPF_IMAGE_H
#define BPF_IMAGE_H

#include "pkt.h"

static __always_inline void *image_inner(void *outer)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(outer, &zero);
}

static __always_inline const struct cordon_line *image_line(void *inner, __u32 line)
{
	return bpf_map_lookup_elem(inner, &line);
}

/* the first line of a threat image's head; NULL: there is no image */
static __always_inline const struct cordon_threat_head *image_head(void *inner)
{
	return (const struct cordon_threat_head *)(inner ? image_line(inner, 0) : NULL);
}

static __always_inline __u64 image_seed(void)
{
	const struct cordon_threat_head *h = image_head(image_inner(&threat));

	return h ? h->seed : 0;
}

/* members of struct cordon_prefilter, which lies in three array values */
#define PF_PART0(part, member) (&((struct cordon_prefilter *)(part))->member)
#define PF_PART(n, part, member)                                                                   \
	((__typeof__(((struct cordon_prefilter *)0)->member)                                       \
		  *)((__u8 *)(part) + __builtin_offsetof(struct cordon_prefilter, member) -        \
		     (n) * CORDON_PF_PART_BYTES))
#define PF_PART1(part, member) PF_PART(1, part, member)
#define PF_PART2(part, member) PF_PART(2, part, member)

static __always_inline void *image_part(void *inner, __u32 part)
{
	return bpf_map_lookup_elem(inner, &part);
}

#endif
