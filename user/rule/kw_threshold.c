/* SPDX-License-Identifier: BSD-2-Clause */
/* threshold and detection_filter: how often, counted by whom. match/rate.c counts. */
#include <string.h>

#include "base/cleanup.h"
#include "rule/keywords.h"

#define RATE_COUNT_MAX 1000000
#define RATE_SECONDS_MAX (30 * 86400)

static const char *const types[] = { "", "limit", "threshold", "both" }; /* RULE_RATE_* */
static const char *const tracks[] = { "by_src", "by_dst", "by_both", "by_rule" }; /* RULE_TRACK_* */

static int name_index(const char *const *names, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(names[i], s))
			return (int)i;
	return -1;
}

/* "name value" */
static int pair(struct draft *d, char *s, struct rule_rate *rate, unsigned int *seen)
{
	static const char *const names[] = { "type", "track", "count", "seconds" };
	char *value = s + strcspn(s, " \t");
	uint64_t n = 0;
	int k, i = -1;

	if (*value)
		*value++ = 0;
	value = text_trim(value);
	k = name_index(names, ARRAY_SIZE(names), s);
	if (k < 0 || *seen >> k & 1)
		return draft_fail(d, "'%.32s' is not supported here, or given twice", s);
	*seen |= 1u << k;
	if (k == 0)
		i = name_index(types, ARRAY_SIZE(types), value);
	else if (k == 1)
		i = name_index(tracks, ARRAY_SIZE(tracks), value);
	else if (!str_to_u64(value, 1, k == 2 ? RATE_COUNT_MAX : RATE_SECONDS_MAX, &n))
		i = 1;
	if (i < 0 || (k == 0 && i == 0))
		return draft_fail(d, "%s '%.32s' is not supported", names[k], value);
	if (k == 0)
		rate->type = (uint8_t)i;
	else if (k == 1)
		rate->track = (uint8_t)i;
	else if (k == 2)
		rate->count = (uint32_t)n;
	else
		rate->window_ns = n * 1000000000ULL;
	return 0;
}

static int pairs(struct draft *d, char *v, struct rule_rate *rate, unsigned int want)
{
	unsigned int seen = 0;
	char *part[4];
	int n = text_split(v, ',', part, 4), r = 0;

	for (int i = 0; !r && i < n; i++)
		r = pair(d, part[i], rate, &seen);
	if (!r && (n < 0 || seen != want))
		r = draft_fail(d, "needs %strack, count and seconds, each once", want & 1 ? "type, " : "");
	return r;
}

int kw_threshold(struct draft *d, char *v)
{
	if (d->r->rate.type)
		return draft_fail(d, "given twice");
	return pairs(d, v, &d->r->rate, 15);
}

int kw_detection_filter(struct draft *d, char *v)
{
	if (d->r->filter.type)
		return draft_fail(d, "given twice");
	d->r->filter.type = RULE_RATE_DETECTION_FILTER;
	return pairs(d, v, &d->r->filter, 14);
}
