// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rules made at random, class by class, each with a message that makes it
 * fire. A rule that the engine refuses (a keyword that is not there yet) is
 * left out, and counted.
 */
#include <ctype.h>
#include <err.h>
#include <string.h>

#include "base/cleanup.h"
#include "complete/spec.h"

struct needle needle(struct rng *r, uint32_t min, uint32_t max, int how)
{
	static const char signs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	struct needle x = { .n = rng_between(r, min, max) };

	if (how == (WORDS | BINARY))
		how = rng_chance(r, 60) ? WORDS : BINARY;
	for (uint32_t i = 0; i < x.n; i++)
		x.b[i] = how == WORDS ? (uint8_t)signs[rng_pick(r, sizeof(signs) - 1)] : (uint8_t)rng_u64(r);
	return x;
}

const char *word(struct rng *r, uint32_t min, uint32_t max, char *ret)
{
	struct needle x = needle(r, min, max, WORDS);

	memcpy(ret, x.b, x.n);
	ret[x.n] = 0;
	return ret;
}

const char *lower(struct rng *r, uint32_t min, uint32_t max, char *ret)
{
	word(r, min, max, ret);
	for (char *p = ret; *p; p++)
		*p = isalnum((unsigned char)*p) ? (char)tolower((unsigned char)*p) : 'x';
	return ret;
}

void content(struct strbuf *t, const void *p, uint32_t n, const char *modifiers)
{
	const uint8_t *b = p;

	strbuf_adds(t, "content:\"");
	for (uint32_t i = 0; i < n; i++)
		strbuf_addf(t, isalnum(b[i]) ? "%c" : "|%02x|", b[i]);
	strbuf_addf(t, "\"; %s", modifiers);
}

#define INSIDE "[$HOME_NET,fd00::/8]"

/* three of eight rules are of some addresses only */
void begin(struct spec *s, const char *proto, const char *ports, const char *flow)
{
	static const char *const ends[8][2] = { [5] = { INSIDE, "!" INSIDE }, [6] = { "!" INSIDE, INSIDE }, [7] = { INSIDE, "any" } };
	const char *const *e = ends[s->sid % 8];

	strbuf_addf(&s->text, "alert %s %s any -> %s %s (%s", proto, e[0] ? e[0] : "any", e[1] ? e[1] : "any", ports, flow);
}

/* --- the classes of all tables, numbered through --- */

static const struct spec_class *const tables[] = { spec_raw_classes, spec_app_classes };

static const struct spec_class *class_at(unsigned int class)
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct spec_class *c = tables[t]; c->name; c++)
			if (!class--)
				return c;
	return NULL;
}

const char *spec_class_name(unsigned int class)
{
	const struct spec_class *c = class_at(class);

	return c ? c->name : NULL;
}

static void make_one(struct specs *s, struct rng *r, const struct spec_class *c, unsigned int class)
{
	struct spec x = { .sid = s->next_sid++, .class = (uint8_t)class };

	c->make(&x, r);
	strbuf_addf(&x.text, "sid:%u;)", x.sid);
	if (vec_push(&s->all, x))
		errx(1, "out of memory");
}

void specs_make(struct specs *s, struct rng *r, unsigned int each)
{
	const struct spec_class *c;

	for (unsigned int class = 0; (c = class_at(class)); class++)
		for (unsigned int i = 0; i < each * c->weight; i++)
			make_one(s, r, c, class);
}

void specs_clear(struct specs *s)
{
	for (size_t i = 0; i < s->all.len; i++) {
		strbuf_done(&s->all.data[i].text);
		strbuf_done(&s->all.data[i].msg);
	}
	s->all.len = 0;
}

void specs_done(struct specs *s)
{
	specs_clear(s);
	vec_done(&s->all);
}
