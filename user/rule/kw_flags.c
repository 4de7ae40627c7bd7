/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flags:[!+*]LETTERS[,IGNORED]: TCP flags (RFC 9293 3.1). Letters F S R P A U,
 * E or 2 for ECE, C or 1 for CWR, 0 for none.
 */
#include <ctype.h>
#include <string.h>

#include "rule/keywords.h"

static int letters(struct draft *d, const char *s, uint32_t *ret)
{
	static const char names[] = "FSRPAUEC"; /* bit 0 ... 7 */

	*ret = 0;
	for (; *s; s++) {
		char c = *s == '1' ? 'C' : *s == '2' ? 'E' : (char)toupper((unsigned char)*s);
		const char *p = strchr(names, c);

		if (p)
			*ret |= 1u << (p - names);
		else if (c != '0')
			return draft_fail(d, "'%c' is not a flag", *s);
	}
	return 0;
}

static uint8_t how(char c)
{
	return c == '+' ? RULE_FLAGS_ALL : c == '*' ? RULE_FLAGS_ANY : c == '!' ? RULE_FLAGS_NOT : RULE_FLAGS_EXACT;
}

int kw_flags(struct draft *d, char *v)
{
	struct rule_test t = { .field = RULE_FIELD_FLAGS };
	char *part[2], *s;
	int n = text_split(v, ',', part, 2), r;

	if (n < 1)
		return draft_fail(d, "more than one list of ignored flags");
	s = part[0];
	if (*s && strchr("+*!", *s)) {
		t.how = how(*s++);
	} else if (*s && strchr("+*!", s[strlen(s) - 1])) {
		t.how = how(s[strlen(s) - 1]);
		s[strlen(s) - 1] = 0;
	}
	if (!*s)
		return draft_fail(d, "no flags");
	r = letters(d, s, &t.lo) ?: n == 2 ? letters(d, part[1], &t.hi) : 0;
	return r ? r : draft_test(d, &t);
}

bool rule_flags_match(const struct rule_test *t, uint8_t flags)
{
	uint8_t f = flags & (uint8_t)~t->hi, want = (uint8_t)t->lo;

	switch (t->how) {
	case RULE_FLAGS_ALL:
		return (f & want) == want;
	case RULE_FLAGS_ANY:
		return (f & want) != 0;
	case RULE_FLAGS_NOT:
		return (f & want) == 0;
	default:
		return f == want;
	}
}
