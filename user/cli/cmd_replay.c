// SPDX-License-Identifier: BSD-2-Clause
/*
 * `cordon replay`: captures through the real programs and the pipeline of the
 * daemon, without a daemon and without an interface. Rules and feeds are
 * loaded once; each capture then starts with new flows and devices.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "act/category.h"
#include "base/cleanup.h"
#include "base/lists.h"
#include "base/log.h"
#include "cli/cli.h"
#include "feed/feed.h"
#include "match/match.h"
#include "out/evidence.h"
#include "out/out.h"
#include "replay/report.h"
#include "rule/rule.h"

const struct cli_option cmd_replay_options[] = {
	{ "config", 'c', "FILE", "policies, guard entries and all else a configuration says (its interfaces are not used)" },
	{ "rules", 0, "FILE", "rules in Suricata's language; may be repeated" },
	{ "feed", 0, "FORMAT:FILE", "a threat feed; may be repeated" },
	{ "home", 0, "CIDR,...", "home networks; default: the private ranges" },
	{ "var", 0, "NAME=VALUE", "a rule variable, as HOME_NET=[192.0.2.0/24]; may be repeated" },
	{ "mode", 0, "MODE", "observe (default): nothing is dropped; react, hold: as live" },
	{ "set", 0, "KEY=VALUE", "any option of the configuration, as stream.midstream=yes; may be repeated" },
	{ "full", 0, NULL, "send every packet to user space: the same alerts, slower" },
	{ "eve", 0, "FILE", "events as EVE JSON, one a line; - for standard output" },
	{ "profile", 0, "FILE", "what each rule cost and found, as one JSON object; - for standard output" },
	{ "stats", 0, "FILE", "statistics as one JSON object; - for standard output" },
	{ "iprep", 0, "FILE", "addresses and their reputation, for rules with iprep; may be repeated" },
	{ "geoip", 0, "FILE", "a MaxMind database of countries, for rules with geoip" },
	{ "iprep-categories", 0, "FILE", "the categories of these" },
	{ "evidence", 0, "DIR", "a small capture of what led to it for each alert" },
	{ 0 },
};

struct job {
	const struct args *a;
	struct conf conf;
	struct ruleset *rules;
	struct match_engine *engine;
	struct indicators threats; /* all feeds */
	struct threat_index *index;
	struct replay *replay;
	FILE *eve;
	struct evidence_dir *evidence; /* NULL: none asked for */
	const char *capture; /* at hand */
	struct report report, total_report;
	struct replay_stats total;
	struct json captures; /* with -j */
	struct json line;     /* one event */
	uint8_t mode;
	bool failed; /* a capture broke off, or could not be read */
};

/* --- options --- */

static int split_pair(const struct args *a, const char *option, const char *text, char *name, size_t size, const char **ret_value)
{
	const char *eq = strchr(text, '=');

	if (!eq || eq == text || (size_t)(eq - text) >= size)
		return cli_fail(a, EXIT_USAGE, "replay: --%s wants NAME=VALUE, not '%s'", option, text);
	str_copy(name, (size_t)(eq - text) + 1, text);
	*ret_value = eq + 1;
	return EXIT_DONE;
}

static int set_options(struct job *j)
{
	struct strbuf err = { 0 };
	const char *text, *value;
	char name[64];
	int r = EXIT_DONE;

	for (size_t i = 0; !r && (text = args_get_nth(j->a, "set", i)); i++) {
		r = split_pair(j->a, "set", text, name, sizeof(name), &value);
		if (!r && conf_set(&j->conf, name, value, &err))
			r = cli_fail(j->a, EXIT_USAGE, "replay: --set %s: %s", text, err.s ? err.s : "out of memory");
	}
	strbuf_done(&err);
	return r;
}

static int add_var(struct job *j, const char *name, const char *value)
{
	struct conf_var v = { .name = strdup(name), .value = strdup(value) };

	if (v.name && v.value && !vec_push(&j->conf.vars, v))
		return EXIT_DONE;
	free(v.name);
	free(v.value);
	return cli_fail(j->a, EXIT_FAILED, "out of memory");
}

