// SPDX-License-Identifier: BSD-2-Clause
/* act/ on real maps: what a decision leaves in the deny map, what ends, what is adopted. Needs root. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <bpf/bpf.h>
#include <cmocka.h>

#include "act/act.h"
#include "act/attest.h"
#include "base/clock.h"
#include "harness/walk.h"
#include "rule/rule.h"

#define S 1000000000ULL

static const struct kern_opts maps_only = { .flow_buckets = 64, .rec_slots = 16, .ring_bytes = 1 << 20,
					    .config = { .replay = 1 } };
static struct conf conf = { .quarantine_min_severity = 1, .quarantine_lease_ns = 600 * S, .quarantine_breaker_per_min = 5 };

struct world {
	struct kern *kern;
	struct inventory *inv;
	struct act *act;
};

static void begin_act(struct world *w)
{
	struct act_opts o = { .conf = &conf, .kern = w->kern };
	struct strbuf err = { 0 };

	assert_int_equal(inventory_new(100, &w->inv), 0);
	o.inventory = w->inv;
	if (act_new(&o, &w->act, &err))
		fail_msg("%s", err.s);
	strbuf_done(&err);
}

static int begin(void **state)
{
	static struct world w;

	w = (struct world){ .kern = walk_kern(&maps_only) };
	clock_set_replay(1000 * S);
	begin_act(&w);
	*state = &w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;

	act_free(w->act);
	inventory_free(w->inv);
	walk_kern_keep(w->kern, &maps_only);
	clock_set_replay(0);
	return 0;
}

static struct decision act_on(struct world *w, uint8_t severity, uint8_t action)
{
	struct finding f = { .kind = FINDING_ALERT, .severity = severity, .action = action, .sid = 1, .ts_ns = clock_now_ns() };
	struct decision d;

	f.facts = (struct cordon_facts){ .flow_id = 77, .flow_flags = CORDON_FLOW_ESTABLISHED | CORDON_FLOW_FROM_DEVICE,
					 .proto = 6, .from_device = 1, .role = CORDON_ROLE_DEVICE, .zone = 3, .vlan = 5,
					 .mode = CORDON_MODE_REACT, .mac = { 2, 0, 0, 0, 0, 1 } };
	act_finding(w->act, &f, &d);
	return d;
}

static const struct cordon_deny_key mac_key = { .kind = CORDON_DENY_MAC, .zone = 3, .vlan = 5, .value = { 2, 0, 0, 0, 0, 1 } };

static void quarantine_is_an_entry_until_its_lease_ends(void **state)
{
	struct world *w = *state;
	struct cordon_deny val;

	assert_int_equal(kern_deny_get(w->kern, &mac_key, &val), -ENOENT);
	assert_int_equal(act_on(w, 1, 0).kind, DECISION_QUARANTINE);
	assert_int_equal(kern_deny_get(w->kern, &mac_key, &val), 0);
	assert_int_equal(val.until_ns, 1600 * S);
	assert_int_equal(val.level, CORDON_LEVEL_CUT);
	assert_int_equal(val.origin, CORDON_ORIGIN_AUTO);
	act_tick(w->act, 1599 * S);
	assert_int_equal(kern_deny_get(w->kern, &mac_key, &val), 0);
	act_tick(w->act, 1600 * S);
	assert_int_equal(kern_deny_get(w->kern, &mac_key, &val), -ENOENT);
}

static void release_takes_the_entry_out_at_once(void **state)
{
	struct world *w = *state;
	struct strbuf err = { 0 };
	struct cordon_deny val;

	act_on(w, 1, 0);
	assert_int_equal(act_quarantine_release(w->act, "z3-v5-02:00:00:00:00:01", 0, &err), 0);
	assert_int_equal(kern_deny_get(w->kern, &mac_key, &val), -ENOENT);
	strbuf_done(&err);
}

static void drop_verdict_is_a_flow_entry_with_a_deadline(void **state)
{
	struct world *w = *state;
	struct cordon_deny_key key = { .kind = CORDON_DENY_FLOW, .zone = 3, .value = { 77 } };
	struct cordon_deny val;

	assert_int_equal(act_on(w, 3, RULE_ACTION_DROP).kind, DECISION_DROP_FLOW);
	assert_int_equal(kern_deny_get(w->kern, &key, &val), 0);
	assert_int_equal(kern_state(w->kern)->deny_flows, 1);
	assert_int_equal(val.until_ns, 1000 * S + CORDON_TCP_IDLE_NS);
	act_tick(w->act, val.until_ns);
	assert_int_equal(kern_deny_get(w->kern, &key, &val), -ENOENT);
	assert_int_equal(kern_state(w->kern)->deny_flows, 0);
}

static int note(const struct quarantine *q, void *ctx)
{
	*(struct quarantine *)ctx = *q;
	return 0;
}

static void entries_in_force_are_taken_over_by_a_new_daemon(void **state)
{
	struct world *w = *state;
	struct quarantine q = { 0 };
	struct strbuf err = { 0 };

	act_on(w, 1, 0);
	act_free(w->act);
	inventory_free(w->inv);
	begin_act(w);
	act_quarantine_each(w->act, note, &q);
	assert_string_equal(q.device, "z3-v5-02:00:00:00:00:01");
	assert_int_equal(q.until_ns, 1600 * S);
	assert_int_equal(act_quarantine_release(w->act, q.device, 0, &err), 0);
	strbuf_done(&err);
}

/* as if the kernel had dropped so many by it: to those it has counted */
static void drops(struct world *w, const struct cordon_deny_key *key, uint64_t n)
{
	struct cordon_deny v;
	int fd = kern_map_fd(w->kern, KERN_MAP_deny);

	assert_int_equal(bpf_map_lookup_elem(fd, key, &v), 0);
	v.packets += n;
	assert_int_equal(bpf_map_update_elem(fd, key, &v, BPF_EXIST), 0);
}

