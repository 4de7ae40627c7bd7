// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two replays for each setting, one with --full, the programs loaded once; a
 * capture goes through both, and their alerts are compared as multisets of
 * (sid, addresses, ports, protocol, VLAN). In `observe`, where nothing is dropped.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "complete/complete.h"
#include "conf/conf.h"
#include "match/match.h"
#include "replay/run.h"
#include "rule/rule.h"

/* small on purpose: flow records and recorder slots run out in a capture of some hundred flows */
static const struct setting {
	const char *options;
	const char *set[4][2];
} settings[] = {
	{ "--set flows.buckets=4096 --set recorder.slots=1024",
	  { { "flows.buckets", "4096" }, { "recorder.slots", "1024" } } },
	{ "--set flows.buckets=4096 --set recorder.slots=1024 --set stream.midstream=yes",
	  { { "flows.buckets", "4096" }, { "recorder.slots", "1024" }, { "stream.midstream", "yes" } } },
	{ "--set flows.buckets=4096 --set recorder.slots=1024 --set stream.depth=2000",
	  { { "flows.buckets", "4096" }, { "recorder.slots", "1024" }, { "stream.depth", "2000" } } },
	{ "--set flows.buckets=256 --set recorder.slots=16", { { "flows.buckets", "256" }, { "recorder.slots", "16" } } },
};
const unsigned int judge_settings = ARRAY_SIZE(settings);

typedef VEC(struct alert) alerts_t;

struct side {
	struct replay *replay;
	alerts_t alerts;
};

struct judge {
	struct conf conf[ARRAY_SIZE(settings)];
	struct side side[ARRAY_SIZE(settings)][2]; /* [1]: --full */
	struct ruleset *rules;
	struct match_engine *engine;
};

const char *judge_options(unsigned int setting)
{
	return settings[setting].options;
}

static void on_finding(const struct finding *f, const struct decision *d, const struct device *dev, uint64_t packet,
		       void *ctx)
{
	struct side *s = ctx;
	struct alert a = { .sid = f->sid, .sport = f->facts.sport, .dport = f->facts.dport, .vlan = f->facts.vlan,
			   .proto = f->facts.proto };

	(void)d;
	(void)dev;
	(void)packet;
	if (f->kind != FINDING_ALERT)
		return;
	memcpy(a.src, f->facts.saddr, sizeof(a.src));
	memcpy(a.dst, f->facts.daddr, sizeof(a.dst));
	if (vec_push(&s->alerts, a))
		errx(1, "out of memory");
}

static int open_side(struct judge *j, unsigned int i, bool full, struct strbuf *err)
{
	struct replay_opts o = { .conf = &j->conf[i], .mode = CORDON_MODE_OBSERVE, .full = full, .on_finding = on_finding,
				 .ctx = &j->side[i][full] };

	return replay_new(&o, &j->side[i][full].replay, err);
}

static int open_setting(struct judge *j, unsigned int i, struct strbuf *err)
{
	int e = conf_init(&j->conf[i]);

	for (size_t k = 0; !e && k < ARRAY_SIZE(settings[i].set) && settings[i].set[k][0]; k++)
		e = conf_set(&j->conf[i], settings[i].set[k][0], settings[i].set[k][1], err);
	e = e ? e : open_side(j, i, false, err);
	return e ? e : open_side(j, i, true, err);
}

int judge_new(struct judge **ret, struct strbuf *err)
{
	struct judge *j = calloc(1, sizeof(*j));
	int e = j ? 0 : -ENOMEM;

	for (unsigned int i = 0; !e && i < judge_settings; i++)
		e = open_setting(j, i, err);
	if (e) {
		judge_free(j);
		return e;
	}
	*ret = j;
	return 0;
}

static int use_engine(struct judge *j, struct match_engine *engine)
{
	int e = 0;

	for (unsigned int i = 0; i < judge_settings; i++)
		for (int full = 0; full < 2 && !e; full++)
			if (j->side[i][full].replay)
				e = replay_set_engine(j->side[i][full].replay, engine);
	return e;
}

static void drop_rules(struct judge *j)
{
	match_free(j->engine);
	ruleset_free(j->rules);
	j->engine = NULL;
	j->rules = NULL;
}

int judge_rules(struct judge *j, const char *text, size_t len, struct strbuf *err)
{
	struct ruleset *rules = NULL;
	struct match_engine *engine = NULL;
	int e = ruleset_load_text("rules", text, len, NULL, 0, &rules, err);

	e = e ? e : match_build(rules, &engine, err);
	e = e ? e : use_engine(j, engine);
	if (e) {
		match_free(engine);
		ruleset_free(rules);
		return e;
	}
	drop_rules(j);
	j->rules = rules;
	j->engine = engine;
	return 0;
}

bool judge_has(const struct judge *j, uint32_t sid)
{
	for (size_t i = 0; i < ruleset_count(j->rules); i++) {
		struct rule_info info;

		rule_info(ruleset_get(j->rules, i), &info);
		if (info.sid == sid)
			return true;
	}
	return false;
}

static int by_value(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct alert));
}

/* what is in one list and not in the other, as often */
static void compare(alerts_t *part, alerts_t *full, struct outcome *ret)
{
	size_t i = 0, k = 0;

	if (part->len)
		qsort(part->data, part->len, sizeof(*part->data), by_value);
	if (full->len)
		qsort(full->data, full->len, sizeof(*full->data), by_value);
	while (i < part->len || k < full->len) {
		int c = i == part->len ? 1 : k == full->len ? -1 : by_value(&part->data[i], &full->data[k]);
		struct alert a = c <= 0 ? part->data[i] : full->data[k];

		i += c <= 0;
		k += c >= 0;
		a.side = (int8_t)(c > 0) - (int8_t)(c < 0);
		if (c && vec_push(&ret->differ, a))
			errx(1, "out of memory");
	}
}

int judge_run(struct judge *j, unsigned int setting, const struct capture *c, struct outcome *ret, struct strbuf *err)
{
	_cleanup_close_ int fd = memfd_create("capture", MFD_CLOEXEC);
	struct side *s = j->side[setting];
	struct replay_stats stats[2];
	char path[64];
	int e = fd < 0 ? -errno : capture_write(c, fd);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (int full = 0; full < 2 && !e; full++) {
		s[full].alerts.len = 0;
		e = replay_file(s[full].replay, path, &stats[full], err);
	}
	if (e)
		return e;
	ret->differ.len = ret->fired.len = 0;
	compare(&s[0].alerts, &s[1].alerts, ret);
	ret->packets = stats[0].counters.n[CORDON_COUNTER_PACKETS];
	ret->suspect_packets = stats[0].counters.n[CORDON_COUNTER_SUSPECT_PACKETS];
	ret->reasons = stats[0].reasons;
	ret->alerts = s[0].alerts.len;
	for (size_t i = 0; i < s[1].alerts.len; i++)
		if (vec_push(&ret->fired, s[1].alerts.data[i]))
			return -ENOMEM;
	if (stats[0].counters.n[CORDON_COUNTER_LOST] || stats[1].counters.n[CORDON_COUNTER_LOST]) {
		strbuf_adds(err, "the ring lost records");
		return -ENOBUFS;
	}
	return 0;
}

void outcome_done(struct outcome *o)
{
	vec_done(&o->fired);
	vec_done(&o->differ);
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	for (unsigned int i = 0; i < judge_settings; i++) {
		for (int full = 0; full < 2; full++) {
			replay_free(j->side[i][full].replay);
			vec_done(&j->side[i][full].alerts);
		}
		conf_done(&j->conf[i]);
	}
	drop_rules(j);
	free(j);
}
