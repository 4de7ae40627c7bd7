/* SPDX-License-Identifier: BSD-2-Clause */
/* isdataat: is there a byte so far on? bsize: how long is the buffer? */
#include <string.h>

#include "rule/keywords.h"

int kw_isdataat(struct draft *d, char *v)
{
	struct rule_match m = { .kind = RULE_MATCH_ISDATAAT };
	char *part[3];
	uint64_t n = 0;
	int parts;

	m.negated = *v == '!';
	parts = text_split(v + m.negated, ',', part, 3);
	if (parts > 0)
		m.lo_var = draft_var(d, part[0]);
	if (!m.lo_var && (parts < 1 || str_to_u64(part[0], 0, 65535, &n)))
		return draft_fail(d, "not a number from 0 to 65535");
	for (int i = 1; i < parts; i++) {
		if (!strcmp(part[i], "relative"))
			m.relative = true;
		else if (strcmp(part[i], "rawbytes"))
			return draft_fail(d, "'%.32s' is not supported", part[i]);
	}
	m.lo = (uint32_t)n;
	return draft_add(d, &m);
}

/* "5", ">5", "<5", "5<>9" (both ends outside), "!5"; also "<=5" and ">=5" */
int kw_bsize(struct draft *d, char *v)
{
	struct rule_match m = { .kind = RULE_MATCH_BSIZE, .hi = UINT32_MAX };
	int r;

	if (draft_buffer(d) == APP_BUFFER_PAYLOAD)
		return draft_fail(d, "needs a sticky buffer");
	r = number_range(d, v, UINT32_MAX, &m.lo, &m.hi, &m.negated);
	return r ? r : draft_add(d, &m);
}
