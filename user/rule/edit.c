// SPDX-License-Identifier: BSD-2-Clause
/* Lists of rules to change: see edit.h. */
#include "rule/edit.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "rule/draft.h"
#include "rule/regex.h"

#define EDITS_MAX 100000
#define PARTS_MAX 16

enum { VERB_ENABLE, VERB_DISABLE, VERB_DROP, VERB_MODIFY, VERB_SUPPRESS, VERB_THRESHOLD, VERB_RATE_FILTER, VERBS };
static const struct {
	const char *word;
	uint8_t verb;
	bool is_list; /* of suricata-update: may be the name of a file */
} verbs[] = {
	{ "enable", VERB_ENABLE, true },	 { "disable", VERB_DISABLE, true },
	{ "drop", VERB_DROP, true },		 { "modify", VERB_MODIFY, true },
	{ "suppress", VERB_SUPPRESS, false },	 { "threshold", VERB_THRESHOLD, false },
	{ "event_filter", VERB_THRESHOLD, false }, { "rate_filter", VERB_RATE_FILTER, false },
};

enum { BY_SID, BY_REGEX, BY_GROUP, BY_FILE };

struct edit {
	uint8_t verb, by;
	uint32_t gid, sid; /* BY_SID; 0: any */
	const char *pattern; /* of names, for fnmatch() */
	struct regex *regex, *from; /* BY_REGEX; modify: what is replaced ... */
	const char *to;		    /* ... and by what */
	struct rule_rate rate;
	struct rule_rate_filter filter;
	struct rule_suppress suppress;
	bool by_hand;
	size_t hits; /* by hand: rules it fits */
};

struct edits {
	VEC(struct edit) all;
	struct regex_run *run;
	bool has_enable;
};

void edits_free(struct edits *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->all.len; i++) {
		regex_free(e->all.data[i].regex);
		regex_free(e->all.data[i].from);
	}
	vec_done(&e->all);
	regex_run_free(e->run);
	free(e);
}

bool edits_enable_any(const struct loader *ld)
{
	return ld->edits && ld->edits->has_enable;
}

const char *edits_verb_of_file(const char *path)
{
	const char *base = strrchr(path, '/');

	base = base ? base + 1 : path;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		size_t n = strlen(verbs[i].word);

		if (verbs[i].is_list && !strncmp(base, verbs[i].word, n) && !strcmp(base + n, ".conf"))
			return verbs[i].word;
	}
	return "";
}

/* the verb a line begins with; -1: none. A rule of the action "drop" is told by its bracket. */
static int verb_of_line(const char *line, size_t len, size_t *ret_len)
{
	size_t n = strcspn(line, " \t");

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strlen(verbs[i].word) != n || strncmp(verbs[i].word, line, n))
			continue;
		*ret_len = n;
		return verbs[i].verb == VERB_DROP && memchr(line, '(', len) ? -1 : (int)i;
	}
	return -1;
}

bool edits_is_line(const char *line, size_t len, const char *verb)
{
	size_t n;

	return *verb || verb_of_line(line, len, &n) >= 0;
}

/* "'@what'@why", or @why alone */
static int bad(struct strbuf *reason, const char *what, const char *why)
{
	if (reason->len)
		return -EINVAL;
	if (what)
		strbuf_addf(reason, "'%.32s' ", what);
	strbuf_adds(reason, why);
	return -EINVAL;
}

/* "a, b, c" in quotes: takes the quotes off; returns what follows, or NULL */
static char *quoted(char *s, char **ret)
{
	char *w;

	s += strspn(s, " \t");
	if (*s != '"')
		return NULL;
	*ret = w = ++s;
	for (; *s && *s != '"'; s++) {
		if (*s == '\\' && s[1] == '"')
			s++;
		*w++ = *s;
	}
	if (!*s)
		return NULL;
	*w = 0;
	return s + 1;
}

/* --- which rules --- */

