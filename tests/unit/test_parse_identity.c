// SPDX-License-Identifier: BSD-2-Clause
/* What devices say of themselves: each message whole, at each length, and hostile. */
#include "unit/unit.h"

#include "dev/identity.h"

#define B(...) (const uint8_t[]){ __VA_ARGS__ }

static const uint8_t arp[] = { 0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, 7, 10, 0, 0, 7, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1 };

/* neighbour advertisement of 2001:db8::7 with a target link-layer address option */
static const uint8_t na[] = { 136, 0, 0, 0, 0x60, 0, 0, 0, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 2, 1,
			      2,   0, 0, 0, 0,	  7 };
static const uint8_t ra[] = { 134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0, 7 };

static size_t dhcp4(uint8_t *m, uint8_t op, uint8_t type)
{
	static const uint8_t options[] = { 12, 6, 'c', 'a', 'm', '-', '0', '7', 55, 4, 1, 3, 6, 119, 60, 5, 'u', 'd', 'h', 'c', 'p', 255 };

	memset(m, 0, 240);
	m[0] = op;
	m[1] = 1;
	m[2] = 6;
	memcpy(m + 12, B(10, 0, 0, 7), 4);
	memcpy(m + 28, B(2, 0, 0, 0, 0, 7), 6);
	memcpy(m + 236, B(0x63, 0x82, 0x53, 0x63, 53, 1), 6);
	m[242] = type;
	memcpy(m + 243, options, sizeof(options));
	return 243 + sizeof(options);
}

static const uint8_t dhcp6[] = { 1, 0, 0, 1, 0, 6, 0, 4, 0, 23, 0, 24, 0, 16, 0, 10, 0, 0, 1, 0x37, 0, 4, 'd', 'h', 'c', 'p',
				 0, 39, 0, 10, 0, 3, 'c', 'a', 'm', 3, 'l', 'a', 'n', 0 };
static const uint8_t mdns[] = { 0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 6, 'c', 'a', 'm', '-', '0', '7', 5, 'l', 'o', 'c', 'a', 'l', 0,
				0, 1, 0x80, 1, 0, 0, 0, 120, 0, 4, 10, 0, 0, 7 };
static const char ssdp[] = "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nSERVER: Linux/3.4 UPnP/1.0 IpCam/2.1\r\nNTS: ssdp:alive\r\n\r\n";

static int udp(uint16_t port, const void *p, size_t n, struct identity *ret)
{
	struct identity_packet in = { .ethertype = 0x0800, .proto = 17, .port = port, .payload = p, .payload_len = (uint32_t)n };

	return identity_read(&in, ret);
}

static int link_layer(uint16_t ethertype, const void *p, size_t n, struct identity *ret)
{
	struct identity_packet in = { .ethertype = ethertype, .l3 = p, .l3_len = (uint32_t)n };

	if (ethertype == 0x86dd)
		in = (struct identity_packet){ .ethertype = ethertype, .proto = 58, .l4 = p, .l4_len = (uint32_t)n };
	return identity_read(&in, ret);
}

static void arp_claims_an_address(void **state)
{
	uint8_t probe[sizeof(arp)];
	struct identity i;

	(void)state;
	assert_int_equal(link_layer(0x0806, arp, sizeof(arp), &i), PARSE_OK);
	assert_int_equal(i.n_addrs, 1);
	assert_memory_equal(i.addrs[0], B(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 7), 16);
	assert_memory_equal(i.hw, B(2, 0, 0, 0, 0, 7), 6);
	memcpy(probe, arp, sizeof(arp));
	memset(probe + 14, 0, 4); /* RFC 5227: asks, claims nothing */
	assert_int_equal(link_layer(0x0806, probe, sizeof(probe), &i), PARSE_OK);
	assert_int_equal(i.n_addrs, 0);
	probe[4] = 8;
	assert_int_equal(link_layer(0x0806, probe, sizeof(probe), &i), PARSE_BAD);
}

static void advertisements_of_neighbours_and_routers_are_told_apart(void **state)
{
	struct identity i;

	(void)state;
	assert_int_equal(link_layer(0x86dd, na, sizeof(na), &i), PARSE_OK);
	assert_int_equal(i.n_addrs, 1);
	assert_int_equal(i.addrs[0][15], 7);
	assert_true(i.has_hw);
	assert_int_equal(i.roles, 0);
	assert_int_equal(link_layer(0x86dd, ra, sizeof(ra), &i), PARSE_OK);
	assert_int_equal(i.roles, IDENTITY_ROUTER);
	assert_int_equal(link_layer(0x86dd, B(128, 0, 0, 0, 0, 0, 0, 0), 8, &i), PARSE_BAD); /* an echo request */
}

