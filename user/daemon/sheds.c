// SPDX-License-Identifier: BSD-2-Clause
/* What was not inspected so that others were; see sheds.h. */
#include "daemon/sheds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/daemon.h"

uint32_t sheds_loudest(const uint64_t *now, const uint64_t *before, size_t n, uint64_t *ret_more)
{
	uint32_t at = 0;

	*ret_more = 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t was = before ? before[i] : 0, more = now[i] > was ? now[i] - was : 0;

		if (more <= *ret_more)
			continue;
		*ret_more = more;
		at = (uint32_t)i;
	}
	return at;
}

static uint64_t total_of(struct sheds *s)
{
	struct cordon_counters c;

	return kern_counters(s->d->kern, &c, NULL) ? s->total : c.n[CORDON_COUNTER_SHED];
}

void sheds_init(struct sheds *s, struct daemon *d)
{
	*s = (struct sheds){ .d = d };
	s->total = total_of(s);
	if (s->total)
		(void)kern_budget_sheds(d->kern, &s->of); /* else what was shed before counts as new */
}

void sheds_done(struct sheds *s)
{
	free(s->of);
	s->of = NULL;
}

/* who has that place: others may share it, so the one that was seen last */
static struct device *whose(struct daemon *d, uint32_t at)
{
	uint64_t seed = kern_state(d->kern)->seed;
	struct inventory_cursor c;
	struct device *dev, *ret = NULL;

	inventory_cursor_open(d->inventory, &c);
	while ((dev = inventory_cursor_next(&c)))
		if (cordon_budget_of(seed, &dev->key) == at && (!ret || dev->last_ns > ret->last_ns))
			ret = dev;
	inventory_cursor_close(d->inventory, &c);
	return ret;
}

static void say(struct sheds *s, uint64_t total, const uint64_t *now)
{
	uint64_t more;
	struct device *dev = whose(s->d, sheds_loudest(now, s->of, CORDON_BUDGETS, &more));
	char text[200];

	snprintf(text, sizeof(text), "%" PRIu64 " records were not taken up for inspection so that other devices are heard; %" PRIu64 " of the loudest%s%s",
		 total - s->total, more, dev ? ": " : "", dev ? dev->id : "");
	events_notice_device(s->d, "suspects_shed", dev, text);
}

void sheds_tick(struct sheds *s)
{
	uint64_t total, *now = NULL;

	if (s->quiet) {
		s->quiet--;
		return;
	}
	total = total_of(s);
	if (total <= s->total || kern_budget_sheds(s->d->kern, &now))
		return;
	say(s, total, now);
	free(s->of);
	s->of = now;
	s->total = total;
	s->quiet = SHEDS_SAY_S;
}