static int matcher(struct loader *ld, char *s, struct edit *e, struct strbuf *reason)
{
	char *sid = strchr(s, ':');
	uint64_t n = 0;

	if (!strncmp(s, "re:", 3)) {
		e->by = BY_REGEX;
		return regex_new(s + 3, strlen(s + 3), REGEX_CASELESS, &e->regex, reason);
	}
	if (!strncmp(s, "group:", 6) || !strncmp(s, "filename:", 9)) {
		e->by = *s == 'g' ? BY_GROUP : BY_FILE;
		e->pattern = arena_strn(&ld->arena, sid + 1, strlen(sid + 1));
		return e->pattern ? 0 : -ENOMEM;
	}
	e->by = BY_SID;
	if (sid) {
		*sid++ = 0;
		if (str_to_u64(s, 0, UINT32_MAX, &n))
			return bad(reason, s, "is neither sid, gid:sid, re:, group: nor filename:");
		e->gid = (uint32_t)n;
		s = sid;
	} else {
		e->gid = 1;
	}
	if (str_to_u64(s, 1, UINT32_MAX, &n))
		return bad(reason, s, "is neither sid, gid:sid, re:, group: nor filename:");
	e->sid = (uint32_t)n;
	return 0;
}

static int add(struct loader *ld, const struct edit *e)
{
	if (!ld->edits)
		ld->edits = calloc(1, sizeof(*ld->edits));
	if (!ld->edits)
		return -ENOMEM;
	if (!ld->edits->run)
		ld->edits->run = regex_run_new();
	if (!ld->edits->run)
		return -ENOMEM;
	if (ld->edits->all.len >= EDITS_MAX)
		return -E2BIG;
	ld->edits->has_enable |= e->verb == VERB_ENABLE;
	if (vec_push(&ld->edits->all, *e))
		return -ENOMEM;
	ld->edits->all.data[ld->edits->all.len - 1].by_hand = ld->by_hand;
	return 0;
}

/* enable, disable, drop: a matcher, or sids separated by commas */
static int add_list(struct loader *ld, uint8_t verb, char *s, struct strbuf *reason)
{
	bool is_sids = strspn(s, "0123456789:, \t") == strlen(s);
	int r = 0;

	for (char *next; !r && s; s = next) {
		struct edit e = { .verb = verb };

		next = is_sids ? strchr(s, ',') : NULL;
		if (next)
			*next++ = 0;
		r = matcher(ld, text_trim(s), &e, reason) ?: add(ld, &e);
		if (r)
			regex_free(e.regex);
	}
	return r;
}

/* Python's \1 is $1 or ${1} here; what is special here but not there is escaped */
static char *replacement(struct loader *ld, const char *s)
{
	char *out = arena_alloc(&ld->arena, 4 * strlen(s) + 1), *w = out;

	for (; out && *s; s++) {
		if (*s == '\\' && isdigit((unsigned char)s[1])) {
			memcpy(w, (char[]){ '$', '{', *++s, '}' }, 4);
			w += 4;
		} else {
			if (*s == '$')
				*w++ = '$';
			*w++ = *s;
		}
	}
	return out;
}

/* modify: matcher "from" "to" */
static int add_modify(struct loader *ld, char *s, struct strbuf *reason)
{
	struct edit e = { .verb = VERB_MODIFY };
	char *from, *to, *rest = s + strcspn(s, "\""), *open = rest;
	int r;

	rest = quoted(rest, &from);
	rest = rest ? quoted(rest, &to) : NULL;
	if (!rest || *text_trim(rest))
		return bad(reason, NULL, "not of the form matcher \"from\" \"to\"");
	*open = 0;
	s = text_trim(s);
	r = matcher(ld, s, &e, reason) ?: regex_new(from, strlen(from), 0, &e.from, reason);
	e.to = r ? NULL : replacement(ld, to);
	r = r ?: e.to ? add(ld, &e) : -ENOMEM;
	if (r) {
		regex_free(e.regex);
		regex_free(e.from);
	}
	return r;
}

/* --- threshold.config: "name value, name value" --- */