static void assert_books(struct world *w, const struct cordon_device_key *key, uint64_t dropped, uint64_t why)
{
	const struct device *d = inventory_by_key(w->inv, key);
	struct act_books b;

	assert_non_null(d);
	act_books(w->act, d, &b);
	assert_int_equal(b.dropped, dropped);
	assert_int_equal(b.why, why);
}

static void what_leases_dropped_stays_in_the_books_of_the_device(void **state)
{
	const uint64_t cut = CORDON_BIT(CORDON_REASON_QUARANTINE), limited = CORDON_BIT(CORDON_REASON_LIMITED);
	const struct cordon_device_key key = { .zone = 3, .vlan = 5, .mac = { 2, 0, 0, 0, 0, 1 } };
	const struct cordon_device_key unseen = { .zone = 3, .mac = { 2, 0, 0, 0, 0, 9 } };
	struct cordon_deny_key entry = { .kind = CORDON_DENY_MAC, .zone = 3, .value = { 2, 0, 0, 0, 0, 9 } };
	struct cordon_deny over = { .until_ns = 900 * S, .level = CORDON_LEVEL_CUT, .packets = 4 };
	static struct attest_round nothing;
	struct world *w = *state;
	struct strbuf err = { 0 };
	char text[256];
	bool rebuild;

	act_on(w, 1, 0);
	assert_books(w, &key, 0, 0);
	drops(w, &mac_key, 5);
	assert_books(w, &key, 5, cut);
	act_tick(w->act, 1600 * S);
	assert_books(w, &key, 5, cut);
	assert_int_equal(act_quarantine_add(w->act, "z3-v5-02:00:00:00:00:01", CORDON_LEVEL_LIMIT, 100 * S, "test", &err), 0);
	assert_books(w, &key, 5, cut);
	drops(w, &mac_key, 3);
	assert_books(w, &key, 8, cut | limited);
	assert_int_equal(act_quarantine_release(w->act, "z3-v5-02:00:00:00:00:01", 0, &err), 0);
	assert_books(w, &key, 8, cut | limited);
	/* one that ended while no daemon ran, of a device that was not seen otherwise */
	assert_int_equal(kern_deny_put(w->kern, &entry, &over), 0);
	assert_true(act_attest_judge(w->act, &nothing, text, sizeof(text), &rebuild));
	assert_int_equal(kern_deny_get(w->kern, &entry, &over), -ENOENT);
	assert_books(w, &unseen, 4, cut);
	strbuf_done(&err);
}

static void observe_mode_writes_nothing(void **state)
{
	struct world *w = *state;
	struct cordon_deny val;
	struct finding f = { .kind = FINDING_ALERT, .severity = 1, .sid = 1, .ts_ns = clock_now_ns() };
	struct decision d;

	f.facts = (struct cordon_facts){ .flow_id = 77, .flow_flags = CORDON_FLOW_ESTABLISHED | CORDON_FLOW_FROM_DEVICE,
					 .proto = 6, .from_device = 1, .role = CORDON_ROLE_DEVICE, .zone = 3, .vlan = 5,
					 .mode = CORDON_MODE_OBSERVE, .mac = { 2, 0, 0, 0, 0, 1 } };
	act_finding(w->act, &f, &d);
	assert_int_equal(d.kind, DECISION_QUARANTINE);
	assert_true(d.held_back);
	assert_int_equal(kern_deny_get(w->kern, &mac_key, &val), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(quarantine_is_an_entry_until_its_lease_ends, begin, end),
		cmocka_unit_test_setup_teardown(release_takes_the_entry_out_at_once, begin, end),
		cmocka_unit_test_setup_teardown(drop_verdict_is_a_flow_entry_with_a_deadline, begin, end),
		cmocka_unit_test_setup_teardown(entries_in_force_are_taken_over_by_a_new_daemon, begin, end),
		cmocka_unit_test_setup_teardown(observe_mode_writes_nothing, begin, end),
		cmocka_unit_test_setup_teardown(what_leases_dropped_stays_in_the_books_of_the_device, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
