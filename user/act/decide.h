/* SPDX-License-Identifier: BSD-2-Clause */
/* What a finding deserves. Pure: no map, no clock, no memory of its own. */
#ifndef ACT_DECIDE_H
#define ACT_DECIDE_H

#include "act/act.h"

struct decide_in {
	const struct conf *conf;
	const struct finding *f;
	const struct device *dev;    /* NULL: the finding names none */
	const struct indicators *threats; /* THREAT: what the finding's indicator is an id of; NULL: not known */
	bool repeated; /* an earlier packet of this device was as bad, see decide_counts() */
};

/* would this finding quarantine the device if it came again? then the caller remembers it */
bool decide_counts(const struct decide_in *in);
/* fills kind, level and why; the rest of *ret is 0 */
void decide(const struct decide_in *in, struct decision *ret);

#endif
