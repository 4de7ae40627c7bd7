/* SPDX-License-Identifier: BSD-2-Clause */
/* The feeds there are and what keeps them over restarts; see feeds.h. */
#include "daemon/feeds.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/disk.h"
#include "base/http.h"
#include "base/jsonin.h"
#include "base/lists.h"
#include "base/log.h"

#define STATE_FILE_MAX (8 << 20)

bool feed_name_ok(const char *name)
{
	size_t n = strlen(name);

	if (!n || n > FEED_NAME_MAX || name[0] == '.')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("._-", name[i]))
			return false;
	return true;
}

struct feed *feeds_find(struct feeds *f, const char *name)
{
	for (size_t i = 0; i < f->v.len; i++)
		if (!strcmp(f->v.data[i].name, name))
			return &f->v.data[i];
	return NULL;
}

void indicators_free(struct indicators *in)
{
	if (!in)
		return;
	indicators_done(in);
	free(in);
}

void feed_done(struct feed *feed)
{
	free(feed->format);
	free(feed->source);
	free(feed->category);
	free(feed->ca_file);
	free(feed->proxy);
	free(feed->auth_file);
	free(feed->key);
	indicators_free(feed->set);
	vec_done(&feed->refusals);
}

static char *copy(const char *s, const char *or)
{
	return strdup(s && s[0] ? s : or);
}

int feeds_add(struct feeds *f, const struct feed_spec *s, uint8_t origin, struct strbuf *err)
{
	struct feed n = { .action = s->action, .confidence = s->confidence, .observe = s->observe, .origin = origin,
			  .limits = s->limits };
	int r;

	if (!feed_name_ok(s->name)) {
		strbuf_addf(err, "feed '%s': a name has letters, digits, '.', '_' and '-' only, at most %d", s->name, FEED_NAME_MAX);
		return -EINVAL;
	}
	if (feeds_find(f, s->name)) {
		strbuf_addf(err, "feed '%s' is there already; `cordon feed update %s`, or remove it first", s->name, s->name);
		return -EEXIST;
	}
	if (f->v.len >= FEEDS_MAX) {
		strbuf_addf(err, "feed '%s': %d feeds are the limit", s->name, FEEDS_MAX);
		return -E2BIG;
	}
	if (s->key && s->key[0] ? !ed25519_is_key(s->key) : s->format && !strcmp(s->format, "bundle")) {
		strbuf_addf(err, "feed '%s': %s", s->name,
			    s->key && s->key[0] ? "its key is not 32 bytes in base64, as `cordon feed keygen` prints" :
						  "a bundle needs the key that it is signed with");
		return -EINVAL;
	}
	if (s->key && s->key[0] && s->format && (!strcmp(s->format, "taxii") || (http_is_url(s->source) && !strcmp(s->format, "misp")))) {
		strbuf_addf(err, "feed '%s': what comes in pages or events has no signature: no key", s->name);
		return -EINVAL;
	}
	str_copy(n.name, sizeof(n.name), s->name);
	n.format = copy(s->format, "auto");
	n.source = copy(s->source, "");
	n.category = copy(s->category, "threat");
	if (n.category && n.action >= CORDON_ACTIONS)
		n.action = feed_action_of_category(n.category);
	n.ca_file = copy(s->ca_file, "");
	n.proxy = copy(s->proxy, "");
	n.auth_file = copy(s->auth_file, "");
	n.key = copy(s->key, "");
	n.refresh_ns = s->refresh_ns ? s->refresh_ns : FEED_REFRESH_NS;
	r = n.format && n.source && n.category && n.ca_file && n.proxy && n.auth_file && n.key ? vec_push(&f->v, n) : -ENOMEM;
	if (r)
		feed_done(&n);
	return r;
}

void feeds_remove(struct feeds *f, struct feed *feed)
{
	struct feedstore store;

	if (!feedstore_open(&store, f->dir, feed->name))
		feedstore_remove(&store);
	feed_done(feed);
	memmove(feed, feed + 1, (size_t)(&f->v.data[f->v.len] - (feed + 1)) * sizeof(*feed));
	f->v.len--;
}

