/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule files -> ruleset. A rule that is not understood is refused with its
 * place and reason; the rest of the file loads. Of two rules with the same
 * gid and sid the higher revision stays, as in Suricata.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "cordon_limits.h"
#include "rule/data.h"
#include "rule/dataset.h"
#include "rule/draft.h"
#include "rule/edit.h"
#include "rule/geoip.h"
#include "rule/iprep.h"
#include "rule/regex.h"

struct ruleset {
	struct loader ld;
	VEC(struct rule *) rules;
	VEC(struct rule_refusal) refusals;
	VEC(struct rule_disabled) disabled;
};

struct sid_entry {
	uint64_t key;  /* gid << 32 | sid */
	size_t index; /* in rules */
	UT_hash_handle hh;
};

struct load {
	struct ruleset *rs;
	struct sid_entry *sids;
	const char *file; /* in the arena */
};

static int refuse(struct load *l, uint32_t line, const struct draft *d, const char *keyword, const char *reason)
{
	struct arena **a = &l->rs->ld.arena;
	struct rule_refusal f = {
		.file = (char *)l->file,
		.line = line,
		.sid = d->r->info.sid,
		.keyword = arena_strn(a, keyword, strlen(keyword)),
		.reason = arena_strn(a, reason, strlen(reason)),
	};

	return f.keyword && f.reason ? vec_push(&l->rs->refusals, f) : -ENOMEM;
}

static int add_new(struct load *l, struct rule *r)
{
	struct sid_entry *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->key = (uint64_t)r->info.gid << 32 | r->info.sid;
	e->index = l->rs->rules.len;
	r->index = (uint32_t)e->index;
	HASH_ADD(hh, l->sids, key, sizeof(e->key), e);
	return vec_push(&l->rs->rules, r);
}

static int add_rule(struct load *l, const struct draft *d, uint32_t line)
{
	struct rule *r = d->r, **old;
	uint64_t key = (uint64_t)r->info.gid << 32 | r->info.sid;
	struct sid_entry *e;
	char text[96];

	HASH_FIND(hh, l->sids, &key, sizeof(key), e);
	if (!e)
		return l->rs->rules.len < CORDON_RULES_MAX ? add_new(l, r) :
							       refuse(l, line, d, "", "too many rules");
	old = &l->rs->rules.data[e->index];
	if (r->info.rev > (*old)->info.rev) {
		r->index = (*old)->index;
		*old = r;
		return 0;
	}
	snprintf(text, sizeof(text), "a rule with this sid and revision %u is loaded (line %u)", (*old)->info.rev,
		 (*old)->info.line);
	return refuse(l, line, d, "sid", text);
}

static void draft_done(struct draft *d)
{
	for (int i = 0; i < d->n_lists; i++)
		vec_done(&d->list[i].m);
	vec_done(&d->tests);
	vec_done(&d->numbers);
	vec_done(&d->ask);
	vec_done(&d->act);
	strbuf_done(&d->reason);
}

/* a rule that would load if no list said otherwise */
static int leave_out(struct load *l, const char *text, uint32_t line)
{
	struct rule_disabled x = { .line = line, .file = l->file, .text = arena_strn(&l->rs->ld.arena, text, strlen(text)) };

	if (!x.text)
		return -ENOMEM;
	edits_number(text, &x.gid, &x.sid);
	return vec_push(&l->rs->disabled, x);
}

static int load_rule(struct load *l, char *text, uint32_t line, bool commented)
{
	struct loader *ld = &l->rs->ld;
	struct draft d = { .ld = ld };
	enum edit_fate fate;
	int r = edits_apply(ld, l->file, text, commented, &text, &fate);

	if (r || fate == EDIT_DISABLED)
		return r || commented ? r : leave_out(l, text, line);
	d.r = arena_alloc(&ld->arena, sizeof(*d.r));
	if (!d.r)
		return -ENOMEM;
	d.r->info.gid = 1;
	d.r->info.severity = 3;
	d.r->info.msg = d.r->info.classtype = d.r->info.category = "";
	d.r->info.file = l->file;
	d.r->info.line = line;
	d.r->info.text = arena_strn(&ld->arena, text, strlen(text));
	r = d.r->info.text ? rule_parse(&d, text) : -ENOMEM;
	r = r ?: edits_finish(ld, d.r);
	if (!r)
		r = add_rule(l, &d, line);
	else if (r == -EINVAL)
		r = refuse(l, line, &d, d.keyword, d.reason.len ? d.reason.s : "does not parse");
	draft_done(&d);
	return r;
}

