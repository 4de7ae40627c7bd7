// SPDX-License-Identifier: BSD-2-Clause
/* What a device may talk: how it is learned, what a contract in force forbids, and what its end forgets. */
#include "unit/unit.h"

#include <errno.h>

#include "cordon_types.h"
#include "dev/contract.h"

#define OWN CORDON_FLOW_FROM_DEVICE
#define EST CORDON_FLOW_ESTABLISHED

static struct cordon_facts flow(uint8_t app, uint32_t flags)
{
	return (struct cordon_facts){ .app = app, .flow_flags = flags };
}

static void learn(struct contract *c, uint8_t app, uint32_t flags)
{
	struct cordon_facts f = flow(app, flags);

	contract_learn(c, &f);
}

static bool forbids(const struct contract *c, uint8_t app, uint32_t flags)
{
	struct cordon_facts f = flow(app, flags);

	return contract_forbids(c, &f);
}

/* a camera: asks names, reports over TLS, serves RTSP */
static struct contract camera(void)
{
	struct contract c = { 0 };

	learn(&c, CORDON_APP_DNS, OWN);
	learn(&c, CORDON_APP_TLS, OWN | EST);
	learn(&c, CORDON_APP_RTSP, EST);
	return c;
}

static void nothing_is_forbidden_before_a_contract_is_in_force(void **state)
{
	struct contract c = camera();

	(void)state;
	for (uint8_t app = 0; app < CORDON_APPS; app++)
		assert_false(forbids(&c, app, OWN | EST));
	assert_int_equal(contract_change(&c, CORDON_APP_HTTP, true), -ENOENT);
	assert_int_equal(contract_end(&c), -ENOENT);
}

static void only_what_was_seen_is_allowed_each_way_by_itself(void **state)
{
	struct contract c = camera();

	(void)state;
	assert_int_equal(contract_begin(&c), 0);
	assert_int_equal(contract_begin(&c), -EEXIST);
	assert_false(forbids(&c, CORDON_APP_DNS, OWN));
	assert_false(forbids(&c, CORDON_APP_TLS, OWN | EST));
	assert_false(forbids(&c, CORDON_APP_RTSP, EST));
	assert_true(forbids(&c, CORDON_APP_TELNET, OWN | EST));
	assert_true(forbids(&c, CORDON_APP_RTSP, OWN | EST)); /* it serves that, and asks for none */
	assert_true(forbids(&c, CORDON_APP_TLS, EST));
	assert_false(forbids(&c, CORDON_APP_DHCP, OWN)); /* or it loses its address */
	assert_false(forbids(&c, CORDON_APP_UNDECIDED, OWN)); /* nothing is known of it */
	assert_false(forbids(&c, CORDON_APP_NONE, OWN));
}

static void who_asks_without_an_answer_teaches_nothing(void **state)
{
	struct contract c = { 0 };

	(void)state;
	learn(&c, CORDON_APP_TELNET, 0);
	learn(&c, CORDON_APP_UNDECIDED, OWN);
	learn(&c, CORDON_APP_NONE, OWN);
	assert_int_equal(contract_begin(&c), -ENODATA);
	learn(&c, CORDON_APP_TELNET, EST);
	assert_int_equal(contract_begin(&c), 0);
}

static void what_was_denied_is_told_and_not_learned(void **state)
{
	struct contract c = camera();

	(void)state;
	assert_int_equal(contract_begin(&c), 0);
	learn(&c, CORDON_APP_TELNET, OWN | EST);
	assert_true(forbids(&c, CORDON_APP_TELNET, OWN | EST));
	assert_int_equal(contract_outside(&c), CORDON_BIT(CORDON_APP_TELNET));
	assert_int_equal(contract_end(&c), 0);
	assert_int_equal(contract_outside(&c), 0);
	assert_int_equal(contract_begin(&c), 0);
	assert_true(forbids(&c, CORDON_APP_TELNET, OWN | EST));
}

static void owner_adds_and_takes_off(void **state)
{
	struct contract c = camera();

	(void)state;
	assert_int_equal(contract_begin(&c), 0);
	assert_int_equal(contract_change(&c, CORDON_APP_MQTT, true), 0);
	assert_false(forbids(&c, CORDON_APP_MQTT, OWN));
	assert_int_equal(contract_change(&c, CORDON_APP_TLS, false), 0);
	assert_true(forbids(&c, CORDON_APP_TLS, OWN | EST));
	assert_int_equal(contract_outside(&c), CORDON_BIT(CORDON_APP_TLS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_forbidden_before_a_contract_is_in_force),
		cmocka_unit_test(only_what_was_seen_is_allowed_each_way_by_itself),
		cmocka_unit_test(who_asks_without_an_answer_teaches_nothing),
		cmocka_unit_test(what_was_denied_is_told_and_not_learned),
		cmocka_unit_test(owner_adds_and_takes_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