static int address(struct loader *ld, const char *s, struct edit *e, struct strbuf *reason)
{
	return rule_set_get(ld, s, false, &e->suppress.addr, &(bool){ false }, reason);
}

static int index_of(const char *const *names, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(names[i], s))
			return (int)i;
	return -1;
}

static int threshold_pair(struct loader *ld, char *name, char *value, struct edit *e, unsigned int *seen,
			  struct strbuf *reason)
{
	static const char *const names[] = { "gen_id", "sig_id", "type", "track", "count", "seconds", "timeout", "new_action", "ip" };
	static const char *const types[] = { "", "limit", "threshold", "both" };
	static const char *const tracks[] = { "by_src", "by_dst", "by_both", "by_rule", "by_either" };
	static const char *const actions[] = { "alert", "pass", "drop", "reject" };
	int k = index_of(names, ARRAY_SIZE(names), name), i = 0;
	uint64_t n = 0;

	if (k < 0 || *seen >> k & 1)
		return bad(reason, name, "is not supported, or given twice");
	*seen |= 1u << k;
	if (k == 8)
		return address(ld, value, e, reason);
	if (k == 2 || k == 3 || k == 7)
		i = k == 2 ? index_of(types, ARRAY_SIZE(types), value) :
		    k == 3 ? index_of(tracks, ARRAY_SIZE(tracks), value) :
			     index_of(actions, ARRAY_SIZE(actions), value);
	else
		i = str_to_u64(value, 0, UINT32_MAX, &n) ? -1 : 0;
	if (i < 0 || (k == 2 && !i))
		return bad(reason, value, "is not a value for it");
	switch (k) {
	case 0:
		e->gid = (uint32_t)n;
		break;
	case 1:
		e->sid = (uint32_t)n;
		break;
	case 2:
		e->rate.type = (uint8_t)i;
		break;
	case 3:
		e->rate.track = e->suppress.track = (uint8_t)i;
		break;
	case 4:
		e->rate.count = (uint32_t)n;
		break;
	case 5:
		e->rate.window_ns = n * 1000000000ULL;
		break;
	case 6:
		e->filter.timeout_ns = n * 1000000000ULL;
		break;
	default:
		e->filter.action = (uint8_t)i;
	}
	return 0;
}

/* which of the pairs each line needs, and may have, as bits of their places in threshold_pair() */
static const struct {
	unsigned int need, may;
} pairs_of[VERBS] = {
	[VERB_SUPPRESS] = { 0x003, 0x108 },
	[VERB_THRESHOLD] = { 0x03f, 0 },
	[VERB_RATE_FILTER] = { 0x0fb, 0 },
};

static int add_threshold(struct loader *ld, uint8_t verb, char *s, struct strbuf *reason)
{
	struct edit e = { .verb = verb, .by = BY_SID };
	unsigned int seen = 0;
	char *next;
	int r = 0;

	for (; !r && s; s = next) {
		char *name, *value;
		int depth = 0;

		for (next = s; *next && (*next != ',' || depth); next++)
			depth += (*next == '[') - (*next == ']');
		next = *next ? next : NULL;
		if (next)
			*next++ = 0;
		name = text_trim(s);
		value = name + strcspn(name, " \t");
		if (*value)
			*value++ = 0;
		r = threshold_pair(ld, name, text_trim(value), &e, &seen, reason);
	}
	if (!r && ((seen & pairs_of[verb].need) != pairs_of[verb].need || seen & ~(pairs_of[verb].need | pairs_of[verb].may)))
		r = bad(reason, NULL, "a value is missing, or one too many");
	/* an address and what it is compared with go together */
	if (!r && verb == VERB_SUPPRESS && !!(seen & 0x100) != !!(seen & 0x008))
		r = bad(reason, NULL, "track and ip go together");
	if (!r && verb == VERB_RATE_FILTER) {
		e.filter.rate = e.rate;
		e.filter.rate.type = RULE_RATE_DETECTION_FILTER;
	}
	return r ?: add(ld, &e);
}

