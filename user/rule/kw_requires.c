// SPDX-License-Identifier: BSD-2-Clause
/*
 * requires: what the engine must have for the rule to be one for it. The rule
 * language here is that of Suricata 7.0.10; a rule for another engine is
 * refused with what it asks for, and its twin for this one loads.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "rule/keywords.h"

#define PARTS_MAX 16

static const unsigned int version[3] = { 7, 0, 10 };

static const char *const features[] = { "ja3", "ja4", "output::file-store" };

static int version_order(const unsigned int want[3])
{
	for (int i = 0; i < 3; i++)
		if (version[i] != want[i])
			return version[i] < want[i] ? -1 : 1;
	return 0;
}

/* ">= 7.0.3", "< 8": one comparison */
static int compare(struct draft *d, char *s, bool *ret)
{
	size_t n = strspn(s, "<>=");
	unsigned int want[3] = { 0 };
	int order, end = 0;
	char *v = text_trim(s + n);

	if (sscanf(v, "%4u%n.%4u%n.%4u%n", &want[0], &end, &want[1], &end, &want[2], &end) < 1 || v[end])
		return draft_fail(d, "'%.32s' is no version", v);
	order = version_order(want);
	if (n == 2 && !strncmp(s, ">=", 2))
		*ret = order >= 0;
	else if (n == 2 && !strncmp(s, "<=", 2))
		*ret = order <= 0;
	else if (n == 1 && *s == '>')
		*ret = order > 0;
	else if (n == 1 && *s == '<')
		*ret = order < 0;
	else
		return draft_fail(d, "'%.32s' does not compare with <, <=, > or >=", s);
	return 0;
}

/* "version >= 7.0.3 < 8 | >= 8.0.1": one of the alternatives, all of its comparisons */
static int version_fits(struct draft *d, char *s, bool *ret)
{
	char *any[PARTS_MAX];
	int n = text_split(s, '|', any, PARTS_MAX);

	*ret = false;
	if (n < 1)
		return draft_fail(d, "more than %d versions", PARTS_MAX);
	for (int i = 0; i < n; i++) {
		bool all = true, one = false;

		for (char *p = any[i], *next; *p; p = next) {
			size_t op = strspn(p, "<>="), len = op + strcspn(p + op, "<>=");
			char text[64];
			int r;

			next = p + len;
			if (!op || len >= sizeof(text))
				return draft_fail(d, "'%.32s' is no comparison of versions", p);
			memcpy(text, p, len);
			text[len] = 0;
			r = compare(d, text_trim(text), &one);
			if (r)
				return r;
			all = all && one;
		}
		*ret |= all;
	}
	return 0;
}

static bool has_feature(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(features); i++)
		if (!strcmp(features[i], name))
			return true;
	return false;
}

static bool has_keyword(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		if (!strcmp(keywords[i].name, name))
			return true;
	for (size_t i = 0; i < APP_BUFFERS; i++)
		if (!strcmp(app_buffers[i].name, name))
			return app_buffers[i].flags & APP_BUFFER_READY;
	for (size_t i = 0; i < APP_NUMBERS; i++)
		if (!strcmp(app_numbers[i].name, name))
			return app_numbers[i].flags & APP_BUFFER_READY;
	return false;
}

static int one(struct draft *d, char *s)
{
	char *value = s + strcspn(s, " \t");
	bool ok = false;
	int r = 0;

	if (*value)
		*value++ = 0;
	value = text_trim(value);
	if (!strcmp(s, "version"))
		r = version_fits(d, value, &ok);
	else if (!strcmp(s, "feature"))
		ok = has_feature(value);
	else if (!strcmp(s, "keyword"))
		ok = has_keyword(value);
	else
		return draft_fail(d, "asks for '%.32s', which is not known", s);
	return r || ok ? r : draft_fail(d, "the rule is for another engine: %.16s %.48s", s, value);
}

/* "feature ja3, version >= 7.0.3, keyword http.uri" */
int kw_requires(struct draft *d, char *v)
{
	char *part[PARTS_MAX];
	int n = text_split(v, ',', part, PARTS_MAX), r = 0;

	if (n < 1)
		return draft_fail(d, "more than %d conditions", PARTS_MAX);
	for (int i = 0; !r && i < n; i++)
		r = one(d, part[i]);
	return r;
}
