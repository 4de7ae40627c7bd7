/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses are 16 bytes in network order, IPv4 mapped (::ffff:a.b.c.d, RFC
 * 4291 2.5.5.2) as in include/. Prefix lengths count bits of those 16 bytes:
 * an IPv4 /24 is 120.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDR_STR_MAX 64 /* "ffff:...:ffff/128" */
#define MAC_STR_MAX 18

struct addr {
	uint8_t b[16];
};
struct prefix {
	struct addr addr; /* bits beyond len are 0 */
	uint8_t len;	  /* 0 ... 128 */
};

bool addr_is_v4(const struct addr *a);
int addr_parse(const char *s, struct addr *ret);	 /* 0 or -EINVAL; strict dotted quad or RFC 4291 text */
int prefix_parse(const char *s, struct prefix *ret);	 /* "10.0.0.0/8", "2001:db8::/32", "192.0.2.1"; host bits set: cleared, returns 1 */
/* an IPv4 address behind NAT64 (RFC 6052 2.1) is that address, as the kernel sees it; others stay */
struct addr addr_of_nat64(const struct addr *a);
bool prefix_has(const struct prefix *p, const struct addr *a);
char *addr_str(char *dst, size_t size, const struct addr *a); /* IPv4 dotted when mapped */
char *prefix_str(char *dst, size_t size, const struct prefix *p); /* without /len when it is a single address */
int mac_parse(const char *s, uint8_t ret[6]);		 /* colons or dashes */
char *mac_str(char *dst, size_t size, const uint8_t mac[6]);
bool mac_is_zero(const uint8_t mac[6]);

#endif