/* --- files: one JSON object a line --- */

static int save(const struct feeds *f, const char *name, struct strbuf *text)
{
	char path[4200];
	int r;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	r = disk_replace(f->disk, path, text, 0600);
	if (r)
		log_error("%s: cannot write it: %s; the change will not survive a restart", path, strerror(-r));
	return r;
}

static void add_line(struct strbuf *text, struct json *j)
{
	if (j->b.failed)
		text->failed = true;
	else
		strbuf_addf(text, "%s\n", j->b.s);
	json_done(j);
}

int feeds_save(const struct feeds *f)
{
	struct strbuf text = { 0 };

	for (size_t i = 0; i < f->v.len; i++) {
		const struct feed *feed = &f->v.data[i];
		struct json j = { 0 };

		if (feed->origin != FEED_ADDED)
			continue;
		json_begin(&j, NULL, '{');
		json_str(&j, "name", feed->name);
		json_str(&j, "format", feed->format);
		json_str(&j, "source", feed->source);
		json_str(&j, "category", feed->category);
		json_str(&j, "action", action_name(feed->action));
		json_u64(&j, "confidence", feed->confidence);
		json_bool(&j, "observe", feed->observe);
		json_u64(&j, "min_entries", feed->limits.min_entries);
		json_u64(&j, "max_entries", feed->limits.max_entries);
		json_u64(&j, "max_removed", feed->limits.max_removed);
		json_u64(&j, "alert_below", feed->limits.alert_below);
		json_u64(&j, "valid_ns", feed->limits.valid_ns);
		json_str(&j, "ca_file", feed->ca_file);
		json_str(&j, "proxy", feed->proxy);
		json_str(&j, "auth_file", feed->auth_file);
		json_str(&j, "key", feed->key);
		json_u64(&j, "refresh_ns", feed->refresh_ns);
		json_end(&j, '}');
		add_line(&text, &j);
	}
	return save(f, "feeds.json", &text);
}

int manual_save(const struct feeds *f)
{
	struct strbuf text = { 0 };

	for (size_t i = 0; i < f->manual.len; i++) {
		const struct manual *m = &f->manual.data[i];
		struct json j = { 0 };

		json_begin(&j, NULL, '{');
		json_str(&j, "kind", m->kind);
		json_str(&j, "value", m->value);
		json_str(&j, "category", m->category);
		json_str(&j, "action", action_name(m->action));
		json_u64(&j, "confidence", m->confidence);
		json_u64(&j, "until_wall_ns", m->until_wall_ns);
		json_end(&j, '}');
		add_line(&text, &j);
	}
	return save(f, "threats.json", &text);
}

/* each line of a state file; a damaged one is logged, the rest is taken */
static void each_line(const struct feeds *f, const char *name, int (*take)(struct feeds *, const struct jsonin *, struct strbuf *))
{
	_cleanup_free_ char *data = NULL;
	char path[4200], *line, *save_ptr = NULL;
	unsigned int n = 0;
	size_t len;
	int r;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	r = file_read(path, STATE_FILE_MAX, &data, &len);
	if (r) {
		if (r != -ENOENT)
			log_error("%s: cannot read it: %s", path, strerror(-r));
		return;
	}
	for (line = strtok_r(data, "\n", &save_ptr); line; line = strtok_r(NULL, "\n", &save_ptr)) {
		_cleanup_(jsonin_free) struct jsonin *o = NULL;
		struct strbuf err = { 0 };

		n++;
		r = jsonin_parse(line, strlen(line), &o, &err);
		if (!r)
			r = take((struct feeds *)f, o, &err);
		if (r)
			log_error("%s: entry %u: %s, left out", path, n, err.s ? err.s : strerror(-r));
		strbuf_done(&err);
	}
}

