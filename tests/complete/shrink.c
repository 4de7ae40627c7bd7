// SPDX-License-Identifier: BSD-2-Clause
/*
 * A difference made small: first the rules, then the packets, by taking out
 * ever smaller parts while something still differs (delta debugging, Zeller and
 * Hildebrandt 2002).
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "complete/complete.h"

struct shrinker {
	struct judge *j;
	unsigned int setting;
	struct capture cap; /* smallest that differs */
	VEC(char *) rules;  /* lines; the smallest set that differs */
};

static bool differs(struct shrinker *s, const struct capture *c)
{
	struct strbuf err = { 0 };
	struct outcome o = { 0 };
	bool r = !judge_run(s->j, s->setting, c, &o, &err) && o.differ.len;

	outcome_done(&o);
	strbuf_done(&err);
	return r;
}

/* loads all lines but [from, to) */
static bool load_without(struct shrinker *s, size_t from, size_t to)
{
	struct strbuf text = { 0 }, err = { 0 };
	int e;

	for (size_t i = 0; i < s->rules.len; i++)
		if (i < from || i >= to)
			strbuf_addf(&text, "%s\n", s->rules.data[i]);
	e = text.len ? judge_rules(s->j, text.s, text.len, &err) : -EINVAL;
	strbuf_done(&text);
	strbuf_done(&err);
	return !e;
}

static void remove_rules(struct shrinker *s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		free(s->rules.data[i]);
	memmove(s->rules.data + from, s->rules.data + to, (s->rules.len - to) * sizeof(char *));
	s->rules.len -= to - from;
}

static void shrink_rules(struct shrinker *s)
{
	for (size_t part = s->rules.len / 2; part; part /= 2)
		for (size_t from = 0; from < s->rules.len && s->rules.len > 1;) {
			size_t to = from + part < s->rules.len ? from + part : s->rules.len;

			if (load_without(s, from, to) && differs(s, &s->cap))
				remove_rules(s, from, to);
			else
				from = to;
		}
	load_without(s, 0, 0);
}

static void copy_without(struct capture *ret, const struct capture *c, size_t from, size_t to)
{
	capture_clear(ret);
	for (size_t i = 0; i < c->frames.len; i++) {
		const struct frame *f = &c->frames.data[i];

		if (i < from || i >= to)
			capture_add(ret, c->bytes.data + f->at, f->len, f->flow, f->ts_ns);
	}
}

static void shrink_packets(struct shrinker *s)
{
	struct capture less = { 0 };

	for (size_t part = s->cap.frames.len / 2; part; part /= 2)
		for (size_t from = 0; from < s->cap.frames.len && s->cap.frames.len > 1;) {
			size_t to = from + part < s->cap.frames.len ? from + part : s->cap.frames.len;

			copy_without(&less, &s->cap, from, to);
			if (differs(s, &less)) {
				struct capture was = s->cap;

				s->cap = less;
				less = was;
			} else {
				from = to;
			}
		}
	capture_done(&less);
}

static void take_lines(struct shrinker *s, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		char *line = strndup(text, n);

		if (!line || vec_push(&s->rules, line))
			errx(1, "out of memory");
		text += n + !!text[n];
	}
}

static void keep(const struct shrinker *s, const char *dir, const char *name)
{
	_cleanup_fclose_ FILE *f = NULL;
	struct strbuf path = { 0 };
	int fd;

	mkdir(dir, 0777);
	strbuf_addf(&path, "%s/%s.pcap", dir, name);
	fd = open(path.s, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || capture_write(&s->cap, fd))
		warn("%s", path.s);
	closep_(&fd);
	strbuf_clear(&path);
	strbuf_addf(&path, "%s/%s.rules", dir, name);
	f = fopen(path.s, "we");
	for (size_t i = 0; f && i < s->rules.len; i++)
		fprintf(f, "%s\n", s->rules.data[i]);
	printf("# %zu packets, %zu rules are left; both ways:\n#   cordon replay -j --rules %s/%s.rules %s [--full] %s/%s.pcap\n",
	       s->cap.frames.len, s->rules.len, dir, name, judge_options(s->setting), dir, name);
	strbuf_done(&path);
}

void shrink(struct judge *j, unsigned int setting, const struct capture *c, const char *rules, const char *dir,
	    const char *name)
{
	struct shrinker s = { .j = j, .setting = setting };

	copy_without(&s.cap, c, 0, 0);
	take_lines(&s, rules);
	shrink_rules(&s);
	shrink_packets(&s);
	shrink_rules(&s);
	keep(&s, dir, name);
	remove_rules(&s, 0, s.rules.len);
	vec_done(&s.rules);
	capture_done(&s.cap);
}
