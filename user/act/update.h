/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a device at level update may go: servers of the configuration, and what this host's guard list found. */
#ifndef ACT_UPDATE_H
#define ACT_UPDATE_H

#include "act/guard.h"
#include "conf/conf.h"

struct update_list;

int update_new(struct kern *kern, struct update_list **ret); /* @kern may be NULL */
/*
 * Makes the kernel's list that of @c and @g: `update:` with every service; addresses of this host, its default
 * routes and its resolvers with DHCP, DNS, NTP and ICMP. What both lists name is never missing in between. -errno
 */
int update_sync(struct update_list *u, const struct conf *c, const struct guard_list *g);
void update_free(struct update_list *u);

#endif
