// SPDX-License-Identifier: BSD-2-Clause
/*
 * dataset, datarep: is the buffer as a whole among a set's values? Of several
 * rules that name one set the first says its type and file. What a match adds
 * or takes away lives as long as the ruleset: `state` and `save` are refused.
 */
#include <string.h>

#include "base/cleanup.h"
#include "rule/data.h"
#include "rule/dataset.h"
#include "rule/keywords.h"

#define NAME_MAX_ 63 /* characters, as in Suricata */

static const char *const ops[] = { /* RULE_MEMBER_* */
	"isset", "isnotset", "set", "unset", "<", ">", "=",
};

/* what stands behind the name */
struct options {
	const char *type, *load;
	uint64_t memcap;
};

static int option(struct draft *d, char *s, struct options *o)
{
	char *value = s + strcspn(s, " \t");
	uint64_t n;

	if (*value)
		*value++ = 0;
	value = text_trim(value);
	if (!*value)
		return draft_fail(d, "'%.32s' needs a value", s);
	if (!strcmp(s, "type"))
		o->type = value;
	else if (!strcmp(s, "load"))
		o->load = value;
	else if (!strcmp(s, "memcap"))
		return str_to_size(value, &o->memcap) || !o->memcap || o->memcap > CORDON_DATASET_BYTES ?
			       draft_fail(d, "memcap is a size up to %u MiB", CORDON_DATASET_BYTES >> 20) : 0;
	else if (!strcmp(s, "hashsize"))
		return str_to_u64(value, 1, UINT32_MAX, &n) ? draft_fail(d, "hashsize is a number") : 0; /* ours grows */
	else if (!strcmp(s, "state") || !strcmp(s, "save"))
		return draft_fail(d, "%s: no file is written: what is learnt is kept in memory; use load to begin with values", s);
	else
		return draft_fail(d, "'%.32s' is not supported", s);
	return 0;
}

static int type_of(struct draft *d, const char *name, uint8_t *ret)
{
#define X_NAME(id, name) name,
	static const char *const types[] = { RULE_DATASET_LIST(X_NAME) };

	for (*ret = 0; *ret < RULE_DATASETS; (*ret)++)
		if (!strcmp(types[*ret], name))
			return 0;
	return draft_fail(d, "type '%.32s' is not string, md5, sha256, ipv4, ipv6 or ip", name);
}

static struct rule_dataset *find(const struct loader *ld, const char *name)
{
	for (size_t i = 0; i < ld->datasets.len; i++)
		if (!strcmp(ld->datasets.data[i]->name, name))
			return ld->datasets.data[i];
	return NULL;
}

static int read_values(struct draft *d, struct rule_dataset *s)
{
	_cleanup_free_ char *text = NULL;
	struct strbuf err = { 0 };
	int r = data_open(d, s->file, &text);

	r = r ?: dataset_read(s, text, &err);
	if (r == -EINVAL && err.len)
		draft_fail(d, "%.200s", err.s);
	strbuf_done(&err);
	return r;
}

static int create(struct draft *d, const char *name, const struct options *o, struct rule_dataset **ret)
{
	struct arena **a = &d->ld->arena;
	struct rule_dataset *s;
	uint8_t type;
	int r;

	if (!o->type)
		return draft_fail(d, "'%.64s' has no type, and no rule before this one gave it one", name);
	if (d->ld->datasets.len >= CORDON_DATASETS)
		return draft_fail(d, "more than %d sets", CORDON_DATASETS);
	r = type_of(d, o->type, &type);
	s = r ? NULL : arena_alloc(a, sizeof(*s));
	if (!s)
		return r ?: -ENOMEM;
	s->type = type;
	s->memcap = o->memcap;
	s->index = (uint32_t)d->ld->datasets.len;
	s->name = arena_strn(a, name, strlen(name));
	s->file = o->load ? arena_strn(a, o->load, strlen(o->load)) : NULL;
	if (!s->name || (o->load && !s->file))
		return -ENOMEM;
	r = s->file ? read_values(d, s) : 0;
	r = r ?: vec_push(&d->ld->datasets, s);
	if (r)
		dataset_done(s);
	*ret = s;
	return r;
}

static int set_get(struct draft *d, const char *name, const struct options *o, struct rule_dataset **ret)
{
	uint8_t type;

	*ret = find(d->ld, name);
	if (!*ret)
		return create(d, name, o, ret);
	if (o->type && type_of(d, o->type, &type))
		return -EINVAL;
	if (o->type && type != (*ret)->type)
		return draft_fail(d, "'%.64s' is of another type in a rule before", name);
	if (o->load && (!(*ret)->file || strcmp((*ret)->file, o->load)))
		return draft_fail(d, "'%.64s' is loaded from another file by a rule before", name);
	return 0;
}

static int op_of(struct draft *d, const char *s, uint8_t from, uint8_t to, uint8_t *ret)
{
	for (*ret = from; *ret <= to; (*ret)++)
		if (!strcmp(ops[*ret], s))
			return 0;
	return draft_fail(d, "'%.32s' is not supported", s);
}

static int add(struct draft *d, struct rule_match *m, const char *name, char **part, int n)
{
	struct options o = { .memcap = CORDON_DATASET_BYTES };
	struct rule_dataset *s = NULL;
	int r = 0;

	if (draft_buffer(d) == APP_BUFFER_PAYLOAD)
		return draft_fail(d, "needs a sticky buffer");
	if (!*name || strlen(name) > NAME_MAX_ || strpbrk(name, " \t\""))
		return draft_fail(d, "'%.64s' is no name", name);
	for (int i = 0; !r && i < n; i++)
		r = option(d, part[i], &o);
	if (!r && o.load && (*o.load == '/' || strstr(o.load, "..")))
		return draft_fail(d, "load %.64s: not a path below the rules' folder", o.load);
	r = r ?: set_get(d, name, &o, &s);
	m->kind = RULE_MATCH_MEMBER;
	m->set = s;
	return r ?: draft_add(d, m);
}

/* set|unset|isset|isnotset,name[,type T][,load FILE][,memcap SIZE][,hashsize N] */
int kw_dataset(struct draft *d, char *v)
{
	struct rule_match m = { .relative = false };
	char *part[10];
	int n = text_split(v, ',', part, 10);

	if (n < 2)
		return draft_fail(d, "not of the form isset,name,type string,load file");
	return op_of(d, part[0], RULE_MEMBER_IS, RULE_MEMBER_REMOVE, &m.member) ?: add(d, &m, part[1], part + 2, n - 2);
}

/* name,<|>|=,value[,type T][,load FILE][,memcap SIZE][,hashsize N] */
int kw_datarep(struct draft *d, char *v)
{
	struct rule_match m = { .relative = false };
	char *part[10];
	int n = text_split(v, ',', part, 10);
	uint64_t rep;

	if (n < 3)
		return draft_fail(d, "not of the form name,>,value,type string,load file");
	if (str_to_u64(part[2], 0, UINT16_MAX, &rep))
		return draft_fail(d, "'%.32s' is not a number from 0 to 65535", part[2]);
	m.lo = (uint32_t)rep;
	return op_of(d, !strcmp(part[1], "==") ? "=" : part[1], RULE_MEMBER_REP_LT, RULE_MEMBER_REP_EQ, &m.member) ?:
	       add(d, &m, part[0], part + 3, n - 3);
}