/* HOME_NET follows --home; a --var of that name comes later and wins */
static int set_home(struct job *j)
{
	const char *text = args_get(j->a, "home");
	_cleanup_free_ char *list = NULL;
	struct strbuf var = { 0 };
	struct prefix p;
	char *rest, *one;
	int r = EXIT_DONE;

	if (!text)
		return EXIT_DONE;
	rest = list = strdup(text);
	j->conf.home.len = 0;
	while (!r && rest && (one = strsep(&rest, ",")))
		if (prefix_parse(one, &p) < 0 || j->conf.home.len >= CORDON_HOME_MAX)
			r = cli_fail(j->a, EXIT_USAGE, "replay: --home: '%s' is no address or prefix", one);
		else if (vec_push(&j->conf.home, p))
			r = cli_fail(j->a, EXIT_FAILED, "out of memory");
	strbuf_addf(&var, "[%s]", text);
	r = r ? r : add_var(j, "HOME_NET", var.s);
	strbuf_done(&var);
	return r;
}

static int set_vars(struct job *j)
{
	const char *text, *value;
	char name[64];
	int r = EXIT_DONE;

	for (size_t i = 0; !r && (text = args_get_nth(j->a, "var", i)); i++) {
		r = split_pair(j->a, "var", text, name, sizeof(name), &value);
		r = r ? r : add_var(j, name, value);
	}
	return r;
}

/* --iprep FILE is --rules iprep:FILE, and so the others */
static int add_files(struct job *j, const char *option)
{
	const char *file;

	for (size_t i = 0; (file = args_get_nth(j->a, option, i)); i++) {
		char *name = NULL;

		if (asprintf(&name, "%s:%s", option, file) < 0)
			return cli_fail(j->a, EXIT_FAILED, "out of memory");
		if (vec_push(&j->conf.rules, name)) {
			free(name);
			return cli_fail(j->a, EXIT_FAILED, "out of memory");
		}
	}
	return EXIT_DONE;
}

static int set_mode(struct job *j)
{
	const char *text = args_get(j->a, "mode");
	int mode = text ? mode_from_name(text) : CORDON_MODE_OBSERVE;

	if (mode < 0)
		return cli_fail(j->a, EXIT_USAGE, "replay: --mode is observe, react or hold, not '%s'", text);
	j->mode = (uint8_t)mode;
	return EXIT_DONE;
}

static int read_options(struct job *j)
{
	const char *file = args_get(j->a, "config");
	struct strbuf err = { 0 };
	int r = EXIT_DONE;

	if (conf_init(&j->conf))
		return cli_fail(j->a, EXIT_FAILED, "out of memory");
	if (file && conf_load_file(&j->conf, file, &err))
		r = cli_fail(j->a, EXIT_FAILED, "%s", err.s ? err.s : "out of memory");
	strbuf_done(&err);
	r = r ? r : set_options(j);
	r = r ? r : set_home(j);
	r = r ? r : set_vars(j);
	r = r ? r : add_files(j, "iprep-categories");
	r = r ? r : add_files(j, "iprep");
	r = r ? r : add_files(j, "geoip");
	return r ? r : set_mode(j);
}

/* --- rules and feeds --- */

static int load_rules(struct job *j)
{
	VEC(const char *) files = { 0 };
	VEC(struct rule_var) vars = { 0 };
	const char *class = j->conf.classification_file;
	struct strbuf err = { 0 };
	const char *file;
	int r = 0;

	for (size_t i = 0; i < j->conf.rules.len && !r; i++)
		r = vec_push(&files, j->conf.rules.data[i]);
	for (size_t i = 0; !r && (file = args_get_nth(j->a, "rules", i)); i++)
		r = vec_push(&files, file);
	for (size_t i = 0; i < j->conf.vars.len && !r; i++)
		r = vec_push(&vars, ((struct rule_var){ j->conf.vars.data[i].name, j->conf.vars.data[i].value }));
	if (!r && files.len)
		r = ruleset_load(files.data, files.len, vars.data, vars.len, class && *class ? class : NULL, &j->rules, &err);
	if (!r && files.len)
		r = match_build(j->rules, &j->engine, &err);
	if (!r && j->engine && args_get(j->a, "profile"))
		match_profile_all(j->engine);
	vec_done(&files);
	vec_done(&vars);
	if (r)
		r = cli_fail(j->a, EXIT_FAILED, "%s", err.s ? err.s : strerror(-r));
	strbuf_done(&err);
	return r;
}

