// SPDX-License-Identifier: BSD-2-Clause
/*
 * complete [-t SECONDS] [-p PACKETS] [-s SEED] [-o DIR] [-d DEFECT] [-D DATA] [-c]:
 * rounds of new rules and captures until the time or the packets are used up. With
 * -d the defect must be found: then 0, else 1. With -c all cuts of short literals
 * first. With -D the rules and captures in DATA, mutated, each third round.
 */
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "complete/complete.h"

#define FIRST_SID 1000000
#define CAPTURES 8   /* of one round, two in each setting */
#define MISSES_MAX 5 /* then it stops: one defect differs everywhere */

struct tally {
	VEC(uint8_t) fired;    /* by sid from FIRST_SID: class + 1 once it has alerted */
	unsigned int made[SPEC_CLASSES], loaded[SPEC_CLASSES], alerted[SPEC_CLASSES];
	uint64_t reasons[CORDON_REASONS]; /* packets */
	uint64_t packets, suspect, streams, alerting, alerts, misses;
};

struct fuzzer {
	uint64_t seconds, packets_max, seed;
	const char *dir, *defect;
	bool cuts;
	struct data data; /* no rules: none */
	struct judge *judge;
	struct specs specs;
	struct strbuf rules, err;
	struct tally t;
};

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* --- what was seen --- */

struct tuple {
	uint8_t end[2][18];
	uint16_t vlan;
	uint8_t proto, pad;
};

static int by_tuple(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct tuple));
}

/* how many different flows alerted */
static uint64_t flows_of(const struct outcome *o)
{
	VEC(struct tuple) v = { 0 };
	uint64_t n = 0;

	for (size_t i = 0; i < o->fired.len; i++) {
		const struct alert *a = &o->fired.data[i];
		struct tuple x = { .vlan = a->vlan, .proto = a->proto };
		bool swap = memcmp(a->src, a->dst, 16) > 0;

		memcpy(x.end[swap], a->src, 16);
		memcpy(x.end[swap] + 16, &a->sport, 2);
		memcpy(x.end[!swap], a->dst, 16);
		memcpy(x.end[!swap] + 16, &a->dport, 2);
		if (vec_push(&v, x))
			errx(1, "out of memory");
	}
	if (v.len)
		qsort(v.data, v.len, sizeof(*v.data), by_tuple);
	for (size_t i = 0; i < v.len; i++)
		n += !i || by_tuple(&v.data[i - 1], &v.data[i]);
	vec_done(&v);
	return n;
}

static void note_fired(struct tally *t, const struct outcome *o)
{
	for (size_t i = 0; i < o->fired.len; i++) {
		uint32_t at = o->fired.data[i].sid - FIRST_SID;

		if (at >= t->fired.len || t->fired.data[at] & 0x80)
			continue;
		t->alerted[t->fired.data[at]]++;
		t->fired.data[at] |= 0x80;
	}
}

static void note_rules(struct fuzzer *f)
{
	for (size_t i = 0; i < f->specs.all.len; i++) {
		const struct spec *s = &f->specs.all.data[i];

		f->t.made[s->class]++;
		f->t.loaded[s->class] += judge_has(f->judge, s->sid);
		if (vec_push(&f->t.fired, s->class))
			errx(1, "out of memory");
	}
}

static void say_difference(const struct fuzzer *f, const struct outcome *o, unsigned int setting)
{
	printf("# seed %llu: %zu alerts differ (%s)\n", (unsigned long long)f->seed, o->differ.len, judge_options(setting));
	for (size_t i = 0; i < o->differ.len && i < 5; i++) {
		const struct spec *all = f->specs.all.data;
		uint32_t sid = o->differ.data[i].sid, first = f->specs.all.len ? all[0].sid : 0;

		printf("#   sid %u only %s --full: %s\n", sid, o->differ.data[i].side > 0 ? "with" : "without",
		       sid - first < f->specs.all.len ? all[sid - first].text.s : "");
	}
}

/* --- a round --- */