static void client_and_server_of_dhcp_are_told_apart(void **state)
{
	uint8_t m[512];
	size_t n = dhcp4(m, 1, 3);
	struct identity i;

	(void)state;
	assert_int_equal(udp(67, m, n, &i), PARSE_OK);
	assert_string_equal(i.host, "cam-07");
	assert_string_equal(i.fingerprint, "1,3,6,119");
	assert_string_equal(i.vendor, "udhcp");
	assert_int_equal(i.n_addrs, 1);
	assert_int_equal(i.roles, 0);
	n = dhcp4(m, 2, 5);
	assert_int_equal(udp(68, m, n, &i), PARSE_OK);
	assert_int_equal(i.roles, IDENTITY_DHCP_SERVER);
	assert_string_equal(i.host, "");
	assert_int_equal(i.n_addrs, 0);
	n = dhcp4(m, 1, 5); /* a client does not acknowledge */
	assert_int_equal(udp(67, m, n, &i), PARSE_OK);
	assert_int_equal(i.roles, IDENTITY_DHCP_SERVER);
	assert_int_equal(udp(547, dhcp6, sizeof(dhcp6), &i), PARSE_OK);
	assert_string_equal(i.fingerprint, "23,24");
	assert_string_equal(i.vendor, "dhcp");
	assert_string_equal(i.host, "cam.lan");
	assert_int_equal(udp(546, B(7, 0, 0, 1), 4, &i), PARSE_OK);
	assert_int_equal(i.roles, IDENTITY_DHCP_SERVER);
}

static void names_are_read_from_mdns_and_ssdp(void **state)
{
	struct identity i;

	(void)state;
	assert_int_equal(udp(5353, mdns, sizeof(mdns), &i), PARSE_OK);
	assert_string_equal(i.host, "cam-07");
	assert_int_equal(udp(1900, ssdp, sizeof(ssdp) - 1, &i), PARSE_OK);
	assert_string_equal(i.vendor, "Linux/3.4 UPnP/1.0 IpCam/2.1");
}

/* in memory of its own, so that the sanitizers see a byte too far */
static void each_prefix(uint16_t port, uint16_t ethertype, const void *whole, size_t n)
{
	struct identity full = { 0 }, i;
	int want = port ? udp(port, whole, n, &full) : link_layer(ethertype, whole, n, &full);

	assert_int_equal(want, PARSE_OK);
	for (size_t k = 0; k < n; k++) {
		void *p = malloc(k ? k : 1);

		memcpy(p, whole, k);
		memset(&i, 0, sizeof(i));
		(void)(port ? udp(port, p, k, &i) : link_layer(ethertype, p, k, &i));
		assert_true(i.n_addrs <= full.n_addrs);
		assert_int_equal(strncmp(full.vendor, i.vendor, strlen(i.vendor)), 0);
		free(p);
	}
}

static void every_prefix_says_no_more_than_the_whole(void **state)
{
	uint8_t m[512];
	size_t n = dhcp4(m, 1, 3);

	(void)state;
	each_prefix(67, 0, m, n);
	each_prefix(547, 0, dhcp6, sizeof(dhcp6));
	each_prefix(5353, 0, mdns, sizeof(mdns));
	each_prefix(1900, 0, ssdp, sizeof(ssdp) - 1);
	each_prefix(0, 0x0806, arp, sizeof(arp));
	each_prefix(0, 0x86dd, na, sizeof(na));
	each_prefix(0, 0x86dd, ra, sizeof(ra));
}

static void random_bytes_stay_inside(void **state)
{
	static const uint16_t ports[] = { 67, 547, 5353, 1900, 0, 1 };
	uint32_t x = 1;

	(void)state;
	for (int n = 0; n < 200000; n++) {
		uint8_t m[300];
		size_t len = (x = x * 1664525 + 1013904223) >> 23 & 255;
		uint16_t port = ports[n % 6];
		struct identity i = { 0 };

		for (size_t k = 0; k < len; k++)
			m[k] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
		if (port == 67 && len > 240)
			memcpy(m, B(1, 1, 6), 3), memcpy(m + 236, B(0x63, 0x82, 0x53, 0x63), 4);
		if (port < 2 && len)
			m[0] = (uint8_t)(133 + n % 5);
		(void)(port > 1 ? udp(port, m, len, &i) : link_layer(port ? 0x86dd : 0x0806, m, len, &i));
		assert_true(i.n_addrs <= IDENTITY_ADDRS);
		assert_non_null(memchr(i.host, 0, sizeof(i.host)));
		assert_non_null(memchr(i.vendor, 0, sizeof(i.vendor)));
		assert_non_null(memchr(i.fingerprint, 0, sizeof(i.fingerprint)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_claims_an_address),
		cmocka_unit_test(advertisements_of_neighbours_and_routers_are_told_apart),
		cmocka_unit_test(client_and_server_of_dhcp_are_told_apart),
		cmocka_unit_test(names_are_read_from_mdns_and_ssdp),
		cmocka_unit_test(every_prefix_says_no_more_than_the_whole),
		cmocka_unit_test(random_bytes_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
