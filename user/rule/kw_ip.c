// SPDX-License-Identifier: BSD-2-Clause
/* Keywords of the IP header and of the flow that are not plain numbers: tos, ipopts, stream_size, app-layer-protocol. */
#include <string.h>

#include "base/cleanup.h"
#include "cordon_lists.h"
#include "rule/keywords.h"

/* [!]N, decimal or hexadecimal after x */
int kw_tos(struct draft *d, char *v)
{
	struct rule_test t = { .field = RULE_FIELD_TOS, .negated = *v == '!' };
	unsigned long n;
	char *s = text_trim(v + t.negated), *end;
	bool is_hex = *s == 'x' || *s == 'X';

	n = strtoul(s + is_hex, &end, is_hex ? 16 : 10);
	if (end == s + is_hex || *end || *s == '-' || n > 255)
		return draft_fail(d, "'%.32s' is not a number from 0 to 255", v);
	t.lo = t.hi = (uint32_t)n;
	return draft_test(d, &t);
}

/* RFC 791 3.1, RFC 1108 */
static const struct {
	const char *name;
	uint16_t type;
} options[] = { { "eol", 0 },	{ "nop", 1 },	 { "rr", 7 },	  { "qs", 25 },	   { "ts", 68 },  { "sec", 130 },
		{ "lsrr", 131 }, { "esec", 133 }, { "cipso", 134 }, { "satid", 136 }, { "ssrr", 137 },
		{ "any", RULE_IPOPTS_ANY } };

int kw_ipopts(struct draft *d, char *v)
{
	struct rule_test t = { .field = RULE_FIELD_IPOPTS };

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (strcasecmp(options[i].name, v))
			continue;
		t.lo = options[i].type;
		return draft_test(d, &t);
	}
	return draft_fail(d, "'%.32s' is no option", v);
}

/* client|server|both|either,operator,bytes */
int kw_stream_size(struct draft *d, char *v)
{
	static const char *const whose[] = { "client", "server", "both", "either" }; /* RULE_SIZE_* */
	struct rule_test t = { .field = RULE_FIELD_STREAM_SIZE };
	char *part[3], range[32];
	int n = text_split(v, ',', part, 3);

	if (n != 3)
		return draft_fail(d, "not of the form side,operator,bytes");
	while (t.how < ARRAY_SIZE(whose) && strcmp(whose[t.how], part[0]))
		t.how++;
	if (t.how == ARRAY_SIZE(whose))
		return draft_fail(d, "'%.32s' is not client, server, both or either", part[0]);
	if (!*part[1] || !strstr("< > <= >= = !=", part[1]))
		return draft_fail(d, "operator '%.8s' is not supported", part[1]);
	t.negated = *part[1] == '!';
	snprintf(range, sizeof(range), "%s%.20s", strchr("<>", *part[1]) ? part[1] : "", part[2]);
	return number_range(d, range, UINT32_MAX, &t.lo, &t.hi, &(bool){ false }) ?: draft_test(d, &t);
}

/* [!]name as in EVE's app_proto */
int kw_app_layer_protocol(struct draft *d, char *v)
{
#define X_NAME(id, name, ...) name,
	static const char *const names[] = { CORDON_APP_LIST(X_NAME) };
	struct rule_test t = { .field = RULE_FIELD_APP, .negated = *v == '!' };
	const char *name = text_trim(v + t.negated);

	if (!strcasecmp(name, "http1"))
		name = names[CORDON_APP_HTTP];
	for (t.lo = CORDON_APP_NONE; t.lo < CORDON_APPS; t.lo++) {
		if (strcasecmp(names[t.lo], name))
			continue;
		t.hi = t.lo;
		return draft_test(d, &t);
	}
	return draft_fail(d, "'%.32s' is not supported", name);
}
