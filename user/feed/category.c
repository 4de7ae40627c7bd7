// SPDX-License-Identifier: BSD-2-Clause
/* What a feed's entries ask for by its category alone, see categories.h. */
#include "feed/feed.h"

#include <string.h>

#include "feed/categories.h"

static bool has_word(const char *category, const char *word)
{
	size_t len = strlen(word), n;

	for (const char *s = category; *s; s += n + (s[n] != '\0')) {
		n = strcspn(s, "-_./");
		if (n == len && !memcmp(s, word, n))
			return true;
	}
	return false;
}

uint8_t feed_action_of_category(const char *category)
{
	static const struct {
		const char *word;
		uint8_t action;
	} rows[] = {
#define ROW(word, action) {word, CORDON_ACTION_##action},
		FEED_CATEGORY_LIST(ROW)
#undef ROW
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (has_word(category, rows[i].word))
			return rows[i].action;
	return CORDON_ACTION_DROP;
}
