// SPDX-License-Identifier: BSD-2-Clause
/*
 * What keeps a decision from being carried out, how leases grow and end, and
 * the state file. Without a kernel: the tables alone; tests/prog/test_act.c
 * looks at the deny map.
 */
#include "unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "act/act.h"
#include "base/clock.h"
#include "base/hash.h"

#define S 1000000000ULL

static struct conf conf = { .quarantine_min_severity = 1, .quarantine_lease_ns = 600 * S, .quarantine_breaker_per_min = 5 };

struct world {
	struct inventory *inv;
	struct act *act;
};

static struct world begin(const char *state_file)
{
	struct world w = { 0 };
	struct act_opts o = { .conf = &conf, .state_file = state_file };
	struct strbuf err = { 0 };

	assert_int_equal(inventory_new(100, &w.inv), 0);
	o.inventory = w.inv;
	if (act_new(&o, &w.act, &err))
		fail_msg("%s", err.s);
	strbuf_done(&err);
	return w;
}

static void finish(struct world *w)
{
	act_free(w->act);
	inventory_free(w->inv);
}

/* a grave alert of device @n's own established connection */
static struct finding grave(uint8_t n)
{
	struct finding f = { .kind = FINDING_ALERT, .severity = 1, .sid = 9000001, .msg = "bad", .ts_ns = clock_now_ns() };

	f.facts = (struct cordon_facts){ .flow_id = n + 1, .flow_flags = CORDON_FLOW_ESTABLISHED | CORDON_FLOW_FROM_DEVICE,
					 .proto = IPPROTO_TCP, .from_device = 1, .role = CORDON_ROLE_DEVICE,
					 .mode = CORDON_MODE_REACT, .ifindex = 7, .mac = { 2, 0, 0, 0, 0, n },
					 .saddr = { [10] = 0xff, 0xff, 10, 0, 0, n } };
	return f;
}

static struct decision act_on(struct world *w, struct finding f)
{
	struct decision d;

	f.ts_ns = clock_now_ns();
	act_finding(w->act, &f, &d);
	return d;
}

static int count_one(const struct quarantine *q, void *ctx)
{
	(void)q;
	++*(int *)ctx;
	return 0;
}

static int count(struct world *w)
{
	int n = 0;

	act_quarantine_each(w->act, count_one, &n);
	return n;
}

static void lease_grows_with_each_offence(void **state)
{
	static const uint64_t want_s[] = { 600, 3600, 86400, 7 * 86400, 7 * 86400 };
	struct world w = begin(NULL);
	uint64_t now = 1000 * S;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct decision d;

		clock_set_replay(now);
		act_tick(w.act, now);
		assert_int_equal(count(&w), 0);
		d = act_on(&w, grave(1));
		assert_int_equal(d.kind, DECISION_QUARANTINE);
		assert_int_equal(d.lease_ns, want_s[i] * S);
		assert_int_equal(count(&w), 1);
		assert_int_equal(act_on(&w, grave(1)).kind, DECISION_ALERT); /* already quarantined */
		now += want_s[i] * S + 1;
	}
	finish(&w);
	clock_set_replay(0);
}

static void observe_mode_says_and_does_nothing(void **state)
{
	struct world w = begin(NULL);
	struct finding f = grave(1);
	struct decision d;

	(void)state;
	f.facts.mode = CORDON_MODE_OBSERVE;
	d = act_on(&w, f);
	assert_int_equal(d.kind, DECISION_QUARANTINE);
	assert_true(d.held_back);
	assert_non_null(strstr(d.why, "observe"));
	assert_int_equal(count(&w), 0);
	finish(&w);
}

static void two_rules_on_one_forged_packet_are_one_observation(void **state)
{
	struct world w = begin(NULL);
	struct finding f = grave(1);
	struct decision d;

	(void)state;
	clock_set_replay(5000 * S);
	f.facts.proto = IPPROTO_UDP;
	f.facts.flow_flags = CORDON_FLOW_FROM_DEVICE;
	assert_int_equal(act_on(&w, f).kind, DECISION_ALERT);
	assert_int_equal(act_on(&w, f).kind, DECISION_ALERT);
	clock_set_replay(5061 * S); /* too long ago */
	assert_int_equal(act_on(&w, f).kind, DECISION_ALERT);
	clock_set_replay(5090 * S);
	d = act_on(&w, f);
	assert_int_equal(d.kind, DECISION_QUARANTINE);
	assert_false(d.held_back);
	finish(&w);
	clock_set_replay(0);
}

