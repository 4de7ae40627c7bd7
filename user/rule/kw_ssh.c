// SPDX-License-Identifier: BSD-2-Clause
/* ssh.protoversion, ssh.softwareversion: the old keywords that carry their text with them. */
#include <string.h>

#include "rule/keywords.h"
#include "rule/regex.h"

#define VERSION_MAX_ 255 /* bytes of a content */

/* RFC 4253 5.1: a server that also speaks version 1 says 1.99 */
static int compatible(struct draft *d)
{
	static const char pattern[] = "^(2|1\\.99)";
	struct rule_match m = { .kind = RULE_MATCH_PCRE };
	struct strbuf err = { 0 };
	struct regex *re;
	int r = vec_reserve(&d->ld->regexes, d->ld->regexes.len + 1);

	r = r ?: regex_new(pattern, sizeof(pattern) - 1, 0, &re, &err);
	strbuf_done(&err);
	if (r)
		return r;
	m.regex = d->ld->regexes.data[d->ld->regexes.len++] = re;
	return draft_add_to(d, APP_BUFFER_SSH_PROTO, &m);
}

int kw_ssh_version(struct draft *d, char *v)
{
	struct rule_match m = { .kind = RULE_MATCH_CONTENT };
	bool is_proto = !strcmp(d->keyword, "ssh.protoversion");
	uint8_t buffer = is_proto ? APP_BUFFER_SSH_PROTO : APP_BUFFER_SSH_SOFTWARE;
	int r = buffer_use(d, buffer);

	v = text_unquoted(v);
	m.len = (uint16_t)strlen(v);
	if (!*v || strlen(v) > VERSION_MAX_)
		return draft_fail(d, "needs 1 to %d characters", VERSION_MAX_);
	if (r || (is_proto && !strcmp(v, "2_compat")))
		return r ?: compatible(d);
	m.startswith = m.endswith = true;
	m.bytes = arena_copy(&d->ld->arena, v, m.len);
	return m.bytes ? draft_add_to(d, buffer, &m) : -ENOMEM;
}
