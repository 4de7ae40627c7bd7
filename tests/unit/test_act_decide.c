// SPDX-License-Identifier: BSD-2-Clause
/* The decision table: who is guilty, what is evidence, what is done. */
#include "unit/unit.h"

#include <netinet/in.h>

#include "act/category.h"
#include "act/decide.h"
#include "rule/rule.h"

#define EST CORDON_FLOW_ESTABLISHED
#define OWN CORDON_FLOW_FROM_DEVICE
#define MID CORDON_FLOW_MIDSTREAM

struct row {
	const char *name;
	uint32_t kind;
	uint8_t severity, action, target;
	uint8_t proto, dir, from_device;
	uint32_t flags; /* of the flow */
	bool no_flow, repeated, no_mac;
	uint8_t want;
};

#define A FINDING_ALERT
#define T FINDING_THREAT
#define SRV CORDON_TO_SERVER
#define CLI CORDON_TO_CLIENT

static const struct row rows[] = {
	{ "grave alert of the device's own established connection", A, 1, 0, 0, 6, SRV, 1, EST | OWN, .want = DECISION_QUARANTINE },
	{ "mild alert", A, 2, 0, 0, 6, SRV, 1, EST | OWN, .want = DECISION_ALERT },
	{ "mild drop rule", A, 3, RULE_ACTION_DROP, 0, 6, SRV, 1, EST | OWN, .want = DECISION_DROP_FLOW },
	{ "mild reject rule", A, 3, RULE_ACTION_REJECT, 0, 6, SRV, 1, EST | OWN, .want = DECISION_DROP_FLOW },
	{ "no severity is not the worst", A, 0, 0, 0, 6, SRV, 1, EST | OWN, .want = DECISION_ALERT },
	{ "attack that arrives: the device is the victim", A, 1, 0, 0, 6, SRV, 0, EST, .want = DECISION_ALERT },
	{ "the same by a drop rule", A, 1, RULE_ACTION_DROP, 0, 6, SRV, 0, EST, .want = DECISION_DROP_FLOW },
	{ "answer of the device as a server", A, 1, 0, 0, 6, CLI, 1, EST, .want = DECISION_ALERT },
	{ "answer to the device's request", A, 1, 0, 0, 6, CLI, 0, EST | OWN, .want = DECISION_ALERT },
	{ "target is the source, which is outside: the device did it", A, 1, 0, 1, 6, CLI, 0, EST | OWN, .want = DECISION_QUARANTINE },
	{ "target is the source, which is the device", A, 1, 0, 1, 6, SRV, 1, EST | OWN, .want = DECISION_ALERT },
	{ "target is the destination, the device sent it", A, 1, 0, 2, 6, CLI, 1, EST, .want = DECISION_QUARANTINE },
	{ "target is the destination, which is the device", A, 1, 0, 2, 6, SRV, 0, EST, .want = DECISION_ALERT },
	{ "TCP without a handshake may be forged", A, 1, 0, 0, 6, SRV, 1, OWN, .want = DECISION_ALERT },
	{ "midstream is no handshake", A, 1, 0, 0, 6, SRV, 1, EST | OWN | MID, .want = DECISION_ALERT },
	{ "nor when it comes again", A, 1, 0, 0, 6, SRV, 1, EST | OWN | MID, .repeated = true, .want = DECISION_ALERT },
	{ "a packet of no flow", A, 1, 0, 0, 6, SRV, 1, 0, .no_flow = true, .want = DECISION_ALERT },
	{ "UDP one way", A, 1, 0, 0, 17, SRV, 1, OWN, .want = DECISION_ALERT },
	{ "UDP one way, again from that MAC", A, 1, 0, 0, 17, SRV, 1, OWN, .repeated = true, .want = DECISION_QUARANTINE },
	{ "UDP one way, again from that address: no MAC, no proof", A, 1, 0, 0, 17, SRV, 1, OWN, .repeated = true, .no_mac = true, .want = DECISION_ALERT },
	{ "UDP answered", A, 1, 0, 0, 17, SRV, 1, EST | OWN, .want = DECISION_QUARANTINE },
	{ "listed address, observed", T, 0, CORDON_ACTION_OBSERVE, 0, 6, SRV, 1, EST | OWN, .want = DECISION_ALERT },
	{ "listed address, alert", T, 0, CORDON_ACTION_ALERT, 0, 6, SRV, 1, EST | OWN, .want = DECISION_ALERT },
	{ "listed address, drop", T, 0, CORDON_ACTION_DROP, 0, 6, SRV, 1, EST | OWN, .want = DECISION_DROP_FLOW },
	{ "listed address, quarantine, connection of the device", T, 0, CORDON_ACTION_QUARANTINE, 0, 6, SRV, 1, EST | OWN, .want = DECISION_QUARANTINE },
	{ "the same, its answer", T, 0, CORDON_ACTION_QUARANTINE, 0, 6, CLI, 0, EST | OWN, .want = DECISION_QUARANTINE },
	{ "the same, the listed host began", T, 0, CORDON_ACTION_QUARANTINE, 0, 6, SRV, 0, EST, .want = DECISION_DROP_FLOW },
	{ "the device answers a listed host that began", T, 0, CORDON_ACTION_QUARANTINE, 0, 6, CLI, 1, EST, .want = DECISION_DROP_FLOW },
	{ "first SYN to a listed host", T, 0, CORDON_ACTION_QUARANTINE, 0, 6, SRV, 1, 0, .no_flow = true, .want = DECISION_DROP_FLOW },
	{ "and again from that MAC", T, 0, CORDON_ACTION_QUARANTINE, 0, 6, SRV, 1, 0, .no_flow = true, .repeated = true, .want = DECISION_QUARANTINE },
	{ "SYN/ACK to a listed scanner, again", T, 0, CORDON_ACTION_QUARANTINE, 0, 6, CLI, 1, 0, .no_flow = true, .repeated = true, .want = DECISION_DROP_FLOW },
	{ "a DNS query alone", FINDING_DNS, 0, 0, 0, 17, SRV, 1, EST | OWN, .want = DECISION_NOTHING },
	{ "a flow begins", FINDING_SEEN, 0, 0, 0, 17, SRV, 1, OWN, .want = DECISION_NOTHING },
	{ "an application nobody denied", FINDING_APP, 0, 0, 0, 6, SRV, 1, EST | OWN, .want = DECISION_NOTHING },
};

