// SPDX-License-Identifier: BSD-2-Clause
/*
 * Address space that no feed may list: it is never a remote threat, and an
 * entry there cuts devices off from their own network (IANA special-purpose
 * registries, RFC 6890). An entry that covers such space is refused as well.
 * Benchmark space (198.18.0.0/15, 2001:2::/48, RFC 2544 and RFC 5180) is
 * accepted: it is not routed, so tests and samples have addresses to use.
 */
#include "feed/parse.h"

#include <endian.h>
#include <string.h>

#include "base/cleanup.h"

struct space {
	uint32_t addr; /* host order */
	uint8_t len;
	uint8_t reason; /* FEED_* */
};

#define V4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
static const struct space v4_space[] = {
	{V4(0, 0, 0, 0), 8, FEED_THIS_NET},         {V4(10, 0, 0, 0), 8, FEED_PRIVATE_10},
	{V4(100, 64, 0, 0), 10, FEED_CARRIER_NAT},  {V4(127, 0, 0, 0), 8, FEED_LOOPBACK},
	{V4(169, 254, 0, 0), 16, FEED_LINK_LOCAL},  {V4(172, 16, 0, 0), 12, FEED_PRIVATE_172},
	{V4(192, 0, 0, 0), 24, FEED_PROTOCOLS},     {V4(192, 0, 2, 0), 24, FEED_DOC_1},
	{V4(192, 168, 0, 0), 16, FEED_PRIVATE_192}, {V4(198, 51, 100, 0), 24, FEED_DOC_2},
	{V4(203, 0, 113, 0), 24, FEED_DOC_3},       {V4(224, 0, 0, 0), 4, FEED_MULTICAST},
	{V4(240, 0, 0, 0), 4, FEED_RESERVED},
};

static uint32_t mask32(unsigned int len)
{
	return len ? ~0U << (32 - len) : 0;
}

static unsigned int v4_refused(uint32_t addr, unsigned int len)
{
	if (len < CORDON_FEED_MIN_V4)
		return FEED_V4_SHORT;
	for (size_t i = 0; i < ARRAY_SIZE(v4_space); i++) {
		const struct space *s = &v4_space[i];

		if (!((addr ^ s->addr) & mask32(len < s->len ? len : s->len)))
			return s->reason;
	}
	return FEED_OK;
}

struct space6 {
	uint64_t hi; /* the first 8 bytes, host order */
	uint8_t len;
	uint8_t reason; /* FEED_* */
};

static const struct space6 v6_space[] = {
	{0xfc00000000000000, 7, FEED_V6_LOCAL},     {0xfe80000000000000, 10, FEED_V6_LINK_LOCAL},
	{0xff00000000000000, 8, FEED_V6_MULTICAST}, {0x0000000000000000, 64, FEED_V6_ZERO},
	{0x0064ff9b00000000, 64, FEED_NAT64},       {0x20010db800000000, 32, FEED_V6_DOC},
	{0x3fff000000000000, 20, FEED_V6_DOC_2},
};

static uint64_t mask64(unsigned int len)
{
	return len ? ~0ULL << (64 - (len < 64 ? len : 64)) : 0;
}

static unsigned int v6_refused(uint64_t hi, unsigned int len)
{
	if (len < CORDON_FEED_MIN_V6)
		return FEED_V6_SHORT;
	for (size_t i = 0; i < ARRAY_SIZE(v6_space); i++) {
		const struct space6 *s = &v6_space[i];

		if (!((hi ^ s->hi) & mask64(len < s->len ? len : s->len)))
			return s->reason;
	}
	return hi >> 61 == 1 ? FEED_OK : FEED_V6_NOT_GLOBAL;
}

unsigned int space_refused(const struct prefix *p)
{
	uint64_t hi;
	uint32_t v4;

	if (addr_is_v4(&p->addr) && p->len >= 96) {
		memcpy(&v4, p->addr.b + 12, sizeof(v4));
		return v4_refused(be32toh(v4), p->len - 96U);
	}
	memcpy(&hi, p->addr.b, sizeof(hi));
	return v6_refused(be64toh(hi), p->len);
}
