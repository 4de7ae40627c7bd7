/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of a ruleset: blocks, freed together. Tens of thousands of small pieces cost no bookkeeping. */
#include <stdlib.h>
#include <string.h>

#include "rule/draft.h"

#define ARENA_BLOCK 262144 /* bytes */

struct arena {
	struct arena *next;
	size_t used, size;
	uint8_t data[] __attribute__((aligned(16)));
};

void *arena_alloc(struct arena **a, size_t size)
{
	struct arena *b = *a;
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (!b || b->size - b->used < size) {
		size_t want = size > ARENA_BLOCK ? size : ARENA_BLOCK;

		b = calloc(1, sizeof(*b) + want);
		if (!b)
			return NULL;
		b->size = want;
		b->next = *a;
		*a = b;
	}
	p = b->data + b->used;
	b->used += size;
	return p;
}

void *arena_copy(struct arena **a, const void *p, size_t size)
{
	void *q = arena_alloc(a, size ? size : 1);

	if (q && size)
		memcpy(q, p, size);
	return q;
}

char *arena_strn(struct arena **a, const char *s, size_t n)
{
	char *q = arena_alloc(a, n + 1);

	if (q)
		memcpy(q, s, n);
	return q;
}

void arena_free(struct arena *a)
{
	while (a) {
		struct arena *next = a->next;

		free(a);
		a = next;
	}
}
