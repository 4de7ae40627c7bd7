// SPDX-License-Identifier: BSD-2-Clause
/* feeds/sources.conf: "[name]" and "key = value" lines; see known.h. */
#include "feed/known.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/lists.h"

__asm__(".section .rodata\n.global feed_sources\nfeed_sources:\n.incbin \"feeds/sources.conf\"\n.byte 0\n.previous\n");
extern const char feed_sources[];

/* the line at @s without blanks around it */
static size_t trimmed(const char **s)
{
	size_t n;

	*s += strspn(*s, " \t");
	n = strcspn(*s, "\n");
	while (n && strchr(" \t\r", (*s)[n - 1]))
		n--;
	return n;
}

static bool is_key(const char *s, size_t n, const char *key)
{
	return strlen(key) == n && !memcmp(s, key, n);
}

static int take_text(char *dst, size_t size, const char *value)
{
	return str_copy(dst, size, value) == strlen(value) ? 0 : -EINVAL;
}

static int take_action(struct feed_known *k, const char *value)
{
	int a = action_from_name(value);

	k->action = (uint8_t)(a < 0 ? 0 : a);
	return a < 0 ? -EINVAL : 0;
}

static int take_confidence(struct feed_known *k, const char *value)
{
	uint64_t n = 0;
	int r = str_to_u64(value, 0, 100, &n);

	k->confidence = (uint8_t)n;
	return r;
}

static int take(struct feed_known *k, const char *key, size_t key_len, const char *value)
{
	struct {
		const char *key;
		char *dst;
		size_t size;
	} texts[] = { { "address", k->address, sizeof(k->address) },
		      { "format", k->format, sizeof(k->format) },
		      { "licence", k->licence, sizeof(k->licence) },
		      { "category", k->category, sizeof(k->category) } };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (is_key(key, key_len, texts[i].key))
			return take_text(texts[i].dst, texts[i].size, value);
	if (is_key(key, key_len, "refresh"))
		return str_to_duration_ns(value, &k->refresh_ns);
	if (is_key(key, key_len, "action"))
		return take_action(k, value);
	if (is_key(key, key_len, "confidence"))
		return take_confidence(k, value);
	k->needs_key = is_key(key, key_len, "needs_key") && !strcmp(value, "yes");
	return k->needs_key ? 0 : -EINVAL;
}

/* one "key = value"; @n bytes */
static int take_line(struct feed_known *k, const char *line, size_t n)
{
	const char *equal = memchr(line, '=', n), *value = equal ? equal + 1 : NULL;
	char text[513];
	size_t key = equal ? (size_t)(equal - line) : 0;

	if (!equal)
		return -EINVAL;
	while (key && line[key - 1] == ' ')
		key--;
	while (value < line + n && *value == ' ')
		value++;
	if ((size_t)(line + n - value) >= sizeof(text))
		return -EINVAL;
	memcpy(text, value, (size_t)(line + n - value));
	text[line + n - value] = '\0';
	return take(k, line, key, text);
}

static bool is_whole(const struct feed_known *k)
{
	return k->name[0] && k->address[0] && k->format[0] && k->licence[0] && k->category[0] && k->refresh_ns;
}

int feed_known_next(size_t *at, struct feed_known *ret, struct strbuf *err)
{
	const char *s = feed_sources + *at;

	*ret = (struct feed_known){ .action = CORDON_ACTION_ALERT, .confidence = 50 };
	for (; *s; s += strcspn(s, "\n"), s += *s == '\n') {
		size_t n = trimmed(&s);
		bool is_head = n > 2 && *s == '[' && s[n - 1] == ']';

		if (!n || *s == '#')
			continue;
		if (is_head && ret->name[0])
			break;
		if (is_head && n - 2 < sizeof(ret->name))
			memcpy(ret->name, s + 1, n - 2);
		else if (is_head || take_line(ret, s, n)) {
			strbuf_addf(err, "feeds/sources.conf: [%s]: %.*s", ret->name, (int)n, s);
			return -EINVAL;
		}
	}
	*at = (size_t)(s - feed_sources);
	if (!ret->name[0])
		return 0;
	if (is_whole(ret))
		return 1;
	strbuf_addf(err, "feeds/sources.conf: [%s] has no address, format, licence, category or refresh", ret->name);
	return -EINVAL;
}
