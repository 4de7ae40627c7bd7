/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ownership in the declaration: an owning local is declared with one of these
 * and an initial value, and handed over with TAKE_PTR or TAKE_FD.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* DEFINE_CLEANUP(struct rule, rule_free) makes _cleanup_(rule_free) usable on `struct rule *r = NULL` */
#define DEFINE_CLEANUP(type, func)                                                                \
	static inline void func##_p(type **p)                                                     \
	{                                                                                         \
		if (*p)                                                                           \
			func(*p);                                                                 \
	}
#define _cleanup_(func) __attribute__((cleanup(func##_p)))

static inline void freep_(void *p)
{
	free(*(void **)p);
}
static inline void closep_(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
static inline void fclosep_(FILE **f)
{
	if (*f)
		fclose(*f);
}
#define _cleanup_free_ __attribute__((cleanup(freep_)))
#define _cleanup_close_ __attribute__((cleanup(closep_)))
#define _cleanup_fclose_ __attribute__((cleanup(fclosep_)))

#define TAKE_PTR(p)                                                                               \
	({                                                                                        \
		__typeof__(p) take_ = (p);                                                        \
		(p) = NULL;                                                                       \
		take_;                                                                            \
	})
#define TAKE_FD(fd)                                                                               \
	({                                                                                        \
		int take_ = (fd);                                                                 \
		(fd) = -1;                                                                        \
		take_;                                                                            \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
