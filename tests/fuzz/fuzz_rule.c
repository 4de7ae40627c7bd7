// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: any bytes as a rule file. Every rule loads or is refused
 * with its place and a reason; what loads becomes an engine.
 */
#include "fuzz/fuzz.h"
#include "match/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rule_refusal *f;
	const struct match_cost *cost;
	struct match_engine *e = NULL;
	struct ruleset *rs = NULL;
	struct strbuf err = { 0 };
	size_t n;

	must(!ruleset_load_text("fuzz", (const char *)data, size, NULL, 0, &rs, &err));
	n = ruleset_refusals(rs, &f);
	for (size_t i = 0; i < n; i++)
		must(f[i].line && *f[i].reason);
	must(!match_build(rs, &e, &err));
	must(match_costs(e, &cost) <= ruleset_count(rs));
	match_free(e);
	ruleset_free(rs);
	strbuf_done(&err);
	return 0;
}
