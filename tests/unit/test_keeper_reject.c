// SPDX-License-Identifier: BSD-2-Clause
/* What the ends of a rejected connection are told: numbers the other end believes, checksums that hold. */
#include "unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/wire.h"
#include "keeper/reject.h"

static struct finding_reject met(uint8_t proto, const char *src, const char *dst)
{
	struct finding_reject f = { .ends = 3, .proto = proto, .tcp_flags = 0x18, .sport = htons(40000), .dport = htons(80),
				    .seq = 1000, .ack = 5000, .payload_len = 50 };
	struct addr a;

	assert_int_equal(addr_parse(src, &a), 0);
	memcpy(f.saddr, a.b, 16);
	assert_int_equal(addr_parse(dst, &a), 0);
	memcpy(f.daddr, a.b, 16);
	return f;
}

static uint32_t get32(const uint8_t *p)
{
	return wire_get16(p) << 16 | wire_get16(p + 2);
}

/* transport bytes with their pseudo-header sum up to all ones */
static void assert_sums(const uint8_t *b, size_t n, uint8_t proto)
{
	size_t head = b[0] >> 4 == 4 ? 20 : 40;
	uint32_t pseudo = proto == IPPROTO_ICMP ? 0 : wire_sum(proto + (uint32_t)(n - head), b + (head == 20 ? 12 : 8), head == 20 ? 8 : 32);

	if (head == 20)
		assert_int_equal(wire_fold(wire_sum(0, b, 20)), 0xffff);
	assert_int_equal(wire_fold(wire_sum(pseudo, b + head, n - head)), 0xffff);
}

static const struct {
	const char *src, *dst;
	bool to_src, is_dropped;
	uint8_t flags;
	uint32_t seq, ack;
} resets[] = {
	{ "10.0.0.2", "192.0.2.1", true, false, 0x18, 5000, 1050 },
	{ "10.0.0.2", "192.0.2.1", false, false, 0x18, 1050, 5000 },
	{ "10.0.0.2", "192.0.2.1", false, true, 0x18, 1000, 5000 },
	{ "10.0.0.2", "192.0.2.1", true, false, 0x02, 0, 1051 },  /* a SYN with data */
	{ "10.0.0.2", "192.0.2.1", false, false, 0x19, 1051, 5000 }, /* FIN counts */
	{ "fd00::2", "2001:db8::1", true, false, 0x18, 5000, 1050 },
};

static void a_reset_has_the_number_that_is_expected(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(resets); i++) {
		struct finding_reject f = met(IPPROTO_TCP, resets[i].src, resets[i].dst);
		uint8_t b[REJECT_MAX], *t;
		size_t n, head;

		f.tcp_flags = resets[i].flags;
		f.is_dropped = resets[i].is_dropped;
		n = reject_packet(&f, resets[i].to_src, b);
		head = b[0] >> 4 == 4 ? 20 : 40;
		assert_int_equal(n, head + 20);
		t = b + head;
		assert_int_equal(wire_get16(t), resets[i].to_src ? 80 : 40000);
		assert_int_equal(wire_get16(t + 2), resets[i].to_src ? 40000 : 80);
		assert_int_equal(get32(t + 4), resets[i].seq);
		assert_int_equal(get32(t + 8), resets[i].ack);
		assert_int_equal(t[13], 0x14);
		assert_memory_equal(b + (head == 20 ? 16 : 24), (resets[i].to_src ? f.saddr : f.daddr) + (head == 20 ? 12 : 0), head == 20 ? 4 : 16);
		assert_sums(b, n, IPPROTO_TCP);
	}
}

static void a_datagram_is_prohibited_and_quoted(void **state)
{
	static const char *const ends[][2] = { { "10.0.0.2", "192.0.2.1" }, { "fd00::2", "2001:db8::1" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct finding_reject f = met(IPPROTO_UDP, ends[i][0], ends[i][1]);
		uint8_t b[REJECT_MAX], *quoted;
		size_t n = reject_packet(&f, true, b), head = i ? 40 : 20;

		assert_int_equal(n, 2 * head + 16);
		assert_int_equal(b[head], i ? 1 : 3);
		assert_int_equal(b[head + 1], i ? 1 : 13);
		quoted = b + head + 8;
		assert_memory_equal(quoted + (i ? 8 : 12), f.saddr + (i ? 0 : 12), i ? 16 : 4);
		assert_int_equal(wire_get16(quoted + head), 40000);
		assert_int_equal(wire_get16(quoted + head + 2), 80);
		assert_sums(b, n, i ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	}
}

static void a_reset_and_icmp_are_not_answered(void **state)
{
	struct finding_reject f = met(IPPROTO_TCP, "10.0.0.2", "192.0.2.1");
	uint8_t b[REJECT_MAX];

	(void)state;
	f.tcp_flags = 0x14;
	assert_int_equal(reject_packet(&f, true, b), 0);
	f.proto = IPPROTO_ICMP;
	assert_int_equal(reject_packet(&f, true, b), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reset_has_the_number_that_is_expected),
		cmocka_unit_test(a_datagram_is_prohibited_and_quoted),
		cmocka_unit_test(a_reset_and_icmp_are_not_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