static void load_rules(struct fuzzer *f, struct rng *r)
{
	static const unsigned int each[] = { 1, 5, 20 };

	specs_clear(&f->specs);
	strbuf_clear(&f->rules);
	strbuf_clear(&f->err);
	specs_make(&f->specs, r, each[rng_pick(r, ARRAY_SIZE(each))]);
	for (size_t i = 0; i < f->specs.all.len; i++)
		strbuf_addf(&f->rules, "%s\n", f->specs.all.data[i].text.s);
	if (judge_rules(f->judge, f->rules.s, f->rules.len, &f->err))
		errx(1, "rules of seed %llu: %s", (unsigned long long)f->seed, f->err.s ? f->err.s : "");
	note_rules(f);
}

static void take_outcome(struct fuzzer *f, const struct outcome *o, const struct capture *c, unsigned int setting)
{
	char name[64];

	f->t.packets += o->packets;
	f->t.suspect += o->suspect_packets;
	f->t.alerts += o->alerts;
	f->t.alerting += flows_of(o);
	note_fired(&f->t, o);
	for (unsigned int i = 0; i < CORDON_REASONS; i++)
		f->t.reasons[i] += o->reasons.r[i].packets;
	if (!o->differ.len)
		return;
	f->t.misses++;
	say_difference(f, o, setting);
	if (f->defect)
		return;
	snprintf(name, sizeof(name), "seed-%llu-%u", (unsigned long long)f->seed, setting);
	shrink(f->judge, setting, c, f->rules.s, f->dir, name);
	strbuf_clear(&f->err);
	if (judge_rules(f->judge, f->rules.s, f->rules.len, &f->err))
		errx(1, "rules again: %s", f->err.s ? f->err.s : "");
}

static void one_capture(struct fuzzer *f, struct rng *r, unsigned int setting)
{
	struct capture whole = { 0 }, cap = { 0 };
	/* more flows than records now and then; few when each of their records is looked at */
	unsigned int flows = f->defect ? 100 : rng_between(r, 50, setting == judge_settings - 1 ? 1500 : 500);
	struct outcome o = { 0 };

	traffic_make(&whole, &f->specs, r, flows);
	traffic_mutate(&cap, &whole, r);
	if (judge_run(f->judge, setting, &cap, &o, &f->err))
		errx(1, "seed %llu: %s", (unsigned long long)f->seed, f->err.s ? f->err.s : "a replay failed");
	f->t.streams += flows;
	take_outcome(f, &o, &cap, setting);
	outcome_done(&o);
	capture_done(&whole);
	capture_done(&cap);
}

static void one_round(struct fuzzer *f)
{
	struct rng r = { .s = f->seed };

	load_rules(f, &r);
	for (unsigned int i = 0; i < CAPTURES && !(f->defect && f->t.misses); i++)
		one_capture(f, &r, f->defect ? judge_settings - 1 : i % judge_settings);
	f->seed++;
}

/* every rule there is, and some of the captures, mutated; now and then one as it is */
static void data_round(struct fuzzer *f)
{
	struct rng r = { .s = f->seed };

	specs_clear(&f->specs);
	strbuf_clear(&f->rules);
	strbuf_clear(&f->err);
	strbuf_add(&f->rules, f->data.rules.s, f->data.rules.len);
	if (judge_rules(f->judge, f->rules.s, f->rules.len, &f->err))
		errx(1, "the rules of the data: %s", f->err.s ? f->err.s : "");
	for (unsigned int i = 0; i < 4 * CAPTURES; i++) {
		const char *path = f->data.captures.data[rng_pick(&r, (uint32_t)f->data.captures.len)];
		struct capture whole = { 0 }, cap = { 0 };
		const struct capture *c = rng_chance(&r, 20) ? &whole : &cap;
		struct outcome o = { 0 };

		if (!capture_read(&whole, path) && whole.frames.len) {
			traffic_mutate(&cap, &whole, &r);
			if (judge_run(f->judge, i % judge_settings, c, &o, &f->err))
				errx(1, "%s: %s", path, f->err.s ? f->err.s : "a replay failed");
			if (o.differ.len)
				printf("# %s\n", path);
			take_outcome(f, &o, c, i % judge_settings);
		}
		outcome_done(&o);
		capture_done(&whole);
		capture_done(&cap);
	}
	f->seed++;
}

