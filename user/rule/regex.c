/* SPDX-License-Identifier: BSD-2-Clause */
/* PCRE2 behind regex.h. */
#include "rule/regex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/cleanup.h"
#include "cordon_limits.h"

struct regex {
	pcre2_code *code;
};

struct regex_run {
	pcre2_match_context *limits;
	pcre2_jit_stack *stack;
	pcre2_match_data *data;
};

static uint32_t options(unsigned int flags)
{
	static const uint32_t of[] = { PCRE2_CASELESS, PCRE2_DOTALL,	     PCRE2_MULTILINE, PCRE2_EXTENDED,
				       PCRE2_ANCHORED, PCRE2_DOLLAR_ENDONLY, PCRE2_UNGREEDY };
	uint32_t o = PCRE2_NEVER_BACKSLASH_C;

	for (unsigned int i = 0; i < ARRAY_SIZE(of); i++)
		o |= flags >> i & 1 ? of[i] : 0;
	return o;
}

int regex_new(const char *pattern, size_t len, unsigned int flags, struct regex **ret, struct strbuf *err)
{
	PCRE2_UCHAR text[128];
	PCRE2_SIZE at;
	int code;
	struct regex *re = calloc(1, sizeof(*re));

	if (!re)
		return -ENOMEM;
	re->code = pcre2_compile((PCRE2_SPTR)pattern, len, options(flags), &code, &at, NULL);
	if (!re->code) {
		pcre2_get_error_message(code, text, sizeof(text));
		strbuf_addf(err, "%s at byte %zu of the expression", (char *)text, (size_t)at);
		free(re);
		return -EINVAL;
	}
	/* without machine code (no executable memory) the interpreter runs it, with the same limits */
	pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE);
	*ret = re;
	return 0;
}

void regex_free(struct regex *re)
{
	if (!re)
		return;
	pcre2_code_free(re->code);
	free(re);
}

struct regex_run *regex_run_new(void)
{
	struct regex_run *run = calloc(1, sizeof(*run));

	if (!run)
		return NULL;
	run->limits = pcre2_match_context_create(NULL);
	run->stack = pcre2_jit_stack_create(32768, CORDON_REGEX_STACK, NULL);
	run->data = pcre2_match_data_create(2, NULL);
	if (!run->limits || !run->stack || !run->data) {
		regex_run_free(run);
		return NULL;
	}
	pcre2_jit_stack_assign(run->limits, NULL, run->stack);
	pcre2_set_match_limit(run->limits, CORDON_REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit(run->limits, CORDON_REGEX_DEPTH_LIMIT);
	pcre2_set_heap_limit(run->limits, CORDON_REGEX_HEAP_KIB);
	return run;
}

void regex_run_free(struct regex_run *run)
{
	if (!run)
		return;
	pcre2_match_data_free(run->data);
	pcre2_jit_stack_free(run->stack);
	pcre2_match_context_free(run->limits);
	free(run);
}

int regex_exec(const struct regex *re, struct regex_run *run, const uint8_t *buf, uint32_t len, uint32_t from,
	       uint32_t *ret_start, uint32_t *ret_end)
{
	const PCRE2_SIZE *ov;
	int r;

	/* as Suricata: the subject begins at @from, so ^ and look-behind stop there */
	r = pcre2_match(re->code, buf + from, len - from, 0, 0, run->data, run->limits);
	if (r == PCRE2_ERROR_NOMATCH)
		return REGEX_NO;
	if (r < 0)
		return REGEX_LIMIT;
	ov = pcre2_get_ovector_pointer(run->data);
	/* \K may put the start behind the end */
	*ret_start = from + (uint32_t)(ov[0] < ov[1] ? ov[0] : ov[1]);
	*ret_end = from + (uint32_t)(ov[1] > ov[0] ? ov[1] : ov[0]);
	return REGEX_YES;
}

int regex_group(const struct regex *re, struct regex_run *run, const uint8_t *buf, uint32_t len, uint32_t *ret_start,
		uint32_t *ret_end)
{
	const PCRE2_SIZE *ov;
	int r = pcre2_match(re->code, buf, len, 0, 0, run->data, run->limits);

	if (r < 0 && r != PCRE2_ERROR_NOMATCH)
		return REGEX_LIMIT;
	ov = pcre2_get_ovector_pointer(run->data);
	/* 0: there are more groups than pairs, the first has its own */
	if (r < 0 || r == 1 || ov[2] == PCRE2_UNSET || ov[3] < ov[2])
		return REGEX_NO;
	*ret_start = (uint32_t)ov[2];
	*ret_end = (uint32_t)ov[3];
	return REGEX_YES;
}

unsigned int regex_groups(const struct regex *re)
{
	uint32_t n = 0;

	pcre2_pattern_info(re->code, PCRE2_INFO_CAPTURECOUNT, &n);
	return n;
}

int regex_replace(const struct regex *re, const char *text, const char *to, struct strbuf *ret)
{
	PCRE2_SIZE size = strlen(text) * 2 + strlen(to) * 8 + 256, used = size;
	_cleanup_free_ PCRE2_UCHAR *out = malloc(size);
	int r;

	if (!out)
		return -ENOMEM;
	r = pcre2_substitute(re->code, (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, PCRE2_SUBSTITUTE_GLOBAL, NULL, NULL,
			     (PCRE2_SPTR)to, PCRE2_ZERO_TERMINATED, out, &used);
	if (r <= 0)
		return 0;
	strbuf_add(ret, out, used);
	return ret->failed ? -ENOMEM : r;
}
