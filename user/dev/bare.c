// SPDX-License-Identifier: BSD-2-Clause
#include "dev/bare.h"

void bare_received(struct bare *b, uint64_t bytes)
{
	b->fresh += bytes / BARE_BYTES + (bytes > 0);
}

static uint64_t faded(uint64_t n, uint64_t ns, uint64_t window_ns)
{
	return ns >= window_ns ? 0 : n - (uint64_t)((double)n * (double)ns / (double)window_ns);
}

uint64_t bare_look(struct bare *b, uint64_t count, uint64_t window_ns, uint64_t now_ns)
{
	uint64_t asked = b->asked + b->fresh, ns = now_ns > b->looked_ns ? now_ns - b->looked_ns : 0;
	uint64_t unasked = b->sent > asked ? b->sent - asked : 0;
	uint64_t n = b->looked_ns && count > b->count ? count - b->count : 0;

	b->sent = faded(b->sent, ns, window_ns) + n;
	b->asked = faded(b->asked, ns, window_ns) + b->fresh;
	b->fresh = 0;
	b->count = count;
	b->looked_ns = now_ns;
	return unasked;
}
