// SPDX-License-Identifier: BSD-2-Clause
/*
 * What no feed may list, whoever wrote it: feeds/never_block.conf (with all
 * below a name) and feeds/popular.conf (the names themselves), built in, so that
 * the first feed of a first run is judged as the last; and the list of that first run (feeds/first_run.conf). The daemon's own guards
 * (gateway, resolvers, addresses of this host) are taken out when feeds are merged.
 */
#include "feed/parse.h"

#include <pthread.h>
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
	size_t popular;
	int r = read_list("never_block", feed_never_block, feed_never_block_end);

	popular = builtin.v.len;
	if (!r)
		r = read_list("popular", feed_popular, feed_popular_end);
	for (size_t i = popular; i < builtin.v.len; i++)
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
