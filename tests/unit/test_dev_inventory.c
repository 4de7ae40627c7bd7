// SPDX-License-Identifier: BSD-2-Clause
/* Devices: what makes one, what never does, how one is found again. */
#include "unit/unit.h"

#include <errno.h>

#include "dev/inventory.h"

static struct cordon_facts facts(const char *mac, const char *src, const char *dst, bool from_device)
{
	struct cordon_facts f = { .from_device = from_device, .role = CORDON_ROLE_DEVICE };
	struct addr a;

	if (mac)
		assert_int_equal(mac_parse(mac, f.mac), 0);
	assert_int_equal(addr_parse(src, &a), 0);
	memcpy(f.saddr, a.b, 16);
	assert_int_equal(addr_parse(dst, &a), 0);
	memcpy(f.daddr, a.b, 16);
	return f;
}

static void both_directions_and_both_families_are_one_device(void **state)
{
	struct cordon_facts a = facts("02:00:00:00:00:01", "10.0.0.2", "192.0.2.1", true);
	struct cordon_facts b = facts("02:00:00:00:00:01", "192.0.2.1", "10.0.0.2", false);
	struct cordon_facts c = facts("02:00:00:00:00:01", "2001:db8::2", "2001:db8::1", true);
	struct inventory *inv = NULL;
	struct device *d;

	(void)state;
	assert_int_equal(inventory_new(8, &inv), 0);
	d = inventory_touch(inv, &a, 10);
	assert_non_null(d);
	assert_string_equal(d->id, "z0-v0-02:00:00:00:00:01");
	assert_ptr_equal(inventory_touch(inv, &b, 20), d);
	assert_ptr_equal(inventory_touch(inv, &c, 30), d);
	assert_int_equal(inventory_count(inv), 1);
	assert_int_equal(d->n_addrs, 2);
	assert_int_equal(d->first_ns, 10);
	assert_int_equal(d->last_ns, 30);
	assert_ptr_equal(inventory_find(inv, "10.0.0.2"), d);
	assert_ptr_equal(inventory_find(inv, "2001:db8::2"), d);
	assert_ptr_equal(inventory_find(inv, "02-00-00-00-00-01"), d);
	assert_null(inventory_find(inv, "192.0.2.1"));
	inventory_free(inv);
}

static void device_without_a_mac_is_its_address(void **state)
{
	struct cordon_facts f = facts(NULL, "192.0.2.9", "198.51.100.1", true);
	struct cordon_deny_key key;
	struct inventory *inv = NULL;
	struct device *d;

	(void)state;
	f.zone = 3;
	assert_int_equal(inventory_new(8, &inv), 0);
	d = inventory_touch(inv, &f, 1);
	assert_non_null(d);
	assert_string_equal(d->id, "z3-192.0.2.9");
	assert_int_equal(device_deny_keys(d, &key, 1), 1);
	assert_int_equal(key.kind, CORDON_DENY_ADDR);
	assert_int_equal(key.zone, 3);
	assert_memory_equal(key.value, f.saddr, 16);
	inventory_free(inv);
}

static void groups_and_nobody_are_no_devices(void **state)
{
	static const struct {
		const char *mac, *src;
	} rows[] = { { "ff:ff:ff:ff:ff:ff", "10.0.0.2" }, { "01:00:5e:00:00:01", "10.0.0.2" }, { NULL, "224.0.0.1" },
		     { NULL, "255.255.255.255" },	  { NULL, "0.0.0.0" },		       { NULL, "ff02::1" },
		     { NULL, "::" } };
	struct inventory *inv = NULL;

	(void)state;
	assert_int_equal(inventory_new(8, &inv), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cordon_facts f = facts(rows[i].mac, rows[i].src, "10.0.0.1", true);

		assert_null(inventory_touch(inv, &f, 1));
	}
	assert_int_equal(inventory_count(inv), 0);
	inventory_free(inv);
}

static void full_table_refuses_and_counts_but_keeps_what_it_has(void **state)
{
	struct cordon_facts f = facts("02:00:00:00:00:00", "10.0.0.2", "10.0.0.1", true);
	struct inventory *inv = NULL;

	(void)state;
	assert_int_equal(inventory_new(4, &inv), 0);
	for (int i = 0; i < 10; i++) {
		f.mac[5] = (uint8_t)i;
		assert_int_equal(inventory_touch(inv, &f, 1) != NULL, i < 4);
	}
	assert_int_equal(inventory_refused(inv), 6);
	f.mac[5] = 2;
	assert_non_null(inventory_touch(inv, &f, 1));
	inventory_free(inv);
}

static void ids_are_read_back(void **state)
{
	static const char *const good[] = { "z0-v0-02:00:00:00:00:01", "z65535-v4095-02:00:00:00:00:01", "z1-192.0.2.1",
					    "z65535-v4095-2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff" };
	static const char *const bad[] = { "", "camera", "z99999-10.0.0.1", "z0-v5000-10.0.0.1", "z0-ff02::1",
					   "ff:ff:ff:ff:ff:ff", "z0-", "224.0.0.1" };
	struct cordon_device_key key;
	char id[DEVICE_ID_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(device_key_parse(good[i], &key), 0);
		assert_string_equal(device_key_str(id, sizeof(id), &key), good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(device_key_parse(bad[i], &key), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_and_both_families_are_one_device),
		cmocka_unit_test(device_without_a_mac_is_its_address),
		cmocka_unit_test(groups_and_nobody_are_no_devices),
		cmocka_unit_test(full_table_refuses_and_counts_but_keeps_what_it_has),
		cmocka_unit_test(ids_are_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