/* --- categories --- */

static const struct conf_category categories[] = {
	{ "ads", "kiosks", CORDON_ACTION_DROP },
	{ "Ads", "", CORDON_ACTION_OBSERVE },
	{ "c2", "", CORDON_ACTION_QUARANTINE },
	{ "", "lab", CORDON_ACTION_ALERT },
};
#define ROWS categories, sizeof(categories) / sizeof(*categories)

static void first_row_of_category_and_group_decides(void **state)
{
	(void)state;
	assert_int_equal(category_action(ROWS, "ads", "kiosks", CORDON_ACTION_QUARANTINE), CORDON_ACTION_DROP);
	assert_int_equal(category_action(ROWS, "ads", "", CORDON_ACTION_DROP), CORDON_ACTION_OBSERVE);
	assert_int_equal(category_action(ROWS, "ads", NULL, CORDON_ACTION_DROP), CORDON_ACTION_OBSERVE);
	assert_int_equal(category_action(ROWS, "ads", "LAB", CORDON_ACTION_DROP), CORDON_ACTION_OBSERVE);
	assert_int_equal(category_action(ROWS, "c2", NULL, CORDON_ACTION_DROP), CORDON_ACTION_QUARANTINE);
	assert_int_equal(category_action(ROWS, "other", "lab", CORDON_ACTION_DROP), CORDON_ACTION_ALERT);
	assert_int_equal(category_action(ROWS, "other", "kiosks", CORDON_ACTION_DROP), CORDON_ACTION_DROP);
}

static void what_alerts_only_is_never_more(void **state)
{
	(void)state;
	assert_int_equal(category_action(ROWS, "c2", NULL, CORDON_ACTION_ALERT), CORDON_ACTION_ALERT);
	assert_int_equal(category_action(ROWS, "c2", NULL, CORDON_ACTION_OBSERVE), CORDON_ACTION_OBSERVE);
	assert_int_equal(category_action(ROWS, "ads", NULL, CORDON_ACTION_ALERT), CORDON_ACTION_OBSERVE);
}

