// SPDX-License-Identifier: BSD-2-Clause
/* Indicators as a bundle, the format that fmt_bundle.c reads. */
#include "feed/feed.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/lists.h"

#define CHUNK 65536

static int flush(int fd, struct strbuf *b)
{
	size_t done = 0;

	if (b->failed)
		return -ENOMEM;
	while (done < b->len) {
		ssize_t n = write(fd, b->s + done, b->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	strbuf_clear(b);
	return 0;
}

static void add_time(struct json *j, const char *key, uint64_t wall_ns)
{
	char when[40];

	if (!wall_ns)
		return;
	clock_iso8601(when, sizeof(when), wall_ns);
	json_str(j, key, when);
}

/* the weakest of what it is: an entry that is only watched here asks for no more elsewhere */
static uint8_t action_of(const struct indicator *e)
{
	return e->flags & CORDON_THREAT_OBSERVE ? CORDON_ACTION_OBSERVE : e->action;
}

static void add_entry(struct strbuf *out, const struct indicators *in, const struct indicator *e)
{
	bool is_text = e->kind >= CORDON_INDICATOR_DOMAIN;
	char text[ADDR_STR_MAX];
	struct json j = {0};

	json_begin(&j, NULL, '{');
	json_str(&j, "kind", indicator_name(e->kind));
	json_str(&j, "value", is_text ? indicator_value(in, e) : prefix_str(text, sizeof(text), &e->prefix));
	if (e->kind == CORDON_INDICATOR_DOMAIN)
		json_bool(&j, "subdomains", e->flags & CORDON_THREAT_SUBDOMAINS);
	json_str(&j, "category", indicator_category(in, e));
	json_u64(&j, "confidence", e->confidence);
	json_str(&j, "action", action_name(action_of(e)));
	if (e->mark)
		json_str(&j, "mark", indicator_mark(e));
	add_time(&j, "first_seen", e->first_seen_s * 1000000000ULL);
	add_time(&j, "expires", e->expires_ns);
	if (e->feed < in->feeds.len)
		json_str(&j, "feed", in->feeds.data[e->feed]);
	json_end(&j, '}');
	if (j.b.failed)
		out->failed = true;
	else
		strbuf_addf(out, "%s\n", j.b.s);
	json_done(&j);
}

static void add_head(struct strbuf *out, const char *name, uint64_t version, uint64_t entries, uint64_t now_ns)
{
	struct json j = {0};

	json_begin(&j, NULL, '{');
	json_u64(&j, "cordon_bundle", 1);
	json_str(&j, "name", name);
	json_u64(&j, "version", version);
	add_time(&j, "created", now_ns);
	json_u64(&j, "entries", entries);
	json_end(&j, '}');
	if (j.b.failed)
		out->failed = true;
	else
		strbuf_addf(out, "%s\n", j.b.s);
	json_done(&j);
}

int feed_bundle_write(int fd, const struct indicators *in, const char *name, uint64_t version, uint64_t now_ns)
{
	struct strbuf out = {0};
	int r = 0;

	add_head(&out, name, version, in->v.len, now_ns);
	for (size_t i = 0; i < in->v.len && !r; i++) {
		add_entry(&out, in, &in->v.data[i]);
		if (out.len > CHUNK || out.failed)
			r = flush(fd, &out);
	}
	if (!r)
		r = flush(fd, &out);
	strbuf_done(&out);
	return r;
}
