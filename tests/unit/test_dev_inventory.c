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

static bool keep_none(const struct device *d, void *ctx)
{
	(void)d;
	(void)ctx;
	return false;
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

/* a made-up device raises no limit: only what had a conversation counts, once, and no longer than it is known */
static void devices_that_had_a_conversation_are_counted(void **state)
{
	struct cordon_facts f = facts("02:00:00:00:00:01", "10.0.0.2", "192.0.2.1", true);
	struct inventory *inv = NULL;
	struct device *d, saved;

	(void)state;
	assert_int_equal(inventory_new(8, &inv), 0);
	d = inventory_touch(inv, &f, 10);
	assert_int_equal(inventory_answered(inv), 0);
	f.flow_flags = CORDON_FLOW_ESTABLISHED;
	inventory_touch(inv, &f, 20);
	inventory_touch(inv, &f, 30);
	assert_int_equal(inventory_answered(inv), 1);
	saved = *d;
	inventory_restore(inv, &saved);
	assert_int_equal(inventory_answered(inv), 1);
	saved.flags &= ~DEVICE_ANSWERED;
	inventory_restore(inv, &saved);
	assert_int_equal(inventory_answered(inv), 0);
	inventory_touch(inv, &f, 40);
	assert_int_equal(inventory_age(inv, 1, 100, keep_none, NULL), 1);
	assert_int_equal(inventory_answered(inv), 0);
	inventory_free(inv);
}

static void mac_is_alone_until_another_vlan_has_it(void **state)
{
	struct cordon_device_key one = { .zone = 1, .vlan = 5, .mac = { 2, 0, 0, 0, 0, 1 } }, two = one, elsewhere = one;
	struct cordon_device_key bare = { .zone = 1, .addr = { 10, 0, 0, 2 } }, bare_tagged = bare;
	struct inventory *inv = NULL;

	(void)state;
	two.vlan = 6;
	elsewhere.zone = 2;
	bare_tagged.vlan = 7;
	assert_int_equal(inventory_new(8, &inv), 0);
	assert_true(inventory_is_alone(inv, &one)); /* never seen */
	assert_non_null(inventory_add(inv, &one, 10));
	assert_non_null(inventory_add(inv, &elsewhere, 10));
	assert_true(inventory_is_alone(inv, &one));
	assert_false(inventory_is_alone(inv, &two)); /* not known itself, but its MAC is */
	assert_non_null(inventory_add(inv, &two, 50));
	assert_false(inventory_is_alone(inv, &one));
	assert_int_equal(inventory_age(inv, 20, 60, keep_none, NULL), 2);
	assert_true(inventory_is_alone(inv, &two));
	assert_non_null(inventory_add(inv, &bare, 60));
	assert_non_null(inventory_add(inv, &bare_tagged, 60));
	assert_true(inventory_is_alone(inv, &bare));
	inventory_free(inv);
}

#define S 1000000000ULL

static struct identity claim(const char *addr)
{
	struct identity i = { .source = IDENTITY_ARP, .n_addrs = 1 };
	struct addr a;

	assert_int_equal(addr_parse(addr, &a), 0);
	memcpy(i.addrs[0], a.b, 16);
	return i;
}

static void claim_takes_nothing_from_a_device_that_is_there(void **state)
{
	struct cordon_facts victim = facts("02:00:00:00:00:01", "10.0.0.2", "192.0.2.1", true);
	struct cordon_facts thief = facts("02:00:00:00:00:09", "10.0.0.9", "192.0.2.1", true);
	struct identity i = claim("10.0.0.2");
	struct inventory *inv = NULL;
	struct device *v, *t, *other;

	(void)state;
	assert_int_equal(inventory_new(8, &inv), 0);
	v = inventory_touch(inv, &victim, 10 * S);
	t = inventory_claim(inv, &thief, &i, 20 * S, &other);
	assert_ptr_equal(other, v);
	assert_int_equal(t->conflicts, 1);
	assert_ptr_equal(inventory_find(inv, "10.0.0.2"), v);
	/* nor does a forged source */
	memcpy(thief.saddr, victim.saddr, 16);
	inventory_touch(inv, &thief, 30 * S);
	assert_ptr_equal(inventory_find(inv, "10.0.0.2"), v);
	/* what nobody has used for a minute may have another owner */
	t = inventory_claim(inv, &thief, &i, 100 * S, &other);
	assert_null(other);
	assert_ptr_equal(inventory_find(inv, "10.0.0.2"), t);
	assert_int_equal(v->n_addrs, 0);
	inventory_free(inv);
}

static void addresses_that_change_rotate_and_make_no_router(void **state)
{
	struct cordon_facts f = facts("02:00:00:00:00:01", "2001:db8::2", "192.0.2.1", true);
	struct inventory *inv = NULL;
	struct device *d = NULL;

	(void)state;
	assert_int_equal(inventory_new(8, &inv), 0);
	inventory_set_router(inv, 4);
	f.proto = 6;
	f.flow_flags = CORDON_FLOW_SYNACK;
	for (uint32_t i = 0; i < 1000; i++) { /* one host may have its whole /64 */
		memcpy(f.saddr + 12, &i, 4);
		d = inventory_touch(inv, &f, i * S);
	}
	assert_int_equal(inventory_count(inv), 1);
	assert_int_equal(d->n_addrs, DEVICE_ADDRS);
	assert_int_equal(d->flags, 0);
	f.flow_flags = 0;
	for (uint8_t i = 1; i < 100; i++) { /* forged sources, nobody answers them */
		f = facts("02:00:00:00:00:01", "10.0.0.2", "192.0.2.1", true);
		f.saddr[15] = i;
		f.proto = 6;
		inventory_touch(inv, &f, 2000 * S);
	}
	assert_int_equal(d->flags, 0);
	assert_int_equal(inventory_count(inv), 1);
	inventory_free(inv);
}

static void behind_a_router_the_addresses_are_the_devices(void **state)
{
	struct cordon_facts f = facts("02:00:00:00:00:01", "10.1.0.2", "192.0.2.1", true);
	struct inventory *inv = NULL;
	struct device *d = NULL;

	(void)state;
	assert_int_equal(inventory_new(64, &inv), 0);
	inventory_set_router(inv, 4);
	f.proto = 6;
	f.flow_flags = CORDON_FLOW_SYNACK;
	for (uint8_t i = 1; i <= 10; i++) {
		f.saddr[15] = i;
		d = inventory_touch(inv, &f, i * S);
	}
	assert_string_equal(d->id, "z0-10.1.0.10");
	assert_true(inventory_find(inv, "02:00:00:00:00:01")->flags & DEVICE_ROUTER);
	assert_string_not_equal(inventory_touch(inv, &f, 20 * S)->id, "z0-v0-02:00:00:00:00:01");
	inventory_free(inv);
}

static void returning_device_is_suggested_and_the_old_one_ages(void **state)
{
	struct cordon_facts old = facts("02:00:00:00:00:01", "10.0.0.2", "192.0.2.1", true);
	struct cordon_facts fresh = facts("06:00:00:00:00:02", "10.0.0.3", "192.0.2.1", true);
	struct identity i = { .source = IDENTITY_DHCP4, .host = "cam", .fingerprint = "1,3,6" };
	struct inventory *inv = NULL;
	struct device *a, *b, *other;

	(void)state;
	assert_int_equal(inventory_new(8, &inv), 0);
	a = inventory_claim(inv, &old, &i, 10 * S, &other);
	b = inventory_claim(inv, &fresh, &i, 1000 * S, &other);
	assert_ptr_not_equal(a, b);
	assert_ptr_equal(inventory_lookalike(inv, b, 1000 * S), a);
	assert_null(inventory_lookalike(inv, a, 1000 * S));
	strcpy(b->name, "camera");
	assert_int_equal(inventory_age(inv, 500 * S, 10000 * S, keep_none, NULL), 1);
	assert_int_equal(inventory_count(inv), 1);
	assert_non_null(inventory_find(inv, "camera"));
	assert_null(inventory_find(inv, "10.0.0.2"));
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

static void next_hop_is_a_router_from_its_first_packet(void **state)
{
	static const uint8_t macs[2][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };
	struct cordon_facts a = facts("02:00:00:00:00:01", "10.9.0.2", "192.0.2.1", true);
	struct cordon_facts b = facts("02:00:00:00:00:02", "10.9.0.3", "192.0.2.1", true);
	struct cordon_facts c = facts("02:00:00:00:00:03", "10.9.0.4", "192.0.2.1", true);
	struct inventory *inv = NULL;

	(void)state;
	assert_int_equal(inventory_new(8, &inv), 0);
	assert_string_equal(inventory_touch(inv, &a, 10)->id, "z0-v0-02:00:00:00:00:01");
	inventory_set_routers(inv, macs, 2);
	assert_string_equal(inventory_touch(inv, &a, 20)->id, "z0-10.9.0.2");
	assert_string_equal(inventory_touch(inv, &b, 20)->id, "z0-10.9.0.3");
	assert_string_equal(inventory_touch(inv, &c, 20)->id, "z0-v0-02:00:00:00:00:03");
	inventory_free(inv);
}

static void walk_goes_on_when_what_it_stands_at_leaves(void **state)
{
	struct inventory_cursor c, other;
	struct inventory *inv = NULL;
	struct cordon_device_key key;
	struct device *d;

	(void)state;
	assert_int_equal(inventory_new(8, &inv), 0);
	for (unsigned int i = 0; i < 3; i++) {
		key = (struct cordon_device_key){ .mac = { 2, 0, 0, 0, 0, (uint8_t)(i + 1) } };
		d = inventory_add(inv, &key, i == 1 ? 1 : 1000);
	}
	inventory_cursor_open(inv, &c);
	inventory_cursor_open(inv, &other);
	assert_int_equal(inventory_cursor_next(&c)->key.mac[5], 1);
	assert_int_equal(inventory_age(inv, 100, 1000, keep_none, NULL), 1); /* the second, which is next */
	d = inventory_cursor_next(&c);
	assert_non_null(d);
	assert_int_equal(d->key.mac[5], 3);
	key.mac[5] = 9;
	inventory_add(inv, &key, 1000);
	inventory_cursor_close(inv, &c);
	assert_int_equal(inventory_cursor_next(&other)->key.mac[5], 1);
	assert_int_equal(inventory_age(inv, 100, 5000, keep_none, NULL), 3);
	assert_null(inventory_cursor_next(&other));
	inventory_cursor_close(inv, &other);
	inventory_free(inv);
}

/* where packets come in by an uplink their address is all that is in view */
static void received_bytes_are_of_the_device_that_has_the_address(void **state)
{
	struct cordon_device_key key = { .mac = { 2, 0, 0, 0, 0, 9 } }, by_addr = { 0 }, nobody = { .addr = { [15] = 77 } };
	struct inventory *inv;
	struct device *d;
	struct addr a;

	(void)state;
	assert_int_equal(inventory_new(8, &inv), 0);
	assert_int_equal(addr_parse("10.0.0.9", &a), 0);
	memcpy(by_addr.addr, a.b, sizeof(by_addr.addr));
	d = inventory_add(inv, &key, 1);
	inventory_add_addr(inv, d, &a, 1);
	assert_ptr_equal(inventory_received(inv, &by_addr, 0), d); /* looked at, nothing yet */
	assert_ptr_equal(inventory_received(inv, &by_addr, 500), d);
	assert_ptr_equal(inventory_received(inv, &key, 1000), d); /* from before this process began */
	assert_ptr_equal(inventory_received(inv, &key, 1100), d);
	assert_int_equal(d->received, 600);
	inventory_received(inv, &key, 30); /* the kernel forgot it, and counts anew */
	inventory_received(inv, &key, 50);
	assert_int_equal(d->received, 620);
	assert_null(inventory_received(inv, &nobody, 5));
	inventory_free(inv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_and_both_families_are_one_device),
		cmocka_unit_test(claim_takes_nothing_from_a_device_that_is_there),
		cmocka_unit_test(addresses_that_change_rotate_and_make_no_router),
		cmocka_unit_test(behind_a_router_the_addresses_are_the_devices),
		cmocka_unit_test(returning_device_is_suggested_and_the_old_one_ages),
		cmocka_unit_test(device_without_a_mac_is_its_address),
		cmocka_unit_test(groups_and_nobody_are_no_devices),
		cmocka_unit_test(full_table_refuses_and_counts_but_keeps_what_it_has),
		cmocka_unit_test(ids_are_read_back),
		cmocka_unit_test(next_hop_is_a_router_from_its_first_packet),
		cmocka_unit_test(walk_goes_on_when_what_it_stands_at_leaves),
		cmocka_unit_test(devices_that_had_a_conversation_are_counted),
		cmocka_unit_test(mac_is_alone_until_another_vlan_has_it),
		cmocka_unit_test(received_bytes_are_of_the_device_that_has_the_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
