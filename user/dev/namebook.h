/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of all devices as they are now, near together: for lists that ask
 * for a hundred thousand, most of them of devices without one. Each step in the
 * inventory is a line of memory far away, here nearly all of it stays in the cache.
 */
#ifndef DEV_NAMEBOOK_H
#define DEV_NAMEBOOK_H

#include "dev/inventory.h"

struct namebook;

/* of the devices that have a name; 0, -ENOMEM */
int namebook_new(struct inventory *inv, struct namebook **ret);
/* "": it has none, or is not known; valid as long as the book */
const char *namebook_get(const struct namebook *b, const struct cordon_device_key *key);
void namebook_free(struct namebook *b);

#endif
