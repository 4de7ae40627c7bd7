/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP reputation as Suricata keeps it: categories ("1,BadHosts,text") and lists
 * of "address or prefix,category,score", files of the load. An address that is
 * listed by itself has its own scores only, 0 where a category does not name
 * it; else the longest prefix of the category counts. (Measured.)
 */
#ifndef RULE_IPREP_H
#define RULE_IPREP_H

#include "base/str.h"
#include "base/vec.h"
#include "rule/set.h"

#define IPREP_CATEGORIES 60 /* numbers below it; 0 is none */

struct iprep_range {
	rset_key lo, hi;
	uint8_t score; /* 0 ... 127 */
};

typedef VEC(struct iprep_range) iprep_ranges; /* as read; iprep_finish() makes them sorted and disjoint */

struct iprep_category {
	char name[64]; /* "": there is none of this number */
	iprep_ranges hosts, nets;
	const struct iprep *of;
};

struct iprep {
	struct iprep_category category[IPREP_CATEGORIES];
	iprep_ranges hosts; /* that are listed by themselves, in any category */
	size_t lines;
};

/* one line of either file, changed; 0, -EINVAL with *why, -ENOMEM */
int iprep_category_line(struct iprep *i, char *line, const char **why);
int iprep_line(struct iprep *i, char *line, const char **why);
int iprep_finish(struct iprep *i); /* after the last line; 0 or -ENOMEM */
const struct iprep_category *iprep_find(const struct iprep *i, const char *name);
/* the score of an address; -1: it has none */
int iprep_score(const struct iprep_category *c, rset_key addr);
void iprep_free(struct iprep *i);

#endif
