/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests about threats, feeds and rules. Those that build something are answered when it is in force. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/http.h"
#include "base/lists.h"
#include "daemon/threats.h"
#include "daemon/verbs.h"

/* the action of a request, @otherwise when it names none; -EINVAL after having answered */
static int need_action(struct daemon *d, const struct ctl_request *r, int otherwise)
{
	const char *s = jsonin_str(r->body, "action");
	int a = s ? action_from_name(s) : otherwise;

	if (a < 0)
		verbs_fail(d, r->client, VERB_USAGE, "action: observe, alert, drop or quarantine");
	return a;
}

static uint8_t confidence(const struct ctl_request *r, uint8_t otherwise)
{
	uint64_t n = jsonin_get(r->body, "confidence") ? jsonin_u64(r->body, "confidence") : otherwise;

	return n > 100 ? 100 : (uint8_t)n;
}

/* the answer to a job comes later; only a failure at once is said here */
static void answer_failure(struct daemon *d, const struct ctl_request *r, int rc, struct strbuf *err)
{
	if (rc)
		verb_answer(d, r, rc, err);
	else
		strbuf_done(err);
}

void verb_threat_add(struct daemon *d, const struct ctl_request *r)
{
	uint64_t lease = jsonin_u64(r->body, "for_ns");
	struct manual_spec s = {
		.kind = verb_need(d, r, "kind"),
		.value = NULL,
		.category = jsonin_str(r->body, "category"),
		.confidence = confidence(r, 100),
		.until_wall_ns = lease ? clock_wall_ns() + lease : 0,
	};
	struct strbuf err = { 0 };
	int action;

	if (s.kind)
		s.value = verb_need(d, r, "value");
	action = s.value ? need_action(d, r, CORDON_ACTION_DROP) : -EINVAL;
	if (action < 0)
		return;
	s.action = (uint8_t)action;
	answer_failure(d, r, threats_manual_add(d->threats, r->client, &s, &err), &err);
}

void verb_threat_remove(struct daemon *d, const struct ctl_request *r)
{
	const char *value = verb_need(d, r, "value");
	struct strbuf err = { 0 };

	if (value)
		answer_failure(d, r, threats_manual_remove(d->threats, r->client, value, &err), &err);
}

void verb_threat_list(struct daemon *d, const struct ctl_request *r)
{
	struct json j = { 0 };

	verb_begin(&j);
	threats_manual_json(d->threats, &j);
	json_end(&j, '}');
	verbs_reply(d, r->client, &j);
}

void verb_threat_lookup(struct daemon *d, const struct ctl_request *r)
{
	const char *value = verb_need(d, r, "value");
	struct json j = { 0 };
	int n;

	if (!value)
		return;
	verb_begin(&j);
	json_str(&j, "value", value);
	n = threats_lookup_json(d->threats, value, &j);
	json_end(&j, '}');
	if (n > 0) {
		verbs_reply(d, r->client, &j);
		return;
	}
	json_done(&j);
	verbs_fail(d, r->client, n ? VERB_FAILED : VERB_NOTHING, n ? "no address, prefix, name or URL" : "not listed");
}

void verb_feed_add(struct daemon *d, const struct ctl_request *r)
{
	struct feed_spec s = {
		.name = verb_need(d, r, "name"),
		.format = jsonin_str(r->body, "format"),
		.source = jsonin_str(r->body, "source"),
		.category = jsonin_str(r->body, "category"),
		.confidence = confidence(r, 50),
		.observe = jsonin_bool(r->body, "observe"),
		.limits = {
			.min_entries = (uint32_t)jsonin_u64(r->body, "min_entries"),
			.max_entries = (uint32_t)jsonin_u64(r->body, "max_entries"),
			.max_removed = (uint8_t)jsonin_u64(r->body, "max_removed"),
			.alert_below = jsonin_get(r->body, "alert_below") ? (uint8_t)jsonin_u64(r->body, "alert_below") : 50,
			.valid_ns = jsonin_u64(r->body, "valid_ns"),
		},
		.ca_file = jsonin_str(r->body, "ca_file"),
		.proxy = jsonin_str(r->body, "proxy"),
		.auth_file = jsonin_str(r->body, "auth_file"),
		.key = jsonin_str(r->body, "key"),
		.refresh_ns = jsonin_u64(r->body, "refresh_ns"),
	};
	struct strbuf err = { 0 };
	int action = s.name ? need_action(d, r, CORDON_ACTIONS) : -EINVAL; /* by its category */

	if (action < 0)
		return;
	s.action = (uint8_t)action;
	if (r->n_files != 1 && !(s.source && http_is_url(s.source)))
		verbs_fail(d, r->client, VERB_USAGE, "a feed's file comes with the request, opened by who asks");
	else
		answer_failure(d, r, threats_feed_add(d->threats, r->client, &s, r->n_files ? r->files[0] : -1, &err), &err);
}

void verb_feed_update(struct daemon *d, const struct ctl_request *r)
{
	const char *name = verb_need(d, r, "name");
	struct strbuf err = { 0 };

	if (!name)
		return;
	answer_failure(d, r,
		       threats_feed_update(d->threats, r->client, name, r->n_files ? r->files[0] : -1,
					   jsonin_bool(r->body, "force"), &err),
		       &err);
}

void verb_feed_remove(struct daemon *d, const struct ctl_request *r)
{
	const char *name = verb_need(d, r, "name");
	struct strbuf err = { 0 };

	if (name)
		answer_failure(d, r, threats_feed_remove(d->threats, r->client, name, &err), &err);
}

