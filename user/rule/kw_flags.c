/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flags:[!+*]LETTERS[,IGNORED]: TCP flags (RFC 9293 3.1). Letters F S R P A U,
 * E or 2 for ECE, C or 1 for CWR, 0 for none. fragbits:[!+*]LETTERS: IPv4 flags.
 */
#include <ctype.h>
#include <string.h>

#include "rule/keywords.h"

/* @names: of bits 0, 1, ... */
static int letters(struct draft *d, const char *s, const char *names, uint32_t *ret)
{
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

/* takes the + * or ! off either end of @s */
static uint8_t take_how(char **s)
{
	size_t n = strlen(*s);
	char c = 0;

	if (n && strchr("+*!", **s)) {
		c = *(*s)++;
	} else if (n && strchr("+*!", (*s)[n - 1])) {
		c = (*s)[n - 1];
		(*s)[n - 1] = 0;
	}
	return how(c);
}

int kw_flags(struct draft *d, char *v)
{
	static const char names[] = "FSRPAUEC";
	struct rule_test t = { .field = RULE_FIELD_FLAGS };
	char *part[2], *s;
	int n = text_split(v, ',', part, 2), r;

	if (n < 1)
		return draft_fail(d, "more than one list of ignored flags");
	s = part[0];
	t.how = take_how(&s);
	if (!*s)
		return draft_fail(d, "no flags");
	r = letters(d, s, names, &t.lo) ?: n == 2 ? letters(d, part[1], names, &t.hi) : 0;
	return r ? r : draft_test(d, &t);
}

/* RFC 791 3.1: more fragments, don't fragment, reserved, from the lowest bit up */
int kw_fragbits(struct draft *d, char *v)
{
	struct rule_test t = { .field = RULE_FIELD_FRAGBITS, .how = take_how(&v) };

	v = text_trim(v);
	if (!*v)
		return draft_fail(d, "no bits");
	return letters(d, v, "MDR", &t.lo) ?: draft_test(d, &t);
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
