/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * May a suffix of this name be listed? Nearly all names are through with one
 * cache line of the filter, however many labels they have and however many
 * names are listed: see cordon_name_line().
 */
#ifndef BPF_NAME_FILTER_H
#define BPF_NAME_FILTER_H

#include "image.h"

static __always_inline __u32 name_line_has(const struct cordon_line *l, __u64 h)
{
	__u32 all = 1;

	for (__u32 i = 0; i < 4; i++) {
		__u32 bit = cordon_name_bit(h, i);

		all &= l->b[bit >> 3] >> (bit & 7);
	}
	return all & 1;
}

static __always_inline const struct cordon_line *
name_filter_line(void *inner, const struct cordon_threat_head *h, __u64 hash)
{
	return image_line(inner, h->name_filter + cordon_name_line(hash, h->name_mask));
}

/* the line by the suffix of @k + 1 labels. 0, 1: said of that suffix, and it goes on; 2, 3: of all from there on */
static __always_inline __u32 name_level(const struct cordon_line *l, const struct name_info *ni, __u32 k)
{
	__u32 maybe = name_line_has(l, ni->hash[k]);

	if (k < CORDON_NAME_LEVELS && l->b[CORDON_NAME_CROWDED >> 3] >> (CORDON_NAME_CROWDED & 7))
		return maybe;
	for (__u32 i = k + 1; i < CORDON_NAME_SUFFIXES; i++) {
		if (i >= ni->labels)
			break;
		maybe |= name_line_has(l, ni->hash[i]);
	}
	return maybe | 2;
}

/* @h: first line of the head of @inner; @ni: with name_chain() */
static __always_inline int name_filter_maybe(void *inner, const struct cordon_threat_head *h,
					     const struct name_info *ni)
{
	const struct cordon_line *l;
	__u32 r = 0;

	if (!ni->labels)
		return 0;
	if (h->has_tlds) {
		l = name_filter_line(inner, h, ni->hash[0]);
		if (l)
			r = name_line_has(l, ni->hash[0]);
	}
#pragma clang loop unroll(full)
	for (__u32 k = 1; k <= CORDON_NAME_LEVELS; k++) {
		if (r || k >= ni->labels)
			break;
		l = name_filter_line(inner, h, ni->hash[k]);
		if (!l)
			return 1;
		r = name_level(l, ni, k);
	}
	return r & 1;
}

#endif
