/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many literals at once, each naming the rules that wait for it. The only
 * file that knows libhs. Literals only: Vectorscan 5.4.9 misses matches of
 * expressions, its literal matcher has none missing (README).
 */
#ifndef MATCH_SCAN_H
#define MATCH_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct scan_set;
struct scan_room; /* working memory of one thread, for all sets */

int scan_set_new(struct scan_set **ret);
/* @p is borrowed until scan_set_build(); lower case when @nocase */
int scan_set_add(struct scan_set *s, const uint8_t *p, uint16_t len, bool nocase, uint32_t rule);
/* compiles; *room grows as needed */
int scan_set_build(struct scan_set *s, struct scan_room **room, struct strbuf *err);
void scan_set_free(struct scan_set *s);
void scan_room_free(struct scan_room *room);

uint32_t scan_set_longest(const struct scan_set *s); /* bytes; 0: no literals */

/* a literal of @rule ends before byte @end */
typedef void (*scan_fn)(uint32_t rule, uint32_t end, void *ctx);
/* 0, or -EIO: libhs failed (then nothing may be concluded from silence) */
int scan_set_run(const struct scan_set *s, struct scan_room *room, const uint8_t *p, uint32_t len, scan_fn fn, void *ctx);

#endif
