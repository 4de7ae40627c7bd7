// SPDX-License-Identifier: BSD-2-Clause
/*
 * What rules tell each other: flowbits, xbits, hostbits, flowint. Names are
 * numbered for the whole ruleset; match/state.c remembers.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "rule/keywords.h"

#define NAMES_MAX 32	 /* of one condition: a|b|c */
#define XBITS_EXPIRE 30 /* seconds, when the rule says nothing (as in Suricata) */
#define EXPIRE_MAX (30 * 86400)

struct rule_name {
	char *text; /* in the arena; its kind's letter, then the name */
	uint32_t number;
	UT_hash_handle hh;
};

void rule_names_free(struct rule_name *names)
{
	struct rule_name *n, *next;

	HASH_ITER(hh, names, n, next)
	{
		HASH_DEL(names, n);
		free(n);
	}
}

/* @kind: a letter, so that a flowbit and a flowint of one name are two */
static int name_number(struct draft *d, char kind, const char *name, uint32_t *ret)
{
	struct rule_name *n;
	char text[256];
	int len = snprintf(text, sizeof(text), "%c%s", kind, name);

	if (len < 2 || len >= (int)sizeof(text) || strpbrk(name, " \t\""))
		return draft_fail(d, "'%.32s' is no name", name);
	HASH_FIND(hh, d->ld->names, text, (size_t)len, n);
	if (!n) {
		n = calloc(1, sizeof(*n));
		if (!n)
			return -ENOMEM;
		n->text = arena_strn(&d->ld->arena, text, (size_t)len);
		if (!n->text) {
			free(n);
			return -ENOMEM;
		}
		n->number = HASH_COUNT(d->ld->names);
		HASH_ADD_KEYPTR(hh, d->ld->names, n->text, (size_t)len, n);
	}
	*ret = n->number;
	return 0;
}

static int state_add(struct draft *d, const struct rule_state *s)
{
	if (d->ask.len + d->act.len >= 64)
		return draft_fail(d, "more than 64 of its kind");
	return s->what >= RULE_STATE_IS_SET ? vec_push(&d->ask, *s) : vec_push(&d->act, *s);
}

static int names(struct draft *d, char kind, char *list, struct rule_state *s)
{
	uint32_t number[NAMES_MAX];
	char *part[NAMES_MAX];
	int n = text_split(list, '|', part, NAMES_MAX), r = 0;

	if (n < 0)
		return draft_fail(d, "more than %d names", NAMES_MAX);
	/* as Suricata: only a question may have several */
	if (n > 1 && s->what != RULE_STATE_IS_SET)
		return draft_fail(d, "several names in what is no question");
	for (int i = 0; !r && i < n; i++)
		r = name_number(d, kind, part[i], &number[i]);
	if (r)
		return r;
	s->n_names = (uint8_t)n;
	s->name = arena_copy(&d->ld->arena, number, (size_t)n * sizeof(number[0]));
	return s->name ? 0 : -ENOMEM;
}

static const struct {
	const char *name;
	uint8_t what;
	bool negated;
} deeds[] = {
	{ "set", RULE_STATE_SET, false },	{ "unset", RULE_STATE_UNSET, false },
	{ "toggle", RULE_STATE_TOGGLE, false }, { "isset", RULE_STATE_IS_SET, false },
	{ "isnotset", RULE_STATE_IS_SET, true },
};

static int deed(struct draft *d, const char *name, struct rule_state *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		if (strcmp(deeds[i].name, name))
			continue;
		s->what = deeds[i].what;
		s->negated = deeds[i].negated;
		return 0;
	}
	return draft_fail(d, "'%.32s' is not supported", name);
}

int kw_flowbits(struct draft *d, char *v)
{
	struct rule_state s = { .of = RULE_STATE_OF_FLOW };
	char *part[2];
	int n = text_split(v, ',', part, 2);

	if (n == 1 && !strcmp(part[0], "noalert")) {
		d->r->noalert = true;
		return 0;
	}
	if (n != 2)
		return draft_fail(d, "not of the form deed,name");
	return deed(d, part[0], &s) ?: names(d, 'b', part[1], &s) ?: state_add(d, &s);
}

