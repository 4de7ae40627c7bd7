/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One clock, one unit: nanoseconds of the boot clock (CLOCK_BOOTTIME), as the
 * kernel half uses. Wall-clock time is for display, files and TLS only. Under
 * replay the clock is the capture's: clock_set_replay() is called per packet.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

uint64_t clock_now_ns(void);	/* boot clock, or the capture's time under replay */
uint64_t clock_wall_ns(void);	/* since 1970-01-01 UTC */
uint64_t clock_to_wall_ns(uint64_t boot_ns); /* the same instant; under replay both are the capture's time */
uint64_t clock_from_wall_ns(uint64_t wall_ns);
uint64_t clock_wall_offset_ns(void); /* wall clock minus boot clock, now: a step of the wall clock changes it */
void clock_set_replay(uint64_t now_ns); /* a step back is ignored; 0: live again */

/* "2026-11-22T21:56:03.123456+0000", as EVE writes it */
char *clock_iso8601(char *dst, size_t size, uint64_t wall_ns);

#endif
