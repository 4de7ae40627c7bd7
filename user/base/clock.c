// SPDX-License-Identifier: BSD-2-Clause
/*
 * The boot clock (CLOCK_BOOTTIME counts a suspend, and no one sets it), its
 * offset to wall-clock time for display, and the capture's clock of a replay.
 */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

/* 0: live. Else the capture's time, which only grows. */
static _Atomic uint64_t replay_ns;

static uint64_t read_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

uint64_t clock_now_ns(void)
{
	uint64_t r = atomic_load_explicit(&replay_ns, memory_order_relaxed);

	return r ? r : read_ns(CLOCK_BOOTTIME);
}

uint64_t clock_wall_ns(void)
{
	uint64_t r = atomic_load_explicit(&replay_ns, memory_order_relaxed);

	return r ? r : read_ns(CLOCK_REALTIME);
}

/* wall clock minus boot clock, now: a step of the wall clock is followed */
static uint64_t wall_offset(void)
{
	return read_ns(CLOCK_REALTIME) - read_ns(CLOCK_BOOTTIME);
}

uint64_t clock_to_wall_ns(uint64_t boot_ns)
{
	if (atomic_load_explicit(&replay_ns, memory_order_relaxed))
		return boot_ns;
	return boot_ns + wall_offset();
}

uint64_t clock_from_wall_ns(uint64_t wall_ns)
{
	uint64_t off;

	if (atomic_load_explicit(&replay_ns, memory_order_relaxed))
		return wall_ns;
	off = wall_offset();
	return wall_ns > off ? wall_ns - off : 0;
}

void clock_set_replay(uint64_t now_ns)
{
	uint64_t r = atomic_load_explicit(&replay_ns, memory_order_relaxed);

	if (!now_ns || now_ns > r)
		atomic_store_explicit(&replay_ns, now_ns, memory_order_relaxed);
}

char *clock_iso8601(char *dst, size_t size, uint64_t wall_ns)
{
	time_t s = (time_t)(wall_ns / 1000000000ULL);
	unsigned int us = (unsigned int)(wall_ns % 1000000000ULL / 1000);
	struct tm tm;

	gmtime_r(&s, &tm);
	snprintf(dst, size, "%04d-%02d-%02dT%02d:%02d:%02d.%06u+0000", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, us);
	return dst;
}
