/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses that listed names led a device to: of that device alone, for the
 * answer's time to live within bounds, a few of each name. What is guarded,
 * private or protected by the built-in lists is never among them: whoever owns
 * a listed name may answer with any address. Not kept over a restart.
 */
#ifndef ACT_LEARNED_H
#define ACT_LEARNED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "cordon_maps.h"

struct learned {
	struct cordon_device_key device;
	struct addr addr;
	char name[256]; /* canonical */
	uint64_t until_ns;
};

struct learned_stats {
	uint64_t learned;	/* now */
	uint64_t refused;	/* guarded, private, protected */
	uint64_t no_room;	/* beyond the limits */
};

struct learned_list;

int learned_new(struct learned_list **ret);
/* @ttl_s: as answered. 0; -ENOSPC beyond a limit, counted; -ENOMEM */
int learned_put(struct learned_list *l, const struct learned *e, uint32_t ttl_s, uint64_t now_ns);
void learned_refuse(struct learned_list *l); /* counts */
/* NULL: not learned, or over */
const struct learned *learned_get(const struct learned_list *l, const struct cordon_device_key *device, const struct addr *a,
				  uint64_t now_ns);
void learned_expire(struct learned_list *l, uint64_t now_ns);
/* every device's entry of this address */
void learned_each(const struct learned_list *l, const struct addr *a, uint64_t now_ns,
		  void (*fn)(const struct learned *, void *), void *ctx);
void learned_stats(const struct learned_list *l, struct learned_stats *ret);
void learned_free(struct learned_list *l);

#endif
