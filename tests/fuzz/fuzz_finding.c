// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: what an inspector says that was taken over. The input is a list of findings: its kind, how many changes
 * there are to one that could be, and each change: two bytes where, one how many, the bytes. What the daemon does about it
 * stays in its tables, and what it tells others is one JSON value, and one printable line.
 */
#include <arpa/inet.h>
#include <jansson.h>

#include "act/act.h"
#include "act/behaviour.h"
#include "base/clock.h"
#include "feed/parse.h"
#include "fuzz/fuzz.h"
#include "keeper/reject.h"
#include "out/out.h"

static const char entries[] = "evil.example\n198.18.0.1\nhttp://url.example/x\n";
static struct indicators listed;
static struct threat_index *listed_index;

static void list(void)
{
	const struct feed_opts opts = { .name = "fuzz", .category = "c2", .action = CORDON_ACTION_QUARANTINE };
	struct indicators in = { 0 };
	const struct indicators *sets[] = { &in };
	struct feed_report rep = { 0 };

	must(!feed_parse("plain", entries, sizeof(entries) - 1, &opts, &in, &rep));
	must(!indicators_merge(&listed, sets, 1) && !threat_index_new(&listed, &listed_index));
	indicators_done(&in);
	feed_report_done(&rep);
}

static struct finding one_that_could_be(uint8_t kind)
{
	static const struct cordon_facts facts = {
		.flow_id = 7, .flow_flags = CORDON_FLOW_ESTABLISHED | CORDON_FLOW_FROM_DEVICE, .proto = 6, .from_device = 1,
		.role = CORDON_ROLE_DEVICE, .mode = CORDON_MODE_REACT, .ifindex = 7, .mac = { 2, 0, 0, 0, 0, 1 },
		.saddr = { [10] = 0xff, 0xff, 10, 0, 0, 2 }, .daddr = { [10] = 0xff, 0xff, 198, 18, 0, 1 },
	};
	struct finding f = { .kind = kind % FINDINGS, .facts = facts, .severity = 1, .sid = 9, .generation = 1, .msg = "bad",
			     .name = "evil.example", .pairs = "http://url.example/x" };

	f.facts.dport = htons(80);
	return f;
}

/* false: the daemon does not look at it */
static bool changes(struct finding *f, unsigned int n, const uint8_t **p, size_t *size)
{
	uint32_t kind = f->kind;

	while (n-- && *size) {
		size_t at = (take8(p, size) << 8 | take8(p, size)) % sizeof(*f), len = take8(p, size);

		for (; len && at < sizeof(*f) && *size; len--)
			((uint8_t *)f)[at++] = take8(p, size);
	}
	f->kind = kind;
	return finding_check(f);
}

static void must_be_told(const struct finding *f, const struct decision *d, const struct device *dev)
{
	struct strbuf summary = { 0 };
	struct json j = { 0 };
	json_t *o;

	eve_render(&j, f, d, dev, "eth1", f->generation == 1 ? &listed : NULL);
	/* its own keys may stand twice there */
	o = json_loadb(j.b.s, j.b.len, 0, NULL);
	must(!j.b.failed && o && !memchr(j.b.s, '\n', j.b.len));
	out_summary_alert(&summary, f, d, dev);
	for (const char *s = summary.s; s && *s; s++)
		must((unsigned char)*s >= ' ' && *s != 0x7f);
	json_decref(o);
	json_done(&j);
	strbuf_done(&summary);
}

/* the keeper sends them, to both ends; whoever is told, it is no more than there is room for */
static void rejects(const struct finding_reject *f)
{
	uint8_t *b = malloc(REJECT_MAX);

	must(b && reject_packet(f, true, b) <= REJECT_MAX && reject_packet(f, false, b) <= REJECT_MAX);
	free(b);
}

/* as daemon/events.c */
static void one(struct act *a, struct inventory *inv, const struct finding *f)
{
	static const char *const types[] = {
#define TYPE(id, type) [FINDING_##id] = type,
		FINDING_LIST(TYPE)
#undef TYPE
	};
	struct decision d = { 0 };

	act_finding(a, f, &d);
	rejects(&f->reject);
	must(d.kind <= DECISION_QUARANTINE && memchr(d.why, 0, sizeof(d.why)));
	if (types[f->kind][0] || d.kind != DECISION_NOTHING)
		must_be_told(f, &d, inventory_touch(inv, &f->facts, f->ts_ns));
}

static void say(struct act *a, struct inventory *inv, const struct finding *f)
{
	struct finding threat;

	if (f->kind == FINDING_IDENTITY) {
		if (act_identity(a, f, &threat))
			one(a, inv, &threat);
		return;
	}
	if (!finding_is_question(f->kind) && f->kind != FINDING_HELD)
		one(a, inv, f);
	if (act_threat_of(a, f, &threat))
		one(a, inv, &threat);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conf conf = { .quarantine_min_severity = 1, .quarantine_lease_ns = 600000000000ULL,
				    .quarantine_breaker_per_min = 5 };
	struct inventory *inv = NULL;
	struct strbuf err = { 0 };
	struct act *a = NULL;
	uint64_t now = 1000000000000ULL;

	if (!listed.v.len)
		list();
	clock_set_replay(now);
	must(!inventory_new(8, &inv));
	must(!act_new(&(struct act_opts){ .conf = &conf, .inventory = inv }, &a, &err));
	act_set_threats(a, &listed, listed_index, 1);
	while (size) {
		struct finding f = one_that_could_be(take8(&data, &size));
		uint8_t how = take8(&data, &size);

		f.ts_ns = now;
		if (changes(&f, how & 7, &data, &size))
			say(a, inv, &f);
		now += (uint64_t)how << 30;
		clock_set_replay(now);
		if (how & 8)
			act_tick(a, now);
	}
	act_free(a);
	inventory_free(inv);
	strbuf_done(&err);
	return 0;
}
