/* SPDX-License-Identifier: BSD-2-Clause */
/* flow: direction and state. What a flow's state is, the kernel says (struct cordon_facts). */
#include <string.h>

#include "base/cleanup.h"
#include "rule/keywords.h"

static const struct {
	const char *name;
	uint16_t bits;
} words[] = {
	{ "to_server", RULE_FLOW_TO_SERVER },
	{ "from_client", RULE_FLOW_TO_SERVER },
	{ "to_client", RULE_FLOW_TO_CLIENT },
	{ "from_server", RULE_FLOW_TO_CLIENT },
	{ "established", RULE_FLOW_ESTABLISHED },
	{ "not_established", RULE_FLOW_NOT_ESTABLISHED },
	{ "stateless", RULE_FLOW_STATELESS },
	{ "only_stream", RULE_FLOW_ONLY_STREAM },
	{ "no_stream", RULE_FLOW_NO_STREAM },
	{ "no_frag", RULE_FLOW_NO_FRAG },
	{ "only_frag", RULE_FLOW_ONLY_FRAG },
};

#define CONTRARY(flow, a, b) (((flow) & ((a) | (b))) == ((a) | (b)))

int kw_flow(struct draft *d, char *v)
{
	char *part[4];
	int n = text_split(v, ',', part, 4);
	uint16_t f;

	if (n < 0)
		return draft_fail(d, "more than four words");
	for (int i = 0; i < n; i++) {
		size_t k = 0;

		while (k < ARRAY_SIZE(words) && strcasecmp(words[k].name, part[i]))
			k++;
		if (k == ARRAY_SIZE(words))
			return draft_fail(d, "'%.32s' is not supported", part[i]);
		d->r->flow |= words[k].bits;
	}
	f = d->r->flow;
	if (CONTRARY(f, RULE_FLOW_TO_SERVER, RULE_FLOW_TO_CLIENT) ||
	    CONTRARY(f, RULE_FLOW_ESTABLISHED, RULE_FLOW_NOT_ESTABLISHED) ||
	    CONTRARY(f, RULE_FLOW_ONLY_STREAM, RULE_FLOW_NO_STREAM) || CONTRARY(f, RULE_FLOW_NO_FRAG, RULE_FLOW_ONLY_FRAG))
		return draft_fail(d, "contradicts itself");
	return 0;
}
