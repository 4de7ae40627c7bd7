// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is usual is the highest of some days, not a mean: a backup each night or
 * a camera that moves is no news, and a mean would be drawn up by the very
 * upload that is to be found. For the same reason a day is learned from when it
 * is over only, and what exceeded the limit as no more than the limit: who
 * ignores an alarm for some days has agreed.
 */
#include "dev/habit.h"

#define DAY_NS (86400 * 1000000000ULL)

uint64_t habit_usual(const struct habit *h)
{
	uint64_t most = 0;

	for (unsigned int i = 0; i < HABIT_DAYS; i++)
		most = h->top[i] > most ? h->top[i] : most;
	return most;
}

bool habit_is_learned(const struct habit *h, const struct habit_rule *r)
{
	return h->learned_ns >= r->learn_ns;
}

uint64_t habit_limit(const struct habit *h, const struct habit_rule *r)
{
	uint64_t usual = habit_usual(h), limit;

	if (!r->factor || !habit_is_learned(h, r) || __builtin_mul_overflow(usual, r->factor, &limit))
		return UINT64_MAX;
	return limit > r->floor ? limit : r->floor;
}

/* a wall clock that steps back changes no day */
static void turn_days(struct habit *h, uint32_t day)
{
	if (!h->day)
		h->day = day;
	if (day <= h->day)
		return;
	for (unsigned int n = day - h->day <= HABIT_DAYS ? day - h->day : HABIT_DAYS + 1; n; n--) {
		for (unsigned int i = HABIT_DAYS - 1; i; i--)
			h->top[i] = h->top[i - 1];
		h->top[0] = h->today;
		h->today = 0;
	}
	h->day = day;
}

static void begin_minute(struct habit *h, uint64_t now_ns)
{
	h->since_ns = now_ns;
	h->minute = 0;
}

static bool judge(struct habit *h, const struct habit_rule *r)
{
	uint64_t limit = habit_limit(h, r), seen = h->minute < limit ? h->minute : limit;
	uint64_t *most = habit_is_learned(h, r) ? &h->today : &h->top[0];

	*most = seen > *most ? seen : *most;
	return h->minute > limit;
}

void habit_skip(struct habit *h)
{
	h->looked_ns = 0;
}

bool habit_look(struct habit *h, const struct habit_rule *r, uint64_t count, uint64_t now_ns, uint64_t wall_ns)
{
	uint64_t n = count >= h->count ? count - h->count : 0, last_ns = h->looked_ns;

	h->count = count;
	h->looked_ns = now_ns;
	turn_days(h, (uint32_t)(wall_ns / DAY_NS));
	if (!last_ns) {
		begin_minute(h, now_ns);
		return false;
	}
	h->total += n;
	if (now_ns < last_ns || now_ns - last_ns > HABIT_MINUTE_NS) {
		begin_minute(h, now_ns);
		return false;
	}
	h->learned_ns += now_ns - last_ns;
	if (now_ns - h->since_ns >= HABIT_MINUTE_NS)
		begin_minute(h, now_ns);
	h->minute += n;
	return judge(h, r);
}
