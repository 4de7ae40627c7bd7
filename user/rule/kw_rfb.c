// SPDX-License-Identifier: BSD-2-Clause
/* rfb.secresult: how authentication ended (RFC 6143 7.1.3). */
#include <string.h>

#include "rule/keywords.h"

int kw_rfb_secresult(struct draft *d, char *v)
{
	struct rule_test ok = { .field = APP_NUMBER_RFB_SECRESULT };

	if (!strcasecmp(v, "ok"))
		return number_use(d, &ok);
	if (!strcasecmp(v, "fail") || !strcasecmp(v, "toomany") || !strcasecmp(v, "unknown"))
		return draft_fail(d, "only ok is ever kept, in Suricata 7 as well");
	return draft_fail(d, "'%.32s' is no result", v);
}
