/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule files to rules, rules to header fields and options. Works in place on
 * a terminated copy of the file. As Suricata: a line that ends in a backslash
 * goes on in the next, a semicolon after a backslash does not end an option.
 */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "rule/draft.h"

/* joins continued lines: the backslash and what is around the line break become spaces */
static char *join_lines(char *s, uint32_t *line)
{
	char *end = strchrnul(s, '\n');

	while (*end) {
		char *p = end;

		if (p > s && p[-1] == '\r')
			p--;
		if (p == s || p[-1] != '\\')
			break;
		memset(p - 1, ' ', (size_t)(end - p) + 2);
		(*line)++;
		end = strchrnul(end, '\n');
	}
	return end;
}

/* "#alert tcp ... (": the rule behind the sign, or NULL */
static char *commented_rule(char *s)
{
	static const char *const actions[] = { "alert", "pass", "drop", "reject" };

	s += strspn(s, "# \t");
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		size_t n = strlen(actions[i]);

		if (!strncmp(s, actions[i], n) && (s[n] == ' ' || s[n] == '\t') && strchr(s, '('))
			return s;
	}
	return NULL;
}

char *lex_rule(char **pos, uint32_t *line, uint32_t *ret_line, bool commented, bool *ret_is_commented)
{
	while (**pos) {
		char *s = *pos, *end;

		*ret_line = *line;
		end = join_lines(s, line);
		*pos = *end ? end + 1 : end;
		if (*end)
			(*line)++;
		*end = 0;
		s = text_trim(s);
		*ret_is_commented = *s == '#';
		if (*s == '#')
			s = commented ? commented_rule(s) : NULL;
		if (s && *s)
			return s;
	}
	return NULL;
}

char *lex_field(char **pos)
{
	char *s = *pos + strspn(*pos, " \t"), *p;
	int depth = 0;

	for (p = s; *p && *p != '(' && (depth > 0 || !isspace((unsigned char)*p)); p++)
		depth += (*p == '[') - (*p == ']');
	if (p == s)
		return NULL;
	*pos = *p && *p != '(' ? p + 1 : p;
	if (*p != '(')
		*p = 0;
	return s;
}

int lex_option(char **pos, char **ret_name, char **ret_value)
{
	char *s = *pos + strspn(*pos, " \t"), *end = s, *colon;

	if (!*s)
		return 0;
	do {
		end = strchr(end + (end != s), ';');
	} while (end && end > s && end[-1] == '\\');
	if (!end)
		return -EINVAL;
	*end = 0;
	*pos = end + 1;
	colon = strchr(s, ':');
	if (colon)
		*colon = 0;
	*ret_name = text_trim(s);
	*ret_value = colon ? text_trim(colon + 1) : s + strlen(s);
	return 1;
}

char *text_trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = 0;
	return s;
}

char *text_unquoted(char *v)
{
	size_t n = strlen(v);

	if (n >= 2 && v[0] == '"' && v[n - 1] == '"') {
		v[n - 1] = 0;
		v++;
	}
	return v;
}

int text_split(char *s, char sep, char **ret, int max)
{
	int n = 0;

	for (char *next; s; s = next) {
		next = strchr(s, sep);
		if (next)
			*next++ = 0;
		if (n == max)
			return -E2BIG;
		ret[n++] = text_trim(s);
	}
	return n;
}
