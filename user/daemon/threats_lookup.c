/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `threat lookup`: which feeds list a value, also by what is around it, what would happen, and what stands against
 * it: the entries of feeds that were left out or refused, and why. See threats.h.
 */
#include "daemon/threats_int.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "act/category.h"
#include "base/clock.h"
#include "base/http.h"
#include "base/lists.h"

#define SHOWN_MAX 32 /* rows of each list of an answer */

/* what is asked about, in the form it is looked up in */
struct question {
	const struct threats *t;
	struct json *j;
	char url[FEED_URL_BYTES + 1]; /* "": none */
	char name[256];		      /* "": an address or prefix */
	struct prefix prefix;
	size_t shown;
};

static int read_host(const char *host, struct question *q)
{
	if (prefix_parse(host, &q->prefix) >= 0) {
		if (q->prefix.len == 128)
			q->prefix.addr = addr_of_nat64(&q->prefix.addr);
		return 0;
	}
	return domain_canonical(host, strlen(host), q->name, sizeof(q->name));
}

static int read_question(const char *value, struct question *q)
{
	char host[256] = "";

	if (!http_is_url(value))
		return read_host(value, q);
	if (url_canonical(value, strlen(value), q->url))
		return -EINVAL;
	(void)url_host(q->url, host); /* of https too */
	return read_host(host, q);
}

/* --- rows of the answer --- */

static void json_source(struct json *j, const struct indicators *in, uint16_t feed, uint16_t category, uint32_t line)
{
	json_begin(j, NULL, '{');
	json_str(j, "feed", feed < in->feeds.len ? in->feeds.data[feed] : "?");
	json_u64(j, "line", line);
	json_str(j, "category", category < in->categories.len ? in->categories.data[category] : "");
	json_end(j, '}');
}

static void json_wall(struct json *j, const char *key, uint64_t wall_ns)
{
	char when[40] = "";

	if (wall_ns)
		clock_iso8601(when, sizeof(when), wall_ns);
	json_str(j, key, when);
}

static uint8_t action_for(const struct threats *t, const struct indicators *in, const struct indicator *e, const char *group)
{
	const struct conf *c = &t->d->conf;

	return e->flags & CORDON_THREAT_OBSERVE ?
		       CORDON_ACTION_OBSERVE :
		       category_action(c->categories.data, c->categories.len, indicator_category(in, e), group, e->action);
}

/* what is done about it: for a device without a group, and for those of each group that the configuration names */
static void json_policy(const struct threats *t, const struct indicators *in, const struct indicator *e, struct json *j)
{
	const struct conf *c = &t->d->conf;

	json_str(j, "action", action_name(e->action));
	json_str(j, "effective", action_name(action_for(t, in, e, NULL)));
	json_begin(j, "groups", '{');
	for (size_t i = 0; i < c->categories.len; i++) {
		const char *group = c->categories.data[i].group;
		bool is_first = group[0];

		for (size_t k = 0; k < i; k++)
			is_first = is_first && strcasecmp(group, c->categories.data[k].group);
		if (is_first)
			json_str(j, group, action_name(action_for(t, in, e, group)));
	}
	json_end(j, '}');
}

/* a URL's answer depends on more than its action */
static const char *url_note(const char *url)
{
	char host[256];

	return url_host(url, host) ? "exactly this URL, asked for by HTTP; other pages of its host are not touched" :
				     "https: only the name is to be seen, and it may be a host that others share: not enforced";
}

static const char *entry_text(const struct indicators *in, const struct indicator *e, char buf[ADDR_STR_MAX])
{
	return e->kind >= CORDON_INDICATOR_DOMAIN ? indicator_value(in, e) : prefix_str(buf, ADDR_STR_MAX, &e->prefix);
}

