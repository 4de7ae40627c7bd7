/* SPDX-License-Identifier: BSD-2-Clause */
/* What the classes of rules share: spec_raw.c and spec_app.c hold the rows, spec.c the helpers. */
#ifndef TESTS_COMPLETE_SPEC_H
#define TESTS_COMPLETE_SPEC_H

#include "complete/complete.h"

/* a row; the last one of a table has no name */
struct spec_class {
	const char *name;
	void (*make)(struct spec *s, struct rng *r);
	uint8_t weight; /* 1 or more: more for what seldom fires, so that each class alerts as often */
};
extern const struct spec_class spec_raw_classes[], spec_app_classes[];

struct needle {
	uint8_t b[64];
	uint32_t n;
};
enum { WORDS = 1, BINARY = 2 }; /* letters, digits and a few signs; any byte */
struct needle needle(struct rng *r, uint32_t min, uint32_t max, int how);
/* a needle of WORDS as text into @ret, @max bytes and a zero; lower: a-z, 0-9 */
const char *word(struct rng *r, uint32_t min, uint32_t max, char *ret);
const char *lower(struct rng *r, uint32_t min, uint32_t max, char *ret);

/* content:"..."; with what is not a letter or a digit between bars */
void content(struct strbuf *t, const void *p, uint32_t n, const char *modifiers);
void begin(struct spec *s, const char *proto, const char *ports, const char *flow);

#define UP "flow:established,to_server; "
#define DOWN "flow:established,to_client; "

#endif