static uint8_t action_of(const struct jsonin *o)
{
	const char *s = jsonin_str(o, "action");
	int a = s ? action_from_name(s) : -EINVAL;

	return a < 0 ? CORDON_ACTION_DROP : (uint8_t)a;
}

static int take_feed(struct feeds *f, const struct jsonin *o, struct strbuf *err)
{
	const char *name = jsonin_str(o, "name");
	struct feed_spec s = {
		.name = name ? name : "",
		.format = jsonin_str(o, "format"),
		.source = jsonin_str(o, "source"),
		.category = jsonin_str(o, "category"),
		.action = action_of(o),
		.confidence = (uint8_t)jsonin_u64(o, "confidence"),
		.observe = jsonin_bool(o, "observe"),
		.limits = {
			.min_entries = (uint32_t)jsonin_u64(o, "min_entries"),
			.max_entries = (uint32_t)jsonin_u64(o, "max_entries"),
			.max_removed = (uint8_t)jsonin_u64(o, "max_removed"),
			.alert_below = (uint8_t)jsonin_u64(o, "alert_below"),
			.valid_ns = jsonin_u64(o, "valid_ns"),
		},
		.ca_file = jsonin_str(o, "ca_file"),
		.proxy = jsonin_str(o, "proxy"),
		.auth_file = jsonin_str(o, "auth_file"),
		.key = jsonin_str(o, "key"),
		.refresh_ns = jsonin_u64(o, "refresh_ns"),
	};

	return feeds_add(f, &s, FEED_ADDED, err);
}

static int take_manual(struct feeds *f, const struct jsonin *o, struct strbuf *err)
{
	const char *kind = jsonin_str(o, "kind"), *value = jsonin_str(o, "value");
	struct manual_spec s = {
		.kind = kind ? kind : "",
		.value = value ? value : "",
		.category = jsonin_str(o, "category"),
		.action = action_of(o),
		.confidence = (uint8_t)jsonin_u64(o, "confidence"),
		.until_wall_ns = jsonin_u64(o, "until_wall_ns"),
	};

	return manual_add(f, &s, err);
}

void feeds_load(struct feeds *f)
{
	each_line(f, "feeds.json", take_feed);
	each_line(f, "threats.json", take_manual);
}

/* --- manual entries --- */

static const struct {
	const char *name;
	unsigned int kinds; /* bits of CORDON_INDICATOR_* */
	const char *what;
} manual_kinds[] = {
	{ "ip", 1u << CORDON_INDICATOR_IPV4 | 1u << CORDON_INDICATOR_IPV6, "an address" },
	{ "net", 1u << CORDON_INDICATOR_IPV4 | 1u << CORDON_INDICATOR_IPV6, "a prefix" },
	{ "domain", 1u << CORDON_INDICATOR_DOMAIN, "a domain name" },
	{ "url", 1u << CORDON_INDICATOR_URL, "a URL with a path; a whole host is listed as a domain or an address" },
};

/* why the value cannot be listed as @kind; NULL: it can */
static const char *kind_fits(const char *kind, const struct indicators *in)
{
	char host[256];
	const struct indicator *e = &in->v.data[0];

	for (size_t i = 0; i < ARRAY_SIZE(manual_kinds); i++) {
		bool is_ip = !strcmp(kind, "ip");

		if (strcmp(manual_kinds[i].name, kind))
			continue;
		if (in->v.len != 1 || !(manual_kinds[i].kinds >> e->kind & 1) || (is_ip && e->prefix.len != 128))
			return manual_kinds[i].what;
		/* a feed's is kept, for look-ups; by hand it would promise what is never done */
		return e->kind == CORDON_INDICATOR_URL && !url_host(indicator_value(in, e), host) ?
			       "a URL that can be seen: https encrypts it, all but the host's name; list that as a domain" :
			       NULL;
	}
	return "of kind ip, net, domain or url";
}

