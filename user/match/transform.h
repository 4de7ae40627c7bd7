/* SPDX-License-Identifier: BSD-2-Clause */
/* What rules have done to a buffer before they look at it. */
#ifndef MATCH_TRANSFORM_H
#define MATCH_TRANSFORM_H

#include <stdint.h>

#include "base/vec.h"
#include "rule/model.h"

struct regex_run;

/* bytes of one transform and the next, which take turns */
struct transform_room {
	VEC(uint8_t) v[2];
};

/* @buf and @len become the transformed bytes, which live in @room; 0, -ENOMEM or -E2BIG: an expression's limits were met */
int transform_apply(struct transform_room *room, struct regex_run *run, const struct rule_list *l, const uint8_t **buf, uint32_t *len);
void transform_room_done(struct transform_room *room);

#endif