static void guarded_device_is_not_quarantined(void **state)
{
	struct world w = begin(NULL);
	struct strbuf err = { 0 };
	struct decision d;

	(void)state;
	assert_int_equal(act_guard_add(w.act, "10.0.0.0/30", "the gateway's", 0, &err), 0);
	assert_int_equal(act_guard_add(w.act, "02:00:00:00:00:09", "", 0, &err), 0);
	d = act_on(&w, grave(1));
	assert_int_equal(d.kind, DECISION_QUARANTINE);
	assert_true(d.guarded);
	assert_true(act_on(&w, grave(9)).guarded);
	assert_false(act_on(&w, grave(10)).guarded);
	assert_int_equal(count(&w), 1);
	assert_int_equal(act_quarantine_add(w.act, "02:00:00:00:00:09", CORDON_LEVEL_CUT, S, "", &err), -EPERM);
	strbuf_clear(&err);
	assert_int_equal(act_guard_remove(w.act, "10.0.0.0/30", &err), 0);
	assert_false(act_on(&w, grave(1)).guarded);
	assert_int_equal(act_guard_remove(w.act, "127.0.0.0/8", &err), -EPERM);
	strbuf_clear(&err);
	assert_int_equal(act_guard_remove(w.act, "10.9.9.9", &err), -ENOENT);
	assert_non_null(strstr(err.s, "10.9.9.9"));
	strbuf_done(&err);
	finish(&w);
}

static void breaker_holds_back_a_wave_until_reset(void **state)
{
	struct world w = begin(NULL);
	uint32_t waiting;

	(void)state;
	clock_set_replay(9000 * S);
	for (uint8_t i = 0; i < 5; i++)
		assert_false(act_on(&w, grave(i)).held_back);
	assert_false(act_breaker(w.act, &waiting));
	assert_true(act_on(&w, grave(5)).held_back);
	assert_true(act_breaker(w.act, &waiting));
	assert_int_equal(waiting, 1);
	clock_set_replay(9200 * S);
	assert_true(act_on(&w, grave(6)).held_back); /* time alone does not close it */
	act_breaker_reset(w.act);
	assert_false(act_on(&w, grave(6)).held_back);
	assert_int_equal(count(&w), 6);
	finish(&w);
	clock_set_replay(0);
}

static void released_device_is_left_alone_for_the_hold_off(void **state)
{
	struct world w = begin(NULL);
	struct strbuf err = { 0 };

	(void)state;
	clock_set_replay(100 * S);
	assert_int_equal(act_quarantine_release(w.act, "02:00:00:00:00:01", 0, &err), -ENOENT);
	strbuf_clear(&err);
	act_on(&w, grave(1));
	assert_int_equal(act_quarantine_release(w.act, "10.0.0.1", 60 * S, &err), 0);
	assert_int_equal(count(&w), 0);
	assert_true(act_on(&w, grave(1)).held_back);
	clock_set_replay(161 * S);
	assert_false(act_on(&w, grave(1)).held_back);
	assert_int_equal(count(&w), 1);
	strbuf_done(&err);
	finish(&w);
	clock_set_replay(0);
}

static int take_pending(const struct pending *p, void *ctx)
{
	*(struct pending *)ctx = *p;
	return 0;
}

static void class_that_needs_a_person_waits_for_one(void **state)
{
	struct conf_response rows[] = {
		{ .class = "web-application-attack", .response = CONF_RESPONSE_SUGGEST, .level = CORDON_LEVEL_CUT },
		{ .class = "trojan-activity", .response = CONF_RESPONSE_CONFIRM, .level = CORDON_LEVEL_LOCAL },
		{ .class = "threat", .response = CONF_RESPONSE_AUTO, .level = CORDON_LEVEL_LIMIT },
	};
	struct world w;
	struct finding f = grave(1);
	struct pending p = { 0 };
	struct quarantine q;
	struct strbuf err = { 0 };
	struct decision d;

	(void)state;
	clock_set_replay(1000 * S);
	conf.responses.data = rows;
	conf.responses.len = 3;
	w = begin(NULL);
	strcpy(f.classtype, "web-application-attack");
	d = act_on(&w, f);
	assert_true(d.held_back && !d.waits);
	assert_int_equal(act_confirm(w.act, "z0-v0-02:00:00:00:00:01", &err), -ENOENT);
	strcpy(f.classtype, "trojan-activity");
	d = act_on(&w, f);
	assert_true(d.held_back && d.waits);
	assert_int_equal(count(&w), 0);
	act_pending_each(w.act, take_pending, &p);
	assert_string_equal(p.device, "z0-v0-02:00:00:00:00:01");
	assert_int_equal(p.level, CORDON_LEVEL_LOCAL);
	strbuf_clear(&err);
	assert_int_equal(act_confirm(w.act, "02:00:00:00:00:01", &err), 0);
	assert_true(act_quarantine_get(w.act, p.device, &q));
	assert_int_equal(q.level, CORDON_LEVEL_LOCAL);
	assert_int_equal(q.origin, CORDON_ORIGIN_AUTO);
	assert_null(act_pending_get(w.act, p.device));
	/* what deserves no row is cut without asking, and that is stronger than local */
	strcpy(f.classtype, "other");
	assert_true(decision_in_force(&(struct decision){ .kind = act_on(&w, f).kind }));
	assert_true(act_quarantine_get(w.act, p.device, &q));
	assert_int_equal(q.level, CORDON_LEVEL_CUT);
	conf.responses.len = 0;
	conf.responses.data = NULL;
	strbuf_done(&err);
	finish(&w);
	clock_set_replay(0);
}