/* a file's text, terminated; a zero byte would end it early: a rule file has none */
static void text_clean(char *data, size_t len)
{
	for (char *p = data; (p = memchr(p, 0, len - (size_t)(p - data)));)
		*p = '?';
}

static int bad_edit(struct load *l, uint32_t line, const char *text, const struct strbuf *reason)
{
	struct rule no_rule = { .index = 0 };
	struct draft none = { .r = &no_rule };
	char verb[32];

	str_copy(verb, sizeof(verb), text);
	verb[strcspn(verb, " \t")] = 0;
	return refuse(l, line, &none, verb, reason->len ? reason->s : "does not parse");
}

/* what is said about the rules of all files; @data is only read */
static int load_edits(struct load *l, const char *name, const char *data, size_t len)
{
	const char *verb = edits_verb_of_file(name);
	uint32_t n = 0;
	int r = 0;

	l->file = arena_strn(&l->rs->ld.arena, name, strlen(name));
	if (!l->file)
		return -ENOMEM;
	for (const char *s = data, *end = data + len, *next; !r && s < end; s = next) {
		struct strbuf reason = { 0 };
		char *line, *copy;

		next = memchr(s, '\n', (size_t)(end - s));
		next = next ? next + 1 : end;
		n++;
		s += strspn(s, " \t");
		if (s >= next || *s == '#' || *s == '\r' || *s == '\n' || !edits_is_line(s, (size_t)(next - s), verb))
			continue;
		copy = strndup(s, (size_t)(next - s));
		if (!copy)
			return -ENOMEM;
		line = text_trim(copy);
		l->rs->ld.by_hand = !strcmp(name, RULE_FILE_BY_HAND);
		r = edits_add(&l->rs->ld, verb, line, &reason);
		if (r == -EINVAL)
			r = bad_edit(l, n, *verb ? verb : s, &reason);
		strbuf_done(&reason);
		free(copy);
	}
	return r;
}

/* @data: terminated; changed */
static int load_text(struct load *l, const char *name, char *data, struct strbuf *err)
{
	bool wants_commented = edits_enable_any(&l->rs->ld), is_commented;
	const char *verb = edits_verb_of_file(name);
	uint32_t line = 1, at;
	char *pos = data, *text;
	int r = 0;

	l->file = arena_strn(&l->rs->ld.arena, name, strlen(name));
	if (!l->file)
		return -ENOMEM;
	while (!r && (text = lex_rule(&pos, &line, &at, wants_commented, &is_commented)))
		if (!edits_is_line(text, strlen(text), verb))
			r = load_rule(l, text, at, is_commented);
	if (r)
		strbuf_addf(err, "%s: %s", name, strerror(-r));
	return r;
}

static int load_new(struct load *l, const struct rule_var *vars, size_t n_vars)
{
	l->rs = calloc(1, sizeof(*l->rs));
	if (!l->rs)
		return -ENOMEM;
	l->rs->ld.vars = vars;
	l->rs->ld.n_vars = n_vars;
	return 0;
}

/* --- the order in which rules are evaluated: Suricata's --- */

/* flowbits and the like: who sets before who asks */
static int state_rank(const struct rule *r, bool is_number, bool of_flow)
{
	bool asks = false, sets = false;

	for (uint8_t i = 0; i < r->n_ask; i++)
		asks |= r->ask[i].is_number == is_number && (r->ask[i].of == RULE_STATE_OF_FLOW) == of_flow;
	for (uint8_t i = 0; i < r->n_act; i++)
		sets |= r->act[i].is_number == is_number && (r->act[i].of == RULE_STATE_OF_FLOW) == of_flow;
	return sets ? asks : asks ? 2 : 3;
}

