/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of addresses or of ports as sorted, disjoint ranges. Negation and
 * nesting of the rule language are set algebra, done once at load.
 */
#ifndef RULE_SET_H
#define RULE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

typedef unsigned __int128 rset_key; /* an address (16 bytes, big endian) or a port */

struct rset_range {
	rset_key lo, hi; /* both inside */
};

struct rset {
	struct rset_range *r;
	size_t n;
	bool is_any;
	uint32_t id; /* equal sets of a ruleset share one number */
};

typedef VEC(struct rset_range) rset_vec;

#define RSET_ADDR_MAX (~(rset_key)0)
#define RSET_PORT_MAX ((rset_key)65535)

bool rset_has(const struct rset *s, rset_key v);
rset_key rset_addr(const uint8_t addr[16]);

/* in place: sorted, overlapping and touching ranges joined */
void rset_normalise(rset_vec *v);
/* @from (normalised) without @what (normalised); 0 or -ENOMEM */
int rset_subtract(const rset_vec *from, const rset_vec *what, rset_vec *ret);

#endif