static void say_refused_rules(const struct job *j)
{
	const struct rule_refusal *refused;
	size_t n = j->rules ? ruleset_refusals(j->rules, &refused) : 0;

	if (n)
		log_warn("rules: %zu loaded, %zu refused; 'cordon rules check' says which and why",
			 ruleset_count(j->rules), n);
}

static int load_feed(struct job *j, const char *spec, struct indicators *ret)
{
	struct feed_report report = { 0 };
	struct strbuf err = { 0 };
	struct feed_opts o = { .category = "threat", .action = CORDON_ACTION_DROP, .confidence = 50 };
	const char *path, *slash;
	char format[32];
	int r;

	feed_split(spec, format, &path);
	slash = strrchr(path, '/');
	o.name = slash ? slash + 1 : path;
	r = feed_parse_file(format, path, &o, ret, &report, &err);
	if (r)
		r = cli_fail(j->a, EXIT_FAILED, "%s", err.s ? err.s : strerror(-r));
	else if (report.refused)
		log_warn("feed %s: %llu entries accepted, %llu refused; 'cordon feed check' says which and why", path,
			 (unsigned long long)report.accepted, (unsigned long long)report.refused);
	feed_report_done(&report);
	strbuf_done(&err);
	return r;
}

static int load_feeds(struct job *j)
{
	VEC(struct indicators) sets = { 0 };
	VEC(const struct indicators *) refs = { 0 };
	struct indicators never = { 0 }; /* of warning lists */
	const char *spec;
	int r = EXIT_DONE;

	for (size_t i = 0; !r && (spec = args_get_nth(j->a, "feed", i)); i++) {
		struct indicators in = { 0 };

		r = load_feed(j, spec, &in);
		if (vec_push(&sets, in)) {
			indicators_done(&in);
			r = cli_fail(j->a, EXIT_FAILED, "out of memory");
		}
	}
	for (size_t i = 0; i < sets.len && !r; i++)
		if (vec_push(&refs, &sets.data[i]))
			r = cli_fail(j->a, EXIT_FAILED, "out of memory");
	for (size_t i = 0; i < sets.len && !r; i++)
		if (indicators_guards(&sets.data[i], &never))
			r = cli_fail(j->a, EXIT_FAILED, "out of memory");
	if (!r && sets.len &&
	    (indicators_merge(&j->threats, refs.data, refs.len) || indicators_except(&j->threats, &never, NULL, NULL) < 0 ||
	     category_apply(j->conf.categories.data, j->conf.categories.len, &j->threats) ||
	     threat_index_new(&j->threats, &j->index)))
		r = cli_fail(j->a, EXIT_FAILED, "merging the feeds: out of memory");
	for (size_t i = 0; i < sets.len; i++)
		indicators_done(&sets.data[i]);
	indicators_done(&never);
	vec_done(&sets);
	vec_done(&refs);
	return r;
}

/* --- events --- */

static bool is_event(const struct finding *f, const struct decision *d)
{
	static const char *const types[] = {
#define TYPE(id, type) type,
		FINDING_LIST(TYPE)
#undef TYPE
	};

	return report_is_alert(f, d) || (f->kind < FINDINGS && *types[f->kind]);
}

/* Suricata's names for where in which capture it was */
static void add_place(struct json *line, const char *capture, uint64_t packet)
{
	line->b.len--; /* the bracket of the event */
	line->b.s[line->b.len] = 0;
	line->depth = 1;
	line->comma = true;
	json_u64(line, "pcap_cnt", packet);
	json_str(line, "pcap_filename", capture);
	json_end(line, '}');
}

