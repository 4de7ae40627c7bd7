// SPDX-License-Identifier: BSD-2-Clause
/*
 * cip_service:SERVICE[,CLASS[,[!]ATTRIBUTE]]: a request of CIP, as parse/enip.h writes what it asks for. As in Suricata a
 * class is asked of the services that name attributes, and "!" of an attribute is any attribute in the path.
 */
#include "base/cleanup.h"
#include "rule/keywords.h"

int kw_cip_service(struct draft *d, char *v)
{
	static const uint64_t max[] = { 127, 65535, 65535 };
	struct rule_match m = { .kind = RULE_MATCH_CONTENT, .startswith = true, .endswith = true };
	uint64_t n[3] = { 0 };
	char *part[3];
	int parts = text_split(v, ',', part, ARRAY_SIZE(part));
	bool any = false;
	uint8_t b[5];
	int r;

	if (parts < 1)
		return draft_fail(d, "more than service, class and attribute");
	for (int i = 0; i < parts; i++) {
		any = i == 2 && *part[i] == '!';
		if (str_to_u64(part[i] + any, 0, max[i], &n[i]))
			return draft_fail(d, "'%.32s' is not a number from 0 to %u", part[i], (unsigned int)max[i]);
	}
	b[0] = (uint8_t)n[0];
	b[1] = (uint8_t)(n[1] >> 8);
	b[2] = (uint8_t)n[1];
	b[3] = any ? 0 : (uint8_t)(n[2] >> 8);
	b[4] = (uint8_t)n[2];
	m.len = (uint16_t)(any ? 4 : 2 * parts - 1);
	m.bytes = arena_copy(&d->ld->arena, b, m.len);
	r = m.bytes ? buffer_use(d, APP_BUFFER_CIP_REQUEST) : -ENOMEM;
	return r ?: draft_add_to(d, APP_BUFFER_CIP_REQUEST, &m);
}
