// SPDX-License-Identifier: BSD-2-Clause
/*
 * Names of the X-lists. Each table is generated from its list, so a new row
 * there needs nothing here.
 */
#include "base/lists.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

#define X_NAME(id, name, ...) name,
#define X_HELP(id, name, help) help,

static const char *const reasons[] = { CORDON_REASON_LIST(X_NAME) };
static const char *const reason_helps[] = { CORDON_REASON_LIST(X_HELP) };
static const char *const counters[] = { CORDON_COUNTER_LIST(X_NAME) };
static const char *const apps[] = { CORDON_APP_LIST(X_NAME) };
static const char *const levels[] = { CORDON_LEVEL_LIST(X_NAME) };
static const char *const modes[] = { CORDON_MODE_LIST(X_NAME) };
static const char *const roles[] = { CORDON_ROLE_LIST(X_NAME) };
static const char *const actions[] = { CORDON_ACTION_LIST(X_NAME) };
static const char *const indicators[] = { CORDON_INDICATOR_LIST(X_NAME) };

_Static_assert(CORDON_REASONS <= 64, "reasons are bits of a 64-bit set");
_Static_assert(CORDON_APPS <= 64, "applications are bits of a 64-bit set");

static const char *name_at(const char *const *names, unsigned int n, unsigned int id)
{
	return id < n ? names[id] : NULL;
}

static int index_of(const char *const *names, unsigned int n, const char *s)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!strcmp(names[i], s))
			return (int)i;
	return -EINVAL;
}

#define NAME_FUNCTION(func, table)                                                                 \
	const char *func(unsigned int id)                                                          \
	{                                                                                          \
		return name_at(table, ARRAY_SIZE(table), id);                                      \
	}
#define NUMBER_FUNCTION(func, table)                                                               \
	int func(const char *s)                                                                    \
	{                                                                                          \
		return index_of(table, ARRAY_SIZE(table), s);                                      \
	}

NAME_FUNCTION(reason_name, reasons)
NAME_FUNCTION(reason_help, reason_helps)
NAME_FUNCTION(counter_name, counters)
NAME_FUNCTION(app_name, apps)
NAME_FUNCTION(level_name, levels)
NAME_FUNCTION(mode_name, modes)
NAME_FUNCTION(role_name, roles)
NAME_FUNCTION(action_name, actions)
NAME_FUNCTION(indicator_name, indicators)

NUMBER_FUNCTION(level_from_name, levels)
NUMBER_FUNCTION(mode_from_name, modes)
NUMBER_FUNCTION(role_from_name, roles)
NUMBER_FUNCTION(action_from_name, actions)
NUMBER_FUNCTION(app_from_name, apps)
