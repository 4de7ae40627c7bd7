/* SPDX-License-Identifier: BSD-2-Clause */
/* Quarantines that are deserved and wait for a person: what the breaker or `responses:` held back. */
#ifndef ACT_PENDING_H
#define ACT_PENDING_H

#include "act/act.h"

struct pending_list;

int pending_new(struct pending_list **ret);
void pending_free(struct pending_list *p);
/* one for each device: another reason replaces the one before. 0; -E2BIG (counted); -ENOMEM */
int pending_put(struct pending_list *p, const struct pending *e);
const struct pending *pending_get(const struct pending_list *p, const char *device); /* NULL: none */
bool pending_del(struct pending_list *p, const char *device);
int pending_each(const struct pending_list *p, int (*cb)(const struct pending *, void *), void *ctx);
uint32_t pending_count(const struct pending_list *p);
bool pending_expire(struct pending_list *p, uint64_t now_ns); /* after a day nobody waits for them any more */

#endif
