// SPDX-License-Identifier: BSD-2-Clause
/* Addresses that listed names lead to: whose, how long, how many, and which never. */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "act/act.h"
#include "base/clock.h"
#include "cordon_limits.h"

#define S 1000000000ULL

static struct addr v4(uint32_t a)
{
	return (struct addr){ { [10] = 0xff, 0xff, (uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a } };
}

static struct learned entry(uint8_t device, uint32_t a, const char *name)
{
	struct learned l = { .device = { .mac = { 2, 0, 0, 0, 0, device } }, .addr = v4(a) };

	snprintf(l.name, sizeof(l.name), "%s", name);
	return l;
}

#define BAD 0xc6120505U /* 198.18.5.5 */

static void an_address_is_of_the_device_that_asked_and_ends(void **state)
{
	struct learned l = entry(1, BAD, "evil.example"), other = entry(2, BAD, "evil.example");
	struct learned_list *t;

	(void)state;
	assert_int_equal(learned_new(NULL, &t), 0);
	assert_int_equal(learned_put(t, &l, 300, 1000 * S), 0);
	assert_string_equal(learned_get(t, &l.device, &l.addr, 1001 * S)->name, "evil.example");
	assert_null(learned_get(t, &other.device, &l.addr, 1001 * S));
	assert_non_null(learned_get(t, &l.device, &l.addr, 1300 * S - 1));
	assert_null(learned_get(t, &l.device, &l.addr, 1300 * S));
	learned_free(t);
}

static void time_to_live_has_bounds(void **state)
{
	struct learned a = entry(1, BAD, "flux.example"), b = entry(1, BAD + 1, "slow.example");
	struct learned_list *t;

	(void)state;
	assert_int_equal(learned_new(NULL, &t), 0);
	assert_int_equal(learned_put(t, &a, 0, S), 0);
	assert_int_equal(learned_put(t, &b, UINT32_MAX, S), 0);
	assert_int_equal(learned_get(t, &a.device, &a.addr, 2 * S)->until_ns, S + CORDON_LEARNED_MIN_NS);
	assert_int_equal(learned_get(t, &b.device, &b.addr, 2 * S)->until_ns, S + CORDON_LEARNED_MAX_NS);
	learned_free(t);
}

static void a_name_of_many_addresses_fills_its_own_share_only(void **state)
{
	struct learned_list *t;
	struct learned_stats s;
	struct learned l;

	(void)state;
	assert_int_equal(learned_new(NULL, &t), 0);
	for (uint32_t i = 0; i < 200; i++) {
		l = entry(1, BAD + i, "flux.example");
		assert_int_equal(learned_put(t, &l, 60, S), i < CORDON_LEARNED_OF_NAME ? 0 : -ENOSPC);
	}
	l = entry(1, BAD, "flux.example"); /* one that is there is no new one */
	assert_int_equal(learned_put(t, &l, 60, S), 0);
	l = entry(1, BAD + 1000, "other.example");
	assert_int_equal(learned_put(t, &l, 60, S), 0);
	l = entry(2, BAD + 1000, "flux.example");
	assert_int_equal(learned_put(t, &l, 60, S), 0);
	learned_stats(t, &s);
	assert_int_equal(s.learned, CORDON_LEARNED_OF_NAME + 2);
	assert_int_equal(s.no_room, 200 - CORDON_LEARNED_OF_NAME);
	learned_expire(t, S + CORDON_LEARNED_MIN_NS);
	learned_stats(t, &s);
	assert_int_equal(s.learned, 0);
	learned_free(t);
}

static void a_device_of_many_names_fills_its_own_share_only(void **state)
{
	struct learned_list *t;
	struct learned l;
	char name[32];

	(void)state;
	assert_int_equal(learned_new(NULL, &t), 0);
	for (uint32_t i = 0; i < CORDON_LEARNED_OF_DEVICE + 10; i++) {
		snprintf(name, sizeof(name), "n%u.evil.example", i);
		l = entry(1, BAD + i, name);
		assert_int_equal(learned_put(t, &l, 60, S), i < CORDON_LEARNED_OF_DEVICE ? 0 : -ENOSPC);
	}
	l = entry(2, BAD, "evil.example");
	assert_int_equal(learned_put(t, &l, 60, S), 0);
	learned_expire(t, S + CORDON_LEARNED_MIN_NS); /* and room is there again */
	l = entry(1, BAD, "evil.example");
	assert_int_equal(learned_put(t, &l, 60, 100 * S), 0);
	learned_free(t);
}

/* --- the whole way: answer, flow --- */

struct world {
	struct conf conf;
	struct inventory *inv;
	struct act *act;
	struct indicators in;
	struct threat_index *index;
};

static void begin(struct world *w)
{
	struct feed_opts o = { .name = "list", .category = "c2", .action = CORDON_ACTION_DROP, .confidence = 80 };
	struct act_opts a = { .conf = &w->conf };
	struct feed_report rep = { 0 };
	struct strbuf err = { 0 };

	*w = (struct world){ .conf = { .quarantine_min_severity = 1 } };
	assert_int_equal(inventory_new(100, &w->inv), 0);
	a.inventory = w->inv;
	assert_int_equal(act_new(&a, &w->act, &err), 0);
	assert_int_equal(feed_parse("plain", "# c\nevil.example\n", 17, &o, &w->in, &rep), 0);
	assert_int_equal(threat_index_new(&w->in, &w->index), 0);
	act_set_threats(w->act, &w->in, w->index, 7);
	feed_report_done(&rep);
	strbuf_done(&err);
}

static void finish(struct world *w)
{
	act_free(w->act);
	inventory_free(w->inv);
	threat_index_free(w->index);
	indicators_done(&w->in);
}

static struct finding finding(uint32_t kind, uint8_t device, bool from_device, uint32_t remote)
{
	struct addr home = v4(0x0a000002U + device), far = v4(remote);
	struct finding f = { .kind = kind, .ts_ns = clock_now_ns() };

