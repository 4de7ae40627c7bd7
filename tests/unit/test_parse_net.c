// SPDX-License-Identifier: BSD-2-Clause
/* include/parse/{eth,ip,l4}.h: good headers, every prefix of them, lies. */
#include "unit/unit.h"

#include "parse/eth.h"
#include "parse/ip.h"
#include "parse/l4.h"

/* a copy that ends where it ends, so that the sanitizer sees a read behind it */
static uint8_t *exact(const void *p, size_t n)
{
	uint8_t *m = malloc(n ? n : 1);

	memcpy(m, p, n);
	return m;
}

static const uint8_t eth[] = {1,  2,    3,    4,    5,    6,    7,    8, 9, 10,   11,
			      12, 0x88, 0xa8, 0x20, 0x05, 0x81, 0x00, 0, 6, 0x86, 0xdd};

static void two_tags_are_stepped_over(void **state)
{
	struct cur c = cur_of(eth, sizeof(eth));
	struct eth_info e;

	assert_int_equal(eth_parse(&c, &e), PARSE_OK);
	assert_int_equal(e.ethertype, 0x86dd);
	assert_int_equal(e.vlan, 5);
	assert_int_equal(e.tags, 2);
	assert_int_equal(cur_left(&c), 0);
	(void)state;
}

static void third_tag_is_left_as_type(void **state)
{
	uint8_t f[26];
	struct cur c = cur_of(f, sizeof(f));
	struct eth_info e;

	memcpy(f, eth, sizeof(eth));
	f[20] = 0x81;
	f[21] = 0x00;
	assert_int_equal(eth_parse(&c, &e), PARSE_OK);
	assert_true(eth_is_tag(e.ethertype));
	(void)state;
}

static void every_prefix_of_an_ethernet_header_is_short(void **state)
{
	for (size_t n = 0; n < sizeof(eth); n++) {
		uint8_t *m = exact(eth, n);
		struct cur c = cur_of(m, (uint32_t)n);
		struct eth_info e;

		assert_int_equal(eth_parse(&c, &e), PARSE_SHORT);
		free(m);
	}
	(void)state;
}

static const uint8_t v4[] = {0x46, 0, 0, 40, 0,  1, 0, 0, 64, 17, 0, 0,
			     10,   0, 0, 1,  10, 0, 0, 2, 1,  1,  1, 1};

static void ipv4_header_must_add_up(void **state)
{
	uint8_t h[sizeof(v4)];
	struct ip_info ip;
	struct cur c = cur_of(v4, sizeof(v4));

	assert_int_equal(ip4_parse(&c, &ip), PARSE_OK);
	assert_int_equal(ip.head, 24);
	assert_int_equal(ip.total, 40);
	assert_int_equal(ip.proto, 17);
	assert_int_equal(ip.frag, IP_WHOLE);
	for (size_t n = 0; n < sizeof(v4); n++) {
		uint8_t *m = exact(v4, n);

		c = cur_of(m, (uint32_t)n);
		assert_int_equal(ip4_parse(&c, &ip), PARSE_SHORT);
		free(m);
	}
	memcpy(h, v4, sizeof(h));
	h[0] = 0x44;
	c = cur_of(h, sizeof(h));
	assert_int_equal(ip4_parse(&c, &ip), PARSE_BAD);
	h[0] = 0x56;
	c = cur_of(h, sizeof(h));
	assert_int_equal(ip4_parse(&c, &ip), PARSE_BAD);
	h[0] = 0x46;
	h[3] = 23;
	c = cur_of(h, sizeof(h));
	assert_int_equal(ip4_parse(&c, &ip), PARSE_BAD);
	(void)state;
}

static void ipv4_fragments_are_told_apart(void **state)
{
	uint8_t h[sizeof(v4)];
	struct ip_info ip;
	struct cur c;

	memcpy(h, v4, sizeof(h));
	h[6] = 0x40; /* don't fragment */
	c = cur_of(h, sizeof(h));
	assert_int_equal(ip4_parse(&c, &ip), PARSE_OK);
	assert_int_equal(ip.frag, IP_WHOLE);
	h[6] = 0x20;
	c = cur_of(h, sizeof(h));
	assert_int_equal(ip4_parse(&c, &ip), PARSE_OK);
	assert_int_equal(ip.frag, IP_FIRST_FRAGMENT);
	h[7] = 1;
	c = cur_of(h, sizeof(h));
	assert_int_equal(ip4_parse(&c, &ip), PARSE_OK);
	assert_int_equal(ip.frag, IP_LATER_FRAGMENT);
	(void)state;
}

