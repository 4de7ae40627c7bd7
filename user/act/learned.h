/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses that listed names led a device to: of that device alone, for the
 * answer's time to live within bounds, a few of each name. The kernel judges
 * them, by the map it shares (struct cordon_learned); here stands whose they
 * are, and how many. What is guarded, private or protected by the built-in
 * lists is never among them: whoever owns a listed name may answer with any
 * address. They live in that map: a restart finds them there.
 */
#ifndef ACT_LEARNED_H
#define ACT_LEARNED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "cordon_maps.h"

struct kern;

struct learned {
	struct cordon_device_key device;
	struct addr addr;
	char name[256];	 /* the listed one, canonical */
	uint64_t until_ns;
	uint8_t action; /* what the kernel does */
	bool led;	/* the device asked for another name, which led to it */
};

struct learned_stats {
	uint64_t learned;	/* now */
	uint64_t refused;	/* guarded, private, protected */
	uint64_t no_room;	/* beyond the limits */
};

struct learned_list;

/* with what is in the map; @kern NULL: nothing is told the kernel (tests). 0 or -ENOMEM */
int learned_new(struct kern *kern, struct learned_list **ret);
/* @ttl_s: as answered; e->until_ns follows from it. 0; -ENOSPC beyond a limit, counted; -ENOMEM; -errno of the map */
int learned_put(struct learned_list *l, const struct learned *e, uint32_t ttl_s, uint64_t now_ns);
void learned_refuse(struct learned_list *l); /* counts */
/* NULL: not learned, or over */
const struct learned *learned_get(const struct learned_list *l, const struct cordon_device_key *device, const struct addr *a,
				  uint64_t now_ns);
void learned_expire(struct learned_list *l, uint64_t now_ns);
/* other feeds are in force: @judge sets e->action, or says false: the name is no longer listed */
void learned_judge(struct learned_list *l, bool (*judge)(struct learned *e, void *ctx), void *ctx);
/* every device's entry of this address */
void learned_each(const struct learned_list *l, const struct addr *a, uint64_t now_ns,
		  void (*fn)(const struct learned *, void *), void *ctx);
void learned_stats(const struct learned_list *l, struct learned_stats *ret);
void learned_free(struct learned_list *l); /* the map stays as it is */

#endif