/* 0: not kept */
static uint32_t keep_evidence(struct job *j, const struct finding *f)
{
	static uint8_t buf[PIPELINE_EVIDENCE_MAX];
	size_t n = j->evidence ? replay_evidence(j->replay, f, buf, sizeof(buf)) : 0;

	if (!n)
		return 0;
	if (!evidence_put(j->evidence, f, buf, n))
		return (uint32_t)n;
	j->failed = true;
	return 0;
}

static void on_finding(const struct finding *f, const struct decision *d, const struct device *dev, uint64_t packet, void *ctx)
{
	struct finding kept = *f;
	struct job *j = ctx;

	if (report_note(&j->report, f, d) || report_note(&j->total_report, f, d))
		j->failed = true;
	if (j->evidence && report_is_alert(f, d) && f->kind != FINDING_APP)
		kept.evidence = keep_evidence(j, f);
	if (!j->eve || !is_event(f, d))
		return;
	json_clear(&j->line);
	eve_render(&j->line, &kept, d, dev, NULL, j->index ? &j->threats : NULL);
	if (j->line.b.failed || !j->line.b.len)
		return;
	add_place(&j->line, j->capture, packet);
	fwrite(j->line.b.s, 1, j->line.b.len, j->eve);
	fputc('\n', j->eve);
}

static FILE *open_output(const struct args *a, const char *option, int *ret)
{
	const char *path = args_get(a, option);
	FILE *f = !path ? NULL : !strcmp(path, "-") ? stdout : fopen(path, "we");

	if (path && !f)
		*ret = cli_fail(a, EXIT_FAILED, "replay: --%s %s: %s", option, path, strerror(errno));
	return f;
}

/* what could not be written is an error, not a shorter file */
static int close_output(const struct args *a, const char *option, FILE *f)
{
	bool bad = f && (ferror(f) || fflush(f));

	if (f && f != stdout && fclose(f))
		bad = true;
	return bad ? cli_fail(a, EXIT_FAILED, "replay: --%s %s: %s", option, args_get(a, option), strerror(errno)) : EXIT_DONE;
}

/* --- captures --- */

