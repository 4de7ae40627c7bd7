// SPDX-License-Identifier: BSD-2-Clause
/*
 * modbus: what a request asks a device for, in Suricata's words:
 *   unit 5 | function 8, subfunction 4 | function !user | access write coils, address 5<>9 | ..., address 7, value >3
 * A unit may stand before one of the others. Addresses count from 1, one more than on the wire. Unlike Suricata, a function
 * without a name is that function alone, not any without a name.
 */
#include <string.h>

#include "base/cleanup.h"
#include "parse/modbus.h"
#include "rule/keywords.h"

#define WORDS_MAX 4 /* unit, access, address, value */

struct word {
	const char *name;
	uint8_t bits;
};

/* bits of the word that @s is; 0: none of them */
static uint8_t bits_of(const struct word *w, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(w[i].name, s))
			return w[i].bits;
	return 0;
}

/* "address 5" to "5"; NULL: another word */
static char *behind(char *s, const char *word)
{
	size_t n = strlen(word);

	return strncmp(s, word, n) || !strchr(" \t", s[n]) ? NULL : text_trim(s + n);
}

static int range(struct draft *d, char *v, uint32_t max, struct rule_test *t)
{
	int r = number_range(d, v, max, &t->lo, &t->hi, &t->negated);

	return r ?: t->negated ? draft_fail(d, "a range cannot be negated here") : 0;
}

static int unit(struct draft *d, char *v)
{
	struct rule_test t = { .field = APP_NUMBER_MODBUS_UNIT };

	return range(d, v, 65535, &t) ?: number_use(d, &t);
}

static int function(struct draft *d, char *v, char *sub)
{
	static const struct word categories[] = { { "assigned", MODBUS_ASSIGNED },
						  { "unassigned", MODBUS_UNASSIGNED },
						  { "public", MODBUS_ASSIGNED | MODBUS_UNASSIGNED },
						  { "user", MODBUS_USER },
						  { "reserved", MODBUS_RESERVED },
						  { "all", MODBUS_ASSIGNED | MODBUS_UNASSIGNED | MODBUS_USER | MODBUS_RESERVED } };
	const uint8_t all = MODBUS_ASSIGNED | MODBUS_UNASSIGNED | MODBUS_USER | MODBUS_RESERVED;
	struct rule_test t = { .field = APP_NUMBER_MODBUS_CATEGORY, .how = RULE_NUMBER_ANY_BIT };
	bool is_not = *v == '!';
	uint64_t n;
	int r;

	if (str_to_u64(v, 1, 255, &n)) {
		t.lo = bits_of(categories, ARRAY_SIZE(categories), v + is_not);
		if (!t.lo || sub)
			return draft_fail(d, "'%.32s' is neither a function nor a category%s", v, sub ? " with a subfunction" : "");
		if (is_not)
			t.lo = all & ~t.lo;
		return t.lo ? number_use(d, &t) : draft_fail(d, "no function is none of all");
	}
	r = number_use(d, &(struct rule_test){ .field = APP_NUMBER_MODBUS_FUNCTION, .lo = (uint32_t)n, .hi = (uint32_t)n });
	if (r || !sub)
		return r;
	sub = behind(sub, "subfunction");
	if (!sub || str_to_u64(sub, 0, 65535, &n))
		return draft_fail(d, "behind a function only 'subfunction NUMBER' may stand");
	return number_use(d, &(struct rule_test){ .field = APP_NUMBER_MODBUS_SUBFUNCTION, .lo = (uint32_t)n, .hi = (uint32_t)n });
}

/* a request's addresses meet the rule's; *ret_at: the address, when it is one */
static int address(struct draft *d, char *v, int32_t *ret_at)
{
	struct rule_test t = { .field = APP_NUMBER_MODBUS_ADDRESS }, last = { .field = APP_NUMBER_MODBUS_LAST, .hi = UINT32_MAX };
	int r = range(d, v, 65535, &t);

	if (r)
		return r;
	*ret_at = t.lo == t.hi && *v >= '0' && *v <= '9' ? (int32_t)t.lo : -1;
	last.lo = t.lo;
	t.lo = 0;
	return number_use(d, &t) ?: number_use(d, &last);
}

static int value(struct draft *d, char *v, int32_t at, bool is_write)
{
	struct rule_test t = { .field = APP_NUMBER_MODBUS_ADDRESS, .how = RULE_NUMBER_WRITTEN, .at = (uint16_t)at };

	if (at < 0 || !is_write)
		return draft_fail(d, "a value is what is written at one address");
	return range(d, v, 65535, &t) ?: number_use(d, &t);
}

/* "write coils" */
static int access_type(struct draft *d, char *v, bool *ret_is_write)
{
	static const struct word types[] = { { "discretes", MODBUS_DISCRETES }, { "coils", MODBUS_COILS },
					     { "input", MODBUS_INPUT },		{ "holding", MODBUS_HOLDING } };
	bool is_write = !strncmp(v, "write", 5);
	char *rest = text_trim(v + (is_write ? 5 : 4));
	struct rule_test t = { .field = APP_NUMBER_MODBUS_ACCESS, .how = RULE_NUMBER_ANY_BIT };
	int r;

	if (!is_write && strncmp(v, "read", 4))
		return draft_fail(d, "'%.32s' is neither read nor write", v);
	*ret_is_write = is_write;
	t.lo = is_write ? MODBUS_WRITE : MODBUS_READ;
	r = number_use(d, &t);
	if (r || !*rest)
		return r;
	t.lo = bits_of(types, ARRAY_SIZE(types), rest);
	if (!t.lo)
		return draft_fail(d, "'%.32s' is none of discretes, coils, input and holding", rest);
	if (is_write && t.lo & (MODBUS_DISCRETES | MODBUS_INPUT))
		return draft_fail(d, "%s are never written", rest);
	return number_use(d, &t);
}

static int access_words(struct draft *d, char **part, int n)
{
	char *addr = n > 1 ? behind(part[1], "address") : NULL, *val = n > 2 ? behind(part[2], "value") : NULL;
	bool is_write = false;
	int32_t at = -1;
	int r = access_type(d, part[0], &is_write);

	if (!r && ((n > 1 && !addr) || (n > 2 && !val) || n > 3))
		return draft_fail(d, "behind an access only an address and a value may stand");
	if (!r && addr)
		r = address(d, addr, &at);
	if (!r && val)
		r = value(d, val, at, is_write);
	return r;
}

int kw_modbus(struct draft *d, char *v)
{
	char *part[WORDS_MAX], **next = part, *word;
	int n = text_split(v, ',', part, WORDS_MAX), r = 0;

	if (n < 1)
		return draft_fail(d, "more than unit, access, address and value");
	word = behind(*next, "unit");
	if (word) {
		r = unit(d, word);
		next++;
		n--;
	}
	if (r || !n)
		return r;
	word = behind(*next, "function");
	if (word)
		return n > 2 ? draft_fail(d, "more than a function and a subfunction") : function(d, word, n > 1 ? next[1] : NULL);
	*next = behind(*next, "access");
	return *next ? access_words(d, next, n) : draft_fail(d, "none of unit, function and access");
}
