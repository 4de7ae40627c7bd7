// SPDX-License-Identifier: BSD-2-Clause
/* Addresses, prefixes and MACs: strict in, canonical out. */
#include "unit/unit.h"

#include <errno.h>

#include "base/addr.h"
#include "base/cleanup.h"

static void v4_text_becomes_a_mapped_address(void **state)
{
	static const uint8_t want[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1 };
	char s[ADDR_STR_MAX];
	struct addr a;

	(void)state;
	assert_int_equal(addr_parse("192.0.2.1", &a), 0);
	assert_memory_equal(a.b, want, 16);
	assert_true(addr_is_v4(&a));
	assert_string_equal(addr_str(s, sizeof(s), &a), "192.0.2.1");
	assert_int_equal(addr_parse("2001:DB8::1", &a), 0);
	assert_false(addr_is_v4(&a));
	assert_string_equal(addr_str(s, sizeof(s), &a), "2001:db8::1");
}

static void loose_address_text_is_refused(void **state)
{
	static const char *const bad[] = { "",	      "1",	   "1.2.3",	"1.2.3.4.5", "1.2.3.256",
					   "01.2.3.4", " 1.2.3.4", "1.2.3.4 ", "0x1.2.3.4", "fe80::1%eth0",
					   "2001:db8::1::", "12345::" };
	struct addr a;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(addr_parse(bad[i], &a), -EINVAL);
}

static void prefix_counts_bits_of_sixteen_bytes(void **state)
{
	static const struct {
		const char *in, *out;
		int ret, len;
	} cases[] = {
		{ "10.0.0.0/8", "10.0.0.0/8", 0, 104 },	   { "10.1.2.3/8", "10.0.0.0/8", 1, 104 },
		{ "192.0.2.1", "192.0.2.1", 0, 128 },	   { "192.0.2.1/32", "192.0.2.1", 0, 128 },
		{ "0.0.0.0/0", "0.0.0.0/0", 0, 96 },	   { "2001:db8::/32", "2001:db8::/32", 0, 32 },
		{ "2001:db8::ff/33", "2001:db8::/33", 1, 33 }, { "::/0", "::/0", 0, 0 },
	};
	static const char *const bad[] = { "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1",
					   "::/129", "10/8", "/8", "10.0.0.0/8/8", "10.0.0.0/0x8" };
	char s[ADDR_STR_MAX];
	struct prefix p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(prefix_parse(cases[i].in, &p), cases[i].ret);
		assert_int_equal(p.len, cases[i].len);
		assert_string_equal(prefix_str(s, sizeof(s), &p), cases[i].out);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(prefix_parse(bad[i], &p), -EINVAL);
}

static void prefix_has_exactly_its_addresses(void **state)
{
	struct prefix p;
	struct addr a;

	(void)state;
	assert_int_equal(prefix_parse("192.0.2.128/25", &p), 0);
	addr_parse("192.0.2.128", &a);
	assert_true(prefix_has(&p, &a));
	addr_parse("192.0.2.127", &a);
	assert_false(prefix_has(&p, &a));
	addr_parse("192.0.3.200", &a);
	assert_false(prefix_has(&p, &a));
	assert_int_equal(prefix_parse("0.0.0.0/0", &p), 0);
	assert_true(prefix_has(&p, &a));
	addr_parse("2001:db8::1", &a);
	assert_false(prefix_has(&p, &a));
	assert_int_equal(prefix_parse("::/0", &p), 0);
	assert_true(prefix_has(&p, &a));
}

static void mac_takes_colons_or_dashes_but_not_both(void **state)
{
	static const uint8_t want[6] = { 2, 0, 0xaa, 0xbb, 0, 1 };
	static const char *const bad[] = { "",			 "02:00:aa:bb:00", "02:00:aa:bb:00:1",
					   "02:00:aa-bb:00:01", "02:00:aa:bb:00:0g", "0200aabb0001",
					   "02:00:aa:bb:00:01 ", "02 00 aa bb 00 01" };
	char s[MAC_STR_MAX];
	uint8_t mac[6];
	size_t i;

	(void)state;
	assert_int_equal(mac_parse("02:00:aa:BB:00:01", mac), 0);
	assert_memory_equal(mac, want, 6);
	assert_int_equal(mac_parse("02-00-AA-bb-00-01", mac), 0);
	assert_string_equal(mac_str(s, sizeof(s), mac), "02:00:aa:bb:00:01");
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(mac_parse(bad[i], mac), -EINVAL);
	assert_false(mac_is_zero(mac));
	memset(mac, 0, 6);
	assert_true(mac_is_zero(mac));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v4_text_becomes_a_mapped_address),
		cmocka_unit_test(loose_address_text_is_refused),
		cmocka_unit_test(prefix_counts_bits_of_sixteen_bytes),
		cmocka_unit_test(prefix_has_exactly_its_addresses),
		cmocka_unit_test(mac_takes_colons_or_dashes_but_not_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
