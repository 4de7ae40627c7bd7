/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `categories:` of the configuration: what is done about an entry of a category
 * for a device of a group. Pure.
 */
#ifndef ACT_CATEGORY_H
#define ACT_CATEGORY_H

#include "conf/conf.h"
#include "feed/feed.h"

/*
 * category_action() - what is done about an entry that asks for @own
 * @category: "" when it has none
 * @group:    of the device; NULL or "": none
 *
 * A row makes an action stronger only for entries that may block at all: what
 * alerts only, since its feed is unsure or the entry marked so, is never more.
 */
uint8_t category_action(const struct conf_category *rows, size_t n, const char *category, const char *group, uint8_t own);

/*
 * in->by_category for the kernel, which knows no groups: what is done for every
 * group at least. User space does the rest at the first packet. 0 or -ENOMEM.
 */
int category_apply(const struct conf_category *rows, size_t n, struct indicators *in);

#endif
