// SPDX-License-Identifier: BSD-2-Clause
/* ipv4-csum, tcpv4-csum ... icmpv6-csum: valid or invalid. */
#include <string.h>

#include "base/cleanup.h"
#include "rule/keywords.h"

int kw_csum(struct draft *d, char *v)
{
	static const char *const names[] = { "ipv4-csum",  "tcpv4-csum", "udpv4-csum", "icmpv4-csum",
					     "tcpv6-csum", "udpv6-csum", "icmpv6-csum" }; /* RULE_CSUM_* */
	struct rule_test t = { .field = RULE_FIELD_CSUM };

	if (strcasecmp(v, "valid") && strcasecmp(v, "invalid"))
		return draft_fail(d, "'%.32s' is neither valid nor invalid", v);
	t.lo = t.hi = !strcasecmp(v, "valid");
	while (t.how < ARRAY_SIZE(names) - 1 && strcmp(names[t.how], d->keyword))
		t.how++;
	return draft_test(d, &t);
}
