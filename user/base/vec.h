/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Growable array: VEC(int) v = {0}; vec_push(&v, 3); v.data[0]; vec_done(&v).
 * vec_push returns 0 or -ENOMEM; on failure the array is as it was.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#define VEC(T)                                                                                    \
	struct {                                                                                  \
		T *data;                                                                          \
		size_t len, cap;                                                                  \
	}

static inline int vec_grow_(void **data, size_t *cap, size_t need, size_t size)
{
	size_t n = *cap ? *cap : 8;
	void *p;

	while (n < need)
		n *= 2;
	if (n == *cap)
		return 0;
	p = reallocarray(*data, n, size);
	if (!p)
		return -ENOMEM;
	*data = p;
	*cap = n;
	return 0;
}

#define vec_reserve(v, n) vec_grow_((void **)&(v)->data, &(v)->cap, (n), sizeof(*(v)->data))
#define vec_push(v, x)                                                                            \
	({                                                                                        \
		int r_ = vec_reserve((v), (v)->len + 1);                                          \
		if (!r_)                                                                          \
			(v)->data[(v)->len++] = (x);                                              \
		r_;                                                                               \
	})
#define vec_done(v)                                                                               \
	do {                                                                                      \
		free((v)->data);                                                                  \
		(v)->data = NULL;                                                                 \
		(v)->len = (v)->cap = 0;                                                          \
	} while (0)

#endif