/* by command any rule may be meant: "MATCHER" or "MATCHER, track by_src, ip 192.0.2.1" */
static int add_suppress(struct loader *ld, char *s, struct strbuf *reason)
{
	static const char *const tracks[] = { "by_src", "by_dst", "", "", "by_either" };
	struct edit e = { .verb = VERB_SUPPRESS };
	char *track = strstr(s, ", track "), *ip = track ? strstr(track, ", ip ") : NULL;
	int i, r = 0;

	if (ip) {
		*track = *ip = 0;
		i = index_of(tracks, ARRAY_SIZE(tracks), text_trim(track + strlen(", track ")));
		if (i < 0)
			return bad(reason, NULL, "track is by_src, by_dst or by_either");
		e.suppress.track = (uint8_t)i;
		r = address(ld, text_trim(ip + strlen(", ip ")), &e, reason);
	}
	r = r ?: matcher(ld, text_trim(s), &e, reason) ?: add(ld, &e);
	if (r)
		regex_free(e.regex);
	return r;
}

int edits_add(struct loader *ld, const char *verb, char *line, struct strbuf *reason)
{
	size_t n = 0;
	int i = *verb ? verb_of_line(verb, strlen(verb), &n) : verb_of_line(line, strlen(line), &n);

	line = text_trim(*verb ? line : line + n);
	switch (verbs[i].verb) {
	case VERB_MODIFY:
		return add_modify(ld, line, reason);
	case VERB_SUPPRESS:
		return strncmp(line, "gen_id", 6) ? add_suppress(ld, line, reason) : add_threshold(ld, VERB_SUPPRESS, line, reason);
	case VERB_THRESHOLD:
	case VERB_RATE_FILTER:
		return add_threshold(ld, verbs[i].verb, line, reason);
	default:
		return add_list(ld, verbs[i].verb, line, reason);
	}
}

/* --- a rule's text --- */

/* the number of an option in a rule's text; @none when it has none */
static uint32_t option_number(const char *text, const char *name, uint32_t none)
{
	size_t n = strlen(name);

	for (const char *p = text; (p = strstr(p, name)); p += n) {
		const char *before = p, *v = p + n;

		while (before > text && isspace((unsigned char)before[-1]))
			before--;
		v += strspn(v, " \t");
		if (before > text && (before[-1] == ';' || before[-1] == '(') && *v == ':')
			return (uint32_t)strtoul(v + 1, NULL, 10);
	}
	return none;
}

void edits_number(const char *text, uint32_t *ret_gid, uint32_t *ret_sid)
{
	*ret_gid = option_number(text, "gid", 1);
	*ret_sid = option_number(text, "sid", 0);
}

/* what matchers ask of a rule */
struct subject {
	const char *text, *file; /* base name */
	char group[128];	 /* without its suffix */
	uint32_t gid, sid;
};

static bool fits(const struct edits *all, const struct edit *e, const struct subject *s)
{
	uint32_t a, b;

	switch (e->by) {
	case BY_SID:
		return (!e->gid || e->gid == s->gid) && (!e->sid || e->sid == s->sid);
	case BY_REGEX:
		return regex_exec(e->regex, all->run, (const uint8_t *)s->text, (uint32_t)strlen(s->text), 0, &a, &b) == REGEX_YES;
	case BY_GROUP:
		return !fnmatch(e->pattern, s->group, 0);
	default:
		return !fnmatch(e->pattern, s->file, 0);
	}
}

static bool any_fits(const struct edits *all, uint8_t verb, const struct subject *s)
{
	for (size_t i = 0; i < all->all.len; i++)
		if (all->all.data[i].verb == verb && !all->all.data[i].by_hand && fits(all, &all->all.data[i], s))
			return true;
	return false;
}

/* what the operator said by command: the last word counts */
static bool said_by_hand(struct edits *all, const struct subject *s, bool on)
{
	for (size_t i = 0; i < all->all.len; i++) {
		struct edit *e = &all->all.data[i];

		if (!e->by_hand || e->verb > VERB_DISABLE || !fits(all, e, s))
			continue;
		e->hits++;
		on = e->verb == VERB_ENABLE;
	}
	return on;
}