/* one value through the same parser and the same refusals as a feed's line */
static int parse_manual(const char *value, const char *category, uint8_t action, uint8_t confidence,
			struct indicators *into, struct strbuf *err)
{
	struct feed_opts o = { .name = FEED_MANUAL_NAME, .category = category, .action = action, .confidence = confidence };
	struct feed_report report = { 0 };
	int r = strpbrk(value, "\r\n") ? -EINVAL : feed_parse("plain", value, strlen(value), &o, into, &report);

	if (r)
		strbuf_adds(err, report.refusals.len ? report.refusals.data[0].reason : "no address, prefix, domain name or URL");
	feed_report_done(&report);
	return r;
}

static struct manual *find_manual(const struct feeds *f, const char *value)
{
	bool is_url = http_is_url(value); /* of a URL the case of its path counts */

	for (size_t i = 0; i < f->manual.len; i++)
		if (!(is_url ? strcmp : strcasecmp)(f->manual.data[i].value, value))
			return &f->manual.data[i];
	return NULL;
}

int manual_add(struct feeds *f, const struct manual_spec *s, struct strbuf *err)
{
	struct indicators probe = { 0 };
	struct manual m = { .action = s->action, .confidence = s->confidence, .until_wall_ns = s->until_wall_ns }, *old;
	const char *want;
	int r;

	r = parse_manual(s->value, s->category, s->action, s->confidence, &probe, err);
	want = r ? NULL : kind_fits(s->kind, &probe);
	indicators_done(&probe);
	if (want)
		strbuf_addf(err, "'%s' is not %s", s->value, want);
	if (r || want)
		return -EINVAL;
	str_copy(m.kind, sizeof(m.kind), s->kind);
	str_copy(m.category, sizeof(m.category), s->category && s->category[0] ? s->category : "threat");
	m.value = strdup(s->value);
	old = find_manual(f, s->value);
	if (old) {
		free(old->value);
		*old = m;
		return m.value ? 0 : -ENOMEM;
	}
	if (f->manual.len >= MANUAL_MAX) {
		strbuf_addf(err, "%d entries by hand are the limit: put them into a feed file", MANUAL_MAX);
		free(m.value);
		return -E2BIG;
	}
	r = m.value ? vec_push(&f->manual, m) : -ENOMEM;
	if (r)
		free(m.value);
	return r;
}

static void remove_manual_at(struct feeds *f, size_t i)
{
	free(f->manual.data[i].value);
	f->manual.data[i] = f->manual.data[--f->manual.len];
}

int manual_remove(struct feeds *f, const char *value)
{
	struct manual *m = find_manual(f, value);

	if (!m)
		return -ENOENT;
	remove_manual_at(f, (size_t)(m - f->manual.data));
	return 0;
}

bool manual_expire(struct feeds *f)
{
	uint64_t now = clock_wall_ns();
	bool any = false;

	for (size_t i = f->manual.len; i-- > 0;) {
		if (!f->manual.data[i].until_wall_ns || f->manual.data[i].until_wall_ns > now)
			continue;
		remove_manual_at(f, i);
		any = true;
	}
	return any;
}

struct indicators *manual_set(const struct feeds *f)
{
	struct indicators *in = calloc(1, sizeof(*in));

	for (size_t i = 0; in && i < f->manual.len; i++) {
		const struct manual *m = &f->manual.data[i];
		struct strbuf err = { 0 };
		size_t before = in->v.len;

		if (parse_manual(m->value, m->category, m->action, m->confidence, in, &err))
			log_error("manual threat %s", err.s ? err.s : m->value);
		for (size_t k = before; k < in->v.len; k++)
			in->v.data[k].expires_ns = m->until_wall_ns;
		strbuf_done(&err);
	}
	return in;
}

void feeds_done(struct feeds *f)
{
	for (size_t i = 0; i < f->v.len; i++)
		feed_done(&f->v.data[i]);
	for (size_t i = 0; i < f->manual.len; i++)
		free(f->manual.data[i].value);
	vec_done(&f->v);
	vec_done(&f->manual);
}
