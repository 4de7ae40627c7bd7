// SPDX-License-Identifier: BSD-2-Clause
/* iprep: how an address stands with a category of the reputation lists (iprep.h). What is listed nowhere fits no comparison. */
#include <string.h>

#include "base/cleanup.h"
#include "rule/iprep.h"
#include "rule/keywords.h"

static int compare(struct draft *d, const char *op, const char *value, struct rule_test *t)
{
	char text[16];
	bool negated;

	if (!*op || !strstr("< > = <= >=", op) || strlen(op) > 2)
		return draft_fail(d, "operator '%.8s' is not <, > or =", op);
	snprintf(text, sizeof(text), "%s%.10s", *op == '=' ? "" : op, value);
	return number_range(d, text, 127, &t->lo, &t->hi, &negated);
}

/* any|src|dst|both,category,<|>|=,score; or isset, isnotset in place of the comparison */
int kw_iprep(struct draft *d, char *v)
{
	static const char *const sides[] = { "any", "src", "dst", "both" }; /* RULE_IPREP_* */
	struct rule_test t = { .field = RULE_FIELD_IPREP, .hi = 127 };
	char *part[4];
	int n = text_split(v, ',', part, 4), r = 0;

	if (n < 3)
		return draft_fail(d, "not of the form any|src|dst|both,category,operator,score");
	while (t.how < ARRAY_SIZE(sides) && strcmp(sides[t.how], part[0]))
		t.how++;
	if (t.how == ARRAY_SIZE(sides))
		return draft_fail(d, "'%.32s' is not any, src, dst or both", part[0]);
	if (!d->ld->iprep)
		return draft_fail(d, "no reputation is given: load iprep-categories:FILE and iprep:FILE with the rules");
	t.iprep = iprep_find(d->ld->iprep, part[1]);
	if (!t.iprep)
		return draft_fail(d, "the categories file has no '%.63s'", part[1]);
	t.negated = n == 3 && !strcmp(part[2], "isnotset");
	if (n == 3 && !t.negated && strcmp(part[2], "isset"))
		return draft_fail(d, "'%.32s' needs a score", part[2]);
	r = n == 4 ? compare(d, part[2], part[3], &t) : 0;
	return r ?: draft_test(d, &t);
}
