// SPDX-License-Identifier: BSD-2-Clause
/* geoip:[any|src|dst|both,][!]CC[,CC]...: an end's country, of IPv6 too. "!" holds for all of them, as in Suricata. */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "rule/geoip.h"
#include "rule/keywords.h"

static int country(struct draft *d, struct geoip_set *s, const char *code)
{
	if (strlen(code) != 2 || !isupper((unsigned char)code[0]) || !isupper((unsigned char)code[1]))
		return draft_fail(d, "'%.32s' is no country: two capitals (ISO 3166)", code);
	memcpy(s->code[s->n++], code, 2);
	return 0;
}

int kw_geoip(struct draft *d, char *v)
{
	static const char *const sides[] = { "any", "src", "dst", "both" }; /* RULE_IPREP_* */
	struct rule_test t = { .field = RULE_FIELD_GEOIP };
	struct geoip_set s = { .of = d->ld->geoip };
	char *part[GEOIP_COUNTRIES_MAX];
	int n = text_split(v, ',', part, ARRAY_SIZE(part)), i = 0, r = 0;

	if (n < 1)
		return draft_fail(d, "more than %d countries", GEOIP_COUNTRIES_MAX);
	if (!s.of)
		return draft_fail(d, "no database is given: load geoip:FILE.mmdb with the rules");
	for (uint8_t k = 0; k < ARRAY_SIZE(sides) && !i; k++)
		if (n > 1 && !strcmp(part[0], sides[k])) {
			t.how = k;
			i = 1;
		}
	for (; !r && i < n; i++) {
		bool is_not = *part[i] == '!';

		t.negated |= is_not;
		r = country(d, &s, part[i] + is_not);
	}
	t.geoip = r ? NULL : arena_copy(&d->ld->arena, &s, sizeof(s));
	return r ?: t.geoip ? draft_test(d, &t) : -ENOMEM;
}