static void kernel_does_what_holds_for_every_group(void **state)
{
	char *names[] = { "ads", "c2", "other" };
	struct indicators in = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(vec_push(&in.categories, names[i]), 0);
	assert_int_equal(category_apply(ROWS, &in), 0);
	assert_int_equal(in.by_category.data[0].of[CORDON_ACTION_QUARANTINE], CORDON_ACTION_OBSERVE);
	assert_int_equal(in.by_category.data[1].of[CORDON_ACTION_DROP], CORDON_ACTION_QUARANTINE);
	assert_int_equal(in.by_category.data[2].of[CORDON_ACTION_DROP], CORDON_ACTION_ALERT); /* the lab's */
	vec_done(&in.categories);
	vec_done(&in.by_category);
}

static void a_device_gets_what_its_group_says(void **state)
{
	char *names[] = { "ads" };
	struct conf c = { .quarantine_min_severity = 1 };
	struct indicators in = { 0 };
	struct indicator e = { .kind = CORDON_INDICATOR_DOMAIN, .action = CORDON_ACTION_QUARANTINE };
	struct device dev = { .group = "kiosks" };
	struct finding f = { .kind = FINDING_THREAT, .indicator = 1, .action = CORDON_ACTION_OBSERVE };
	struct decide_in d = { .conf = &c, .f = &f, .dev = &dev, .threats = &in };
	struct decision got;

	(void)state;
	assert_int_equal(vec_push(&in.categories, names[0]), 0);
	assert_int_equal(vec_push(&in.v, e), 0);
	for (size_t i = 0; i < sizeof(categories) / sizeof(*categories); i++)
		assert_int_equal(vec_push(&c.categories, categories[i]), 0);
	assert_int_equal(vec_push(&in.text, '\0'), 0);
	decide(&d, &got);
	assert_int_equal(got.kind, DECISION_DROP_FLOW);
	assert_int_equal(got.action, CORDON_ACTION_DROP);
	d.dev = NULL;
	decide(&d, &got);
	assert_int_equal(got.kind, DECISION_ALERT);
	assert_int_equal(got.action, CORDON_ACTION_OBSERVE);
	vec_done(&in.categories);
	vec_done(&in.v);
	vec_done(&in.text);
	vec_done(&c.categories);
}

static void words_of_a_category_say_what_is_asked_for(void **state)
{
	(void)state;
	assert_int_equal(feed_action_of_category("ads"), CORDON_ACTION_OBSERVE);
	assert_int_equal(feed_action_of_category("botnet-c2"), CORDON_ACTION_QUARANTINE);
	assert_int_equal(feed_action_of_category("malware/download"), CORDON_ACTION_QUARANTINE);
	assert_int_equal(feed_action_of_category("threat"), CORDON_ACTION_DROP);
	assert_int_equal(feed_action_of_category("uploads"), CORDON_ACTION_DROP); /* no word of it is "ads" */
	assert_int_equal(feed_action_of_category(""), CORDON_ACTION_DROP);
}

static void finding_of(const struct row *r, struct finding *f, struct device *d)
{
	*f = (struct finding){ .kind = r->kind, .severity = r->severity, .action = r->action, .target = r->target };
	f->facts = (struct cordon_facts){ .flow_id = !r->no_flow, .flow_flags = r->flags, .proto = r->proto, .dir = r->dir,
					  .from_device = r->from_device, .role = CORDON_ROLE_DEVICE, .mode = CORDON_MODE_REACT };
	if (!r->no_mac)
		f->facts.mac[0] = f->facts.mac[5] = 2;
	memcpy(d->key.mac, f->facts.mac, 6);
}

static void table_of_decisions_holds(void **state)
{
	struct conf c = { .quarantine_min_severity = 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct finding f;
		struct device d = { 0 };
		struct decide_in in = { .conf = &c, .f = &f, .dev = &d, .repeated = rows[i].repeated };
		struct decision got;

		finding_of(&rows[i], &f, &d);
		decide(&in, &got);
		if (got.kind != rows[i].want)
			fail_msg("%s: got %u, want %u", rows[i].name, got.kind, rows[i].want);
		assert_int_equal(got.level, got.kind == DECISION_QUARANTINE ? CORDON_LEVEL_CUT : 0);
	}
}

