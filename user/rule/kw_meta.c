/* SPDX-License-Identifier: BSD-2-Clause */
/* Keywords that say something about the rule, not about the traffic. */
#include <string.h>

#include "rule/keywords.h"

/* takes the backslash off \" \; \\ \: */
static void unescape(char *s)
{
	char *w = s;

	for (; *s; s++) {
		if (*s == '\\' && s[1] && strchr("\";\\:", s[1]))
			s++;
		*w++ = *s;
	}
	*w = 0;
}

int kw_msg(struct draft *d, char *v)
{
	unescape(v);
	d->r->info.msg = arena_strn(&d->ld->arena, v, strlen(v));
	return d->r->info.msg ? 0 : -ENOMEM;
}

static int number(struct draft *d, const char *v, uint64_t min, uint64_t max, uint64_t *ret)
{
	if (str_to_u64(v, min, max, ret))
		return draft_fail(d, "'%.32s' is not a number from %llu to %llu", v, (unsigned long long)min,
				  (unsigned long long)max);
	return 0;
}

int kw_sid(struct draft *d, char *v)
{
	uint64_t n;
	int r = number(d, v, 1, UINT32_MAX, &n);

	if (!r) {
		d->r->info.sid = (uint32_t)n;
		d->has_sid = true;
	}
	return r;
}

int kw_gid(struct draft *d, char *v)
{
	uint64_t n;
	int r = number(d, v, 0, UINT32_MAX, &n);

	if (!r)
		d->r->info.gid = (uint32_t)n;
	return r;
}

int kw_rev(struct draft *d, char *v)
{
	uint64_t n;
	int r = number(d, v, 0, UINT32_MAX, &n);

	if (!r)
		d->r->info.rev = (uint32_t)n;
	return r;
}

/* an unknown class is as Suricata has it: priority 3, no category */
int kw_classtype(struct draft *d, char *v)
{
	const struct rule_class *c = rule_classes_find(&d->ld->classes, v);

	d->r->info.classtype = c ? c->name : arena_strn(&d->ld->arena, v, strlen(v));
	if (!d->r->info.classtype)
		return -ENOMEM;
	if (c)
		d->r->info.category = c->text;
	if (c && !d->has_priority)
		d->r->info.severity = c->priority;
	return 0;
}

int kw_priority(struct draft *d, char *v)
{
	uint64_t n;
	int r = number(d, v, 1, 255, &n);

	if (!r) {
		d->r->info.severity = (uint8_t)n;
		d->has_priority = true;
	}
	return r;
}

int kw_note(struct draft *d, char *v)
{
	(void)d;
	(void)v;
	return 0;
}

/* no packet is marked; it makes a rule one of each packet all the same */
int kw_mark(struct draft *d, char *v)
{
	(void)v;
	d->each_packet = true;
	return 0;
}

int kw_target(struct draft *d, char *v)
{
	d->r->info.is_target_src = !strcmp(v, "src_ip");
	d->r->info.is_target_dst = !strcmp(v, "dest_ip");
	if (!d->r->info.is_target_src && !d->r->info.is_target_dst)
		return draft_fail(d, "'%.32s' is neither src_ip nor dest_ip", v);
	return 0;
}

int kw_noalert(struct draft *d, char *v)
{
	(void)v;
	d->r->noalert = true;
	return 0;
}

int kw_bypass(struct draft *d, char *v)
{
	(void)v;
	d->r->bypass = true;
	d->each_packet = true;
	return 0;
}