static void refused_device_is_left_alone_while_the_hold_off_runs(void **state)
{
	struct conf_response row = { .response = CONF_RESPONSE_CONFIRM, .level = CORDON_LEVEL_CUT };
	struct world w;
	struct strbuf err = { 0 };
	struct decision d;

	(void)state;
	clock_set_replay(1000 * S);
	conf.responses.data = &row;
	conf.responses.len = 1;
	w = begin(NULL);
	assert_true(act_on(&w, grave(1)).waits);
	assert_int_equal(act_refuse(w.act, "02:00:00:00:00:01", 3600 * S, &err), 0);
	conf.responses.len = 0;
	conf.responses.data = NULL;
	d = act_on(&w, grave(1));
	assert_true(d.held_back && !d.waits);
	assert_non_null(strstr(d.why, "hold-off"));
	clock_set_replay(4601 * S);
	assert_true(decision_in_force(&(struct decision){ .kind = act_on(&w, grave(1)).kind }));
	assert_int_equal(count(&w), 1);
	strbuf_done(&err);
	finish(&w);
	clock_set_replay(0);
}

static void what_waits_and_the_open_breaker_survive_a_restart(void **state)
{
	const char *path = "build/tests/act_state_waits";
	struct world w;
	struct act_breaker b;
	struct strbuf err = { 0 };

	(void)state;
	unlink(path);
	w = begin(path);
	for (uint8_t n = 1; n <= 7; n++)
		act_on(&w, grave(n));
	act_breaker_get(w.act, &b);
	assert_true(b.tripped);
	assert_int_equal(b.pending, 2);
	assert_int_equal(count(&w), 5);
	act_tick(w.act, clock_now_ns());
	finish(&w);
	w = begin(path);
	act_breaker_get(w.act, &b);
	assert_true(b.tripped);
	assert_int_equal(b.pending, 2);
	assert_true(act_on(&w, grave(8)).waits); /* still open */
	assert_int_equal(act_confirm(w.act, "02:00:00:00:00:07", &err), 0);
	assert_int_equal(count(&w), 6);
	act_breaker_reset(w.act);
	assert_false(act_on(&w, grave(9)).held_back);
	finish(&w);
	unlink(path);
	strbuf_done(&err);
}

static void borrowed_mac_on_another_port_quarantines_nobody(void **state)
{
	struct world w = begin(NULL);
	struct finding own = grave(1), forged = grave(1);
	struct decision d;

	(void)state;
	clock_set_replay(1000 * S);
	own.kind = FINDING_SEEN;
	act_on(&w, own);
	forged.facts.ifindex = 8;
	d = act_on(&w, forged);
	assert_true(d.held_back && !d.waits);
	assert_non_null(strstr(d.why, "another port"));
	assert_int_equal(count(&w), 0);
	/* the victim keeps its port as long as it is heard there */
	clock_set_replay(1050 * S);
	act_on(&w, own);
	clock_set_replay(1100 * S);
	assert_true(act_on(&w, forged).held_back);
	/* a device that moved has left its old port */
	clock_set_replay(1200 * S);
	assert_false(act_on(&w, forged).held_back);
	assert_int_equal(count(&w), 1);
	finish(&w);
	clock_set_replay(0);
}

static void end_of_each_lease_is_told(const struct quarantine *q, void *ctx)
{
	assert_string_equal(q->device, "z0-v0-02:00:00:00:00:01");
	++*(int *)ctx;
}

