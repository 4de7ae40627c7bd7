/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much a device usually sends, and whether this is far more. Pure: given
 * the kernel's count now and then. Time is cut into minutes; of each of the last days
 * the minute with most bytes is kept, so that what happens once a night is usual too.
 */
#ifndef DEV_HABIT_H
#define DEV_HABIT_H

#include <stdbool.h>
#include <stdint.h>

#define HABIT_DAYS 7
#define HABIT_MINUTE_NS (60 * 1000000000ULL)

struct habit {
	uint64_t count;	     /* the kernel's, when it was looked at last */
	uint64_t looked_ns;  /* then; 0: not yet, since this process began */
	uint64_t since_ns;   /* begin of this minute */
	uint64_t minute;     /* bytes in it */
	uint64_t total;	     /* bytes ever seen */
	uint64_t learned_ns; /* how long it has been watched */
	uint32_t day;	     /* today, days of the wall clock since 1970 */
	uint64_t top[HABIT_DAYS]; /* bytes of the fullest minute of a day, yesterday first; while it is learned also of today */
	uint64_t today;	     /* the same of today, the limit at most: usual from tomorrow on */
};

struct habit_rule {
	uint32_t factor;   /* so many times the usual is far more; 0: nothing ever is */
	uint64_t floor;	   /* bytes a minute that are never remarkable */
	uint64_t learn_ns; /* nothing is before it was watched for so long */
};

/*
 * habit_look() - goes on counting
 * @count: bytes the device has sent, as the kernel counts them; less than before means a new count, and is no more than noted
 * Of what was sent while nobody looked for longer than a minute only the total is kept.
 * Return: true when this minute has more bytes than habit_limit() now
 */
bool habit_look(struct habit *h, const struct habit_rule *r, uint64_t count, uint64_t now_ns, uint64_t wall_ns);
/* somebody else has used its name meanwhile: what was counted since the last look is not its own */
void habit_skip(struct habit *h);
uint64_t habit_usual(const struct habit *h); /* bytes of its fullest minute of those days */
bool habit_is_learned(const struct habit *h, const struct habit_rule *r);
uint64_t habit_limit(const struct habit *h, const struct habit_rule *r); /* bytes a minute; UINT64_MAX: none yet */

#endif