static int action_rank(const struct rule *r)
{
	static const int of[] = { [RULE_ACTION_PASS] = 0, [RULE_ACTION_DROP] = 1, [RULE_ACTION_REJECT] = 2,
				  [RULE_ACTION_ALERT] = 3 };

	return of[r->info.action];
}

static int by_order(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a, *y = *(const struct rule *const *)b;
	const int by[][2] = {
		{ action_rank(x), action_rank(y) },
		{ state_rank(x, false, true), state_rank(y, false, true) },
		{ state_rank(x, true, true), state_rank(y, true, true) },
		{ state_rank(x, false, false), state_rank(y, false, false) },
		{ x->info.severity, y->info.severity },
	};

	for (size_t i = 0; i < ARRAY_SIZE(by); i++)
		if (by[i][0] != by[i][1])
			return by[i][0] - by[i][1];
	if (x->info.sid != y->info.sid)
		return x->info.sid > y->info.sid ? 1 : -1;
	return (x->index > y->index) - (x->index < y->index);
}

static void sort_rules(struct ruleset *rs)
{
	if (rs->rules.len > 1)
		qsort(rs->rules.data, rs->rules.len, sizeof(rs->rules.data[0]), by_order);
	for (size_t i = 0; i < rs->rules.len; i++)
		rs->rules.data[i]->index = (uint32_t)i;
}

/* the ruleset to the caller when all went well; what only the load needed goes */
static int load_end(struct load *l, int r, struct ruleset **ret)
{
	struct sid_entry *e, *next;

	HASH_ITER(hh, l->sids, e, next)
	{
		HASH_DEL(l->sids, e);
		free(e);
	}
	if (r) {
		ruleset_free(l->rs);
		return r;
	}
	sort_rules(l->rs);
	l->rs->ld.vars = NULL; /* borrowed for the load only */
	l->rs->ld.n_vars = 0;
	*ret = l->rs;
	return 0;
}

/* where rules come from: paths, or open files whose paths are only said */
struct sources {
	const char *const *files;
	const int *fds; /* NULL: open the paths */
	size_t n;
	const char *classification;
	int classification_fd;
};

/* all of them: what one says about rules holds for the others */
static int read_all(const struct sources *s, struct rule_file *t, struct strbuf *err)
{
	for (size_t i = 0; i < s->n; i++) {
		int fd = s->fds ? s->fds[i] : -1, r;

		t[i].name = s->files[i];
		t[i].path = rule_file_path(s->files[i], &t[i].kind);
		r = fd < 0 ? file_read(t[i].path, CORDON_RULES_FILE_MAX, &t[i].data, &t[i].len) :
			     file_read_fd(fd, CORDON_RULES_FILE_MAX, &t[i].data, &t[i].len);
		if (r) {
			strbuf_addf(err, "%s: %s", t[i].path, strerror(-r));
			return r;
		}
		if (t[i].kind != RULE_FILE_GEOIP)
			text_clean(t[i].data, t[i].len);
	}
	return 0;
}

static int refuse_line(void *ctx, const char *file, uint32_t line, const char *keyword, const char *reason)
{
	struct load *l = ctx;
	struct rule no_rule = { .index = 0 };
	struct draft none = { .r = &no_rule };

	l->file = arena_strn(&l->rs->ld.arena, file, strlen(file));
	return l->file ? refuse(l, line, &none, keyword, reason) : -ENOMEM;
}

static int load_all(struct load *l, const struct sources *s, struct rule_file *t, struct strbuf *err)
{
	int r = read_all(s, t, err);

	l->rs->ld.files = t;
	l->rs->ld.n_files = s->n;
	l->rs->ld.may_open = !s->fds;
	r = r ?: data_iprep(&l->rs->ld, refuse_line, l) ?: data_geoip(&l->rs->ld, t, s->n, err);
	for (size_t i = 0; !r && i < s->n; i++)
		if (t[i].kind == RULE_FILE_RULES)
			r = load_edits(l, s->files[i], t[i].data, t[i].len);
	for (size_t i = 0; !r && i < s->n; i++)
		if (t[i].kind == RULE_FILE_RULES)
			r = load_text(l, s->files[i], t[i].data, err);
	l->rs->ld.files = NULL;
	l->rs->ld.n_files = 0;
	return r;
}