static void lease_that_ends_is_told_once(void **state)
{
	struct world w = begin(NULL);
	int n = 0;

	(void)state;
	clock_set_replay(1000 * S);
	act_on_end(w.act, end_of_each_lease_is_told, &n);
	act_on(&w, grave(1));
	act_tick(w.act, 1599 * S);
	assert_int_equal(n, 0);
	act_tick(w.act, 1601 * S);
	act_tick(w.act, 1602 * S);
	assert_int_equal(n, 1);
	finish(&w);
	clock_set_replay(0);
}

static void manual_quarantine_takes_a_device_never_seen(void **state)
{
	struct world w = begin(NULL);
	struct strbuf err = { 0 };

	(void)state;
	assert_int_equal(act_quarantine_add(w.act, "02:00:00:00:00:77", CORDON_LEVEL_CUT, UINT64_MAX, "lost", &err), 0);
	assert_int_equal(act_quarantine_add(w.act, "camera", CORDON_LEVEL_CUT, S, "", &err), -ENOENT);
	strbuf_clear(&err);
	assert_int_equal(act_quarantine_add(w.act, "10.0.0.7", CORDON_LEVEL_NONE, S, "", &err), -EINVAL);
	assert_int_equal(count(&w), 1);
	strbuf_done(&err);
	finish(&w);
}

static void denied_application_drops_the_flow_once(void **state)
{
	struct conf_policy p = { .app = CORDON_APP_TELNET, .deny = true };
	struct world w = begin(NULL);
	struct finding f = grave(1);
	struct decision d;

	(void)state;
	conf.policies.data = &p;
	conf.policies.len = 1;
	f.kind = FINDING_APP;
	f.facts.app = CORDON_APP_TELNET;
	d = act_on(&w, f);
	assert_int_equal(d.kind, DECISION_DROP_FLOW);
	assert_false(d.held_back);
	f.facts.flow_id = 0;
	assert_true(act_on(&w, f).held_back);
	conf.policies.len = 0;
	finish(&w);
}

/* --- the state file --- */

static char path[] = "/tmp/cordon-test-state-XXXXXX";

static void leases_and_guards_survive_a_restart(void **state)
{
	struct world w = begin(path);
	struct strbuf err = { 0 };
	struct decision d;

	(void)state;
	act_on(&w, grave(1));
	assert_int_equal(act_guard_add(w.act, "10.0.0.2", "a\treason\nof two lines", 3600 * S, &err), 0);
	assert_int_equal(act_quarantine_add(w.act, "02:00:00:00:00:05", CORDON_LEVEL_CUT, UINT64_MAX, "by hand", &err), 0);
	finish(&w);
	w = begin(path);
	assert_int_equal(count(&w), 2);
	assert_true(act_on(&w, grave(2)).guarded);
	assert_int_equal(act_quarantine_release(w.act, "02:00:00:00:00:01", 0, &err), 0);
	finish(&w);
	w = begin(path);
	assert_int_equal(count(&w), 1);
	d = act_on(&w, grave(1));
	assert_int_equal(d.lease_ns, 3600 * S); /* the first offence is remembered */
	strbuf_done(&err);
	finish(&w);
}

static void damaged_state_file_is_kept_aside_and_not_used(void **state)
{
	struct act_opts o = { .conf = &conf, .state_file = path };
	struct strbuf err = { 0 };
	struct inventory *inv = NULL;
	struct act *a = NULL;
	char bad[64];
	FILE *f = fopen(path, "r+");

	(void)state;
	assert_non_null(f);
	fseek(f, 20, SEEK_SET);
	fputc('X', f);
	fclose(f);
	assert_int_equal(inventory_new(8, &inv), 0);
	o.inventory = inv;
	assert_int_equal(act_new(&o, &a, &err), 0);
	assert_non_null(strstr(err.s, "does not add up"));
	assert_int_equal(access(path, F_OK), -1);
	snprintf(bad, sizeof(bad), "%s.bad", path);
	assert_int_equal(unlink(bad), 0);
	act_free(a);
	inventory_free(inv);
	strbuf_done(&err);
}