static void feed_in_observe_asks_for_nothing(void **state)
{
	struct conf c = { .quarantine_min_severity = 1 };
	struct indicator entry = { .action = CORDON_ACTION_QUARANTINE, .flags = CORDON_THREAT_OBSERVE };
	struct indicators in = { .v = { &entry, 1, 1 } };
	struct row r = { "", T, 0, CORDON_ACTION_QUARANTINE, 0, 6, SRV, 1, EST | OWN, .want = 0 };
	struct device d = { 0 };
	struct finding f;
	struct decision got;

	(void)state;
	finding_of(&r, &f, &d);
	f.indicator = 1;
	decide(&(struct decide_in){ .conf = &c, .f = &f, .dev = &d, .threats = &in }, &got);
	assert_int_equal(got.kind, DECISION_ALERT);
	entry.flags = 0;
	decide(&(struct decide_in){ .conf = &c, .f = &f, .dev = &d, .threats = &in }, &got);
	assert_int_equal(got.kind, DECISION_QUARANTINE);
}

/* the kind of what is decided when the flow of @in turns out to talk @app */
static unsigned int decided(const struct decide_in *in, struct finding *f, unsigned int app, struct decision *ret)
{
	f->facts.app = (uint8_t)app;
	decide(in, ret);
	return ret->kind;
}

static void first_policy_row_for_the_application_decides(void **state)
{
	struct conf_policy p[] = {
		{ .group = (char *)"cameras", .app = CORDON_APP_MQTT, .deny = false },
		{ .device = (char *)"02:00:00:00:00:02", .app = CORDON_APP_TELNET, .deny = true },
		{ .app = CORDON_APP_MQTT, .deny = true },
	};
	struct conf c = { .policies = { p, 3, 3 } };
	struct row r = { "", FINDING_APP, 0, 0, 0, 6, SRV, 1, EST | OWN, .want = 0 };
	struct device d = { .group = "" };
	struct finding f;
	struct decide_in in = { .conf = &c, .f = &f, .dev = &d };
	struct decision got;

	(void)state;
	finding_of(&r, &f, &d);
	assert_int_equal(decided(&in, &f, CORDON_APP_MQTT, &got), DECISION_DROP_FLOW);
	memcpy(d.group, "Cameras", sizeof("Cameras"));
	assert_int_equal(decided(&in, &f, CORDON_APP_MQTT, &got), DECISION_NOTHING);
	assert_int_equal(decided(&in, &f, CORDON_APP_TELNET, &got), DECISION_DROP_FLOW);
	d.key.mac[5] = 3;
	assert_int_equal(decided(&in, &f, CORDON_APP_TELNET, &got), DECISION_NOTHING);
}

static void policy_row_beats_the_contract_of_the_device(void **state)
{
	struct conf_policy p[] = { { .app = CORDON_APP_MQTT, .deny = false } };
	struct conf c = { .policies = { p, 1, 1 } };
	struct row r = { "", FINDING_APP, 0, 0, 0, 6, SRV, 1, EST | OWN, .want = 0 };
	struct device d = { .contract = { .in_force = true, .may_use = CORDON_BIT(CORDON_APP_TLS) } };
	struct finding f;
	struct decide_in in = { .conf = &c, .f = &f, .dev = &d };
	struct decision got;

	(void)state;
	finding_of(&r, &f, &d);
	assert_int_equal(decided(&in, &f, CORDON_APP_MQTT, &got), DECISION_NOTHING);
	assert_int_equal(decided(&in, &f, CORDON_APP_TELNET, &got), DECISION_DROP_FLOW);
	assert_non_null(strstr(got.why, "contract"));
	assert_int_equal(decided(&in, &f, CORDON_APP_TLS, &got), DECISION_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_row_of_category_and_group_decides),
		cmocka_unit_test(what_alerts_only_is_never_more),
		cmocka_unit_test(kernel_does_what_holds_for_every_group),
		cmocka_unit_test(a_device_gets_what_its_group_says),
		cmocka_unit_test(words_of_a_category_say_what_is_asked_for),
		cmocka_unit_test(table_of_decisions_holds),
		cmocka_unit_test(feed_in_observe_asks_for_nothing),
		cmocka_unit_test(first_policy_row_for_the_application_decides),
		cmocka_unit_test(policy_row_beats_the_contract_of_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