void verb_feed_rollback(struct daemon *d, const struct ctl_request *r)
{
	const char *name = verb_need(d, r, "name");
	uint32_t generation = (uint32_t)jsonin_u64(r->body, "generation");
	struct strbuf err = { 0 };

	if (name)
		answer_failure(d, r, threats_feed_rollback(d->threats, r->client, name, generation, &err), &err);
}

void verb_feed_export(struct daemon *d, const struct ctl_request *r)
{
	uint64_t version = jsonin_u64(r->body, "version");
	struct strbuf err = { 0 };

	if (r->n_files != 1 || !version)
		verbs_fail(d, r->client, VERB_USAGE, "an export needs its version, and the file to write to, opened by who asks");
	else
		answer_failure(d, r, threats_feed_export(d->threats, r->client, jsonin_str(r->body, "name"), version, r->files[0], &err),
			       &err);
}

void verb_feed_promote(struct daemon *d, const struct ctl_request *r)
{
	const char *name = verb_need(d, r, "name");
	struct strbuf err = { 0 };

	if (name)
		answer_failure(d, r, threats_feed_promote(d->threats, r->client, name, &err), &err);
}

void verb_feed_show(struct daemon *d, const struct ctl_request *r)
{
	const char *name = verb_need(d, r, "name");
	struct json j = { 0 };

	if (!name)
		return;
	verb_begin(&j);
	if (!threats_feed_json(d->threats, name, &j)) {
		json_end(&j, '}');
		verbs_reply(d, r->client, &j);
		return;
	}
	json_done(&j);
	verbs_fail(d, r->client, VERB_NOTHING, "no such feed; `cordon feed list` shows what there is");
}

void verb_feed_list(struct daemon *d, const struct ctl_request *r)
{
	struct json j = { 0 };

	verb_begin(&j);
	threats_feeds_json(d->threats, &j);
	json_end(&j, '}');
	verbs_reply(d, r->client, &j);
}

void verb_rules_load(struct daemon *d, const struct ctl_request *r)
{
	const struct jsonin *names = jsonin_get(r->body, "names");
	const char *text[CTL_FILES_MAX];
	struct strbuf err = { 0 };
	size_t n = jsonin_len(names);

	if (!n || n != r->n_files) {
		verbs_fail(d, r->client, VERB_USAGE, "rule files come with the request, opened by who asks, one name each");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		text[i] = jsonin_text(jsonin_at(names, i));
		if (!text[i]) {
			verbs_fail(d, r->client, VERB_USAGE, "\"names\" is a list of texts");
			return;
		}
	}
	answer_failure(d, r, rules_load(d, r->client, text, r->files, n, &err), &err);
}

void verb_rules_list(struct daemon *d, const struct ctl_request *r)
{
	struct strbuf err = { 0 };

	answer_failure(d, r, rules_ask(d, r->client, CONTROL_LIST, 0, 0, &err), &err);
}

void verb_rules_profile(struct daemon *d, const struct ctl_request *r)
{
	struct strbuf err = { 0 };

	answer_failure(d, r, rules_ask(d, r->client, CONTROL_PROFILE, 0, 0, &err), &err);
}

void verb_rules_show(struct daemon *d, const struct ctl_request *r)
{
	uint64_t gid = jsonin_u64(r->body, "gid"), sid = jsonin_u64(r->body, "sid");
	struct strbuf err = { 0 };

	if (!sid || sid > UINT32_MAX || gid > UINT32_MAX)
		verbs_fail(d, r->client, VERB_USAGE, "\"sid\" is a number from 1 on");
	else
		answer_failure(d, r, rules_ask(d, r->client, CONTROL_SHOW, gid ? (uint32_t)gid : 1, (uint32_t)sid, &err), &err);
}

/* @target becomes part of a line: nothing that could end it, and no comma but a regex's */
static bool is_target(const char *s)
{
	bool is_regex = !strncmp(s, "re:", 3);

	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < ' ' || (*p == ',' && !is_regex))
			return false;
	return strlen(s) <= 512;
}

static void edit(struct daemon *d, const struct ctl_request *r, const char *verb, const char *where)
{
	const char *target = verb_need(d, r, "target");
	struct strbuf err = { 0 };

	if (!target)
		return;
	if (!is_target(target))
		verbs_fail(d, r->client, VERB_USAGE, "a target is sid, gid:sid, re:EXPRESSION, group:NAME or filename:NAME");
	else
		answer_failure(d, r, rules_edit(d, r->client, verb, target, where, &err), &err);
}

void verb_rules_enable(struct daemon *d, const struct ctl_request *r)
{
	edit(d, r, "enable", "");
}

void verb_rules_disable(struct daemon *d, const struct ctl_request *r)
{
	edit(d, r, "disable", "");
}

void verb_rules_suppress(struct daemon *d, const struct ctl_request *r)
{
	const char *track = jsonin_str(r->body, "track"), *ip = jsonin_str(r->body, "ip");
	char where[160] = "", text[ADDR_STR_MAX];
	struct prefix p;

	if (!track != !ip || (ip && prefix_parse(ip, &p) < 0) ||
	    (track && strcmp(track, "by_src") && strcmp(track, "by_dst") && strcmp(track, "by_either"))) {
		verbs_fail(d, r->client, VERB_USAGE, "track (by_src, by_dst, by_either) and an address or prefix go together");
		return;
	}
	if (ip)
		snprintf(where, sizeof(where), ", track %s, ip %s", track, prefix_str(text, sizeof(text), &p));
	edit(d, r, "suppress", where);
}
