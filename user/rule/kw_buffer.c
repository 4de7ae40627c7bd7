// SPDX-License-Identifier: BSD-2-Clause
/*
 * The rows of buffers.h as keywords. Sticky buffers hold for what follows, the
 * old modifiers move the content before them, numbers are tested at once;
 * transforms follow a sticky buffer.
 */
#include <string.h>

#include "base/cleanup.h"
#include "rule/keywords.h"
#include "rule/regex.h"

/* fails when it already looks at others only */
int app_use(struct draft *d, uint64_t apps, uint8_t side)
{
	if (!apps)
		return 0;
	apps &= d->has_apps ? d->apps : ~0ULL;
	side &= d->has_apps ? d->sides : APP_SIDE_BOTH;
	if (!apps)
		return draft_fail(d, "buffers of different applications");
	if (!side)
		return draft_fail(d, "mixes buffers of what clients send and of what servers send");
	d->has_apps = true;
	d->apps = apps;
	d->sides = side;
	return 0;
}

int buffer_use(struct draft *d, uint8_t buffer)
{
	const struct app_buffer_row *b = &app_buffers[buffer];

	if (!(b->flags & APP_BUFFER_READY))
		return draft_fail(d, "is not filled yet");
	return app_use(d, b->apps, b->side);
}

static int sticky(struct draft *d, uint8_t buffer)
{
	if (d->has_sticky)
		return draft_fail(d, "the sticky buffer before it has no condition");
	d->has_content = false;
	if (buffer == APP_BUFFER_PAYLOAD) {
		d->current = 0;
		return 0;
	}
	d->has_sticky = true;
	d->sticky = (struct rule_list){ .buffer = buffer };
	return buffer_use(d, buffer);
}

static int modifier(struct draft *d, uint8_t buffer)
{
	struct rule_match *last = draft_last(d), m;
	struct draft_list *from;

	if (!last)
		return -EINVAL;
	if (d->last_list)
		return draft_fail(d, "the content before it has a buffer already");
	m = *last;
	from = &d->list[0];
	/* what came after the content (isdataat, pcre) stays where it is */
	memmove(last, last + 1, (--from->m.len - d->last) * sizeof(m));
	return buffer_use(d, buffer) ?: draft_add_to(d, buffer, &m);
}

/* content:"x"; http_uri; in one */
int kw_uricontent(struct draft *d, char *v)
{
	return kw_content(d, v) ?: modifier(d, APP_BUFFER_HTTP_URI);
}

int number_use(struct draft *d, const struct rule_test *t)
{
	const struct app_number_row *n = &app_numbers[t->field];

	if (!(n->flags & APP_BUFFER_READY))
		return draft_fail(d, "is not filled yet");
	return app_use(d, n->apps, n->side) ?: draft_number(d, t);
}

static int number(struct draft *d, uint8_t i, char *v)
{
	struct rule_test t = { .field = i };

	if (!*v)
		return draft_fail(d, "needs a value");
	return number_range(d, v, (uint32_t)app_numbers[i].max, &t.lo, &t.hi, &t.negated) ?: number_use(d, &t);
}

int buffer_keyword(struct draft *d, char *v)
{
	for (uint8_t i = 0; i < APP_BUFFERS; i++) {
		const struct app_buffer_row *b = &app_buffers[i];
		bool is_modifier = !strcmp(b->modifier, d->keyword);

		if (!is_modifier && strcmp(b->name, d->keyword) && strcmp(b->sticky, d->keyword))
			continue;
		if (*v)
			return draft_fail(d, "takes no value");
		return (is_modifier ? modifier(d, i) : sticky(d, i)) ?: 1;
	}
	for (uint8_t i = 0; i < APP_NUMBERS; i++)
		if (!strcmp(app_numbers[i].name, d->keyword))
			return number(d, i, v) ?: 1;
	return 0;
}

/* "0d0ac8ff" */
static int xor_key(struct draft *d, const char *s, struct rule_transform *t)
{
	uint8_t key[RULE_XOR_MAX];
	size_t n = strlen(s);

	if (n < 2 || n % 2 || n / 2 > sizeof(key) || strspn(s, "0123456789abcdefABCDEF") != n)
		return draft_fail(d, "the key is not 1 to %d bytes in hex", RULE_XOR_MAX);
	for (size_t i = 0; i < n; i++) {
		uint8_t v = s[i] <= '9' ? s[i] - '0' : (s[i] | 0x20) - 'a' + 10;

		key[i / 2] = i % 2 ? (uint8_t)(key[i / 2] << 4 | v) : v;
	}
	t->key_len = (uint8_t)(n / 2);
	t->key = arena_copy(&d->ld->arena, key, n / 2);
	return t->key ? 0 : -ENOMEM;
}