/* members of an object */
static void json_entry(const struct threats *t, uint32_t id, struct json *j)
{
	const struct indicators *in = t->now.set;
	const struct indicator *e = &in->v.data[id - 1];
	char text[ADDR_STR_MAX];

	json_str(j, "kind", indicator_name(e->kind));
	json_str(j, "indicator", entry_text(in, e, text));
	json_policy(t, in, e, j);
	if (e->kind == CORDON_INDICATOR_URL)
		json_str(j, "note", url_note(indicator_value(in, e)));
	json_u64(j, "confidence", e->confidence);
	json_bool(j, "subdomains", e->flags & CORDON_THREAT_SUBDOMAINS);
	json_bool(j, "observe", e->flags & CORDON_THREAT_OBSERVE);
	json_u64(j, "generation", t->now.generation);
	json_str(j, "mark", indicator_mark(e));
	json_wall(j, "first_seen", e->first_seen_s * 1000000000ULL);
	json_wall(j, "expires", e->expires_ns);
	json_begin(j, "sources", '[');
	json_source(j, in, e->feed, e->category, e->line);
	for (size_t i = 0; i < in->also.len; i++)
		if (in->also.data[i].entry == id - 1)
			json_source(j, in, in->also.data[i].feed, in->also.data[i].category, in->also.data[i].line);
	json_end(j, ']');
}

/* --- what is in force --- */

static uint32_t find(const struct question *q, const struct threat_index *index)
{
	return q->name[0] ? threat_index_name(index, q->name, strlen(q->name)) : threat_index_prefix(index, &q->prefix);
}

/* the entry that decides, then all around it; of a URL its host's come behind its own */
static void say_listed(struct question *q)
{
	const struct threat_index *index = q->t->now.index;
	uint32_t url = index && q->url[0] ? threat_index_url(index, q->url, strlen(q->url)) : 0;
	uint32_t id = index ? find(q, index) : 0, first = url ? url : id;

	json_bool(q->j, "listed", first);
	if (!first)
		return;
	q->shown++;
	json_entry(q->t, first, q->j);
	json_begin(q->j, "around", '[');
	for (id = url ? id : threat_index_around(index, id); id; id = threat_index_around(index, id)) {
		json_begin(q->j, NULL, '{');
		json_entry(q->t, id, q->j);
		json_end(q->j, '}');
	}
	json_end(q->j, ']');
}

static void json_learned(const struct learned *l, void *ctx)
{
	struct question *q = ctx;
	uint64_t now = clock_now_ns();
	char id[DEVICE_ID_MAX];

	q->shown++;
	json_begin(q->j, NULL, '{');
	json_str(q->j, "device", device_key_str(id, sizeof(id), &l->device));
	json_str(q->j, "name", l->name);
	json_u64(q->j, "left_s", l->until_ns > now ? (l->until_ns - now) / 1000000000ULL : 0);
	json_end(q->j, '}');
}

static void say_learned(struct question *q)
{
	if (q->name[0] || q->prefix.len != 128)
		return;
	json_begin(q->j, "learned", '[');
	act_learned_each(q->t->d->act, &q->prefix.addr, json_learned, q);
	json_end(q->j, ']');
}

/* --- what stands against it --- */

static void json_guard(struct question *q, const char *by, const char *what, const char *reason)
{
	q->shown++;
	json_begin(q->j, NULL, '{');
	json_str(q->j, "by", by);
	json_str(q->j, "what", what);
	json_str(q->j, "reason", reason);
	json_end(q->j, '}');
}

/* one of them lies in the other */
static bool prefixes_touch(const struct prefix *a, const struct prefix *b)
{
	const struct prefix *wide = a->len < b->len ? a : b;

	return (addr_is_v4(&a->addr) && a->len >= 96) == (addr_is_v4(&b->addr) && b->len >= 96) &&
	       prefix_has(wide, &(wide == a ? b : a)->addr);
}

static int say_guard_entry(const char *what, const char *reason, uint64_t until_ns, void *ctx)
{
	struct question *q = ctx;
	struct prefix p;

	(void)until_ns;
	if (prefix_parse(what, &p) >= 0 && prefixes_touch(&p, &q->prefix))
		json_guard(q, "guard list", what, reason);
	return 0;
}

static void say_home(struct question *q)
{
	char text[ADDR_STR_MAX];

	for (size_t i = 0; i < q->t->d->conf.home.len; i++)
		if (prefixes_touch(&q->t->d->conf.home.data[i], &q->prefix))
			json_guard(q, "home", prefix_str(text, sizeof(text), &q->t->d->conf.home.data[i]), "a network of our own");
}