static void run_rounds(struct fuzzer *f)
{
	double begin = now_s(), told = begin;

	while (now_s() - begin < (double)f->seconds && f->t.packets < f->packets_max && f->t.misses < MISSES_MAX &&
	       !(f->defect && f->t.misses)) {
		if (f->data.rules.len && f->seed % 3 == 0)
			data_round(f);
		else
			one_round(f);
		if (now_s() - told < 30)
			continue;
		told = now_s();
		fprintf(stderr, "# %.0f s: %llu packets, %llu alerts, %llu captures differ\n", told - begin,
			(unsigned long long)f->t.packets, (unsigned long long)f->t.alerts, (unsigned long long)f->t.misses);
	}
}

/* --- the report --- */

static void report_reasons(const struct tally *t)
{
	static const char *const names[] = {
#define NAME(id, name, ...) name,
		CORDON_REASON_LIST(NAME)
#undef NAME
	};

	printf("# %% of the packets:");
	for (unsigned int i = 0; i < CORDON_REASONS; i++)
		if (t->reasons[i] * 200 > t->packets)
			printf(" %s %.0f", names[i], 100.0 * (double)t->reasons[i] / (double)t->packets);
	printf("\n");
}

static void report(const struct tally *t)
{
	printf("# %llu packets (%.1f %% sent up), %llu streams, %.1f %% of them alerting, %llu alerts compared, %llu captures differ\n",
	       (unsigned long long)t->packets, 100.0 * (double)t->suspect / (double)(t->packets ? t->packets : 1),
	       (unsigned long long)t->streams, 100.0 * (double)t->alerting / (double)(t->streams ? t->streams : 1),
	       (unsigned long long)t->alerts, (unsigned long long)t->misses);
	report_reasons(t);
	printf("# %-24s %8s %8s %8s\n", "class", "rules", "loaded", "alerted");
	for (unsigned int c = 0; spec_class_name(c); c++)
		printf("# %-24s %8u %8u %8u\n", spec_class_name(c), t->made[c], t->loaded[c], t->alerted[c]);
}

static bool run_cuts(struct fuzzer *f)
{
	uint64_t streams = 0, alerts = 0;
	int differ = cuts_run(f->judge, &f->err, &streams, &alerts);

	if (differ < 0)
		errx(1, "cuts: %s", f->err.s ? f->err.s : strerror(-differ));
	printf("# every cut of short literals: %llu streams, %llu alerts, %d differ\n", (unsigned long long)streams,
	       (unsigned long long)alerts, differ);
	return !differ;
}

static void usage(void)
{
	fprintf(stderr, "usage: complete [-t SECONDS] [-p PACKETS] [-s SEED] [-o DIR] [-d DEFECT] [-D DATA] [-c]\ndefects: %s\n", defect_names());
	exit(2);
}

static void options(struct fuzzer *f, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "t:p:s:o:d:D:c")) != -1) {
		if (c == 't' && !str_to_u64(optarg, 0, 1000000, &f->seconds))
			continue;
		if (c == 'p' && !str_to_u64(optarg, 0, UINT64_MAX, &f->packets_max))
			continue;
		if (c == 's' && !str_to_u64(optarg, 0, UINT64_MAX, &f->seed))
			continue;
		if (c == 'd' && !defect_choose(optarg))
			f->defect = optarg;
		else if (c == 'D' && (real_data_open(&f->data, optarg) || fprintf(stderr, "%s: no rules or no captures: without\n", optarg)))
			continue;
		else if (c == 'o')
			f->dir = optarg;
		else if (c == 'c')
			f->cuts = true;
		else
			usage();
	}
	if (optind < argc)
		usage();
}

int main(int argc, char **argv)
{
	struct fuzzer f = { .seconds = 60, .packets_max = UINT64_MAX, .dir = "build/complete", .specs.next_sid = FIRST_SID,
			    .seed = 1 };
	bool ok = true;

	options(&f, argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (judge_new(&f.judge, &f.err))
		errx(1, "%s", f.err.s ? f.err.s : "the programs do not load");
	if (f.cuts)
		ok = run_cuts(&f);
	run_rounds(&f);
	report(&f.t);
	judge_free(f.judge);
	real_data_done(&f.data);
	specs_done(&f.specs);
	strbuf_done(&f.rules);
	strbuf_done(&f.err);
	vec_done(&f.t.fired);
	return f.defect ? !f.t.misses : !ok || f.t.misses;
}
