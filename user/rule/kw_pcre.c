/* SPDX-License-Identifier: BSD-2-Clause */
/* pcre:[!]"/expression/flags": flags of Perl, and those that name a buffer. */
#include <string.h>

#include "base/cleanup.h"
#include "rule/keywords.h"
#include "rule/regex.h"

static const struct {
	char letter;
	unsigned int flag;
} perl[] = { { 'i', REGEX_CASELESS }, { 's', REGEX_DOTALL },   { 'm', REGEX_MULTILINE }, { 'x', REGEX_EXTENDED },
	     { 'A', REGEX_ANCHORED }, { 'E', REGEX_END_ONLY }, { 'G', REGEX_UNGREEDY } };

static bool is_perl_flag(char c, unsigned int *flags)
{
	for (size_t i = 0; i < ARRAY_SIZE(perl); i++) {
		if (perl[i].letter == c) {
			*flags |= perl[i].flag;
			return true;
		}
	}
	return false;
}

static bool is_buffer_flag(char c, uint8_t *buffer)
{
	for (uint8_t i = 0; i < APP_BUFFERS; i++) {
		if (app_buffers[i].letter == c) {
			*buffer = i;
			return true;
		}
	}
	return false;
}

/* @buffer: APP_BUFFER_PAYLOAD unless a flag names another */
static int parse_flags(struct draft *d, const char *s, unsigned int *flags, struct rule_match *m, uint8_t *buffer)
{
	for (; *s; s++) {
		if (*s == 'R')
			m->relative = true;
		else if (*s == 'B' || *s == 'O' || is_perl_flag(*s, flags) || is_buffer_flag(*s, buffer))
			continue; /* B, raw bytes: no meaning; O, no limits: the limits stay */
		else
			return draft_fail(d, "flag '%c' is not supported", *s);
	}
	if (*buffer != APP_BUFFER_PAYLOAD && draft_buffer(d) != APP_BUFFER_PAYLOAD && *buffer != draft_buffer(d))
		return draft_fail(d, "a flag and a sticky buffer name different buffers");
	return 0;
}

static int compile(struct draft *d, const char *pattern, size_t len, unsigned int flags, struct rule_match *m)
{
	struct strbuf err = { 0 };
	struct regex *re;
	int r = vec_reserve(&d->ld->regexes, d->ld->regexes.len + 1);

	if (!r)
		r = regex_new(pattern, len, flags, &re, &err);
	if (!r)
		m->regex = d->ld->regexes.data[d->ld->regexes.len++] = re;
	else if (r == -EINVAL)
		draft_fail(d, "%s", err.s ? err.s : "does not compile");
	strbuf_done(&err);
	return r;
}

int kw_pcre(struct draft *d, char *v)
{
	struct rule_match m = { .kind = RULE_MATCH_PCRE };
	uint8_t buffer = APP_BUFFER_PAYLOAD;
	unsigned int flags = 0;
	char *end;
	int r;

	m.negated = *v == '!';
	v = text_trim(v + m.negated);
	/* the negated form keeps its quotes until here */
	v += *v == '"';
	end = strrchr(v, '/');
	if (*v != '/' || end == v)
		return draft_fail(d, "not of the form /expression/flags");
	*end = 0;
	if (end[1] && end[strlen(end + 1)] == '"')
		end[strlen(end + 1)] = 0;
	/* ", flow:name, pkt:name": names for what the groups hold, which only Suricata's log shows */
	end[1 + strcspn(end + 1, " ,")] = 0;
	r = parse_flags(d, end + 1, &flags, &m, &buffer) ?: compile(d, v + 1, (size_t)(end - v - 1), flags, &m);
	if (r)
		return r;
	if (buffer == APP_BUFFER_PAYLOAD || buffer == draft_buffer(d))
		return draft_add(d, &m);
	return buffer_use(d, buffer) ?: draft_add_to(d, buffer, &m);
}