/* is @e, of a warning list, this value or one that touches it? */
static bool entry_touches(const struct question *q, const struct indicators *in, const struct indicator *e)
{
	if (!q->name[0])
		return e->kind <= CORDON_INDICATOR_IPV6 && prefixes_touch(&e->prefix, &q->prefix);
	return e->kind == CORDON_INDICATOR_DOMAIN &&
	       domain_touches(indicator_value(in, e), e->flags & CORDON_THREAT_SUBDOMAINS, q->name);
}

static void say_warnings(struct question *q, const struct feed *feed)
{
	const struct indicators *in = feed->set;
	char text[ADDR_STR_MAX];

	for (size_t i = 0, n = 0; in && n < SHOWN_MAX && i < in->v.len; i++) {
		const struct indicator *e = &in->v.data[i];

		if (e->mark != FEED_MARK_GUARD || !entry_touches(q, in, e))
			continue;
		json_guard(q, feed->name, entry_text(in, e, text), feed_reason_text(FEED_WARNINGLIST));
		n++;
	}
}

static void say_guarded(struct question *q)
{
	const struct prefix *prefix = q->name[0] ? NULL : &q->prefix;
	struct feed_bar bar;

	json_begin(q->j, "guarded", '[');
	if (feed_barred(prefix, q->name, &bar))
		json_guard(q, bar.by, bar.what, bar.reason);
	if (prefix) {
		act_guard_each(q->t->d->act, say_guard_entry, q);
		say_home(q);
	}
	for (size_t i = 0; i < q->t->feeds.v.len; i++)
		if (threats_feed_guards(&q->t->feeds.v.data[i]))
			say_warnings(q, &q->t->feeds.v.data[i]);
	json_end(q->j, ']');
}

/* entries that touch what is guarded: of which feeds */
static void say_left_out(struct question *q)
{
	const struct force *f = &q->t->now;
	char text[ADDR_STR_MAX];

	json_begin(q->j, "left_out", '[');
	for (uint32_t id = f->left_index ? find(q, f->left_index) : 0; id; id = threat_index_around(f->left_index, id)) {
		const struct indicator *e = &f->left->v.data[id - 1];

		q->shown++;
		json_begin(q->j, NULL, '{');
		json_str(q->j, "feed", e->feed < f->set->feeds.len ? f->set->feeds.data[e->feed] : "?");
		json_u64(q->j, "line", e->line);
		json_str(q->j, "indicator", entry_text(f->left, e, text));
		json_end(q->j, '}');
	}
	json_end(q->j, ']');
}

/* a feed's own refusal of just this value; the text begins with it */
static void say_refused(struct question *q, const char *value)
{
	size_t n = strlen(value), shown = 0;

	json_begin(q->j, "refused", '[');
	for (size_t i = 0; i < q->t->feeds.v.len; i++) {
		const struct feed *f = &q->t->feeds.v.data[i];

		for (size_t k = 0; k < f->refusals.len && shown < SHOWN_MAX; k++) {
			const struct feed_refusal *r = &f->refusals.data[k];

			if (r->code == FEED_LEFT_OUT || strncasecmp(r->reason, value, n) || r->reason[n] != ':')
				continue;
			shown++;
			json_begin(q->j, NULL, '{');
			json_str(q->j, "feed", f->name);
			json_u64(q->j, "line", r->line);
			json_str(q->j, "name", feed_reason_name(r->code));
			json_str(q->j, "reason", feed_reason_text(r->code));
			json_end(q->j, '}');
		}
	}
	json_end(q->j, ']');
	q->shown += shown;
}

int threats_lookup_json(const struct threats *t, const char *value, struct json *j)
{
	struct question q = { .t = t, .j = j };

	if (read_question(value, &q))
		return -EINVAL;
	say_learned(&q);
	say_listed(&q);
	say_guarded(&q);
	say_left_out(&q);
	say_refused(&q, value);
	return q.shown ? 1 : 0;
}