	f.facts = (struct cordon_facts){ .flow_id = remote + device, .flow_flags = CORDON_FLOW_FROM_DEVICE, .proto = 6,
					 .from_device = from_device, .dir = from_device ? CORDON_TO_SERVER : CORDON_TO_CLIENT,
					 .role = CORDON_ROLE_DEVICE, .mode = CORDON_MODE_REACT, .mac = { 2, 0, 0, 0, 0, device } };
	memcpy(f.facts.saddr, from_device ? home.b : far.b, 16);
	memcpy(f.facts.daddr, from_device ? far.b : home.b, 16);
	return f;
}

/* a DNS answer whose names are @name and what is behind it, up to NULL; true: it leads to a listed name */
static bool answer_of(struct world *w, const char *const *names, uint32_t a, struct finding *ret_threat)
{
	struct finding f = finding(FINDING_CHAIN, 1, false, 0xc0000235U), none;
	bool told = false;

	for (unsigned int i = 0; names[i]; i++) {
		f.led = i > 0;
		snprintf(f.name, sizeof(f.name), "%s", names[i]);
		if (!act_threat_of(w->act, &f, &none))
			continue;
		*ret_threat = none;
		told = true;
	}
	f.kind = FINDING_ANSWER;
	f.led = 0;
	f.answer = v4(a);
	f.ttl_s = 60;
	assert_false(act_threat_of(w->act, &f, &none));
	return told;
}

static void answer(struct world *w, const char *name, uint32_t a)
{
	struct finding threat;

	assert_false(answer_of(w, (const char *const[]){ name, NULL }, a, &threat));
}

static bool begins(struct world *w, uint8_t device, uint32_t a, struct finding *threat)
{
	struct finding f = finding(FINDING_LEARNED, device, true, a);

	return act_threat_of(w->act, &f, threat);
}

static void a_flow_to_a_learned_address_is_a_threat_with_its_source(void **state)
{
	struct finding t;
	struct decision d;
	struct world w;

	(void)state;
	begin(&w);
	assert_false(begins(&w, 1, BAD, &t));
	answer(&w, "WWW.Evil.Example", BAD);
	assert_false(begins(&w, 2, BAD, &t));
	assert_true(begins(&w, 1, BAD, &t));
	assert_int_equal(t.kind, FINDING_THREAT);
	assert_int_equal(t.generation, 7);
	assert_true(t.learned);
	assert_int_equal(w.in.v.data[t.indicator - 1].line, 2);
	act_finding(w.act, &t, &d);
	assert_int_equal(d.kind, DECISION_DROP_FLOW);
	assert_string_equal(d.why, "address learned from listed name www.evil.example");
	finish(&w);
}

static void a_name_that_is_no_longer_listed_blocks_nothing(void **state)
{
	struct finding t;
	struct world w;

	(void)state;
	begin(&w);
	answer(&w, "evil.example", BAD);
	act_set_threats(w.act, NULL, NULL, 0);
	assert_false(begins(&w, 1, BAD, &t));
	finish(&w);
}

static void parse_list(const char *list, uint8_t action, struct indicators *ret)
{
	struct feed_opts o = { .name = "list", .category = "c2", .action = action, .confidence = 90 };
	struct feed_report rep = { 0 };

	assert_int_equal(feed_parse("plain", list, strlen(list), &o, ret, &rep), 0);
	feed_report_done(&rep);
}

static void a_hit_that_meets_a_swap_is_judged_by_the_list_it_was_found_on(void **state)
{
	struct indicators now = { 0 }, later = { 0 };
	struct finding t = finding(FINDING_THREAT, 1, true, BAD);
	struct decision d;
	struct world w;

	(void)state;
	begin(&w);
	parse_list("other.example\n", CORDON_ACTION_QUARANTINE, &now);
	act_set_threats(w.act, &now, NULL, 8);
	t.facts.flow_flags |= CORDON_FLOW_ESTABLISHED;
	t.indicator = 1;
	t.generation = 7;
	t.action = CORDON_ACTION_DROP;
	act_finding(w.act, &t, &d);
	assert_int_equal(d.kind, DECISION_DROP_FLOW);
	assert_string_equal(d.why, "listed name evil.example");
	parse_list("third.example\n", CORDON_ACTION_QUARANTINE, &later);
	act_set_threats(w.act, &later, NULL, 9);
	t.action = CORDON_ACTION_ALERT;
	act_finding(w.act, &t, &d); /* two swaps behind: as the kernel did */
	assert_int_equal(d.kind, DECISION_ALERT);
	act_set_threats(w.act, NULL, NULL, 0);
	finish(&w);
	indicators_done(&now);
	indicators_done(&later);
}

static void an_address_that_is_guarded_since_is_only_told(void **state)
{
	struct finding t = finding(FINDING_THREAT, 1, true, 0xc6120909U);
	struct indicators in = { 0 };
	struct strbuf err = { 0 };
	struct decision d;
	struct world w;

	(void)state;
	begin(&w);
	parse_list("198.18.9.0/24\n", CORDON_ACTION_QUARANTINE, &in);
	act_set_threats(w.act, &in, NULL, 8);
	t.facts.flow_flags |= CORDON_FLOW_ESTABLISHED;
	t.indicator = 1;
	t.generation = 8;
	assert_int_equal(act_guard_add(w.act, "198.18.9.9", "resolver", 0, &err), 0);
	act_finding(w.act, &t, &d);
	assert_int_equal(d.kind, DECISION_ALERT);
	assert_true(d.guarded);
	assert_string_equal(d.why, "listed address 198.18.9.0/24; the listed end is guarded: 198.18.9.9 (resolver)");
	assert_int_equal(act_guard_remove(w.act, "198.18.9.9", &err), 0);
	act_finding(w.act, &t, &d);
	assert_int_equal(d.kind, DECISION_QUARANTINE);
	act_set_threats(w.act, NULL, NULL, 0);
	finish(&w);
	indicators_done(&in);
	strbuf_done(&err);
}

static void an_address_of_the_home_is_never_learned(void **state)
{
	struct finding t;
	struct prefix home;
	struct world w;

	(void)state;
	begin(&w);
	prefix_parse("203.0.112.0/24", &home);
	assert_int_equal(vec_push(&w.conf.home, home), 0);
	answer(&w, "evil.example", 0xcb007009U);
	assert_false(begins(&w, 1, 0xcb007009U, &t));
	answer(&w, "evil.example", BAD);
	assert_true(begins(&w, 1, BAD, &t));
	vec_done(&w.conf.home);
	finish(&w);
}

/* D07: the listed name stands in the chain only. Whoever owns a name may point it there, so the device is not to blame. */
static void a_listed_name_in_the_chain_is_a_hit_and_no_guilt(void **state)
{
	static const char *const names[] = { "shop.example", "cdn.example", "x.evil.example", "evil.example", NULL };
	struct finding t;
	struct decision d;
	struct world w;

	(void)state;
	begin(&w);
	w.in.v.data[0].action = CORDON_ACTION_QUARANTINE;
	assert_true(answer_of(&w, names, BAD, &t));
	t.facts.flow_flags |= CORDON_FLOW_ESTABLISHED;
	assert_true(t.led);
	act_finding(w.act, &t, &d);
	assert_int_equal(d.kind, DECISION_DROP_FLOW);
	assert_true(begins(&w, 1, BAD, &t));
	assert_string_equal(t.name, "x.evil.example");
	t.facts.flow_flags |= CORDON_FLOW_ESTABLISHED;
	act_finding(w.act, &t, &d);
	assert_int_equal(d.kind, DECISION_DROP_FLOW);
	finish(&w);
}

/* the names of one answer are not those of the next */
static void a_listed_name_of_another_answer_lends_nothing(void **state)
{
	struct finding t;
	struct world w;

	(void)state;
	begin(&w);
	answer(&w, "evil.example", BAD);
	answer(&w, "good.example", BAD + 1);
	assert_false(begins(&w, 1, BAD + 1, &t));
	finish(&w);
}

/* RFC 6052: DNS64 answers with the same host under another address */
static void an_address_behind_nat64_is_the_one_it_stands_for(void **state)
{
	struct finding f = finding(FINDING_CHAIN, 1, false, 0xc0000235U), t;
	struct world w;

	(void)state;
	begin(&w);
	snprintf(f.name, sizeof(f.name), "evil.example");
	assert_false(act_threat_of(w.act, &f, &t));
	f.kind = FINDING_ANSWER;
	f.answer = (struct addr){ { 0, 0x64, 0xff, 0x9b, [12] = 198, 18, 5, 5 } };
	assert_false(act_threat_of(w.act, &f, &t));
	assert_true(begins(&w, 1, BAD, &t));
	finish(&w);
}

/* whoever owns a listed name may answer with any address */
static void protected_addresses_are_never_learned(void **state)
{
	static const uint32_t never[] = { 0x08080808, 0x01010101, 0x0a000001, 0xc0a80101, 0x7f000001, 0xe0000001, 0x64400001, 0 };
	struct learned_stats s;
	struct strbuf err = { 0 };
	struct finding t;
	struct world w;

	(void)state;
	begin(&w);
	assert_int_equal(act_guard_add(w.act, "198.18.9.0/24", "ours", 0, &err), 0);
	answer(&w, "evil.example", 0xc6120907U);
	assert_false(begins(&w, 1, 0xc6120907U, &t));
	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++) {
		answer(&w, "evil.example", never[i]);
		assert_false(begins(&w, 1, never[i], &t));
	}
	act_learned_stats(w.act, &s);
	assert_int_equal(s.learned, 0);
	assert_int_equal(s.refused, 1 + sizeof(never) / sizeof(*never));
	answer(&w, "good.example", BAD); /* and nothing from a name that is not listed */
	act_learned_stats(w.act, &s);
	assert_int_equal(s.learned, 0);
	strbuf_done(&err);
	finish(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_of_the_device_that_asked_and_ends),
		cmocka_unit_test(time_to_live_has_bounds),
		cmocka_unit_test(a_name_of_many_addresses_fills_its_own_share_only),
		cmocka_unit_test(a_device_of_many_names_fills_its_own_share_only),
		cmocka_unit_test(a_flow_to_a_learned_address_is_a_threat_with_its_source),
		cmocka_unit_test(a_name_that_is_no_longer_listed_blocks_nothing),
		cmocka_unit_test(a_hit_that_meets_a_swap_is_judged_by_the_list_it_was_found_on),
		cmocka_unit_test(an_address_that_is_guarded_since_is_only_told),
		cmocka_unit_test(an_address_of_the_home_is_never_learned),
		cmocka_unit_test(a_listed_name_in_the_chain_is_a_hit_and_no_guilt),
		cmocka_unit_test(a_listed_name_of_another_answer_lends_nothing),
		cmocka_unit_test(an_address_behind_nat64_is_the_one_it_stands_for),
		cmocka_unit_test(protected_addresses_are_never_learned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
