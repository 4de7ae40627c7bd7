/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's part of an engine; match_prefilter() is in match.h. */
#ifndef MATCH_PREFILTER_H
#define MATCH_PREFILTER_H

struct match_engine;

/* eng->image; entries get the window there was room for, or lose their literal */
int prefilter_build(struct match_engine *eng);
/* which rules are expensive, and why: eng->costs */
int prefilter_costs(struct match_engine *eng);

#endif