/* "track ip_src", "expire 60" */
static int xbits_word(struct draft *d, const char *s, struct rule_state *x, bool *has_track)
{
	static const char *const of[] = { "", "track ip_src", "track ip_dst", "track ip_pair" };
	uint64_t n;

	for (uint8_t i = RULE_STATE_OF_SRC; i <= RULE_STATE_OF_PAIR; i++) {
		if (strcmp(of[i], s))
			continue;
		x->of = i;
		*has_track = true;
		return 0;
	}
	if (strncmp(s, "expire ", 7) || str_to_u64(text_trim((char *)s + 7), 1, EXPIRE_MAX, &n))
		return draft_fail(d, "'%.32s' is not supported", s);
	x->expire_ns = n * 1000000000ULL;
	return 0;
}

int kw_xbits(struct draft *d, char *v)
{
	struct rule_state s = { .expire_ns = XBITS_EXPIRE * 1000000000ULL };
	bool has_track = false;
	char *part[4];
	int n = text_split(v, ',', part, 4), r;

	if (n == 1 && !strcmp(part[0], "noalert")) {
		d->r->noalert = true;
		return 0;
	}
	if (n < 3)
		return draft_fail(d, "not of the form deed,name,track ip_src|ip_dst|ip_pair[,expire seconds]");
	r = deed(d, part[0], &s);
	for (int i = 2; !r && i < n; i++)
		r = xbits_word(d, part[i], &s, &has_track);
	if (!r && !has_track)
		return draft_fail(d, "does not say what is tracked");
	return r ?: names(d, 'x', part[1], &s) ?: state_add(d, &s);
}

/* deed,name[,src|dst]; the same bits as xbits' of an address */
int kw_hostbits(struct draft *d, char *v)
{
	struct rule_state s = { .of = RULE_STATE_OF_SRC };
	char *part[3];
	int n = text_split(v, ',', part, 3);

	if (n == 1 && !strcmp(part[0], "noalert")) {
		d->r->noalert = true;
		return 0;
	}
	if (n < 2)
		return draft_fail(d, "not of the form deed,name[,src|dst]");
	if (n == 3 && !strcmp(part[2], "dst"))
		s.of = RULE_STATE_OF_DST;
	else if (n == 3 && strcmp(part[2], "src"))
		return draft_fail(d, "'%.32s' is neither src nor dst", part[2]);
	return deed(d, part[0], &s) ?: names(d, 'x', part[1], &s) ?: state_add(d, &s);
}

static const struct {
	const char *name;
	uint8_t what, compare;
	bool negated;
} sums[] = {
	{ "=", RULE_STATE_SET, 0, false },
	{ "+", RULE_STATE_ADD, 0, false },
	{ "-", RULE_STATE_SUB, 0, false },
	{ "<", RULE_STATE_COMPARE, RULE_BYTE_LT, false },
	{ "<=", RULE_STATE_COMPARE, RULE_BYTE_LE, false },
	{ "==", RULE_STATE_COMPARE, RULE_BYTE_EQ, false },
	{ "!=", RULE_STATE_COMPARE, RULE_BYTE_EQ, true },
	{ ">=", RULE_STATE_COMPARE, RULE_BYTE_GE, false },
	{ ">", RULE_STATE_COMPARE, RULE_BYTE_GT, false },
};

/* name,isset | name,notset | name,operator,number or name */
int kw_flowint(struct draft *d, char *v)
{
	struct rule_state s = { .of = RULE_STATE_OF_FLOW, .is_number = true };
	char *part[3];
	int n = text_split(v, ',', part, 3), r = n < 2 ? -EINVAL : names(d, 'i', part[0], &s);
	size_t i = 0;

	if (n < 2)
		return draft_fail(d, "not of the form name,operator[,number]");
	/* a number behind isset says nothing, as in Suricata */
	if (n >= 2 && (!strcmp(part[1], "isset") || !strcmp(part[1], "notset") || !strcmp(part[1], "isnotset"))) {
		s.what = RULE_STATE_IS_SET;
		s.negated = part[1][0] == 'n' || part[1][2] == 'n';
		return r ?: state_add(d, &s);
	}
	while (i < ARRAY_SIZE(sums) && strcmp(sums[i].name, part[1]))
		i++;
	if (n != 3 || i == ARRAY_SIZE(sums))
		return draft_fail(d, "'%.32s' is not supported", part[1]);
	s.what = sums[i].what;
	s.compare = sums[i].compare;
	s.negated = sums[i].negated;
	if (!r && str_to_u64(part[2], 0, UINT32_MAX, &s.value)) {
		r = name_number(d, 'i', part[2], &s.value_name);
		s.value_name++;
	}
	return r ?: state_add(d, &s);
}
