// SPDX-License-Identifier: BSD-2-Clause
/*
 * byte_test, byte_jump, byte_extract, byte_math: a number in the buffer is
 * compared, followed, named or computed with. Forms and limits as in
 * Suricata 7; numbers may be variables named before.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "rule/keywords.h"

#define PARTS_MAX 16
#define BINARY_MAX 8 /* bytes of a binary number */
#define TEXT_MAX 23  /* digits of a 64-bit number in octal */

uint8_t draft_var(const struct draft *d, const char *name)
{
	for (uint8_t i = 0; i < d->n_vars; i++)
		if (!strcmp(d->var[i], name))
			return (uint8_t)(i + 1);
	return 0;
}

/* a new variable, or one that is named again */
static int var_new(struct draft *d, const char *name, uint8_t *ret)
{
	*ret = draft_var(d, name);
	if (*ret)
		return 0;
	if (!isalpha((unsigned char)*name))
		return draft_fail(d, "'%.32s' is no name of a variable", name);
	if (d->n_vars == RULE_VARS)
		return draft_fail(d, "more than %d variables", RULE_VARS);
	d->var[d->n_vars] = arena_strn(&d->ld->arena, name, strlen(name));
	if (!d->var[d->n_vars])
		return -ENOMEM;
	*ret = ++d->n_vars;
	return 0;
}

/* decimal, or hexadecimal after 0x; with a sign */
static int integer(const char *s, int64_t *ret)
{
	bool is_negative = *s == '-';
	char *end;
	unsigned long long n;

	s += is_negative || *s == '+';
	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	n = strtoull(s, &end, s[0] == '0' && (s[1] | 0x20) == 'x' ? 16 : 10);
	if (*end || errno || (is_negative && n > INT64_MAX))
		return -EINVAL;
	*ret = is_negative ? -(int64_t)n : (int64_t)n;
	return 0;
}

static int number_or_var(struct draft *d, const char *s, int64_t min, int64_t max, struct rule_number *ret)
{
	ret->var = draft_var(d, s);
	if (ret->var)
		return 0;
	if (integer(s, &ret->n) || (max != INT64_MAX && (ret->n < min || ret->n > max)))
		return draft_fail(d, "'%.32s' is neither a number in range nor a variable named before", s);
	return 0;
}

static int base_of(const char *s)
{
	return !strcmp(s, "hex") ? 16 : !strcmp(s, "dec") ? 10 : !strcmp(s, "oct") ? 8 : 0;
}

/* the value behind a word, "multiplier 2"; NULL: another word */
static const char *after(const char *s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(s, word, n) || !isspace((unsigned char)s[n]))
		return NULL;
	return s + n + strspn(s + n, " \t");
}

/* words of one keyword, bits */
#define W_JUMP 1
#define W_EXTRACT 2

/* one word with a value: 1 understood, 0 not */
static int value_word(struct draft *d, const char *s, unsigned int words, struct rule_byte *b)
{
	int64_t n = 0;
	const char *v;

	if ((v = after(s, "bitmask"))) {
		if (integer(v, &n) || !n)
			return draft_fail(d, "bitmask '%.32s' is not a number above 0", v);
		b->bitmask = (uint64_t)n;
	} else if ((words & (W_JUMP | W_EXTRACT)) && (v = after(s, "multiplier"))) {
		if (integer(v, &n) || n < 1 || n > 65535)
			return draft_fail(d, "multiplier '%.32s' is not a number from 1 to 65535", v);
		b->multiplier = (uint32_t)n;
	} else if ((words & W_JUMP) && (v = after(s, "post_offset"))) {
		if (integer(v, &n) || n < -65535 || n > 65535)
			return draft_fail(d, "post_offset '%.32s' is not a number from -65535 to 65535", v);
		b->post_offset = (int32_t)n;
	} else if ((words & W_EXTRACT) && (v = after(s, "align"))) {
		if (integer(v, &n) || (n != 2 && n != 4))
			return draft_fail(d, "align '%.32s' is neither 2 nor 4", v);
		b->align = (uint8_t)n;
	} else {
		return 0;
	}
	return 1;
}

static int word(struct draft *d, const char *s, unsigned int words, struct rule_match *m, struct rule_byte *b)
{
	int base = base_of(s), r;

	if (!strcmp(s, "relative"))
		m->relative = true;
	else if (!strcmp(s, "little"))
		b->is_little = true;
	else if (!strcmp(s, "string"))
		b->base = b->base ? b->base : 10;
	else if (base)
		b->base = (uint8_t)base;
	else if ((words & W_JUMP) && !strcmp(s, "from_beginning"))
		b->from_begin = true;
	else if ((words & W_JUMP) && !strcmp(s, "from_end"))
		b->from_end = true;
	else if ((words & W_JUMP) && !strcmp(s, "align"))
		b->align = 4;
	else if (strcmp(s, "big")) {
		r = value_word(d, s, words, b);
		return r ? (r < 0 ? r : 0) : draft_fail(d, "'%.32s' is not supported", s);
	}
	return 0;
}

