// SPDX-License-Identifier: BSD-2-Clause
/*
 * Addresses, prefixes and MACs from text and to text. Parsing is strict:
 * inet_pton(3) takes neither leading zeros nor short dotted forms, and neither
 * does the prefix length here.
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

bool addr_is_v4(const struct addr *a)
{
	return !memcmp(a->b, mapped, sizeof(mapped));
}

int addr_parse(const char *s, struct addr *ret)
{
	struct addr a;

	if (strchr(s, ':')) {
		if (inet_pton(AF_INET6, s, a.b) != 1)
			return -EINVAL;
	} else {
		memcpy(a.b, mapped, sizeof(mapped));
		if (inet_pton(AF_INET, s, a.b + 12) != 1)
			return -EINVAL;
	}
	*ret = a;
	return 0;
}

/* clears the bits beyond p->len; were there any? */
static bool clear_host_bits(struct prefix *p)
{
	bool had = false;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		unsigned int keep = p->len > i * 8 ? p->len - i * 8 : 0;
		uint8_t mask = keep >= 8 ? 0xff : (uint8_t)(0xff00 >> keep);

		had |= (p->addr.b[i] & ~mask) != 0;
		p->addr.b[i] &= mask;
	}
	return had;
}

/* decimal without leading zeros, 0 ... max */
static int parse_len(const char *s, unsigned int max, uint8_t *ret)
{
	uint64_t v;

	if (s[0] == '0' && s[1])
		return -EINVAL;
	if (str_to_u64(s, 0, max, &v))
		return -EINVAL;
	*ret = (uint8_t)v;
	return 0;
}

int prefix_parse(const char *s, struct prefix *ret)
{
	char text[INET6_ADDRSTRLEN];
	const char *slash = strchr(s, '/');
	size_t n = slash ? (size_t)(slash - s) : strlen(s);
	bool dotted;
	struct prefix p = { .len = 128 };
	int host;

	if (n >= sizeof(text))
		return -EINVAL;
	memcpy(text, s, n);
	text[n] = '\0';
	dotted = !strchr(text, ':');
	if (addr_parse(text, &p.addr))
		return -EINVAL;
	if (slash) {
		if (parse_len(slash + 1, dotted ? 32 : 128, &p.len))
			return -EINVAL;
		if (dotted)
			p.len += 96;
	}
	host = clear_host_bits(&p);
	*ret = p;
	return host;
}

struct addr addr_of_nat64(const struct addr *a)
{
	static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };
	struct addr r = { .b = { [10] = 0xff, [11] = 0xff } };

	if (memcmp(a->b, nat64, sizeof(nat64)))
		return *a;
	memcpy(r.b + 12, a->b + 12, 4);
	return r;
}

bool prefix_has(const struct prefix *p, const struct addr *a)
{
	unsigned int whole = p->len / 8, rest = p->len % 8;

	if (memcmp(p->addr.b, a->b, whole))
		return false;
	return !rest || !((p->addr.b[whole] ^ a->b[whole]) & (uint8_t)(0xff00 >> rest));
}

/* lists have tens of thousands: inet_ntop() would print each number through a format */
static char *v4_str(char *dst, size_t size, const uint8_t b[4])
{
	char text[16], *p = text;

	for (unsigned int i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		if (b[i] >= 100)
			*p++ = (char)('0' + b[i] / 100);
		if (b[i] >= 10)
			*p++ = (char)('0' + b[i] / 10 % 10);
		*p++ = (char)('0' + b[i] % 10);
	}
	*p = 0;
	str_copy(dst, size, (size_t)(p - text) < size ? text : "");
	return dst;
}

char *addr_str(char *dst, size_t size, const struct addr *a)
{
	if (addr_is_v4(a))
		return v4_str(dst, size, a->b + 12);
	if (!inet_ntop(AF_INET6, a->b, dst, (socklen_t)size))
		str_copy(dst, size, "");
	return dst;
}

char *prefix_str(char *dst, size_t size, const struct prefix *p)
{
	bool v4 = addr_is_v4(&p->addr) && p->len >= 96;
	size_t n;

	addr_str(dst, size, &p->addr);
	n = strlen(dst);
	if (p->len < 128)
		snprintf(dst + n, size - n, "/%u", v4 ? p->len - 96u : p->len);
	return dst;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
		return (c | 0x20) - 'a' + 10;
	return -1;
}

int mac_parse(const char *s, uint8_t ret[6])
{
	uint8_t mac[6];
	unsigned int i;
	char sep;

	if (strlen(s) != 17)
		return -EINVAL;
	sep = s[2];
	if (sep != ':' && sep != '-')
		return -EINVAL;
	for (i = 0; i < 6; i++, s += 3) {
		int hi = hex_value(s[0]), lo = hex_value(s[1]);

		if (hi < 0 || lo < 0 || s[2] != (i < 5 ? sep : '\0'))
			return -EINVAL;
		mac[i] = (uint8_t)(hi << 4 | lo);
	}
	memcpy(ret, mac, sizeof(mac));
	return 0;
}

char *mac_str(char *dst, size_t size, const uint8_t mac[6])
{
	static const char hex[] = "0123456789abcdef";
	char text[18];

	for (unsigned int i = 0; i < 6; i++) {
		text[3 * i] = hex[mac[i] >> 4];
		text[3 * i + 1] = hex[mac[i] & 15];
		text[3 * i + 2] = i < 5 ? ':' : 0;
	}
	str_copy(dst, size, text);
	return dst;
}

bool mac_is_zero(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return !memcmp(mac, zero, sizeof(zero));
}
