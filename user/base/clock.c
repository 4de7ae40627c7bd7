// SPDX-License-Identifier: BSD-2-Clause
/*
 * The boot clock (CLOCK_BOOTTIME counts a suspend, and no one sets it), its
 * offset to wall-clock time for display, and the capture's clock of a replay.
 */
#include "base/clock.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

#define SECOND_NS 1000000000ULL

/* 0: live. Else the capture's time, which only grows. */
static _Atomic uint64_t replay_ns;

static uint64_t read_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * SECOND_NS + (uint64_t)ts.tv_nsec;
}

/*
 * What a time namespace adds to the boot clock of those in it. The kernel half
 * reads the clock of the machine, and so must we. Modulo 2^64: it may be negative.
 */
static uint64_t namespace_ns;
static pthread_once_t namespace_once = PTHREAD_ONCE_INIT;

static void read_namespace(void)
{
	FILE *f = fopen("/proc/self/timens_offsets", "re");
	int64_t s, ns;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "boottime %" SCNd64 " %" SCNd64, &s, &ns) == 2)
			namespace_ns = (uint64_t)s * SECOND_NS + (uint64_t)ns;
	if (f)
		fclose(f);
}

static uint64_t boot_ns(void)
{
	pthread_once(&namespace_once, read_namespace);
	return read_ns(CLOCK_BOOTTIME) - namespace_ns;
}

uint64_t clock_now_ns(void)
{
	uint64_t r = atomic_load_explicit(&replay_ns, memory_order_relaxed);

	return r ? r : boot_ns();
}

uint64_t clock_wall_ns(void)
{
	uint64_t r = atomic_load_explicit(&replay_ns, memory_order_relaxed);

	return r ? r : read_ns(CLOCK_REALTIME);
}

#define OFFSET_SLACK_NS 1000000 /* more than what passes between two readings of clocks, less than anybody sees */
#define OFFSET_TRIES 16

uint64_t clock_wall_offset_ns(void)
{
	uint64_t boot, wall;
	int tries = 0;

	/* who is stopped between the two clocks would see a step that is none */
	do {
		boot = boot_ns();
		wall = read_ns(CLOCK_REALTIME);
	} while (boot_ns() - boot > OFFSET_SLACK_NS / 2 && ++tries < OFFSET_TRIES);
	return wall - boot;
}

/*
 * For display: the same moment gives the same text each time (an event names
 * a file by it), so what merely passes between reading the two clocks is not
 * followed, a step is.
 */
static uint64_t steady_offset(void)
{
	static _Atomic uint64_t kept;
	uint64_t now = clock_wall_offset_ns(), old = atomic_load_explicit(&kept, memory_order_relaxed);

	if (old && now - old + OFFSET_SLACK_NS <= 2 * OFFSET_SLACK_NS)
		return old;
	atomic_store_explicit(&kept, now, memory_order_relaxed);
	return now;
}

uint64_t clock_to_wall_ns(uint64_t then_ns)
{
	if (atomic_load_explicit(&replay_ns, memory_order_relaxed))
		return then_ns;
	return then_ns + steady_offset();
}

uint64_t clock_from_wall_ns(uint64_t wall_ns)
{
	uint64_t off;

	if (atomic_load_explicit(&replay_ns, memory_order_relaxed))
		return wall_ns;
	off = steady_offset();
	return wall_ns > off ? wall_ns - off : 0;
}

void clock_set_replay(uint64_t now_ns)
{
	uint64_t r = atomic_load_explicit(&replay_ns, memory_order_relaxed);

	if (!now_ns || now_ns > r)
		atomic_store_explicit(&replay_ns, now_ns, memory_order_relaxed);
}

static char *digits(char *p, unsigned int v, unsigned int n)
{
	for (unsigned int i = n; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + n;
}

/*
 * Year, month and day (UTC) of a count of days since 1970-01-01, in years that begin with March, so that the leap day is the
 * last one; 146,097 days are 400 years. A list has a hundred thousand of them: gmtime_r() and printf() take twenty times as long.
 */
static void civil(uint32_t days, unsigned int *year, unsigned int *month, unsigned int *day)
{
	uint32_t z = days + 719468, era = z / 146097, of_era = z % 146097;
	uint32_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint32_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;

	*day = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = y + era * 400 + (*month <= 2);
}

#define ISO_DAY 11    /* bytes of "2026-11-22T" */
#define ISO_SECOND 20 /* bytes of "2026-11-22T21:56:03." */

/* "2026-11-22T": the times of a list are of a day or two, and what stands before the hour is the larger part of the work */
static const char *iso_day(uint32_t day)
{
	static _Thread_local uint32_t made_of = UINT32_MAX;
	static _Thread_local char made[ISO_DAY];
	unsigned int year, month, mday;
	char *p = made;

	if (day == made_of)
		return made;
	civil(day, &year, &month, &mday);
	p = digits(p, year, 4);
	*p++ = '-';
	p = digits(p, month, 2);
	*p++ = '-';
	p = digits(p, mday, 2);
	*p = 'T';
	made_of = day;
	return made;
}

static void iso_second(char *p, uint64_t s)
{
	uint32_t of_day = (uint32_t)(s % 86400);

	memcpy(p, iso_day((uint32_t)(s / 86400)), ISO_DAY);
	p = digits(p + ISO_DAY, of_day / 3600, 2);
	*p++ = ':';
	p = digits(p, of_day / 60 % 60, 2);
	*p++ = ':';
	p = digits(p, of_day % 60, 2);
	*p = '.';
}

char *clock_iso8601(char *dst, size_t size, uint64_t wall_ns)
{
	char text[ISO_SECOND + 6 + sizeof("+0000")];

	iso_second(text, wall_ns / 1000000000ULL);
	digits(text + ISO_SECOND, (unsigned int)(wall_ns % 1000000000ULL / 1000), 6);
	memcpy(text + ISO_SECOND + 6, "+0000", sizeof("+0000"));
	if (size >= sizeof(text))
		memcpy(dst, text, sizeof(text));
	else
		str_copy(dst, size, text);
	return dst;
}
