// SPDX-License-Identifier: BSD-2-Clause
/*
 * What no feed may list, whoever wrote it: feeds/never_block.conf (with all
 * below a name) and feeds/popular.conf (the names themselves), built in, so that
 * the first feed of a first run is judged as the last; and the list of that first run (feeds/first_run.conf). The daemon's own guards
 * (gateway, resolvers, addresses of this host) are taken out when feeds are merged.
 */
#include "feed/parse.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define EMBED(name, path)                                                                                              \
	__asm__(".section .rodata\n.global " #name "\n" #name ":\n.incbin \"" path "\"\n.global " #name "_end\n" #name \
		"_end:\n.byte 0\n.previous\n");                                                                       \
	extern const char name[], name##_end[]

EMBED(feed_never_block, "feeds/never_block.conf");
EMBED(feed_popular, "feeds/popular.conf");
EMBED(feed_first_run_list, "feeds/first_run.conf");

static struct indicators builtin;
static size_t popular_from; /* entries of popular.conf */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int read_list(const char *name, const char *text, const char *end)
{
	const struct feed_opts o = {.name = name, .action = CORDON_ACTION_OBSERVE};
	struct feed_report rep = {0};
	int r = feed_parse("plain", text, (size_t)(end - text), &o, &builtin, &rep);

	feed_report_done(&rep);
	return r;
}

int feed_first_run(struct indicators *into)
{
	const struct feed_opts o = {.name = FEED_FIRST_RUN, .category = "first-run", .action = CORDON_ACTION_ALERT, .confidence = 90};
	struct feed_report rep = {0};
	int r = feed_parse("plain", feed_first_run_list, (size_t)(feed_first_run_list_end - feed_first_run_list), &o, into, &rep);

	feed_report_done(&rep);
	return r;
}

static void done(void)
{
	indicators_done(&builtin);
}

static void read_lists(void)
{
	int r = read_list("never_block", feed_never_block, feed_never_block_end);

	popular_from = builtin.v.len;
	if (!r)
		r = read_list("popular", feed_popular, feed_popular_end);
	for (size_t i = popular_from; i < builtin.v.len; i++)
		builtin.v.data[i].flags &= (uint8_t)~CORDON_THREAT_SUBDOMAINS;
	if (r)
		log_error("feeds: the built-in lists of what is never blocked cannot be read: %s", strerror(-r));
	atexit(done);
}

static void note(const struct indicators *in, const struct indicator *e, void *ctx)
{
	struct feed_report *rep = ctx;
	struct feed_parser p = {.report = rep, .line = e->line};
	char text[ADDR_STR_MAX];
	const char *value = e->kind >= CORDON_INDICATOR_DOMAIN ? indicator_value(in, e)
							       : prefix_str(text, sizeof(text), &e->prefix);
	bool is_popular = false;

	for (size_t i = 0; i < builtin.v.len && e->kind == CORDON_INDICATOR_DOMAIN; i++) {
		const struct indicator *b = &builtin.v.data[i];
		const char *name = indicator_value(&builtin, b);
		size_t n = strlen(name), m = strlen(value);

		is_popular |= !(b->flags & CORDON_THREAT_SUBDOMAINS) && n >= m && !strcmp(name + n - m, value);
	}
	feed_refuse(&p, (struct feed_text){value, strlen(value)}, is_popular ? FEED_POPULAR : FEED_GUARDED);
	/* a range is several entries and was counted once */
	rep->accepted -= rep->accepted > 0;
	rep->marks[e->mark] -= rep->marks[e->mark] > 0;
}

int feed_guard(struct indicators *in, struct feed_report *rep)
{
	long out;

	pthread_once(&once, read_lists);
	out = indicators_except(in, &builtin, note, rep);
	return out < 0 ? (int)out : out && !in->v.len ? -EINVAL : 0;
}

bool feed_may_list(const struct addr *a)
{
	struct indicator e = {.kind = addr_is_v4(a) ? CORDON_INDICATOR_IPV4 : CORDON_INDICATOR_IPV6,
			      .prefix = {.addr = *a, .len = 128}};
	struct indicators in = {0};
	bool may;

	pthread_once(&once, read_lists);
	may = !space_refused(&e.prefix) && !vec_push(&in.v, e) && !indicators_except(&in, &builtin, NULL, NULL);
	indicators_done(&in);
	return may;
}

/* --- why, for people --- */

/* the reason behind the value in this line of a built-in list */
static void comment_of(const char *text, uint32_t line, char *dst, size_t size)
{
	const char *hash, *end;

	while (--line && (text = strchr(text, '\n')))
		text++;
	end = text ? text + strcspn(text, "\n") : NULL;
	hash = text ? memchr(text, '#', (size_t)(end - text)) : NULL;
	if (hash)
		snprintf(dst, size, "%.*s", (int)(end - hash - 1 - (hash[1] == ' ')), hash + 1 + (hash[1] == ' '));
}

static bool touches(const struct indicator *b, const struct prefix *p, const char *name)
{
	const struct prefix *wide = p && p->len < b->prefix.len ? p : &b->prefix;
	bool is_v4 = p && addr_is_v4(&p->addr) && p->len >= 96;

	if (!p)
		return b->kind == CORDON_INDICATOR_DOMAIN &&
		       domain_touches(indicator_value(&builtin, b), b->flags & CORDON_THREAT_SUBDOMAINS, name);
	return b->kind <= CORDON_INDICATOR_IPV6 && (b->kind == CORDON_INDICATOR_IPV4) == is_v4 &&
	       prefix_has(wide, wide == p ? &b->prefix.addr : &p->addr);
}

static unsigned int rule_against(const struct prefix *p, const char *name)
{
	unsigned int why = p ? space_refused(p) : name_refused(name);

	return !why && !p && name_suffix(name) == NAME_SUFFIX ? FEED_PUBLIC_SUFFIX : why;
}

/* the entry that is or covers the value; else one that the value would cover; builtin.v.len: none */
static size_t find_bar(const struct prefix *p, const char *name)
{
	size_t inside = builtin.v.len;

	for (size_t i = 0; i < builtin.v.len; i++) {
		const struct indicator *b = &builtin.v.data[i];

		if (!touches(b, p, name))
			continue;
		if (p ? b->prefix.len <= p->len : strlen(indicator_value(&builtin, b)) <= strlen(name))
			return i;
		inside = inside < i ? inside : i;
	}
	return inside;
}

bool feed_barred(const struct prefix *prefix, const char *name, struct feed_bar *ret)
{
	unsigned int why = rule_against(prefix, name);
	size_t i;

	*ret = (struct feed_bar){.by = prefix ? "address space" : "names"};
	if (why) {
		snprintf(ret->reason, sizeof(ret->reason), "%s", feed_reason_text(why));
		return true;
	}
	pthread_once(&once, read_lists);
	i = find_bar(prefix, name);
	if (i == builtin.v.len)
		return false;
	ret->by = i < popular_from ? "never_block.conf" : "popular.conf";
	if (prefix)
		prefix_str(ret->what, sizeof(ret->what), &builtin.v.data[i].prefix);
	else
		snprintf(ret->what, sizeof(ret->what), "%s", indicator_value(&builtin, &builtin.v.data[i]));
	comment_of(i < popular_from ? feed_never_block : feed_popular, builtin.v.data[i].line, ret->reason, sizeof(ret->reason));
	return true;
}
