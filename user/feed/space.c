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
	const char *reason;
};

#define V4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
static const struct space v4_space[] = {
	{V4(0, 0, 0, 0), 8, "this network (0.0.0.0/8, RFC 791)"},
	{V4(10, 0, 0, 0), 8, "private space (10.0.0.0/8, RFC 1918)"},
	{V4(100, 64, 0, 0), 10, "carrier NAT space (100.64.0.0/10, RFC 6598)"},
	{V4(127, 0, 0, 0), 8, "loopback (127.0.0.0/8)"},
	{V4(169, 254, 0, 0), 16, "link-local space (169.254.0.0/16, RFC 3927)"},
	{V4(172, 16, 0, 0), 12, "private space (172.16.0.0/12, RFC 1918)"},
	{V4(192, 0, 0, 0), 24, "protocol assignments (192.0.0.0/24, RFC 6890)"},
	{V4(192, 0, 2, 0), 24, "documentation space (192.0.2.0/24, RFC 5737)"},
	{V4(192, 168, 0, 0), 16, "private space (192.168.0.0/16, RFC 1918)"},
	{V4(198, 51, 100, 0), 24, "documentation space (198.51.100.0/24, RFC 5737)"},
	{V4(203, 0, 113, 0), 24, "documentation space (203.0.113.0/24, RFC 5737)"},
	{V4(224, 0, 0, 0), 4, "multicast (224.0.0.0/4)"},
	{V4(240, 0, 0, 0), 4, "reserved and broadcast (240.0.0.0/4, RFC 1112)"},
};

static uint32_t mask32(unsigned int len)
{
	return len ? ~0U << (32 - len) : 0;
}

static const char *v4_refused(uint32_t addr, unsigned int len)
{
	if (len < CORDON_FEED_MIN_V4)
		return "shorter than /8";
	for (size_t i = 0; i < ARRAY_SIZE(v4_space); i++) {
		const struct space *s = &v4_space[i];

		if (!((addr ^ s->addr) & mask32(len < s->len ? len : s->len)))
			return s->reason;
	}
	return NULL;
}

struct space6 {
	uint64_t hi; /* the first 8 bytes, host order */
	uint8_t len;
	const char *reason;
};

static const struct space6 v6_space[] = {
	{0xfc00000000000000, 7, "unique local space (fc00::/7, RFC 4193)"},
	{0xfe80000000000000, 10, "link-local space (fe80::/10, RFC 4291)"},
	{0xff00000000000000, 8, "multicast (ff00::/8, RFC 4291)"},
	{0x0000000000000000, 64, "unspecified, loopback or compatible (::/64, RFC 4291)"},
	{0x0064ff9b00000000, 64, "NAT64 (64:ff9b::/96, RFC 6052): list the IPv4 address"},
	{0x20010db800000000, 32, "documentation space (2001:db8::/32, RFC 3849)"},
	{0x3fff000000000000, 20, "documentation space (3fff::/20, RFC 9637)"},
};

static uint64_t mask64(unsigned int len)
{
	return len ? ~0ULL << (64 - (len < 64 ? len : 64)) : 0;
}

static const char *v6_refused(uint64_t hi, unsigned int len)
{
	if (len < CORDON_FEED_MIN_V6)
		return "shorter than /19";
	for (size_t i = 0; i < ARRAY_SIZE(v6_space); i++) {
		const struct space6 *s = &v6_space[i];

		if (!((hi ^ s->hi) & mask64(len < s->len ? len : s->len)))
			return s->reason;
	}
	return hi >> 61 == 1 ? NULL : "not global unicast space (2000::/3, RFC 4291)";
}

const char *space_refused(const struct prefix *p)
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
