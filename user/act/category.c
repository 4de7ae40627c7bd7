// SPDX-License-Identifier: BSD-2-Clause
/* Rows of `categories:`, see category.h. */
#include "act/category.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

uint8_t category_action(const struct conf_category *rows, size_t n, const char *category, const char *group, uint8_t own)
{
	for (size_t i = 0; i < n; i++) {
		const struct conf_category *row = &rows[i];

		if (row->category[0] && strcasecmp(row->category, category))
			continue;
		if (row->group[0] && (!group || strcasecmp(row->group, group)))
			continue;
		return own < CORDON_ACTION_DROP && row->action > own ? own : row->action;
	}
	return own;
}

/* of a device without a group, and of each group that a row names */
static uint8_t weakest(const struct conf_category *rows, size_t n, const char *category, uint8_t own)
{
	uint8_t least = category_action(rows, n, category, NULL, own);

	for (size_t i = 0; i < n; i++) {
		uint8_t a = rows[i].group[0] ? category_action(rows, n, category, rows[i].group, own) : least;

		least = a < least ? a : least;
	}
	return least;
}

int category_apply(const struct conf_category *rows, size_t n, struct indicators *in)
{
	in->by_category.len = 0;
	if (!n)
		return 0;
	if (vec_reserve(&in->by_category, in->categories.len))
		return -ENOMEM;
	for (size_t i = 0; i < in->categories.len; i++) {
		struct category_actions *c = &in->by_category.data[in->by_category.len++];

		for (uint8_t own = 0; own < CORDON_ACTIONS; own++)
			c->of[own] = weakest(rows, n, in->categories.data[i], own);
	}
	return 0;
}