/* fixed header, hop-by-hop, atomic fragment, authentication, destination options; then UDP */
static size_t v6(uint8_t *p)
{
	memset(p, 0, 96);
	p[0] = 0x60;
	p[5] = 48 + 8;
	p[6] = 0;
	p[40] = 44;
	p[48] = 51;
	p[56] = 60;
	p[57] = 2; /* (2 + 2) * 4 */
	p[72] = 17;
	p[73] = 1;
	return 88;
}

static int parse_v6(const uint8_t *p, size_t n, struct ip_info *ip)
{
	struct cur c = cur_of(p, (uint32_t)n);
	int r = ip6_parse(&c, ip);

	return r ? r : ip6_extensions(&c, ip);
}

static void ipv6_chain_is_walked(void **state)
{
	uint8_t p[96];
	size_t n = v6(p);
	struct ip_info ip;

	assert_int_equal(parse_v6(p, n, &ip), PARSE_OK);
	assert_int_equal(ip.head, 88);
	assert_int_equal(ip.proto, 17);
	assert_int_equal(ip.frag, IP_WHOLE);
	for (size_t i = 0; i < n; i++) {
		uint8_t *m = exact(p, i);

		assert_int_equal(parse_v6(m, i, &ip), PARSE_SHORT);
		free(m);
	}
	p[51] = 1; /* M: a first fragment, its chain goes on */
	assert_int_equal(parse_v6(p, n, &ip), PARSE_OK);
	assert_int_equal(ip.frag, IP_FIRST_FRAGMENT);
	assert_int_equal(ip.proto, 17);
	p[51] = 8 | 1; /* a later one: what follows is data */
	assert_int_equal(parse_v6(p, n, &ip), PARSE_OK);
	assert_int_equal(ip.frag, IP_LATER_FRAGMENT);
	assert_int_equal(ip.head, 56);
	(void)state;
}

static void ipv6_chain_has_an_end(void **state)
{
	uint8_t p[40 + 8 * (CORDON_MAX_EXT_HDRS + 1)] = {0x60, [6] = 60};
	struct ip_info ip;

	for (size_t i = 40; i < sizeof(p); i += 8)
		p[i] = 60;
	assert_int_equal(parse_v6(p, sizeof(p), &ip), PARSE_BAD);
	p[40 + 8 * (CORDON_MAX_EXT_HDRS - 1)] = 17;
	assert_int_equal(parse_v6(p, sizeof(p), &ip), PARSE_OK);
	(void)state;
}

static void transport_headers_must_add_up(void **state)
{
	static const uint8_t tcp[20] = {0, 80, 1, 2, 0xff, 0, 0, 1, 0, 0, 0, 9, 0x50, 0x12, 1, 0};
	static const uint8_t udp[8] = {0, 53, 1, 2, 0, 8};
	struct l4_info l4 = {0};
	struct cur c = cur_of(tcp, sizeof(tcp));
	uint8_t bad[20];

	assert_int_equal(tcp_parse(&c, &l4), PARSE_OK);
	assert_int_equal(l4.sport, 80);
	assert_int_equal(l4.dport, 0x102);
	assert_int_equal(l4.seq, 0xff000001);
	assert_int_equal(l4.ack, 9);
	assert_int_equal(l4.flags, L4_SYN | L4_ACK);
	assert_int_equal(l4.head, 20);
	memcpy(bad, tcp, 20);
	bad[12] = 0x40;
	c = cur_of(bad, 20);
	assert_int_equal(tcp_parse(&c, &l4), PARSE_BAD);
	c = cur_of(udp, 8);
	assert_int_equal(udp_parse(&c, &l4), PARSE_OK);
	assert_int_equal(l4.len, 8);
	memcpy(bad, udp, 8);
	bad[5] = 7;
	c = cur_of(bad, 8);
	assert_int_equal(udp_parse(&c, &l4), PARSE_BAD);
	for (size_t n = 0; n < 20; n++) {
		uint8_t *m = exact(tcp, n);

		c = cur_of(m, (uint32_t)n);
		assert_int_equal(tcp_parse(&c, &l4), PARSE_SHORT);
		c = cur_of(m, n < 8 ? (uint32_t)n : 7);
		assert_int_equal(udp_parse(&c, &l4), PARSE_SHORT);
		assert_int_equal(icmp_parse(&c, &l4), PARSE_SHORT);
		free(m);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_tags_are_stepped_over),
		cmocka_unit_test(third_tag_is_left_as_type),
		cmocka_unit_test(every_prefix_of_an_ethernet_header_is_short),
		cmocka_unit_test(ipv4_header_must_add_up),
		cmocka_unit_test(ipv4_fragments_are_told_apart),
		cmocka_unit_test(ipv6_chain_is_walked),
		cmocka_unit_test(ipv6_chain_has_an_end),
		cmocka_unit_test(transport_headers_must_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