static int load_sources(const struct sources *s, const struct rule_var *vars, size_t n_vars, struct ruleset **ret,
			struct strbuf *err)
{
	struct rule_file *t = calloc(s->n + 1, sizeof(*t));
	struct load l = { 0 };
	int r = t ? load_new(&l, vars, n_vars) : -ENOMEM;

	if (!r)
		r = rule_classes_load(&l.rs->ld.classes, s->classification, s->classification_fd, err);
	if (!r)
		r = load_all(&l, s, t, err);
	for (size_t i = 0; t && i < s->n; i++)
		free(t[i].data);
	free(t);
	return load_end(&l, r, ret);
}

int ruleset_load(const char *const *files, size_t n_files, const struct rule_var *vars, size_t n_vars,
		 const char *classification, struct ruleset **ret, struct strbuf *err)
{
	struct sources s = { .files = files, .n = n_files, .classification = classification, .classification_fd = -1 };

	return load_sources(&s, vars, n_vars, ret, err);
}

int ruleset_load_fds(const char *const *names, const int *fds, size_t n_files, const struct rule_var *vars, size_t n_vars,
		     int classification_fd, struct ruleset **ret, struct strbuf *err)
{
	struct sources s = { .files = names, .fds = fds, .n = n_files, .classification_fd = classification_fd };

	if (classification_fd >= 0)
		s.classification = "classification file";
	return load_sources(&s, vars, n_vars, ret, err);
}

int ruleset_load_text(const char *name, const char *text, size_t len, const struct rule_var *vars, size_t n_vars,
		      struct ruleset **ret, struct strbuf *err)
{
	struct load l = { 0 };
	int r = load_new(&l, vars, n_vars);
	char *copy = strndup(text, len); /* up to a zero byte */

	if (!r)
		r = copy ? load_edits(&l, name, copy, strlen(copy)) ?: load_text(&l, name, copy, err) : -ENOMEM;
	free(copy);
	return load_end(&l, r, ret);
}

void ruleset_free(struct ruleset *rs)
{
	if (!rs)
		return;
	for (size_t i = 0; i < rs->ld.regexes.len; i++)
		regex_free(rs->ld.regexes.data[i]);
	vec_done(&rs->ld.regexes);
	for (size_t i = 0; i < rs->ld.datasets.len; i++)
		dataset_done(rs->ld.datasets.data[i]);
	vec_done(&rs->ld.datasets);
	iprep_free(rs->ld.iprep);
	geoip_free(rs->ld.geoip);
	rule_sets_free(rs->ld.sets);
	rule_names_free(rs->ld.names);
	edits_free(rs->ld.edits);
	rule_classes_done(&rs->ld.classes);
	arena_free(rs->ld.arena);
	vec_done(&rs->rules);
	vec_done(&rs->refusals);
	vec_done(&rs->disabled);
	free(rs);
}

size_t ruleset_disabled(const struct ruleset *rs, const struct rule_disabled **ret)
{
	if (ret)
		*ret = rs->disabled.data;
	return rs->disabled.len;
}

size_t ruleset_last_edit(const struct ruleset *rs)
{
	return edits_last(rs->ld.edits);
}

size_t ruleset_count(const struct ruleset *rs)
{
	return rs->rules.len;
}

const struct rule *ruleset_get(const struct ruleset *rs, size_t i)
{
	return rs->rules.data[i];
}

size_t ruleset_refusals(const struct ruleset *rs, const struct rule_refusal **ret)
{
	*ret = rs->refusals.data;
	return rs->refusals.len;
}

void rule_info(const struct rule *r, struct rule_info *ret)
{
	*ret = r->info;
}

uint32_t rule_order(const struct rule *r)
{
	return r->index;
}

const char *rule_state_name(const struct rule *r)
{
	for (uint16_t i = 0; i < r->n_suppress; i++)
		if (!r->suppress[i].addr)
			return "suppressed";
	return r->n_suppress ? "suppressed for some" : "active";
}