size_t edits_last(const struct edits *e)
{
	for (size_t i = e ? e->all.len : 0; i > 0; i--)
		if (e->all.data[i - 1].by_hand)
			return e->all.data[i - 1].hits;
	return 0;
}

static void subject_of(struct subject *s, const char *file, const char *text)
{
	const char *base = strrchr(file, '/');
	char *dot;

	s->file = base ? base + 1 : file;
	str_copy(s->group, sizeof(s->group), s->file);
	dot = strrchr(s->group, '.');
	if (dot)
		*dot = 0;
	s->text = text;
	s->gid = option_number(text, "gid", 1);
	s->sid = option_number(text, "sid", 0);
}

/* the action in front becomes drop */
static char *dropped(struct loader *ld, char *text)
{
	size_t n = strcspn(text, " \t"), rest = strlen(text + n);
	char *out;

	if (strncmp(text, "alert", n))
		return text;
	out = arena_alloc(&ld->arena, 4 + rest + 1);
	if (!out)
		return NULL;
	memcpy(out, "drop", 4);
	memcpy(out + 4, text + n, rest + 1);
	return out;
}

static int modified(struct loader *ld, const struct subject *s, char **text)
{
	for (size_t i = 0; i < ld->edits->all.len; i++) {
		const struct edit *e = &ld->edits->all.data[i];
		struct strbuf out = { 0 };
		int r;

		if (e->verb != VERB_MODIFY || !fits(ld->edits, e, s))
			continue;
		r = regex_replace(e->from, *text, e->to, &out);
		if (r > 0)
			*text = arena_strn(&ld->arena, out.s, out.len);
		strbuf_done(&out);
		if (r < 0 || !*text)
			return -ENOMEM;
	}
	return 0;
}

/* suricata-update's order: disable, enable, drop, modify */
int edits_apply(struct loader *ld, const char *file, char *text, bool commented, char **ret_text, enum edit_fate *ret)
{
	struct subject s;
	bool on = !commented;

	*ret_text = text;
	*ret = commented ? EDIT_DISABLED : EDIT_KEEP;
	if (!ld->edits)
		return 0;
	subject_of(&s, file, text);
	on = on && !any_fits(ld->edits, VERB_DISABLE, &s);
	on = on || any_fits(ld->edits, VERB_ENABLE, &s);
	on = said_by_hand(ld->edits, &s, on);
	*ret = on ? EDIT_KEEP : EDIT_DISABLED;
	if (!on)
		return 0;
	if (any_fits(ld->edits, VERB_DROP, &s))
		*ret_text = dropped(ld, text);
	return *ret_text ? modified(ld, &s, ret_text) : -ENOMEM;
}

int edits_finish(struct loader *ld, struct rule *r)
{
	VEC(struct rule_suppress) v = { 0 };
	struct subject s;
	int rc = 0;

	subject_of(&s, r->info.file, r->info.text);
	s.gid = r->info.gid;
	s.sid = r->info.sid;
	for (size_t i = 0; !rc && ld->edits && i < ld->edits->all.len; i++) {
		struct edit *e = &ld->edits->all.data[i];

		if (e->verb < VERB_SUPPRESS || !fits(ld->edits, e, &s))
			continue;
		e->hits++;
		if (e->verb == VERB_SUPPRESS)
			rc = vec_push(&v, e->suppress);
		else if (e->verb == VERB_RATE_FILTER)
			r->rate_filter = e->filter;
		else if (!r->rate.type && !r->filter.type) /* as Suricata: the rule's own goes before */
			r->rate = e->rate;
	}
	r->n_suppress = (uint16_t)(v.len < UINT16_MAX ? v.len : UINT16_MAX);
	r->suppress = rc ? NULL : arena_copy(&ld->arena, v.data, r->n_suppress * sizeof(v.data[0]));
	vec_done(&v);
	return rc ?: r->suppress ? 0 : -ENOMEM;
}