/* an expression with one group, as Suricata asks for */
static int group_of(struct draft *d, const char *pattern, struct rule_transform *t)
{
	struct strbuf err = { 0 };
	struct regex *re;
	int r = vec_reserve(&d->ld->regexes, d->ld->regexes.len + 1);

	if (!r)
		r = regex_new(pattern, strlen(pattern), 0, &re, &err);
	if (!r) {
		t->regex = d->ld->regexes.data[d->ld->regexes.len++] = re;
		t->key = (uint8_t *)arena_strn(&d->ld->arena, pattern, strlen(pattern));
		r = t->key ? 0 : -ENOMEM;
	} else if (r == -EINVAL) {
		draft_fail(d, "%s", err.s ? err.s : "does not compile");
	}
	strbuf_done(&err);
	if (!r && regex_groups(re) != 1)
		return draft_fail(d, "the expression has not one group, but %u", regex_groups(re));
	return r;
}

int kw_transform(struct draft *d, char *v)
{
#define X_NAME(id, name) name,
	static const char *const names[] = { RULE_TRANSFORM_LIST(X_NAME) };
	struct rule_transform t = { 0 };
	int r;

	if (!d->has_sticky)
		return draft_fail(d, "stands right after a sticky buffer");
	if (d->sticky.n_transforms == RULE_TRANSFORMS_MAX)
		return draft_fail(d, "more than %d transforms of one buffer", RULE_TRANSFORMS_MAX);
	if (d->sticky.buffer == APP_BUFFER_BASE64_DATA)
		return draft_fail(d, "transforms of base64_data are not supported");
	while (t.kind < RULE_TRANSFORMS && strcmp(names[t.kind], d->keyword))
		t.kind++;
	r = t.kind == RULE_TRANSFORM_XOR ? xor_key(d, v, &t) : t.kind == RULE_TRANSFORM_PCRE ? group_of(d, v, &t) : 0;
	d->sticky.transform[d->sticky.n_transforms++] = t;
	return r;
}

/* "bytes 5", "offset 2", "relative", each once */
int kw_base64_decode(struct draft *d, char *v)
{
	struct rule_match m = { .kind = RULE_MATCH_BASE64 };
	uint64_t n = 0;
	char *part[3];
	int parts = *v ? text_split(v, ',', part, 3) : 0;

	if (parts < 0)
		return draft_fail(d, "more than bytes, offset and relative");
	for (int i = 0; i < parts; i++) {
		bool is_bytes = !strncmp(part[i], "bytes ", 6), is_offset = !strncmp(part[i], "offset ", 7);

		if (!strcmp(part[i], "relative"))
			m.relative = true;
		else if ((!is_bytes && !is_offset) || str_to_u64(text_trim(part[i] + (is_bytes ? 6 : 7)), 0, 65535, &n))
			return draft_fail(d, "'%.32s' is not supported", part[i]);
		else
			*(is_bytes ? &m.lo : &m.offset) = (uint32_t)n;
	}
	return draft_add(d, &m);
}

/* "5", ">5", "2<>9", with ",norm" or ",raw" */
int kw_urilen(struct draft *d, char *v)
{
	struct rule_match m = { .kind = RULE_MATCH_BSIZE, .hi = UINT32_MAX };
	uint8_t buffer = APP_BUFFER_HTTP_URI;
	char *part[2];
	int n = text_split(v, ',', part, 2), r;

	if (n == 2 && !strcasecmp(part[1], "raw"))
		buffer = APP_BUFFER_HTTP_URI_RAW;
	else if (n != 1 && (n < 0 || strcasecmp(part[1], "norm")))
		return draft_fail(d, "neither norm nor raw");
	r = number_range(d, part[0], 65535, &m.lo, &m.hi, &m.negated);
	return r ?: buffer_use(d, buffer) ?: draft_add_to(d, buffer, &m);
}