static void truncated_state_file_is_never_half_used(void **state)
{
	struct world w = begin(path);
	struct strbuf err = { 0 };
	char *text = NULL, bad[64];
	size_t len = 0;

	(void)state;
	assert_int_equal(act_quarantine_add(w.act, "10.0.0.5", CORDON_LEVEL_CUT, UINT64_MAX, "", &err), 0);
	finish(&w);
	assert_int_equal(file_read(path, 1 << 20, &text, &len), 0);
	snprintf(bad, sizeof(bad), "%s.bad", path);
	for (size_t n = 0; n < len; n++) {
		assert_int_equal(file_replace(path, text, n, 0600), 0);
		w = begin(path);
		assert_int_equal(count(&w), 0);
		finish(&w);
		unlink(bad);
	}
	free(text);
	unlink(path);
	strbuf_done(&err);
}

#define HOUR (3600 * S)
#define YEAR (365 * 24 * HOUR)

/* a state file with one lease of an hour, written just now under a wall clock that went @ahead (modulo 2^64) of today's */
static void write_lease(const char *boot, uint64_t ahead)
{
	uint64_t now = clock_wall_ns() + ahead;
	struct strbuf b = { 0 };

	strbuf_addf(&b, "cordon-state 1\nt\t%s\t%llu\t%llu\n", boot, (unsigned long long)(clock_wall_offset_ns() + ahead),
		    (unsigned long long)now);
	strbuf_addf(&b, "q\tz0-v0-02:00:00:00:00:09\tcut\t1\t1\t%llu\t%llu\t0\t0\t1\t0\t0\tclock\t0\n", (unsigned long long)now,
		    (unsigned long long)(now + HOUR));
	strbuf_addf(&b, "sum\t%016llx\n", (unsigned long long)hash_fnv1a(b.s, b.len));
	assert_int_equal(file_replace(path, b.s, b.len, 0600), 0);
	strbuf_done(&b);
}

/* what is left of it, in seconds; -1: it is not in force */
static int64_t left_s(void)
{
	struct world w = begin(path);
	struct quarantine q;
	int64_t left = -1;

	if (act_quarantine_get(w.act, "z0-v0-02:00:00:00:00:09", &q))
		left = (int64_t)(q.until_ns - clock_now_ns()) / (int64_t)S;
	finish(&w);
	unlink(path);
	return left;
}

static void step_of_the_wall_clock_moves_no_lease(void **state)
{
	char *boot = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(file_read("/proc/sys/kernel/random/boot_id", 256, &boot, &len), 0);
	boot[strcspn(boot, "\n")] = 0;
	for (int i = -1; i <= 1; i++) {
		write_lease(boot, (uint64_t)(i * (int64_t)YEAR));
		assert_in_range(left_s(), 3590, 3600);
	}
	free(boot);
}

/* behind a boot only the wall clock tells the time; set back, it must not make a year of an hour */
static void after_a_boot_no_lease_is_longer_than_it_was(void **state)
{
	(void)state;
	write_lease("another-boot", 0);
	assert_in_range(left_s(), 3590, 3600);
	write_lease("another-boot", YEAR);
	assert_in_range(left_s(), 3590, 3600);
	write_lease("another-boot", (uint64_t)-(int64_t)(HOUR / 2));
	assert_in_range(left_s(), 1790, 1800);
	write_lease("another-boot", (uint64_t)-(int64_t)YEAR);
	assert_int_equal(left_s(), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lease_grows_with_each_offence),
		cmocka_unit_test(observe_mode_says_and_does_nothing),
		cmocka_unit_test(two_rules_on_one_forged_packet_are_one_observation),
		cmocka_unit_test(guarded_device_is_not_quarantined),
		cmocka_unit_test(breaker_holds_back_a_wave_until_reset),
		cmocka_unit_test(released_device_is_left_alone_for_the_hold_off),
		cmocka_unit_test(class_that_needs_a_person_waits_for_one),
		cmocka_unit_test(refused_device_is_left_alone_while_the_hold_off_runs),
		cmocka_unit_test(what_waits_and_the_open_breaker_survive_a_restart),
		cmocka_unit_test(borrowed_mac_on_another_port_quarantines_nobody),
		cmocka_unit_test(lease_that_ends_is_told_once),
		cmocka_unit_test(manual_quarantine_takes_a_device_never_seen),
		cmocka_unit_test(denied_application_drops_the_flow_once),
		cmocka_unit_test(leases_and_guards_survive_a_restart),
		cmocka_unit_test(damaged_state_file_is_kept_aside_and_not_used),
		cmocka_unit_test(truncated_state_file_is_never_half_used),
		cmocka_unit_test(step_of_the_wall_clock_moves_no_lease),
		cmocka_unit_test(after_a_boot_no_lease_is_longer_than_it_was),
	};
	int fd = mkstemp(path);

	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