static double cpu_total(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void report_capture(struct job *j, const struct replay_stats *s, const char *error)
{
	struct json *o = &j->captures;

	if (!j->a->json) {
		report_text(stdout, j->capture, s, &j->report);
		return;
	}
	json_begin(o, NULL, '{');
	json_str(o, "file", j->capture);
	if (error)
		json_str(o, "error", error);
	report_json(o, s, &j->report, cpu_total());
	report_json_alerts(o, &j->report);
	json_end(o, '}');
}

static void run_capture(struct job *j, const char *path)
{
	struct replay_stats s;
	struct strbuf err = { 0 };
	int r;

	j->capture = path;
	r = replay_file(j->replay, path, &s, &err);
	if (r) {
		j->failed = true;
		cli_fail(j->a, EXIT_FAILED, "%s", err.s ? err.s : strerror(-r));
	}
	if (!r || j->a->json || s.counters.n[CORDON_COUNTER_PACKETS])
		report_capture(j, &s, r ? err.s : NULL);
	replay_stats_add(&j->total, &s);
	report_done(&j->report);
	strbuf_done(&err);
}

static int print_total(struct job *j)
{
	struct json *o = &j->captures;

	if (!j->a->json) {
		if (j->a->words.len > 1)
			report_text(stdout, "all captures", &j->total, &j->total_report);
		return EXIT_DONE;
	}
	json_end(o, ']');
	report_json(o, &j->total, &j->total_report, cpu_total());
	report_json_alerts(o, &j->total_report);
	json_end(o, '}');
	return cli_print_json(j->a, o);
}

static int write_stats(struct job *j)
{
	struct json o = { 0 };
	int r = EXIT_DONE;
	FILE *f = open_output(j->a, "stats", &r);

	if (!f)
		return r;
	json_begin(&o, NULL, '{');
	report_json(&o, &j->total, &j->total_report, cpu_total());
	json_end(&o, '}');
	fprintf(f, "%s\n", o.b.s ? o.b.s : "");
	json_done(&o);
	return close_output(j->a, "stats", f);
}

static int open_evidence(struct job *j)
{
	const char *dir = args_get(j->a, "evidence");
	struct strbuf err = { 0 };
	int r = EXIT_DONE;

	if (dir && evidence_open(dir, j->conf.evidence_files, j->conf.evidence_bytes, &j->evidence, &err))
		r = cli_fail(j->a, EXIT_FAILED, "replay: --evidence %s", err.s ? err.s : dir);
	strbuf_done(&err);
	return r;
}

static void close_evidence(struct job *j)
{
	struct evidence_stats s = { 0 };

	if (j->evidence)
		evidence_stats(j->evidence, &s);
	if (s.failed)
		cli_fail(j->a, EXIT_FAILED, "replay: --evidence %s: %llu captures could not be written",
			 args_get(j->a, "evidence"), (unsigned long long)s.failed);
	evidence_free(j->evidence);
}

static int open_replay(struct job *j)
{
	struct replay_opts o = {
		.conf = &j->conf,
		.mode = j->mode,
		.full = args_get(j->a, "full"),
		.measure = args_get(j->a, "stats"),
		.profile = args_get(j->a, "profile"),
		.engine = j->engine,
		.threats = j->index ? &j->threats : NULL,
		.index = j->index,
		.on_finding = on_finding,
		.ctx = j,
	};
	struct strbuf err = { 0 };
	int r = replay_new(&o, &j->replay, &err);

	if (r)
		r = cli_fail(j->a, EXIT_FAILED, "%s", err.s ? err.s : strerror(-r));
	strbuf_done(&err);
	return r;
}

/* what the rules cost over all captures */
static int write_profile(struct job *j)
{
	struct json out = { 0 };
	int r = EXIT_DONE;
	FILE *f = open_output(j->a, "profile", &r);

	if (!f)
		return r;
	json_begin(&out, NULL, '{');
	if (j->engine && match_profile(j->engine, &out))
		r = cli_fail(j->a, EXIT_FAILED, "out of memory");
	json_end(&out, '}');
	if (!r && !out.b.failed)
		fprintf(f, "%s\n", out.b.s);
	json_done(&out);
	return close_output(j->a, "profile", f) ?: r;
}

static int run_captures(struct job *j)
{
	int r = EXIT_DONE;

	j->eve = open_output(j->a, "eve", &r);
	if (r)
		return r;
	if (j->a->json) {
		j->captures.pretty = j->a->pretty;
		json_begin(&j->captures, NULL, '{');
		json_begin(&j->captures, "captures", '[');
	}
	for (size_t i = 0; i < j->a->words.len; i++)
		run_capture(j, j->a->words.data[i]);
	r = print_total(j);
	r = close_output(j->a, "eve", j->eve) ?: r;
	r = write_stats(j) ?: r;
	r = write_profile(j) ?: r;
	return r ? r : j->failed ? EXIT_FAILED : EXIT_DONE;
}

static void job_done(struct job *j)
{
	close_evidence(j);
	replay_free(j->replay);
	match_free(j->engine);
	ruleset_free(j->rules);
	threat_index_free(j->index);
	indicators_done(&j->threats);
	report_done(&j->report);
	report_done(&j->total_report);
	json_done(&j->captures);
	json_done(&j->line);
	conf_done(&j->conf);
}

int cmd_replay(const struct args *a)
{
	struct job j = { .a = a };
	int r = args_need_words(a, 1, SIZE_MAX);

	if (r)
		return r;
	r = read_options(&j);
	r = r ? r : load_rules(&j);
	r = r ? r : load_feeds(&j);
	if (!r)
		say_refused_rules(&j);
	r = r ? r : open_evidence(&j);
	r = r ? r : open_replay(&j);
	r = r ? r : run_captures(&j);
	job_done(&j);
	return r;
}