/* the words from @part on, then the condition as a whole */
static int add(struct draft *d, char **part, int n, unsigned int words, struct rule_match *m, struct rule_byte *b)
{
	uint8_t max;
	int r = 0;

	for (int i = 0; !r && i < n; i++)
		r = word(d, part[i], words, m, b);
	if (r)
		return r;
	max = b->base ? TEXT_MAX : BINARY_MAX;
	/* text of 0 bytes: as far as its digits go */
	if (!b->bytes.var && ((!b->bytes.n && !b->base && m->kind != RULE_MATCH_BYTE_JUMP) || b->bytes.n > max))
		return draft_fail(d, "%lld bytes are not 1 to %u", (long long)b->bytes.n, max);
	if (b->from_begin && b->from_end)
		return draft_fail(d, "from both ends");
	m->byte = arena_copy(&d->ld->arena, b, sizeof(*b));
	return m->byte ? draft_add(d, m) : -ENOMEM;
}

static int split(struct draft *d, char *v, char **part, int min)
{
	int n = text_split(v, ',', part, PARTS_MAX);

	return n < min ? draft_fail(d, "fewer than %d or more than %d values", min, PARTS_MAX) : n;
}

static const char *const operators[] = { "<", ">", "=", "<=", ">=", "&", "^", "+", "-", "*", "/", "<<", ">>" };

static int operator_of(const char *s, int from, int to)
{
	for (int i = from; i <= to; i++)
		if (!strcmp(s, operators[i]))
			return i;
	return -1;
}

int kw_byte_test(struct draft *d, char *v)
{
	struct rule_match m = { .kind = RULE_MATCH_BYTE_TEST };
	struct rule_byte b = { 0 };
	char *part[PARTS_MAX], *op;
	int n = split(d, v, part, 4), r;

	if (n < 0)
		return n;
	m.negated = *part[1] == '!';
	op = text_trim(part[1] + m.negated);
	/* "!" alone is "not equal" */
	r = operator_of(*op ? op : "=", RULE_BYTE_LT, RULE_BYTE_XOR);
	if (r < 0)
		return draft_fail(d, "operator '%.8s' is not supported", part[1]);
	b.op = (uint8_t)r;
	return number_or_var(d, part[0], 0, TEXT_MAX, &b.bytes) ?: number_or_var(d, part[2], 0, INT64_MAX, &b.value) ?:
	       number_or_var(d, part[3], -65535, 65535, &b.offset) ?: add(d, part + 4, n - 4, 0, &m, &b);
}

int kw_byte_jump(struct draft *d, char *v)
{
	struct rule_match m = { .kind = RULE_MATCH_BYTE_JUMP };
	struct rule_byte b = { .multiplier = 1 };
	char *part[PARTS_MAX];
	int n = split(d, v, part, 2);

	return n < 0 ? n : number_or_var(d, part[0], 0, TEXT_MAX, &b.bytes) ?:
			   number_or_var(d, part[1], -65535, 65535, &b.offset) ?: add(d, part + 2, n - 2, W_JUMP, &m, &b);
}

int kw_byte_extract(struct draft *d, char *v)
{
	struct rule_match m = { .kind = RULE_MATCH_BYTE_EXTRACT };
	struct rule_byte b = { .multiplier = 1 };
	char *part[PARTS_MAX];
	int n = split(d, v, part, 3);

	return n < 0 ? n : number_or_var(d, part[0], 0, TEXT_MAX, &b.bytes) ?:
			   number_or_var(d, part[1], -65535, 65535, &b.offset) ?: var_new(d, part[2], &b.result) ?:
			   add(d, part + 3, n - 3, W_EXTRACT, &m, &b);
}

/* byte_math names each value: "bytes 4", ... */
static int math_word(struct draft *d, const char *s, struct rule_byte *b, unsigned int *seen)
{
	static const char *const names[] = { "bytes", "offset", "oper", "rvalue", "result" };
	const char *v = NULL;
	unsigned int i = 0;
	int r;

	while (i < ARRAY_SIZE(names) && !(v = after(s, names[i])))
		i++;
	if (!v || *seen >> i & 1)
		return v ? draft_fail(d, "'%s' given twice", names[i]) : 0;
	*seen |= 1u << i;
	switch (i) {
	case 0:
		return number_or_var(d, v, 1, BINARY_MAX + 2, &b->bytes) ?: 1;
	case 1:
		return number_or_var(d, v, -65535, 65535, &b->offset) ?: 1;
	case 2:
		r = operator_of(v, RULE_BYTE_ADD, RULE_BYTE_SHR);
		b->op = (uint8_t)r;
		return r < 0 ? draft_fail(d, "operator '%.8s' is not supported", v) : 1;
	case 3:
		return number_or_var(d, v, 1, UINT32_MAX, &b->value) ?: 1;
	default:
		return var_new(d, v, &b->result) ?: 1;
	}
}

int kw_byte_math(struct draft *d, char *v)
{
	struct rule_match m = { .kind = RULE_MATCH_BYTE_MATH };
	struct rule_byte b = { 0 };
	char *part[PARTS_MAX], *rest[PARTS_MAX];
	unsigned int seen = 0;
	int n = split(d, v, part, 5), n_rest = 0, r;

	for (int i = 0; i < n; i++) {
		const char *x;

		r = math_word(d, part[i], &b, &seen);
		if (r < 0)
			return r;
		if (r)
			continue;
		x = after(part[i], "endian") ?: after(part[i], "string");
		if (after(part[i], "string"))
			b.base = 10;
		rest[n_rest++] = x ? (char *)x : part[i];
	}
	if (n >= 0 && seen != 31)
		return draft_fail(d, "needs bytes, offset, oper, rvalue and result");
	return n < 0 ? n : add(d, rest, n_rest, 0, &m, &b);
}
